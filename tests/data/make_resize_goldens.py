#!/usr/bin/env python3
"""What Pillow and torchvision make of small pictures: tests/data/resize/*.npy. Needs Pillow and torchvision."""
from pathlib import Path

import numpy as np
from PIL import Image
from torchvision import transforms

OUT = Path(__file__).parent / "resize"
FILTERS = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
SIZES = [(7, 5), (64, 48), (33, 90), (48, 48), (1, 9), (130, 20)]  # width, height
PREPARED = [(97, 61), (61, 97), (33, 33), (300, 35), (40, 32), (20, 31)]


def picture(width, height, seed):
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    noise[: height // 3] = rng.choice([0, 255], (height // 3, width, 3))  # extremes, where rounding and clipping show
    return noise


def main():
    OUT.mkdir(exist_ok=True)
    for k, (width, height) in enumerate(SIZES):
        source = picture(width, height, k)
        np.save(OUT / f"source_{width}x{height}.npy", source)
        for name in FILTERS:
            scaled = Image.fromarray(source).resize((21, 29), getattr(Image.Resampling, name.upper()))
            np.save(OUT / f"{name}_{width}x{height}.npy", np.asarray(scaled))
    prepare = transforms.Compose([
        transforms.Resize(32), transforms.CenterCrop(25), transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    for k, (width, height) in enumerate(PREPARED):
        source = picture(width, height, 100 + k)
        np.save(OUT / f"prepare_source_{width}x{height}.npy", source)
        np.save(OUT / f"prepared_{width}x{height}.npy", prepare(Image.fromarray(source)).numpy())


if __name__ == "__main__":
    main()
