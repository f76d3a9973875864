#include "support/faults/plan.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <utility>

namespace fovea::faults {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 16> errors{{{"EACCES", EACCES},
                                                                   {"EAGAIN", EAGAIN},
                                                                   {"EDQUOT", EDQUOT},
                                                                   {"EFBIG", EFBIG},
                                                                   {"EINTR", EINTR},
                                                                   {"EINVAL", EINVAL},
                                                                   {"EIO", EIO},
                                                                   {"EMFILE", EMFILE},
                                                                   {"ENFILE", ENFILE},
                                                                   {"ENOENT", ENOENT},
                                                                   {"ENOMEM", ENOMEM},
                                                                   {"ENOSPC", ENOSPC},
                                                                   {"EPERM", EPERM},
                                                                   {"EROFS", EROFS},
                                                                   {"EWOULDBLOCK", EWOULDBLOCK},
                                                                   {"EXDEV", EXDEV}}};

[[noreturn]] void refuse(std::string_view what, std::string_view got) {
  char line[256];
  const int size = std::snprintf(line, sizeof line, "FOVEA_FAULTS: expected %.*s, got '%.*s'\n",
                                 static_cast<int>(what.size()), what.data(), static_cast<int>(got.size()), got.data());
  ::syscall(SYS_write, 2, line, size);
  ::syscall(SYS_exit_group, 125);
  __builtin_unreachable();
}

// Cuts what comes before `separator` off `text`.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return piece;
}

template <class T>
T number(std::string_view text) {
  T value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < T{}) refuse("a number", text);
  return value;
}

constexpr unsigned bit(Call call) {
  return 1u << static_cast<unsigned>(call);
}
constexpr unsigned changes = bit(Call::create) | bit(Call::write) | bit(Call::sync) | bit(Call::rename) |
                             bit(Call::truncate) | bit(Call::unlink) | bit(Call::mkdir) | bit(Call::link);

unsigned parse_calls(std::string_view list) {
  unsigned calls = 0;
  while (!list.empty()) {
    const std::string_view name = cut(list, ',');
    if (name == "changes") {
      calls |= changes;
      continue;
    }
    std::size_t i = 0;
    while (i < call_names.size() && call_names[i] != name) ++i;
    if (i == call_names.size()) refuse("a kind of call", name);
    calls |= 1u << i;
  }
  return calls;
}

void parse_deed(std::string_view text, Plan& plan) {
  const std::string_view name = cut(text, ':');
  if (name == "fail") {
    plan.deed = Deed::fail;
    for (const auto& [error, code] : errors)
      if (error == text) plan.error = code;
    if (plan.error == 0) refuse("the name of an error", text);
  } else if (name == "delay") {
    plan.deed = Deed::delay;
    plan.milliseconds = number<long>(text);
  } else if (name == "short") {
    plan.deed = Deed::shorten;
  } else if (name == "kill-before") {
    plan.deed = Deed::kill_before;
  } else if (name == "kill-midway") {
    plan.deed = Deed::kill_midway;
  } else if (name == "kill-after") {
    plan.deed = Deed::kill_after;
  } else {
    refuse("a deed", name);
  }
}

}  // namespace

Plan parse_plan(const char* text) {
  Plan plan;
  plan.active = true;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view value = cut(rest, ';');
    const std::string_view key = cut(value, '=');
    if (key == "call")
      plan.calls = parse_calls(value);
    else if (key == "under")
      plan.under = value;
    else if (key == "at")
      plan.at = number<std::int64_t>(value);
    else if (key == "from")
      plan.at = number<std::int64_t>(value), plan.for_ever = true;
    else if (key == "every")
      plan.every = number<std::uint64_t>(value);
    else if (key == "seed")
      plan.seed = number<std::uint64_t>(value);
    else if (key == "do")
      parse_deed(value, plan);
    else if (key == "log" && rest.empty())  // the last one, so that its name ends in a NUL
      plan.log = value.data();
    else if (key == "record" && rest.empty())
      plan.record = value.data();
    else
      refuse("call=, under=, at=, from=, every=, seed=, do= or, at the end, log= or record=", key);
  }
  if (plan.calls == 0) refuse("call=", text);
  return plan;
}

}  // namespace fovea::faults
