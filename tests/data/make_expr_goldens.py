#!/usr/bin/env python3
"""Writes tests/data/expr/: NumPy's answers for every elementwise function, promotion and reduction. Needs NumPy 2."""
import itertools
import pathlib
import warnings

import numpy as np

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "expr"
NAMES = {"bool": "?", "u8": "u1", "i8": "i1", "u16": "u2", "i16": "i2", "i32": "i4", "i64": "i8", "f16": "f2", "f32": "f4",
         "f64": "f8", "c64": "c8", "c128": "c16"}
OF = {np.dtype(code): name for name, code in NAMES.items()}
UNARY = ("negative abs sign square reciprocal sqrt cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan "
         "sinh cosh tanh arcsinh arccosh arctanh deg2rad rad2deg floor ceil trunc rint invert logical_not isnan isinf "
         "isfinite signbit real imag conj angle").split()
BINARY = ("add subtract multiply divide floor_divide remainder fmod power maximum minimum fmax fmin hypot copysign arctan2 "
          "equal not_equal less less_equal greater greater_equal bitwise_and bitwise_or bitwise_xor left_shift right_shift "
          "logical_and logical_or logical_xor").split()
# What NumPy leaves undefined, or does by other rules that docs/arrays.md names.
SKIPPED_BOOL = {"floor", "ceil", "trunc", "square", "reciprocal", "power", "conj", "angle"}
COMPLEX_WITHOUT_ORDER = {"maximum", "minimum", "fmax", "fmin", "less", "less_equal", "greater", "greater_equal"}


def values(name):
    if name == "bool":
        return np.array([False, True])
    dtype = np.dtype(NAMES[name])
    if dtype.kind in "iu":
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        return np.unique([low, 0, 1, 2, 3, 7, 100, high] + ([-1, -2, -7] if low else [])).astype(dtype)
    real = [0.0, -0.0, 1.0, -1.0, 0.5, -0.25, 2.5, -3.5, 7.0, 1e-3, 100.7, np.inf, -np.inf, np.nan, 3e-5]
    if dtype.kind == "f":
        return np.array(real, dtype)
    return np.array([0, 1, -1, 1j, -1j, 0.5 + 0.25j, -2 + 3j, 4 - 1.5j, 1e-3 + 1e-3j], dtype)


def pairs(name):
    few = values(name)
    if few.size > 11:
        few = few[[0, 1, 2, 3, 4, 6, 7, 8, 11, 12, 13]]
    a, b = np.meshgrid(few, few, indexing="ij")
    return a.ravel(), b.ravel()


def defined(function, name, a, b):
    """Which pairs have an answer that NumPy and C define."""
    keep = np.ones(a.shape, bool)
    if name in ("u8", "i8", "u16", "i16", "i32", "i64"):
        if function == "power":
            keep &= b >= 0
        if function in ("left_shift", "right_shift"):
            keep &= (b >= 0) & (b.astype(np.float64) < 8 * a.dtype.itemsize)
    if name in ("c64", "c128") and function in ("divide", "power"):
        keep &= b != 0
        keep &= (a != 0) | (function == "divide")
    return keep


class Store:
    def __init__(self):
        self.bytes, self.lines = bytearray(), []

    def put(self, array):
        array = np.ascontiguousarray(array)
        at = len(self.bytes)
        self.bytes += array.tobytes()
        return f"{OF[array.dtype]}:{at}:{array.size}"


def elementwise(store):
    for name in NAMES:
        for function in UNARY:
            if name == "bool" and function in SKIPPED_BOOL:
                continue
            a = values(name)
            if function == "log1p" and name[0] == "c":
                continue  # NumPy's loses digits near 0
            if function == "reciprocal" and a.dtype.kind in "iuc":
                a = a[a != 0]
            try:
                result = np.abs(a) if function == "abs" else getattr(np, function)(a)
            except TypeError:
                store.lines.append(f"{function}\t{store.put(a)}\trefused")
                continue
            store.lines.append(f"{function}\t{store.put(a)}\t{store.put(result)}")
        for function in BINARY:
            if name == "bool" and function in SKIPPED_BOOL or name[0] == "c" and function in COMPLEX_WITHOUT_ORDER:
                continue
            a, b = pairs(name)
            keep = defined(function, name, a, b)
            a, b = a[keep], b[keep]
            try:
                result = getattr(np, function)(a, b)
            except TypeError:
                store.lines.append(f"{function}\t{store.put(a)}\t{store.put(b)}\trefused")
                continue
            store.lines.append(f"{function}\t{store.put(a)}\t{store.put(b)}\t{store.put(result)}")


def promotions():
    lines = []
    scalars = {"bool": True, "int": 1, "float": 1.0, "complex": 1j}
    for a, b in itertools.product(NAMES, NAMES):
        lines.append(f"{a}\t{b}\t{OF[np.promote_types(NAMES[a], NAMES[b])]}")
    for a in NAMES:
        for kind, scalar in scalars.items():
            lines.append(f"{a}\t{kind}\t{OF[np.result_type(np.zeros(1, NAMES[a]), scalar)]}")
    return lines


def reductions(store):
    random = np.random.default_rng(7)
    functions = "sum prod mean var std min max argmin argmax any all count_nonzero norm".split()
    for name in NAMES:
        for shape in ((3, 4, 5), (1, 1), (7,), (2, 1, 3)):
            if name[0] == "c":
                x = random.normal(size=shape) + 1j * random.normal(size=shape)
            elif name[0] == "f":
                x = random.normal(size=shape)
            else:
                x = random.integers(0, 2 if name == "bool" else 9, shape)
            x = x.astype(NAMES[name])
            axes = [None] + [(k,) for k in range(-1, x.ndim)] + ([(0, 2)] if x.ndim > 2 else [])
            where = store.put(x) + "\t" + ",".join(map(str, shape))
            for function, axis in itertools.product(functions, axes):
                if name[0] == "c" and function in ("min", "max", "argmin", "argmax"):
                    continue
                single = axis if axis is None or len(axis) > 1 else axis[0]
                if function in ("argmin", "argmax") and axis and len(axis) > 1:
                    continue
                if function == "norm":
                    wide = x.astype(np.float64) if x.dtype.kind in "bui" else x
                    result = np.sqrt(np.sum(np.abs(wide) ** 2, axis=single))
                else:
                    result = getattr(np, function)(x, axis=single)
                result = np.asarray(result)
                if x.dtype.kind in "bui" and function in ("sum", "prod"):
                    result = result.astype(np.int64)  # NumPy has u64 here, which we do not
                text = "all" if axis is None else ",".join(map(str, axis))
                store.lines.append(f"{function}\t{where}\t{text}\t{store.put(result)}")


def write(name, store):
    np.save(OUT / f"{name}.npy", np.frombuffer(bytes(store.bytes), np.uint8))
    (OUT / f"{name}.tsv").write_text("\n".join(store.lines) + "\n")


def main():
    OUT.mkdir(exist_ok=True)
    for name, fill in (("elementwise", elementwise), ("reductions", reductions)):
        store = Store()
        fill(store)
        write(name, store)
    (OUT / "promotions.tsv").write_text("\n".join(promotions()) + "\n")


if __name__ == "__main__":
    main()
