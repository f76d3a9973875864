#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "fovea/error.h"

namespace fovea {

// Whole lines, or other pieces, to a file, or to standard output when the path is empty. They wait in memory until
// 100 ms after those before them, or for 64 KiB. The first failure is thrown as Error(io), from the call that meets it
// and from every later one.
class LineWriter {
 public:
  static constexpr std::size_t flush_bytes = 64 << 10;
  static constexpr std::chrono::milliseconds flush_interval{100};

  explicit LineWriter(const std::filesystem::path& file);
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  void write(std::string_view lines);  // ends with a line feed
  void finish();

 private:
  void flush_when_due(const std::stop_token&);
  void flush();  // with mutex_ held
  void stop_flusher();

  int descriptor_;
  bool owned_;
  std::int64_t written_ = 0;  // bytes of whole lines in the file
  std::string buffer_;
  std::optional<Error> failure_;
  std::mutex mutex_;
  std::condition_variable_any pending_;
  std::jthread flusher_;  // last: it uses the members above
};

}  // namespace fovea
