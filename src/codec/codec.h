#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "codec/admission.h"
#include "codec/row_sink.h"
#include "fovea/image.h"

namespace fovea::codec {

using Bytes = std::span<const std::byte>;

// One file format. Every function is thread-safe, takes untrusted bytes, and neither throws nor prints;
// only `decode` may let an Error of `memory` through.
struct Codec {
  std::string_view name;
  bool (*matches)(Bytes head);  // by magic bytes; at least two bytes, all of which may be a part of the magic
  Result<ImageInfo> (*probe)(Bytes, const Limits&);
  // u8 [height, width, options.channels], as stored: orientation is applied by the caller. `info` has passed
  // check_size(); max_decoded_bytes is the admission's to check. Asks the admission before it allocates anything of the
  // picture's size.
  Result<Array> (*decode)(Bytes, const ImageInfo& info, const DecodeOptions&, const Admission&);
  bool scales = false;  // heeds DecodeOptions::shrink_to
  // As decode, but where the sink wants rows, it gets them, and the array is empty. Null: there is no such way.
  Result<Array> (*decode_rows)(Bytes, const ImageInfo& info, const DecodeOptions&, const Admission&,
                               RowSink&) = nullptr;
};

// All codecs, in the order of their file names.
const std::vector<Codec>& registry();

// `info` with its width and height, once the limits that hold for every format (pixels, sides, decoded bytes) allow
// them.
Result<ImageInfo> check_size(ImageInfo info, std::uint64_t width, std::uint64_t height, const Limits&);

// The error of a picture that needs more than max_decoded_bytes, or nothing.
std::optional<Error> check_decoded_bytes(const ImageInfo&, std::int64_t bytes, const Limits&);
// Whether decoding is to end with timed_out().
inline bool stopped(const DecodeOptions& options) {
  return options.stop && options.stop();
}
Error timed_out(std::string_view format);

// The error of metadata above max_metadata_bytes, or nothing.
std::optional<Error> check_metadata(std::string_view format, std::uint64_t bytes, const Limits&);

// decode() with pixels from `memory`. `admit` is called once for a picture whose headers are in order, and not for
// others. Rows of a picture that lies upright go to the sink, if there is one that wants them and its codec has a way;
// then the pixels are empty.
Result<DecodedImage> decode(Bytes, const DecodeOptions&, const std::shared_ptr<Memory>& memory, const Admit& admit = {},
                            RowSink* sink = nullptr);

}  // namespace fovea::codec
