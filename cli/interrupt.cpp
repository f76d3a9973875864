#include "interrupt.h"

#include <unistd.h>

#include <chrono>
#include <utility>

namespace fovea::cli {
namespace {

constexpr int wake = SIGURG;  // of the watcher; nobody else is harmed by it

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
         action.sa_handler == SIG_IGN;
}

}  // namespace

Interrupt::Interrupt(Console& console, std::string first) : console_(console), first_(std::move(first)) {
  ::sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    if (!is_ignored(signal)) ::sigaddset(&signals_, signal);
  ::sigaddset(&signals_, wake);
  ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  watcher_ = std::jthread([this](const std::stop_token& end) { watch(end); });
}

Interrupt::~Interrupt() {
  watcher_.request_stop();
  ::pthread_kill(watcher_.native_handle(), wake);
  watcher_.join();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Interrupt::watch(const std::stop_token& end) {
  // A terminal or a supervisor may send one wish twice, to the process and to its group.
  constexpr auto one_wish = std::chrono::milliseconds(200);
  auto first = std::chrono::steady_clock::time_point();
  while (!end.stop_requested()) {
    const int signal = ::sigwaitinfo(&signals_, nullptr);
    if (signal <= 0 || signal == wake) continue;
    if (stop_.stop_requested()) {
      if (std::chrono::steady_clock::now() - first < one_wish) continue;
      console_.clear_status_if_free();
      ::_exit(128 + signal);
    }
    first = std::chrono::steady_clock::now();
    stop_.request_stop();
    // Standard error may be a pipe that nobody reads: the second signal does not wait for it.
    teller_ = std::jthread([this] { console_.note(first_); });
  }
}

}  // namespace fovea::cli
