#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

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

// A point in a stream's work. Copies share the point. A default-made event is done.
class Event {
 public:
  Event() = default;
  bool done() const;
  void wait() const;  // blocks the calling thread; throws nothing: errors belong to the stream

 private:
  friend class Stream;
  friend double elapsed_ms(const Event& from, const Event& to);
  std::shared_ptr<struct EventState> state_;
};
// Throws Error(invalid_argument) unless both were recorded and are done.
double elapsed_ms(const Event& from, const Event& to);

// An ordered queue of work on one device. Copies share the queue. Any thread may enqueue. After work that throws, later
// work is skipped until synchronize() has thrown the error; events are reached all the same.
class Stream {
 public:
  explicit Stream(Device = Device::cpu());  // throws Error(device) when it cannot be used
  Device device() const;
  void call(std::string_view what, std::function<void()> work);  // runs in order on the stream's thread
  Event record();
  void wait(const Event&);  // later work of this stream starts after the event
  void synchronize();       // blocks until all work has run; throws the first error, named after its work

 private:
  std::shared_ptr<struct StreamState> state_;
};

}  // namespace fovea
