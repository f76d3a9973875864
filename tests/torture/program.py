"""The program under test: how it is started, how trials on it are counted, and the ledger they go to."""
import argparse
import os
import platform
import random
import signal
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FEWEST = 3  # trials
DEADLINE = 60  # seconds; a run that takes longer hangs


@dataclass
class Result:
    code: int  # negative: the signal it died of
    out: str
    err: str

    @property
    def last_line(self):
        return self.err.strip().rsplit("\n", 1)[-1]


def environment(options, plan):
    result = {**os.environ, "LC_ALL": "C.UTF-8"}
    if plan:
        result |= {"LD_PRELOAD": str(options.library), "FOVEA_FAULTS": plan}
    return result


def start(options, arguments, folder, plan="", **how):
    """Starts the program; `plan` is a text of FOVEA_FAULTS, `how` is what subprocess.Popen takes."""
    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how
    return subprocess.Popen([options.program, *arguments], cwd=folder, env=environment(options, plan), **how)


def finish(process):
    try:
        out, err = process.communicate(timeout=DEADLINE)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return Result(-signal.SIGALRM, "", f"still running after {DEADLINE} s")
    return Result(process.returncode, *((text or b"").decode(errors="surrogateescape") for text in (out, err)))


def run(options, arguments, folder, plan="", **how):
    return finish(start(options, arguments, folder, plan, **how))


def parser(description):
    result = argparse.ArgumentParser(description=description)
    result.add_argument("--program", default=ROOT / "build/fovea", type=Path, help="the built fovea")
    result.add_argument("--library", default=ROOT / "build/tests/libfovea_faults.so", type=Path, help="of faults")
    result.add_argument("--seed", type=int, default=random.randrange(2**31), help="of what is drawn by chance")
    result.add_argument("--minutes", type=float, default=0.1, help="to go on for; 0: until all is done once")
    result.add_argument("--ledger", type=Path, help="a table that a line is added to")
    result.add_argument("--only", help="one trial, as the line of a failure names it")
    return result


def scratch():
    """A folder in memory, if there is one: the trials are many and need no disk."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="fovea-torture-", dir=memory if os.access(memory, os.W_OK) else None)


def describe_commit():
    git = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return git.stdout.strip() or "unknown"


def describe_machine():
    names = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()} x {os.cpu_count()}, Linux {platform.release()}"


class Tally:
    """Counts trials and their failures; says of each failure what command repeats it."""

    def __init__(self, options):
        self.options = options
        self.count = self.failures = 0
        self.begin = time.monotonic()

    def trials(self, specs):
        """The specs, until the time is up; some also on a machine that is busy with other things."""
        deadline = time.monotonic() + self.options.minutes * 60 if self.options.minutes > 0 else float("inf")
        for number, spec in enumerate(specs):
            if number >= FEWEST and time.monotonic() > deadline:
                return
            yield spec

    def add(self, spec, problems, *arguments):
        self.count += 1
        if not problems:
            return
        self.failures += 1
        command = ["python3", sys.argv[0], "--program", self.options.program, "--library", self.options.library,
                   "--seed", self.options.seed, *arguments, "--only", spec]
        print(f"FAILED: {'; '.join(problems)}\n  again: {shlex.join(map(str, command))}", flush=True)

    def finish(self, what):
        """Prints and notes the figures; gives the exit status."""
        seconds = time.monotonic() - self.begin
        print(f"{what}: {self.count} trials, {self.failures} failed, {seconds:.1f} s, seed {self.options.seed}")
        if self.options.ledger:
            note(self.options.ledger, what, self.count, self.failures, seconds)
        return 1 if self.failures or self.count == 0 else 0


def note(ledger, what, count, failures, seconds):
    columns = ["date", "commit", "machine", "what", "count", "failures", "seconds"]
    values = [time.strftime("%Y-%m-%d", time.gmtime()), describe_commit(), describe_machine(), what, count, failures,
              f"{seconds:.0f}"]
    fresh = not ledger.exists()
    with open(ledger, "a", encoding="utf-8") as table:
        if fresh:
            print(*columns, sep="\t", file=table)
        print(*values, sep="\t", file=table)
