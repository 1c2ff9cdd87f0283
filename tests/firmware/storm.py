#!/usr/bin/env python3
"""The storm: interrupts at random instants against all of the kernel's objects, on each port.

The firmware counts everything and ends with 0 if nothing was lost, nobody came too early, and no two were inside of a
mutex. Seed and number of interrupts are written into a copy of the image, so one build serves all runs; a seed gives the
same run again. QEMU counts instructions as time (-icount) and shows no RTT: there the exit code is all. The last line is "N passed, M failed".

    storm.py                                100,000 interrupts, one seed
    storm.py --interrupts 10000000          the long run
    storm.py --seeds 1 2 3                  other storms
"""

import argparse
import re
import struct
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

from check import FIRMWARE, FLOAT_MACHINE, FLOAT_TARGET, TARGET, bksim, build, build_bkctl, qemu

# Where SysTick is free. Name: (target, options of the build, bksim's board, QEMU's machine)
PORTS = {
    "M3": ("thumbv7m-none-eabi", [], "qemu-mps2-an385", "mps2-an385"),
    "M3, trace": ("thumbv7m-none-eabi", ["--features", "trace"], "qemu-mps2-an385", None),
    "M4F": (FLOAT_TARGET, [], "qemu-mps2-an386", FLOAT_MACHINE),
    "M7": (FLOAT_TARGET, [], "qemu-mps2-an500", "mps2-an500"),
    "M33": ("thumbv8m.main-none-eabi", ["--features", "an505"], "qemu-mps2-an505", "mps2-an505"),
    "M33F": ("thumbv8m.main-none-eabihf", ["--features", "an505"], "qemu-mps2-an505", "mps2-an505"),
    "M4F, STM32F4": (FLOAT_TARGET, ["--features", "stm32f4"], "stm32f4-discovery", None),
}
ICOUNT = ["-icount", "shift=5,sleep=off"]


def with_settings(elf, to, seed, interrupts):
    """A copy of an image with its `STORM` overwritten: two words."""
    names = subprocess.run(["arm-none-eabi-nm", str(elf)], capture_output=True, text=True, check=True).stdout
    address = next(int(line.split()[0], 16) for line in names.splitlines() if line.split()[-1] == "STORM")
    image = bytearray(elf.read_bytes())
    # ELF, 32 bits, little-endian: where the program headers are, their size, their number; of each, type, place in the file,
    # address, and size in the file.
    start, = struct.unpack_from("<I", image, 28)
    size, count = struct.unpack_from("<2H", image, 42)
    for header in range(start, start + count * size, size):
        kind, place, base, _, length = struct.unpack_from("<5I", image, header)
        if kind == 1 and base <= address < base + length:
            struct.pack_into("<2I", image, place + address - base, seed, interrupts)
            to.write_bytes(image)
            return to
    sys.exit(f"{elf}: STORM is in no segment")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--interrupts", type=int, default=100_000, help="how many, at least")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="one run each")
    parser.add_argument("--ports", nargs="+", choices=PORTS, default=list(PORTS), metavar="PORT", help="; ".join(PORTS))
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    options = parser.parse_args()
    bkctl = options.bkctl or build_bkctl()
    # Ten times what it takes.
    seconds = 60 + options.interrupts // 1_000
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        for port in options.ports:
            target, features, board, machine = PORTS[port]
            build(FIRMWARE, "--locked", "-p", "storm", "--target", target, *features)
            built = TARGET / target / "release/storm"
            judges = {"bksim": lambda elf: bksim(bkctl, elf, board, seconds)}
            if machine:
                judges["QEMU"] = lambda elf: qemu(elf, seconds, *ICOUNT, machine=machine)
            for seed in options.seeds:
                elf = with_settings(built, Path(scratch) / "storm", seed, options.interrupts)
                for judge, runs in judges.items():
                    begun = time.monotonic()
                    code, output = runs(elf)
                    came = re.search(r"^interrupts (\d+)", output, flags=re.MULTILINE)
                    right = code == 0 and (judge == "QEMU" or came is not None and int(came[1]) >= options.interrupts)
                    results.append(right)
                    told = f"{port}, {judge}: {time.monotonic() - begun:.1f} s"
                    print(f"{'ok' if right else f'FAILED, exit code {code}'}  {told}\n{textwrap.indent(output, '    ')}", end="")
    print(f"{sum(results)} passed, {results.count(False)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
