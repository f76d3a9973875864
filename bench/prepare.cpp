// From encoded bytes to the network's input on one thread, as a worker of the pipeline does it: microseconds a picture
// of the decoding, of the preparation alone, and of both, with the portable and the tuned kernels in turn.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fovea/processor.h"
#include "fovea/system.h"
#include "pipeline/preparer.h"

namespace {

using Bytes = std::vector<char>;

std::vector<Bytes> read_all(const std::string& folder, int limit) {
  const std::string inputs[] = {folder};
  std::vector<Bytes> files;
  for (const std::string& path : fovea::list_inputs(inputs)) {
    if (static_cast<int>(files.size()) == limit) break;
    std::ifstream stream(path, std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  if (files.empty()) throw fovea::Error(fovea::Errc::nothing_to_do, "expected a folder with pictures");
  return files;
}

struct Variant {
  const char* name;
  const char* wish;  // FOVEA_VARIANT while its kernels are prepared; null: the tuned ones
  fovea::pipeline::Preparer preparer{fovea::Preprocess{}, fovea::DecodeOptions{}};
  fovea::pipeline::Budget budget{std::int64_t{1} << 40};
  std::vector<double> decode = {}, prepare = {}, both = {};  // us a picture, one a round
};

int failed_of(Variant& variant, const std::vector<Bytes>& files, const fovea::Array& slot) {
  if (variant.wish)
    setenv("FOVEA_VARIANT", variant.wish, 1);
  else
    unsetenv("FOVEA_VARIANT");
  int failed = 0;
  for (const Bytes& file : files)
    failed += !variant.preparer.from_bytes(std::as_bytes(std::span(file)), slot, variant.budget);
  return failed;
}

double busy_seconds(const Variant& variant, const std::string& stage) {
  std::vector<fovea::StageTime> times;
  variant.preparer.add_times(times);
  for (const fovea::StageTime& time : times)
    if (time.name == stage) return time.busy_seconds;
  return 0;
}

void time_round(Variant& variant, const std::vector<Bytes>& files, const fovea::Array& slot) {
  const double decode = busy_seconds(variant, "decode"), prepare = busy_seconds(variant, "prepare");
  failed_of(variant, files, slot);
  const double unit = 1e6 / static_cast<double>(files.size());
  variant.decode.push_back((busy_seconds(variant, "decode") - decode) * unit);
  variant.prepare.push_back((busy_seconds(variant, "prepare") - prepare) * unit);
  variant.both.push_back(variant.decode.back() + variant.prepare.back());
}

std::string list(const std::vector<double>& values) {
  return fmt::format("[{:.1f}]", fmt::join(values, ", "));
}

void run(const std::string& folder, int rounds, int limit) {
  fovea::set_thread_budget(1);
  const std::vector<Bytes> files = read_all(folder, limit);
  const fovea::Preprocess p;
  const fovea::Array slot = fovea::Array::empty({p.channels, p.crop, p.crop}, fovea::DType::f32);
  Variant variants[] = {{"portable", "portable"}, {"tuned", nullptr}};
  for (Variant& variant : variants)
    if (const int failed = failed_of(variant, files, slot); failed > 0)
      throw fovea::Error(fovea::Errc::corrupt,
                         fmt::format("expected pictures that decode, got {} of {} that do not", failed, files.size()));
  for (int round = 0; round < rounds; ++round)
    for (Variant& variant : variants) time_round(variant, files, slot);
  for (const Variant& v : variants)
    fmt::print(R"({{"peer": "{}", "images": {}, "decode_us": {}, "prepare_us": {}, "decode_prepare_us": {}}})"
               "\n",
               v.name, files.size(), list(v.decode), list(v.prepare), list(v.both));
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  int rounds = 5, limit = 1000;
  CLI::App app("Times decoding and preparation on one thread.");
  app.add_option("folder", folder, "pictures; they are held in memory")->required();
  app.add_option("--rounds", rounds, "over all pictures (default: 5)")->check(CLI::Range(1, 10000));
  app.add_option("--limit", limit, "pictures at most (default: 1000)")->check(CLI::Range(1, 1000000));
  CLI11_PARSE(app, argc, argv);
  try {
    run(folder, rounds, limit);
  } catch (const fovea::Error& error) {
    fmt::print(stderr, "bench_prepare: {}\n", error.what());
    return fovea::exit_code(error.code());
  }
  return 0;
}
