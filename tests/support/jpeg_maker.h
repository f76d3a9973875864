#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>
// The libjpeg headers need size_t and FILE before them.
#include <jpeglib.h>

namespace fovea::test {

struct JpegShape {
  int width = 75, height = 50;
  int channels = 3;
  int h = 2, v = 2;  // the first component's sampling factors
  int quality = 80;
  int restart = 0;  // MCUs
  bool progressive = false, optimised = false, arithmetic = false, rgb = false;
  int noise = 40;                          // levels around a slope
  std::vector<jpeg_scan_info> scans = {};  // of a progressive file, instead of libjpeg's usual ones
};

inline std::string text_of(const JpegShape& s) {
  return std::to_string(s.width) + "x" + std::to_string(s.height) + "x" + std::to_string(s.channels) + ", sampling " +
         std::to_string(s.h) + std::to_string(s.v) + ", quality " + std::to_string(s.quality) + ", restart " +
         std::to_string(s.restart) + ", noise " + std::to_string(s.noise);
}

inline std::vector<std::uint8_t> noisy_row(const JpegShape& shape, int y, std::uint32_t& state) {
  std::vector<std::uint8_t> row;
  for (int i = 0; i < shape.width * shape.channels; ++i) {
    state = state * 1664525 + 1013904223;
    const int slope = (i / shape.channels * 3 + y * 2 + i % shape.channels * 50) & 255;
    const int value = slope + (shape.noise ? static_cast<int>(state >> 16) % (2 * shape.noise + 1) - shape.noise : 0);
    row.push_back(static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value));
  }
  return row;
}

// A JPEG of noise, by libjpeg-turbo.
inline std::string make_jpeg(const JpegShape& shape) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(shape.width);
  info.image_height = static_cast<JDIMENSION>(shape.height);
  info.input_components = shape.channels;
  info.in_color_space = shape.channels == 1 ? JCS_GRAYSCALE : shape.channels == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_set_defaults(&info);
  if (shape.rgb) jpeg_set_colorspace(&info, JCS_RGB);
  jpeg_set_quality(&info, shape.quality, TRUE);
  info.comp_info[0].h_samp_factor = shape.h;
  info.comp_info[0].v_samp_factor = shape.v;
  info.restart_interval = static_cast<unsigned>(shape.restart);
  info.optimize_coding = shape.optimised;
  info.arith_code = shape.arithmetic;
  if (shape.progressive) jpeg_simple_progression(&info);
  if (!shape.scans.empty()) {
    info.scan_info = shape.scans.data();
    info.num_scans = static_cast<int>(shape.scans.size());
  }
  jpeg_start_compress(&info, TRUE);
  std::uint32_t state = 1;
  for (int y = 0; y < shape.height; ++y) {
    std::vector<std::uint8_t> row = noisy_row(shape, y, state);
    JSAMPROW rows[] = {row.data()};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  std::string file(reinterpret_cast<const char*>(bytes), size);
  jpeg_destroy_compress(&info);
  std::free(bytes);
  return file;
}

}  // namespace fovea::test
