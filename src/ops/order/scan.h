#pragma once
#include <algorithm>
#include <vector>

#include "base/half.h"
#include "ops/order/lines.h"

#if !defined(__CUDACC__)
// Running sums and products along an axis. Lines are cut into runs of 128 elements, which are scanned by themselves,
// and blocks of 8 runs, whose chains of additions go side by side; what lies before a run is added to its elements
// after. The cut does not depend on the threads, so neither do the bits; up to 128 elements they are those of a plain
// loop.
namespace fovea::ops {

constexpr Index run_length = 128, runs_a_block = 8, scan_block = run_length * runs_a_block;

template <class R>
struct PlainElement {
  using Raw = R;
  using Value = R;
  static Value load(Raw v) { return v; }
  static Raw store(Value v) { return v; }
};
template <class R>
struct IntegerElement {  // summed as i64 that wraps around
  using Raw = R;
  using Value = std::uint64_t;
  static Value load(Raw v) { return static_cast<Value>(static_cast<std::int64_t>(v)); }
};
template <bool Brain>
struct HalfElement {
  using Raw = std::uint16_t;
  using Value = float;
  static Value load(Raw v) { return Brain ? bf16_to_f32(v) : f16_to_f32(v); }
  static Raw store(Value v) { return Brain ? f32_to_bf16(v) : f32_to_f16(v); }
};

template <class Element, class Combine>
struct Scan {
  using Raw = typename Element::Raw;
  using Value = typename Element::Value;
  // Local scans of a block's runs, in `local`; the runs' totals.
  static Index local_scans(const Raw* in, Index count, Value* local, Value (&totals)[runs_a_block]) {
    if (count == scan_block) {
      Value chain[runs_a_block];
      for (Index j = 0; j < runs_a_block; ++j) chain[j] = local[j * run_length] = Element::load(in[j * run_length]);
      for (Index i = 1; i < run_length; ++i)
        for (Index j = 0; j < runs_a_block; ++j)
          local[j * run_length + i] = chain[j] = Combine::of(chain[j], Element::load(in[j * run_length + i]));
      for (Index j = 0; j < runs_a_block; ++j) totals[j] = chain[j];
      return runs_a_block;
    }
    Index runs = 0;
    for (Index at = 0; at < count; at += run_length, ++runs) {
      Value chain = local[at] = Element::load(in[at]);
      for (Index i = at + 1; i < std::min(count, at + run_length); ++i)
        local[i] = chain = Combine::of(chain, Element::load(in[i]));
      totals[runs] = chain;
    }
    return runs;
  }

  static Value total_of(const Value (&totals)[runs_a_block], Index runs) {
    Value sum = totals[0];
    for (Index j = 1; j < runs; ++j) sum = Combine::of(sum, totals[j]);
    return sum;
  }

  template <class Out>
  static Out stored(Value v) {
    if constexpr (std::is_same_v<Out, std::int64_t>)
      return static_cast<std::int64_t>(v);
    else
      return Element::store(v);
  }

  // One block of a line; `before` is the total of what lies in front, null for nothing. Returns the block's total.
  template <class Out>
  static Value block(const Raw* in, Index count, const Value* before, Out* out) {
    Value local[scan_block], totals[runs_a_block];
    const Index runs = local_scans(in, count, local, totals);
    Value sum{};
    for (Index j = 0; j < runs; ++j) {
      const Index begin = j * run_length, end = std::min(count, begin + run_length);
      if (j == 0 && !before) {
        for (Index i = begin; i < end; ++i) out[i] = stored<Out>(local[i]);
      } else {
        const Value offset = j == 0 ? *before : before ? Combine::of(*before, sum) : sum;
        for (Index i = begin; i < end; ++i) out[i] = stored<Out>(Combine::of(offset, local[i]));
      }
      sum = j == 0 ? totals[0] : Combine::of(sum, totals[j]);
    }
    return sum;
  }

  template <class Out>
  static void line(const Raw* in, Index count, Out* out) {
    const Index blocks = (count + scan_block - 1) / scan_block;
    const auto extent = [&](Index b) { return std::min(scan_block, count - b * scan_block); };
    if (usable_threads() == 1 || blocks < 32) {
      Value before{};
      for (Index b = 0; b < blocks; ++b) {
        const Value total = block(in + b * scan_block, extent(b), b == 0 ? nullptr : &before, out + b * scan_block);
        before = b == 0 ? total : Combine::of(before, total);
      }
      return;
    }
    std::vector<Value> before(static_cast<std::size_t>(blocks));
    parallel_for(blocks, 8, [&](Index begin, Index end) {
      Value local[scan_block], totals[runs_a_block];
      for (Index b = begin; b < end; ++b) {
        const Index runs = local_scans(in + b * scan_block, extent(b), local, totals);
        before[static_cast<std::size_t>(b)] = total_of(totals, runs);
      }
    });
    for (std::size_t b = 1; b < before.size(); ++b) before[b] = Combine::of(before[b - 1], before[b]);
    parallel_for(blocks, 8, [&](Index begin, Index end) {
      for (Index b = begin; b < end; ++b)
        block(in + b * scan_block, extent(b), b == 0 ? nullptr : &before[static_cast<std::size_t>(b - 1)],
              out + b * scan_block);
    });
  }

  template <class Out>
  static void run(const Lines& lines, const Array& from, const Array& to) {
    const auto* in = reinterpret_cast<const Raw*>(from.data());
    auto* out = reinterpret_cast<Out*>(to.data());
    if (to.size() == 0) return;
    if (lines.inner == 1) {
      if (lines.outer < 4) {
        for (Index k = 0; k < lines.outer; ++k) line(in + k * lines.count, lines.count, out + k * lines.count);
        return;
      }
      parallel_for(lines.outer, 1 + 16384 / lines.count, [&](Index begin, Index end) {
        for (Index k = begin; k < end; ++k) line(in + k * lines.count, lines.count, out + k * lines.count);
      });
      return;
    }
    constexpr Index width = 64;  // neighbouring lines go side by side
    const Index tiles = (lines.inner + width - 1) / width;
    parallel_for(lines.outer * tiles, 1 + 16384 / (width * lines.count), [&](Index begin, Index end) {
      for (Index t = begin; t < end; ++t) {
        const Index first = t % tiles * width, here = std::min(width, lines.inner - first);
        const Index start = t / tiles * lines.count * lines.inner + first;
        Value chain[width];
        for (Index k = 0; k < lines.count; ++k) {
          const Raw* row = in + start + k * lines.inner;
          Out* to_row = out + start + k * lines.inner;
          for (Index i = 0; i < here; ++i) {
            chain[i] = k == 0 ? Element::load(row[i]) : Combine::of(chain[i], Element::load(row[i]));
            to_row[i] = stored<Out>(chain[i]);
          }
        }
      }
    });
  }
};

struct ScanParams {
  std::vector<double> axis;

  template <class F>
  void fields(F&& f) {
    f("axis", axis, "the axis along which it runs, negative from the end; none: the flat array");
  }
};

inline TensorSpec scan_spec(std::string_view op, const ScanParams& p, const TensorSpec& in) {
  require(!is_complex(in.dtype), op, "expected a real type, got " + std::string(name(in.dtype)));
  const Lines lines = lines_of(op, in.shape, p.axis);
  return {is_floating(in.dtype) ? in.dtype : DType::i64, p.axis.empty() ? Shape{lines.count} : in.shape};
}

template <class Combine>
void scan_array(std::string_view op, const ScanParams& p, const Array& in, const Array& out) {
  const Lines lines = lines_of(op, in.shape(), p.axis);
  switch (in.dtype()) {
    case DType::boolean:
    case DType::u8:
      return Scan<IntegerElement<std::uint8_t>, Combine>::template run<std::int64_t>(lines, in, out);
    case DType::i8:
      return Scan<IntegerElement<std::int8_t>, Combine>::template run<std::int64_t>(lines, in, out);
    case DType::u16:
      return Scan<IntegerElement<std::uint16_t>, Combine>::template run<std::int64_t>(lines, in, out);
    case DType::i16:
      return Scan<IntegerElement<std::int16_t>, Combine>::template run<std::int64_t>(lines, in, out);
    case DType::i32:
      return Scan<IntegerElement<std::int32_t>, Combine>::template run<std::int64_t>(lines, in, out);
    case DType::i64:
      return Scan<IntegerElement<std::int64_t>, Combine>::template run<std::int64_t>(lines, in, out);
    case DType::f16:
      return Scan<HalfElement<false>, Combine>::template run<std::uint16_t>(lines, in, out);
    case DType::bf16:
      return Scan<HalfElement<true>, Combine>::template run<std::uint16_t>(lines, in, out);
    case DType::f32:
      return Scan<PlainElement<float>, Combine>::template run<float>(lines, in, out);
    default:
      return Scan<PlainElement<double>, Combine>::template run<double>(lines, in, out);
  }
}

}  // namespace fovea::ops
#endif
