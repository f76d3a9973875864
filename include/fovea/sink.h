#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>

#include "fovea/row.h"

namespace fovea {

// Where rows go. One thread at a time. Both functions throw Error(io) when the medium refuses; finish() is called once,
// after the last row. A sink that is destroyed without finish() still hands over the whole rows it holds, if it can.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual void write(const Row&) = 0;
  virtual void finish() = 0;
};

// One JSON object a line, keys in this order: index, path, status, then width, height, format, the columns' fields and
// top (if there are classes) for "ok", error_code and error_message for "error". Path bytes that are not UTF-8 become
// lone surrogates U+DC80..U+DCFF. A line reaches the file whole and within 100 ms. An empty path means standard output;
// a file that exists is replaced.
std::unique_ptr<RowSink> jsonl_sink(const std::filesystem::path& file, const RowColumns&);

// RFC 4180 with the header index,path,status,width,height,format,FIELDS...,class_1,label_1,prob_1,...,error_code,
// error_message; path bytes stay as they are.
std::unique_ptr<RowSink> csv_sink(const std::filesystem::path& file, const RowColumns&);

// A .npy array f32 [rows, width] of Row::values; a failed input's row is NaN. Throws Error(not_a_file, not_found,
// permission) when the file cannot be made, and Error(invalid_argument) from write() for a row with another count.
std::unique_ptr<RowSink> npy_sink(const std::filesystem::path& file, int width);

// Row::bytes as the file Row::file of a folder, which is made if it is not there. A file appears whole, in place of one
// of its name. Throws Error(policy) from write() for a name that is absolute, has "..", or meets a symbolic link.
std::unique_ptr<RowSink> folder_sink(const std::filesystem::path& folder);

// When the next archive begins: before a file that would be one too many, or make the archive larger than allowed.
struct TarShards {
  std::int64_t files = 0, bytes = 0;  // 0: no limit; bytes of the whole archive
  bool any() const { return files > 0 || bytes > 0; }
  // Whether an archive of so many files and bytes has no room for another member, headers included.
  bool full(std::int64_t has_files, std::int64_t has_bytes, std::int64_t member) const {
    constexpr std::int64_t end_blocks = 1024;
    return has_files > 0 &&
           ((files > 0 && has_files >= files) || (bytes > 0 && has_bytes + member + end_blocks > bytes));
  }
};

// The same in a tar archive (POSIX pax), without times and owners, so that equal rows make equal bytes. With limits,
// NAME.tar becomes NAME-00000.tar, NAME-00001.tar…; files that exist are replaced.
std::unique_ptr<RowSink> tar_sink(const std::filesystem::path& file, const TarShards& = {});

// Rows go nowhere.
std::unique_ptr<RowSink> no_sink();

}  // namespace fovea
