#pragma once
#include <csetjmp>
#include <cstdio>
#include <optional>
#include <string_view>
#include <vector>
// The libjpeg headers need size_t and FILE before them.
#include <jpeglib.h>

namespace fovea::test {

// Of each component, blocks of 64 quantised coefficients in natural order, of whole MCUs.
struct Coefficients {
  struct Component {
    int across = 0, down = 0;
    std::vector<std::int16_t> blocks;
    std::vector<std::uint16_t> quantization;
  };
  int width = 0, height = 0;
  std::vector<Component> components;
};

namespace libjpeg {

inline void leave(j_common_ptr info) {
  std::longjmp(*static_cast<std::jmp_buf*>(info->client_data), 1);
}
inline void leave_at_warning(j_common_ptr info, int level) {
  if (level < 0) leave(info);
}

inline int whole(JDIMENSION blocks, int factor) {
  return (static_cast<int>(blocks) + factor - 1) / factor * factor;
}

inline void copy_blocks(jpeg_decompress_struct& info, jvirt_barray_ptr array, const jpeg_component_info& from,
                        Coefficients::Component& to) {
  const bool alone = info.num_components == 1;
  to.across = whole(from.width_in_blocks, alone ? 1 : from.h_samp_factor);
  to.down = whole(from.height_in_blocks, alone ? 1 : from.v_samp_factor);
  for (int y = 0; y < to.down; ++y) {
    const JBLOCKARRAY row = info.mem->access_virt_barray(reinterpret_cast<j_common_ptr>(&info), array,
                                                         static_cast<JDIMENSION>(y), 1, FALSE);
    const JCOEF* const first = row[0][0];
    to.blocks.insert(to.blocks.end(), first, first + 64 * to.across);
  }
  to.quantization.assign(from.quant_table->quantval, from.quant_table->quantval + 64);
}

// Not inlined: what a jump passes over must not lie in registers of who catches it.
[[gnu::noinline]] inline void read(jpeg_decompress_struct& info, std::jmp_buf& back, std::string_view file,
                                   Coefficients& all) {
  jpeg_create_decompress(&info);
  info.client_data = &back;
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&info, TRUE);
  jvirt_barray_ptr* const arrays = jpeg_read_coefficients(&info);
  all.width = static_cast<int>(info.image_width);
  all.height = static_cast<int>(info.image_height);
  all.components.resize(static_cast<std::size_t>(info.num_components));
  for (int c = 0; c < info.num_components; ++c)
    copy_blocks(info, arrays[c], info.comp_info[c], all.components[static_cast<std::size_t>(c)]);
  jpeg_finish_decompress(&info);
}

}  // namespace libjpeg

// By libjpeg-turbo; nothing when it refuses the file or warns.
inline std::optional<Coefficients> libjpeg_coefficients(std::string_view file) {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  std::jmp_buf back;
  Coefficients all;
  info.err = jpeg_std_error(&errors);
  errors.error_exit = libjpeg::leave;
  errors.emit_message = libjpeg::leave_at_warning;
  info.client_data = &back;
  volatile bool good = false;
  if (!setjmp(back)) {
    libjpeg::read(info, back, file, all);
    good = true;
  }
  jpeg_destroy_decompress(&info);
  return good ? std::optional(all) : std::nullopt;
}

}  // namespace fovea::test
