#!/usr/bin/env python3
"""Counts instructions on bksim (bkctl sim --ips) and on QEMU (-icount, counted by tests/bench/qemu-markers.c): image for
image the same total, and in tests/firmware/markers the same instruction at each mark.

On QEMU an instruction takes 32 ns here (-icount shift=5) and a timer of the MPS2 boards counts every 40 ns. bksim runs
the images on a board of its own: the same chip, whose core has 31.25 MHz and whose timers have 25 MHz. REASONS has the
images whose counts may differ, by how much and why. The last line is "N passed, M failed".
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from check import ELVES, FIRMWARE, FLOAT_ELVES, FLOAT_TARGET, ROOT, build, build_bkctl
from suite import CONTROLS, behaviours, needs

ICOUNT = ["-icount", "shift=5,sleep=off"]
CORE_HZ = 31_250_000
TIMER_HZ = 25_000_000
CPU = {"mps2-an385": "cortex-m3", "mps2-an386": "cortex-m4"}
KINDS = ["SYSTICK", "TIMERS", "PENDSV", "MASKS"]

GRID = ("a tick is 1.25 instructions here: bksim's timers count at the ticks of their clock, QEMU's from the store that "
        "started them, so interrupts are up to an instruction apart, and loops that wait for them end elsewhere")
WIRE = "it waits for its serial line, whose characters take their time on bksim's wire and none on QEMU's"
# The most that the counts may differ, in thousandths. The kernel's behaviours wait for times, so for them the grid is a
# reason. Most are equal all the same, and which are not depends on the build: a path in a panic's text moves the code, and
# a function's length in halfwords decides which instruction a tick meets.
REASONS = {"float (M4F)": (20, WIRE)}
BEHAVIOUR = (10, GRID)


def board(scratch, machine, bus_hz):
    """Writes the files of the board for a machine of QEMU, whose timers have a clock of their own; returns its name."""
    name = f"{machine}-icount-{bus_hz}"
    chip = (ROOT / f"boards/chips/{machine}.toml").read_text().replace(f'name = "{machine}"', f'name = "{name}"')
    chip = re.sub(r"sysclk_boot = .*", f"sysclk_boot = {CORE_HZ}\nfixed = {{ bus = {bus_hz} }}", chip)
    chip = re.sub(r'(model = "cmsdk-(dual)?timer")', r'\1\nclock = "bus"', chip)
    text = (ROOT / f"boards/boards/qemu-{machine}.toml").read_text()
    text = text.replace(f'name = "qemu-{machine}"', f'name = "{name}"').replace(f'chip = "{machine}"', f'chip = "{name}"')
    text = re.sub(r"\[kernel\].*", "", text, flags=re.DOTALL)
    for folder, content in [("chips", chip), ("boards", text)]:
        file = scratch / "bkctl" / folder / f"{name}.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return name


def on_qemu(scratch, elf, machine):
    """Its exit code, the marks as (mark, instructions before it), and all instructions."""
    plugin, out = scratch / "libmarkers.so", scratch / "marks"
    if not plugin.exists():
        source = ROOT / "tests/bench/qemu-markers.c"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", plugin, source], check=True)
    command = ["qemu-system-arm", "-M", machine, "-display", "none", "-monitor", "none", "-serial", "null", "-semihosting",
               *ICOUNT, "-plugin", f"{plugin},out={out}", "-kernel", elf]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    lines = [line.split() for line in out.read_text().splitlines()]
    marks = [(int(mark), int(count)) for mark, count in lines if mark != "total"]
    # Something else than an exit code ends with what QEMU has to say.
    if done.returncode < 0 or not lines:
        sys.exit(f"{elf} on QEMU: {done.stderr.decode(errors='replace')}")
    return done.returncode, marks, int(lines[-1][1])


def on_bksim(scratch, bkctl, elf, name):
    """Its exit code, what it printed by semihosting, and all instructions."""
    command = [bkctl, "sim", elf, "--board", name, "--ips", "--timeout", "120", "--exit-code=firmware", "--format", "json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=os.environ | {"XDG_CONFIG_HOME": str(scratch)})
    try:
        result = json.loads(done.stdout)
    except json.JSONDecodeError:
        sys.exit(f"{elf} on bksim: {done.stderr}")
    return done.returncode, result["text"].get("semihosting", ""), result["statistics"]["instructions"]


def compile_c(elf, *options):
    """A firmware in C, for the MPS2 boards unless the options say otherwise."""
    subprocess.run(["arm-none-eabi-gcc", "-mthumb", "-O2", "-std=c11", "-Wall", "-Wextra", "-Werror", "-ffreestanding",
                    "-nostdlib", "-L", FIRMWARE / "foreign-c", *options, "-lgcc", "-o", elf], check=True)
    return elf


def build_markers(scratch, kind, machine, unit):
    return compile_c(scratch / f"{kind}-{machine}-{unit}.elf", f"-mcpu={CPU[machine]}", f"-DKIND={kind}",
                     f"-DUNIT={unit}", "-T", "mps2.ld", FIRMWARE / "markers/main.c")


def images(scratch):
    """The images that end by themselves: (name, ELF, machine of QEMU)."""
    # Each by itself: together they would have the trace on, which nobody takes out of RTT on QEMU.
    for package in ("operations", "endings", "suite"):
        build(FIRMWARE, "--locked", "-p", package)
    for package in ("float", "suite"):
        build(FIRMWARE, "--locked", "-p", package, "--target", FLOAT_TARGET)
    endings = compile_c(scratch / "endings-c.elf", "-mcpu=cortex-m4", "-DENDING=EXIT", "-DCODE=7", "-T", "stm32f4.ld",
                        FIRMWARE / "endings-c/main.c")
    yield "endings-c (STM32F4)", endings, "netduinoplus2"
    for machine, cpu in CPU.items():
        sources = [FIRMWARE / "mix" / name for name in ("arm.c", "main.c", "work.c")]
        mix = compile_c(scratch / f"mix-{cpu}.elf", f"-mcpu={cpu}", "-DKIND=MIX", "-DCOUNT=20", "-DEVENT=777", "-T",
                        "mps2.ld", *sources)
        yield f"mix ({cpu})", mix, machine
    suite = [*(name for name, image in behaviours().items() if image and not needs(name)), *CONTROLS]
    for name in ["operations", "exit-3", *suite]:
        REASONS.update({name: BEHAVIOUR} if name in suite else {})
        yield name, ELVES / name, "mps2-an385"
    for name in ["float", *suite]:
        REASONS.update({f"{name} (M4F)": BEHAVIOUR} if name in suite else {})
        yield f"{name} (M4F)", FLOAT_ELVES / name, "mps2-an386"


def main():
    results = []

    def check(name, condition, told):
        results.append(condition)
        print(f"{'ok' if condition else 'FAILED'}  {name}: {told}")

    bkctl = build_bkctl()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        for kind in KINDS:
            for machine in CPU:
                theirs, ours = (build_markers(scratch, kind, machine, unit) for unit in (4, 5))
                code, marks, total = on_qemu(scratch, theirs, machine)
                own_code, text, own_total = on_bksim(scratch, bkctl, ours, board(scratch, machine, CORE_HZ))
                own = [(int(line.split()[0], 16), int(line.split()[1], 16)) for line in text.splitlines()]
                # Both count from the first mark on.
                log, own_log = ([(mark, count - marks[0][1]) for mark, count in marks] for marks in (marks, own))
                wrong = next((f"mark {i}: {a} and {b}" for i, (a, b) in enumerate(zip(log, own_log)) if a != b), "equal")
                check(f"markers {kind}, {machine}",
                      (code, own_code, total, log) == (0, 0, own_total, own_log) and len(log) > 60,
                      f"{len(log)} and {len(own_log)} marks, {wrong}; {total:,} and {own_total:,} instructions")
        apart, together = 0, 0
        for name, elf, machine in images(scratch):
            code, _, total = on_qemu(scratch, elf, machine)
            own = board(scratch, machine, TIMER_HZ) if machine in CPU else "stm32f4-discovery"
            own_code, _, own_total = on_bksim(scratch, bkctl, elf, own)
            told = f"{total:,} and {own_total:,} instructions"
            most, reason = REASONS.get(name, (0, None))
            if total != own_total and reason:
                told += f"; {reason}"
            check(name, code == own_code and abs(total - own_total) * 1000 <= total * most, told)
            apart, together = apart + (total != own_total), together + 1
        # The grid explains a few, not many.
        check("nearly all counts are equal", apart * 10 <= together, f"{apart} of {together} differ")
    print(f"{sum(results)} passed, {results.count(False)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
