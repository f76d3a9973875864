"""Prints the digests that tests/base/half_test.cpp expects: NumPy's and PyTorch's conversions over all 16-bit patterns
and over 65536 f32 patterns spread over all exponents. NaN inputs are replaced by 0 on both sides."""
import hashlib

import numpy as np
import torch


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


bits = np.arange(65536, dtype=np.uint16)
half = bits.view(np.float16)
print("f16 to f32 ", digest(np.where(np.isnan(half), np.float16(0), half).astype(np.float32)))
brain = torch.from_numpy(bits.view(np.int16).copy()).view(torch.bfloat16).float().numpy()
print("bf16 to f32", digest(np.where(np.isnan(brain), np.float32(0), brain)))

wide = (np.arange(65536, dtype=np.uint64) * 65537 % 2**32).astype(np.uint32).view(np.float32)
# Ties: the bits below f16's last place are exactly one half, or one off it.
ties = np.concatenate([(np.arange(65536, dtype=np.uint32) * 0x2000 + 0x33000000 + d) & 0x7FFFFFFF
                       for d in (0x0FFF, 0x1000, 0x1001)]).astype(np.uint32).view(np.float32)
brain_ties = np.concatenate([(np.arange(65536, dtype=np.uint32) << 16) + np.uint32(d)
                             for d in (0x7FFF, 0x8000, 0x8001)]).astype(np.uint32).view(np.float32)
with np.errstate(over="ignore"):
    for name, values in (("wide", wide), ("ties", ties)):
        values = np.where(np.isnan(values), np.float32(0), values)
        print(f"f32 to f16, {name}", digest(values.astype(np.float16)))
for name, values in (("wide", wide), ("ties", brain_ties)):
    values = np.where(np.isnan(values), np.float32(0), values)
    print(f"f32 to bf16, {name}", digest(torch.from_numpy(values.copy()).bfloat16().view(torch.int16).numpy()))
