#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "fovea/model.h"
#include "model/pickle/value.h"

namespace fovea::model::pickle {

// The bytes of a storage, all its elements.
struct Record {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};
using FindRecord = std::function<Result<Record>(const Storage&)>;

// The tensors of the root dict, or of the dict that it holds as state_dict, model or model_state_dict; other entries
// are ignored. Contiguous tensors are views of their record where they can be; those copied take `copy_limit` bytes at
// most. Errors: model_format, tensor_size, limit_memory and those of `find`.
Result<StateDict> state_dict_of(const Pickle&, const FindRecord& find, std::uint64_t copy_limit);

}  // namespace fovea::model::pickle
