"""The host's half of `tests/run bench trace`: how many bytes an event of the reference mix takes, and how quickly ten
million of them are decoded, opened, drawn, followed and exported, next to babeltrace2, which reads the CTF export of the
same recording. The recording is of tests/firmware/reference, made by bksim.

Times are the best of several, and processor time where files are written or another program is measured: then the row
says so. Of a step of a live view with a history open, what others had the processor for is taken away. A disk, or whoever else uses the machine, is not what is measured."""

import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import termios
import time
from pathlib import Path

import bench

GOAL = "the goal"
FIRST = "an event of the reference mix, mean"
BOARD = "qemu-mps2-an385"
SHORT = "10s"
LONG = "284s"  # ten million events
HOURS = 5  # runs of ten million events in a row
REPETITIONS = 3
EXPORTS = {
    "run.pftrace": "Perfetto",
    "run.json": "Chrome JSON",
    "ctf": "CTF",
    "lttng": "CTF with LTTng's names",
    "run.vcd": "VCD",
    "run.csv": "CSV",
    "run.jsonl": "JSON lines",
}
EXAMPLES = Path(os.environ.get("CARGO_TARGET_DIR", bench.ROOT / "target")) / "release/examples"


def record(bkctl, elf, length, file):
    """A recording of so much virtual time."""
    bench.run([bkctl, "trace", "record", elf, "--board", BOARD, "--for", length, "-o", file])
    return file


def measure(what, file, *more):
    """What tracer/examples/measure.rs says, and the peak of its memory in bytes."""
    done = subprocess.Popen([EXAMPLES / "measure", what, file, *more], stdout=subprocess.PIPE, text=True)
    answer = json.loads(done.stdout.read())
    _, status, usage = os.wait4(done.pid, 0)
    assert status == 0, status
    return answer, usage.ru_maxrss * 1024


def processor_time(*command):
    """The best processor time of several runs of a command, in seconds, and what it printed."""
    best = float("inf")
    for _ in range(REPETITIONS):
        done = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
        out = done.stdout.read()
        _, status, usage = os.wait4(done.pid, 0)
        assert status == 0, (command, status)
        best = min(best, usage.ru_utime + usage.ru_stime)
    return best, out


def exporters(file, scratch, events):
    """(what, million events a second of processor time, files written) for each export."""
    opened, _ = processor_time(EXAMPLES / "exports", file, scratch / "exports", "none of them")
    for name, what in EXPORTS.items():
        exported, _ = processor_time(EXAMPLES / "exports", file, scratch / "exports", name)
        yield what, round(events / (exported - opened) / 1e6, 1)
        if name != "ctf":
            shutil.rmtree(scratch / "exports")  # gigabytes


def babeltrace2(folder, events):
    """The processor time in which babeltrace2 reads a CTF trace, in seconds, and its version. All events must be there."""
    version = bench.run(["babeltrace2", "--version"]).split()[1]
    count = bench.run(["babeltrace2", folder, "--component=c:sink.utils.counter", "--params=step=+0"])
    found = int(re.search(r"(\d+) Event messages", count)[1])
    assert found == events, (found, events)
    seconds, _ = processor_time("babeltrace2", folder, "--component=d:sink.utils.dummy")
    return seconds, f"babeltrace2 {version} reads its CTF export"


def best(what, file):
    """The least of every number that several measurements give, and the most memory."""
    answers, memory = zip(*(measure(what, file) for _ in range(REPETITIONS)))
    return {key: min(answer[key] for answer in answers) for key in answers[0]}, max(memory)


def idle(bkctl, file):
    """Processor time of the viewer over three seconds in which nothing happens, in seconds."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(bkctl, [str(bkctl), "trace", "view", str(file)])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    os.set_blocking(terminal, False)

    def used():
        fields = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def listen(seconds):
        end, heard = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            try:
                heard += len(os.read(terminal, 1 << 16))
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:
                break  # it has ended
        return heard

    assert listen(2) > 1000, "the viewer drew nothing"
    before = used()
    listen(3)
    after = used()
    os.write(terminal, b"q")
    listen(0.5)
    os.waitpid(child, 0)
    return after - before


def rows(scratch, command):
    """The rows."""
    bkctl = bench.build_bkctl()
    elf = bench.build_firmware("reference", "--features", "trace")
    bench.run(["cargo", "build", "--release", "--locked", "-p", "bluekernel-tracer", "--examples"], cwd=bench.ROOT)

    def row(name, unit, ours, goal, better="lower", rival=GOAL):
        return bench.row(name, unit, ours, goal, rival, command, better)

    short = record(bkctl, elf, SHORT, scratch / "short.bkt")
    size = json.loads(bench.run([EXAMPLES / "bytes", short, "--json"]))
    yield row(FIRST, "bytes", size["mean"], 3.6)
    yield row("an event of a mix, mean, beside another tracer's", "bytes", size["mean"], 5.2, rival="SystemView, one mix")
    yield row("an event of the reference mix, p99", "bytes", size["p99"], 6)

    long = record(bkctl, elf, LONG, scratch / "long.bkt")
    decode, _ = measure("decode", long)
    events = decode["events"]
    assert events > 10_000_000, events
    yield row("decode", "million events/s", round(events / decode["seconds"] / 1e6, 1), 20, "higher")
    first, memory = best("first-frame", long)
    yield row("10 million events: open and draw the first frame", "s", round(first["seconds"], 2), 1.5)
    yield row("10 million events: memory", "MB", round(memory / 1e6), 400)
    _, memory = measure("views", long)
    yield row("10 million events: memory, every view opened once", "MB", round(memory / 1e6), 400)
    frames, _ = best("frames", long)
    yield row("10 million events: a frame of 240x60", "ms", round(frames["frame_seconds"] * 1e3, 2), 2)
    yield row("10 million events: the slowest of 260 steps of zoom and pan", "ms",
              round(frames["worst_step_seconds"] * 1e3, 2), 8)
    stats, _ = best("stats", long)
    yield row("10 million events: all statistics", "s", round(stats["seconds"], 2), 1)
    live, _ = measure("live", long, "200000")
    yield row("live at 200,000 events/s: share of a core", "%", round(live["share"] * 100, 1), 25)
    forget, _ = measure("forget", long, "200000")
    yield row("live at 200,000 events/s: the slowest step that drops old events", "ms",
              round(forget["slowest_seconds"] * 1e3, 2), 8)
    views, _ = measure("live-views", long, "200000")
    yield row("live, Objects/Latency/Problems open: slowest step", "ms", round(views["slowest_seconds"] * 1e3, 2), 8)
    follow, memory = measure("follow", long, str(HOURS))
    assert follow["events"] == HOURS * events, follow
    yield row(f"live, {HOURS * 10} million events: memory", "MB", round(memory / 1e6), 400)
    for what, rate in exporters(long, scratch, events):
        yield row(f"export: {what}", "million events/s of processor time", rate, 2, "higher")
        if what == "CTF":
            theirs, name = babeltrace2(scratch / "exports/ctf", events)
            shutil.rmtree(scratch / "exports")
    ours, _ = processor_time(EXAMPLES / "measure", "first-frame", long)
    yield row("10 million events: read the recording, and draw it", "s of processor time", round(ours, 2),
              round(theirs, 2), rival=name)
    yield row("a viewer in which nothing happens: processor time of 3 s", "s", idle(bkctl, short), 0.01)
