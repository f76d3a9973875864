#!/usr/bin/env python3
"""Activations inside the CIFAR ResNet of make_network_goldens.py, in f64 by NumPy alone.

The same code must give the logits that torch gave (model/cifar_resnet8_wide.npy), or it refuses to write. Writes
tests/data/model/cifar_resnet8_wide.LAYER.npy for two pictures of 12 x 12; needs NumPy.
"""
from pathlib import Path

import numpy as np

OUT = Path(__file__).parent / "model"
NETWORK = "cifar_resnet8_wide"
WIDTHS = (24, 48, 96)
CLASSES = 5


def uniform(name, shape):
    """Values in [-1, 1): a 32-bit mix of the index and the name's FNV-1a hash."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        x = np.arange(np.prod(shape), dtype=np.uint32) * np.uint32(2654435761) + np.uint32(seed)
        x = (x ^ (x >> 15)) * np.uint32(2246822519)
        x = (x ^ (x >> 13)) * np.uint32(3266489917)
        x = x ^ (x >> 16)
    return ((x >> 8).astype(np.float32) / np.float32(8388608) - np.float32(1)).reshape(shape)


def weight(name, shape):
    scale = np.float32(np.sqrt(3.0 / np.prod(shape[1:])))
    return (uniform(name + ".weight", shape) * scale).astype(np.float64)


def conv(x, name, out, stride):
    """3 x 3, padded by one."""
    w = weight(name, (out, x.shape[1], 3, 3))
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwij,ocij->nohw", windows, w, optimize=True)


def batch_norm(x, name):
    half, tenth, one = np.float32(0.5), np.float32(0.1), np.float32(1)
    count = x.shape[1]

    def channel(values):
        return values.astype(np.float64)[None, :, None, None]

    scale = channel(one + half * uniform(name + ".weight", (count,)))
    shift = channel(tenth * uniform(name + ".bias", (count,)))
    mean = channel(tenth * uniform(name + ".running_mean", (count,)))
    variance = channel(one + half * uniform(name + ".running_var", (count,)))
    return (x - mean) / np.sqrt(variance + 1e-5) * scale + shift


def activations(x):
    """By the names of fused layers: a convolution's is after its normalisation and ReLU."""
    layers = {}
    x = np.maximum(batch_norm(conv(x, "conv1", WIDTHS[0], 1), "bn1"), 0)
    layers["conv1"] = x
    for stage, width in enumerate(WIDTHS, 1):
        name, stride = f"layer{stage}.0", 1 if stage == 1 else 2
        y = np.maximum(batch_norm(conv(x, name + ".conv1", width, stride), name + ".bn1"), 0)
        layers[name + ".conv1"] = y
        y = batch_norm(conv(y, name + ".conv2", width, 1), name + ".bn2")
        more = width - x.shape[1]
        x = np.pad(x[:, :, ::stride, ::stride], ((0, 0), (more // 2, more - more // 2), (0, 0), (0, 0)))
        x = np.maximum(x + y, 0)
        layers[name + ".conv2"] = x  # which adds the shortcut
    layers["avgpool"] = x.mean((2, 3))
    bias = (np.float32(0.1) * uniform("linear.bias", (CLASSES,))).astype(np.float64)
    layers["linear"] = layers["avgpool"] @ weight("linear", (CLASSES, WIDTHS[-1])).T + bias
    return layers


def main():
    torchs = np.load(OUT / f"{NETWORK}.npy").astype(np.float64)
    logits = activations(uniform("input", (4, 3, 32, 32)).astype(np.float64))["linear"]
    assert np.abs(logits - torchs).max() <= 1e-6 * np.abs(torchs).max()
    layers = activations(uniform("input", (2, 3, 12, 12)).astype(np.float64))
    for name in ("layer1.0.conv2", "layer2.0.conv1", "layer3.0.conv2", "avgpool"):
        np.save(OUT / f"{NETWORK}.{name}.npy", layers[name].astype(np.float32))


if __name__ == "__main__":
    main()
