#!/usr/bin/python3
"""Trains `mini`, the small default network: ten everyday classes at 32x32.

    tools/train_mini.py --data cifar10_test_jpeg.tar

The data is a tar of 32x32 JPEGs named `test/<class>/NNNN.jpg`.  The script splits it into a
training and a held-out part (stratified, fixed by --seed), trains a widened CIFAR ResNet-20,
writes models/mini.safetensors (F16 weights) and the figures in docs/mini.md.  The held-out part
is used once, after training, with the rounded weights of the file.
Needs torch, Pillow and numpy (Debian: python3-torch python3-pil python3-numpy).
"""
import argparse, copy, io, json, math, os, struct, tarfile, time
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

LABELS = "airplane automobile bird cat deer dog frog horse ship truck".split()
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
BATCH, LR, WEIGHT_DECAY, MIXUP_SHARE = 128, 0.15, 7e-4, 0.5
MARKS = "<!-- figures: written by tools/train_mini.py -->\n", "<!-- end of figures -->\n"


class BasicBlock(nn.Module):
    def __init__(self, cin, planes, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.pad = planes // 4 if stride != 1 else 0

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.pad:  # shortcut "option A": subsample, pad the channels with zeros, no parameters
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))
        return F.relu(y + x)


class ResNet(nn.Module):
    """CIFAR ResNet (6n+2 layers), the tensor names of akamaster/pytorch_resnet_cifar10."""

    def __init__(self, width, blocks):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        for i, planes in enumerate((width, 2 * width, 4 * width)):
            first = [BasicBlock(planes // 2, planes, 2)] if i else [BasicBlock(planes, planes, 1)]
            rest = [BasicBlock(planes, planes, 1) for _ in range(blocks - 1)]
            setattr(self, f"layer{i + 1}", nn.Sequential(*first, *rest))
        self.linear = nn.Linear(planes, len(LABELS))
        for m in self.modules():
            if isinstance(m, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(m.weight)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def load(path, seed, held_out):
    """Reads the tar; returns (train x, y), (held-out x, y), x as float NCHW in 0..1."""
    per_class = {name: [] for name in LABELS}
    with tarfile.open(path) as tar:
        for m in sorted((m for m in tar if m.name.endswith(".jpg")), key=lambda m: m.name):
            image = Image.open(io.BytesIO(tar.extractfile(m).read())).convert("RGB")
            per_class[m.name.split("/")[-2]].append(np.asarray(image))
    rng, parts = np.random.RandomState(seed), ([], [])
    for label, name in enumerate(LABELS):
        order, cut = rng.permutation(len(per_class[name])), held_out // len(LABELS)
        for part, ids in zip(parts, (order[cut:], order[:cut])):
            part.extend((per_class[name][i], label) for i in ids)
    return [(torch.from_numpy(np.stack([x for x, _ in p])).permute(0, 3, 1, 2).float() / 255,
             torch.tensor([y for _, y in p])) for p in parts]


def normalise(x):
    return (x - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)


def augment(x, strength):
    """Random geometry, colour and erasing for a whole batch at once (x: NCHW in 0..1)."""
    n = x.shape[0]
    u = lambda lo, hi, *s: torch.empty(n, *s).uniform_(lo, hi)
    x = torch.where(u(0, 1, 1, 1, 1) < 0.5, x.flip(3), x)
    # Crops shifted by up to 4 whole pixels; four in ten also scaled, stretched and turned a little.
    warp = (u(0, 1) < 0.4 * strength).float()
    zoom = torch.exp(warp * u(-0.25, 0.35))  # > 1: the object smaller, more border
    aspect, turn = torch.exp(warp * u(-0.12, 0.12)), warp * u(-0.2, 0.2)
    shift = torch.randint(-4, 5, (n, 2)) / 16.0
    theta = torch.stack([zoom * aspect * turn.cos(), -zoom * turn.sin(), shift[:, 0],
                         zoom * turn.sin(), zoom / aspect * turn.cos(), shift[:, 1]], 1).view(n, 2, 3)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    # Outside the picture: its mirror image, or (one in four) a plain white, black or grey ground.
    inside = F.grid_sample(torch.ones(n, 1, *x.shape[2:]), grid, align_corners=False)
    fill = torch.tensor([1.0, 1.0, 0.0, 0.47])[torch.randint(0, 4, (n,))].view(n, 1, 1, 1)
    plain = (u(0, 1, 1, 1, 1) < 0.25).float() * (1 - inside)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False) * (1 - plain) + fill * plain
    # Saturation, contrast, brightness, and a slight tint.
    s = 0.3 * strength
    x = torch.lerp(x.mean(1, keepdim=True), x, u(1 - 1.3 * s, 1 + 1.3 * s, 1, 1, 1))
    x = torch.lerp(x.mean((1, 2, 3), keepdim=True), x, u(1 - s, 1 + s, 1, 1, 1))
    x = normalise((x * u(1 - s, 1 + s, 1, 1, 1) * u(1 - s / 4, 1 + s / 4, 3, 1, 1)).clamp(0, 1))
    # Cutout: one rectangle of up to 15 pixels a side set to the mean colour.
    i = torch.arange(x.shape[3]).view(1, -1)
    span = lambda: ((i - u(0, 32, 1)).abs() <= u(0, 7 * strength, 1))
    return x.masked_fill((span().unsqueeze(2) & span().unsqueeze(1)).unsqueeze(1), 0.0)


def train(args, x, y):
    net = ResNet(args.width, args.blocks).to(memory_format=torch.channels_last)
    ema = copy.deepcopy(net).eval()
    groups = [{"params": [p for p in net.parameters() if (p.ndim > 1) == matrix],
               "weight_decay": WEIGHT_DECAY if matrix else 0.0} for matrix in (True, False)]
    opt = torch.optim.SGD(groups, lr=LR, momentum=0.9, nesterov=True)
    batches = len(x) // BATCH
    start, step, total, epoch, done = time.time(), 0, args.epochs * batches, 0, 0.0
    while done < 1:
        order, loss_sum = torch.randperm(len(x)), 0.0
        for b in range(batches):
            # The schedule follows the steps, or the clock if the time budget runs out first.
            done = max(step / total, (time.time() - start) / (60 * args.minutes))
            if done >= 1:
                break
            # Mixing stops, and the other augmentation eases, near the end of training.
            strength = 1.0 if done < 0.85 else 0.6
            lr = LR * (done / 0.15 if done < 0.15 else 0.5 + 0.5 * math.cos(math.pi * (done - 0.15) / 0.85))
            for group in opt.param_groups:
                group["lr"] = max(lr, 1e-4)
            ids = order[b * BATCH:(b + 1) * BATCH]
            xb, yb = augment(x[ids], strength), F.one_hot(y[ids], len(LABELS)).float()
            if strength == 1.0 and np.random.rand() < MIXUP_SHARE:
                lam, other = float(np.random.beta(0.4, 0.4)), torch.randperm(len(ids))
                xb, yb = lam * xb + (1 - lam) * xb[other], lam * yb + (1 - lam) * yb[other]
            with torch.autocast("cpu", torch.bfloat16):
                logits = net(xb.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits.float(), yb, label_smoothing=0.1)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            step, loss_sum = step + 1, loss_sum + loss.item()
            with torch.no_grad():
                keep = min(0.998, (1 + step) / (10 + step))
                for e, p in zip(ema.state_dict().values(), net.state_dict().values()):
                    e.lerp_(p, 1 - keep) if e.is_floating_point() else e.copy_(p)
        epoch, done = step // batches, max(done, step / total)
        print(f"epoch {epoch}: loss {loss_sum / batches:.4f}, {time.time() - start:.0f} s, {done:.1%}", flush=True)
    return ema, epoch, (time.time() - start) / 60


@torch.no_grad()
def predict(net, x):
    return torch.cat([net(normalise(c)).argmax(1) for c in x.split(250)])


def save_safetensors(path, tensors, metadata):
    """Header length (u64 LE), JSON header, raw data; tensors sorted by name, each 8-byte aligned."""
    header, data = {"__metadata__": metadata}, b""
    for name in sorted(tensors):
        t = tensors[name].contiguous().numpy()
        raw = t.astype(t.dtype.newbyteorder("<")).tobytes()
        assert len(raw) % 8 == 0, "the format allows no gaps, so sizes must keep the alignment"
        header[name] = {"dtype": {"float16": "F16", "float32": "F32"}[t.dtype.name], "shape": list(t.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", required=True, help="the tar of JPEGs")
    p.add_argument("--minutes", type=float, default=600, help="time budget; shortens the schedule if it binds")
    for name, value in (("held-out", 2000), ("epochs", 180), ("width", 24), ("blocks", 3), ("seed", 1), ("threads", 2),
                        ("out", "models/mini.safetensors"), ("doc", "docs/mini.md")):
        p.add_argument("--" + name, type=type(value), default=value, help="default: %(default)s")
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)

    (x, y), (hx, hy) = load(args.data, args.seed, args.held_out)
    net, epochs, minutes = train(args, x, y)
    depth = 6 * args.blocks + 2
    # Convolutions and the linear layer are stored as F16, the small vectors as F32.
    state = {k: v.half() if v.ndim > 1 else v for k, v in net.state_dict().items() if "num_batches" not in k}
    net.load_state_dict({k: v.float() for k, v in state.items()}, strict=False)
    table = (hy * len(LABELS) + predict(net, hx)).bincount(minlength=len(LABELS) ** 2).view(len(LABELS), -1)
    n, right = len(hy), int(table.trace())
    acc, z = right / n, 1.96
    half = z * math.sqrt(acc * (1 - acc) / n + z * z / (4 * n * n)) / (1 + z * z / n)  # Wilson
    mid = (acc + z * z / (2 * n)) / (1 + z * z / n)
    save_safetensors(args.out, state, {
        "fovea.name": "mini",
        "fovea.description": f"CIFAR ResNet-{depth} of width {args.width}: ten everyday classes at 32x32",
        "fovea.labels": json.dumps(LABELS),
        "fovea.preprocess": json.dumps({"resize": 32, "crop": 32, "interpolation": "bilinear",
                                        "mean": MEAN, "std": STD, "channels": 3}),
        "fovea.accuracy": f"{acc:.4f} on {n} held-out pictures"})
    rows = "\n".join(f"| **{name}** | " + " | ".join(str(int(v)) for v in table[i]) +
                     f" | {int(table[i, i]) / int(table[i].sum()):.1%} |" for i, name in enumerate(LABELS))
    train_acc = float((predict(net, x) == y).float().mean())
    figures = f"""
- Network: CIFAR ResNet-{depth}, {args.width} channels in the first stage,
  {sum(v.numel() for v in net.parameters()):,} parameters; the file has {os.path.getsize(args.out):,} bytes.
- Training: {len(x):,} pictures, {epochs} epochs, {minutes:.0f} minutes on {args.threads} CPU threads, seed {args.seed}.
- **Held-out top-1: {acc:.1%}** ({right} of {n}; 95 % interval {mid - half:.1%} to {mid + half:.1%}).
  On the pictures trained on: {train_acc:.1%}.

Rows are the true class, columns the answer.

| | {' | '.join(LABELS)} | recall |
|{'---|' * (len(LABELS) + 2)}
{rows}

"""
    text = open(args.doc).read() if os.path.exists(args.doc) else "".join(MARKS)
    with open(args.doc, "w") as f:
        f.write(text.split(MARKS[0])[0] + MARKS[0] + figures + MARKS[1] + text.split(MARKS[1])[1])
    print(figures)


if __name__ == "__main__":
    main()
