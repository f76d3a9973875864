"""Writes npz/*.npz: archives as NumPy makes them, stored and deflated; complex .npy files in npy/."""
import pathlib

import numpy as np

folder = pathlib.Path(__file__).parent / "npz"
folder.mkdir(exist_ok=True)
arrays = {"a": np.arange(6, dtype="<f4").reshape(2, 3), "z": np.array([1 + 2j, -3.5j], "<c8"), "folder/n": np.array(7),
          "fortran": np.asfortranarray(np.arange(6, dtype=">i4").reshape(2, 3)), "none": np.zeros((0, 3)), "flags": np.array([True, False])}
np.savez(folder / "stored.npz", **arrays)
np.savez_compressed(folder / "deflated.npz", **arrays)
np.savez_compressed(folder / "zeros.npz", x=np.zeros(1_000_000))
np.savez(folder / "unnamed.npz", np.arange(3), np.arange(4.0))
np.savez(folder / "empty.npz")
np.savez(folder / "objects.npz", o=np.array([None, 1], dtype=object))
values = [[1 + 2j, -0.5j, 3], [4 - 1j, np.inf, 0.25 + 1e10j]]
for code in ("c8", "c16"):
    for order, name in (("<", "le"), (">", "be")):
        np.save(folder.parent / "npy" / f"{code}_{name}.npy", np.array(values).astype(order + code))
