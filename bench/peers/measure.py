"""What the peers share. Import it before torch, numpy or onnxruntime."""
import json
import os
import pathlib
import threading
import time

# Some environments pin OpenBLAS to an older processor's kernels, at half the speed.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def pictures(folder, limit):
    files = sorted(str(f) for f in pathlib.Path(folder).iterdir() if f.suffix.lower() in (".jpg", ".jpeg"))
    if not files:
        raise SystemExit(f"no JPEG pictures in {folder}")
    return files[:limit]


def age():
    """Seconds since this process was started, the interpreter's own start included."""
    with open("/proc/self/stat") as f:
        ticks = int(f.read().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def report(peer, images, seconds, first_result_s, peak_rss_mb, **more):
    print(json.dumps({"peer": peer, "images": images, "seconds": round(seconds, 4),
                      "images_per_s": round(images / seconds, 2), "first_result_s": round(first_result_s, 3),
                      "peak_rss_mb": peak_rss_mb, **more}), flush=True)


def write_results(path, results):
    """One JSON line a picture, to compare the peers' answers: {"file", "top5": [[class, probability], ...]}"""
    with open(path, "w") as f:
        for name, top5 in sorted(results.items()):
            f.write(json.dumps({"file": os.path.basename(name), "top5": top5}) + "\n")


def _kb(path, key):
    try:
        with open(path) as f:
            return next((int(line.split()[1]) for line in f if line.startswith(key)), 0)
    except OSError:
        return 0


def peak_rss_mb():
    """Exact, for a peer of one process. (ru_maxrss is no use: a child takes over its parent's.)"""
    return round(_kb("/proc/self/status", "VmHWM:") * 1024 / 1e6, 1)


class TreeMemory:
    """Peak memory in MB of this process with its children, pages they share counted once (PSS).
    Sampled: the kernel keeps no such peak for several processes."""

    def __init__(self, period=0.5):
        self.peak_kb, self.period, self.stop = 0, period, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _tree(self, pid):
        yield pid
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as f:
                    for child in f.read().split():
                        yield from self._tree(int(child))
        except OSError:
            pass

    def _run(self):
        while not self.stop.wait(self.period):
            total = sum(_kb(f"/proc/{p}/smaps_rollup", "Pss:") for p in self._tree(os.getpid()))
            self.peak_kb = max(self.peak_kb, total)

    def finish(self):
        self.stop.set()
        self.thread.join()
        return round(max(self.peak_kb * 1024 / 1e6, peak_rss_mb()), 1)
