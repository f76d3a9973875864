#pragma once
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "device/cuda/nvrtc.h"

namespace fovea {

// Compiled kernels in a folder, one file each, named after the SHA-256 of what they were compiled from. A file is taken
// only if it is this user's, nobody else may write to it, and its checksum agrees. Thread-safe, and safe with other
// processes: files appear whole, and one that goes is compiled again.
class KernelCache {
 public:
  // An empty path: no cache. Beyond `most` bytes the files used longest ago go.
  explicit KernelCache(std::filesystem::path folder, std::int64_t most = std::int64_t{256} << 20);

  std::optional<KernelImage> find(const std::string& key);
  void store(const std::string& key, const KernelImage&) noexcept;  // what fails is in reason()
  std::string reason() const;                                       // why kernels could not be kept, or empty

 private:
  std::filesystem::path path_of(const std::string& key) const;
  void trim() const;

  const std::filesystem::path folder_;
  const std::int64_t most_;
  mutable std::mutex mutex_;
  std::string reason_;
};

std::string kernel_key(const KernelText&, const std::string& compiler_version);
KernelCache& kernel_cache();  // kernels in cache_folder()
// From the cache, else compiled and put there.
Result<KernelImage> cached_or_compiled(const KernelText&, KernelCache& = kernel_cache());

}  // namespace fovea
