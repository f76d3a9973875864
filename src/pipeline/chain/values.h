#pragma once
#include "fovea/ops.h"
#include "pipeline/chain/text.h"

namespace fovea::pipeline {

// A parameter's value from its text: 3, 0.5, yes, bilinear, 3x5. Throws refusal().
ops::Value read_value(const ops::ParamInfo&, const Word& text);
// A whole number from `least` to `most`.
std::int64_t read_whole(const Word& text, std::int64_t least, std::int64_t most);
bool read_yes(const Word& text);

// The arguments of a step as values of these parameters, each at most once; the value behind the step's name is the
// first parameter's. Throws refusal().
ops::Params read_params(const StepText&, const std::vector<ops::ParamInfo>&);

}  // namespace fovea::pipeline
