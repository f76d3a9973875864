#include "pipeline/job/file_output.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "base/read_fully.h"
#include "base/write_fully.h"

namespace fovea::pipeline {
namespace {

constexpr std::size_t flush_bytes = std::size_t{1} << 20, digest_digits = 32, read_bytes = std::size_t{256} << 10;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// Reads the bytes from an offset on, all of them if `count` is negative. False when there are fewer.
bool read_range(int descriptor, std::int64_t offset, std::int64_t count, const std::string& file, auto&& take) {
  std::vector<std::byte> buffer(read_bytes);
  while (count != 0) {
    const std::size_t most =
        count < 0 ? read_bytes : static_cast<std::size_t>(std::min<std::int64_t>(count, read_bytes));
    const ssize_t got = ::pread(descriptor, buffer.data(), most, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw medium_error(file, errno);
    if (got == 0) return count < 0;
    take(std::span<const std::byte>(buffer.data(), static_cast<std::size_t>(got)));
    offset += got;
    if (count > 0) count -= got;
  }
  return true;
}

bool holds(int descriptor, std::int64_t offset, std::string_view wanted, const std::string& file) {
  std::string found;
  return read_range(descriptor, offset, std::ssize(wanted), file,
                    [&](auto bytes) { found.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); }) &&
         found == wanted;
}

bool same_file(int descriptor, const Directory::Entry& entry) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && status.st_dev == entry.device && status.st_ino == entry.inode;
}

// Walks over the rows' bytes of an output's parts, position by position.
class Walk {
 public:
  Walk(std::int64_t head, std::function<std::optional<Descriptor>(std::int64_t part)> open, std::string file)
      : head_(head), open_(std::move(open)), file_(std::move(file)), descriptor_(open_(0)) {}

  // False when the bytes up to there are not those that the position tells of.
  bool reach(const Position& to) {
    const auto take = [&](auto bytes) { digest_.update(bytes); };
    while (descriptor_ && part_ < to.parts) {
      if (!read_range(descriptor_->get(), head_ + at_, -1, file_, take)) return false;
      descriptor_ = open_(++part_);
      at_ = 0;
    }
    if (!descriptor_ || part_ != to.parts || to.bytes < at_) return false;
    if (!read_range(descriptor_->get(), head_ + at_, to.bytes - at_, file_, take)) return false;
    at_ = to.bytes;
    return digest_.so_far().substr(0, digest_digits) == to.digest;
  }
  Sha256& digest() { return digest_; }

 private:
  std::int64_t head_;
  std::function<std::optional<Descriptor>(std::int64_t)> open_;
  std::string file_;
  std::optional<Descriptor> descriptor_;
  std::int64_t part_ = 0, at_ = 0;
  Sha256 digest_;
};

}  // namespace

FileOutput::FileOutput(const std::filesystem::path& path, std::unique_ptr<RowFormat> format, Layout layout)
    : directory_(path.parent_path()),
      name_(path.filename()),
      format_(std::move(format)),
      layout_(layout),
      head_bytes_(std::ssize(format_->head(0))) {}

std::string FileOutput::name_of(std::int64_t part, Place place) const {
  constexpr std::array<const char*, 3> suffixes{"", ".partial", ".previous"};
  return (layout_.shards.any() ? shard_name(name_, part) : name_) + suffixes.at(static_cast<std::size_t>(place));
}

std::optional<Descriptor> FileOutput::open_part(std::int64_t part, bool partial) const {
  std::optional<Descriptor> file;
  if (partial) file = directory_.open(name_of(part, Place::partial));
  return file ? std::move(file) : directory_.open(name_of(part, Place::final));
}

std::size_t FileOutput::matching(std::span<const Position> positions, bool final) {
  matched_.reset();
  const auto open = [&](std::int64_t part) {
    return final ? open_part(part, true) : directory_.open(name_of(part, Place::partial));
  };
  Walk walk(head_bytes_, open, directory_.path_of(name_));
  std::size_t count = 0;
  while (count < positions.size() && walk.reach(positions[count])) ++count;
  if (count > 0 && count == positions.size()) matched_.emplace(positions.back(), std::move(walk.digest()));
  return count;
}

void FileOutput::restore_digest(const Position& position) {
  if (!matched_ || matched_->first != position) {
    Walk walk(
        head_bytes_, [&](std::int64_t part) { return open_part(part, true); }, directory_.path_of(name_));
    if (!walk.reach(position)) throw Error(Errc::io, path_of(Place::partial) + ": changed while it was read");
    digest_ = std::move(walk.digest());
  } else {
    digest_ = std::move(matched_->second);
  }
  matched_.reset();
}

// A complete output, or one that was about to be, is written to again under its partial name.
void FileOutput::adopt() {
  bool any = false;
  for (std::int64_t part = 0; part <= position_.parts; ++part) {
    if (directory_.find(name_of(part, Place::partial))) continue;
    directory_.rename(name_of(part, Place::final), name_of(part, Place::partial));
    any = true;
  }
  if (any) directory_.sync();
}

void FileOutput::start(const Position* position) {
  buffer_.clear();
  position_ = position ? *position : Position{};
  if (position) {
    restore_digest(*position);
    adopt();
  } else {
    digest_ = Sha256();
  }
  open_part_for_writing();
  const std::string head = format_->head(0), file = path_of(Place::partial);
  cut_file(file_.get(), position ? head_bytes_ + position_.bytes : 0, file);
  if (const int code = write_fully_at(file_.get(), 0, bytes_of(head)); code != 0) throw medium_error(file, code);
  remove_behind(Place::partial);
}

// Locked, for another job may have this output beside its own main one.
void FileOutput::open_part_for_writing() {
  file_ = directory_.open_writing(name_of(position_.parts, Place::partial));
  if (!try_lock(file_.get(), path_of(Place::partial)))
    throw Error(Errc::policy, path_of(Place::partial) + ": locked by another process that writes to it");
  names_are_new_ = true;
}

// Archives behind the current one are of another, longer run.
void FileOutput::remove_behind(Place place) const {
  if (!layout_.shards.any()) return;
  for (std::int64_t part = position_.parts + 1; directory_.find(name_of(part, place)); ++part)
    directory_.remove(name_of(part, place));
}

void FileOutput::write(const Row& row) {
  entry_.clear();
  format_->append(row, entry_);
  if (!entry_.empty()) add(entry_);
}

void FileOutput::add(std::string_view entry) {
  if (layout_.shards.full(position_.files, position_.bytes, std::ssize(entry))) open_next();
  digest_.update(bytes_of(entry));
  buffer_ += entry;
  position_.bytes += std::ssize(entry);
  if (layout_.archive) ++position_.files;
  if (buffer_.size() >= flush_bytes) flush();
}

void FileOutput::open_next() {
  const std::string tail = format_->tail();
  digest_.update(bytes_of(tail));
  buffer_ += tail;
  position_.bytes += std::ssize(tail);
  flush();
  sync_data(file_.get(), path_of(Place::partial));
  position_ = {0, 0, position_.parts + 1, {}};
  open_part_for_writing();
  cut_file(file_.get(), 0, path_of(Place::partial));
}

void FileOutput::flush() {
  const std::int64_t at = head_bytes_ + position_.bytes - std::ssize(buffer_);
  if (const int code = write_fully_at(file_.get(), at, bytes_of(buffer_)); code != 0)
    throw medium_error(path_of(Place::partial), code);
  buffer_.clear();
}

Position FileOutput::commit() {
  flush();
  check_named(file_.get(), path_of(Place::partial));
  sync_data(file_.get(), path_of(Place::partial));
  if (std::exchange(names_are_new_, false)) directory_.sync();
  position_.digest = digest_.so_far().substr(0, digest_digits);
  return position_;
}

void FileOutput::seal(std::int64_t rows) {
  const std::string head = format_->head(rows), tail = format_->tail(), file = path_of(Place::partial);
  int code = write_fully_at(file_.get(), head_bytes_ + position_.bytes, bytes_of(tail));
  if (code == 0) code = write_fully_at(file_.get(), 0, bytes_of(head));
  if (code != 0) throw medium_error(file, code);
  sync_data(file_.get(), file);
}

bool FileOutput::tail_is_right(const Position& position, std::int64_t rows, bool partial) const {
  const std::optional<Descriptor> file = open_part(position.parts, partial);
  const std::string name = directory_.path_of(name_), tail = format_->tail();
  const std::int64_t end = head_bytes_ + position.bytes;
  return file && size_of_file(file->get(), name) == end + std::ssize(tail) && holds(file->get(), end, tail, name) &&
         holds(file->get(), 0, format_->head(rows), name);
}

bool FileOutput::sealed(const Position& position, std::int64_t rows, bool partial) {
  if (!tail_is_right(position, rows, partial)) return false;
  Walk walk(
      head_bytes_, [&](std::int64_t part) { return open_part(part, partial); }, directory_.path_of(name_));
  if (!walk.reach(position)) return false;
  position_ = position;
  matched_.emplace(position, std::move(walk.digest()));
  return true;
}

// A partial name that is gone was given before.
void FileOutput::publish(bool replace) {
  for (std::int64_t part = 0; part <= position_.parts; ++part) {
    const std::string partial = name_of(part, Place::partial), final = name_of(part, Place::final);
    const auto entry = directory_.find(partial);
    if (!entry) continue;
    if (!S_ISREG(entry->mode) || (file_ && part == position_.parts && !same_file(file_.get(), *entry)))
      throw Error(Errc::io, directory_.path_of(partial) + ": expected the rows' file, got something in its place");
    if (!replace && directory_.find(final))
      throw Error(Errc::policy, directory_.path_of(final) +
                                    ": expected a new file, got one that appeared during the run; move it away, then "
                                    "the same command completes");
    directory_.rename(partial, final);
  }
  if (replace) remove_behind(Place::final);
  for (std::int64_t part = 0; part <= position_.parts; ++part)
    if (!directory_.find(name_of(part, Place::final)))
      throw Error(Errc::io, directory_.path_of(name_of(part, Place::final)) + ": expected the rows, got no such file");
  directory_.sync();
  file_ = {};
}

bool FileOutput::exists() const {
  return directory_.find(name_of(0, Place::final)).has_value();
}

void FileOutput::set_aside() {
  if (!directory_.find(name_of(0, Place::partial)) || directory_.find(name_of(0, Place::previous))) return;
  file_ = {};
  directory_.rename(name_of(0, Place::partial), name_of(0, Place::previous));
  directory_.sync();
}

void FileOutput::drop_previous() {
  directory_.remove(name_of(0, Place::previous));
}

std::unique_ptr<EarlierFile> FileOutput::entries(std::optional<Descriptor> file, std::int64_t bytes,
                                                 const std::string& path) const {
  if (!file) throw Error(Errc::io, path + ": expected the rows, got no such file");
  return std::make_unique<EarlierFile>(layout_.kind, std::move(*file),
                                       EarlierFile::Extent{head_bytes_, bytes, layout_.row_bytes}, path);
}

std::unique_ptr<EarlierFile> FileOutput::written(std::int64_t bytes) const {
  return entries(open_part(0, true), bytes, directory_.path_of(name_));
}

std::unique_ptr<EarlierFile> FileOutput::earlier(const Position& position, bool complete) {
  const std::string name = name_of(0, complete ? Place::final : Place::previous), path = directory_.path_of(name);
  Walk walk(
      head_bytes_, [&](std::int64_t) { return directory_.open(name); }, path);
  if (!walk.reach(position))
    throw Error(Errc::policy, path + ": expected the rows of the earlier run, got others; --fresh starts over");
  return entries(directory_.open(name), position.bytes, path);
}

void FileOutput::copy(const EarlierRow& row, std::int64_t index, const EarlierFile& earlier) {
  const std::string entry = earlier.entry(row, index);
  if (!entry.empty()) add(entry);
}

}  // namespace fovea::pipeline
