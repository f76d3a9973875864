#include "pipeline/job/journaled_job.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace fovea::pipeline {
namespace {

// A commit waits for the medium: it may take a hundredth of the time, and no row waits longer than a minute for it.
constexpr int share_of_time = 100;
constexpr std::chrono::seconds longest_wait{60};

}  // namespace

// Each path with its length before it, 8 bytes, the lowest first.
void KeyChain::add(std::string_view path) {
  std::array<std::byte, 8> length{};
  for (std::size_t k = 0; k < length.size(); ++k) length[k] = static_cast<std::byte>(path.size() >> (8 * k));
  digest_.update(length);
  digest_.update(std::as_bytes(std::span(path)));
}

JournaledJob::~JournaledJob() {
  try {
    suspend();
  } catch (const std::exception&) {
    stop_committer();
  }
}

bool JournaledJob::complete() const {
  const std::scoped_lock lock(mutex_);
  return complete_;
}

std::int64_t JournaledJob::rows() const {
  const std::scoped_lock lock(mutex_);
  return committed_.rows;
}

std::int64_t JournaledJob::failed() const {
  const std::scoped_lock lock(mutex_);
  return committed_.failed;
}

// After a failure what is on the disk is unknown: only opening the job again tells.
void JournaledJob::guarded(auto&& work) {
  const std::scoped_lock lock(mutex_);
  if (failure_) throw *failure_;
  try {
    work();
  } catch (const Error& error) {
    failure_ = error;
    throw;
  } catch (const std::exception& error) {
    throw failure_.emplace(Errc::internal, std::string("job: ") + error.what());
  }
}

bool JournaledJob::known(std::int64_t index, const std::string& path) {
  const std::optional<EarlierRow> row = earlier_rows_ ? earlier_rows_->take(path) : std::nullopt;
  if (index < known_rows_) return true;
  if (!row) return false;
  const std::scoped_lock lock(kept_mutex_);
  kept_.push_back({index, *row});
  return true;
}

std::optional<EarlierRow> JournaledJob::take_kept(std::int64_t index) {
  const std::scoped_lock lock(kept_mutex_);
  if (kept_.empty() || kept_.front().index != index) return std::nullopt;
  const EarlierRow row = kept_.front().row;
  kept_.pop_front();
  return row;
}

void JournaledJob::write(Row&& row) {
  guarded([&] {
    if (finished_) throw Error(Errc::invalid_argument, "job: expected no row behind the end, got one");
    if (row.index != next_)
      throw Error(Errc::invalid_argument,
                  "job: expected row " + std::to_string(next_) + ", got row " + std::to_string(row.index));
    if (next_ < known_rows_) return pass(row.path);
    if (complete_) reopen();
    if (const std::optional<EarlierRow> kept = take_kept(row.index)) {
      copy(row, *kept);
    } else {
      refuse_hostile_name(row, places_);
      for (const auto& output : outputs_) output->write(row);
      if (row.error) ++failed_;
    }
    keys_.add(row.path);
    ++next_;
    if (options_.commit_seconds <= 0) commit();
  });
}

void JournaledJob::copy(const Row& row, const EarlierRow& kept) {
  for (std::size_t k = 0; k < outputs_.size(); ++k) outputs_[k]->copy(kept, row.index, *earlier_files_[k]);
  if (kept.failed) ++failed_;
}

// A row that is there: its input must be the one it was made from.
void JournaledJob::pass(const std::string& path) {
  keys_.add(path);
  ++next_;
  check_agreement();
}

void JournaledJob::check_agreement() {
  for (; agreed_ < agreements_.size() && agreements_[agreed_].first <= next_; ++agreed_) {
    if (agreements_[agreed_].second == keys_.digest()) continue;
    const std::int64_t same = agreed_ == 0 ? 0 : agreements_[agreed_ - 1].first;
    // Inside an update the earlier rows cannot be turned to again.
    const std::string cure = earlier_rows_ ? "" : "--update takes over the rows of inputs that stayed, ";
    throw Error(Errc::policy, main_ + ": expected the inputs of the " + std::to_string(known_rows_) +
                                  " rows that are there, got others behind the first " + std::to_string(same) + "; " +
                                  cure + "--fresh starts over");
  }
}

// A complete job gets more inputs.
void JournaledJob::reopen() {
  journal_->enter(Phase::running);
  for (std::size_t k = 0; k < outputs_.size(); ++k) outputs_[k]->start(&committed_.outputs[k]);
  complete_ = false;
}

void JournaledJob::commit() {
  const auto begin = Clock::now();
  Commit commit{next_, failed_, keys_.digest(), {}};
  for (const auto& output : outputs_) commit.outputs.push_back(output->commit());
  journal_->add(commit);
  committed_ = std::move(commit);
  const auto end = Clock::now();
  due_ = end + std::max(pause(), std::min<Clock::duration>(share_of_time * (end - begin), longest_wait));
}

JournaledJob::Clock::duration JournaledJob::pause() const {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.commit_seconds));
}

void JournaledJob::commit_when_due(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested() && !failure_) {
    if (Clock::now() < due_) {
      wake_.wait_until(lock, stop, due_, [] { return false; });
      continue;
    }
    try {
      if (has_news()) commit();
    } catch (const Error& error) {
      failure_ = error;  // the next call throws it
    } catch (const std::exception& error) {
      failure_.emplace(Errc::internal, std::string("job: ") + error.what());
    }
    due_ = std::max(due_, Clock::now() + pause());
  }
}

void JournaledJob::stop_committer() {
  committer_.request_stop();
  if (committer_.joinable()) committer_.join();
}

void JournaledJob::suspend() {
  stop_committer();
  guarded([&] {
    if (has_news()) commit();
    finished_ = true;
  });
}

void JournaledJob::finish() {
  stop_committer();
  guarded([&] {
    if (next_ < known_rows_)
      throw Error(Errc::policy, main_ + ": expected the inputs of the " + std::to_string(known_rows_) +
                                    " rows that are there, got only the first " + std::to_string(next_) +
                                    "; --update makes the rows fewer, --fresh starts over");
    if (!complete_) complete_outputs();
    finished_ = true;
  });
}

void JournaledJob::complete_outputs() {
  if (has_news() || committed_.outputs.empty()) commit();
  for (const auto& output : outputs_) output->seal(next_);
  journal_->enter(Phase::finishing);
  publish();
}

void JournaledJob::publish() {
  for (const auto& output : outputs_) output->publish(journal_->history().replaces);
  journal_->enter(Phase::complete);
  for (const auto& output : outputs_) output->drop_previous();
  complete_ = true;
}

std::unique_ptr<JobBody> journaled_job(const std::vector<JobOutput>& outputs, JobOptions options) {
  return std::make_unique<JournaledJob>(outputs, std::move(options));
}

}  // namespace fovea::pipeline
