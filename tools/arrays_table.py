#!/usr/bin/env python3
"""Turns the table of docs/arrays.md into C++ for its test: arrays_table.py DOCUMENT OUTPUT."""
import json
import pathlib
import re
import sys


def main():
    document, output = map(pathlib.Path, sys.argv[1:])
    rows = (re.fullmatch(r"\| `(.+)` \| `(.+)` \| `(.+)` \|", line) for line in document.read_text().split("\n"))
    text = "".join(f"ROW({json.dumps(row[1])}, {json.dumps(row[2])}, ({row[3]}))\n" for row in rows if row)
    output.write_text(text)


if __name__ == "__main__":
    main()
