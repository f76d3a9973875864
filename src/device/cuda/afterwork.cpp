#include "device/cuda/afterwork.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <system_error>
#include <thread>

#include "device/cuda/event.h"
#include "fovea/error.h"

namespace fovea {
namespace {

// How long to sleep between two looks at the events waited for: short at first, for little work ends soon.
constexpr std::chrono::microseconds shortest{20}, longest{1000};

}  // namespace

// Never destroyed, as its thread is never stopped.
CudaAfterwork& cuda_afterwork() {
  static CudaAfterwork& instance = *new CudaAfterwork;
  return instance;
}

void CudaAfterwork::start() {
  if (started_) return;
  try {
    std::thread([this] { run(); }).detach();
  } catch (const std::system_error& error) {
    throw Error(Errc::device, std::string("cuda: cannot start a thread: ") + error.code().message());
  }
  started_ = true;
}

void CudaAfterwork::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    start();
    posted_.push_back(std::move(work));
    ++pending_;
  }
  changed_.notify_one();
}

void CudaAfterwork::when_done(std::shared_ptr<CudaEvent> event, std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    start();
    arrived_.push_back({std::move(event), std::move(then)});
    ++pending_;
  }
  changed_.notify_one();
}

void CudaAfterwork::run() {
  std::vector<Waiting> waiting;
  std::chrono::microseconds pause = shortest;
  for (;;) {
    std::vector<std::function<void()>> posted;
    {
      std::unique_lock lock(mutex_);
      const auto news = [this] { return !posted_.empty() || !arrived_.empty(); };
      if (waiting.empty())
        changed_.wait(lock, news);
      else
        changed_.wait_for(lock, pause, news);
      pause = news() ? shortest : std::min(longest, pause * 2);
      posted.swap(posted_);
      std::move(arrived_.begin(), arrived_.end(), std::back_inserter(waiting));
      arrived_.clear();
    }
    for (std::function<void()>& work : posted) {
      work();
      work = nullptr;
      --pending_;
    }
    const auto pending = [](const Waiting& w) { return !w.event->done(); };
    const auto reached = std::stable_partition(waiting.begin(), waiting.end(), pending);
    std::vector<Waiting> done(std::make_move_iterator(reached), std::make_move_iterator(waiting.end()));
    waiting.erase(reached, waiting.end());
    for (Waiting& w : done) {
      w.then();
      w = {};
      --pending_;
      pause = shortest;
    }
  }
}

}  // namespace fovea
