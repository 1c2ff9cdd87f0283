#!/usr/bin/env python3
"""Reads a CSV export with Python's own reader, and compares it with the same recording as JSON lines.

    check_csv.py FILE.csv --events EVENTS.jsonl
"""

import argparse
import csv
import json
from pathlib import Path

from shown import Checks

COLUMNS = ["cycles", "seconds", "event", "running", "handler", "task", "object", "name", "value", "more"]


def expected(line):
    """The cells for a JSON line."""
    told = {name: "" if value is None else value for name, value in line.items() if not name.endswith("_id") or name == "build_id"}
    cells = {
        "cycles": str(told.pop("cycles")),
        "seconds": "{}.{:09}".format(*divmod(told.pop("ns"), 1_000_000_000)),
        "event": told.pop("event"),
    }
    for column in ("running", "handler", "task", "object", "value"):
        cells[column] = str(told.pop(column, ""))
    cells["name"] = next((told.pop(name) for name in ("exception", "mark", "name") if name in told), "")
    more = []
    for name, value in told.items():
        if isinstance(value, bool):
            value = int(value)
        elif isinstance(value, list):
            value = bytes(value).hex()
        more.append(f"{name}={value}")
    return cells | {"more": sorted(" ".join(more).split(" "))}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--events", type=Path, required=True, help="the recording as JSON lines")
    arguments = parser.parse_args()
    checks = Checks()
    lines = [json.loads(line) for line in arguments.events.read_text(encoding="utf-8").splitlines()[1:]]
    with arguments.file.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        checks.check(rows.fieldnames == COLUMNS, f"columns {rows.fieldnames}")
        rows = list(rows)
    checks.check(len(rows) == len(lines), f"{len(rows)} rows, expected {len(lines)}")
    for number, (row, line) in enumerate(zip(rows, lines)):
        wanted = expected(line)
        found = row | {"more": sorted(row["more"].split(" "))}
        checks.check(found == wanted, f"row {number}: {found}, expected {wanted}")
    checks.finish()


main()
