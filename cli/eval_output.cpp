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

// A file beside `path` that goes unless it is put in its place.
class PartialFile {
 public:
  explicit PartialFile(const fs::path& path)
      : path_(path), partial_(fs::path(path) += fmt::format(".{}.part", ::getpid())) {}
  ~PartialFile() {
    std::error_code ignored;
    if (!done_) fs::remove(partial_, ignored);
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  const fs::path& path() const { return partial_; }
  void commit() {
    std::error_code code;
    fs::rename(partial_, path_, code);
    if (code) throw Error(Errc::io, "expected to put it in its place, got " + code.message());
    done_ = true;
  }

 private:
  fs::path path_, partial_;
  bool done_ = false;
};

void write_mapped(const Expr& expr, const fs::path& path, const fovea::EvalOptions& options) {
  PartialFile file(path);
  {
    const Array out = map_npy_new(file.path(), expr.dtype(), expr.shape());
    eval_into(expr, out, options);
  }
  file.commit();
}

// A grey image [height, width] is written as [height, width, 1].
Array as_picture(const Array& array, const fs::path& path) {
  const Shape& shape = array.shape();
  if (path.extension() != ".pgm" || shape.size() != 2) return array;
  return (array.contiguous() ? array : array.copy()).reshape({shape[0], shape[1], 1});
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

std::string write_value(const language::Value& value, const fs::path& path, const fovea::EvalOptions& options) {
  const Expr expr = array_of(value);
  const std::int64_t bytes = elements(expr.shape()) * static_cast<std::int64_t>(size_of(expr.dtype()));
  try {
    if (path.extension() == ".npy" && bytes >= large)
      write_mapped(expr, path, options);
    else
      write_result(path, as_picture(eval(expr, options), path));
  } catch (const Error& error) {
    if (error.code() == Errc::interrupted) throw;
    throw Error(error.code(), fmt::format("--output {}: {}", path.native(), error.what()));
  }
  return fmt::format("{} is in {}", named_type(expr), path.native());
}

}  // namespace fovea::cli
