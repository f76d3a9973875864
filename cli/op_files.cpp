#include "op_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "fovea/image.h"
#include "fovea/npy.h"

namespace fovea::cli {
namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

Error failed(const std::string& wanted, int code) {
  const Errc kind = code == ENOENT   ? Errc::not_found
                    : code == EACCES ? Errc::permission
                    : code == EISDIR ? Errc::not_a_file
                                     : Errc::io;
  return Error(kind, fmt::format("expected {}, got {}", wanted, std::generic_category().message(code)));
}

File open(const fs::path& path, const char* mode, const std::string& wanted) {
  File file(std::fopen(path.c_str(), mode));
  if (!file) throw failed(wanted, errno);
  return file;
}

// At most `most` bytes, without waiting for a pipe's other end.
std::vector<std::byte> read_bytes(const fs::path& path, std::size_t most) {
  std::error_code ignored;
  if (const fs::file_status status = fs::status(path, ignored); fs::exists(status) && !fs::is_regular_file(status))
    throw Error(Errc::not_a_file, "expected a file, got something else");
  const File file = open(path, "rbe", "to open it");
  std::vector<std::byte> bytes;
  std::size_t count = 0;
  do {
    const std::size_t have = bytes.size();
    bytes.resize(std::min(most, have + (std::size_t{1} << 20)));
    count = std::fread(bytes.data() + have, 1, bytes.size() - have, file.get());
    bytes.resize(have + count);
  } while (count > 0);
  if (std::ferror(file.get())) throw failed("to read it", errno);
  return bytes;
}

bool is_npy(std::span<const std::byte> bytes) {
  constexpr std::string_view magic = "\x93NUMPY";
  return bytes.size() >= magic.size() &&
         std::string_view(reinterpret_cast<const char*>(bytes.data()), magic.size()) == magic;
}

void write_pnm(const fs::path& path, const Array& pixels, std::int64_t channels) {
  const Shape& shape = pixels.shape();
  if (pixels.dtype() != DType::u8 || shape.size() != 3 || shape[2] != channels || pixels.size() == 0)
    throw Error(Errc::invalid_argument,
                fmt::format("expected pixels u8 [height, width, {}] for {}, got {} {}; write a .npy file", channels,
                            path.extension().native(), name(pixels.dtype()), to_string(shape)));
  const std::string header = fmt::format("P{}\n{} {}\n255\n", channels == 3 ? 6 : 5, shape[1], shape[0]);
  const Array packed = pixels.contiguous() ? pixels : pixels.copy();
  const File file = open(path, "wbe", "to write it");
  const auto size = static_cast<std::size_t>(packed.size());
  if (std::fwrite(header.data(), 1, header.size(), file.get()) != header.size() ||
      std::fwrite(packed.data(), 1, size, file.get()) != size || std::fflush(file.get()) != 0)
    throw Error(Errc::io, "expected to write it, got " + std::generic_category().message(errno));
}

}  // namespace

Array read_operand(const fs::path& path) {
  const Limits limits;
  const auto most = static_cast<std::size_t>(limits.max_encoded_bytes);
  const std::vector<std::byte> bytes = read_bytes(path, most + 1);
  if (is_npy(bytes)) return load_npy(path).value();
  if (bytes.size() > most)
    throw Error(Errc::limit_bytes, fmt::format("expected a picture of at most {} bytes, got more", most));
  return decode(bytes).value().pixels;
}

void check_result_name(const fs::path& path) {
  const std::string extension = path.extension().native();
  if (extension != ".npy" && extension != ".ppm" && extension != ".pgm")
    throw Error(Errc::invalid_argument,
                fmt::format("expected a name that ends in .npy, .ppm or .pgm, got '{}'", path.native()));
}

void write_result(const fs::path& path, const Array& result) {
  if (path.extension() == ".npy")
    save_npy(path, result);
  else
    write_pnm(path, result, path.extension() == ".ppm" ? 3 : 1);
}

}  // namespace fovea::cli
