#!/usr/bin/env python3
"""Refuses memory and threads: one request after the other, once and from then on for ever.

A trial is a text of FOVEA_FAULTS."""
import random
import re
import sys

import job as jobs
import program

# Rows with an error may be too many, memory may be used up, the journal or the rows may not be written for want of it.
CODES = (0, 3, 70, 74)
# oneDNN 2.6 and OpenSSL 3.0 use some memory without a look whether they got it; the C library ends a process in which a
# thread's first object with a destructor finds none. The next run must put it right, as after a kill.
BEYOND_US = re.compile(r"SIGSEGV in .*/lib(dnnl|crypto)\.so|Fatal glibc error: failed to register TLS destructor")
REQUESTS = {"allocate": "ENOMEM", "map": "ENOMEM", "thread": "EAGAIN"}


def trial(job, spec):
    job.reset()
    result = job.run(f"under=;{spec}")
    if BEYOND_US.match(result.last_line):
        return job.half_done() + job.go_on()
    problems = [] if result.code in CODES else [f"ended with {result.code}: {result.last_line}"]
    if result.code != 0 and not result.last_line.startswith("fovea: error["):
        problems.append(f"the last line is no error: {result.last_line}")
    return problems + job.go_on(failed_rows=True)


def all_trials(job):
    for request, error in REQUESTS.items():
        job.reset()
        calls, _ = job.calls(f"under=;call={request}")
        for number in range(1, len(calls) + 1):
            for which in ("at", "from"):
                yield f"call={request};{which}={number};do=fail:{error}"


def main():
    parser = program.parser(__doc__)
    parser.add_argument("--job", choices=jobs.JOBS, default="rows")
    parser.add_argument("--pictures", type=int, default=4)
    options = parser.parse_args()
    with program.scratch() as root:
        job = jobs.Job(options, root, options.job, options.pictures)
        # With two threads oneDNN 2.6, refused memory, also dies in code that it generated, which has no library's name.
        job.command += ["-j", "1"]
        tally = program.Tally(options)
        specs = [options.only] if options.only else list(all_trials(job))
        if not options.only:
            print(f"{len(specs)} requests")
        if options.minutes > 0:
            random.Random(options.seed).shuffle(specs)
        for spec in tally.trials(specs):
            tally.add(spec, trial(job, spec), "--job", options.job, "--pictures", options.pictures)
        return tally.finish(f"memory {options.job}")


if __name__ == "__main__":
    sys.exit(main())
