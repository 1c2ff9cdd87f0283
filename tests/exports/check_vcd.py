#!/usr/bin/env python3
"""Gives a VCD export to sigrok-cli (Debian: sigrok-cli), and compares when each wire is high in what sigrok makes of it
with the slices of the same recording as Chrome JSON.

    check_vcd.py FILE.vcd --chrome FILE.json
"""

import argparse
import json
import math
import re
import subprocess
from decimal import Decimal
from pathlib import Path

from shown import Checks


def sampled(path):
    """The times at which each wire goes up and down, in nanoseconds: sigrok reads the file and writes its own."""
    # It samples: as seldom as all times of the file allow.
    tick = math.gcd(*map(int, re.findall(r"^#(\d+)$", path.read_text(encoding="utf-8"), re.MULTILINE)))
    command = ["sigrok-cli", "-i", str(path), "-I", f"vcd:downsample={max(tick, 1)}", "-O", "vcd"]
    text = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
    head, body = text.split("$enddefinitions $end")
    number, unit = re.search(r"\$timescale (\d+) (\w+) \$end", head).groups()
    picoseconds = int(number) * {"ps": 1, "ns": 1000, "us": 1_000_000, "ms": 1_000_000_000}[unit]
    names = dict(re.findall(r"\$var wire 1 (\S+) (\S+) \$end", head))
    high = {name: [] for name in names.values()}
    time = 0
    for word in body.split():
        if word.startswith("#") and word[1:].isdigit():
            time = int(word[1:]) * picoseconds // 1000
            continue
        edges = high[names[word[1:]]]
        # Whether the wire is high already: an odd number of edges.
        if (word[0] == "1") != (len(edges) % 2 == 1):
            edges.append(time)
    return high, time


def slices(path):
    """When each lane runs, in nanoseconds: times at which it begins and ends. What touches is one."""
    trace = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=int)
    tracks, running = {}, {}
    for event in trace["traceEvents"]:
        if event["ph"] == "M" and event["name"] == "thread_name":
            tracks[event["tid"]] = event["args"]["name"]
        if event["ph"] not in ("B", "E"):
            continue
        title = tracks[event["tid"]]
        name = re.sub(r" \((priority|exception) \d+\)$| \((mark|async)\)$", "", title)
        is_task = "(priority" in title
        edges = running.setdefault(re.sub(r"[\s$\[\]]", "_", name), [])
        if event["name"] == ("running" if is_task else name):
            time = int(event["ts"] * 1000)
            if event["ph"] == "B" and edges and edges[-1] == time:
                edges.pop()
            else:
                edges.append(time)
    return running


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--chrome", type=Path, required=True)
    arguments = parser.parse_args()
    checks = Checks()
    high, end = sampled(arguments.file)
    running = slices(arguments.chrome)
    checks.check(set(high) - {"lost"} == set(running), f"wires {sorted(high)}, lanes {sorted(running)}")
    for name, expected in running.items():
        found = high.get(name, [])
        # A wire that is high at the end goes down nowhere; its slice ends with the trace.
        if len(found) % 2:
            found.append(expected[-1] if expected else end)
        checks.check(found == expected, f"{name} is high {found[:8]}..., runs {expected[:8]}...")
        checks.check(len(found) == len(expected), f"{name}: {len(found)} edges, expected {len(expected)}")
    checks.check("lost" in high, "no wire tells of lost events")
    checks.finish()


main()
