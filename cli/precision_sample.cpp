#include "precision_sample.h"

#include <fmt/format.h>

#include "fovea/precision.h"
#include "fovea/processor.h"

namespace fovea::cli {
namespace {

constexpr int default_pictures = 200;
constexpr std::int64_t most_bytes = std::int64_t{1} << 30;  // of all pictures together, made ready

Error not_there_twice(const std::string& got) {
  return Error(Errc::invalid_argument, fmt::format("expected inputs that can be read twice, got {}; name pictures like "
                                                   "them by --sample-from FOLDER",
                                                   got));
}

std::unique_ptr<Source> source_of(const AutoPrecision& wish, const PictureOptions& options) {
  if (!wish.from.empty()) {
    if (!std::filesystem::is_directory(wish.from))
      throw Error(Errc::not_found, fmt::format("--sample-from {}: expected a folder, got none", wish.from));
    return open_source(std::vector{wish.from}, {{}, "path", options.source.max_encoded_bytes});
  }
  if (read_once(options)) throw not_there_twice("standard input or a pipe");
  return open_source(options.inputs, options.source);
}

ImageProcessor processor_of(const Model& model, const PictureOptions& options) {
  ImageProcessor::Options on_cpu;
  on_cpu.device = "cpu";
  on_cpu.decode = options.decode;
  on_cpu.decode.shrink_to = shrink_to(options.scale, model.preprocess().resize);
  ImageProcessor processor(on_cpu);
  processor.load_model(model);
  return processor;
}

Result<Array> prepared(const ImageProcessor& processor, const Content& content) {
  if (const auto* file = std::get_if<FileContent>(&content))
    return processor.preprocess(std::filesystem::path(file->path));
  if (const auto* bytes = std::get_if<std::vector<std::byte>>(&content)) return processor.preprocess(std::span(*bytes));
  if (const auto* error = std::get_if<Error>(&content)) return *error;
  throw not_there_twice("a URL");
}

int pictures_of(const AutoPrecision& wish, const Preprocess& preprocess) {
  const std::int64_t bytes = std::int64_t{4} * preprocess.channels * preprocess.crop * preprocess.crop;
  const std::int64_t most = most_bytes / bytes;
  const int count = wish.sample.value_or(static_cast<int>(std::min<std::int64_t>(default_pictures, most)));
  if (count > most)
    throw Error(Errc::invalid_argument, fmt::format("--sample: expected at most {} pictures of {} x {}, got {}", most,
                                                    preprocess.crop, preprocess.crop, count));
  return count;
}

}  // namespace

std::vector<Array> precision_sample(const Model& model, const AutoPrecision& wish, const PictureOptions& options,
                                    Console& console) {
  const int count = pictures_of(wish, model.preprocess());
  const std::unique_ptr<Source> source = source_of(wish, options);
  const ImageProcessor processor = processor_of(model, options);
  std::vector<Array> pictures;
  int seen = 0;
  for (; seen < count && source->next(); ++seen) {
    console.status(fmt::format("sample: {} of {}", seen, count));
    if (Result<Array> picture = prepared(processor, source->take())) pictures.push_back(picture.value());
  }
  console.clear_status();
  if (static_cast<std::int64_t>(pictures.size()) < least_trial_pictures)
    throw Error(Errc::invalid_argument,
                fmt::format("expected at least {} readable pictures to measure by, got {} among the first {} inputs; "
                            "name some by --sample-from FOLDER, or a precision",
                            least_trial_pictures, pictures.size(), seen));
  return pictures;
}

}  // namespace fovea::cli
