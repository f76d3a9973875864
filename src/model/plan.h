#pragma once
#include <memory>
#include <string>
#include <vector>

#include "model/graph.h"
#include "model/shapes.h"
#include "ops/op.h"

namespace fovea::model {

// A graph made ready for one input shape: kernels chosen and prepared, results laid out in one arena by their
// lifetimes. Several plans may share an arena as long as one runs at a time.
class Plan {
 public:
  // The graph's constants are on the device.
  Plan(const Graph&, const Shape& input, ops::WeightCache&, Device = Device::cpu());

  std::size_t arena_bytes() const { return arena_bytes_; }
  const Shape& output_shape() const { return steps_.back().spec.shape; }
  // On the CPU, by the calling thread. input: f32, contiguous, of the plan's shape. arena: 64-byte aligned. Returns the
  // output, in no storage blocks, which lies in the arena.
  Array run(const Array& input, std::byte* arena);
  // run(), and how long each step took.
  Array run_timed(const Array& input, std::byte* arena, std::vector<double>& seconds);
  // The same as work of a stream of the device. The plan and the arena must live until the stream is past it.
  Array enqueue(const Array& input, std::byte* arena, const Stream&);

  // What each step computes: nodes of the graph from `node` on, or none (-1) where it only moves channels.
  struct StepInfo {
    int node, nodes;
    std::string op, variant, method;
    Shape output;
  };
  std::vector<StepInfo> steps() const;

 private:
  struct Step {
    const ops::Row* row = nullptr;
    std::shared_ptr<ops::Kernel> kernel;
    std::vector<Operand> operands;  // nodes are steps here
    ops::TensorSpec spec;
    Shape shape;  // as stored
    std::size_t bytes = 0, offset = 0;
    int last_use = 0;
    int node = -1, nodes = 1;
  };
  // `pool`: a max_pool2d that alone reads the result. Says in `pooled` whether the step does its work too.
  Operand add_step(const ops::Op&, const void* params, std::vector<Operand>, const Shape& input, ops::TensorSpec output,
                   ops::WeightCache&, const ops::Choice& = {}, const InferredNode* pool = nullptr,
                   bool* pooled = nullptr);
  // The operand, or a new step's copy of it with its channels out of their storage blocks.
  Operand plain(const Operand&, const Shape& input, ops::WeightCache&);
  void place();
  bool works_in_place(std::size_t step) const;
  void bind(std::byte* arena);
  void collect(std::size_t step, const Array& input, std::vector<Array>& operands) const;

  Device device_;
  std::vector<Step> steps_;
  std::vector<Array> results_;  // views of the arena of the last run
  std::byte* bound_ = nullptr;
  std::size_t arena_bytes_ = 0;
};

}  // namespace fovea::model
