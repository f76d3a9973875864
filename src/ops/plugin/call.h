#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fovea_op.h"
#include "ops/op.h"

namespace fovea::ops {

// What a plug-in's op is bound to: one value a parameter, in the order of their declaration.
struct PluginParams {
  const fovea_op* op = nullptr;
  std::vector<Value> values;
};

// Op::bind and Op::infer of a plug-in's op. Infer throws Error(internal) for a type or shape that cannot be.
std::shared_ptr<void> bind_plugin(const Op&, const Params&);
TensorSpec infer_plugin(const void* params, std::span<const TensorSpec> inputs);

// Runs the op's body for the device. Throws what its status stands for.
void call_body(const PluginParams&, Device::Kind, void* stream, std::span<const fovea_tensor> inputs,
               const fovea_tensor& output);

// The array as the plug-in sees it: its shape and strides are pointed to.
fovea_tensor tensor_of(const Array&);

// Throws Error(internal): `op: ` + message.
[[noreturn]] void blame(const fovea_op&, const std::string& message);

}  // namespace fovea::ops
