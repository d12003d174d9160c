"""The tables put together: what the terminal shows, the report's page, and the README's section."""

import re
from pathlib import Path

from ..processes import Failure
from . import tables

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
_SECTION = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)


NOISE = 0.05  # of the machine, beyond which its figures want a warning


def machine(made: dict) -> str:
    on = made["machine"]
    text = (f"{on['date']}, {on['processor']}, {on['cores']} cores, Linux {on['kernel']}, {on['system']}, "
            f"{on['compiler']}.")
    others = max(on["busy_before"], on["busy_after"])
    if others > NOISE:
        text += f" **The machine was not quiet: others used up to {others:.0%} of it.**"
    return text


def method(made: dict) -> str:
    others = min(made["rounds"], made["rounds_of_others"])
    fewer = f" ({others} for servers other than nginx and the bare loop)" if others < made["rounds"] else ""
    where = "with one thread on one core, the load on another" if made["machine"]["cores"] > 1 else \
        "with one thread, on the one core that there is, with the load"
    return (f"Made by `{made['command']}` in {made['minutes']:.0f} minutes: {made['rounds']} rounds{fewer} of "
            f"{made['seconds']:g} s ({made['tail_rounds']} of {made['tail_seconds']:g} s for latencies at given rates, "
            f"and of {max(2, made['tail_seconds']):g} s for upgrades), servers in turn, each {where}, 64 keep-alive "
            "connections over loopback unless the line says otherwise. Ratios are medians of the rounds' "
            "(lowest–highest); above 1 Baton is ahead. Percentiles are of all rounds' requests together, and missing "
            "where fewer than 10 requests took longer. Baton runs with its shipped configuration: limits, deadlines, "
            "registry, metrics and drain are on, the access log is off.")


def _sections(made: dict) -> list[tuple[str, str]]:
    return [("Targets", tables.targets(made)), ("Workloads", tables.workloads(made)),
            ("Latency at given rates", tables.latency(made)), ("During an upgrade", tables.upgrade(made)),
            ("Memory", tables.memory(made)), ("Moving idle connections", tables.move(made)),
            ("Slow readers", tables.slow_readers(made)),
            ("Balance", tables.balance(made)), ("Other load programs", tables.second_opinions(made)),
            ("Curves", tables.curves(made)), ("Servers", tables.versions(made)), ("Missing", tables.missing(made))]


def terminal(made: dict) -> str:
    return "\n\n".join([machine(made), *(f"{title}\n\n{text}" for title, text in _sections(made) if text)])


def page(made: dict) -> str:
    """report.md, beside the charts."""
    text = "\n\n".join(f"## {title}\n\n{text}" for title, text in _sections(made) if text)
    notes = "\n".join(f"- {one['title']}: {one['note']}" for one in made["workloads"] if one["note"])
    charts = "![ratios](ratios.svg)\n\n![curves](curves.svg)"
    return f"# Benchmarks\n\n{machine(made)}\n\n{method(made)}\n\n{charts}\n\n{text}\n\n## Notes\n\n{notes}\n"


def section(made: dict, folder: str) -> str:
    """What stands between the README's markers. folder: where the report lies, from there."""
    parts = [f"`{made['command']}` made every number here. {machine(made)}",
             f"![Baton's rate beside others']({folder}/ratios.svg)", tables.targets(made), tables.overview(made),
             tables.access_log(made), tables.upgrade(made), tables.memory(made),
             tables.move(made), f"![Curves]({folder}/curves.svg)",
             f"{method(made)} All servers, latencies at given rates, curves and versions: "
             f"[{folder}/report.md]({folder}/report.md)."]
    return "\n\n".join(part for part in parts if part)


def check_markers(readme: Path) -> str:
    """The text. Failure if there is no place for the section."""
    text = readme.read_text(encoding="utf-8")
    if not _SECTION.search(text):
        raise Failure(f"{readme} has no {BEGIN} and {END}")
    return text


def put_into(readme: Path, text: str) -> None:
    """Between the markers, which must be there."""
    before = check_markers(readme)
    readme.write_text(_SECTION.sub(lambda _: f"{BEGIN}\n{text}\n{END}", before), encoding="utf-8")
