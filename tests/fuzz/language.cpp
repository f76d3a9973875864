#include "fovea/language.h"

#include <cstdint>
#include <cstdlib>
#include <string>

// Any text is read or refused by one line with a place in it; what was read prints as a text that reads the same; and
// it runs over small arrays, within a limit of memory, or is refused.
namespace {

using namespace fovea;

void check(bool holds) {
  if (!holds) std::abort();
}

Array filled(DType dtype, Shape shape) {
  return eval(cast(Expr(Array::zeros(std::move(shape), DType::f64)) + Expr(2), dtype));
}

void run(const language::Program& program) {
  static const std::map<std::string, language::Value, std::less<>> names{
      {"x", {filled(DType::f64, {3, 4})}},     {"y", {filled(DType::f32, {4})}},    {"i", {filled(DType::i32, {3, 1})}},
      {"img", {filled(DType::u8, {5, 4, 3})}}, {"k", {filled(DType::f64, {3, 3})}}, {"n", {std::int64_t{2}}},
      {"z", {filled(DType::c64, {2, 2})}}};
  language::Options options;
  options.max_bytes = 1 << 14;
  try {
    const Expr result = language::to_expr(program.run(names, options));
    std::int64_t size = 1;
    for (const std::int64_t extent : result.shape())
      if (__builtin_mul_overflow(size, extent, &size) || size > (1 << 14)) return;
    (void)eval(result);
  } catch (const Error& error) {
    check(std::string(error.what()).find('\n') == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string source(reinterpret_cast<const char*>(data), size);
  try {
    const language::Program program(source);
    const std::string printed = program.parenthesised();
    try {
      check(language::Program(printed).parenthesised() == printed);
    } catch (const language::SourceError& error) {
      // Parentheses may add levels and bytes beyond the limits; nothing else may be wrong.
      check(printed.size() > language::Program::max_source ||
            std::string(error.what()).find("levels") != std::string::npos);
    }
    run(program);
  } catch (const language::SourceError& error) {
    check(error.place().offset <= source.size());
    check(!language::excerpt(source, error.place()).empty());
  }
  return 0;
}
