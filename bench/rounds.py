"""What the subjects of bench/run share: the table of a contest."""
import json
import os
import pathlib
import resource
import statistics


def spread(values, digits=3):
    return f"{statistics.median(values):.{digits}f} [{min(values):.{digits}f}..{max(values):.{digits}f}]"


class Subject:
    """Collects the rounds of each contender, prints the table and keeps the raw figures in `folder`. The first one to
    be added is ours; in a contest the others are compared with it, round by round."""

    def __init__(self, folder, name, unit, rising=False, contest=True):
        self.name, self.unit, self.rising, self.contest, self.rounds = name, unit, rising, contest, {}
        self.file = open(folder / f"{name}.jsonl", "w")
        self.busy, self.own = processor_seconds(), child_seconds()

    def add(self, who, value, **raw):
        self.rounds.setdefault(who, []).append(value)
        print(json.dumps({"subject": self.name, "who": who, "unit": self.unit, "value": value, **raw}),
              file=self.file, flush=True)

    def table(self, digits=3):
        ours = next(iter(self.rounds.values()))
        others = (processor_seconds() - self.busy) - (child_seconds() - self.own)
        print(f"\n{self.name} ({self.unit}), {len(ours)} rounds, others used {max(0, others):.1f} CPU s")
        for who, values in self.rounds.items():
            pairs = [a / b if self.rising else b / a for a, b in zip(ours, values)]
            ratio = f"   ours is {spread(pairs, 2)} times as fast" if self.contest and values is not ours else ""
            print(f"  {who:36}{spread(values, digits):>30}{ratio}", flush=True)


def processor_seconds():
    """Of all processes, without what the machine waited."""
    ticks = [int(t) for t in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return (sum(ticks[:3]) + sum(ticks[5:7])) / os.sysconf("SC_CLK_TCK")


def child_seconds():
    used = [resource.getrusage(w) for w in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
    return sum(u.ru_utime + u.ru_stime for u in used)
