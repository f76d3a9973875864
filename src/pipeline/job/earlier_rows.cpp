#include "pipeline/job/earlier_rows.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <span>
#include <tuple>

#include "base/read_fully.h"
#include "base/sha256.h"
#include "pipeline/job/directory.h"

namespace fovea::pipeline {
namespace {

constexpr std::int64_t chunk = 64 << 10, line_chunk = 4 << 10;
constexpr std::string_view index_key = "{\"index\":";

Error not_ours(const std::string& path) {
  return Error(Errc::corrupt, path + ": expected rows as this program writes them; --fresh starts over");
}

struct Key {
  std::string path, error_code;  // error_code is empty for "ok"
};

bool skip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<std::int64_t> skip_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// \u00XX is that control character; \udcXX that byte, which was no UTF-8.
std::optional<char> escaped_byte(std::string_view& text) {
  const bool byte = text.starts_with("dc");
  if (text.size() < 4 || (!byte && !text.starts_with("00"))) return std::nullopt;
  unsigned value = 0;
  if (std::from_chars(text.data() + 2, text.data() + 4, value, 16).ptr != text.data() + 4) return std::nullopt;
  text.remove_prefix(4);
  return static_cast<char>(value);
}

// Reads what json_quoted() writes.
std::optional<std::string> skip_string(std::string_view& text) {
  if (!skip(text, "\"")) return std::nullopt;
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return out;
    if (c != '\\') {
      out += c;
      continue;
    }
    if (text.empty()) return std::nullopt;
    const char kind = text.front();
    text.remove_prefix(1);
    constexpr std::string_view names = "\"\\bfnrt", values = "\"\\\b\f\n\r\t";
    if (const std::size_t at = names.find(kind); at != std::string_view::npos) {
      out += values[at];
    } else if (const auto byte = kind == 'u' ? escaped_byte(text) : std::nullopt) {
      out += *byte;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<Key> json_key(std::string_view line) {
  if (!skip(line, index_key) || !skip_number(line) || !skip(line, ",\"path\":")) return std::nullopt;
  std::optional<std::string> path = skip_string(line);
  if (!path || !skip(line, ",\"status\":")) return std::nullopt;
  if (skip(line, "\"ok\"")) return Key{std::move(*path), {}};
  if (!skip(line, "\"error\",\"error_code\":")) return std::nullopt;
  std::optional<std::string> code = skip_string(line);
  if (!code || code->empty()) return std::nullopt;
  return Key{std::move(*path), std::move(*code)};
}

// Reads what csv_field() writes.
std::string skip_field(std::string_view& text) {
  std::string out;
  bool quoted = false;
  while (!text.empty() && (quoted || (text.front() != ',' && text.front() != '\r'))) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '"') {
      out += c;
    } else if (quoted && text.starts_with('"')) {
      out += '"';
      text.remove_prefix(1);
    } else {
      quoted = !quoted;
    }
  }
  return out;
}

std::optional<Key> csv_key(std::string_view record) {
  std::vector<std::string> fields{skip_field(record)};
  while (skip(record, ",")) fields.push_back(skip_field(record));
  if (fields.size() < 8 || record != "\r\n") return std::nullopt;
  if (fields[2] == "ok") return Key{std::move(fields[1]), {}};
  const std::string& code = fields[fields.size() - 2];
  if (fields[2] != "error" || code.empty()) return std::nullopt;
  return Key{std::move(fields[1]), code};
}

// Where the first line or record of `text` ends, or npos. Only a CSV record has line feeds inside quotes.
std::size_t end_of_entry(EarlierFile::Kind kind, std::string_view text) {
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"' && kind == EarlierFile::Kind::csv) quoted = !quoted;
    if (text[at] == '\n' && !quoted) return at + 1;
  }
  return std::string_view::npos;
}

std::string renumbered(EarlierFile::Kind kind, const std::string& line, std::int64_t index) {
  const std::string_view prefix = kind == EarlierFile::Kind::csv ? "" : index_key;
  return std::string(prefix) + std::to_string(index) + line.substr(line.find(','));
}

void hash_of(std::string_view path, std::uint64_t (&hash)[2]) {
  const std::string digits = sha256_hex(std::as_bytes(std::span(path)));
  for (std::size_t half = 0; half < 2; ++half)
    std::from_chars(digits.data() + 16 * half, digits.data() + 16 * half + 16, hash[half], 16);
}

}  // namespace

std::optional<ListedFile> listed_file(std::string_view line) {
  constexpr std::size_t digest_digits = 64;
  if (!skip(line, index_key) || !skip_number(line) || !skip(line, ",\"bytes\":")) return std::nullopt;
  const std::optional<std::int64_t> bytes = skip_number(line);
  if (!bytes || !skip(line, ",\"sha256\":\"") || line.size() < digest_digits) return std::nullopt;
  line.remove_prefix(digest_digits);
  if (!skip(line, "\",\"file\":")) return std::nullopt;
  std::optional<std::string> name = skip_string(line);
  if (!name || line != "}\n") return std::nullopt;
  return ListedFile{std::move(*name), *bytes};
}

void EarlierFile::read(std::int64_t offset, std::int64_t most, std::string& to) const {
  const auto size = static_cast<std::size_t>(std::min(most, extent_.bytes - offset));
  const std::size_t before = to.size();
  to.resize(before + size);
  std::int64_t at = extent_.head + offset;
  const ReadEnd end = read_fully(std::as_writable_bytes(std::span(to)).subspan(before), [&](std::byte* p, auto bytes) {
    const ssize_t got = ::pread(file_.get(), p, bytes, at);
    if (got > 0) at += got;
    return got;
  });
  if (end == ReadEnd::failed) throw medium_error(path_, errno);
  if (end == ReadEnd::early) throw not_ours(path_);
}

std::string EarlierFile::line_at(std::int64_t offset) const {
  std::string text;
  for (std::int64_t piece = line_chunk; offset + std::ssize(text) < extent_.bytes; piece *= 2) {
    read(offset + std::ssize(text), piece, text);
    if (const std::size_t end = end_of_entry(kind_, text); end != std::string::npos) return text.substr(0, end);
  }
  throw not_ours(path_);
}

// The first offset behind the line feed that follows `offset`.
std::int64_t EarlierFile::next_line(std::int64_t offset) const {
  return offset + std::ssize(line_at(offset));
}

// Bisects: the indices of a listing rise.
std::string EarlierFile::listed(std::int64_t row) const {
  std::int64_t begin = 0, end = extent_.bytes;  // the line begins in between
  while (begin < end) {
    const std::int64_t middle = begin + (end - begin) / 2;
    std::int64_t start = middle == begin ? begin : next_line(middle - 1);
    if (start >= end) start = begin;
    const std::string line = line_at(start);
    std::string_view rest = line;
    if (!skip(rest, index_key)) throw not_ours(path_);
    const std::optional<std::int64_t> index = skip_number(rest);
    if (!index) throw not_ours(path_);
    if (*index == row) return line;
    if (*index < row)
      begin = start + std::ssize(line);
    else
      end = start == begin ? begin : std::min(start, middle);
  }
  return {};
}

std::string EarlierFile::entry(const EarlierRow& row, std::int64_t index) const {
  std::string bytes;
  switch (kind_) {
    case Kind::npy:
      read(row.index * extent_.row_bytes, extent_.row_bytes, bytes);
      return bytes;
    case Kind::listing:
      bytes = listed(row.index);
      break;
    default:
      bytes = line_at(row.offset);
  }
  return bytes.empty() ? bytes : renumbered(kind_, bytes, index);
}

EarlierRows::EarlierRows(const EarlierFile& rows, std::int64_t count, const std::string& retry) {
  entries_.reserve(static_cast<std::size_t>(count));
  std::string text;
  std::int64_t offset = 0;
  while (offset < rows.extent().bytes) {
    const std::int64_t have = std::ssize(text);
    if (offset + have < rows.extent().bytes) rows.read(offset + have, std::max(chunk, have), text);
    std::string_view rest = text;
    for (std::size_t end; (end = end_of_entry(rows.kind(), rest)) != std::string_view::npos; rest.remove_prefix(end)) {
      add(rows, rest.substr(0, end), offset, retry);
      offset += static_cast<std::int64_t>(end);
    }
    if (rest.size() == text.size() && offset + std::ssize(text) == rows.extent().bytes) throw not_ours(rows.path());
    text.erase(0, text.size() - rest.size());
  }
  if (std::ssize(entries_) != count) throw not_ours(rows.path());
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(a.hash[0], a.hash[1], std::uint64_t{a.index}) <
           std::tuple(b.hash[0], b.hash[1], std::uint64_t{b.index});
  });
}

void EarlierRows::add(const EarlierFile& rows, std::string_view line, std::int64_t offset, const std::string& retry) {
  const std::optional<Key> key = rows.kind() == EarlierFile::Kind::csv ? csv_key(line) : json_key(line);
  if (!key) throw not_ours(rows.path());
  const bool failed = !key->error_code.empty();
  Entry entry{};
  hash_of(key->path, entry.hash);
  entry.offset = offset;
  entry.index = entries_.size() & ((std::uint64_t{1} << 60) - 1);
  entry.failed = failed;
  entry.kept = !failed || (retry != "failed" && retry != key->error_code);
  entries_.push_back(entry);
}

// Of inputs with equal paths the first takes the first row, and so on.
std::optional<EarlierRow> EarlierRows::take(std::string_view path) {
  std::uint64_t hash[2];
  hash_of(path, hash);
  const auto found = std::partition_point(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    const auto order = std::tie(entry.hash[0], entry.hash[1]) <=> std::tie(hash[0], hash[1]);
    return order < 0 || (order == 0 && entry.taken);
  });
  if (found == entries_.end() || found->hash[0] != hash[0] || found->hash[1] != hash[1]) return std::nullopt;
  found->taken = 1;
  if (!found->kept) return std::nullopt;
  return EarlierRow{static_cast<std::int64_t>(found->index), found->offset, found->failed != 0};
}

}  // namespace fovea::pipeline
