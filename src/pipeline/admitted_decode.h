#pragma once
#include "codec/codec.h"
#include "pipeline/budget.h"
#include "pipeline/stage_times.h"

namespace fovea::pipeline {

// decode(), with the budget's leave for what `peak` makes of the decoder's bytes; `lease` must outlive the pixels. Time
// goes to "decode", without the wait.
Result<DecodedImage> decode_admitted(codec::Bytes, const DecodeOptions&, const std::shared_ptr<Memory>&, Budget&,
                                     Budget::Lease& lease, StageTimes&, std::int64_t (*peak)(std::int64_t decoded));

}  // namespace fovea::pipeline
