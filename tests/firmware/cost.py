#!/usr/bin/env python3
"""What tracing costs by `bkctl sim --trace-cost`, against another count of the same run, and against the firmware without it.

- Which code is tracing's, and how often it runs: bksim, not asked for any of it, goes through the firmware instruction by
  instruction, and binutils' addr2line says of each address which functions it is in, copied ones too. What that code calls is
  followed from the first instruction of a function to the address in the link register. The sum must be the same.
- The whole: the firmware without tracing takes fewer instructions, by about the sum; start-up code aside, which clears the
  trace's ring. What is more, and in no SPENT, is what tracing makes the code around it do (registers saved for calls, functions
  no longer copied into their callers): AROUND of the sum.

And asking changes nothing: cycles, text and all other records are the same. The last line is "N passed, M failed".
"""

import argparse
import json
import subprocess
import sys
import tempfile
from bisect import bisect
from pathlib import Path

import wire
from check import FIRMWARE, ROOT, TARGET, build, build_bkctl

sys.path.append(str(ROOT / "tests/bench"))
from bksim import Bksim  # noqa: E402

PROFILE = "described"
SPENT = 0xC3
# Name: (target, features, board, binutils)
PORTS = {
    "M3": ("thumbv7m-none-eabi", [], "qemu-mps2-an385", "arm-none-eabi-"),
    "M0": ("thumbv6m-none-eabi", ["microbit"], "microbit", "arm-none-eabi-"),
    "RV32": ("riscv32imac-unknown-none-elf", ["virt"], "qemu-virt-rv32", "riscv64-unknown-elf-"),
}
# The number of the register with the address to return to.
LINK = {"M3": 14, "M0": 14, "RV32": 1}
EXC_RETURN = 0xFFFFFF00
AROUND = {"M3": 0.10, "M0": 0.10, "RV32": 0.17}
# `__stext` is where Reset is, too.
START_UP = {"Reset", "__stext", "_start"}
# As simulator/src/spent.rs has it.
CODE = ("bluekernel::trace::", "bluekernel::clock::cycles", "bluekernel::clock::traced", "bluekernel::rtt::open_trace",
        "bluekernel::rtt::trace", "bluekernel::rtt::hear_trace", "bluekernel::rtt::has_said", "bluekernel::rtt::said",
        "bluekernel::rtt::take_said")


def sim(bkctl, elf, board, *options):
    command = [bkctl, "sim", "--board", board, "--timeout", "60", "--format", "json", *options, elf]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def image(target, features, scratch):
    """The operations, as an image of its own."""
    options = ["--features", ",".join(features)] if features else []
    build(FIRMWARE, "--locked", "-p", "operations", "--target", target, *options, profile=PROFILE)
    elf = scratch / "-".join([target, *features])
    elf.write_bytes((TARGET / target / PROFILE / "operations").read_bytes())
    return elf


def executed(bkctl, elf, board, link):
    """[(address of each instruction that ran, the link register before it)], where each is a cycle."""
    bksim = Bksim(bkctl, elf, board, instruction_clock=True)
    steps, now, stop = [], 0, "time"
    while stop == "time":
        registers = bksim.call("registers")
        now += 1
        stopped = bksim.call("run", {"until_ps": -(-now * 10**12 // bksim.core_hz)})
        stop, ran = stopped["stop"]["kind"], stopped["cycles"] - now + 1
        now = stopped["cycles"]
        if ran == 1:
            steps.append((registers["pc"], registers["general"][link] & ~1))
        elif ran:
            raise RuntimeError(f"{ran} cycles at {registers['pc']:#x}")
    bksim.close()
    return steps


def is_tracing(addr2line, elf, addresses):
    """The addresses of which binutils know a function of tracing. (LLVM's tool takes code that the linker left out, and that
    so is at address 0, for what is there.)"""
    text = "".join(f"{address:x}\n" for address in addresses)
    done = subprocess.run([addr2line, "-Caife", elf], input=text, capture_output=True, text=True, check=True)
    found, address = set(), None
    for line in done.stdout.splitlines():
        if line.startswith("0x"):
            address = int(line, 16)
        elif line.removeprefix("<").startswith(CODE):
            found.add(address)
    return found


def functions(nm, elf):
    """[(address, name)] of the image's code, in order."""
    lines = subprocess.run([nm, "-n", elf], capture_output=True, text=True, check=True).stdout.splitlines()
    return [(int(line.split()[0], 16) & ~1, line.split()[2]) for line in lines
            if line.split()[1] in "tT" and line.split()[2][0] != "$"]


def behind_start_up(nm, elf, steps):
    """How many of the instructions were not start-up code's."""
    named = functions(nm, elf)
    starts = [start for start, _ in named]
    return sum(named[bisect(starts, address) - 1][1] not in START_UP for address, _ in steps)


def tracing_ran(nm, elf, steps, tracing):
    """How many of the instructions were tracing's, or of a function that it called and that has nothing of tracing in itself."""
    starts = [start for start, _ in functions(nm, elf)]
    mixed = {starts[bisect(starts, address) - 1] for address in tracing}
    entries = set(starts) - mixed
    count, last, until = 0, False, None
    for address, link in steps:
        if address == until:
            until = None
        # An exception is no call: it has no address there, but EXC_RETURN.
        if until is None and last and address in entries and link < EXC_RETURN:
            until = link
        last = address in tracing
        count += last or until is not None
    return count


def spent(recording):
    """[(the event's head, cycles)], and all records that are no SPENT."""
    events, others = [], []
    for record in wire.records(wire.stream(recording)):
        if record.head != SPENT:
            others.append(record)
        else:
            (payload,) = record.fields
            cycles = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(payload))
            events.append((others[-1].head, cycles))
    return events, others


def judge(bkctl, port, scratch):
    """(what was looked at, what is wrong with it or None)"""
    target, features, board, binutils = PORTS[port]
    without, traced = (image(target, more, scratch) for more in (features, [*features, "trace"]))
    plain, asked, counted = (scratch / f"{port}.{name}.bkt" for name in ("plain", "asked", "counted"))
    one, other = sim(bkctl, traced, board, "--trace", plain), sim(bkctl, traced, board, "--trace", asked, "--trace-cost")
    events, others = spent(asked)
    same = (one["cycles"], one["text"]) == (other["cycles"], other["text"])
    yield "asking changes nothing", None if same and others == spent(plain)[1] else "cycles, text or records are others"

    total = other["statistics"]["tracing_cycles"]
    told = sum(cycles for _, cycles in events)
    yield "all of it is told", None if 0.98 * total < told <= total else f"{total} cycles, {told} are told"
    by_kind = [sum(1 for record in others if record.head), len(events)]
    yield "each event has its SPENT", None if by_kind[0] == by_kind[1] else f"{by_kind[1]} of {by_kind[0]} events have"

    instructions = sim(bkctl, traced, board, "--trace", counted, "--trace-cost", "--ips")["statistics"]["tracing_cycles"]
    steps = executed(bkctl, traced, board, LINK[port])
    tracing = is_tracing(f"{binutils}addr2line", traced, sorted({address for address, _ in steps}))
    expected = tracing_ran(f"{binutils}nm", traced, steps, tracing)
    called = expected - sum(address in tracing for address, _ in steps)
    wrong = f"{instructions} instructions of tracing, {expected} by addr2line's account of every instruction"
    yield f"{expected} instructions, {called} of them of what it calls, by another count", None if instructions == expected else wrong

    both = [behind_start_up(f"{binutils}nm", elf, ran) for elf, ran in
            ((traced, steps), (without, executed(bkctl, without, board, LINK[port])))]
    difference = both[0] - both[1]
    around = (difference - instructions) / instructions
    words = f"{difference} instructions more than without tracing: {100 * around:+.1f}%"
    yield words, None if 0 <= around <= AROUND[port] else f"not 0 to {100 * AROUND[port]:.0f}% more than are counted"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    options = parser.parse_args()
    bkctl = options.bkctl or build_bkctl()
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        for port in PORTS:
            for what, wrong in judge(bkctl, port, Path(scratch)):
                results.append(wrong is None)
                print(f"{'ok' if wrong is None else 'FAILED'}  {port}: {what}{'' if wrong is None else ': ' + wrong}")
    print(f"{sum(results)} passed, {results.count(False)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
