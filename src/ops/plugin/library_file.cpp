#include "ops/plugin/library_file.h"

#include <elf.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/checked.h"
#include "base/file.h"
#include "base/system_error.h"

// The header of the program, or library, that this is linked into; the linker defines it.
extern "C" __attribute__((visibility("hidden"))) const ElfW(Ehdr) __ehdr_start;

namespace fovea::ops {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);

[[noreturn]] void refuse(Errc code, const std::string& message) {
  throw Error(code, "plug-in: " + message);
}

void check_owner(const InputFile& file) {
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) throw system_error("plug-in", errno);
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    refuse(Errc::policy, "expected a file of root or of user " + std::to_string(::geteuid()) + ", got one of user " +
                             std::to_string(status.st_uid) + "; load a copy");
  if (status.st_mode & (S_IWGRP | S_IWOTH))
    refuse(Errc::policy, "expected a file that its owner alone may write to, got one that others may; chmod go-w");
}

template <class T>
T read(const InputFile& file, std::int64_t offset) {
  T value;
  if (auto error = file.read(offset, std::as_writable_bytes(std::span(&value, 1)))) throw *error;
  return value;
}

Header read_header(const InputFile& file) {
  if (file.size() == 0) refuse(Errc::empty, "expected a shared library, got no bytes");
  const auto start = static_cast<std::size_t>(std::min<std::int64_t>(file.size(), SELFMAG));
  char magic[SELFMAG];
  if (auto error = file.read(0, std::as_writable_bytes(std::span(magic, start)))) throw *error;
  if (start < SELFMAG || std::memcmp(magic, ELFMAG, SELFMAG) != 0)
    refuse(Errc::unknown_format, "expected a shared library, got no ELF file");
  if (file.size() < static_cast<std::int64_t>(sizeof(Header))) refuse(Errc::truncated, "the ELF header is cut short");
  return read<Header>(file, 0);
}

void check_kind(const Header& header) {
  const Header& own = __ehdr_start;
  if (header.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] || header.e_ident[EI_DATA] != own.e_ident[EI_DATA] ||
      header.e_machine != own.e_machine)
    refuse(Errc::unsupported, "expected a library for ELF machine " + std::to_string(own.e_machine) +
                                  ", as this program, got one for " + std::to_string(header.e_machine));
  if (header.e_type != ET_DYN)
    refuse(Errc::unknown_format, "expected a shared library, got another ELF file; link it with -shared");
}

void check_segments(const InputFile& file, const Header& header) {
  if (header.e_phentsize != sizeof(Segment) || header.e_phnum == 0)
    refuse(Errc::unknown_format, "expected a shared library, got an ELF file without segments");
  const auto inside = [&](std::uint64_t offset, std::uint64_t size) {
    const auto end = checked_add(offset, size);
    if (!end || *end > static_cast<std::uint64_t>(file.size()))
      refuse(Errc::truncated, "expected the bytes that its headers speak of, got " + std::to_string(file.size()) +
                                  " in all; the library is cut short");
  };
  inside(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Segment));
  for (std::uint64_t k = 0; k < header.e_phnum; ++k) {
    const auto segment = read<Segment>(file, static_cast<std::int64_t>(header.e_phoff + k * sizeof(Segment)));
    if (segment.p_type == PT_LOAD) inside(segment.p_offset, segment.p_filesz);
  }
}

}  // namespace

void check_library_file(const std::filesystem::path& path) {
  const InputFile file = InputFile::open(path).value();
  check_owner(file);
  const Header header = read_header(file);
  check_kind(header);
  check_segments(file, header);
}

}  // namespace fovea::ops
