#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "fovea/error.h"
#include "fovea/memory.h"

namespace fovea {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t cache_line = 64;
constexpr std::size_t address_space = std::size_t{1} << 47;

class HostMemory final : public Memory {
 public:
  void* allocate(std::size_t bytes) override {
    if (bytes == 0) return nullptr;
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

}  // namespace

std::shared_ptr<Memory> host_memory() {
  static const std::shared_ptr<Memory> instance = std::make_shared<HostMemory>();
  return instance;
}

}  // namespace fovea
