#include <algorithm>
#include <numeric>

#include "array/copy_layout.h"
#include "array/overlap.h"
#include "array/shape.h"
#include "device/backend.h"
#include "device/keep_alive.h"
#include "fovea/array.h"

namespace fovea {
namespace {

constexpr std::size_t most_copies = 4096;  // a call enqueues no more of them
constexpr std::size_t most_direct = 64;    // more, or shorter rows, cost more than to gather on the host
constexpr std::size_t shortest_row = 64;   // bytes

[[noreturn]] void refuse(const std::string& message) {
  throw Error(Errc::invalid_argument, message);
}

bool on_host(const Array& array) {
  return array.device() == Device::cpu();
}

std::string text(const Array& array) {
  return std::string(name(array.dtype())) + to_string(array.shape());
}

void check(const Array& from, const Array& to, Device stream) {
  if (from.dtype() != to.dtype() || from.shape() != to.shape())
    refuse("copy: expected arrays of one type and shape, got " + text(from) + " and " + text(to));
  if (!to.writable()) refuse("copy: expected an array that may be written to, got a read-only one");
  if (overlap(from, to)) refuse("copy: expected parts that do not overlap, got two that do; copy() one of them first");
  const bool both_on_host = on_host(from) && on_host(to);
  if (!both_on_host && stream != from.device() && stream != to.device())
    refuse("copy: expected a stream of " + from.device().name() + " or " + to.device().name() + ", got one of " +
           stream.name());
}

std::string call_name(const Array& from, const Array& to) {
  Transfer all;
  all.from_device = from.device();
  all.to_device = to.device();
  all.row_bytes = static_cast<std::size_t>(from.size()) * size_of(from.dtype());
  return describe(all);
}

void enqueue_copies(const CopyLayout& layout, const PitchedCopies& copies, const Array& from, const Array& to,
                    const Stream& stream) {
  if (copies.count > most_copies)
    throw Error(Errc::unsupported, "copy: expected elements that lie in at most " + std::to_string(most_copies) +
                                       " blocks of rows, got " + std::to_string(copies.count) + " in " + text(from) +
                                       " from " + from.device().name() + " to " + to.device().name() +
                                       "; make them contiguous first");
  Shape index(copies.outer.size());
  for (std::size_t n = 0; n < copies.count; ++n) {
    Transfer transfer = copies.first;
    transfer.to_device = to.device();
    transfer.from_device = from.device();
    std::int64_t to_offset = 0, from_offset = 0;
    for (std::size_t k = 0; k < index.size(); ++k) {
      to_offset += index[k] * layout.to_strides[copies.outer[k]];
      from_offset += index[k] * layout.from_strides[copies.outer[k]];
    }
    transfer.to = layout.to + to_offset * static_cast<std::int64_t>(layout.item);
    transfer.from = layout.from + from_offset * static_cast<std::int64_t>(layout.item);
    stream.backend()->copy(transfer);
    for (std::size_t k = index.size(); k-- > 0 && ++index[k] == layout.shape[copies.outer[k]];) index[k] = 0;
  }
}

// One pitched copy is a copy, which graphs can point elsewhere; anything else is the processor's own work.
void copy_on_host(const Array& from, const Array& to, Stream stream) {
  CopyLayout layout = copy_layout(from, to);
  const PitchedCopies copies = pitched_copies(layout);
  if (copies.count == 1 && (copies.first.rows == 1 || copies.first.row_bytes >= shortest_row))
    return enqueue_copies(layout, copies, from, to, stream);
  stream.call(call_name(from, to), [layout = std::move(layout)] { copy_elements(layout); });
}

// The array without the repeats of a broadcast.
Array each_once(Array array) {
  for (int axis = 0; axis < array.ndim(); ++axis)
    if (array.strides()[static_cast<std::size_t>(axis)] == 0 && array.shape()[static_cast<std::size_t>(axis)] > 1)
      array = array.slice(axis, {0, 1});
  return array;
}

// Host memory whose elements lie in the order of the device's, so that one copy moves most layouts.
Array staging_like(const Array& device, const Stream& stream) {
  std::vector<int> order(device.shape().size());
  std::iota(order.begin(), order.end(), 0);
  const auto stride = [&](int axis) { return device.strides()[static_cast<std::size_t>(axis)]; };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return std::abs(stride(a)) > std::abs(stride(b)); });
  Shape dense;
  std::vector<int> place(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    dense.push_back(device.shape()[static_cast<std::size_t>(order[k])]);
    place[static_cast<std::size_t>(order[k])] = static_cast<int>(k);
  }
  Array staging = Array::empty(dense, device.dtype(), pinned_memory(device.device()), stream);
  if (!place.empty()) staging = staging.transpose(place);
  for (int axis = 0; axis < staging.ndim(); ++axis)
    if (stride(axis) < 0) staging = staging.slice(axis, {Slice::none, Slice::none, -1});
  return staging;
}

void copy_rows(const Array& from, const Array& to, const Stream& stream) {
  const CopyLayout layout = copy_layout(from, to);
  enqueue_copies(layout, pitched_copies(layout), from, to, stream);
}

void copy_over_bus(const Array& from, const Array& to, const Stream& stream) {
  const CopyLayout layout = copy_layout(from, to);
  const PitchedCopies copies = pitched_copies(layout);
  const bool alone = copies.count == 1 && copies.first.rows == 1;
  if (alone || (copies.count <= most_direct && copies.first.row_bytes >= shortest_row))
    return enqueue_copies(layout, copies, from, to, stream);
  if (on_host(from)) {
    const Array staging = staging_like(to, stream);
    copy_on_host(from, staging, stream);
    copy_rows(staging, to, stream);
  } else {
    const Array once = each_once(from), staging = staging_like(once, stream);
    copy_rows(once, staging, stream);
    copy_on_host(staging.broadcast(from.shape()), to, stream);
  }
}

// A stream of the processor has a device's stream do the work in its stead, and waits for it as its own work: so it
// meets the other's errors.
void copy_by_device(const Array& from, const Array& to, Stream stream) {
  Stream worker(on_host(to) ? from.device() : to.device());
  worker.wait(stream.record());
  copy(from, to, worker);
  stream.call(call_name(from, to), [worker] { worker.synchronize(); });
}

}  // namespace

void copy(const Array& from, const Array& to, const Stream& stream) {
  check(from, to, stream.device());
  if (from.size() == 0) return;
  const bool both_on_host = on_host(from) && on_host(to);
  if (!both_on_host && stream.device() == Device::cpu()) return copy_by_device(from, to, stream);
  const auto held = std::make_shared<const std::pair<Array, Array>>(from, to);
  try {
    if (both_on_host)
      copy_on_host(from, to, stream);
    else if (on_host(from) || on_host(to))
      copy_over_bus(from, to, stream);
    else
      copy_rows(from, to, stream);
  } catch (...) {
    keep_alive(stream, held);  // for what was enqueued before
    throw;
  }
  keep_alive(stream, held);
}

Array Array::empty(Shape shape, DType dtype, const std::shared_ptr<Memory>& memory, const Stream& stream) {
  const std::size_t bytes = checked_bytes("Array::empty", shape, dtype);
  const Device device = memory->device();
  if (device != Device::cpu() && device != stream.device())
    refuse("Array::empty: expected memory of the host or the stream's device, " + stream.device().name() +
           ", got memory of " + device.name());
  void* block = memory->allocate_async(bytes, stream);
  std::shared_ptr<const void> owner(block, [memory, bytes, stream](const void* pointer) {
    memory->deallocate_async(const_cast<void*>(pointer), bytes, stream);
  });
  return borrow(block, std::move(shape), dtype, std::move(owner), device);
}

Array Array::to(Device device) const {
  if (device == device_) return *this;
  if (shape_.empty() && data_ == nullptr) return *this;
  const Stream stream(device == Device::cpu() ? device_ : device);
  Array result = empty(shape_, dtype_, device_memory(device));
  fovea::copy(*this, result, stream);
  stream.synchronize();
  return result;
}

// The host's end is page-locked: the copy needs no staging block, and the caller's thread does not wait for it.
Array Array::to(Device device, const Stream& stream) const {
  if (device == device_) return *this;
  if (shape_.empty() && data_ == nullptr) return *this;
  const auto memory = device == Device::cpu() ? pinned_memory(device_) : device_memory(device);
  const bool in_order = stream.device() == device || device == Device::cpu();
  Array result = in_order ? empty(shape_, dtype_, memory, stream) : empty(shape_, dtype_, memory);
  fovea::copy(*this, result, stream);
  return result;
}

}  // namespace fovea
