"""The two pictures of the report."""

from pathlib import Path

from .curve_chart import curves
from .ratio_chart import ratios


def write(made: dict, folder: Path) -> None:
    """`ratios.svg` and `curves.svg`, each only if the document has something to show in it."""
    for name, picture in (("ratios.svg", ratios(made)), ("curves.svg", curves(made))):
        if picture:
            (folder / name).write_text(picture, encoding="utf-8")
