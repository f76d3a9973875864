#pragma once
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

extern char** environ;

namespace fovea::test {

struct ProgramResult {
  int exit_code = -1;  // 128 + number after a signal
  std::string out, err;
};

struct ProgramOptions {
  std::vector<std::pair<std::string, std::string>> environment = {};  // on top of the tests' own
  std::string folder = {};                                            // to run in, if not empty
  std::string out_file = {};                // standard output goes there instead of into `out`
  std::function<void(pid_t)> started = {};  // called once the program runs
  std::string in_file = "/dev/null";        // standard input
};

namespace detail {

inline void check(int code, const char* what) {
  if (code != 0) throw std::system_error(code, std::generic_category(), what);
}

struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
  }
  ~Pipe() { close_read(), close_write(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_read() {
    if (ends[0] >= 0) ::close(std::exchange(ends[0], -1));
  }
  void close_write() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
  std::array<int, 2> ends{-1, -1};
};

inline void read_both(Pipe& out, Pipe& err, ProgramResult& result) {
  std::array<char, 65536> buffer;
  while (out.ends[0] >= 0 || err.ends[0] >= 0) {
    std::array<pollfd, 2> waiting{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      const ssize_t count = ::read(waiting[i].fd, buffer.data(), buffer.size());
      if (count > 0) (i == 0 ? result.out : result.err).append(buffer.data(), static_cast<std::size_t>(count));
      if (count == 0 || (count < 0 && errno != EINTR)) (i == 0 ? out : err).close_read();
    }
  }
}

inline std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

inline std::vector<std::string> environment_with(const ProgramOptions& options) {
  std::vector<std::string> result;
  for (const auto& [name, value] : options.environment) result.push_back(name + "=" + value);
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : options.environment) replaced |= text.starts_with(name + "=");
    if (!replaced) result.emplace_back(text);
  }
  return result;
}

}  // namespace detail

// Runs `program` to its end with signals as a shell would set them.
inline ProgramResult run_program(const std::string& program, std::vector<std::string> arguments,
                                 const ProgramOptions& options = {}) {
  detail::Pipe out, err;
  posix_spawn_file_actions_t actions;
  detail::check(::posix_spawn_file_actions_init(&actions), "file actions");
  ::posix_spawn_file_actions_addopen(&actions, 0, options.in_file.c_str(), O_RDONLY, 0);
  if (options.out_file.empty())
    ::posix_spawn_file_actions_adddup2(&actions, out.ends[1], 1);
  else
    ::posix_spawn_file_actions_addopen(&actions, 1, options.out_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  ::posix_spawn_file_actions_adddup2(&actions, err.ends[1], 2);
  if (!options.folder.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, options.folder.c_str());

  posix_spawnattr_t attributes;
  detail::check(::posix_spawnattr_init(&attributes), "spawn attributes");
  sigset_t defaults, none;
  ::sigemptyset(&defaults), ::sigemptyset(&none);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) ::sigaddset(&defaults, signal);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);

  arguments.insert(arguments.begin(), program);
  std::vector<std::string> environment = detail::environment_with(options);
  pid_t child = 0;
  const int code = ::posix_spawn(&child, program.c_str(), &actions, &attributes, detail::pointers(arguments).data(),
                                 detail::pointers(environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  detail::check(code, program.c_str());
  out.close_write(), err.close_write();
  if (options.started) options.started(child);

  ProgramResult result;
  detail::read_both(out, err, result);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace fovea::test
