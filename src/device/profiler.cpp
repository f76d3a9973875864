#include "device/profiler.h"

#include <array>
#include <chrono>
#include <new>
#include <utility>

#include "device/profile/nvtx.h"
#include "device/profile/session.h"

namespace fovea {
namespace profiler {
namespace detail {

// A plug-in that brings this file along runs its initialisers on the program's variables, so they must not assign.
constinit std::atomic<std::uint64_t> state{0};
const std::uint64_t at_start = nvtx::wanted() ? state.fetch_or(1) : 0;

}  // namespace detail

namespace {

// Never destroyed: threads may outlive the static objects.
struct Recorder {
  std::mutex mutex;
  std::shared_ptr<Session> session;
  std::uint64_t sessions = 0;
  std::atomic<std::int64_t> start_ns{0}, lost{0};  // lost: spans for which there was no memory
};
Recorder& recorder() {
  static Recorder& instance = *new Recorder;
  return instance;
}

thread_local constinit bool thread_ended = false;
thread_local constinit std::array<int, 9> open_spans{};  // of this thread, by activity

int& open_spans_of(Activity activity) {
  return open_spans[static_cast<std::size_t>(activity)];
}

struct ThisThread {
  const std::shared_ptr<Gate> gate = std::make_shared<Gate>();
  std::uint64_t session = 0;
  SpanBuffer* buffer = nullptr;  // of that session; lives while it is under way
  ~ThisThread() { thread_ended = true; }
};

// While it lives, the session that is under way does not end.
class Busy {
 public:
  explicit Busy(Gate& gate) : gate_(gate) { gate_.busy.store(true); }
  ~Busy() { gate_.busy.store(false, std::memory_order_release); }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  Gate& gate_;
};

// The buffer of the calling thread, which is busy; null when the session has ended.
SpanBuffer* buffer_for(ThisThread& thread, std::uint64_t session) {
  if (detail::state.load() >> 1 != session) return nullptr;
  if (thread.session == session) return thread.buffer;
  Recorder& all = recorder();
  const std::lock_guard lock(all.mutex);
  if (!all.session || all.session->number() != session) return nullptr;
  thread.buffer = &all.session->join(thread.gate);
  thread.session = session;
  return thread.buffer;
}

void add(std::uint64_t session, const Timed& timed) noexcept {
  if (thread_ended) return;
  try {
    thread_local ThisThread thread;
    const Busy busy(*thread.gate);
    if (SpanBuffer* buffer = buffer_for(thread, session)) buffer->add(timed);
  } catch (const std::bad_alloc&) {
    recorder().lost.fetch_add(1);
  }
}

}  // namespace

std::int64_t now() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

void record(const Timed& timed) noexcept {
  const std::uint64_t session = listening() >> 1;
  if (session != 0 && timed.begin_ns >= recorder().start_ns && timed.end_ns >= timed.begin_ns) add(session, timed);
}

void count_lost() noexcept {
  recorder().lost.fetch_add(1);
}

std::shared_ptr<void> expect_span() {
  Recorder& all = recorder();
  const std::lock_guard lock(all.mutex);
  if (!all.session || !all.session->in_flight()->begin()) return nullptr;
  InFlight& in_flight = *all.session->in_flight();
  return {&in_flight, [held = all.session->in_flight()](InFlight* spans) { spans->end(); }};
}

bool tell_device_times(std::string how, std::function<void()> at_end) {
  Recorder& all = recorder();
  const std::lock_guard lock(all.mutex);
  return all.session && all.session->tell_device_times(std::move(how), std::move(at_end));
}

void Scope::begin(const Subject& subject, std::size_t bytes) noexcept {
  timed_.emplace(Timed{subject, 0, 0, static_cast<std::int64_t>(bytes), 0});
  if (listeners_ & 1) nvtx::push(subject.name);
  timed_->subject.inner = open_spans_of(subject.activity)++ > 0;
  timed_->begin_ns = now();
}

void Scope::end() noexcept {
  timed_->end_ns = now();
  --open_spans_of(timed_->subject.activity);
  if (listeners_ & 1) nvtx::pop();
  if (listeners_ > 1) add(listeners_ >> 1, *timed_);
}

}  // namespace profiler

namespace {

constexpr std::chrono::seconds devices_have{1};  // to end their spans, when a recording ends

std::shared_ptr<profiler::Session> session_to_stop() {
  profiler::Recorder& all = profiler::recorder();
  const std::lock_guard lock(all.mutex);
  if (!all.session || !all.session->in_flight()->close())
    throw Error(Errc::invalid_argument, "profile: expected a recording to stop, got none under way");
  return all.session;
}

}  // namespace

void start_profile(const ProfileOptions& options) {
  profiler::Recorder& all = profiler::recorder();
  const std::lock_guard lock(all.mutex);
  if (all.session)
    throw Error(Errc::invalid_argument, "profile: expected no recording under way, got a second start; stop the first");
  all.session = std::make_shared<profiler::Session>(all.sessions + 1, options);
  ++all.sessions;
  all.lost = 0;
  all.start_ns = all.session->start_ns();
  profiler::detail::state.fetch_or(all.sessions << 1);
}

Profile stop_profile() {
  profiler::Recorder& all = profiler::recorder();
  const std::shared_ptr<profiler::Session> session = session_to_stop();
  const std::int64_t late = session->in_flight()->wait(devices_have);
  session->end_device_times();
  std::int64_t lost = 0;
  {
    const std::lock_guard lock(all.mutex);
    profiler::detail::state.fetch_and(1);
    lost = all.lost;
    all.session = nullptr;
  }
  return session->finish(profiler::now(), lost + late);
}

ProfileRange::ProfileRange(std::string_view name) : listeners_(profiler::listening()) {
  if (listeners_ == 0) return;
  name_ = name;
  if (listeners_ & 1) profiler::nvtx::push(name);
  inner_ = profiler::open_spans_of(Activity::range)++ > 0;
  begin_ns_ = profiler::now();
}

ProfileRange::~ProfileRange() {
  if (listeners_ == 0) return;
  const std::int64_t end_ns = profiler::now();
  --profiler::open_spans_of(Activity::range);
  if (listeners_ & 1) profiler::nvtx::pop();
  if (listeners_ > 1)
    profiler::add(listeners_ >> 1, {{Activity::range, name_, {}, {}, {}, {}, inner_}, begin_ns_, end_ns, 0, 0});
}

std::string_view name(Activity activity) {
  constexpr std::string_view names[] = {"kernel", "op",        "copy",       "fill", "stage",
                                        "wait",   "host call", "allocation", "range"};
  return names[static_cast<std::size_t>(activity)];
}

}  // namespace fovea
