"""make_resnet18.py ONNX PTH: writes one ResNet-18 with fixed random weights as ONNX and as a state dict.

Batch-norm weights and statistics are random too: left at their initial values they are all
alike, the exporter folds them away, and the engines would run a simpler network than a real one.
"""
import os
import sys

os.environ.pop("OPENBLAS_CORETYPE", None)
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
    onnx, pth = sys.argv[1:]
    model = resnet18()
    torch.save(model.state_dict(), pth + ".part")
    torch.onnx.export(model, torch.zeros(1, 3, 224, 224), onnx + ".part", opset_version=13,
                      input_names=["input"], output_names=["logits"],
                      dynamic_axes={"input": {0: "n"}, "logits": {0: "n"}})
    os.rename(onnx + ".part", onnx)
    os.rename(pth + ".part", pth)


if __name__ == "__main__":
    main()
