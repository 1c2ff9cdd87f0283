#!/usr/bin/env python3
"""The flight recorder's ring on the target: the reference mix on bksim, its ring read out of memory when it has run for a
while, once before it wraps around and twice after.

What the ring holds is decoded here from the text of kernel/abi/src/flight.rs, each slot by itself, and compared with two
accounts that know nothing of it: the simulator's ghost trace of the same run (switches, ready and waiting tasks, idling,
interrupts and priorities: the same, in the same order, at the same time up to a constant), and the stream of the same
firmware built to tell that (jobs, marks and objects: as many of each kind in the same time). The last line is "N passed, M
failed".
"""

import argparse
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import wire
from check import FIRMWARE, ROOT, TARGET, build, build_bkctl
from ghost import SPREAD, sim

sys.path.insert(0, str(ROOT / "tests/bench"))
import bksim  # noqa: E402

BOARD, CORE_HZ = "qemu-mps2-an385", 25_000_000
TRIPLE = "thumbv7m-none-eabi"
PS_IN_A_MS = 10**9
# A ring of 512 slots holds some 45 of them; at the start, when all tasks have their first job, fewer.
LENGTHS = {"whole": 10, "wrapped": 100, "wrapped often": 333}
HEADER, SLOT, CAPACITY = 56, 8, 512
EMPTY, BOOT, WIDE_A, WIDE_B = range(4)
# The seven periodic tasks may each be one job ahead.
JOBS_AHEAD = 7
# Kinds of both, by name: of a slot, and the heads of the stream.
TOLD = {
    "MARK_BEGIN": (lambda kind: kind == 0x0B, lambda head: head == 0x5A),
    "MARK_END": (lambda kind: kind == 0x0C, lambda head: head == 0x5B),
    "JOB_RELEASE": (lambda kind: kind == 0x11, lambda head: head == 0x62),
    "JOB_DONE": (lambda kind: kind == 0x12, lambda head: head == 0x63),
    "DEADLINE_MISS": (lambda kind: kind == 0x13, lambda head: head == 0x64),
    "OBJ lock": (lambda kind: kind == 0x23, lambda head: head == 0x73),
    "OBJ send": (lambda kind: kind == 0x25, lambda head: head == 0x75),
    "OBJ receive": (lambda kind: kind == 0x26, lambda head: head == 0x76),
}


def image(feature, folder):
    """The reference mix with a feature."""
    build(FIRMWARE, "--locked", "-p", "reference", "--target", TRIPLE, "--features", feature)
    elf = folder / feature
    elf.write_bytes((TARGET / TRIPLE / "release/reference").read_bytes())
    return elf


def ring(bkctl, elf, length):
    """The control block's words, and the slots from the oldest on, as (cycles, kind, a, b), after so many milliseconds."""
    nm = subprocess.run(["arm-none-eabi-nm", elf], capture_output=True, text=True, check=True).stdout
    address = next(int(line.split()[0], 16) for line in nm.splitlines() if line.endswith(" __bk_flight"))
    machine = bksim.Bksim(bkctl, elf, BOARD)
    machine.call("run", {"until_ps": length * PS_IN_A_MS})
    memory = b"".join(bytes(machine.call("read", {"address": address + at, "len": SLOT})["bytes"])
                      for at in range(0, HEADER + CAPACITY * SLOT, SLOT))
    machine.close()
    assert memory[:8] == b"BKFLIGHT"
    words = struct.unpack_from("<12I", memory, 8)
    written = words[5]
    slots = [struct.unpack_from("<IBBH", memory, HEADER + number % CAPACITY * SLOT)
             for number in range(max(0, written - CAPACITY + 1), written)]
    return words, slots


def what(slots):
    """The slots that a ghost tells of, as wire.events names them: (cycles, what). A block's task is that of the last switch."""
    running = None
    for cycles, kind, a, b in slots:
        told = None
        if kind == 0x04:
            running, told = b, ("switch", b)
        elif kind == 0x05:
            told = "ready", b
        elif kind == 0x06:
            told = "enter", b
        elif kind == 0x07:
            told = ("exit",)
        elif kind == 0x08:
            running, told = None, ("idle",)
        elif kind == 0x09:
            told = "end", b
        elif 0x60 < kind < 0x80:
            told = "block", running
        elif 0x80 <= kind < 0xE0:
            told = "priority", a, kind % 32
        elif kind >= 0xE0:
            told = "new", a, kind - 0xE0
        if told:
            yield cycles, told


def against_ghost(slots, ghost):
    """What is wrong between the ring and the ghost's account of the run; None if nothing is."""
    mine = list(what(slots))
    # Before the first switch in the ring nobody knows who blocks.
    while mine and mine[0][1][0] != "switch":
        mine.pop(0)
    if len(mine) < 100:
        return f"only {len(mine)} events that a ghost tells of"
    # The run ends somewhere: the ring, or the ghost, may be an event ahead.
    for ahead in (0, 1, -1):
        theirs = ghost[:-ahead] if ahead > 0 else ghost
        ours = mine[:ahead] if ahead < 0 else mine
        theirs = theirs[-len(ours):]
        if [told for _, told in ours] == [event.what for event in theirs]:
            break
    else:
        theirs = ghost[-len(mine):]
        place = next(place for place, (one, other) in enumerate(zip(mine, theirs)) if one[1] != other.what)
        return f"event {place} of {len(mine)} is {mine[place]} in the ring, {theirs[place]} for the ghost"
    distances = [cycles - event.time for (cycles, _), event in zip(ours, theirs)]
    spread = max(distances) - min(distances)
    return f"the times differ by {spread} cycles" if spread > SPREAD else None


def against_stream(slots, stream):
    """The same of how many events of each kind the stream has in the same time."""
    first, last = slots[0][0], slots[-1][0]
    found = Counter(name for _, kind, _, _ in slots for name, (is_kind, _) in TOLD.items() if is_kind(kind))
    told = Counter(name for record in stream if first <= record.time <= last
                   for name, (_, is_head) in TOLD.items() if is_head(record.head))
    far = {name: (found[name], told[name]) for name in TOLD if abs(found[name] - told[name]) > JOBS_AHEAD}
    if far:
        return f"in the ring and in the stream there are {far}"
    missing = [name for name in TOLD if told[name] and not found[name]]
    return f"the ring does not tell of {missing}" if missing else None


def judge(bkctl, elf, stream, length, scratch):
    """What is wrong with a run of so many milliseconds."""
    words, slots = ring(bkctl, elf, length)
    version, capacity, _, _, clock_hz, written, turns, _, others, *_ = words
    if (version, capacity, clock_hz, turns) != (2, CAPACITY, CORE_HZ, 0):
        return f"the control block is {words}"
    wrapped = written > CAPACITY
    if wrapped != (length > min(LENGTHS.values())):
        return f"{written} slots were written in {length} ms"
    if (slots[0][1] == BOOT) == wrapped or any(kind == BOOT for _, kind, _, _ in slots[1:]):
        return "BOOT is not the first slot of a ring that is whole, or stands in one that is not"
    if any(kind == EMPTY for _, kind, _, _ in slots):
        return "a slot is empty"
    if not wrapped and others != sum(kind in (BOOT, WIDE_A, WIDE_B) for _, kind, _, _ in slots):
        return f"{others} slots are said to be no events"
    times = [cycles for cycles, *_ in slots]
    if times != sorted(times) or times[-1] > length * CORE_HZ // 1000:
        return "the times do not rise"
    recording = scratch / f"{length}.ghost"
    sim(bkctl, elf, BOARD, "--for", f"{length}ms", "--ghost", recording)
    return against_ghost(slots, list(wire.events(wire.stream(recording)))) or against_stream(slots, stream)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    options = parser.parse_args()
    bkctl = options.bkctl or build_bkctl()
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        recording = scratch / "own"
        sim(bkctl, image("trace", scratch), BOARD, "--for", f"{max(LENGTHS.values())}ms", "--trace", recording)
        stream = list(wire.records(wire.stream(recording)))
        elf = image("trace-flight", scratch)
        for name, length in LENGTHS.items():
            wrong = judge(bkctl, elf, stream, length, scratch)
            failed += wrong is not None
            print(f"ok  the flight recorder's ring, {name}" if wrong is None else f"FAILED  {name}: {wrong}")
    print(f"{len(LENGTHS) - failed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
