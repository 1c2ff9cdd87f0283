"""What the benchmarks share: building firmware, counting on QEMU, tables and result files."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "tests/bench/results"
RATE_MARGIN = 0.001
MARKERS_SOURCE = ROOT / "tests/bench/qemu-markers.c"


def run(command, **options):
    """Runs a command; on failure its output is shown and the benchmark ends."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def build_firmware(package, *options, target="thumbv7m-none-eabi", profile="release"):
    """Builds one package of tests/firmware and returns the ELF of its name."""
    firmware = ROOT / "tests/firmware"
    run(["cargo", "build", "--locked", "--profile", profile, "--target", target, "-p", package, *options], cwd=firmware)
    folder = Path(os.environ.get("CARGO_TARGET_DIR", firmware / "target"))
    return folder / target / profile / package


def build_bkctl():
    """bkctl, with bksim beside it."""
    run([ROOT / "tests/build"])
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/bkctl"


def memory(elf):
    """Bytes of flash and of RAM, without the main stack: every section that is loaded or has memory kept for it."""
    flash = ram = 0
    for line in run(["readelf", "-SW", elf]).splitlines():
        found = re.match(r"\s*\[\s*\d+\]\s+\S+\s+(\S+)\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)\s+\S+\s+(\S*A\S*)\s", line)
        if found:
            kind, size, flags = found[1], int(found[2], 16), found[3]
            flash += size if kind != "NOBITS" else 0
            ram += size if "W" in flags else 0
    return flash, ram


def main_stack(elf):
    """Bytes that the linker script keeps for the main stack."""
    symbols = run(["arm-none-eabi-nm", elf])
    return int(re.search(r"^([0-9a-f]+) \w __bk_main_stack_size$", symbols, re.MULTILINE)[1], 16)


def function_at(elf, address):
    """The name of the function in which an address lies."""
    symbols = (line.split() for line in run(["readelf", "-sWC", elf]).splitlines() if " FUNC " in line)
    # Bit 0 of a Thumb function's address says what it is.
    starts = {int(symbol[1], 16) & ~1: " ".join(symbol[7:]) for symbol in symbols}
    return starts[max(start for start in starts if start <= address)]


def sim(bkctl, elf, board, *options):
    """What bksim measured of an ELF that does not fail."""
    command = [bkctl, "sim", elf, "--board", board, "--timeout", "60", "--format", "json", *options]
    return json.loads(run(command, stdin=subprocess.DEVNULL))["statistics"]


def marks_on_qemu(elf, machine="mps2-an385", system="arm"):
    """Runs an ELF to its end on QEMU; returns [(marker, instructions before it)] and its text. The last one is
    ("total", all instructions)."""
    with tempfile.TemporaryDirectory() as scratch:
        plugin, out = Path(scratch) / "libmarkers.so", Path(scratch) / "marks"
        run(["gcc", "-shared", "-fPIC", "-O2", "-o", plugin, MARKERS_SOURCE])
        # 32 ns an instruction: 31.25 million a second, near the board's 25 MHz.
        text = run(
            [f"qemu-system-{system}", "-M", *machine.split(), "-nographic", "-monitor", "none", "-serial", "stdio",
             "-semihosting", "-icount", "shift=5,sleep=off", "-plugin", f"{plugin},out={out}", "-kernel", elf],
            timeout=120,
        )
        lines = [line.split() for line in out.read_text().splitlines()]
    return [(int(mark), int(count)) if mark != "total" else (mark, int(count)) for mark, count in lines], text


def row(name, unit, ours, rival, rival_name, command, better="lower"):
    """One row of a result file."""
    return {"row": name, "unit": unit, "better": better, "ours": ours, "rival": rival, "rival_name": rival_name,
            "command": command}


def wins(one):
    """Whether a row is better than its rival."""
    ours, rival = one["ours"], one["rival"]
    return rival is not None and (ours < rival if one["better"] == "lower" else ours > rival)


def table(headings, lines):
    """Prints a table: the first column to the left, the others to the right."""
    cells = [[str(cell) for cell in line] for line in [headings, *lines]]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for first, *others in cells:
        right = [cell.rjust(width) for cell, width in zip(others, widths[1:])]
        print("  ".join([first.ljust(widths[0]), *right]).rstrip())


def report(name, rows):
    """Prints the table, writes the result file."""
    width = max(len(one["row"]) for one in rows)
    print(f"{'':{width}}  {'ours':>10}  {'rival':>10}  ratio")
    for one in rows:
        ours, rival = one["ours"], one["rival"]
        ratio = f"{ours / rival:5.2f}" if rival else "    -"
        note = f"{one['rival_name'] or ''}{' (won)' if wins(one) else ''}"
        print(f"{one['row']:{width}}  {ours:>10}  {rival if rival is not None else '-':>10}  {ratio}  {one['unit']}, {note}")
    write(name, rows)


def result_file(name):
    return RESULTS / f"{name}.json"


def write(name, rows):
    """Writes the result file."""
    RESULTS.mkdir(exist_ok=True)
    path = result_file(name)
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    print(f"written: {path.relative_to(ROOT)}")


def keep(name, rows, accept):
    """Writes the result file, unless a row is worse than the one that is kept, or is no longer there: then the
    benchmark fails. `accept` takes them all the same. For figures that are the same on every machine; a rate may be lower
    by RATE_MARGIN, since all that else happens is in it."""
    path = result_file(name)
    kept = json.loads(path.read_text()) if path.exists() else []
    found = {one["row"]: one for one in rows}
    worse = []
    for old in kept:
        new = found.get(old["row"])
        if new is None:
            worse.append(f"{old['row']}: {old['ours']} -> there is no such row")
        elif new["ours"] > old["ours"] if new["better"] == "lower" else new["ours"] < old["ours"] * (1 - RATE_MARGIN):
            worse.append(f"{old['row']}: {old['ours']} -> {new['ours']} {new['unit']}")
    for line in worse:
        print(f"{'accepted' if accept else 'WORSE'}  {line}")
    if worse and not accept:
        sys.exit(f"{len(worse)} rows are worse than in {path.relative_to(ROOT)}. If they must be: --accept, and old value, "
                 "new value and reason in CHANGELOG.md")
    write(name, rows)
