#pragma once
#include <cstddef>
#include <cstdint>

// What is used of CUPTI's activity interface, declared here so that building needs no CUDA. cupti_check.cu compares it
// with cupti.h where that is installed. Of records only the fields up to the last one that is read are declared: these
// lie where they did since CUDA 9.
namespace fovea::cupti {

using Status = int;
enum : Status { success = 0 };

enum ActivityKind : unsigned {
  kind_memcpy = 1,
  kind_memset = 2,
  kind_driver = 4,
  kind_runtime = 5,
  kind_concurrent_kernel = 10,
  kind_memcpy_peer = 22,
  kind_external_correlation = 39,
};
enum CopyKind : std::uint8_t { host_to_device = 1, device_to_host = 2, device_to_device = 8, host_to_host = 9 };
inline constexpr unsigned external_kind = 3;  // CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0
inline constexpr unsigned flush_forced = 1;   // also buffers that are not full

struct Record {
  std::uint32_t kind;
};
struct KernelRecord {
  std::uint32_t kind, cache, requested, executed;
  std::uint64_t start, end, completed;
  std::uint32_t device, context, stream;
  std::int32_t grid[3], block[3], shared[2];
  std::uint32_t local[2], correlation;
  std::int64_t grid_id;
  const char* name;
};
struct CopyRecord {
  std::uint32_t kind;
  std::uint8_t copy_kind, from_kind, to_kind, flags;
  std::uint64_t bytes, start, end;
  std::uint32_t device, context, stream, correlation;
};
struct PeerCopyRecord {
  std::uint32_t kind;
  std::uint8_t copy_kind, from_kind, to_kind, flags;
  std::uint64_t bytes, start, end;
  std::uint32_t device, context, stream, from_device, from_context, to_device, to_context, correlation;
};
struct FillRecord {
  std::uint32_t kind, value;
  std::uint64_t bytes, start, end;
  std::uint32_t device, context, stream, correlation;
};
// Says what a call was made for that has this correlation.
struct ExternalRecord {
  std::uint32_t kind, external_kind;
  std::uint64_t id;
  std::uint32_t correlation;
};

using BufferRequested = void (*)(std::uint8_t** buffer, std::size_t* bytes, std::size_t* most_records);
using BufferCompleted = void (*)(void* context, std::uint32_t stream, std::uint8_t* buffer, std::size_t bytes,
                                 std::size_t valid);

}  // namespace fovea::cupti

#define FOVEA_CUPTI_FUNCTIONS(X)                                                                          \
  X(cuptiGetVersion, (std::uint32_t * version))                                                           \
  X(cuptiGetResultString, (cupti::Status status, const char** text))                                      \
  X(cuptiActivityRegisterTimestampCallback, (std::uint64_t(*now)()))                                      \
  X(cuptiActivityRegisterCallbacks, (cupti::BufferRequested requested, cupti::BufferCompleted completed)) \
  X(cuptiActivityEnable, (unsigned kind))                                                                 \
  X(cuptiActivityDisable, (unsigned kind))                                                                \
  X(cuptiActivityFlushAll, (std::uint32_t flags))                                                         \
  X(cuptiActivityGetNextRecord, (std::uint8_t * buffer, std::size_t valid, cupti::Record * *record))      \
  X(cuptiActivityGetNumDroppedRecords, (void* context, std::uint32_t stream, std::size_t* dropped))       \
  X(cuptiActivityPushExternalCorrelationId, (unsigned external_kind, std::uint64_t id))                   \
  X(cuptiActivityPopExternalCorrelationId, (unsigned external_kind, std::uint64_t* last))
