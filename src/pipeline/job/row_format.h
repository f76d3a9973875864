#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "fovea/row.h"

namespace fovea::pipeline {

// How rows become a file: a head, the bytes of each row, a tail.
class RowFormat {
 public:
  virtual ~RowFormat() = default;
  // Its length does not depend on the number of rows.
  virtual std::string head(std::int64_t /*rows*/) const { return {}; }
  // Appends a row's bytes, perhaps none. Throws Error(invalid_argument) for a row that cannot be written.
  virtual void append(const Row&, std::string& to) const = 0;
  virtual std::string tail() const { return {}; }
};

std::unique_ptr<RowFormat> jsonl_format(const RowColumns&);
std::unique_ptr<RowFormat> csv_format(const RowColumns&);
std::unique_ptr<RowFormat> npy_format(int width);
std::unique_ptr<RowFormat> tar_format();

// The path of an archive of several: NAME-00007.tar for NAME.tar.
std::string shard_name(const std::string& name, std::int64_t part);

}  // namespace fovea::pipeline
