#!/usr/bin/env python3
"""Writes tests/data/arrays/: the operands of the table in docs/arrays.md and the value of each row's NumPy column."""
import pathlib
import re

import numpy as np
import scipy as sp
import scipy.ndimage
import scipy.special
import scipy.signal

DATA = pathlib.Path(__file__).parent
OUT = DATA / "arrays"


def operands():
    random = np.random.default_rng(3)
    return {
        "x": random.random((4, 6)),
        "y": random.random((4, 6)) + 0.1,
        "n": np.array([3, -7, 0, 12, 5], np.int32),
        "z": random.normal(size=(3, 4)) + 1j * random.normal(size=(3, 4)),
        "img": random.integers(0, 256, (9, 8)).astype(np.uint8),
        "k": random.normal(size=(3, 3)),
    }


def rows():
    for line in (DATA.parent.parent / "docs/arrays.md").read_text().split("\n"):
        found = re.fullmatch(r"\| `(.+)` \| `(.+)` \| `(.+)` \|", line)
        if found:
            yield found.groups()


def main():
    OUT.mkdir(exist_ok=True)
    for old in OUT.glob("*.npy"):
        old.unlink()
    names = operands()
    for name, value in names.items():
        np.save(OUT / f"{name}.npy", value)
    with np.errstate(all="ignore"):
        for index, (numpy, _, _) in enumerate(rows()):
            value = np.asarray(eval(numpy, {"np": np, "sp": sp, **names}))
            np.save(OUT / f"row{index:02}.npy", np.ascontiguousarray(value) if value.ndim else value)
    (OUT / "rows.txt").write_text("".join(f"{numpy}\n" for numpy, _, _ in rows()))


if __name__ == "__main__":
    main()
