"""Writes tests/data/jpeg: small JPEGs of every kind that the decoder of src/codec/jpeg takes, for its fuzzer. Pillow 11 or newer."""

import pathlib

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent / "jpeg"


def picture(height, width, channels, seed):
    noise = np.random.default_rng(seed).integers(-40, 41, (height, width, channels))
    y, x = np.mgrid[:height, :width]
    slope = (3 * x + 2 * y)[:, :, None] + 60 * np.arange(channels)
    return Image.fromarray(np.clip(slope + noise, 0, 255).astype(np.uint8).squeeze())


def save(name, image, **options):
    image.save(HERE / f"{name}.jpg", "JPEG", **options)


HERE.mkdir(exist_ok=True)
rgb, grey, tiny, wide = picture(33, 41, 3, 1), picture(30, 27, 1, 2), picture(1, 1, 3, 3), picture(9, 90, 3, 4)
for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
    for progressive in (False, True):
        name = subsampling.replace(":", "") + ("_progressive" if progressive else "")
        save(name, rgb, subsampling=subsampling, progressive=progressive, quality=75)
        save(name + "_restart", rgb, subsampling=subsampling, progressive=progressive, quality=40, restart_marker_blocks=2)
save("grey", grey, quality=90)
save("grey_progressive", grey, quality=90, progressive=True)
save("optimised", wide, quality=97, optimize=True)
save("coarse", rgb, quality=2)
save("finest", wide, quality=100, subsampling="4:4:4")
save("pixel", tiny)
save("pixel_progressive", tiny, progressive=True)
save("stored_rgb", rgb, keep_rgb=True)
