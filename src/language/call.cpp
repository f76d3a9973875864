#include "language/call.h"

#include <algorithm>

#include "language/token.h"

namespace fovea::language {
namespace {

std::vector<std::string> names_of(const Function& function) {
  std::vector<std::string> names;
  for (const Parameter& p : function.parameters) names.push_back(p.name);
  return names;
}

// Arguments by parameter. `packed` keeps the list that a rest parameter becomes.
std::vector<const Argument*> bound_to(const Function& function, std::string_view source, Place place,
                                      const std::vector<Argument>& arguments, Argument& packed) {
  const std::size_t count = function.parameters.size();
  std::vector<const Argument*> given(count, nullptr);
  const auto positional = static_cast<std::size_t>(
      std::count_if(arguments.begin(), arguments.end(), [](const Argument& a) { return a.keyword.empty(); }));
  const bool rest = count > 0 && function.parameters.back().rest && positional > count;
  if (positional > count && !rest)
    refuse(source, arguments[count].place,
           "expected at most " + std::to_string(count) + (count == 1 ? " argument" : " arguments") + " for " +
               usage(function) + ", got " + std::to_string(positional));
  for (std::size_t k = 0; k < std::min(positional, count); ++k) given[k] = &arguments[k];
  if (rest) {
    std::vector<Value> items;
    for (std::size_t k = count - 1; k < positional; ++k) items.push_back(arguments[k].value);
    packed = {"", make(std::move(items)), arguments[count - 1].place};
    given[count - 1] = &packed;
  }
  for (std::size_t k = positional; k < arguments.size(); ++k) {
    const Argument& argument = arguments[k];
    const auto at = std::find_if(function.parameters.begin(), function.parameters.end(),
                                 [&](const Parameter& p) { return p.name == argument.keyword; });
    if (at == function.parameters.end())
      refuse(source, argument.place,
             "expected an argument of " + usage(function) + ", got '" + argument.keyword + "'" +
                 suggestion(argument.keyword, names_of(function)));
    const Argument*& slot = given[static_cast<std::size_t>(at - function.parameters.begin())];
    if (slot) refuse(source, argument.place, "expected " + argument.keyword + " once, got it by position too");
    slot = &argument;
  }
  for (std::size_t k = 0; k < count; ++k)
    if (!given[k] && function.parameters[k].fallback.empty())
      refuse(source, place, "expected " + function.parameters[k].name + " for " + usage(function) + ", got none");
  return given;
}

}  // namespace

const Function& find_function(std::string_view source, std::string_view name, Place place) {
  const FunctionTable& table = function_table();
  if (const auto at = table.find(name); at != table.end()) return at->second;
  if (dtype_named(name))
    refuse(source, place, "expected a function, got a type; write cast(x, '" + std::string(name) + "')");
  std::vector<std::string> names;
  for (const auto& [other, function] : table) names.push_back(other);
  refuse(source, place, "there is no function '" + std::string(name) + "'" + suggestion(name, names));
}

Value call(const Context& context, std::string_view source, std::string_view name, Place place,
           const std::vector<Argument>& arguments) {
  const Function& function = find_function(source, name, place);
  Argument packed;
  const Bound bound(bound_to(function, source, place, arguments, packed));
  const auto at = [&](Place where, Errc code, const std::string& message) {
    return SourceError(code, "eval: " + position(source, where) + ": " + message, where);
  };
  try {
    return function.call(context, bound);
  } catch (const ArgumentError& fault) {
    throw at(bound.place(fault.parameter), fault.error.code(),
             function.name + ": " + function.parameters[fault.parameter].name + ": " + fault.error.what());
  } catch (const Error& error) {
    if (error.code() == Errc::interrupted) throw;
    const std::string text = error.what();
    throw at(place, error.code(), text.starts_with(function.name + ":") ? text : function.name + ": " + text);
  }
}

}  // namespace fovea::language
