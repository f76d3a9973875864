#include <algorithm>
#include <cstdint>

#include "array/npy_reader.h"

// Any bytes are an array or an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::size_t at = 0;
  const fovea::NpySource source{size, [&](std::span<std::byte> to) -> std::optional<fovea::Error> {
                                  if (to.size() > size - at) __builtin_trap();
                                  std::copy_n(reinterpret_cast<const std::byte*>(data) + at, to.size(), to.begin());
                                  at += to.size();
                                  return std::nullopt;
                                }};
  const auto array = fovea::read_npy(source, std::int64_t{1} << 20);
  if (array && !array.value().contiguous()) __builtin_trap();
  return 0;
}
