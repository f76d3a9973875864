"""Inference only. Stays resident: for each line "run" on stdin it times one batch and prints the seconds;
at the end of stdin it prints the summary. With --rounds R it runs R batches by itself instead.

The onnxruntime engine needs the virtual environment's Python, the torch engines /usr/bin/python3."""
import argparse
import sys
import time

import measure
import numpy as np


def onnxruntime_engine(a, x):
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.intra_op_num_threads = a.threads
    session = ort.InferenceSession(a.model, options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: x}
    return lambda: session.run(None, feed)[0]


def torch_engine(a, x):
    import torch
    import torchvision
    torch.set_num_threads(a.threads)
    torch.set_grad_enabled(False)
    model = torchvision.models.resnet18(weights=None)
    model.load_state_dict(torch.load(a.pth, map_location="cpu"))
    model.eval()
    x = torch.from_numpy(x)
    if a.engine == "torch_jit":
        model = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, x)))
    return lambda: model(x).numpy()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--engine", required=True, choices=("ort", "torch_jit", "torch_eager"))
    p.add_argument("--model", help="ResNet-18 for onnxruntime (.onnx)")
    p.add_argument("--pth", help="ResNet-18 state dict for torch (.pth)")
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rounds", type=int, help="run so many batches, without reading stdin")
    p.add_argument("--logits", help="write the batch's logits to this file (.npy)")
    a = p.parse_args()

    x = np.random.default_rng(1).standard_normal((a.batch, 3, 224, 224), dtype=np.float32)
    run = (onnxruntime_engine if a.engine == "ort" else torch_engine)(a, x)
    logits = run()
    first = measure.age()
    for _ in range(3):  # the just-in-time compiler of torch specialises in the first runs
        run()
    if a.logits:
        np.save(a.logits, logits)

    times = []

    def timed():
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)

    if a.rounds:
        for _ in range(a.rounds):
            timed()
    else:
        for line in sys.stdin:
            if line.strip() != "run":
                raise SystemExit(f"not understood: {line.strip()}")
            timed()
            print(f"{times[-1]:.6f}", flush=True)
    if times:
        measure.report(f"infer_{a.engine}", a.batch * len(times), sum(times), first, measure.peak_rss_mb(),
                      batch=a.batch, threads=a.threads, median_s=round(float(np.median(times)), 6),
                      min_s=round(min(times), 6))


if __name__ == "__main__":
    main()
