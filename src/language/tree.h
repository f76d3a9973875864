#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/language.h"

namespace fovea::language {

enum class Op : std::uint8_t {
  logical_or,
  logical_and,
  logical_not,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  bit_or,
  bit_xor,
  bit_and,
  shift_left,
  shift_right,
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  remainder,
  matmul,
  negative,
  positive,
  invert,
  power,
};
std::string_view sign_of(Op);

struct Node {
  enum class Kind : std::uint8_t {
    constant,  // value: a number, text, True, False or None
    ellipsis,
    name,  // text
    list,
    tuple,
    unary,
    binary,
    compare,    // children one more than ops
    call,       // text is the function's name; a method's object is the first child
    keyword,    // text = child, in a call
    attribute,  // child . text
    index,      // children: the object, then what is between the brackets
    slice,      // children: start, stop, step; None where left out
    assign,     // text = child
  };
  Kind kind = Kind::constant;
  bool method = false;
  Place place;
  std::string text;
  Value value;
  std::vector<Op> ops;
  std::vector<std::uint32_t> children;
};

// Children lie before their parents, each in one place of the tree: whoever walks over it needs a loop, no recursion.
// The statements are the assignments and the last node.
struct Tree {
  std::string source;
  std::vector<Node> nodes;
};

// Throws SourceError.
Tree parse(std::string source);

}  // namespace fovea::language
