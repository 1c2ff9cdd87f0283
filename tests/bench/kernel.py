#!/usr/bin/env python3
"""Instructions per kernel operation and the minimal image, beside the best peers.

The firmware is tests/firmware/operations (what lies between which markers stands at its top) and
tests/firmware/minimal. QEMU executes it and tests/bench/qemu-markers.c counts: no simulator of ours is involved.
Tracing is off, interrupts are masked by PRIMASK, limits are checked; calls are inlined where the compiler does so.
"""

import json
import re
import subprocess
import sys

import bench

COMMAND = "tests/run bench kernel"
PEERS = json.loads((bench.ROOT / "tests/bench/peers.json").read_text())

# Group of markers, the two markers between which a figure lies, the name, instructions of the benchmark itself.
FIGURES = [
    (1, (8, 10), "semaphore give -> task", 0),
    (1, (8, 9), "semaphore give, and back", 1),  # the woken task's marker lies between
    (2, (8, 9), "semaphore give, nobody waits", 0),
    (2, (9, 10), "semaphore take, available", 0),
    (3, (8, 9), "mutex lock", 0),
    (3, (9, 10), "mutex unlock", 0),
    (4, (8, 9), "channel send, 4 bytes", 0),
    (4, (9, 10), "channel receive, 4 bytes", 0),
    (5, (8, 9), "channel send, 16 bytes", 0),
    (5, (9, 10), "channel receive, 16 bytes", 0),
    (6, (11, 10), "interrupt -> task", 1),  # the branch behind the handler's marker
    (6, (8, 9), "interrupt pend, and back", 3),  # two markers and that branch
    (7, (8, 10), "yield, one way", 0),
    (7, (8, 9), "yield, round trip", 1),
]


def groups(marks):
    """The marks behind each marker 12, as a list of groups."""
    found = []
    for register, count in marks:
        if register == 12:
            found.append([])
        elif found:
            found[-1].append((register, count))
    return found


def figure(group, start, end, own):
    """Instructions from one marker to the next `end`, less the opening marker; the last repetition counts."""
    values = []
    for place, (register, count) in enumerate(group):
        if register == start:
            after = next((c for r, c in group[place + 1:] if r == end), None)
            if after is not None:
                values.append(after - count - 1 - own)
    if len(values) != 3:
        sys.exit(f"expected 3 repetitions from marker {start} to {end}, found {len(values)}: {group}")
    return values[-1]


def best_peer(peers):
    name = min(peers, key=peers.get)
    return peers[name], name


def operations():
    marks, _ = bench.marks_on_qemu(bench.build_firmware("operations"))
    found = groups(marks)
    if figure(found[0], 8, 9, 0) != 0:
        sys.exit(f"the empty region is not empty: {found[0]}")
    rows = []
    for group, (start, end), name, own in FIGURES:
        rival, rival_name = best_peer(PEERS["operations"][name])
        rows.append(bench.row(name, "instructions", figure(found[group], start, end, own), rival, rival_name, COMMAND))
    return rows


def minimal():
    """Flash and RAM of the minimal program, RAM without the main stack, as for the peers."""
    elf = bench.build_firmware("minimal")
    flash = ram = 0
    for line in bench.run(["arm-none-eabi-readelf", "-SW", elf]).splitlines():
        found = re.match(r"\s*\[\s*\d+\]\s+(\S+)\s+(\S+)\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)\s+\S+\s+(\S*A\S*)\s", line)
        if not found:
            continue
        kind, size, flags = found[2], int(found[3], 16), found[4]
        if kind != "NOBITS":
            flash += size
        if "W" in flags:
            ram += size
    rows = []
    for name, ours in (("flash", flash), ("ram", ram)):
        rival, rival_name = best_peer(PEERS["minimal"][name])
        rows.append(bench.row(f"minimal image, {name}", "bytes", ours, rival, rival_name, COMMAND))
    return rows


def main():
    if subprocess.run(["qemu-system-arm", "--version"], capture_output=True).returncode:
        sys.exit("qemu-system-arm is needed: tests/run setup installs it")
    bench.report("kernel", operations() + minimal())


main()
