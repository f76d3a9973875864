#include "own_outputs.h"

#include <algorithm>

namespace fovea::cli {
namespace {

namespace fs = std::filesystem;

std::string resolved(const fs::path& path) {
  std::error_code ignored;
  const fs::path folder = fs::weakly_canonical(path.has_parent_path() ? path.parent_path() : fs::path("."), ignored);
  return (folder / path.filename()).native();
}

}  // namespace

InputsButOutputs::InputsButOutputs(Source& source, const std::vector<fs::path>& outputs) : source_(source) {
  for (const fs::path& output : outputs)
    if (!output.empty()) outputs_.push_back(resolved(output));
  first_ = next_other();
}

std::optional<std::string> InputsButOutputs::next() {
  if (!begun_) {
    begun_ = true;
    return first_;
  }
  return next_other();
}

// The source's number would count outputs, which few runs have among their inputs.
std::optional<std::int64_t> InputsButOutputs::count() const {
  return source_.count();
}

std::optional<std::string> InputsButOutputs::next_other() {
  while (true) {
    std::optional<std::string> path = source_.next();
    if (!path || !is_output(*path)) return path;
  }
}

// Names are compared before anything is asked of the file system: of a million inputs hardly one is called so.
bool InputsButOutputs::is_output(const std::string& path) const {
  const fs::path input(path);
  for (const std::string& output : outputs_) {
    const std::string name = fs::path(output).filename().native();
    if (path.find(name) == path.npos) continue;
    const std::string full = resolved(input);
    if (full == output || full == output + ".partial" || full == output + ".journal" || full.starts_with(output + "/"))
      return true;
  }
  return false;
}

}  // namespace fovea::cli
