"""Writes tests/data/codec: tiny pictures of every kind and what they must decode to.

Expected pixels are Pillow 9.4's convert("RGB") (or "RGBA", "L") of the file, but where Pillow keeps fewer bits than the
file has (16-bit samples) or cannot read it: there they follow docs/conventions.md from the samples that were written.
goldens.csv: file, channels, background (-1: none), file of the expected array.
"""
import io
import pathlib
import struct
import subprocess
import sys
import zlib

import numpy as np
from PIL import Image, ImageOps

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from codec_writers import bmp, png, tiff, tiff_parts  # noqa: E402

OUT = pathlib.Path(__file__).parent / "codec"
BACKGROUND = 0x336699
W, H = 23, 15
rows = []


def source(width=W, height=H):
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 255 * x / max(width - 1, 1)
    green = 127.5 + 127.5 * np.sin(x / 3.1 + y / 2.3)
    blue = 255 * ((x.astype(int) // 4 + y.astype(int) // 4) % 2)
    return np.stack([red, green, blue], 2).round().astype(np.uint8)


RGB = source()
GREY = RGB[:, :, 1]
ALPHA = np.linspace(0, 255, W * H).round().astype(np.uint8).reshape(H, W)
RGBA = np.dstack([RGB, ALPHA])
picture, grey_picture = Image.fromarray(RGB), Image.fromarray(GREY)


def over(rgba, background=BACKGROUND):
    color = np.array([background >> 16, background >> 8 & 255, background & 255], np.float64)
    alpha = rgba[:, :, 3:].astype(np.float64)
    return np.floor((rgba[:, :, :3] * alpha + color * (255 - alpha)) / 255 + 0.5).astype(np.uint8)


def eight(samples, maximum=65535):
    return np.floor(samples.astype(np.float64) * 255 / maximum + 0.5).astype(np.uint8)


def to_rgb(samples):
    return np.repeat(samples[:, :, None], 3, 2) if samples.ndim == 2 else samples


def golden(name, data, rgb=None, rgba=None, grey=False):
    (OUT / name).write_bytes(data)
    image = Image.open(io.BytesIO(data)) if rgb is None else None
    wanted = {"rgb": (3, -1, rgb if image is None else np.asarray(image.convert("RGB")))}
    if rgba is not None:
        if rgba is True:
            rgba = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
        wanted["rgba"] = (4, -1, rgba)
        wanted["over"] = (3, BACKGROUND, over(rgba))
    if grey:
        wanted["grey"] = (1, -1, np.asarray(Image.fromarray(wanted["rgb"][2]).convert("L"))[:, :, None])
    for kind, (channels, background, pixels) in wanted.items():
        expected = f"{name}.{kind}.npy"
        np.save(OUT / expected, np.ascontiguousarray(pixels))
        rows.append(f"{name},{channels},{background},{expected}")


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def exif(orientation, order="<"):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def jpegs():
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        golden(f"rgb_{name}.jpg", saved(picture, "JPEG", quality=85, subsampling=subsampling), grey=name == "420")
    golden("progressive.jpg", saved(picture, "JPEG", quality=80, progressive=True))
    golden("grey.jpg", saved(grey_picture, "JPEG"), grey=True)
    cmyk = saved(picture.convert("CMYK"), "JPEG", quality=90)
    golden("cmyk.jpg", cmyk, grey=True)
    adobe = cmyk.index(b"Adobe")
    golden("ycck.jpg", cmyk[: adobe + 11] + b"\2" + cmyk[adobe + 12 :])
    plain = saved(picture, "JPEG", quality=85, subsampling=0)
    marker = b"\xff\xee" + struct.pack(">H", 14) + b"Adobe" + struct.pack(">HHHB", 100, 0, 0, 0)
    golden("rgb_stored.jpg", plain[:2] + marker + plain[20:])
    arithmetic = subprocess.run(["jpegtran", "-arithmetic"], input=plain, stdout=subprocess.PIPE, check=True).stdout
    golden("arithmetic.jpg", arithmetic, np.asarray(Image.open(io.BytesIO(plain))))
    small = Image.fromarray(source(24, 16))
    for orientation in range(1, 9):
        block = b"Exif\0\0" + exif(orientation, "<" if orientation % 2 else ">")
        data = saved(small, "JPEG", quality=90, exif=block)
        golden(f"orientation_{orientation}.jpg", data,
               np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")))


def pngs():
    palette = np.stack([np.arange(256), 255 - np.arange(256), np.arange(256) * 7 % 256], 1).astype(np.uint8)
    transparency = bytes([0, 80, 160])
    for interlace in (0, 1):
        tail = "i" if interlace else "n"
        for bits in (1, 2, 4, 8, 16):
            top = (1 << bits) - 1
            samples = (np.arange(W * H).reshape(H, W) * (1 if bits < 16 else 97) % (top + 1)).astype(np.uint16)
            golden(f"grey{bits}_{tail}.png", png(samples[:, :, None], bits, 0, interlace), to_rgb(eight(samples, top)))
            if bits <= 8:
                golden(f"palette{bits}_{tail}.png", png(samples[:, :, None], bits, 3, interlace, palette[: top + 1]))
        wide = RGBA.astype(np.uint16) * 257 + np.arange(4, dtype=np.uint16) - (RGBA > 100)
        wide = np.where(RGBA == 0, 0, wide).astype(np.uint16)
        for name, depth, samples in (("8", 8, RGBA.astype(np.uint16)), ("16", 16, wide)):
            low = eight(samples, 255 if depth == 8 else 65535)
            golden(f"rgb{name}_{tail}.png", png(samples[:, :, :3], depth, 2, interlace), low[:, :, :3])
            golden(f"rgba{name}_{tail}.png", png(samples, depth, 6, interlace), low[:, :, :3], low)
            ga = np.dstack([low[:, :, 1]] * 3 + [low[:, :, 3]])
            golden(f"grey_alpha{name}_{tail}.png", png(samples[:, :, [1, 3]], depth, 4, interlace), ga[:, :, :3], ga)
    index = (np.arange(W * H).reshape(H, W) % 16).astype(np.uint16)
    golden("palette_trns.png", png(index[:, :, None], 4, 3, 0, palette[:16], transparency), rgba=True)
    golden("grey_trns.png", png(index[:, :, None], 4, 0, 0, None, struct.pack(">H", 5)),
           to_rgb((index * 17).astype(np.uint8)),
           np.dstack([index * 17] * 3 + [np.where(index == 5, 0, 255)]).astype(np.uint8))
    golden("rgb_trns.png", png(RGB.astype(np.uint16), 8, 2, 0, None, struct.pack(">HHH", *map(int, RGB[0, 3]))), rgba=True)
    key = wide[4, 4, :3]
    low = eight(wide)
    golden("rgb16_trns.png", png(wide[:, :, :3], 16, 2, 0, None, struct.pack(">HHH", *map(int, key))), low[:, :, :3],
           np.dstack([low[:, :, :3], np.where((wide[:, :, :3] == key).all(2), 0, 255).astype(np.uint8)]))
    golden("exif.png", png(RGB.astype(np.uint16), 8, 2, 0, extra=[(b"eXIf", exif(6))]),
           np.asarray(picture.transpose(Image.Transpose.ROTATE_270)))
    short = np.array([[0, 1, 2, 3, 250]], np.uint16)  # indices 3 and 250 lie outside a palette of three
    expected = np.zeros((1, 5, 3), np.uint8)
    expected[0, :3] = palette[10:13]
    golden("palette_short.png", png(short[:, :, None], 8, 3, 0, palette[10:13]), expected)
    bomb = zlib.compress(bytes(16 << 20), 9)
    for name, chunk in (("iccp", b"x\0\0" + bomb), ("ztxt", b"x\0\0" + bomb), ("itxt", b"x\0\1\0\0\0" + bomb)):
        kind = {"iccp": b"iCCP", "ztxt": b"zTXt", "itxt": b"iTXt"}[name]
        golden(f"bomb_{name}.png", png(source(4, 3).astype(np.uint16), 8, 2, 0, extra=[(kind, chunk)]), source(4, 3))
    (OUT / "bomb_pixels.png").write_bytes(png(np.zeros((4000, 4000, 1), np.uint16), 8, 0, 0))


def webps():
    image = Image.fromarray(RGBA)
    golden("lossy.webp", saved(picture, "WEBP", quality=80), grey=True)
    golden("lossless.webp", saved(picture, "WEBP", lossless=True))
    golden("lossy_alpha.webp", saved(image, "WEBP", quality=80), rgba=True)
    golden("lossless_alpha.webp", saved(image, "WEBP", lossless=True, exact=True), rgba=True)
    golden("animated.webp", saved(picture, "WEBP", save_all=True, append_images=[ImageOps.invert(picture)], lossless=True))
    golden("exif.webp", saved(picture, "WEBP", lossless=True, exif=exif(8, ">")),
           np.asarray(picture.transpose(Image.Transpose.ROTATE_90)))


def tiffs():
    image = Image.fromarray(RGBA)
    golden("grey.tif", saved(grey_picture, "TIFF"))
    golden("rgb.tif", saved(picture, "TIFF"))
    golden("rgba.tif", saved(image, "TIFF"), rgba=True)
    golden("cmyk.tif", saved(picture.convert("CMYK"), "TIFF"))
    golden("palette.tif", saved(picture.quantize(20), "TIFF"))
    golden("bilevel.tif", saved(grey_picture.convert("1"), "TIFF"))
    golden("group4.tif", saved(grey_picture.convert("1"), "TIFF", compression="group4"))
    for compression in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg"):
        golden(f"rgb_{compression}.tif", saved(picture, "TIFF", compression=compression))
    golden("ycbcr_jpeg.tif", saved(picture.convert("YCbCr"), "TIFF", compression="jpeg"))
    golden("predictor.tif", saved(picture, "TIFF", compression="tiff_lzw", tiffinfo={317: 2}))
    golden("orientation.tif", saved(picture, "TIFF", tiffinfo={274: 6}),
           np.asarray(picture.transpose(Image.Transpose.ROTATE_270)))
    wide = RGB.astype(np.uint16) * 257 - (RGB > 100)
    for order in "<>":
        tail = "le" if order == "<" else "be"
        golden(f"rgb16_{tail}.tif", tiff(wide, 2, order), eight(wide))
        golden(f"grey16_{tail}.tif", tiff(wide[:, :, 1:2], 1, order), to_rgb(eight(wide[:, :, 1])))
    golden("white_is_0.tif", tiff(GREY[:, :, None], 0), to_rgb(255 - GREY))
    golden("tiles.tif", tiff(RGB, 2, tile=(16, 16)))
    golden("planes.tif", tiff(RGB, 2, planes=True, rows=7))
    golden("planes_tiles.tif", tiff(wide, 2, planes=True, tile=(16, 16)), eight(wide))
    golden("strips.tif", tiff(RGB, 2, rows=4))
    golden("premultiplied.tif", tiff(np.dstack([RGB // 2, np.maximum(ALPHA, 128)]), 2, extra=1), rgba=True)
    index = (np.arange(W * H).reshape(H, W) % 16).astype(np.uint8)
    golden("grey4.tif", tiff_parts(W, H, 4, 1, [bmp.pack(index, 4)]), to_rgb(index * 17))
    (OUT / "float.tif").write_bytes(saved(grey_picture.convert("F"), "TIFF"))


def bmps():
    index = (np.arange(W * H).reshape(H, W) % 16).astype(np.uint8)
    palette = [(i * 16, 255 - i * 9, i * 5) for i in range(16)]
    for name, image in (("1", grey_picture.convert("1")), ("8", picture.quantize(20)), ("grey", grey_picture),
                        ("24", picture)):
        golden(f"bits_{name}.bmp", saved(image, "BMP"))
    golden("bits_4.bmp", bmp.paletted(index, 4, palette))
    golden("os2.bmp", bmp.paletted(index, 4, palette, os2=True))
    golden("top_down.bmp", bmp.paletted(index, 8, palette, top_down=True))
    value = (np.arange(W * H).reshape(H, W) * 131 % 65536).astype(np.uint16)
    golden("bits_16.bmp", bmp.words(value, None))
    golden("bits_565.bmp", bmp.words(value, (0xF800, 0x7E0, 0x1F)))
    pixels = RGBA[:, :, 2].astype(np.uint32) | RGBA[:, :, 1].astype(np.uint32) << 8
    pixels |= RGBA[:, :, 0].astype(np.uint32) << 16 | RGBA[:, :, 3].astype(np.uint32) << 24
    golden("bits_32.bmp", bmp.words(pixels, None))
    golden("fields_32.bmp", bmp.words(pixels, (0xFF0000, 0xFF00, 0xFF)))
    golden("fields_rgba.bmp", bmp.words(pixels, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)), rgba=True)
    golden("rle8.bmp", bmp.paletted(index, 8, palette, code=bmp.rle8(index)))
    golden("rle4.bmp", bmp.paletted(index, 4, palette, code=bmp.rle4(index)))
    delta = bytes([2, 1, 0, 2, 3, 1, 2, 2, 0, 0, 0, 1])  # two pixels, a jump by (3, 1), two pixels, end
    skipped = np.zeros((4, 9), np.uint8)
    skipped[3, :2], skipped[2, 5:7] = 1, 2
    golden("rle8_delta.bmp", bmp.paletted(skipped, 8, palette, code=delta),
           np.array(palette, np.uint8)[skipped])


def pnms():
    bits = np.asarray(grey_picture.convert("1"))
    text = lambda values: b"".join(b"%d " % v for v in values.ravel()) + b"\n"  # noqa: E731
    head = b" # made by a script\n%d %d\n" % (W, H)
    golden("p1.pbm", b"P1" + head + text(1 - bits.astype(int)))
    golden("p2.pgm", b"P2" + head + b"255\n" + text(GREY))
    golden("p3.ppm", b"P3" + head + b"255\n" + text(RGB))
    golden("p4.pbm", b"P4" + head + np.packbits(~bits, axis=1).tobytes())
    golden("p5.pgm", b"P5" + head + b"255\n" + GREY.tobytes(), grey=True)
    golden("p6.ppm", b"P6" + head + b"255\n" + RGB.tobytes(), grey=True)
    golden("p5_100.pgm", b"P5" + head + b"100\n" + (GREY // 3).tobytes(), to_rgb(eight(GREY // 3, 100)))
    wide = GREY.astype(np.uint16) * 40
    golden("p5_16.pgm", b"P5" + head + b"10200\n" + wide.astype(">u2").tobytes(), to_rgb(eight(wide, 10200)))
    pam = b"P7\n# text\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL 255\nTUPLTYPE %s\nENDHDR\n"
    golden("rgb_alpha.pam", pam % (W, H, 4, b"RGB_ALPHA") + RGBA.tobytes(), RGB, RGBA)
    ga = np.dstack([GREY, ALPHA])
    golden("grey_alpha.pam", pam % (W, H, 2, b"GRAYSCALE_ALPHA") + ga.tobytes(), to_rgb(GREY), ga[:, :, [0, 0, 0, 1]])


def gifs():
    index = picture.quantize(16)
    golden("plain.gif", saved(index, "GIF", interlace=0))
    golden("interlaced.gif", saved(index, "GIF", interlace=1))
    golden("transparent.gif", saved(index, "GIF", transparency=3), rgba=True)
    golden("animated.gif", saved(index, "GIF", save_all=True, append_images=[ImageOps.invert(picture)]))
    plain = saved(index, "GIF", transparency=3)
    golden("small_frame.gif", plain[:6] + struct.pack("<HH", W + 5, H + 3) + plain[10:], rgba=True)


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    for make in (jpegs, pngs, webps, tiffs, bmps, pnms, gifs):
        make()
    (OUT / "goldens.csv").write_text("\n".join(rows) + "\n")
