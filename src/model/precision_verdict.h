#pragma once
#include <span>

#include "fovea/precision.h"

namespace fovea::model {

inline constexpr double worthwhile = 1.05;  // times f32's speed; measurements differ by a few percent

// Sets every verdict and returns the index of the chosen one. The first result is f32's.
std::size_t judge(std::span<PrecisionResult>, double agreement);

// Adds logits [n, classes] to a result, beside those of f32. Equal logits: the first class counts. A picture with a
// logit that is NaN or infinite does not agree.
void compare(PrecisionResult&, const Array& logits, const Array& wanted);

}  // namespace fovea::model
