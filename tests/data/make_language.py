#!/usr/bin/env python3
"""Writes language/trees.txt and language/values.txt: what Python makes of expressions. Run by hand, with Python alone.

trees.txt: pairs of lines, a source and the same with every operation in parentheses, by Python's own parser.
values.txt: pairs of lines, a source of integers and reals and Python's value of it.
"""
import ast
import random
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "language"
SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.MatMult: "@",
    ast.Pow: "**", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.Not: "not ", ast.And: "and", ast.Or: "or",
}


def sign(op):
    return SIGNS[type(op)]


def shown(node):
    if isinstance(node, ast.Constant):
        if node.value is Ellipsis:
            return "..."
        if isinstance(node.value, complex):
            return f"{node.value.imag!r}j"
        return repr(node.value)
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.UnaryOp):
        return f"({sign(node.op)}{shown(node.operand)})"
    if isinstance(node, ast.BinOp):
        return f"({shown(node.left)} {sign(node.op)} {shown(node.right)})"
    if isinstance(node, ast.BoolOp):
        text = shown(node.values[0])
        for value in node.values[1:]:
            text = f"({text} {sign(node.op)} {shown(value)})"
        return text
    if isinstance(node, ast.Compare):
        rest = "".join(f" {sign(op)} {shown(c)}" for op, c in zip(node.ops, node.comparators))
        return f"({shown(node.left)}{rest})"
    if isinstance(node, ast.Call):
        arguments = [shown(a) for a in node.args] + [f"{k.arg}={shown(k.value)}" for k in node.keywords]
        return f"{shown(node.func)}({', '.join(arguments)})"
    if isinstance(node, ast.Attribute):
        return f"{shown(node.value)}.{node.attr}"
    if isinstance(node, ast.Subscript):
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return f"{shown(node.value)}[{', '.join(map(shown, items))}]"
    if isinstance(node, ast.Slice):
        part = lambda n: "" if n is None else shown(n)
        return f"{part(node.lower)}:{part(node.upper)}" + (f":{shown(node.step)}" if node.step else "")
    if isinstance(node, ast.List):
        return "[" + ", ".join(map(shown, node.elts)) + "]"
    if isinstance(node, ast.Tuple):
        return "(" + ", ".join(map(shown, node.elts)) + (",)" if len(node.elts) == 1 else ")")
    raise ValueError(ast.dump(node))


BINARY = ["+", "-", "*", "/", "//", "%", "@", "**", "<<", ">>", "&", "|", "^", "<", "<=", ">", ">=", "==", "!=", "and", "or"]
UNARY = ["-", "+", "~", "not "]
HAND = """
-x ** 2
-x ** -y ** 2
2 ** 3 ** 2
2 ** -1
-2 ** 2
~x ** 2 + 1
not a == b
not not a and b or c
a < b < c == d
a - b - c
a / b / c * d // e1 % f @ g
a + b * c ** d - f
a << b + c
a & b | c ^ d & f
a | b == c
x[1:10:2, ::-1, ..., None]
x[0][-1].T.real
x[:, a + 1]
x[a:b]
x[::2]
x[-1, ...]
-x[0] ** 2
-f(x) ** 2
x.sum(axis=0).T
f(a, b + 1, k=c * 2, mode='same')
f(a, [1, 2.5, [3]], (1,), (), (1, 2), None, True, False)
sum(sqrt(x) + x**2)
correlate2d(img, k, mode='same')
1j * 2.5e-3 + .5 + 5. + 0x1F + 0b101 + 0o17 + 1_000
"plain" + 'say "x"'
((((a))))
- - + ~x
a ** b.T ** c[0]
not a < b
not (a and b)
a or not b
(a, b)[0]
[a, b][1]
f()
f(x,)
""".strip().split("\n")


def random_source(rng, depth):
    kind = rng.random()
    if depth == 0 or kind < 0.12:
        return rng.choice(["a", "b", "c", "x", "1", "2.5", "x.T", "x[0]", "f(a)", "7"])
    if kind < 0.27:
        return rng.choice(UNARY) + random_source(rng, depth - 1)
    if kind < 0.37:
        return "(" + random_source(rng, depth - 1) + ")"
    return random_source(rng, depth - 1) + " " + rng.choice(BINARY) + " " + random_source(rng, depth - 1)


def number_source(rng, depth):
    kind = rng.random()
    if depth == 0 or kind < 0.1:
        return rng.choice(["1", "2", "3", "7", "10", "0.5", "1.25", "0x1F", "1e3", "255"])
    if kind < 0.25:
        return rng.choice(["-", "+", "-", "~"]) + number_source(rng, depth - 1)
    if kind < 0.4:
        return "(" + number_source(rng, depth - 1) + ")"
    op = rng.choice(["+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "<", ">=", "=="])
    return number_source(rng, depth - 1) + " " + op + " " + number_source(rng, depth - 1)


def small(value):
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) < 2**62
    return isinstance(value, float) and abs(value) < 1e300


def value_of(source):
    """Python's value, or None where a part of it is outside 64 bits or an error."""
    tree = ast.parse(source, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert) and isinstance(node.operand, ast.Compare):
                return None  # ~True: NumPy's is False, Python's -2
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
                power = value_of(ast.unparse(node.right))
                if power is None or abs(power) > 64:
                    return None
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift):
                count = value_of(ast.unparse(node.right))
                if count is None or count > 64:
                    return None
            try:
                value = eval(compile(ast.Expression(node), "", "eval"))  # sources made here alone
            except (ZeroDivisionError, TypeError, OverflowError, ValueError):
                return None
            if not small(value):
                return None
    return eval(compile(tree, "", "eval"))


def main():
    FOLDER.mkdir(exist_ok=True)
    rng = random.Random(20261125)
    sources = [line for line in HAND]
    while len(sources) < 500:
        source = random_source(rng, rng.randint(1, 5))
        try:
            ast.parse(source, mode="eval")
        except SyntaxError:
            continue
        if len(source) < 120:
            sources.append(source)
    with open(FOLDER / "trees.txt", "w") as out:
        for source in sources:
            out.write(f"{source}\n{shown(ast.parse(source, mode='eval').body)}\n")
    pairs = []
    while len(pairs) < 300:
        source = number_source(rng, rng.randint(1, 4))
        try:
            value = value_of(source)
        except SyntaxError:
            continue
        if value is not None and len(source) < 100:
            pairs.append((source, value))
    with open(FOLDER / "values.txt", "w") as out:
        for source, value in pairs:
            out.write(f"{source}\n{value!r}\n")


main()
