#include "codec/jpeg/decoding.h"

#include "codec/jpeg/reconstruction.h"
#include "codec/pixels.h"

namespace fovea::codec::jpeg {
namespace {

// Larger pictures have left the caches before they are read: writing past these took 7 % off 36 MB.
constexpr std::int64_t cached_picture_bytes = 24 << 20;

// The thread's reader while no decoding has it.
thread_local std::unique_ptr<CoefficientReader> kept;

std::unique_ptr<CoefficientReader> take_reader() {
  return kept ? std::move(kept) : std::make_unique<CoefficientReader>();
}

}  // namespace

Decoding::Decoding(std::unique_ptr<CoefficientReader> reader, const Geometry& geometry)
    : reader_(std::move(reader)), geometry_(geometry) {
  for (std::size_t c = 0; c < 3; ++c) dc_only_[c] = geometry_.planes[c].size == 1;
}

Decoding::~Decoding() {
  if (!reader_) return;
  reader_->close();
  kept = std::move(reader_);
}

std::optional<Decoding> Decoding::open(Bytes bytes, const ImageInfo& info, int eighths) {
  std::unique_ptr<CoefficientReader> reader = take_reader();
  std::optional<Geometry> geometry;
  if (reader->open(bytes) && reader->frame().width == info.width && reader->frame().height == info.height)
    geometry = jpeg::geometry(reader->frame(), eighths);
  Decoding decoding(std::move(reader), geometry.value_or(Geometry{}));
  return geometry ? std::optional(std::move(decoding)) : std::nullopt;
}

bool Decoding::write(RowOutput& output, const DecodeOptions& options, const std::shared_ptr<Memory>& memory) {
  if (!reader_->start(dc_only_, memory, options.stop)) return false;
  output.only_window();
  const RowWindow& wanted = output.window();
  const Window window{static_cast<int>(wanted.left), static_cast<int>(wanted.top), static_cast<int>(wanted.right),
                      static_cast<int>(wanted.bottom)};
  const bool grey = frame().colour == Colour::grey && options.channels == 1, direct = grey || options.channels == 3;
  // Rows of scratch are not the picture's memory, and not counted.
  Reconstruction pixels(frame(), geometry_, window, grey ? RowFormat::grey : RowFormat::rgb, host_memory());
  const auto width = static_cast<std::size_t>(window.right - window.left);
  std::vector<std::uint8_t> rgb(direct ? 0 : 3 * width);
  const Target target{options.channels, options.background};
  const bool past_caches = direct && output.picture().data() != nullptr &&
                           picture_bytes(geometry_.height, geometry_.width, options.channels) > cached_picture_bytes;

  const Range needed = pixels.mcu_rows();
  McuRow row;
  for (int i = 0; i < frame().mcus_down; ++i) {
    if (stopped(options) || !reader_->next(row)) return false;
    if (i < needed.begin || i >= needed.end) continue;
    const Range made = pixels.add(row);
    for (int y = made.begin; y < made.end; ++y) {
      std::uint8_t* const to = output.next() + std::int64_t{window.left} * options.channels;
      pixels.write(y, direct ? to : rgb.data(), past_caches);
      if (!direct) convert_row(rgb.data(), Layout::rgb, to, width, target);
      output.wrote(1);
    }
  }
  return reader_->finish();
}

}  // namespace fovea::codec::jpeg
