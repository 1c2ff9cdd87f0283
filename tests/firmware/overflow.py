#!/usr/bin/env python3
"""A task that overruns its stack dies of a fault that says so and names it, and nothing was written below the stack: by
PSPLIM on Armv8-M, by the feature `stack-guard` on Armv7-M; on bksim and on QEMU. The last line is "N passed, M failed".
"""

import argparse
import sys
from pathlib import Path

from check import FIRMWARE, FLOAT_TARGET, TARGET, bksim, build, build_bkctl, qemu

WORDS = ["nothing was written below the stack\n", "HardFault in task 1\n", "  stack overflow\n"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    bkctl = parser.parse_args().bkctl or build_bkctl()
    passed, failed = 0, 0
    for target, features, board, machine in [
        ("thumbv7m-none-eabi", "stack-guard", "qemu-mps2-an385", "mps2-an385"),
        (FLOAT_TARGET, "stack-guard", "qemu-mps2-an386", "mps2-an386"),
        (FLOAT_TARGET, "stack-guard", "qemu-mps2-an500", "mps2-an500"),
        ("thumbv8m.main-none-eabi", "an505", "qemu-mps2-an505", "mps2-an505"),
        ("thumbv8m.main-none-eabihf", "an505", "qemu-mps2-an505", "mps2-an505"),
    ]:
        build(FIRMWARE, "--locked", "-p", "overflow", "--target", target, "--features", features)
        elf = TARGET / target / "release/overflow"
        # After its last words the kernel stops at a breakpoint; without a debugger QEMU calls that a lock-up and aborts.
        answers = {"bksim": (1, bksim(bkctl, elf, board)),
                   "QEMU": (-6, qemu(elf, 20, "-icount", "shift=5,sleep=off", machine=machine))}
        for judge, (expected, (code, text)) in answers.items():
            right = code == expected and all(word in text for word in WORDS)
            print(f"{'ok' if right else 'FAILED'}  {target}, {machine}: {judge}")
            if right:
                passed += 1
            else:
                failed += 1
                print(f"exit code {code}\n{text}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
