#include "pipeline/job/line_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/write_fully.h"

namespace fovea {
namespace {

Error write_error(int code) {
  return Error(Errc::io, "rows: expected to write them, got " + std::generic_category().message(code));
}

int open_output(const std::filesystem::path& file) {
  if (file.empty()) return STDOUT_FILENO;
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
  if (descriptor < 0)
    throw Error(Errc::io,
                "rows: expected a file that opens for writing, got " + std::generic_category().message(errno));
  return descriptor;
}

}  // namespace

LineWriter::LineWriter(const std::filesystem::path& file) : descriptor_(open_output(file)), owned_(!file.empty()) {
  flusher_ = std::jthread([this](const std::stop_token& stop) { flush_when_due(stop); });
}

LineWriter::~LineWriter() {
  stop_flusher();
  if (descriptor_ < 0) return;
  try {
    flush();
  } catch (const Error&) {
  }
  if (owned_) ::close(descriptor_);
}

void LineWriter::write(std::string_view lines) {
  {
    const std::scoped_lock lock(mutex_);
    if (failure_) throw *failure_;
    buffer_ += lines;
    if (buffer_.size() >= flush_bytes) flush();
  }
  pending_.notify_one();
}

void LineWriter::finish() {
  stop_flusher();
  flush();
  const int descriptor = std::exchange(descriptor_, -1);
  if (owned_ && ::close(descriptor) != 0 && errno != EINTR) throw failure_.emplace(write_error(errno));
}

void LineWriter::flush_when_due(const std::stop_token& stop) {
  std::chrono::steady_clock::time_point due;
  std::unique_lock lock(mutex_);
  while (pending_.wait(lock, stop, [this] { return !buffer_.empty(); })) {
    pending_.wait_until(lock, stop, due, [] { return false; });
    due = std::chrono::steady_clock::now() + flush_interval;
    try {
      flush();
    } catch (const Error&) {
      return;  // the next write() or finish() throws it
    }
  }
}

void LineWriter::flush() {
  if (failure_) throw *failure_;
  if (buffer_.empty()) return;
  const int code = write_fully(descriptor_, buffer_);
  if (code != 0) {
    buffer_.clear();
    // A line that did not fit is taken back; devices and pipes refuse, and keep what they got.
    if (owned_) [[maybe_unused]]
      const int ignored = ::ftruncate(descriptor_, written_);
    throw failure_.emplace(write_error(code));
  }
  written_ += static_cast<std::int64_t>(buffer_.size());
  buffer_.clear();
}

void LineWriter::stop_flusher() {
  flusher_.request_stop();
  if (flusher_.joinable()) flusher_.join();
}

}  // namespace fovea
