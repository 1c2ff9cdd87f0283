#!/usr/bin/env python3
"""How many tests of a run stand behind each core, and behind each thing that is to be shown of all of them.

    python3 tests/fidelity/parts.py LOG

LOG is what `cargo test -p bksim` prints, with standard error. A part of which no test has run is an error.
"""

import re
import sys
from pathlib import Path

from page import CORES, ROWS, Wrong, is_modelled, read_results, read_rows

# What is shown, and the names of the tests that do it.
PARTS = {
    "fast engine = single-step engine": r"^(cpu|riscv)::.*(engines?::|engines_|both_engines|random_)",
    "several cores": r"^cpu::cores::",
    "determinism, back and forth in time": r"^(cpu|serve|riscv|bksim)::.*(determinism|chance|timeline|snapshots|seek)::",
    "hostile firmware and files": r"^hostile::|^(cpu|serve|riscv|bksim)::.*(garbage|firmware::tests|hostile)",
}


def cores(rows, results):
    """{core: (rows that stand, tests behind them)}"""
    counts = {}
    for core in CORES:
        standing = [row for row in rows if core in row["cores"] and is_modelled(row, results)]
        if standing:
            counts[core] = (len(standing), len({test for row in standing for test in row["tests"]}))
    return counts


def parts(results):
    """{part: (passed, all)}"""
    counts = {}
    for part, pattern in PARTS.items():
        found = [passed for name, passed in results.items() if re.search(pattern, name)]
        counts[part] = (sum(found), len(found))
    return counts


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        results = read_results(Path(sys.argv[1]).read_text(errors="replace"))
        rows = read_rows(ROWS)
    except (OSError, Wrong) as error:
        sys.exit(f"error: {error}")
    for core, (standing, tests) in cores(rows, results).items():
        print(f"  {core:12} {tests:4} tests behind {standing} rows")
    shown = parts(results)
    for part, (passed, count) in shown.items():
        print(f"  {part}: {passed} of {count} tests passed")
    sys.exit(any(passed < count or count == 0 for passed, count in shown.values()))


if __name__ == "__main__":
    main()
