import unittest
from argparse import Namespace
from pathlib import Path

from suite.__main__ import select
from suite.processes import Failure
from suite.revisions import between, table
from suite.workloads import all_workloads

from .made import outcome, result


class Revisions(unittest.TestCase):
    def test_the_second_revision_stands_where_baton_does(self):
        workload = next(one for one in all_workloads(True, "log") if one.key == "idle")
        made = between(workload, [Path("a"), Path("b")], demo=False)
        self.assertEqual([(one.label, one.settings["tree"]) for one in made.contestants],
                         [("second", Path("b")), ("first", Path("a"))])
        self.assertIn("options", made.contestants[0].settings)  # what the workload needs, both have

    def test_a_difference_beyond_the_noise_is_claimed_in_rate_and_processor_time(self):
        text = table([result("json", outcome("second", 120, 121, 119, cpu=4), outcome("first", 100, 101, 99, cpu=5))])
        self.assertEqual(text.count("faster"), 2)
        self.assertIn("1.250 (1.250–1.250)", text)

    def test_one_that_did_not_run_claims_nothing(self):
        text = table([result("json", outcome("second", 120, 121), outcome("first", None, None, failure="gone"))])
        self.assertNotIn("faster", text)


class Choosing(unittest.TestCase):
    def test_workloads_are_chosen_by_name(self):
        chosen = Namespace(workload="json,upgrade", against=["nginx"])
        kept = select(chosen, all_workloads(True, "log"))
        self.assertEqual([one.key for one in kept], ["json"])
        self.assertEqual([one.label for one in kept[0].contestants], ["baton", "nginx"])

    def test_a_name_that_is_none_is_refused(self):
        with self.assertRaisesRegex(Failure, "nonsense"):
            select(Namespace(workload="nonsense", against=[]), all_workloads(True, "log"))


if __name__ == "__main__":
    unittest.main()
