#pragma once
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/output_file.h"
#include "fovea/profile.h"

namespace fovea::profiler {

struct TraceEvent {
  Activity activity = Activity::op;
  Device device;
  std::string_view name;
  std::int64_t track = 0, begin_ns = 0, end_ns = 0, bytes = 0;
};

// A JSON array of events, of bounded size, that is a trace however far it was written. When the medium refuses, the
// file stays as it is and error() says why.
class TraceFile {
 public:
  TraceFile(const std::filesystem::path&, std::int64_t most_bytes);  // throws as start_profile()

  void add(const TraceEvent&);
  void flush();
  void finish(std::int64_t end_ns, std::int64_t not_kept);
  std::int64_t left_out() const { return left_out_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  bool take(const TraceEvent&) noexcept;  // false: left out
  std::string names_of_place(const TraceEvent&) const;

  OutputFile file_;
  const std::int64_t most_bytes_;
  std::int64_t bytes_ = 0, left_out_ = 0;
  std::string pending_;
  std::set<Device> devices_;
  std::set<std::pair<Device, std::int64_t>> tracks_;
  std::optional<Error> error_;
};

}  // namespace fovea::profiler
