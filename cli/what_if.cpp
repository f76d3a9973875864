#include "what_if.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace fovea::cli {
namespace {

constexpr std::size_t most_pictures = 16;
constexpr int most_tries = 64;  // of inputs that may be URLs or broken

struct Sample {
  std::vector<std::vector<std::byte>> pictures;
  std::vector<std::string> files;
};

std::vector<std::byte> bytes_of(const std::string& path, std::int64_t limit) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return {};
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file ? std::streamoff(file.tellg()) : -1;
  if (size <= 0 || size > limit) return {};
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), size);
  return file ? bytes : std::vector<std::byte>();
}

// The first pictures of the run that are no downloads of their own.
Sample sample_of(const PictureOptions& options) {
  Sample sample;
  if (read_once(options)) return sample;
  const std::unique_ptr<Source> source = open_source(options.inputs, options.source);
  for (int tries = 0; tries < most_tries && sample.pictures.size() < most_pictures && source->next(); ++tries) {
    Content content = source->take();
    if (const auto* file = std::get_if<FileContent>(&content)) {
      std::vector<std::byte> bytes = bytes_of(file->path, options.source.max_encoded_bytes);
      if (bytes.empty()) continue;
      sample.files.push_back(file->path);
      sample.pictures.push_back(std::move(bytes));
    } else if (auto* bytes = std::get_if<std::vector<std::byte>>(&content)) {
      sample.pictures.push_back(std::move(*bytes));
    }
  }
  return sample;
}

}  // namespace

Diagnosis diagnosis_of(const PictureRun& run, const PictureOptions& options, const Report& report) {
  Diagnosis diagnosis = diagnose(report);
  if (!options.what_if || !run.model || diagnosis.forecasts.empty()) return diagnosis;
  const Sample sample = sample_of(options);
  SampleOptions measured;
  measured.threads = report.threads;
  measured.batch = run.task.batch(run.model->device());
  measured.decode = options.decode;
  measured.decode.shrink_to = shrink_to(options.scale, run.model->preprocess().resize);
  measured.files = sample.files;
  return what_if(report, measure_sample(sample.pictures, *run.model, measured));
}

}  // namespace fovea::cli
