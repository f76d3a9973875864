#include "codec/codec.h"

namespace fovea::codec {

#define X(stem) Codec stem##_codec();
#include "codec_leaves.inc"
#undef X

const std::vector<Codec>& registry() {
  static const std::vector<Codec> codecs = {
#define X(stem) stem##_codec(),
#include "codec_leaves.inc"
#undef X
  };
  return codecs;
}

}  // namespace fovea::codec
