"""Writes tests/data/codec/encoded: pictures of noise and slopes as .npy, and the JPEGs that Pillow makes of them.

JPEGs are made with standard Huffman tables and 4:2:0 at three qualities: what comes out of them must come out of ours.
"""
import pathlib

import numpy as np
from PIL import Image

OUT = pathlib.Path(__file__).parent / "codec" / "encoded"
OUT.mkdir(exist_ok=True)
rng = np.random.default_rng(5)
y, x = np.mgrid[0:21, 0:37]
slopes = np.stack([x * 6, y * 11, (x + y) * 4], 2).astype(np.uint8)
rgb = np.where(rng.random((21, 37, 1)) < 0.2, rng.integers(0, 256, (21, 37, 3)), slopes).astype(np.uint8)
np.save(OUT / "rgb.npy", rgb)
np.save(OUT / "grey.npy", rgb[:, :, 1:2].copy())
for quality in (10, 75, 95):
    Image.fromarray(rgb).save(OUT / f"rgb_{quality}.jpg", quality=quality, subsampling="4:2:0")
    Image.fromarray(rgb[:, :, 1]).save(OUT / f"grey_{quality}.jpg", quality=quality)
