#include "ops/dispatch/no_kernel.h"

#include <algorithm>

namespace fovea::ops {
namespace {

constexpr DType all_types[] = {DType::boolean, DType::u8,   DType::i8,  DType::u16, DType::i16, DType::i32, DType::i64,
                               DType::f16,     DType::bf16, DType::f32, DType::f64, DType::c64, DType::c128};

void append(std::string& list, std::string_view word) {
  list += (list.empty() ? "" : ", ") + std::string(word);
}

// Whether some row takes the call with this type instead of the first input's.
bool takes_type(const Op& op, const Call& call, DType dtype, std::span<const Row> rows) {
  std::vector<TensorSpec> inputs(call.inputs.begin(), call.inputs.end());
  const DType old = inputs.front().dtype;
  for (TensorSpec& input : inputs)
    if (input.dtype == old) input.dtype = dtype;
  try {
    Call other{call.params, inputs, op.infer(call.params, inputs)};
    for (const Row& row : rows)
      if (takes(row, other)) return true;
  } catch (const Error&) {
  }
  return false;
}

}  // namespace

int output_block(const Row& row, const Call& call) {
  if (call.output.shape.size() != 4) return 1;
  if (!row.block) return call.inputs.empty() ? 1 : call.inputs.front().block;
  const int wanted = row.block();
  return wanted == 0 ? static_cast<int>(std::max<std::int64_t>(call.output.shape[1], 1)) : wanted;
}

bool takes(const Row& row, Call& call) {
  call.output.block = output_block(row, call);
  return row.supports(call);
}

Error no_kernel(const Op& op, const Call& call, Device::Kind device, std::span<const Row> all) {
  const std::string where = device == Device::Kind::cpu ? "cpu" : "cuda";
  std::vector<Row> rows;
  for (const Row& row : all)
    if (row.op == op.name && row.device == device) rows.push_back(row);
  std::string inputs, types, variants;
  for (const TensorSpec& spec : call.inputs) append(inputs, std::string(name(spec.dtype)) + to_string(spec.shape));
  if (!call.inputs.empty())
    for (const DType dtype : all_types)
      if (takes_type(op, call, dtype, rows)) append(types, name(dtype));
  for (const Row& row : rows) append(variants, row.variant);
  std::string text = std::string(op.name) + ": no " + where + " kernel" + (inputs.empty() ? "" : " for " + inputs);
  if (!variants.empty())
    text += " (available: " + (types.empty() ? "none of these shapes and parameters" : types) +
            "; variants: " + variants + ")";
  else if (const std::string reason = device == Device::Kind::cuda ? unusable_reason(Device::cuda()) : "";
           !reason.empty())
    text += ": cuda ops cannot be used: " + reason;
  else
    text += " (available: none)";
  return Error(Errc::unsupported, text);
}

}  // namespace fovea::ops
