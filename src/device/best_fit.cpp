#include "device/best_fit.h"

#include <algorithm>
#include <utility>

#include "device/poison.h"

namespace fovea {

BestFit::Free::iterator BestFit::smallest(Lane lane, std::size_t bytes) const {
  const auto found = free_.lower_bound(Key{lane, bytes, nullptr});
  return found != free_.end() && found->lane == lane ? found : free_.end();
}

void BestFit::add(Segment segment) {
  free_.insert(Block{{everybody, segment.bytes, segment.at}, 0, gives_});
  if (on_host_) poison(segment.at, segment.bytes);
  cached_bytes_ += segment.bytes;
  ++segments_;
}

std::byte* BestFit::take(std::size_t requested, Lane lane) {
  const std::size_t bytes = rounded(requested);
  auto best = smallest(everybody, bytes);
  const auto own = lane == everybody ? free_.end() : smallest(lane, bytes);
  if (own != free_.end() && (best == free_.end() || own->bytes <= best->bytes)) best = own;
  if (best == free_.end()) return nullptr;

  const auto slot = in_use_.try_emplace(best->at).first;
  const Block* rest = nullptr;
  if (best->bytes > bytes) {
    Block behind = *best;
    behind.at += bytes;
    behind.bytes -= bytes;
    behind.before = &*best;
    try {
      rest = &*free_.insert(behind).first;
    } catch (...) {
      in_use_.erase(slot);
      throw;
    }
  }
  slot->second = free_.extract(best);
  Block& block = slot->second.value();
  block.bytes = bytes;
  block.in_use = true;
  if (rest != nullptr) {
    if (block.after != nullptr) block.after->before = rest;
    block.after = rest;
  }
  if (on_host_) unpoison(block.at, requested);
  in_use_bytes_ += bytes;
  cached_bytes_ -= bytes;
  return block.at;
}

bool BestFit::give(void* pointer, Lane lane, std::uint64_t ticket) noexcept {
  const auto found = in_use_.find(pointer);
  if (found == in_use_.end()) return false;
  Free::node_type node = std::move(found->second);
  in_use_.erase(found);
  Block& block = node.value();
  block.in_use = false;
  block.lane = lane;
  block.ticket = ticket;
  block.freed = ++gives_;
  in_use_bytes_ -= block.bytes;
  cached_bytes_ += block.bytes;
  put(std::move(node));
  return true;
}

// What a stream may still use is not poisoned.
void BestFit::put(Free::node_type node) noexcept {
  Block& block = node.value();
  if (on_host_ && block.lane == everybody) poison(block.at, block.bytes);
  const auto joins = [&block](const Block* other) { return other && !other->in_use && other->lane == block.lane; };
  if (joins(block.before)) {
    const Block& before = *block.before;
    block.at = before.at;
    block.before = before.before;
    if (block.before) block.before->after = &block;
    absorb(block, before);
  }
  if (joins(block.after)) {
    const Block& after = *block.after;
    block.after = after.after;
    if (block.after) block.after->before = &block;
    absorb(block, after);
  }
  free_.insert(std::move(node));
}

void BestFit::absorb(Block& block, const Block& neighbour) noexcept {
  block.bytes += neighbour.bytes;
  block.ticket = std::max(block.ticket, neighbour.ticket);
  block.freed = std::max(block.freed, neighbour.freed);
  free_.erase(free_.find(neighbour));
}

void BestFit::settle(Lane lane, std::uint64_t ticket) noexcept {
  for (auto next = smallest(lane, 0); next != free_.end() && next->lane == lane;) {
    const auto here = next++;
    if (here->ticket > ticket) continue;
    Free::node_type node = free_.extract(here);
    node.value().lane = everybody;
    put(std::move(node));
  }
}

std::optional<BestFit::Segment> BestFit::remove_oldest() noexcept {
  auto oldest = free_.end();
  for (auto it = free_.begin(); it != free_.end() && it->lane == everybody; ++it)
    if (it->whole() && (oldest == free_.end() || it->freed < oldest->freed)) oldest = it;
  if (oldest == free_.end()) return std::nullopt;
  const Segment segment{oldest->at, oldest->bytes};
  free_.erase(oldest);
  if (on_host_) unpoison(segment.at, segment.bytes);
  cached_bytes_ -= segment.bytes;
  --segments_;
  return segment;
}

std::size_t BestFit::largest_free() const {
  std::size_t largest = 0;
  for (const Block& block : free_) largest = std::max(largest, block.bytes);
  return largest;
}

}  // namespace fovea
