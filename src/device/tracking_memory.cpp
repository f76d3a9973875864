#include <execinfo.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>
#include <new>
#include <unordered_map>

#include "fovea/memory_adaptors.h"

namespace fovea {
namespace {

constexpr int most_frames = 64;
constexpr int own_frames = 4;  // at most, before the caller

// The return addresses from `first` on.
std::vector<void*> stack_from(const void* first, int frames) {
  if (frames == 0) return {};
  std::array<void*, most_frames + own_frames> found{};
  const int count = ::backtrace(found.data(), frames + own_frames);
  const auto end = found.begin() + count, begin = std::find(found.begin(), end, first);
  return std::vector<void*>(begin, begin + std::min<std::ptrdiff_t>(frames, end - begin));
}

std::vector<std::string> symbols(const std::vector<void*>& stack) {
  if (stack.empty()) return {};
  const std::unique_ptr<char*, decltype(&std::free)> names(
      ::backtrace_symbols(stack.data(), static_cast<int>(stack.size())), &std::free);
  if (!names) return {};
  return std::vector<std::string>(names.get(), names.get() + stack.size());
}

std::string place(const std::source_location& where) {
  return std::string(where.file_name()) + ":" + std::to_string(where.line());
}

}  // namespace

struct TrackingMemory::State {
  struct Origin {
    std::string tag, where;
    std::vector<void*> stack;
    auto operator<=>(const Origin&) const = default;
  };
  struct Block {
    std::size_t bytes;
    Origin origin;
  };
  int frames = 0;
  mutable std::mutex mutex;
  std::unordered_map<void*, Block> blocks;

  void note(void* pointer, Block block) {
    const std::lock_guard lock(mutex);
    blocks.insert_or_assign(pointer, std::move(block));
  }
  void forget(void* pointer) {
    const std::lock_guard lock(mutex);
    blocks.erase(pointer);
  }
};

TrackingMemory::TrackingMemory(std::shared_ptr<Memory> upstream, int stack_frames)
    : MemoryAdaptor(std::move(upstream)), state_(std::make_unique<State>()) {
  if (stack_frames < 0 || stack_frames > most_frames)
    throw Error(Errc::invalid_argument, "memory: expected 0 to " + std::to_string(most_frames) + " stack frames, got " +
                                            std::to_string(stack_frames));
  state_->frames = stack_frames;
}
TrackingMemory::~TrackingMemory() = default;

void* TrackingMemory::take(std::size_t bytes, const Stream* stream) {
  void* block = take_upstream(bytes, stream);
  try {
    State::Origin origin{{}, {}, stack_from(__builtin_return_address(0), state_->frames)};
    if (const MemoryTag* tag = MemoryTag::current()) {
      origin.tag = tag->path();
      origin.where = place(tag->where());
    }
    state_->note(block, {bytes, std::move(origin)});
  } catch (const std::bad_alloc&) {
    give_upstream(block, bytes, stream);
    throw Error(Errc::out_of_memory, "memory: cannot note a block");
  }
  return block;
}

// Forgotten first: once given back, the address may come again.
void TrackingMemory::give(void* pointer, std::size_t bytes, const Stream* stream) noexcept {
  state_->forget(pointer);
  give_upstream(pointer, bytes, stream);
}

std::vector<Leak> TrackingMemory::leaks() const {
  std::map<State::Origin, Leak> by_origin;
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& [pointer, block] : state_->blocks) {
      Leak& leak = by_origin[block.origin];
      ++leak.blocks;
      leak.bytes += block.bytes;
    }
  }
  std::vector<Leak> result;
  for (auto& [origin, leak] : by_origin) {
    leak.tag = origin.tag;
    leak.where = origin.where;
    leak.stack = symbols(origin.stack);
    result.push_back(std::move(leak));
  }
  std::stable_sort(result.begin(), result.end(), [](const Leak& a, const Leak& b) { return a.bytes > b.bytes; });
  return result;
}

std::string TrackingMemory::report() const {
  std::string text;
  for (const Leak& leak : leaks()) {
    text += std::to_string(leak.bytes) + " bytes in " + std::to_string(leak.blocks) +
            (leak.blocks == 1 ? " block, " : " blocks, ");
    text += leak.tag.empty() ? "no tag" : "tag " + leak.tag + " of " + leak.where;
    text += '\n';
    for (const std::string& frame : leak.stack) text += "    " + frame + '\n';
  }
  return text;
}

}  // namespace fovea
