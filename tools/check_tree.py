#!/usr/bin/env python3
"""Checks the tree's own rules: floors, leaves, public headers, file lengths, names. Prints each breach; exits 1 if any."""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["base", "fetch", "device", "kernel", "array", "measure", "expr", "ops", "language", "codec", "model", "pipeline", "processor"]
# ops and codec are neighbours: neither sees the other; nothing of the library sees the language.
ALLOWED = {floor: set(FLOORS[: i + 1]) for i, floor in enumerate(FLOORS)}
ALLOWED["codec"] -= {"ops", "language"}
for above in ("model", "pipeline", "processor"):
    ALLOWED[above].discard("language")
# The public headers that a floor may include are those of its own nouns and of lower floors.
PUBLIC = {
    "base": {"error", "suggestion", "system"},
    "fetch": {"fetch"},
    "device": {"device", "graph", "memory", "memory_adaptors", "profile"},
    "array": {"array", "dtype", "npy", "chunks", "print", "kernel"},
    "measure": {"limits"},
    "expr": {"expr"},
    "ops": {"ops", "plugin", "colour", "fft", "correlate", "filters", "linalg", "random", "sorting"},
    "language": {"language"},
    "codec": {"image"},
    "model": {"model", "tuning", "calibration", "precision"},
    "pipeline": {"row", "sink", "source", "pipeline", "job", "classify", "embed", "transform", "stats", "duplicates", "store", "diagnosis", "parity", "decode_scale"},
    "processor": {"processor"},
}
LEAVES = ["ops", "codec/format", "codec/encode", "model/format", "model/architecture", "pipeline/source", "pipeline/sink", "pipeline/stage"]
LONGEST = 600
EMPTY_NAMES = {"util", "utils", "common", "helper", "helpers", "manager", "misc"}


def includes(path):
    return re.findall(r'^#include "([^"]+)"', path.read_text(), re.M)


def tracked():
    listing = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listing.stdout.split("\n") if name and (ROOT / name).is_file()]


def breaches():
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if path.stem.lower() in EMPTY_NAMES:
            yield f"{name}: a name that says nothing"
        if path.suffix not in {".cpp", ".h", ".py", ".sh"}:
            continue
        lines = path.read_text().count("\n")
        if lines > LONGEST:
            yield f"{name}: {lines} lines, expected at most {LONGEST}"
        if name.startswith("src/"):
            yield from floor_breaches(name, path)
        if name.startswith("include/fovea/"):  # fovea_op.h is C and stands alone
            text = path.read_text()
            for other in re.findall(r"^#include <([^>]+)>", text, re.M):
                if "/" in other or other.endswith(".h"):
                    yield f"{name}: includes <{other}>; public headers stand on the standard library alone"
            if re.search(r"^#if", text, re.M):
                yield f"{name}: a public header must not depend on build options"
        if name.startswith("cli/"):
            for other in includes(path):
                if not other.startswith("fovea/") and not (ROOT / "cli" / other).exists():
                    yield f"{name}: includes {other}; the command line sees public headers only"


def floor_breaches(name, path):
    floor = name.split("/")[1]
    for other in includes(path):
        if other.startswith("fovea/"):
            noun = other[len("fovea/") : -len(".h")]
            home = next((f for f, nouns in PUBLIC.items() if noun in nouns), None)
            if home is None:
                yield f"{name}: includes {other}, which no floor owns"
                continue
            target = home
        else:
            target = other.split("/")[0]
            folder = other.rsplit("/", 1)[0]
            if folder in LEAVES and name.startswith(f"src/{folder}/") and is_leaf(other, path):
                yield f"{name}: a leaf includes its sibling {other}"
        if target in FLOORS and target not in ALLOWED[floor]:
            yield f"{name}: {floor} includes {other}, which lies above it"


def is_leaf(header, path):
    """Whether the header belongs to another leaf, not to a declaration that variants share or to the folder's interface."""
    stem = Path(header).stem
    has_source = (ROOT / "src" / header).with_suffix(".cpp").exists()
    return has_source and stem != "op" and not path.stem.startswith(stem)


def main():
    found = sorted(set(breaches()))
    print("\n".join(found) if found else "tree: floors, leaves, public headers, lengths and names are in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
