import math
import unittest

from suite.ratios import Ratio, median, paired, verdict


class Ratios(unittest.TestCase):
    def test_rounds_are_paired_before_anything_is_averaged(self):
        ratio = paired([100, 300, 250], [50, 100, 100])
        self.assertEqual(ratio.rounds, [2, 3, 2.5])
        self.assertEqual((ratio.lowest, ratio.median, ratio.highest), (2, 2.5, 3))

    def test_a_round_that_either_did_not_finish_is_left_out(self):
        self.assertEqual(paired([100, None, 200], [50, 100, 0]).rounds, [2])

    def test_nothing_measured_is_not_a_number(self):
        self.assertTrue(math.isnan(median([])))
        self.assertTrue(math.isnan(Ratio([]).median))

    def test_one_round_says_nothing_of_confidence(self):
        self.assertEqual(Ratio([1.5]).confidence(), (0.0, math.inf))
        self.assertEqual(verdict(Ratio([1.5])), "no difference shown")

    def test_the_interval_is_students_on_the_logarithms(self):
        # Of ln 1, ln 2, ln 4: mean ln 2, deviation ln 2, t of two degrees 4.303.
        low, high = Ratio([1, 2, 4]).confidence()
        reach = 4.303 / math.sqrt(3)
        self.assertAlmostEqual(math.log2(low), 1 - reach, 3)
        self.assertAlmostEqual(math.log2(high), 1 + reach, 3)

    def test_equal_rounds_leave_no_doubt(self):
        self.assertEqual(verdict(Ratio([1.1] * 5)), "faster")
        self.assertEqual(verdict(Ratio([0.9] * 5)), "slower")

    def test_noise_around_one_shows_no_difference(self):
        self.assertEqual(verdict(Ratio([0.97, 1.04, 1.01, 0.98, 1.02])), "no difference shown")

    def test_swapping_the_two_inverts_the_interval(self):
        rounds = [1.1, 1.2, 1.15, 1.18]
        low, high = Ratio(rounds).confidence()
        other_low, other_high = Ratio([1 / one for one in rounds]).confidence()
        self.assertAlmostEqual(low, 1 / other_high)
        self.assertAlmostEqual(high, 1 / other_low)


if __name__ == "__main__":
    unittest.main()
