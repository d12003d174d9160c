"""The medians of a run: what a report says of each workload and contestant."""

import math

from .measuring import Outcome, Result
from .ratios import Ratio, median, paired
from .servers import KINDS

_NAMES = {"nginx-cache": "nginx with open_file_cache", "nginx-log": "nginx with its access log",
          "baton-plain": "Baton's plain handler", "baton-without": "Baton without it"}


class Summary:
    def __init__(self, results: list[Result]):
        self.results = results
        self._by_key = {result.workload.key: result for result in results}

    def result(self, workload: str) -> Result | None:
        return self._by_key.get(workload)

    def title_of(self, workload: str) -> str:
        result = self.result(workload)
        return result.workload.title if result else workload

    def compares_processor_time(self, workload: str) -> bool:
        result = self.result(workload)
        return result is not None and result.workload.by == "cpu"

    @staticmethod
    def name_of(label: str) -> str:
        return _NAMES.get(label) or (KINDS[label].title if label in KINDS else label)

    def ratio(self, workload: str, contestant: str) -> Ratio | None:
        """Baton to the contestant; above 1 Baton is ahead. None: not measured."""
        result = self.result(workload)
        other = result.of(contestant) if result else None
        if not result or not other:
            return None
        ratio = ratio_between(result.outcomes[0], other, result.workload.by)
        return ratio if ratio.rounds else None

    def rate(self, workload: str, contestant: str) -> float:
        result = self.result(workload)
        outcome = result.of(contestant) if result else None
        return of(outcome, "rate") if outcome else math.nan


def of(outcome: Outcome, what: str) -> float:
    """The median of the rounds that it finished."""
    return median([getattr(sample, what) for sample in outcome.samples if sample])


def ratio_between(own: Outcome, other: Outcome, by: str) -> Ratio:
    if by == "cpu":
        return paired(_each(other, "cpu_us"), _each(own, "cpu_us"))
    return paired(_each(own, by), _each(other, by))


def _each(outcome: Outcome, what: str) -> list[float | None]:
    return [getattr(sample, what) if sample else None for sample in outcome.samples]
