#pragma once
#include <optional>
#include <string>

#include "model/zoo/download.h"
#include "model/zoo/partial_file.h"

namespace fovea::model {

struct TransferEnd {
  long status = 0;                   // of HTTP; 0 when no answer came
  bool cut = false;                  // bytes may be missing; another attempt may bring them
  std::optional<std::string> fault;  // what happened, in words; nothing when all bytes came
};

// One request, from the end of the part. A server that cannot continue makes the part start over. Throws Error for what
// the disk, the limit or the progress function refuse.
TransferEnd transfer(const Download&, PartialFile&);

}  // namespace fovea::model
