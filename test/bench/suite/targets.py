"""What must hold. Each is judged by what the run measured; what was not measured is neither met nor missed."""

import math
from dataclasses import dataclass

from .ratios import Ratio
from .summary import Summary, ratio_between


@dataclass(frozen=True)
class Target:
    """The median ratio of a workload against a contestant is at least `bound`."""

    workload: str
    contestant: str
    bound: float

    def text(self, summary: Summary) -> str:
        title = summary.title_of(self.workload)
        how = " in processor time" if summary.compares_processor_time(self.workload) else ""
        return f"{title}, beside {summary.name_of(self.contestant)}{how}, at least"


@dataclass(frozen=True)
class Judgement:
    text: str
    value: float
    bound: float
    met: bool | None  # None: not measured
    spread: tuple[float, float] | None = None  # the rounds' lowest and highest, where the value is their median

    def as_dict(self) -> dict:
        return {"text": self.text, "value": None if math.isnan(self.value) else round(self.value, 4),
                "spread": self.spread and [round(end, 4) for end in self.spread], "bound": self.bound, "met": self.met}


TARGETS = [
    Target("plaintext", "nginx", 1.22),
    Target("plaintext", "bare", 0.92),
    Target("pipelined", "nginx", 14),
    Target("json", "nginx", 1.18),
    Target("post-1k", "bare", 1.0),
    Target("file-1k", "nginx", 2.0),
    Target("file-1k", "nginx-cache", 1.2),
    Target("file-64k", "nginx", 1.0),
    Target("file-1m", "nginx", 1.0),
    Target("close", "nginx", 1.0),
    Target("tls", "nginx", 1.0),
    Target("tls-resumed", "nginx", 0.95),
    Target("plaintext", "go", 2.2),
    Target("json", "go", 2.2),
]


def judge_ratios(summary: Summary) -> list[Judgement]:
    """Those of the workloads that were run."""
    judged = []
    for target in (one for one in TARGETS if summary.result(one.workload)):
        ratio = summary.ratio(target.workload, target.contestant)
        judged.append(at_least(target.text(summary), ratio or math.nan, target.bound))
    return [*judged, *_judge_latency(summary)]


def _judge_latency(summary: Summary) -> list[Judgement]:
    result = summary.result("plaintext")
    other = result.of("nginx") if result else None
    if not other:
        return []
    ratio = ratio_between(result.outcomes[0], other, "p99_us")
    return [at_most("p99 of plaintext, times nginx's, at most", ratio, 1.0)]


def at_least(text: str, found: float | Ratio, bound: float) -> Judgement:
    """Of a ratio its median counts."""
    value, spread = _taken_apart(found)
    return Judgement(text, value, bound, None if math.isnan(value) else value >= bound, spread)


def at_most(text: str, found: float | Ratio, bound: float) -> Judgement:
    value, spread = _taken_apart(found)
    return Judgement(text, value, bound, None if math.isnan(value) else value <= bound, spread)


def _taken_apart(found: float | Ratio) -> tuple[float, tuple[float, float] | None]:
    if not isinstance(found, Ratio):
        return found, None
    return found.median, (found.lowest, found.highest) if len(found.rounds) > 1 else None
