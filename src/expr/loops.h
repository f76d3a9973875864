#pragma once
#include <cstddef>

#include "expr/function.h"
#include "kernel/view.h"

namespace fovea {

// out[i] = f(a[i], b[i], c[i]) for i < n, over contiguous elements; operands that the function has not are null. out
// may be one of the operands, if their elements have one size, and overlap none otherwise.
using Loop = void (*)(void* out, const void* a, const void* b, const void* c, Index n);

// The loop of a function for its compute type, or null. f16 and bf16 have none but `where`: they are computed in f32.
Loop find_loop(Fn, DType compute);
// Null for the same type, and for f16 and bf16 unless the other type is f32 or, to them, f64.
Loop cast_loop(DType from, DType to);

// By kind: what find_loop() looks through.
Loop square_root_loop(Fn, DType);
Loop arithmetic_loop(Fn, DType);
Loop integer_loop(Fn, DType);
Loop logic_loop(Fn, DType);
Loop math_loop(Fn, DType);
Loop complex_loop(Fn, DType);

// A fold of n >= 1 contiguous elements into a state, and of two states into the first. The order of the terms is fixed
// by n alone, not by the vector width. b and c are of folds that compute their terms, see below.
struct RowFold {
  void (*fold)(const void* a, const void* b, const void* c, Index n, void* state) = nullptr;
  void (*combine)(void* state, const void* other) = nullptr;
  int state_bytes = 0;
};
// Null members when the type has none. sum takes every type but f16 and bf16 and keeps integers in i64; prod takes i64
// and floating and complex types; min to argmax real types; any and all bool.
RowFold row_fold(Fold, DType);
// The same over fn(a, b, c) of f32 or f64, without a pass of its own for that; null members where there is none.
RowFold row_fold_of(Fold, Fn, DType);

// The state of argmin and argmax: where, and the value there.
struct Place {
  Index index;
  std::byte value[8];
};

}  // namespace fovea
