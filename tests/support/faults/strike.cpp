#include "support/faults/strike.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <ctime>

namespace fovea::faults {
namespace {

std::atomic<std::int64_t> counted{0};

// splitmix64
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

bool hits(std::int64_t number) {
  if (plan.at > 0) return plan.for_ever ? number >= plan.at : number == plan.at;
  return plan.every > 0 && mixed(plan.seed * 0x10001u + static_cast<std::uint64_t>(number)) % plan.every == 0;
}

// Opened for each line: a descriptor of ours would be one too few for a program under test.
void note(std::int64_t number, Call call, const char* path, std::size_t size, bool hit) {
  char line[4400];
  const int length =
      std::snprintf(line, sizeof line, "%lld %s %zu %s%s\n", static_cast<long long>(number),
                    call_names[static_cast<unsigned>(call)].data(), size, path ? path : "-", hit ? " *" : "");
  const long file = ::syscall(SYS_openat, AT_FDCWD, plan.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return;
  ::syscall(SYS_write, file, line, length);
  ::syscall(SYS_close, file);
}

}  // namespace

constinit Plan plan;

bool concerns(Call call, const char* path) {
  if (!plan.active || (plan.calls >> static_cast<unsigned>(call) & 1u) == 0) return false;
  return plan.under.empty() || (path && std::string_view(path).starts_with(plan.under));
}

std::optional<Deed> strike(Call call, const char* path, std::size_t size) {
  if (!concerns(call, path)) return std::nullopt;
  const int before = errno;
  const std::int64_t number = ++counted;
  const bool hit = hits(number);
  if (plan.log) note(number, call, path, size, hit);
  errno = before;
  if (!hit) return std::nullopt;
  return plan.deed;
}

void die() {
  for (;;) ::syscall(SYS_kill, ::syscall(SYS_getpid), SIGKILL);
}

void sleep_milliseconds(long milliseconds) {
  const timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  ::syscall(SYS_nanosleep, &time, nullptr);
}

}  // namespace fovea::faults
