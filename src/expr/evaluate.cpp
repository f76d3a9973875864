#include "expr/evaluate.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "array/host.h"
#include "base/threads.h"
#include "device/profiler.h"
#include "expr/cuda/evaluate.h"

namespace fovea {
namespace {

constexpr double loop_elements_a_task = 1 << 16;  // some ten microseconds, several times what a launch costs

// Buffers of this thread, which keep their place in the caches from one evaluation to the next.
std::byte* thread_buffers(std::size_t bytes) {
  struct Buffers {
    std::shared_ptr<Memory> memory = host_memory();
    std::size_t bytes = 0;
    std::byte* data = nullptr;
    ~Buffers() {
      if (data) memory->deallocate(data, bytes);
    }
  };
  thread_local Buffers own;
  if (own.bytes < bytes) {
    auto* fresh = static_cast<std::byte*>(own.memory->allocate(bytes));
    if (own.data) own.memory->deallocate(own.data, own.bytes);
    own.data = fresh;
    own.bytes = bytes;
  }
  return own.data;
}

std::vector<int> natural_order(const Shape& shape) {
  std::vector<int> order(shape.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

void evaluate_elements(const Program& program, const Array& out, const EvalOptions& options) {
  const std::vector<int> order = natural_order(program.shape);
  const Walk walk = input_walk(program, order);
  const Array* target[] = {&out};
  const Walk out_walk = walk_over(program.shape, target, order);
  const std::size_t item = size_of(out.dtype());
  const Index blocks = (walk.count + program.block - 1) / program.block;
  const auto grain = static_cast<Index>(loop_elements_a_task / program.cost) / program.block + 1;
  Work work(options, static_cast<double>(blocks));
  const bool watched = options.progress || options.stop.stop_possible();
  parallel_for(blocks, grain, [&](Index begin, Index end) {
    BlockRunner runner(program, walk);
    for (Index block = begin; block < end; ++block) {
      const Index first = block * program.block, n = std::min(program.block, walk.count - first);
      std::byte* place = out_walk.dense[0] ? out.data() + static_cast<std::size_t>(first) * item : nullptr;
      const std::byte* values = runner.run(first, n, place);
      if (place == nullptr) scatter(out_walk, 0, out.data(), item, first, n, values);
      if (watched) work.done(1);
    }
  });
}

bool on_cuda(const Expr::Node& node) {
  return node.device && node.device->kind == Device::Kind::cuda;
}

void evaluate_into(const NodePointer& node, const Array& out, const EvalOptions& options) {
  if (out.size() == 0) return;
  const bool reduces = node->kind == Expr::Node::Kind::reduce;
  const profiler::Scope span(Activity::op, "eval", reduces ? "reduction" : "elements");
  if (reduces) return evaluate_fold(*node, out, options);
  evaluate_elements(compile(node, options), out, options);
}

}  // namespace

Walk input_walk(const Program& program, std::span<const int> order) {
  std::vector<const Array*> inputs;
  for (const Slot& slot : program.slots)
    if (slot.kind == Slot::Kind::input) inputs.push_back(&slot.array);
  return walk_over(program.shape, inputs, order);
}

BlockRunner::BlockRunner(const Program& program, const Walk& walk)
    : program_(program),
      walk_(walk),
      memory_(thread_buffers(static_cast<std::size_t>(program.buffers) * program.stride)),
      at_(program.slots.size()) {
  for (std::size_t k = 0; k < program.slots.size(); ++k) {
    const Slot& slot = program.slots[k];
    std::byte* buffer = memory_ + static_cast<std::size_t>(slot.buffer) * program.stride;
    at_[k] = buffer;
    if (slot.kind != Slot::Kind::constant) continue;
    const std::size_t item = size_of(slot.dtype), bytes = item * static_cast<std::size_t>(program.block);
    std::memcpy(buffer, slot.value, item);
    for (std::size_t have = item; have < bytes; have *= 2)
      std::memcpy(buffer + have, buffer, std::min(have, bytes - have));
  }
}

const std::byte* BlockRunner::run(Index begin, Index n, std::byte* out) {
  std::size_t input = 0;
  for (std::size_t k = 0; k < program_.slots.size(); ++k) {
    const Slot& slot = program_.slots[k];
    if (slot.kind != Slot::Kind::input) continue;
    const std::size_t item = size_of(slot.dtype);
    if (walk_.dense[input]) {
      at_[k] = slot.array.data() + static_cast<std::size_t>(begin) * item;
    } else {
      std::byte* buffer = memory_ + static_cast<std::size_t>(slot.buffer) * program_.stride;
      gather(walk_, input, slot.array.data(), item, begin, n, buffer);
    }
    ++input;
  }
  const auto result = static_cast<std::size_t>(program_.result);
  if (out && program_.slots[result].kind == Slot::Kind::result) at_[result] = out;
  for (const Instruction& now : program_.instructions)
    now.loop(const_cast<std::byte*>(at_[static_cast<std::size_t>(now.out)]), at(now.in[0]), at(now.in[1]),
             at(now.in[2]), n);
  if (out && at_[result] != out)
    std::memmove(out, at_[result], static_cast<std::size_t>(n) * size_of(program_.slots[result].dtype));
  return at_[result];
}

void Work::done(double amount) {
  const std::lock_guard lock(mutex_);
  if (options_.stop.stop_requested()) throw Error(Errc::interrupted, "eval: stopped on request");
  done_ += amount;
  const double share = std::min(1.0, done_ / total_);
  if (options_.progress && (share - told_ >= 0.005 || share == 1)) options_.progress(told_ = share);
}

Array evaluated(const NodePointer& node, const EvalOptions& options) {
  Array out = Array::empty(node->shape, node->dtype);
  evaluate_into(node, out, options);
  return out;
}

Array eval(const Expr& expr, const EvalOptions& options) {
  if (!on_cuda(expr.node())) return evaluated(pointer(expr), options);
  if (options.stop.stop_requested()) throw Error(Errc::interrupted, "eval: stopped on request");
  const Stream stream(*expr.node().device);
  Array value = eval(expr, stream);
  stream.synchronize();
  if (options.progress) options.progress(1);
  return value;
}

Array eval(const Expr& expr, const Stream& stream) {
  const NodePointer node = pointer(expr);
  if (node->device && *node->device != stream.device())
    throw Error(Errc::invalid_argument, "eval: expected arrays on " + stream.device().name() +
                                            " as the stream is, got them on " + node->device->name());
  if (stream.device() != Device::cpu()) return evaluated_on_cuda(node, stream);
  Array out = Array::empty(node->shape, node->dtype, host_memory(), stream);
  Stream(stream).call("eval", [node, out] { evaluate_into(node, out, {}); });
  return out;
}

void eval_into(const Expr& expr, const Array& out, const EvalOptions& options) {
  if (out.shape() != expr.shape() || out.dtype() != expr.dtype())
    throw Error(Errc::invalid_argument, "eval: expected a result " + std::string(name(expr.dtype())) +
                                            to_string(expr.shape()) + ", got " + std::string(name(out.dtype())) +
                                            to_string(out.shape()));
  require_host("eval", out);
  if (on_cuda(expr.node()))
    throw Error(Errc::invalid_argument, "eval: expected arrays on the host as the result is, got them on " +
                                            expr.node().device->name() + "; eval() makes results there");
  if (!out.writable())
    throw Error(Errc::invalid_argument, "eval: expected a result that may be written to, got a read-only array");
  evaluate_into(pointer(expr), out, options);
}

double eval_scalar(const Expr& expr, const EvalOptions& options) {
  const Array value = eval(cast(expr, DType::f64), options);
  if (value.size() != 1)
    throw Error(Errc::invalid_argument, "eval: expected one element, got " + to_string(expr.shape()));
  return value.to(Device::cpu()).reshape({1}).span<double>()[0];
}

}  // namespace fovea
