"""Writes tests/data/codec/scaled: what JPEGs of tests/data/codec become when they are decoded at an eighth, a quarter or
half of their sides. Expected pixels are Pillow's draft mode, turned by exif_transpose.
scaled.csv: file, eighths, file of the expected array.
"""
import pathlib

import numpy as np
from PIL import Image, ImageOps

CODEC = pathlib.Path(__file__).parent / "codec"
OUT = CODEC / "scaled"
OUT.mkdir(exist_ok=True)
rows = []
for name in ["rgb_420.jpg", "rgb_422.jpg", "rgb_444.jpg", "grey.jpg", "progressive.jpg", "orientation_6.jpg",
             "orientation_3.jpg"]:
    if not (CODEC / name).exists():
        raise SystemExit(f"{name} is not there")
    for eighths in (1, 2, 4):
        image = Image.open(CODEC / name)
        image.draft(None, (image.width * eighths // 8, image.height * eighths // 8))
        pixels = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
        np.save(OUT / f"{name}.{eighths}.npy", np.ascontiguousarray(pixels))
        rows.append(f"{name},{eighths},{name}.{eighths}.npy")
(CODEC / "scaled" / "scaled.csv").write_text("\n".join(rows) + "\n")
