#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>
#include <string>

#include "codec/byte_order.h"
#include "codec/codec.h"
#include "codec/exif.h"
#include "codec/pixels.h"

namespace fovea::codec {
namespace {

using Demuxer = std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)>;

Error failure(VP8StatusCode code) {
  switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY:
      return Error(Errc::out_of_memory, "webp: no memory for the decoder's working space");
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      return Error(Errc::truncated, "webp: the picture's data ends early");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return Error(Errc::unsupported, "webp: the file uses a feature that the decoder does not have");
    default:
      return Error(Errc::corrupt, "webp: the bitstream is damaged");
  }
}

// The RIFF file inside the bytes.
Result<Bytes> container(Bytes bytes) {
  const Error truncated(Errc::truncated, "webp: the file is shorter than its RIFF header says");
  if (bytes.size() < 12) return truncated;
  const std::uint64_t size = std::uint64_t{little32(bytes, 4)} + 8;
  if (size < 20) return Error(Errc::corrupt, "webp: the RIFF header claims fewer bytes than a picture needs");
  if (size > bytes.size()) return truncated;
  return bytes.first(static_cast<std::size_t>(size));
}

Demuxer demux(Bytes riff) {
  const WebPData data{u8(riff), riff.size()};
  return {WebPDemux(&data), WebPDemuxDelete};
}

bool matches(Bytes bytes) {
  return begins_like(bytes, "RIFF") && (bytes.size() <= 8 || begins_like(bytes.subspan(8), "WEBP") ||
                                        (bytes.size() == 9 && byte_at(bytes, 8) == 'W'));
}

Result<ImageInfo> probe(Bytes bytes, const Limits& limits) {
  const Result<Bytes> riff = container(bytes);
  if (!riff) return riff.error();
  WebPBitstreamFeatures features;
  const VP8StatusCode code = WebPGetFeatures(u8(riff.value()), riff.value().size(), &features);
  if (code != VP8_STATUS_OK) return failure(code);
  ImageInfo info;
  info.format = "webp";
  info.channels = features.has_alpha ? 4 : 3;
  Result<ImageInfo> sized =
      check_size(info, static_cast<std::uint64_t>(features.width), static_cast<std::uint64_t>(features.height), limits);
  if (!sized) return sized;
  info = sized.value();

  const Demuxer demuxer = demux(riff.value());
  if (!demuxer) return Error(Errc::corrupt, "webp: the chunks of the file do not fit together");
  std::uint64_t metadata = 0;
  for (const char* name : {"ICCP", "EXIF", "XMP "}) {
    WebPChunkIterator chunk{};
    if (WebPDemuxGetChunk(demuxer.get(), name, 1, &chunk)) {
      metadata += chunk.chunk.size;
      if (name[0] == 'E')
        info.orientation = exif_orientation(std::as_bytes(std::span(chunk.chunk.bytes, chunk.chunk.size)));
    }
    WebPDemuxReleaseChunkIterator(&chunk);
  }
  if (auto error = check_metadata("webp", metadata, limits)) return *error;
  return info;
}

// The bytes of libwebp's own pictures: a lossless stream's pixels, beside which a lossy one has its alpha.
std::int64_t working_bytes(const WebPIterator& frame) {
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &features) != VP8_STATUS_OK) return 0;
  constexpr int lossless = 2;
  return picture_bytes(frame.height, frame.width, features.format == lossless ? 4 : features.has_alpha ? 5 : 0);
}

struct Frame {
  WebPIterator iterator{};
  ~Frame() { WebPDemuxReleaseIterator(&iterator); }
};

// VP8_STATUS_USER_ABORT when it was stopped.
VP8StatusCode decode_in_pieces(const WebPData& data, WebPDecoderConfig& config, const DecodeOptions& options) {
  constexpr std::size_t piece = std::size_t{64} << 10;
  VP8StatusCode code = WebPGetFeatures(data.bytes, data.size, &config.input);
  if (code != VP8_STATUS_OK) return code;
  const std::unique_ptr<WebPIDecoder, void (*)(WebPIDecoder*)> decoder(WebPIDecode(data.bytes, data.size, &config),
                                                                       WebPIDelete);
  if (!decoder) return VP8_STATUS_OUT_OF_MEMORY;
  code = VP8_STATUS_SUSPENDED;
  for (std::size_t end = 0; code == VP8_STATUS_SUSPENDED && end < data.size;) {
    if (stopped(options)) return VP8_STATUS_USER_ABORT;
    end += std::min(piece, data.size - end);
    code = WebPIUpdate(decoder.get(), data.bytes, end);
  }
  return code;
}

Result<Array> decode(Bytes bytes, const ImageInfo& info, const DecodeOptions& options, const Admission& admission) {
  const Result<Bytes> riff = container(bytes);
  if (!riff) return riff.error();
  const Demuxer demuxer = demux(riff.value());
  Frame frame;
  if (!demuxer || !WebPDemuxGetFrame(demuxer.get(), 1, &frame.iterator))
    return Error(Errc::corrupt, "webp: the file has no picture");
  const WebPIterator& first = frame.iterator;
  const bool whole = first.width == info.width && first.height == info.height;
  if (first.x_offset < 0 || first.y_offset < 0 || first.width > info.width - first.x_offset ||
      first.height > info.height - first.y_offset)
    return Error(Errc::corrupt, "webp: the first frame lies outside the canvas");

  const Target target{options.channels, options.background};
  const bool alpha = (info.channels == 4 || !whole) && target.wants_alpha();
  const int stored = alpha || options.channels == 4 ? 4 : 3;
  const bool direct = stored == options.channels && !(alpha && options.background >= 0);
  const std::int64_t beside = working_bytes(first) + (direct ? 0 : picture_bytes(info.height, info.width, stored));
  if (auto error = admission.ask(info, picture_bytes(info.height, info.width, options.channels), beside)) return *error;
  const Shape shape{info.height, info.width, stored};
  const Array canvas =
      whole ? Array::empty(shape, DType::u8, admission.memory()) : Array::zeros(shape, DType::u8, admission.memory());

  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return Error(Errc::internal, "webp: the library is of another version");
  const std::size_t stride = static_cast<std::size_t>(info.width) * static_cast<std::size_t>(stored);
  const std::size_t offset = static_cast<std::size_t>(first.y_offset) * stride +
                             static_cast<std::size_t>(first.x_offset) * static_cast<std::size_t>(stored);
  config.output.colorspace = stored == 4 ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = u8(canvas) + offset;
  config.output.u.RGBA.stride = static_cast<int>(stride);
  config.output.u.RGBA.size = stride * static_cast<std::size_t>(info.height) - offset;
  const VP8StatusCode code = decode_in_pieces(first.fragment, config, options);
  const bool sized = config.input.width == first.width && config.input.height == first.height;
  WebPFreeDecBuffer(&config.output);
  if (code == VP8_STATUS_USER_ABORT) return timed_out("webp");
  if (code != VP8_STATUS_OK) return failure(code);
  if (!sized) return Error(Errc::corrupt, "webp: the frame and its bitstream disagree about the size");
  if (direct) return canvas;

  const Array pixels = Array::empty({info.height, info.width, options.channels}, DType::u8, admission.memory());
  const auto width = static_cast<std::size_t>(info.width);
  for (std::size_t y = 0; y < static_cast<std::size_t>(info.height); ++y)
    convert_row(u8(canvas) + y * stride, stored == 4 ? Layout::rgba : Layout::rgb,
                u8(pixels) + y * width * static_cast<std::size_t>(options.channels), width, target);
  return pixels;
}

}  // namespace

Codec webp_codec() {
  return {"webp", matches, probe, decode};
}

}  // namespace fovea::codec
