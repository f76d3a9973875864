#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "pipeline/job/journaled_job.h"

namespace fovea::pipeline {
namespace {

namespace fs = std::filesystem;

std::string_view name_of(JobOutput::Kind kind) {
  switch (kind) {
    case JobOutput::Kind::jsonl:
      return "jsonl";
    case JobOutput::Kind::csv:
      return "csv";
    case JobOutput::Kind::npy:
      return "npy";
    case JobOutput::Kind::folder:
      return "folder";
    case JobOutput::Kind::tar:
      return "tar";
  }
  return "unknown";
}

// An output as the manifest has it: its path as seen from the main one's folder, so that all can be moved together.
std::string description(const JobOutput& output, const JobOutput& main) {
  const fs::path folder = fs::absolute(main.path).lexically_normal().parent_path();
  std::string text = fmt::format("{} {}", name_of(output.kind),
                                 fs::absolute(output.path).lexically_normal().lexically_relative(folder).native());
  if (output.kind == JobOutput::Kind::npy) text += fmt::format(", {} values", output.width);
  if (output.shards.any())
    text += fmt::format(", shards of {} files, {} bytes", output.shards.files, output.shards.bytes);
  return text;
}

// Text of any bytes becomes printable, so that it can be kept and shown.
Manifest manifest_of(const std::vector<JobOutput>& outputs, const JobOptions& options) {
  Manifest manifest;
  for (std::size_t k = 0; k < outputs.size(); ++k)
    manifest.emplace_back(fmt::format("output {}", k + 1), escaped(description(outputs[k], outputs.front())));
  std::string columns = fmt::format("{} classes", options.columns.topk);
  for (const std::string& field : options.columns.fields) columns += ", " + field;
  manifest.emplace_back("columns", escaped(columns));
  for (const auto& [name, value] : options.manifest) manifest.emplace_back(escaped(name), escaped(value));
  return manifest;
}

std::string value_of(const Manifest& manifest, const std::string& name) {
  const auto found =
      std::find_if(manifest.begin(), manifest.end(), [&](const auto& entry) { return entry.first == name; });
  return found == manifest.end() ? "absent" : found->second;
}

// "model: was A, is B; topk: was 5, is 3"
std::string differences(const Manifest& was, const Manifest& is) {
  std::vector<std::string> names;
  for (const Manifest* manifest : {&was, &is})
    for (const auto& [name, value] : *manifest)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  std::string text;
  for (const std::string& name : names) {
    const std::string before = value_of(was, name), now = value_of(is, name);
    if (before != now) text += fmt::format("{}{}: was {}, is {}", text.empty() ? "" : "; ", name, before, now);
  }
  return text.empty() ? "the order of its parts" : text;
}

std::string retry_of(const JobOptions& options) {
  if (options.retry_code) return std::string(name(*options.retry_code));
  return options.retry_failed ? "failed" : "";
}

bool is_rows(const JobOutput& output) {
  return output.kind == JobOutput::Kind::jsonl || output.kind == JobOutput::Kind::csv;
}

void check_updatable(const std::vector<JobOutput>& outputs) {
  const auto rows = std::count_if(outputs.begin(), outputs.end(), is_rows);
  if (rows != 1)
    throw Error(
        Errc::unsupported,
        fmt::format("update: expected one output of rows, JSONL or CSV, to read the inputs from, got {}", rows));
  for (const JobOutput& output : outputs)
    if (output.kind == JobOutput::Kind::tar)
      throw Error(Errc::unsupported, output.path.native() + ": archives cannot be updated; --fresh makes them anew");
}

void say(const std::function<void(const std::string&)>& to, const std::string& text) {
  if (to) to(text);
}

}  // namespace

JournaledJob::JournaledJob(const std::vector<JobOutput>& outputs, JobOptions options)
    : places_(outputs),
      options_(std::move(options)),
      main_(outputs.front().path.native()),
      directory_(outputs.front().path.parent_path()) {
  if ((options_.retry_failed || options_.retry_code) && !options_.update)
    throw Error(Errc::invalid_argument, "job: expected an update to retry failed rows in, got none");
  const std::string journal = outputs.front().path.filename().native() + ".journal";
  for (const JobOutput& output : places_) outputs_.push_back(open_output(output, options_.columns));
  if (!options_.fresh && !directory_.find(journal)) refuse_existing();
  journal_ = std::make_unique<Journal>(directory_, journal);
  const Manifest manifest = manifest_of(places_, options_);
  if (options_.fresh || journal_->history().manifest.empty())
    begin(manifest);
  else
    resume(manifest);
  due_ = Clock::now() + pause();
  if (options_.commit_seconds > 0)
    committer_ = std::jthread([this](const std::stop_token& stop) { commit_when_due(stop); });
}

bool JournaledJob::any_exists() const {
  return std::any_of(outputs_.begin(), outputs_.end(), [](const auto& output) { return output->exists(); });
}

void JournaledJob::refuse_existing() const {
  for (std::size_t k = 0; k < outputs_.size(); ++k)
    if (outputs_[k]->exists())
      throw Error(Errc::policy, places_[k].path.native() +
                                    ": expected a new output, got one that no journal tells of; --fresh replaces it");
}

void JournaledJob::begin(const Manifest& manifest) {
  if (!options_.fresh) {
    report_damage();
    refuse_existing();
  }
  journal_->begin(manifest, any_exists());
  journal_->start();
  for (const auto& output : outputs_) output->drop_previous();
  go_on_behind(nullptr);
}

void JournaledJob::report_damage() {
  const History& history = journal_->history();
  const std::string file = main_ + ".journal: ";
  switch (history.damage) {
    case History::Damage::none:
      return;
    case History::Damage::newer:
      throw Error(Errc::unsupported, file + "expected version 1, got a newer one; a newer fovea goes on with it");
    case History::Damage::manifest:
      throw Error(Errc::corrupt, file + "expected to begin with a manifest, got damage; --fresh starts over");
    case History::Damage::torn:
      return say(options_.note,
                 fmt::format("{}the last record was cut short; going on behind {} rows", file, history.rows()));
    case History::Damage::inside:
      return say(options_.warning,
                 fmt::format("{}DAMAGED at byte {}: all behind it is done again; going on behind {} rows", file,
                             history.end.bytes, history.rows()));
  }
}

void JournaledJob::check_manifest(const Manifest& manifest) const {
  const Manifest& was = journal_->history().manifest;
  if (was == manifest) return;
  throw Error(Errc::policy,
              fmt::format("{}: expected the options it was begun with, got others ({}); --fresh starts over", main_,
                          differences(was, manifest)));
}

// Only a journal that someone made up fails here.
void JournaledJob::check_outputs() const {
  const History& history = journal_->history();
  const auto odd = [&](const Commit& commit) { return commit.outputs.size() != outputs_.size(); };
  if (std::any_of(history.commits.begin(), history.commits.end(), odd) ||
      (history.earlier && odd(history.earlier->commit)))
    throw Error(Errc::corrupt, main_ +
                                   ".journal: expected a position for each output, got another count; --fresh starts "
                                   "over");
}

void JournaledJob::resume(const Manifest& manifest) {
  report_damage();
  check_manifest(manifest);
  check_outputs();
  const History& history = journal_->history();
  if (history.earlier && options_.update && history.earlier->retry != retry_of(options_))
    throw Error(Errc::policy,
                fmt::format("{}: an update that makes anew {} rows is under way; the same command completes it", main_,
                            history.earlier->retry.empty() ? "no" : history.earlier->retry));
  if (options_.update) check_updatable(places_);
  journal_->cut(history.end);
  journal_->start();
  if (history.phase == Phase::finishing && all_sealed(true)) publish();
  if (history.phase == Phase::complete)
    complete_ = true;
  else
    recover();
  if (complete_) {
    if (!all_sealed(false))
      throw Error(Errc::policy, main_ +
                                    ": expected the complete outputs as they were made, got changed ones; --fresh "
                                    "starts over");
    for (const auto& output : outputs_) output->drop_previous();
    committed_ = history.commits.back();
    known_rows_ = committed_.rows;
    failed_ = committed_.failed;
  }
  for (const Commit& commit : history.commits) agreements_.emplace_back(commit.rows, commit.keys);
  if (options_.update && !history.earlier && history.rows() > 0) begin_update();
}

// Whether every output is whole at the last commit.
bool JournaledJob::all_sealed(bool partial) {
  const History& history = journal_->history();
  if (history.commits.empty()) return false;
  const Commit& last = history.commits.back();
  for (std::size_t k = 0; k < outputs_.size(); ++k)
    if (last.outputs.size() != outputs_.size() || !outputs_[k]->sealed(last.outputs[k], last.rows, partial))
      return false;
  return true;
}

// Goes on behind the last commit that all outputs still hold.
void JournaledJob::recover() {
  const std::vector<Commit>& commits = journal_->history().commits;
  const std::size_t told = commits.size();
  const std::int64_t told_rows = journal_->history().rows();
  std::size_t count = told;
  for (std::size_t k = 0; k < outputs_.size() && count > 0; ++k) {
    std::vector<Position> positions;
    for (std::size_t c = 0; c < count; ++c) positions.push_back(commits[c].outputs.at(k));
    count = outputs_[k]->matching(positions, !journal_->history().earlier);
  }
  if (count < told) {
    journal_->rewind(count);
    journal_->start();
    say(options_.warning,
        fmt::format("{}: DAMAGED or cut short: of {} rows {} are there as they were written; the rest "
                    "is done again",
                    main_, told_rows, journal_->history().rows()));
  }
  if (commits.empty() && !journal_->history().replaces) refuse_existing();
  if (journal_->history().earlier) load_earlier();
  go_on_behind(commits.empty() ? nullptr : &commits.back());
}

void JournaledJob::go_on_behind(const Commit* commit) {
  committed_ = commit ? *commit : Commit{};
  known_rows_ = committed_.rows;
  failed_ = committed_.failed;
  for (std::size_t k = 0; k < outputs_.size(); ++k) outputs_[k]->start(commit ? &commit->outputs.at(k) : nullptr);
}

void JournaledJob::begin_update() {
  for (const auto& output : outputs_) output->drop_previous();
  journal_->begin_update(retry_of(options_), complete_);
  complete_ = false;
  agreements_.clear();
  load_earlier();
  go_on_behind(nullptr);
}

void JournaledJob::load_earlier() {
  const Earlier& earlier = *journal_->history().earlier;
  for (std::size_t k = 0; k < outputs_.size(); ++k) {
    if (!earlier.complete) outputs_[k]->set_aside();
    earlier_files_.push_back(outputs_[k]->earlier(earlier.commit.outputs.at(k), earlier.complete));
  }
  const auto rows = std::find_if(places_.begin(), places_.end(), is_rows) - places_.begin();
  earlier_rows_.emplace(*earlier_files_[static_cast<std::size_t>(rows)], earlier.commit.rows, earlier.retry);
}

}  // namespace fovea::pipeline
