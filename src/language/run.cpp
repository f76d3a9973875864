#include <algorithm>
#include <numbers>
#include <set>

#include "language/call.h"
#include "language/operators.h"
#include "language/token.h"
#include "language/tree.h"

namespace fovea::language {
namespace {

using Kind = Node::Kind;

std::optional<Value> constant_named(std::string_view name) {
  if (name == "pi") return make(std::numbers::pi);
  if (name == "e") return make(std::numbers::e);
  if (name == "inf") return make(std::numeric_limits<double>::infinity());
  if (name == "nan") return make(std::numeric_limits<double>::quiet_NaN());
  if (dtype_named(name)) return make(std::string(name));
  return std::nullopt;
}

// A value and what it took: of what is lazy or a list the whole tree counts, names written out.
struct Slot {
  Value value;
  int depth = 0;
  std::int64_t steps = 1;
};

bool compound(const Value& value) {
  return std::holds_alternative<Expr>(value.data) || std::holds_alternative<std::vector<Value>>(value.data);
}

class Run {
 public:
  Run(const Tree& tree, const std::map<std::string, Value, std::less<>>& names, const Options& options)
      : tree_(tree), names_(names), context_{options, false} {}

  Value result() {
    check_names();
    slots_.resize(tree_.nodes.size());
    for (std::size_t k = 0; k < tree_.nodes.size(); ++k) {
      const Node& node = tree_.nodes[k];
      context_.last = k + 1 == tree_.nodes.size();
      context_.check_stop();
      Slot& slot = slots_[k];
      try {
        take(node, slot);
      } catch (const SourceError&) {
        throw;
      } catch (const Error& error) {
        if (error.code() == Errc::interrupted) throw;
        fail(node.place, error.code(), error.what());
      }
      if (slot.depth > Program::max_steps_deep || slot.steps > Program::max_steps)
        fail(node.place, Errc::invalid_argument,
             "expected an expression of at most " + std::to_string(Program::max_steps) + " steps and " +
                 std::to_string(Program::max_steps_deep) + " on one another, got more");
      for (const std::uint32_t child : node.children) slots_[child] = {};
    }
    return std::move(slots_.back().value);
  }

 private:
  [[noreturn]] void fail(Place place, Errc code, const std::string& message) const {
    throw SourceError(code, "eval: " + position(tree_.source, place) + ": " + message, place);
  }

  // Before any work, so that a long run does not end at a misspelt name.
  void check_names() const {
    std::set<std::string_view> set;
    for (const Node& node : tree_.nodes) {
      if (node.kind == Kind::assign) set.insert(node.text);
      if (node.kind == Kind::call) find_function(tree_.source, node.text, node.place);
      if (node.kind == Kind::name && !set.contains(node.text) && !names_.contains(node.text) &&
          !constant_named(node.text))
        unknown(node, set);
    }
  }

  void take(const Node& node, Slot& slot) {
    if (node.kind == Kind::name) {
      named(node, slot);
      return;
    }
    slot.value = value_of(node);
    if (!compound(slot.value)) return;
    for (const std::uint32_t child : node.children) {
      slot.depth = std::max(slot.depth, slots_[child].depth + 1);
      slot.steps += slots_[child].steps;
    }
  }

  void named(const Node& node, Slot& slot) {
    if (const auto at = set_.find(node.text); at != set_.end())
      slot = at->second;
    else if (const auto given = names_.find(node.text); given != names_.end())
      slot.value = given->second;
    else
      slot.value = constant_named(node.text).value();
  }

  [[noreturn]] void unknown(const Node& node, const std::set<std::string_view>& set) const {
    const FunctionTable& table = function_table();
    if (const auto at = table.find(node.text); at != table.end())
      refuse(tree_.source, node.place, "expected a value, got a function; call it: " + usage(at->second));
    if (node.text == "np" || node.text == "numpy")
      refuse(tree_.source, node.place, "there is no value '" + node.text + "'; functions stand by themselves: sqrt(x)");
    std::vector<std::string> names{"pi", "inf", "nan", "True", "False", "None"};
    for (const auto& [name, value] : names_) names.push_back(name);
    names.insert(names.end(), set.begin(), set.end());
    refuse(
        tree_.source, node.place,
        "there is no value '" + node.text + "'" + suggestion(node.text, names) + "; give it as " + node.text + "=FILE");
  }

  const Value& child(const Node& node, std::size_t k) const { return slots_[node.children[k]].value; }

  Value value_of(const Node& node) {
    switch (node.kind) {
      case Kind::constant:
        return node.value;
      case Kind::list:
      case Kind::tuple:
      case Kind::slice:
        return gathered(node);
      case Kind::unary:
        return unary(node.ops[0], child(node, 0));
      case Kind::binary:
        return binary(context_, node.ops[0], child(node, 0), child(node, 1));
      case Kind::compare:
        return compared(node.ops, std::get<std::vector<Value>>(gathered(node).data));
      case Kind::keyword:
        return child(node, 0);
      case Kind::call:
        return called(node);
      case Kind::attribute:
        return attribute(node);
      case Kind::index:
        return indexed_value(node);
      case Kind::ellipsis:
        return {};
      case Kind::assign:
        set_[node.text] = slots_[node.children[0]];
        return {};
      case Kind::name:
        break;
    }
    throw Error(Errc::internal, "a node of unknown kind");
  }

  Value gathered(const Node& node) const {
    std::vector<Value> items;
    for (std::size_t k = 0; k < node.children.size(); ++k) items.push_back(child(node, k));
    return make(std::move(items));
  }

  Value called(const Node& node) {
    std::vector<Argument> arguments;
    for (std::size_t k = 0; k < node.children.size(); ++k) {
      const Node& from = tree_.nodes[node.children[k]];
      arguments.push_back({from.kind == Kind::keyword ? from.text : "", child(node, k), from.place});
    }
    return call(context_, tree_.source, node.text, node.place, arguments);
  }

  Value attribute(const Node& node) {
    const Value& x = child(node, 0);
    const std::string& name = node.text;
    if (name == "T" || name == "real" || name == "imag")
      return call(context_, tree_.source, name == "T" ? "transpose" : name, node.place, {{"", x, node.place}});
    if (name == "shape") return tuple_of(shape_of(x));
    if (name == "ndim") return make(static_cast<std::int64_t>(shape_of(x).size()));
    if (name == "dtype") {
      const auto* array = std::get_if<Array>(&x.data);
      return make(std::string(fovea::name(array ? array->dtype() : to_expr(x).dtype())));
    }
    if (name == "size") {
      std::int64_t size = 1;
      for (const std::int64_t extent : shape_of(x)) size *= extent;
      return make(size);
    }
    const bool function = function_table().contains(name);
    throw Error(Errc::invalid_argument, "expected .T, .real, .imag, .shape, .ndim, .size or .dtype, got '." + name +
                                            "'" + (function ? "; as a function it is called: ." + name + "()" : ""));
  }

  static Slice slice_of(const std::vector<Value>& parts) {
    Slice slice;
    const auto part = [&](std::size_t k, std::int64_t& to) {
      if (!std::holds_alternative<std::monostate>(parts[k].data)) to = std::max(to_integer(parts[k]), Slice::none + 1);
    };
    part(0, slice.start);
    part(1, slice.stop);
    part(2, slice.step);
    if (slice.step == 0) throw Error(Errc::invalid_argument, "expected a step other than 0, got 0");
    return slice;
  }

  Value indexed_value(const Node& node) {
    std::vector<Item> items;
    std::size_t at = 0;
    try {
      for (std::size_t k = 1; k < node.children.size(); ++k) {
        at = k - 1;
        items.push_back(item(node.children[k]));
      }
      if (const auto* list = std::get_if<std::vector<Value>>(&child(node, 0).data)) return item_of(*list, items);
      return make(indexed(context_.array(child(node, 0), "index"), items, at));
    } catch (const Error& error) {
      if (error.code() == Errc::interrupted) throw;
      fail(tree_.nodes[node.children[at + 1]].place, error.code(), error.what());
    }
  }

  static Value item_of(const std::vector<Value>& list, const std::vector<Item>& items) {
    const auto extent = static_cast<std::int64_t>(list.size());
    if (items.size() != 1 || items[0].kind != Item::Kind::index)
      throw Error(Errc::invalid_argument, "expected an integer as the index of a list, got another");
    const std::int64_t index = items[0].index < 0 ? items[0].index + extent : items[0].index;
    if (index < 0 || index >= extent)
      throw Error(Errc::invalid_argument, "expected an index from " + std::to_string(-extent) + " to " +
                                              std::to_string(extent - 1) + ", got " + std::to_string(items[0].index));
    return list[static_cast<std::size_t>(index)];
  }

  Item item(std::uint32_t id) {
    const Node& node = tree_.nodes[id];
    const Value& value = slots_[id].value;
    if (node.kind == Kind::ellipsis) return {Item::Kind::ellipsis, 0, {}};
    if (node.kind == Kind::slice) return {Item::Kind::slice, 0, slice_of(std::get<std::vector<Value>>(value.data))};
    if (std::holds_alternative<std::monostate>(value.data)) return {Item::Kind::new_axis, 0, {}};
    if (const auto* list = std::get_if<std::vector<Value>>(&value.data); list || !shape_of(value).empty())
      throw Error(Errc::invalid_argument, "expected an integer, a slice, None or '...', got " + described(value) +
                                              "; arrays as indices are not taken, masks are applied by where()");
    return {Item::Kind::index, to_integer(value), {}};
  }

  const Tree& tree_;
  const std::map<std::string, Value, std::less<>>& names_;
  Context context_;
  std::vector<Slot> slots_;
  std::map<std::string, Slot, std::less<>> set_;
};

}  // namespace

Program::Program(std::string source) : tree_(std::make_shared<const Tree>(parse(std::move(source)))) {}

const std::string& Program::source() const {
  return tree_->source;
}

std::vector<Program::Name> Program::names() const {
  std::vector<Name> result;
  std::set<std::string> seen;
  for (const Node& node : tree_->nodes)
    if (node.kind == Kind::assign || (node.kind == Kind::name && !seen.contains(node.text))) {
      if (node.kind == Kind::name && !constant_named(node.text)) result.push_back({node.text, node.place});
      seen.insert(node.text);
    }
  return result;
}

Value Program::run(const std::map<std::string, Value, std::less<>>& names, const Options& options) const {
  return Run(*tree_, names, options).result();
}

}  // namespace fovea::language
