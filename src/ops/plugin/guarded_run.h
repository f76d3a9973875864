#pragma once
#include <span>

#include "ops/plugin/call.h"

namespace fovea::ops {

// Runs the CPU body twice as set_plugin_checks() says and puts the result into `output`. Throws Error(internal) that
// names the first fault found.
void guarded_run(const PluginParams&, std::span<const fovea_tensor> inputs, const fovea_tensor& output);

}  // namespace fovea::ops
