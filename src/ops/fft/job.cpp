#include "ops/fft/job.h"

#include <cmath>

namespace fovea::ops::fourier {
namespace {

constexpr Index longest = Index{1} << 28;

int find_axis(std::string_view op, double given, std::size_t dimensions) {
  const double count = static_cast<double>(dimensions);
  require(given == std::floor(given) && given >= -count && given < count, op,
          "axis: expected one of the " + std::to_string(dimensions) + " axes, got " +
              (given == std::floor(given) && std::abs(given) < 1e15 ? std::to_string(static_cast<Index>(given))
                                                                    : std::to_string(given)));
  return static_cast<int>(given < 0 ? given + count : given);
}

// Where the lengths are 0, those of the input.
Job finish(std::string_view op, Job job, const std::string& norm, const TensorSpec& input) {
  Shape shape = input.shape;
  double total = 1;
  for (std::size_t k = 0; k < job.axes.size(); ++k) {
    Index& extent = shape[static_cast<std::size_t>(job.axes[k])];
    Index& n = job.lengths[k];
    const bool last = k + 1 == job.axes.size();
    if (n == 0) n = job.kind == Kind::hermitian && last ? 2 * (extent - 1) : extent;
    require(n >= 1, op,
            "expected a transform of at least 1 element, got " + to_string(input.shape) + " over axis " +
                std::to_string(job.axes[k]) + "; give a length to pad to");
    require(n <= longest, op, "expected a length up to " + std::to_string(longest) + ", got " + std::to_string(n));
    extent = job.kind == Kind::real && last ? half_length(n) : n;
    total *= static_cast<double>(n);
  }
  const bool back = job.kind == Kind::inverse || job.kind == Kind::hermitian;
  if (norm == "ortho")
    job.scale = 1 / std::sqrt(total);
  else if ((norm == "backward") == back)
    job.scale = 1 / total;
  require(job.kind != Kind::real || !is_complex(input.dtype), op,
          "expected real numbers, got " + std::string(name(input.dtype)));
  const DType part = part_of(input.dtype);
  const DType pair = part == DType::f32 ? DType::c64 : DType::c128;
  job.output = {job.kind == Kind::hermitian ? part : pair, std::move(shape)};
  return job;
}

}  // namespace

DType part_of(DType input) {
  switch (input) {
    case DType::f16:
    case DType::bf16:
    case DType::f32:
    case DType::c64:
      return DType::f32;
    default:
      return DType::f64;
  }
}

Job resolve(Kind kind, std::string_view op, const LineParams& p, const TensorSpec& input) {
  Job job;
  job.kind = kind;
  job.axes = {find_axis(op, static_cast<double>(p.axis), input.shape.size())};
  job.lengths = {p.n};
  return finish(op, std::move(job), p.norm, input);
}

Job resolve(Kind kind, std::string_view op, const PlaneParams& p, const TensorSpec& input) {
  Job job;
  job.kind = kind;
  require(!p.axes.empty(), op, "axes: expected at least one, got none");
  require(p.s.empty() || p.s.size() == p.axes.size(), op,
          "s: expected " + std::to_string(p.axes.size()) + " lengths, one an axis, got " + std::to_string(p.s.size()));
  for (std::size_t k = 0; k < p.axes.size(); ++k) {
    const int axis = find_axis(op, p.axes[k], input.shape.size());
    for (int other : job.axes)
      require(other != axis, op, "axes: expected distinct ones, got " + std::to_string(axis) + " twice");
    job.axes.push_back(axis);
    const double n = p.s.empty() ? 0 : p.s[k];
    require(n >= 0 && n <= static_cast<double>(longest) && n == std::floor(n), op,
            "s: expected whole numbers up to " + std::to_string(longest) + ", got " + std::to_string(n));
    job.lengths.push_back(static_cast<Index>(n));
  }
  return finish(op, std::move(job), p.norm, input);
}

}  // namespace fovea::ops::fourier
