#include "model/pickle/state_dict.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "array/strided_copy.h"
#include "base/checked.h"
#include "model/tensor_bytes.h"

namespace fovea::model::pickle {
namespace {

constexpr std::array<std::string_view, 3> wrappers{"state_dict", "model_state_dict", "model"};

const Dict* find_state_dict(const Pickle& pickle) {
  const Dict* dict = pickle.get_if<Dict>(pickle.root);
  for (std::size_t level = 0; dict != nullptr && level < wrappers.size(); ++level) {
    const Dict* inner = nullptr;
    for (std::string_view wrapper : wrappers)
      for (const auto& [key, value] : dict->items) {
        const auto* text = pickle.get_if<std::string_view>(key);
        if (inner == nullptr && text != nullptr && *text == wrapper) inner = pickle.get_if<Dict>(value);
      }
    if (inner == nullptr) break;
    dict = inner;
  }
  return dict;
}

bool contiguous(const Tensor& tensor) {
  std::int64_t step = 1;
  for (std::size_t axis = tensor.shape.size(); axis-- > 0;) {
    if (tensor.shape[axis] != 1 && tensor.strides[axis] != step) return false;
    step *= tensor.shape[axis];
  }
  return true;
}

class TensorReader {
 public:
  TensorReader(const FindRecord& find, std::uint64_t copy_limit) : find_(find), copies_left_(copy_limit) {}

  Result<Array> read(const Tensor& tensor, const Storage& storage) {
    const auto bytes = bytes_of(tensor.shape, storage.dtype);
    if (!bytes) return wrong("expected a shape of 0 or more and less than 2^63 bytes, got " + to_string(tensor.shape));
    const std::size_t item = size_of(storage.dtype);
    if (*bytes / item > static_cast<std::uint64_t>(storage.elements))
      return wrong("expected at most the " + std::to_string(storage.elements) + " elements of its storage, got shape " +
                   to_string(tensor.shape));
    const auto end = span_end(tensor, *bytes == 0);
    if (!end || *end > storage.elements)
      return wrong("expected to lie within the " + std::to_string(storage.elements) + " elements of its storage, got " +
                   "shape " + to_string(tensor.shape) + ", strides " + to_string(tensor.strides) + " and offset " +
                   std::to_string(tensor.offset));
    const Result<Record> record = find_(storage);
    if (!record) return record.error();
    const auto declared = checked_multiply<std::uint64_t>(static_cast<std::uint64_t>(storage.record_elements), item);
    if (declared != record.value().bytes.size())
      return wrong("expected a storage of " + std::to_string(storage.record_elements) + " elements of " +
                   std::string(name(storage.dtype)) + ", got " + std::to_string(record.value().bytes.size()) +
                   " bytes");
    if (*bytes == 0) return Array::empty(tensor.shape, storage.dtype);
    const auto start = static_cast<std::size_t>(storage.offset + tensor.offset) * item;
    if (contiguous(tensor))
      return charged(record.value().bytes.subspan(start, *bytes), tensor, storage.dtype, record.value().owner);
    return strided(record.value().bytes.subspan(start, static_cast<std::size_t>(*end - tensor.offset) * item), tensor,
                   storage.dtype, *bytes);
  }

 private:
  static Error wrong(const std::string& message) { return Error(Errc::tensor_size, message); }

  // One past the highest element that is touched; nothing when that does not fit or a stride or the offset is negative.
  static std::optional<std::int64_t> span_end(const Tensor& tensor, bool none) {
    std::optional<std::int64_t> last = tensor.offset;
    if (tensor.offset < 0) return std::nullopt;
    for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
      if (tensor.strides[axis] < 0) return std::nullopt;
      if (none) continue;
      const auto reach = checked_multiply(tensor.shape[axis] - 1, tensor.strides[axis]);
      last = reach ? checked_add(*last, *reach) : std::nullopt;
      if (!last) return std::nullopt;
    }
    return none ? last : checked_add(*last, std::int64_t{1});
  }

  std::optional<Error> charge(std::uint64_t bytes) {
    if (bytes > copies_left_)
      return Error(Errc::limit_memory, "expected tensors of about the file's size, got more that overlap in storage");
    copies_left_ -= bytes;
    return std::nullopt;
  }

  Result<Array> charged(std::span<const std::byte> bytes, const Tensor& tensor, DType dtype,
                        const std::shared_ptr<const void>& owner) {
    const bool view = reinterpret_cast<std::uintptr_t>(bytes.data()) % size_of(dtype) == 0;
    if (!view)
      if (auto error = charge(bytes.size())) return *error;
    return tensor_over(bytes, tensor.shape, dtype, owner);
  }

  // `from`: all that the strides reach.
  Result<Array> strided(std::span<const std::byte> from, const Tensor& tensor, DType dtype, std::uint64_t bytes) {
    if (auto error = charge(bytes)) return *error;
    Array aligned;
    if (reinterpret_cast<std::uintptr_t>(from.data()) % size_of(dtype) != 0) {
      if (auto error = charge(from.size())) return *error;
      aligned = Array::empty({static_cast<std::int64_t>(from.size() / size_of(dtype))}, dtype);
      std::memcpy(aligned.data(), from.data(), from.size());
      from = {aligned.data(), from.size()};
    }
    Array copy = Array::empty(tensor.shape, dtype);
    strided_copy(copy.data(), from.data(), tensor.shape, tensor.strides, size_of(dtype));
    return tensor_over({copy.data(), bytes}, tensor.shape, dtype, std::make_shared<const Array>(copy));
  }

  const FindRecord& find_;
  std::uint64_t copies_left_;
};

}  // namespace

Result<StateDict> state_dict_of(const Pickle& pickle, const FindRecord& find, std::uint64_t copy_limit) {
  const Dict* dict = find_state_dict(pickle);
  if (dict == nullptr)
    return Error(Errc::model_format,
                 "expected a dict of tensors, got " + std::string(kind(pickle[pickle.root])) + "; save a state_dict()");
  StateDict result;
  TensorReader reader(find, copy_limit);
  for (const auto& [key, value] : dict->items) {
    const auto* name = pickle.get_if<std::string_view>(key);
    const Tensor* tensor = pickle.get_if<Tensor>(value);
    if (name == nullptr || tensor == nullptr) continue;
    Result<Array> array = reader.read(*tensor, *pickle.get_if<Storage>(tensor->storage));
    if (!array) return Error(array.error().code(), "tensor " + shown(*name) + ": " + array.error().what());
    if (!result.tensors.emplace(*name, std::move(array).value()).second)
      return Error(Errc::corrupt, "expected each name once, got tensor " + shown(*name) + " twice");
  }
  if (result.tensors.empty())
    return Error(Errc::model_format, "expected a dict of tensors, got one without any; save a state_dict()");
  return result;
}

}  // namespace fovea::model::pickle
