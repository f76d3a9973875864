#!/usr/bin/env python3
"""Interrupts the program at random moments: status 75 soon, and the same bytes after the next run.

A trial is `SIGNAL T ms`, or with a second signal `SIGNAL T ms SIGNAL T ms`, each so long after the one before."""
import random
import signal
import sys
import time

import job as jobs
import program

SOON = 5  # seconds from the first signal to the end


def trial(job, spec):
    job.reset()
    words = spec.split(" ")
    sent = [(getattr(signal, words[i]), float(words[i + 1]) / 1000) for i in range(0, len(words), 3)]
    process = job.start()
    for number, seconds in sent:
        time.sleep(seconds)
        process.send_signal(number)
    begin = time.monotonic()
    result = program.finish(process)
    problems = []
    allowed = {0, 75} | ({128 + sent[1][0]} if len(sent) > 1 else set())
    untouched = not any(job.out.iterdir())  # the program had not begun: the signal's own action is right
    if result.code not in allowed and not (untouched and result.code == -sent[0][0]):
        problems.append(f"ended with {result.code}, not {sorted(allowed)}: {result.last_line}")
    if time.monotonic() - begin > SOON:
        problems.append(f"ended {time.monotonic() - begin:.1f} s after the signal")
    if result.code == 75 and not result.last_line.startswith("fovea: error[INTERRUPTED]"):
        problems.append(f"the last line is another: {result.last_line}")
    return problems + job.half_done() + job.go_on(), result.code


def by_chance(randomness, seconds):
    while True:
        spec = f"{randomness.choice(['SIGINT', 'SIGTERM'])} {randomness.uniform(0, seconds * 1000):.1f} ms"
        if randomness.random() < 0.3:
            spec += f" {randomness.choice(['SIGINT', 'SIGTERM'])} {randomness.uniform(0, 400):.1f} ms"
        yield spec


def main():
    parser = program.parser(__doc__)
    parser.add_argument("--job", choices=jobs.JOBS, default="rows")
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--trials", type=int, default=500)
    options = parser.parse_args()
    with program.scratch() as root:
        job = jobs.Job(options, root, options.job, options.pictures)
        job.reset()
        begin = time.monotonic()
        job.run()
        seconds = time.monotonic() - begin
        tally = program.Tally(options)
        specs = by_chance(random.Random(options.seed), seconds)
        ends = {}
        for spec in tally.trials([options.only] if options.only else (next(specs) for _ in range(options.trials))):
            problems, code = trial(job, spec)
            ends[code] = ends.get(code, 0) + 1
            tally.add(spec, problems, "--job", options.job, "--pictures", options.pictures)
        print(f"ended with: {', '.join(f'{code} {count} times' for code, count in sorted(ends.items()))}")
        return tally.finish("signals")


if __name__ == "__main__":
    sys.exit(main())
