#include <algorithm>
#include <bit>

#include "expr/cuda/kernel.h"

namespace fovea {
namespace {

constexpr Index columns_together = 32;
constexpr Index bytes_a_load = 16, fewest_loads = 4, fewest_terms = 16;  // of a lane
// A lane takes more when there are twice as many blocks as keep the largest devices busy.
constexpr Index enough_blocks = 1024, most_rounds = 8;
// Lanes fold columns together while blocks are left for every multiprocessor, and a fifth of the lanes idle at most.
constexpr Index most_together = 4, fewest_blocks = 256;

bool is_place(Fold fold) {
  return fold == Fold::argmin || fold == Fold::argmax;
}

Index over(Index n, Index by) {
  return (n + by - 1) / by;
}
Index power_of_two(Index n) {  // not below n
  return static_cast<Index>(std::bit_ceil(static_cast<std::uint64_t>(n)));
}

// How fold.cuh divides a fold's terms. It follows from extents, axes and the operands' types alone, and so do the bits.
struct Geometry {
  Index columns, length, width = 1, runs = 1, parts = 1;
  Index tiles(Index together = 1) const { return over(columns, width * together); }
  Index blocks(Index together = 1) const { return std::min(most_kernel_blocks, tiles(together) * parts); }
  bool fills(Index together) const {
    return blocks(together) >= fewest_blocks && tiles(together) * width * together * 4 <= columns * 5;
  }
};

// Of runs of `run` terms.
Geometry geometry(Index columns, Index length, bool columns_innermost, Index run) {
  Geometry g{columns, length};
  if (columns_innermost) g.width = std::min(columns_together, power_of_two(columns));
  const Index runs = std::min<Index>(over(length, run), kernel_threads);
  const Index depth = std::min(kernel_threads / g.width, power_of_two(runs));
  g.width = kernel_threads / depth;
  g.runs = std::max(fewest_loads, fewest_terms / run);
  g.parts = over(length, depth * g.runs * run);
  Index rounds = 1;
  while (rounds < most_rounds && rounds < g.parts && g.tiles() * g.parts >= 2 * rounds * enough_blocks) rounds *= 2;
  g.runs *= rounds;
  g.parts = over(length, depth * g.runs * run);
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
    if (!columns_innermost_) run_ = elements_a_load();
    state_bytes_ = is_place(node.fold) ? 16 : static_cast<Index>(size_of(node.dtype));
  }

  void run() {
    Geometry g = geometry(kept_.count, reduced_.count, columns_innermost_, run_);
    if (columns_innermost_) together_ = columns_a_load(g);
    Array states = room(g);
    KernelLaunch kernel = first(g, states);
    target_.launch(kernel);
    kernel.entry = "fold_states";
    while (g.parts > 1) {
      const Array from = states;
      g = geometry(g.columns, g.parts, false, 1);
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
    for (const Index number : {g.columns, g.length, g.width, g.runs, g.parts}) operands.inherited(number);
    return operands;
  }

  Index elements_a_load() const {
    Index bytes = 1;
    for (const Array& array : code_.inputs()) bytes = std::max(bytes, static_cast<Index>(size_of(array.dtype())));
    return bytes_a_load / bytes;
  }

  // How many columns a lane folds together.
  Index columns_a_load(const Geometry& g) const {
    for (Index n = std::min(most_together, elements_a_load()); n > 1; n /= 2)
      if (kept_.extents.back() % n == 0 && g.fills(n) && loads(n, kept_, reduced_)) return n;
    return 1;
  }

  // Whether all steps along the axes, but perhaps the last, are multiples of n.
  static bool steps_by(Index n, const Shape& extents, const Shape& strides, std::size_t axes) {
    for (std::size_t k = 0; k < axes; ++k)
      if (extents[k] > 1 && strides[k] % n != 0) return false;
    return true;
  }

  // Whether n elements along the last of the inner axes can be loaded at once, of all operands: they lie together, or
  // are one, at places that are multiples of n.
  bool loads(Index n, const Walk& inner, const Walk& outer) const {
    const std::size_t last = inner.extents.size() - 1;
    if (n == 1 || (last > 0 && inner.extents[last] % n != 0)) return false;
    for (std::size_t k = 0; k < code_.inputs().size(); ++k) {
      const Array& array = code_.inputs()[k];
      const Shape &along = inner.strides[k], &across = outer.strides[k];
      if (along[last] == 0) continue;
      const auto bytes = static_cast<std::uintptr_t>(n) * size_of(array.dtype());
      if (along[last] != 1 || reinterpret_cast<std::uintptr_t>(array.data()) % bytes != 0 ||
          !steps_by(n, outer.extents, across, across.size()) || !steps_by(n, inner.extents, along, last))
        return false;
    }
    return true;
  }

  // Pieces of a kernel's text, about the operands' elements.
  struct Elements {
    std::string parameters;   // of a function of one term
    std::string one;          // arguments: loads
    std::string loads, each;  // of several at once; arguments: element v of them
  };
  // The fields that they need are added.
  Elements elements(OperandList& operands) const {
    Elements text;
    const Walk& inner = columns_innermost_ ? kept_ : reduced_;
    const std::string count = std::to_string(columns_innermost_ ? together_ : run_);
    for (std::size_t k = 0; k < code_.inputs().size(); ++k) {
      const Array& array = code_.inputs()[k];
      const std::string n = std::to_string(k), type(name(array.dtype()));
      operands.pointer("const " + type, "x" + n, array.data());
      operands.numbers("kept_stride" + n, kept_.strides[k]);
      operands.numbers("reduced_stride" + n, reduced_.strides[k]);
      const std::string place =
          "o.x" + n + "[offset(kept, o.kept_stride" + n + ") + offset(reduced, o.reduced_stride" + n + ")]";
      text.parameters += ", const " + type + " a" + n;
      text.one += ", " + place;
      if (inner.strides[k].back() == 0) {
        text.loads += "    const " + type + " s" + n + " = " + place + ";\n";
        text.each += ", s" + n;
      } else {
        const std::string several = "Several<" + type + ", " + count + ">";
        text.loads +=
            "    const " + several + " s" + n + " = *reinterpret_cast<const " + several + "*>(&" + place + ");\n";
        text.each += ", s" + n + ".at[v]";
      }
    }
    return text;
  }

  // The struct that computes a column's terms.
  std::string term(OperandList& operands) const {
    const Elements text = elements(operands);
    const DType type = is_place(node_.fold) ? node_.operands[0]->dtype : node_.dtype;
    const std::string at =
        "    Index kept[" + std::to_string(kept_.extents.size()) + "], reduced[" +
        std::to_string(reduced_.extents.size()) +
        "];\n    unravel(column, o.kept_extent, kept);\n    unravel(k, o.reduced_extent, reduced);\n";
    const std::string run =
        loads(run_, reduced_, kept_)
            ? at + text.loads + "    for (int v = 0; v < run; ++v) to[v] = of(k + v" + text.each + ");\n"
            : "    for (int v = 0; v < run; ++v) to[v] = (*this)(column, k + v);\n";
    const std::string neighbours =
        together_ == 1
            ? ""
            : "  __device__ void neighbours(Index column, Index k, Fold::State (&to)[together]) const {\n" + at +
                  text.loads + "    for (int v = 0; v < together; ++v) to[v] = of(k" + text.each + ");\n  }\n";
    return "struct Term {\n  static constexpr int run = " + std::to_string(run_) +
           ", together = " + std::to_string(together_) +
           ";\n  static constexpr bool rows = " + (columns_innermost_ ? "false" : "true") +
           ";\n  const Operands& o;\n  __device__ Fold::State of(i64 k" + text.parameters + ") const {\n" +
           code_.statements() + "    return Fold::of(convert<" + std::string(name(type)) + ">(" + code_.result() +
           "), k);\n  }\n  __device__ Fold::State operator()(Index column, Index k) const {\n" + at +
           "    return of(k" + text.one +
           ");\n  }\n  __device__ void terms(Index column, Index k, Fold::State (&to)[run]) const {\n" + run + "  }\n" +
           neighbours + "};\n\n";
  }

  KernelLaunch first(const Geometry& g, const Array& states) const {
    OperandList operands = level(Array(), states, g);
    operands.numbers("kept_extent", kept_.extents);
    operands.numbers("reduced_extent", reduced_.extents);
    const std::string term_text = term(operands);
    for (std::size_t k = 0; k < code_.constants().size(); ++k)
      operands.constant("c" + std::to_string(k), code_.constants()[k].value, code_.constants()[k].stored);
    KernelLaunch kernel;
    kernel.complex = code_.has_complex();
    kernel.fold = true;
    kernel.entry = "fold_terms";
    kernel.operands = operands.bytes();
    kernel.blocks = g.blocks(together_);
    const bool narrow = narrow_index(std::max(product(kept_.extents), product(reduced_.extents)), code_.inputs());
    kernel.body = std::string("\ntypedef ") + (narrow ? "i32" : "i64") + " Index;\n" + "typedef " + fold_type(node_) +
                  " Fold;\n\nstruct Operands : Level<Fold> {\n" + operands.declarations() + "};\n\n" + term_text +
                  "extern \"C\" __global__ void fold_terms(const Operands o) {\n"
                  "  __shared__ Fold::State shared[Term::together][block_lanes];\n"
                  "  fold_parts<Fold>(shared, o, Term{o});\n}\n\n" +
                  "extern \"C\" __global__ void fold_states(const Level<Fold> o) {\n"
                  "  __shared__ Fold::State shared[1][block_lanes];\n"
                  "  fold_parts<Fold>(shared, o, StateBefore<Fold>{o});\n}\n";
    return kernel;
  }

  const Expr::Node& node_;
  const ElementCode& code_;
  const Array& out_;
  KernelTarget& target_;
  Walk kept_, reduced_;
  bool columns_innermost_ = false;
  Index run_ = 1, together_ = 1, state_bytes_ = 0;
};

}  // namespace

void launch_fold(const Expr::Node& node, const ElementCode& code, const Array& out, KernelTarget& target) {
  FoldLauncher(node, code, out, target).run();
}

}  // namespace fovea
