#include "device/cuda/activities.h"

#include <new>

#include "device/cuda/kernel_name.h"

namespace fovea {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;
constexpr std::size_t most_kept = std::size_t{1} << 20;  // calls, or spans without their call
constexpr unsigned kinds[] = {cupti::kind_external_correlation,
                              cupti::kind_runtime,
                              cupti::kind_driver,
                              cupti::kind_concurrent_kernel,
                              cupti::kind_memcpy,
                              cupti::kind_memcpy_peer,
                              cupti::kind_memset};

std::uint64_t now_for_cupti() {
  return static_cast<std::uint64_t>(profiler::now());
}

void give_buffer(std::uint8_t** buffer, std::size_t* bytes, std::size_t* most_records) {
  *buffer = static_cast<std::uint8_t*>(::operator new(buffer_bytes, std::nothrow));
  *bytes = *buffer == nullptr ? 0 : buffer_bytes;
  *most_records = 0;  // as many as fit
}

void take_buffer(void* context, std::uint32_t, std::uint8_t* buffer, std::size_t, std::size_t valid) {
  cuda_activities().take(context, buffer, valid);
  ::operator delete(buffer);
}

Device cuda_device(std::uint32_t index) {
  return Device::cuda(static_cast<int>(index));
}

}  // namespace

CudaActivities& cuda_activities() {
  static CudaActivities& instance = *new CudaActivities(cupti_library());  // CUPTI's thread may outlive all
  return instance;
}

bool CudaActivities::taking() noexcept {
  const std::uint64_t recording = profiler::listening() >> 1;
  if (recording == 0) return false;
  if (decided_ != recording) try {
      begin(recording);
    } catch (...) {
      return false;  // no memory; the next one tries again
    }
  return taken_ == recording;
}

bool CudaActivities::refused(cupti::Status status, const std::string& call) {
  if (status == cupti::success) return false;
  const char* text = nullptr;
  if (cupti_.cuptiGetResultString(status, &text) != cupti::success || text == nullptr) text = "an error of no name";
  refusal_ = call + " gave " + text + " (" + std::to_string(status) + ")";
  return true;
}

void CudaActivities::enable() {
  refusal_ = cupti_.missing;
  if (refusal_.empty() && !registered_)
    registered_ =
        !refused(cupti_.cuptiActivityRegisterTimestampCallback(now_for_cupti),
                 "cuptiActivityRegisterTimestampCallback") &&
        !refused(cupti_.cuptiActivityRegisterCallbacks(give_buffer, take_buffer), "cuptiActivityRegisterCallbacks");
  for (const unsigned kind : kinds)
    if (refusal_.empty())
      refused(cupti_.cuptiActivityEnable(kind), "cuptiActivityEnable of kind " + std::to_string(kind));
  if (!refusal_.empty()) disable();
}

void CudaActivities::begin(std::uint64_t recording) {
  bool takes = false;
  {
    const std::lock_guard lock(setup_);
    if (decided_ == recording) return;
    enable();
    takes = refusal_.empty();
    if (takes) taken_ = recording;
    decided_ = recording;
  }
  std::function<void()> at_end;
  if (takes) at_end = [this] { end(); };
  const bool in_time = profiler::tell_device_times(how(), std::move(at_end));
  if (takes && !in_time) end();
}

void CudaActivities::disable() noexcept {
  if (!registered_) return;
  for (const unsigned kind : kinds) cupti_.cuptiActivityDisable(kind);
}

void CudaActivities::end() noexcept {
  cupti_.cuptiActivityFlushAll(cupti::flush_forced);
  {
    const std::lock_guard lock(setup_);
    disable();
  }
  const std::lock_guard lock(mutex_);
  for (const Span& span : waiting_) add(span, true);
  taken_ = 0;
  waiting_.clear();
  id_of_call_.clear();
  subjects_.clear();
  ids_.clear();
}

std::string CudaActivities::how() const {
  const std::lock_guard lock(setup_);
  const std::string& why = cupti_.missing.empty() ? refusal_ : cupti_.missing;
  if (!why.empty()) return "events, not CUPTI: " + why;
  const std::string library = "CUPTI (version " + std::to_string(cupti_.version) + ")";
  return decided_ == 0 ? library + " if the driver allows it" : library;
}

void CudaActivities::push(const profiler::Subject& subject, std::int64_t track) {
  std::string name(subject.name);
  if (!subject.detail.empty()) name += "/" + std::string(subject.detail);
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto [place, is_new] = ids_.try_emplace({std::move(name), track}, ids_.size() + 1);
    if (is_new) subjects_.push_back(&place->first);
    id = place->second;
  }
  cupti_.cuptiActivityPushExternalCorrelationId(cupti::external_kind, id);
}

void CudaActivities::pop() noexcept {
  std::uint64_t last = 0;
  cupti_.cuptiActivityPopExternalCorrelationId(cupti::external_kind, &last);
}

void CudaActivities::take(void* context, std::uint8_t* buffer, std::size_t valid) noexcept try {
  const std::lock_guard lock(mutex_);
  if (taken_ == 0) return;
  cupti::Record* record = nullptr;
  while (buffer != nullptr && cupti_.cuptiActivityGetNextRecord(buffer, valid, &record) == cupti::success) add(*record);
  std::size_t dropped = 0;
  if (cupti_.cuptiActivityGetNumDroppedRecords(context, 0, &dropped) == cupti::success)
    for (; dropped > 0; --dropped) profiler::count_lost();
} catch (const std::bad_alloc&) {
  profiler::count_lost();
}

void CudaActivities::add(const cupti::Record& record) {
  const auto ns = [](std::uint64_t time) { return static_cast<std::int64_t>(time); };
  switch (record.kind) {
    case cupti::kind_external_correlation: {
      const auto& r = reinterpret_cast<const cupti::ExternalRecord&>(record);
      if (r.external_kind == cupti::external_kind && id_of_call_.size() < most_kept) id_of_call_[r.correlation] = r.id;
      break;
    }
    case cupti::kind_concurrent_kernel: {
      const auto& r = reinterpret_cast<const cupti::KernelRecord&>(record);
      add({Activity::kernel,
           r.name == nullptr ? "" : r.name,
           r.correlation,
           cuda_device(r.device),
           {},
           {},
           ns(r.start),
           ns(r.end),
           0},
          false);
      break;
    }
    case cupti::kind_memcpy: {
      const auto& r = reinterpret_cast<const cupti::CopyRecord&>(record);
      const Device there = cuda_device(r.device);
      const bool from_host = r.copy_kind == cupti::host_to_device || r.copy_kind == cupti::host_to_host;
      const bool to_host = r.copy_kind == cupti::device_to_host || r.copy_kind == cupti::host_to_host;
      add({Activity::copy, "", r.correlation, there, from_host ? Device::cpu() : there, to_host ? Device::cpu() : there,
           ns(r.start), ns(r.end), ns(r.bytes)},
          false);
      break;
    }
    case cupti::kind_memcpy_peer: {
      const auto& r = reinterpret_cast<const cupti::PeerCopyRecord&>(record);
      add({Activity::copy, "", r.correlation, cuda_device(r.device), cuda_device(r.from_device),
           cuda_device(r.to_device), ns(r.start), ns(r.end), ns(r.bytes)},
          false);
      break;
    }
    case cupti::kind_memset: {
      const auto& r = reinterpret_cast<const cupti::FillRecord&>(record);
      add({Activity::fill, "", r.correlation, cuda_device(r.device), {}, {}, ns(r.start), ns(r.end), ns(r.bytes)},
          false);
      break;
    }
    default:
      break;  // of calls, which only tell whose they are
  }
}

// A record may come before the one that says for whom the call was made; at the end none comes any more.
void CudaActivities::add(const Span& span, bool last) {
  const auto id = id_of_call_.find(span.correlation);
  if (id != id_of_call_.end())
    record(span, subjects_[id->second - 1]);
  else if (last)
    record(span, nullptr);
  else if (waiting_.size() < most_kept)
    waiting_.push_back(span);
  else
    profiler::count_lost();
}

void CudaActivities::record(const Span& span, const Subject* subject) const {
  if (span.end_ns == 0) return;  // it has not ended, and counts as what it is part of
  const std::string name = span.activity == Activity::kernel
                               ? profiled_kernel_name(subject ? subject->first : "", span.kernel.c_str())
                           : span.activity == Activity::fill ? "fill"
                                                             : "copy";
  profiler::Timed timed;
  timed.subject = {span.activity, name, {}, span.device, span.from, span.to, false};
  timed.begin_ns = span.begin_ns;
  timed.end_ns = span.end_ns;
  timed.bytes = span.bytes;
  timed.track = subject ? subject->second : 0;
  profiler::record(timed);
}

}  // namespace fovea
