#include "pipeline/admitted_decode.h"

#include <chrono>

namespace fovea::pipeline {

Result<DecodedImage> decode_admitted(codec::Bytes bytes, const DecodeOptions& options,
                                     const std::shared_ptr<Memory>& memory, Budget& budget, Budget::Lease& lease,
                                     StageTimes& times, const std::function<std::int64_t(std::int64_t decoded)>& peak) {
  const auto admit = [&](std::int64_t decoded) {
    const std::int64_t needed = peak ? peak(decoded) : decoded;
    const auto start = std::chrono::steady_clock::now();
    lease = budget.admit(needed);
    times.add({"decode", -std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 0});
  };
  const StageTimes::Scope timer(times, "decode");
  return codec::decode(bytes, options, memory, admit);
}

}  // namespace fovea::pipeline
