#!/usr/bin/env python3
"""The stock `probe-rs` program on a simulated chip: nothing of ours is between it and bksim's debug probe.

    stock.py BKCTL PROBE_RS

It programs and verifies, reads back, and runs firmware to its end. The last line is "N passed, M failed".
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
CHIP = "STM32F407VGTx"
HELLO = "hello from the endings"


def compile_ending(folder, name, *definitions):
    """The C firmware that ends in the way that is asked for."""
    elf = folder / f"{name}.elf"
    options = ["-mcpu=cortex-m4", "-mthumb", "-Og", "-g", "-ffreestanding", "-nostdlib", "-T", "stm32f4.ld"]
    source = FIRMWARE / "endings-c/main.c"
    subprocess.run(["arm-none-eabi-gcc", *options, f"-L{FIRMWARE / 'foreign-c'}",
                    *(f"-D{definition}" for definition in definitions), str(source), "-o", str(elf)], check=True)
    return elf


def serve(bkctl, elf):
    """A simulated board with a debug probe, and the probe's selector as probe-rs takes it."""
    board = subprocess.Popen([bkctl, "sim", "--board", "stm32f4-discovery", "--probe", "tcp:127.0.0.1:0", str(elf)],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in board.stderr:
        if found := re.search(r"probe:(20b7:9db1:tcp:\S+)", line):
            return board, found.group(1)
    sys.exit("stock.py: bkctl sim serves no probe")


def main():
    bkctl, probe_rs = sys.argv[1:]
    failures = 0
    count = 0

    def check(name, condition, told):
        nonlocal count, failures
        count += 1
        print(f"{'ok' if condition else 'FAILED'}  {name}")
        if not condition:
            failures += 1
            print(told)

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        silent = compile_ending(folder, "silent", "ENDING=SILENT", "SHORT")
        well = compile_ending(folder, "well", "ENDING=EXIT")
        stops = compile_ending(folder, "stops", "ENDING=BREAKPOINT")
        board, selector = serve(bkctl, silent)

        def stock(command, *arguments):
            done = subprocess.run([probe_rs, command, "--probe", selector, "--chip", CHIP, *map(str, arguments)],
                                  capture_output=True, text=True, timeout=120, errors="replace")
            return done.returncode, done.stdout, done.stdout + done.stderr

        try:
            code, _, told = stock("download", "--verify", well)
            check("download --verify", code == 0, told)

            image = folder / "well.bin"
            subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", str(well), str(image)], check=True)
            words = [image.read_bytes()[at:at + 4][::-1].hex() for at in range(0, 64, 4)]
            code, out, told = stock("read", "b32", "0x08000000", 16)
            read = [word for line in out.splitlines() for word in line.partition(":")[2].split()]
            check("read gives what objcopy takes out of the ELF", code == 0 and read == words, told)

            code, _, told = stock("run", well)
            check("run shows the text, and success as success", code == 0 and HELLO in told, told)

            code, _, told = stock("run", stops)
            line = 1 + next(number for number, line in enumerate((FIRMWARE / "endings-c/main.c").read_text().splitlines())
                            if "bkpt 0\"" in line)
            frames = "inner" in told and f"main.c:{line}" in told
            check("run shows where firmware stopped, and failure as failure", code != 0 and HELLO in told and frames, told)

            code, _, told = stock("reset")
            check("reset", code == 0, told)
        finally:
            board.terminate()
            board.wait()

    print(f"{count - failures} passed, {failures} failed")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
