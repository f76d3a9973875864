#include "pipeline/admitted_decode.h"

#include <chrono>

namespace fovea::pipeline {

Result<DecodedImage> decode_admitted(codec::Bytes bytes, const DecodeOptions& options,
                                     const std::shared_ptr<Memory>& memory, Budget& budget, Deadline& deadline,
                                     Budget::Lease& lease, StageTimes& times,
                                     const std::function<std::int64_t(std::int64_t decoded)>& peak,
                                     codec::RowSink* sink) {
  const auto admit = [&](std::int64_t decoded) {
    const std::int64_t needed = peak ? peak(decoded) : decoded;
    const auto start = std::chrono::steady_clock::now();
    lease = budget.admit(needed);
    const double waited = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    deadline.give_back(waited);
    times.add({"decode", -waited, 0});
  };
  DecodeOptions timed = options;
  timed.stop = [&] { return deadline.over(); };
  const StageTimes::Scope timer(times, "decode");
  return codec::decode(bytes, timed, memory, admit, sink);
}

}  // namespace fovea::pipeline
