"""Writes fft/*.npy with SciPy: inputs NAME_x.npy, results NAME_y.npy, and cases.txt, one line `name op key=value…` a case."""
import pathlib

import numpy as np
import scipy.fft

target = pathlib.Path(__file__).parent / "fft"
target.mkdir(exist_ok=True)
random = np.random.default_rng(7)
lines = []


def values(shape, dtype):
    x = random.uniform(-1, 1, shape)
    if np.issubdtype(dtype, np.complexfloating):
        x = x + 1j * random.uniform(-1, 1, shape)
    return x.astype(dtype)


def case(op, x, **arguments):
    name = f"{op}_{len(lines)}"
    np.save(target / f"{name}_x.npy", x)
    np.save(target / f"{name}_y.npy", getattr(scipy.fft, op)(x, **arguments))
    texts = [f"{key}={','.join(map(str, v)) if isinstance(v, (tuple, list)) else v}" for key, v in arguments.items()]
    lines.append(" ".join([name, op, *texts]))


for n in [1, 2, 3, 4, 5, 7, 11, 13, 16, 17, 30, 64, 97, 101, 121, 243, 360]:
    case("fft", values(n, np.complex128))
    case("rfft", values(n, np.float32))
for n in [2, 3, 9, 16, 37]:
    case("ifft", values(n, np.complex64))
    case("irfft", values(n // 2 + 1, np.complex128), n=n)
for n in [1000, 1009]:
    case("fft", values(n, np.complex64))
    case("rfft", values(n, np.float64))
for norm in ["backward", "ortho", "forward"]:
    for op, dtype in [("fft", np.complex64), ("ifft", np.complex128), ("rfft", np.float64), ("irfft", np.complex64)]:
        case(op, values((3, 10), dtype), axis=0, norm=norm)
    for op, dtype in [("fft2", np.complex128), ("ifft2", np.complex64), ("rfft2", np.float32), ("irfft2", np.complex128)]:
        case(op, values((5, 6), dtype), norm=norm)
for n in [6, 15, 24]:
    case("fft", values((2, 15), np.complex64), n=n)
    case("rfft", values((15, 2), np.float64), n=n, axis=0)
    case("irfft", values((2, 8), np.complex64), n=n)
for shape in [(12, 35), (19, 20), (1, 33), (40, 7), (2, 9, 14)]:
    case("fft2", values(shape, np.complex64))
    case("ifft2", values(shape, np.complex128))
    case("rfft2", values(shape, np.float32))
    case("irfft2", values(shape, np.complex64))
case("fft2", values((6, 4, 5), np.complex128), axes=(0, 2), s=(8, 3))
case("rfft2", values((6, 4, 5), np.float64), axes=(2, 0))
case("irfft2", values((6, 4, 5), np.complex128), axes=(1, 2), s=(4, 9))
case("fft2", values((9, 8), np.float32), s=(4, 12))
case("rfft2", values((9, 8), np.float64), s=(16, 5))
case("fft", (100 * values((3, 12), np.float64)).astype(np.int16))
case("fft", values((3, 12), np.float64) > 0)
case("rfft", (200 * np.abs(values((3, 12), np.float64))).astype(np.uint8))
case("fftshift", values((5, 6), np.float32))
case("ifftshift", values((5, 6), np.float32))
case("fftshift", values((5, 6, 7), np.float64), axes=(0, -1))
case("ifftshift", values((5, 6, 7), np.complex64), axes=(1,))
np.save(target / "fftfreq_5.npy", scipy.fft.fftfreq(5, 0.25))
np.save(target / "fftfreq_6.npy", scipy.fft.fftfreq(6))
np.save(target / "rfftfreq_5.npy", scipy.fft.rfftfreq(5, 0.25))
np.save(target / "rfftfreq_6.npy", scipy.fft.rfftfreq(6))
(target / "cases.txt").write_text("\n".join(lines) + "\n")
