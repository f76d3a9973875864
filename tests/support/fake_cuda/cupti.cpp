#include "support/fake_cuda/cupti.h"

#include <atomic>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

#include "device/cuda/cupti_functions.h"

namespace cupti = fovea::cupti;

namespace fovea::cuda::fake {
namespace {

struct Listener {
  std::mutex mutex;
  FakeCupti how = FakeCupti::refuses;
  std::uint64_t (*now)() = nullptr;
  cupti::BufferRequested requested = nullptr;
  cupti::BufferCompleted completed = nullptr;
  std::set<unsigned> kinds;
  // Records of calls and of work come in buffers of their own.
  std::vector<std::vector<std::byte>> calls, work;
  std::set<std::string> names;  // as long as the process
};
Listener& listener() {
  static Listener& instance = *new Listener;
  return instance;
}
thread_local std::vector<std::uint64_t> external_ids;

bool listens(unsigned kind) {
  const std::lock_guard lock(listener().mutex);
  return listener().kinds.contains(kind);
}

template <class Record>
void add(std::vector<std::vector<std::byte>>& records, const Record& record) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&record);
  records.emplace_back(bytes, bytes + sizeof record);
}

// What of the record is the same for copies and fills.
template <class Record>
Record of_bytes(const Traced& traced, int device, std::uint32_t call, std::uint64_t start, std::uint64_t end) {
  Record record{};
  record.kind = traced.kind;
  record.bytes = traced.bytes;
  record.start = start;
  record.end = end;
  record.device = static_cast<std::uint32_t>(device);
  record.correlation = call;
  return record;
}

void note(const Traced& traced, std::uint8_t copy_kind, int device, int from, int to, std::uint32_t call,
          std::uint64_t start, std::uint64_t end) {
  Listener& l = listener();
  const std::lock_guard lock(l.mutex);
  if (!l.kinds.contains(traced.kind)) return;
  if (traced.kind == cupti::kind_concurrent_kernel) {
    cupti::KernelRecord record{};
    record.kind = traced.kind;
    record.start = start;
    record.end = end;
    record.device = static_cast<std::uint32_t>(device);
    record.correlation = call;
    record.name = l.names.insert(traced.kernel).first->c_str();
    add(l.work, record);
  } else if (traced.kind == cupti::kind_memset) {
    add(l.work, of_bytes<cupti::FillRecord>(traced, device, call, start, end));
  } else if (traced.kind == cupti::kind_memcpy) {
    auto record = of_bytes<cupti::CopyRecord>(traced, device, call, start, end);
    record.copy_kind = copy_kind;
    add(l.work, record);
  } else {
    auto record = of_bytes<cupti::PeerCopyRecord>(traced, device, call, start, end);
    record.from_device = static_cast<std::uint32_t>(from);
    record.to_device = static_cast<std::uint32_t>(to);
    add(l.work, record);
  }
}

// Of a device's memory its number, else -1.
int place_of(CUdeviceptr address) {
  if (check_range(address, 1, true) != CUDA_SUCCESS) return -1;
  auto after = state().blocks.upper_bound(address);
  return (--after)->second.device;
}

// Each time into a buffer that the program gives, as many as have room.
void deliver(Listener& l, std::vector<std::vector<std::byte>> records) {
  for (std::size_t next = 0; next < records.size();) {
    std::uint8_t* buffer = nullptr;
    std::size_t room = 0, most = 0, used = 0;
    l.requested(&buffer, &room, &most);
    for (; next < records.size() && used + records[next].size() <= room; used += records[next++].size())
      std::memcpy(buffer + used, records[next].data(), records[next].size());
    l.completed(nullptr, 0, buffer, room, used);
  }
}

std::size_t bytes_of(const cupti::Record& record) {
  switch (record.kind) {
    case cupti::kind_concurrent_kernel:
      return sizeof(cupti::KernelRecord);
    case cupti::kind_memcpy:
      return sizeof(cupti::CopyRecord);
    case cupti::kind_memcpy_peer:
      return sizeof(cupti::PeerCopyRecord);
    case cupti::kind_memset:
      return sizeof(cupti::FillRecord);
    default:
      return sizeof(cupti::ExternalRecord);
  }
}

}  // namespace

std::uint32_t traced_call() {
  static std::atomic<std::uint32_t> calls{0};
  Listener& l = listener();
  const std::lock_guard lock(l.mutex);
  if (l.kinds.empty()) return 0;
  const std::uint32_t call = ++calls;
  if (!external_ids.empty() && l.kinds.contains(cupti::kind_driver) &&
      l.kinds.contains(cupti::kind_external_correlation))
    add(l.calls,
        cupti::ExternalRecord{cupti::kind_external_correlation, cupti::external_kind, external_ids.back(), call});
  return call;
}

std::function<void()> traced(std::uint32_t call, int device, Traced traced, std::function<void()> run) {
  if (call == 0 || !listens(traced.kind)) return run;
  int from = -1, to = -1;
  std::uint8_t copy_kind = 0;
  if (traced.kind == cupti::kind_memcpy || traced.kind == cupti::kind_memcpy_peer) {
    from = place_of(traced.from);
    to = place_of(traced.to);
    copy_kind = from < 0 ? (to < 0 ? cupti::host_to_host : cupti::host_to_device)
                         : (to < 0 ? cupti::device_to_host : cupti::device_to_device);
  }
  return [=, traced = std::move(traced), run = std::move(run)] {
    const std::uint64_t start = listener().now();
    run();
    note(traced, copy_kind, device, from, to, call, start, listener().now());
  };
}

}  // namespace fovea::cuda::fake

using namespace fovea::cuda;

extern "C" {

void fake_cuda_set_cupti(FakeCupti how) {
  fake::Listener& l = fake::listener();
  const std::lock_guard lock(l.mutex);
  l.how = how;
}

cupti::Status cuptiGetVersion(std::uint32_t* version) {
  *version = 7;
  return 0;
}

cupti::Status cuptiGetResultString(cupti::Status status, const char** text) {
  *text = status == 35 ? "CUPTI_ERROR_INSUFFICIENT_PRIVILEGES" : nullptr;
  return status == 35 ? 0 : 1;
}

cupti::Status cuptiActivityRegisterTimestampCallback(std::uint64_t (*now)()) {
  fake::listener().now = now;
  return 0;
}

cupti::Status cuptiActivityRegisterCallbacks(cupti::BufferRequested requested, cupti::BufferCompleted completed) {
  fake::listener().requested = requested;
  fake::listener().completed = completed;
  return 0;
}

// As where only the administrator may count.
cupti::Status cuptiActivityEnable(unsigned kind) {
  fake::Listener& l = fake::listener();
  const std::lock_guard lock(l.mutex);
  if (l.how == FakeCupti::refuses && kind == cupti::kind_concurrent_kernel) return 35;
  l.kinds.insert(kind);
  return 0;
}

cupti::Status cuptiActivityDisable(unsigned kind) {
  fake::Listener& l = fake::listener();
  const std::lock_guard lock(l.mutex);
  l.kinds.erase(kind);
  return 0;
}

cupti::Status cuptiActivityFlushAll(std::uint32_t flags) {
  fake::Listener& l = fake::listener();
  if (flags != cupti::flush_forced) return 1;
  std::unique_lock lock(l.mutex);
  auto first = std::exchange(l.calls, {}), second = std::exchange(l.work, {});
  if (l.how == FakeCupti::tells_work_first) first.swap(second);
  lock.unlock();
  deliver(l, std::move(first));
  deliver(l, std::move(second));
  return 0;
}

cupti::Status cuptiActivityGetNextRecord(std::uint8_t* buffer, std::size_t valid, cupti::Record** record) {
  auto* next = reinterpret_cast<std::uint8_t*>(*record);
  next = next == nullptr ? buffer : next + fake::bytes_of(**record);
  if (next >= buffer + valid) return 12;
  *record = reinterpret_cast<cupti::Record*>(next);
  return 0;
}

cupti::Status cuptiActivityGetNumDroppedRecords(void*, std::uint32_t, std::size_t* dropped) {
  fake::Listener& l = fake::listener();
  const std::lock_guard lock(l.mutex);
  *dropped = l.how == FakeCupti::drops ? 3 : 0;
  return 0;
}

cupti::Status cuptiActivityPushExternalCorrelationId(unsigned, std::uint64_t id) {
  fake::external_ids.push_back(id);
  return 0;
}

cupti::Status cuptiActivityPopExternalCorrelationId(unsigned, std::uint64_t* last) {
  if (fake::external_ids.empty()) return 18;
  *last = fake::external_ids.back();
  fake::external_ids.pop_back();
  return 0;
}
}
