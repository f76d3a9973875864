#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>

#include "bench/network_pictures.h"
#include "bench/network_weights.h"
#include "bench/peer_scripts.h"
#include "bench/pictures.h"
#include "fovea/classify.h"
#include "fovea/source.h"

namespace fovea::cli {
namespace {

constexpr std::size_t largest_batch = 32;

double milliseconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

std::function<void()> classify(const Model& model, const std::string& operand, DecodeScale scale) {
  ClassifyOptions options;
  options.scale = scale;
  const std::shared_ptr<const Task> task = classify_task(model, options);
  return [=] {
    const std::unique_ptr<Source> source = open_source({&operand, 1});
    fovea::run(*source, *task, [](Row&& row) {
      if (row.error) throw Error(row.error->code(), fmt::format("{}: {}", row.path, row.error->what()));
      keep(row.top.front().probability);
    });
  };
}

// Decoding alone and the network alone, each on all threads. The files are read anew, and let go: a run keeps none.
double least_ms(const Model& model, const Request& request, const std::string& operand, DecodeScale scale) {
  Request one = request;
  one.pictures = {operand};
  const std::vector<PictureFile> files = read_pictures(one).front().files;
  const Preprocess& p = model.preprocess();
  DecodeOptions decode;
  decode.channels = p.channels;
  decode.shrink_to = shrink_to(scale, p.resize);
  const double decoding = milliseconds(
      [&] { on_threads(request.threads, files.size(), [&](int, std::size_t i) { decode_file(files[i], decode); }); });
  const auto batch = static_cast<std::int64_t>(std::min(files.size(), largest_batch));
  const Array pictures = random_array({batch, p.channels, p.crop, p.crop}, DType::f32);
  return decoding + milliseconds([&] {
           for (auto left = static_cast<std::int64_t>(files.size()); left > 0; left -= batch)
             model.run(pictures.slice(0, {0, std::min(left, batch)}), request.threads);
         });
}

Case whole(const Request& request, const Model& f32, const PictureSet& set, const std::string& operand,
           const std::shared_ptr<const NetworkPictures>& pictures, DecodeScale scale, Precision precision) {
  const Model model = pictures->in_precision(f32, precision);
  Case c{"endtoend",
         fmt::format("{}, {} files, {}, {}", set.name, set.files.size(), fovea::name(scale), model.architecture()),
         dtype_of(precision), classify(model, operand, scale)};
  c.work = static_cast<double>(set.files.size());
  c.unit = "images/s";
  c.unit_work = 1;
  c.least_ms = [=] { return least_ms(model, request, operand, scale); };
  c.memory = true;
  c.peers = {
      {"kind", "endtoend"}, {"folder", std::filesystem::absolute(operand).native()}, {"scripts", peer_scripts()}};
  c.peers.update(network_weights(request, f32, precision, *pictures));
  c.kept = pictures;
  return c;
}

}  // namespace

void bench_endtoend(const Request& request, const Emit& emit) {
  const Model model = Model::load(request.model);
  for (const std::string& operand : request.pictures) {
    Request one = request;
    one.pictures = {operand};
    PictureSet set = read_pictures(one).front();
    for (PictureFile& file : set.files) file.bytes = {};
    const auto pictures = std::make_shared<const NetworkPictures>(model, one.pictures);
    for (const Precision precision : request.precisions)
      for (const DecodeScale scale : request.scales)
        emit([&] { return whole(request, model, set, operand, pictures, scale, precision); });
  }
  if (request.pictures.empty()) read_pictures(request);  // says that there are none
}

}  // namespace fovea::cli
