#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "fovea/image.h"
#include "fovea/model.h"

namespace fovea {

// How far another way to the network's input leads from the exact one.
struct Agreement {
  std::int64_t pictures = 0;             // compared
  std::int64_t equal = 0;                // whose inputs are the same to the bit
  double max_pixel = 0, mean_pixel = 0;  // absolute difference of the inputs, in levels of 0 to 255
  double max_logit = 0, mean_logit = 0;  // of each picture's most distant logit: the most, and the mean over pictures
  std::int64_t top1_flips = 0;           // whose most probable class is another
};

struct ParityReport {
  std::int64_t pictures = 0, failed = 0;  // added; of these, with an error
  Agreement fast, draft;                  // JPEGs scaled while they are decoded: DecodeScale
  Agreement portable;                     // prepare_image's portable body, in place of the fastest
  Agreement peer;                         // inputs that were given with the pictures
  double exact_seconds = 0, fast_seconds = 0, draft_seconds = 0;  // decoding and preparing, of one thread
};

// Compares ways from pictures to a model's input, and what the network makes of them. One thread at a time.
class Parity {
 public:
  // `decode` is the exact way; its channels are the model's, and shrink_to is not heeded.
  explicit Parity(const Model&, const DecodeOptions& decode = {});
  ~Parity();
  Parity(const Parity&) = delete;
  Parity& operator=(const Parity&) = delete;

  // One encoded picture, and if there is one, f32 [channels, crop, crop] that someone else prepared from it. Returns
  // the picture's error, which is counted and compared no further. Costs four decodings and preparations and a run of
  // the network for each input that differs. Throws Error: invalid_argument for a peer of another type or shape, those
  // of Model::run().
  std::optional<Error> add(std::span<const std::byte> picture, const Array* peer = nullptr);

  const ParityReport& report() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fovea
