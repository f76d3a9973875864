#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/suggestion.h"
#include "language/value.h"

namespace fovea::language {

struct Argument {
  std::string keyword;  // empty: by position
  Value value;
  Place place;
};

// The arguments of one call by the function's parameters.
class Bound {
 public:
  explicit Bound(std::vector<const Argument*> given) : given_(std::move(given)) {}

  bool has(std::size_t k) const { return given_[k] != nullptr; }
  // None counts as left out.
  bool set(std::size_t k) const { return has(k) && !std::holds_alternative<std::monostate>(value(k).data); }
  const Value& value(std::size_t k) const { return given_[k]->value; }
  Place place(std::size_t k) const { return given_[k]->place; }
  std::size_t size() const { return given_.size(); }

 private:
  std::vector<const Argument*> given_;
};

// A fault of one argument: the caller knows where it stands and what it is called.
struct ArgumentError {
  std::size_t parameter;
  Error error;
};
// What `work` makes of parameter k's value.
template <class Work>
auto taken(const Bound& bound, std::size_t k, const Work& work) {
  try {
    return work(bound.value(k));
  } catch (const Error& error) {
    throw ArgumentError{k, error};
  }
}

struct Parameter {
  std::string name;
  std::string fallback = {};  // as a source would write it; empty: required
  bool rest = false;          // takes all further arguments as one list
};

struct Function {
  std::string name, group, summary;
  std::vector<Parameter> parameters;
  std::function<Value(const Context&, const Bound&)> call;
};
using FunctionTable = std::map<std::string, Function, std::less<>>;

// With the ops that there are at the call; a table stays when ops are added to the next.
const FunctionTable& function_table();
// Where names meet, the first wins.
void add_elementwise_functions(FunctionTable&);
void add_reduction_functions(FunctionTable&);
void add_creation_functions(FunctionTable&);
void add_shape_functions(FunctionTable&);
void add_op_functions(FunctionTable&);

std::string usage(const Function&);

}  // namespace fovea::language
