"""Part of the peers: networks, on the same weights as ours."""
import contextlib
import shutil
import struct
import tempfile


def private_folder():
    folder = tempfile.mkdtemp(prefix="fovea-bench-")
    on_leaving(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


def safetensors(path):
    """The tensors of a safetensors file: 8 bytes of length, a JSON header, the data."""
    kinds = {"F32": "float32", "F64": "float64", "F16": "float16", "I64": "int64", "I32": "int32", "U8": "uint8"}
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(length)), file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = np.frombuffer(data[begin:end], kinds[entry["dtype"]]).copy()
        tensors[name] = torch.from_numpy(flat.reshape(entry["shape"]))
    return tensors


def torch_network(case):
    """torchvision's network with the case's weights."""
    models = need("torchvision.models", "torchvision") if torch else None
    make = getattr(models, case["architecture"], None) if models else None
    if make is None or not case["weights"]:
        raise ValueError(f"expected a file of weights of a network of torchvision's, got {case['architecture']}")
    with open(case["weights"], "rb") as file:
        zipped = file.read(2) == b"PK"
    state = (torch.load(case["weights"], map_location="cpu", weights_only=True)
             if zipped or not case["weights"].endswith(".safetensors") else safetensors(case["weights"]))
    network = make(weights=None, num_classes=case["classes"])
    network.load_state_dict(state.get("state_dict", state))
    return network.eval()


def export_onnx(network, crop, path):
    if not need("onnx", "onnx"):
        return None
    with contextlib.redirect_stdout(sys.stderr):
        torch.onnx.export(network, (torch.zeros(1, 3, crop, crop),), path, dynamo=False, opset_version=17,
                          input_names=["input"], output_names=["logits"],
                          dynamic_axes={"input": {0: "n"}, "logits": {0: "n"}})
    return path


def quantize_onnx(path, to, x):
    """u8 activations and s8 weights by channel, as pairs of QuantizeLinear and DequantizeLinear, calibrated on x, all of
    the case's pictures."""
    quantization = need("onnxruntime.quantization", "onnxruntime")
    if not quantization:
        return None

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.left = [{"input": x[i:i + 1]} for i in range(len(x))]

        def get_next(self):
            return self.left.pop() if self.left else None

    ready = path + ".ready.onnx"
    quantization.shape_inference.quant_pre_process(path, ready)
    quantization.quantize_static(ready, to, Reader(), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
                                 activation_type=quantization.QuantType.QUInt8,
                                 weight_type=quantization.QuantType.QInt8)
    return to


def onnxruntime_call(path, x):
    ort = need("onnxruntime", "onnxruntime")
    if not ort or not path:
        return None
    options = ort.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"input": x})[0]


def openvino_call(path, x, precision):
    vino = need("openvino", "openvino")
    if not vino or not path:
        return None
    core = vino.Core()
    network = core.read_model(path)
    network.reshape({0: list(x.shape)})
    compiled = core.compile_model(network, "CPU", {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": THREADS,
                                                   "INFERENCE_PRECISION_HINT": precision})
    request = compiled.create_infer_request()
    return lambda: request.infer({0: x}, share_inputs=True, share_outputs=True)[0]


def torch_calls(network, x, precision):
    wide = torch.from_numpy(x).to(memory_format=torch.channels_last)
    network = network.to(memory_format=torch.channels_last)
    bf16 = precision == "bf16"

    def eager(run):
        def call():
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                return run(wide)
        return call

    def frozen():
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=bf16, cache_enabled=False):
            traced = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, wide)))
        return eager(traced)

    def compiled():
        import torch._inductor.config as inductor
        inductor.freezing = True
        with torch.no_grad():
            return eager(torch.compile(network))

    return {"torch": lambda: eager(network), "torch frozen JIT": frozen, "torch compiled": compiled}


def pictures_of(case):
    """f32 [n, channels, side, side]: what ours is timed on and calibrated by."""
    return np.fromfile(case["pictures"]["file"], np.float32).reshape(case["pictures"]["shape"])


def bf16_product(operations):
    """A matrix product of oneDNN's that counts for as many operations: the rate that programs reach at best."""
    side = 2048
    a, b = torch.rand(side, side).bfloat16(), torch.rand(side, side).bfloat16()
    return scaled(lambda: torch.mm(a, b), operations / (2 * side**3))


def networks(case, loop):
    network, precision, pictures = torch_network(case), case["precision"], pictures_of(case)
    x = np.ascontiguousarray(pictures[np.arange(case["shape"][0]) % len(pictures)])
    folder = private_folder()
    with torch.inference_mode():
        expected = network(torch.from_numpy(x)).numpy()
    onnx = export_onnx(network, case["crop"], folder + "/network.onnx")
    makers = {}
    if precision == "int8":
        onnx = quantize_onnx(onnx, folder + "/int8.onnx", pictures) if onnx else None
    else:
        makers.update(torch_calls(network, x, precision))
    if precision != "bf16":
        makers["onnxruntime"] = lambda: onnxruntime_call(onnx, x)
    makers["openvino"] = lambda: openvino_call(onnx, x, "bf16" if precision == "bf16" else "f32")
    calls = {}
    for name, make in makers.items():
        try:
            call = make()
            if not call:
                continue
            for _ in range(4):  # just-in-time compilers specialise in the first runs
                result = call()
            check(name, np.asarray(result if isinstance(result, np.ndarray) else result.float()), expected, precision)
            calls[name] = call
        except Exception as error:
            remarks.append(f"{name}: {type(error).__name__}: {error}")
    if precision == "bf16":
        calls["torch.mm of as many operations"] = bf16_product(case["operations"])
    return calls


def check(name, result, expected, precision):
    """The peer computes the same network, but for rounding."""
    off = np.linalg.norm(result - expected) / np.linalg.norm(expected)
    if not off < {"f32": 1e-4, "bf16": 0.1, "int8": 0.5}[precision]:
        raise ValueError(f"answers are off by {off:.2g}")


SUBJECTS["network"] = networks
