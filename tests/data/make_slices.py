"""Writes array/slices.txt: one line `extent start stop step : values` for NumPy's arange(extent)[start:stop:step]; `-` is None."""
import itertools
import pathlib

import numpy as np

bounds = [None, -6, -1, 0, 2, 9]
lines = []
for extent, start, stop, step in itertools.product([0, 1, 4], bounds, bounds, [1, 3, -1, -2, 2**62, -(2**62)]):
    values = np.arange(extent)[start:stop:step]
    fields = ["-" if v is None else str(v) for v in (extent, start, stop, step)]
    lines.append(" ".join([*fields, ":", *map(str, values)]))
target = pathlib.Path(__file__).parent / "array" / "slices.txt"
target.parent.mkdir(exist_ok=True)
target.write_text("\n".join(lines) + "\n")
