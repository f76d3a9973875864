#include <charconv>

#include "base/text.h"
#include "language/tree.h"

namespace fovea::language {
namespace {

using Kind = Node::Kind;

std::string number(double value) {
  char buffer[32];
  const auto [end, code] = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string text(buffer, end);
  return text.find_first_of(".en") == text.npos ? text + ".0" : text;
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\n' || c == '\t' || c == '\\' || c == '\'') result += '\\';
    result += c == '\n' ? 'n' : c == '\t' ? 't' : c;
  }
  return result + "'";
}

std::string constant(const Value& value) {
  if (const auto* yes = std::get_if<bool>(&value.data)) return *yes ? "True" : "False";
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) return std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&value.data)) return number(*real);
  if (const auto* pair = std::get_if<std::complex<double>>(&value.data)) return number(pair->imag()) + "j";
  if (const auto* text = std::get_if<std::string>(&value.data)) return quoted(*text);
  return "None";
}

std::string joined(std::vector<std::string> parts, const std::string& separator) {
  std::string result;
  for (std::size_t k = 0; k < parts.size(); ++k) result += (k ? separator : "") + parts[k];
  return result;
}

std::string slice(const std::vector<std::string>& parts) {
  const auto shown = [](const std::string& part) { return part == "None" ? "" : part; };
  const std::string step = shown(parts[2]);
  return shown(parts[0]) + ":" + shown(parts[1]) + (step.empty() ? "" : ":" + step);
}

std::string text_of(const Node& node, std::vector<std::string> parts) {
  const auto from = [&](std::size_t first) {
    return joined({parts.begin() + static_cast<std::ptrdiff_t>(first), parts.end()}, ", ");
  };
  switch (node.kind) {
    case Kind::constant:
      return constant(node.value);
    case Kind::ellipsis:
      return "...";
    case Kind::name:
      return node.text;
    case Kind::list:
      return "[" + from(0) + "]";
    case Kind::tuple:
      return "(" + from(0) + (parts.size() == 1 ? ",)" : ")");
    case Kind::unary:
      return "(" + std::string(sign_of(node.ops[0])) + (node.ops[0] == Op::logical_not ? " " : "") + parts[0] + ")";
    case Kind::binary:
    case Kind::compare: {
      std::string text = "(" + std::move(parts[0]);
      for (std::size_t k = 0; k < node.ops.size(); ++k)
        text += " " + std::string(sign_of(node.ops[k])) + " " + parts[k + 1];
      return text + ")";
    }
    case Kind::call:
      return (node.method ? parts[0] + "." : "") + node.text + "(" + from(node.method ? 1 : 0) + ")";
    case Kind::keyword:
      return node.text + "=" + parts[0];
    case Kind::attribute:
      return parts[0] + "." + node.text;
    case Kind::index:
      return parts[0] + "[" + from(1) + "]";
    case Kind::slice:
      return slice(parts);
    case Kind::assign:
      return node.text + " = " + parts[0] + "; ";
  }
  return "";
}

}  // namespace

std::string Program::parenthesised() const {
  std::vector<std::string> texts;
  std::string result;
  for (const Node& node : tree_->nodes) {
    std::vector<std::string> parts;
    for (const std::uint32_t child : node.children) parts.push_back(std::move(texts[child]));
    texts.push_back(text_of(node, std::move(parts)));
    if (node.kind == Kind::assign) result += texts.back();
  }
  return result + texts.back();
}

}  // namespace fovea::language
