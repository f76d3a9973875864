#!/usr/bin/env python3
"""Statistics of pictures: sums by Python's whole numbers, the perceptual hash as the imagehash package documents it.

Pictures are those of tests/data/codec as Pillow decoded them (codec/*.rgb.npy) and some that a formula gives, which
tests/pipeline/stage/stats_test.cpp repeats. Writes tests/data/stats/goldens.csv; needs NumPy, SciPy and Pillow.
"""
import csv
import hashlib
from fractions import Fraction
from math import sqrt
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import fftpack

DATA = Path(__file__).parent
FILES = ["rgb_420.jpg", "rgb_444.jpg", "progressive.jpg", "cmyk.jpg", "grey.jpg", "rgb8_n.png", "rgb8_i.png", "palette8_n.png",
         "grey16_n.png", "grey_alpha8_n.png", "lossless.webp", "plain.gif", "rgb.tif", "p6.ppm", "bits_24.bmp", "exif.png", "exif.webp"]
SHAPES = [(1, 1), (1, 7), (5, 1), (2, 2), (3, 2), (31, 33), (64, 48), (129, 257), (40, 3000), (1500, 11)]


def formula(height, width):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * x * 3 + y * y * 5 + x * y * (c + 1) * 2 + 40 * c) >> 4 & 255).astype(np.uint8)


def moments(values):
    whole = [int(v) for v in values.ravel()]
    n, s, q = len(whole), sum(whole), sum(v * v for v in whole)
    return float(Fraction(s, n)), float(Fraction(n * q - s * s, n * n))


def luma(rgb):
    r, g, b = (rgb[..., c].astype(np.int64) for c in range(3))
    return (19595 * r + 38470 * g + 7471 * b + 32768 >> 16).astype(np.uint8)


def laplacian(grey):
    """cv2.Laplacian(grey, cv2.CV_64F), whose border is BORDER_REFLECT_101."""
    g = np.pad(grey.astype(np.int64), 1, mode="reflect")
    return g[:-2, 1:-1] + g[2:, 1:-1] + g[1:-1, :-2] + g[1:-1, 2:] - 4 * g[1:-1, 1:-1]


def phash(grey, hash_size=8, highfreq_factor=4):
    side = hash_size * highfreq_factor
    pixels = np.asarray(Image.fromarray(grey).resize((side, side), Image.Resampling.LANCZOS))
    dct = fftpack.dct(fftpack.dct(pixels, axis=0), axis=1)
    low = dct[:hash_size, :hash_size]
    bits = "".join("1" if bit else "0" for bit in (low > np.median(low)).ravel())
    gap = np.abs(low - np.median(low)).min() / np.abs(low).max()
    return f"{int(bits, 2):016x}", gap


def record(kind, name, rgb, encoded):
    grey = luma(rgb)
    assert np.array_equal(grey, np.asarray(Image.fromarray(rgb).convert("L")))
    row = {"kind": kind, "name": name, "width": rgb.shape[1], "height": rgb.shape[0], "bytes": len(encoded)}
    for c, colour in enumerate(("red", "green", "blue")):
        mean, variance = moments(rgb[..., c])
        row["mean_" + colour], row["std_" + colour] = mean, sqrt(variance)
    row["brightness"], variance = moments(grey)
    row["contrast"] = sqrt(variance)
    row["sharpness"] = moments(laplacian(grey))[1]
    row["phash"], gap = phash(grey)
    print(f"{name}: {row['phash']}, nearest to the median {gap:.1e}")
    row["sha256"] = hashlib.sha256(encoded).hexdigest() if encoded else ""
    return row


def main():
    rows = [record("file", name, np.load(DATA / "codec" / (name + ".rgb.npy")), (DATA / "codec" / name).read_bytes()) for name in FILES]
    rows += [record("formula", f"{h}x{w}", formula(h, w), b"") for h, w in SHAPES]
    (DATA / "stats").mkdir(exist_ok=True)
    with open(DATA / "stats" / "goldens.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
