"""The page's generator: `python3 -m unittest discover tests/fidelity`."""

import tempfile
import unittest
from pathlib import Path

import page
import parts

ROW = """
[[row]]
group = "Exceptions"
feature = "Tail-chaining"
cores = ["cortex-m3", "cortex-m4f"]
manual = "Arm DDI 0403E, B1.5.12"
tests = ["cpu::exceptions::tail_chaining", "bksim::cpu::tests::entry"]
note = "6 | cycles"
"""

LOG = """\
   Compiling bksim v0.1.0
     Running unittests src/lib.rs (target/debug/deps/bksim-6cb0d1ab3b7dbb2c)

running 2 tests
test cpu::tests::entry ... ok
test cpu::tests::panics - should panic ... ok
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.50s

     Running tests/cpu/main.rs (/somewhere/else/target/debug/deps/cpu-00b0d1ab3b7dbb2c)
test exceptions::tail_chaining ... ok
test exceptions::late_arrival ... FAILED
"""


def rows(*texts):
    """The rows of files with these contents."""
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            Path(folder, f"{number}.toml").write_text(text)
        return page.read_rows(Path(folder))


class Results(unittest.TestCase):
    def test_names_are_those_of_programs_and_tests(self):
        self.assertEqual(page.read_results(LOG), {
            "bksim::cpu::tests::entry": True,
            "bksim::cpu::tests::panics": True,
            "cpu::exceptions::tail_chaining": True,
            "cpu::exceptions::late_arrival": False,
        })

    def test_a_log_without_programs_or_results_is_refused(self):
        for log, words in [("test a ... ok\n", "2>&1"), ("", "no test results"), ("error: could not compile", "no test")]:
            with self.assertRaisesRegex(page.Wrong, words):
                page.read_results(log)


class Rows(unittest.TestCase):
    def test_what_is_wrong_with_a_row_is_said(self):
        for old, new, words in [
            ('group = "Exceptions"', "", "0.toml, row 1 .Tail-chaining.: `group` is missing"),
            ('group = "Exceptions"', 'group = ""', "`group` is empty"),
            ('note = "6', 'nota = "6', "`nota` is not known"),
            ('["cortex-m3", "cortex-m4f"]', '"cortex-m3"', "`cores` must be a list of texts"),
            ('["cortex-m3", "cortex-m4f"]', "[]", "`cores` is empty"),
            ('"cortex-m3"', '"cortex-m9"', "there is no core `cortex-m9`"),
            ('"bksim::cpu::tests::entry"', "7", "`tests` must be a list of texts"),
            ('"bksim::cpu::tests::entry"', '"cpu::exceptions::tail_chaining"', "named twice"),
            ("[[row]]", "[row", "0.toml: "),
            ("[[row]]", "[[raw]]", "`raw` is not known"),
        ]:
            with self.assertRaisesRegex(page.Wrong, words):
                rows(ROW.replace(old, new))

    def test_a_test_that_is_not_there_is_told_with_one_of_the_same_name(self):
        results = page.read_results(LOG)
        self.assertEqual(page.missing(rows(ROW), results), [])
        told = page.missing(rows(ROW.replace("cpu::exceptions", "serve::exceptions")), results)
        self.assertEqual(told, ["0.toml: Tail-chaining: there is no test serve::exceptions::tail_chaining; "
                                "cpu::exceptions::tail_chaining?"])


class Page(unittest.TestCase):
    def text(self, *texts):
        return page.page(rows(*texts), page.read_results(LOG), [])

    def test_a_row_that_is_shown(self):
        text = self.text(ROW)
        self.assertIn("## Exceptions\n\n| | M3 | M4F | Manual | Tests | |\n|---|:-:|:-:|---|--:|---|\n", text)
        self.assertIn("| Tail-chaining | ● | ● | Arm DDI 0403E, B1.5.12 | 2 | 6 \\| cycles |\n", text)

    def test_a_row_without_a_passing_test_is_not_modelled(self):
        for tests in ["[]", '["cpu::exceptions::late_arrival"]', '["cpu::exceptions::gone"]']:
            text = self.text(ROW.replace('["cpu::exceptions::tail_chaining", "bksim::cpu::tests::entry"]', tests))
            self.assertIn("| Tail-chaining | – | – | Arm DDI 0403E, B1.5.12 |  | *not modelled*: 6 \\| cycles |", text)

    def test_groups_have_an_order_and_rows_of_several_files_meet(self):
        second = ROW.replace("Tail-chaining", "Late arrival").replace('"cortex-m3", "cortex-m4f"', '"cortex-m0"')
        text = self.text(ROW.replace("Exceptions", "nRF51"), ROW, second)
        self.assertLess(text.index("## Exceptions"), text.index("## nRF51"))
        self.assertIn("| Tail-chaining |  | ● | ● |", text)
        self.assertIn("| Late arrival | ● |  |  |", text)


class Judges(unittest.TestCase):
    def test_results_are_in_the_order_of_the_cores(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(page.judges(Path(folder)), [])
            for name, core in [("a", "rv64gc"), ("b", "cortex-m3")]:
                Path(folder, f"{name}.json").write_text(
                    '{"profile": "p", "core": "%s", "judge": "QEMU 7.2, machine m", "first_seed": 1, "found": {'
                    '"sequences": 1000000, "faults": 9, "interrupted": 5, "known": {"x": 2}, "different": []}}' % core)
            lines = page.judges(Path(folder))
        self.assertEqual(lines[-3:], ["| M3 | QEMU 7.2, machine m | 1,000,000 | 9 | 5 | 0 | 2 |",
                                      "| RV64GC | QEMU 7.2, machine m | 1,000,000 | 9 | 5 | 0 | 2 |", ""])


class Parts(unittest.TestCase):
    def test_each_core_has_its_rows_and_tests(self):
        second = ROW.replace('"bksim::cpu::tests::entry"', '"cpu::exceptions::gone"')
        self.assertEqual(parts.cores(rows(ROW, second), page.read_results(LOG)),
                         {"cortex-m3": (1, 2), "cortex-m4f": (1, 2)})

    def test_a_part_counts_its_tests_by_name(self):
        results = {"cpu::engines::cortex_m7f::equal": True, "cpu::garbage::jumps": False, "serve::seek::back": True,
                   "cpu::time::engine": True}
        self.assertEqual(list(parts.parts(results).values()), [(1, 1), (0, 0), (1, 1), (0, 1)])


if __name__ == "__main__":
    unittest.main()
