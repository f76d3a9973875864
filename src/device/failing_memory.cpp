#include <atomic>
#include <string>

#include "fovea/memory_adaptors.h"

namespace fovea {
namespace {

std::size_t at_least_one(const char* what, std::size_t number) {
  if (number == 0) throw Error(Errc::invalid_argument, std::string("failures: expected ") + what + " from 1, got 0");
  return number;
}

// Uniform in [0, 1): SplitMix64 at the place `request` of the seed's sequence.
double uniform(std::uint64_t seed, std::uint64_t request) {
  std::uint64_t z = seed + request * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1p-53;
}

}  // namespace

FailurePlan FailurePlan::once(std::size_t request) {
  return {Kind::once, at_least_one("a request", request)};
}

FailurePlan FailurePlan::from(std::size_t request) {
  return {Kind::from, at_least_one("a request", request)};
}

FailurePlan FailurePlan::every(std::size_t period) {
  return {Kind::every, at_least_one("a period", period)};
}

FailurePlan FailurePlan::random(double probability, std::uint64_t seed) {
  if (!(probability >= 0 && probability <= 1))
    throw Error(Errc::invalid_argument,
                "failures: expected a probability from 0 to 1, got " + std::to_string(probability));
  FailurePlan plan(Kind::random, seed);
  plan.probability_ = probability;
  return plan;
}

bool FailurePlan::fails(std::size_t request) const {
  switch (kind_) {
    case Kind::once:
      return request == number_;
    case Kind::from:
      return request >= number_;
    case Kind::every:
      return request % number_ == 0;
    default:
      return uniform(number_, request) < probability_;
  }
}

struct FailingMemory::State {
  FailurePlan plan;
  Errc code;
  std::atomic<std::size_t> requests{0}, failures{0};
};

FailingMemory::FailingMemory(std::shared_ptr<Memory> upstream, FailurePlan plan, Errc code)
    : MemoryAdaptor(std::move(upstream)), state_(new State{plan, code}) {}
FailingMemory::~FailingMemory() = default;

void* FailingMemory::take(std::size_t bytes, const Stream* stream) {
  const std::size_t request = ++state_->requests;
  if (state_->plan.fails(request)) {
    ++state_->failures;
    throw Error(state_->code, "memory: request " + std::to_string(request) + ", for " + std::to_string(bytes) +
                                  " bytes, fails by plan");
  }
  return take_upstream(bytes, stream);
}

void FailingMemory::give(void* pointer, std::size_t bytes, const Stream* stream) noexcept {
  give_upstream(pointer, bytes, stream);
}

std::size_t FailingMemory::requests() const {
  return state_->requests;
}

std::size_t FailingMemory::failures() const {
  return state_->failures;
}

}  // namespace fovea
