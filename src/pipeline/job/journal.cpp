#include "pipeline/job/journal.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <span>
#include <utility>

#include "base/read_fully.h"
#include "base/write_fully.h"

namespace fovea::pipeline {
namespace {

std::string text_of(int descriptor, const std::string& file) {
  std::string text(static_cast<std::size_t>(size_of_file(descriptor, file)), '\0');
  std::int64_t offset = 0;
  const ReadEnd end = read_fully(std::as_writable_bytes(std::span(text)), [&](std::byte* to, std::size_t bytes) {
    const ssize_t got = ::pread(descriptor, to, bytes, offset);
    if (got > 0) offset += got;
    return got;
  });
  if (end == ReadEnd::failed) throw medium_error(file, errno);
  text.resize(static_cast<std::size_t>(offset));
  return text;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// The process that has the lock, and since when if it has told the journal.
std::string owner_of(int descriptor, const std::string& told) {
  const std::optional<std::int64_t> process = lock_holder(descriptor);
  if (!process) return told.empty() ? "another process" : told;
  const std::string text = "pid " + std::to_string(*process);
  return told.starts_with(text + ' ') ? told : text;
}

}  // namespace

Journal::Journal(const Directory& directory, std::string name) : directory_(&directory), name_(std::move(name)) {
  file_ = directory.open_writing(name_);
  if (!try_lock(file_.get(), path())) {
    const std::string owner = owner_of(file_.get(), read_history(text_of(file_.get(), path())).owner);
    throw Error(Errc::policy, path() + ": locked by " + owner + "; wait for its end, or choose another output");
  }
  check_named(file_.get(), path());
  history_ = read_history(text_of(file_.get(), path()));
}

void Journal::begin(const Manifest& manifest, bool replaces) {
  cut({});
  history_ = {};
  append(manifest_record(manifest, replaces));
  history_.manifest = manifest;
  history_.replaces = replaces;
  history_.base = history_.end;
  directory_->sync();
}

void Journal::begin_update(const std::string& retry, bool complete) {
  append(update_record(retry, complete));
  history_.earlier = Earlier{history_.commits.empty() ? Commit{} : history_.commits.back(), complete, retry};
  history_.commits.clear();
  history_.marks.clear();
  history_.base = history_.end;
  history_.replaces = true;
  history_.phase = Phase::running;
}

void Journal::start() {
  append(start_record(::getpid(), utc_now()));
}

void Journal::cut(Mark end) {
  cut_file(file_.get(), end.bytes, path());
  sync_data(file_.get(), path());
  history_.end = end;
}

void Journal::append(const std::string& record) {
  check_named(file_.get(), path());
  const std::string line = record_line(history_.end.sequence, record);
  if (const int code = write_fully_at(file_.get(), history_.end.bytes, std::as_bytes(std::span(line))); code != 0)
    throw medium_error(path(), code);
  sync_data(file_.get(), path());
  history_.end = {history_.end.bytes + std::ssize(line), history_.end.sequence + 1};
}

void Journal::add(const Commit& commit) {
  append(commit_record(commit));
  // Only the last one is asked for while the job runs.
  history_.commits.assign(1, commit);
  history_.marks.assign(1, history_.end);
}

void Journal::enter(Phase phase) {
  append(phase_record(phase));
  pipeline::enter(history_, phase);
}

void Journal::rewind(std::size_t commits) {
  history_.commits.resize(commits);
  history_.marks.resize(commits);
  history_.phase = Phase::running;
  cut(commits == 0 ? history_.base : history_.marks.back());
}

}  // namespace fovea::pipeline
