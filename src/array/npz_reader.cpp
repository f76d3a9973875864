#include "array/npz_reader.h"

#include <zip.h>

#include <algorithm>
#include <set>

#include "array/npy_reader.h"
#include "base/checked.h"
#include "base/text.h"
#include "base/zip_directory.h"

namespace fovea {
namespace {

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using ArchiveFile = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

struct NamedMember {
  std::string name, raw_name;
  ZipMember member;
};

struct Npz {
  FileBytes file;
  std::vector<NamedMember> members;  // in the archive's order
};

std::string without_suffix(const std::string& name) {
  return name.ends_with(".npy") ? name.substr(0, name.size() - 4) : name;
}

// Deflate packs a run of 258 bytes into 2 bits at best: a member that claims more lies.
std::optional<Error> check_sizes(const std::vector<NamedMember>& members, const NpzLimits& limits) {
  const auto most = static_cast<std::uint64_t>(byte_limit("load_npz", limits.max_bytes));
  std::optional<std::uint64_t> total = 0;
  for (const auto& [name, raw_name, member] : members) {
    if (member.size / static_cast<std::uint64_t>(limits.max_ratio) > member.packed_size)
      return Error(Errc::limit_bytes, "npz: " + shown(name) + ": expected at most " + std::to_string(limits.max_ratio) +
                                          " times the " + std::to_string(member.packed_size) + " packed bytes, got " +
                                          std::to_string(member.size));
    total = checked_add(*total, member.size);
    if (!total || *total > most)
      return Error(Errc::limit_bytes, "npz: expected arrays of at most " + std::to_string(most) + " bytes, got more");
  }
  return std::nullopt;
}

Result<Npz> open_npz(const FileBytes& file, const NpzLimits& limits) {
  if (file.size == 0) return Error(Errc::empty, "npz: expected an archive, got an empty file");
  if (file.size < 2 || file.data[0] != std::byte{'P'} || file.data[1] != std::byte{'K'})
    return Error(Errc::unknown_format, "npz: expected the bytes PK at the start, got others");
  auto directory = read_zip_directory(file.bytes(), {.max_members = static_cast<std::uint64_t>(limits.max_members),
                                                     .max_expansion = static_cast<std::uint64_t>(limits.max_ratio)});
  if (!directory) return Error(directory.error().code(), std::string("npz: ") + directory.error().what());
  Npz npz{file, {}};
  std::set<std::string> names;
  for (const auto& [raw_name, member] : directory.value().members) {
    npz.members.push_back({without_suffix(raw_name), raw_name, member});
    if (!names.insert(npz.members.back().name).second)
      return Error(Errc::corrupt, "npz: expected each name once, got " + shown(npz.members.back().name) + " twice");
  }
  std::sort(npz.members.begin(), npz.members.end(),
            [](const NamedMember& a, const NamedMember& b) { return a.member.index < b.member.index; });
  if (auto error = check_sizes(npz.members, limits)) return *error;
  return npz;
}

Archive open_archive(const FileBytes& file) {
  zip_source_t* source = zip_source_buffer_create(file.data.get(), file.size, 0, nullptr);
  if (source == nullptr) return {nullptr, &zip_discard};
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY, nullptr);
  if (archive == nullptr) zip_source_free(source);
  return {archive, &zip_discard};
}

std::optional<Error> read_fully(zip_file_t* file, std::span<std::byte> to) {
  while (!to.empty()) {
    const zip_int64_t got = zip_fread(file, to.data(), to.size());
    if (got <= 0) return Error(Errc::corrupt, "expected more bytes, got their end or damaged ones");
    to = to.subspan(static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

Result<Array> read_member(zip_t* archive, const NamedMember& named, std::int64_t max_bytes) {
  const auto failed = [&](Errc code, const std::string& what) {
    return Error(code, "npz: " + shown(named.name) + ": " + what);
  };
  const char* same = archive == nullptr ? nullptr : zip_get_name(archive, named.member.index, ZIP_FL_ENC_RAW);
  if (same == nullptr || named.raw_name != same)
    return failed(Errc::corrupt, "expected a directory that reads in one way, got two");
  const ArchiveFile file(zip_fopen_index(archive, named.member.index, 0), &zip_fclose);
  if (!file) return failed(Errc::corrupt, "expected a member, got one that cannot be opened");
  const NpySource source{named.member.size, [&](std::span<std::byte> to) { return read_fully(file.get(), to); }};
  Result<Array> array = read_npy(source, max_bytes);
  if (!array) return failed(array.error().code(), array.error().what());
  std::byte beyond;
  if (zip_fread(file.get(), &beyond, 1) != 0)
    return failed(Errc::checksum, "expected the bytes that its checksum tells, got others");
  return array;
}

Result<NamedArrays> read_members(const Npz& npz, std::span<const NamedMember> members, const NpzLimits& limits) {
  const Archive archive = open_archive(npz.file);
  NamedArrays arrays;
  for (const NamedMember& named : members) {
    Result<Array> array = read_member(archive.get(), named, byte_limit("load_npz", limits.max_bytes));
    if (!array) return array.error();
    arrays.emplace_back(named.name, std::move(array).value());
  }
  return arrays;
}

Result<Npz> open_file(const std::filesystem::path& path, const NpzLimits& limits) {
  if (limits.max_members < 1 || limits.max_ratio < 1)
    throw Error(Errc::invalid_argument, "load_npz: expected limits of 1 and more, got less");
  const Result<FileBytes> file = read_file(path, byte_limit("load_npz", limits.max_bytes));
  if (!file) return file.error();
  return open_npz(file.value(), limits);
}

}  // namespace

Result<NamedArrays> read_npz(const FileBytes& file, const NpzLimits& limits) {
  const Result<Npz> npz = open_npz(file, limits);
  if (!npz) return npz.error();
  return read_members(npz.value(), npz.value().members, limits);
}

Result<NamedArrays> load_npz(const std::filesystem::path& path, const NpzLimits& limits) {
  const Result<Npz> npz = open_file(path, limits);
  if (!npz) return npz.error();
  return read_members(npz.value(), npz.value().members, limits);
}

Result<Array> load_npz_array(const std::filesystem::path& path, const std::string& name, const NpzLimits& limits) {
  const Result<Npz> npz = open_file(path, limits);
  if (!npz) return npz.error();
  for (const NamedMember& named : npz.value().members) {
    if (named.name != without_suffix(name)) continue;
    auto arrays = read_members(npz.value(), std::span(&named, 1), limits);
    if (!arrays) return arrays.error();
    return arrays.value()[0].second;
  }
  return Error(Errc::not_found, "npz: expected an array " + shown(name) + ", got none of that name");
}

Result<std::vector<std::string>> npz_names(const std::filesystem::path& path, const NpzLimits& limits) {
  const Result<Npz> npz = open_file(path, limits);
  if (!npz) return npz.error();
  std::vector<std::string> names;
  for (const NamedMember& named : npz.value().members) names.push_back(named.name);
  return names;
}

}  // namespace fovea
