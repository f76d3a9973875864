#pragma once
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/sha256.h"
#include "pipeline/job/directory.h"
#include "pipeline/job/earlier_rows.h"
#include "pipeline/job/job_body.h"
#include "pipeline/job/journal.h"
#include "pipeline/job/output.h"

namespace fovea::pipeline {

// A digest of the inputs' keys, in their order.
class KeyChain {
 public:
  void add(std::string_view path);
  std::string digest() const { return digest_.so_far().substr(0, 32); }

 private:
  Sha256 digest_;
};

class JournaledJob final : public JobBody {
 public:
  JournaledJob(const std::vector<JobOutput>&, JobOptions);
  ~JournaledJob() override;

  bool journaled() const override { return true; }
  bool complete() const override;
  std::int64_t rows() const override;
  std::int64_t failed() const override;
  bool known(std::int64_t index, const std::string& path) override;
  void write(Row&& row) override;
  void finish() override;
  void suspend() override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Kept {
    std::int64_t index;
    EarlierRow row;
  };

  // Opening (job_recovery.cpp).
  void begin(const Manifest&);
  void resume(const Manifest&);
  void report_damage();
  void check_manifest(const Manifest&) const;
  void check_outputs() const;
  void refuse_existing() const;
  bool any_exists() const;
  bool all_sealed(bool partial);
  void recover();
  void go_on_behind(const Commit*);
  void begin_update();
  void load_earlier();

  // Rows.
  void guarded(auto&& work);
  void pass(const std::string& path);
  void check_agreement();
  void add_key(const std::string& path);
  std::optional<EarlierRow> take_kept(std::int64_t index);
  void copy(const Row&, const EarlierRow&);
  void reopen();
  bool has_news() const { return next_ > std::max(known_rows_, committed_.rows); }
  void commit();
  void commit_when_due(const std::stop_token&);
  void complete_outputs();
  void publish();
  Clock::duration pause() const;  // between commits, at least
  void stop_committer();

  std::vector<JobOutput> places_;
  JobOptions options_;
  std::string main_;  // for messages
  Directory directory_;
  std::vector<std::unique_ptr<Output>> outputs_;
  std::unique_ptr<Journal> journal_;

  // What was there when the job was opened.
  std::int64_t known_rows_ = 0;
  std::vector<std::pair<std::int64_t, std::string>> agreements_;  // digests of the keys of so many known rows
  std::size_t agreed_ = 0;

  // Of an update.
  std::optional<EarlierRows> earlier_rows_;
  std::vector<std::unique_ptr<EarlierFile>> earlier_files_;  // as outputs_
  std::mutex kept_mutex_;
  std::deque<Kept> kept_;  // known to be, not written yet

  mutable std::mutex mutex_;  // of all below
  std::optional<Error> failure_;
  KeyChain keys_;
  std::int64_t next_ = 0, failed_ = 0;
  Commit committed_;
  bool complete_ = false, finished_ = false;
  Clock::time_point due_{};
  std::condition_variable_any wake_;
  std::jthread committer_;  // last: it uses the members above
};

}  // namespace fovea::pipeline
