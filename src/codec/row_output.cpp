#include "codec/row_output.h"

#include <algorithm>

#include "codec/byte_order.h"

namespace fovea::codec {
namespace {

constexpr std::int64_t slack = 128;  // bytes behind a strip, for readers by wide vectors

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
  output.size_.strip_rows = std::min(size.strip_rows, size.height);
  const std::int64_t strip = picture_bytes(output.size_.strip_rows, size.width, size.channels);
  if (auto error = admission.ask_for_strip(info, pixels, strip, size.beside)) return *error;
  output.strip_ = Array::empty({strip + slack}, DType::u8, admission.memory());
  for (std::int64_t r = 0; r < output.size_.strip_rows; ++r)
    output.rows_.push_back(u8(output.strip_) + r * size.width * size.channels);
  return output;
}

void RowOutput::only_window() {
  first_ = sink_ ? window_.top : 0;
  end_ = window_.bottom;
}

void RowOutput::restart() {
  if (sink_) sink_->begin(info_, size_.height, size_.width);
  first_ = filled_ = 0;
  end_ = size_.height;
}

std::uint8_t* RowOutput::next() const {
  return u8(sink_ ? strip_ : whole_) + filled_ * size_.width * size_.channels;
}

std::int64_t RowOutput::room() const {
  return std::min(size_.strip_rows - (first_ + filled_) % size_.strip_rows, end_ - first_ - filled_);
}

void RowOutput::wrote(std::int64_t rows) {
  filled_ += rows;
  const std::int64_t behind = first_ + filled_;
  if (!sink_ || (behind % size_.strip_rows != 0 && behind < end_)) return;
  sink_->rows(first_, std::span(rows_).first(static_cast<std::size_t>(filled_)), slack);
  first_ = behind;
  filled_ = 0;
}

}  // namespace fovea::codec
