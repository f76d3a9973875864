#pragma once
#include <span>

#include "ops/op.h"
#include "ops/prepare/row_plan.h"

namespace fovea::ops {

// Takes a picture's rows from top to bottom, any number at a time, and prepares it. One picture after the other; not
// thread-safe.
class RowFeed {
 public:
  // out: f32 [channels, crop, crop]. `plan` and `out` must live until the picture is done.
  void begin(const RowPlan& plan, float* out);

  // rows[i] is row first + i of the picture, whole, with `slack` bytes behind it that may be read. Rows outside the
  // plan's window are passed over, and those above it need not come; of its rows none may be missing or come twice.
  // ahead: bytes from a row of one block to that of the next, for rows that are not in the cache.
  // Throws Error(invalid_argument) for rows out of turn.
  void rows(Index first, std::span<const std::uint8_t* const> rows, Index slack = 0, Index ahead = 0);

  // Whether all rows of the window have come, and with them the whole output.
  bool done() const { return plan_ && next_ >= plan_->window.bottom; }

 private:
  void keep(Index first, Index end, const std::uint8_t* const* row);

  const RowPlan* plan_ = nullptr;
  Index next_ = 0;     // the row that must come
  bool kept_ = false;  // a part of the block that is under way
  LineBuffer pending_;
  RowState state_;
};

// Feeds a whole picture, [height, width, channels], contiguous.
void feed_picture(RowFeed&, const RowPlan&, const std::uint8_t* picture, Index height, float* out);

// A kernel of prepare_image whose pictures may come row by row too.
class RowFedKernel final : public Kernel {
 public:
  RowFedKernel(std::unique_ptr<const RowPlan> plan) : plan_(std::move(plan)) {}
  void run(Queue, std::span<const Array> in, const Array& out) override;
  const RowPlan& plan() const { return *plan_; }

 private:
  std::unique_ptr<const RowPlan> plan_;
};

}  // namespace fovea::ops
