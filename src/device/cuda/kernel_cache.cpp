#include "device/cuda/kernel_cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <span>
#include <system_error>
#include <vector>

#include "base/cache_folder.h"
#include "base/file.h"
#include "base/output_file.h"
#include "base/sha256.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic = "fovea kernel 1\n";
constexpr std::size_t digits = 64;
constexpr std::int64_t most_image_bytes = std::int64_t{64} << 20;
constexpr auto left_over = std::chrono::hours(1);  // age of a file that nobody writes any more

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// magic, checksum of what follows, name, '\n', code.
std::string packed(const KernelImage& image) {
  std::string body = image.name + '\n';
  body.append(reinterpret_cast<const char*>(image.bytes.data()), image.bytes.size());
  return std::string(magic) + sha256_hex(bytes_of(body)) + body;
}

std::optional<KernelImage> unpacked(std::string_view file) {
  if (!file.starts_with(magic) || file.size() < magic.size() + digits) return {};
  const std::string_view checksum = file.substr(magic.size(), digits), body = file.substr(magic.size() + digits);
  const std::size_t end = body.find('\n');
  if (end == std::string_view::npos || sha256_hex(bytes_of(body)) != checksum) return {};
  const auto code = bytes_of(body.substr(end + 1));
  return KernelImage{std::string(body.substr(0, end)), {code.begin(), code.end()}};
}

// The code in it is run, so others must not have had a hand in it.
bool is_ours(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && status.st_uid == ::geteuid() &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

KernelCache::KernelCache(fs::path folder, std::int64_t most) : folder_(std::move(folder)), most_(most) {
  if (folder_.empty()) reason_ = "no folder for the cache; set FOVEA_CACHE or HOME";
}

fs::path KernelCache::path_of(const std::string& key) const {
  return folder_ / (key + ".kernel");
}

std::optional<KernelImage> KernelCache::find(const std::string& key) {
  if (folder_.empty()) return {};
  const Result<InputFile> file = InputFile::open(path_of(key), most_image_bytes);
  if (!file || !is_ours(file.value().descriptor())) return {};
  std::string text(static_cast<std::size_t>(file.value().size()), '\0');
  if (file.value().read(0, std::as_writable_bytes(std::span(text)))) return {};
  std::optional<KernelImage> image = unpacked(text);
  if (image) ::futimens(file.value().descriptor(), nullptr);  // used now
  return image;
}

void KernelCache::store(const std::string& key, const KernelImage& image) noexcept try {
  if (folder_.empty()) return;
  fs::create_directories(folder_.parent_path());
  if (::mkdir(folder_.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    throw std::system_error(errno, std::generic_category(), "making the folder");
  OutputFile file = OutputFile::replacing(path_of(key));
  ::fchmod(file.descriptor(), S_IRUSR | S_IWUSR);
  file.write(bytes_of(packed(image)));
  file.commit();
  trim();
  const std::lock_guard lock(mutex_);
  reason_.clear();
} catch (const std::exception& error) {
  const std::lock_guard lock(mutex_);
  reason_ = error.what();
}

void KernelCache::trim() const {
  struct Entry {
    fs::file_time_type used;
    std::int64_t bytes;
    fs::path path;
  };
  std::vector<Entry> entries;
  std::int64_t total = 0;
  std::error_code gone;
  for (const fs::directory_entry& file : fs::directory_iterator(folder_, gone)) {
    const auto used = file.last_write_time(gone);
    if (gone || !file.is_regular_file(gone) || gone) continue;
    const auto bytes = static_cast<std::int64_t>(file.file_size(gone));
    if (gone) continue;
    if (file.path().extension() == ".kernel") {
      entries.push_back({used, bytes, file.path()});
      total += bytes;
    } else if (used + left_over < fs::file_time_type::clock::now()) {
      fs::remove(file.path(), gone);
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (total <= most_) break;
    fs::remove(entry.path, gone);
    total -= entry.bytes;
  }
}

std::string KernelCache::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

std::string kernel_key(const KernelText& text, const std::string& compiler_version) {
  Sha256 hash;
  const auto add = [&](const std::string& part) {
    hash.update(bytes_of(std::to_string(part.size()) + ":"));
    hash.update(bytes_of(part));
  };
  for (const std::string& part : {text.source, text.name, std::to_string(text.capability), compiler_version}) add(part);
  for (const char* option : nvrtc_options()) add(option);
  for (const std::string& option : text.options) add(option);
  return hash.hex();
}

KernelCache& kernel_cache() {
  static KernelCache cache([] {
    const fs::path folder = cache_folder();
    return folder.empty() ? folder : folder / "kernels";
  }());
  return cache;
}

Result<KernelImage> cached_or_compiled(const KernelText& text, KernelCache& cache) {
  const std::string key = kernel_key(text, nvrtc_version());
  if (std::optional<KernelImage> known = cache.find(key)) return std::move(*known);
  Result<KernelImage> image = nvrtc_compile(text);
  if (image) cache.store(key, image.value());
  return image;
}

}  // namespace fovea
