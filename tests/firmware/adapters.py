#!/usr/bin/env python3
"""Firmware that uses the kernel's adapters (alloc, log, defmt), on QEMU and on bksim.

What `log` prints is known beforehand but for the time. Frames of `defmt` are decoded here by its description of the format:
rzCOBS, then the index of the text among the symbols, the time and the arguments. The last line is "N passed, M failed".
"""

import argparse
import json
import re
import struct
import subprocess
import sys
from pathlib import Path

from check import ELVES, FIRMWARE, build, build_bkctl, bksim, qemu

BOARD = "qemu-mps2-an385"


def rzcobs(frame):
    """The bytes of a frame, which is read from its end: a control byte, then what it says of the seven bytes before it, or
    of the 7 to 134."""
    source, out = iter(reversed(frame)), []
    for control in source:
        if control < 0x80:
            out += [0 if control >> (6 - bit) & 1 else next(source) for bit in range(7)]
        elif control < 0xFF:
            out += [0, *(next(source) for _ in range((control & 0x7F) + 7))]
        else:
            out += [next(source) for _ in range(134)]
    return bytes(reversed(out))


def texts(elf):
    """{index: (level, text)}: the symbols of the section .defmt, whose names are JSON."""
    lines = subprocess.run(["arm-none-eabi-nm", str(elf)], capture_output=True, text=True, check=True).stdout.splitlines()
    named = [line.split(maxsplit=2) for line in lines if '{"package":' in line]
    symbols = {int(address, 16): json.loads(name) for address, _, name in named}
    return {index: (symbol["tag"], symbol["data"]) for index, symbol in symbols.items()}


def record(data, known):
    """(level, text with its arguments, microseconds)"""
    index, micros = struct.unpack_from("<HQ", data)
    at = 10
    level, text = known[index]

    def argument(match):
        nonlocal at
        kind, hint = match[1], match[2]
        if kind == "str":
            (length,) = struct.unpack_from("<I", data, at)
            at += 4 + length
            return data[at - length:at].decode()
        layout = {"u8": "<B", "u16": "<H", "u32": "<I", "f32": "<f"}[kind]
        (value,) = struct.unpack_from(layout, data, at)
        at += struct.calcsize(layout)
        return f"{value:#x}" if hint else str(value)

    return level, re.sub(r"{=(\w+)(:#x)?}", argument, text), micros


def records(elf, line):
    """The records of a line of hexadecimal digits. A frame ends with a zero."""
    known = texts(elf)
    return [record(rzcobs(frame), known) for frame in bytes.fromhex(line).split(b"\0") if frame]


def deferred(elf, text):
    """Whether the console's text holds the records that the firmware's source logs."""
    first, many, last = (records(elf, line) for line in text.split("\n")[:3])
    right = [one[:2] for one in first] == [("defmt_info", "3 sensors, bearing is 21.5"),
                                           ("defmt_error", "from a handler: 0xbeef")]
    # The first so many fit; what was lost is told behind the next one.
    numbers = [f"number {number}" for number in range(len(many))]
    right &= 20 < len(many) < 200 and [one[1] for one in many] == numbers
    right &= [one[:2] for one in last] == [("defmt_info", "goes on"),
                                           ("defmt_warn", f"{200 - len(many)} records lost before this one")]
    times = [one[2] for one in first + many + last]
    return right and times == sorted(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    options = parser.parse_args()
    bkctl = options.bkctl or build_bkctl()
    build(FIRMWARE, "--locked", "-p", "adapters")
    passed, failed = 0, 0

    def check(name, condition, told):
        nonlocal passed, failed
        print(f"{'ok' if condition else 'FAILED'}  {name}")
        if condition:
            passed += 1
        else:
            failed += 1
            print(told)

    for judge, run in {"QEMU": lambda elf: qemu(elf, 60), "bksim": lambda elf: bksim(bkctl, elf, BOARD)}.items():
        code, text = run(ELVES / "heap")
        check(f"the heap serves tasks and handlers, and gets everything back ({judge})", code == 0, f"{code}: {text}")
        code, text = run(ELVES / "heap-is-full")
        words = r"\n\*\*\* panic at .*alloc\.rs:\d+:\d+\n  the heap has last refused 2000 bytes\n  in task 0\n"
        check(f"a heap that is full ends in the panic's report ({judge})", code in (-6, 1) and re.match(words, text), text)

    # QEMU does not read the channel. On bksim the firmware shows what bksim has not taken yet.
    elf = ELVES / "deferred"
    code, text = qemu(elf)
    check("defmt's frames are whole, and lost ones are counted (QEMU)", code == 0 and deferred(elf, text), text)
    code, text = bksim(bkctl, elf, BOARD)
    shown = [one[1] for line in text.split("\n")[:3] for one in records(elf, line)]
    known = re.compile(r"3 sensors, bearing is 21\.5|from a handler: 0xbeef|number \d+|goes on|\d+ records lost before this one")
    check("defmt's frames are whole (bksim)", code == 0 and shown and all(map(known.fullmatch, shown)), text)

    # RTT is seen on bksim alone. The level is as wide as the widest; the task sleeps for 1.5 s.
    code, text = bksim(bkctl, ELVES / "logging", BOARD)
    words = (r"\[    0\.000000\] INFO  logging: first true, second refused true\n"
             r"\[    1\.50\d{4}\] ERROR wire: 3 of 5 volts\n\[    1\.50\d{4}\] WARN  logging: behind it\n")
    check("the log facade's lines", code == 0 and re.fullmatch(words, text), text)

    print(f"{passed} passed, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
