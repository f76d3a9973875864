#!/usr/bin/env python3
"""Lets calls to the system fail, one after the other, and looks at the exit status, then at the next run.

A trial is `STATE PLAN`: a new job or one that was stopped half-way, and a text of FOVEA_FAULTS."""
import random
import sys
from dataclasses import dataclass

import job as jobs
import program


@dataclass
class Fault:
    calls: str
    deed: str
    codes: tuple  # of the exit; 0 always means the right bytes
    of: str = "out"  # or "in": calls on the inputs
    lasting: bool = True  # may go on for ever

    def plans(self, count):
        for number in range(1, count + 1):
            yield f"call={self.calls};at={number};do={self.deed}"
            if self.lasting:
                yield f"call={self.calls};from={number};do={self.deed}"


REFUSED = (74,)
# What is undone or given back at the end may fail without harm to the rows.
HARMLESS = (0, 74)
FAULTS = [
    Fault("create", "fail:EACCES", REFUSED),
    Fault("create", "fail:EMFILE", REFUSED),
    Fault("create", "fail:ENOSPC", REFUSED),
    Fault("create", "fail:EROFS", REFUSED),
    Fault("write", "fail:ENOSPC", REFUSED),
    Fault("write", "fail:EDQUOT", REFUSED),
    Fault("write", "fail:EIO", REFUSED),
    Fault("write", "fail:EINTR", (0,), lasting=False),
    Fault("write", "short", (0,)),
    Fault("read", "fail:EINTR", (0,), lasting=False),
    Fault("read", "short", (0,)),
    Fault("read", "fail:EIO", REFUSED),
    Fault("sync", "fail:EIO", REFUSED),
    Fault("sync", "fail:ENOSPC", REFUSED),
    Fault("rename", "fail:EXDEV", REFUSED),
    Fault("rename", "fail:EACCES", REFUSED),
    Fault("truncate", "fail:EIO", REFUSED),
    Fault("unlink", "fail:EACCES", HARMLESS),
    Fault("mkdir", "fail:ENOSPC", REFUSED),
    Fault("link", "fail:EXDEV", REFUSED),
    Fault("lock", "fail:EINTR", (0,), lasting=False),
    Fault("close", "fail:EIO", HARMLESS),
    Fault("close", "fail:EINTR", (0,), lasting=False),
    Fault("map", "fail:ENOMEM", (0, 70, 74)),
    Fault("read", "fail:EINTR", (0,), of="in", lasting=False),
    Fault("read", "short", (0,), of="in"),
    # A row each; the job is not over until they are made anew.
    Fault("read", "fail:EIO", (0, 3), of="in"),
    Fault("open", "fail:EMFILE", (0, 3), of="in"),
    Fault("open", "fail:EACCES", (0, 3), of="in"),
]
STATES = ("new", "stopped")


def trial(job, spec):
    state, plan = spec.split(" ", 1)
    job.restore(state)
    of = "in" if "under=@in" in plan else "out"
    call, deed = plan.split(";")[0].removeprefix("call="), plan.split("do=")[1].split(";")[0]
    fault = next(f for f in FAULTS if (f.calls, f.deed, f.of) == (call, deed, of))
    rows_differ = of == "in" and fault.codes != (0,)
    calls, result = job.calls(plan)
    codes = fault.codes if any(line.endswith(" *") for line in calls) else (0,)  # commits by time make more or fewer calls
    problems = [] if result.code in codes else [f"ended with {result.code}, not {codes}: {result.last_line}"]
    if result.code != 0 and not result.last_line.startswith("fovea: error["):
        problems.append(f"the last line is no error: {result.last_line}")
    if not rows_differ:
        problems += job.unlike() if result.code == 0 else job.half_done()
    return problems + job.go_on(failed_rows=rows_differ)


def all_trials(job):
    kinds = ",".join(sorted({fault.calls for fault in FAULTS}))
    for state in STATES:
        counts = {}
        for of, under in (("out", ""), ("in", ";under=@in")):
            job.restore(state)
            for line in job.calls(f"call={kinds}{under}")[0]:
                key = of, line.split(" ")[1]
                counts[key] = counts.get(key, 0) + 1
        for fault in FAULTS:
            for plan in fault.plans(counts.get((fault.of, fault.calls), 0)):
                yield f"{state} {plan}" + (";under=@in" if fault.of == "in" else "")


def main():
    parser = program.parser(__doc__)
    parser.add_argument("--job", choices=jobs.JOBS, help="default: each in turn")
    parser.add_argument("--pictures", type=int, default=24)
    options = parser.parse_args()
    status = 0
    names = [options.job] if options.job else list(jobs.JOBS)
    options.minutes /= len(names)
    for name in names:
        with program.scratch() as root:
            job = jobs.Job(options, root, name, options.pictures)
            tally = program.Tally(options)
            job.reset()
            job.save("new")
            job.stop_half_way()
            job.save("stopped")
            specs = [options.only] if options.only else list(all_trials(job))
            if options.minutes > 0:
                random.Random(options.seed).shuffle(specs)
            for spec in tally.trials(specs):
                tally.add(spec, trial(job, spec), "--job", name)
            status |= tally.finish(f"faults {name}")
    return status


if __name__ == "__main__":
    sys.exit(main())
