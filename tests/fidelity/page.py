#!/usr/bin/env python3
"""The book's chapter "Fidelity": what the simulator models, core by core, as the tests of a run have shown it.

    cargo test -p bksim --locked 2>&1 | tee LOG
    python3 tests/fidelity/page.py LOG              fails if book/src/fidelity.md is not what it should be
    OVERWRITE=1 python3 tests/fidelity/page.py LOG  writes it

The rows are in simulator/fidelity/*.toml, whose README says what a row is. A row that names a test that there is not is
an error; one whose test has failed, or that names none, is told as not modelled. What independent judges have said, in
tests/differential/results, is at the end. The last line is "N passed, M failed": rows, and the page itself.
"""

import json
import os
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROWS = ROOT / "simulator/fidelity"
RESULTS = ROOT / "tests/differential/results"
PAGE = ROOT / "book/src/fidelity.md"

# The cores, as chip files name them, in the order of the columns, and what the columns are called.
CORES = {
    "cortex-m0": "M0", "cortex-m0+": "M0+", "cortex-m3": "M3", "cortex-m4": "M4", "cortex-m4f": "M4F",
    "cortex-m7": "M7", "cortex-m7f": "M7F", "cortex-m33": "M33", "cortex-m33f": "M33F",
    "rv32imc": "RV32IMC", "rv32imac": "RV32IMAC", "rv32imafc": "RV32IMAFC", "rv64gc": "RV64GC",
}
# The groups that a reader looks for first, in this order; the others follow by their names.
FIRST = ["Exceptions", "Registers", "Instructions", "Faults", "Privilege", "Protection", "Floating point", "Debug", "Time"]
NEEDED = {"group": str, "feature": str, "cores": list, "manual": str, "tests": list}
OPTIONAL = {"note": str}
INTRODUCTION = """# Fidelity

What `bksim` models of each core and of what is around it, and where the manual says so. This page is generated: each row
names the tests that show it, and a row stands only if they pass. `tests/run sim` makes the page again and fails where it
is not the same.

The number behind a row is how many tests it rests on. *Not modelled* means that firmware which needs it finds out: the
note says how. A dot is a core that has it, an empty field one that the row does not speak of.
"""


class Wrong(Exception):
    """Something that a person must put right."""


def read_rows(folder):
    """The rows of all files, in order; each knows its file."""
    rows = []
    for file in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(file.read_text())
        except tomllib.TOMLDecodeError as error:
            raise Wrong(f"{file.name}: {error}") from None
        for key in content.keys() - {"row"}:
            raise Wrong(f"{file.name}: `{key}` is not known: a file has [[row]]s and nothing else")
        for number, row in enumerate(content.get("row", []), 1):
            rows.append(check(row, f"{file.name}, row {number}") | {"file": file.name})
    return rows


def check(row, where):
    """The row, if all of its fields are as they must be."""
    where = f"{where} ({row['feature']})" if isinstance(row.get("feature"), str) else where
    for key in row.keys() - NEEDED.keys() - OPTIONAL.keys():
        raise Wrong(f"{where}: `{key}` is not known; a row has {', '.join([*NEEDED, *OPTIONAL])}")
    for key, kind in (NEEDED | OPTIONAL).items():
        if key not in row and key in NEEDED:
            raise Wrong(f"{where}: `{key}` is missing")
        if key in row and not isinstance(row[key], kind):
            raise Wrong(f"{where}: `{key}` must be a {'text' if kind is str else 'list of texts'}")
        if kind is str and not row.get(key, "x").strip():
            raise Wrong(f"{where}: `{key}` is empty")
    for core in row["cores"]:
        if core not in CORES:
            raise Wrong(f"{where}: there is no core `{core}`; there are {', '.join(CORES)}")
    if not row["cores"]:
        raise Wrong(f"{where}: `cores` is empty")
    for name in row["tests"]:
        if not isinstance(name, str):
            raise Wrong(f"{where}: `tests` must be a list of texts")
    if len(set(row["tests"])) < len(row["tests"]):
        raise Wrong(f"{where}: a test is named twice")
    return row


def read_results(log):
    """{name of a test behind the name of its program: whether it passed} from what `cargo test` prints."""
    results, program = {}, None
    for line in log.splitlines():
        if running := re.match(r"\s+Running .*\((?:.*/)?([A-Za-z0-9_]+)-[0-9a-f]+(?:\.exe)?\)$", line):
            program = running[1]
        elif test := re.match(r"test (\S+)(?: - should panic)? \.\.\. (ok|FAILED)", line):
            if program is None:
                raise Wrong("the log has results in front of the line that names their test program: "
                            "standard error must be in it, too (2>&1)")
            results[f"{program}::{test[1]}"] = test[2] == "ok"
    if not results:
        raise Wrong("the log has no test results: it must be what `cargo test -p bksim` prints, with standard error")
    return results


def missing(rows, results):
    """For each row that names tests that there are not, what it names, in words."""
    known = {name.rsplit("::", 1)[-1]: name for name in results}
    told = []
    for row in rows:
        names = [test for test in row["tests"] if test not in results]
        if names:
            like = [known[name] for name in (test.rsplit("::", 1)[-1] for test in names) if name in known]
            told.append(f"{row['file']}: {row['feature']}: there is no test {', '.join(names)}"
                        + (f"; {', '.join(like)}?" if like else ""))
    return told


def is_modelled(row, results):
    return bool(row["tests"]) and all(results.get(test, False) for test in row["tests"])


def cell(text):
    return " ".join(text.split()).replace("|", "\\|")


def table(rows, results):
    """A group's table: a column for each core that the group speaks of."""
    cores = [core for core in CORES if any(core in row["cores"] for row in rows)]
    lines = ["| | " + " | ".join(CORES[core] for core in cores) + " | Manual | Tests | |",
             "|---|" + ":-:|" * len(cores) + "---|--:|---|"]
    for row in rows:
        modelled = is_modelled(row, results)
        marks = ["●" if modelled and core in row["cores"] else "–" if core in row["cores"] else "" for core in cores]
        words = [] if modelled else ["*not modelled*"]
        words += [cell(row["note"])] if "note" in row else []
        count = str(len(row["tests"])) if modelled else ""
        fields = [cell(row["feature"]), *marks, cell(row["manual"]), count, ": ".join(words)]
        lines.append("| " + " | ".join(fields) + " |")
    return lines


def judges(folder):
    """The last long comparisons with QEMU, as a table."""
    found = [json.loads(file.read_text()) for file in folder.glob("*.json")]
    if not found:
        return []
    lines = ["## Beside QEMU", "",
             "Random instruction sequences on `bksim` and on QEMU, compared by what they leave in registers, flags and "
             "memory, and by the fault that ends them: the last `tests/run long_sim`. Known deviations, each with the "
             "manual's word, are in `tests/differential/src/deviations.rs`.", "",
             "| Core | Judge | Sequences | Ended by a fault | Interrupted | Different | Known deviations |",
             "|---|---|--:|--:|--:|--:|--:|"]
    order = {core: index for index, core in enumerate(CORES)}
    for one in sorted(found, key=lambda one: order.get(one["core"], len(order))):
        counts = one["found"]
        numbers = [counts["sequences"], counts["faults"], counts["interrupted"], len(counts["different"]),
                   sum(counts["known"].values())]
        lines.append(f"| {CORES.get(one['core'], one['core'])} | {cell(one['judge'])} | "
                     + " | ".join(f"{number:,}" for number in numbers) + " |")
    return lines + [""]


def page(rows, results, others):
    """The chapter."""
    groups = {}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    order = sorted(groups, key=lambda group: (FIRST.index(group) if group in FIRST else len(FIRST), group))
    lines = [INTRODUCTION]
    for group in order:
        lines += [f"## {group}", "", *table(groups[group], results), ""]
    return "\n".join(lines + others).rstrip("\n") + "\n"


def first_difference(old, new):
    for number, (one, other) in enumerate(zip(old.splitlines(), new.splitlines()), 1):
        if one != other:
            return f"line {number} is\n    {one}\nand should be\n    {other}"
    return "one is longer than the other"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        rows = read_rows(ROWS)
        results = read_results(Path(sys.argv[1]).read_text(errors="replace"))
    except (OSError, Wrong) as error:
        sys.exit(f"error: {error}")
    wrong = missing(rows, results)
    for row in rows:
        failed = [test for test in row["tests"] if results.get(test) is False]
        wrong += [f"{row['file']}: {row['feature']}: {', '.join(failed)} failed"] if failed else []
    wanted = page(rows, results, judges(RESULTS))
    if os.environ.get("OVERWRITE") == "1" and not wrong:
        PAGE.write_text(wanted)
    written = PAGE.read_text() if PAGE.exists() else ""
    if written != wanted and not wrong:
        wrong.append(f"{PAGE.relative_to(ROOT)}: {first_difference(written, wanted)}\n"
                    "OVERWRITE=1 writes it anew; look at what has changed before you commit it")
    for line in wrong:
        print(f"FAILED  {line}")
    modelled = sum(is_modelled(row, results) for row in rows)
    print(f"{len(rows)} rows, {modelled} modelled by {len({test for row in rows for test in row['tests']})} tests")
    print(f"{len(rows) + 1 - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
