import json
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

from suite.processes import Failure
from suite.report import charts, document, pages, tables, words
from suite.summary import Summary
from suite.targets import judge_ratios

from .made import about, outcome, result

UPGRADE = {"rate": 50000, "where": "one core", "p99_ratio": {"median": 1.5, "lowest": 1.2, "highest": 1.9, "rounds": 3},
           "quiet": {"p50_us": 50, "p99_us": 100, "p999_us": 200, "max_us": 300, "dip": 0.01, "errors": 0},
           "during": {"p50_us": 50, "p99_us": 150, "p999_us": 900, "max_us": 3000, "dip": 0.1, "errors": 0}}
MOVE = {"wanted": 100000, "connections": 19800, "bytes_each_quiet": 896, "moved": 19808, "move_s": 0.065, "lost": 0,
        "old_peak_kb": 31100, "new_kb": 28284, "others_quiet_ms": {"max": 0.17}, "others_meanwhile_ms": {"max": 21.02},
        "others_lost": 0}
CURVE = {"key": "routes", "title": "routes", "unit": "", "rate_title": "requests a second", "x": [10, 100, 1000],
         "lines": [{"label": "baton", "name": "Baton", "rate": [900, 890, None], "p99_us": [9, 10, None]}]}


def made(**more) -> dict:
    results = [result("plaintext", outcome("baton", 200, 220, 210), outcome("nginx", 100, 100, 100),
                      outcome("h2o", None, failure="the load failed: reset")),
               result("websocket", outcome("baton", 50, 50, 50))]
    return document.document(about(), results, judge_ratios(Summary(results)), {"curves": [CURVE], "upgrade": [UPGRADE], **more})


class Reports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_the_document_keeps_every_round_and_survives_its_file(self):
        document.write(made(), self.folder / "results.json")
        read = document.read(self.folder / "results.json")
        nginx = read["workloads"][0]["contestants"][1]
        self.assertEqual(nginx["ratio"]["median"], 2.1)
        self.assertEqual([one["rate"] for one in nginx["rounds"]], [100, 100, 100])
        self.assertEqual(pages.page(read), pages.page(made()))

    def test_nothing_in_the_file_is_not_a_number(self):
        document.write(made(latency=float("nan")), self.folder / "results.json")
        json.loads((self.folder / "results.json").read_text(), parse_constant=self.fail)

    def test_the_cost_of_the_access_log_is_said(self):
        self.assertEqual(tables.access_log(made()), "")
        log = result("access-log", outcome("baton", 90, 90, cpu=6), outcome("baton-without", 100, 100, cpu=4))
        said = tables.access_log(document.document(about(), [log], [], {}))
        self.assertIn("0.90 (0.90–0.90) of the rate", said)
        self.assertIn("1.50 times the processor", said)

    def test_a_server_that_failed_is_shown_with_the_reason(self):
        self.assertIn("not measured: the load failed: reset", tables.workloads(made()))

    def test_a_missing_server_is_named_on_the_page_and_the_terminal(self):
        for text in (pages.page(made()), pages.terminal(made())):
            self.assertIn("h2o was not measured: not installed", text)

    def test_a_machine_that_others_used_is_called_so(self):
        quiet = made()
        self.assertNotIn("not quiet", pages.terminal(quiet))
        quiet["machine"]["busy_after"] = 0.4
        self.assertIn("others used up to 40%", pages.terminal(quiet))

    def test_a_miss_is_shown_as_one(self):
        self.assertIn("**missed**", words.verdict(False))
        self.assertIn("met", tables.targets(made()))
        self.assertIn("not measured", tables.targets(made()))

    def test_every_line_of_a_table_has_as_many_cells_as_its_head(self):
        for text in (tables.workloads(made()), tables.overview(made()), tables.targets(made()), tables.upgrade(made()),
                     tables.move(made(move=MOVE))):
            self.assertEqual(len({line.count("|") for line in text.splitlines()}), 1, text)

    def test_fewer_connections_than_wanted_are_explained(self):
        self.assertIn("19,800 (of 100,000: the limit of open files)", pages.section(made(move=MOVE), "there"))
        self.assertNotIn("limit", tables.move(made(move=MOVE | {"wanted": 19800})))
        self.assertEqual(tables.move(made()), "")

    def test_the_charts_are_sound_xml_and_small(self):
        charts.write(made(), self.folder)
        for name in ("ratios.svg", "curves.svg"):
            text = (self.folder / name).read_text()
            xml.fromstring(text)
            self.assertLess(len(text), 150_000)

    def test_a_run_that_compared_nothing_has_no_chart(self):
        charts.write(document.document(about(), [], [], {}), self.folder)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_the_readme_changes_between_its_markers_alone(self):
        readme = self.folder / "README.md"
        readme.write_text(f"before\n{pages.BEGIN}\nold\n{pages.END}\nafter\n")
        pages.put_into(readme, r"new \1")
        self.assertEqual(readme.read_text(), f"before\n{pages.BEGIN}\nnew \\1\n{pages.END}\nafter\n")

    def test_a_readme_without_markers_is_refused(self):
        readme = self.folder / "README.md"
        readme.write_text("nothing\n")
        self.assertRaises(Failure, pages.put_into, readme, "new")

    def test_figures_have_the_digits_they_bear(self):
        self.assertEqual([words.count(x) for x in (171204.4, 12.51, None)], ["171,204", "12.5", "–"])
        self.assertEqual([words.micros(x) for x in (5.812, 812.4, 12_345, 2e6)], ["5.81 µs", "812 µs", "12.3 ms", "2 s"])
        self.assertEqual([words.size(x) for x in (413, 14_950, 1 << 30)], ["413 B", "14.6 KiB", "1 GiB"])
        self.assertEqual([words.ratio(x) for x in (1.2249, 15.13)], ["1.22", "15.1"])


if __name__ == "__main__":
    unittest.main()
