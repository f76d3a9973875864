#pragma once
#include <memory>
#include <vector>

#include "model/graph.h"
#include "ops/op.h"

namespace fovea::model {

// A graph made ready for one input shape: kernels chosen and prepared, results laid out in one arena by their
// lifetimes. Several plans may share an arena as long as one runs at a time.
class Plan {
 public:
  Plan(const Graph&, const Shape& input, ops::WeightCache&);

  std::size_t arena_bytes() const { return arena_bytes_; }
  // input: f32, contiguous, of the plan's shape. arena: 64-byte aligned. Returns the output, which lies in the arena.
  Array run(const Array& input, std::byte* arena);

 private:
  struct Step {
    const ops::Row* row = nullptr;
    std::unique_ptr<ops::Kernel> kernel;
    std::vector<Operand> operands;  // nodes are steps here
    ops::TensorSpec spec;
    Shape shape;  // as stored
    std::size_t bytes = 0, offset = 0;
    int last_use = 0;
  };
  Operand add_step(const ops::Op&, const void* params, std::vector<Operand>, const Shape& input, ops::TensorSpec output,
                   ops::WeightCache&);
  void place();
  bool works_in_place(std::size_t step) const;

  std::vector<Step> steps_;
  std::vector<Array> results_;  // views of the arena of the last run
  std::byte* bound_ = nullptr;
  std::size_t arena_bytes_ = 0;
};

}  // namespace fovea::model
