#!/usr/bin/env python3
"""What surrounds the program goes wrong: odd inputs, outputs that refuse, closed descriptors, low limits.

Each case has a folder of its own with the picture good.ppm. A trial is the name of a case."""
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import job as jobs
import program

NOBODY = 65534
ROWS = ["classify", "-q", "-o", "rows.jsonl"]


class Box:
    """A folder, and the program run in it."""

    def __init__(self, options, folder):
        self.options, self.folder = options, Path(folder)
        self.folder.chmod(0o755)
        self.picture("good.ppm")

    def picture(self, name, number=1, side=32):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jobs.picture(number, side))

    def pictures(self, count, side=32):
        for i in range(count):
            self.picture(f"in/{i:06}.ppm", i, side)

    def run(self, *arguments, plan="", **how):
        return program.run(self.options, arguments, self.folder, plan, **how)

    def start(self, *arguments, **how):
        return program.start(self.options, arguments, self.folder, **how)

    def rows(self, name="rows.jsonl"):
        lines = (self.folder / name).read_text(errors="surrogateescape").splitlines()
        return [json.loads(line) for line in lines]


def expect(result, code, part=""):
    assert result.code == code, f"ended with {result.code}, not {code}: {result.last_line}"
    if code != 0:
        assert result.last_line.startswith("fovea: error["), f"the last line is no error: {result.last_line}"
        assert len(result.last_line) <= 512, f"the error has {len(result.last_line)} bytes"
    assert part in result.err, f"no '{part}' in: {result.err[-300:]}"
    assert all(c >= " " or c == "\n" for c in result.err), f"control characters in {result.err!r}"


# Inputs that are no pictures: how each is made, and the code of its row.
def make_socket(path):
    with socket.socket(socket.AF_UNIX) as end:
        folder = os.open(path.parent, os.O_RDONLY)  # the path may be too long for a socket's address
        end.bind(f"/proc/self/fd/{folder}/{path.name}")
        os.close(folder)


INPUTS = {
    "missing": (lambda path: None, "NOT_FOUND"),
    "pipe": (os.mkfifo, "NOT_A_FILE"),
    "socket": (make_socket, "NOT_A_FILE"),
    "/dev/zero": (lambda path: None, "NOT_A_FILE"),
    "/dev/full": (lambda path: None, "NOT_A_FILE"),
    "/proc/self/mem": (lambda path: None, "EMPTY"),
    "loop": (lambda path: path.symlink_to("loop"), "NOT_FOUND"),
    "dangling": (lambda path: path.symlink_to("nowhere"), "NOT_FOUND"),
    "n" * 300: (lambda path: None, "NOT_FOUND"),
    "good.ppm/below": (lambda path: None, "NOT_FOUND"),
}


def of_input(name):
    def case(box):
        make, code = INPUTS[name]
        make(box.folder / name)
        expect(box.run(*ROWS, "good.ppm", name), 0)
        rows = box.rows()
        assert [row["path"] for row in rows] == ["good.ppm", name], rows
        assert [row.get("error_code") for row in rows] == [None, code], rows

    return case


# Names that a program may trip over.
NAMES = ["two\nlines.ppm", "esc\x1b[31mred.ppm", "100%s%n.ppm", "-rf", "--help", "back\\slash.ppm", " blank ", "käse.ppm",
         os.fsdecode(b"\xff\xfe.ppm"), '"quoted".ppm', "tab\t.ppm", "*.ppm"]


def strange_names(box):
    for name in NAMES:
        box.picture(name)
    expect(box.run(*ROWS, "--", *NAMES), 0)
    assert [row["path"] for row in box.rows()] == NAMES, box.rows()
    assert all(row["status"] == "ok" for row in box.rows())


def strange_names_in_messages(box):
    for name in NAMES:
        shutil.rmtree(box.folder / "rows", ignore_errors=True)
        box.picture(name)
        expect(box.run("classify", "-q", "-o", name, "--", name), 2)


def unreadable(box):
    box.picture("secret.ppm")
    (box.folder / "secret.ppm").chmod(0)
    (box.folder / "closed").mkdir(mode=0)
    (box.folder / "out").mkdir()
    (box.folder / "out").chmod(0o777)
    expect(box.run("classify", "-q", "-o", "out/rows", "good.ppm", "secret.ppm", "closed", **as_nobody()), 0)
    codes = [(row["path"], row.get("error_code")) for row in box.rows("out/rows")]
    assert codes == [("good.ppm", None), ("secret.ppm", "PERMISSION"), ("closed", "PERMISSION")], codes


def folder_that_holds_itself(box):
    box.pictures(3)
    (box.folder / "in" / "again").symlink_to(".")
    (box.folder / "in" / "up").symlink_to("..")
    expect(box.run(*ROWS, "in"), 0)
    paths = [row["path"] for row in box.rows()]
    assert len(paths) == len(set(map(os.path.realpath, (box.folder / path for path in paths)))), paths
    assert {f"in/{i:06}.ppm" for i in range(3)} <= set(paths), paths


def as_nobody():
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}


def output_in_a_closed_folder(box):
    (box.folder / "out").mkdir(mode=0o555)
    expect(box.run("classify", "-q", "-o", "out/rows", "good.ppm", **as_nobody()), 74, "out/rows")


def output_in_no_folder(box):
    expect(box.run("classify", "-q", "-o", "nowhere/rows", "good.ppm"), 74, "nowhere/rows")


def output_is_a_folder(box):
    (box.folder / "out").mkdir()
    expect(box.run("classify", "-q", "-o", "out", "good.ppm"), 74, "out")


def output_is_an_input(box):
    expect(box.run("classify", "-q", "-o", "good.ppm", "good.ppm"), 2, "good.ppm")
    assert (box.folder / "good.ppm").read_bytes() == jobs.picture(1)


def output_links_to_an_input(box):
    (box.folder / "rows").symlink_to("good.ppm")
    expect(box.run("classify", "-q", "-o", "rows", "good.ppm"), 2)
    assert (box.folder / "good.ppm").read_bytes() == jobs.picture(1)


def output_among_the_inputs(box):
    """The rows of a folder that the rows go into: they are no picture of it, in no run."""
    box.pictures(3)
    expect(box.run("classify", "-q", "-o", "in/rows.jsonl", "in"), 0)
    first = box.rows("in/rows.jsonl")
    assert [row["path"] for row in first] == [f"in/{i:06}.ppm" for i in range(3)], first


def full_disk(box):
    expect(box.run("classify", "-q", "-o", "/dev/full", "good.ppm"), 74, "No space left")
    expect(box.run("classify", "-q", "good.ppm", stdout=open("/dev/full", "wb")), 74, "No space left")


def file_size_limit(box):
    box.pictures(60)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    expect(box.run(*ROWS, "in", preexec_fn=limit), 74, "rows.jsonl")
    assert not (box.folder / "rows.jsonl").exists()
    expect(box.run(*ROWS, "in"), 0)
    assert len(box.rows()) == 60


def closed(*descriptors):
    def close():
        for descriptor in descriptors:
            os.close(descriptor)

    return {"preexec_fn": close}


def closed_descriptors(box):
    """What the program opens must not become its standard output by taking its number."""
    for descriptors in ((0,), (1,), (2,), (0, 1, 2)):
        for path in box.folder.glob("rows*"):
            path.unlink()
        result = box.run(*ROWS, "good.ppm", **closed(*descriptors))
        assert result.code == 0, f"without {descriptors}: {result.code}: {result.last_line}"
        assert len(box.rows()) == 1 and len((box.folder / "rows.jsonl").read_text().splitlines()) == 1


def closed_standard_output(box):
    expect(box.run("classify", "-q", "good.ppm", **closed(1)), 74)


def reader_goes_away(box):
    """`fovea classify ... | head -1`"""
    box.pictures(2000)
    process = box.start("classify", "-q", "in")
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read().decode()
    code = process.wait(program.DEADLINE)
    expect(program.Result(code, "", err), 74, "Broken pipe")


def few_descriptors(box):
    box.pictures(300)
    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    expect(box.run(*ROWS, "in", preexec_fn=limit), 0)
    assert [row["status"] for row in box.rows()] == ["ok"] * 300


def small_stack(box):
    box.pictures(20)
    (box.folder / "in" / "/".join(["deep"] * 200)).mkdir(parents=True)
    box.picture("in/" + "deep/" * 200 + "last.ppm")
    limit = lambda: resource.setrlimit(resource.RLIMIT_STACK, (256 << 10, 256 << 10))
    expect(box.run(*ROWS, "in", preexec_fn=limit), 0)
    assert [row["status"] for row in box.rows()] == ["ok"] * 21


def file_that_shrinks(box):
    """A file is cut and grown again while it is read: its row is right or an error, and no signal ends the run."""
    box.pictures(400, side=200)
    path = box.folder / "in" / "000200.ppm"
    whole, end = path.read_bytes(), threading.Event()

    def shrink():
        while not end.is_set():
            os.truncate(path, 100)
            path.write_bytes(whole)

    inputs = ["in/000200.ppm"] * 400
    thread = threading.Thread(target=shrink)
    thread.start()
    try:
        result = box.run(*ROWS, *inputs)
    finally:
        end.set()
        thread.join()
    assert result.code in (0, 3), f"{result.code}: {result.last_line}"
    codes = {row.get("error_code") for row in box.rows()}
    assert len(box.rows()) == 400 and codes <= {None, "CHANGED", "TRUNCATED", "EMPTY"}, codes


@contextmanager
def stopped_in_the_middle(box, *arguments):
    """The program, stopped by SIGSTOP when its journal names it."""
    box.pictures(800)
    process = box.start(*arguments)
    deadline = time.monotonic() + program.DEADLINE
    while not any(str(process.pid) in path.read_text() for path in box.folder.glob("*.journal")):
        assert process.poll() is None and time.monotonic() < deadline, "ended without a journal"
    process.send_signal(signal.SIGSTOP)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.communicate()


def second_run_on_one_output(box):
    with stopped_in_the_middle(box, *ROWS, "in") as process:
        expect(box.run(*ROWS, "in"), 77, str(process.pid))
        expect(box.run(*ROWS, "--fresh", "in"), 77, str(process.pid))
        process.send_signal(signal.SIGCONT)
        assert program.finish(process).code == 0
    assert len(box.rows()) == 800


def many_at_once(box):
    box.pictures(300)
    processes = [box.start(*ROWS, "in") for _ in range(12)]
    codes = [program.finish(process).code for process in processes]
    assert set(codes) <= {0, 77} and 0 in codes, codes
    assert len(box.rows()) == 300


def stopped_and_continued(box):
    with stopped_in_the_middle(box, *ROWS, "in") as process:
        for _ in range(20):
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGCONT)
        assert program.finish(process).code == 0
    assert len(box.rows()) == 800


def terminal_goes_away(box):
    with stopped_in_the_middle(box, *ROWS, "in") as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGCONT)
        expect(program.finish(process), 75)
    expect(box.run(*ROWS, "in"), 0)
    assert len(box.rows()) == 800


def output_folder_is_deleted(box):
    (box.folder / "out").mkdir()
    box.pictures(800)
    process = box.start("classify", "-q", "-o", "out/rows.jsonl", "in")
    while not list(box.folder.glob("out/*.journal")):
        assert process.poll() is None, "ended without a journal"
    while (box.folder / "out").exists():  # the program puts files there meanwhile
        shutil.rmtree(box.folder / "out", ignore_errors=True)
    expect(program.finish(process), 74)


def other_options(box):
    """A job goes on with the same options alone."""
    box.pictures(10)
    expect(box.run(*ROWS, "in"), 0)
    expect(box.run(*ROWS, "--topk", "2", "in"), 77, "topk")
    expect(box.run(*ROWS, "--topk", "2", "--fresh", "in"), 0)
    assert all(len(row["top"]) == 2 for row in box.rows())


def done_already(box):
    box.pictures(10)
    expect(box.run(*ROWS, "in"), 0)
    before = (box.folder / "rows.jsonl").stat()
    log = box.folder / "log"
    expect(box.run(*ROWS, "in", plan=f"call=open;under={box.folder}/in/;log={log}"), 0)
    assert not log.exists(), log.read_text()
    after = (box.folder / "rows.jsonl").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def absurd_environment(box):
    for value in ("0", "-1", "1e9", "NaN", ""):
        result = box.run(*ROWS, "--fresh", "-j", value, "good.ppm")
        expect(result, 2, "--workers")


CASES = {f"input {name[:20]}": of_input(name) for name in INPUTS} | {
    case.__name__.replace("_", " "): case
    for case in (strange_names, strange_names_in_messages, unreadable, folder_that_holds_itself, output_in_a_closed_folder,
                 output_in_no_folder, output_is_a_folder, output_is_an_input, output_links_to_an_input,
                 output_among_the_inputs, full_disk, file_size_limit, closed_descriptors, closed_standard_output,
                 reader_goes_away, few_descriptors, small_stack, file_that_shrinks, second_run_on_one_output,
                 many_at_once, stopped_and_continued, terminal_goes_away, output_folder_is_deleted, other_options,
                 done_already, absurd_environment)
}


def main():
    options = program.parser(__doc__).parse_args()
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup's would be inherited, and the program would heed it
    tally = program.Tally(options)
    for name in [options.only] if options.only else CASES:
        with program.scratch() as folder:
            problems = []
            try:
                CASES[name](Box(options, folder))
            except AssertionError as problem:
                problems = [f"{name}: {problem}"]
            tally.add(name, problems)
    return tally.finish("environment")


if __name__ == "__main__":
    sys.exit(main())
