#include <algorithm>
#include <cstring>
#include <memory>

#include "base/threads.h"
#include "expr/evaluate.h"

// A fold goes over its operand in units whose extent follows from the shape alone; within a unit and between units it
// combines pairwise. So the bits do not depend on threads, and errors grow as the logarithm of the count.
namespace fovea {
namespace {

constexpr Index blocks_a_unit = 64;

bool is_place(Fold fold) {
  return fold == Fold::argmin || fold == Fold::argmax;
}

Index extent_over(const Shape& shape, std::span<const int> axes) {
  Index n = 1;
  for (int axis : axes) n *= shape[static_cast<std::size_t>(axis)];
  return n;
}

void fill_neutral(Fold fold, const Array& out) {
  const std::size_t item = size_of(out.dtype());
  std::memset(out.data(), 0, static_cast<std::size_t>(out.size()) * item);
  if (fold == Fold::prod || fold == Fold::all) eval_into(broadcast(cast(Expr(1), out.dtype()), out.shape()), out);
}

struct AxisGroups {
  std::vector<int> outer, reduced, inner;  // inner: the kept ones behind the last reduced one
};

AxisGroups split(const Expr::Node& node) {
  AxisGroups axes;
  const Shape& shape = node.operands[0]->shape;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (node.reduced[k]) {
      axes.outer.insert(axes.outer.end(), axes.inner.begin(), axes.inner.end());
      axes.inner.clear();
      axes.reduced.push_back(static_cast<int>(k));
    } else {
      axes.inner.push_back(static_cast<int>(k));
    }
  }
  return axes;
}

// Combines `count` states that lie `stride` bytes apart into the first, pairwise in order.
template <class Combine>
void combine_pairwise(std::byte* states, Index count, std::size_t stride, const Combine& combine) {
  for (Index step = 1; step < count; step *= 2)
    for (Index k = 0; k + step < count; k += 2 * step)
      combine(states + static_cast<std::size_t>(k) * stride, states + static_cast<std::size_t>(k + step) * stride);
}

// One state a row of the reduced axes, which are innermost.
class RowFolder {
 public:
  RowFolder(Program& program, const Walk& walk, Index rows, Index length, Fold fold)
      : program_(program), walk_(walk), place_(is_place(fold)), rows_(rows), length_(length) {
    const DType dtype = program.slots[static_cast<std::size_t>(program.result)].dtype;
    item_ = size_of(dtype);
    fold_ = row_fold(fold, dtype);
    if (!program.instructions.empty() && !program.instructions.back().converts) {
      const Instruction& last = program.instructions.back();
      if (const RowFold fused = row_fold_of(fold, last.fn, dtype); fused.fold != nullptr) {
        fold_ = fused;
        std::copy(last.in, last.in + 3, terms_);
        program.instructions.pop_back();
      }
    }
    if (terms_[0] < 0) terms_[0] = program.result;
    state_ = static_cast<std::size_t>(fold_.state_bytes);
  }

  void run(const Array& out, const EvalOptions& options) {
    const Index most = program_.block * blocks_a_unit;
    const Index parts = (length_ + most - 1) / most;                         // of a row
    const Index group = parts > 1 ? 1 : std::max<Index>(1, most / length_);  // rows a unit
    const Index groups = (rows_ + group - 1) / group;
    const Array states = Array::empty({rows_ * parts, fold_.state_bytes}, DType::u8);
    Work work(options, static_cast<double>(groups * parts));
    const bool watched = options.progress || options.stop.stop_possible();
    parallel_for(groups * parts, 1, [&](Index begin, Index end) {
      BlockRunner runner(program_, walk_);
      for (Index unit = begin; unit < end; ++unit) {
        if (parts > 1) {
          const Index row = unit / parts, first = unit % parts * most;
          long_row(runner, row, first, std::min(most, length_ - first),
                   states.data() + static_cast<std::size_t>(unit) * state_);
        } else {
          const Index first = unit * group;
          some_rows(runner, first, std::min(group, rows_ - first),
                    states.data() + static_cast<std::size_t>(first) * state_);
        }
        if (watched) work.done(1);
      }
    });
    if (parts > 1)
      for (Index row = 0; row < rows_; ++row)
        combine_pairwise(states.data() + static_cast<std::size_t>(row * parts) * state_, parts, state_, fold_.combine);
    const std::size_t bytes = size_of(out.dtype());
    for (Index row = 0; row < rows_; ++row)  // a place's state begins with the index
      std::memcpy(out.data() + static_cast<std::size_t>(row) * bytes,
                  states.data() + static_cast<std::size_t>(row * parts) * state_, bytes);
  }

 private:
  // Elements [skip, skip + n) of the block that was run, which are the row's from `first` on.
  void fold_at(const BlockRunner& runner, Index skip, Index n, Index first, std::byte* state) const {
    const auto term = [&](int slot) {
      const std::byte* values = runner.at(slot);
      return values ? values + static_cast<std::size_t>(skip) * item_ : nullptr;
    };
    fold_.fold(term(terms_[0]), term(terms_[1]), term(terms_[2]), n, state);
    if (place_) reinterpret_cast<Place*>(state)->index += first;
  }

  // [first, first + n) of one row, block by block; `n` is at most a unit's.
  void long_row(BlockRunner& runner, Index row, Index first, Index n, std::byte* state) const {
    alignas(16) std::byte states[blocks_a_unit * sizeof(Place)];
    Index blocks = 0;
    for (Index k = 0; k < n; k += program_.block, ++blocks) {
      const Index count = std::min(program_.block, n - k);
      runner.run(row * length_ + first + k, count, nullptr);
      fold_at(runner, 0, count, first + k, states + static_cast<std::size_t>(blocks) * state_);
    }
    combine_pairwise(states, blocks, state_, fold_.combine);
    std::memcpy(state, states, state_);
  }

  // Whole rows, several in a block if they are short.
  void some_rows(BlockRunner& runner, Index first, Index rows, std::byte* states) const {
    const Index together = program_.block / length_;
    for (Index row = first; row < first + rows;) {
      if (together == 0) {
        long_row(runner, row, 0, length_, states);
        states += state_;
        ++row;
        continue;
      }
      const Index now = std::min(together, first + rows - row);
      runner.run(row * length_, now * length_, nullptr);
      for (Index k = 0; k < now; ++k, states += state_) fold_at(runner, k * length_, length_, 0, states);
      row += now;
    }
  }

  const Program& program_;
  const Walk& walk_;
  RowFold fold_;
  int terms_[3] = {-1, -1, -1};  // slots
  bool place_;
  std::size_t item_ = 0, state_ = 0;
  Index rows_, length_;
};

Fn combining(Fold fold) {
  switch (fold) {
    case Fold::sum:
      return Fn::add;
    case Fold::prod:
      return Fn::multiply;
    case Fold::min:
      return Fn::minimum;
    case Fold::max:
      return Fn::maximum;
    case Fold::any:
      return Fn::logical_or;
    default:
      return Fn::logical_and;
  }
}

// One state a column: the innermost axes are kept, so that whole vectors of columns are combined. The operand has the
// type of the states.
class ColumnFolder {
 public:
  ColumnFolder(const Program& program, const Walk& walk, Index outer, Index rows, Index columns, Fold fold)
      : program_(program),
        walk_(walk),
        combine_(find_loop(combining(fold), program.slots[static_cast<std::size_t>(program.result)].dtype)),
        item_(size_of(program.slots[static_cast<std::size_t>(program.result)].dtype)),
        outer_(outer),
        rows_(rows),
        columns_(columns),
        width_(std::min(columns, program.block)) {}

  void run(const Array& out, const EvalOptions& options) {
    const Index tiles = (columns_ + width_ - 1) / width_;
    const Index height = std::max<Index>(1, program_.block * blocks_a_unit / width_);
    const Index parts = (rows_ + height - 1) / height;
    const std::size_t stride = static_cast<std::size_t>(columns_) * item_;
    const Array states = Array::empty({outer_ * parts * columns_ * static_cast<Index>(item_)}, DType::u8);
    Work work(options, static_cast<double>(outer_ * parts * tiles));
    const bool watched = options.progress || options.stop.stop_possible();
    parallel_for(outer_ * parts * tiles, 1, [&](Index begin, Index end) {
      BlockRunner runner(program_, walk_);
      const Array levels = Array::empty({levels_, program_.block * static_cast<Index>(item_)}, DType::u8);
      for (Index unit = begin; unit < end; ++unit) {
        const Index tile = unit % tiles, part = unit / tiles % parts, k = unit / tiles / parts;
        const Index first = part * height, left = tile * width_;
        columns_part(runner, k, first, std::min(height, rows_ - first), left, std::min(width_, columns_ - left),
                     levels.data(),
                     states.data() + static_cast<std::size_t>(k * parts + part) * stride +
                         static_cast<std::size_t>(left) * item_);
        if (watched) work.done(1);
      }
    });
    for (Index k = 0; k < outer_; ++k) {
      std::byte* own = states.data() + static_cast<std::size_t>(k * parts) * stride;
      combine_pairwise(own, parts, stride, [&](std::byte* a, const std::byte* b) { add(a, b, columns_); });
      std::memcpy(out.data() + static_cast<std::size_t>(k) * stride, own, stride);
    }
  }

 private:
  static constexpr Index levels_ = 24;

  void add(std::byte* a, const std::byte* b, Index n) const { combine_(a, a, b, nullptr, n); }

  void columns_part(BlockRunner& runner, Index outer, Index first, Index rows, Index left, Index width,
                    std::byte* levels, std::byte* out) const {
    const Index together = width == columns_ ? program_.block / columns_ : 1;  // rows a block
    const std::size_t level = static_cast<std::size_t>(program_.block) * item_,
                      bytes = static_cast<std::size_t>(width) * item_;
    // A counter in base 2: level k holds the sum of 2^k blocks.
    Index blocks = 0;
    for (Index row = 0; row < rows; row += together, ++blocks) {
      const Index now = std::min(together, rows - row);
      const std::byte* values = runner.run((outer * rows_ + first + row) * columns_ + left, now * width, nullptr);
      halve(values, now, width, levels + level * (levels_ - 1));
      const std::byte* carry = levels + level * (levels_ - 1);
      std::size_t k = 0;
      for (; blocks >> k & 1; ++k) {
        add(levels + level * k, carry, width);
        carry = levels + level * k;
      }
      if (carry != levels + level * k) std::memcpy(levels + level * k, carry, bytes);
    }
    const std::byte* total = nullptr;
    for (std::size_t k = 0; k + 1 < levels_; ++k) {
      if (!(blocks >> k & 1)) continue;
      std::byte* here = levels + level * k;
      if (total) add(here, total, width);
      total = here;
    }
    std::memcpy(out, total, bytes);
  }

  // Rows of one block to one row, by halves.
  void halve(const std::byte* values, Index rows, Index width, std::byte* to) const {
    const std::size_t row = static_cast<std::size_t>(width) * item_;
    Index half = (rows + 1) / 2;
    if (rows == 1) {
      std::memcpy(to, values, row);
      return;
    }
    combine_(to, values, values + static_cast<std::size_t>(half) * row, nullptr, (rows - half) * width);
    if (rows % 2)
      std::memcpy(to + static_cast<std::size_t>(half - 1) * row, values + static_cast<std::size_t>(half - 1) * row,
                  row);
    for (rows = half; rows > 1; rows = half) {
      half = (rows + 1) / 2;
      add(to, to + static_cast<std::size_t>(half) * row, (rows - half) * width);
    }
  }

  const Program& program_;
  const Walk& walk_;
  Loop combine_;
  std::size_t item_;
  Index outer_, rows_, columns_, width_;
};

}  // namespace

void evaluate_fold(const Expr::Node& node, const Array& out, const EvalOptions& options) {
  NodePointer operand = node.operands[0];
  const AxisGroups axes = split(node);
  const Index outer = extent_over(operand->shape, axes.outer), inner = extent_over(operand->shape, axes.inner);
  const Index length = extent_over(operand->shape, axes.reduced);
  if (length == 0) return fill_neutral(node.fold, out);
  if (!out.contiguous()) {
    const Array plain = Array::empty(out.shape(), out.dtype());
    evaluate_fold(node, plain, options);
    return eval_into(plain, out);
  }
  const bool by_columns = inner > 1 && length > 1 && !is_place(node.fold);
  if (by_columns) operand = cast_node(operand, node.dtype);
  std::vector<int> order = axes.outer;
  const auto append = [&](const std::vector<int>& more) { order.insert(order.end(), more.begin(), more.end()); };
  if (!by_columns) append(axes.inner);
  append(axes.reduced);
  if (by_columns) append(axes.inner);
  Program program = compile(operand, options);
  const Walk walk = input_walk(program, order);
  if (by_columns)
    ColumnFolder(program, walk, outer, length, inner, node.fold).run(out, options);
  else
    RowFolder(program, walk, outer * inner, length, node.fold).run(out, options);
}

}  // namespace fovea
