#include "base/zip_directory.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/byte_reader.h"
#include "base/checked.h"
#include "base/text.h"

// Layouts: PKWARE's APPNOTE.TXT, sections 4.3 to 4.5.
namespace fovea {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50, central_signature = 0x02014b50, end_signature = 0x06054b50,
                        end64_signature = 0x06064b50, locator64_signature = 0x07064b50;
constexpr std::size_t end_bytes = 22, locator64_bytes = 20, end64_bytes = 56, central_bytes = 46, local_bytes = 30;
constexpr std::size_t max_comment = 65535;
constexpr std::uint32_t in_zip64 = 0xffffffff;
constexpr std::uint16_t stored = 0, deflated = 8, encrypted_flags = 0x2041, zip64_extra = 1;

struct End {
  std::uint64_t count, size, offset;
  std::uint64_t position;  // where the records of the end begin
};

[[noreturn]] void corrupt(const std::string& message) {
  throw Error(Errc::corrupt, message);
}

ByteReader at(std::span<const std::byte> file, std::uint64_t offset) {
  if (offset > file.size()) corrupt("expected offsets within the file, got " + std::to_string(offset));
  return ByteReader(file.subspan(offset));
}

std::uint64_t find_end(std::span<const std::byte> file) {
  const std::size_t most = std::min(file.size(), end_bytes + max_comment);
  for (std::size_t back = end_bytes; back <= most; ++back) {
    const std::size_t position = file.size() - back;
    if (file[position] != std::byte{'P'}) continue;
    ByteReader reader = at(file, position);
    if (reader.number<std::uint32_t>() != end_signature) continue;
    reader.take(16);
    if (reader.number<std::uint16_t>() == back - end_bytes) return position;
  }
  throw Error(Errc::truncated, "expected a directory at the end, got none; the file is cut short");
}

End read_end(std::span<const std::byte> file, std::uint64_t max_members) {
  const std::uint64_t position = find_end(file);
  ByteReader reader = at(file, position + 4);
  const auto disk = reader.number<std::uint16_t>(), directory_disk = reader.number<std::uint16_t>();
  const auto here = reader.number<std::uint16_t>(), count = reader.number<std::uint16_t>();
  const auto size = reader.number<std::uint32_t>(), offset = reader.number<std::uint32_t>();
  End end{count, size, offset, position};
  if (position >= locator64_bytes &&
      at(file, position - locator64_bytes).number<std::uint32_t>() == locator64_signature) {
    ByteReader locator = at(file, position - locator64_bytes + 8);
    const auto where = locator.number<std::uint64_t>();
    if (where > position - locator64_bytes || position - locator64_bytes - where < end64_bytes)
      corrupt("expected the zip64 end before its locator, got offset " + std::to_string(where));
    ByteReader record = at(file, where);
    if (record.number<std::uint32_t>() != end64_signature) corrupt("expected a zip64 end record, got other bytes");
    record.take(20);
    const auto count_here = record.number<std::uint64_t>();
    end = {record.number<std::uint64_t>(), record.number<std::uint64_t>(), record.number<std::uint64_t>(), where};
    if (count_here != end.count) corrupt("expected one disk, got a part of several");
  } else if (disk != 0 || directory_disk != 0 || here != count) {
    corrupt("expected one disk, got a part of several");
  }
  if (end.count > max_members)
    throw Error(Errc::limit_metadata,
                "expected at most " + std::to_string(max_members) + " members, got " + std::to_string(end.count));
  if (end.offset > end.position || end.size > end.position - end.offset || end.count > end.size / central_bytes)
    corrupt("expected the directory before its end record, got " + std::to_string(end.size) + " bytes from " +
            std::to_string(end.offset));
  return end;
}

// Fields whose 32 bits are all ones are in the zip64 extra field, in this order.
void widen(ByteReader extra, std::uint64_t extra_bytes, const std::vector<std::uint64_t*>& fields) {
  while (extra.position() + 4 <= extra_bytes) {
    const auto id = extra.number<std::uint16_t>();
    ByteReader field(extra.take(extra.number<std::uint16_t>()));
    if (id != zip64_extra) continue;
    for (std::uint64_t* value : fields)
      if (*value == in_zip64) *value = field.number<std::uint64_t>();
    return;
  }
}

// Sets where the content begins, from a local header that must say the same as the directory.
void locate(std::span<const std::byte> file, std::string_view name, ZipMember& member, std::uint64_t end) {
  ByteReader local = at(file, member.local_header);
  if (local.number<std::uint32_t>() != local_signature)
    corrupt(shown(name) + ": expected a local header, got other bytes");
  local.take(4);
  const auto method = local.number<std::uint16_t>();
  local.take(16);
  const auto name_bytes = local.number<std::uint16_t>(), extra_bytes = local.number<std::uint16_t>();
  if (method != member.method || local.text(name_bytes) != name)
    corrupt(shown(name) + ": expected the local header to agree with the directory, got another name or method");
  member.content = member.local_header + local_bytes + name_bytes + extra_bytes;
  if (member.content > end || member.packed_size > end - member.content)
    corrupt(shown(name) + ": expected its bytes before the directory, got " + std::to_string(member.packed_size) +
            " from " + std::to_string(member.content));
}

std::pair<std::string, ZipMember> read_entry(std::span<const std::byte> file, ByteReader& directory,
                                             std::uint64_t end) {
  if (directory.number<std::uint32_t>() != central_signature) corrupt("expected a directory entry, got other bytes");
  directory.take(4);
  const auto flags = directory.number<std::uint16_t>(), method = directory.number<std::uint16_t>();
  directory.take(8);
  ZipMember member;
  member.method = method;
  member.packed_size = directory.number<std::uint32_t>();
  member.size = directory.number<std::uint32_t>();
  const auto name_bytes = directory.number<std::uint16_t>(), extra_bytes = directory.number<std::uint16_t>(),
             comment_bytes = directory.number<std::uint16_t>();
  directory.take(8);
  member.local_header = directory.number<std::uint32_t>();
  const std::string name(directory.text(name_bytes));
  widen(ByteReader(directory.take(extra_bytes)), extra_bytes,
        {&member.size, &member.packed_size, &member.local_header});
  directory.take(comment_bytes);
  if (!plain_zip_name(name)) corrupt("expected members with plain relative names, got " + shown(name));
  if ((flags & encrypted_flags) != 0)
    throw Error(Errc::unsupported, shown(name) + ": expected a plain member, got an encrypted one");
  if (method != stored && method != deflated)
    throw Error(Errc::unsupported,
                shown(name) + ": expected a stored or deflated member, got method " + std::to_string(method));
  if (method == stored && member.size != member.packed_size)
    corrupt(shown(name) + ": expected one size for a stored member, got two");
  locate(file, name, member, end);
  return {name, member};
}

void check_overlaps(const ZipDirectory& directory) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const auto& [name, member] : directory.members)
    ranges.emplace_back(member.local_header, member.content + member.packed_size);
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].first < ranges[i - 1].second) corrupt("expected members apart from each other, got an overlap");
}

}  // namespace

bool plain_zip_name(std::string_view name) {
  const bool climbs =
      name == ".." || name.starts_with("../") || name.find("/../") != name.npos || name.ends_with("/..");
  return !name.empty() && !climbs && name.front() != '/' &&
         name.find_first_of(std::string_view("\\\0:", 3)) == name.npos;
}

Result<ZipDirectory> read_zip_directory(std::span<const std::byte> file, const ZipLimits& limits) try {
  const End end = read_end(file, limits.max_members);
  ByteReader entries(file.subspan(end.offset, end.size));
  ZipDirectory directory;
  std::optional<std::uint64_t> total = 0;
  for (std::uint64_t index = 0; index < end.count; ++index) {
    auto [name, member] = read_entry(file, entries, end.offset);
    member.index = index;
    total = checked_add(*total, member.size);
    if (!total || *total / limits.max_expansion > file.size())
      throw Error(Errc::limit_bytes, "expected members of at most " + std::to_string(limits.max_expansion) +
                                         " times the file's " + std::to_string(file.size()) + " bytes, got more");
    if (!directory.members.emplace(name, member).second)
      corrupt("expected each member once, got " + shown(name) + " twice");
  }
  if (entries.position() != end.size) corrupt("expected a directory of entries only, got more bytes after them");
  check_overlaps(directory);
  return directory;
} catch (const Error& error) {
  return Error(error.code(), std::string("zip: ") + error.what());
}

}  // namespace fovea
