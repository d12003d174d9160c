import contextlib
import io
import unittest

from suite import balance, command_line, load, move, syscalls, upgrade
from suite.__main__ import pace_of
from suite.measuring import turned
from suite.processes import Failure
from suite.workloads import all_workloads

STRACE = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 53.21    0.051234           2     20100           sendto
 40.10    0.040000           2     20300       200 recvfrom
  6.69    0.006000           5       400           epoll_wait
------ ----------- ----------- --------- --------- ----------------
100.00    0.097234           2     40800       200 total
"""


class Measuring(unittest.TestCase):
    def test_who_goes_first_changes_with_the_rounds(self):
        self.assertEqual([turned(["a", "b", "c"], number)[0] for number in range(4)], ["a", "c", "a", "c"])

    def test_calls_are_read_with_and_without_errors(self):
        self.assertEqual(syscalls.parse(STRACE), {"sendto": 20100, "recvfrom": 20300, "epoll_wait": 400})

    def test_what_connections_cost_drops_out_of_calls_per_request(self):
        short = ({"accept4": 64, "recvfrom": 1000, "sendto": 1000}, 1000)
        long = ({"accept4": 64, "recvfrom": 5000, "sendto": 3000}, 3000)
        self.assertEqual(syscalls.per_request(short, long), {"recvfrom": 2.0, "sendto": 1.0})

    def test_a_longer_run_that_did_less_says_nothing(self):
        self.assertEqual(syscalls.per_request(({"sendto": 9}, 9), ({"sendto": 8}, 8)), {})

    def test_a_load_that_failed_says_why(self):
        with self.assertRaisesRegex(Failure, "connection reset"):
            load.parse(1, "{}", "first\nconnection reset\n")
        with self.assertRaisesRegex(Failure, "no report"):
            load.parse(0, "", "")

    def test_the_report_of_the_move_is_found_among_other_words(self):
        self.assertEqual(move.parse(0, 'configuration ok\n{"moved": 9}\n', "")["moved"], 9)
        with self.assertRaisesRegex(Failure, "does not start"):
            move.parse(1, "", "first\nidle: the server does not start")

    def test_a_report_without_requests_is_no_sample(self):
        with self.assertRaisesRegex(Failure, "no request"):
            load.sample_of({"requests": 0})

    def test_sessions_that_were_not_resumed_are_not_measured_as_resumed(self):
        load._check_resumed({"handshakes": 1000, "resumed": 930}, 64)
        with self.assertRaisesRegex(Failure, "only 100 of 1000"):
            load._check_resumed({"handshakes": 1000, "resumed": 100}, 64)

    def test_what_is_measured_for_its_tail_takes_longer_unless_it_is_quick(self):
        def pace(*words):
            made = pace_of(command_line.parse([*words, "--root", ".", "--binaries", "."]))
            return made.rounds, made.seconds, made.tail_rounds, made.tail_seconds
        self.assertEqual(pace("--rounds", "3", "--seconds", "0.45"), (3, 0.45, 7, 1))
        self.assertEqual(pace("--rounds", "9", "--seconds", "2"), (9, 2, 9, 2))
        self.assertEqual(pace("--quick"), (3, 0.3, 2, 0.6))

    def test_the_spread_is_of_the_mean(self):
        self.assertAlmostEqual(balance.spread([250, 240, 260, 250]), 0.08)
        self.assertEqual(balance.spread([0, 0]), 0.0)

    def test_the_dip_is_that_of_the_emptiest_whole_window(self):
        self.assertAlmostEqual(upgrade.dip([100, 100, 70, 130, 100, 3]), 0.3)
        self.assertEqual(upgrade.dip([100, 100, 100]), 0)

    def test_baton_is_the_first_of_every_workload_and_no_name_comes_twice(self):
        workloads = all_workloads(False, "log")
        self.assertEqual({one.contestants[0].label for one in workloads}, {"baton"})
        self.assertEqual(len({one.key for one in workloads}), len(workloads))
        for one in workloads:
            self.assertEqual(len({each.label for each in one.contestants}), len(one.contestants), one.key)

    def test_what_is_traced_has_no_crowd(self):
        idle = next(one for one in all_workloads(False, "log") if one.key == "idle")
        fan_out = next(one for one in all_workloads(False, "log") if one.key == "fan-out")
        self.assertEqual(idle.without_crowd().arguments, ())
        self.assertEqual(fan_out.without_crowd().connections, 64)
        self.assertEqual(fan_out.without_crowd().arguments, ("--events",))

    def test_against_keeps_baton_and_those_named(self):
        kept = all_workloads(True, "log")[0].against({"go"})
        self.assertEqual([one.label for one in kept.contestants], ["baton", "go"])

    def test_a_part_of_a_run_is_not_published(self):
        with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
            command_line.parse(["--publish", "--workload", "json", "--root", ".", "--binaries", "."])

    def test_numbers_that_are_none_are_refused(self):
        for words in (["--seconds", "nan"], ["--seconds", "inf"], ["--seconds", "x"], ["--rounds", "0"],
                      ["--rounds", "1.5"]):
            with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()) as said:
                command_line.parse([*words, "--root", ".", "--binaries", "."])
            self.assertIn("error: argument", said.getvalue())

    def test_quick_is_short_unless_told_otherwise(self):
        chosen = command_line.parse(["--quick", "--seconds", "2", "--root", ".", "--binaries", "."])
        self.assertEqual((chosen.rounds, chosen.seconds), (3, 2))


if __name__ == "__main__":
    unittest.main()
