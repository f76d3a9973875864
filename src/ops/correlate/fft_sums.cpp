#include <limits>

#include "fovea/fft.h"
#include "ops/correlate/cost.h"
#include "ops/correlate/sums.h"

namespace fovea::ops {
namespace {

// Along one axis: sums `out` from `inner` elements of the image behind `before` of the border.
struct Axis {
  Index before, inner, out, taps;
  bool zeros;  // outside is 0: the border behind the image may be that before it

  Index padded() const { return out + taps - 1; }
  Index least() const { return zeros ? std::max(padded() - before, before + inner) : padded(); }
};

// One plane through the transform: y = inverse(X * conj(K)) is the circular correlation, whose first sums are ours.
template <class W>
void multiply_conjugate(const Array& x, const Array& k) {
  const Index rows = x.shape()[0], width = 2 * x.shape()[1];
  W* to = reinterpret_cast<W*>(x.data());
  const W* by = reinterpret_cast<const W*>(k.data());
  parallel_for(rows, (1 << 14) / width + 1, [&](Index begin, Index end) {
    for (Index n = begin * width; n < end * width; n += 2) {
      const W re = to[n] * by[n] + to[n + 1] * by[n + 1], im = to[n + 1] * by[n] - to[n] * by[n + 1];
      to[n] = re;
      to[n + 1] = im;
    }
  });
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
  const DType type = DTypeOf<W>::value;
  std::vector<Array> planes;
  for (Index c = 0; c < channels; ++c) planes.push_back(Array::empty({rows, columns}, type));
  std::vector<double> magnitude(static_cast<std::size_t>(rows), 0.0);
  parallel_for(rows, (1 << 14) / (columns * channels) + 1, [&](Index begin, Index end) {
    std::vector<W> line(static_cast<std::size_t>(channels > 1 ? read * channels : 0));
    for (Index r = begin; r < end; ++r) {
      for (Index c = 0; c < channels; ++c) {
        W* to = reinterpret_cast<W*>(planes[static_cast<std::size_t>(c)].data()) + r * columns;
        if (r < filled && channels == 1) x.read(r, 0, read, to);
        if (r < filled && channels > 1 && c == 0) x.read(r, 0, read, line.data());
        if (r < filled && channels > 1)
          for (Index k = 0; k < read; ++k) to[k] = line[static_cast<std::size_t>(k * channels + c)];
        const Index written = r < filled ? read : 0;
        std::fill(to + written, to + columns, W{});
        W sum = 0;
        for (Index k = 0; k < written; ++k) sum += std::abs(to[k]);
        magnitude[static_cast<std::size_t>(r)] += static_cast<double>(sum);
      }
    }
  });
  double x_sum = 0, k_sum = 0;
  for (const double v : magnitude) x_sum += v;
  for (const W tap : taps.real) k_sum += std::abs(static_cast<double>(tap));
  const double largest = x_sum * k_sum * static_cast<double>(rows) * static_cast<double>(columns);
  if (!any && !(largest < static_cast<double>(std::numeric_limits<W>::max()) && x_sum < std::numeric_limits<W>::max()))
    return false;

  const FftPlane size{{rows, columns}};
  const Array kernel = Array::borrow(const_cast<W*>(taps.real.data()), {taps.height, taps.width}, type, nullptr);
  const Array spectrum = rfft2(kernel, size);
  for (Index c = 0; c < channels; ++c) {
    Array& plane = planes[static_cast<std::size_t>(c)];
    const Array product = rfft2(plane);
    plane = Array();
    multiply_conjugate<W>(product, spectrum);
    const Array sums = irfft2(product, size);
    const W* from = reinterpret_cast<const W*>(sums.data());
    W* to = reinterpret_cast<W*>(out.data()) + c;
    parallel_for(down.out, (1 << 14) / across.out + 1, [&](Index begin, Index end) {
      for (Index m = begin; m < end; ++m)
        if (channels == 1)
          std::copy_n(from + m * columns, across.out, to + m * across.out);
        else
          for (Index n = 0; n < across.out; ++n) to[(m * across.out + n) * channels] = from[m * columns + n];
    });
  }
  return true;
}

template bool fft_sums(const ImageRows<float>&, const Taps<float>&, const Array&, bool);
template bool fft_sums(const ImageRows<double>&, const Taps<double>&, const Array&, bool);

}  // namespace fovea::ops
