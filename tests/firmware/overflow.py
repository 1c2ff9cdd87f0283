#!/usr/bin/env python3
"""A task that overruns its stack dies of a fault that says so and names it, and nothing was written below the stack: by
PSPLIM on Armv8-M, by the feature `stack-guard` on Armv7-M and RISC-V; on bksim and on QEMU. The last line is "N passed, M
failed".

On RISC-V it must be the task's own instruction that is refused: the guard lets registers be saved in it.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from check import FIRMWARE, FLOAT_TARGET, TARGET, bksim, build, build_bkctl, qemu

WORDS = ["nothing was written below the stack\n", " in task 1\n", "  stack overflow\n"]


def own(elf, text):
    """Whether the report's pc is in the function that goes deeper."""
    command = ["riscv64-unknown-elf-nm", "--demangle", "--print-size", elf]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    begin, size = (int(number, 16) for number in re.search(r"(\w+) (\w+) t overflow::dive", names).groups())
    told = re.search(r" pc (\w+)", text)
    return told is not None and int(told[1], 16) - begin in range(size)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    bkctl = parser.parse_args().bkctl or build_bkctl()
    passed, failed = 0, 0
    rv32, rv64 = "riscv32imac-unknown-none-elf", "riscv64gc-unknown-none-elf"
    for target, features, board, machine in [
        ("thumbv7m-none-eabi", "stack-guard", "qemu-mps2-an385", "mps2-an385"),
        (FLOAT_TARGET, "stack-guard", "qemu-mps2-an386", "mps2-an386"),
        (FLOAT_TARGET, "stack-guard", "qemu-mps2-an500", "mps2-an500"),
        ("thumbv8m.main-none-eabi", "an505", "qemu-mps2-an505", "mps2-an505"),
        ("thumbv8m.main-none-eabihf", "an505", "qemu-mps2-an505", "mps2-an505"),
        (rv32, "stack-guard,virt", "qemu-virt-rv32", "virt -bios none"),
        (rv32, "stack-guard,virt,at-once", "qemu-virt-rv32", "virt -bios none"),
        (rv64, "stack-guard,virt", "qemu-virt-rv64", "virt -bios none"),
        (rv64, "stack-guard,virt,at-once", "qemu-virt-rv64", "virt -bios none"),
        (rv32, "stack-guard,hifive1", "hifive1", None),
    ]:
        build(FIRMWARE, "--locked", "-p", "overflow", "--target", target, "--features", features)
        elf = TARGET / target / "release/overflow"
        answers = {"bksim": (1, bksim(bkctl, elf, board))}
        if machine:
            riscv = target.startswith("riscv")
            system = target[:len("riscv32")] if riscv else "arm"
            # After its last words the kernel stops at a breakpoint; without a debugger QEMU calls that a lock-up and
            # aborts; on RISC-V it is a loop.
            answers["QEMU"] = ("runs on" if riscv else -6, qemu(elf, 2 if riscv else 20, "-icount", "shift=5,sleep=off",
                                                                machine=machine, system=system))
        for judge, (expected, (code, text)) in answers.items():
            right = code == expected and all(word in text for word in WORDS)
            right = right and (not target.startswith("riscv") or own(elf, text))
            print(f"{'ok' if right else 'FAILED'}  {target}, {features}, {board}: {judge}")
            if right:
                passed += 1
            else:
                failed += 1
                print(f"exit code {code}\n{text}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
