#include "bench/peers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

extern char** environ;
extern "C" const char fovea_bench_peers[], fovea_bench_peers_end[];

namespace fovea::cli {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr auto longest_start = std::chrono::seconds(120);
constexpr auto longest_answer = std::chrono::seconds(300);
constexpr std::size_t longest_line = 1 << 16;

// The child's environment: ours, with the peers' thread counts, and without what pins OpenBLAS to older processors.
std::vector<std::string> environment(int threads) {
  constexpr std::array ours{"OMP_NUM_THREADS",     "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                            "NUMEXPR_NUM_THREADS", "NUMEXPR_MAX_THREADS",  "BLIS_NUM_THREADS"};
  constexpr std::array dropped{"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"};
  std::vector<std::string> result;
  const auto named = [](std::string_view entry, std::string_view name) {
    return entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=';
  };
  for (char** entry = environ; *entry; ++entry) {
    bool skip = false;
    for (const char* name : ours) skip |= named(*entry, name);
    for (const char* name : dropped) skip |= named(*entry, name);
    if (!skip) result.emplace_back(*entry);
  }
  for (const char* name : ours) result.push_back(fmt::format("{}={}", name, threads));
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::string ending(int status) {
  if (WIFSIGNALED(status)) return fmt::format("ended by signal {}", WTERMSIG(status));
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

}  // namespace

struct Peers::State {
  std::string program;
  pid_t child = -1;
  int to = -1, from = -1;
  std::string pending, end;
  Json hello;

  void start(int threads, std::string_view text);
  [[noreturn]] void stop(const char* why, bool gone = false);
  void close_pipes();
  void write_line(const std::string& text);
  std::string read_line(std::chrono::seconds patience);
  Json ask(const Json& question, std::chrono::seconds patience);
};

void Peers::State::start(int threads, std::string_view text) {
  const char* wish = std::getenv("FOVEA_PYTHON");
  program = wish && *wish ? wish : "python3";
  std::array<int, 2> in{-1, -1}, out{-1, -1};
  if (::pipe2(in.data(), O_CLOEXEC) != 0) throw PeerFailure(std::strerror(errno));
  to = in[1];
  if (::pipe2(out.data(), O_CLOEXEC) != 0) {
    ::close(in[0]);
    throw PeerFailure(std::strerror(errno));
  }
  from = out[0];
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t defaults;
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> arguments{program, "-c", std::string(text)};
  std::vector<std::string> variables = environment(threads);
  const int code = ::posix_spawnp(&child, program.c_str(), &actions, &attributes, pointers(arguments).data(),
                                  pointers(variables).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(in[0]);
  ::close(out[1]);
  if (code != 0) {
    child = -1;
    end = "never started";
    throw PeerFailure(fmt::format("{}: {}", program, std::strerror(code)));
  }
  hello = Json::parse(read_line(longest_start), nullptr, false);
  if (!hello.is_object()) stop("said something else than expected");
}

void Peers::State::close_pipes() {
  for (int* descriptor : {&to, &from})
    if (*descriptor >= 0) ::close(std::exchange(*descriptor, -1));
}

// Ends the talk and the process; `gone` when the process closed its end, and so ends by itself.
void Peers::State::stop(const char* why, bool gone) {
  close_pipes();
  end = fmt::format("{} {}", program, why);
  if (child > 0) {
    int status = 0;
    pid_t ended = 0;
    for (int k = 0; k < 100 && ended == 0; ++k) {
      ended = ::waitpid(child, &status, WNOHANG);
      if (ended == 0) ::usleep(10'000);
    }
    if (ended == 0) {
      ::kill(child, SIGKILL);
      while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
      }
    } else if (gone) {
      end = fmt::format("{} {}", program, ending(status));
    }
    child = -1;
  }
  throw PeerFailure(end);
}

void Peers::State::write_line(const std::string& text) {
  if (to < 0) throw PeerFailure(end);
  const std::string line = text + '\n';
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t count = ::write(to, line.data() + done, line.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) stop("does not listen", true);
    done += static_cast<std::size_t>(count);
  }
}

std::string Peers::State::read_line(std::chrono::seconds patience) {
  const auto deadline = Clock::now() + patience;
  std::array<char, 4096> buffer;
  while (true) {
    if (const auto at = pending.find('\n'); at != pending.npos) {
      std::string line = pending.substr(0, at);
      pending.erase(0, at + 1);
      return line;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0 || pending.size() > longest_line) stop("gave no answer");
    pollfd waiting{from, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left));
    if (ready < 0 && errno != EINTR) stop("cannot be waited for");
    if (ready <= 0) continue;
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) stop("closed its end", true);
    pending.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

Json Peers::State::ask(const Json& question, std::chrono::seconds patience) {
  write_line(question.dump());
  const Json reply = Json::parse(read_line(patience), nullptr, false);
  if (!reply.is_object()) stop("said something else than expected");
  if (const auto error = reply.find("error"); error != reply.end() && error->is_string())
    throw PeerFailure(error->get<std::string>());
  return reply;
}

std::string_view bench_peers() {
  return {fovea_bench_peers, static_cast<std::size_t>(fovea_bench_peers_end - fovea_bench_peers)};
}

Peers::Peers(int threads, std::string_view program) : state_(std::make_unique<State>()) {
  try {
    state_->start(threads, program);
  } catch (...) {
    state_->close_pipes();
    throw;
  }
}

Peers::~Peers() {
  try {
    state_->stop("was still busy");
  } catch (const PeerFailure&) {
  }
}

bool Peers::alive() const {
  return state_->to >= 0;
}

Json Peers::ask(const Json& question) {
  return state_->ask(question, longest_answer);
}

std::string Peers::packages() const {
  const Json& hello = state_->hello;
  std::string text =
      "Python " + (hello.contains("python") && hello["python"].is_string() ? hello["python"].get<std::string>() : "?");
  if (hello.contains("have") && hello["have"].is_object())
    for (const auto& [package, version] : hello["have"].items())
      text += fmt::format(", {} {}", package, version.is_string() ? version.get<std::string>() : "?");
  std::vector<std::string> absent;
  if (hello.contains("absent") && hello["absent"].is_array())
    for (const Json& package : hello["absent"])
      if (package.is_string()) absent.push_back(package.get<std::string>());
  if (!absent.empty()) text += fmt::format("; not installed: {}", fmt::join(absent, ", "));
  return text;
}

std::vector<std::string> Peers::prepare(const Json& asked, bool loop, std::vector<std::string>& remarks) {
  try {
    if (!alive()) return {};
    const Json reply = state_->ask({{"prepare", asked}, {"loop", loop}}, longest_answer);
    std::vector<std::string> names;
    if (reply.contains("ready") && reply["ready"].is_array())
      for (const Json& name : reply["ready"])
        if (name.is_string()) names.push_back(name.get<std::string>());
    if (reply.contains("remarks") && reply["remarks"].is_array())
      for (const Json& remark : reply["remarks"])
        if (remark.is_string()) remarks.push_back(remark.get<std::string>());
    return names;
  } catch (const PeerFailure& failure) {
    remarks.emplace_back(failure.what());
    return {};
  }
}

Calls Peers::run(const std::string& name, int times, bool each) {
  const Json reply = state_->ask({{"run", name}, {"times", times}, {"each", each}}, longest_answer);
  Calls calls;
  const auto add = [&](const Json& ms) {
    if (!ms.is_number()) throw PeerFailure("answered without a time");
    calls.ms.push_back(ms.get<double>());
  };
  const Json ms = reply.value("ms", Json());
  if (each && ms.is_array() && !ms.empty())
    for (const Json& one : ms) add(one);
  else
    add(ms);
  if (const auto peak = reply.find("peak_mb"); peak != reply.end() && peak->is_number())
    calls.peak_mb = peak->get<double>();
  return calls;
}

}  // namespace fovea::cli
