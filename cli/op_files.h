#pragma once
#include <filesystem>

#include "fovea/npy.h"

namespace fovea::cli {

// A .npy array, or a picture as RGB u8 [height, width, 3]; decided by content. Errors do not name the file.
Array read_operand(const std::filesystem::path&);

// Throws Error(invalid_argument) unless the name ends in .npy, .ppm or .pgm.
void check_result_name(const std::filesystem::path&);

// As its name says: .npy any array, .ppm u8 [height, width, 3], .pgm u8 [height, width, 1]. Throws
// Error(invalid_argument) for another array, Error(io) and what save_npy throws.
void write_result(const std::filesystem::path&, const Array&);

}  // namespace fovea::cli
