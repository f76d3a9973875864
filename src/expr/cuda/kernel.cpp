#include "expr/cuda/kernel.h"

#include <bit>
#include <cstdlib>
#include <map>

#include "expr/cuda/prelude.h"

namespace fovea {

void OperandList::declare(const std::string& what) {
  text_ += "  " + what + ";\n";
}

void OperandList::pointer(const std::string& type, const std::string& name, const void* value) {
  declare(type + "* " + name);
  words_.push_back(reinterpret_cast<std::uintptr_t>(value));
}

void OperandList::numbers(const std::string& name, std::span<const Index> values) {
  declare("i64 " + name + "[" + std::to_string(values.size()) + "]");
  for (const Index value : values) words_.push_back(static_cast<std::uint64_t>(value));
}

void OperandList::number(const std::string& name, Index value) {
  declare("i64 " + name);
  inherited(value);
}

void OperandList::inherited(const void* value) {
  words_.push_back(reinterpret_cast<std::uintptr_t>(value));
}
void OperandList::inherited(Index value) {
  words_.push_back(static_cast<std::uint64_t>(value));
}

void OperandList::constant(const std::string& name, const Number& value, DType stored) {
  declare(std::string(fovea::name(stored)) + " " + name);
  words_.push_back(stored == DType::i64 ? static_cast<std::uint64_t>(value.i)
                                        : std::bit_cast<std::uint64_t>(value.z.real()));
  if (stored == DType::c128) words_.push_back(std::bit_cast<std::uint64_t>(value.z.imag()));
}

const std::vector<std::uint64_t>& OperandList::bytes() const {
  constexpr std::size_t most = 4096;  // CUDA's limit before 12.1
  if (const std::size_t bytes = words_.size() * sizeof words_[0]; bytes > most)
    throw Error(Errc::unsupported, "eval: expected an expression whose operands' places take at most " +
                                       std::to_string(most) + " bytes, got " + std::to_string(bytes) +
                                       "; eval() parts of it");
  return words_;
}

bool narrow_index(Index count, std::span<const Array> inputs) {
  constexpr Index most = Index{1} << 30;
  bool fits = count <= most;
  for (const Array& array : inputs) {
    double reach = 0;
    for (std::size_t k = 0; k < array.shape().size(); ++k)
      reach += static_cast<double>(array.shape()[k] - 1) * std::abs(static_cast<double>(array.strides()[k]));
    fits = fits && reach <= static_cast<double>(most);
  }
  return fits;
}

namespace {

class Evaluator {
 public:
  explicit Evaluator(KernelTarget& target) : target_(target) {}

  Array value(const NodePointer& node) {
    const auto known = values_.find(node.get());
    if (known != values_.end()) return known->second;
    Array out = target_.allocate(node->shape, node->dtype);
    if (out.size() != 0) fill(node, out);
    return values_[node.get()] = out;
  }

 private:
  void fill(const NodePointer& node, const Array& out) {
    const std::function<Array(const NodePointer&)> inside = [&](const NodePointer& n) { return value(n); };
    if (node->kind != Expr::Node::Kind::reduce) {
      const ElementCode code(node, inside);
      return target_.launch(elementwise_kernel(code, out));
    }
    if (const NodePointer none = empty_fold(*node)) return fill(none, out);
    launch_fold(*node, ElementCode(node->operands[0], inside), out, target_);
  }

  // What a fold of no terms gives, or null.
  static NodePointer empty_fold(const Expr::Node& node) {
    const Shape& shape = node.operands[0]->shape;
    bool empty = false;
    for (std::size_t k = 0; k < shape.size(); ++k) empty = empty || (node.reduced[k] && shape[k] == 0);
    if (!empty) return nullptr;
    const bool one = node.fold == Fold::prod || node.fold == Fold::all;
    return pointer(broadcast(cast(Expr(one ? 1 : 0), node.dtype), node.shape));
  }

  KernelTarget& target_;
  std::map<const Expr::Node*, Array> values_;
};

}  // namespace

Array evaluated_by_kernels(const NodePointer& node, KernelTarget& target) {
  return Evaluator(target).value(node);
}

}  // namespace fovea
