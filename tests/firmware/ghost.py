#!/usr/bin/env python3
"""The ghost trace against the kernel's own: the kernel's behaviours and the template, with tracing, on bksim.

Both lists must be equal in kind, task and order: switches, ready and waiting tasks, idling, interrupts, starts, ends and
priorities. In time they may differ by SPREAD cycles around a constant, the distance of the two clocks: the kernel reads its
clock when it begins to write an event, some instructions before or behind the store that the simulator sees; an interrupt
is there from the handler's first instruction on, in front of what saves registers and, on RISC-V, asks the PLIC; and a number of more
than 32 bits takes the encoder longer. Where the kernel writes a SYNC in between, that takes some hundred cycles more:
BEHIND_SYNC. A Cortex-M0 has no instruction for most of that, and reads its clock from a timer: SLOW times as much.

And the firmware must not notice: it takes the same cycles without a ghost trace. An image without tracing has its ghost
trace, too, with the same switches. FreeRTOS tells itself who ran, by a hook of its own, and must tell the same tasks, by
name, in the same order. So must Embassy's tasks, which note themselves when they are polled; and what its executor tells of
tasks that are spawned, woken, polled and over, where it is built to tell, must be the same. The last line is "N passed, M failed".
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from bisect import bisect
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import wire
from check import FIRMWARE, TARGET, build, build_bkctl, build_blinky
from suite import CONTROLS, QUICK, behaviours, needs

SPREAD = 500
BEHIND_SYNC = 1500
SLOW = {"M0": 2}
# Name: (target, features, board)
PORTS = {
    "M0": ("thumbv6m-none-eabi", "microbit,trace", "microbit"),
    "M3": ("thumbv7m-none-eabi", "trace", "qemu-mps2-an385"),
    "M33": ("thumbv8m.main-none-eabi", "an505,trace", "qemu-mps2-an505"),
    "STM32F4": ("thumbv7em-none-eabihf", "stm32f4,trace", "stm32f4-discovery"),
    "RV32": ("riscv32imac-unknown-none-elf", "virt,trace", "qemu-virt-rv32"),
}
DESCRIBED = "described"
# Name: (board of freertos/Makefile, board)
FREERTOS = {"M3": ("an385", "qemu-mps2-an385"), "RV32": ("virt32", "qemu-virt-rv32")}
# Embassy notes times within a poll, a few instructions behind its begin and before its end.
POLL_MARGIN = 300
# Of these the switches do not depend on how long the kernel takes.
WITHOUT_TRACE = ["mutex_inheritance_follows_a_chain", "semaphore_serves_by_priority_then_order",
                 "a_more_important_interrupt_interrupts_a_handler", "the_most_important_ready_task_runs"]


def sim(bkctl, elf, board, *options):
    """What `bkctl sim` answers. An image may end with 1."""
    command = [bkctl, "sim", "--board", board, "--timeout", "120", "--format", "json", *options, elf]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def compare(own, ghost, slow=1):
    """What is wrong between two streams; nothing if they tell the same."""
    own, ghost = list(wire.events(own)), list(wire.events(ghost))
    for index, (one, other) in enumerate(zip(own, ghost)):
        if one.what != other.what:
            return f"event {index} is {one} for the kernel and {other} for the ghost"
    # The run ends in the middle of something: the last wait waits for what comes next.
    if not 0 <= len(own) - len(ghost) <= 1 or not own:
        return f"{len(own)} events of the kernel's, {len(ghost)} of the ghost's"
    # A clock that is the kernel's timer stands at 0 until `main` is done.
    distances = [(one.time - other.time, one) for one, other in zip(own, ghost) if one.time > 0]
    quick = [distance for distance, one in distances if not one.behind_sync]
    all_of_them = [distance for distance, _ in distances]
    spread, with_sync = (max(them) - min(them) if them else 0 for them in (quick, all_of_them))
    if spread > SPREAD * slow or with_sync > BEHIND_SYNC * slow:
        return f"the times differ by {spread} cycles, with SYNCs {with_sync}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bkctl", type=Path, help="take this bkctl, with bksim beside it, instead of building them")
    options = parser.parse_args()
    bkctl = options.bkctl or build_bkctl()
    results, told = [], []

    def enter(name, wrong):
        results.append(wrong is None)
        print(f"{'ok' if wrong is None else 'FAILED'}  {name}")
        if wrong is not None:
            told.append(f"{name}: {wrong}")

    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)

        def judge(job):
            port, elf, board, *limit = job
            own, ghost = (scratch / f"{port}-{elf.name}.{kind}" for kind in ("own", "ghost"))
            traced = sim(bkctl, elf, board, *limit, "--trace", own, "--ghost", ghost)
            alone = sim(bkctl, elf, board, *limit)
            if (traced["cycles"], traced["text"]) != (alone["cycles"], alone["text"]):
                return f"with a ghost trace it takes {traced['cycles']} cycles, without {alone['cycles']}"
            return compare(wire.stream(own), wire.stream(ghost), SLOW.get(port, 1))

        jobs = []
        for port, (target, features, board) in PORTS.items():
            build(FIRMWARE, "--locked", "-p", "suite", "--target", target, "--features", features, profile=QUICK)
            images = [*(name for name, image in behaviours().items() if image and not needs(name)), *CONTROLS]
            jobs += [(port, TARGET / target / QUICK / name, board) for name in images]
        blinky = scratch / "blinky"
        blinky.mkdir()
        jobs.append(("M3", build_blinky(blinky), PORTS["M3"][2], "--for", "500ms"))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for (port, elf, *_), wrong in zip(jobs, pool.map(judge, jobs)):
                enter(f"{port}: {elf.name}", wrong)

        target, _, board = PORTS["M3"]
        switches = {name: switched(scratch / f"M3-{name}.own") for name in WITHOUT_TRACE}
        build(FIRMWARE, "--locked", "-p", "suite", "--target", target, profile=QUICK)
        for name in WITHOUT_TRACE:
            ghost = scratch / f"{name}.bkt"
            sim(bkctl, TARGET / target / QUICK / name, board, "--ghost", ghost)
            alike = switched(ghost) == switches[name]
            enter(f"without tracing: {name}", None if alike else "other switches than with it")
        for name, (make, board) in FREERTOS.items():
            enter(f"{name}: FreeRTOS", freertos(bkctl, scratch / name, make, board))
        for teller, features in (("its tasks", []), ("its executor", ["--features", "trace"])):
            enter(f"M3: Embassy, by the account of {teller}", embassy(bkctl, scratch / "embassy.bkt", features))
    print("\n".join(told))
    print(f"{sum(results)} passed, {results.count(False)} failed")
    sys.exit(not all(results))


def freertos(bkctl, folder, make, board):
    """What is wrong with the ghost trace of FreeRTOS."""
    command = ["make", f"BUILD={folder}", f"BOARD={make}", "EXTRA=-DTELL_SWITCHES"]
    subprocess.run(command, cwd=FIRMWARE / "freertos", check=True, stdout=subprocess.DEVNULL)
    recording = folder / "ghost.bkt"
    answer = sim(bkctl, folder / "freertos.elf", board, "--ghost", recording)
    lines = "".join(answer["text"].values()).replace("\r", "").splitlines()
    # Of two tasks with one name the kernel's number tells which.
    told = [line.removeprefix("switch to ") for line in lines if line.startswith("switch to ")]
    wanted = [tuple(line.rsplit(maxsplit=1)) for line in told]
    names, seen, current = {}, [], None
    for record in wire.records(wire.stream(recording)):
        if record.head == wire.NAME:
            number, name = wire.named_task(record.fields[0])
            names[number] = (name, len(seen))
        elif record.head == wire.IDLE:
            current = ("IDLE", None)
            seen.append(current)
        elif wire.SWITCH_IN <= record.head <= wire.SWITCH_IN_EXT:
            number = record.head - wire.SWITCH_IN if record.head < wire.SWITCH_IN_EXT else record.fields[0]
            seen.append((names[number][0], (number, names[number][1])))
    seen = [one for before, one in zip([None, *seen], seen) if one != before]
    if [name for name, _ in seen] != [name for name, _ in wanted]:
        return f"{len(wanted)} switches by FreeRTOS's account, {len(seen)} by the ghost's, or others"
    if len(set(zip(seen, wanted))) != len(set(wanted)):
        return "tasks are taken for each other"
    if len(wanted) < 500:
        return f"only {len(wanted)} switches"
    return None


def embassy(bkctl, recording, features):
    """What is wrong with the ghost trace of Embassy."""
    target, _, board = PORTS["M3"]
    build(FIRMWARE, "--locked", "-p", "embassy", "--target", target, *features, profile=DESCRIBED)
    elf = TARGET / target / DESCRIBED / "embassy"
    answer = sim(bkctl, elf, board, "--ghost", recording)
    alone = sim(bkctl, elf, board)
    if (answer["cycles"], answer["text"]) != (alone["cycles"], alone["text"]):
        return f"with a ghost trace it takes {answer['cycles']} cycles, without {alone['cycles']}"
    told = [(int(time), what, name) for time, what, name in
            (line.split(maxsplit=2) for line in answer["text"]["semihosting"].splitlines())]
    stream = wire.stream(recording)
    names = dict(wire.named_task(record.fields[0]) for record in wire.records(stream) if record.head == wire.NAME)
    seen = [(event.time, event.what[0], names[event.what[1]].removeprefix("embassy::") if event.what[1:] else "")
            for event in wire.events(stream) if event.what[0] not in ("enter", "exit")]
    return polls_differ(told, seen) or (executor_differs(told, seen) if features else None)


def polls_differ(told, seen):
    """What is wrong with who was polled, and when: what the tasks noted, and the ghost's events."""
    told = [(time, what, name) for time, what, name in told if what in ("in", "out")]
    polls = [(time, name) for time, what, name in seen if what == "switch"]
    begun = [(time, name) for time, what, name in told if what == "in"]
    if [name for _, name in polls] != [name for _, name in begun]:
        return f"{len(begun)} polls by its tasks' account, {len(polls)} by the ghost's, or others"
    if len(polls) < 500:
        return f"only {len(polls)} polls"
    # The firmware's clock starts within the first one. Behind a poll nothing is told of a task that is ready again, or over.
    outs = [time for time, what, _ in told if what == "out"]
    before = [own - time for (time, _), (own, _) in zip(polls[1:], begun[1:])]
    behind = []
    for time, what, name in seen:
        if what == "block":
            poll = bisect([begin for begin, _ in polls], time) - 1
            if polls[poll][1] != name:
                return f"{name} waits at {time}, when {polls[poll][1]} was polled"
            behind.append(outs[poll] - time)
    for name, distances in (("begin", before), ("end", behind)):
        if max(distances) - min(distances) > POLL_MARGIN:
            return f"the polls' {name}s differ by {min(distances)} to {max(distances)} cycles from their tasks'"
    return None


def executor_differs(told, seen):
    """The same of what the executor told of its tasks. It is idle also where it need not sleep."""
    words = {"run": "switch", "new": "new", "ready": "ready", "end": "end", "idle": "idle"}
    own = {task: name for (_, what, task), (_, begins, name) in zip(told, told[1:]) if (what, begins) == ("run", "in")}
    told = [(words[what], own.get(name, "")) for _, what, name in told if what in words]
    seen = [(what, name) for _, what, name in seen if what in words.values()]
    at, sleeps = 0, 0
    for what in seen:
        while at < len(told) and told[at] != what and told[at] == ("idle", ""):
            at += 1
        if at == len(told) or told[at] != what:
            return f"the ghost says {what}, the executor {told[at:at + 1]} (event {at})"
        sleeps += what[0] == "idle"
        at += 1
    rest = [what for what, _ in told[at:] if what != "idle"]
    return f"the ghost misses {rest}" if rest else None if sleeps > 150 else f"only {sleeps} sleeps"


def switched(recording):
    return [event.what for event in wire.events(wire.stream(recording)) if event.what[0] in ("switch", "idle")]


if __name__ == "__main__":
    main()
