"""Part of the peers: whole pipelines, each a process of its own, from files to the most probable classes."""
import subprocess


class script:
    """Runs a program that prints, as one JSON object, how long it took and its most resident memory."""
    measures_itself = True

    def __init__(self, *command):
        self.command = [sys.executable, "-W", "ignore", *map(str, command)]

    def __call__(self):
        done = subprocess.run(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise RuntimeError((done.stderr.strip() or f"ended with status {done.returncode}").splitlines()[-1])
        report = json.loads(done.stdout)
        return {"ms": 1e3 * report["seconds"], "peak_mb": report["peak_rss_mb"]}


def endtoend(case, loop):
    folder, network, precision, calls = private_folder(), torch_network(case), case["precision"], {}
    if not os.path.isdir(case["folder"]):
        raise ValueError("expected a folder of pictures")
    for name, text in case["scripts"].items():
        with open(f"{folder}/{name}", "w") as file:
            file.write(text)
    if pil and need("torchvision", "torchvision"):
        torch.save(network.state_dict(), folder + "/network.pth")
        for workers in (THREADS, 2 * THREADS):
            loader = (folder + "/dataloader.py", case["folder"], "--model", folder + "/network.pth", "--architecture",
                      case["architecture"], "--classes", case["classes"], "--workers", workers, "--threads", THREADS)
            calls[f"DataLoader, {workers} workers"] = script(*loader)
            if precision == "bf16":
                calls[f"DataLoader and bf16, {workers} workers"] = script(*loader, "--bf16")
    if precision == "bf16":  # which onnxruntime does not have on CPUs
        return calls
    onnx = cv2 and need("onnxruntime", "onnxruntime") and export_onnx(network, case["crop"], folder + "/network.onnx")
    if onnx and precision == "int8":
        onnx = quantize_onnx(onnx, folder + "/int8.onnx", pictures_of(case))
    if onnx:
        for batch in (8, 32):
            calls[f"OpenCV and onnxruntime, batch {batch}"] = script(
                folder + "/opencv_ort.py", case["folder"], "--model", onnx, "--decode-threads", THREADS, "--threads",
                THREADS, "--batch", batch)
    return calls


SUBJECTS["endtoend"] = endtoend
