#pragma once
#include <tiffio.h>

#include <memory>
#include <string>

#include "codec/codec.h"

namespace fovea::codec {

// A TIFF over bytes in memory. libtiff's messages go here and nowhere else.
class TiffFile {
 public:
  // The file keeps a view of the bytes. Not open when libtiff refuses them: see error().
  TiffFile(Bytes bytes, const Limits&);
  TiffFile(const TiffFile&) = delete;
  TiffFile& operator=(const TiffFile&) = delete;

  // Whether the first directory could be read, to its end.
  explicit operator bool() const { return handle_ && !past_end_; }
  TIFF* get() const { return handle_.get(); }

  // Warnings about directories are common and harmless; those that come while pixels are read are errors.
  void begin_pixels() { reading_pixels_ = true; }
  bool failed() const { return !message_.empty(); }
  Error error() const;

 private:
  struct Close {
    void operator()(TIFF* tiff) const { TIFFClose(tiff); }
  };
  static int on_error(TIFF*, void* self, const char* module, const char* format, va_list);
  static int on_warning(TIFF*, void* self, const char* module, const char* format, va_list);
  static tmsize_t read(thandle_t self, void* target, tmsize_t size);
  static toff_t seek(thandle_t self, toff_t offset, int whence);

  Bytes bytes_;
  std::uint64_t position_ = 0;
  bool past_end_ = false, past_limit_ = false, reading_pixels_ = false;
  std::string message_;  // the first one
  std::unique_ptr<TIFF, Close> handle_;
};

}  // namespace fovea::codec
