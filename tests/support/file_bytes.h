#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "base/file.h"

namespace fovea::test {

// Bytes in a block of exactly their size, so that a sanitizer sees a read beyond them. 64-byte aligned, as read_file's.
inline FileBytes file_bytes(std::string_view text) {
  void* block = nullptr;
  if (::posix_memalign(&block, 64, std::max<std::size_t>(text.size(), 1)) != 0) throw std::bad_alloc();
  auto* data = static_cast<std::byte*>(block);
  std::copy_n(reinterpret_cast<const std::byte*>(text.data()), text.size(), data);
  return {std::shared_ptr<const std::byte[]>(data, [](const std::byte* p) { std::free(const_cast<std::byte*>(p)); }),
          text.size()};
}

template <class T>
std::string little_endian(T value) {
  std::string text;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    text += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
  return text;
}

}  // namespace fovea::test
