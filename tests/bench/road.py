#!/usr/bin/env python3
"""Times of the road a person walks, on this machine: milliseconds of the wall clock, the median of several runs.

They depend on the machine, so the limits are the goals this project set itself, not another program's figures.
"""

import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import bench

COMMAND = "tests/run bench road"


def milliseconds(command, times, **options):
    """The median over `times` runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        bench.run(command, **options)
        taken.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(taken))


def main():
    bench.run([bench.ROOT / "tests/build"])
    programs = Path(os.environ.get("CARGO_TARGET_DIR", bench.ROOT / "target")) / "debug"
    bkctl, bksim = programs / "bkctl", programs / "bksim"
    rows = []

    def add(name, limit, value):
        rows.append(bench.row(name, "ms", value, limit, "the goal", COMMAND))

    add("bkctl --version", 20, milliseconds([bkctl, "--version"], 20))
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "CARGO_TARGET_DIR": f"{scratch}/target"}
        place = {"cwd": scratch, "env": environment}

        def new_build_simulate():
            bench.run([bkctl, "new", "blinky", "--board", "qemu-mps2-an385"], **place)
            inside = {**place, "cwd": f"{scratch}/blinky"}
            bench.run([bkctl, "sim", "--for", "2s", "--trace", "run.bkt"], **inside)
            return inside

        inside = new_build_simulate()  # the first time compiles what the project depends on
        # From the start of bksim to the end of a run of no length.
        add("bksim: start, load, stop", 100,
            milliseconds([bkctl, "sim", "--no-build", "--for", "1us"], 10, **inside))
        add("2 virtual seconds, template, tracing on", 2000,
            milliseconds([bkctl, "sim", "--no-build", "--for", "2s"], 5, **inside))
        subprocess.run(["rm", "-r", f"{scratch}/blinky"], check=True)
        start = time.perf_counter()
        new_build_simulate()
        add("warm: new, build, 2 virtual seconds", 20000, round((time.perf_counter() - start) * 1000))
    bench.report("road", rows)


main()
