"""Writes array/creation.txt, array/print.txt and array/reshape.txt: NumPy's answers. Elements are hex, little-endian."""
import itertools
import pathlib

import numpy as np

folder = pathlib.Path(__file__).parent / "array"
NAMES = {"bool": "bool", "uint8": "u8", "int8": "i8", "uint16": "u16", "int16": "i16", "int32": "i32", "int64": "i64",
         "float16": "f16", "float32": "f32", "float64": "f64", "complex64": "c64", "complex128": "c128"}


def number(value):
    return str(value) if isinstance(value, int) else value.hex()


def creation():
    def line(kind, arguments, array, given):
        words = [kind, *map(number, arguments), NAMES[given] if given else "-", NAMES[array.dtype.name], str(array.size)]
        return " ".join(words) + " " + (array.tobytes().hex() or "-")

    types = ["uint8", "int8", "uint16", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128"]
    ranges = [(0, 5, 1), (5, 0, -1), (0, 10, 3), (0, 9, 3), (3, 3, 1), (5, 0, 1), (-7, 8, 4), (0, 1, 7), (0.0, 1.0, 0.1),
              (0.5, 4.75, 1.25), (1.0, 1.3, 0.1), (0, 5, 0.5), (0.0, 5.5, 1.5), (10.0, 0.0, -0.7), (1, 4, 0.3), (-1.0, 1.0, 0.25),
              (0.0, 2.0, 2.0 / 3.0), (100, 127, 9), (1e-3, 1.1e-2, 1e-3)]
    for a in ranges:
        yield line("arange", a, np.arange(*a), None)
        for t in types:
            if t[0] == "u" and min(a[0], a[0] + a[2]) < 0:
                continue
            yield line("arange", a, np.arange(*a, dtype=t), t)
    yield line("arange", (2**53, 2**53 + 5, 1), np.arange(2**53, 2**53 + 5), None)
    yield line("arange", (2**63 - 4, 2**63 - 1, 1), np.arange(2**63 - 4, 2**63 - 1), None)
    yield line("arange", (-2**63, 2**63 - 1, 2**62), np.arange(-2**63, 2**63 - 1, 2**62), None)
    spaces = [(0, 1), (1, 0), (2.0, 3.0), (-1.5, 1.5), (0, 10), (0.1, 0.7), (5, 5), (1e-300, 1e300), (0.0, 5e-324), (-3, 97),
              (-4e15, 1e16)]
    for a in spaces:
        for count, endpoint in itertools.product((0, 1, 2, 3, 7, 10, 49), (True, False)):
            yield line("linspace", (*a, count, int(endpoint)), np.linspace(*a, count, endpoint), None)
        for t in types:
            if t[0] == "u" and min(a) < 0 or max(map(abs, a)) > 100:
                continue
            yield line("linspace", (*a, 7, 1), np.linspace(*a, 7, dtype=t), t)
            yield line("linspace", (*a, 5, 0), np.linspace(*a, 5, endpoint=False, dtype=t), t)
    for n, m, k in itertools.product((0, 1, 3), (0, 2, 5), (-4, -2, -1, 0, 1, 2, 6)):
        yield line("eye", (n, m, k), np.eye(n, m, k), None)
    yield line("eye", (4, 4, 1), np.eye(4, 4, 1, "int16"), "int16")


def printing():
    rng = np.random.default_rng(7)
    special = [np.nan, np.inf, -np.inf, 0.0, -0.0]
    arrays = [
        np.array(5), np.array(-2.5), np.array(1 / 3), np.array(True), np.array(1 + 2j), np.array(1e10), np.array(np.nan),
        np.array([]), np.zeros((0, 3)), np.array([1.0]), np.array([[1]]), np.array([[[0.5]]]),
        np.array([True, False]), np.array([[True, True], [True, False]]), np.arange(10), np.arange(-5, 5), np.array([1, 10, -100, 1000]),
        np.array([2**63 - 1, -2**63]), np.array([0, 255], "u1"), np.array([-128, 127], "i1"), np.arange(100).reshape(10, 10),
        np.arange(24).reshape(2, 3, 4), np.arange(16).reshape(2, 2, 2, 2), np.arange(60) * 1000003, np.arange(1000), np.arange(1001),
        np.arange(2000).reshape(2, 1000), np.arange(2000).reshape(1000, 2), np.arange(1200).reshape(10, 12, 10), np.arange(1001) * 0.1,
        np.arange(1100).reshape(11, 4, 25) / 7, np.array(special), np.array([1.0, np.nan]), np.array([1.5, np.inf]), np.array([np.nan] * 3),
        np.array([-np.inf, 1]), np.array([np.nan, 1e10]), np.array([1e-5, np.inf, -1]), np.array([1e8]), np.array([99999999.0]), np.array([1e8 - 0.5]),
        np.array([1e-4]), np.array([9.9e-5]), np.array([1.0, 1000.0]), np.array([1.0, 1001.0]), np.array([0.001, 1.0]), np.array([0.00099, 1.0]),
        np.array([1e16, 1]), np.array([1e300, 1e-300]), np.array([5e-324]), np.array([1.7976931348623157e308]), np.array([0.1, 0.25, 1 / 3]),
        np.array([1.123456785, 2.5]), np.array([0.5, 0.125, 0.0625]), np.array([1e100, 1.5]), np.array([123456.789, 0.1]), np.array([-1.5, 2.0]),
        np.array([1 + 2j, -1.5 - 0.25j]), np.array([complex(np.nan, np.inf), 1j]), np.array([1e10 + 1j, 1]), np.array([1e-10j, 1 + 1j]),
        np.array([[1.5 + 2j, 3], [0, -1e-3j]]), np.array([complex(-0.0, -0.0)]), np.linspace(0, 1, 11), np.linspace(0, 1, 1001), np.pi * np.arange(20),
        np.sin(np.arange(50.0)), np.exp(np.arange(-10.0, 10)), 2.0 ** np.arange(-30, 30), 10.0 ** np.arange(-8, 8), np.array([6e-9, 1.0]), np.array([1e-10, 1.0]),
        np.array([4e-9, 0.2]), np.array([5.00000000001e-9, 1]), np.array([0.000012345, 12.5]), np.array([9.999999999, 1.0]), np.array([99999999.999999999]),
        np.array([999999995.0, 1.0]), np.array([0.99999999999, 0.5]),
    ]
    for scale in (1e-12, 1e-6, 1e-3, 1, 1e3, 1e6, 1e9, 1e200):
        arrays += [rng.standard_normal(5) * scale, rng.standard_normal((3, 4)) * scale, rng.standard_normal(4) * scale + 1j * rng.standard_normal(4)]
    for t in ("float16", "float32"):
        limit = float(np.finfo(t).max)
        pool = [*special, 1, 0.1, 1 / 3, 1e3, 999, 1e4, 1e-4, 1.1e-4, 9e-5, 60000.0, 1e5, 1e6, 999999.0, 1e7, 6e-8, 0.333, 16777216.0, 5e-5, 1001.0]
        arrays += [np.array([v], t) for v in pool if not abs(v) > limit or np.isinf(v)]
        arrays += [rng.standard_normal(6).astype(t) * np.array(s, t) for s in (0.01, 1, 100)]
        arrays += [np.array([1, 1000], t), np.array([1, 1001], t), np.array([0.001, 1], t), np.array([0.5, 499.75, 500], t), rng.standard_normal((2, 3, 2)).astype(t)]
    arrays += [(rng.standard_normal(5) + 1j * rng.standard_normal(5)).astype("complex64"), np.array([1e6 + 1e-5j, 1], "complex64")]
    for t in ("uint8", "int8", "uint16", "int16", "int32", "int64"):
        arrays.append(rng.integers(np.iinfo(t).min, np.iinfo(t).max, (3, 5), dtype=t))
    default = dict(precision=8, threshold=1000, edgeitems=3, linewidth=75, suppress=0, separator=" ")
    cases = [(a, default) for a in arrays]
    variants = [dict(precision=3), dict(precision=0), dict(precision=17), dict(suppress=1), dict(suppress=1, precision=2), dict(linewidth=20), dict(linewidth=0),
                dict(threshold=0), dict(threshold=5, edgeitems=1), dict(threshold=5, edgeitems=0), dict(separator=", "), dict(separator=",", linewidth=30),
                dict(threshold=0, edgeitems=2, separator=", ", linewidth=24)]
    small = [a for a in arrays if a.size <= 120]
    for k, v in enumerate(variants):
        cases += [(a, {**default, **v}) for a in small[k % 3::3] + [np.arange(24).reshape(2, 3, 4), np.arange(30.0) / 7, np.array([1e-10, 1.25, 3])]]
    for array, o in cases:
        text = np.array2string(array, precision=o["precision"], threshold=o["threshold"], edgeitems=o["edgeitems"], max_line_width=o["linewidth"],
                               suppress_small=bool(o["suppress"]), separator=o["separator"])
        kind, data = ("hex", array.tobytes().hex() or "-") if array.size <= 1000 else ("count", "-")
        if kind == "count" and not (array.dtype == "int64" and np.array_equal(array.ravel(), np.arange(array.size))):
            if array.size > 1001:
                continue
            kind, data = "hex", array.tobytes().hex()
        shape = ",".join(map(str, array.shape)) or "-"
        yield (f"{NAMES[array.dtype.name]} {shape} {kind} {data} {o['precision']} {o['threshold']} {o['edgeitems']} {o['linewidth']} {o['suppress']} "
               f"{o['separator'].replace(' ', '_')} {text.count(chr(10)) + 1}\n{text}")


def reshaping():
    """Views of arange(120).reshape(2, 3, 4, 5): slices and orders of axes, each to several shapes; the strides of a view, or `copy`."""
    base = np.arange(120).reshape(2, 3, 4, 5)
    rng = np.random.default_rng(3)
    shapes = [s for s in itertools.product((1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 24, 30, 60, 120), repeat=3) if np.prod(s) in (120, 60, 40, 24, 30)]
    for _ in range(400):
        order = [(0, 1, 2, 3), (0, 1, 3, 2), (2, 3, 0, 1), (3, 0, 1, 2)][rng.integers(4)]
        steps = np.ones(4, int)
        steps[rng.integers(4)] = rng.choice([1, 2, -1])
        view = base.transpose(order)[tuple(slice(None, None, int(s)) for s in steps)]
        fitting = [s for s in shapes if np.prod(s) == view.size]
        if not fitting:
            continue
        shape = fitting[rng.integers(len(fitting))]
        try:
            answer = np.reshape(view, shape, copy=False)
            strides = ",".join(str(s // 8) if n != 1 else "0" for s, n in zip(answer.strides, shape))
        except ValueError:
            strides = "copy"
        yield " ".join([",".join(map(str, order)), ",".join(map(str, steps)), ",".join(map(str, shape)), strides])


for name, lines in (("creation", creation()), ("print", printing()), ("reshape", reshaping())):
    (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
