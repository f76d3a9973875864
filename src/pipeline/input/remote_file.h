#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "fovea/fetch.h"

namespace fovea::pipeline {

// The bytes of a file behind a URL, in order: by ranges, of which a few are asked for ahead, so that a connection that
// breaks costs one of them. One thread at a time.
class RemoteFile {
 public:
  RemoteFile(std::shared_ptr<Fetcher>, std::string url);

  // The next bytes, there until the next call; none at the end. Waits for them, as long as the fetcher's options allow.
  // Errors: those of Fetcher::fetch(); download when the file is no longer the one that it was at first. Then there is
  // no more.
  Result<std::span<const std::byte>> read();
  std::int64_t given() const { return given_; }  // bytes in all

 private:
  struct Asked {
    ByteRange range;
    std::future<Result<Fetched>> result;
  };
  void ask_ahead();
  Result<Fetched> next_piece();
  bool is_the_same_file(const Fetched&) const;

  std::shared_ptr<Fetcher> fetcher_;
  std::string url_;
  std::deque<Asked> asked_;
  std::int64_t next_ = 0;    // the first byte that was not asked for
  std::int64_t whole_ = -1;  // bytes of the file; -1: not known yet
  std::int64_t given_ = 0;
  std::string etag_, last_modified_;
  Fetched piece_;
  std::optional<Error> failure_;
};

}  // namespace fovea::pipeline
