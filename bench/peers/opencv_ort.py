"""OpenCV and onnxruntime, as a careful Python user writes it: pictures are decoded by a pool of threads
straight into the arrays of the next batches while the present batch is in the network."""
import argparse
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import measure
import cv2
import numpy as np
import onnxruntime as ort

# The normalised value of every byte, by channel: red, green, blue.
TABLES = [((np.arange(256) / 255 - m) / s).astype(np.float32) for m, s in zip(measure.MEAN, measure.STD)]


def size_of(data):
    """(width, height) from a JPEG's frame header, or None."""
    i = 2
    while i + 9 < len(data) and data[i] == 0xFF:
        marker = data[i + 1]
        if marker in (0xC0, 0xC1, 0xC2):
            return data[i + 7] << 8 | data[i + 8], data[i + 5] << 8 | data[i + 6]
        i += 2 + (data[i + 2] << 8 | data[i + 3])
    return None


def prepare(file, out):
    """Decodes one picture into out, float32[3][224][224]; returns None or what is wrong with it."""
    try:
        decode(file, out)
    except (OSError, ValueError, cv2.error) as e:
        out[:] = 0
        return str(e)


def decode(file, out):
    with open(file, "rb") as f:
        data = f.read()
    mode = cv2.IMREAD_COLOR
    size = size_of(data)
    if size:  # let the decoder shrink big pictures, as far as 256 pixels are left
        for factor, reduced in ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4),
                                (2, cv2.IMREAD_REDUCED_COLOR_2)):
            if min(size) >= 256 * factor:
                mode = reduced
                break
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), mode)
    if picture is None:
        raise ValueError("not a readable picture")
    h, w = picture.shape[:2]
    w, h = (256, max(256, h * 256 // w)) if w < h else (max(256, w * 256 // h), 256)
    picture = cv2.resize(picture, (w, h), interpolation=cv2.INTER_LINEAR)
    y, x = (h - 224) // 2, (w - 224) // 2
    picture = picture[y:y + 224, x:x + 224]
    for c in range(3):  # OpenCV's pictures are blue, green, red
        cv2.LUT(cv2.extractChannel(picture, 2 - c), TABLES[c], dst=out[c])


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder")
    p.add_argument("--model", required=True, help="network (.onnx)")
    p.add_argument("--decode-threads", type=int, default=2)
    p.add_argument("--threads", type=int, default=2, help="onnxruntime threads")
    p.add_argument("--no-spin", action="store_true", help="onnxruntime's idle threads sleep at once")
    p.add_argument("--prefetch", type=int, default=2, help="batches decoded ahead")
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--limit", type=int)
    p.add_argument("--results", help="write the answers to this file")
    a = p.parse_args()

    files = measure.pictures(a.folder, a.limit)
    cv2.setNumThreads(1)  # the pool is the parallelism
    options = ort.SessionOptions()
    options.intra_op_num_threads = a.threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0" if a.no_spin else "1")
    session = ort.InferenceSession(a.model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    results, first = {}, None
    batches = deque(files[i:i + a.batch] for i in range(0, len(files), a.batch))
    arrays = [np.empty((a.batch, 3, 224, 224), np.float32) for _ in range(1 + a.prefetch)]
    begun = deque()  # (files, array, decoding), in order

    begin = time.perf_counter()
    with ThreadPoolExecutor(a.decode_threads) as pool:
        while batches or begun:
            while batches and arrays:
                batch, array = batches.popleft(), arrays.pop()
                begun.append((batch, array, [pool.submit(prepare, f, out) for f, out in zip(batch, array)]))
            batch, array, decoding = begun.popleft()
            faults = [d.result() for d in decoding]
            logits = session.run(None, {name: array[:len(batch)]})[0]
            arrays.append(array)

            e = np.exp(logits - logits.max(1, keepdims=True))
            e /= e.sum(1, keepdims=True)
            classes = np.argsort(-e, 1)[:, :5]
            values = np.take_along_axis(e, classes, 1)
            for file, fault, c, v in zip(batch, faults, classes.tolist(), values.tolist()):
                results[file] = fault or list(zip(c, v))
            first = first or measure.age()
    seconds = time.perf_counter() - begin

    measure.report("opencv_ort", len(results), seconds, first, measure.peak_rss_mb(),
                  decode_threads=a.decode_threads, threads=a.threads, spin=not a.no_spin, batch=a.batch)
    if a.results:
        measure.write_results(a.results, results)


if __name__ == "__main__":
    main()
