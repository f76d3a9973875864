#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "model/plan.h"

namespace fovea::model {

// One executor: plans for a few batch sizes over one arena. One thread at a time.
class Session {
 public:
  // Larger batches run in pieces: past this size the results of early layers leave the cache.
  static constexpr std::int64_t most_pictures = 8;

  Session(const Graph& graph, std::int64_t side, ops::WeightCache& weights)
      : graph_(graph), side_(side), weights_(weights) {}
  // input f32 [n, channels, side, side], output f32 [n, values]. threads: how many one picture's work may use.
  void run(const Array& input, const Array& output, int threads);

 private:
  Plan& plan(std::int64_t pictures);

  const Graph& graph_;
  std::int64_t side_;
  ops::WeightCache& weights_;
  std::map<std::int64_t, Plan> plans_;
  Array arena_;
};

// The sessions of one model, lent to one thread at a time. Thread-safe.
class SessionPool {
 public:
  SessionPool(const Graph& graph, std::int64_t side) : graph_(graph), side_(side) {}

  class Lease {
   public:
    Lease(SessionPool& pool, std::unique_ptr<Session> session) : pool_(pool), session_(std::move(session)) {}
    ~Lease() { pool_.give_back(std::move(session_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Session* operator->() { return session_.get(); }

   private:
    SessionPool& pool_;
    std::unique_ptr<Session> session_;
  };
  Lease borrow();

 private:
  void give_back(std::unique_ptr<Session>);

  const Graph& graph_;
  std::int64_t side_;
  ops::WeightCache weights_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_;
};

}  // namespace fovea::model
