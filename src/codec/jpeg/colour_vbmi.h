#pragma once
#include "codec/jpeg/row_kernels.h"

namespace fovea::codec::jpeg {

// `others` with the kernels of pixels replaced by ones for AVX-512 with VBMI and VNNI; `others` where these are
// missing.
RowKernels vbmi_row_kernels(const RowKernels& others);

}  // namespace fovea::codec::jpeg
