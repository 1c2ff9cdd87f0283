#!/usr/bin/env python3
"""Reads a Chrome export by the rules of the document "Trace Event Format", with Python's own JSON reader.

    check_chrome.py FILE.json [--scenario] [--stats STATS.json]
"""

import argparse
import json
from decimal import Decimal
from pathlib import Path

from shown import Checks, Shown

REQUIRED = {
    "M": {"name", "ph", "pid", "args"},
    "B": {"name", "ph", "pid", "tid", "ts", "args"},
    "E": {"name", "ph", "pid", "tid", "ts", "args"},
    "i": {"name", "ph", "pid", "tid", "ts", "s", "args"},
    "C": {"name", "ph", "pid", "ts", "args"},
}


def nanoseconds(checks, value, where):
    """Times are microseconds with at most three decimals: whole nanoseconds."""
    exact = Decimal(value) * 1000
    checks.check(exact == exact.to_integral_value() and exact >= 0, f"{where}: {value} is no nanosecond")
    return int(exact)


def read(checks, text):
    trace = json.loads(text, parse_float=Decimal, parse_int=int)
    checks.check(trace["displayTimeUnit"] in ("ms", "ns"), "displayTimeUnit")
    shown, tracks, order, begun = Shown(), {}, [], {}
    for index, event in enumerate(trace["traceEvents"]):
        where = f"event {index}"
        phase = event.get("ph")
        if not checks.check(phase in REQUIRED, f"{where}: phase {phase}"):
            continue
        missing = REQUIRED[phase] - set(event)
        if not checks.check(not missing, f"{where} ({phase}) has no {missing}"):
            continue
        if phase == "M":
            if event["name"] == "thread_name":
                checks.check(event["tid"] not in tracks, f"{where}: track {event['tid']} twice")
                tracks[event["tid"]] = event["args"]["name"]
            elif event["name"] == "thread_sort_index":
                order.append(event["args"]["sort_index"])
            else:
                checks.check(event["name"] == "process_name", f"{where}: {event['name']}")
            continue
        time = nanoseconds(checks, event["ts"], where)
        if phase == "C":
            checks.check(isinstance(event["args"]["value"], int), f"{where}: no value")
            shown.values.setdefault(event["name"], []).append((time, event["args"]["value"]))
            continue
        if not checks.check(event["tid"] in tracks, f"{where}: its track has no name"):
            continue
        track = tracks[event["tid"]]
        if phase == "B":
            checks.check(track not in begun, f"{where}: a slice in a slice")
            begun[track] = (event["name"], time, event["args"])
        elif phase == "E":
            if checks.check(track in begun, f"{where}: an end without a beginning"):
                name, start, details = begun.pop(track)
                # Readers find the beginning by both.
                checks.check((name, details) == (event["name"], event["args"]), f"{where}: the end of another slice")
                shown.slices.setdefault(track, []).append((name, start, time))
        else:
            checks.check(event["s"] == "t", f"{where}: a moment belongs to its track")
            shown.moments.setdefault(track, []).append((event["name"], time))
    checks.check(not begun, f"slices without an end: {begun}")
    checks.check(order == sorted(set(order)) and len(order) == len(tracks), f"tracks are not in order: {order}")
    return shown


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--scenario", action="store_true", help="compare with scenario.json")
    parser.add_argument("--stats", type=Path, help="compare with `bkctl trace stats --format json`")
    arguments = parser.parse_args()
    checks = Checks()
    shown = read(checks, arguments.file.read_text(encoding="utf-8"))
    shown.rules(checks)
    if arguments.scenario:
        shown.scenario(checks)
    if arguments.stats:
        shown.statistics(checks, arguments.stats)
    checks.finish()


main()
