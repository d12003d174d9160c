"""The options of test/bench/run."""

import argparse
from pathlib import Path

from .servers import PEERS

# What there is beside the workloads.
PARTS = ("latency", "upgrade", "memory", "move", "slow", "balance", "opinions", "curves")


def parse(arguments: list[str]) -> argparse.Namespace:
    made = argparse.ArgumentParser(
        prog="test/bench/run", allow_abbrev=False,
        description="Measures Baton beside other servers, in turns, on pinned cores.",
        epilog=f"PEER: {' '.join(PEERS)}. PART: {' '.join(PARTS)}, or a workload's name; --list shows them.")
    made.add_argument("--quick", action="store_true", help="fewer and shorter rounds, smaller crowds: about 5 minutes")
    made.add_argument("--against", metavar="PEER,...", help="Baton and these servers alone")
    made.add_argument("--workload", metavar="PART,...", help="these workloads and parts alone")
    made.add_argument("--rounds", type=_positive(int), metavar="N",
                      help="5 (3 of servers other than nginx and the bare loop); quick: 3 and 1; at least 7 for "
                           "latencies at given rates and upgrades, quick: 2")
    made.add_argument("--seconds", type=_positive(float), metavar="S",
                      help="of a server's turn: 1; quick: 0.3; latencies at least 1, quick: 0.6; upgrades at least 2")
    made.add_argument("--list", action="store_true", help="show workloads and servers, and measure nothing")
    made.add_argument("--output", type=Path, metavar="DIR", help="where report and charts go: build/bench")
    made.add_argument("--publish", action="store_true", help="into test/bench/report and the README")
    made.add_argument("--render", type=Path, metavar="JSON", help="measure nothing: make the report of this file again")
    made.add_argument("--revisions", nargs=2, metavar=("A", "B"), help="compare two revisions of Baton")
    made.add_argument("--root", type=Path, required=True, help=argparse.SUPPRESS)
    made.add_argument("--binaries", type=Path, required=True, help=argparse.SUPPRESS)
    made.add_argument("--check", action="store_true", help=argparse.SUPPRESS)  # the command line alone
    made.add_argument("--said", default="", help=argparse.SUPPRESS)  # the command, as it was given
    chosen = made.parse_args(arguments)
    if chosen.publish and (chosen.workload or chosen.against):
        made.error("what is published comes from one whole run: no --workload, no --against")
    chosen.rounds = chosen.rounds or (3 if chosen.quick else 5)
    chosen.seconds = chosen.seconds or (0.3 if chosen.quick else 1.0)
    chosen.against = _names(made, chosen.against, PEERS, "server") or list(PEERS)
    chosen.output = chosen.output or chosen.root / "build" / "bench"
    return chosen


def _positive(kind: type):
    def convert(text: str):
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text} is no number of them") from None
        if not 0 < value < 1e6:
            raise argparse.ArgumentTypeError(f"{text} is not above zero and below a million")
        return value
    return convert


def _names(parser: argparse.ArgumentParser, text: str | None, known: list[str], what: str) -> list[str]:
    names = [name for name in (text or "").split(",") if name]
    for name in names:
        if name not in known:
            parser.error(f"no {what} named {name}; there are {', '.join(known)}")
    return names
