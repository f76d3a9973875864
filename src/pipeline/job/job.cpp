#include "fovea/job.h"

#include <sys/stat.h>

#include <algorithm>

#include "pipeline/job/job_body.h"
#include "pipeline/job/member_name.h"

namespace fovea {
namespace {

// "/dev/stdout", "/dev/fd/3": another name of a descriptor.
bool is_descriptor_link(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path target = std::filesystem::read_symlink(path, error);
  if (error) return false;
  const std::filesystem::path folder = std::filesystem::canonical(path.parent_path(), error);
  return target.native().starts_with("/proc/") || folder.native().starts_with("/proc/");
}

// Standard output, a pipe or a device: what is written there cannot be cut back.
bool is_stream(const JobOutput& output) {
  if (output.path.empty() || is_descriptor_link(output.path)) return true;
  struct stat status {};
  return ::stat(output.path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

// "folder/" names the same as "folder".
std::filesystem::path trimmed(std::filesystem::path path) {
  while (!path.empty() && !path.has_filename() && path != path.root_path()) path = path.parent_path();
  return path;
}

void check(const JobOutput& output) {
  struct stat status {};
  if (output.path.empty() || !output.path.has_filename())
    throw Error(Errc::invalid_argument, "job: expected a name for each output, got " + output.path.native());
  if (is_stream(output))
    throw Error(Errc::invalid_argument,
                output.path.native() + ": expected a file, as the main output is one, got a pipe or device");
  if (::lstat(output.path.c_str(), &status) != 0) return;
  if (S_ISLNK(status.st_mode))
    throw Error(Errc::policy,
                output.path.native() + ": expected a file of its own, got a symbolic link; name what it points to");
  const bool folder = output.kind == JobOutput::Kind::folder;
  if (S_ISDIR(status.st_mode) != folder)
    throw Error(Errc::io, output.path.native() +
                              (folder ? ": expected a folder, got a file" : ": expected a file, got a folder"));
}

std::unique_ptr<pipeline::JobBody> body_of(std::vector<JobOutput> outputs, JobOptions options) {
  if (outputs.empty()) throw Error(Errc::invalid_argument, "job: expected an output, got none");
  for (JobOutput& output : outputs) output.path = trimmed(output.path);
  if (is_stream(outputs.front())) return pipeline::streamed_job(outputs, options);
  for (const JobOutput& output : outputs) check(output);
  return pipeline::journaled_job(outputs, std::move(options));
}

}  // namespace

Job::Job(std::vector<JobOutput> outputs, JobOptions options) : body_(body_of(std::move(outputs), std::move(options))) {}

Job::~Job() = default;

bool Job::journaled() const {
  return body_->journaled();
}
bool Job::complete() const {
  return body_->complete();
}
std::int64_t Job::rows() const {
  return body_->rows();
}
std::int64_t Job::failed() const {
  return body_->failed();
}
bool Job::known(std::int64_t index, const std::string& path) {
  return body_->known(index, path);
}
void Job::write(Row&& row) {
  body_->write(std::move(row));
}
void Job::finish() {
  body_->finish();
}
void Job::suspend() {
  body_->suspend();
}

void pipeline::refuse_hostile_name(Row& row, const std::vector<JobOutput>& outputs) {
  const bool named = std::any_of(outputs.begin(), outputs.end(), [](const JobOutput& output) {
    return output.kind == JobOutput::Kind::folder || output.kind == JobOutput::Kind::tar;
  });
  if (!named || row.error || row.file.empty()) return;
  try {
    check_member_name(row.file);
  } catch (const Error& error) {
    row.error = error;
  }
}

}  // namespace fovea
