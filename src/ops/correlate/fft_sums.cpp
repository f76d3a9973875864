#include <limits>

#include "ops/correlate/cost.h"
#include "ops/correlate/sums.h"
#include "ops/fft/circular.h"

namespace fovea::ops {
namespace {

// Along one axis: sums `out` from `inner` elements of the image behind `before` of the border.
struct Axis {
  Index before, inner, out, taps;
  bool zeros;  // outside is 0: the border behind the image may be that before it

  Index padded() const { return out + taps - 1; }
  Index least() const { return zeros ? std::max(padded() - before, before + inner) : padded(); }
};

template <class W>
W* numbers(const Array& a) {
  return reinterpret_cast<W*>(a.data());
}

// `rows` padded rows of `columns` pixels, channels apart.
template <class W>
std::vector<Array> channel_planes(const ImageRows<W>& x, Index rows, Index columns) {
  const Index channels = x.step();
  std::vector<Array> planes;
  for (Index c = 0; c < channels; ++c) planes.push_back(Array::empty({rows, columns}, DTypeOf<W>::value));
  parallel_for(rows, (1 << 14) / (columns * channels) + 1, [&](Index begin, Index end) {
    std::vector<W> line(static_cast<std::size_t>(columns * channels));
    for (Index r = begin; r < end; ++r) {
      x.read(r, 0, columns, line.data());
      for (Index c = 0; c < channels; ++c) {
        W* to = numbers<W>(planes[static_cast<std::size_t>(c)]) + r * columns;
        for (Index k = 0; k < columns; ++k) to[k] = line[static_cast<std::size_t>(k * channels + c)];
      }
    }
  });
  return planes;
}

// In sums that the compiler keeps in vectors.
template <class W>
double sum_of_magnitudes(const W* from, Index count) {
  constexpr Index at_once = 16;
  W sums[at_once] = {};
  Index k = 0;
  for (; k + at_once <= count; k += at_once)
    for (Index i = 0; i < at_once; ++i) sums[i] += std::abs(from[k + i]);
  double sum = 0;
  for (const W part : sums) sum += static_cast<double>(part);
  for (; k < count; ++k) sum += static_cast<double>(std::abs(from[k]));
  return sum;
}

}  // namespace

// Lengths of factors 2, 3, 5 that the transform is fastest for; even, so that rows of spectra are whole.
Index fft_length(Index least) {
  Index best = std::numeric_limits<Index>::max();
  for (Index p5 = 1; p5 <= 125; p5 *= 5)
    for (Index p3 = p5; p3 <= 27 * p5; p3 *= 3) {
      Index n = 2 * p3;
      while (n < least) n *= 2;
      best = std::min(best, n);
    }
  return best;
}

template <class W>
bool fft_sums(const ImageRows<W>& x, const Taps<W>& taps, const Array& out, bool any) {
  const Index channels = x.step();
  const bool zeros = x.fills() && x.fill()[0] == 0;
  const Axis down{x.top(), x.height(), out.shape()[0], taps.height, zeros};
  const Axis across{x.left(), x.width(), out.shape()[1], taps.width, zeros};
  const Index rows = fft_length(down.least()), columns = fft_length(across.least());
  const Index filled = std::min(down.padded(), rows), read = std::min(across.padded(), columns);
  fourier::CircularCorrelation<W> transform(rows, columns, taps.real.data(), taps.height, taps.width);
  double k_sum = 0;
  for (const W tap : taps.real) k_sum += std::abs(static_cast<double>(tap));
  std::vector<double> magnitude(static_cast<std::size_t>(filled));
  const std::vector<Array> planes = channels == 1 ? std::vector<Array>() : channel_planes(x, filled, read);
  for (Index c = 0; c < channels; ++c) {
    transform.read(filled, [&](Index row, W* to) {
      if (channels == 1)
        x.read(row, 0, read, to);
      else
        std::copy_n(numbers<W>(planes[static_cast<std::size_t>(c)]) + row * read, read, to);
      std::fill(to + read, to + columns, W{});
      magnitude[static_cast<std::size_t>(row)] = sum_of_magnitudes(to, columns);
    });
    double x_sum = 0;
    for (const double v : magnitude) x_sum += v;
    constexpr double most = std::numeric_limits<W>::max();
    const double largest = x_sum * k_sum * static_cast<double>(rows) * static_cast<double>(columns);
    if (!any && !(largest < most && x_sum < most)) return false;
    transform.write(down.out, across.out, reinterpret_cast<W*>(out.data()) + c, across.out * channels, channels);
  }
  return true;
}

template bool fft_sums(const ImageRows<float>&, const Taps<float>&, const Array&, bool);
template bool fft_sums(const ImageRows<double>&, const Taps<double>&, const Array&, bool);

}  // namespace fovea::ops
