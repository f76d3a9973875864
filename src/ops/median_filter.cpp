#include <cstring>

#include "ops/filter/median.h"

namespace fovea::ops::FOVEA_PASS {

// Keys of the elements' order, NaN last, and back.
template <class T>
struct Ordered {
  using Key = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  static constexpr int bits = 8 * sizeof(T);
  static constexpr Key top = Key{1} << (bits - 1);

  FOVEA_HD static Key key(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      if (value != value) return static_cast<Key>(~Key{0});
      Key k;
      memcpy(&k, &value, sizeof k);
      return (k & top) != 0 ? static_cast<Key>(~k) : static_cast<Key>(k | top);
    } else {
      const Key k = static_cast<Key>(value);
      return std::is_signed_v<T> ? static_cast<Key>((k + top) & ((top << 1) - 1)) : k;
    }
  }
  FOVEA_HD static T value(Key k) {
    if constexpr (std::is_floating_point_v<T>) {
      k = (k & top) != 0 ? static_cast<Key>(k & ~top) : static_cast<Key>(~k);
      T v;
      memcpy(&v, &k, sizeof v);
      return v;
    } else {
      return static_cast<T>(std::is_signed_v<T> ? k - top : k);
    }
  }
};

// The wanted rank's key from its highest bit on: each bit is one if too few keys are below it.
template <class T>
struct MedianBody {
  View<const T, 3> x;
  View<T, 3> y;
  Index window[2];
  Border border;
  T outside;

  FOVEA_HD void operator()(Index row, Index column, Index c) const {
    using O = Ordered<T>;
    typename O::Key found = 0;
    const Index rank = window[0] * window[1] / 2;
    for (int bit = O::bits - 1; bit >= 0; --bit) {
      const auto probe = static_cast<typename O::Key>(found | typename O::Key{1} << bit);
      Index below = 0;
      for (Index i = 0; i < window[0]; ++i) {
        const Index r = border_place(row - window[0] / 2 + i, x.extent[0], border);
        for (Index j = 0; j < window[1]; ++j) {
          const Index k = border_place(column - window[1] / 2 + j, x.extent[1], border);
          below += O::key(r < 0 || k < 0 ? outside : x(r, k, c)) < probe ? 1 : 0;
        }
      }
      if (below <= rank) found = probe;
    }
    y(row, column, c) = O::value(found);
  }
};

template <class T>
void median_as(const MedianFilter& p, Queue queue, const Array& in, const Array& out) {
  const ImageShape s = image_shape(in.shape(), "median_filter");
  const Shape shape{s.rows, s.columns, s.channels};
  MedianBody<T> body{view<const T, 3>(in.reshape(shape)),
                     view<T, 3>(out.reshape(shape)),
                     {},
                     parse_border(p.border),
                     border_value<T>(p.value)};
  window_extents(p.size, "median_filter", body.window);
  for_each(queue, body.y.extent, body);
}

void median_filter(const MedianFilter& p, Queue queue, std::span<const Array> in, const Array& out) {
  switch (in[0].dtype()) {
    case DType::u8:
      return median_as<std::uint8_t>(p, queue, in[0], out);
    case DType::u16:
      return median_as<std::uint16_t>(p, queue, in[0], out);
    case DType::i16:
      return median_as<std::int16_t>(p, queue, in[0], out);
    case DType::f32:
      return median_as<float>(p, queue, in[0], out);
    default:
      return median_as<double>(p, queue, in[0], out);
  }
}

TensorSpec infer_median_filter(const void* params, std::span<const TensorSpec> in) {
  const MedianFilter& p = *static_cast<const MedianFilter*>(params);
  image_shape(in[0].shape, "median_filter");
  Index window[2];
  window_extents(p.size, "median_filter", window);
  return {in[0].dtype, in[0].shape};
}

bool median_call(const Call& call) {
  return plain(call) && median_type(call.inputs[0].dtype);
}

void register_median_filter(Registry& r) {
  r.add_op<MedianFilter>({"median_filter", "middle element of a window of an image", {"image"}, infer_median_filter});
  r.add_row({"median_filter", pass_device, "portable", median_call, simple_kernel<MedianFilter, median_filter>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array median_filter(const Array& image, Window size, Border border, double value) {
  return ops::apply("median_filter",
                    {{"size", std::vector<double>{static_cast<double>(size[0]), static_cast<double>(size[1])}},
                     {"border", ops::name_of(border)},
                     {"value", value}},
                    {&image, 1});
}

}  // namespace fovea
#endif
