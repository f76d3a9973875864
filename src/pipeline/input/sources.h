#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>

#include "fovea/source.h"
#include "pipeline/input/archive_reader.h"

namespace fovea::pipeline {

// The kinds of sources, each in a file of source/.

// Folders by their real path, of which it keeps 16 bytes of a SHA-256: there may be very many. One that was reached
// before, through a link or by name, is not listed again.
class SeenFolders {
 public:
  bool add(const std::string& real_path);  // whether it is new

 private:
  struct Digest {
    std::uint64_t high, low;
    bool operator==(const Digest&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Digest& digest) const noexcept { return digest.high; }
  };
  std::unordered_set<Digest, Hash> digests_;
};
// A file, or the files of a folder.
std::unique_ptr<Source> path_source(const std::string& path, std::shared_ptr<SeenFolders>);

std::unique_ptr<Source> url_source(const std::string& url);

// The members of an archive. `limit` is of a member's bytes.
std::unique_ptr<Source> tar_source(const std::string& path, std::int64_t limit);
// The same of an archive behind a URL.
std::unique_ptr<Source> remote_tar_source(std::shared_ptr<Fetcher>, const std::string& url, std::int64_t limit);
// The same of a reader that stands at its first member, or at the end.
std::unique_ptr<Source> tar_source(const std::string& name, std::unique_ptr<ArchiveReader>, bool at_member,
                                   std::int64_t limit);

// What a list's entries are opened with.
using OpenEntry = std::function<std::unique_ptr<Source>(const std::string& entry)>;
enum class ListKind : std::uint8_t { lines, csv, jsonl };
// The inputs that a list names; `bytes` stands at its only member. Throws Error for a list without the column.
std::unique_ptr<Source> list_source(const std::string& name, std::unique_ptr<ArchiveReader> bytes, ListKind,
                                    const std::string& column, OpenEntry);

// One input that is an error.
std::unique_ptr<Source> error_source(const std::string& path, const Error&);

}  // namespace fovea::pipeline
