"""Figures as a reader wants them: as many digits as they bear."""

import math


def count(value: float | None) -> str:
    """171,204; 1,523; 12.5"""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def micros(value: float | None) -> str:
    """A time given in microseconds."""
    if value is None or math.isnan(value):
        return "–"
    if value >= 1e6:
        return f"{value / 1e6:.3g} s"
    if value >= 10_000:
        return f"{value / 1e3:.3g} ms"
    return f"{value:.0f} µs" if value >= 100 else f"{value:.3g} µs"


def size(value: float | None) -> str:
    """Bytes."""
    if value is None or math.isnan(value):
        return "–"
    for unit in ("B", "KiB", "MiB"):
        if abs(value) < 1024:
            return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.3g} GiB"


def verdict(met: bool | None) -> str:
    return {True: "met", False: "**missed**", None: "not measured"}[met]
