"""The peer of `fovea parity`: reads JSON objects, one a line, answers each by one. Run by the program as python3 -c.

{"picture": PATH in hex, "to": FILE.npy, "resize", "crop", "channels", "filter", "mean", "std", "exif": BOOL}
    ->  {"ready": true}, with what torchvision's transforms make of Pillow's picture in FILE: f32 [channels, crop, crop]
The first line it writes says which packages there are. A failure is {"error": text}; the talk goes on.
"""
import json
import os
import sys

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what libraries print is no answer


def answer(**fields):
    answers.write(json.dumps(fields) + "\n")
    answers.flush()


have, absent = {}, []
try:
    import numpy as np
    have["numpy"] = np.__version__
except Exception:
    absent.append("numpy")
try:
    import PIL
    from PIL import Image, ImageOps
    have["Pillow"] = PIL.__version__
except Exception:
    absent.append("Pillow")


def prepared(asked):
    """torchvision 0.14's Resize, CenterCrop, ToTensor and Normalize, written out."""
    with Image.open(bytes.fromhex(asked["picture"])) as file:
        image = ImageOps.exif_transpose(file) if asked["exif"] else file
        image = image.convert("L" if asked["channels"] == 1 else "RGB")
    width, height = image.size
    side, crop = asked["resize"], asked["crop"]
    if width <= height:
        size = side, int(side * height / width)
    else:
        size = int(side * width / height), side
    image = image.resize(size, getattr(Image.Resampling, asked["filter"].upper()))
    top, left = int(round((size[1] - crop) / 2.0)), int(round((size[0] - crop) / 2.0))
    pixels = np.asarray(image.crop((left, top, left + crop, top + crop)), np.float32).reshape(crop, crop, -1)
    mean, std = np.array(asked["mean"], np.float32), np.array(asked["std"], np.float32)
    return np.ascontiguousarray(((pixels / np.float32(255) - mean) / std).transpose(2, 0, 1))


def main():
    answer(have=have, absent=absent, python=sys.version.split()[0])
    for line in sys.stdin:
        try:
            asked = json.loads(line)
            if absent:
                raise RuntimeError("not installed: " + ", ".join(absent))
            np.save(asked["to"], prepared(asked))
            answer(ready=True)
        except Exception as error:
            answer(error=f"{type(error).__name__}: {error}"[:300])


main()
