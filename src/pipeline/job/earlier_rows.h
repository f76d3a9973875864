#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "fovea/job.h"

namespace fovea::pipeline {

struct EarlierRow {
  std::int64_t index = 0;   // among the earlier rows
  std::int64_t offset = 0;  // of its entry in the rows' file, behind the head
  bool failed = false;
};

// An earlier output that rows are copied from. Thread-safe. Errors: io, and corrupt for what no output of ours holds.
class EarlierFile {
 public:
  enum class Kind : std::uint8_t { jsonl, csv, npy, listing };
  struct Extent {
    std::int64_t head = 0, bytes = 0;  // the entries' bytes lie behind the head
    std::int64_t row_bytes = 0;        // of npy
  };
  EarlierFile(Kind kind, Descriptor file, Extent extent, std::string path)
      : kind_(kind), file_(std::move(file)), extent_(extent), path_(std::move(path)) {}

  Kind kind() const { return kind_; }
  const Extent& extent() const { return extent_; }
  const std::string& path() const { return path_; }
  // A row's bytes as those of row `index`; nothing for a row that a listing does not have.
  std::string entry(const EarlierRow&, std::int64_t index) const;
  // The line or CSV record at an offset, with its end.
  std::string line_at(std::int64_t offset) const;
  // Appends up to `most` of the bytes at an offset.
  void read(std::int64_t offset, std::int64_t most, std::string& to) const;

 private:
  std::string listed(std::int64_t row) const;
  std::int64_t next_line(std::int64_t offset) const;
  Kind kind_;
  Descriptor file_;
  Extent extent_;
  std::string path_;
};

// A line of a listing; nothing for another text.
struct ListedFile {
  std::string name;
  std::int64_t bytes = 0;
};
std::optional<ListedFile> listed_file(std::string_view line);

// Finds earlier rows by their inputs' keys, in 32 bytes a row. One thread at a time.
class EarlierRows {
 public:
  // Reads a file of rows (jsonl, csv). Rows with an error are not kept when `retry` is "failed" or their code.
  EarlierRows(const EarlierFile& rows, std::int64_t count, const std::string& retry);
  // The row of the next input with this path, if there is one and it is kept.
  std::optional<EarlierRow> take(std::string_view path);

 private:
  struct Entry {
    std::uint64_t hash[2];
    std::int64_t offset;
    std::uint64_t index : 60, failed : 1, kept : 1, taken : 1;
  };
  static_assert(sizeof(Entry) == 32);
  void add(const EarlierFile&, std::string_view line, std::int64_t offset, const std::string& retry);
  std::vector<Entry> entries_;  // by hash, then index
};

}  // namespace fovea::pipeline
