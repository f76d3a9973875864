#include "codec/row_output.h"

#include <algorithm>

#include "codec/byte_order.h"

namespace fovea::codec {
namespace {

constexpr std::int64_t slack = 128;  // bytes behind a strip, for readers by wide vectors
// A strip is as high as fits into the second cache: decoder and sink take the first one from each other.
constexpr std::int64_t strip_bytes = std::int64_t{192} << 10;

}  // namespace

Result<RowOutput> RowOutput::make(const ImageInfo& info, const Size& size, const Admission& admission, RowSink* sink) {
  const RowWindow all{0, size.height, 0, size.width};
  const std::optional<RowWindow> wanted = sink ? sink->begin(info, size.height, size.width) : std::nullopt;
  if (!wanted) sink = nullptr;
  RowOutput output(size, sink, wanted.value_or(all));
  output.info_ = info;
  const std::int64_t pixels = picture_bytes(size.height, size.width, size.channels);
  if (!sink) {
    if (auto error = admission.ask(info, pixels, size.beside)) return *error;
    output.whole_ = Array::empty({size.height, size.width, size.channels}, DType::u8, admission.memory());
    return output;
  }
  const std::int64_t at_once = size.rows_at_once, row_bytes = size.width * size.channels;
  output.strip_rows_ = std::min(std::max<std::int64_t>(strip_bytes / row_bytes / at_once, 1) * at_once, size.height);
  const std::int64_t strip = output.strip_rows_ * row_bytes;
  if (auto error = admission.ask_for_strip(info, pixels, strip, size.beside)) return *error;
  output.strip_ = Array::empty({strip + slack}, DType::u8, admission.memory());
  for (std::int64_t r = 0; r < output.strip_rows_; ++r) output.rows_.push_back(u8(output.strip_) + r * row_bytes);
  return output;
}

void RowOutput::only_window() {
  first_ = sink_ ? window_.top : 0;
  end_ = window_.bottom;
}

void RowOutput::restart() {
  if (sink_ && !sink_->begin(info_, size_.height, size_.width))
    throw Error(Errc::internal, "image: expected a sink that wants rows as it did before, got one that does not");
  first_ = filled_ = 0;
  end_ = size_.height;
}

std::uint8_t* RowOutput::next() const {
  return u8(sink_ ? strip_ : whole_) + filled_ * size_.width * size_.channels;
}

std::int64_t RowOutput::room() const {
  const std::int64_t at = first_ + filled_, left = sink_ ? strip_rows_ - at % strip_rows_ : size_.rows_at_once;
  return std::min({size_.rows_at_once, left, end_ - at});
}

void RowOutput::wrote(std::int64_t rows) {
  filled_ += rows;
  const std::int64_t behind = first_ + filled_;
  if (!sink_ || (behind % strip_rows_ != 0 && behind < end_)) return;
  sink_->rows(first_, std::span(rows_).first(static_cast<std::size_t>(filled_)), slack);
  first_ = behind;
  filled_ = 0;
}

}  // namespace fovea::codec
