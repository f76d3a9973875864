"""A small job for the program, and what must come of it."""
import csv
import io
import json
import random
import shutil
import struct
import tarfile
from pathlib import Path

import program

KEPT = "resize=24,format=png"
# name: arguments before the inputs. Outputs lie in out/.
JOBS = {
    "rows": ["classify", "--commit", "0", "-o", "out/rows.jsonl"],
    "table": ["classify", "--commit", "0.001", "--format", "csv", "-o", "out/rows.csv"],
    "stats": ["stats", "--commit", "0", "-o", "out/stats.jsonl"],
    "files": ["transform", "--commit", "0", "--ops", KEPT, "--to", "out/kept", "-o", "out/rows.jsonl"],
    "shards": ["transform", "--commit", "0.001", "--ops", KEPT, "--to", "out/kept.tar", "--shard-files", "7", "-o", "out/rows.jsonl"],
    "features": ["embed", "--commit", "0.001", "-o", "out/index.jsonl", "--to", "out/features.npy"],
    "logits": ["classify", "--commit", "0", "-o", "out/rows.jsonl", "--save-logits", "out/logits.npy"],
}


def picture(number, side=32):
    return b"P6 %d %d 255\n" % (side, side) + random.Random(number).randbytes(side * side * 3)


# What is wrong with an input, and the code its row must have.
BAD = [("EMPTY", lambda good: b""), ("TRUNCATED", lambda good: good[:-7]), ("UNKNOWN_FORMAT", lambda good: b"text\n" * 9)]


class Job:
    """Inputs in in/, one in ten bad, and the outputs of a run that nothing disturbed."""

    def __init__(self, options, root, name, pictures=40):
        self.options, self.root, self.name = options, Path(root), name
        self.out = self.root / "out"
        (self.root / "in").mkdir()
        self.codes = []
        for i in range(pictures):
            code, spoil = BAD[i // 10 % len(BAD)] if i % 10 == 6 else (None, lambda good: good)
            (self.root / "in" / f"{i:06}.ppm").write_bytes(spoil(picture(i)))
            self.codes.append(code)
        self.command = [*JOBS[name], "-q", "in"]
        self.reset()
        result = self.run()
        self.want = self.contents()
        wrong = [f"status {result.code}: {result.last_line}"] if result.code != 0 else self.wrong_rows()
        if wrong:
            raise SystemExit(f"the undisturbed run of {name} is wrong already: {'; '.join(wrong)}")

    def reset(self):
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()

    def start(self, plan="", more=(), **how):
        """`plan` strikes calls on the outputs, or on the inputs if it says under=@in."""
        if plan and "under=" not in plan:
            plan = f"under={self.out}/;{plan}"
        return program.start(self.options, [*self.command, *more], self.root, plan.replace("@in", f"{self.root}/in/"), **how)

    def run(self, plan="", **how):
        return program.finish(self.start(plan, **how))

    def calls(self, plan):
        """The lines that the library of faults logs for a run, and the run's result."""
        log = self.root / "log"
        log.unlink(missing_ok=True)
        result = self.run(f"{plan};log={log}")
        return log.read_text().splitlines() if log.exists() else [], result

    def contents(self):
        """The outputs, by name; the journal is not one."""
        files = sorted(path for path in self.out.rglob("*") if path.is_file() and path.suffix != ".journal")
        return {str(path.relative_to(self.out)): path.read_bytes() for path in files}

    def safe_rows(self):
        """How many rows the next run must not make again: all lines but the last, which may not be committed yet."""
        if "0" not in self.command:  # of --commit
            return 0
        counts = []
        for name in self.want:
            if name.endswith(".jsonl"):
                part = self.out / f"{name}.partial"
                lines = part.read_bytes().count(b"\n") if part.exists() else 0
                counts.append(len(self.codes) if (self.out / name).exists() else max(0, lines - 1))
        return min(counts)

    def save(self, name):
        shutil.rmtree(self.root / name, ignore_errors=True)
        shutil.copytree(self.out, self.root / name)

    def restore(self, name):
        shutil.rmtree(self.out, ignore_errors=True)
        shutil.copytree(self.root / name, self.out)

    def stop_half_way(self):
        """Leaves the job as a process does that is killed in the middle of its changes."""
        self.reset()
        changes, _ = self.calls("call=changes")
        self.reset()
        self.run(f"call=changes;at={len(changes) // 2};do=kill-after")

    def unlike(self):
        """How the outputs differ from those of the undisturbed run."""
        got = self.contents()
        problems = [f"{name} is missing" for name in self.want.keys() - got.keys()]
        problems += [f"{name} is left over" for name in got.keys() - self.want.keys()]
        problems += [self.difference(name, got[name]) for name in got.keys() & self.want.keys() if got[name] != self.want[name]]
        return problems

    def go_on(self, failed_rows=False):
        """Runs the job to its end; rows that failed for a passing reason are then made anew. Gives the problems."""
        result = self.run()
        if failed_rows and self.unlike():
            archives = any(name.endswith(".tar") for name in self.want)  # cannot be updated
            result = self.run(more=["--fresh" if archives else "--retry-failed"])
        problems = [f"the run afterwards ended with {result.code}: {result.last_line}"] if result.code != 0 else []
        return problems + self.unlike()

    def half_done(self):
        """Outputs that stand under their names without being complete."""
        got = self.contents()
        return [f"{name} appeared before it was complete" for name in self.want if name in got and got[name] != self.want[name]]

    def difference(self, name, got):
        want = self.want[name]
        if not name.endswith((".jsonl", ".csv")):
            return f"{name} has other bytes ({len(got)} for {len(want)})"
        rows, wanted = got.splitlines(), want.splitlines()
        lost, twice = len(set(wanted) - set(rows)), len(rows) - len(set(rows))
        return f"{name} has {len(rows)} rows for {len(wanted)}: {lost} lost, {twice} twice"

    def wrong_rows(self):
        """Against what the inputs are known to be."""
        problems = []
        kept = 0
        for name, text in self.want.items():
            if name.endswith(".npy"):
                problems += self.wrong_array(name, text)
            kept += name.endswith(".png")
            if name.endswith(".tar"):
                kept += len(tarfile.open(fileobj=io.BytesIO(text)).getnames())
            if not name.endswith((".jsonl", ".csv")):
                continue
            lines = text.decode().splitlines()
            rows = [json.loads(line) for line in lines] if name.endswith(".jsonl") else list(csv.DictReader(lines))
            got = [(int(row["index"]), row["path"], row.get("error_code") or None) for row in rows]
            wanted = [(i, f"in/{i:06}.ppm", code) for i, code in enumerate(self.codes)]
            problems += [f"{name}: {a} for {b}" for a, b in zip(got, wanted) if a != b][:3]
            if len(got) != len(wanted):
                problems.append(f"{name}: {len(got)} rows for {len(wanted)} inputs")
        if KEPT in self.command and kept != self.codes.count(None):
            problems.append(f"{kept} pictures are kept, not {self.codes.count(None)}")
        return problems or ([] if self.want else ["no outputs"])

    def wrong_array(self, name, data):
        start = 10 + struct.unpack("<H", data[8:10])[0]
        count = len(self.codes)
        values = struct.unpack(f"<{(len(data) - start) // 4}f", data[start:])
        width = len(values) // count
        missing = [values[i * width] != values[i * width] for i in range(count)]
        return [] if missing == [code is not None for code in self.codes] else [f"{name}: other rows are missing"]


def try_each(options, what, all_trials, trial):
    """trial(job, spec) for the specs of each job; `options` has job, pictures and trials. Gives the exit status."""
    status = 0
    names = [options.job] if options.job else list(JOBS)
    options.minutes /= len(names)
    for name in names:
        with program.scratch() as root:
            job = Job(options, root, name, options.pictures)
            tally = program.Tally(options)
            randomness = random.Random(options.seed)
            specs = [options.only] if options.only else all_trials(job, randomness, options.trials)
            if options.minutes > 0:
                randomness.shuffle(specs)
            for spec in tally.trials(specs):
                tally.add(spec, trial(job, spec), "--job", name, "--pictures", options.pictures)
            status |= tally.finish(f"{what} {name}")
    return status
