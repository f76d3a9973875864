#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
// The libjpeg headers need size_t and FILE before them.
#include <jerror.h>
#include <jpeglib.h>

#include "codec/byte_order.h"
#include "codec/encoder.h"

namespace fovea::codec {
namespace {

struct Jump {
  std::jmp_buf back;
  int code;
  char message[JMSG_LENGTH_MAX];
};

void on_error(j_common_ptr cinfo) {
  auto* jump = static_cast<Jump*>(cinfo->client_data);
  jump->code = cinfo->err->msg_code;
  cinfo->err->format_message(cinfo, jump->message);
  std::longjmp(jump->back, 1);
}
void on_message(j_common_ptr, int) {}

// The setjmp frame below holds no object with a destructor; what it needs lies in here.
class Compressor {
 public:
  Compressor() {
    cinfo_.err = jpeg_std_error(&errors_);
    errors_.error_exit = on_error;
    errors_.emit_message = on_message;
    cinfo_.client_data = &jump_;
  }
  ~Compressor() {
    jpeg_destroy_compress(&cinfo_);
    std::free(file_);
  }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  // Standard Huffman tables and one pass; colors at half the resolution of luma (4:2:0).
  bool write(std::uint8_t* pixels, const Shape& shape, int quality) {
    if (setjmp(jump_.back)) return false;
    jpeg_create_compress(&cinfo_);
    cinfo_.client_data = &jump_;
    jpeg_mem_dest(&cinfo_, &file_, &size_);
    cinfo_.image_width = static_cast<JDIMENSION>(shape[1]);
    cinfo_.image_height = static_cast<JDIMENSION>(shape[0]);
    cinfo_.input_components = static_cast<int>(shape[2]);
    cinfo_.in_color_space = shape[2] == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&cinfo_);
    jpeg_set_quality(&cinfo_, quality, TRUE);
    jpeg_start_compress(&cinfo_, TRUE);
    const std::size_t stride = static_cast<std::size_t>(shape[1] * shape[2]);
    while (cinfo_.next_scanline < cinfo_.image_height) {
      JSAMPROW row = pixels + cinfo_.next_scanline * stride;
      jpeg_write_scanlines(&cinfo_, &row, 1);
    }
    jpeg_finish_compress(&cinfo_);
    return true;
  }

  std::vector<std::byte> file() const {
    const auto* first = reinterpret_cast<const std::byte*>(file_);
    return {first, first + size_};
  }
  [[noreturn]] void fail() const {
    if (jump_.code == JERR_OUT_OF_MEMORY) throw std::bad_alloc();
    throw Error(Errc::internal, std::string("encode: jpeg: ") + jump_.message);
  }

 private:
  jpeg_compress_struct cinfo_{};
  jpeg_error_mgr errors_{};
  Jump jump_{};
  unsigned char* file_ = nullptr;
  unsigned long size_ = 0;
};

std::vector<std::byte> encode(const Array& pixels, const EncodeOptions& options) {
  Compressor jpeg;
  if (!jpeg.write(u8(pixels), pixels.shape(), options.quality)) jpeg.fail();
  return jpeg.file();
}

}  // namespace

Encoder jpeg_encoder() {
  return {"jpeg", {".jpg", ".jpeg"}, false, JPEG_MAX_DIMENSION, encode};
}

}  // namespace fovea::codec
