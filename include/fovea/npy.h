#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "fovea/array.h"

namespace fovea {

// .npy versions 1 to 3, either byte order, Fortran order too; object arrays (pickles) are refused. The header and the
// file's size are checked before anything is allocated: elements of more than `max_bytes` are limit_bytes; 0 stands for
// the memory of the machine or of its control group. The array is contiguous and its own. Errors: those of opening and
// reading, empty, unknown_format, truncated, corrupt, unsupported, limit_metadata (a header of over 10,000 bytes),
// limit_bytes.
Result<Array> load_npy(const std::filesystem::path&, std::int64_t max_bytes = 0);
// The file appears, or replaces another, once it is complete. Throws Error: not_found, permission, not_a_file, io, and
// unsupported for bf16, which NumPy has not.
void save_npy(const std::filesystem::path&, const Array&);

// Maps: the elements are the file's own pages, read when they are touched; the array may be larger than memory. Views
// and copies of the Array keep the map. A file in Fortran order is a transposed view. A file that is cut short while it
// is mapped, or a disk that is full when a new page is written, ends the process with SIGBUS when the page is touched:
// do not map files that others change. Errors of map_npy: as load_npy's, and unsupported for big-endian and misaligned
// elements, which load_npy() reads; the elements of a bool file are all read once, as only 0 and 1 may be mapped.
enum class MapMode : std::uint8_t {
  read,        // the array is not writable()
  read_write,  // writing changes the file
};
Result<Array> map_npy(const std::filesystem::path&, MapMode = MapMode::read);
// A new file of zeros, in C order, that takes disk space as it is written; it replaces one that is there, whose own
// maps stay as they are. Throws Error: as save_npy(), and invalid_argument for a bad shape.
Array map_npy_new(const std::filesystem::path&, DType, Shape);
// Waits until what was written to a map, or to the part that a view shows, is on the disk. Without it the system writes
// it later, also after the process has ended. Nothing for other arrays. Throws Error(io).
void flush(const Array&);

struct NpzLimits {
  std::int64_t max_bytes = 0;          // of the file, and of all arrays together; 0: the memory there is
  std::int64_t max_members = 100'000;  // arrays
  std::int64_t max_ratio = 1032;       // of unpacked to packed bytes of a member; deflate cannot reach more
};
using NamedArrays = std::vector<std::pair<std::string, Array>>;

// A .npz archive: .npy members, stored or deflated, in the archive's order, named without `.npy`. The whole directory,
// with the sizes it declares, is checked before anything is unpacked, and each member's CRC with its bytes. Errors: as
// load_npy's, and corrupt for members that overlap or have one name.
Result<NamedArrays> load_npz(const std::filesystem::path&, const NpzLimits& = {});
Result<Array> load_npz(const std::filesystem::path&, const std::string& name, const NpzLimits& = {});
Result<std::vector<std::string>> npz_names(const std::filesystem::path&, const NpzLimits& = {});
// The same bytes for the same arrays. The file appears, or replaces another, once it is complete. Throws Error: as
// save_npy(), and invalid_argument for names that are empty, given twice, or no plain relative paths.
void save_npz(const std::filesystem::path&, const NamedArrays&, bool compress = false);

}  // namespace fovea
