// Inference only, resident, by the protocol of peers/infer.py: for each line "run" on stdin one batch is timed and its
// seconds printed, at the end of stdin the summary. With --rounds R it runs R batches by itself.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "fovea/model.h"
#include "fovea/system.h"

namespace {

struct Options {
  std::string model = "mini";
  int batch = 32, threads = 0, rounds = 0;
};

fovea::Array random_batch(const fovea::Model& model, int pictures) {
  const fovea::Preprocess& p = model.preprocess();
  fovea::Array batch = fovea::Array::empty({pictures, p.channels, p.crop, p.crop}, fovea::DType::f32);
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  for (float& value : batch.span<float>()) value = normal(generator);
  return batch;
}

double multiply_adds(const fovea::Model& model) {
  double total = 0;
  for (const fovea::LayerInfo& layer : model.layers()) total += static_cast<double>(layer.multiply_adds);
  return total;
}

void report(const fovea::Model& model, const Options& options, std::vector<double> times) {
  if (times.empty()) return;
  std::sort(times.begin(), times.end());
  const double seconds = std::accumulate(times.begin(), times.end(), 0.0);
  const std::size_t images = times.size() * static_cast<std::size_t>(options.batch), middle = times.size() / 2;
  const double median = times.size() % 2 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
  fmt::print(
      R"({{"peer": "fovea", "images": {}, "seconds": {:.4f}, "images_per_s": {:.2f}, "batch": {}, "threads": {}, )"
      R"("median_s": {:.6f}, "min_s": {:.6f}, "gflop_per_image": {:.4f}}})"
      "\n",
      images, seconds, static_cast<double>(images) / seconds, options.batch, options.threads, median, times.front(),
      2 * multiply_adds(model) / 1e9);
}

void run(const Options& options) {
  const fovea::Model model = fovea::Model::load(options.model);
  const fovea::Array batch = random_batch(model, options.batch);
  for (int warm = 0; warm < 4; ++warm) model.run(batch, options.threads);

  std::vector<double> times;
  const auto timed = [&] {
    const auto begin = std::chrono::steady_clock::now();
    model.run(batch, options.threads);
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  };
  for (int round = 0; round < options.rounds; ++round) timed();
  for (std::string line; options.rounds == 0 && std::getline(std::cin, line);) {
    if (line != "run") throw fovea::Error(fovea::Errc::invalid_argument, "stdin: expected \"run\", got " + line);
    timed();
    fmt::print("{:.6f}\n", times.back());
    std::fflush(stdout);
  }
  report(model, options, times);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Times one network over random pictures.");
  app.add_option("--model", options.model, "as for fovea classify (default: mini)");
  app.add_option("-b,--batch", options.batch, "pictures (default: 32)")->check(CLI::Range(1, 4096));
  app.add_option("--threads", options.threads, "default: the thread budget")->check(CLI::Range(1, 4096));
  app.add_option("--rounds", options.rounds, "run so many batches without reading stdin")
      ->check(CLI::Range(1, 1000000));
  CLI11_PARSE(app, argc, argv);
  try {
    if (options.threads == 0) options.threads = fovea::thread_budget().threads;
    run(options);
  } catch (const fovea::Error& error) {
    fmt::print(stderr, "bench_infer: {}\n", error.what());
    return fovea::exit_code(error.code());
  }
  return 0;
}
