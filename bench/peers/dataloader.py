"""PyTorch as it is taught: a Dataset of Pillow pictures, a DataLoader with worker processes, top 5."""
import argparse
import time

import measure
import torch
import torchvision
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms


class Pictures(Dataset):
    def __init__(self, files):
        self.files = files
        self.transform = transforms.Compose([
            transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
            transforms.Normalize(measure.MEAN, measure.STD)])

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        return self.transform(Image.open(self.files[i]).convert("RGB")), self.files[i]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder")
    p.add_argument("--model", required=True, help="state dict (.pth)")
    p.add_argument("--architecture", default="resnet18", help="its network, of torchvision's (default: resnet18)")
    p.add_argument("--classes", type=int, default=1000)
    p.add_argument("--workers", type=int, default=2, help="DataLoader worker processes (0: none)")
    p.add_argument("--threads", type=int, default=0, help="torch threads (0: torch's default)")
    p.add_argument("--bf16", action="store_true", help="autocast to bf16, channels last")
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--limit", type=int)
    p.add_argument("--results", help="write the answers to this file")
    a = p.parse_args()

    files = measure.pictures(a.folder, a.limit)
    if a.threads:
        torch.set_num_threads(a.threads)
    model = getattr(torchvision.models, a.architecture)(weights=None, num_classes=a.classes)
    model.load_state_dict(torch.load(a.model, map_location="cpu", weights_only=True))
    model.eval()
    form = torch.channels_last if a.bf16 else torch.contiguous_format
    model = model.to(memory_format=form)

    memory = measure.TreeMemory()
    results, first = {}, None
    begin = time.perf_counter()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=a.bf16):
        for x, names in DataLoader(Pictures(files), batch_size=a.batch, num_workers=a.workers):
            values, classes = torch.softmax(model(x.to(memory_format=form)).float(), 1).topk(5)
            for name, c, v in zip(names, classes.tolist(), values.tolist()):
                results[name] = list(zip(c, v))
            first = first or measure.age()
    seconds = time.perf_counter() - begin

    measure.report("dataloader", len(results), seconds, first, memory.finish(),
                  workers=a.workers, threads=torch.get_num_threads(), batch=a.batch)
    if a.results:
        measure.write_results(a.results, results)


if __name__ == "__main__":
    main()
