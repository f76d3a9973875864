#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ops/op.h"

namespace fovea::ops::fourier {

enum class Kind : std::uint8_t {
  forward,    // complex to complex
  inverse,    //
  real,       // real to the half spectrum
  hermitian,  // half spectrum to real
};

struct LineParams {
  std::int64_t n = 0, axis = -1;
  std::string norm = "backward";

  template <class F>
  void fields(F&& f) {
    f("n", n, "length of the transform: cut or padded with zeros to it; 0: as it is", Range{0, 1 << 28});
    f("axis", axis, "axis; negative ones count from the end", Range{-64, 63});
    f("norm", norm, "which direction is divided by the length: ortho each by its root",
      Choices{{"backward", "ortho", "forward"}});
  }
};

struct PlaneParams {
  std::vector<double> s, axes{-2, -1};
  std::string norm = "backward";

  template <class F>
  void fields(F&& f) {
    f("s", s, "lengths over the axes, 0 as it is; none: all as they are");
    f("axes", axes, "distinct axes; negative ones count from the end");
    f("norm", norm, "which direction is divided by the lengths: ortho each by the root",
      Choices{{"backward", "ortho", "forward"}});
  }
};

// A call, resolved: axes counted from the front, the last one with the half spectrum; the lengths over them.
struct Job {
  Kind kind = Kind::forward;
  std::vector<int> axes;
  std::vector<Index> lengths;
  double scale = 1;
  TensorSpec output;
};
// Throw Error(invalid_argument) for what NumPy refuses, too.
Job resolve(Kind, std::string_view op, const LineParams&, const TensorSpec& input);
Job resolve(Kind, std::string_view op, const PlaneParams&, const TensorSpec& input);

// Elements the last axis has in the half spectrum.
inline Index half_length(Index n) {
  return n / 2 + 1;
}
// The type that the transform computes in: that of the parts of the complex side.
DType part_of(DType input);

// The input as elements of the type that the transform reads: real or complex, of the part type. An array of that type
// is returned as it is, whatever its strides.
Array readable_strided(Kind, const Array& input);

// Computes by the tuned engine, into a contiguous array of the job's output.
void transform_fast(const Job&, const Array& in, const Array& out);

}  // namespace fovea::ops::fourier
