"""Percentiles of all rounds together. One round alone says little of its slowest hundredth: one stall of the machine is
a large part of it. The load generator prints every latency (in buckets of 1%), and they are put together here."""

from collections import Counter

from .load import Sample

BEYOND = 10  # so many latencies must be longer than what is called a percentile
PARTS = {"p50_us": 0.5, "p99_us": 0.99, "p999_us": 0.999}


def pooled(histograms: list[list[list[int]]]) -> list[tuple[int, int]]:
    """Of lists of (nanoseconds, how many): one, by rising latency."""
    all_of_them: Counter[int] = Counter()
    for each in histograms:
        for value, count in each:
            all_of_them[value] += count
    return sorted(all_of_them.items())


def percentile(shares: list[tuple[int, int]], part: float) -> float | None:
    """Microseconds; None where too few are longer for a figure that would be the same the next time."""
    count = sum(number for _, number in shares)
    if count * (1 - part) < BEYOND - 1e-6:
        return None
    seen = 0
    for value, number in shares:
        seen += number
        if seen >= part * count - 1e-6:
            return value / 1000
    return None


def percentiles(histograms: list[list[list[int]]]) -> dict[str, float | None]:
    shares = pooled(histograms)
    return {name: percentile(shares, part) for name, part in PARTS.items()}


def of_samples(samples: list[Sample | None]) -> dict[str, float | None]:
    return percentiles([one.histogram for one in samples if one])
