"""What is measured beside the workloads. A part that fails is missing from the report, with the reason."""

import math
from argparse import Namespace
from collections.abc import Callable

from . import balance, latency, memory, move, opinions, slow_readers, upgrade
from .curves import Curves
from .measuring import Measuring
from .processes import Failure
from .progress import say
from .summary import Summary
from .targets import Judgement


def measure_parts(chosen: Namespace, measuring: Measuring, summary: Summary,
                  here: set[str]) -> tuple[list[Judgement], dict]:
    """`here`: the servers that there are, beside Baton."""
    if chosen.quick:
        measuring = measuring.at(rounds=min(2, measuring.rounds))
    parts = _Parts(measuring, summary, here, chosen.quick)
    wanted = {name for name in (chosen.workload or "").split(",") if name}
    judged, more = [], {}
    for name, run in parts.all().items():
        if wanted and name not in wanted:
            continue
        say(f"-- {name}")
        try:
            judgements, found = run()
        except Failure as failure:
            say(f"{name}: {failure}")
            more.setdefault("failures", []).append({"part": name, "why": str(failure)})
            continue
        judged += judgements
        more[found[0]] = found[1]
    return judged, more


class _Parts:
    def __init__(self, measuring: Measuring, summary: Summary, here: set[str], quick: bool):
        self._measuring = measuring
        self._summary = summary
        self._here = here
        self._quick = quick
        self._full = math.nan

    def all(self) -> dict[str, Callable]:
        return {"latency": self._latency, "upgrade": self._upgrade, "memory": self._memory, "move": self._move,
                "slow": self._slow, "balance": self._balance, "opinions": self._opinions, "curves": self._curves}

    def _of(self, *kinds: str) -> tuple[str, ...]:
        return tuple(kind for kind in kinds if kind in self._here)

    def _saturation(self) -> float:
        """From the workload plaintext, or measured now if that was not asked for."""
        if math.isnan(self._full):
            self._full = latency.saturation(self._summary)
        if math.isnan(self._full):
            self._full = latency.saturation(Summary([self._measuring.run(latency.plaintext(self._of("nginx")))]))
        if math.isnan(self._full):
            raise Failure("nothing is known of saturation")
        return self._full

    def _latency(self):
        judged, found = latency.measure(self._measuring, self._saturation(), self._of("nginx", "go"))
        return judged, ("latency", found)

    def _upgrade(self):
        judged, found = upgrade.measure(self._measuring, self._saturation())
        return judged, ("upgrade", found)

    def _memory(self):
        kinds = ("baton", *self._of("nginx", "h2o", "haproxy", "go"))
        connections = 2_000 if self._quick else 9_000
        judged, found = memory.measure(self._measuring.fleet, self._measuring.load, kinds, connections)
        return judged, ("memory", found)

    def _move(self):
        judged, found = move.measure(self._measuring, 10_000 if self._quick else 100_000)
        return judged, ("move", found)

    def _slow(self):
        kinds = ("baton", *self._of("nginx"))
        return [], ("slow_readers", slow_readers.measure(self._measuring, kinds, 200 if self._quick else 1000))

    def _balance(self):
        judged, found = balance.measure(self._measuring)
        return judged, ("balance", found)

    def _opinions(self):
        if "nginx" not in self._here:
            raise Failure("nginx is not here")
        return [], ("second_opinions", opinions.measure(self._measuring))

    def _curves(self):
        return [], ("curves", Curves(self._measuring, self._of("nginx"), self._quick).measure())
