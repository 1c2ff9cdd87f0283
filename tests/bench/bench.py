"""What the benchmarks share: building firmware, counting on QEMU, tables and result files."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "tests/bench/results"
MARKERS_SOURCE = ROOT / "tests/bench/qemu-markers.c"


def run(command, **options):
    """Runs a command; on failure its output is shown and the benchmark ends."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def build_firmware(package, *options):
    """Builds one package of tests/firmware and returns its ELF."""
    firmware = ROOT / "tests/firmware"
    run(["cargo", "build", "--release", "--locked", "-p", package, *options], cwd=firmware)
    target = Path(os.environ.get("CARGO_TARGET_DIR", firmware / "target"))
    return target / "thumbv7m-none-eabi/release" / package


def marks_on_qemu(elf):
    """Runs an ELF to its end on QEMU; returns [(marker register, instructions before it)] and its text."""
    with tempfile.TemporaryDirectory() as scratch:
        plugin, out = Path(scratch) / "libmarkers.so", Path(scratch) / "marks"
        run(["gcc", "-shared", "-fPIC", "-O2", "-o", plugin, MARKERS_SOURCE])
        # 32 ns an instruction: 31.25 million a second, near the board's 25 MHz.
        text = run(
            ["qemu-system-arm", "-M", "mps2-an385", "-nographic", "-monitor", "none", "-serial", "stdio",
             "-semihosting", "-icount", "shift=5,sleep=off", "-plugin", f"{plugin},out={out}", "-kernel", elf],
            timeout=120,
        )
        lines = [line.split() for line in out.read_text().splitlines()]
    return [(int(mark), int(count)) for mark, count in lines if mark != "total"], text


def row(name, unit, ours, rival, rival_name, command, better="lower"):
    """One row of a result file."""
    return {"row": name, "unit": unit, "better": better, "ours": ours, "rival": rival, "rival_name": rival_name,
            "command": command}


def report(name, rows):
    """Prints the table, writes the result file."""
    width = max(len(one["row"]) for one in rows)
    print(f"{'':{width}}  {'ours':>10}  {'rival':>10}  ratio")
    for one in rows:
        ours, rival = one["ours"], one["rival"]
        ratio = f"{ours / rival:5.2f}" if rival else "    -"
        wins = rival and (ours < rival if one["better"] == "lower" else ours > rival)
        note = f"{one['rival_name'] or ''}{' (won)' if wins else ''}"
        print(f"{one['row']:{width}}  {ours:>10}  {rival if rival is not None else '-':>10}  {ratio}  {one['unit']}, {note}")
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    print(f"written: {path.relative_to(ROOT)}")
