"""What clients feel of an upgrade: the reference server, half busy, quiet and then with a SIGUSR2 in the middle.

Half busy, since the new process takes time to start. It is measured pinned to one core, where the new process can only
take that time from the old one, and on all cores (the load's among them), as servers usually run.
"""

import os
import signal
import time

from . import tails
from .load import Load, ended, parse, started
from .measuring import Measuring, turned
from .processes import Failure
from .progress import say
from .ratios import Ratio, median, paired
from .report import document
from .servers.baton import Baton
from .targets import Judgement, at_most

SHARE = 0.5  # of saturation
TIMES = ("p50_us", "p99_us", "p999_us", "max_us")


def measure(measuring: Measuring, full: float) -> tuple[list[Judgement], list[dict]]:
    found = [_measure_on(measuring, round(full * SHARE, -2), spread) for spread in (False, True)]
    return [judgement for judged, _ in found for judgement in judged], [one for _, one in found]


def _measure_on(measuring: Measuring, rate: float, spread: bool) -> tuple[list[Judgement], dict]:
    where = "all cores" if spread else "one core"
    server = measuring.fleet.get("baton", demo=True, spread=spread)
    rounds_wanted, seconds = measuring.pace.tail_rounds, max(2.0, measuring.pace.tail_seconds)
    arguments = ["--connections", "64", "--path", "/plaintext", "--rate", f"{rate:g}"]
    rounds = []
    for number in range(rounds_wanted):
        pair = {upgrade: _run(measuring.load, server, seconds, arguments, upgrade)
                for upgrade in turned([False, True], number)}
        pair = [pair[False], pair[True]]
        rounds.append(pair)
        say(f"upgrade on {where}, round {number + 1} of {rounds_wanted}: p99 {pair[0]['p99_us']:.0f} us quiet, "
            f"{pair[1]['p99_us']:.0f} us with an upgrade; dip {pair[0]['dip']:.0%}, {pair[1]['dip']:.0%}")
    measuring.fleet.stop_one("baton", demo=True, spread=spread)
    quiet, during = ([pair[side] for pair in rounds] for side in (0, 1))
    p99_ratio = paired([one["p99_us"] for one in during], [one["p99_us"] for one in quiet])
    found = {"where": where, "rate": rate, "share": SHARE, "seconds": seconds, "quiet": _together(quiet),
             "during": _together(during), "upgrade_seconds": median([one["upgrade_seconds"] for one in during]),
             "p99_ratio": document.as_dict(p99_ratio)}
    for one in (*quiet, *during):
        del one["histogram"]
    return _judge(found, p99_ratio), {**found, "rounds": rounds}


def _judge(found: dict, p99_ratio: Ratio) -> list[Judgement]:
    during, where = found["during"], found["where"]
    return [at_most(f"p99 during an upgrade on {where}, times quiet, at most", p99_ratio, 2.0),
            at_most(f"biggest dip of 100 ms during an upgrade on {where} at most", during["dip"], 0.3),
            at_most(f"requests lost in upgrades on {where}", during["errors"], 0)]


def _run(load: Load, server: Baton, seconds: float, arguments: list[str], upgrade: bool) -> dict:
    took = None
    with started([*load.command(server.port, seconds, arguments), "--histogram"]) as asking:
        if upgrade:
            time.sleep(0.2 + seconds / 4)
            took = upgrade_now(server)
        status, output, words = ended(asking, seconds + 30)
    # A request that was lost makes the load's status 1, and is what this is about.
    report = parse(0 if output else status, output, words)
    return {**{what: report[what] for what in TIMES}, "dip": dip(report["windows"]), "errors": report["errors"],
            "requests": report["requests"], "histogram": report["histogram"], "upgrade_seconds": took}


def dip(windows: list[int]) -> float:
    """By how much the emptiest window falls short of the median one; the last, cut short, does not count."""
    whole = windows[:-1] if len(windows) > 2 else windows
    usual = median([float(one) for one in whole])
    return max(0.0, 1 - min(whole) / usual) if whole and usual else float("nan")


def upgrade_now(server: Baton) -> float:
    """Seconds until the new process has written the pid file. It is looked at seldom, so as not to take the load's core
    from it; the file's own time tells."""
    old = server.serving_pid()
    began = time.time()
    os.kill(old, signal.SIGUSR2)
    while server.serving_pid() in (0, old):
        if time.time() - began > 20:
            raise Failure(f"the reference server does not upgrade: {server.process.last_words()}")
        time.sleep(0.2)
    return max(0.0, server.pid_file().stat().st_mtime - began)


def _together(runs: list[dict]) -> dict:
    """Percentiles of all rounds' requests; the longest, and the biggest dip, of any round."""
    return {**tails.percentiles([one["histogram"] for one in runs]), "max_us": max(one["max_us"] for one in runs),
            "dip": max(one["dip"] for one in runs),
            "requests": sum(one["requests"] for one in runs), "errors": sum(one["errors"] for one in runs)}
