#include <algorithm>
#include <cstdint>
#include <string>

#include "fovea/error.h"
#include "measure/at_once.h"
#include "measure/register_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "measure/register_limits.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Twelve chains cover latency times issue width and fit the sixteen registers of AVX2; they start
// apart, or the compiler would make one of them.
template <class T>
double multiply_add(std::int64_t turns, T* sink) {
  const hn::ScalableTag<T> d;
  const auto scale = hn::Set(d, T(0.999)), step = hn::Set(d, T(0.001));
  auto a = hn::Iota(d, T(0)), b = hn::Iota(d, T(1)), c = hn::Iota(d, T(2)), e = hn::Iota(d, T(3)),
       f = hn::Iota(d, T(4)), g = hn::Iota(d, T(5)), h = hn::Iota(d, T(6)), i = hn::Iota(d, T(7)),
       j = hn::Iota(d, T(8)), k = hn::Iota(d, T(9)), l = hn::Iota(d, T(10)), m = hn::Iota(d, T(11));
  for (std::int64_t turn = 0; turn < turns; ++turn) {
    a = hn::MulAdd(a, scale, step);
    b = hn::MulAdd(b, scale, step);
    c = hn::MulAdd(c, scale, step);
    e = hn::MulAdd(e, scale, step);
    f = hn::MulAdd(f, scale, step);
    g = hn::MulAdd(g, scale, step);
    h = hn::MulAdd(h, scale, step);
    i = hn::MulAdd(i, scale, step);
    j = hn::MulAdd(j, scale, step);
    k = hn::MulAdd(k, scale, step);
    l = hn::MulAdd(l, scale, step);
    m = hn::MulAdd(m, scale, step);
  }
  a = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)), hn::Add(hn::Add(f, g), hn::Add(h, i)));
  a = hn::Add(a, hn::Add(hn::Add(j, k), hn::Add(l, m)));
  hn::StoreU(a, d, sink);
  return 2.0 * 12 * static_cast<double>(hn::Lanes(d)) * static_cast<double>(turns);
}

double MultiplyAdd32(std::int64_t turns, float* sink) {
  return multiply_add(turns, sink);
}
double MultiplyAdd64(std::int64_t turns, double* sink) {
#if HWY_HAVE_FLOAT64
  return multiply_add(turns, sink);
#else
  double sums[4] = {0, 1, 2, 3};
  for (std::int64_t turn = 0; turn < turns; ++turn)
    for (double& sum : sums) sum = sum * 0.999 + 0.001;
  *sink = sums[0] + sums[1] + sums[2] + sums[3];
  return 8.0 * static_cast<double>(turns);
#endif
}

}  // namespace fovea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea {
namespace {

HWY_EXPORT(MultiplyAdd32);
HWY_EXPORT(MultiplyAdd64);

constexpr std::int64_t turns_a_repeat = 1000;
constexpr std::size_t widest = 256;  // lanes of any vector

// body(turns) on all threads.
template <class Body>
double rate(const char* where, const LimitOptions& options, const Body& body) {
  const int threads = checked_threads(where, options);
  return rate_at_once(threads, options.seconds,
                      [&](int, std::int64_t repeats) { return body(repeats * turns_a_repeat); });
}

template <class T, class Kernel>
double vector_rate(const char* where, const LimitOptions& options, const Kernel& kernel) {
  return rate(where, options, [&](std::int64_t turns) {
    T sink[widest];
    const double work = kernel(turns, sink);
    volatile T kept = sink[0];
    (void)kept;
    return work;
  });
}

double f32_rate(const LimitOptions& options) {
  return vector_rate<float>("multiply_add_limit", options,
                            [](auto turns, float* sink) { return HWY_DYNAMIC_DISPATCH(MultiplyAdd32)(turns, sink); });
}

}  // namespace

double multiply_add_limit(DType type, const LimitOptions& options) {
  constexpr const char* where = "multiply_add_limit";
  checked_threads(where, options);
  if (type == DType::f32 || type == DType::f16) return f32_rate(options);
  if (type == DType::f64)
    return vector_rate<double>(
        where, options, [](auto turns, double* sink) { return HWY_DYNAMIC_DISPATCH(MultiplyAdd64)(turns, sink); });
  const DotInstructions has = dot_instructions();
  double best = 0;
  if (type == DType::bf16) {
    if (has.bf16_tiles) return rate(where, options, dot_bf16_tiles);
    if (has.bf16_vectors) best = rate(where, options, dot_bf16_vectors);
    return std::max(best, f32_rate(options));
  }
  if (type == DType::i8 || type == DType::u8) {
    if (has.i8_tiles) return rate(where, options, dot_i8_tiles);
    if (has.i8_vectors) return rate(where, options, dot_i8_vectors);
  }
  throw Error(Errc::unsupported,
              std::string(where) + ": expected a type that this processor multiplies, got " + std::string(name(type)));
}

}  // namespace fovea
#endif
