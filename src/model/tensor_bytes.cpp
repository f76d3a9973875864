#include "model/tensor_bytes.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"

namespace fovea::model {

std::optional<std::uint64_t> bytes_of(const Shape& shape, DType dtype) {
  std::optional<std::int64_t> total = static_cast<std::int64_t>(size_of(dtype));
  bool none = false;
  for (std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    none = none || extent == 0;
    total = checked_multiply(*total, std::max<std::int64_t>(extent, 1));
    if (!total) return std::nullopt;
  }
  return none ? 0 : static_cast<std::uint64_t>(*total);
}

Result<Array> tensor_over(std::span<const std::byte> bytes, Shape shape, DType dtype,
                          const std::shared_ptr<const void>& owner) {
  if (dtype == DType::boolean && std::any_of(bytes.begin(), bytes.end(), [](std::byte b) { return b > std::byte{1}; }))
    return Error(Errc::corrupt, "boolean tensor: expected bytes 0 and 1, got another value");
  const bool aligned = reinterpret_cast<std::uintptr_t>(bytes.data()) % size_of(dtype) == 0;
  if (!bytes.empty() && aligned)
    return Array::borrow(const_cast<std::byte*>(bytes.data()), std::move(shape), dtype, owner);
  Array copy = Array::empty(std::move(shape), dtype);
  if (!bytes.empty()) std::memcpy(copy.data(), bytes.data(), bytes.size());
  return copy;
}

}  // namespace fovea::model
