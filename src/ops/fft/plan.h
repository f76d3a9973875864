#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "kernel/view.h"

namespace fovea::ops::fourier {

// How a complex transform of one length is computed; n is the only input, so there is nothing to measure.
enum class Method : std::uint8_t {
  four_step,  // n = (a*b) * (c*d), each factor one register butterfly: two passes over the panel
  stockham,   // any product of the radices: one pass a radix, between two panels
  chirp,      // Bluestein's algorithm: a cyclic convolution of a length that has only small factors
};

// Tables of one length, for elements of type T. Roots are exp(-2 pi i j k / n), as pairs, rounded from f64. Slots are
// places in a panel, in elements.
template <class T>
struct Plan {
  Index n = 0;
  Method method = Method::four_step;
  int a = 1, b = 1, c = 1, d = 1;
  Index n1 = 1, n2 = 1, pitch = 1;    // four_step: the panel is n1 rows of n2 elements, `pitch` apart
  std::vector<T> roots_a, roots_c;    // within the first and the second pass
  std::vector<T> roots;               // between the passes; of stockham: of each radix in turn
  std::vector<int> radices;           // stockham
  std::vector<std::int32_t> in, out;  // slot of input j and of output k
  Index slots = 0;                    // elements of a panel
  std::shared_ptr<const Plan> inner;  // chirp: of length m
  std::vector<T> chirp;               // exp(-pi i k^2 / n)
  std::vector<T> spectrum;            // transform of the conjugate chirp, over m

  // The order in which the first pass of a column transform reads: slot t holds element order(t).
  Index order(Index t) const { return method != Method::four_step || n1 == 1 ? t : t % n1 * n2 + t / n1; }
  bool fused() const { return method == Method::four_step; }
};

// The plan of a length >= 1; kept for later calls, within 64 MiB for each type. Thread-safe. Throws Error(unsupported)
// above 2^28.
template <class T>
std::shared_ptr<const Plan<T>> plan_of(Index n);

// Whether n is a product of the radices.
bool smooth(Index n);
// The smallest n' >= n of factors 2, 3 and 5.
Index smooth_above(Index n);

}  // namespace fovea::ops::fourier
