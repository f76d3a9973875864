"""The peers of `fovea bench`: arrays.py, pictures.py, networks.py, endtoend.py and talk.py are one program, which
fovea carries in this order and runs as python3 -c. This part: what there is, and the calls of single ops.
"""
import importlib
import json
import os
import sys
import time

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what libraries print is no answer


def answer(**fields):
    answers.write(json.dumps(fields) + "\n")
    answers.flush()


THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))
have, absent = {}, []


def load(name, package=None):
    try:
        module = importlib.import_module(name)
        for part in name.split(".")[1:]:
            getattr(importlib.import_module(name.split(".")[0]), part)
        top = importlib.import_module(name.split(".")[0])
        have[package or name] = getattr(top, "__version__", "?")
        return module
    except Exception:
        absent.append(package or name)
        return None


def need(name, package):
    """A module that only some subjects use; none, and a remark, where it is missing."""
    try:
        return importlib.import_module(name)
    except Exception as error:
        remarks.append(f"{package}: {type(error).__name__}: {error}")
        return None


remarks, endings = [], []


def take_remarks():
    taken = list(remarks)
    remarks.clear()
    return taken


def on_leaving(ending):
    """Called when the case is over."""
    endings.append(ending)


def leave():
    while endings:
        endings.pop()()


np = load("numpy")
sp_signal = load("scipy.signal", "scipy") if np else None
sp_fft = importlib.import_module("scipy.fft") if sp_signal else None
sp_image = importlib.import_module("scipy.ndimage") if sp_signal else None
cv2 = load("cv2")
numexpr = load("numexpr")
torch = load("torch")
pyfftw = load("pyfftw")
pil = load("PIL.Image", "PIL")
if cv2:
    cv2.setNumThreads(THREADS)
if torch:
    torch.set_num_threads(THREADS)
if numexpr:
    numexpr.set_num_threads(THREADS)

NUMPY = {"f64": "float64", "f32": "float32", "f16": "float16", "u8": "uint8", "i8": "int8", "u16": "uint16",
         "i16": "int16", "i32": "int32", "i64": "int64", "c64": "complex64", "c128": "complex128", "bool": "bool"}


class scaled:
    """A call on a part of the problem; its time counts `scale` times."""

    def __init__(self, call, scale):
        self.call, self.scale = call, scale

    def __call__(self):
        return self.call()


def values(shape, dtype):
    rng = np.random.default_rng(1)
    kind = np.dtype(NUMPY[dtype])
    if kind.kind in "ui":
        info = np.iinfo(kind)
        return rng.integers(max(info.min, -1000), min(info.max, 1000), shape, endpoint=True).astype(kind)
    if kind.kind == "c":
        real = kind.type(0).real.dtype
        return (rng.random(shape, dtype=real) + 1j * rng.random(shape, dtype=real)).astype(kind)
    if kind.kind == "b":
        return rng.random(shape) < 0.5
    return rng.random(shape).astype(kind)


def filters(case, loop):
    kind, size, x = case["kind"], case.get("size", 3), values(case["shape"], case["dtype"])
    calls, channels = {}, (1,) if x.ndim == 3 else ()
    if kind == "box_filter":
        if cv2:
            calls["cv2.blur"] = lambda: cv2.blur(x, (size, size))
            kernel = np.full((size, size), 1 / size ** 2, np.float64 if x.dtype == np.float64 else np.float32)
            calls["cv2.filter2D"] = lambda: cv2.filter2D(x, -1, kernel)
        if sp_image:
            calls["scipy uniform_filter"] = lambda: sp_image.uniform_filter(x, (size, size) + channels)
    if kind == "gaussian_filter":
        sigma, radius = case["sigma"], case["radius"]
        if cv2:
            side = 2 * radius + 1
            calls["cv2.GaussianBlur"] = lambda: cv2.GaussianBlur(x, (side, side), sigma)
        if sp_image:
            sigmas = (sigma, sigma) + ((0,) if channels else ())
            calls["scipy gaussian_filter"] = lambda: sp_image.gaussian_filter(x, sigmas, radius=radius)
    if kind == "median_filter":
        if cv2 and (x.dtype == np.uint8 or (size <= 5 and x.dtype in (np.float32, np.uint16))):
            calls["cv2.medianBlur"] = lambda: cv2.medianBlur(x, size)
        if sp_image:
            calls["scipy median_filter"] = lambda: sp_image.median_filter(x, (size, size) + channels)
    if loop and kind == "box_filter":
        small = np.ascontiguousarray(x.reshape(x.shape[0], -1)[:60, :60])
        scale = x.size / small.size
        calls["Python loop"] = scaled(lambda: python_box(small, size), scale)
        calls["Python loop, np.mean"] = scaled(lambda: python_mean_box(small, size), scale)
    return calls


def python_box(image, size):
    rows, columns, r = image.shape[0], image.shape[1], size // 2
    out = np.zeros_like(image)
    for i in range(r, rows - r):
        for j in range(r, columns - r):
            total = 0.0
            for a in range(-r, r + 1):
                for b in range(-r, r + 1):
                    total += image[i + a, j + b]
            out[i, j] = total / size ** 2
    return out


def python_mean_box(image, size):
    rows, columns, r = image.shape[0], image.shape[1], size // 2
    out = np.zeros_like(image)
    for i in range(r, rows - r):
        for j in range(r, columns - r):
            out[i, j] = np.mean(image[i - r:i + r + 1, j - r:j + r + 1])
    return out


def python_sum(x):
    total = 0.0
    for v in x:
        total += v ** 0.5 + v * v
    return total


def blocked_sum(x, block=1 << 15):
    """NumPy by someone who knows about caches: blocks of 256 KiB and one kept temporary."""
    total, kept = 0.0, np.empty(block, x.dtype)
    for i in range(0, x.size, block):
        part = x[i:i + block]
        root = kept[:part.size]
        np.sqrt(part, out=root)
        total += root.sum()
        total += np.dot(part, part)
    return total


def reductions(case, loop):
    kind, x, calls = case["kind"], values(case["shape"], case["dtype"]), {}
    t = torch.from_numpy(x) if torch else None
    if kind == "sum(sqrt(x)+x**2)":
        calls["NumPy"] = lambda: np.sum(np.sqrt(x) + x ** 2)
        calls["NumPy, blocked by hand"] = lambda: blocked_sum(x)
        if numexpr:
            calls["numexpr"] = lambda: numexpr.evaluate("sum(sqrt(x) + x**2)", local_dict={"x": x})
        if torch:
            calls["torch"] = lambda: float((t.sqrt() + t * t).sum())
        if loop:
            small = x[:100000]
            calls["Python loop"] = scaled(lambda: python_sum(small), x.size / small.size)
    else:
        calls["NumPy"] = lambda: getattr(np, kind)(x)
        if torch:
            more = {"correction": 0} if kind == "std" else {}
            calls["torch"] = lambda: float(getattr(t, kind)(**more))
        if loop and kind == "sum":
            small = x[:100000]
            calls["Python loop"] = scaled(lambda: sum(small), x.size / small.size)
    return calls


def elementwise(case, loop):
    x, y, calls = values(case["shape"], case["dtype"]), values(case["shape"], case["dtype"]), {}
    out = np.empty_like(x)
    calls["NumPy"] = lambda: x + y
    calls["NumPy, out="] = lambda: np.add(x, y, out=out)
    if numexpr and x.dtype in (np.float32, np.float64):
        calls["numexpr"] = lambda: numexpr.evaluate("x + y", local_dict={"x": x, "y": y})
    if torch:
        a, b = torch.from_numpy(x), torch.from_numpy(y)
        calls["torch"] = lambda: a + b
    if loop:
        n = min(x.size, 100000)
        calls["Python loop"] = scaled(lambda: [x[i] + y[i] for i in range(n)], x.size / n)
    return calls


def matmul(case, loop):
    m, k, n = case["shape"]
    dtype, calls = case["dtype"], {}
    if dtype == "bf16":
        if torch:
            a, b = torch.rand(m, k).bfloat16(), torch.rand(k, n).bfloat16()
            out = torch.empty(m, n, dtype=torch.bfloat16)
            calls["torch.mm"] = lambda: torch.mm(a, b, out=out)
        return calls
    x, y = values((m, k), dtype), values((k, n), dtype)
    if dtype in ("f32", "f64"):
        out = np.empty((m, n), x.dtype)
        calls["NumPy matmul"] = lambda: np.matmul(x, y, out=out)
    if torch:
        a, b = torch.from_numpy(x), torch.from_numpy(y)
        if dtype == "i8":
            if hasattr(torch, "_int_mm"):
                calls["torch._int_mm"] = lambda: torch._int_mm(a, b)
        elif dtype in ("f16", "f32", "f64"):
            kept = torch.empty(m, n, dtype=a.dtype)
            calls["torch.mm"] = lambda: torch.mm(a, b, out=kept)
    if loop:
        side = 48
        a, b = x[:side, :side].tolist(), y[:side, :side].tolist()
        edge = (len(a), len(b), len(b[0]))
        calls["Python loop"] = scaled(lambda: python_matmul(a, b), m * k * n / (edge[0] * edge[1] * edge[2]))
    return calls


def python_matmul(a, b):
    out = [[0.0] * len(b[0]) for _ in a]
    for i in range(len(a)):
        for j in range(len(b[0])):
            total = 0.0
            for k in range(len(b)):
                total += a[i][k] * b[k][j]
            out[i][j] = total
    return out


def fft(case, loop):
    kind, x, calls = case["kind"], values(case["shape"], case["dtype"]), {}
    calls["numpy.fft"] = lambda: getattr(np.fft, kind)(x)
    if sp_fft:
        calls["scipy.fft"] = lambda: getattr(sp_fft, kind)(x, workers=THREADS)
    if torch:
        t = torch.from_numpy(x)
        calls["torch.fft"] = lambda: getattr(torch.fft, kind)(t)
    if pyfftw:
        single = x.dtype in (np.float32, np.complex64)
        shape = list(x.shape)
        if kind == "rfft2":
            shape[1] = shape[1] // 2 + 1
        begin = pyfftw.empty_aligned(x.shape, x.dtype)
        end = pyfftw.empty_aligned(shape, np.complex64 if single else np.complex128)
        plan = pyfftw.FFTW(begin, end, axes=(0, 1), flags=("FFTW_MEASURE",), threads=THREADS,
                           planning_timelimit=20.0)
        begin[...] = x
        calls["FFTW MEASURE"] = plan.execute
    return calls


def correlate(case, loop):
    x, side, calls = values(case["shape"], case["dtype"]), case["size"], {}
    kernel = values((side, side), case["dtype"])
    if sp_signal:
        if side <= 15:
            calls["scipy correlate2d"] = lambda: sp_signal.correlate2d(x, kernel, mode="same")
        calls["scipy fftconvolve"] = lambda: sp_signal.fftconvolve(x, kernel, mode="same")
        if side > 15:
            calls["scipy oaconvolve"] = lambda: sp_signal.oaconvolve(x, kernel, mode="same")
    if cv2:
        calls["cv2.filter2D"] = lambda: cv2.filter2D(x, -1, kernel, borderType=cv2.BORDER_CONSTANT)
    if loop:
        small = np.ascontiguousarray(x[:side + 8, :side + 8])
        inside = 9 * 9
        calls["Python loop"] = scaled(lambda: python_correlate(small, kernel), x.size / inside)
    return calls


def python_correlate(image, kernel):
    side, out = kernel.shape[0], []
    for i in range(image.shape[0] - side + 1):
        for j in range(image.shape[1] - side + 1):
            total = 0.0
            for a in range(side):
                for b in range(side):
                    total += image[i + a, j + b] * kernel[a, b]
            out.append(total)
    return out


def resize(case, loop):
    x, (rows, columns), kind, calls = values(case["shape"], case["dtype"]), case["to"], case["filter"], {}
    ways = {"nearest": "NEAREST", "bilinear": "LINEAR", "bicubic": "CUBIC", "box": "AREA", "lanczos": "LANCZOS4"}
    if cv2 and kind in ways:
        way = getattr(cv2, "INTER_" + ways[kind])
        calls["cv2.resize " + ways[kind]] = lambda: cv2.resize(x, (columns, rows), interpolation=way)
        if kind != "box":
            calls["cv2.resize AREA"] = lambda: cv2.resize(x, (columns, rows), interpolation=cv2.INTER_AREA)
    if pil and x.dtype == np.uint8 and x.ndim == 3 and x.shape[2] == 3:
        image, how = pil.fromarray(x), getattr(pil.Resampling, kind.upper())
        calls["Pillow"] = lambda: image.resize((columns, rows), how)
    if torch and x.dtype == np.float32 and kind in ("bilinear", "bicubic"):
        t = torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1))[None])
        work = torch.nn.functional.interpolate
        calls["torch antialias"] = lambda: work(t, size=(rows, columns), mode=kind, antialias=True)
    return calls


def random(case, loop):
    shape, dtype, calls = case["shape"], NUMPY[case["dtype"]], {}
    rng, count = np.random.default_rng(1), int(np.prod(shape))
    philox, sfc = np.random.Generator(np.random.Philox(1)), np.random.Generator(np.random.SFC64(1))
    name = "random" if case["kind"] == "random_uniform" else "standard_normal"
    for who, g in (("NumPy PCG64", rng), ("NumPy Philox", philox), ("NumPy SFC64", sfc)):
        calls[who] = lambda g=g: getattr(g, name)(shape, dtype=dtype)
    if torch:
        make, kind = (torch.rand if name == "random" else torch.randn), getattr(torch, dtype)
        calls["torch"] = lambda: make(count, dtype=kind)
    if loop:
        import random as plain
        n, draw = min(count, 100000), (plain.random if name == "random" else lambda: plain.gauss(0, 1))
        calls["Python loop"] = scaled(lambda: [draw() for _ in range(n)], count / n)
    return calls


def sorting(case, loop):
    x, calls = values(case["shape"], case["dtype"]), {}
    calls["NumPy"] = lambda: np.sort(x)
    if torch:
        t = torch.from_numpy(x)
        calls["torch"] = lambda: torch.sort(t)
    return calls


SUBJECTS = {"filter": filters, "reduce": reductions, "elementwise": elementwise, "matmul": matmul, "fft": fft,
            "correlate": correlate, "resize": resize, "random": random, "sort": sorting}
