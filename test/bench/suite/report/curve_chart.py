"""Rate (above) and p99 (below) against what grows: connections, threads, routes, sizes. A panel a curve."""

import math

from . import words
from .ratio_chart import COLOURS
from .svg import Drawing

_PANEL_WIDTH, _PANEL_HEIGHT, _GAP, _MARGIN, _TOP = 400, 150, 70, 62, 60
_OWN = "#d1242f"


class _Axis:
    """Logarithmic, from `start` to `end` in the picture, over at least so many powers of ten."""

    def __init__(self, values: list[float], start: float, end: float, powers: float = 0.1):
        self.low, self.high = math.log10(min(values)), math.log10(max(values))
        spare = max(0.0, powers - (self.high - self.low)) / 2
        self.low, self.high = self.low - spare, self.high + spare
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        return self._start + (math.log10(value) - self.low) / (self.high - self.low) * (self._end - self._start)

    def steps(self) -> list[float]:
        """Powers of ten, and where they are few 2 and 5 times those."""
        within = [power for power in range(math.floor(self.low), math.ceil(self.high) + 1)]
        factors = (1,) if len(within) > 4 else (1, 2, 5)
        steps = [factor * 10.0 ** power for power in within for factor in factors]
        return [step for step in steps if self.low - 1e-9 <= math.log10(step) <= self.high + 1e-9]


def curves(made: dict) -> str:
    """Empty if there are none."""
    shown = [curve for curve in made.get("curves", []) if len(curve["x"]) > 1]
    if not shown:
        return ""
    rows = (len(shown) + 1) // 2
    height = _TOP + rows * (2 * _PANEL_HEIGHT + _GAP + 40)
    drawing = Drawing(2 * (_PANEL_WIDTH + _MARGIN) + 30, height, "Rate and 99th percentile as load and size grow")
    drawing.text(12, 22, "Rate and 99th percentile of the time of a request, as load and size grow", size=15, bold=True)
    _legend(drawing, shown)
    for number, curve in enumerate(shown):
        left = _MARGIN + (number % 2) * (_PANEL_WIDTH + _MARGIN)
        top = _TOP + (number // 2) * (2 * _PANEL_HEIGHT + _GAP + 40)
        _panel(drawing, curve, left, top, "rate", f"{curve['rate_title']}, by {curve['title']}")
        _panel(drawing, curve, left, top + _PANEL_HEIGHT + 40, "p99_us", f"p99, by {curve['title']}")
    return drawing.finished()


def _legend(drawing: Drawing, shown: list[dict]) -> None:
    names = {line["label"]: line["name"] for curve in shown for line in curve["lines"]}
    x = 12.0
    for label, name in names.items():
        drawing.rectangle(x, 33, 9, 9, _colour(label))
        drawing.text(x + 13, 42, name, size=11)
        x += 30 + 6 * len(name)


def _colour(label: str) -> str:
    return _OWN if label == "baton" else COLOURS.get(label, "#6e7781")


def _panel(drawing: Drawing, curve: dict, left: float, top: float, what: str, title: str) -> None:
    points = {line["label"]: [(x, y) for x, y in zip(curve["x"], line[what]) if y] for line in curve["lines"]}
    values = [y for line in points.values() for _, y in line]
    if not values:
        return
    right, bottom = left + _PANEL_WIDTH - 40, top + _PANEL_HEIGHT
    across = _Axis(curve["x"], left, right)
    up = _Axis(values, bottom, top + 14, powers=1)  # a difference of a few percent must not look like a cliff
    drawing.text(left, top + 2, title, bold=True)
    for y in up.steps():
        drawing.line(left, up.at(y), right, up.at(y), "#e4e8ec")
        drawing.text(left - 5, up.at(y) + 4, _label(y, what), "end", "#57606a", 10)
    drawing.line(left, bottom, right, bottom, "#8c959f")
    for x in curve["x"]:
        drawing.line(across.at(x), bottom, across.at(x), bottom + 3, "#8c959f")
    for x in (curve["x"][0], *curve["x"][1:-1][::2], curve["x"][-1]) if len(curve["x"]) > 5 else curve["x"]:
        drawing.text(across.at(x), bottom + 14, _size(x, curve["unit"]), "middle", "#57606a", 10)
    for label, line in points.items():
        drawing.path([(across.at(x), up.at(y)) for x, y in line], _colour(label))
        for x, y in line:
            drawing.dot(across.at(x), up.at(y), _colour(label), f"{_size(x, curve['unit'])}: {_label(y, what)}")


def _label(value: float, what: str) -> str:
    return words.micros(value) if what == "p99_us" else words.count(value)


def _size(value: float, unit: str) -> str:
    return words.size(value).replace(" ", "").replace("iB", "") if unit == "bytes" else f"{value:,}"
