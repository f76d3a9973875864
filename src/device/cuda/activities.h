#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "device/cuda/cupti_library.h"
#include "device/profiler.h"

namespace fovea {

// Times of single kernels, copies and fills by CUPTI, for as long as a recording is under way. What is enqueued within
// a push() and a pop() of its thread is named after the subject; what nobody named, after itself. Thread-safe.
class CudaActivities {
 public:
  explicit CudaActivities(const Cupti& library) : cupti_(library) {}
  CudaActivities(const CudaActivities&) = delete;
  CudaActivities& operator=(const CudaActivities&) = delete;

  // Whether CUPTI times the recording under way: decided at its first call, which the recording is told.
  bool taking() noexcept;
  void push(const profiler::Subject&, std::int64_t track);
  void pop() noexcept;
  std::string how() const;  // "CUPTI (version 130001)", or "events" and why, once a recording has met a device

  // For CUPTI.
  void take(void* context, std::uint8_t* buffer, std::size_t valid) noexcept;

 private:
  using Subject = std::pair<std::string, std::int64_t>;  // its name, and the number of its stream
  struct Span {
    Activity activity;
    std::string kernel;
    std::uint32_t correlation;
    Device device, from, to;
    std::int64_t begin_ns, end_ns, bytes;
  };
  void begin(std::uint64_t recording);
  void enable();
  void end() noexcept;
  void disable() noexcept;
  bool refused(cupti::Status, const std::string& call);
  // With the lock held.
  void add(const cupti::Record&);
  void add(const Span&, bool last);
  void record(const Span&, const Subject*) const;

  const Cupti& cupti_;
  std::atomic<std::uint64_t> decided_{0}, taken_{0};  // recordings
  mutable std::mutex setup_;                          // of the next two
  bool registered_ = false;
  std::string refusal_;
  std::mutex mutex_;                      // of what follows; CUPTI is not called with it, but to read a record
  std::map<Subject, std::uint64_t> ids_;  // from 1
  std::vector<const Subject*> subjects_;  // by id
  std::unordered_map<std::uint32_t, std::uint64_t> id_of_call_;
  std::vector<Span> waiting_;  // for what says whose they are
};

// Of the process, by cupti_library().
CudaActivities& cuda_activities();

}  // namespace fovea
