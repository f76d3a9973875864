"""Writes weights/: small files of every kind that the readers of model/format take. Run with torch 1.13 or newer.

Every tensor t of a file holds the values base, base + 1, .. in row-major order (mod 2 for booleans), where base is
in expected.tsv: file, name, dtype, shape, base. Strided ones hold them as seen through their strides.
"""
import collections
import json
import pathlib
import struct
import zipfile

import torch

folder = pathlib.Path(__file__).parent / "weights"
folder.mkdir(exist_ok=True)
rows = []
names = {torch.float32: "f32", torch.float64: "f64", torch.float16: "f16", torch.bfloat16: "bf16", torch.int64: "i64",
         torch.int32: "i32", torch.int16: "i16", torch.int8: "i8", torch.uint8: "u8", torch.bool: "boolean"}


def ramp(base, shape, dtype=torch.float32):
    count = int(torch.tensor(shape).prod()) if shape else 1
    return (torch.arange(count) + base).reshape(shape).to(dtype) if dtype != torch.bool else (
        (torch.arange(count) + base) % 2 == 1).reshape(shape)


def expect(file, tensors, bases):
    for name, tensor in tensors.items():
        shape = ",".join(map(str, tensor.shape))
        rows.append(f"{file}\t{name}\t{names[tensor.dtype]}\t{shape}\t{bases[name]}\n")


def plain():
    return collections.OrderedDict(
        [("conv.weight", ramp(1, (2, 3, 2, 2))), ("bn.bias", ramp(-3, (5,))), ("scalar", ramp(7, ())),
         ("bn.num_batches_tracked", ramp(42, (), torch.int64)), ("none", ramp(0, (0, 4)))])


plain_bases = {"conv.weight": 1, "bn.bias": -3, "scalar": 7, "bn.num_batches_tracked": 42, "none": 0}


def save(stem, obj, tensors, bases, **options):
    for suffix, new in (("pth", True), ("legacy.pth", False)):
        file = f"{stem}.{suffix}"
        torch.save(obj, folder / file, _use_new_zipfile_serialization=new, **options)
        expect(file, tensors, bases)


save("plain", plain(), plain(), plain_bases)
for protocol in (3, 4, 5):
    save(f"protocol{protocol}", plain(), plain(), plain_bases, pickle_protocol=protocol)
save("nested", {"epoch": 3, "best_prec1": 91.5, "arch": "toy", "flags": [True, None, (1, 2, 3, 4)],
                "state_dict": plain()}, plain(), plain_bases)
save("model_key", {"model": {"model_state_dict": plain()}}, plain(), plain_bases)
save("module", {"module." + k: v for k, v in plain().items()}, plain(), plain_bases)
save("compiled", {"_orig_mod.module." + k: v for k, v in plain().items()}, plain(), plain_bases)
save("mixed", {"module.a": ramp(1, (2,)), "b": ramp(5, (2,)), "step": 3, "tag": "x"},
     {"module.a": ramp(1, (2,)), "b": ramp(5, (2,))}, {"module.a": 1, "b": 5})

strided = {"transposed": ramp(1, (3, 4)).t().contiguous().t(), "sliced": ramp(0, (6, 4))[2:4],
           "stepped": torch.stack([ramp(5, (4,)), ramp(90, (4,))], 1)[:, 0], "expanded": ramp(9, (1,)).expand(1, 1),
           "channels_last": ramp(3, (2, 3, 2, 2)).contiguous(memory_format=torch.channels_last)}
strided_bases = {"transposed": 1, "sliced": 8, "stepped": 5, "expanded": 9, "channels_last": 3}
save("strided", strided, strided, strided_bases)

typed = {n: ramp(i, (3, 2), t) for i, (t, n) in enumerate(names.items())}
save("types", typed, typed, {n: i for i, n in enumerate(typed)})

module = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
for parameter in module.parameters():
    parameter.data = ramp(2, tuple(parameter.shape))
state = module.state_dict(keep_vars=True)  # Parameters, and the _metadata attribute
state["1.running_mean"], state["1.running_var"] = ramp(2, (2,)), ramp(2, (2,))
state["1.num_batches_tracked"] = ramp(2, (), torch.int64)
save("parameters", state, state, {n: 2 for n in state})

with zipfile.ZipFile(folder / "plain.pth") as source, zipfile.ZipFile(
        folder / "deflated.pth", "w", zipfile.ZIP_DEFLATED) as target:
    for name in source.namelist():
        target.writestr(zipfile.ZipInfo("other name/" + name.split("/", 1)[1], (2020, 1, 1, 0, 0, 0)),
                        source.read(name), zipfile.ZIP_DEFLATED)
expect("deflated.pth", plain(), plain_bases)

torch.jit.script(torch.nn.Linear(2, 1)).save(str(folder / "torchscript.pth"))
torch.save({"w": torch.eye(3).to_sparse()}, folder / "sparse.pth")
torch.save(torch.nn.Linear(2, 1), folder / "whole_model.pth")
torch.save([ramp(0, (2,))], folder / "list.pth")


def safetensors(file, tensors, bases, metadata=None, pad=0):
    header, body = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, tensor in tensors.items():
        data = tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
        header[name] = {"dtype": {"boolean": "BOOL"}.get(names[tensor.dtype], names[tensor.dtype].upper()),
                        "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8 + pad)
    (folder / file).write_bytes(struct.pack("<Q", len(text)) + text + body)
    expect(file, tensors, bases)


by_size = dict(sorted(typed.items(), key=lambda item: -item[1].element_size()))
safetensors("types.safetensors", by_size, {n: i for i, n in enumerate(typed)}, {"format": "pt", "note": "\u00e9"})
safetensors("unaligned.safetensors", dict(reversed(by_size.items())), {n: i for i, n in enumerate(typed)}, pad=1)
safetensors("plain.safetensors", plain(), plain_bases)

(folder / "expected.tsv").write_text("".join(rows))
