#pragma once
#include <functional>

#include "codec/codec.h"
#include "pipeline/budget.h"
#include "pipeline/deadline.h"
#include "pipeline/stage_times.h"

namespace fovea::pipeline {

// decode(), with the budget's leave for what `peak` makes of the decoder's bytes (nothing: these), until the deadline;
// `lease` must outlive the pixels. Time goes to "decode", without the wait.
Result<DecodedImage> decode_admitted(codec::Bytes, const DecodeOptions&, const std::shared_ptr<Memory>&, Budget&,
                                     Deadline&, Budget::Lease& lease, StageTimes&,
                                     const std::function<std::int64_t(std::int64_t decoded)>& peak,
                                     codec::RowSink* sink = nullptr);

}  // namespace fovea::pipeline
