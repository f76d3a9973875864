#pragma once
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "support/run_program.h"

namespace fovea::test {

// A program that runs while this lives. What it says on both outputs can be read line by line.
class BackgroundProgram {
 public:
  explicit BackgroundProgram(std::vector<std::string> command) {
    posix_spawn_file_actions_t actions;
    detail::check(::posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
    detail::check(::posix_spawn_file_actions_adddup2(&actions, pipe_.ends[1], 1), "adddup2");
    detail::check(::posix_spawn_file_actions_adddup2(&actions, pipe_.ends[1], 2), "adddup2");
    const int code =
        ::posix_spawnp(&child_, command.front().c_str(), &actions, nullptr, detail::pointers(command).data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    detail::check(code, command.front().c_str());
    pipe_.close_write();
  }
  ~BackgroundProgram() { end(); }
  BackgroundProgram(const BackgroundProgram&) = delete;
  BackgroundProgram& operator=(const BackgroundProgram&) = delete;

  // The next line, without its end; what is left of it when the program has ended.
  std::string line() {
    std::string text;
    for (char c = 0; ::read(pipe_.ends[0], &c, 1) == 1 && c != '\n';) text += c;
    return text;
  }

  // Ends it, and gives all that was not read.
  std::string end() {
    if (child_ <= 0) return {};
    ::kill(child_, SIGTERM);
    std::string rest;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(pipe_.ends[0], buffer, sizeof buffer)) > 0;)
      rest.append(buffer, static_cast<std::size_t>(got));
    ::waitpid(std::exchange(child_, -1), nullptr, 0);
    return rest;
  }

 private:
  detail::Pipe pipe_;
  pid_t child_ = -1;
};

}  // namespace fovea::test
