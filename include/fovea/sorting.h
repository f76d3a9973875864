#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "fovea/array.h"

namespace fovea {

// Order statistics and scans of real arrays, by NumPy's names and rules. All work on all cores of the budget with the
// same bits for any number of threads, are thread-safe, and return new contiguous arrays. An axis counts from the end
// when negative. All throw Error(invalid_argument) for complex types, axes that are not there, and what else is said.

// Stable sorts along an axis: NaN last, in both directions; -0 and 0 are ordered as -0 < 0; every NaN comes back as the
// quiet NaN. n log n steps, and a copy of one line a thread.
Array sort(const Array&, int axis = -1, bool descending = false);
// i64 indices along the axis; of equal elements the one of the lower index comes first, in both directions. Lines of
// fewer than 2^32 elements.
Array argsort(const Array&, int axis = -1, bool descending = false);

// The first k of sort() and argsort(), k up to the axis's extent: the largest in descending order or the smallest in
// ascending order. NaN comes last, so it is only there when fewer than k numbers are. About one read of the array.
Array topk(const Array&, std::int64_t k, int axis = -1, bool largest = true);
Array argtopk(const Array&, std::int64_t k, int axis = -1, bool largest = true);

// Percentiles q (0 to 100) of the elements along an axis, or of all: shape [q.size(), the other axes...]. f32 of f32,
// f16 and bf16; else f64. method: linear, lower, higher, nearest (halves to even) or midpoint. NaN where the line has
// one; lines without elements are refused. Linear in the number of elements.
Array percentile(const Array&, std::span<const double> q, std::optional<int> axis = {},
                 std::string_view method = "linear");
// The middle element, or the mean of the two; otherwise as percentile(). Shape: the other axes.
Array median(const Array&, std::optional<int> axis = {});

// Counts (i64) of the elements in `bins` bins of equal width over [low, high], the last one closed, to the count as
// numpy.histogram, its corrections at edges included. Without a range: from the least to the greatest element, which
// must be finite. Elements outside and NaN are not counted. At most 2^31 bins.
using HistogramRange = std::optional<std::pair<double, double>>;
Array histogram(const Array&, std::int64_t bins = 10, HistogramRange = {});
// Their bins + 1 edges: f32 of f32, f16 and bf16; else f64. Refused when they are not strictly increasing.
Array histogram_bin_edges(const Array&, std::int64_t bins = 10, HistogramRange = {});

// Running sums and products along an axis, or of the flat array (1-D). Integers and bool give i64, which wraps around;
// floating types stay, f16 and bf16 being summed in f32 (NumPy rounds after every step).
Array cumsum(const Array&, std::optional<int> axis = {});
Array cumprod(const Array&, std::optional<int> axis = {});

// exp(x - max) / sum(exp(x - max)) along an axis, of floating types; f16 and bf16 are computed in f32.
Array softmax(const Array&, int axis = -1);

}  // namespace fovea
