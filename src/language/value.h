#pragma once
#include <optional>

#include "fovea/language.h"

namespace fovea::language {

// What the functions of the language work with besides their arguments.
struct Context {
  const Options& options;
  bool last = false;  // the step at work is the last one

  std::function<Array(DType, const Shape&)> result() const { return last ? options.result : nullptr; }

  // Computes what is lazy. `step` names the work for the progress.
  Array array(const Value&, std::string_view step) const;
  // Throws Error(limit_memory) when an array of this shape is above the limit.
  void afford(const Shape&, DType) const;
  void check_stop() const;
};

// "an array f32 [2, 3]", "the text 'same'": for messages.
std::string described(const Value&);

// Each throws Error(invalid_argument) "expected ..., got ..." for another kind of value. Arrays and expressions of one
// element count as numbers, and are computed.
std::int64_t to_integer(const Value&);
double to_number(const Value&);
bool to_truth(const Value&);
std::string to_text(const Value&);
DType to_dtype(const Value&);  // "f32", or NumPy's name "float32"
Shape to_shape(const Value&);  // an integer, or a list of them
std::vector<double> to_numbers(const Value&);

std::optional<DType> dtype_named(std::string_view);

Value number_value(const Expr& scalar);  // a weak scalar computed

inline Value make(decltype(Value::data) data) {
  return Value{std::move(data)};
}
Value tuple_of(const Shape&);

Shape shape_of(const Value&);

}  // namespace fovea::language
