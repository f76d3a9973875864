#include <algorithm>
#include <bit>

#include "expr/cuda/kernel.h"

namespace fovea {
namespace {

constexpr Index terms_a_lane = 16, columns_together = 32;

bool is_place(Fold fold) {
  return fold == Fold::argmin || fold == Fold::argmax;
}

// How fold.cuh divides a fold's terms. It follows from extents and axes alone, and so do the bits.
struct Geometry {
  Index columns, length, width, parts;
  Index blocks() const { return std::min(most_kernel_blocks, (columns + width - 1) / width * parts); }
};

Geometry geometry(Index columns, Index length, bool columns_innermost) {
  const auto power_of_two = [](Index n) { return static_cast<Index>(std::bit_ceil(static_cast<std::uint64_t>(n))); };
  Geometry g{columns, length, 1, 1};
  if (columns_innermost) g.width = std::min(columns_together, power_of_two(columns));
  const Index depth = std::min(kernel_threads / g.width, power_of_two(std::min<Index>(length, kernel_threads)));
  g.width = kernel_threads / depth;
  const Index height = depth * terms_a_lane;
  g.parts = (length + height - 1) / height;
  return g;
}

std::string fold_type(const Expr::Node& node) {
  const std::string term(name(node.operands[0]->dtype)), result(name(node.dtype));
  switch (node.fold) {
    case Fold::sum:
      return "Sum<" + result + ">";
    case Fold::prod:
      return "Product<" + result + ">";
    case Fold::min:
      return "Smallest<" + result + ">";
    case Fold::max:
      return "Largest<" + result + ">";
    case Fold::argmin:
      return "FirstOf<" + term + ", Smallest<" + term + ">>";
    case Fold::argmax:
      return "FirstOf<" + term + ", Largest<" + term + ">>";
    case Fold::any:
      return "Any";
    case Fold::all:
      return "All";
  }
  return {};
}

Index product(const Shape& extents) {
  Index n = 1;
  for (const Index extent : extents) n *= extent;
  return n;
}

class FoldLauncher {
 public:
  FoldLauncher(const Expr::Node& node, const ElementCode& code, const Array& out, KernelTarget& target)
      : node_(node), code_(code), out_(out), target_(target) {
    const Shape& shape = node.operands[0]->shape;
    std::vector<int> kept, reduced;
    for (std::size_t k = 0; k < shape.size(); ++k) (node.reduced[k] ? reduced : kept).push_back(static_cast<int>(k));
    std::vector<const Array*> arrays;
    for (const Array& array : code.inputs()) arrays.push_back(&array);
    kept_ = walk_over(shape, arrays, kept);
    reduced_ = walk_over(shape, arrays, reduced);
    const auto innermost = std::find_if(shape.rbegin(), shape.rend(), [](Index extent) { return extent > 1; });
    columns_innermost_ =
        innermost != shape.rend() && !node.reduced[static_cast<std::size_t>(shape.rend() - innermost - 1)];
    state_bytes_ = is_place(node.fold) ? 16 : static_cast<Index>(size_of(node.dtype));
  }

  void run() {
    Geometry g = geometry(kept_.count, reduced_.count, columns_innermost_);
    Array states = room(g);
    KernelLaunch kernel = first(g, states);
    target_.launch(kernel);
    kernel.entry = "fold_states";
    while (g.parts > 1) {
      const Array from = states;
      g = geometry(g.columns, g.parts, false);
      states = room(g);
      kernel.operands = level(from, states, g).bytes();
      kernel.blocks = g.blocks();
      target_.launch(kernel);
    }
  }

 private:
  Array room(const Geometry& g) const {
    return g.parts > 1 ? target_.allocate({g.columns * g.parts * state_bytes_}, DType::u8) : Array();
  }

  // The fields of Level in fold.cuh.
  OperandList level(const Array& from, const Array& states, const Geometry& g) const {
    OperandList operands;
    for (const std::byte* address : {from.data(), states.data(), out_.data()}) operands.inherited(address);
    for (const Index number : {g.columns, g.length, g.width, g.parts}) operands.inherited(number);
    return operands;
  }

  // Loads of the operands' elements; the fields they need are added.
  std::string loads(OperandList& operands) const {
    std::string text;
    for (std::size_t k = 0; k < code_.inputs().size(); ++k) {
      const Array& array = code_.inputs()[k];
      const std::string n = std::to_string(k), element(name(array.dtype()));
      operands.pointer("const " + element, "x" + n, array.data());
      operands.numbers("kept_stride" + n, kept_.strides[k]);
      operands.numbers("reduced_stride" + n, reduced_.strides[k]);
      text += "    const " + element + " a" + n + " = o.x" + n + "[offset(kept, o.kept_stride" + n +
              ") + offset(reduced, o.reduced_stride" + n + ")];\n";
    }
    return text;
  }

  KernelLaunch first(const Geometry& g, const Array& states) const {
    OperandList operands = level(Array(), states, g);
    operands.numbers("kept_extent", kept_.extents);
    operands.numbers("reduced_extent", reduced_.extents);
    const std::string elements = loads(operands);
    for (std::size_t k = 0; k < code_.constants().size(); ++k)
      operands.constant("c" + std::to_string(k), code_.constants()[k].value, code_.constants()[k].stored);
    const DType term = is_place(node_.fold) ? node_.operands[0]->dtype : node_.dtype;
    KernelLaunch kernel;
    kernel.complex = code_.has_complex();
    kernel.fold = true;
    kernel.entry = "fold_terms";
    kernel.operands = operands.bytes();
    kernel.blocks = g.blocks();
    const bool narrow = narrow_index(std::max(product(kept_.extents), product(reduced_.extents)), code_.inputs());
    kernel.body =
        std::string("\ntypedef ") + (narrow ? "i32" : "i64") + " Index;\n" + "typedef " + fold_type(node_) +
        " Fold;\n\nstruct Operands : Level<Fold> {\n" + operands.declarations() + "};\n\n" + "struct Term {\n" +
        "  const Operands& o;\n  __device__ Fold::State operator()(Index column, Index k) const {\n" +
        "    Index kept[" + std::to_string(kept_.extents.size()) + "], reduced[" +
        std::to_string(reduced_.extents.size()) + "];\n    unravel(column, o.kept_extent, kept);\n" +
        "    unravel(k, o.reduced_extent, reduced);\n" + elements + code_.statements() +
        "    return Fold::of(convert<" + std::string(name(term)) + ">(" + code_.result() + "), k);\n  }\n};\n\n" +
        "extern \"C\" __global__ void fold_terms(const Operands o) {\n"
        "  __shared__ Fold::State shared[block_lanes];\n"
        "  fold_parts<Fold>(shared, o, Term{o});\n}\n\n" +
        "extern \"C\" __global__ void fold_states(const Level<Fold> o) {\n"
        "  __shared__ Fold::State shared[block_lanes];\n"
        "  fold_parts<Fold>(shared, o, StateBefore<Fold>{o});\n}\n";
    return kernel;
  }

  const Expr::Node& node_;
  const ElementCode& code_;
  const Array& out_;
  KernelTarget& target_;
  Walk kept_, reduced_;
  bool columns_innermost_ = false;
  Index state_bytes_ = 0;
};

}  // namespace

void launch_fold(const Expr::Node& node, const ElementCode& code, const Array& out, KernelTarget& target) {
  FoldLauncher(node, code, out, target).run();
}

}  // namespace fovea
