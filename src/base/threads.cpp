#include "base/threads.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/cgroup.h"
#include "base/text.h"
#include "fovea/error.h"

namespace fovea {
namespace {

constexpr int most_threads = 4096;

int affinity_count(int fallback) {
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 4) {  // the kernel refuses a set that is smaller than its own
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(cpus), [](cpu_set_t* s) { CPU_FREE(s); });
    const std::size_t bytes = CPU_ALLOC_SIZE(cpus);
    if (set && ::sched_getaffinity(0, bytes, set.get()) == 0) return std::max(1, CPU_COUNT_S(bytes, set.get()));
  }
  return fallback;
}

int parse_wish(std::string_view text) {
  int threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error != std::errc() || end != text.data() + text.size() || threads < 1 || threads > most_threads)
    throw Error(Errc::invalid_argument, "FOVEA_THREADS: expected a whole number from 1 to " +
                                            std::to_string(most_threads) + ", got \"" + escaped(text.substr(0, 40)) +
                                            "\"; correct or unset it");
  return threads;
}

std::string cpus_text(double cpus) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", cpus);
  return text;
}

ThreadBudget budget_of(const std::filesystem::path& root, std::optional<int> wish, const std::string& wisher) {
  ThreadBudget budget;
  budget.online = static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  budget.affinity = affinity_count(budget.online);
  budget.quota = read_cgroup_limits(root).cpus;

  budget.threads = budget.affinity;
  budget.reason = std::to_string(budget.affinity) + " of " + std::to_string(budget.online) + " CPUs may be used";
  if (budget.quota > 0 && std::ceil(budget.quota) < budget.threads) {
    budget.threads = static_cast<int>(std::ceil(budget.quota));
    budget.reason = "the control group allows " + cpus_text(budget.quota) + " CPUs";
  }
  if (wish && *wish < budget.threads) {
    budget.threads = *wish;
    budget.reason = wisher + " asks for " + std::to_string(*wish);
  } else if (wish && *wish > budget.threads) {
    budget.reason += " (" + wisher + " asks for " + std::to_string(*wish) + ")";
  }
  return budget;
}

struct Shared {
  std::mutex mutex;
  std::optional<ThreadBudget> budget;
  std::atomic<int> threads{0};  // 0: not known yet
};
Shared& shared() {
  static Shared instance;
  return instance;
}

thread_local int thread_limit = 0;  // 0: none

int budget_threads() {
  const int threads = shared().threads.load(std::memory_order_relaxed);
  return threads > 0 ? threads : thread_budget().threads;
}

}  // namespace

ThreadBudget read_thread_budget(const std::filesystem::path& root, const char* wish) {
  if (wish == nullptr || *wish == '\0') return budget_of(root, std::nullopt, "");
  return budget_of(root, parse_wish(wish), "FOVEA_THREADS");
}

ThreadBudget thread_budget() {
  Shared& state = shared();
  const std::lock_guard lock(state.mutex);
  if (!state.budget) {
    state.budget = read_thread_budget("/", std::getenv("FOVEA_THREADS"));
    state.threads = state.budget->threads;
  }
  return *state.budget;
}

void set_thread_budget(int threads) {
  if (threads < 1 || threads > most_threads)
    throw Error(Errc::invalid_argument, "threads: expected a number from 1 to " + std::to_string(most_threads) +
                                            ", got " + std::to_string(threads));
  Shared& state = shared();
  const std::lock_guard lock(state.mutex);
  state.budget = budget_of("/", threads, "the caller");
  state.threads = state.budget->threads;
}

int usable_threads() {
  const int budget = budget_threads();
  return thread_limit > 0 ? std::min(thread_limit, budget) : budget;
}

ThreadLimit::ThreadLimit(int threads) : before_(thread_limit) {
  const int wanted = std::max(1, threads);
  thread_limit = before_ > 0 ? std::min(before_, wanted) : wanted;
}
ThreadLimit::~ThreadLimit() {
  thread_limit = before_;
}

}  // namespace fovea
