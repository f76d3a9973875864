#include "console.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <system_error>

#include "printable.h"

namespace fovea::cli {
namespace {

constexpr std::size_t message_bytes = 512;

// Returns 0 or an errno value.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (count < 0 && errno == EAGAIN) {
      pollfd waiting{descriptor, POLLOUT, 0};
      ::poll(&waiting, 1, -1);
    } else if (count < 0 && errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// Cuts between characters and ends with three dots.
std::string fitted(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  std::size_t end = bytes - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

Console::Console()
    : terminal_(::isatty(STDERR_FILENO) == 1),
      colour_(terminal_ && variable("NO_COLOR").empty() && variable("TERM") != "dumb") {}

std::size_t Console::width() const {
  const std::string_view wish = variable("COLUMNS");
  std::size_t columns = 0;
  const auto [end, code] = std::from_chars(wish.data(), wish.data() + wish.size(), columns);
  if (code == std::errc{} && end == wish.data() + wish.size() && columns >= 20 && columns <= 1000) return columns;
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
  return 80;
}

void Console::print(std::string_view text) const {
  if (const int code = write_all(STDOUT_FILENO, text); code != 0)
    throw Error(Errc::io, "standard output: expected to write, got " + std::generic_category().message(code));
}

void Console::error(Errc code, std::string_view text) {
  const std::string_view word = name(code);
  say(fmt::format("fovea: error[{}]: ", word), fmt::format("fovea: \x1b[31merror[{}]\x1b[0m: ", word), text);
}

void Console::note(std::string_view text) {
  if (!quiet_) say("fovea: ", "fovea: ", text);
}

void Console::excerpt(std::string_view lines) {
  const std::scoped_lock lock(mutex_);
  erase();
  write_all(STDERR_FILENO, lines);
}

void Console::say(std::string_view plain_prefix, std::string_view coloured_prefix, std::string_view text) {
  const std::string_view prefix = colour_ ? coloured_prefix : plain_prefix;
  const std::string line = fmt::format("{}{}\n", prefix, fitted(printable(text), message_bytes - prefix.size() - 1));
  const std::scoped_lock lock(mutex_);
  erase();
  write_all(STDERR_FILENO, line);
}

void Console::status(const std::string& text) {
  if (!terminal_ || quiet_) return;
  const std::string line = clipped(printable(text), width() - 1);
  const std::scoped_lock lock(mutex_);
  const std::size_t columns = columns_of(line);
  const std::size_t rest = status_columns_ > columns ? status_columns_ - columns : 0;
  write_all(STDERR_FILENO, fmt::format("\r{}{:{}}", line, "", rest));
  status_columns_ = columns;
}

void Console::clear_status() {
  const std::scoped_lock lock(mutex_);
  erase();
}

void Console::clear_status_if_free() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock) erase();
}

// By spaces, which dumb terminals know too.
void Console::erase() {
  if (status_columns_ > 0) write_all(STDERR_FILENO, fmt::format("\r{:{}}\r", "", status_columns_));
  status_columns_ = 0;
}

}  // namespace fovea::cli
