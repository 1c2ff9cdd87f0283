"""What an export shows, and whether it is what scenario.json says. Shared by the readers of both formats."""

import json
import sys
from pathlib import Path


class Checks:
    """Counts checks, and prints the ones that fail."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, good, message):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {message}")
        return bool(good)

    def finish(self):
        print(f"{self.passed} checks hold, {self.failed} do not")
        # One file is one test, however much is looked at in it.
        print("0 passed, 1 failed" if self.failed else "1 passed, 0 failed")
        sys.exit(1 if self.failed else 0)


class Shown:
    """Slices, moments and values by track, in nanoseconds."""

    def __init__(self):
        self.slices = {}
        self.moments = {}
        self.values = {}

    def rules(self, checks):
        """What holds for every export of ours: a track's slices are in order and do not overlap."""
        for track, slices in self.slices.items():
            for (_, start, end) in slices:
                checks.check(start < end, f"{track}: a slice from {start} to {end}")
            for (before, after) in zip(slices, slices[1:]):
                checks.check(before[2] <= after[1], f"{track}: {before} overlaps {after}")
        for track, values in self.values.items():
            times = [time for (time, _) in values]
            checks.check(times == sorted(times), f"{track}: values out of order")
        # One processor: at no time do two tasks run.
        running = sorted(
            (start, end, track)
            for track, slices in self.slices.items()
            for (name, start, end) in slices
            if name == "running"
        )
        for (before, after) in zip(running, running[1:]):
            checks.check(before[1] <= after[0], f"two tasks run at once: {before} and {after}")

    def scenario(self, checks):
        """The scenario's own numbers."""
        expected = json.loads((Path(__file__).parent / "scenario.json").read_text(encoding="utf-8"))
        for what in ("slices", "moments", "values"):
            shown = getattr(self, what)
            wanted = expected[what]
            checks.check(set(shown) == set(wanted), f"{what} on {sorted(shown)}, expected on {sorted(wanted)}")
            for track, items in wanted.items():
                if what == "slices":
                    items = [(name, start * 1000, end * 1000) for (name, start, end) in items]
                elif what == "moments":
                    items = [(name, time * 1000) for (name, time) in items]
                else:
                    items = [(time * 1000, value) for (time, value) in items]
                checks.check(shown.get(track) == items, f"{track}: {shown.get(track)}, expected {items}")

    def statistics(self, checks, path):
        """The CPU time of each task, as `bkctl trace stats --format json` counts it on its own."""
        statistics = json.loads(Path(path).read_text(encoding="utf-8"))
        for task in statistics["tasks"]:
            tracks = [track for track in self.slices if track.startswith(f"{task['name']} (priority")]
            if not checks.check(len(tracks) == 1, f"one track for {task['name']}: {tracks}"):
                continue
            slices = [end - start for (name, start, end) in self.slices[tracks[0]] if name == "running"]
            counted = task["run_cycles"] * 1_000_000_000 / statistics["clock_hz"]
            # Both ends of a slice are rounded down to a nanosecond.
            checks.check(
                abs(sum(slices) - counted) <= len(slices) + 1,
                f"{task['name']} runs {sum(slices)} ns in the export, {counted} ns in the statistics",
            )
