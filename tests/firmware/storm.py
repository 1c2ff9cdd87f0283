#!/usr/bin/env python3
"""The storm: interrupts at random instants against all of the kernel's objects, on each port.

The firmware counts everything and ends with 0 if nothing was lost, nobody came too early or waited for what was there, and
no two were inside of a mutex. Seed and number of interrupts are written into a copy of the image, so one build serves all
runs; a seed gives the same run again. QEMU counts instructions as time (-icount) and shows no RTT, as RV64 does: there the
exit code is all. The last line is "N passed, M failed".

    storm.py                                100,000 interrupts, one seed
    storm.py --long                         the long run: 10 million on bksim, kept in storm/results
    storm.py --seeds 1 2 3                  other storms
"""

import argparse
import datetime
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from check import FIRMWARE, FLOAT_MACHINE, FLOAT_TARGET, TARGET, bksim, build, build_bkctl, qemu

RESULTS = FIRMWARE / "storm/results"
LONG = 10_000_000
# Name: (target, features, bksim's board, QEMU's machine, nanoseconds of an instruction there: 2 to this power)
# QEMU's LM3S6965 has timers that cannot be read, and its HiFive1 counts mtime 305 times too fast.
PORTS = {
    "M0": ("thumbv6m-none-eabi", "microbit", "microbit", "microbit", 5),
    "M3": ("thumbv7m-none-eabi", "", "qemu-mps2-an385", "mps2-an385", 5),
    "M3-trace": ("thumbv7m-none-eabi", "trace", "qemu-mps2-an385", None, 5),
    "M3-SysTick": ("thumbv7m-none-eabi", "systick", "qemu-mps2-an385", "mps2-an385", 5),
    "LM3S6965": ("thumbv7m-none-eabi", "lm3s6965", "lm3s6965evb", None, 5),
    "M4F": (FLOAT_TARGET, "", "qemu-mps2-an386", FLOAT_MACHINE, 5),
    "STM32F4": (FLOAT_TARGET, "stm32f4", "stm32f4-discovery", None, 5),
    "M7": (FLOAT_TARGET, "", "qemu-mps2-an500", "mps2-an500", 5),
    "M33": ("thumbv8m.main-none-eabi", "an505", "qemu-mps2-an505", "mps2-an505", 5),
    "M33F": ("thumbv8m.main-none-eabihf", "an505", "qemu-mps2-an505", "mps2-an505", 5),
    "RV32": ("riscv32imac-unknown-none-elf", "virt", "qemu-virt-rv32", "virt -bios none", 3),
    "RV64": ("riscv64gc-unknown-none-elf", "virt", "qemu-virt-rv64", "virt -bios none", 3),
    "HiFive1": ("riscv32imac-unknown-none-elf", "hifive1", "hifive1", None, 3),
}


def with_settings(elf, target, to, seed, interrupts):
    """A copy of an image with its `STORM` overwritten: two words."""
    nm = "riscv64-unknown-elf-nm" if target.startswith("riscv") else "arm-none-eabi-nm"
    names = subprocess.run([nm, str(elf)], capture_output=True, text=True, check=True).stdout
    address = next(int(line.split()[0], 16) for line in names.splitlines() if line.split()[-1] == "STORM")
    image = bytearray(elf.read_bytes())
    # ELF, little-endian: where the program headers are, their size, their number; of each, type, place in the file, address,
    # and size in the file.
    if target.startswith("riscv64"):
        (start, size, count), header = struct.unpack_from("<Q14x2H", image, 32), "<I4x4Q"
    else:
        (start, size, count), header = struct.unpack_from("<I10x2H", image, 28), "<5I"
    for at in range(start, start + count * size, size):
        kind, place, base, _, length = struct.unpack_from(header, image, at)
        if kind == 1 and base <= address < base + length:
            struct.pack_into("<2I", image, place + address - base, seed, interrupts)
            to.write_bytes(image)
            return to
    sys.exit(f"{elf}: STORM is in no segment")


def images(ports, scratch):
    """{port: its image}. Two of one target have the same place: so a copy."""
    for port in ports:
        target, features, *_ = PORTS[port]
        build(FIRMWARE, "--locked", "-p", "storm", "--target", target, "--features", features)
        yield port, shutil.copy(TARGET / target / "release/storm", scratch / port)


def runs(options, bkctl, scratch):
    """(port, judge, seed, what runs it)"""
    # Many times what it takes.
    seconds = 120 + options.interrupts // 500
    for port, image in images(options.ports, scratch):
        target, _, board, machine, shift = PORTS[port]
        icount = ["-icount", f"shift={shift},sleep=off"]
        for seed in options.seeds:
            elf = with_settings(Path(image), target, scratch / f"{port}-{seed}", seed, options.interrupts)
            yield port, "bksim", seed, lambda elf=elf, board=board: bksim(bkctl, elf, board, seconds)
            if machine and not options.long:
                system = target[:len("riscv32")] if target.startswith("riscv") else "arm"
                yield port, "QEMU", seed, lambda elf=elf, machine=machine, icount=icount, system=system: qemu(
                    elf, seconds, *icount, machine=machine, system=system)


def keep(port, seed, options, seconds, output):
    """Keeps what a long run said."""
    found = {"date": datetime.date.today().isoformat(), "board": PORTS[port][2], "seed": seed,
             "interrupts": options.interrupts, "seconds": round(seconds), "said": output.splitlines()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{port}.json").write_text(json.dumps(found, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--interrupts", type=int, help=f"how many, at least: 100,000, or with --long {LONG:,}")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="one run each")
    parser.add_argument("--ports", nargs="+", choices=PORTS, default=list(PORTS), metavar="PORT", help="; ".join(PORTS))
    parser.add_argument("--long", action="store_true", help="on bksim only, and what passes is kept in storm/results")
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    options = parser.parse_args()
    options.interrupts = options.interrupts or (LONG if options.long else 100_000)
    bkctl = options.bkctl or build_bkctl()

    def judged(run):
        port, judge, seed, how = run
        begun = time.monotonic()
        code, output = how()
        seconds = time.monotonic() - begun
        came = re.search(r"^interrupts (\d+)", output, flags=re.MULTILINE)
        right = code == 0 and (not came or int(came[1]) >= options.interrupts)
        if options.long and right:
            keep(port, seed, options, seconds, output)
        told = f"{port}, {judge}, seed {seed}: {seconds:.1f} s"
        text = f"{'ok' if right else f'FAILED, exit code {code}'}  {told}\n{textwrap.indent(output, '    ')}"
        print(text if text.endswith("\n") else text + "\n", end="", flush=True)
        return right

    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(os.cpu_count()) as pool:
        # A port runs while the next one is built.
        results = [one.result() for one in [pool.submit(judged, run) for run in runs(options, bkctl, Path(scratch))]]
    print(f"{sum(results)} passed, {results.count(False)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
