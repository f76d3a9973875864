#pragma once
#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/half.h"
#include "ops/order/lines.h"

#if !defined(__CUDACC__)
namespace fovea::ops {

struct BinParams {
  std::int64_t bins = 10;
  std::vector<double> range;

  template <class F>
  void fields(F&& f) {
    f("bins", bins, "number of bins", Range{1, 2147483648.0});
    f("range", range, "lower and upper bound; none: the least and greatest element");
  }
};

struct Half {
  std::uint16_t bits;
};
struct Brain {
  std::uint16_t bits;
};

// f(T{}) with a type that holds the elements; f16 and bf16 as Half and Brain.
template <class F>
void with_real(DType dtype, const F& f) {
  switch (dtype) {
    case DType::boolean:
    case DType::u8:
      return f(std::uint8_t{});
    case DType::i8:
      return f(std::int8_t{});
    case DType::u16:
      return f(std::uint16_t{});
    case DType::i16:
      return f(std::int16_t{});
    case DType::i32:
      return f(std::int32_t{});
    case DType::i64:
      return f(std::int64_t{});
    case DType::f16:
      return f(Half{});
    case DType::bf16:
      return f(Brain{});
    case DType::f32:
      return f(float{});
    default:
      return f(double{});
  }
}

template <class T>
T number_of(T v) {
  return v;
}
inline float number_of(Half v) {
  return f16_to_f32(v.bits);
}
inline float number_of(Brain v) {
  return bf16_to_f32(v.bits);
}
// The type of the edges, in which elements are compared with them.
template <class T>
using Edge = std::conditional_t<sizeof(T) == 8 || std::is_integral_v<T>, double, float>;

// NumPy's rules of numpy.histogram and linspace, its types included: with a range, f32 data are binned by f64 widths.
template <class T>
struct Bins {
  using E = Edge<T>;
  E first{}, last{};
  double width{};    // last - first
  bool wide = true;  // the quotient in f64; else in f32
  std::vector<E> edges;

  static bool finite(double v) { return std::isfinite(v) && std::isfinite(static_cast<E>(v)); }

  Bins(std::string_view op, const BinParams& p, const Array& in) {
    double low = 0, high = 1, distance = 0;
    bool from_data = false;
    if (!p.range.empty()) {
      low = p.range[0], high = p.range[1];
    } else if (in.size() != 0) {
      from_data = true;
      bool nan = false;
      const auto* x = reinterpret_cast<const T*>(in.data());
      auto least = number_of(x[0]), greatest = least;
      std::mutex mutex;
      parallel_for(in.size(), 1 << 16, [&](Index begin, Index end) {
        auto l = number_of(x[begin]), g = l;
        bool unordered = false;
        for (Index k = begin; k < end; ++k) {
          const auto v = number_of(x[k]);
          l = v < l ? v : l, g = v > g ? v : g;
          unordered |= v != v;
        }
        const std::lock_guard lock(mutex);
        nan |= unordered;
        least = std::min(least, l), greatest = std::max(greatest, g);
      });
      require(!nan && finite(static_cast<double>(least)) && finite(static_cast<double>(greatest)), op,
              "expected finite elements, got NaN or infinity; give a range");
      low = static_cast<double>(least), high = static_cast<double>(greatest);
      if constexpr (std::is_integral_v<T>)
        distance = static_cast<double>(static_cast<std::uint64_t>(greatest) - static_cast<std::uint64_t>(least));
    }
    const bool single = from_data && std::is_same_v<E, float>;
    if (low == high) low -= 0.5, high += 0.5, distance = 0;
    first = static_cast<E>(low), last = static_cast<E>(high);
    wide = !single;
    width = distance != 0 ? distance : single ? static_cast<double>(last - first) : high - low;
    edges.resize(static_cast<std::size_t>(p.bins) + 1);
    if (single)
      line_up(first, last, p.bins);
    else
      line_up(low, high, p.bins);
    for (std::size_t k = 1; k < edges.size(); ++k)
      require(edges[k - 1] < edges[k], op,
              "bins: expected few enough to tell their edges apart, got " + std::to_string(p.bins));
  }

  template <class C>
  void line_up(C low, C high, std::int64_t bins) {
    const C distance = high - low, parts = static_cast<C>(bins), step = distance / parts;
    for (std::size_t k = 0; k < edges.size(); ++k) {
      const C at = static_cast<C>(k);
      const C from_low = step == 0 ? at / parts * distance : at * step;
      edges[k] = static_cast<E>(from_low + low);
    }
    edges.back() = static_cast<E>(high);
  }

  template <class C>
  void count(const T* x, Index n, std::int64_t* counts) const {
    const Index bins = static_cast<Index>(edges.size()) - 1;
    const C divisor = static_cast<C>(width), factor = static_cast<C>(bins);
    constexpr Index piece = 512;
    std::int32_t at[piece];
    for (Index begin = 0; begin < n; begin += piece) {
      const Index here = std::min(piece, n - begin);
      for (Index k = 0; k < here; ++k) {
        const E v = static_cast<E>(number_of(x[begin + k]));
        const C place = static_cast<C>(v - first) / divisor * factor;
        at[k] = v >= first && v <= last ? static_cast<std::int32_t>(place < factor ? place : factor - 1) : -1;
      }
      for (Index k = 0; k < here; ++k) {
        Index bin = at[k];
        if (bin < 0) continue;
        const E v = static_cast<E>(number_of(x[begin + k]));
        bin -= v < edges[static_cast<std::size_t>(bin)];
        bin += v >= edges[static_cast<std::size_t>(bin + 1)] && bin != bins - 1;
        ++counts[bin];
      }
    }
  }
};

inline void check_bins(std::string_view op, const BinParams& p, DType dtype) {
  require(!is_complex(dtype), op, "expected a real type, got " + std::string(name(dtype)));
  require(p.range.empty() || p.range.size() == 2, op,
          "range: expected two bounds or none, got " + std::to_string(p.range.size()));
  const bool single = is_floating(dtype) && dtype != DType::f64;
  require(p.range.empty() || (p.range[0] <= p.range[1] && std::isfinite(p.range[1] - p.range[0]) &&
                              (!single || (std::isfinite(static_cast<float>(p.range[0])) &&
                                           std::isfinite(static_cast<float>(p.range[1]))))),
          op, "range: expected finite bounds in order");
}

inline Params bin_params(std::int64_t bins, const std::optional<std::pair<double, double>>& range) {
  std::vector<double> bounds;
  if (range) bounds = {range->first, range->second};
  return {{"bins", bins}, {"range", bounds}};
}

}  // namespace fovea::ops
#endif
