#pragma once
#include <string>

#include "codec/codec.h"

namespace fovea::codec {

// The codec whose magic the bytes begin with, or nullptr.
const Codec* find_codec(Bytes);

// What bytes that no codec knows look like, for the error message.
std::string describe_unknown(Bytes);

}  // namespace fovea::codec
