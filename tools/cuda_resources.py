#!/usr/bin/env python3
"""What the CUDA kernels take of a multiprocessor, by ptxas.

cuda_resources.py compile FILE COMMAND...    run nvcc with --resource-usage, keep what it says of resources in FILE
cuda_resources.py check BASELINE FILE...     1 when a kernel spills, or takes more registers or shared memory than in BASELINE
cuda_resources.py accept BASELINE FILE...    make the present numbers the baseline
"""
import re
import subprocess
import sys
from pathlib import Path

ENTRY = re.compile(r"Compiling entry function '(\w+)' for '(sm_\d+)'")
SPILLS = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
USED = re.compile(r"Used (\d+) registers")
SHARED = re.compile(r"(\d+) bytes smem")
HEADER = "# architecture  registers  shared bytes  spilled bytes  kernel\n"


def compile_keeping(keep, command):
    ran = subprocess.run(command + ["--resource-usage"], stderr=subprocess.PIPE, text=True)
    lines = ran.stderr.splitlines(keepends=True)
    told = [line for line in lines if line.startswith("ptxas info") or SPILLS.search(line)]
    sys.stderr.writelines(line for line in lines if line not in told)
    if ran.returncode == 0:
        Path(keep).write_text("".join(told))
    return ran.returncode


def demangled(names):
    ran = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True, check=True)
    plain = {}
    for name, text in zip(names, ran.stdout.splitlines()):
        text = re.sub(r"^void ", "", text)
        text = re.sub(r"fovea::(ops::)?(cuda::)?", "", text).replace("(anonymous namespace)::", "")
        depth, end = 0, len(text)
        for k, c in enumerate(text):  # without the function's parameters
            depth += (c == "<") - (c == ">" and text[k - 1] != "-")
            if c == "(" and depth == 0 and k > 0:
                end = k
                break
        plain[name] = text[:end].replace("unsigned char", "u8").replace("unsigned short", "u16")
    return plain


def read(files):
    """{(kernel, architecture): (registers, shared, spilled)}"""
    entries, spilled = [], 0
    for file in files:
        name = architecture = None
        for line in Path(file).read_text().splitlines():
            if found := ENTRY.search(line):
                name, architecture = found.groups()
            elif found := SPILLS.search(line):
                spilled = int(found[2]) + int(found[3])
            elif (found := USED.search(line)) and name:
                shared = SHARED.search(line)
                stem = Path(file).name.split(".")[0]
                entries.append((stem, name, architecture, int(found[1]), int(shared[1]) if shared else 0, spilled))
    plain = demangled(sorted({entry[1] for entry in entries}))
    return {(f"{stem}: {plain[name]}", arch): numbers for stem, name, arch, *numbers in entries}


def write(baseline, now):
    lines = [f"{arch}  {r:3}  {s:6}  {spill:5}  {kernel}\n" for (kernel, arch), (r, s, spill) in sorted(now.items())]
    Path(baseline).parent.mkdir(parents=True, exist_ok=True)
    Path(baseline).write_text(HEADER + "".join(lines))


def read_baseline(path):
    known = {}
    for line in Path(path).read_text().splitlines() if Path(path).exists() else []:
        if not line.startswith("#"):
            arch, registers, shared, spilled, kernel = line.split(None, 4)
            known[kernel, arch] = [int(registers), int(shared), int(spilled)]
    return known


def worse(now, known):
    for (kernel, arch), (registers, shared, spilled) in sorted(now.items()):
        before = known.get((kernel, arch))
        where = f"{kernel} ({arch})"
        if before is None:
            yield f"{where}: not in the baseline"
        elif spilled > before[2]:
            yield f"{where}: expected {before[2]} spilled bytes, got {spilled}"
        elif registers > before[0] or shared > before[1]:
            yield (f"{where}: expected at most {before[0]} registers and {before[1]} bytes of shared memory, "
                   f"got {registers} and {shared}")
    for kernel, arch in sorted(known.keys() - now.keys()):
        yield f"{kernel} ({arch}): in the baseline, but there is no such kernel"


def main():
    verb, path, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
    if verb == "compile":
        return compile_keeping(path, rest)
    now = read(rest)
    if verb == "accept":
        write(path, now)
        return 0
    breaches = list(worse(now, read_baseline(path)))
    for line in breaches:
        print(line)
    if breaches:
        print(f"to accept: tools/cuda_resources.py accept {path} BUILD/cuda/*.resources")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
