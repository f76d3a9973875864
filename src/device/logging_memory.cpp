#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <mutex>

#include "base/system_error.h"
#include "fovea/memory_adaptors.h"

namespace fovea {
namespace {

// The CUstream, or what tells a stream without one from others.
const void* identity(const Stream* stream) {
  if (stream == nullptr) return nullptr;
  const void* native = stream->native();
  return native ? native : static_cast<const void*>(stream->backend().get());
}

std::uintptr_t number(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

}  // namespace

// A stream that throws, by its exceptions(), has its failure in its state too, which flush() reports.
struct LoggingMemory::State {
  std::mutex mutex;
  std::ofstream file;
  std::ostream* out = nullptr;

  void begin(std::ostream& to) {
    out = &to;
    *out << "Thread,Time,Action,Pointer,Size,Stream\n";
  }

  void line(const char* action, const void* pointer, std::size_t bytes, const Stream* stream) noexcept {
    using std::chrono::system_clock;
    const auto now = system_clock::now();
    const std::time_t seconds = system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(now));
    const auto past = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() % 1'000'000;
    std::tm time{};
    ::localtime_r(&seconds, &time);
    std::array<char, 160> text{};
    const int length =
        std::snprintf(text.data(), text.size(), "%ld,%02d:%02d:%02d.%06d,%s,0x%" PRIxPTR ",%zu,0x%" PRIxPTR "\n",
                      ::syscall(SYS_gettid), time.tm_hour, time.tm_min, time.tm_sec, static_cast<int>(past), action,
                      number(pointer), bytes, number(identity(stream)));
    try {
      const std::lock_guard lock(mutex);
      out->write(text.data(), length);
    } catch (...) {
    }
  }
};

LoggingMemory::LoggingMemory(std::shared_ptr<Memory> upstream, std::ostream& out)
    : MemoryAdaptor(std::move(upstream)), state_(std::make_unique<State>()) {
  state_->begin(out);
}

LoggingMemory::LoggingMemory(std::shared_ptr<Memory> upstream, const std::filesystem::path& path)
    : MemoryAdaptor(std::move(upstream)), state_(std::make_unique<State>()) {
  errno = 0;
  state_->file.open(path, std::ios::binary | std::ios::trunc);
  if (!state_->file) throw system_error("memory log", errno);
  state_->begin(state_->file);
}

LoggingMemory::~LoggingMemory() = default;

void* LoggingMemory::take(std::size_t bytes, const Stream* stream) {
  try {
    void* block = take_upstream(bytes, stream);
    state_->line("allocate", block, bytes, stream);
    return block;
  } catch (...) {
    state_->line("allocate failure", nullptr, bytes, stream);
    throw;
  }
}

// Logged first: once given back, the address may come again.
void LoggingMemory::give(void* pointer, std::size_t bytes, const Stream* stream) noexcept {
  state_->line("free", pointer, bytes, stream);
  give_upstream(pointer, bytes, stream);
}

void LoggingMemory::flush() {
  const std::lock_guard lock(state_->mutex);
  try {
    state_->out->flush();
  } catch (...) {
  }
  if (!*state_->out) throw Error(Errc::io, "memory log: a line could not be written");
}

}  // namespace fovea
