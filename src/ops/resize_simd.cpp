#include <algorithm>
#include <vector>

#include "base/threads.h"
#include "ops/resample/strips.h"
#include "ops/resize.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/resize_simd.cpp"
#include <hwy/foreach_target.h>

#include "ops/resample/strips-inl.h"

#ifndef FOVEA_RESIZE_PLAN
#define FOVEA_RESIZE_PLAN
namespace fovea::ops::cpu {

struct ResizePlan {
  Taps columns, rows;
  Index width, channels;  // of the source
  Index out_height, out_width;
};

// Output rows [begin, end).
template <class T>
struct ResizeBand {
  const ResizePlan& plan;
  const T* in;
  T* out;
  Index begin, end;
};

}  // namespace fovea::ops::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

bool ResizeAvailable() {
  return false;
}
void BandU8(const ResizeBand<std::uint8_t>&) {}
void BandU16(const ResizeBand<std::uint16_t>&) {}
void BandF32(const ResizeBand<float>&) {}
void BandF64(const ResizeBand<double>&) {}

#else

namespace strips = fovea::ops::HWY_NAMESPACE;
namespace hn = hwy::HWY_NAMESPACE;

bool ResizeAvailable() {
  return true;
}

template <class T>
class Band {
 public:
  explicit Band(const ResizeBand<T>& b)
      : b_(b), p_(b.plan), mask_(ring_mask(p_.rows)), row_(p_.out_width * p_.channels + margin) {
    ring_.resize(static_cast<std::size_t>((mask_ + 1) * row_));
  }

  // Sixteen source rows at a time, and the output rows whose taps are there then.
  void run() {
    const auto first_of = [&](Index y) { return p_.rows.first[static_cast<std::size_t>(y)]; };
    const auto end_of = [&](Index y) { return first_of(y) + p_.rows.count[static_cast<std::size_t>(y)]; };
    const Index last = end_of(b_.end - 1);
    Index y = b_.begin;
    for (Index row = first_of(b_.begin); row < last; row += strip_rows) {
      const Index rows = std::min(strip_rows, last - row);
      narrow(row, rows);
      for (; y < b_.end && end_of(y) <= row + rows; ++y) widen(y);
    }
  }

 private:
  static constexpr Index margin = 64;  // elements that stores may run over
  static constexpr Index block_elements = (Index{128} << 10) / strip_rows / Index{sizeof(T)};  // of a strip

  T* ring_row(Index row) { return ring_.data() + (row & mask_) * row_; }

  void narrow(Index row, Index rows) {
    const T* lines[strip_rows];
    for (Index r = 0; r < strip_rows; ++r) lines[r] = b_.in + (row + std::min(r, rows - 1)) * p_.width * p_.channels;
    const auto first_of = [&](Index o) { return p_.columns.first[static_cast<std::size_t>(o)]; };
    const auto end_of = [&](Index o) { return first_of(o) + p_.columns.count[static_cast<std::size_t>(o)]; };
    for (Index o = 0; o < p_.out_width;) {
      const Index first = first_of(o);
      Index end = o + 1, last = end_of(o);
      while (end < p_.out_width && (end_of(end) - first) * p_.channels <= block_elements &&
             (end - o) * p_.channels < block_elements)
        last = std::max(last, end_of(end++));
      strip_.resize(static_cast<std::size_t>(((last - first) * p_.channels + margin) * strip_rows));
      narrow_.resize(static_cast<std::size_t>((end - o) * p_.channels * strip_rows));
      strips::rows_to_strip<T>(lines, first * p_.channels, last * p_.channels, strip_.data());
      strips::narrow_strip<T>(p_.columns, o, end, first, p_.channels, strip_.data(), narrow_.data(), p_.channels, 1);
      strips::strip_to_rows<T>(narrow_.data(), (end - o) * p_.channels, rows,
                               [&](Index r) { return ring_row(row + r) + o * p_.channels; });
      o = end;
    }
  }

  void widen(Index y) {
    const auto lanes = static_cast<Index>(hn::Lanes(strips::SumTag<T>()));
    const Index count = p_.out_width * p_.channels;
    T* out = b_.out + y * count;
    const auto row = [&](Index k) { return ring_row(k); };
    Index x = 0;
    for (; x + lanes <= count; x += lanes) strips::store_sum<T>(strips::sum_rows<T>(p_.rows, y, x, row), out + x);
    if (x == count) return;
    T few[16];
    strips::store_sum<T>(strips::sum_rows<T>(p_.rows, y, x, row), few);
    std::copy_n(few, count - x, out + x);
  }

  const ResizeBand<T>& b_;
  const ResizePlan& p_;
  Index mask_, row_;
  std::vector<T> ring_, strip_, narrow_;
};

void BandU8(const ResizeBand<std::uint8_t>& b) {
  Band<std::uint8_t>(b).run();
}
void BandU16(const ResizeBand<std::uint16_t>& b) {
  Band<std::uint16_t>(b).run();
}
void BandF32(const ResizeBand<float>& b) {
  Band<float>(b).run();
}
void BandF64(const ResizeBand<double>& b) {
  Band<double>(b).run();
}

#endif
}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(ResizeAvailable);
HWY_EXPORT(BandU8);
HWY_EXPORT(BandU16);
HWY_EXPORT(BandF32);
HWY_EXPORT(BandF64);

void make(const ResizeBand<std::uint8_t>& b) {
  HWY_DYNAMIC_DISPATCH(BandU8)(b);
}
void make(const ResizeBand<std::uint16_t>& b) {
  HWY_DYNAMIC_DISPATCH(BandU16)(b);
}
void make(const ResizeBand<float>& b) {
  HWY_DYNAMIC_DISPATCH(BandF32)(b);
}
void make(const ResizeBand<double>& b) {
  HWY_DYNAMIC_DISPATCH(BandF64)(b);
}

class ResizeSimd final : public Kernel {
 public:
  explicit ResizeSimd(const Call& call) {
    const Resize& p = call.as<Resize>();
    const Shape& x = call.inputs[0].shape;
    plan_ = {make_taps(x[1], p.width, 0, p.width, p.filter),
             make_taps(x[0], p.height, 0, p.height, p.filter),
             x[1],
             x[2],
             p.height,
             p.width};
  }

  void run(Queue, std::span<const Array> in, const Array& out) override {
    if (out.size() == 0) return;
    if (out.dtype() == DType::u8) return run_as<std::uint8_t>(in[0], out);
    if (out.dtype() == DType::u16) return run_as<std::uint16_t>(in[0], out);
    if (out.dtype() == DType::f32) return run_as<float>(in[0], out);
    run_as<double>(in[0], out);
  }

 private:
  // Bands narrow the rows that they share again: each has several times as many.
  template <class T>
  void run_as(const Array& in, const Array& out) const {
    const double rows = static_cast<double>(in.shape()[0]) / static_cast<double>(plan_.out_height);
    constexpr double work_of_a_task = 1 << 16;  // elements
    const double row_elements = std::max(rows, 1.0) * static_cast<double>(plan_.width * plan_.channels);
    const double shared = 6 * static_cast<double>(plan_.rows.most) / rows;
    const auto grain = static_cast<Index>(std::max({shared, work_of_a_task / row_elements, 1.0}));
    parallel_for(plan_.out_height, grain, [&](Index begin, Index end) {
      make(ResizeBand<T>{plan_, reinterpret_cast<const T*>(in.data()), reinterpret_cast<T*>(out.data()), begin, end});
    });
  }

  ResizePlan plan_;
};

bool supports(const Call& call) {
  return HWY_DYNAMIC_DISPATCH(ResizeAvailable)() && resizable(call);
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<ResizeSimd>(call);
}

}  // namespace

void register_resize_simd(Registry& r) {
  r.add_row({"resize", Device::Kind::cpu, "simd", supports, prepare});
}

}  // namespace fovea::ops::cpu
#endif
