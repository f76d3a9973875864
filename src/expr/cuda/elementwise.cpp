#include <algorithm>
#include <numeric>

#include "expr/cuda/kernel.h"

namespace fovea {
namespace {

bool one_element(const Shape& strides) {
  return std::all_of(strides.begin(), strides.end(), [](Index stride) { return stride == 0; });
}

Walk natural_walk(const ElementCode& code, const Shape& shape) {
  std::vector<const Array*> arrays;
  for (const Array& array : code.inputs()) arrays.push_back(&array);
  std::vector<int> order(shape.size());
  std::iota(order.begin(), order.end(), 0);
  return walk_over(shape, arrays, order);
}

}  // namespace

KernelLaunch elementwise_kernel(const ElementCode& code, const Array& out) {
  const Walk walk = natural_walk(code, out.shape());
  const std::string type(name(out.dtype())), axes = std::to_string(walk.extents.size());
  OperandList operands;
  operands.pointer(type, "out", out.data());
  operands.number("count", walk.count);
  operands.numbers("extent", walk.extents);
  std::string loads;
  bool placed = false;
  for (std::size_t k = 0; k < code.inputs().size(); ++k) {
    const Array& array = code.inputs()[k];
    const std::string n = std::to_string(k), element(name(array.dtype()));
    operands.pointer("const " + element, "x" + n, array.data());
    std::string place = "i";
    if (one_element(walk.strides[k])) {
      place = "0";
    } else if (!walk.dense[k]) {
      operands.numbers("stride" + n, walk.strides[k]);
      place = "offset(at, o.stride" + n + ")";
      placed = true;
    }
    loads += "    const " + element + " a" + n + " = o.x" + n + "[" + place + "];\n";
  }
  for (std::size_t k = 0; k < code.constants().size(); ++k)
    operands.constant("c" + std::to_string(k), code.constants()[k].value, code.constants()[k].stored);

  KernelLaunch kernel;
  kernel.complex = code.has_complex();
  kernel.entry = "evaluate";
  kernel.operands = operands.bytes();
  kernel.blocks = std::min(most_kernel_blocks, (walk.count + kernel_threads - 1) / kernel_threads);
  kernel.body = std::string("\ntypedef ") + (narrow_index(walk.count, code.inputs()) ? "i32" : "i64") + " Index;\n\n" +
                "struct Operands {\n" + operands.declarations() + "};\n\n" +
                "extern \"C\" __global__ void evaluate(const Operands o) {\n" + "  FOVEA_ELEMENTS(i, o.count) {\n" +
                (placed ? "    Index at[" + axes + "];\n    unravel(i, o.extent, at);\n" : "") + loads +
                code.statements() + "    o.out[i] = " + code.result() + ";\n  }\n}\n";
  return kernel;
}

}  // namespace fovea
