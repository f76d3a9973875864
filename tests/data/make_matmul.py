"""Writes matmul/NUMBER.npy: NumPy's products of the shapes that tests/ops/matmul_test.cpp lists, of whole numbers that
every type holds exactly."""
import pathlib

import numpy as np

shapes = [((5,), (5,)), ((5,), (5, 3)), ((4, 5), (5,)), ((4, 5), (5, 3)), ((2, 4, 5), (5, 3)), ((5,), (2, 5, 3)),
          ((2, 4, 5), (5,)), ((2, 1, 4, 5), (3, 5, 2)), ((3, 0), (0, 2)), ((0, 3), (3, 2)), ((0, 2, 3), (3, 1)),
          ((1, 1), (1, 1)), ((2, 3, 1, 4), (1, 3, 4, 1))]


def operand(shape, step, modulus):
    count = int(np.prod(shape))
    return (np.arange(count) * step % modulus - modulus // 2).reshape(shape).astype(np.int64)


target = pathlib.Path(__file__).parent / "matmul"
target.mkdir(exist_ok=True)
for number, (a, b) in enumerate(shapes):
    np.save(target / f"{number}.npy", np.matmul(operand(a, 7, 11), operand(b, 5, 13)))
