"""The few shapes that the charts need, as SVG text.

Written here because matplotlib would bring thirty packages for two pictures, and draws texts as outlines.
"""

from xml.sax.saxutils import escape, quoteattr

FONT = "system-ui, 'Segoe UI', sans-serif"


class Drawing:
    """Shapes in the order of their being added; y counts downwards."""

    def __init__(self, width: float, height: float, title: str):
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
            f'height="{height:g}" role="img" font-family="{FONT}" font-size="12">',
            f"<title>{escape(title)}</title>",
            '<rect width="100%" height="100%" fill="#fff"/>',
        ]

    def text(self, x: float, y: float, words: str, anchor: str = "start", colour: str = "#24292f", size: float = 12,
             bold: bool = False) -> None:
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" '
                           f'font-size="{size:g}"{weight}>{escape(words)}</text>')

    def rectangle(self, x: float, y: float, width: float, height: float, colour: str, hint: str = "") -> None:
        inside = f"<title>{escape(hint)}</title>" if hint else ""
        self._parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" '
                           f'fill="{colour}">{inside}</rect>')

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dashes: str = "") -> None:
        dashed = f" stroke-dasharray={quoteattr(dashes)}" if dashes else ""
        self._parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
                           f'stroke-width="{width:g}"{dashed}/>')

    def path(self, points: list[tuple[float, float]], colour: str, dashes: str = "") -> None:
        where = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f" stroke-dasharray={quoteattr(dashes)}" if dashes else ""
        self._parts.append(f'<polyline points="{where}" fill="none" stroke="{colour}" stroke-width="1.8"{dashed}/>')

    def dot(self, x: float, y: float, colour: str, hint: str) -> None:
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{colour}">'
                           f"<title>{escape(hint)}</title></circle>")

    def finished(self) -> str:
        return "\n".join([*self._parts, "</svg>"]) + "\n"
