#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

class EventBackend;
class StreamBackend;

struct Device {
  enum class Kind : std::uint8_t { cpu, cuda };
  Kind kind = Kind::cpu;
  int index = 0;

  static Device cpu() { return {}; }
  static Device cuda(int index = 0) { return {Kind::cuda, index}; }
  static Device parse(std::string_view text);  // "cpu", "cuda", "cuda:1"; throws Error(invalid_argument)
  std::string name() const;
  auto operator<=>(const Device&) const = default;
};

// Why the device cannot be used, or an empty string when it can.
std::string unavailable_reason(Device);

struct DeviceChoice {
  Device device;
  std::string reason;  // one clause for the log: why this device was taken
};
// "auto", "cpu", "cuda", "cuda:i". Asking for a device that is not there throws Error(device); only "auto" chooses.
DeviceChoice choose_device(std::string_view request);

// Priorities as CUDA counts them: the lower the number, the sooner; 0 is the usual one.
struct StreamPriorities {
  int lowest = 0, highest = 0;  // highest <= lowest
};
StreamPriorities stream_priorities(Device);

// A point in a stream's work. Copies share the point. A default-made event is done.
class Event {
 public:
  Event() = default;
  explicit Event(std::shared_ptr<EventBackend> backend) : backend_(std::move(backend)) {}
  bool done() const;
  void wait() const;  // blocks the calling thread; errors are the stream's. Throws for a point inside of a graph
  const std::shared_ptr<EventBackend>& backend() const { return backend_; }

 private:
  std::shared_ptr<EventBackend> backend_;
};
// Milliseconds between two points of one device's streams. Throws Error(invalid_argument) unless both were recorded,
// outside of graphs, and are done.
double elapsed_ms(const Event& from, const Event& to);

// An ordered queue of work on one device. Copies share the queue. Any thread may enqueue. No stream waits for another
// but by wait(): there is no stream that all others order themselves by.
//
// After work that throws, later work is skipped until synchronize() has thrown the error; events are reached all the
// same. On CUDA only host functions are skipped; what a kernel or copy meets comes out of synchronize() too, named
// after the last work enqueued.
//
// Priorities order work that is ready. On the CPU, work of a stream starts while no work of a higher priority runs or
// is ready to run; what waits for an event is not ready.
class Stream {
 public:
  // Throws Error(device) when the device cannot be used, Error(invalid_argument) for a priority it has not.
  explicit Stream(Device = Device::cpu(), int priority = 0);
  Device device() const;
  int priority() const;
  // Runs the function in order, on a thread of the runtime. It must not wait for later work of this stream, and on CUDA
  // not use the device.
  void call(std::string_view what, std::function<void()> work);
  Event record();
  void wait(const Event&);   // later work of this stream starts after the event, which may be another device's
  bool idle() const;         // whether all work has run
  void synchronize() const;  // blocks until all work has run; throws the first error, named after its work
  void* native() const;      // the CUstream; null on the CPU
  const std::shared_ptr<StreamBackend>& backend() const { return backend_; }

 private:
  std::shared_ptr<StreamBackend> backend_;
};

}  // namespace fovea
