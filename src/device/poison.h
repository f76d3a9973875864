#pragma once
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define FOVEA_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FOVEA_ADDRESS_SANITIZER
#endif
#endif
#if defined(FOVEA_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#endif

// Tells the address sanitizer which host bytes nobody may touch.
namespace fovea {

inline void poison([[maybe_unused]] void* block, [[maybe_unused]] std::size_t bytes) {
#if defined(FOVEA_ADDRESS_SANITIZER)
  ASAN_POISON_MEMORY_REGION(block, bytes);
#endif
}
inline void unpoison([[maybe_unused]] void* block, [[maybe_unused]] std::size_t bytes) {
#if defined(FOVEA_ADDRESS_SANITIZER)
  ASAN_UNPOISON_MEMORY_REGION(block, bytes);
#endif
}

}  // namespace fovea
