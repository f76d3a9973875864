#!/usr/bin/env python3
"""What SciPy, OpenCV and Pillow make of small images: tests/data/filters/*.npy. Needs NumPy, SciPy, OpenCV, Pillow."""
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from scipy import ndimage

OUT = Path(__file__).parent / "filters"
MODES = ["reflect", "nearest", "wrap", "mirror", "constant"]  # the names are SciPy's
CV = {"reflect": cv2.BORDER_REFLECT, "nearest": cv2.BORDER_REPLICATE, "mirror": cv2.BORDER_REFLECT_101}


def derivative(image, axis, mode, cval):
    if mode != "constant":
        return ndimage.sobel(image, axis, mode=mode)
    # sobel() puts the constant around its intermediate result, too; this one around the image alone.
    kernel = np.outer([-1, 0, 1], [1, 2, 1])
    return ndimage.correlate(image, kernel if axis == 0 else kernel.T, mode=mode, cval=cval)


def main():
    OUT.mkdir(exist_ok=True)
    rng = np.random.default_rng(5)
    save = lambda name, array: np.save(OUT / f"{name}.npy", array)
    grey = rng.integers(0, 256, (13, 17), dtype=np.uint8)
    grey[:5] = rng.choice([0, 255], (5, 17))
    colour = rng.integers(0, 256, (13, 37, 3), dtype=np.uint8)
    real = rng.standard_normal((11, 14))
    save("grey", grey), save("colour", colour), save("real", real), save("real32", real.astype(np.float32))
    # Windows larger than the image in both directions included: SciPy's borders go on for ever.
    for mode in MODES:
        for rows, columns in [(3, 3), (2, 5), (4, 1), (9, 12), (25, 31)]:
            save(f"box_{mode}_{rows}x{columns}", ndimage.uniform_filter(real, (rows, columns), mode=mode, cval=0.5))
            if rows * columns < 100:
                save(f"median_{mode}_{rows}x{columns}", ndimage.median_filter(grey, (rows, columns), mode=mode, cval=7))
        save(f"gauss_{mode}", ndimage.gaussian_filter(real, (1.3, 2.1), mode=mode, cval=0.5))
        for axis in (0, 1):
            save(f"sobel_{mode}_{axis}", derivative(real, axis, mode, 0.5))
            save(f"sobel_grey_{mode}_{axis}", derivative(grey.astype(np.int16), axis, mode, 7))
    save("gauss32", ndimage.gaussian_filter(real.astype(np.float32), 3.0, truncate=3.0))
    save("gauss_grey", np.rint(ndimage.gaussian_filter(grey.astype(np.float64), 1.5)).astype(np.uint8))
    save("median_real_5x5", ndimage.median_filter(real, (5, 5)))
    save("median_real_6x7", ndimage.median_filter(real, (6, 7)))
    save("median_grey_11x12", ndimage.median_filter(grey, (11, 12)))
    save("median_colour_15x9", np.dstack([ndimage.median_filter(colour[..., c], (15, 9)) for c in range(3)]))
    for mode, border in CV.items():
        for rows, columns in [(3, 3), (2, 2), (4, 4), (2, 1), (5, 6), (7, 9), (16, 16)]:
            if rows > 13:
                continue
            save(f"blur_{mode}_{rows}x{columns}", cv2.blur(colour, (columns, rows), borderType=border))
    wide = rng.integers(0, 256, (70, 64), dtype=np.uint8)
    save("wide", wide)
    for rows, columns in [(16, 16), (17, 16), (20, 20), (31, 33), (1, 64)]:
        save(f"blur_wide_{rows}x{columns}", cv2.blur(wide, (columns, rows)))

    levels = np.array([0, 1, 2, 50, 127, 128, 129, 200, 254, 255], np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(20, 50, 3)
    rgb = np.concatenate([grid, rng.integers(0, 256, (20, 50, 3), dtype=np.uint8)])
    save("rgb", rgb)
    picture = Image.fromarray(rgb)
    save("rgb_to_grey", np.asarray(picture.convert("L"))[..., None])
    save("rgb_to_ycbcr", np.asarray(picture.convert("YCbCr")))
    save("rgb_to_hsv", np.asarray(picture.convert("HSV")))
    save("ycbcr_to_rgb", np.asarray(Image.fromarray(rgb, "YCbCr").convert("RGB")))
    save("hsv_to_rgb", np.asarray(Image.fromarray(rgb, "HSV").convert("RGB")))


if __name__ == "__main__":
    main()
