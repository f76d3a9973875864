#include <charconv>
#include <cmath>

#include "language/function.h"
#include "ops/op.h"

namespace fovea::language {
namespace {

using ops::OpInfo;
using ops::ParamInfo;

std::string number(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

bool outside(const ParamInfo& info, double value) {
  return info.min != info.max && (value < info.min || value > info.max);
}

// As a source would write it; empty for a parameter whose default lies outside its range, which must be given.
std::string fallback_of(const ParamInfo& info) {
  if (const auto* yes = std::get_if<bool>(&info.fallback)) return *yes ? "True" : "False";
  if (const auto* whole = std::get_if<std::int64_t>(&info.fallback))
    return outside(info, static_cast<double>(*whole)) ? "" : std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&info.fallback)) return outside(info, *real) ? "" : number(*real);
  if (const auto* text = std::get_if<std::string>(&info.fallback)) return "'" + *text + "'";
  std::string list;
  for (const double value : std::get<std::vector<double>>(info.fallback))
    list += (list.empty() ? "" : ", ") + number(value);
  return "[" + list + "]";
}

ops::Value param_of(const ParamInfo& info, const Value& value) {
  if (std::holds_alternative<bool>(info.fallback)) return to_truth(value);
  if (std::holds_alternative<std::int64_t>(info.fallback)) return to_integer(value);
  if (std::holds_alternative<double>(info.fallback)) return to_number(value);
  if (std::holds_alternative<std::string>(info.fallback)) return to_text(value);
  return to_numbers(value);
}

// What an op would make, asked before its operands' work is spent.
void afford_result(const Context& context, const OpInfo& info, const ops::Params& params,
                   const std::vector<Array>& inputs) {
  const ops::Op& op = ops::registry().op(info.name);
  const auto bound = op.bind(op, params);
  std::vector<ops::TensorSpec> specs;
  for (const Array& input : inputs) specs.push_back({input.dtype(), input.shape()});
  const ops::TensorSpec result = op.infer(bound.get(), specs);
  context.afford(result.shape, result.dtype);
}

// An op's message on a parameter begins with the names of both.
void blame(const OpInfo& op, const Bound& bound, const Error& error) {
  const std::string text = error.what();
  for (std::size_t p = 0; p < op.params.size(); ++p) {
    const std::string start = op.name + ": " + op.params[p].name + ": ";
    const std::size_t k = op.inputs.size() + p;
    if (text.starts_with(start) && bound.set(k)) throw ArgumentError{k, Error(error.code(), text.substr(start.size()))};
  }
}

Value call(const OpInfo& op, const Context& context, const Bound& bound) {
  std::vector<Array> inputs;
  for (std::size_t k = 0; k < op.inputs.size(); ++k) {
    if (!bound.set(k) && op.inputs[k].ends_with('?')) {
      // Inputs have no gaps: those behind one that is left out must be left out too.
      for (std::size_t later = k + 1; later < op.inputs.size(); ++later)
        if (bound.set(later))
          throw Error(Errc::invalid_argument, op.name + ": expected " +
                                                  op.inputs[k].substr(0, op.inputs[k].size() - 1) +
                                                  " too, got only a later input");
      break;
    }
    inputs.push_back(taken(bound, k, [&](const Value& value) { return context.array(value, op.name); }));
  }
  ops::Params params;
  for (std::size_t p = 0; p < op.params.size(); ++p) {
    const std::size_t k = op.inputs.size() + p;
    if (bound.set(k))
      params[op.params[p].name] = taken(bound, k, [&](const Value& v) { return param_of(op.params[p], v); });
  }
  if (context.options.max_bytes != std::numeric_limits<std::int64_t>::max()) afford_result(context, op, params, inputs);
  context.check_stop();
  if (context.options.progress) context.options.progress(op.name, 0);
  try {
    return make(ops::apply(op.name, params, inputs, context.result()));
  } catch (const Error& error) {
    blame(op, bound, error);
    throw;
  }
}

}  // namespace

void add_op_functions(FunctionTable& table) {
  for (const OpInfo& info : ops::list()) {
    Function function{info.name, "op", info.summary, {}, nullptr};
    for (std::string input : info.inputs) {
      const bool optional = input.ends_with('?');
      if (optional) input.pop_back();
      function.parameters.push_back({input, optional ? "None" : ""});
    }
    for (const ParamInfo& param : info.params) function.parameters.push_back({param.name, fallback_of(param)});
    function.call = [info](const Context& context, const Bound& bound) { return call(info, context, bound); };
    table.try_emplace(info.name, std::move(function));
  }
}

}  // namespace fovea::language
