#pragma once
#include <cstddef>
#include <filesystem>
#include <vector>

#include "fovea/image.h"
#include "fovea/npy.h"

namespace fovea::cli {

// A .npy array, or a picture as RGB u8 [height, width, 3]; decided by content. Errors do not name the file.
Array read_operand(const std::filesystem::path&);

// A picture as u8: [height, width] if it is grey, else RGB [height, width, 3]. Errors do not name the file.
Array read_picture(const std::filesystem::path&);

// The bytes of a file, at most one more than max_encoded_bytes allows. Errors do not name the file.
std::vector<std::byte> read_encoded(const std::filesystem::path&, const Limits&);

// What the name of a result may end in, for messages.
inline constexpr const char* result_names = ".npy, .png, .jpg, .webp, .tif, .bmp, .ppm or .pgm";

// Throws Error(invalid_argument) unless the name ends in .npy or in what one of encode()'s formats goes by.
void check_result_name(const std::filesystem::path&);

// As its name says: .npy any array, .ppm u8 [height, width, 3], .pgm [height, width, 1] or [height, width], other
// pictures what encode() takes. Throws Error(invalid_argument) for another array, Error(io) and what save_npy and
// encode() throw.
void write_result(const std::filesystem::path&, const Array&);

}  // namespace fovea::cli
