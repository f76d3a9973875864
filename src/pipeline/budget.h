#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

#include "fovea/error.h"

namespace fovea::pipeline {

// The bytes that pictures in flight may take. Who asks for more than is free waits, in the order of asking, so that a
// giant is not overtaken for ever. Thread-safe.
class Budget {
 public:
  explicit Budget(std::int64_t bytes) : total_(bytes) {}

  // Gives its bytes back when it dies.
  class Lease {
   public:
    Lease() = default;
    Lease(Budget& budget, std::int64_t bytes) : budget_(&budget), bytes_(bytes) {}
    Lease(Lease&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Lease& operator=(Lease&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Lease() {
      if (budget_) budget_->give_back(bytes_);
    }

   private:
    Budget* budget_ = nullptr;
    std::int64_t bytes_ = 0;
  };

  // A thread holds no lease of this budget when it asks for one. Throws Error(limit_memory) for more than there is at
  // all.
  Lease admit(std::int64_t bytes);

  std::int64_t total() const { return total_; }
  std::int64_t most() const;      // that was out at one time
  std::int64_t waiting() const;   // threads in admit()
  double waited_seconds() const;  // in admit(), of all threads

 private:
  void give_back(std::int64_t bytes);

  const std::int64_t total_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::int64_t used_ = 0, most_ = 0;
  std::uint64_t next_ticket_ = 0, serving_ = 0;
  double waited_ = 0;
};

}  // namespace fovea::pipeline
