#include "codec/tiff_file.h"

#include <cstdarg>
#include <cstdio>
#include <new>

#include "codec/byte_order.h"

namespace fovea::codec {
namespace {

tmsize_t write_nothing(thandle_t, void*, tmsize_t) {
  return 0;
}
int close_nothing(thandle_t) {
  return 0;
}

}  // namespace

TiffFile::TiffFile(Bytes bytes, const Limits& limits) : bytes_(bytes) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), static_cast<tmsize_t>(limits.max_decoded_bytes));
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, this);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, this);
  const auto size = [](thandle_t self) -> toff_t { return static_cast<TiffFile*>(self)->bytes_.size(); };
  handle_.reset(TIFFClientOpenExt("tiff", "rm", this, read, write_nothing, seek, close_nothing, size, nullptr, nullptr,
                                  options.get()));
}

Error TiffFile::error() const {
  const std::string text = message_.empty() ? "the library gives no reason" : message_;
  if (past_limit_) return Error(Errc::limit_bytes, "tiff: " + text);
  return Error(past_end_ ? Errc::truncated : Errc::corrupt,
               "tiff: " + std::string(past_end_ ? "the file ends early: " : "") + text);
}

int TiffFile::on_error(TIFF*, void* self, const char* module, const char* format, va_list arguments) {
  auto& file = *static_cast<TiffFile*>(self);
  if (!file.message_.empty()) return 1;
  char text[256];
  std::vsnprintf(text, sizeof text, format, arguments);
  file.message_ = std::string(module ? module : "") + ": " + text;
  file.past_limit_ = file.message_.find("limit defined in open options") != std::string::npos;  // no code says so
  return 1;
}

int TiffFile::on_warning(TIFF* tiff, void* self, const char* module, const char* format, va_list arguments) {
  if (static_cast<TiffFile*>(self)->reading_pixels_) on_error(tiff, self, module, format, arguments);
  return 1;
}

tmsize_t TiffFile::read(thandle_t self, void* target, tmsize_t size) {
  auto& file = *static_cast<TiffFile*>(self);
  if (size <= 0) return 0;
  const std::uint64_t left = file.position_ < file.bytes_.size() ? file.bytes_.size() - file.position_ : 0;
  const std::uint64_t n = std::min<std::uint64_t>(left, static_cast<std::uint64_t>(size));
  if (n < static_cast<std::uint64_t>(size)) file.past_end_ = true;
  if (n > 0) std::memcpy(target, file.bytes_.data() + file.position_, n);
  file.position_ += n;
  return static_cast<tmsize_t>(n);
}

toff_t TiffFile::seek(thandle_t self, toff_t offset, int whence) {
  auto& file = *static_cast<TiffFile*>(self);
  if (whence == SEEK_CUR) offset += file.position_;
  if (whence == SEEK_END) offset += file.bytes_.size();
  if (offset > file.bytes_.size()) file.past_end_ = true;
  return file.position_ = offset;
}

}  // namespace fovea::codec
