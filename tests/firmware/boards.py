#!/usr/bin/env python3
"""Bare-metal firmware and FreeRTOS on each board, on bksim and on QEMU where it has the board: one text.

The text is known beforehand, from the architecture manuals, by arithmetic, or from what FreeRTOS promises; QEMU shows that
the firmware is right. The last line is "N passed, M failed".
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from check import FIRMWARE, bksim, build_bkctl, qemu


def freertos_text():
    """What tests/firmware/freertos says: by arithmetic, and by what FreeRTOS promises."""
    stream = 0
    for count in range(700):
        stream = (stream * 31 + count * 7 % 256) % 2**32
    return "\n".join(["time slices, floating point: 7", *[f"queue: {sum(range(101))}"] * 2, "queue, time-out: 7",
                      "mutex, priority of its owner: 2", "mutex, and behind: 1", f"timer, ten times five ticks: {10 * 5}",
                      f"period, twenty times three ticks: {20 * 3}", f"stream: {stream}",
                      "interrupt, task, behind: 123123123", "done", ""])


def hello_text(elf, bits, source):
    """What the RISC-V firmware reports: causes as the privileged specification numbers them (table 3.6), the addresses of
    the instructions from the symbol table, the addresses that they ask for from its source."""
    names = subprocess.run(["riscv64-unknown-elf-nm", str(elf)], capture_output=True, text=True, check=True).stdout
    places = {name: int(address, 16) for address, _, name in (line.split() for line in names.splitlines())}
    nowhere = 0xF0000
    faults = [(2, "illegal instruction", places["fault_illegal"], 0xFFFFFFFF),
              (5, "load access fault", places["fault_load"], nowhere),
              (7, "store access fault", places["fault_store"], nowhere + 4),
              (11, "call from machine mode", places["fault_call"], 0),
              (1, "instruction access fault", nowhere, nowhere)]
    lines = [f"hello from hart 0 with registers of {bits} bits",
             "3 timer interrupts took at least as many milliseconds: yes", "1 software interrupt",
             "this line is sent by an interrupt", f"it came from source {source}"]
    lines += [f"trap: mcause {cause} ({name}), mepc 0x{at:0{bits // 4}x}, mtval 0x{value:0{bits // 4}x}"
              for cause, name, at, value in faults]
    return "".join(line + "\n" for line in [*lines, "there is nothing to go back to"])


def hello_arm_text(has_status=True, guarded=False, nowhere=0x70000000):
    """What the Arm firmware reports: exceptions and status bits as Arm DDI 0403E has them (table B1-4, B3.2.15-B3.2.16).
    Armv6-M has HardFault only, and no status. Where the MPU guards `nowhere`, the load is a MemManage fault."""
    undefined, forced = 1 << 16, 1 << 30
    precise = 1 << 1 | 1 << 7 if guarded else 1 << 9 | 1 << 15  # DACCVIOL, MMARVALID; PRECISERR, BFARVALID
    udf, load = 0xDE00, 0x6801  # udf #0; ldr r1, [r0]
    faults = [(3, undefined, forced, udf), (3, precise, forced, load)]
    if has_status:
        faults += [(6, undefined, 0, udf), (4 if guarded else 5, precise, 0, load)]
    lines = ["hello from bare metal", "three ticks"]
    for exception, cfsr, hfsr, instruction in faults:
        status = f", CFSR {cfsr:08x}, HFSR {hfsr:08x}" + (f", BFAR {nowhere:08x}" if cfsr >> 15 & 1 else "")
        lines.append(f"fault: exception {exception:08x}{status if has_status else ''}, instruction {instruction:08x}")
    return "".join(line + "\n" for line in [*lines, "done"])


def images(scratch):
    """(name, the image, its board, what QEMU is told, exit code, text)"""
    # QEMU's lm3s6965evb answers everywhere: there the firmware lets the MPU guard an address.
    for make, machine, board, expected in [
        ("an385", "mps2-an385", "qemu-mps2-an385", hello_arm_text()),
        ("an386", "mps2-an386", "qemu-mps2-an386", hello_arm_text()),
        ("an500", "mps2-an500", "qemu-mps2-an500", hello_arm_text()),
        ("an505", "mps2-an505", "qemu-mps2-an505", hello_arm_text()),
        ("lm3s6965", "lm3s6965evb", "lm3s6965evb", hello_arm_text(guarded=True)),
        ("microbit", "microbit", "microbit", hello_arm_text(has_status=False)),
    ]:
        elf = made(scratch, "hello-arm", make, "hello.elf")
        yield f"the Arm firmware's interrupts and faults ({make})", elf, board, {"machine": machine}, 0, expected

    # Interrupt sources of the UARTs: QEMU's device tree of virt, FE310-G000 manual.
    for make, system, machine, board, bits, source in [("virt32", "riscv32", "virt", "qemu-virt-rv32", 32, 10),
                                                       ("virt64", "riscv64", "virt", "qemu-virt-rv64", 64, 10),
                                                       ("hifive1", "riscv32", "sifive_e", "hifive1", 32, 3)]:
        elf = made(scratch, "hello-riscv", make, "hello.elf")
        judge = {"machine": f"{machine} -bios none", "system": system}
        told = f"the RISC-V firmware's interrupts and faults ({make})"
        yield told, elf, board, judge, 3, hello_text(elf, bits, source)

    # FreeRTOS as released: the same firmware on its ports, and on those that use the protection unit. On the host's clock
    # QEMU would be late now and then. Its sifive_e counts mtime 305 times too fast, so that the ticks never end.
    clock = " -icount shift=5"
    for make, board, judge in [
        ("an385", "qemu-mps2-an385", {"machine": "mps2-an385" + clock}),
        ("an385-mpu", "qemu-mps2-an385", {"machine": "mps2-an385" + clock}),
        ("an386", "qemu-mps2-an386", {"machine": "mps2-an386" + clock}),
        ("an386-mpu", "qemu-mps2-an386", {"machine": "mps2-an386" + clock}),
        ("an500", "qemu-mps2-an500", {"machine": "mps2-an500" + clock}),
        ("an505", "qemu-mps2-an505", {"machine": "mps2-an505" + clock}),
        ("lm3s6965", "lm3s6965evb", {"machine": "lm3s6965evb" + clock}),
        ("virt32", "qemu-virt-rv32", {"machine": "virt -bios none" + clock, "system": "riscv32"}),
        ("virt64", "qemu-virt-rv64", {"machine": "virt -bios none" + clock, "system": "riscv64"}),
        ("hifive1", "hifive1", None),
    ]:
        yield f"FreeRTOS ({make})", made(scratch, "freertos", make, "freertos.elf"), board, judge, 0, freertos_text()


def made(scratch, folder, board, name):
    """Builds a firmware for a board."""
    build = scratch / f"{folder}-{board}"
    subprocess.run(["make", "--silent", f"BOARD={board}", f"BUILD={build}"], cwd=FIRMWARE / folder, check=True)
    return build / name


def main():
    bkctl = build_bkctl()
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, elf, board, judge, code, text in images(Path(scratch)):
            answers = {"bksim": bksim(bkctl, elf, board)}
            if judge:
                answers["QEMU"] = qemu(elf, 20, **judge)
            for told, answer in answers.items():
                # What bkctl says of the exit code comes behind the text.
                right = answer[0] == code and (answer[1] == text or told == "bksim" and code and answer[1].startswith(text))
                print(f"{'ok' if right else 'FAILED'}  {name}, {told}")
                if right:
                    passed += 1
                else:
                    failed += 1
                    print(answer)
    print(f"{passed} passed, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
