"""The arithmetic of a run. Rounds are pairs: what else a machine does meets both of a pair, so their ratio is kept
before anything is averaged, and the median of the ratios is what counts (never the ratio of the medians)."""

import math
import statistics
from dataclasses import dataclass

# Two-sided 95% quantiles of Student's t by degrees of freedom; beyond 30 the normal one is near enough.
_T95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
        2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042]


def median(values: list[float]) -> float:
    """NaN of nothing."""
    return statistics.median(values) if values else math.nan


@dataclass
class Ratio:
    """`rounds` are first / second, one for each round that both finished."""

    rounds: list[float]

    @property
    def median(self) -> float:
        return median(self.rounds)

    @property
    def lowest(self) -> float:
        return min(self.rounds, default=math.nan)

    @property
    def highest(self) -> float:
        return max(self.rounds, default=math.nan)

    def confidence(self) -> tuple[float, float]:
        """Where the true ratio lies with 95%: a t-interval of the mean of the logarithms. Unbounded with one round."""
        if len(self.rounds) < 2:
            return 0.0, math.inf
        logs = [math.log(value) for value in self.rounds]
        freedom = len(logs) - 1
        t = _T95[freedom - 1] if freedom <= len(_T95) else 1.96
        reach = t * statistics.stdev(logs) / math.sqrt(len(logs))
        centre = statistics.fmean(logs)
        return math.exp(centre - reach), math.exp(centre + reach)

    def mean(self) -> float:
        """Geometric: the middle of `confidence`."""
        return math.exp(statistics.fmean(map(math.log, self.rounds))) if self.rounds else math.nan


def paired(first: list[float | None], second: list[float | None]) -> Ratio:
    """Of two lists by round; a round that either has not finished (None, zero) is left out."""
    return Ratio([a / b for a, b in zip(first, second) if a and b])


def verdict(ratio: Ratio) -> str:
    """What a comparison of two revisions may claim."""
    low, high = ratio.confidence()
    if low > 1:
        return "faster"
    if high < 1:
        return "slower"
    return "no difference shown"
