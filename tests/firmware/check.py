#!/usr/bin/env python3
"""Builds the firmware of this folder and the template, runs each on QEMU, and compares what it prints and how it ends.

QEMU is the judge that is not ours; what a firmware computes is computed here again. QEMU has no cycle counter and runs
on the host's clock, so nothing here depends on time. Foreign firmware and floating point run on bksim, too. The
boards' own are `boards.py`. The last line is "N passed, M failed".
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


def build(folder, *options, profile="release"):
    environment = os.environ | {"CARGO_TARGET_DIR": str(TARGET)}
    subprocess.run(["cargo", "build", "--quiet", "--profile", profile, *options], cwd=folder, env=environment, check=True)


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


def build_bkctl():
    """bkctl, with bksim beside it."""
    subprocess.run([ROOT / "tests/build", "--quiet"], check=True)
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

    # On RISC-V a breakpoint without a debugger leads to a loop, which nothing ends.
    for bits, target in [(32, "riscv32imac-unknown-none-elf"), (64, "riscv64gc-unknown-none-elf")]:
        build(FIRMWARE, "--locked", "-p", "endings-riscv", "--target", target)
        for name, words in {
            "load-fault": ["exception in task 0", "nothing answers at this address", f"address {0xf0000:0{bits // 4}x}"],
            "illegal-instruction": ["exception in task 0", "illegal instruction", f"instruction {0xffffffff:0{bits // 4}x}"],
            "panicking": ["panic at ", "panicking.rs:15:5: the cat is on the keyboard"],
        }.items():
            code, text = qemu(TARGET / target / "release" / name, seconds=2, machine="virt -bios none",
                              system=f"riscv{bits}")
            check(f"{name} says what happened (RV{bits})", code == "runs on" and all(word in text for word in words), text)
        def judged(name):
            elf = TARGET / target / "release" / name
            return {"QEMU": qemu(elf, machine="virt -bios none", system=f"riscv{bits}"),
                    "bksim": bksim(bkctl, elf, f"qemu-virt-rv{bits}")}

        for judge, (code, text) in judged("disabled-source").items():
            check(f"an interrupt that its handler disabled comes again ({judge}, RV{bits})", code == 0, text)
        build(FIRMWARE, "--locked", "-p", "endings-riscv", "--target", target, "--features", "stack-guard")
        for judge, (code, text) in judged("starts-anew").items():
            check(f"a guarded task that panics starts the firmware anew ({judge}, RV{bits})",
                  code == 0 and "starts-anew.rs:42:5: once more" in text, text)

    found = [name for name in symbols(ELVES / "minimal") if "trace" in name or "rtt" in name.lower() or "fault::" in name]
    check("what is off is not in the image", not found, found)

    print(f"{count - len(failures)} passed, {len(failures)} failed")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
