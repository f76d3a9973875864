#!/usr/bin/env python3
"""Logits of torchvision's networks with weights that a formula gives, so that only the logits need to be stored.

The formula is repeated in tests/model/formula_weights.h. Writes tests/data/model/*.npy; needs torch and torchvision.
"""
from pathlib import Path

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

OUT = Path(__file__).parent / "model"


def fnv1a(name):
    h = 2166136261
    for byte in name.encode():
        h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    return h


def uniform(name, count):
    """count values in [-1, 1): a 32-bit mix of the index and the name's hash."""
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(fnv1a(name))
        x = (x ^ (x >> 15)) * np.uint32(2246822519)
        x = (x ^ (x >> 13)) * np.uint32(3266489917)
        x = x ^ (x >> 16)
    return (x >> 8).astype(np.float32) / np.float32(8388608) - np.float32(1)


def fill(model):
    state = model.state_dict()
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        v = uniform(name, tensor.numel()).reshape(tensor.shape)
        if tensor.ndim > 1:
            v *= np.float32(np.sqrt(3.0 / np.prod(tensor.shape[1:])))
        elif name.endswith("running_var") or name.endswith("weight"):
            v = np.float32(1) + np.float32(0.5) * v
        else:
            v *= np.float32(0.1)
        tensor.copy_(torch.from_numpy(v))
    model.load_state_dict(state)
    return model.eval()


class CifarBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.pad = stride, outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride != 1 or self.pad:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.pad // 2, self.pad - self.pad // 2))
        return F.relu(x + y)


class CifarResNet(nn.Module):
    def __init__(self, blocks, widths, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        inputs = widths[0]
        for stage, width in enumerate(widths, 1):
            layers = []
            for k in range(blocks):
                layers.append(CifarBlock(inputs, width, 2 if stage > 1 and k == 0 else 1))
                inputs = width
            setattr(self, f"layer{stage}", nn.Sequential(*layers))
        self.linear = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


def grey_resnet18():
    model = torchvision.models.resnet18(weights=None, num_classes=7)
    model.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    return model


def main():
    OUT.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    models = torchvision.models
    cases = {
        "resnet18": (models.resnet18(weights=None), (2, 3, 224, 224)),
        "resnet50": (models.resnet50(weights=None, num_classes=11), (1, 3, 96, 96)),
        "resnet18_grey": (grey_resnet18(), (3, 1, 65, 65)),
        "mobilenet_v2": (models.mobilenet_v2(weights=None, num_classes=11), (2, 3, 96, 96)),
        "cifar_resnet20": (CifarResNet(3, (16, 32, 64), 10), (4, 3, 32, 32)),
        "cifar_resnet8_wide": (CifarResNet(1, (24, 48, 96), 5), (4, 3, 32, 32)),
    }
    with torch.inference_mode():
        for name, (model, shape) in cases.items():
            x = torch.from_numpy(uniform("input", int(np.prod(shape))).reshape(shape)).double()
            logits = fill(model).double()(x)
            np.save(OUT / f"{name}.npy", logits.numpy().astype(np.float32))


if __name__ == "__main__":
    main()
