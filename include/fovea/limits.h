#pragma once
#include <cstdint>
#include <vector>

#include "fovea/dtype.h"

namespace fovea {

// What this machine can do at most, measured when asked, with the widest vectors it has. Each call runs about
// `seconds` on threads of its own, which nothing else should disturb meanwhile. Thread-safe, but measurements at the
// same time share the machine.
struct LimitOptions {
  int threads = 0;  // 0: thread_budget(); else from 1 to 4096
  double seconds = 0.02;
};
// All throw Error(invalid_argument) for threads, seconds (above 0, at most 60) or bytes (at least 1) out of range, and
// Error(out_of_memory).

// Operations a second (a multiply-add is two) on registers: f32 and f64 as vectors, bf16 and i8 (sums in f32 and i32)
// by the quickest of AMX, the processor's dot products and, for bf16, f32's; f16 as f32. Throws Error(unsupported) for
// other types, and for i8 where the processor has no instruction for it.
double multiply_add_limit(DType, const LimitOptions& = {});

// Bytes a second through memory or caches when `bytes` are gone over again and again, each thread its own part; at most
// 512 MiB are used. Reading, writing, and copying half of them to the other half (counted read and written). Writes
// take the quicker of plain and streaming stores.
double read_limit(std::int64_t bytes, const LimitOptions& = {});
double write_limit(std::int64_t bytes, const LimitOptions& = {});
double copy_limit(std::int64_t bytes, const LimitOptions& = {});

// Seconds that starting and ending an empty parallel job over the thread budget takes: the median of many.
double launch_cost();

// Of repeated measurements; the median of an even number is the mean of the middle two. Zeros for none.
struct Spread {
  double median = 0, min = 0, max = 0;
};
Spread spread_of(std::vector<double> values);

}  // namespace fovea
