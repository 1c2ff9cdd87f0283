#!/usr/bin/env python3
"""Builds the firmware of this folder and the template, runs each on QEMU, and compares what it prints and how it ends.

QEMU is the judge that is not ours; what a firmware computes is computed here again. QEMU has no cycle counter and runs
on the host's clock, so nothing here depends on time. Foreign firmware and floating point run on bksim, too. The last
line is "N passed, M failed".
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parent
ROOT = FIRMWARE.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", FIRMWARE / "target"))
ELVES = TARGET / "thumbv7m-none-eabi/release"
# The same for the machine with a floating-point unit.
FLOAT_TARGET = "thumbv7em-none-eabihf"
FLOAT_ELVES = TARGET / FLOAT_TARGET / "release"
FLOAT_MACHINE = "mps2-an386"
FLOAT_BOARD = "qemu-mps2-an386"


def build(folder, *options):
    environment = os.environ | {"CARGO_TARGET_DIR": str(TARGET)}
    subprocess.run(["cargo", "build", "--quiet", "--release", *options], cwd=folder, env=environment, check=True)


def qemu(elf, seconds=20, *options, machine="mps2-an385", system="arm"):
    """Runs an ELF; returns its exit code ("runs on" if it does not end by itself) and what its console printed."""
    command = [f"qemu-system-{system}", "-M", *machine.split(), "-nographic", "-monitor", "none", "-serial", "stdio",
               "-semihosting", *options, "-kernel", str(elf)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds)
        code, out = done.returncode, done.stdout
    except subprocess.TimeoutExpired as expired:
        code, out = "runs on", expired.stdout or b""
    return code, out.decode(errors="replace").replace("\r\n", "\n")


def freertos_text():
    """What tests/firmware/freertos says: by arithmetic, and by what FreeRTOS promises."""
    stream = 0
    for count in range(700):
        stream = (stream * 31 + count * 7 % 256) % 2**32
    return "\n".join(["time slices, floating point: 7", *[f"queue: {sum(range(101))}"] * 2, "queue, time-out: 7",
                      "mutex, priority of its owner: 2", "mutex, and behind: 1", f"timer, ten times five ticks: {10 * 5}",
                      f"period, twenty times three ticks: {20 * 3}", f"stream: {stream}",
                      "interrupt, task, behind: 123123123", "done", ""])


def build_bkctl():
    """bkctl, with bksim beside it."""
    subprocess.run(["cargo", "build", "--quiet", "--locked", "-p", "bkctl", "-p", "bksim"], cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/bkctl"


def bksim(bkctl, elf, board, seconds=60):
    """Runs an ELF on the simulator; returns its exit code and what it printed, and if it failed what bkctl said."""
    command = [bkctl, "sim", "--board", board, "--timeout", str(seconds), "--exit-code=firmware", elf]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    said = done.stderr if done.returncode else b""
    return done.returncode, (done.stdout + said).decode(errors="replace").replace("\r\n", "\n")


def symbols(elf):
    lines = subprocess.run(["arm-none-eabi-nm", "-C", str(elf)], capture_output=True, text=True, check=True).stdout
    return [line.split(maxsplit=2)[-1] for line in lines.splitlines()]


def blinky_text():
    """The template's lines, from what its comments promise."""
    order = ["alpha", "echo", "delta", "charlie", "bravo"]
    crcs = [zlib.crc32(name.encode() * 32) for name in order]
    lines = ["five tasks contended; they finished in this order:"]
    lines += [f"  {name:8} {crc:08x}" for name, crc in zip(order, crcs)]
    lines.append(f"their work has the CRC-32 {zlib.crc32(struct.pack('<5I', *crcs)):08x}")
    sample, samples = 1, []
    for _ in range(16):
        sample = (sample * 1_664_525 + 1_013_904_223) % 2**32
        samples.append(sample)
    crc = zlib.crc32(struct.pack("<16I", *samples))
    lines.append(f"16 samples came through the channel: sum {sum(samples) % 2**32}, CRC-32 {crc:08x}")
    lines.append("5 timer interrupts were answered")
    lines.append("the LED blinks on; see RTT and the trace")
    return "".join(line + "\n" for line in lines)


def build_blinky(folder):
    """The template as `bkctl new` renders it, but with the repository's own kernel."""
    template, overlay = ROOT / "templates/blinky", ROOT / "templates/blinky/overlay/mps2"
    for source in (template, overlay):
        shutil.copytree(source / "src", folder / "src", dirs_exist_ok=True)
    shutil.copytree(FIRMWARE / "board", folder / "board")
    shutil.move(folder / "board/board.rs", folder / "src/board.rs")
    shutil.copytree(FIRMWARE / ".cargo", folder / ".cargo")
    shutil.copy(FIRMWARE / "Cargo.lock", folder)
    (folder / "board/build.rs").unlink()
    shutil.copy(template / "build.rs", folder)
    # The overlay's manifest has nothing but dependencies.
    dependencies = (overlay / "Cargo.toml").read_text()
    manifest = (template / "Cargo.toml").read_text().replace("[dependencies]\n", dependencies)
    manifest = manifest.replace("{{name}}", "template-blinky").replace("vendor/bluekernel", str(ROOT))
    (folder / "Cargo.toml").write_text(manifest)
    build(folder)
    return ELVES / "template-blinky"


def foreign_text():
    primes = sum(all(number % divisor for divisor in range(2, int(number**0.5) + 1)) for number in range(2, 2000))

    def steps(value):
        count = 0
        while value != 1:
            value, count = (3 * value + 1 if value % 2 else value // 2), count + 1
        return count

    start = max(range(1, 1000), key=steps)
    return (f"primes below 2000: {primes}\nlongest Collatz sequence below 1000: from {start}, {steps(start)} steps\n"
            "ten sleeps of 2 ticks took at least 20: yes\n")


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


def float_text():
    """What the firmware `float` reports: 4 loads and stores and 4 times 32 additions, 16 sweeps of 399 interrupts."""
    looks = 16 * 399
    lines = [f"{4 + 4 * 32} of {4 + 4 * 32} instructions of the window were interrupted"]
    lines += [f"{name}: {looks} looks, 0 wrong" for name in ("window", "handler", "holder", "counter")]
    return "".join(line + "\n" for line in [*lines, "holder: extended frame", "counter: basic frame"])


def main():
    failures = []
    count = 0

    def check(name, condition, told):
        nonlocal count
        count += 1
        print(f"{'ok' if condition else 'FAILED'}  {name}")
        if not condition:
            failures.append(name)
            print(told)

    bkctl = build_bkctl()
    build(FIRMWARE, "--locked")
    build(FIRMWARE, "--locked", "-p", "minimal")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        blinky = build_blinky(scratch / "blinky")
        code, text = qemu(blinky, seconds=5)
        check("the template prints what its priorities determine, and goes on", code == "runs on"
              and text == blinky_text(), text)

        # The second machine's console is its second serial line (USART2).
        for make, machine, board in [("mps2", "mps2-an385", "qemu-mps2-an385"),
                                     ("stm32f4", "netduinoplus2 -serial null", "stm32f4-discovery")]:
            build_foreign = ["make", "--silent", f"BOARD={make}", f"BUILD={scratch}/{make}"]
            subprocess.run(build_foreign, cwd=FIRMWARE / "foreign-c", check=True)
            elf = scratch / make / "foreign.elf"
            for judge, (code, text) in {"QEMU": qemu(elf, machine=machine), "bksim": bksim(bkctl, elf, board)}.items():
                told = f"the foreign C firmware computes and ends ({make}, {judge})"
                check(told, code == 0 and text == foreign_text(), text)

        # FreeRTOS as released: the same firmware on its ports, and on those that use the protection unit. QEMU's sifive_e
        # counts its mtime 305 times too fast, so that the ticks never end.
        for make, machine, board, system in [
            ("an385", "mps2-an385", "qemu-mps2-an385", "arm"),
            ("an385-mpu", "mps2-an385", "qemu-mps2-an385", "arm"),
            ("an386", "mps2-an386", "qemu-mps2-an386", "arm"),
            ("an386-mpu", "mps2-an386", "qemu-mps2-an386", "arm"),
            ("an500", "mps2-an500", "qemu-mps2-an500", "arm"),
            ("an505", "mps2-an505", "qemu-mps2-an505", "arm"),
            ("lm3s6965", "lm3s6965evb", "lm3s6965evb", "arm"),
            ("virt32", "virt", "qemu-virt-rv32", "riscv32"),
            ("virt64", "virt", "qemu-virt-rv64", "riscv64"),
            ("hifive1", None, "hifive1", None),
        ]:
            build_freertos = ["make", "--silent", f"BOARD={make}", f"BUILD={scratch}/freertos-{make}"]
            subprocess.run(build_freertos, cwd=FIRMWARE / "freertos", check=True)
            elf = scratch / f"freertos-{make}" / "freertos.elf"
            judges = {"bksim": bksim(bkctl, elf, board)}
            if machine:
                options = ["-icount", "shift=5", *(["-bios", "none"] if system.startswith("riscv") else [])]
                judges["QEMU"] = qemu(elf, 20, *options, machine=machine, system=system)
            for judge, (code, text) in judges.items():
                check(f"FreeRTOS ({make}, {judge})", code == 0 and text == freertos_text(), text)

        # QEMU's lm3s6965evb answers everywhere: there the firmware lets the MPU guard an address.
        for make, machine, board, expected in [
            ("an385", "mps2-an385", "qemu-mps2-an385", hello_arm_text()),
            ("an386", "mps2-an386", "qemu-mps2-an386", hello_arm_text()),
            ("an500", "mps2-an500", "qemu-mps2-an500", hello_arm_text()),
            ("an505", "mps2-an505", "qemu-mps2-an505", hello_arm_text()),
            ("lm3s6965", "lm3s6965evb", "lm3s6965evb", hello_arm_text(guarded=True)),
            ("microbit", "microbit", "microbit", hello_arm_text(has_status=False)),
        ]:
            build_hello = ["make", "--silent", f"BOARD={make}", f"BUILD={scratch}/{make}"]
            subprocess.run(build_hello, cwd=FIRMWARE / "hello-arm", check=True)
            elf = scratch / make / "hello.elf"
            for judge, (code, text) in {"QEMU": qemu(elf, machine=machine), "bksim": bksim(bkctl, elf, board)}.items():
                told = f"the Arm firmware's interrupts and faults ({make}, {judge})"
                check(told, code == 0 and text == expected, text)

        # Interrupt sources of the UARTs: QEMU's device tree of virt, FE310-G000 manual.
        for make, system, machine, board, bits, source in [("virt32", "riscv32", "virt", "qemu-virt-rv32", 32, 10),
                                                           ("virt64", "riscv64", "virt", "qemu-virt-rv64", 64, 10),
                                                           ("hifive1", "riscv32", "sifive_e", "hifive1", 32, 3)]:
            build_hello = ["make", "--silent", f"BOARD={make}", f"BUILD={scratch}/{make}"]
            subprocess.run(build_hello, cwd=FIRMWARE / "hello-riscv", check=True)
            elf = scratch / make / "hello.elf"
            expected = hello_text(elf, bits, source)
            told = f"the RISC-V firmware's interrupts and faults ({make}, %s)"
            code, text = qemu(elf, 20, "-bios", "none", machine=machine, system=system)
            check(told % "QEMU", code == 3 and text == expected, text)
            # What bkctl says of the exit code comes behind the text.
            code, text = bksim(bkctl, elf, board)
            check(told % "bksim", code == 3 and text.startswith(expected), text)

    code, text = qemu(ELVES / "plain", seconds=3)
    check("firmware without the kernel", text == f"sum of the squares below 100: {sum(n * n for n in range(100))}\n", text)

    # After its last words the kernel stops at a breakpoint; without a debugger QEMU calls that a lock-up and aborts.
    for name, words in {
        "bus-fault": ["HardFault in task 0", "nothing answers at this address", "address 60000000", "cfsr 00008200"],
        "undefined-instruction": ["HardFault in task 0", "undefined instruction", "  pc ", "cfsr 00010000"],
        "no-stack": ["HardFault in task 0", "should be stacked", "the registers could not be stacked"],
        "panic": ["panic at ", "panic.rs:17:5: the cat is on the keyboard"],
    }.items():
        code, text = qemu(ELVES / name)
        check(f"{name} says what happened", code == -6 and all(word in text for word in words), text)
    code, text = qemu(ELVES / "lock-up")
    check("lock-up", code == -6 and "HardFault" not in text, text)
    code, text = qemu(ELVES / "exit-3")
    check("exit-3", code == 3, text)
    code, text = qemu(ELVES / "endless", seconds=2)
    check("endless", code == "runs on", text)

    # On QEMU an instruction is 16 ns and the timer's tick 40 ns: each of the window's instructions is met in one of the
    # sweeps. On bksim a cycle is a tick.
    build(FIRMWARE, "--locked", "-p", "float", "--target", FLOAT_TARGET)
    elf = FLOAT_ELVES / "float"
    for judge, (code, text) in {
        "QEMU": qemu(elf, 60, "-icount", "shift=4,sleep=off", machine=FLOAT_MACHINE),
        "bksim": bksim(bkctl, elf, FLOAT_BOARD),
    }.items():
        told = f"floating point survives an interrupt at each instruction ({judge})"
        check(told, code == 0 and text == float_text(), text)
    code, text = qemu(FLOAT_ELVES / "float-off", machine=FLOAT_MACHINE)
    words = ["HardFault in task 0", "is the floating-point unit on?", "cfsr 00080000"]
    check("float-off says what happened", code == -6 and all(word in text for word in words), text)

    found = [name for name in symbols(ELVES / "minimal") if "trace" in name or "rtt" in name.lower() or "fault::" in name]
    check("what is off is not in the image", not found, found)

    print(f"{count - len(failures)} passed, {len(failures)} failed")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
