#include "device/host_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/machine.h"
#include "device/profiler.h"
#include "device/size_class_memory.h"
#include "fovea/error.h"

namespace fovea {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t cache_line = 64;
constexpr std::size_t mapped = std::size_t{128} << 10;  // from where on the C library asks the system
constexpr std::size_t address_space = std::size_t{1} << 47;

class HostMemory final : public Memory {
 public:
  void* allocate(std::size_t bytes) override {
    if (bytes == 0) return nullptr;
    std::optional<profiler::Scope> span;
    if (bytes >= mapped) span.emplace(Activity::allocation, "host memory", std::string_view(), bytes);
    void* block = nullptr;
    const bool huge = bytes >= huge_page;
    if (bytes >= address_space || ::posix_memalign(&block, huge ? huge_page : cache_line, bytes) != 0)
      throw Error(Errc::out_of_memory, "host memory: cannot allocate " + std::to_string(bytes) + " bytes");
    if (huge) ::madvise(block, bytes / huge_page * huge_page, MADV_HUGEPAGE);
    return block;
  }
  void deallocate(void* pointer, std::size_t) noexcept override { std::free(pointer); }
  Device device() const override { return Device::cpu(); }
};

constexpr std::int64_t most_kept = std::int64_t{1} << 30;
constexpr std::int64_t kept_share = 8;  // of the memory there is

std::size_t cap() {
  const std::int64_t memory = memory_bytes("/");
  return static_cast<std::size_t>(memory > 0 ? std::min(most_kept, memory / kept_share) : most_kept);
}

const std::shared_ptr<SizeClassMemory>& pool() {
  static const std::shared_ptr<SizeClassMemory> instance = std::make_shared<SizeClassMemory>(system_memory(), cap());
  return instance;
}

}  // namespace

std::shared_ptr<Memory> system_memory() {
  static const std::shared_ptr<Memory> instance = std::make_shared<HostMemory>();
  return instance;
}

std::shared_ptr<Memory> host_memory() {
  return pool();
}

void trim_host_memory(std::size_t keep) {
  pool()->trim(keep);
}

std::size_t kept_host_memory() {
  return pool()->kept_bytes();
}

}  // namespace fovea
