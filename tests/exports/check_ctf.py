#!/usr/bin/python3
"""Reads a CTF export with babeltrace2 (Debian: python3-bt2), and compares it with the same recording as JSON lines.

    check_ctf.py FOLDER --events EVENTS.jsonl --stats STATS.json

Debian's own Python runs it: `bt2` is not on PyPI.
"""

import argparse
import json
from pathlib import Path

import bt2

from shown import Checks


def value(field):
    """A field as JSON lines tell it: a word where there is one, else the number or text."""
    if isinstance(field, bt2._EnumerationFieldConst):
        labels = field.labels
        # One number, one word: two would mean that ranges overlap.
        return labels[0] if len(labels) == 1 else labels
    if isinstance(field, bt2._IntegerFieldConst):
        return int(field)
    if isinstance(field, bt2._StringFieldConst):
        return str(field)
    return [int(item) for item in field]


def printable(word):
    """Words of the description hold no control characters; an object that is none is called so."""
    return "".join("?" if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in word) if word else "none"


def expected(line, name):
    """What CTF must hold for the key `name` of a JSON line."""
    told = line[name]
    if name + "_id" in line or name in ("reason", "op", "cause", "of"):
        return printable(told)
    if isinstance(told, bool):
        return int(told)
    if isinstance(told, str) and told.startswith("0x") and name != "name":
        return int(told, 16)
    return told or "" if name == "name" else told


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=Path, required=True, help="the recording as JSON lines")
    parser.add_argument("--stats", type=Path, required=True, help="`bkctl trace stats --format json`")
    arguments = parser.parse_args()
    checks = Checks()
    lines = iter(arguments.events.read_text(encoding="utf-8").splitlines())
    clock_hz = json.loads(next(lines))["clock_hz"]
    count, discarded, gaps = 0, 0, []
    for message in bt2.TraceCollectionMessageIterator(str(arguments.folder)):
        if isinstance(message, bt2._DiscardedEventsMessageConst):
            discarded += message.count
            times = [snapshot.value for snapshot in (message.beginning_default_clock_snapshot, message.end_default_clock_snapshot)]
            gaps.append((*times, message.count))
        if not isinstance(message, bt2._EventMessageConst):
            continue
        count += 1
        event, clock = message.event, message.default_clock_snapshot
        checks.check(clock.clock_class.frequency == clock_hz, f"the clock counts {clock.clock_class.frequency} Hz")
        line = json.loads(next(lines, "{}"))
        where = f"event {count} ({event.name})"
        if not checks.check((event.name, clock.value) == (line.get("event"), line.get("cycles")), f"{where}: {line}"):
            break
        fields = {name: value(field) for name, field in event.payload_field.items() if not name.endswith("_length")}
        wanted = {name: expected(line, name) for name in line if name in fields}
        checks.check(fields == wanted, f"{where}: {fields}, expected {wanted}")
        own = {"cycles", "ns", "event", "running", "handler"}
        rest = {name for name in line if not name.endswith("_id") or name == "build_id"} - own - set(fields)
        checks.check(not rest, f"{where} lacks {rest}")
    left = list(lines)
    checks.check(not left, f"{len(left)} events are not in the CTF export, the first is {left[:1]}")
    statistics = json.loads(arguments.stats.read_text(encoding="utf-8"))
    told = [json.loads(line) for line in arguments.events.read_text(encoding="utf-8").splitlines()[1:]]
    told_gaps = [(line["since_cycles"], line["cycles"], line["events"]) for line in told if line["event"] == "gap" and line["events"]]
    checks.check(gaps == told_gaps, f"babeltrace2 tells of gaps {gaps}, expected {told_gaps}")
    lost = statistics["losses"]["events"]
    checks.check(discarded == lost, f"babeltrace2 counts {discarded} discarded events, the statistics {lost}")
    # What tracing took for an event is a line of its own, and no event.
    own_count = sum(line["event"] not in ("gap", "spent") for line in told)
    checks.check(own_count == statistics["events"], f"{own_count} events, the statistics count {statistics['events']}")
    checks.finish()


main()
