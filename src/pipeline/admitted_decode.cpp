#include "pipeline/admitted_decode.h"

#include <chrono>

namespace fovea::pipeline {

Result<DecodedImage> decode_admitted(codec::Bytes bytes, const DecodeOptions& options,
                                     const std::shared_ptr<Memory>& memory, Budget& budget, Budget::Lease& lease,
                                     StageTimes& times, std::int64_t (*peak)(std::int64_t decoded)) {
  const auto admit = [&](std::int64_t decoded) {
    const auto start = std::chrono::steady_clock::now();
    lease = budget.admit(peak(decoded));
    times.add({"decode", -std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 0});
  };
  const StageTimes::Scope timer(times, "decode");
  return codec::decode(bytes, options, memory, admit);
}

}  // namespace fovea::pipeline
