#!/usr/bin/env python3
"""Cuts the power: what was synced stays, of the rest what a disk happens to have done (disk.py). The program goes on.

A trial is a list of cuts, one a run: `N:SEED`, after the N-th call that changes or syncs the outputs, and what decides
of the unsynced things. Then the job is run to its end."""
import random
import sys

import disk
import job as jobs
import program

CALLS = "call=changes,sync"


def recorded_run(job):
    """What a run that nothing disturbs does to the outputs, and its result."""
    record = job.root / "record"
    record.unlink(missing_ok=True)
    result = job.run(f"under={job.out};{CALLS};record={record}")
    return disk.read_record(record) if record.exists() else [], result


def cut_run(job, number, seed):
    """Leaves what a cut after `number` calls does. Gives how many rows are safe, and the problems."""
    before = disk.Disk(job.out)
    entries, result = recorded_run(job)
    problems = [] if result.code == 0 else [f"a run that goes on ended with {result.code}: {result.last_line}"]
    before.apply(entries[:number])
    before.leave()
    safe = job.safe_rows()
    before.leave(random.Random(seed))
    return safe, problems + job.half_done()


def trial(job, spec):
    job.reset()
    problems = []
    for cut in spec.split(","):
        number, seed = map(int, cut.split(":"))
        safe, found = cut_run(job, number, seed)
        problems += found
    opened, result = job.calls("call=open;under=@in")
    if result.code != 0:
        problems.append(f"the last run ended with {result.code}: {result.last_line}")
    if len(opened) > len(job.codes) - safe:
        problems.append(f"the last run opened {len(opened)} inputs, but {safe} of {len(job.codes)} had a safe row")
    return problems + job.unlike()


def all_trials(job, randomness, count):
    """Two cuts after each call; then `count` by chance, up to three in a row."""
    job.reset()
    calls = len(recorded_run(job)[0])
    print(f"{calls} calls change or sync the outputs")
    each = [f"{number}:{randomness.randrange(2**31)}" for number in range(calls + 1) for _ in range(2)]

    def cut():
        return f"{randomness.randint(0, calls)}:{randomness.randrange(2**31)}"

    return each + [",".join(cut() for _ in range(randomness.randint(1, 3))) for _ in range(count)]


def main():
    parser = program.parser(__doc__)
    parser.add_argument("--job", choices=jobs.JOBS, help="default: each in turn")
    parser.add_argument("--pictures", type=int, default=24)
    parser.add_argument("--trials", type=int, default=300, help="by chance, of each job")
    options = parser.parse_args()
    return jobs.try_each(options, "power", all_trials, trial)


if __name__ == "__main__":
    sys.exit(main())
