#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "language/token.h"
#include "language/tree.h"

namespace fovea::language {
namespace {

using Kind = Node::Kind;

// What binds tighter is later.
enum Level {
  level_or,
  level_and,
  level_not,
  level_compare,
  level_bit_or,
  level_bit_xor,
  level_bit_and,
  level_shift,
  level_sum,
  level_product,
  level_unary,
  level_power
};

struct Infix {
  std::string_view sign;
  Level level;
  Op op;
};
constexpr std::array infixes{
    Infix{"or", level_or, Op::logical_or},     Infix{"and", level_and, Op::logical_and},
    Infix{"<", level_compare, Op::less},       Infix{"<=", level_compare, Op::less_equal},
    Infix{">", level_compare, Op::greater},    Infix{">=", level_compare, Op::greater_equal},
    Infix{"==", level_compare, Op::equal},     Infix{"!=", level_compare, Op::not_equal},
    Infix{"|", level_bit_or, Op::bit_or},      Infix{"^", level_bit_xor, Op::bit_xor},
    Infix{"&", level_bit_and, Op::bit_and},    Infix{"<<", level_shift, Op::shift_left},
    Infix{">>", level_shift, Op::shift_right}, Infix{"+", level_sum, Op::add},
    Infix{"-", level_sum, Op::subtract},       Infix{"*", level_product, Op::multiply},
    Infix{"/", level_product, Op::divide},     Infix{"//", level_product, Op::floor_divide},
    Infix{"%", level_product, Op::remainder},  Infix{"@", level_product, Op::matmul},
    Infix{"**", level_power, Op::power},
};

class Parser {
 public:
  explicit Parser(std::string source) {
    tree_.source = std::move(source);
    if (tree_.source.size() > Program::max_source)
      refuse(tree_.source, {Program::max_source, 1},
             "expected at most " + std::to_string(Program::max_source) + " bytes, got more");
    tokens_ = tokens_of(tree_.source);
  }

  Tree run() {
    while (true) {
      if (token().kind == Token::Kind::name && next_is("=")) {
        Token name = take();
        if (reserved(name.text)) fail(name.place, "expected a name to set, got '" + name.text + "'");
        ++at_;
        const Id value = expression();
        Node node = made(Kind::assign, name.place, {value});
        node.text = std::move(name.text);
        add(std::move(node));
        if (!accept(";"))
          unexpected(token().kind == Token::Kind::end ? "';' and an expression after what is set"
                                                      : "';' or an operator");
        if (token().kind == Token::Kind::end) unexpected("an expression after what is set");
        continue;
      }
      expression();
      accept(";");
      if (token().kind != Token::Kind::end) unexpected("an operator or the end");
      return std::move(tree_);
    }
  }

 private:
  using Id = std::uint32_t;

  // Counts how deep the parser's own calls are.
  struct Depth {
    explicit Depth(Parser& p) : parser(p) {
      if (++parser.depth_ > Program::max_depth)
        parser.fail(parser.token().place,
                    "expected at most " + std::to_string(Program::max_depth) + " levels of nesting, got more");
    }
    ~Depth() { --parser.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    Parser& parser;
  };

  static bool reserved(std::string_view name) {
    for (const std::string_view word :
         {"and", "or", "not", "True", "False", "None", "if", "else", "for", "in", "is", "lambda"})
      if (name == word) return true;
    return false;
  }

  const Token& token() const { return tokens_[at_]; }
  Token take() { return std::move(tokens_[at_++]); }
  bool is(std::string_view sign) const { return is(token(), sign); }
  static bool is(const Token& t, std::string_view sign) { return t.kind == Token::Kind::sign && t.text == sign; }
  bool next_is(std::string_view sign) const { return at_ + 1 < tokens_.size() && is(tokens_[at_ + 1], sign); }
  bool word(std::string_view text) const { return token().kind == Token::Kind::name && token().text == text; }
  bool accept(std::string_view sign) {
    if (!is(sign)) return false;
    ++at_;
    return true;
  }

  [[noreturn]] void fail(Place place, const std::string& message) const { refuse(tree_.source, place, message); }
  [[noreturn]] void unexpected(const std::string& wanted) const {
    const Token& t = token();
    const std::string_view text = std::string_view(tree_.source).substr(t.place.offset, t.place.length);
    std::string cure;
    if (is("=")) cure = "; two values are compared by '=='";
    if (word("if")) cure = "; choose by where(condition, then, otherwise)";
    fail(t.place, "expected " + wanted + ", got " +
                      (t.kind == Token::Kind::end ? "the end" : "'" + escaped(text.substr(0, 40)) + "'") + cure);
  }
  // For an opening bracket that is not closed, the message names it.
  void close(std::string_view sign, Place opened) {
    if (accept(sign)) return;
    if (token().kind == Token::Kind::end)
      fail(opened, "expected '" + std::string(sign) + "' for this bracket, got the end");
    unexpected("',' or '" + std::string(sign) + "'");
  }

  static Node made(Kind kind, Place place, std::vector<Id> children) {
    Node node;
    node.kind = kind;
    node.place = place;
    node.children = std::move(children);
    return node;
  }
  Id add(Node node) {
    tree_.nodes.push_back(std::move(node));
    return static_cast<Id>(tree_.nodes.size() - 1);
  }
  Id constant(Place place, decltype(Value::data) value) {
    Node node = made(Kind::constant, place, {});
    node.value.data = std::move(value);
    return add(std::move(node));
  }

  Id expression() { return operation(level_or); }

  const Infix* infix(Level least) const {
    const Token& t = token();
    if (t.kind != Token::Kind::sign && t.kind != Token::Kind::name) return nullptr;
    const auto* at = std::find_if(infixes.begin(), infixes.end(), [&](const Infix& i) { return i.sign == t.text; });
    return at != infixes.end() && at->level >= least ? at : nullptr;
  }

  Id operation(Level least) {
    const Depth depth(*this);
    Id left = prefix(least);
    while (const Infix* found = infix(least)) {
      const Place place = take().place;
      if (found->level == level_compare) {
        left = comparisons(left, place, found->op);
        continue;
      }
      // The right-hand side of ** begins anew with a sign, and takes further ** itself.
      const Level right = found->level == level_power ? level_unary : static_cast<Level>(found->level + 1);
      Node node = made(Kind::binary, place, {left, operation(right)});
      node.ops = {found->op};
      left = add(std::move(node));
    }
    return left;
  }

  Id comparisons(Id left, Place place, Op op) {
    Node node = made(Kind::compare, place, {left, operation(level_bit_or)});
    node.ops = {op};
    while (const Infix* more = infix(level_compare)) {
      if (more->level != level_compare) break;
      ++at_;
      node.children.push_back(operation(level_bit_or));
      node.ops.push_back(more->op);
    }
    return add(std::move(node));
  }

  Id unary(Op op, Level level) {
    const Place place = take().place;
    Node node = made(Kind::unary, place, {operation(level)});
    node.ops = {op};
    return add(std::move(node));
  }

  Id prefix(Level least) {
    if (word("not")) {
      if (least > level_not) unexpected("an operand; put 'not ...' in parentheses");
      return unary(Op::logical_not, level_not);
    }
    if (is("-")) return unary(Op::negative, level_unary);
    if (is("+")) return unary(Op::positive, level_unary);
    if (is("~")) return unary(Op::invert, level_unary);
    return postfix();
  }

  Id postfix() {
    Id left = primary();
    while (true) {
      const Place place = token().place;
      if (accept(".")) {
        if (token().kind != Token::Kind::name) unexpected("a name after '.'");
        Token name = take();
        const bool method = is("(");
        Node node = method ? call(name.place, {left}) : made(Kind::attribute, name.place, {left});
        node.text = std::move(name.text);
        node.method = method;
        left = add(std::move(node));
      } else if (accept("[")) {
        left = add(index(left, place));
      } else if (is("(")) {
        fail(place, "expected an operator, got '('; only functions can be called, by their names");
      } else {
        return left;
      }
    }
  }

  Node call(Place name, std::vector<Id> arguments) {
    const Place opened = take().place;
    std::vector<std::string> keywords;
    while (!is(")")) {
      if (token().kind == Token::Kind::name && next_is("=")) {
        Token keyword = take();
        ++at_;
        if (std::find(keywords.begin(), keywords.end(), keyword.text) != keywords.end())
          fail(keyword.place, "expected " + keyword.text + "= once, got it twice");
        keywords.push_back(keyword.text);
        Node node = made(Kind::keyword, keyword.place, {expression()});
        node.text = std::move(keyword.text);
        arguments.push_back(add(std::move(node)));
      } else {
        const Place place = token().place;
        if (!keywords.empty()) fail(place, "expected only NAME=VALUE after " + keywords.front() + "=");
        arguments.push_back(expression());
      }
      if (!accept(",")) break;
    }
    close(")", opened);
    return made(Kind::call, name, std::move(arguments));
  }

  Node index(Id object, Place opened) {
    Node node = made(Kind::index, opened, {object});
    while (!is("]")) {
      node.children.push_back(item());
      if (!accept(",")) break;
    }
    close("]", opened);
    if (node.children.size() == 1) fail(opened, "expected an index or a slice, got []");
    return node;
  }

  Id item() {
    const Place place = token().place;
    const auto part = [&] {
      return is(":") || is(",") || is("]") ? constant(token().place, std::monostate{}) : expression();
    };
    if (is("...")) {
      ++at_;
      return add(made(Kind::ellipsis, place, {}));
    }
    const Id first = part();
    if (!accept(":")) return first;
    const Id stop = part();
    const Id step = accept(":") ? part() : constant(place, std::monostate{});
    return add(made(Kind::slice, place, {first, stop, step}));
  }

  Id bracketed(std::string_view closing, Kind kind) {
    const Place opened = take().place;
    std::vector<Id> items;
    bool comma = false;
    while (!is(closing)) {
      items.push_back(expression());
      comma = accept(",");
      if (!comma) break;
    }
    close(closing, opened);
    if (kind == Kind::tuple && items.size() == 1 && !comma) return items[0];
    return add(made(kind, opened, std::move(items)));
  }

  Id primary() {
    const Place place = token().place;
    if (token().kind == Token::Kind::number) return constant(place, take().value.data);
    if (token().kind == Token::Kind::text) return constant(place, take().text);
    if (is("(")) return bracketed(")", Kind::tuple);
    if (is("[")) return bracketed("]", Kind::list);
    if (token().kind == Token::Kind::name) {
      if (word("True") || word("False")) return constant(place, take().text == "True");
      if (word("None")) return ++at_, constant(place, std::monostate{});
      if (!reserved(token().text)) {
        Token name = take();
        Node node = is("(") ? call(place, {}) : made(Kind::name, place, {});
        node.text = std::move(name.text);
        return add(std::move(node));
      }
    }
    unexpected("a number, a name or '('");
  }

  Tree tree_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string_view sign_of(Op op) {
  if (op == Op::logical_not) return "not";
  if (op == Op::negative) return "-";
  if (op == Op::positive) return "+";
  if (op == Op::invert) return "~";
  const auto* at = std::find_if(infixes.begin(), infixes.end(), [&](const Infix& i) { return i.op == op; });
  return at->sign;
}

Tree parse(std::string source) {
  return Parser(std::move(source)).run();
}

}  // namespace fovea::language
