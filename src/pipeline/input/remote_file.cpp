#include "pipeline/input/remote_file.h"

#include <algorithm>
#include <utility>

namespace fovea::pipeline {
namespace {

constexpr std::int64_t piece_bytes = std::int64_t{4} << 20;
constexpr std::size_t most_asked = 3;

}  // namespace

RemoteFile::RemoteFile(std::shared_ptr<Fetcher> fetcher, std::string url)
    : fetcher_(std::move(fetcher)), url_(std::move(url)) {}

// Until the first piece tells how many bytes there are, nothing else is asked for.
void RemoteFile::ask_ahead() {
  const bool first = whole_ < 0;
  while (asked_.size() < (first ? 1 : most_asked) && (first || next_ < whole_)) {
    const auto promise = std::make_shared<std::promise<Result<Fetched>>>();
    const ByteRange range{next_, first ? piece_bytes : std::min(piece_bytes, whole_ - next_)};
    asked_.push_back({range, promise->get_future()});
    next_ += range.count;
    fetcher_->fetch(url_, range, [promise](Result<Fetched>&& result) { promise->set_value(std::move(result)); });
  }
}

// A file that changes between two ranges would give bytes of both.
bool RemoteFile::is_the_same_file(const Fetched& piece) const {
  return piece.whole == whole_ && piece.etag == etag_ && piece.last_modified == last_modified_;
}

Result<Fetched> RemoteFile::next_piece() {
  ask_ahead();
  Asked asked = std::move(asked_.front());
  asked_.pop_front();
  Result<Fetched> result = asked.result.get();
  if (!result) return result;
  const Fetched& piece = result.value();
  if (whole_ < 0) whole_ = piece.whole, etag_ = piece.etag, last_modified_ = piece.last_modified;
  if (!is_the_same_file(piece) || piece.first != given_ || (piece.bytes.empty() && given_ < whole_))
    return Error(Errc::download,
                 "fetch " + public_url(url_) + ": expected the file that was there at first, got another");
  given_ += static_cast<std::int64_t>(piece.bytes.size());
  // A server may give less than was asked for, or, without ranges, all at once.
  if (asked.range.first + asked.range.count != given_) asked_.clear(), next_ = given_;
  return result;
}

Result<std::span<const std::byte>> RemoteFile::read() {
  piece_ = {};
  if (failure_) return *failure_;
  if (given_ == whole_) return std::span<const std::byte>();
  Result<Fetched> piece = next_piece();
  if (!piece) {
    failure_ = piece.error();
    asked_.clear();
    return *failure_;
  }
  piece_ = std::move(piece).value();
  ask_ahead();
  return std::span<const std::byte>(piece_.bytes);
}

}  // namespace fovea::pipeline
