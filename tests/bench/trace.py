#!/usr/bin/env python3
"""What tracing costs: on the target here, and on the host in viewer.py.

The target: the kernel's operations with tracing on, less the same with tracing off.
The firmware is tests/firmware/operations, counted by tests/bench/qemu-markers.c. A figure holds everything that tracing
adds, also what the caller spends on it: the difference, divided by the events in between. QEMU's core has no cycle
counter, so a time here takes one byte; where events are more than 127 cycles apart it takes two, and 7 instructions
more: those are added to every figure. About every 250th event is a SYNC or meets the end of the ring, which costs
about 200 instructions once; the later repetitions counted here meet none.

The flight recorder's figures are made in the same way; its limit is for the mean of all records, since what surrounds one
in its place (registers that are saved, a caller that is no longer inlined) costs more or less than the record.
"""

import json
import re
import sys
import tempfile
from pathlib import Path

import bench
import viewer

COMMAND = "tests/run bench trace"
LIMIT = 60
FLIGHT_LIMIT = 22
SECOND_TIME_BYTE = 7
# SEGGER SystemView takes 85 to 137 instructions an event.
RIVAL = (85, "SystemView, its cheapest event")

# Group, markers, what happens, events in between.
FIGURES = [
    (2, 8, 9, "OBJ (semaphore give)", 1),
    (2, 9, 10, "OBJ (semaphore take)", 1),
    (3, 8, 9, "OBJ (mutex lock)", 1),
    (3, 9, 10, "OBJ (mutex unlock)", 1),
    (4, 8, 9, "OBJ (channel send)", 1),
    (4, 9, 10, "OBJ (channel receive)", 1),
    (7, 8, 10, "SWITCH_IN (yield)", 1),
    (1, 8, 10, "OBJ, READY, SWITCH_IN: each", 3),
    (1, 10, 9, "BLOCK, SWITCH_IN: each", 2),
    (6, 11, 10, "ISR_ENTER, OBJ, READY, ISR_EXIT, SWITCH_IN: each", 5),
]
# With tracing only: the whole call.
MARKS = [(14, 8, 9, "mark_begin!", 1), (14, 9, 10, "mark_end!", 1), (14, 10, 11, "counter!", 1)]
# The counter's value takes a second record.
FLIGHT_MARKS = MARKS[:2] + [(14, 10, 11, "counter!, two records: each", 2)]


def measure(*options):
    """The last repetition of each group: {group: [(marker, count)]}, and flash bytes."""
    elf = bench.build_firmware("operations", *options)
    marks, _ = bench.marks_on_qemu(elf)
    groups = []
    for register, count in marks:
        if register == 12:
            groups.append([])
        elif groups:
            groups[-1].append((register, count))
    sections = bench.run(["arm-none-eabi-size", "-A", elf])
    flash = sum(int(size) for size in re.findall(r"^\.(?:vector_table|text|rodata|data|bk\.definitions)\s+(\d+)", sections, re.M))
    return groups, flash


def between(group, start, end):
    """Instructions from the last marker `start` to the next `end`, less the opening marker."""
    place = max(place for place, (register, _) in enumerate(group)
                if register == start and any(later == end for later, _ in group[place + 1:]))
    after = next(count for register, count in group[place + 1:] if register == end)
    return after - group[place][1] - 1


def costs(on, off, marks, more):
    """{event: instructions}: what each adds to `off`, and `more`."""
    rows = {}
    for group, start, end, name, events in FIGURES:
        added = between(on[group], start, end) - between(off[group], start, end)
        rows[name] = -(-added // events) + more
    return rows | {name: -(-between(on[group], start, end) // events) + more for group, start, end, name, events in marks}


def main():
    off, flash_off = measure()
    on, flash_on = measure("--features", "trace")
    filtered, flash_filtered = measure("--features", "trace-filter")
    flight, flash_flight = measure("--features", "trace-flight")
    events = costs(on, off, MARKS, SECOND_TIME_BYTE)
    more = max(cost - events[name] for name, cost in costs(filtered, off, MARKS, SECOND_TIME_BYTE).items())
    records = costs(flight, off, FLIGHT_MARKS, 0)
    mean = round(sum(records.values()) / len(records), 1)
    records["a record, the mean of these"] = mean
    rows = [bench.row(name, "instructions", cost, *RIVAL, COMMAND) for name, cost in events.items()]
    rows.append(bench.row("tracing, all of it", "bytes of flash", flash_on - flash_off, None, None, COMMAND))
    rows.append(bench.row("trace-filter: the most that it adds to an event", "instructions", more, None, None, COMMAND))
    rows.append(bench.row("trace-filter, all of it", "bytes of flash", flash_filtered - flash_on, None, None, COMMAND))
    rows += [bench.row(f"flight recorder: {name}", "instructions", cost, *RIVAL, COMMAND) for name, cost in records.items()]
    rows.append(bench.row("flight recorder, all of it", "bytes of flash", flash_flight - flash_off, None, None, COMMAND))
    with tempfile.TemporaryDirectory() as scratch:
        rows += viewer.rows(Path(scratch), COMMAND)
    bench.report("trace", rows)
    worst = max(events.values())
    if worst > LIMIT:
        sys.exit(f"an event costs {worst} instructions, more than {LIMIT}")
    if mean > FLIGHT_LIMIT:
        sys.exit(f"a record of the flight recorder costs {mean} instructions, more than {FLIGHT_LIMIT}")
    print(json.dumps({"worst": worst, "limit": LIMIT, "flight": mean, "flight limit": FLIGHT_LIMIT}))


main()
