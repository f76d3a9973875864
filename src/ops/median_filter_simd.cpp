#include <algorithm>
#include <bit>
#include <cstring>

#include "ops/filter/median.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/median_filter_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// 3x3 windows: columns are sorted once for the three that share them. 5x5 windows: comparisons of whole rows. Other
// windows: of bytes, histograms of columns that move down and of the window that moves right (Perreault and Hebert,
// 2007); of other types, a selection a place.

#ifndef FOVEA_MEDIAN_FILTER_PLAN
#define FOVEA_MEDIAN_FILTER_PLAN
namespace fovea::ops::cpu {

struct MedianPlan {
  DType dtype;
  ImageShape shape;
  Index window[2];
  Border border;
  double value;
  std::vector<Index> rows, columns;  // what stands for rows and columns from -window/2 on
};

// Integers in the order of the elements, NaN last; and back.
template <class T>
struct Sortable {
  using Key = T;
  static Key key(T v) { return v; }
  static T value(Key k) { return k; }
};
template <class T, class Signed>
struct SortableFloat {
  using Key = Signed;
  static constexpr Key magnitude = std::numeric_limits<Key>::max();
  static Key key(T v) {
    const Key bits = std::bit_cast<Key>(v);
    return v != v ? magnitude : bits < 0 ? static_cast<Key>(bits ^ magnitude) : bits;
  }
  static T value(Key k) { return std::bit_cast<T>(k < 0 ? static_cast<Key>(k ^ magnitude) : k); }
};
template <>
struct Sortable<float> : SortableFloat<float, std::int32_t> {};
template <>
struct Sortable<double> : SortableFloat<double, std::int64_t> {};

}  // namespace fovea::ops::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr Index chunk = 64;  // places compared at once

// `count` <= chunk elements of two rows: the lesser to a, the greater to b.
template <class K>
HWY_INLINE void Exchange(K* HWY_RESTRICT a, K* HWY_RESTRICT b) {
  for (Index x = 0; x < chunk; ++x) {
    const K low = a[x] < b[x] ? a[x] : b[x], high = a[x] < b[x] ? b[x] : a[x];
    a[x] = low, b[x] = high;
  }
}

// The middle of 25 by forgetting: of the first 14 neither the least nor the greatest can be it, nor of those left and
// the next one.
template <class K>
void MedianOf25(K (&v)[25][chunk], K* out) {
  int first = 0, last = 13;  // those still in question; next ones enter at `last`
  for (int next = 14;; ++next) {
    for (int i = first, j = last; i < j; ++i, --j) Exchange(v[i], v[j]);
    const int half = (last - first) / 2;
    for (int i = first + 1; i <= first + half; ++i) Exchange(v[first], v[i]);
    for (int i = first + (last - first + 1) / 2; i < last; ++i) Exchange(v[i], v[last]);
    ++first;
    std::copy(v[next], v[next] + chunk, v[last]);
    if (next == 24) {
      // three left: their middle
      Exchange(v[first], v[first + 1]), Exchange(v[first + 1], v[first + 2]), Exchange(v[first], v[first + 1]);
      ++first;
      break;
    }
  }
  std::copy(v[first], v[first] + chunk, out);
}

template <class T>
struct Source {
  const MedianPlan& plan;
  const T* x;
  std::vector<T> constant;

  Source(const MedianPlan& p, const T* image) : plan(p), x(image) {
    if (p.border == Border::constant) constant.assign(static_cast<std::size_t>(Width()), border_value<T>(p.value));
  }
  Index Width() const { return plan.shape.columns * plan.shape.channels; }
  const T* Row(Index place) const {
    const Index row = plan.rows[static_cast<std::size_t>(place)];
    return row < 0 ? constant.data() : x + row * Width();
  }
};

// Rows as keys with their borders beside them.
template <class T>
void PaddedKeys(const Source<T>& source, Index place, typename Sortable<T>::Key* to) {
  const MedianPlan& plan = source.plan;
  const Index step = plan.shape.channels, left = plan.window[1] / 2;
  const T* row = source.Row(place);
  const T outside = border_value<T>(plan.value);
  for (Index k = 0; k < source.Width(); ++k) to[left * step + k] = Sortable<T>::key(row[k]);
  const auto beside = [&](Index k) {
    const Index column = plan.columns[static_cast<std::size_t>(k)];
    for (Index c = 0; c < step; ++c) to[k * step + c] = Sortable<T>::key(column < 0 ? outside : row[column * step + c]);
  };
  for (Index k = 0; k < left; ++k) beside(k);
  for (Index k = left + plan.shape.columns; k < plan.shape.columns + plan.window[1] - 1; ++k) beside(k);
}

template <class K>
using Tag = hn::ScalableTag<K>;
template <class K>
using Vector = hn::Vec<Tag<K>>;

// Sortable<T> of a vector: its own inverse, but for NaN.
template <class T, class K = typename Sortable<T>::Key>
HWY_INLINE Vector<K> Reordered(Vector<K> bits) {
  if constexpr (std::is_floating_point_v<T>) {
    const auto magnitude = hn::Set(Tag<K>(), Sortable<T>::magnitude);
    return hn::Xor(bits, hn::And(hn::BroadcastSignBit(bits), magnitude));
  } else {
    return bits;
  }
}
template <class T, class K = typename Sortable<T>::Key>
HWY_INLINE Vector<K> LoadKeys(const T* from) {
  const auto value = hn::LoadU(Tag<T>(), from);
  if constexpr (std::is_floating_point_v<T>) {
    const Tag<K> d;
    const auto ordered = hn::MaskFromVec(hn::BitCast(d, hn::VecFromMask(Tag<T>(), hn::Eq(value, value))));
    return hn::IfThenElse(ordered, Reordered<T>(hn::BitCast(d, value)), hn::Set(d, Sortable<T>::magnitude));
  } else {
    return value;
  }
}

template <class V>
HWY_INLINE void Order(V& a, V& b) {
  const V low = hn::Min(a, b);
  b = hn::Max(a, b);
  a = low;
}
template <class V>
HWY_INLINE V Middle(V a, V b, V c) {
  return hn::Max(hn::Min(a, b), hn::Min(hn::Max(a, b), c));
}

// body(x) for the start of every vector of `count` elements; the last two overlap.
template <class F>
HWY_INLINE void ForVectors(Index lanes, Index count, const F& body) {
  for (Index x = 0; x + lanes <= count; x += lanes) body(x);
  if (count % lanes != 0) body(count - lanes);
}

// Sorted columns of three rows, borders beside them: rows of `least`, middle and greatest keys, `room` apart.
template <class T, class K = typename Sortable<T>::Key>
void SortColumns(const Source<T>& source, Index place, K* least, Index room) {
  const MedianPlan& plan = source.plan;
  const Index step = plan.shape.channels, width = source.Width(), lanes = static_cast<Index>(hn::Lanes(Tag<K>()));
  const T *top = source.Row(place), *centre = source.Row(place + 1), *bottom = source.Row(place + 2);
  K* to = least + step;
  if (width >= lanes) {
    ForVectors(lanes, width, [&](Index x) HWY_ATTR {
      auto a = LoadKeys(top + x), b = LoadKeys(centre + x), c = LoadKeys(bottom + x);
      Order(a, b);
      Order(b, c);
      Order(a, b);
      hn::StoreU(a, Tag<K>(), to + x);
      hn::StoreU(b, Tag<K>(), to + room + x);
      hn::StoreU(c, Tag<K>(), to + 2 * room + x);
    });
  } else {
    for (Index x = 0; x < width; ++x) {
      K column[3] = {Sortable<T>::key(top[x]), Sortable<T>::key(centre[x]), Sortable<T>::key(bottom[x])};
      std::sort(column, column + 3);
      for (Index k = 0; k < 3; ++k) to[k * room + x] = column[k];
    }
  }
  const K outside = Sortable<T>::key(border_value<T>(plan.value));
  for (const Index side : {Index{0}, plan.shape.columns + 1}) {
    const Index column = plan.columns[static_cast<std::size_t>(side)];
    for (Index c = 0; c < step; ++c)
      for (Index k = 0; k < 3; ++k)
        least[k * room + side * step + c] = column < 0 ? outside : to[k * room + column * step + c];
  }
}

// Windows of 3 x 3, result rows [begin, end). The middle of nine: of the sorted columns' least the greatest, of the
// middles the middle, of the greatest the least; their middle.
template <class T>
void Nine(const MedianPlan& plan, const T* x, T* y, Index begin, Index end) {
  using K = typename Sortable<T>::Key;
  const Tag<K> d;
  const Source<T> source(plan, x);
  const Index step = plan.shape.channels, width = source.Width(), lanes = static_cast<Index>(hn::Lanes(d));
  const Index room = (width + 2 * step + 2 * lanes - 1) / lanes * lanes;
  std::vector<K> columns(static_cast<std::size_t>(3 * room));
  HWY_ALIGN K few[hn::MaxLanes(d)];
  for (Index r = begin; r < end; ++r) {
    SortColumns(source, r, columns.data(), room);
    const auto middle = [&](Index at) HWY_ATTR {
      const auto load = [&](Index k, Index j) HWY_ATTR {
        return hn::LoadU(d, &columns[static_cast<std::size_t>(k * room + at + j * step)]);
      };
      const auto a = hn::Max(hn::Max(load(0, 0), load(0, 1)), load(0, 2));
      const auto b = Middle(load(1, 0), load(1, 1), load(1, 2));
      const auto c = hn::Min(hn::Min(load(2, 0), load(2, 1)), load(2, 2));
      return Reordered<T>(Middle(a, b, c));
    };
    K* to = reinterpret_cast<K*>(y + r * width);
    if (width >= lanes) {
      ForVectors(lanes, width, [&](Index at) HWY_ATTR { hn::StoreU(middle(at), d, to + at); });
    } else {
      hn::Store(middle(0), d, few);
      std::memcpy(to, few, static_cast<std::size_t>(width) * sizeof(K));
    }
  }
}

// Windows of 5 x 5 by comparisons, result rows [begin, end).
template <class T>
void TwentyFive(const MedianPlan& plan, const T* x, T* y, Index begin, Index end) {
  using K = typename Sortable<T>::Key;
  constexpr int n = 5;
  const Source<T> source(plan, x);
  const Index step = plan.shape.channels, width = source.Width(), room = width + (n - 1) * step + chunk;
  std::vector<K> keys(static_cast<std::size_t>(n * room), K{0});  // row p at p % n
  for (Index k = 0; k < n - 1; ++k)
    PaddedKeys(source, begin + k, &keys[static_cast<std::size_t>((begin + k) % n * room)]);
  K v[n * n][chunk] = {}, middle[chunk];
  for (Index r = begin; r < end; ++r) {
    PaddedKeys(source, r + n - 1, &keys[static_cast<std::size_t>((r + n - 1) % n * room)]);
    for (Index at = 0; at < width; at += chunk) {
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) {
          const K* from = &keys[static_cast<std::size_t>((r + i) % n * room + at + j * step)];
          std::copy(from, from + chunk, v[n * i + j]);
        }
      MedianOf25(v, middle);
      const Index count = std::min(chunk, width - at);
      for (Index k = 0; k < count; ++k) y[r * width + at + k] = Sortable<T>::value(middle[k]);
    }
  }
}

// Counts by value and by its upper four bits.
struct Histogram {
  std::uint16_t coarse[16], fine[256];

  void Add(std::uint8_t v) { ++coarse[v >> 4], ++fine[v]; }
  void Remove(std::uint8_t v) { --coarse[v >> 4], --fine[v]; }
  // By counts and not by bits: unsigned wrap-around cancels.
  void Move(const Histogram& in, const Histogram& out) {
    for (int k = 0; k < 16; ++k) coarse[k] = static_cast<std::uint16_t>(coarse[k] + in.coarse[k] - out.coarse[k]);
    for (int k = 0; k < 256; ++k) fine[k] = static_cast<std::uint16_t>(fine[k] + in.fine[k] - out.fine[k]);
  }
  std::uint8_t Rank(Index rank) const {
    int c = 0;
    while (rank >= coarse[c]) rank -= coarse[c++];
    int v = 16 * c;
    while (rank >= fine[v]) rank -= fine[v++];
    return static_cast<std::uint8_t>(v);
  }
};

void Counted(const MedianPlan& plan, const std::uint8_t* x, std::uint8_t* y, Index begin, Index end) {
  const Source<std::uint8_t> source(plan, x);
  const Index step = plan.shape.channels, width = source.Width(), rank = plan.window[0] * plan.window[1] / 2;
  const std::uint8_t outside = border_value<std::uint8_t>(plan.value);
  std::vector<Histogram> columns(static_cast<std::size_t>(width), Histogram{});
  Histogram beside{};  // a column of the constant
  for (Index i = 0; i < plan.window[0]; ++i) beside.Add(outside);
  const auto row = [&](Index place, bool in) {
    const std::uint8_t* from = source.Row(place);
    for (Index k = 0; k < width; ++k)
      in ? columns[static_cast<std::size_t>(k)].Add(from[k]) : columns[static_cast<std::size_t>(k)].Remove(from[k]);
  };
  for (Index i = 0; i < plan.window[0] - 1; ++i) row(begin + i, true);
  for (Index r = begin; r < end; ++r) {
    row(r + plan.window[0] - 1, true);
    for (Index c = 0; c < step; ++c) {
      const auto column = [&](Index k) -> const Histogram& {
        const Index place = plan.columns[static_cast<std::size_t>(k)];
        return place < 0 ? beside : columns[static_cast<std::size_t>(place * step + c)];
      };
      Histogram window{};
      const Histogram none{};
      for (Index k = 0; k < plan.window[1]; ++k) window.Move(column(k), none);
      for (Index k = 0; k < plan.shape.columns; ++k) {
        if (k > 0) window.Move(column(k + plan.window[1] - 1), column(k - 1));
        y[r * width + k * step + c] = window.Rank(rank);
      }
    }
    row(r, false);
  }
}

template <class T>
void Selected(const MedianPlan& plan, const T* x, T* y, Index begin, Index end) {
  using K = typename Sortable<T>::Key;
  const Source<T> source(plan, x);
  const Index step = plan.shape.channels, width = source.Width(), room = width + (plan.window[1] - 1) * step;
  const Index rows = plan.window[0], count = rows * plan.window[1];
  std::vector<K> keys(static_cast<std::size_t>(rows * room)), window(static_cast<std::size_t>(count));
  for (Index k = 0; k < rows - 1; ++k)
    PaddedKeys(source, begin + k, &keys[static_cast<std::size_t>((begin + k) % rows * room)]);
  for (Index r = begin; r < end; ++r) {
    PaddedKeys(source, r + rows - 1, &keys[static_cast<std::size_t>((r + rows - 1) % rows * room)]);
    for (Index at = 0; at < width; ++at) {
      K* to = window.data();
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < plan.window[1]; ++j) *to++ = keys[static_cast<std::size_t>(i * room + at + j * step)];
      const auto middle = window.begin() + count / 2;
      std::nth_element(window.begin(), middle, window.end());
      y[r * width + at] = Sortable<T>::value(*middle);
    }
  }
}

template <class T>
void Filter(const MedianPlan& plan, const std::byte* in, std::byte* out) {
  const T* x = reinterpret_cast<const T*>(in);
  T* y = reinterpret_cast<T*>(out);
  const Index rows = plan.window[0], columns = plan.window[1], width = plan.shape.columns * plan.shape.channels;
  const bool three = rows == 3 && columns == 3, five = rows == 5 && columns == 5;
  // Each range of rows fills its window first: long ranges for high windows.
  const Index grain = std::max<Index>((1 << 13) / width + 1, three || five ? 8 : 2 * rows);
  parallel_for(plan.shape.rows, grain, [&](Index begin, Index end) {
    if (three) return Nine<T>(plan, x, y, begin, end);
    if (five) return TwentyFive<T>(plan, x, y, begin, end);
    if constexpr (sizeof(T) == 1)
      if (rows * columns <= 65535) return Counted(plan, x, y, begin, end);
    Selected<T>(plan, x, y, begin, end);
  });
}

void Run(const MedianPlan& plan, const std::byte* in, std::byte* out) {
  switch (plan.dtype) {
    case DType::u8:
      return Filter<std::uint8_t>(plan, in, out);
    case DType::u16:
      return Filter<std::uint16_t>(plan, in, out);
    case DType::i16:
      return Filter<std::int16_t>(plan, in, out);
    case DType::f32:
      return Filter<float>(plan, in, out);
    default:
      return Filter<double>(plan, in, out);
  }
}

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(Run);

class MedianFilterSimd final : public Kernel {
 public:
  explicit MedianFilterSimd(const Call& call) {
    const MedianFilter& p = call.as<MedianFilter>();
    plan_ = {call.inputs[0].dtype,
             image_shape(call.inputs[0].shape, "median_filter"),
             {},
             parse_border(p.border),
             p.value,
             {},
             {}};
    window_extents(p.size, "median_filter", plan_.window);
    if (plan_.shape.elements() == 0) return;
    for (Index k = 0; k < plan_.shape.rows + plan_.window[0] - 1; ++k)
      plan_.rows.push_back(border_place(k - plan_.window[0] / 2, plan_.shape.rows, plan_.border));
    for (Index k = 0; k < plan_.shape.columns + plan_.window[1] - 1; ++k)
      plan_.columns.push_back(border_place(k - plan_.window[1] / 2, plan_.shape.columns, plan_.border));
  }

  void run(Queue, std::span<const Array> in, const Array& out) override {
    if (plan_.shape.elements() != 0) HWY_DYNAMIC_DISPATCH(Run)(plan_, in[0].data(), out.data());
  }

 private:
  MedianPlan plan_;
};

bool supports(const Call& call) {
  return plain(call) && median_type(call.inputs[0].dtype);
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<MedianFilterSimd>(call);
}

}  // namespace

void register_median_filter_simd(Registry& r) {
  r.add_row({"median_filter", Device::Kind::cpu, "simd", supports, prepare});
}

}  // namespace fovea::ops::cpu
#endif
