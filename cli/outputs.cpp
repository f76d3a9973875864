#include "outputs.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "fovea/error.h"

namespace fovea::cli {
namespace {

namespace fs = std::filesystem;
using FileId = std::pair<dev_t, ino_t>;

std::optional<FileId> id_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || S_ISCHR(status.st_mode)) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

Error refused(const OutputFile& output, const std::string& wanted, int code) {
  return Error(Errc::io, fmt::format("{} {}: expected {}, got {}", output.option, output.path.native(), wanted,
                                     std::generic_category().message(code)));
}

void check_writable(const OutputFile& output) {
  struct stat status {};
  if (::stat(output.path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode) && !output.folder) throw refused(output, "a file", EISDIR);
    if (!S_ISDIR(status.st_mode) && output.folder) throw refused(output, "a folder", ENOTDIR);
    if (::access(output.path.c_str(), W_OK) != 0) throw refused(output, "a file that can be written", errno);
    return;
  }
  const fs::path folder = folder_of(output.path);
  if (!output.path.has_filename() && output.folder) return check_writable({output.option, folder, true});
  if (!output.path.has_filename()) throw refused(output, "a file", EISDIR);
  if (::stat(folder.c_str(), &status) != 0) throw refused(output, "a folder that is there", errno);
  if (!S_ISDIR(status.st_mode)) throw refused(output, "a folder before the name", ENOTDIR);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) throw refused(output, "a folder that can be written to", errno);
}

}  // namespace

void check_outputs(const std::vector<OutputFile>& outputs) {
  std::map<fs::path, std::string> seen;
  for (const OutputFile& output : outputs) {
    check_writable(output);
    if (fs::is_character_file(output.path)) continue;
    const auto [other, fresh] = seen.emplace(fs::weakly_canonical(fs::absolute(output.path)), output.option);
    if (!fresh)
      throw Error(Errc::invalid_argument, fmt::format("{} {}: expected a file of its own, got the one of {}",
                                                      output.option, output.path.native(), other->second));
  }
}

void check_not_inputs(const std::vector<OutputFile>& outputs, std::span<const std::string> inputs,
                      bool standard_output) {
  std::map<FileId, std::string> taken;
  for (const OutputFile& output : outputs)
    if (const auto id = id_of(output.path)) taken.emplace(*id, output.option + " " + output.path.native());
  struct stat status {};
  if (standard_output && ::fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode))
    taken.emplace(FileId{status.st_dev, status.st_ino}, "standard output");
  if (taken.empty()) return;
  for (const std::string& input : inputs) {
    const auto id = id_of(input);
    if (const auto found = id ? taken.find(*id) : taken.end(); found != taken.end())
      throw Error(Errc::invalid_argument,
                  fmt::format("{}: expected a file that is not read, got the input {}", found->second, input));
  }
}

}  // namespace fovea::cli
