#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "fovea/array.h"
#include "fovea/error.h"
#include "fovea/fetch.h"

namespace fovea {

// What an input's bytes come from.
struct FileContent {
  std::string path;
};
struct UrlContent {
  std::string url;  // with its credentials, if any
};
// Bytes of its own, bytes that someone else keeps until the run ends, pixels u8 [height, width, channels], or why there
// is nothing.
using Content = std::variant<FileContent, UrlContent, std::vector<std::byte>, std::span<const std::byte>, Array, Error>;

// Inputs, one after the other, in an order that is the same each time. One thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  // Moves on to the next input and says what its row is called: a path, a URL without credentials, or
  // "shard.tar!member". Nothing at the end. Its bytes are not read yet. Throws Error for what ends the run: a list that
  // cannot be read at all.
  virtual std::optional<std::string> next() = 0;
  // What the input just named is made of; at most once for each. An Error becomes the input's row.
  virtual Content take() = 0;
  // How many inputs there are in all, if that is known without going through them.
  virtual std::optional<std::int64_t> count() const { return std::nullopt; }
};

struct SourceOptions {
  std::vector<std::string> lists;  // files whose lines or records name inputs: .txt, .csv, .jsonl, and those with .gz
  std::string column = "path";     // of CSV and JSONL lists
  std::int64_t max_encoded_bytes = std::int64_t{64} << 20;  // of a member of an archive
  FetchOptions fetch = {};  // of tar shards at URLs; its max_bytes is for servers that give a file only as a whole
};

// Files, folders, tar shards, URLs and "-" in the order of `inputs`, then those of the lists. docs/inputs.md says
// what each becomes. Throws Error: invalid_argument for inputs that cannot be (a pattern without end, "-" twice),
// those of opening and reading for a list; what fails later becomes a row.
std::unique_ptr<Source> open_source(std::span<const std::string> inputs, const SourceOptions& = {});

// Files as they are; folders become their files (recursive, sorted by bytes of the path, hidden ones skipped, a folder
// reached twice through links listed once). A path that is not there stays, as a folder
// that cannot be read does, to become its row.
std::vector<std::string> list_inputs(std::span<const std::string> inputs);

}  // namespace fovea
