import unittest

from suite.summary import Summary
from suite.targets import at_least, at_most, judge_ratios

from .made import outcome, result


def judgement(judged, text):
    return next(one for one in judged if text in one.text)


class Targets(unittest.TestCase):
    def judge(self, baton):
        return judge_ratios(Summary([result("plaintext", outcome("baton", baton, baton), outcome("nginx", 100, 100))]))

    def test_a_median_ratio_of_the_bound_meets_it(self):
        self.assertIs(judgement(self.judge(122), "plaintext, beside nginx").met, True)

    def test_a_ratio_below_the_bound_is_a_miss(self):
        self.assertIs(judgement(self.judge(121), "plaintext, beside nginx").met, False)

    def test_what_was_not_measured_is_neither_met_nor_missed(self):
        self.assertIsNone(judgement(self.judge(122), "plaintext, beside Go").met)

    def test_a_contestant_that_failed_is_not_measured(self):
        failed = result("plaintext", outcome("baton", 100), outcome("nginx", None, failure="it fell over"))
        self.assertIsNone(judgement(judge_ratios(Summary([failed])), "plaintext, beside nginx").met)

    def test_bounds_hold_from_either_side(self):
        self.assertTrue(at_least("", 1.0, 1.0).met)
        self.assertFalse(at_most("", 1.01, 1.0).met)
        self.assertIsNone(at_most("", float("nan"), 1.0).met)

    def test_where_the_rate_is_given_processor_time_is_compared(self):
        fan_out = result("fan-out", outcome("baton", 100, cpu=2), outcome("go", 100, cpu=8), by="cpu")
        self.assertEqual(Summary([fan_out]).ratio("fan-out", "go").median, 4)

    def test_a_target_says_that_processor_time_is_compared(self):
        close = result("close", outcome("baton", 100, cpu=2), outcome("nginx", 90, cpu=3), by="cpu")
        judged = judgement(judge_ratios(Summary([close])), "close, beside nginx in processor time")
        self.assertEqual((judged.value, judged.met), (1.5, True))
        self.assertNotIn("processor", self.judge(122)[0].text)


if __name__ == "__main__":
    unittest.main()
