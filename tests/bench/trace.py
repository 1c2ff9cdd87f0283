#!/usr/bin/env python3
"""What a trace event costs: the kernel's operations with tracing on, less the same with tracing off.

The firmware is tests/firmware/operations, counted by tests/bench/qemu-markers.c. A figure holds everything that tracing
adds, also what the caller spends on it: the difference, divided by the events in between. QEMU's core has no cycle
counter, so a time here takes one byte; where events are more than 127 cycles apart it takes two, and 7 instructions
more: those are added to every figure. About every 250th event is a SYNC or meets the end of the ring, which costs
about 200 instructions once; the later repetitions counted here meet none.
"""

import json
import re
import sys

import bench

COMMAND = "tests/run bench trace"
LIMIT = 60
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
MARKS = [(14, 8, 9, "mark_begin!"), (14, 9, 10, "mark_end!"), (14, 10, 11, "counter!")]


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


def main():
    off, flash_off = measure()

    def costs(feature):
        """Instructions of each figure with this feature, and all that it adds to the flash."""
        on, flash_on = measure("--features", feature)
        costs = {}
        for group, start, end, name, events in FIGURES:
            added = between(on[group], start, end) - between(off[group], start, end)
            costs[name] = -(-added // events) + SECOND_TIME_BYTE
        for group, start, end, name in MARKS:
            costs[name] = between(on[group], start, end) + SECOND_TIME_BYTE
        return costs, flash_on - flash_off

    on, flash = costs("trace")
    filtered, flash_filtered = costs("trace-filter")
    rows = [bench.row(name, "instructions", cost, *RIVAL, COMMAND) for name, cost in on.items()]
    more = max(filtered[name] - cost for name, cost in on.items())
    rows += [bench.row(name, unit, value, None, None, COMMAND) for name, unit, value in [
        ("tracing, all of it", "bytes of flash", flash),
        ("trace-filter, the most that it adds to an event", "instructions", more),
        ("trace-filter, all of it", "bytes of flash", flash_filtered - flash),
    ]]
    bench.report("trace", rows)
    worst = max(one["ours"] for one in rows if one["unit"] == "instructions")
    if worst > LIMIT:
        sys.exit(f"an event costs {worst} instructions, more than {LIMIT}")
    print(json.dumps({"worst": worst, "limit": LIMIT}))


main()
