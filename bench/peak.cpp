// The processor's limit for f32: fused multiply-adds on registers. For each line "run" on stdin it prints GFLOP/s of
// all threads together.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "fovea/limits.h"

int main(int argc, char** argv) {
  int threads = 1;
  CLI::App app("Measures the peak of f32 multiply-adds.");
  app.add_option("--threads", threads, "default: 1")->check(CLI::Range(1, 4096));
  CLI11_PARSE(app, argc, argv);
  for (std::string line; std::getline(std::cin, line);) {
    fmt::print("{:.1f}\n", fovea::multiply_add_limit(fovea::DType::f32, {threads, 0.3}) / 1e9);
    std::fflush(stdout);
  }
  return 0;
}
