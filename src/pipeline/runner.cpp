#include "pipeline/runner.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/threads.h"
#include "device/profiler.h"

namespace fovea::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Batch {
  Array pictures;         // [batch, slot...]
  std::vector<Row> rows;  // of consecutive inputs
  int loaded = 0;
  bool done = false;
};

class Run {
 public:
  Run(const RunOptions& options, const std::function<void(Row&&)>& sink, std::stop_token stop,
      const std::function<void(const Progress&)>& progress)
      : options_(options), sink_(sink), progress_(progress), wake_(stop, [this] { notify(); }), stop_(stop) {
    Shape shape = options.slot;
    shape.insert(shape.begin(), options.batch);
    for (int i = 0; i < options.workers + 2; ++i) {
      free_.push_back(std::make_unique<Batch>());
      free_.back()->pictures = Array::empty(shape, DType::f32);
    }
  }

  void work(Stage& stage) {
    const ThreadLimit limit(options_.inputs == 1 ? options_.workers : 1);
    std::unique_lock lock(mutex_);
    while (!finished()) {
      if (!ready_.empty())
        process(stage, lock);
      else if (can_load())
        load(stage, lock);
      else
        wait(lock);
    }
    changed_.notify_all();
    stage.add_times(report_.stages);
  }

  Report finish() {
    if (error_) std::rethrow_exception(error_);
    if (fatal_) std::rethrow_exception(fatal_);
    report_.over_budget = over_budget();
    report_.interrupted = stop_.stop_requested() && report_.inputs < options_.inputs && !report_.over_budget;
    report_.seconds = since(start_);
    report_.threads = options_.workers;
    report_.stages.push_back({"write", write_seconds_});
    return report_;
  }

 private:
  void notify() {
    std::scoped_lock lock(mutex_);
    changed_.notify_all();
  }

  void wait(std::unique_lock<std::mutex>& lock) {
    const profiler::Scope span(Activity::wait, "work");
    changed_.wait(lock);
  }

  bool stopping() const { return ended_early_ || stop_.stop_requested(); }
  bool finished() const { return in_flight_.empty() && (next_ == options_.inputs || stopping()); }
  bool can_load() const {
    return filling_ ? next_in_batch_ < filling_->rows.size() : next_ < options_.inputs && !stopping() && !free_.empty();
  }

  // Claims the next batch's worth of inputs.
  void open_batch() {
    std::unique_ptr<Batch> batch = std::move(free_.back());
    free_.pop_back();
    const auto count = std::min<std::int64_t>(options_.batch, options_.inputs - next_);
    batch->rows.assign(static_cast<std::size_t>(count), Row{});
    for (Row& row : batch->rows) row.index = next_++;
    batch->loaded = 0;
    batch->done = false;
    filling_ = batch.get();
    next_in_batch_ = 0;
    in_flight_.push_back(std::move(batch));
  }

  void load(Stage& stage, std::unique_lock<std::mutex>& lock) {
    if (!filling_) open_batch();
    Batch& batch = *filling_;
    const std::size_t place = next_in_batch_++;
    if (next_in_batch_ == batch.rows.size()) filling_ = nullptr;
    lock.unlock();
    Row& row = batch.rows[place];
    guard(row, [&] { stage.load(row, batch.pictures[static_cast<std::int64_t>(place)]); });
    lock.lock();
    if (++batch.loaded < static_cast<int>(batch.rows.size())) return;
    ready_.push_back(&batch);
    changed_.notify_all();
  }

  void process(Stage& stage, std::unique_lock<std::mutex>& lock) {
    Batch& batch = *ready_.front();
    ready_.pop_front();
    lock.unlock();
    std::vector<Row*> rows = close_gaps(batch);
    std::exception_ptr fatal;
    try {
      if (!rows.empty()) stage.process(batch.pictures, rows);
    } catch (const std::exception& error) {
      if (ends_the_run(error)) fatal = std::current_exception();
      for (Row* row : rows) guard(*row, [] { throw; });
    }
    lock.lock();
    if (fatal && !fatal_) fatal_ = fatal;
    ended_early_ = ended_early_ || fatal;
    batch.done = true;
    emit(lock);
    changed_.notify_all();
  }

  // Pictures that failed leave their places to the last ones, so that the network sees none of them.
  static std::vector<Row*> close_gaps(Batch& batch) {
    std::vector<Row*> rows;
    std::size_t end = batch.rows.size();
    for (std::size_t place = 0; place < end; ++place) {
      if (!batch.rows[place].error) {
        rows.push_back(&batch.rows[place]);
        continue;
      }
      while (end > place + 1 && batch.rows[end - 1].error) --end;
      if (end == place + 1) break;
      --end;
      const Array to = batch.pictures[static_cast<std::int64_t>(place)],
                  from = batch.pictures[static_cast<std::int64_t>(end)];
      std::memcpy(to.data(), from.data(), static_cast<std::size_t>(to.size()) * size_of(to.dtype()));
      rows.push_back(&batch.rows[end]);
    }
    return rows;
  }

  // A device that is gone fails every later batch.
  static bool ends_the_run(const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    return known && (known->code() == Errc::device || known->code() == Errc::device_lost ||
                     known->code() == Errc::device_memory);
  }

  template <class Work>
  static void guard(Row& row, Work&& work) {
    try {
      work();
    } catch (const Error& error) {
      row.error = error;
    } catch (const std::bad_alloc&) {
      row.error = Error(Errc::out_of_memory, "out of memory");
    } catch (const std::exception& error) {
      row.error = Error(Errc::internal, error.what());
    }
  }

  // Hands over the rows of the oldest batches that are done, outside the lock, one thread at a time.
  void emit(std::unique_lock<std::mutex>& lock) {
    if (emitting_) return;
    emitting_ = true;
    while (!in_flight_.empty() && in_flight_.front()->done) {
      std::unique_ptr<Batch> batch = std::move(in_flight_.front());
      lock.unlock();
      const auto start = Clock::now();
      {
        const profiler::Scope span(Activity::stage, "write");
        for (Row& row : batch->rows) hand_over(row);
      }
      write_seconds_ += since(start);
      lock.lock();
      in_flight_.pop_front();
      free_.push_back(std::move(batch));
      if (error_ || over_budget()) ended_early_ = true;
      changed_.notify_all();
    }
    emitting_ = false;
  }

  void hand_over(Row& row) {
    if (error_) return;
    if (report_.inputs == 0) report_.first_result_seconds = since(start_);
    ++report_.inputs;
    ++(row.error ? report_.failed : report_.ok);
    try {
      sink_(std::move(row));
      if (progress_) progress_({report_.inputs, report_.failed, options_.inputs, 0, since(start_)});
    } catch (...) {
      error_ = std::current_exception();
    }
  }

  bool over_budget() const { return options_.max_failures && report_.failed > *options_.max_failures; }

  const RunOptions& options_;
  const std::function<void(Row&&)>& sink_;
  const std::function<void(const Progress&)>& progress_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Batch>> free_;
  std::deque<std::unique_ptr<Batch>> in_flight_;  // in input order; the first is null while its rows are handed over
  std::deque<Batch*> ready_;                      // loaded, waiting to be processed
  Batch* filling_ = nullptr;
  std::size_t next_in_batch_ = 0;
  std::int64_t next_ = 0;  // the first input that no batch has claimed
  bool emitting_ = false, ended_early_ = false;

  Report report_;
  double write_seconds_ = 0;
  std::exception_ptr error_;  // the sink's
  std::exception_ptr fatal_;  // the stage's, after which no more inputs are taken
  const Clock::time_point start_ = Clock::now();
  std::stop_callback<std::function<void()>> wake_;
  std::stop_token stop_;
};

}  // namespace

Report run(const RunOptions& options, const std::function<std::unique_ptr<Stage>()>& make_stage,
           const std::function<void(Row&&)>& sink, std::stop_token stop,
           const std::function<void(const Progress&)>& progress) {
  Run run(options, sink, stop, progress);
  std::vector<std::unique_ptr<Stage>> stages;
  for (int i = 0; i < options.workers; ++i) stages.push_back(make_stage());
  {
    std::vector<std::jthread> threads;
    for (int i = 1; i < options.workers; ++i)
      threads.emplace_back([&, i] { run.work(*stages[static_cast<std::size_t>(i)]); });
    run.work(*stages.front());
  }
  return run.finish();
}

}  // namespace fovea::pipeline
