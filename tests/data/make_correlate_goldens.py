#!/usr/bin/env python3
"""What SciPy makes of small images and kernels: tests/data/correlate/*.npy, one array a case. Needs SciPy."""
from pathlib import Path

import numpy as np
from scipy import ndimage, signal

OUT = Path(__file__).parent / "correlate"
SIZES = [((7, 9), (3, 3)), ((8, 6), (4, 2)), ((5, 4), (7, 9)), ((1, 6), (1, 1)), ((6, 11), (1, 5)), ((9, 3), (5, 1)), ((23, 37), (6, 11))]
BOUNDARIES = {"fill": ("fill", 1.5), "wrap": ("wrap", 0), "reflect": ("symm", 0)}
RNG = np.random.default_rng(20)


def values(shape, dtype):
    if np.dtype(dtype).kind in "iu":
        info = np.iinfo(dtype)
        return RNG.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    x = RNG.uniform(-1, 1, shape)
    return (x + 1j * RNG.uniform(-1, 1, shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def nearest(op, image, kernel, mode):
    """The border is made first, then SciPy sums over what is there; ndimage's answer, where it has one, is the same."""
    h, w = kernel.shape
    if mode == "valid":
        return getattr(signal, op)(image, kernel, "valid")
    padded = np.pad(image, ((h - 1,) * 2, (w - 1,) * 2), mode="edge")
    full = getattr(signal, op)(padded, kernel, "valid")
    if mode == "full":
        return full
    top, left = ((h - 1) // 2, (w - 1) // 2) if op == "convolve2d" else (h // 2, w // 2)
    same = full[top : top + image.shape[0], left : left + image.shape[1]]
    if image.dtype == "f8":
        origin = tuple(-1 if n % 2 == 0 else 0 for n in kernel.shape)  # its centre of an even kernel is one further
        theirs = (ndimage.convolve if op == "convolve2d" else ndimage.correlate)(image, kernel, mode="nearest", origin=origin)
        np.testing.assert_allclose(same, theirs, atol=1e-13)
    return same


def main():
    OUT.mkdir(exist_ok=True)
    save = lambda name, array: np.save(OUT / f"{name}.npy", array)
    for n, (size, window) in enumerate(SIZES):
        for dtype in ["f8", "i2"] if n < 6 else ["f4"]:
            image, kernel = values(size, dtype), values(window, dtype)
            save(f"image_{n}_{dtype}", image)
            save(f"kernel_{n}_{dtype}", kernel)
            for op in ["correlate2d", "convolve2d"]:
                results = []  # modes x boundaries, one behind the other
                for mode in ["full", "same", "valid"]:
                    for boundary, (theirs, fill) in BOUNDARIES.items():
                        results.append(getattr(signal, op)(image, kernel, mode, theirs, 0 if dtype == "i2" else fill))
                    results.append(nearest(op, image, kernel, mode))
                save(f"{op}_{n}_{dtype}", np.concatenate([r.ravel() for r in results]))
    for a, b in [("u1", "u1"), ("i1", "u1"), ("u2", "i2"), ("i4", "i4"), ("i8", "i4"), ("u1", "f4"), ("i4", "f4"), ("f4", "f8"), ("c8", "c8"), ("c16", "f8"), ("f8", "c16"), ("i2", "c8")]:
        image, kernel = values((6, 7), a), values((3, 4), b)
        if np.dtype(b).kind in "fc" and np.dtype(a).kind in "iu":
            image = values((6, 7), "i1").astype(a) if a != "u1" else image  # sums stay within what f32 holds closely
        save(f"mixed_image_{a}_{b}", image)
        save(f"mixed_kernel_{a}_{b}", kernel)
        for op in ["correlate2d", "convolve2d"]:
            save(f"mixed_{op}_{a}_{b}", getattr(signal, op)(image, kernel, "same", "symm"))
    # Complex operands that swap places: correlate2d of SciPy 1.17 gives the conjugate, its correlate does not.
    image, kernel = values((2, 3), "c16"), values((4, 5), "c16")
    save("swap_image", image)
    save("swap_kernel", kernel)
    save("swap_correlate2d", signal.correlate(image, kernel, "valid", method="direct"))
    save("swap_convolve2d", signal.convolve2d(image, kernel, "valid"))
    # A Gaussian (of rank one but for rounding) and a large random kernel.
    image = values((60, 70), "f4")
    g = np.exp(-0.5 * (np.arange(-7, 8) / 2.5) ** 2)
    gaussian, large = np.outer(g, g).astype("f4"), values((21, 23), "f4")
    save("large_image", image)
    for name, kernel in [("gaussian", gaussian), ("large", large)]:
        save(f"kernel_{name}", kernel)
        save(f"{name}_correlate2d", signal.correlate2d(image.astype("f8"), kernel.astype("f8"), "same", "symm"))
    for name, kernel in [("integers", np.outer([1, -2, 300], [7, 0, -900, 31])), ("not_rank_one", np.outer([1, 2, 3], [1, 1, 1]) + np.eye(3))]:
        kernel = kernel.astype("i4")
        image = values((9, 13), "i4")
        save(f"{name}_image", image)
        save(f"{name}_kernel", kernel)
        save(f"{name}_correlate2d", signal.correlate2d(image, kernel, "same", "wrap"))


if __name__ == "__main__":
    main()
