#pragma once
#include "fovea/array.h"

namespace fovea {

struct MatmulOptions {
  // f32 operands may be rounded to TF32, 10 bits of fraction instead of 23, where the device multiplies these faster:
  // on CUDA through cuBLASLt. |error| <= (2^-10 + k eps) sum |a b| then. Of no effect for other types and on the cpu.
  bool allow_tf32 = false;
};

// The matrix product, as numpy.matmul: a [..., m, k] times b [..., k, n] is [..., m, n], a new contiguous array. The
// axes before the last two are a batch and broadcast. A 1-D a is one row, a 1-D b one column, and that axis is absent
// in the result; two of them give their dot product, an array without axes. k of 0 gives zeros. Strides may be
// anything, negative too; nothing is copied for them in full.
//
// Types: f64, f32, c64, c128, i32 and i64 (which wrap around) give their own; f16 and bf16 too, summed in f32; any two
// of u8 and i8 give i32, exact while the sums fit. Throws Error(invalid_argument) for operands of other or different
// types, without axes, of more than 18 axes, or whose shapes do not fit.
//
// Sums of k terms: |error| <= k eps sum |a b|, less in practice, with eps of f32 for 16-bit types before their own
// rounding. bf16 operands below 2^-126 may count as 0. Works on all threads of the budget; the same bits for any number
// of them. Thread-safe. Cost: 2 m n k operations, on packed panels and the widest instructions of the processor for
// f64, f32, f16, bf16, u8 and i8; others take plain loops. Copies of both operands of at most 64 MiB each a time. A
// matrix of f64 or f32 times one row or column is read once as it lies, if it has more than 10^6 elements; the order of
// these sums depends on its strides.
Array matmul(const Array& a, const Array& b, const MatmulOptions& = {});

}  // namespace fovea
