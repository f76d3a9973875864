#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace fovea {

// Write all bytes, whatever pieces the system takes them in: EINTR is retried, a full pipe waited for. Return 0 or an
// errno value; then a part of the bytes may be there.
int write_fully(int descriptor, std::span<const std::byte> bytes);
int write_fully_at(int descriptor, std::int64_t offset, std::span<const std::byte> bytes);

inline int write_fully(int descriptor, std::string_view text) {
  return write_fully(descriptor, std::as_bytes(std::span(text)));
}

}  // namespace fovea
