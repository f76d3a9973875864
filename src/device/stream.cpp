#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <string>

#include "device/cpu/queue.h"
#include "fovea/device.h"
#include "fovea/error.h"

namespace fovea {

using Clock = std::chrono::steady_clock;

struct EventState {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  Clock::time_point at;

  void finish() {
    {
      const std::lock_guard lock(mutex);
      done = true;
      at = Clock::now();
    }
    changed.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return done; });
  }
};

struct StreamState {
  // Tasks share it, since they may outlive the last handle. Only the queue's thread touches it.
  struct Failure {
    std::optional<Error> first;
  };
  Device device;
  std::shared_ptr<Failure> failure = std::make_shared<Failure>();
  Queue queue;
};

namespace {

Error named(const std::string& what, std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const Error& error) {
    return Error(error.code(), what + ": " + error.what());
  } catch (const std::bad_alloc&) {
    return Error(Errc::out_of_memory, what + ": out of memory");
  } catch (const std::exception& error) {
    return Error(Errc::internal, what + ": " + error.what());
  } catch (...) {
    return Error(Errc::internal, what + ": an exception of unknown type");
  }
}

}  // namespace

bool Event::done() const {
  if (!state_) return true;
  const std::lock_guard lock(state_->mutex);
  return state_->done;
}

void Event::wait() const {
  if (state_) state_->wait();
}

double elapsed_ms(const Event& from, const Event& to) {
  if (!from.state_ || !to.state_ || !from.done() || !to.done())
    throw Error(Errc::invalid_argument, "elapsed_ms: expected two recorded events that are done, got one that is not");
  return std::chrono::duration<double, std::milli>(to.state_->at - from.state_->at).count();
}

Stream::Stream(Device device) : state_(std::make_shared<StreamState>()) {
  if (const std::string reason = unavailable_reason(device); !reason.empty())
    throw Error(Errc::device, "stream: expected a device that can be used, got " + device.name() + ": " + reason);
  state_->device = device;
}

Device Stream::device() const {
  return state_->device;
}

void Stream::call(std::string_view what, std::function<void()> work) {
  if (!work) throw Error(Errc::invalid_argument, "stream: expected work to run, got an empty function");
  state_->queue.push([failure = state_->failure, name = std::string(what), job = std::move(work)] {
    if (failure->first) return;
    try {
      job();
    } catch (...) {
      failure->first = named(name, std::current_exception());
    }
  });
}

Event Stream::record() {
  Event event;
  event.state_ = std::make_shared<EventState>();
  state_->queue.push([point = event.state_] { point->finish(); });
  return event;
}

// Also after a failure: an event recorded later must not come before the one waited for.
void Stream::wait(const Event& event) {
  if (!event.done()) state_->queue.push([point = event.state_] { point->wait(); });
}

void Stream::synchronize() {
  if (state_->queue.on_own_thread())
    throw Error(Errc::invalid_argument,
                "stream: expected synchronize() from outside, got it from the stream's own work");
  std::optional<Error> error;  // the task is done with it before wait() returns
  const auto point = std::make_shared<EventState>();
  state_->queue.push([failure = state_->failure, &error, point] {
    error.swap(failure->first);
    point->finish();
  });
  point->wait();
  if (error) throw *error;
}

}  // namespace fovea
