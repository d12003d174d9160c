import unittest

from suite import tails

from .made import sample


class Tails(unittest.TestCase):
    def test_rounds_are_put_together_before_a_percentile_is_taken(self):
        # One round of three had the stall: the hundredth of all is neither its own nor that of the others.
        calm, stalled = [[1000, 1000]], [[1000, 900], [5000, 100]]
        self.assertEqual(tails.pooled([calm, stalled, calm]), [(1000, 2900), (5000, 100)])
        self.assertEqual(tails.percentiles([calm, stalled, calm])["p99_us"], 5)
        self.assertEqual(tails.percentiles([calm, calm, calm])["p99_us"], 1)

    def test_a_percentile_that_too_few_exceed_is_not_given(self):
        given = tails.percentiles([[[value * 1000, 1] for value in range(1, 1001)]])
        self.assertEqual(given, {"p50_us": 500, "p99_us": 990, "p999_us": None})
        self.assertIsNone(tails.percentiles([[[1000, 999]]])["p99_us"])

    def test_of_nothing_there_is_none(self):
        self.assertEqual(set(tails.of_samples([None]).values()), {None})
        self.assertEqual(set(tails.percentiles([]).values()), {None})

    def test_rounds_that_failed_are_left_out(self):
        self.assertEqual(tails.of_samples([sample(10_000), None, sample(10_000)])["p99_us"], 900)


if __name__ == "__main__":
    unittest.main()
