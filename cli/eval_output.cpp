#include "eval_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include "fovea/npy.h"
#include "fovea/print.h"

namespace fovea::cli {
namespace {

namespace fs = std::filesystem;

constexpr int all_digits = 17;
constexpr std::int64_t large = std::int64_t{16} << 20;  // bytes

std::int64_t elements(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

Expr array_of(const language::Value& value) {
  try {
    return language::to_expr(value);
  } catch (const Error& error) {
    throw Error(error.code(), std::string("result: ") + error.what());
  }
}

std::string named_type(const Expr& expr) {
  return fmt::format("{} {}", name(expr.dtype()), to_string(expr.shape()));
}

}  // namespace

std::string type_text(const language::Value& value) {
  if (std::holds_alternative<std::string>(value.data)) return "text\n";
  return named_type(array_of(value)) + "\n";
}

std::string value_text(const language::Value& value, int precision, const fovea::EvalOptions& options) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text + "\n";
  if (std::holds_alternative<std::monostate>(value.data)) return "None\n";
  const Array array = eval(array_of(value), options);
  PrintOptions print;
  print.precision = array.ndim() == 0 ? all_digits : precision;
  std::string text = to_string(array, print);
  if (array.ndim() == 0 && text.ends_with('.')) text += '0';
  return text + "\n";
}

// A file beside `path` that goes unless it is put in its place.
struct EvalOutput::Partial {
  explicit Partial(const fs::path& final_place)
      : place(final_place), path(fs::path(final_place) += fmt::format(".{}.part", ::getpid())) {}
  ~Partial() {
    std::error_code ignored;
    if (!done) fs::remove(path, ignored);
  }
  void commit() {
    std::error_code code;
    fs::rename(path, place, code);
    if (code) throw Error(Errc::io, "expected to put it in its place, got " + code.message());
    done = true;
  }
  fs::path place, path;
  bool done = false;
};

EvalOutput::EvalOutput(fs::path path) : path_(std::move(path)) {}
EvalOutput::~EvalOutput() = default;

bool EvalOutput::mapped(DType dtype, const Shape& shape) const {
  return path_.extension() == ".npy" && elements(shape) * static_cast<std::int64_t>(size_of(dtype)) >= large;
}

Array EvalOutput::make(DType dtype, const Shape& shape) {
  if (!mapped(dtype, shape)) return Array::empty(shape, dtype);
  partial_ = std::make_unique<Partial>(path_);
  return made_ = map_npy_new(partial_->path, dtype, shape);
}

void EvalOutput::write_array(const Expr& expr, const language::Value& value, const fovea::EvalOptions& options) {
  const auto* array = std::get_if<Array>(&value.data);
  if (array && made_.data() && array->data() == made_.data() && array->shape() == made_.shape()) {
    partial_->commit();
  } else if (mapped(expr.dtype(), expr.shape())) {
    eval_into(expr, make(expr.dtype(), expr.shape()), options);
    partial_->commit();
  } else {
    write_result(path_, eval(expr, options));
  }
}

std::string EvalOutput::write(const language::Value& value, const fovea::EvalOptions& options) {
  const Expr expr = array_of(value);
  try {
    write_array(expr, value, options);
  } catch (const Error& error) {
    if (error.code() == Errc::interrupted) throw;
    throw Error(error.code(), fmt::format("--output {}: {}", path_.native(), error.what()));
  }
  return fmt::format("{} is in {}", named_type(expr), path_.native());
}

}  // namespace fovea::cli
