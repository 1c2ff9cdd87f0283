"""The check's own test, on a crate with one mistake of each kind: `python3 -m unittest discover tests/rustdoc`."""

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import check
from items import Crate
from panics import Source

SAMPLE = Path(__file__).with_name("sample.rs")
CONTEXTS = check.ROOT / "kernel/src/contexts.rs"


class EachMistakeIsSeen(unittest.TestCase):
    def setUp(self):
        with tempfile.TemporaryDirectory() as folder:
            command = ["rustdoc", SAMPLE, "--edition", "2024", "--out-dir", folder, "-Z", "unstable-options",
                       "--output-format", "json"]
            subprocess.run(command, cwd=check.ROOT, env=os.environ | {"RUSTC_BOOTSTRAP": "1"}, check=True)
            self.crate = Crate(json.loads(Path(folder, "sample.json").read_text()))
        documentation = re.sub(r"^//! ?", "", CONTEXTS.read_text(), flags=re.MULTILINE)
        self.sentences = check.sentences(documentation)
        self.check = check.Check(self.crate, self.sentences, Source([SAMPLE]))

    def test_and_nothing_else(self):
        lines = SAMPLE.read_text().splitlines()
        expected = {number: line.partition("complaint: ")[2] for number, line in enumerate(lines) if "// complaint: " in line}
        for item in self.crate.items.values():
            complaints = list(self.check.complaints(item))
            # Between the complaint and the item are only its documentation and its attributes.
            start = item.lines.start - 2
            while start > 0 and re.match(r"\s*(///|#\[)", lines[start]):
                start -= 1
            wanted = expected.pop(start, None)
            if wanted is None:
                self.assertEqual(complaints, [], item.path)
            else:
                self.assertEqual(len(complaints), 1, (item.path, complaints))
                self.assertIn(wanted, complaints[0], item.path)
        self.assertEqual(expected, {})

    def test_the_sentences_are_those_of_the_table(self):
        self.assertEqual(len(self.sentences), 8)
        self.assertEqual({sentence.waits for sentence in self.sentences if sentence.section}, {True})
        self.assertEqual({sentence.waits for sentence in self.sentences if not sentence.section}, {False})


if __name__ == "__main__":
    unittest.main()
