#include "model/pickle/globals.h"

#include <array>
#include <string>

#include "model/tensor_bytes.h"

namespace fovea::model::pickle {
namespace {

struct Allowed {
  std::string_view module, name;
  Function function;
};
constexpr std::array allowed{
    Allowed{"collections", "OrderedDict", Function::ordered_dict},
    Allowed{"torch._utils", "_rebuild_tensor", Function::rebuild_tensor},
    Allowed{"torch._utils", "_rebuild_tensor_v2", Function::rebuild_tensor_v2},
    Allowed{"torch._utils", "_rebuild_parameter", Function::rebuild_parameter},
};

constexpr std::array<std::pair<std::string_view, DType>, 12> storages{{
    {"BoolStorage", DType::boolean},
    {"ByteStorage", DType::u8},
    {"CharStorage", DType::i8},
    {"ShortStorage", DType::i16},
    {"IntStorage", DType::i32},
    {"LongStorage", DType::i64},
    {"HalfStorage", DType::f16},
    {"BFloat16Storage", DType::bf16},
    {"FloatStorage", DType::f32},
    {"DoubleStorage", DType::f64},
    {"UntypedStorage", DType::u8},
    {"_UntypedStorage", DType::u8},
}};

constexpr std::array<std::string_view, 12> unsupported{
    "torch._utils._rebuild_sparse_tensor",
    "torch._utils._rebuild_sparse_csr_tensor",
    "torch._utils._rebuild_qtensor",
    "torch._utils._rebuild_meta_tensor_no_storage",
    "torch._utils._rebuild_nested_tensor",
    "torch._utils._rebuild_wrapper_subclass",
    "torch.ComplexFloatStorage",
    "torch.ComplexDoubleStorage",
    "torch.QInt8Storage",
    "torch.QUInt8Storage",
    "torch.QInt32Storage",
    "torch.QUInt4x2Storage",
};

}  // namespace

Result<Value> lookup_global(std::string_view module, std::string_view name) {
  for (const Allowed& entry : allowed)
    if (entry.module == module && entry.name == name) return Value(entry.function);
  if (module == "torch" || module == "torch.storage")
    for (const auto& [storage, dtype] : storages)
      if (storage == name) return Value(StorageType{dtype});
  const std::string dotted = std::string(module) + "." + std::string(name);
  for (std::string_view kind : unsupported)
    if (kind == dotted)
      return Error(Errc::unsupported,
                   "expected dense tensors of plain numbers, got " + dotted + "; save dense float tensors instead");
  return Error(Errc::pickle_global, "expected only the names that tensors need, got " + shown(dotted) +
                                        ", which was not run; save the model's state_dict() only");
}

}  // namespace fovea::model::pickle
