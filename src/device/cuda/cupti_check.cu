// Holds cupti_functions.h to the toolkit's own declarations. Compiled where cupti.h is; holds no code.
#include <cupti.h>

#include <cstddef>

#include "device/cuda/cupti_functions.h"

namespace cupti = fovea::cupti;

#define FOVEA_SAME(ours, theirs) static_assert(static_cast<long>(ours) == static_cast<long>(theirs), #theirs)
FOVEA_SAME(cupti::success, CUPTI_SUCCESS);
FOVEA_SAME(cupti::kind_memcpy, CUPTI_ACTIVITY_KIND_MEMCPY);
FOVEA_SAME(cupti::kind_memset, CUPTI_ACTIVITY_KIND_MEMSET);
FOVEA_SAME(cupti::kind_driver, CUPTI_ACTIVITY_KIND_DRIVER);
FOVEA_SAME(cupti::kind_runtime, CUPTI_ACTIVITY_KIND_RUNTIME);
FOVEA_SAME(cupti::kind_concurrent_kernel, CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
FOVEA_SAME(cupti::kind_memcpy_peer, CUPTI_ACTIVITY_KIND_MEMCPY2);
FOVEA_SAME(cupti::kind_external_correlation, CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION);
FOVEA_SAME(cupti::host_to_device, CUPTI_ACTIVITY_MEMCPY_KIND_HTOD);
FOVEA_SAME(cupti::device_to_host, CUPTI_ACTIVITY_MEMCPY_KIND_DTOH);
FOVEA_SAME(cupti::device_to_device, CUPTI_ACTIVITY_MEMCPY_KIND_DTOD);
FOVEA_SAME(cupti::host_to_host, CUPTI_ACTIVITY_MEMCPY_KIND_HTOH);
FOVEA_SAME(cupti::external_kind, CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0);
FOVEA_SAME(cupti::flush_forced, CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
#undef FOVEA_SAME

// A field's place and size in our record and in one of theirs.
#define FOVEA_PLACED(ours, field, theirs, their_field)                                                \
  static_assert(offsetof(cupti::ours, field) == offsetof(theirs, their_field) &&                      \
                    sizeof(cupti::ours::field) == sizeof(static_cast<theirs*>(nullptr)->their_field), \
                #theirs "::" #their_field)
#define FOVEA_KERNEL(theirs)                                      \
  FOVEA_PLACED(KernelRecord, kind, theirs, kind);                 \
  FOVEA_PLACED(KernelRecord, start, theirs, start);               \
  FOVEA_PLACED(KernelRecord, end, theirs, end);                   \
  FOVEA_PLACED(KernelRecord, device, theirs, deviceId);           \
  FOVEA_PLACED(KernelRecord, stream, theirs, streamId);           \
  FOVEA_PLACED(KernelRecord, correlation, theirs, correlationId); \
  FOVEA_PLACED(KernelRecord, name, theirs, name)
FOVEA_KERNEL(CUpti_ActivityKernel4);
FOVEA_KERNEL(CUpti_ActivityKernel5);
FOVEA_KERNEL(CUpti_ActivityKernel6);
FOVEA_KERNEL(CUpti_ActivityKernel7);
FOVEA_KERNEL(CUpti_ActivityKernel8);
FOVEA_KERNEL(CUpti_ActivityKernel9);
FOVEA_KERNEL(CUpti_ActivityKernel10);
#undef FOVEA_KERNEL
#define FOVEA_BYTES(ours, theirs)               \
  FOVEA_PLACED(ours, kind, theirs, kind);       \
  FOVEA_PLACED(ours, bytes, theirs, bytes);     \
  FOVEA_PLACED(ours, start, theirs, start);     \
  FOVEA_PLACED(ours, end, theirs, end);         \
  FOVEA_PLACED(ours, device, theirs, deviceId); \
  FOVEA_PLACED(ours, stream, theirs, streamId); \
  FOVEA_PLACED(ours, correlation, theirs, correlationId)
FOVEA_BYTES(CopyRecord, CUpti_ActivityMemcpy4);
FOVEA_BYTES(CopyRecord, CUpti_ActivityMemcpy5);
FOVEA_BYTES(CopyRecord, CUpti_ActivityMemcpy6);
FOVEA_PLACED(CopyRecord, copy_kind, CUpti_ActivityMemcpy6, copyKind);
FOVEA_BYTES(PeerCopyRecord, CUpti_ActivityMemcpyPtoP3);
FOVEA_BYTES(PeerCopyRecord, CUpti_ActivityMemcpyPtoP4);
FOVEA_PLACED(PeerCopyRecord, from_device, CUpti_ActivityMemcpyPtoP4, srcDeviceId);
FOVEA_PLACED(PeerCopyRecord, to_device, CUpti_ActivityMemcpyPtoP4, dstDeviceId);
FOVEA_BYTES(FillRecord, CUpti_ActivityMemset3);
FOVEA_BYTES(FillRecord, CUpti_ActivityMemset4);
#undef FOVEA_BYTES
FOVEA_PLACED(ExternalRecord, kind, CUpti_ActivityExternalCorrelation, kind);
FOVEA_PLACED(ExternalRecord, external_kind, CUpti_ActivityExternalCorrelation, externalKind);
FOVEA_PLACED(ExternalRecord, id, CUpti_ActivityExternalCorrelation, externalId);
FOVEA_PLACED(ExternalRecord, correlation, CUpti_ActivityExternalCorrelation, correlationId);
#undef FOVEA_PLACED

// The functions are there under these names; what they take passes as ours do.
#define FOVEA_THERE(name, parameters) static_assert(sizeof(decltype(&::name)) == sizeof(void*), #name);
FOVEA_CUPTI_FUNCTIONS(FOVEA_THERE)
#undef FOVEA_THERE
