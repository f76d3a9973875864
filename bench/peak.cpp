// The processor's limit for f32: fused multiply-adds on independent registers, without touching memory. For each line
// "run" on stdin it prints GFLOP/s of all threads together.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <barrier>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

#if defined(__AVX512F__)
constexpr int lanes = 16;
#elif defined(__AVX__)
constexpr int lanes = 8;
#else
constexpr int lanes = 4;
#endif
using Vector = float __attribute__((vector_size(lanes * sizeof(float))));

constexpr long turns = 20'000'000;
constexpr int registers = 16;  // covers latency times issue width

float multiply_add_loop() {
  Vector sums[registers];
  for (int k = 0; k < registers; ++k) sums[k] = Vector{} + static_cast<float>(k);
  const Vector scale = Vector{} + 1.0000001f, step = Vector{} + 1e-9f;
  for (long turn = 0; turn < turns; ++turn)
    for (Vector& sum : sums) sum = sum * scale + step;
  Vector total{};
  for (const Vector& sum : sums) total += sum;
  return total[0];
}

double gflops(int threads) {
  std::barrier<> start(threads + 1), end(threads + 1);
  std::vector<std::jthread> pool;
  for (int t = 0; t < threads; ++t)
    pool.emplace_back([&] {
      start.arrive_and_wait();
      volatile float sink = multiply_add_loop();
      (void)sink;
      end.arrive_and_wait();
    });
  start.arrive_and_wait();
  const auto begin = std::chrono::steady_clock::now();
  end.arrive_and_wait();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return 2.0 * static_cast<double>(turns) * registers * lanes * threads / seconds / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  int threads = 1;
  CLI::App app("Measures the peak of f32 multiply-adds.");
  app.add_option("--threads", threads, "default: 1")->check(CLI::Range(1, 4096));
  CLI11_PARSE(app, argc, argv);
  for (std::string line; std::getline(std::cin, line);) {
    fmt::print("{:.1f}\n", gflops(threads));
    std::fflush(stdout);
  }
  return 0;
}
