#!/usr/bin/env python3
"""The kernel's numbers beside the best peers': instructions and cycles of each operation, Thread-Metric, sizes.

QEMU executes the firmware and tests/bench/qemu-markers.c counts: for instructions no simulator of ours is involved. The
cycles are estimates by bksim's cost tables. Tracing is off, but in the full image. Critical sections mask all interrupts
(PRIMASK); a give checks the semaphore's maximum, a send the channel's room, a lock and an unlock the owner and priority
inheritance.

| firmware | what stands at its top |
|---|---|
| tests/firmware/operations | what lies between which markers |
| tests/firmware/thread-metric | the seven tests |
| tests/firmware/minimal | the program of the size comparison |
| tests/firmware/full | every object of the kernel, five tasks, tracing, feature `small` |
"""

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import bench
import bksim

sys.path.insert(0, str(bench.ROOT / "tests/firmware"))
import suite

COMMAND = "tests/run bench kernel"
PEERS = json.loads((bench.ROOT / "tests/bench/peers.json").read_text())


@dataclass(frozen=True)
class Board:
    """A core: the first one's instructions are compared with the peers'; every one's cycles are estimated."""
    name: str
    target: str
    machine: str  # of QEMU
    board: str  # of bksim
    feature: str = ""  # of the firmware
    system: str = "arm"  # of QEMU
    before: int = 0  # instructions of QEMU's before the image's first


# On RISC-V QEMU starts in a ROM of its own, whose six instructions go to the image (riscv_setup_rom_reset_vec in
# hw/riscv/boot.c).
BOARDS = [
    Board("M3", "thumbv7m-none-eabi", "mps2-an385", "qemu-mps2-an385"),
    Board("M4F", "thumbv7em-none-eabihf", "mps2-an386", "qemu-mps2-an386"),
    Board("M33F", "thumbv8m.main-none-eabihf", "mps2-an505", "qemu-mps2-an505", "an505"),
    Board("M0", "thumbv6m-none-eabi", "microbit", "microbit", "microbit"),
    Board("RV32", "riscv32imac-unknown-none-elf", "virt -bios none", "qemu-virt-rv32", "virt", "riscv32", 6),
]


@dataclass(frozen=True)
class Port:
    """A column of suite.py: the same images, but as firmware is built, on bksim."""
    name: str
    target: str
    features: str
    board: str


SUITE = [
    Port("M3", "thumbv7m-none-eabi", "", "qemu-mps2-an385"),
    Port("M3, extras", "thumbv7m-none-eabi", "extras", "qemu-mps2-an385"),
    Port("M3, guard", "thumbv7m-none-eabi", "stack-guard", "qemu-mps2-an385"),
    Port("M3, zero latency", "thumbv7m-none-eabi", "zero-latency", "qemu-mps2-an385"),
    Port("LM3S6965", "thumbv7m-none-eabi", "lm3s6965", "lm3s6965evb"),
    Port("M4F", "thumbv7em-none-eabihf", "", "qemu-mps2-an386"),
    Port("M7F", "thumbv7em-none-eabihf", "", "qemu-mps2-an500"),
    Port("M4F, guard", "thumbv7em-none-eabihf", "stack-guard", "qemu-mps2-an386"),
    Port("STM32F4", "thumbv7em-none-eabihf", "stm32f4", "stm32f4-discovery"),
    Port("M0", "thumbv6m-none-eabi", "microbit", "microbit"),
    Port("M0, extras", "thumbv6m-none-eabi", "microbit,extras", "microbit"),
    Port("M33", "thumbv8m.main-none-eabi", "an505", "qemu-mps2-an505"),
    Port("M33F", "thumbv8m.main-none-eabihf", "an505", "qemu-mps2-an505"),
    Port("RV32IMC", "riscv32imc-unknown-none-elf", "virt", "qemu-virt-rv32"),
    Port("RV32IMAC, extras", "riscv32imac-unknown-none-elf", "virt,extras", "qemu-virt-rv32"),
    Port("RV64GC", "riscv64gc-unknown-none-elf", "virt", "qemu-virt-rv64"),
    Port("HiFive1", "riscv32imac-unknown-none-elf", "hifive1", "hifive1"),
]
# Cargo's profiles, by the level of optimization.
PROFILES = {"s": "release", "3": "speed"}
THREAD_METRIC = ["cooperative", "preemptive", "interrupt-processing", "interrupt-preemption", "message",
                 "synchronization", "memory-allocation"]
INSTRUCTIONS = 100_000_000
# A behaviour has happened by then; two seconds after the start it compares its events, with interrupts masked.
BEHAVIOUR = "1900ms"

# The markers of a repetition in each group of the firmware. 11 is not there on RISC-V.
GROUPS = [[8, 9], [8, 10, 9], [8, 9, 10], [8, 9, 10], [8, 9, 10], [8, 9, 10], [8, 11, 10, 9], [8, 10, 9],
          [8, 9, 10], [8, 9, 10], [8, 9, 10], [8, 9, 10], [8, 9, 10], [8, 9, 10]]
REPETITIONS = 3
# What is the benchmark's own at a marker: the marker, and behind the handler's the branch to the kernel.
OWN = {8: 1, 9: 1, 10: 1, 11: 2}


@dataclass(frozen=True)
class Figure:
    """Name, group and markers; the group in which the same is a call."""
    name: str
    group: int
    start: int
    end: int
    called: int | None = None


FIGURES = [
    Figure("semaphore give -> task", 1, 8, 10),
    Figure("semaphore give, and back", 1, 8, 9),
    Figure("semaphore give, nobody waits", 2, 8, 9, called=8),
    Figure("semaphore take, available", 2, 9, 10, called=8),
    Figure("mutex lock", 3, 8, 9, called=9),
    Figure("mutex unlock", 3, 9, 10, called=9),
    Figure("channel send, 4 bytes", 4, 8, 9, called=10),
    Figure("channel receive, 4 bytes", 4, 9, 10, called=10),
    Figure("channel send, 16 bytes", 5, 8, 9, called=11),
    Figure("channel receive, 16 bytes", 5, 9, 10, called=11),
    Figure("interrupt -> task", 6, 11, 10),
    Figure("interrupt pend -> task", 6, 8, 10),
    Figure("interrupt pend, and back", 6, 8, 9),
    Figure("yield, one way", 7, 8, 10),
    Figure("yield, round trip", 7, 8, 9),
    Figure("pool alloc, 128 bytes", 12, 8, 9, called=13),
    Figure("pool free, 128 bytes", 12, 9, 10, called=13),
]


class Run:
    """The marks of an image of `operations`, and what says when an instruction began."""

    def __init__(self, elf, board):
        marks, _ = bench.marks_on_qemu(elf, board.machine, board.system)
        self.total = marks.pop()[1] - board.before
        self.expected = [[mark for mark in group if mark != 11 or board.system == "arm"] for group in GROUPS]
        self.groups = []
        for mark, count in marks:
            if mark == 12:
                self.groups.append([])
            else:
                self.groups[-1].append((mark, count - board.before))
        for place, (group, expected) in enumerate(zip(self.groups, self.expected, strict=True)):
            found = [mark for mark, _ in group]
            if found != expected * REPETITIONS:
                raise SystemExit(f"{elf}: group {place} has the markers {found}, not {REPETITIONS} times {expected}")
        if self.between(0, 8, 9) != 0:
            raise SystemExit(f"{elf}: the empty region is not empty")

    def between(self, group, start, end, begins=None):
        """From one marker to the next `end` in the last repetition, without what is the benchmark's own: instructions,
        or what `begins` says of when an instruction begins. None if the board has not these markers."""
        expected = self.expected[group]
        if start not in expected:
            return None
        repetition = self.groups[group][-len(expected):]
        first = expected.index(start)
        last = expected.index(end)

        def at(count):
            return begins[count] if begins else count

        own = sum(at(count + OWN[mark]) - at(count) for mark, count in repetition[first:last])
        return at(repetition[last][1]) - at(repetition[first][1]) - own


def best_peer(kind, name):
    """The best peer's value and name, or nothing."""
    peers = PEERS[kind].get(name)
    if not peers:
        return None, None
    name = (min if kind != "thread-metric" else max)(peers, key=peers.get)
    return peers[name], name


def in_instructions():
    """The operations on the first board, inlined and as calls, by each level of optimization."""
    board, rows, lines = BOARDS[0], [], []
    runs = {level: Run(bench.build_firmware("operations", profile=profile), board)
            for level, profile in PROFILES.items()}
    for figure in FIGURES:
        rival = best_peer("operations", figure.name)
        columns = []
        for level, run in runs.items():
            for group, called in [(figure.group, ""), (figure.called, ", called")]:
                if group is None:
                    columns.append("-")
                    continue
                name = figure.name + called + ("" if level == "s" else f", opt-level {level}")
                rows.append(bench.row(name, "instructions", run.between(group, figure.start, figure.end), *rival, COMMAND))
                columns.append(rows[-1]["ours"])
        ours = [value for value in columns if value != "-"]
        lines.append([figure.name, *columns, *told(max(ours), *rival)])
    headings = [f"{level}{called}" for level in PROFILES for called in ("", ", called")]
    print(f"Instructions, {board.name}. The ratio is of our worst column.")
    bench.table(["", *headings, "rival", "ratio", ""], lines)
    return rows


def told(ours, rival, rival_name, better="lower"):
    """The last columns of a line: rival, ratio, the rival's name."""
    if rival is None:
        return ["-", "-", ""]
    won = ours < rival if better == "lower" else ours > rival
    return [rival, f"{ours / rival:.2f}", rival_name + (" (won)" if won else "")]


def in_cycles(bkctl):
    """The operations on each board, in bksim's cycles."""
    columns = {}
    for board in BOARDS:
        elf = bench.build_firmware("operations", "--features", board.feature, target=board.target)
        run, begins = Run(elf, board), bksim.cycles(bkctl, elf, board.board)
        if max(begins) != run.total:
            raise SystemExit(f"{elf}: {run.total} instructions on QEMU, {max(begins)} on bksim")
        columns[board.name] = run, begins
    rows, lines = [], []
    for figure in FIGURES:
        cells = []
        for board in BOARDS:
            run, begins = columns[board.name]
            rival = best_peer("cycles", figure.name) if board == BOARDS[0] else (None, None)
            value = run.between(figure.group, figure.start, figure.end, begins)
            if value is not None:
                rows.append(bench.row(f"{figure.name}, cycles on {board.name}", "estimated cycles", value, *rival, COMMAND))
            cells.append("-" if value is None else value)
        lines.append([figure.name, *cells, *told(cells[0], *best_peer("cycles", figure.name))])
    print(f"\nEstimated cycles, opt-level s, inlined. The rival is on {BOARDS[0].name}. On RISC-V an interrupt's first "
          "instructions are the kernel's, and so is the pend.")
    bench.table(["", *(board.name for board in BOARDS), "rival", "ratio", ""], lines)
    return rows


def thread_metric():
    """Operations in 1e8 instructions of each test, by each level of optimization."""
    rows, lines = [], []
    for test in THREAD_METRIC:
        rival, cells = best_peer("thread-metric", test), []
        for level, profile in PROFILES.items():
            elf = bench.build_firmware("thread-metric", "--bin", test, profile=profile).with_name(test)
            marks, text = bench.marks_on_qemu(elf)
            begin, end = (count for register, count in marks if register in (8, 9))
            operations = int(text.split()[-1])
            value = operations * INSTRUCTIONS // (end - begin)
            name = f"Thread-Metric, {test}" + ("" if level == "s" else f", opt-level {level}")
            rows.append(bench.row(name, "operations in 1e8 instructions", value, *rival, COMMAND, better="higher"))
            cells.append(value)
        lines.append([test, *cells, *told(max(cells), *rival, better="higher")])
    print(f"\nThread-Metric, operations in 1e8 instructions, {BOARDS[0].name}, with a task that wakes every millisecond.")
    bench.table(["", *PROFILES, "rival", "ratio", ""], lines)
    return rows


def masked(bkctl):
    """The longest time for which the kernel masked interrupts, over all behaviours of the suite on each of its ports, in
    bksim's cycles. Not those that mask for themselves, nor those whose last words nothing may interrupt."""
    texts = {name: (suite.BEHAVIOURS / f"{name}.rs").read_text() for name, image in suite.behaviours().items() if image}
    masks = ("critical_section", "CriticalSection", "masked(", "panics!")
    names = [name for name, text in texts.items() if not any(mask in text for mask in masks)]
    rows, lines = [], []
    for port in SUITE:
        folder = bench.build_firmware("suite", "--features", port.features, target=port.target).parent
        present = [name for name in names if set(suite.needs(name)).issubset(port.features.split(","))]

        def longest(name):
            return bench.sim(bkctl, folder / name, port.board, "--for", BEHAVIOUR)["longest_masked"]

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            stretches = dict(zip(present, pool.map(longest, present)))
        worst = max(present, key=lambda name: stretches[name]["cycles"])
        cycles = stretches[worst]["cycles"]
        functions = (bench.function_at(folder / worst, stretches[worst][end]) for end in ("from", "to"))
        rows.append(bench.row(f"longest time masked, {port.name}", "estimated cycles", cycles, None, None, COMMAND))
        lines.append([port.name, cycles, len(present), "  " + worst, "  " + " to ".join(functions)])
    print("\nLongest time masked, in estimated cycles: on each port the most of so many behaviours, in which, and where.")
    bench.table(["", "cycles", "of", "", ""], lines)
    return rows


def sizes():
    """Flash and RAM: of the minimal image as for the peers, so without the main stack; of the full one with it."""
    figures = {"minimal": bench.memory(bench.build_firmware("minimal"))}
    for image, features in {"full": [], "full, with panic texts and fault report": ["--features", "reports"]}.items():
        elf = bench.build_firmware("full", *features)
        bench.marks_on_qemu(elf)  # it runs: what it has, it uses
        flash, ram = bench.memory(elf)
        figures[image] = flash, ram + bench.main_stack(elf)
    rows, lines = [], []
    for image, memory in figures.items():
        for kind, ours in zip(("flash", "ram"), memory):
            rival = best_peer(image.partition(",")[0], kind)
            rows.append(bench.row(f"{image} image, {kind}", "bytes", ours, *rival, COMMAND))
            lines.append([f"{image} image, {kind}", ours, *told(ours, *rival)])
    print("\nBytes, opt-level s.")
    bench.table(["", "", "rival", "ratio", ""], lines)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accept", action="store_true", help="keep the new figures even where they are worse")
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    options = parser.parse_args()
    bkctl = options.bkctl or bench.build_bkctl()
    rows = in_instructions() + in_cycles(bkctl) + thread_metric() + masked(bkctl) + sizes()
    bench.keep("kernel", rows, options.accept)


if __name__ == "__main__":
    main()
