#pragma once
#include <cstdint>
#include <functional>

#include "fovea/limits.h"

namespace fovea {

// The thread count to use. Throws Error(invalid_argument) for options out of range.
int checked_threads(const char* where, const LimitOptions&);

// Work a second of body(thread, repeats), which returns the work it did, on all threads at once. Repeats grow until a
// run takes about `seconds`; the last run counts, from the first thread's start to the last one's end.
double rate_at_once(int threads, double seconds, const std::function<double(int thread, std::int64_t repeats)>& body);

}  // namespace fovea
