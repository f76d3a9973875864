#pragma once
#include "kernel/view.h"

namespace fovea::ops {

enum class Method { direct, separable, fft };

}  // namespace fovea::ops
