#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fovea/graph.h"
#include "fovea/memory.h"

// What a device does for the runtime. Handles (Stream, Event, Graph, GraphExec) share these objects and check what can
// be checked without a device. All are thread-safe.
namespace fovea {

// Rows of bytes from one place to another. Asynchronous: both must live and stay untouched until the stream is past it.
struct Transfer {
  std::byte* to = nullptr;
  const std::byte* from = nullptr;
  Device to_device, from_device;
  std::size_t row_bytes = 0, rows = 1;
  std::size_t to_pitch = 0, from_pitch = 0;  // bytes from row to row; unused when there is one row
};
std::string describe(const Transfer&);  // "copy 4096 bytes cpu to cuda:0": its name in graphs, errors and profiles

struct Fill {
  std::byte* to = nullptr;
  std::byte value{};
  std::size_t bytes = 0;
};
std::string describe(const Fill&);

class EventBackend {
 public:
  virtual ~EventBackend() = default;
  virtual Device device() const = 0;
  virtual bool done() const = 0;
  virtual void wait() const = 0;
  // Milliseconds since an event of the same device. Both are done.
  virtual double ms_since(const EventBackend& earlier) const = 0;
  // Calls `then` once the event is done, at once if it is: how streams of another device wait. `then` must not block.
  virtual void when_done(std::function<void()> then) = 0;
  virtual bool recorded_in_graph() const = 0;
};

class StreamBackend : public std::enable_shared_from_this<StreamBackend> {
 public:
  virtual ~StreamBackend() = default;
  virtual Device device() const = 0;
  virtual int priority() const = 0;
  virtual void call(std::string what, std::function<void()> work) = 0;
  virtual void copy(const Transfer&) = 0;
  virtual void fill(const Fill&) = 0;
  virtual std::shared_ptr<EventBackend> record() = 0;
  virtual void wait(std::shared_ptr<EventBackend>) = 0;  // of any device; not done
  virtual bool idle() const = 0;
  virtual void synchronize() = 0;
  // Waits for all work, as far as it may from here, and leaves the failure to synchronize().
  virtual void settle() noexcept = 0;
  virtual void* native() const = 0;

  virtual void begin_recording() = 0;
  virtual std::shared_ptr<const GraphBackend> end_recording() = 0;
  virtual void drop_recording() noexcept = 0;
  // While the stream records: hands `release` to the graph, which calls it when it is destroyed, and returns true.
  virtual bool keep_for_recording(std::function<void()>& release) = 0;
};

class GraphBackend : public std::enable_shared_from_this<GraphBackend> {
 public:
  virtual ~GraphBackend() = default;
  virtual Device device() const = 0;
  virtual const std::vector<GraphNode>& nodes() const = 0;
  virtual std::shared_ptr<GraphExecBackend> instantiate() const = 0;
};

class GraphExecBackend {
 public:
  virtual ~GraphExecBackend() = default;
  virtual const std::vector<GraphNode>& nodes() const = 0;
  virtual Device device() const = 0;
  virtual void launch(StreamBackend&) = 0;
  virtual void update(const GraphBackend&) = 0;  // of the same device, nodes and edges
  virtual void set_call(int node, std::function<void()> work) = 0;
  virtual void set_copy(int node, void* to, const void* from) = 0;
};

class DeviceBackend {
 public:
  virtual ~DeviceBackend() = default;
  virtual StreamPriorities priorities() const = 0;
  virtual std::shared_ptr<StreamBackend> make_stream(int priority) = 0;
  virtual std::shared_ptr<Memory> memory() = 0;  // its pool
  virtual std::shared_ptr<Memory> pinned_memory() = 0;
};
// Throws Error(device) when the device cannot be used.
DeviceBackend& backend(Device);

}  // namespace fovea
