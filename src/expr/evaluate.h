#pragma once
#include <atomic>
#include <mutex>

#include "expr/program.h"

namespace fovea {

// The node's value in a new array.
Array evaluated(const NodePointer&, const EvalOptions&);
void evaluate_fold(const Expr::Node&, const Array& out, const EvalOptions&);

// The elements of arrays of one shape in one order, with axes merged where all arrays allow it. The order of the axes
// is given: of all arrays it is the same.
struct Walk {
  Shape extents;               // merged, outermost first
  std::vector<Shape> strides;  // by array
  std::vector<bool> dense;     // by array: elements lie one behind the other
  Index count = 0;
};
Walk walk_over(const Shape& shape, std::span<const Array* const> arrays, std::span<const int> order);

// Copies elements [begin, begin + n) of the walk between an array and contiguous memory.
void gather(const Walk&, std::size_t array, const std::byte* data, std::size_t item, Index begin, Index n,
            std::byte* to);
void scatter(const Walk&, std::size_t array, std::byte* data, std::size_t item, Index begin, Index n,
             const std::byte* from);

// Runs a program over blocks of its elements, in one order of the axes. One a thread.
class BlockRunner {
 public:
  // `walk` is over the program's inputs in the order of their slots.
  BlockRunner(const Program&, const Walk&);
  // The elements [begin, begin + n), n at most program.block: at `out` if that is not null, else wherever they are.
  const std::byte* run(Index begin, Index n, std::byte* out);
  // A slot's elements after run(); null for no slot.
  const std::byte* at(int slot) const { return slot < 0 ? nullptr : at_[static_cast<std::size_t>(slot)]; }

 private:
  const Program& program_;
  const Walk& walk_;
  std::byte* memory_;
  std::vector<const std::byte*> at_;
};
Walk input_walk(const Program&, std::span<const int> order);

// Reports progress and watches for a stop request, from any thread.
class Work {
 public:
  Work(const EvalOptions& options, double total) : options_(options), total_(total) {}
  void done(double amount);  // throws Error(interrupted) after a stop request

 private:
  const EvalOptions& options_;
  double total_, done_ = 0, told_ = 0;
  std::mutex mutex_;
};

}  // namespace fovea
