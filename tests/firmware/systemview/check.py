#!/usr/bin/env python3
"""Whether SEGGER's encoder, on QEMU, still writes tracer/tests/systemview/scenario.SVDat. `--overwrite` keeps what it writes.

Needs Debian's gcc-arm-none-eabi, qemu-system-arm."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
GOLDEN = HERE / "../../../tracer/tests/systemview/scenario.SVDat"

subprocess.run(["make", "-s", "-C", HERE], check=True)
command = ["qemu-system-arm", "-M", "mps2-an385", "-nographic", "-monitor", "none", "-serial", "stdio", "-kernel"]
written = bytearray()
with subprocess.Popen([*command, HERE / "build/systemview.elf"], stdout=subprocess.PIPE, text=True) as machine:
    for line in machine.stdout:
        if line.strip() == "end":
            break
        written += bytes.fromhex(line)
    machine.kill()
if "--overwrite" in sys.argv[1:]:
    GOLDEN.write_bytes(written)
if written != GOLDEN.read_bytes():
    sys.exit(f"SEGGER's encoder writes other bytes than {GOLDEN.resolve().name}")
print(f"{len(written)} bytes by SEGGER's encoder, as expected")
