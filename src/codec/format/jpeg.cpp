#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
// The libjpeg headers need size_t and FILE before them.
#include <jerror.h>
#include <jpeglib.h>

#include "codec/byte_order.h"
#include "codec/codec.h"
#include "codec/jpeg/decoding.h"
#include "codec/jpeg_scan.h"
#include "codec/pixels.h"
#include "codec/row_output.h"

namespace fovea::codec {
namespace {

constexpr int rows_at_once = 16;

// libjpeg's callbacks reach this through cinfo.client_data. Every error and warning leaves by the jump.
struct Jump {
  std::jmp_buf back;
  Errc code;
  int max_scans;
  const std::function<bool()>& stop;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void leave(j_common_ptr cinfo, Errc code) {
  auto* jump = static_cast<Jump*>(cinfo->client_data);
  jump->code = code;
  cinfo->err->format_message(cinfo, jump->message);
  std::longjmp(jump->back, 1);
}

Errc meaning(int message_code) {
  switch (message_code) {
    case JERR_OUT_OF_MEMORY:
      return Errc::out_of_memory;
    case JERR_INPUT_EOF:
    case JWRN_JPEG_EOF:
      return Errc::truncated;
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
      return Errc::unsupported;
    default:
      return Errc::corrupt;
  }
}

void on_error(j_common_ptr cinfo) {
  leave(cinfo, meaning(cinfo->err->msg_code));
}
void on_message(j_common_ptr cinfo, int level) {
  if (level < 0) leave(cinfo, meaning(cinfo->err->msg_code));
}
void on_progress(j_common_ptr cinfo) {
  auto* jump = static_cast<Jump*>(cinfo->client_data);
  if (jump->stop && jump->stop()) {
    jump->code = Errc::timeout;
    std::longjmp(jump->back, 1);
  }
  if (reinterpret_cast<j_decompress_ptr>(cinfo)->input_scan_number <= jump->max_scans) return;
  jump->code = Errc::limit_scans;
  std::snprintf(jump->message, sizeof jump->message, "more than %d scans", jump->max_scans);
  std::longjmp(jump->back, 1);
}

void ignore(j_decompress_ptr) {}
boolean on_end_of_bytes(j_decompress_ptr cinfo) {
  cinfo->err->msg_code = JERR_INPUT_EOF;
  on_error(reinterpret_cast<j_common_ptr>(cinfo));
  return FALSE;
}
void skip(j_decompress_ptr cinfo, long count) {
  if (count <= 0) return;
  const auto n = static_cast<std::size_t>(count);
  if (n > cinfo->src->bytes_in_buffer) on_end_of_bytes(cinfo);
  cinfo->src->next_input_byte += n;
  cinfo->src->bytes_in_buffer -= n;
}

// The setjmp frames below hold no object with a destructor; what they need lies in here.
class Decompressor {
 public:
  Decompressor(Bytes bytes, const DecodeOptions& options)
      : jump_{.back = {},
              .code = Errc::corrupt,
              .max_scans = options.limits.max_scans,
              .stop = options.stop,
              .message = {}} {
    cinfo_.err = jpeg_std_error(&errors_);
    errors_.error_exit = on_error;
    errors_.emit_message = on_message;
    cinfo_.client_data = &jump_;
    source_.next_input_byte = u8(bytes);
    source_.bytes_in_buffer = bytes.size();
    source_.init_source = ignore;
    source_.fill_input_buffer = on_end_of_bytes;
    source_.skip_input_data = skip;
    source_.resync_to_restart = jpeg_resync_to_restart;
    source_.term_source = ignore;
    progress_.progress_monitor = on_progress;
  }
  ~Decompressor() { jpeg_destroy_decompress(&cinfo_); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  bool read_header() {
    if (setjmp(jump_.back)) return false;
    jpeg_create_decompress(&cinfo_);
    cinfo_.client_data = &jump_;
    cinfo_.src = &source_;
    cinfo_.progress = &progress_;
    jpeg_read_header(&cinfo_, TRUE);
    return true;
  }

  // Each side comes out times eighths / 8, rounded up.
  bool start(J_COLOR_SPACE output, int eighths) {
    if (setjmp(jump_.back)) return false;
    cinfo_.out_color_space = output;
    cinfo_.scale_num = static_cast<unsigned>(eighths);
    cinfo_.scale_denom = 8;
    jpeg_start_decompress(&cinfo_);
    return true;
  }

  // At most rows_at_once rows; 0 after an error.
  int read(JSAMPROW* rows, int count) {
    if (setjmp(jump_.back)) return 0;
    return static_cast<int>(jpeg_read_scanlines(&cinfo_, rows, static_cast<JDIMENSION>(count)));
  }

  bool finish() {
    if (setjmp(jump_.back)) return false;
    jpeg_finish_decompress(&cinfo_);
    return true;
  }

  const jpeg_decompress_struct& state() const { return cinfo_; }
  Error error() const {
    if (jump_.code == Errc::timeout) return timed_out("jpeg");
    if (jump_.code == Errc::truncated) return Error(jump_.code, "jpeg: the file ends before its last scan does");
    return Error(jump_.code, std::string("jpeg: ") + jump_.message);
  }

 private:
  jpeg_decompress_struct cinfo_{};
  jpeg_error_mgr errors_{};
  jpeg_source_mgr source_{};
  jpeg_progress_mgr progress_{};
  Jump jump_;
};

// Bytes a pixel that libjpeg keeps in whole-picture coefficients when a picture has several scans.
std::int64_t coefficient_bytes(const jpeg_decompress_struct& state) {
  return state.progressive_mode || state.comps_in_scan < state.num_components ? 2 * state.num_components : 0;
}

int scaled(int side, int eighths) {
  return static_cast<int>((std::int64_t{side} * eighths + 7) / 8);
}

// The smallest of the scales that libjpeg-turbo has fast transforms for; the others take longer than all eight eighths.
int eighths_for(const ImageInfo& info, int shrink_to) {
  if (shrink_to > 0)
    for (const int eighths : {1, 2, 4})
      if (scaled(std::min(info.width, info.height), eighths) >= shrink_to) return eighths;
  return 8;
}

bool matches(Bytes bytes) {
  return begins_like(bytes, "\xff\xd8\xff");
}

Result<ImageInfo> probe(Bytes bytes, const Limits& limits) {
  return scan_jpeg(bytes, limits);
}

// The project's own decoder stands back for FOVEA_VARIANT=portable.
bool ours_is_wanted() {
  const char* variant = std::getenv("FOVEA_VARIANT");
  return !variant || std::string_view(variant) != "portable";
}

Result<RowOutput> make_output(RowSink* sink, const ImageInfo& info, int eighths, int channels,
                              std::int64_t coefficients, const Admission& admission) {
  const int width = scaled(info.width, eighths), height = scaled(info.height, eighths);
  return RowOutput::make(info, {height, width, channels, rows_at_once, coefficients}, admission, sink);
}

// Into `output`, or into one that is made once the header is read.
Result<Array> decode_by_libjpeg(std::optional<RowOutput> output, RowSink* sink, Bytes bytes, const ImageInfo& info,
                                const DecodeOptions& options, const Admission& admission) {
  Decompressor jpeg(bytes, options);
  if (!jpeg.read_header()) return jpeg.error();
  const auto& state = jpeg.state();
  if (state.image_width != static_cast<JDIMENSION>(info.width) ||
      state.image_height != static_cast<JDIMENSION>(info.height))
    return Error(Errc::corrupt, "jpeg: two frame headers disagree about the size");
  if (state.num_components != 1 && state.num_components != 3 && state.num_components != 4)
    return Error(Errc::unsupported, "jpeg: expected 1, 3 or 4 components, got " + std::to_string(state.num_components));
  const int eighths = eighths_for(info, options.shrink_to);
  const int out_width = scaled(info.width, eighths), out_height = scaled(info.height, eighths);
  if (!output) {
    const std::int64_t coefficients = picture_bytes(info.height, info.width, coefficient_bytes(state));
    Result<RowOutput> made = make_output(sink, info, eighths, options.channels, coefficients, admission);
    if (!made) return made.error();
    output = std::move(made.value());
  }
  RowOutput& target_rows = *output;

  const bool inks = state.num_components == 4, grey = state.num_components == 1;
  const bool direct = options.channels == 3 ? !inks : options.channels == 1 && grey;
  const J_COLOR_SPACE space = inks ? JCS_CMYK : grey && options.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  const std::size_t width = static_cast<std::size_t>(out_width), row = width * (inks ? 4u : 3u);
  const Array scratch =
      direct ? Array() : Array::empty({rows_at_once, static_cast<std::int64_t>(row)}, DType::u8, admission.memory());
  if (!jpeg.start(space, eighths)) return jpeg.error();
  if (state.output_width != static_cast<JDIMENSION>(out_width) ||
      state.output_height != static_cast<JDIMENSION>(out_height))
    return Error(Errc::internal, "jpeg: the library scales to another size");

  const std::size_t target_row = width * static_cast<std::size_t>(options.channels);
  const Target target{options.channels, options.background};
  for (int y = 0; y < out_height;) {
    std::uint8_t* out = target_rows.next();
    JSAMPROW rows[rows_at_once];
    const int wanted = static_cast<int>(target_rows.room());
    for (int i = 0; i < wanted; ++i)
      rows[i] =
          direct ? out + static_cast<std::size_t>(i) * target_row : u8(scratch) + static_cast<std::size_t>(i) * row;
    const int got = jpeg.read(rows, wanted);
    if (got <= 0) return jpeg.error();
    for (int i = 0; i < got && !direct; ++i) {
      if (inks)
        for (std::size_t k = 0; k < row; ++k) rows[i][k] = static_cast<std::uint8_t>(255 - rows[i][k]);
      convert_row(rows[i], inks ? Layout::cmyk : Layout::rgb, out + static_cast<std::size_t>(i) * target_row, width,
                  target);
    }
    target_rows.wrote(got);
    y += got;
  }
  if (!jpeg.finish()) return jpeg.error();
  return target_rows.picture();
}

Result<Array> decode_to(RowSink* sink, Bytes bytes, const ImageInfo& info, const DecodeOptions& options,
                        const Admission& admission) {
  const int eighths = eighths_for(info, options.shrink_to);
  auto ours = ours_is_wanted() ? jpeg::Decoding::open(bytes, info, eighths) : std::nullopt;
  if (!ours) return decode_by_libjpeg(std::nullopt, sink, bytes, info, options, admission);
  const jpeg::Frame& frame = ours->frame();
  // libjpeg may have to take over.
  const std::int64_t coefficients = std::max(
      ours->coefficient_bytes(), picture_bytes(info.height, info.width, frame.progressive ? 2 * frame.count : 0));
  Result<RowOutput> output = make_output(sink, info, eighths, options.channels, coefficients, admission);
  if (!output) return output.error();
  if (ours->write(output.value(), options, admission.memory())) return output.value().picture();
  if (stopped(options)) return timed_out("jpeg");
  ours.reset();
  output.value().restart();
  return decode_by_libjpeg(std::move(output.value()), sink, bytes, info, options, admission);
}

Result<Array> decode(Bytes bytes, const ImageInfo& info, const DecodeOptions& options, const Admission& admission) {
  return decode_to(nullptr, bytes, info, options, admission);
}

Result<Array> decode_rows(Bytes bytes, const ImageInfo& info, const DecodeOptions& options, const Admission& admission,
                          RowSink& sink) {
  return decode_to(&sink, bytes, info, options, admission);
}

}  // namespace

Codec jpeg_codec() {
  return {"jpeg", matches, probe, decode, true, decode_rows};
}

}  // namespace fovea::codec
