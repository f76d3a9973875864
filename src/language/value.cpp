#include "language/value.h"

#include <charconv>
#include <cmath>

#include "base/checked.h"
#include "base/half.h"
#include "base/text.h"

namespace fovea::language {
namespace {

[[noreturn]] void wrong(const std::string& wanted, const Value& got) {
  throw Error(Errc::invalid_argument, "expected " + wanted + ", got " + described(got));
}

constexpr std::pair<std::string_view, DType> numpy_names[]{
    {"uint8", DType::u8},      {"int8", DType::i8},         {"uint16", DType::u16},  {"int16", DType::i16},
    {"int32", DType::i32},     {"int64", DType::i64},       {"int", DType::i64},     {"float16", DType::f16},
    {"bfloat16", DType::bf16}, {"float32", DType::f32},     {"float64", DType::f64}, {"float", DType::f64},
    {"complex64", DType::c64}, {"complex128", DType::c128}, {"complex", DType::c128}};

template <class T>
T first(const Array& array) {
  return *reinterpret_cast<const T*>(array.data());
}

Value element(const Array& one) {
  switch (one.dtype()) {
    case DType::boolean:
      return make(first<bool>(one));
    case DType::u8:
      return make(static_cast<std::int64_t>(first<std::uint8_t>(one)));
    case DType::i8:
      return make(static_cast<std::int64_t>(first<std::int8_t>(one)));
    case DType::u16:
      return make(static_cast<std::int64_t>(first<std::uint16_t>(one)));
    case DType::i16:
      return make(static_cast<std::int64_t>(first<std::int16_t>(one)));
    case DType::i32:
      return make(static_cast<std::int64_t>(first<std::int32_t>(one)));
    case DType::i64:
      return make(first<std::int64_t>(one));
    case DType::f16:
    case DType::bf16:
      return make(eval_scalar(Expr(one)));
    case DType::f32:
      return make(static_cast<double>(first<float>(one)));
    case DType::f64:
      return make(first<double>(one));
    case DType::c64:
      return make(std::complex<double>(first<std::complex<float>>(one)));
    case DType::c128:
      return make(first<std::complex<double>>(one));
  }
  return {};
}

// The number in a value of one element, as bool, int64, double or complex; others stay as they are.
Value scalar(const Value& value) {
  if (const auto* array = std::get_if<Array>(&value.data)) return array->size() == 1 ? element(*array) : value;
  if (const auto* expr = std::get_if<Expr>(&value.data)) {
    for (const std::int64_t extent : expr->shape())
      if (extent != 1) return value;
    return element(eval(*expr));
  }
  return value;
}

struct Leaves {
  Shape shape;
  std::vector<Value> values;
  int kind = 0;  // 0 bool, 1 integer, 2 real, 3 complex
};

void gather(const Value& value, std::size_t depth, Leaves& leaves) {
  if (const auto* list = std::get_if<std::vector<Value>>(&value.data)) {
    const auto extent = static_cast<std::int64_t>(list->size());
    if (leaves.shape.size() == depth && leaves.values.empty())
      leaves.shape.push_back(extent);
    else if (depth >= leaves.shape.size() || leaves.shape[depth] != extent)
      throw Error(Errc::invalid_argument, "expected rows of equal length in a list, got others");
    for (const Value& item : *list) gather(item, depth + 1, leaves);
    return;
  }
  if (depth != leaves.shape.size())
    throw Error(Errc::invalid_argument, "expected rows of equal length in a list, got others");
  const Value number = scalar(value);
  const std::size_t which = number.data.index();
  if (which < 1 || which > 4) wrong("numbers in a list", value);
  leaves.kind = std::max(leaves.kind, static_cast<int>(which) - 1);
  leaves.values.push_back(number);
}

std::complex<double> complex_of(const Value& value) {
  if (const auto* pair = std::get_if<std::complex<double>>(&value.data)) return *pair;
  if (const auto* real = std::get_if<double>(&value.data)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) return static_cast<double>(*whole);
  return std::get<bool>(value.data) ? 1.0 : 0.0;
}

template <class T>
Array filled(const Leaves& leaves, const auto& convert) {
  Array array = Array::empty(leaves.shape, DTypeOf<T>::value);
  T* to = reinterpret_cast<T*>(array.data());
  for (const Value& value : leaves.values) *to++ = convert(value);
  return array;
}

Array array_of(const Value& list) {
  Leaves leaves;
  gather(list, 0, leaves);
  if (leaves.values.empty()) leaves.kind = 2;
  if (leaves.kind == 0) return filled<bool>(leaves, [](const Value& v) { return std::get<bool>(v.data); });
  if (leaves.kind == 1) return filled<std::int64_t>(leaves, [](const Value& v) { return to_integer(v); });
  if (leaves.kind == 2) return filled<double>(leaves, [](const Value& v) { return complex_of(v).real(); });
  return filled<std::complex<double>>(leaves, complex_of);
}

}  // namespace

Array Context::array(const Value& value, std::string_view step) const {
  if (const auto* array = std::get_if<Array>(&value.data)) return *array;
  const Expr expr = to_expr(value);
  afford(expr.shape(), expr.dtype());
  EvalOptions with;
  with.stop = options.stop;
  if (options.progress) with.progress = [&](double done) { options.progress(step, done); };
  return eval(expr, with);
}

void Context::afford(const Shape& shape, DType dtype) const {
  std::optional<std::int64_t> bytes = static_cast<std::int64_t>(size_of(dtype));
  bool empty = false;
  for (const std::int64_t extent : shape) {
    empty |= extent == 0;
    if (bytes) bytes = checked_multiply(*bytes, std::max<std::int64_t>(extent, 0));
  }
  if (!empty && (!bytes || *bytes > options.max_bytes))
    throw Error(Errc::limit_memory, "expected an array of at most " + std::to_string(options.max_bytes) +
                                        " bytes, got " + std::string(name(dtype)) + " " + to_string(shape));
}

void Context::check_stop() const {
  if (options.stop.stop_requested()) throw Error(Errc::interrupted, "interrupted");
}

std::string described(const Value& value) {
  if (const auto* yes = std::get_if<bool>(&value.data)) return *yes ? "True" : "False";
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) return std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&value.data)) {
    char buffer[32];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, *real).ptr};
  }
  if (std::holds_alternative<std::complex<double>>(value.data)) return "a complex number";
  if (const auto* text = std::get_if<std::string>(&value.data))
    return "the text '" + escaped(text->substr(0, 40)) + "'";
  if (const auto* array = std::get_if<Array>(&value.data))
    return "an array " + std::string(name(array->dtype())) + " " + to_string(array->shape());
  if (const auto* expr = std::get_if<Expr>(&value.data))
    return "an array " + std::string(name(expr->dtype())) + " " + to_string(expr->shape());
  if (const auto* list = std::get_if<std::vector<Value>>(&value.data))
    return "a list of " + std::to_string(list->size());
  return "None";
}

Expr to_expr(const Value& value) {
  if (const auto* yes = std::get_if<bool>(&value.data)) return Expr(*yes);
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) return Expr(*whole);
  if (const auto* real = std::get_if<double>(&value.data)) return Expr(*real);
  if (const auto* pair = std::get_if<std::complex<double>>(&value.data)) return Expr(*pair);
  if (const auto* array = std::get_if<Array>(&value.data)) return Expr(*array);
  if (const auto* expr = std::get_if<Expr>(&value.data)) return *expr;
  if (std::holds_alternative<std::vector<Value>>(value.data)) return Expr(array_of(value));
  wrong("an array or a number", value);
}

std::int64_t to_integer(const Value& value) {
  const Value number = scalar(value);
  if (const auto* whole = std::get_if<std::int64_t>(&number.data)) return *whole;
  wrong("an integer", value);
}

double to_number(const Value& value) {
  const Value number = scalar(value);
  if (const auto* whole = std::get_if<std::int64_t>(&number.data)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&number.data)) return *real;
  wrong("a number", value);
}

bool to_truth(const Value& value) {
  const Value number = scalar(value);
  if (const auto* yes = std::get_if<bool>(&number.data)) return *yes;
  wrong("True or False", value);
}

std::string to_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text;
  wrong("text in quotes", value);
}

std::optional<DType> dtype_named(std::string_view name) {
  for (int k = 0; k <= static_cast<int>(DType::c128); ++k)
    if (fovea::name(static_cast<DType>(k)) == name) return static_cast<DType>(k);
  for (const auto& [alias, dtype] : numpy_names)
    if (alias == name) return dtype;
  return std::nullopt;
}

DType to_dtype(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.data);
  if (!text) wrong("the name of a type, such as 'f32'", value);
  const auto dtype = dtype_named(*text);
  return dtype ? *dtype : parse_dtype(*text);  // which throws the list of names
}

Shape to_shape(const Value& value) {
  Shape shape;
  if (const auto* list = std::get_if<std::vector<Value>>(&value.data)) {
    for (const Value& item : *list) shape.push_back(to_integer(item));
    return shape;
  }
  if (const auto* array = std::get_if<Array>(&value.data); array && array->ndim() == 1) {
    for (std::int64_t k = 0; k < array->size(); ++k) shape.push_back(to_integer(make((*array)[k])));
    return shape;
  }
  return {to_integer(value)};
}

std::vector<double> to_numbers(const Value& value) {
  std::vector<double> numbers;
  if (const auto* list = std::get_if<std::vector<Value>>(&value.data)) {
    for (const Value& item : *list) numbers.push_back(to_number(item));
    return numbers;
  }
  if (const auto* array = std::get_if<Array>(&value.data); array && array->ndim() == 1) {
    for (std::int64_t k = 0; k < array->size(); ++k) numbers.push_back(to_number(make((*array)[k])));
    return numbers;
  }
  return {to_number(value)};
}

Value number_value(const Expr& expr) {
  return element(eval(expr));
}

Value tuple_of(const Shape& shape) {
  std::vector<Value> items;
  for (const std::int64_t extent : shape) items.push_back(make(extent));
  return make(std::move(items));
}

Shape shape_of(const Value& value) {
  if (const auto* array = std::get_if<Array>(&value.data)) return array->shape();
  return to_expr(value).shape();
}

}  // namespace fovea::language
