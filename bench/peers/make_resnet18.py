"""make_resnet18.py PTH: writes one ResNet-18 with fixed random weights as a state dict.

Batch-norm weights and statistics are random too: left at their initial values they are all
alike, the exporter folds them away, and the engines would run a simpler network than a real one.
"""
import os
import sys

import torch
import torchvision


def resnet18():
    torch.manual_seed(0)
    model = torchvision.models.resnet18(weights=None).eval()
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.weight.data.uniform_(0.5, 1)
            m.bias.data.normal_(0, 0.1)
            m.running_mean.normal_(0, 0.1)
            m.running_var.uniform_(0.5, 1.5)
    return model


def main():
    path, = sys.argv[1:]
    torch.save(resnet18().state_dict(), path + ".part")
    os.rename(path + ".part", path)


if __name__ == "__main__":
    main()
