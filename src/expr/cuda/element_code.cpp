#include <algorithm>

#include "expr/cuda/kernel.h"

namespace fovea {
namespace {

bool half(DType t) {
  return t == DType::f16 || t == DType::bf16;
}

bool same_elements(const Array& a, const Array& b) {
  return a.data() == b.data() && a.dtype() == b.dtype() && a.strides() == b.strides();
}

}  // namespace

ElementCode::ElementCode(const NodePointer& root, const std::function<Array(const NodePointer&)>& evaluated)
    : shape_(root->shape), evaluated_(evaluated) {
  result_ = visit(root);
}

std::string ElementCode::visit(const NodePointer& node) {
  const auto found = names_.find(node.get());
  if (found != names_.end()) return found->second;
  complex_ = complex_ || is_complex(node->dtype);
  return names_[node.get()] = make(node);
}

std::string ElementCode::make(const NodePointer& node) {
  using Kind = Expr::Node::Kind;
  switch (node->kind) {
    case Kind::array:
      return input(node->array);
    case Kind::reduce:
      return input(evaluated_(node));
    case Kind::scalar:
      return constant(*node);
    case Kind::broadcast:
      return visit(node->operands[0]);
    case Kind::cast:
      return converted(visit(node->operands[0]), node->operands[0]->dtype, node->dtype);
    case Kind::call:
      return call(*node);
  }
  return {};
}

std::string ElementCode::input(const Array& array) {
  const Array whole = array.broadcast(shape_);
  const auto known =
      std::find_if(inputs_.begin(), inputs_.end(), [&](const Array& a) { return same_elements(a, whole); });
  const auto place = known - inputs_.begin();
  if (known == inputs_.end()) inputs_.push_back(whole);
  return "a" + std::to_string(place);
}

std::string ElementCode::constant(const Expr::Node& node) {
  const bool whole = node.dtype == DType::boolean || is_integer(node.dtype);
  const DType stored = whole ? DType::i64 : is_complex(node.dtype) ? DType::c128 : DType::f64;
  constants_.push_back({node.value, stored});
  return converted("o.c" + std::to_string(constants_.size() - 1), stored, node.dtype);
}

std::string ElementCode::statement(DType type, const std::string& value) {
  const std::string name = "v" + std::to_string(values_++);
  text_ += "    const " + std::string(fovea::name(type)) + " " + name + " = " + value + ";\n";
  return name;
}

std::string ElementCode::converted(const std::string& value, DType from, DType to) {
  if (from == to) return value;
  std::string& known = conversions_[{value, to}];
  if (known.empty()) known = statement(to, "convert<" + std::string(name(to)) + ">(" + value + ")");
  return known;
}

// f16 and bf16 are computed in f32, but for `where`.
std::string ElementCode::call(const Expr::Node& node) {
  const DType type = node.operands.back()->dtype;
  const bool narrow = half(type) && node.fn != Fn::where;
  const DType compute = narrow ? DType::f32 : type;
  if (find_loop(node.fn, compute) == nullptr)
    throw Error(Errc::unsupported, std::string(function(node.fn).name) + ": expected a type it is defined for, got " +
                                       std::string(name(type)));
  std::string operands;
  for (const NodePointer& operand : node.operands) {
    const std::string value = visit(operand);
    operands += (operands.empty() ? "" : ", ") + (narrow ? converted(value, operand->dtype, compute) : value);
  }
  const DType result = node.fn == Fn::where ? type : result_type(node.fn, compute);
  const std::string value = statement(result, "fn::" + std::string(function(node.fn).name) + "(" + operands + ")");
  return converted(value, result, node.dtype);
}

}  // namespace fovea
