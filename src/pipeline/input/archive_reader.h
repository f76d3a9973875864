#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/descriptor.h"
#include "fovea/error.h"
#include "pipeline/input/remote_file.h"

struct archive;
struct archive_entry;

namespace fovea::pipeline {

// The members of a tar archive, or the bytes of another file as one member, unpacked on the way (gzip, zstd, xz,
// bzip2). Nothing is written anywhere. One thread at a time.
class ArchiveReader {
 public:
  enum class Take : std::uint8_t { tar, bytes, either };
  // Reads from the descriptor's place on.
  ArchiveReader(Descriptor, Take);
  // A tar archive behind a URL. What is passed over is downloaded.
  explicit ArchiveReader(std::unique_ptr<RemoteFile>);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  // Moves on to the next member; false at the end. What is left of the last one is not read where the descriptor can
  // seek. Errors: truncated (also for a tar without its end mark), corrupt, limit_ratio, io, those of RemoteFile; then
  // there is no more.
  Result<bool> next();
  // Of an error of next(): whether bytes of the member before it were not there, or not read as far.
  bool failed_in_member() const { return failed_in_member_; }
  bool is_tar() const;

  std::string name() const;   // of the member; bytes
  std::int64_t size() const;  // as declared; -1: not known
  bool is_file() const;       // regular, with contents of its own
  bool is_folder() const;
  std::string kind() const;  // of what is neither: "a symbolic link"

  // The next bytes of the member; 0 at its end, and where there is none. Errors as next().
  Result<std::size_t> read(std::span<std::byte>);

 private:
  explicit ArchiveReader(Take);
  bool open();
  Error failure(const char* doing) const;
  std::optional<Error> bomb() const;
  std::int64_t place() const;  // in the unpacked archive
  std::optional<Error> skip_member();
  std::optional<Error> read_past_member();

  struct Free {
    void operator()(archive*) const;
  };
  Descriptor descriptor_;
  std::unique_ptr<RemoteFile> remote_;  // in place of the descriptor
  std::optional<Error> remote_failure_;
  std::unique_ptr<archive, Free> archive_;
  archive_entry* entry_ = nullptr;
  bool opened_ = false, failed_in_member_ = false;
  std::int64_t bytes_begin_ = 0;  // of the member
  std::int64_t end_ = -1;         // of a file that is not packed, from where reading began; -1: not known
};

}  // namespace fovea::pipeline
