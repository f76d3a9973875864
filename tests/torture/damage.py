#!/usr/bin/env python3
"""Damages the files of a job, every byte and every bit of them, and runs it again: to the same bytes, or to a refusal.

A trial is `STATE FILE cut:N`, `STATE FILE flip:N` (a bit) or `STATE FILE zero:N` (all from byte N on)."""
import random
import sys

import job as jobs
import program

STATES = ("stopped", "done")
# A refusal says so by one of these, and --fresh is its cure.
REFUSALS = (65, 74, 77)


def damaged(data, how):
    kind, number = how.split(":")
    number = int(number)
    if kind == "cut":
        return data[:number]
    if kind == "zero":
        return data[:number] + bytes(len(data) - number)
    changed = bytearray(data)
    changed[number // 8] ^= 1 << number % 8
    return bytes(changed)


def trial(job, spec):
    state, name, how = spec.split(" ")
    job.restore(state)
    path = job.out / name
    path.write_bytes(damaged(path.read_bytes(), how))
    result = job.run()
    if result.code == 0:
        return job.unlike()
    problems = [] if name in job.want else job.half_done()
    if result.code not in REFUSALS:
        problems.append(f"ended with {result.code}: {result.last_line}")
    elif not result.last_line.startswith("fovea: error["):
        problems.append(f"the last line is no error: {result.last_line}")
    again = job.run(more=["--fresh"])
    if again.code != 0:
        problems.append(f"--fresh ended with {again.code}: {again.last_line}")
    return problems + job.unlike()


def all_trials(job):
    for state in STATES:
        for path in sorted(path for path in (job.root / state).rglob("*") if path.is_file()):
            size = path.stat().st_size
            for kind, count in (("cut", size), ("flip", 8 * size), ("zero", size)):
                yield from (f"{state} {path.relative_to(job.root / state)} {kind}:{number}" for number in range(count))


def main():
    parser = program.parser(__doc__)
    parser.add_argument("--job", choices=jobs.JOBS, default="rows")
    parser.add_argument("--pictures", type=int, default=12)
    parser.add_argument("--file", default=".journal", help="only names that end so; empty: the outputs, too")
    options = parser.parse_args()
    with program.scratch() as root:
        job = jobs.Job(options, root, options.job, options.pictures)
        job.save("done")
        job.stop_half_way()
        job.save("stopped")
        tally = program.Tally(options)
        specs = [spec for spec in all_trials(job) if spec.split(" ")[1].endswith(options.file)]
        print(f"{len(specs)} kinds of damage")
        if options.minutes > 0:
            random.Random(options.seed).shuffle(specs)
        for spec in tally.trials([options.only] if options.only else specs):
            tally.add(spec, trial(job, spec), "--job", options.job, "--pictures", options.pictures)
        return tally.finish(f"damage {options.job}")


if __name__ == "__main__":
    sys.exit(main())
