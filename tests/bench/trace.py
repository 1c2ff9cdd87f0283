#!/usr/bin/env python3
"""What tracing costs: on the target here, and on the host in viewer.py.

The target: the kernel's operations with tracing on, less the same with tracing off.
The firmware is tests/firmware/operations, counted by tests/bench/qemu-markers.c. A figure holds everything that tracing
adds, also what the caller spends on it: the difference, divided by the events in between. QEMU's core has no cycle
counter, so a time here takes one byte; where events are more than 127 cycles apart it takes two, and 5 instructions
more: those are added to every figure. About every 250th event is a SYNC or meets the end of the ring, which costs
about 200 instructions once; the later repetitions counted here meet none.

The flight recorder's figures are made in the same way; its limit is for the mean of all records, since what surrounds one
in its place (registers that are saved, a caller that is no longer inlined) costs more or less than the record. So it is with
the channel's: the compiler calls `send` and `receive`, which it copies in without tracing, and that takes 14 instructions.

How long an event masks interrupts is counted on bksim: the masked stretch in which it happens, less the same stretch without
tracing, in cycles by its cost tables. With ISR_ENTER and ISR_EXIT it is all of the stretch, which is the event's own.
"""

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

import bench
import bksim
import viewer

COMMAND = "tests/run bench trace"
LIMIT = 60
FLIGHT_LIMIT = 22
SECOND_TIME_BYTE = 5
MASKED_GOAL = 70
CODE_GOAL = 1024
GOAL = "the goal"
BOARD = "qemu-mps2-an385"
# Functions of bluekernel::trace that write events, SYNCs and the ring. The others are hooks.
ENCODER = ("ring::", "encoder::", "on::event", "on::fields", "on::again", "on::prepare", "on::long", "on::long_block")
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
# An interrupt: group, and the markers around its handler.
INTERRUPT = (6, 11, 10)
# With tracing only: the whole call.
MARKS = [(14, 8, 9, "mark_begin!", 1), (14, 9, 10, "mark_end!", 1), (14, 10, 11, "counter!", 1)]
# The counter's value takes a second record.
FLIGHT_MARKS = MARKS[:2] + [(14, 10, 11, "counter!, two records: each", 2)]


class Image:
    """The firmware with some features: its marker groups as {group: [(marker, instructions before it)]}, its bytes of flash,
    its masked stretches (bksim.masked) by group, and the bytes of each function of bluekernel::trace."""

    def __init__(self, bkctl, *options):
        elf = bench.build_firmware("operations", *options)
        self.groups = by_group(bench.marks_on_qemu(elf)[0], lambda entry: entry[0])
        sections = bench.run(["arm-none-eabi-size", "-A", elf])
        loaded = re.findall(r"^\.(?:vector_table|text|rodata|data|bk\.definitions)\s+(\d+)", sections, re.M)
        self.flash = sum(map(int, loaded))
        self.masked = by_group(bksim.masked(bkctl, elf, BOARD), lambda entry: entry[0] == "marker" and entry[1])
        symbols = bench.run(["arm-none-eabi-nm", "-CS", elf])
        functions = re.findall(r"^\w+ (\w+) [tT] bluekernel::trace::([\w:<>]+)", symbols, re.M)
        self.functions = [(name, int(size, 16)) for size, name in functions]


def by_group(entries, marker):
    """Entries behind each marker 12."""
    groups = []
    for entry in entries:
        if marker(entry) == 12:
            groups.append([])
        elif groups:
            groups[-1].append(entry)
    return groups


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


def stretches(image, group, start, end):
    """Cycles of the masked stretches from the last marker `start` to the next `end`."""
    entries = image.masked[group]
    ends = [place for place, entry in enumerate(entries) if entry == ("marker", end)]
    place = max(place for place, entry in enumerate(entries) if entry == ("marker", start) and place < ends[-1])
    stop = min(end for end in ends if end > place)
    return [cycles for kind, cycles in entries[place:stop] if kind == "masked"]


def masked(on, off):
    """{event: cycles for which it masks}: of those that happen alone in a stretch."""
    rows = {}
    for group, start, end, name, events in FIGURES:
        if events == 1:
            (with_event,), (without,) = (stretches(image, group, start, end) for image in (on, off))
            rows[name] = with_event - without
    # The interrupt's own stretches, of which there is none without tracing: around the one in which the handler gives.
    enter, _, leave = stretches(on, *INTERRUPT)[:3]
    return rows | {"ISR_ENTER": enter, "ISR_EXIT": leave}


def target(bkctl):
    """The rows of the target, and what is wrong with them."""
    off = Image(bkctl)
    on = Image(bkctl, "--features", "trace")
    filtered = Image(bkctl, "--features", "trace-filter")
    flight = Image(bkctl, "--features", "trace-flight")
    events = costs(on.groups, off.groups, MARKS, SECOND_TIME_BYTE)
    with_filter = costs(filtered.groups, off.groups, MARKS, SECOND_TIME_BYTE)
    more = max(cost - events[name] for name, cost in with_filter.items())
    records = costs(flight.groups, off.groups, FLIGHT_MARKS, 0)
    mean = round(sum(records.values()) / len(records), 1)
    encoder = sum(size for name, size in on.functions if name.startswith(ENCODER))
    functions = sum(size for _, size in on.functions)

    def bytes_of_flash(name, size, goal=None):
        return bench.row(name, "bytes of flash", size, goal, goal and GOAL, COMMAND)

    rows = [bench.row(name, "instructions", cost, *RIVAL, COMMAND) for name, cost in events.items()]
    rows += [bench.row(f"masked by an event: {name}", "estimated cycles", cycles, MASKED_GOAL, GOAL, COMMAND)
             for name, cycles in masked(on, off).items()]
    rows.append(bytes_of_flash("trace code: the functions that write events, SYNCs and the ring", encoder, CODE_GOAL))
    rows.append(bytes_of_flash("trace code: these and the hooks that are functions", functions, CODE_GOAL))
    rows.append(bytes_of_flash("tracing, all of it", on.flash - off.flash))
    rows.append(bench.row("trace-filter: the most that it adds to an event", "instructions", more, None, None, COMMAND))
    rows.append(bytes_of_flash("trace-filter, all of it", filtered.flash - on.flash))
    rows += [bench.row(f"flight recorder: {name}", "instructions", cost, *RIVAL, COMMAND) for name, cost in records.items()]
    rows.append(bench.row("flight recorder: a record, the mean of these", "instructions", mean, FLIGHT_LIMIT, GOAL, COMMAND))
    rows.append(bytes_of_flash("flight recorder, all of it", flight.flash - off.flash))
    worst = max(events.values())
    wrong = []
    if worst > LIMIT:
        wrong.append(f"an event costs {worst} instructions, more than {LIMIT}")
    if mean > FLIGHT_LIMIT:
        wrong.append(f"a record of the flight recorder costs {mean} instructions, more than {FLIGHT_LIMIT}")
    print(json.dumps({"worst": worst, "limit": LIMIT, "flight": mean, "flight limit": FLIGHT_LIMIT}))
    return rows, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", action="store_true", help="the target alone; the host's rows stay as they are")
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    options = parser.parse_args()
    rows, wrong = target(options.bkctl or bench.build_bkctl())
    if options.target:
        kept = json.loads(bench.result_file("trace").read_text())
        rows += kept[next(place for place, row in enumerate(kept) if row["row"] == viewer.FIRST):]
    else:
        with tempfile.TemporaryDirectory() as scratch:
            rows += viewer.rows(Path(scratch), COMMAND)
    bench.report("trace", rows)
    if wrong:
        sys.exit("\n".join(wrong))


main()
