#pragma once
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>
// The libjpeg headers need size_t and FILE before them.
#include <jpeglib.h>

#include "codec/jpeg/frame.h"

// What libjpeg-turbo makes of a JPEG: its coefficients as our frame holds them, and its pixels. Files are well-formed.
namespace fovea::test {

struct JpegRecipe {
  int width = 16, height = 16, quality = 75;
  std::array<int, 3> h{2, 1, 1}, v{2, 1, 1};
  codec::jpeg::Colour colour = codec::jpeg::Colour::ycc;
  unsigned seed = 1;

  int components() const { return colour == codec::jpeg::Colour::grey ? 1 : 3; }
};

struct JpegCoefficients {
  codec::jpeg::Frame frame;
  std::array<std::vector<std::int16_t>, 3> blocks;  // rows of blocks, of whole MCUs

  codec::jpeg::McuRow row(int mcu_row) const {
    codec::jpeg::McuRow row;
    for (std::size_t c = 0; c < static_cast<std::size_t>(frame.count); ++c) {
      const std::size_t each = blocks[c].size() / static_cast<std::size_t>(frame.mcus_down);
      row.blocks[c] = blocks[c].data() + each * static_cast<std::size_t>(mcu_row);
    }
    return row;
  }

  void keep_dc_only(std::size_t c) {
    std::vector<std::int16_t> dcs;
    for (std::size_t i = 0; i < blocks[c].size(); i += 64) dcs.push_back(blocks[c][i]);
    blocks[c] = dcs;
  }
};

struct JpegPixels {
  int width = 0, height = 0, channels = 0;
  std::vector<std::uint8_t> samples;
};

// Counts warnings and is silent; errors end the program, as libjpeg does by itself.
inline jpeg_error_mgr* quiet_errors(jpeg_error_mgr& errors) {
  jpeg_std_error(&errors);
  errors.emit_message = [](j_common_ptr state, int level) {
    if (level < 0) ++state->err->num_warnings;
  };
  return &errors;
}

class JpegWriter {
 public:
  explicit JpegWriter(const JpegRecipe& recipe) : recipe_(recipe) {
    state_.err = quiet_errors(errors_);
    jpeg_create_compress(&state_);
    jpeg_mem_dest(&state_, &bytes_, &size_);
    const bool grey = recipe.colour == codec::jpeg::Colour::grey;
    state_.image_width = static_cast<JDIMENSION>(recipe.width);
    state_.image_height = static_cast<JDIMENSION>(recipe.height);
    state_.input_components = recipe.components();
    state_.in_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&state_);
    if (recipe.colour == codec::jpeg::Colour::rgb) jpeg_set_colorspace(&state_, JCS_RGB);
    jpeg_set_quality(&state_, recipe.quality, TRUE);
    for (std::size_t c = 0; c < static_cast<std::size_t>(recipe.components()); ++c) {
      state_.comp_info[c].h_samp_factor = recipe.h[c];
      state_.comp_info[c].v_samp_factor = recipe.v[c];
    }
  }
  ~JpegWriter() {
    jpeg_destroy_compress(&state_);
    std::free(bytes_);
  }
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;

  // Waves with a little noise, and flat squares with hard edges.
  std::string picture() {
    jpeg_start_compress(&state_, TRUE);
    std::mt19937 random(recipe_.seed);
    const auto phase = static_cast<double>(recipe_.seed % 7);
    const auto channels = static_cast<std::size_t>(recipe_.components());
    std::vector<std::uint8_t> row(static_cast<std::size_t>(recipe_.width) * channels);
    for (int y = 0; y < recipe_.height; ++y) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        const double x = static_cast<double>(i / channels), c = static_cast<double>(i % channels);
        const double wave = 110 + 90 * std::sin((x * (1 + c) + 2 * y) / 5 + phase) + static_cast<double>(random() % 41);
        const bool square = (i / channels / 5 + static_cast<std::size_t>(y) / 7) % 3 == 0;
        row[i] = square ? (c == 1 ? 255 : 0) : static_cast<std::uint8_t>(wave);
      }
      JSAMPROW rows[] = {row.data()};
      jpeg_write_scanlines(&state_, rows, 1);
    }
    return finish();
  }

  // Coefficients up to `largest`, one in `spread` of them not zero; all quantisers are `quantization`.
  std::string wild(unsigned quantization, int largest, unsigned spread) {
    for (auto* table : state_.quant_tbl_ptrs)
      if (table) std::fill(std::begin(table->quantval), std::end(table->quantval), static_cast<UINT16>(quantization));
    std::mt19937 random(recipe_.seed);
    int most_h = 1, most_v = 1;
    for (int c = 0; c < state_.num_components; ++c) {
      most_h = std::max(most_h, state_.comp_info[c].h_samp_factor);
      most_v = std::max(most_v, state_.comp_info[c].v_samp_factor);
    }
    auto* common = reinterpret_cast<j_common_ptr>(&state_);
    std::array<jvirt_barray_ptr, 3> arrays{};
    std::array<JDIMENSION, 3> across{}, down{};
    for (std::size_t c = 0; c < static_cast<std::size_t>(state_.num_components); ++c) {
      const auto mcus = [](int pixels, int most) { return (pixels + 8 * most - 1) / (8 * most); };
      across[c] = static_cast<JDIMENSION>(mcus(recipe_.width, most_h) * recipe_.h[c]);
      down[c] = static_cast<JDIMENSION>(mcus(recipe_.height, most_v) * recipe_.v[c]);
      arrays[c] = state_.mem->request_virt_barray(common, JPOOL_IMAGE, TRUE, across[c], down[c], down[c]);
    }
    state_.mem->realize_virt_arrays(common);
    const auto value = [&] { return static_cast<JCOEF>(static_cast<int>(random() % (2u * largest + 1)) - largest); };
    for (std::size_t c = 0; c < static_cast<std::size_t>(state_.num_components); ++c) {
      JBLOCKARRAY rows = state_.mem->access_virt_barray(common, arrays[c], 0, down[c], TRUE);
      for (JDIMENSION y = 0; y < down[c]; ++y)
        for (JDIMENSION x = 0; x < across[c]; ++x) {
          const bool sparse = random() % 3 == 0;
          for (JCOEF& k : rows[y][x]) k = !sparse && random() % spread == 0 ? value() : JCOEF{0};
          rows[y][x][0] = value();
        }
    }
    jpeg_write_coefficients(&state_, arrays.data());
    return finish();
  }

 private:
  std::string finish() {
    jpeg_finish_compress(&state_);
    return {reinterpret_cast<const char*>(bytes_), size_};
  }

  const JpegRecipe recipe_;
  jpeg_compress_struct state_{};
  jpeg_error_mgr errors_{};
  unsigned char* bytes_ = nullptr;
  unsigned long size_ = 0;
};

class JpegReader {
 public:
  explicit JpegReader(const std::string& jpeg) {
    state_.err = quiet_errors(errors_);
    jpeg_create_decompress(&state_);
    jpeg_mem_src(&state_, reinterpret_cast<const unsigned char*>(jpeg.data()), jpeg.size());
    jpeg_read_header(&state_, TRUE);
  }
  ~JpegReader() {
    EXPECT_EQ(errors_.num_warnings, 0);
    jpeg_destroy_decompress(&state_);
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  JpegCoefficients coefficients() {
    jvirt_barray_ptr* arrays = jpeg_read_coefficients(&state_);
    JpegCoefficients out;
    codec::jpeg::Frame& frame = out.frame;
    frame.width = static_cast<int>(state_.image_width);
    frame.height = static_cast<int>(state_.image_height);
    frame.count = state_.num_components;
    const bool grey = frame.count == 1;
    frame.most_h = grey ? 1 : state_.max_h_samp_factor;
    frame.most_v = grey ? 1 : state_.max_v_samp_factor;
    frame.mcus_across = (frame.width + 8 * frame.most_h - 1) / (8 * frame.most_h);
    frame.mcus_down = (frame.height + 8 * frame.most_v - 1) / (8 * frame.most_v);
    frame.progressive = state_.progressive_mode;
    frame.colour = grey                                   ? codec::jpeg::Colour::grey
                   : state_.jpeg_color_space == JCS_YCbCr ? codec::jpeg::Colour::ycc
                                                          : codec::jpeg::Colour::rgb;
    for (std::size_t c = 0; c < static_cast<std::size_t>(frame.count); ++c) {
      const jpeg_component_info& info = state_.comp_info[c];
      codec::jpeg::Component& component = frame.components[c];
      component.id = info.component_id;
      component.h = grey ? 1 : info.h_samp_factor;
      component.v = grey ? 1 : info.v_samp_factor;
      component.blocks_across = frame.mcus_across * component.h;
      component.blocks_down = frame.mcus_down * component.v;
      std::copy(std::begin(info.quant_table->quantval), std::end(info.quant_table->quantval),
                component.quantization.begin());
      for (int y = 0; y < component.blocks_down; ++y) {
        auto* common = reinterpret_cast<j_common_ptr>(&state_);
        JBLOCKARRAY rows = state_.mem->access_virt_barray(common, arrays[c], static_cast<JDIMENSION>(y), 1, FALSE);
        out.blocks[c].insert(out.blocks[c].end(), rows[0][0], rows[0][component.blocks_across]);
      }
    }
    jpeg_finish_decompress(&state_);
    return out;
  }

  JpegPixels pixels(J_COLOR_SPACE space, int eighths) {
    state_.out_color_space = space;
    state_.scale_num = static_cast<unsigned>(eighths);
    state_.scale_denom = 8;
    jpeg_start_decompress(&state_);
    JpegPixels out{
        static_cast<int>(state_.output_width), static_cast<int>(state_.output_height), state_.output_components, {}};
    const auto row = static_cast<std::size_t>(out.width * out.channels);
    out.samples.resize(row * static_cast<std::size_t>(out.height));
    while (state_.output_scanline < state_.output_height) {
      JSAMPROW rows[] = {out.samples.data() + row * state_.output_scanline};
      jpeg_read_scanlines(&state_, rows, 1);
    }
    jpeg_finish_decompress(&state_);
    return out;
  }

 private:
  jpeg_decompress_struct state_{};
  jpeg_error_mgr errors_{};
};

inline std::string jpeg_of(const JpegRecipe& recipe) {
  return JpegWriter(recipe).picture();
}
inline JpegCoefficients jpeg_coefficients(const std::string& jpeg) {
  return JpegReader(jpeg).coefficients();
}
inline JpegPixels jpeg_pixels(const std::string& jpeg, int eighths, J_COLOR_SPACE space = JCS_RGB) {
  return JpegReader(jpeg).pixels(space, eighths);
}

}  // namespace fovea::test
