#include <algorithm>
#include <cstdint>

#include "array/npz_reader.h"

// Any bytes are arrays or an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::shared_ptr<std::byte[]> bytes(new std::byte[size]);
  std::copy_n(reinterpret_cast<const std::byte*>(data), size, bytes.get());
  const auto arrays = fovea::read_npz({bytes, size}, {.max_bytes = std::int64_t{1} << 20});
  if (!arrays) return 0;
  for (const auto& [name, array] : arrays.value())
    if (!array.contiguous()) __builtin_trap();
  return 0;
}
