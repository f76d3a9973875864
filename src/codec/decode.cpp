#include <limits>
#include <new>
#include <string>

#include "codec/codec.h"
#include "codec/orient.h"
#include "codec/sniff.h"

namespace fovea {
namespace codec {
namespace {

struct Found {
  const Codec* codec;
  ImageInfo info;
};

// shrinks: a picture that its codec can scale may take less than its header says, and the codec's decode() checks it.
Result<Found> inspect(Bytes bytes, Limits limits, bool shrinks) {
  if (bytes.empty()) return Error(Errc::empty, "image: expected a picture, got 0 bytes");
  if (limits.max_encoded_bytes < 0 || bytes.size() > static_cast<std::uint64_t>(limits.max_encoded_bytes))
    return Error(Errc::limit_bytes, "image: " + std::to_string(bytes.size()) + " bytes, limit " +
                                        std::to_string(limits.max_encoded_bytes));
  const Codec* codec = find_codec(bytes);
  if (!codec) return Error(Errc::unknown_format, "image: no codec knows these bytes: " + describe_unknown(bytes));
  if (shrinks && codec->scales) limits.max_decoded_bytes = std::numeric_limits<std::int64_t>::max();
  Result<ImageInfo> info = codec->probe(bytes, limits);
  if (!info) return info.error();
  return Found{codec, info.value()};
}

}  // namespace

Result<DecodedImage> decode(Bytes bytes, const DecodeOptions& options, const std::shared_ptr<Memory>& memory,
                            const Admit& admit, RowSink* sink) {
  if (options.channels != 1 && options.channels != 3 && options.channels != 4)
    throw Error(Errc::invalid_argument, "decode: expected 1, 3 or 4 channels, got " + std::to_string(options.channels));
  if (options.background < -1 || options.background > 0xffffff)
    throw Error(Errc::invalid_argument,
                "decode: expected a background from 0 to 0xffffff or -1, got " + std::to_string(options.background));
  if (options.shrink_to < 0)
    throw Error(Errc::invalid_argument,
                "decode: expected shrink_to of at least 0, got " + std::to_string(options.shrink_to));
  try {
    const Result<Found> found = inspect(bytes, options.limits, options.shrink_to > 0);
    if (!found) return found.error();
    const ImageInfo& info = found.value().info;
    const bool turned = options.orient && info.orientation > 1;
    const Admission admission(memory, options.limits, turned, admit);
    const Codec& codec = *found.value().codec;
    Result<Array> stored = sink && !turned && codec.decode_rows
                               ? codec.decode_rows(bytes, info, options, admission, *sink)
                               : codec.decode(bytes, info, options, admission);
    if (!stored) return stored.error();
    Array pixels = options.orient ? upright(stored.value(), info.orientation, memory) : stored.value();
    return DecodedImage{std::move(pixels), info};
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(Errc::out_of_memory, "image: no memory for a decoder's working space");
  }
}

}  // namespace codec

Result<ImageInfo> probe(std::span<const std::byte> bytes, const Limits& limits) {
  const Result<codec::Found> found = codec::inspect(bytes, limits, false);
  if (!found) return found.error();
  return found.value().info;
}

Result<DecodedImage> decode(std::span<const std::byte> bytes, const DecodeOptions& options) {
  return codec::decode(bytes, options, host_memory());
}

}  // namespace fovea
