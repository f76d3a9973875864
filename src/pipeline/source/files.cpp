#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <span>
#include <system_error>

#include "base/sha256.h"
#include "pipeline/input/sources.h"

namespace fovea {
namespace pipeline {
namespace {

namespace fs = std::filesystem;

// Goes through a file or a folder in the order of the paths' bytes. Only the folders on the way are held, their names
// one after the other in one text.
class Walk {
 public:
  Walk(const std::string& input, std::shared_ptr<SeenFolders> seen) : seen_(std::move(seen)) {
    std::error_code error;
    if (fs::is_directory(input, error))
      enter(input);
    else
      single_ = input;
  }

  std::optional<std::string> next() {
    if (single_) return std::exchange(single_, std::nullopt);
    while (!folders_.empty()) {
      Folder& folder = folders_.back();
      if (folder.next == folder.entries.size()) {
        folders_.pop_back();
        continue;
      }
      const char* name = folder.names.data() + folder.entries[folder.next++];
      std::string path = (folder.path.ends_with('/') ? folder.path : folder.path + '/') + name;
      if (!path.ends_with('/')) return path;
      path.pop_back();
      enter(path);
      if (single_) return std::exchange(single_, std::nullopt);
    }
    return std::nullopt;
  }

 private:
  struct Folder {
    std::string path, names;
    std::vector<std::uint32_t> entries;  // where names begin, sorted
    std::size_t next = 0;
  };

  // Folders carry a '/' while they are sorted, so that they come where their files' paths belong by bytes.
  void enter(const std::string& path) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (error || !seen_->add(real.native())) return;
    Folder folder{path, {}, {}};
    for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().native();
      if (name.front() == '.') continue;
      std::error_code unknown;
      folder.entries.push_back(static_cast<std::uint32_t>(folder.names.size()));
      folder.names += name;
      if (it->is_directory(unknown)) folder.names += '/';
      folder.names += '\0';
    }
    if (error) {
      single_ = path;  // its row says why it cannot be read
      return;
    }
    std::sort(folder.entries.begin(), folder.entries.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::strcmp(folder.names.data() + a, folder.names.data() + b) < 0;
    });
    folders_.push_back(std::move(folder));
  }

  std::optional<std::string> single_;
  std::vector<Folder> folders_;
  std::shared_ptr<SeenFolders> seen_;
};

class PathSource final : public Source {
 public:
  PathSource(const std::string& path, std::shared_ptr<SeenFolders> seen) : walk_(path, std::move(seen)) {}
  std::optional<std::string> next() override {
    std::optional<std::string> path = walk_.next();
    if (path) path_ = *path;
    return path;
  }
  Content take() override { return FileContent{std::move(path_)}; }

 private:
  std::string path_;
  Walk walk_;
};

}  // namespace

bool SeenFolders::add(const std::string& real_path) {
  const std::string digits = sha256_hex(std::as_bytes(std::span(real_path)));
  Digest digest{};
  std::from_chars(digits.data(), digits.data() + 16, digest.high, 16);
  std::from_chars(digits.data() + 16, digits.data() + 32, digest.low, 16);
  return digests_.insert(digest).second;
}

std::unique_ptr<Source> path_source(const std::string& path, std::shared_ptr<SeenFolders> seen) {
  return std::make_unique<PathSource>(path, std::move(seen));
}

}  // namespace pipeline

std::vector<std::string> list_inputs(std::span<const std::string> inputs) {
  std::vector<std::string> files;
  const auto seen = std::make_shared<pipeline::SeenFolders>();
  for (const std::string& input : inputs) {
    pipeline::Walk walk(input, seen);
    while (std::optional<std::string> file = walk.next()) files.push_back(std::move(*file));
  }
  return files;
}

}  // namespace fovea
