#!/usr/bin/env python3
"""How long an interrupt waits while tasks use the kernel: above the kernel's mask not longer than the processor itself
takes, and under it longer, or this could not fail.

The firmware `latency` measures and judges itself; so does bksim, from the request to the handler's first instruction. The
bound is in the firmware's source. The last line is "N passed, M failed".
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from check import FIRMWARE, FLOAT_BOARD, FLOAT_TARGET, TARGET, build, build_bkctl

# Name: (target, bksim's board).
CORES = {"M3": ("thumbv7m-none-eabi", "qemu-mps2-an385"), "M4F": (FLOAT_TARGET, FLOAT_BOARD)}
# Cycles of an exception's entry, also on the Cortex-M4.
ENTRY = 12


def on_bksim(bkctl, elf, board):
    """Its exit code, and the latency of the interrupt in cycles."""
    command = [bkctl, "sim", elf, "--board", board, "--timeout", "120", "--exit-code=firmware", "--format", "json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    latencies = {one["name"]: one["latency"] for one in json.loads(done.stdout)["statistics"]["exceptions"]}
    return done.returncode, latencies["DUALTIMER"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    options = parser.parse_args()
    bkctl = options.bkctl or build_bkctl()
    source = (FIRMWARE / "latency/src/main.rs").read_text()
    apart = sum(map(int, re.search(r"^const APART: u32 = (.*);", source, re.MULTILINE)[1].split("+")))
    results = []
    for core, (target, board) in CORES.items():
        for unmasked in False, True:
            build(FIRMWARE, "--locked", "-p", "latency", "--target", target, "--features", "unmasked" * unmasked)
            code, latency = on_bksim(bkctl, TARGET / target / "release/latency", board)
            right = (code == 0, latency["max"] <= apart) == (unmasked, unmasked) and (latency["p50"] == ENTRY) >= unmasked
            results.append(right)
            told = ", ".join(f"{name} {latency[name]}" for name in ("count", "min", "p50", "p99", "max"))
            print(f"{'ok' if right else 'FAILED'}  {core}, {'unmasked' if unmasked else 'masked'}: {told} cycles")
    print(f"{sum(results)} passed, {results.count(False)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
