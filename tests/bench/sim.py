#!/usr/bin/env python3
"""Speed of the simulator, beside QEMU on the same machine in the same run: tests/firmware/mix, a firmware in C.

Each figure is the best of several runs, ours and QEMU's in turn, so that what else the machine does falls out. What a
run takes before its first instruction is measured by itself and taken off. It takes about three minutes, and means
something only if nothing else runs meanwhile.
"""

import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import bench

COMMAND = "tests/run bench sim"
TIMES = 3
ROUNDS = 15_000  # of about 64,000 instructions: 1e9 in all
CORE_ROUNDS = 5_000
# The other cores: -mcpu or -march, linker script, our board, QEMU's system and machine.
CORES = [
    ("Cortex-M0", "cortex-m0", "microbit", "microbit", "arm", "microbit"),
    ("Cortex-M4F", "cortex-m4", "mps2", "qemu-mps2-an386", "arm", "mps2-an386"),
    ("Cortex-M7F", "cortex-m7", "mps2", "qemu-mps2-an500", "arm", "mps2-an500"),
    ("Cortex-M33F", "cortex-m33", "an505", "qemu-mps2-an505", "arm", "mps2-an505"),
    ("RV32IMAC", "rv32imac", "virt", "qemu-virt-rv32", "riscv32", "virt -bios none"),
    ("RV64GC", "rv64gc", "virt", "qemu-virt-rv64", "riscv64", "virt -bios none"),
]
GOAL = "the goal"
PROGRAMS = Path(os.environ.get("CARGO_TARGET_DIR", bench.ROOT / "target")) / "release"


def build(scratch, name, **variables):
    """Builds the firmware and returns its ELF."""
    folder = f"{scratch}/{name}"
    bench.run(["make", "-s", "-C", bench.ROOT / "tests/firmware/mix", f"BUILD={folder}",
               *(f"{key}={value}" for key, value in variables.items())])
    return f"{folder}/mix.elf"


def seconds(command):
    """Runs a command; its text and its wall-clock time."""
    start = time.perf_counter()
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    return done, time.perf_counter() - start


def bksim(elf, *options, board="qemu-mps2-an385"):
    """Runs an ELF on bksim: its text, seconds, instructions and cycles."""
    done, taken = seconds([PROGRAMS / "bkctl", "sim", elf, "--board", board, *options])
    cycles, instructions = (int(number.replace(",", "")) for number in
                            re.search(r"\(([\d,]+) cycles, ([\d,]+) instructions\)", done.stderr).groups())
    return done.stdout, taken, instructions, cycles


def qemu(elf, machine="mps2-an385", system="arm"):
    """Runs an ELF on QEMU with a nanosecond an instruction: its text and seconds."""
    done, taken = seconds([f"qemu-system-{system}", "-M", *machine.split(), "-nographic", "-monitor", "none", "-serial",
                           "null", "-semihosting", "-icount", "shift=0", "-kernel", elf])
    return done.stderr + done.stdout, taken


def memory(command):
    """The most that a command or one of its children had resident, in megabytes."""
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(child.pid, 0)
    return usage.ru_maxrss / 1000


def best(measure):
    """The run that took the least time; the second value of what `measure` gives is its seconds."""
    return min((measure() for _ in range(TIMES)), key=lambda result: result[1])


def other_cores(scratch, add):
    """The same mix on the other cores, beside QEMU's machine with such a core: half of what a Cortex-M3 is to reach."""
    for core, compiler, script, board, system, machine in CORES:
        def image(count):
            return build(scratch, f"{core}-{count}", CORE=compiler, BOARD=script, COUNT=count)

        short, mix = image(0), image(CORE_ROUNDS)
        start = best(lambda: bksim(short, board=board))[1]
        qemu_start = best(lambda: qemu(short, machine, system))[1]
        text, taken, executed, _ = best(lambda: bksim(mix, board=board))
        theirs = best(lambda: qemu(mix, machine, system))
        if theirs[0].strip() != text.strip():
            raise SystemExit(f"{core}: QEMU computes {theirs[0]!r}, bksim {text!r}")
        ours, rival = (executed / seconds for seconds in (taken - start, theirs[1] - qemu_start))
        add(f"mix on {core}", "of QEMU's speed", round(ours / rival, 3), 0.20, GOAL)
        add(f"mix on {core}: MIPS", "MIPS", round(ours / 1e6), round(rival / 1e6),
            f"QEMU {machine.split()[0]} -icount shift=0")


def snapshots(scratch, add):
    """Of a microbit: 256 KiB of flash memory and 16 KiB of RAM."""
    mix = build(scratch, "snapshots", CORE="cortex-m0", BOARD="microbit", COUNT=ROUNDS)
    measured = json.loads(bench.run([PROGRAMS / "examples/snapshots", "microbit", mix]))
    size = f"{measured['memory_bytes'] >> 10} KiB"
    add(f"snapshot of {size}", "us", measured["save_us"], 50, GOAL, "lower")
    add(f"going back to a snapshot of {size}", "us", measured["restore_us"], 50, GOAL, "lower")
    add(f"the state of {size}, as JSON", "KB", round(measured["state_bytes"] / 1000), None, None, "lower")


def main():
    bench.run(["cargo", "build", "--release", "--locked", "-p", "bkctl", "-p", "bksim"], cwd=bench.ROOT)
    bench.run(["cargo", "build", "--release", "--locked", "-p", "bksim", "--example", "snapshots"], cwd=bench.ROOT)
    rows = []

    def add(name, unit, ours, rival, rival_name, better="higher"):
        rows.append(bench.row(name, unit, ours, rival, rival_name, COMMAND, better))

    with tempfile.TemporaryDirectory() as scratch:
        short = build(scratch, "short", COUNT=0)
        start = best(lambda: bksim(short))[1]
        qemu_start = best(lambda: qemu(short))[1]
        add("start to end of an empty program", "ms", round(start * 1000), 50, GOAL, "lower")

        mix = build(scratch, "mix", COUNT=ROUNDS)
        text, _, instructions, cycles = bksim(mix)
        theirs = best(lambda: qemu(mix))
        if theirs[0].strip() != text.strip():
            raise SystemExit(f"QEMU computes {theirs[0]!r}, bksim {text!r}")
        rival = instructions / (theirs[1] - qemu_start)

        def speed(name, elf, goal):
            _, taken, executed, _ = best(lambda: bksim(elf))
            add(name, "of QEMU's speed", round(executed / (taken - start) / rival, 3), goal, GOAL)
            add(f"{name}: MIPS", "MIPS", round(executed / (taken - start) / 1e6), round(rival / 1e6), "QEMU -icount shift=0")

        speed("mix, no event but a slice's end", mix, 0.40)
        for every, goal in ((64_000, 0.40), (1_000, 0.35), (100, 0.15)):
            events = build(scratch, f"events{every}", COUNT=ROUNDS, EVENT=every * cycles // instructions)
            speed(f"mix, an event every {every:,} instructions", events, goal)

        switches = build(scratch, "switches", KIND="SWITCHES", COUNT=1_000_000)
        _, taken, executed, _ = best(lambda: bksim(switches))
        add("switch by PendSV", "us", round((taken - start), 2), 1.2, GOAL, "lower")
        add(f"a switch every {executed // 1_000_000} instructions: MIPS", "MIPS",
            round(executed / (taken - start) / 1e6), 50, GOAL)

        regions = build(scratch, "regions", KIND="REGIONS", COUNT=100_000)
        _, taken, _, _ = best(lambda: bksim(regions))
        add("a switch that changes an MPU region", "us", round(10 * (taken - start), 1), None, None, "lower")

        device = build(scratch, "device", KIND="DEVICE", COUNT=5_000_000)
        _, taken, _, _ = best(lambda: bksim(device))
        add("device accesses", "million/s", round(5 / (taken - start), 1), 8, GOAL)

        # Of 25 MHz.
        for rate in (100, 1_000):
            idle = build(scratch, f"idle{rate}", KIND="IDLE", EVENT=25_000_000 // rate)
            _, taken, _, _ = best(lambda: bksim(idle, "--for", "3600s"))
            add(f"an idle virtual hour, {rate:,} interrupts a second", "s", round(taken, 2), 5, GOAL, "lower")

        other_cores(scratch, add)
        snapshots(scratch, add)

        add("memory of the mix", "MB", round(memory([PROGRAMS / "bkctl", "sim", mix, "--board", "qemu-mps2-an385"])),
            150, GOAL, "lower")
    bench.report("sim", rows)


main()
