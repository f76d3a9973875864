#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "bench/peers.h"
#include "fovea/array.h"
#include "fovea/model.h"

namespace fovea::cli {

// The inputs of a network as Pillow prepares them, in a Python process ($FOVEA_PYTHON, else python3).
class PeerInputs {
 public:
  // Throws PeerFailure when there is no such process, or not what it needs.
  PeerInputs(const Preprocess&, bool orient);
  ~PeerInputs();
  PeerInputs(const PeerInputs&) = delete;
  PeerInputs& operator=(const PeerInputs&) = delete;

  std::string packages() const { return peers_.packages(); }
  // f32 [channels, crop, crop]. Throws PeerFailure for a picture that Pillow refuses, and for a process that ended.
  Array of(const std::filesystem::path& picture);
  bool alive() const { return peers_.alive(); }

 private:
  Peers peers_;
  nlohmann::json question_;
  std::filesystem::path folder_;
};

}  // namespace fovea::cli
