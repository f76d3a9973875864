#include <zip.h>

#include <array>
#include <deque>
#include <memory>
#include <set>

#include "array/host.h"
#include "array/npy_header.h"
#include "base/output_file.h"
#include "base/system_error.h"
#include "base/text.h"
#include "base/zip_directory.h"
#include "fovea/npy.h"

namespace fovea {
namespace {

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;

constexpr zip_uint16_t first_day = 0x21;  // 1980-01-01, as NumPy's: the same bytes at any time
constexpr zip_uint32_t level = 6;

[[noreturn]] void fail(zip_error_t* error) {
  if (zip_error_system_type(error) == ZIP_ET_SYS) throw system_error("writing", zip_error_code_system(error));
  throw Error(Errc::io, std::string("writing: ") + zip_error_strerror(error));
}

Archive open_new(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw Error(Errc::not_a_file, "writing: expected a regular file, got a directory, pipe, socket or device");
  int code = 0;
  Archive archive(zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code), &zip_discard);
  if (archive) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  fail(&error);
}

// What an archive reads its members from until it is closed.
struct Entry {
  std::string header;
  Array values;
  std::array<zip_buffer_fragment_t, 2> fragments;
};

void add(zip_t* archive, const std::string& name, Entry& entry, bool compress) {
  entry.fragments[0] = {reinterpret_cast<zip_uint8_t*>(entry.header.data()), entry.header.size()};
  const std::size_t bytes = static_cast<std::size_t>(entry.values.size()) * size_of(entry.values.dtype());
  entry.fragments[1] = {reinterpret_cast<zip_uint8_t*>(entry.values.data()), bytes};
  zip_source_t* source = zip_source_buffer_fragment(archive, entry.fragments.data(), bytes == 0 ? 1 : 2, 0);
  if (source == nullptr) fail(zip_get_error(archive));
  const zip_int64_t index = zip_file_add(archive, (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    fail(zip_get_error(archive));
  }
  const auto at = static_cast<zip_uint64_t>(index);
  if (zip_set_file_compression(archive, at, compress ? ZIP_CM_DEFLATE : ZIP_CM_STORE, level) != 0 ||
      zip_file_set_dostime(archive, at, 0, first_day, 0) != 0)
    fail(zip_get_error(archive));
}

}  // namespace

void save_npz(const std::filesystem::path& path, const NamedArrays& arrays, bool compress) {
  std::set<std::string> names;
  std::deque<Entry> entries;
  for (const auto& [name, array] : arrays) {
    if (!plain_zip_name(name))
      throw Error(Errc::invalid_argument, "save_npz: expected plain relative names, got " + shown(name));
    if (!names.insert(name).second)
      throw Error(Errc::invalid_argument, "save_npz: expected each name once, got " + shown(name) + " twice");
    require_host("save_npz", array);
    entries.push_back({format_npy_header(array.dtype(), array.shape()), array.contiguous() ? array : array.copy(), {}});
  }
  if (arrays.empty()) {  // libzip writes no file for an archive without members
    OutputFile file = OutputFile::replacing(path);
    const std::string end = std::string("PK\5\6") + std::string(18, '\0');
    file.write(std::as_bytes(std::span(end)));
    return file.commit();
  }
  Archive archive = open_new(path);
  for (std::size_t k = 0; k < arrays.size(); ++k) add(archive.get(), arrays[k].first, entries[k], compress);
  if (zip_close(archive.get()) != 0) fail(zip_get_error(archive.get()));
  (void)archive.release();
}

}  // namespace fovea
