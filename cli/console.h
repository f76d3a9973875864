#pragma once
#include <mutex>
#include <string>
#include <string_view>

#include "fovea/error.h"

namespace fovea::cli {

// The one place that prints: results to standard output, talk to standard error. Every message is one line of at most
// 512 bytes without control characters. Any thread.
class Console {
 public:
  Console();

  bool terminal() const { return terminal_; }  // standard error is one
  std::size_t width() const;                   // columns of the terminal: COLUMNS, what the terminal says, or 80
  void set_quiet(bool quiet) { quiet_ = quiet; }
  bool quiet() const { return quiet_; }

  void print(std::string_view text) const;  // as it is; throws Error(io)
  void error(Errc code, std::string_view text);
  void note(std::string_view text);      // nothing when quiet
  void excerpt(std::string_view lines);  // of a source, under an error; lines that may be printed as they are

  // A line that the next one replaces; only on a terminal, and not when quiet.
  void status(const std::string& text);
  void clear_status();
  void clear_status_if_free();  // unless somebody is writing, perhaps for ever

 private:
  void say(std::string_view plain_prefix, std::string_view coloured_prefix, std::string_view text);
  void erase();

  bool terminal_ = false, colour_ = false, quiet_ = false;
  std::size_t status_columns_ = 0;
  std::mutex mutex_;
};

}  // namespace fovea::cli
