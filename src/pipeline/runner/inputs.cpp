// How inputs come from the source to the workers.
#include <utility>

#include "pipeline/runner/runner.h"

namespace fovea::pipeline {
namespace {

std::int64_t encoded_bytes(const Content& content) {
  const auto* bytes = std::get_if<std::vector<std::byte>>(&content);
  return bytes ? static_cast<std::int64_t>(bytes->size()) : 0;
}

}  // namespace

bool Runner::no_more_inputs() const {
  return (source_done_ || stopping()) && !pulling_ && fetching_ == 0 && inputs_.empty();
}

// What holds inputs back never holds back the oldest unfinished one, which has been pulled; so the run goes on.
bool Runner::may_pull() const {
  return !source_done_ && !pulling_ && !stopping() && window_.has_room(next_) &&
         static_cast<std::int64_t>(inputs_.size()) + fetching_ < options_.fetch.in_flight &&
         waiting_bytes_ < options_.memory_bytes / 8;
}

// One worker at a time; others go on with what they have.
void Runner::pull(Worker& worker, Lock& lock) {
  pulling_ = true;
  now_doing(worker, "waiting for the source");
  while (true) {
    lock.unlock();
    std::optional<Arrival> arrival;
    std::exception_ptr failure;
    try {
      arrival = intake_.pull();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    ++progress_;
    if (failure && !error_) error_ = failure;
    if (failure) ended_early_ = true;
    if (!arrival) {
      source_done_ = true;
      total_ = next_;
      break;
    }
    ++next_;
    if (arrival->known || std::holds_alternative<Error>(arrival->content)) {
      accept(std::move(*arrival));
      emit(lock);
    } else if (std::holds_alternative<UrlContent>(arrival->content)) {
      fetch(std::move(*arrival), lock);
    } else {
      queue(std::move(*arrival));
      break;
    }
    pulling_ = false;
    const bool more = may_pull() && inputs_.empty();
    if (!more) break;
    pulling_ = true;
  }
  pulling_ = false;
  measure();
  changed_.notify_all();
}

// An input whose row needs no work.
void Runner::accept(Arrival&& arrival) {
  Row row;
  row.index = arrival.index;
  row.path = std::move(arrival.path);
  row.reused = arrival.known;
  if (!arrival.known) row.error = std::get<Error>(std::move(arrival.content));
  window_.put(std::move(row));
}

// Downloads differ most in how long they take: the others of one that is slow go on.
void Runner::begin_fetching() {
  constexpr std::int64_t ahead = 4096;
  fetcher_ = std::make_unique<Fetcher>(options_.fetch);
  window_.widen(ahead);
  rows_meter_.set_capacity(window_.capacity());
}

void Runner::fetch(Arrival&& arrival, Lock& lock) {
  if (!fetcher_) begin_fetching();
  ++fetching_;
  measure();
  std::string url = std::get<UrlContent>(arrival.content).url;
  auto shared = std::make_shared<Arrival>(std::move(arrival));
  lock.unlock();
  fetcher_->fetch(std::move(url), [this, shared, start = Clock::now()](Result<Fetched>&& result) {
    try {
      const std::scoped_lock done(mutex_);
      fetch_seconds_ += seconds_since(start);
      ++fetches_;
      fetched(std::move(*shared), std::move(result));
    } catch (...) {
      give_up();  // an input that is lost would be waited for
    }
  });
  lock.lock();
}

void Runner::fetched(Arrival arrival, Result<Fetched>&& result) {
  --fetching_;
  ++progress_;
  if (result) {
    arrival.seconds = result.value().seconds;
    arrival.content = std::move(result.value().bytes);
  } else {
    arrival.content = result.error();
  }
  if (!result && result.error().code() == Errc::interrupted)
    window_.abandon(arrival.index);
  else
    queue(std::move(arrival));
  measure();
  changed_.notify_all();
}

void Runner::queue(Arrival&& arrival) {
  waiting_bytes_ += encoded_bytes(arrival.content);
  inputs_.push_back(std::move(arrival));
}

Arrival Runner::next_input() {
  Arrival arrival = std::move(inputs_.front());
  inputs_.pop_front();
  waiting_bytes_ -= encoded_bytes(arrival.content);
  measure();
  return arrival;
}

// After a stop: what no worker has begun is left to another run.
void Runner::drop_inputs(Lock& lock) {
  for (const Arrival& arrival : inputs_) window_.abandon(arrival.index);
  inputs_.clear();
  waiting_bytes_ = 0;
  std::unique_ptr<Fetcher> fetcher = std::move(fetcher_);
  lock.unlock();
  fetcher.reset();  // its transfers end by fetched(), which needs the lock
  lock.lock();
  changed_.notify_all();
}

}  // namespace fovea::pipeline
