#!/usr/bin/env python3
"""Runs the kernel's behaviours (tests/suite) on the host, on bksim and on QEMU, with and without all features; on both also
for the other cores, and on bksim for boards whose timers QEMU has not, or not whole.

An image ends by itself with exit code 0 if exactly the expected events happened, and 1 if not. QEMU counts instructions
as time (-icount), so a busy machine changes nothing. The last line is "N passed, M failed".

A behaviour has an image unless its file says that it is for the host only. The list of images is in suite/Cargo.toml;
`suite.py --write-list` brings it up to date, and a run fails where it is not.
"""

import argparse
import json
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from check import (ELVES, FIRMWARE, FLOAT_BOARD, FLOAT_ELVES, FLOAT_MACHINE, FLOAT_TARGET, ROOT, TARGET, bksim, build,
                   build_bkctl, qemu)

BEHAVIOURS = ROOT / "tests/suite/tests"
MANIFEST = FIRMWARE / "suite/Cargo.toml"
LIST_BEGINS = "# The behaviours. Written by `suite.py --write-list`.\n"
# What a behaviour may need, and the feature that an image of it is built with.
NEEDS = {f"// Needs {words}.": feature for words, feature in [
    ("the extras", "extras"), ("the trace", "trace"), ("all of the trace", "trace-all"), ("zero-latency", "zero-latency")]}
HOST_ONLY = '#![cfg(not(target_os = "none"))]'
CONTROLS = ["wrong_list", "wrong_panic"]
# Most columns are built with cargo's profile of this name, the first ones as firmware is.
QUICK = "quick"
ICOUNT = ["-icount", "shift=5,sleep=off"]


def behaviours():
    """{name: whether it has an image}"""
    return {file.stem: HOST_ONLY not in file.read_text() for file in sorted(BEHAVIOURS.glob("*.rs"))}


def needs(name):
    """The features without which there is no image."""
    file = BEHAVIOURS / f"{name}.rs"
    lines = file.read_text().splitlines() if file.exists() else []
    return [feature for line, feature in NEEDS.items() if line in lines]


def manifest():
    """The manifest as it is, and as it should be."""
    text = MANIFEST.read_text()
    head, mark, _ = text.partition(LIST_BEGINS)
    if not mark:
        sys.exit(f"{MANIFEST}: the line {LIST_BEGINS.strip()!r} is missing")

    def required(name):
        return f"required-features = {json.dumps(needs(name))}\n" if needs(name) else ""

    binaries = [f'[[bin]]\nname = "{name}"\npath = "../../suite/tests/{name}.rs"\n{required(name)}'
                "test = false\nbench = false\n" for name, image in behaviours().items() if image]
    return text, head + mark + "\n".join(binaries)


def build_host():
    """{name: its test program}"""
    command = ["cargo", "test", "--quiet", "--locked", "-p", "bluekernel-suite", "--tests", "--no-run",
               "--message-format=json"]
    lines = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    artifacts = [message for message in map(json.loads, lines) if message.get("executable")]
    return {one["target"]["name"]: one["executable"] for one in artifacts if one["target"]["kind"] == ["test"]}


def run(command):
    """Exit code and output. Nothing reads the terminal."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=120)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired:
        return "runs on", ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write-list", action="store_true", help="write the list of images, run nothing")
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    options = parser.parse_args()

    written, wanted = manifest()
    if options.write_list:
        MANIFEST.write_text(wanted)
        return
    known = behaviours()
    cells, told = {}, []

    def enter(name, column, code, output, expected=0):
        cells[name, column] = code == expected
        if code != expected:
            # Indented, so that nothing counts a test program's own closing line.
            told.append(f"{name} on {column}: exit code {code}, not {expected}\n{textwrap.indent(output, '    ')}")

    host = build_host()
    for name in known:
        enter(name, "host", *(run([host[name]]) if name in host else ("none", "no test program")))

    bkctl = options.bkctl or build_bkctl()
    images = [*(name for name, image in known.items() if image), *CONTROLS]

    def on_bksim(board):
        return lambda elf: bksim(bkctl, elf, board)

    def on_qemu(machine, system="arm"):
        return lambda elf: qemu(elf, 60, *ICOUNT, machine=machine, system=system)

    def enter_images(options, elves, judges, profile="release"):
        """Builds the images with these options; each judge, {column: what runs an image}, runs all of them."""
        # Only what was built just now may run, not an image that an earlier list left behind.
        for name in images:
            (elves / name).unlink(missing_ok=True)
        features = {feature for option in options for feature in option.split(",")}
        build(FIRMWARE, "--locked", "-p", "suite", *options, profile=profile)
        wanted = [(name, column) for name in images if features.issuperset(needs(name)) for column in judges]

        def judge(cell):
            name, column = cell
            if (elves / name).exists():
                return judges[column](elves / name)
            return "none", f"no image: it is not listed in {MANIFEST.relative_to(ROOT)}\n"

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for (name, column), result in zip(wanted, pool.map(judge, wanted)):
                enter(name, column, *result, int(name in CONTROLS))

    mps2 = {"bksim": on_bksim("qemu-mps2-an385"), "QEMU": on_qemu("mps2-an385")}
    enter_images([], ELVES, mps2)
    enter_images(["--features", "trace,trace-all,extras"], ELVES, {f"{judge}, all": runs for judge, runs in mps2.items()})
    # The port's other halves. A Cortex-M7 runs the images of the Cortex-M4F: it has the same registers to switch.
    def judges(core, board, machine, system="arm"):
        return {f"bksim, {core}": on_bksim(board)} | ({f"QEMU, {core}": on_qemu(machine, system)} if machine else {})

    m4f = ["--target", FLOAT_TARGET]
    m7f = judges("M7", "qemu-mps2-an500", "mps2-an500")
    enter_images(m4f, FLOAT_ELVES, judges("M4F", FLOAT_BOARD, FLOAT_MACHINE) | m7f)
    # Other clocks, too. On Armv6-M the trace counts by the kernel's clock. QEMU's LM3S6965 has timers
    # that cannot be read, and its HiFive1 counts mtime 305 times too fast.
    for target, features, core, board, machine in [
        ("thumbv6m-none-eabi", "microbit", "M0", "microbit", "microbit"),
        ("thumbv6m-none-eabi", "microbit,trace,trace-all,extras", "M0, all", "microbit", "microbit"),
        ("thumbv6m-none-eabi", "microbit,small,trace", "M0, small", "microbit", "microbit"),
        ("thumbv7m-none-eabi", "small", "M3, small", "qemu-mps2-an385", "mps2-an385"),
        ("thumbv7m-none-eabi", "small,trace,trace-all,extras", "M3, small, all", "qemu-mps2-an385", "mps2-an385"),
        ("thumbv7m-none-eabi", "stack-guard", "M3, guard", "qemu-mps2-an385", "mps2-an385"),
        (FLOAT_TARGET, "stack-guard", "M4F, guard", FLOAT_BOARD, FLOAT_MACHINE),
        ("thumbv7m-none-eabi", "zero-latency", "M3, zero latency", "qemu-mps2-an385", "mps2-an385"),
        ("thumbv8m.main-none-eabi", "an505", "M33", "qemu-mps2-an505", "mps2-an505"),
        ("thumbv8m.main-none-eabihf", "an505", "M33F", "qemu-mps2-an505", "mps2-an505"),
        (FLOAT_TARGET, "stm32f4", "STM32F4", "stm32f4-discovery", None),
        ("thumbv7m-none-eabi", "lm3s6965", "LM3S6965", "lm3s6965evb", None),
        ("riscv32imc-unknown-none-elf", "virt", "RV32IMC", "qemu-virt-rv32", "virt -bios none"),
        ("riscv32imac-unknown-none-elf", "virt,trace,trace-all,extras", "RV32IMAC, all", "qemu-virt-rv32", "virt -bios none"),
        ("riscv32imac-unknown-none-elf", "virt,stack-guard", "RV32IMAC, guard", "qemu-virt-rv32", "virt -bios none"),
        ("riscv64gc-unknown-none-elf", "virt", "RV64GC", "qemu-virt-rv64", "virt -bios none"),
        ("riscv32imac-unknown-none-elf", "hifive1", "HiFive1", "hifive1", None),
    ]:
        elves = TARGET / target / QUICK
        system = target[:len("riscv32")] if target.startswith("riscv") else "arm"
        enter_images(["--target", target, "--features", features], elves, judges(core, board, machine, system), QUICK)

    columns = list(dict.fromkeys(column for _, column in cells))
    width = max(map(len, known))
    print(f"{'':{width}}  " + "  ".join(columns))
    words = {True: "ok", False: "FAILED", None: "-"}
    for name in [*known, *CONTROLS]:
        results = [f"{words[cells.get((name, column))]:{len(column)}}" for column in columns]
        note = "  (must end with 1)" if name in CONTROLS else ""
        print(f"{name:{width}}  " + "  ".join(results).rstrip() + note)
    print("-: there is none\n")

    complete = written == wanted
    print(f"{'ok' if complete else 'FAILED'}  {MANIFEST.relative_to(ROOT)} lists every behaviour that has an image")
    if not complete:
        print("    python3 tests/firmware/suite.py --write-list")
    print("\n".join(told), end="")
    results = [*cells.values(), complete]
    print(f"{sum(results)} passed, {results.count(False)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
