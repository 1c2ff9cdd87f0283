#!/usr/bin/env python3
"""Whether the documentation of each public item of the kernel says what its reader must know:

* may it wait, and where may it be called? In one of the sentences of the table in kernel/src/contexts.rs, and in no two.
  A `const fn` computes and says nothing; but those that are `try_...` never wait, and those with a `timeout` say what no
  time does. Macros say it like functions.
* which unit has a number that means a time? (`Duration` and `Instant` say it themselves.)
* which features does the kernel have? In the table of the crate's own documentation.
* `# Errors` if there is a `Result`, and only then; `# Panics` if it can panic (panics.py says how far that is seen).

What a trait demands is documented with the trait. The items are those that rustdoc shows on the host with all features; it
writes them as JSON, which the pinned toolchain can, but does not promise: so the format is that of one version.
The last line is "N passed, M failed"; each item is one.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from items import Crate
from panics import Source

ROOT = Path(__file__).resolve().parents[2]
# Of rustdoc's JSON, in rust-toolchain.toml's version.
FORMAT = 57
SENTENCE = re.compile(r"^\| (`# Panics`|above) \| ([^|]+) \| (yes|no) \|", re.MULTILINE)
REFERENCE = re.compile(r"\bas (\[`[^\]]+\](?:\([^)]+\))?)")
NO_TIME = re.compile(r"\bno time [\w ,]*\b(does not wait|returns at once)\b")
MEANS_TIME = re.compile(r"(^|_)(nanos|micros|millis|secs|ns|us|ms|ticks?|cycles|time|timeout|duration|period|delay|deadline|age)(_|$)")
UNIT = re.compile(r"\b(nano|micro|milli)?seconds?\b|\bticks?\b|\bcycles?\b")
# Functions with a panic that cannot happen, and why.
NEVER = {
    "Watch::read": "the value is borrowed for a change only while it is moved, under the lock",
    "Watch::get": "as Watch::read",
}
NUMBERS = {f"{sign}{bits}" for sign in "iu" for bits in ("8", "16", "32", "64", "128", "size")}


@dataclass(frozen=True)
class Sentence:
    """A way to say where a function may be called, and whether it may wait. `section` is the heading it stands below."""
    section: str
    text: str
    waits: bool


def sentences(contexts):
    """Those of the table in the documentation of the module `contexts`."""
    return [Sentence("Panics" if "Panics" in place else "", text.lower(), waits == "yes")
            for place, text, waits in SENTENCE.findall(contexts)]


def holds(type_, wanted):
    """Whether a type has a part of which `wanted` is true."""
    if isinstance(type_, dict):
        return wanted(type_) or any(holds(part, wanted) for part in type_.values())
    return isinstance(type_, list) and any(holds(part, wanted) for part in type_)


def is_result(part):
    return part.get("path") in ("Result", "core::result::Result", "fmt::Result")


def is_number(part):
    return part.get("primitive") in NUMBERS


class Check:
    """What is missing, item by item."""

    def __init__(self, crate, sentences, source):
        self.crate, self.sentences, self.source = crate, sentences, source

    def complaints(self, item):
        if item.kind == "function":
            yield from self.of_time(item, [*item.inputs, (item.name.removesuffix("_timeout"), item.output)])
            yield from self.of_errors(item)
            yield from self.of_panics(item)
        if item.kind in ("function", "macro") and not item.is_const:
            yield from self.of_context(item)
        if item.type:
            yield from self.of_time(item, [(item.name, item.type)])

    def said(self, item):
        """The sentences in its documentation, its own and those that `# Panics` refers to."""
        found = [sentence for sentence in self.sentences if sentence.text in (item.section(sentence.section) or "")]
        for reference in REFERENCE.findall(item.section("Panics") or ""):
            for other in self.crate.linked(item, reference):
                found += [sentence for sentence in self.said(other) if sentence.section]
        return found

    def of_context(self, item):
        said = self.said(item)
        waits = {sentence.waits for sentence in said}
        if not said:
            yield "none of the sentences in kernel/src/contexts.rs says whether it may wait, and where it may be called"
        elif len(waits) > 1:
            yield "it may wait and does not: " + "; ".join(sentence.text for sentence in said)
        elif waits == {True} and not re.search(r"\bwaits?\b", item.section("")):
            yield "it may wait, and the text above `# Panics` does not say for what"
        elif waits == {True} and item.name.startswith("try_"):
            yield "a function that is called try_... must not wait"
        if any(name == "timeout" for name, _ in item.inputs) and not NO_TIME.search(item.section("")):
            yield "it does not say that no time does not wait"

    def of_time(self, item, values):
        for name, type_ in values:
            if MEANS_TIME.search(name) and holds(type_, is_number) and not UNIT.search(item.docs.lower()):
                yield f"`{name}` is a number that means a time, and has no unit"

    def of_errors(self, item):
        told = item.section("Errors") is not None
        if told != holds(item.output, is_result):
            yield "`# Errors`, and no `Result`" if told else "a `Result`, and no `# Errors`"

    def of_panics(self, item):
        told = item.section("Panics") is not None
        can = self.source.can_panic(item.file, item.name, item.lines)
        never = item.path.partition("::")[2] in NEVER
        if can and not told and not never:
            yield "it can panic, and there is no `# Panics`"
        if never and (told or not can):
            yield "this program calls its panic one that cannot happen: there is none, or it is told"


def document():
    """The kernel's documentation as JSON. In a target folder of its own: for the compiler it is another configuration."""
    target = ROOT / "target/rustdoc"
    command = ["cargo", "rustdoc", "--quiet", "--package", "bluekernel", "--all-features", "--locked", "--",
               "-Z", "unstable-options", "--output-format", "json", "-A", "rustdoc::private-intra-doc-links"]
    environment = os.environ | {"RUSTC_BOOTSTRAP": "1", "CARGO_TARGET_DIR": str(target)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return json.loads((target / "doc/bluekernel.json").read_text())


def features():
    """The kernel's, without `default`."""
    manifest = tomllib.loads((ROOT / "kernel/Cargo.toml").read_text())
    return [name for name in manifest["features"] if name != "default"]


def main():
    documentation = document()
    if documentation["format_version"] != FORMAT:
        sys.exit(f"rustdoc's JSON has format {documentation['format_version']}, and this program reads {FORMAT}")
    crate = Crate(documentation)
    files = [file.relative_to(ROOT) for folder in ("src", "core/src") for file in (ROOT / "kernel" / folder).glob("**/*.rs")
             if "tests" not in file.parts]
    os.chdir(ROOT)
    contexts = next(item for item in crate.items.values() if item.path == "bluekernel::contexts")
    check = Check(crate, sentences(contexts.docs), Source(files))
    failed = 0
    for item in crate.items.values():
        complaints = list(check.complaints(item))
        failed += bool(complaints)
        for complaint in complaints:
            print(f"FAILED  {item.path} ({item.file}:{item.lines.start}): {complaint}")
    told = re.findall(r"^\| `([\w-]+)` \|", crate.docs, re.MULTILINE)
    if sorted(told) != sorted(features()):
        failed += 1
        print(f"FAILED  the features in kernel/src/lib.rs are {told}, those in kernel/Cargo.toml {features()}")
    print(f"{len(crate.items) + 1 - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
