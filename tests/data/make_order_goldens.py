"""Goldens of random numbers, sorting, scans and histograms, by NumPy, SciPy and a plain Philox4x32-10 in Python.

Writes tests/data/order/*.npy. NumPy 2.4, SciPy 1.15 or later.
"""
import math
import pathlib

import numpy as np

out = pathlib.Path(__file__).parent / "order"


def save(name, array):
    np.save(out / (name + ".npy"), array)


def philox(counter, key):
    """Salmon et al., SC'11."""
    c, (k0, k1) = list(counter), key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [p1 >> 32 ^ c[1] ^ k0, p1 & 0xFFFFFFFF, p0 >> 32 ^ c[3] ^ k1, p0 & 0xFFFFFFFF]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c


def words(seed, stream, block, domain=0):
    return philox((block & 0xFFFFFFFF, block >> 32, stream, domain), (seed & 0xFFFFFFFF, seed >> 32))


def word64(seed, stream, element, domain=0, first=False):
    w = words(seed, stream, element if first else element // 2, domain)
    half = 0 if first else element % 2
    return w[2 * half + 1] << 32 | w[2 * half]


def uniform32(seed, stream, i):
    return np.float32((words(seed, stream, i // 4)[i % 4] >> 8) * 2.0**-24)


def uniform64(seed, stream, i):
    return (word64(seed, stream, i) >> 11) * 2.0**-53


def circle(quadrant, part):
    c, s = math.cos(part * math.pi / 2), math.sin(part * math.pi / 2)
    return ((c, s), (-s, c), (-c, -s), (s, -c))[quadrant]


def normal32(seed, stream, i):
    w = words(seed, stream, i // 4)
    a, b = w[i % 4 & 2], w[i % 4 | 1]
    u = np.float32(np.float32(np.float32(a >> 1) * np.float32(2.0**-31)) + np.float32(2.0**-32))
    part = (b << 2 & 0xFFFFFFFF) * 2.0**-32
    part -= part >= 0.5
    return math.sqrt(-2 * math.log(float(u))) * circle(b >> 30, part)[i % 2]


def normal64(seed, stream, i):
    a, b = word64(seed, stream, i & ~1), word64(seed, stream, i | 1)
    part = b << 2 & 2**64 - 1
    part = (part - 2**64 * (part >= 2**63) >> 11) * 2.0**-53
    return math.sqrt(-2 * math.log((a >> 11) * 2.0**-53 + 2.0**-54)) * circle(b >> 62, part)[i % 2]


def integer(seed, stream, i, low, high):
    r = high - low
    bits = 32 if r <= 2**24 else 64
    draw = lambda domain: (words(seed, stream, i, domain)[0] if bits == 32 else word64(seed, stream, i, domain, True))
    w = words(seed, stream, i // 4)[i % 4] if bits == 32 else word64(seed, stream, i)
    domain = 0
    while w * r % 2**bits < 2**bits % r:
        domain += 1
        w = draw(domain)
    return low + (w * r >> bits)


def random_goldens():
    seed, stream, first, n = 0x243F6A8885A308D3, 7, 5, 200
    span = range(first, first + n)
    save("uniform32", np.array([uniform32(seed, stream, i) for i in span], "f4"))
    save("uniform64", np.array([uniform64(seed, stream, i) for i in span], "f8"))
    save("normal32", np.array([normal32(seed, stream, i) for i in span], "f8"))
    save("normal64", np.array([normal64(seed, stream, i) for i in span], "f8"))
    save("integers_narrow", np.array([integer(seed, stream, i, -5, 2**24 - 6) for i in range(first, first + 3000)], "i8"))
    save("integers_wide", np.array([integer(seed, stream, i, -2**62 - 9, 2**62 + 9) for i in span], "i8"))


def inputs():
    rng = np.random.default_rng(7)
    x = rng.normal(size=(17, 33)).astype("f4")
    x[3, 5:9] = np.nan, np.inf, -np.inf, 0.0
    save("x", x)
    save("y", np.round(rng.normal(size=(7, 33, 3)) * 4) + 0.0)  # without -0, which sort() puts before 0
    save("i", rng.integers(-100, 100, (31, 40)).astype("i4"))
    save("b", rng.integers(0, 256, 3000).astype("u1"))
    save("h", (rng.integers(0, 41, 2000) * 0.1 - 2).astype("f8"))
    return {n: np.load(out / (n + ".npy")) for n in "xyibh"}


def order_goldens():
    a = inputs()
    for n in "xyi":
        for axis in (0, -1):
            save(f"sort_{n}_{axis}", np.sort(a[n], axis))
            save(f"argsort_{n}_{axis}", np.argsort(a[n], axis, kind="stable"))
        for axis in (0, -1, None):
            save(f"cumsum_{n}_{axis}", np.cumsum(a[n], axis, dtype="i8" if n == "i" else None))
        with np.errstate(invalid="ignore"):
            save(f"median_{n}_-1", np.median(a[n], -1))
            for method in ("linear", "lower", "higher", "nearest", "midpoint"):
                p = np.percentile(a[n].astype("f8"), [0, 12.5, 33, 50, 90, 100], -1, method=method)
                save(f"percentile_{n}_{method}", p)
    save("cumprod_y", np.cumprod(a["y"][:, 0], 1))
    for name, array, bins, range in (
        ("h", a["h"], 40, (-2, 2)), ("hauto", a["h"], 10, None), ("h32", a["h"].astype("f4"), 40, (-2.0, 2.0)),
        ("h32auto", a["h"].astype("f4"), 37, None), ("hi", a["i"], 13, None), ("hb", a["b"], 256, (0, 256)),
        ("hx", a["x"], 11, (-1.1, 1.3)), ("hone", np.full(5, 3.0), 4, None),
    ):
        counts, edges = np.histogram(array, bins, range)
        save("counts_" + name, counts)
        save("edges_" + name, edges)


def main():
    out.mkdir(exist_ok=True)
    random_goldens()
    order_goldens()


if __name__ == "__main__":
    main()
