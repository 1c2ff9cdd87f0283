#!/usr/bin/env python3
"""Firmware that dies, on QEMU and on bksim: what it says, that it says it again behind the reset, and its stack figures.

Addresses of tasks' stacks are those of the symbol table; what a fault's status says is in Arm DDI 0403E, B3.2.15. The last
line is "N passed, M failed".
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from check import ELVES, FIRMWARE, TARGET, build, build_bkctl, bksim, qemu

BOARD = "qemu-mps2-an385"


def stacks(elf):
    """{task: (lowest address, address behind it)}"""
    lines = subprocess.run(["arm-none-eabi-nm", "-C", "-S", str(elf)], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^(\w+) (\w+) \w .*::(\w+)_STACK$", lines, re.MULTILINE)
    return {name.lower(): (int(start, 16), int(start, 16) + int(size, 16)) for start, size, name in found}


def resetting(bkctl, elf):
    """What an ELF that resets the chip prints on bksim: over RTT, and on the console. Without a probe the reset would be
    the end of the run; with one, semihosting is a fault."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [bkctl, "sim", "--board", BOARD, "--probe", f"unix:{scratch}/probe", "--pace", "max", "--for", "200ms",
                   "--format", "json", elf]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    text = json.loads(done.stdout)["text"]
    return text["rtt0"], text["uart0"].replace("\r\n", "\n")


def report(elf, number, task, causes):
    """What a fault report begins with, as a pattern: who, where the stack is, why."""
    start, end = stacks(elf)[task]
    size = end - start
    lines = [rf"\*\*\* HardFault in task {number} \({task}\)",
             rf"  stack {start:08x} to {end:08x}, (\d+) of {size} bytes never used", *map("  {}".format, causes), "  r0 "]
    return "\n" + "\n".join(lines)


def linked(package, *options):
    """Builds a package that may not link; returns cargo's exit code and what it said."""
    environment = os.environ | {"CARGO_TARGET_DIR": str(TARGET)}
    command = ["cargo", "build", "--quiet", "--release", "--locked", "-p", package, *options]
    done = subprocess.run(command, cwd=FIRMWARE, env=environment, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    options = parser.parse_args()
    bkctl = options.bkctl or build_bkctl()
    build(FIRMWARE, "--locked", "-p", "safety")
    passed, failed = 0, 0

    def check(name, condition, told):
        nonlocal passed, failed
        print(f"{'ok' if condition else 'FAILED'}  {name}")
        if condition:
            passed += 1
        else:
            failed += 1
            print(told)

    panic = r"\n\*\*\* panic at .*kept-panic\.rs:\d+:5: the cat is on the keyboard\n  in the handler of interrupt 6\n"
    fault = report(ELVES / "kept-fault", 0, "careless", ["nothing answers at this address", "address 60000000"])
    for name, pattern in {"kept-panic": panic, "kept-fault": fault}.items():
        code, console = qemu(ELVES / name)
        said, kept = console.split("kept:") if code == 0 else (console, "")
        right = re.match(pattern, said) and kept == said + "once\n"
        check(f"{name}: the last words are the first behind the reset, and once (QEMU)", right, console)
        rtt, console = resetting(bkctl, ELVES / name)
        # The reset cuts the console's last bytes off: they are still on their way. RTT's text is whole.
        kept = console.partition("kept:")[2].partition("once\n")[0]
        right = re.match(pattern, kept) and rtt.startswith(kept)
        check(f"{name}: the last words are the first behind the reset, and once (bksim)", right, rtt + console)

    for name, (number, cause) in {
        "stack-overflow": (1, "stack overflow: the stack pointer is below the stack"),
        "stack-end": (0, r"stack overflow\? the stack was used to its end"),
    }.items():
        elf = ELVES / name
        pattern = report(elf, number, "deep", [cause, "undefined instruction"])
        # After the last words QEMU calls the breakpoint a lock-up and aborts; bkctl's exit code is 1.
        for judge, (code, text), expected in [("QEMU", qemu(elf), -6), ("bksim", bksim(bkctl, elf, BOARD), 1)]:
            check(f"{name} is recognised ({judge})", code == expected and re.match(pattern, text), text)

    elf = ELVES / "stack-usage"
    for judge, (code, text) in {"QEMU": qemu(elf), "bksim": bksim(bkctl, elf, BOARD)}.items():
        check(f"exactly what was never written of a stack is unused ({judge})", code == 0, text)

    elf = ELVES / "names-the-call"
    words = "Semaphore::take: only a task can wait, outside of critical sections\n  in the handler of interrupt 6\n"
    for judge, (code, text) in {"QEMU": qemu(elf), "bksim": bksim(bkctl, elf, BOARD)}.items():
        check(f"a call that cannot wait is named ({judge})", code in (-6, 1) and words in text, text)

    for options, refusal in {("--features", "fewer"): None, (): "ERROR(bluekernel): more than 254 tasks."}.items():
        code, told = linked("too-many-tasks", *options)
        right = code != 0 and refusal in told if refusal else code == 0
        check(f"{'255 tasks do not link, and the linker says why' if refusal else '254 tasks link'}", right, told)

    print(f"{passed} passed, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
