#include "array/keep.h"

#include "device/keep_alive.h"

namespace fovea {

void keep(std::vector<Array> arrays, const Stream& stream) {
  if (!arrays.empty()) keep_alive(stream, std::make_shared<const std::vector<Array>>(std::move(arrays)));
}

}  // namespace fovea
