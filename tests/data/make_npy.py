"""Writes npy/*.npy: small arrays of each type, byte order, version and memory order that load_npy takes."""
import pathlib

import numpy as np

folder = pathlib.Path(__file__).parent / "npy"
folder.mkdir(exist_ok=True)

signed = [[0, 1, -2], [3, -4, 100]]
unsigned = [[0, 1, 2], [3, 200, 255]]
real = [[0.0, 1.5, -2.25], [0.0009765625, -4.0, np.inf]]
values = {"|b1": [[0, 1, 1], [1, 0, 0]], "|u1": unsigned, "|i1": signed, "u2": unsigned, "i2": signed, "i4": signed,
          "i8": signed, "f2": real, "f4": real, "f8": real}
for code, data in values.items():
    for order in "|" if code[0] == "|" else "<>":
        dtype = np.dtype(code if code[0] == "|" else order + code)
        name = {"|": "", "<": "_le", ">": "_be"}[order]
        np.save(folder / f"{code.strip('|')}{name}.npy", np.array(data).astype(dtype))

matrix = np.arange(24, dtype="<f4").reshape(2, 3, 4)
for version in (1, 2, 3):
    with open(folder / f"version{version}.npy", "wb") as file:
        np.lib.format.write_array(file, matrix, version=(version, 0))
np.save(folder / "fortran.npy", np.asfortranarray(matrix))
np.save(folder / "fortran_be.npy", np.asfortranarray(matrix.astype(">f8")))
np.save(folder / "scalar.npy", np.float32(7.5))
np.save(folder / "no_rows.npy", np.zeros((0, 3), "<f4"))
np.save(folder / "one_axis.npy", np.array([1, 2], "<i2"))


def old(descr, shape, body):
    """As NumPy before 1.14 under Python 2 wrote it: padded to 16 bytes, long integers."""
    text = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)
    text += " " * (-(10 + len(text) + 1) % 16) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + body


(folder / "python2.npy").write_bytes(old("<f4", "(2L, 3L)", np.arange(6, dtype="<f4").tobytes()))
(folder / "odd_offset.npy").write_bytes(
    b"\x93NUMPY\x01\x00" + (56).to_bytes(2, "little")
    + b"{'shape': (2,), \"fortran_order\": False,'descr':'<f4'}".ljust(55) + b"\n" + np.array([1, -1], "<f4").tobytes())
(folder / "bool_bytes.npy").write_bytes(old("|b1", "(4,)", bytes([0, 1, 2, 255])))
