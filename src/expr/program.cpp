#include "expr/program.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "expr/evaluate.h"

namespace fovea {
namespace {

constexpr std::size_t block_bytes = 8192;  // a handful of buffers fit into the first cache

std::int64_t count(const Shape& shape) {
  std::int64_t n = 1;
  for (std::int64_t extent : shape) n *= extent;
  return n;
}

bool half(DType t) {
  return t == DType::f16 || t == DType::bf16;
}

// How much longer a function takes than a sum.
double cost_of(Fn fn) {
  if (fn == Fn::sqrt || fn == Fn::divide) return 3;
  return fn >= Fn::hypot && fn <= Fn::arctanh && fn != Fn::copysign ? 10 : fn == Fn::power ? 20 : 1;
}

class Compiler {
 public:
  Compiler(const Shape& shape, const EvalOptions& options) : options_(options) { program_.shape = shape; }

  Program compile(const NodePointer& root) {
    program_.result = visit(root);
    finish();
    return std::move(program_);
  }

 private:
  int visit(const NodePointer& node) {
    const auto found = by_node_.find(node.get());
    if (found != by_node_.end()) return found->second;
    const int slot = make(node);
    by_node_[node.get()] = slot;
    return slot;
  }

  int make(const NodePointer& node) {
    using Kind = Expr::Node::Kind;
    switch (node->kind) {
      case Kind::array:
        return input(node->array);
      case Kind::scalar:
        return constant(*node);
      case Kind::broadcast:
        return visit(node->operands[0]);
      case Kind::reduce:
        return input(evaluated(node, options_));
      case Kind::cast:
        if (smaller(*node)) return input(evaluated(node, options_));
        return converted(visit(node->operands[0]), node->dtype);
      case Kind::call:
        if (smaller(*node)) return input(evaluated(node, options_));
        return call(*node);
    }
    return -1;
  }

  bool smaller(const Expr::Node& node) const { return count(node.shape) < count(program_.shape); }

  int add(Slot slot) {
    program_.slots.push_back(std::move(slot));
    return static_cast<int>(program_.slots.size()) - 1;
  }

  int input(const Array& array) {
    Slot slot;
    slot.dtype = array.dtype();
    if (array.size() == 1) {
      slot.kind = Slot::Kind::constant;
      std::memcpy(slot.value, array.data(), size_of(array.dtype()));
    } else {
      slot.kind = Slot::Kind::input;
      slot.array = array.broadcast(program_.shape);
    }
    return add(std::move(slot));
  }

  int constant(const Expr::Node& node) {
    const bool whole = node.dtype == DType::boolean || is_integer(node.dtype);
    const DType stored = whole ? DType::i64 : DType::c128;
    Slot slot;
    slot.kind = Slot::Kind::constant;
    slot.dtype = node.dtype;
    const void* from = &node.value.z;
    if (whole) from = &node.value.i;
    convert(slot.value, from, stored, node.dtype);
    return add(std::move(slot));
  }

  static void convert(void* to, const void* from, DType a, DType b) {
    if (a == b) {
      std::memcpy(to, from, size_of(a));
    } else if (const Loop loop = cast_loop(a, b)) {
      loop(to, from, nullptr, nullptr, 1);
    } else {
      const DType middle = half(a) ? DType::f32 : DType::f64;
      std::byte wide[16];
      convert(wide, from, a, middle);
      convert(to, wide, middle, b);
    }
  }

  int emit(Loop loop, DType out, std::initializer_list<int> in, std::optional<Fn> fn = {}) {
    Slot slot;
    slot.dtype = out;
    Instruction instruction;
    instruction.loop = loop;
    instruction.converts = !fn;
    if (fn) instruction.fn = *fn;
    std::copy(in.begin(), in.end(), instruction.in);
    instruction.out = add(std::move(slot));
    program_.instructions.push_back(instruction);
    program_.cost += 1;
    return instruction.out;
  }

  int converted(int slot, DType to) {
    const DType from = program_.slots[static_cast<std::size_t>(slot)].dtype;
    if (from == to) return slot;
    const auto known = conversions_.find({slot, to});
    if (known != conversions_.end()) return known->second;
    int result = -1;
    if (program_.slots[static_cast<std::size_t>(slot)].kind == Slot::Kind::constant) {
      Slot constant;
      constant.kind = Slot::Kind::constant;
      constant.dtype = to;
      convert(constant.value, program_.slots[static_cast<std::size_t>(slot)].value, from, to);
      result = add(std::move(constant));
    } else if (const Loop loop = cast_loop(from, to)) {
      result = emit(loop, to, {slot});
    } else {
      result = converted(converted(slot, half(from) ? DType::f32 : DType::f64), to);
    }
    conversions_[{slot, to}] = result;
    return result;
  }

  // a * b + c in one loop, if nobody else has asked for the product.
  std::optional<int> multiply_add(const Expr::Node& node) {
    if (node.fn != Fn::add || (node.dtype != DType::f32 && node.dtype != DType::f64)) return {};
    for (std::size_t k : {1, 0}) {
      const Expr::Node& product = *node.operands[k];
      const bool square = product.fn == Fn::square;
      if (product.kind != Expr::Node::Kind::call || (!square && product.fn != Fn::multiply) || smaller(product) ||
          by_node_.count(&product) != 0)
        continue;
      const int c = visit(node.operands[1 - k]);
      if (by_node_.count(&product) != 0) return {};
      const int a = visit(product.operands[0]), b = square ? a : visit(product.operands[1]);
      return emit(find_loop(Fn::multiply_add, node.dtype), node.dtype, {a, b, c}, Fn::multiply_add);
    }
    return {};
  }

  int call(const Expr::Node& node) {
    if (const auto fused = multiply_add(node)) return *fused;
    int in[3] = {-1, -1, -1};
    for (std::size_t k = 0; k < node.operands.size(); ++k) in[k] = visit(node.operands[k]);
    const DType type = node.operands.back()->dtype;
    const bool narrow = half(type) && node.fn != Fn::where;
    const DType compute = narrow ? DType::f32 : type;
    if (narrow)
      for (std::size_t k = 0; k < node.operands.size(); ++k) in[k] = converted(in[k], compute);
    const Loop loop = find_loop(node.fn, compute);
    if (loop == nullptr)
      throw Error(Errc::unsupported, std::string(function(node.fn).name) + ": expected a type it is defined for, got " +
                                         std::string(name(type)));
    program_.cost += cost_of(node.fn) - 1;
    const DType result = node.fn == Fn::where ? type : result_type(node.fn, compute);
    return converted(emit(loop, result, {in[0], in[1], in[2]}, node.fn), node.dtype);
  }

  // The block's length, and buffers for constants and results: a result takes over one that nobody reads later.
  void finish() {
    std::size_t widest = 1;
    for (const Slot& slot : program_.slots) widest = std::max(widest, size_of(slot.dtype));
    program_.block = static_cast<Index>(block_bytes / widest);
    program_.stride = block_bytes + 64;  // buffers that are read together do not fall into one cache set
    std::vector<std::size_t> last(program_.slots.size(), 0);
    for (std::size_t k = 0; k < program_.instructions.size(); ++k)
      for (int in : program_.instructions[k].in)
        if (in >= 0) last[static_cast<std::size_t>(in)] = k;
    last[static_cast<std::size_t>(program_.result)] = program_.instructions.size();
    std::vector<int> free;
    for (Slot& slot : program_.slots)
      if (slot.kind != Slot::Kind::result) slot.buffer = program_.buffers++;
    for (std::size_t k = 0; k < program_.instructions.size(); ++k) {
      const Instruction& now = program_.instructions[k];
      Slot& out = program_.slots[static_cast<std::size_t>(now.out)];
      // Operands of the result's size may give up their buffer to it; others only after it.
      const auto release = [&](bool same_size) {
        for (int i = 0; i < 3; ++i) {
          if (now.in[i] < 0 || std::count(now.in, now.in + i, now.in[i]) != 0) continue;
          const auto in = static_cast<std::size_t>(now.in[i]);
          const Slot& operand = program_.slots[in];
          if (operand.kind == Slot::Kind::result && last[in] == k &&
              (size_of(operand.dtype) == size_of(out.dtype)) == same_size)
            free.push_back(operand.buffer);
        }
      };
      release(true);
      if (free.empty()) free.push_back(program_.buffers++);
      out.buffer = free.back();
      free.pop_back();
      release(false);
    }
  }

  const EvalOptions& options_;
  Program program_;
  std::map<const void*, int> by_node_;
  std::map<std::pair<int, DType>, int> conversions_;
};

}  // namespace

Program compile(const NodePointer& root, const EvalOptions& options) {
  return Compiler(root->shape, options).compile(root);
}

}  // namespace fovea
