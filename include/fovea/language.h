#pragma once
#include <complex>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fovea/array.h"
#include "fovea/error.h"
#include "fovea/expr.h"

// The language of `fovea eval`: expressions in Python's syntax over arrays. docs/eval.md defines it.
namespace fovea::language {

// Bytes [offset, offset + length) of a source.
struct Place {
  std::size_t offset = 0, length = 0;
};

// What a source gets wrong and where. what() is one line, "eval: expected ..., got ...".
class SourceError : public Error {
 public:
  SourceError(Errc code, const std::string& message, Place place) : Error(code, message), place_(place) {}
  Place place() const { return place_; }

 private:
  Place place_;
};

// The source's line around the place, cut to `columns`, and a line with ^ under it; each ends in a newline. Bytes that
// do not print are shown as '?'.
std::string excerpt(std::string_view source, Place, std::size_t columns = 100);

// Text, numbers, arrays, what is yet to be computed, and lists or tuples of values. Monostate is None.
struct Value {
  std::variant<std::monostate, bool, std::int64_t, double, std::complex<double>, std::string, Array, Expr,
               std::vector<Value>>
      data;
};
// Numbers become weak scalars, lists arrays. Throws Error(invalid_argument) for None, text and lists of uneven rows.
Expr to_expr(const Value&);

struct Options {
  // The step at work, an op's name for example, and its share from 0 to 1; from any thread, one at a time.
  std::function<void(std::string_view step, double done)> progress;
  // Where an op that is the last step puts its result; see ops::apply(). None: in memory.
  std::function<Array(DType, const Shape&)> result;
  std::stop_token stop;  // a request ends the run with Error(interrupted), at the latest after the op at work
  // Of one array that a step makes; more is refused by SourceError(limit_memory).
  std::int64_t max_bytes = std::numeric_limits<std::int64_t>::max();
};

// A source that was read. Immutable; copies share; any thread.
class Program {
 public:
  static constexpr std::size_t max_source = 64 << 10;  // bytes
  static constexpr int max_depth = 200;                // of brackets and right-hand operators
  static constexpr int max_steps_deep = 500;           // of the tree, through names too
  static constexpr std::int64_t max_steps = 10'000;    // of one expression, names written out

  // Throws SourceError.
  explicit Program(std::string source);

  const std::string& source() const;
  // What it reads and does not set itself, without constants, in the order of their first use.
  struct Name {
    std::string name;
    Place place;
  };
  std::vector<Name> names() const;
  // The source with every operation in parentheses, as the precedences have it.
  std::string parenthesised() const;

  // Runs it. Elementwise functions and reductions stay lazy: the result is to be evaluated by eval() or eval_into();
  // operands of ops and of views are evaluated on the way. Throws SourceError with the place of what failed, and
  // std::bad_alloc.
  Value run(const std::map<std::string, Value, std::less<>>& names, const Options& = {}) const;

 private:
  std::shared_ptr<const struct Tree> tree_;
};

// Every function that a source may call.
struct FunctionHelp {
  std::string name, group, usage, summary;  // group: "elementwise", "reduction", "array" or "op"
};
std::vector<FunctionHelp> functions();  // by group, then name

}  // namespace fovea::language
