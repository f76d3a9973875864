#pragma once
#include <complex>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "expr/function.h"
#include "fovea/expr.h"

namespace fovea {

// A number of C++: i holds integers and bool, z floating and complex values.
struct Number {
  std::int64_t i = 0;
  std::complex<double> z;
};

struct Expr::Node : std::enable_shared_from_this<Expr::Node> {
  enum class Kind : std::uint8_t { array, scalar, call, cast, broadcast, reduce };
  using Pointer = std::shared_ptr<const Node>;

  Kind kind = Kind::array;
  DType dtype = DType::f32;
  Shape shape;
  bool weak = false;
  int depth = 1;
  std::optional<Device> device;  // of its arrays
  Array array;                   // array
  Number value;                  // scalar, of type dtype
  Fn fn = Fn::add;
  Fold fold = Fold::sum;
  std::vector<bool> reduced;  // reduce: by axis of the operand
  std::vector<Pointer> operands;
};

using NodePointer = Expr::Node::Pointer;

// Takes depth and device of the operands. Throws Error(invalid_argument) for arrays of several devices.
void set_operands(Expr::Node&, std::vector<NodePointer>);
NodePointer cast_node(const NodePointer&, DType);
NodePointer call_node(Fn, DType result, Shape, std::vector<NodePointer>);
NodePointer scalar_node(DType, const Number&, bool weak);
NodePointer pointer(const Expr&);

}  // namespace fovea
