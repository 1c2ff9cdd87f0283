#!/usr/bin/env python3
"""What is off or unused costs nothing: the minimal image has the size that sizes.json says, to the byte, and the same
size with a kernel whose trace hooks are not there at all.

Nothing of the machine that builds an image is in it: no path, no time. A change that alters a size writes the file anew
(--overwrite), and its difference shows by how much. The last line is "N passed, M failed".
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from check import ELVES, FIRMWARE, ROOT, TARGET, build

sys.path.insert(0, str(ROOT / "tests/bench"))
import bench

GOLDEN = FIRMWARE / "sizes.json"
IMAGES = {"minimal": [], "minimal, tracing on": ["--features", "trace"],
          "minimal, tracing the least": ["--features", "trace-least"]}
# A hook, as a statement on a line of its own.
HOOK = re.compile(r"^ *trace::\w+\(.*\);\n", re.MULTILINE)


def size(elf):
    return dict(zip(("flash", "ram"), bench.memory(elf)))


def without_hooks(scratch):
    """The size of the minimal image with a copy of the kernel that has no hooks, and how many there were."""
    tracked = bench.run(["git", "ls-files", "kernel", "boards/support", "tests/firmware", "tests/suite"], cwd=ROOT)
    for name in tracked.splitlines():
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, scratch / name)
    # Only the workspace's members that were copied.
    member = re.compile(r'^    "(.*)",\n', re.MULTILINE)
    manifest = member.sub(lambda line: line[0] if (scratch / line[1]).exists() else "", (ROOT / "Cargo.toml").read_text())
    (scratch / "Cargo.toml").write_text(manifest)
    hooks = 0
    for file in (scratch / "kernel/src").rglob("*.rs"):
        if "trace" not in file.relative_to(scratch / "kernel/src").parts:
            text, removed = HOOK.subn("", file.read_text())
            file.write_text(text)
            hooks += removed
    bench.run(["cargo", "build", "--release", "--locked", "-p", "minimal"], cwd=scratch / "tests/firmware",
              env=os.environ | {"CARGO_TARGET_DIR": str(TARGET / "without-hooks")})
    return size(TARGET / "without-hooks/thumbv7m-none-eabi/release/minimal"), hooks


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--overwrite", action="store_true", help="write sizes.json as it is now")
    options = parser.parse_args()

    sizes = {}
    for name, features in IMAGES.items():
        build(FIRMWARE, "--locked", "-p", "minimal", *features)
        sizes[name] = size(ELVES / "minimal")
    if options.overwrite:
        GOLDEN.write_text(json.dumps(sizes, indent=2) + "\n")
    golden = json.loads(GOLDEN.read_text())

    results = []
    for name, now in sizes.items():
        results.append(golden.get(name) == now)
        print(f"{'ok' if results[-1] else 'FAILED'}  {name}: {now}, {GOLDEN.name} says {golden.get(name)}")
    with tempfile.TemporaryDirectory() as scratch:
        bare, hooks = without_hooks(Path(scratch))
    results.append(hooks > 0 and bare == sizes["minimal"])
    print(f"{'ok' if results[-1] else 'FAILED'}  minimal, {hooks} trace hooks taken out of the kernel: {bare}")
    print(f"{sum(results)} passed, {results.count(False)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
