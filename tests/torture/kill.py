#!/usr/bin/env python3
"""Kills the program and runs it again, to the same bytes.

A trial is a list of kills, one a run: `N:kill-before`, `N:kill-midway` or `N:kill-after` the N-th call that changes the
outputs, or `T ms` after the start. Then the job is run to its end."""
import sys
import time

import job as jobs
import program

DEEDS = ("kill-before", "kill-midway", "kill-after")


def killed_run(job, kill):
    if kill.endswith("ms"):
        process = job.start()
        time.sleep(float(kill[:-2]) / 1000)
        process.kill()
        return program.finish(process)
    number, deed = kill.split(":")
    return job.run(f"call=changes;at={number};do={deed}")


def trial(job, spec):
    job.reset()
    problems = []
    for kill in spec.split(","):
        result = killed_run(job, kill)
        if result.code not in (0, -9):
            problems.append(f"the run to be killed at {kill} ended with {result.code}: {result.last_line}")
        problems += job.half_done()
    left = len(job.codes) - job.safe_rows()
    opened, result = job.calls("call=open;under=@in")
    if result.code != 0:
        problems.append(f"the last run ended with {result.code}: {result.last_line}")
    if len(opened) > left:
        problems.append(f"the last run opened {len(opened)} inputs, of which {left} had no row")
    return problems + job.unlike()


def all_trials(job, randomness, count):
    """A kill at each call that changes the outputs; then `count` by chance, up to three in a row."""
    job.reset()
    begin = time.monotonic()
    calls = len(job.calls("call=changes")[0])
    seconds = time.monotonic() - begin
    print(f"{calls} calls change the outputs")

    def kill():
        if randomness.random() < 0.5:
            return f"{randomness.randint(1, calls)}:{randomness.choice(DEEDS)}"
        return f"{randomness.uniform(0, seconds * 1000):.1f}ms"

    each = [f"{number}:{deed}" for number in range(1, calls + 1) for deed in DEEDS]
    return each + [",".join(kill() for _ in range(randomness.randint(1, 3))) for _ in range(count)]


def main():
    parser = program.parser(__doc__)
    parser.add_argument("--job", choices=jobs.JOBS, help="default: each in turn")
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--trials", type=int, default=1000, help="by chance, of each job")
    options = parser.parse_args()
    return jobs.try_each(options, "kill", all_trials, trial)


if __name__ == "__main__":
    sys.exit(main())
