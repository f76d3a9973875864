#include "pull.h"

#include <fmt/format.h>

#include "progress_line.h"

namespace fovea::cli {

void pull_if_missing(const std::string& model, Console& console) {
  for (const ZooEntry& entry : model_zoo()) {
    if (entry.name != model || entry.cached) continue;
    console.note(fmt::format("{} is not in the cache: pulling {}", model, entry.url));
    PullOptions options;
    ProgressLine progress(console);
    options.progress = [&progress](std::int64_t done, std::int64_t total) { progress.bytes(done, total); };
    try {
      pull_model(model, options);
    } catch (const Error& error) {
      throw Error(error.code(), fmt::format("model pull {}: {}", model, error.what()));
    }
  }
}

Model load_for(const std::string& verb, const std::string& model, Console& console) {
  pull_if_missing(model, console);
  try {
    return Model::load(model);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{} {}: {}", verb, model, error.what()));
  }
}

}  // namespace fovea::cli
