#!/usr/bin/python3
"""Gives an export with LTTng's names to lttng-analyses (Debian: python3-lttnganalyses), and compares what it works out,
with code that nobody here wrote, with our own statistics: processor time, switches, scheduling latencies, interrupts.

    check_lttng.py FOLDER --stats STATS.json

Debian's own Python runs it: `bt2` is not on PyPI.
"""

import argparse
import json
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import bt2

from shown import Checks

# Threads of the export that are no tasks; the first task is 10.
IDLE, KERNEL, UNKNOWN, FIRST_TASK = 0, 1, 2, 10


def analysis(name, folder, *options):
    """The machine-readable results of lttng-NAME-mi."""
    command = [f"lttng-{name}-mi", *options, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["results"]


class Interrupted:
    """What lttng-analyses does not look at: it counts a thread's time with the handlers on top of it, and of handlers in
    handlers only the innermost. Read from the same export with babeltrace2."""

    def __init__(self, folder):
        self.on_top_of = Counter()
        self.nested = Counter()
        self.switches = Counter()
        self.wakeups = Counter()
        running, active, begin = None, [], None
        for message in bt2.TraceCollectionMessageIterator(str(folder)):
            if not isinstance(message, bt2._EventMessageConst):
                continue
            name, fields = message.event.name, message.event.payload_field
            time = message.default_clock_snapshot.ns_from_origin
            if name == "sched_switch":
                if active:
                    self.on_top_of[running] += time - begin
                    begin = time
                running = int(fields["next_tid"])
                self.switches[running] += 1
            elif name == "sched_wakeup":
                self.wakeups[int(fields["tid"])] += 1
            elif name == "irq_handler_entry":
                if active:
                    self.nested[active[-1]] += 1
                else:
                    begin = time
                active.append(int(fields["irq"]))
            elif name == "irq_handler_exit" and active:
                active.pop()
                if not active:
                    self.on_top_of[running] += time - begin
            elif name == "gap":
                active = []


def close(checks, found, cycles, clock_hz, slack, what):
    """`found` nanoseconds are `cycles`, but for rounding: each time is cut to a nanosecond."""
    wanted = cycles * 1_000_000_000 / clock_hz
    checks.check(abs(found - wanted) <= slack, f"{what}: {found} ns, expected {wanted} ns")


def processor(checks, folder, statistics, interrupted):
    """Each task's time on the processor, from lttng-cputop."""
    clock_hz = statistics["clock_hz"]
    # It shows the first ten unless told otherwise.
    results = analysis("cputop", folder, "--limit", "1000000")
    (per_process,) = [result for result in results if result["class"] == "per-process"]
    begin, end = (per_process["time-range"][key]["value"] for key in ("begin", "end"))
    shares = {row[0]["tid"]: row[3]["value"] for row in per_process["data"]}
    for task in statistics["tasks"]:
        thread = task["number"] + FIRST_TASK
        found = shares.get(thread, 0) * (end - begin) - interrupted.on_top_of[thread]
        slack = 2 * (task["switches"] + interrupted.switches[thread]) + 2
        close(checks, found, task["run_cycles"], clock_hz, slack, f"{task['name']} runs")
    kernel = shares.get(KERNEL, 0) * (end - begin) - interrupted.on_top_of[KERNEL]
    # What lies before the first event is the kernel's too, but not lttng-cputop's.
    before = begin - statistics["window"]["start"] * 1_000_000_000 / clock_hz
    slack = 2 * interrupted.switches[KERNEL] + 2
    close(checks, kernel + before, statistics["cpu"]["kernel"], clock_hz, slack, "the kernel runs")


def percentiles(checks, times, summary, clock_hz, what):
    """By nearest rank, and with our histogram's buckets: at most 0.8 % too much. `times` are sorted."""
    for key, per_mille in (("p50", 500), ("p90", 900), ("p99", 990), ("p999", 999)):
        exact = times[-(-len(times) * per_mille // 1000) - 1]
        told = summary[key] * 1_000_000_000 / clock_hz
        checks.check(exact - 1 <= told <= exact * 1.008 + 1, f"{what}: {key} is {told} ns, exactly {exact} ns")


def latencies(checks, folder, statistics, interrupted):
    """From being woken to running, from lttng-schedlog."""
    clock_hz = statistics["clock_hz"]
    (log,) = analysis("schedlog", folder)
    found = defaultdict(list)
    for row in log["data"]:
        found[row[5]["tid"]].append(row[2]["value"])
    for task in statistics["tasks"]:
        name, thread, response = task["name"], task["number"] + FIRST_TASK, task["response"]
        times = sorted(found.pop(thread, []))
        checks.check(len(times) == response["count"] == task["runs"], f"{name}: {len(times)} wake-ups ran, {response}")
        switches = interrupted.switches[thread]
        checks.check(switches == task["switches"], f"{name}: {switches} switches, expected {task['switches']}")
        if not times:
            continue
        close(checks, times[0], response["min"], clock_hz, 1, f"{name}'s shortest latency")
        close(checks, times[-1], response["max"], clock_hz, 1, f"{name}'s longest latency")
        # The mean is rounded down to a cycle.
        mean = sum(times) / len(times)
        close(checks, mean, response["mean"], clock_hz, 1 + 1e9 / clock_hz, f"{name}'s mean latency")
        percentiles(checks, times, response, clock_hz, f"{name}'s latency")
    checks.check(not found, f"threads that are no tasks of ours were woken: {sorted(found)}")


def interrupts(checks, folder, statistics, interrupted):
    """Handlers, from lttng-irqlog."""
    clock_hz = statistics["clock_hz"]
    (log,) = analysis("irqlog", folder)
    found, begins = defaultdict(list), defaultdict(list)
    for row in log["data"]:
        begins[row[3]["nr"]].append(row[0]["begin"]["value"])
        checks.check(row[3]["hard"], f"a soft interrupt: {row}")
        found[row[3]["nr"], row[3]["name"]].append(row[0]["end"]["value"] - row[0]["begin"]["value"])
    for row in statistics["interrupts"]:
        times = sorted(found.pop((row["exception"], row["name"]), []))
        nested, duration, name = interrupted.nested[row["exception"]], row["duration"], row["name"]
        seen = len(times) + nested
        checks.check(seen == row["count"] == duration["count"], f"{name}: {len(times)} and {nested} nested, {row}")
        if nested:
            continue
        close(checks, times[0], duration["min"], clock_hz, 1, f"{name}'s shortest")
        close(checks, times[-1], duration["max"], clock_hz, 1, f"{name}'s longest")
        close(checks, sum(times) / len(times), duration["mean"], clock_hz, 1 + 1e9 / clock_hz, f"{name}'s mean")
        percentiles(checks, times, duration, clock_hz, f"{name}'s duration")
        starts, interval = sorted(begins[row["exception"]]), row["interval"]
        between = [later - earlier for earlier, later in zip(starts, starts[1:])]
        checks.check(len(between) == interval["count"], f"{name}: {len(between)} intervals, {interval}")
        if between:
            close(checks, min(between), interval["min"], clock_hz, 1, f"{name}'s shortest interval")
            close(checks, max(between), interval["max"], clock_hz, 1, f"{name}'s longest interval")
    checks.check(not found, f"interrupts that our statistics do not know: {sorted(found)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--stats", type=Path, required=True, help="`bkctl trace stats --format json`")
    arguments = parser.parse_args()
    checks = Checks()
    statistics = json.loads(arguments.stats.read_text(encoding="utf-8"))
    if statistics["losses"]["gaps"]:
        parser.error("events were lost in this recording: what lttng-analyses makes of that is not comparable")
    interrupted = Interrupted(arguments.folder)
    processor(checks, arguments.folder, statistics, interrupted)
    latencies(checks, arguments.folder, statistics, interrupted)
    interrupts(checks, arguments.folder, statistics, interrupted)
    checks.finish()


main()
