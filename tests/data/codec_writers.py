"""Small writers of PNG, TIFF and BMP kinds that Pillow does not write."""
import struct
import zlib

import numpy as np


def pack(samples, bits):
    """Rows of samples [h, n], each row padded to a byte."""
    if bits == 16:
        return samples.astype(">u2").tobytes()
    if bits == 8:
        return samples.astype(np.uint8).tobytes()
    spread = np.unpackbits(samples.astype(np.uint8)[:, :, None], axis=2)[:, :, 8 - bits :]
    return np.packbits(spread.reshape(len(samples), -1), axis=1).tobytes()


def _filtered(samples, bits):
    flat = samples.reshape(len(samples), -1)
    return b"".join(b"\0" + pack(row[None], bits) for row in flat)


def png(samples, bits, color_type, interlace, palette=None, transparency=None, extra=()):
    height, width = samples.shape[:2]
    passes = [(0, 0, 1, 1)]
    if interlace:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    data = b""
    for y, x, dy, dx in passes:
        part = samples[y::dy, x::dx]
        if part.size:
            data += _filtered(part, bits)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, interlace)), *extra]
    if palette is not None:
        chunks.append((b"PLTE", palette.tobytes()))
    if transparency is not None:
        chunks.append((b"tRNS", transparency))
    chunks += [(b"IDAT", zlib.compress(data, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)


def tiff_parts(width, height, bits, photometric, parts, order="<", samples=1, tags=()):
    """An uncompressed TIFF: `parts` are its strips (one a picture unless `tags` say otherwise) or tiles."""
    entries = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * samples), 259: (3, [1]), 262: (3, [photometric]),
               277: (3, [samples])}
    entries.update(dict(tags))
    tiled = 322 in entries
    entries[324 if tiled else 273] = (4, [0] * len(parts))
    entries[325 if tiled else 279] = (4, [len(part) for part in parts])
    if not tiled:
        entries.setdefault(278, (4, [height]))
    directory = 2 + 12 * len(entries) + 4
    size = {3: 2, 4: 4}
    outside = sum(size[kind] * len(v) for kind, v in entries.values() if size[kind] * len(v) > 4)
    at = 8 + directory + outside
    offsets = []
    for part in parts:
        offsets.append(at)
        at += len(part)
    entries[324 if tiled else 273] = (4, offsets)
    body, more = struct.pack(order + "H", len(entries)), b""
    for tag, (kind, values) in sorted(entries.items()):
        packed = struct.pack(order + {3: "H", 4: "I"}[kind] * len(values), *values)
        if len(packed) > 4:
            packed, more = struct.pack(order + "I", 8 + directory + len(more)), more + packed
        body += struct.pack(order + "HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(order + "HI", 42, 8) + body + bytes(4) + more + b"".join(parts)


def tiff(samples, photometric, order="<", tile=None, planes=False, rows=None, extra=None):
    height, width, count = samples.shape
    bits = samples.dtype.itemsize * 8
    samples = samples.astype(samples.dtype.newbyteorder(order))
    tags, parts = [(284, (3, [2 if planes else 1]))], []
    if extra is not None:
        tags.append((338, (3, [extra])))
    for layer in [samples[:, :, c : c + 1] for c in range(count)] if planes else [samples]:
        if tile:
            th, tw = tile
            padded = np.pad(layer, ((0, -height % th), (0, -width % tw), (0, 0)))
            parts += [padded[y : y + th, x : x + tw].tobytes() for y in range(0, height, th) for x in range(0, width, tw)]
        else:
            parts += [layer[y : y + (rows or height)].tobytes() for y in range(0, height, rows or height)]
    if tile:
        tags += [(322, (4, [tile[1]])), (323, (4, [tile[0]]))]
    elif rows:
        tags.append((278, (4, [rows])))
    return tiff_parts(width, height, bits, photometric, parts, order, count, tags)


class bmp:
    """Writers of bitmaps."""

    pack = staticmethod(pack)

    @staticmethod
    def _rows(data, height):
        step = len(data) // height
        return [data[i * step : (i + 1) * step].ljust((step + 3) // 4 * 4, b"\0") for i in range(height)]

    @staticmethod
    def _file(info, between, data):
        offset = 14 + len(info) + len(between)
        return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + info + between + data

    @staticmethod
    def paletted(index, bits, palette, os2=False, top_down=False, code=None):
        height, width = index.shape
        rows = bmp._rows(pack(index, bits), height)
        data = code if code is not None else b"".join(rows if top_down else rows[::-1])
        if os2:
            info = struct.pack("<IHHHH", 12, width, height, 1, bits)
            return bmp._file(info, b"".join(bytes(c[::-1]) for c in palette), data)
        compression = 0 if code is None else 1 if bits == 8 else 2
        info = struct.pack("<IiiHHIIiiII", 40, width, -height if top_down else height, 1, bits, compression, len(data), 0, 0,
                           len(palette), 0)
        return bmp._file(info, b"".join(bytes(c[::-1]) + b"\0" for c in palette), data)

    @staticmethod
    def words(values, masks):
        height, width = values.shape
        bits = values.dtype.itemsize * 8
        rows = bmp._rows(values.tobytes(), height)
        size = 56 if masks and len(masks) == 4 else 40
        size = 108 if size == 56 else size
        info = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, 3 if masks else 0, 0, 0, 0, 0, 0)
        between = struct.pack(f"<{len(masks)}I", *masks) if masks else b""
        if size == 108:
            info, between = (info + between).ljust(108, b"\0"), b""
        return bmp._file(info, between, b"".join(rows[::-1]))

    @staticmethod
    def rle8(index):
        code = b""
        for y, row in enumerate(index[::-1]):
            if y % 2:  # literal runs
                for x in range(0, len(row), 7):
                    part = row[x : x + 7].tobytes()
                    code += bytes([1, part[0]]) if len(part) < 3 else bytes([0, len(part)]) + part + b"\0" * (len(part) % 2)
                    if len(part) == 2:
                        code += bytes([1, part[1]])
            else:
                code += b"".join(bytes([1, int(v)]) for v in row)
            code += b"\0\0"
        return code + b"\0\1"

    @staticmethod
    def rle4(index):
        code = b""
        for row in index[::-1]:
            for x in range(0, len(row), 2):
                pair = row[x : x + 2]
                code += bytes([len(pair), int(pair[0]) << 4 | (int(pair[1]) if len(pair) > 1 else 0)])
            code += b"\0\0"
        return code + b"\0\1"
