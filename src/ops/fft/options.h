#pragma once
#include "fovea/fft.h"
#include "fovea/ops.h"

namespace fovea::ops::fourier {

inline const char* name(Norm norm) {
  return norm == Norm::backward ? "backward" : norm == Norm::ortho ? "ortho" : "forward";
}

inline Params to_params(const FftLine& o) {
  return {{"n", o.n}, {"axis", std::int64_t{o.axis}}, {"norm", std::string(name(o.norm))}};
}

inline Params to_params(const FftPlane& o) {
  return {{"s", std::vector<double>(o.s.begin(), o.s.end())},
          {"axes", std::vector<double>(o.axes.begin(), o.axes.end())},
          {"norm", std::string(name(o.norm))}};
}

}  // namespace fovea::ops::fourier
