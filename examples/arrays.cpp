// arrays_example FILE.npy: statistics of an array of f64 that may be larger than memory.
#include <cstdio>
#include <functional>

#include "fovea/chunks.h"
#include "fovea/expr.h"
#include "fovea/npy.h"

int main(int argc, char** argv) try {
  if (argc != 2) return std::fprintf(stderr, "usage: arrays_example FILE.npy\n"), 2;
  const fovea::Array x = fovea::map_npy(argv[1]).value();

  // Lazy: each line reads the file once, in blocks, on all cores.
  std::printf("mean %.6f, standard deviation %.6f\n", fovea::eval_scalar(mean(x)), fovea::eval_scalar(fovea::std(x)));
  std::printf("sum of sqrt(|x|) + x^2: %.6f\n", fovea::eval_scalar(sum(sqrt(abs(x)) + square(x))));

  // A function of one's own over chunks of rows.
  const std::int64_t positive = fovea::parallel_map_reduce(
      x, 1000,
      [](const fovea::Array& rows, std::int64_t) {
        std::int64_t count = 0;
        for (const double value : rows.span<const double>()) count += value > 0;
        return count;
      },
      std::plus<>());
  std::printf("above zero: %lld of %lld\n", static_cast<long long>(positive), static_cast<long long>(x.size()));
} catch (const fovea::Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
