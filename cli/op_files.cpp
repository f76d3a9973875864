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

// A grey image may be [height, width]. Netpbm's names say how many channels there are.
Array as_pixels(const fs::path& path, const Array& result) {
  const Shape& shape = result.shape();
  const std::string extension = path.extension().native();
  const std::int64_t given = shape.size() == 3 ? shape[2] : shape.size() == 2 ? 1 : 0;
  const std::int64_t named = extension == ".ppm" ? 3 : extension == ".pgm" ? 1 : given;
  if (result.dtype() != DType::u8 || given == 0 || given != named || result.size() == 0)
    throw Error(Errc::invalid_argument,
                fmt::format("expected pixels u8 [height, width, {}] for {}, got {} {}; write a .npy file",
                            extension == ".ppm" || extension == ".pgm" ? std::to_string(named) : "channels", extension,
                            name(result.dtype()), to_string(shape)));
  return (result.contiguous() ? result : result.copy()).reshape({shape[0], shape[1], given});
}

void write_picture(const fs::path& path, const Array& result) {
  EncodeOptions options;
  options.format = format_of_extension(path.extension().native());
  const std::vector<std::byte> bytes = encode(as_pixels(path, result), options);
  const File file = open(path, "wbe", "to write it");
  if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size() || std::fflush(file.get()) != 0)
    throw Error(Errc::io, "expected to write it, got " + std::generic_category().message(errno));
}

std::size_t most_bytes() {
  return static_cast<std::size_t>(Limits{}.max_encoded_bytes);
}

DecodedImage decoded(std::span<const std::byte> bytes, const DecodeOptions& options) {
  if (bytes.size() > most_bytes())
    throw Error(Errc::limit_bytes, fmt::format("expected a picture of at most {} bytes, got more", most_bytes()));
  return decode(bytes, options).value();
}

}  // namespace

std::vector<std::byte> read_encoded(const fs::path& path, const Limits& limits) {
  return read_bytes(path, static_cast<std::size_t>(limits.max_encoded_bytes) + 1);
}

Array read_operand(const fs::path& path) {
  const std::vector<std::byte> bytes = read_bytes(path, most_bytes() + 1);
  if (is_npy(bytes)) return load_npy(path).value();
  return decoded(bytes, {}).pixels;
}

Array read_picture(const fs::path& path) {
  const std::vector<std::byte> bytes = read_bytes(path, most_bytes() + 1);
  DecodeOptions options;
  const Result<ImageInfo> info = probe(bytes);
  if (info && info.value().channels <= 2) options.channels = 1;
  const DecodedImage picture = decoded(bytes, options);
  const Shape& shape = picture.pixels.shape();
  return options.channels == 1 ? picture.pixels.reshape({shape[0], shape[1]}) : picture.pixels;
}

void check_result_name(const fs::path& path) {
  const std::string extension = path.extension().native();
  if (extension != ".npy" && format_of_extension(extension).empty())
    throw Error(Errc::invalid_argument,
                fmt::format("expected a name that ends in {}, got '{}'", result_names, path.native()));
}

void write_result(const fs::path& path, const Array& result) {
  if (path.extension() == ".npy")
    save_npy(path, result);
  else
    write_picture(path, result);
}

}  // namespace fovea::cli
