#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fovea/array.h"
#include "fovea/model.h"

namespace fovea::cli {

// What a network is timed on and int8 calibrated by, ours and the peers': up to 32 of the operands' pictures, evenly
// spread over them and made ready for the model; without operands 8 pictures of random bytes.
class NetworkPictures {
 public:
  // Throws Error: nothing_to_do for operands without pictures, else what reading a picture says, with its path.
  NetworkPictures(const Model&, const std::vector<std::string>& operands);
  ~NetworkPictures();
  NetworkPictures(const NetworkPictures&) = delete;
  NetworkPictures& operator=(const NetworkPictures&) = delete;

  Array batch(std::int64_t count) const;  // f32 [count, channels, crop, crop], from the first on, round and round
  // The model, which is in f32, in the precision; int8 calibrated by all of the pictures.
  Model in_precision(const Model&, Precision) const;
  // {"file": path, "shape": [n, channels, crop, crop]}: all of them as raw f32, as long as this lives.
  nlohmann::json for_peers() const;

 private:
  Array all_;
  int file_ = -1;  // in memory, so that nothing is left behind
};

}  // namespace fovea::cli
