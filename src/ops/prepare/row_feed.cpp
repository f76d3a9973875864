#include "ops/prepare/row_feed.h"

#include <algorithm>
#include <cstring>

namespace fovea::ops {
namespace {

constexpr Index line = 64;
constexpr Index most_block_rows = 16;

using BlockPointers = const std::uint8_t* [most_block_rows];

}  // namespace

std::uint8_t* LineBuffer::get(Index bytes) {
  const auto wanted = static_cast<std::size_t>(bytes + line);
  if (bytes_.size() < wanted) bytes_.resize(wanted);
  const auto address = reinterpret_cast<std::uintptr_t>(bytes_.data());
  return bytes_.data() + (line - address % line) % line;
}

void RowFeed::begin(const RowPlan& plan, float* out) {
  plan_ = &plan;
  next_ = plan.window.top;
  kept_ = false;
  state_.out = out;
  state_.next = 0;
}

void RowFeed::rows(Index first, std::span<const std::uint8_t* const> rows, Index slack, Index ahead) {
  const Index count = static_cast<Index>(rows.size());
  if (!plan_ || first < 0)
    throw Error(Errc::invalid_argument, "prepare_image: expected rows of a picture that has begun, got row " +
                                            std::to_string(first) + " of none");
  const Window& window = plan_->window;
  const bool begun = next_ > window.top;
  if (!done() && (first > next_ || (begun && first < next_)))
    throw Error(Errc::invalid_argument, "prepare_image: expected row " + std::to_string(next_) +
                                            " of the picture, got " + std::to_string(first) +
                                            "; give its rows in order");
  const Index n = plan_->block_rows, end = std::min(first + count, window.bottom);
  const bool readable = plan_->reach <= plan_->width * plan_->channels + slack;
  while (next_ < end) {
    const Index block = next_ / n * n, block_end = std::min(block + n, window.bottom);
    if (kept_ || end < block_end || !readable) {
      keep(block, std::min(end, block_end), rows.data() - first);
      continue;
    }
    BlockPointers row;
    for (Index r = 0; r < n; ++r)
      row[r] = rows[static_cast<std::size_t>(std::clamp(block + r, next_, block_end - 1) - first)];
    next_ = block_end;
    const bool more = !ahead && block_end + n <= end;
    plan_->block(state_, {row, more ? rows[static_cast<std::size_t>(block_end - first)] - row[0] : ahead}, block);
  }
}

// Copies rows [next_, end) of the block at `first`, and takes the block when it is complete.
void RowFeed::keep(Index first, Index end, const std::uint8_t* const* row) {
  const Window& window = plan_->window;
  const Index n = plan_->block_rows, c = plan_->channels, pitch = (plan_->reach + line - 1) / line * line;
  std::uint8_t* pending = pending_.get(n * pitch);
  const Index begin = window.left * c, bytes = (window.right - window.left) * c;
  kept_ = true;
  for (; next_ < end; ++next_)
    std::memcpy(pending + (next_ - first) * pitch + begin, row[next_] + begin, static_cast<std::size_t>(bytes));
  if (next_ < std::min(first + n, window.bottom)) return;
  kept_ = false;
  BlockPointers pointers;
  for (Index r = 0; r < n; ++r) pointers[r] = pending + r * pitch;
  plan_->block(state_, {pointers, 0}, first);
}

void feed_picture(RowFeed& feed, const RowPlan& plan, const std::uint8_t* picture, Index height, float* out) {
  const Index row_bytes = plan.width * plan.channels, n = plan.block_rows;
  feed.begin(plan, out);
  BlockPointers row;
  for (Index y = plan.window.top; y < plan.window.bottom;) {
    const Index end = std::min((y / n + 1) * n, plan.window.bottom);
    for (Index r = y; r < end; ++r) row[r - y] = picture + r * row_bytes;
    const Index ahead = end + n <= height ? n * row_bytes : 0;
    feed.rows(y, {row, static_cast<std::size_t>(end - y)}, (height - end) * row_bytes, ahead);
    y = end;
  }
}

void RowFedKernel::run(Queue, std::span<const Array> in, const Array& out) {
  thread_local RowFeed feed;
  feed_picture(feed, *plan_, reinterpret_cast<const std::uint8_t*>(in[0].data()), in[0].shape()[0],
               reinterpret_cast<float*>(out.data()));
}

}  // namespace fovea::ops
