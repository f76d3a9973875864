#include <algorithm>

#include "ops/filter/gaussian.h"
#include "ops/filter/half_image.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/gaussian_filter_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// Each result row: rows are weighed straight from the image into a row with its borders beside it, then columns.

#ifndef FOVEA_GAUSSIAN_FILTER_PLAN
#define FOVEA_GAUSSIAN_FILTER_PLAN
namespace fovea::ops::cpu {

struct GaussianPlan {
  DType dtype;
  ImageShape shape;
  Border border;
  double value;
  std::vector<double> down, across;
  std::vector<Index> rows, left, right;  // what stands for rows from -radius on, and for columns beside the image
};

}  // namespace fovea::ops::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D, class T>
HWY_INLINE hn::Vec<D> LoadAs(D d, const T* from) {
  if constexpr (std::is_same_v<T, hn::TFromD<D>>) {
    return hn::LoadU(d, from);
  } else {
    const hn::Rebind<std::int32_t, D> whole;
    return hn::ConvertTo(d, hn::PromoteTo(whole, hn::LoadU(hn::Rebind<T, D>(), from)));
  }
}

// out[x] = sum of weights[k] * (term(k) + x), the outermost pair first; weights are symmetric about `radius`.
template <class T, class A, class Term>
void Weigh(const A* weights, Index radius, const Term& term, Index count, A* HWY_RESTRICT out) {
  const hn::ScalableTag<A> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  Index x = 0;
  for (; x + 4 * lanes <= count; x += 4 * lanes) {
    const auto middle = hn::Set(d, weights[radius]);
    const T* at = term(radius) + x;
    auto s0 = hn::Mul(middle, LoadAs(d, at)), s1 = hn::Mul(middle, LoadAs(d, at + lanes));
    auto s2 = hn::Mul(middle, LoadAs(d, at + 2 * lanes)), s3 = hn::Mul(middle, LoadAs(d, at + 3 * lanes));
    for (Index k = 0; k < radius; ++k) {
      const auto w = hn::Set(d, weights[k]);
      const T *a = term(k) + x, *b = term(2 * radius - k) + x;
      s0 = hn::MulAdd(w, hn::Add(LoadAs(d, a), LoadAs(d, b)), s0);
      s1 = hn::MulAdd(w, hn::Add(LoadAs(d, a + lanes), LoadAs(d, b + lanes)), s1);
      s2 = hn::MulAdd(w, hn::Add(LoadAs(d, a + 2 * lanes), LoadAs(d, b + 2 * lanes)), s2);
      s3 = hn::MulAdd(w, hn::Add(LoadAs(d, a + 3 * lanes), LoadAs(d, b + 3 * lanes)), s3);
    }
    hn::StoreU(s0, d, out + x);
    hn::StoreU(s1, d, out + x + lanes);
    hn::StoreU(s2, d, out + x + 2 * lanes);
    hn::StoreU(s3, d, out + x + 3 * lanes);
  }
  const hn::CappedTag<A, 1> one;
  for (; x < count; ++x) {  // one lane, the same operations: an element's bits do not depend on its place
    auto sum = hn::Mul(hn::Set(one, weights[radius]), hn::Set(one, static_cast<A>(term(radius)[x])));
    for (Index k = 0; k < radius; ++k)
      sum = hn::MulAdd(
          hn::Set(one, weights[k]),
          hn::Add(hn::Set(one, static_cast<A>(term(k)[x])), hn::Set(one, static_cast<A>(term(2 * radius - k)[x]))),
          sum);
    out[x] = hn::GetLane(sum);
  }
}

template <class T, class A>
void Rows(const GaussianPlan& plan, const T* x, T* y, Index begin, Index end) {
  const Index step = plan.shape.channels, width = plan.shape.columns * step;
  const Index above = static_cast<Index>(plan.down.size() / 2), beside = static_cast<Index>(plan.across.size() / 2);
  const std::vector<A> down(plan.down.begin(), plan.down.end()), across(plan.across.begin(), plan.across.end());
  const T outside = border_value<T>(plan.value);
  std::vector<T> constant;
  if (plan.border == Border::constant) constant.assign(static_cast<std::size_t>(width), outside);
  std::vector<A> padded(static_cast<std::size_t>(width + 2 * beside * step)), sums(static_cast<std::size_t>(width));
  std::vector<const T*> rows(plan.down.size());
  A* middle = padded.data() + beside * step;
  const auto border = [&](Index place, A* to) {
    for (Index c = 0; c < step; ++c) to[c] = place < 0 ? static_cast<A>(outside) : middle[place * step + c];
  };
  for (Index r = begin; r < end; ++r) {
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const Index place = plan.rows[static_cast<std::size_t>(r) + k];
      rows[k] = place < 0 ? constant.data() : x + place * width;
    }
    Weigh<T>(
        down.data(), above, [&](Index k) { return rows[static_cast<std::size_t>(k)]; }, width, middle);
    for (std::size_t k = 0; k < plan.left.size(); ++k)
      border(plan.left[k], padded.data() + static_cast<Index>(k) * step);
    for (std::size_t k = 0; k < plan.right.size(); ++k)
      border(plan.right[k], middle + width + static_cast<Index>(k) * step);
    T* to = y + r * width;
    A* result = sums.data();
    if constexpr (std::is_same_v<T, A>) result = to;
    Weigh<A>(
        across.data(), beside, [&](Index k) { return padded.data() + k * step; }, width, result);
    if constexpr (!std::is_same_v<T, A>) {
      const A low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
      for (Index k = 0; k < width; ++k) {
        const A whole = __builtin_rintf(result[k]);
        to[k] = static_cast<T>(static_cast<std::int32_t>(whole < low ? low : whole > high ? high : whole));
      }
    }
  }
}

template <class T, class A>
void Filter(const GaussianPlan& plan, const std::byte* in, std::byte* out) {
  const Index elements_a_task = 1 << 13;
  parallel_for(plan.shape.rows, elements_a_task / (plan.shape.columns * plan.shape.channels) + 1,
               [&](Index begin, Index end) {
                 Rows<T, A>(plan, reinterpret_cast<const T*>(in), reinterpret_cast<T*>(out), begin, end);
               });
}

void Run(const GaussianPlan& plan, const std::byte* in, std::byte* out) {
  switch (plan.dtype) {
    case DType::u8:
      return Filter<std::uint8_t, float>(plan, in, out);
    case DType::u16:
      return Filter<std::uint16_t, float>(plan, in, out);
    case DType::i16:
      return Filter<std::int16_t, float>(plan, in, out);
    case DType::f64:
      return Filter<double, double>(plan, in, out);
    default:
      return Filter<float, float>(plan, in, out);
  }
}

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(Run);

class GaussianFilterSimd final : public Kernel {
 public:
  explicit GaussianFilterSimd(const Call& call) {
    const GaussianFilter& p = call.as<GaussianFilter>();
    plan_ = {call.inputs[0].dtype,
             image_shape(call.inputs[0].shape, "gaussian_filter"),
             parse_border(p.border),
             p.value,
             gaussian_weights(p, 0),
             gaussian_weights(p, 1),
             {},
             {},
             {}};
    if (plan_.shape.elements() == 0) return;
    const Index above = static_cast<Index>(plan_.down.size() / 2), beside = static_cast<Index>(plan_.across.size() / 2);
    for (Index k = -above; k < plan_.shape.rows + above; ++k)
      plan_.rows.push_back(border_place(k, plan_.shape.rows, plan_.border));
    for (Index k = 0; k < beside; ++k) {
      plan_.left.push_back(border_place(k - beside, plan_.shape.columns, plan_.border));
      plan_.right.push_back(border_place(plan_.shape.columns + k, plan_.shape.columns, plan_.border));
    }
  }

  void run(Queue, std::span<const Array> in, const Array& out) override {
    if (plan_.shape.elements() == 0) return;
    if (plan_.dtype != DType::f16) return HWY_DYNAMIC_DISPATCH(Run)(plan_, in[0].data(), out.data());
    through_f32(in[0], out, [&](const Array& x, const Array& y) {
      HWY_DYNAMIC_DISPATCH(Run)(plan_, x.data(), y.data());
    });
  }

 private:
  GaussianPlan plan_;
};

bool supports(const Call& call) {
  const DType t = call.inputs[0].dtype;
  return plain(call) && (t == DType::u8 || t == DType::u16 || t == DType::i16 || t == DType::f32 || t == DType::f64 ||
                         half_image(call));
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<GaussianFilterSimd>(call);
}

}  // namespace

void register_gaussian_filter_simd(Registry& r) {
  r.add_row({"gaussian_filter", Device::Kind::cpu, "simd", supports, prepare});
}

}  // namespace fovea::ops::cpu
#endif
