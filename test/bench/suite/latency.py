"""How long answers take at given rates below saturation: the same rate for every server, and time counts from when
a request was due, so that a stall is charged to all whom it keeps waiting."""

from . import tails
from .measuring import Measuring, Result
from .ratios import median
from .report import document
from .summary import Summary, of, ratio_between
from .targets import Judgement, at_most
from .workloads import Workload, beside

SHARES = (0.2, 0.5, 0.8)  # of what the slower of Baton and nginx can do


def saturation(summary: Summary) -> float:
    """Of plaintext; NaN if that was not measured."""
    rates = [summary.rate("plaintext", label) for label in ("baton", "nginx")]
    return min([rate for rate in rates if rate == rate], default=float("nan"))


def plaintext(kinds: tuple[str, ...]) -> Workload:
    return Workload("plaintext", "plaintext", beside(*kinds))


def measure(measuring: Measuring, full: float, kinds: tuple[str, ...]) -> tuple[list[Judgement], list[dict]]:
    judged, steps = [], []
    for share in SHARES:
        rate = round(full * share, -2)
        workload = Workload(f"rate-{share:g}", f"plaintext at {rate:,.0f} a second", beside(*kinds),
                            arguments=("--rate", f"{rate:g}"))
        result = measuring.for_tails().run(workload)
        judged += _judge(result, share)
        steps.append({"share": share, "rate": rate, "contestants": [_entry(result, one) for one in result.outcomes]})
    return judged, steps


def _entry(result: Result, outcome) -> dict:
    entry = {"label": outcome.label, "name": Summary.name_of(outcome.label), "failure": outcome.failure}
    if any(outcome.samples):
        samples = [one for one in outcome.samples if one]
        entry |= {"rate": of(outcome, "rate"), "cpu_us": of(outcome, "cpu_us"), **tails.of_samples(samples),
                  "requests": sum(one.requests for one in samples), "rounds": [one.as_dict() for one in samples],
                  "late_us": median([one.late_us for one in samples if one.late_us is not None])}
    if outcome is not result.outcomes[0]:
        entry["p99_ratio"] = document.as_dict(ratio_between(result.outcomes[0], outcome, "p99_us"))
    return entry


def _judge(result: Result, share: float) -> list[Judgement]:
    other = result.of("nginx")
    if not other:
        return []
    ratio = ratio_between(result.outcomes[0], other, "p99_us")
    return [at_most(f"p99 at {share:.0%} of saturation, times nginx's, at most", ratio, 1.0)]
