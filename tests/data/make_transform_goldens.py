"""Writes tests/data/transform: a picture, and what chains of ops make of it by Pillow and SciPy.

Every step rounds to u8, as Fovea's do.
"""
import pathlib

import numpy as np
from PIL import Image
from scipy import ndimage

OUT = pathlib.Path(__file__).parent / "transform"
OUT.mkdir(exist_ok=True)
rng = np.random.default_rng(11)
y, x = np.mgrid[0:45, 0:61]
pixels = np.stack([x * 4, y * 5, (x * y) % 256], 2).astype(np.uint8)
pixels = np.where(rng.random((45, 61, 1)) < 0.15, rng.integers(0, 256, (45, 61, 3)), pixels).astype(np.uint8)
Image.fromarray(pixels).save(OUT / "in.png")


def resized(a, height, width, how=Image.BILINEAR):
    return np.asarray(Image.fromarray(a).resize((width, height), how))


def cropped(a, height, width):
    top, left = round((a.shape[0] - height) / 2.0), round((a.shape[1] - width) / 2.0)
    return a[top:top + height, left:left + width]


def each(a, work):
    return np.stack([work(a[:, :, c]) for c in range(a.shape[2])], 2)


def median(a, size):
    return each(a, lambda p: ndimage.median_filter(p, size))


def gaussian(a, sigma, truncate):
    smooth = each(a.astype(np.float64), lambda p: ndimage.gaussian_filter(p, sigma, truncate=truncate))
    return np.rint(smooth).astype(np.uint8)


def sobel(a):
    def magnitude(p):
        p = p.astype(np.float64)
        return np.hypot(ndimage.sobel(p, 0), ndimage.sobel(p, 1))
    return np.rint(each(a, magnitude)).clip(0, 255).astype(np.uint8)


def pooled(a, size):
    height, width = a.shape[0] // size, a.shape[1] // size
    return a[:height * size, :width * size].reshape(height, size, width, size, 3).max((1, 3))


def luma(a):
    return np.asarray(Image.fromarray(a).convert("L"))[:, :, None]


chains = {
    "resize_crop": ("resize=30,crop=24,format=png", cropped(resized(pixels, 30, int(30 * 61 / 45)), 24, 24)),
    "odd_crop": ("crop:height=20:width=31", cropped(pixels, 20, 31)),
    "width": ("resize:width=31:filter=lanczos", resized(pixels, int(31 * 45 / 61), 31, Image.LANCZOS)),
    "both": ("resize:height=70:width=20:filter=bicubic,format=tiff", resized(pixels, 70, 20, Image.BICUBIC)),
    "median": ("median=3x5,format=bmp", median(pixels, (3, 5))),
    "gaussian": ("gaussian=1.5:truncate=3", gaussian(pixels, 1.5, 3)),
    "sobel": ("sobel,format=webp,lossless", sobel(pixels)),
    "grey": ("grey,flip,format=pnm", luma(pixels)[:, ::-1]),
    "upside_down": ("flip:horizontal=no:vertical=yes", pixels[::-1]),
    "pooled": ("max_pool2d=2", pooled(pixels, 2)),
    "long": ("resize=40:filter=box,median=3,crop=33,flip",
             cropped(median(resized(pixels, 40, int(40 * 61 / 45), Image.BOX), 3), 33, 33)[:, ::-1]),
}
lines = []
for name, (text, wanted) in chains.items():
    np.save(OUT / f"{name}.npy", np.ascontiguousarray(wanted))
    lines.append(f"{name} {text}")
(OUT / "chains.txt").write_text("\n".join(lines) + "\n")
