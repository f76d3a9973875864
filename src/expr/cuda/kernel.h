#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "expr/evaluate.h"

namespace fovea {

constexpr int kernel_threads = 256;                   // of a block
constexpr Index most_kernel_blocks = Index{1} << 20;  // lanes take turns beyond

// A generated kernel with what it is launched with. The text depends on functions, types, the number of axes and which
// operands lie dense, not on extents, strides and numbers: these are in the operands.
struct KernelLaunch {
  std::string body;                     // tells the kernel from all others
  bool complex = false, fold = false;   // what of the prelude it needs
  std::string entry;                    // the kernel's name
  std::vector<std::uint64_t> operands;  // its one parameter, a struct of fields of 8 bytes
  std::int64_t blocks = 1;
  std::string text() const;
};

// The fields of a kernel's parameter: their declarations, and their bytes.
class OperandList {
 public:
  void pointer(const std::string& type, const std::string& name, const void* value);
  void number(const std::string& name, Index value);
  void numbers(const std::string& name, std::span<const Index> values);
  void constant(const std::string& name, const Number& value, DType stored);  // i64, f64 or c128
  void inherited(const void* value);  // fields of a base class, which comes first
  void inherited(Index value);
  const std::string& declarations() const { return text_; }
  const std::vector<std::uint64_t>& bytes() const;  // throws Error(unsupported) beyond 4096

 private:
  void declare(const std::string& what);
  std::string text_;
  std::vector<std::uint64_t> words_;
};

// The statements that compute one element of an expression, from operands x0, x1 ... whose elements are named a0, a1
// ... and constants c0, c1 ... of a parameter `o`.
class ElementCode {
 public:
  struct Constant {
    Number value;
    DType stored;
  };
  // `evaluated` gives the value of a reduction inside.
  ElementCode(const NodePointer& root, const std::function<Array(const NodePointer&)>& evaluated);

  const std::string& statements() const { return text_; }
  const std::string& result() const { return result_; }         // the name of the element
  const std::vector<Array>& inputs() const { return inputs_; }  // of the expression's shape
  const std::vector<Constant>& constants() const { return constants_; }
  bool has_complex() const { return complex_; }

 private:
  std::string visit(const NodePointer&);
  std::string make(const NodePointer&);
  std::string input(const Array&);
  std::string constant(const Expr::Node&);
  std::string call(const Expr::Node&);
  std::string statement(DType, const std::string& value);
  std::string converted(const std::string& value, DType from, DType to);

  const Shape& shape_;
  const std::function<Array(const NodePointer&)>& evaluated_;

  std::map<const Expr::Node*, std::string> names_;
  std::map<std::pair<std::string, DType>, std::string> conversions_;
  std::vector<Array> inputs_;
  std::vector<Constant> constants_;
  std::string text_, result_;
  int values_ = 0;
  bool complex_ = false;
};

// Whether places of elements fit into 32 bits, with room for a step of the grid.
bool narrow_index(Index count, std::span<const Array> inputs);

// What a kernel writes: the whole of the expression, or its fold, in one or more launches.
KernelLaunch elementwise_kernel(const ElementCode&, const Array& out);

// Where kernels run.
class KernelTarget {
 public:
  virtual ~KernelTarget() = default;
  virtual Array allocate(Shape, DType) = 0;
  virtual void launch(const KernelLaunch&) = 0;
};

// Launches what folds the node's operand into `out`.
void launch_fold(const Expr::Node&, const ElementCode&, const Array& out, KernelTarget&);

// The node's value, by one kernel and those of the reductions inside.
Array evaluated_by_kernels(const NodePointer&, KernelTarget&);

}  // namespace fovea
