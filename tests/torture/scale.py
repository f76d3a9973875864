#!/usr/bin/env python3
"""A million tiny pictures from a tar archive on standard input, one in ten bad: exact rows, and nothing that grows."""
import json
import os
import statistics
import subprocess
import sys
import zlib
from pathlib import Path

import job as jobs
import program

EARLY = 10_000  # pictures, after which memory must not grow by more than ALLOWED
ALLOWED = 2 << 20
JOURNAL = 200  # bytes a row, at most
BATCH = 1000
LIMITS = ["--max-bytes", "8K", "--max-metadata", "1K"]


def chunk(kind, body):
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


PNG = b"\x89PNG\r\n\x1a\n"
HEADER = chunk(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]))
DATA = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
BAD = {
    "EMPTY": b"",
    "TRUNCATED": jobs.picture(0, 16)[:-9],
    "CORRUPT": PNG + HEADER[:-1] + b"?" + DATA,
    "UNKNOWN_FORMAT": b"<html>not here</html>",
    "UNSUPPORTED": bytes.fromhex("ffd8 ffc3 000b 08 0010 0010 01 01 11 00 ffda 0008 01 01 00 00 00 00 00 ffd9"),
    "LIMIT_PIXELS": b"P6 60000 60000 255\n" + bytes(99),
    "LIMIT_SIDE": b"P6 70000 1 255\n" + bytes(99),
    "LIMIT_BYTES": jobs.picture(0, 60),
    "LIMIT_METADATA": PNG + HEADER + chunk(b"tEXt", b"Comment\0" + b"x" * 2000) + DATA,
}
KINDS = list(BAD)
GOOD = [jobs.picture(number, 16) for number in range(8)]


def code_of(number):
    return KINDS[number // 10 % len(KINDS)] if number % 10 == 3 else None


def header(number, size):
    fields = b"%09d.img" % number + bytes(87) + b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"00000000000\0"
    block = fields + b" " * 8 + b"0" + bytes(100) + b"ustar\00000" + bytes(247)
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def member(number):
    code = code_of(number)
    data = BAD[code] if code else GOOD[number % len(GOOD)]
    return header(number, len(data)) + data + bytes(-len(data) % 512)


def resources(pid):
    """Resident bytes, open descriptors, threads."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) << 10, len(os.listdir(f"/proc/{pid}/fd")), int(status["Threads"])


def feed(process, count):
    """Writes the archive; gives what the process used after each part of it."""
    used = []
    with process.stdin as pipe:
        for first in range(0, count, BATCH):
            pipe.write(b"".join(map(member, range(first, min(first + BATCH, count)))))
            used.append((min(first + BATCH, count), *resources(process.pid)))
        pipe.write(bytes(1024))
    return used


def growth(used):
    early = [sample for sample in used if sample[0] <= EARLY]
    late = [sample for sample in used if sample[0] > EARLY]
    if not late:
        return []
    start = max(sample[1] for sample in early)
    more = statistics.median(sample[1] for sample in late[-len(late) // 10 :]) - start
    most = max(sample[1] for sample in late) - start
    print(f"resident: {start >> 10} KiB up to {EARLY} pictures, {more / 2**20:+.2f} MiB at the end, {most / 2**20:+.2f} at most")
    problems = [f"resident memory grew by {more:.0f} bytes"] if more > ALLOWED else []
    for place, what in ((2, "descriptors"), (3, "threads")):
        before, after = ({sample[place] for sample in samples} for samples in (early[1:], late))
        if not after <= before:
            problems.append(f"{what} were {sorted(before)}, then {sorted(after)}")
    return problems


def wrong_rows(path, count):
    problems, counts = [], dict.fromkeys(KINDS, 0)
    number = 0
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            row = json.loads(line)
            code = row.get("error_code")
            if row["index"] != number - 1 or not row["path"].endswith(f"{number - 1:09}.img") or code != code_of(number - 1):
                problems.append(f"row {number - 1} is {line.strip()[:200]}")
                if len(problems) > 3:
                    return problems
            if code:
                counts[code] = counts.get(code, 0) + 1
    print(f"rows: {number}; {', '.join(f'{code} {n}' for code, n in counts.items())}")
    return problems + ([f"{number} rows for {count} pictures"] if number != count else [])


def main():
    parser = program.parser(__doc__)
    parser.add_argument("--pictures", type=int, help="default: a million, or 100 thousand a minute of --minutes if that is less")
    parser.add_argument("--verb", choices=["classify", "stats"], default="classify")
    options = parser.parse_args()
    options.pictures = options.pictures or min(int(100_000 * options.minutes) or 1_000_000, 1_000_000)
    tally = program.Tally(options)
    with program.scratch() as root:
        arguments = [options.verb, "-q", "-", "-o", "rows.jsonl", *LIMITS]
        with open(Path(root) / "err", "wb+") as err:
            process = program.start(options, arguments, root, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=err)
            try:
                used = feed(process, options.pictures)
            except BrokenPipeError:
                used = []
            code = process.wait()
            err.seek(0)
            problems = [f"ended with {code}: {err.read().decode(errors='replace')[-300:]}"] if code != 0 else []
        if not problems:
            problems = growth(used) + wrong_rows(Path(root) / "rows.jsonl", options.pictures)
            journal = (Path(root) / "rows.jsonl.journal").stat().st_size / options.pictures
            print(f"journal: {journal:.1f} bytes a row")
            problems += [f"the journal takes {journal:.0f} bytes a row"] if journal > JOURNAL else []
        tally.add("all", problems, "--verb", options.verb, "--pictures", options.pictures)
        return tally.finish(f"scale {options.verb} {options.pictures}")


if __name__ == "__main__":
    sys.exit(main())
