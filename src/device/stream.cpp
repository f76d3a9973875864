#include "device/profiler.h"
#include "fovea/device.h"
#include "fovea/error.h"

namespace fovea {

std::string describe(const Transfer& t) {
  return "copy " + std::to_string(t.row_bytes * t.rows) + " bytes " + t.from_device.name() + " to " +
         t.to_device.name();
}

std::string describe(const Fill& f) {
  return "fill " + std::to_string(f.bytes) + " bytes";
}

bool Event::done() const {
  return !backend_ || backend_->done();
}

void Event::wait() const {
  if (!backend_) return;
  if (backend_->recorded_in_graph())
    throw Error(Errc::invalid_argument, "event: expected a point in time to wait for, got one inside of a graph");
  const profiler::Scope span(Activity::wait, "event");
  backend_->wait();
}

double elapsed_ms(const Event& from, const Event& to) {
  const auto refuse = [](const char* got) {
    throw Error(Errc::invalid_argument,
                std::string("elapsed_ms: expected two recorded events of one device that are done, got ") + got);
  };
  if (!from.backend() || !to.backend()) refuse("one that was not recorded");
  if (from.backend()->device() != to.backend()->device()) refuse("two of different devices");
  if (from.backend()->recorded_in_graph() || to.backend()->recorded_in_graph()) refuse("one inside of a graph");
  if (!from.done() || !to.done()) refuse("one that is not");
  return to.backend()->ms_since(*from.backend());
}

StreamPriorities stream_priorities(Device device) {
  return backend(device).priorities();
}

Stream::Stream(Device device, int priority) {
  DeviceBackend& on = fovea::backend(device);
  const auto [lowest, highest] = on.priorities();
  if (priority < highest || priority > lowest)
    throw Error(Errc::invalid_argument, "stream: expected a priority from " + std::to_string(highest) + " to " +
                                            std::to_string(lowest) + ", got " + std::to_string(priority));
  backend_ = on.make_stream(priority);
}

Device Stream::device() const {
  return backend_->device();
}

int Stream::priority() const {
  return backend_->priority();
}

void Stream::call(std::string_view what, std::function<void()> work) {
  if (!work) throw Error(Errc::invalid_argument, "stream: expected work to run, got an empty function");
  backend_->call(std::string(what), std::move(work));
}

Event Stream::record() {
  return Event(backend_->record());
}

void Stream::wait(const Event& event) {
  if (event.done()) return;
  if (event.backend()->recorded_in_graph() && event.backend()->device() != device())
    throw Error(Errc::invalid_argument, "graph: expected to wait for an event of the recording's device, got one of " +
                                            event.backend()->device().name() + " on " + device().name());
  backend_->wait(event.backend());
}

bool Stream::idle() const {
  return backend_->idle();
}

void Stream::synchronize() const {
  const profiler::Scope span(Activity::wait, "stream");
  backend_->synchronize();
}

void* Stream::native() const {
  return backend_->native();
}

}  // namespace fovea
