"""Baton's rate beside each other server's: a row a workload, a mark a server, on a scale of powers of two, so that
half as fast and twice as fast are equally far from even. A thin line is the spread of the rounds."""

import math

from . import words
from .svg import Drawing

COLOURS = {"nginx": "#0a7d33", "nginx-cache": "#7bc47f", "bare": "#24292f", "h2o": "#8250df", "haproxy": "#1f6feb",
           "go": "#00a3c4", "node": "#9a6700", "cpp-httplib": "#cf222e", "pistache": "#d4729c",
           "baton-plain": "#6e7781", "baton-without": "#6e7781", "nginx-log": "#0a7d33"}
_LEFT, _RIGHT, _TOP, _ROW = 300, 30, 90, 26
_WIDTH = 960


class _Scale:
    """From a ratio to a place, over the whole powers of two that hold all of them."""

    def __init__(self, values: list[float]):
        self.low = min(-1, math.floor(math.log2(min(values))))
        self.high = max(1, math.ceil(math.log2(max(values))))

    def x(self, value: float) -> float:
        share = (math.log2(value) - self.low) / (self.high - self.low)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def steps(self) -> list[float]:
        return [2.0 ** power for power in range(self.low, self.high + 1)]


def ratios(made: dict) -> str:
    """Empty if nothing was compared."""
    rows = [(one["title"], [each for each in one["contestants"] if each.get("ratio")]) for one in made["workloads"]]
    rows = [row for row in rows if row[1]]
    if not rows:
        return ""
    scale = _Scale([each["ratio"][end] for _, contestants in rows for each in contestants
                    for end in ("lowest", "highest")])
    drawing = Drawing(_WIDTH, _TOP + len(rows) * _ROW + 34, "Baton's rate divided by another server's, by workload")
    drawing.text(12, 22, "Baton's rate divided by another server's: right of 1, Baton is ahead", size=15, bold=True)
    _legend(drawing, rows)
    _grid(drawing, scale, len(rows))
    for number, (title, contestants) in enumerate(rows):
        _row(drawing, scale, _TOP + number * _ROW + _ROW / 2, title, contestants)
    return drawing.finished()


def _legend(drawing: Drawing, rows: list) -> None:
    names = {each["label"]: each["name"] for _, contestants in rows for each in contestants}
    x, y = 12.0, 38.0
    for label, name in names.items():
        width = 24 + 5.9 * len(name)
        if x + width > _WIDTH:
            x, y = 12.0, y + 18
        drawing.rectangle(x, y, 9, 9, COLOURS.get(label, "#6e7781"))
        drawing.text(x + 13, y + 9, name, size=11)
        x += width


def _grid(drawing: Drawing, scale: _Scale, rows: int) -> None:
    bottom = _TOP + rows * _ROW
    for step in scale.steps():
        x = scale.x(step)
        drawing.line(x, _TOP - 6, x, bottom, "#24292f" if step == 1 else "#d8dee4", 1.4 if step == 1 else 1)
        label = f"{step:g}" if step >= 1 else f"1/{1 / step:g}"
        drawing.text(x, bottom + 16, label, "middle", "#57606a", 11)


def _row(drawing: Drawing, scale: _Scale, y: float, title: str, contestants: list[dict]) -> None:
    drawing.text(_LEFT - 12, y + 4, title, "end")
    drawing.line(_LEFT, y + _ROW / 2, _WIDTH - _RIGHT, y + _ROW / 2, "#f0f2f4")
    for number, each in enumerate(contestants):
        ratio, colour = each["ratio"], COLOURS.get(each["label"], "#6e7781")
        shift = (number - (len(contestants) - 1) / 2) * min(3.0, 18 / len(contestants))
        drawing.line(scale.x(ratio["lowest"]), y + shift, scale.x(ratio["highest"]), y + shift, colour)
        hint = f"{title}, {each['name']}: {words.ratio(ratio['median'])}"
        drawing.rectangle(scale.x(ratio["median"]) - 2.5, y + shift - 4, 5, 8, colour, hint)
