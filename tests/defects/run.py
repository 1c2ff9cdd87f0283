#!/usr/bin/env python3
"""Shows that the tests bite: each defect, as a patch to a copy of the kernel, turns its own test red and no other.

Each `NAME.patch` here is a defect that was seen in other kernels, or a mistake that the exploration of interleavings must
find (which may find others, too). README.md says which test is whose, and which defects cannot be here. The copy is made anew at each run; all is
built and run on the host. The last line is "N passed, M failed".

    run.py              all
    run.py NAME...      these
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "defects"
COPY = TARGET / "kernel"
MEMBERS = ["kernel", "kernel/abi", "kernel/arch", "kernel/core", "kernel/macros", "tests/suite"]
# Seconds for one test: a defect may make it run for ever.
PATIENCE = 20

CORE, ARCH, SUITE = "bluekernel_core", "bluekernel_arch", "suite"
# {defect: (where its test is, the test's name)}. In the suite a behaviour's name is its file's.
DEFECTS = {
    "lock_is_none": (SUITE, "critical_sections_exclude_other_threads"),
    "second_give_is_lost": (SUITE, "two_gives_before_the_first_waiter_runs_wake_both"),
    "flags_of_two_calls_do_not_meet": (SUITE, "event_flags_in_all_mode_collect_flags_from_several_calls"),
    "ready_owner_stays": (SUITE, "mutex_raises_a_ready_owner"),
    "deadlines_in_32_bits": (CORE, "tests::timer::times_beyond_32_and_63_bits_compare_rightly"),
    "counter_does_not_wrap": (ARCH, "time::counter::tests::the_time_goes_on_where_the_counter_wraps"),
    "runner_reads_no_result": (SUITE, "a_wrong_list_is_found"),
    "waiting_allocates": (SUITE, "waiting_allocates_nothing"),
    "callbacks_under_the_lock": (SUITE, "timer_callbacks_run_in_a_task"),
    "last_run_alone_counts": (SUITE, "processor_time_adds_up"),
    "idle_time_is_the_handlers": (SUITE, "processor_time_adds_up"),
    "time_out_lowers_nobody": (CORE, "tests::explore::cases::mutexes_with_inheritance"),
    "ring_is_not_seen": (CORE, "tests::explore::cases::mutexes_in_rings"),
}


def explores(test):
    """Whether a test explores all interleavings. It checks everything, and so sees many defects: it need not stay green."""
    return "::explore::" in test


def copy():
    """The crates that matter, as a workspace of their own."""
    shutil.rmtree(COPY, ignore_errors=True)
    for folder in ("kernel", "tests/suite"):
        shutil.copytree(ROOT / folder, COPY / folder, ignore=shutil.ignore_patterns("target", "inspect"))
    manifest = (ROOT / "Cargo.toml").read_text()
    members = f"members = {json.dumps(MEMBERS)}"
    manifest, count = re.subn(r"^members = \[.*?\]", members, manifest, count=1, flags=re.DOTALL | re.MULTILINE)
    # Profiles name packages that are not here.
    manifest = re.sub(r"^\[profile\.dev\.package\.(?!\"\*\").*?\n(?=\[|\Z)", "", manifest, flags=re.DOTALL | re.MULTILINE)
    manifest = re.sub(r"^exclude = .*\n", "", manifest, flags=re.MULTILINE)
    if count != 1:
        sys.exit("Cargo.toml lists no members")
    (COPY / "Cargo.toml").write_text(manifest)
    shutil.copy(ROOT / "Cargo.lock", COPY)
    for name in ("rust-toolchain.toml", "rustfmt.toml"):
        shutil.copy(ROOT / name, COPY)
    # A run that was interrupted may have left programs with a defect in them.
    for patch in HERE.glob("*.patch"):
        touch(patch)


def touch(patch):
    """What a patch changes is newer than what was built, whichever way it goes."""
    for name in re.findall(r"^\+\+\+ b/(.*)$", patch.read_text(), flags=re.MULTILINE):
        os.utime(COPY / name)


def apply(patch, *options):
    """Applies a patch to the copy. `None`, or why it does not apply."""
    # The copy lies inside of a repository, which git must not see: it would patch that one.
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(COPY.parent)}
    command = ["git", "apply", "-C1", *options, str(patch)]
    done = subprocess.run(command, cwd=COPY, env=environment, capture_output=True, text=True)
    if done.returncode:
        return done.stderr
    touch(patch)
    return None


def build():
    """{where: its test program}, and what the compiler said if it failed."""
    suite = [option for where, name in DEFECTS.values() if where == SUITE for option in ("--test", name)]
    command = ["cargo", "test", "--quiet", "--offline", "--no-run", "--message-format=json", "--lib", *suite,
               "-p", "bluekernel-core", "-p", "bluekernel-arch", "-p", "bluekernel-suite"]
    environment = os.environ | {"CARGO_TARGET_DIR": str(TARGET), "CARGO_PROFILE_DEV_DEBUG": "0"}
    done = subprocess.run(command, cwd=COPY, env=environment, capture_output=True, text=True)
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    programs = {one["target"]["name"]: one["executable"] for one in messages if one.get("executable")}
    said = "".join(one["message"].get("rendered") or "" for one in messages if one["reason"] == "compiler-message")
    return programs, (said + done.stderr if done.returncode else None)


def passes(programs, where, name):
    command = [programs[name]] if where == SUITE else [programs[where], "--exact", name]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return False
    # A name that no test has must not look like success.
    return done.returncode == 0 and "1 passed" in done.stdout


def results(told):
    """{test: whether it passes}; `None` if the copy does not compile."""
    programs, said = build()
    if said:
        told.append(said)
        return None
    return {test: passes(programs, *test) for test in DEFECTS.values()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="run these defects only")
    names = parser.parse_args().names or list(DEFECTS)
    for name in names:
        if name not in DEFECTS:
            sys.exit(f"there is no defect {name!r}; there are: {', '.join(DEFECTS)}")
    begun = time.monotonic()
    rows, told = [], []

    strangers = sorted({patch.stem for patch in HERE.glob("*.patch")} ^ set(DEFECTS))
    copy()
    sound = results(told)
    red = [name for (_, name), passed in (sound or {}).items() if not passed]
    rows.append(("(none)", "all", "-", "yes" if sound and not red else "NO", bool(sound) and not red and not strangers))
    told += [f"without any defect {name} fails\n" for name in red]
    told += [f"{name}: a patch without a test, or a test without a patch\n" for name in strangers]

    for name in names if rows[0][-1] else []:
        patch, (_, test) = HERE / f"{name}.patch", DEFECTS[name]
        refused = apply(patch)
        if refused:
            told.append(f"{name}.patch does not apply any more; make it anew:\n{refused}")
            rows.append((name, test, "-", "-", False))
            continue
        passed = results(told)
        refused = apply(patch, "--reverse")
        if refused:
            sys.exit(refused)
        if passed is None:
            rows.append((name, test, "does not compile", "-", False))
            continue
        others = [other for (_, other), green in passed.items() if not green and other != test and not explores(other)]
        told += [f"{name} turns {other} red, too\n" for other in others]
        is_red = not passed[DEFECTS[name]]
        rows.append((name, test, "red" if is_red else "GREEN", "green" if not others else "RED", is_red and not others))

    rows.insert(0, ("defect", "its test", "is", "the others are", True))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths)).rstrip())
    print("".join(told), end="")
    passed = sum(row[-1] for row in rows[1:])
    print(f"{time.monotonic() - begun:.0f} s")
    print(f"{passed} passed, {len(rows) - 1 - passed} failed")
    sys.exit(passed != len(rows) - 1)


if __name__ == "__main__":
    main()
