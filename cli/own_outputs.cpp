#include "own_outputs.h"

#include <algorithm>
#include <string_view>

namespace fovea::cli {
namespace {

namespace fs = std::filesystem;

std::string resolved(const fs::path& path) {
  std::error_code ignored;
  const fs::path folder = fs::weakly_canonical(path.has_parent_path() ? path.parent_path() : fs::path("."), ignored);
  // Of "DIR/" the last part is empty.
  return path.has_filename() ? (folder / path.filename()).native() : folder.native();
}

// What a run of this output writes, by docs/formats.md: the output, what lies in it, NAME.partial and so on, and the
// shards NAME-00000.tar of NAME.tar.
bool belongs_to(const std::string& path, const std::string& output) {
  const auto rest_is_ours = [](std::string_view rest) {
    return rest.empty() || rest.starts_with('/') || rest.starts_with(".partial") || rest.starts_with(".journal") ||
           rest.starts_with(".files") || rest.starts_with(".previous");
  };
  if (path.starts_with(output) && rest_is_ours(std::string_view(path).substr(output.size()))) return true;
  if (!output.ends_with(".tar")) return false;
  const std::string shard = output.substr(0, output.size() - 4) + '-';
  const std::size_t digits = path.find_first_not_of("0123456789", shard.size());
  return path.starts_with(shard) && digits != path.npos && path.compare(digits, 4, ".tar") == 0;
}

}  // namespace

InputsButOutputs::InputsButOutputs(Source& source, const std::vector<fs::path>& outputs) : source_(source) {
  for (const fs::path& output : outputs)
    if (!output.empty()) outputs_.push_back({resolved(output), fs::path(resolved(output)).stem().native()});
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
  return std::any_of(outputs_.begin(), outputs_.end(), [&](const Output& output) {
    return !output.stem.empty() && path.find(output.stem) != path.npos && belongs_to(resolved(path), output.path);
  });
}

}  // namespace fovea::cli
