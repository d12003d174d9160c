"""One run: choose, measure, report."""

import signal
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path

from . import command_line, machine, revisions
from .fleet import Fleet
from .load import Load
from .measuring import TAIL_ROUNDS, TAIL_SECONDS, Measuring, Pace, Result
from .parts import measure_parts
from .place import Place
from .processes import Failure, adopt_orphans, end_children
from .progress import say
from .report import charts, document, pages
from .servers import KINDS
from .summary import Summary
from .targets import judge_ratios
from .workloads import Workload, all_workloads


def main() -> int:
    chosen = command_line.parse(sys.argv[1:])
    for number in _ENDING:  # so that what was started is ended
        signal.signal(number, _interrupt)
    try:
        return run(chosen)
    except (Failure, OSError) as failure:
        say(f"ended: {failure}")
        return 1
    except KeyboardInterrupt:
        say("interrupted: what was started has ended, and no report was written")
        return 130


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _interrupt(*_) -> None:
    raise KeyboardInterrupt


def run(chosen: Namespace) -> int:
    if chosen.check:
        workloads = select(chosen, all_workloads(chosen.quick, ""))
        if chosen.revisions:
            revisions.check(chosen, workloads)
        return 0
    if chosen.render:
        return report(chosen, document.read(chosen.render))
    if not chosen.list and not chosen.revisions:
        check_report_can_be_written(chosen)
    adopt_orphans()
    place = Place(chosen.root, chosen.binaries)
    fleet = Fleet(place)
    try:
        workloads = select(chosen, all_workloads(chosen.quick, str(place.work / "access.log")))
        if chosen.list:
            return show(fleet, workloads)
        machine.allow_descriptors()
        if chosen.revisions:
            return revisions.compare(chosen, fleet, workloads)
        return report(chosen, measure(chosen, fleet, workloads))
    finally:
        for number in _ENDING:  # a second Ctrl-C must not leave servers behind
            signal.signal(number, signal.SIG_IGN)
        fleet.stop()
        end_children()
        place.remove()


def check_report_can_be_written(chosen: Namespace) -> None:
    """Before minutes are spent on measuring. Raises OSError or Failure."""
    folder = report_folder(chosen)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass
    if chosen.publish:
        pages.check_markers(chosen.root / "README.md")


def select(chosen: Namespace, workloads: list[Workload]) -> list[Workload]:
    names = [name for name in (chosen.workload or "").split(",") if name]
    known = {one.key for one in workloads} | set(command_line.PARTS)
    for name in names:
        if name not in known:
            raise Failure(f"no workload named {name}; --list shows them")
    kept = [one for one in workloads if not names or one.key in names]
    return [one.against(set(chosen.against)) for one in kept]


def show(fleet: Fleet, workloads: list[Workload]) -> int:
    for one in workloads:
        print(f"{one.key:14}{one.title:45}{' '.join(each.label for each in one.contestants[1:])}")
    print("\nand the parts", ", ".join(command_line.PARTS))
    for name in KINDS:
        print(f"{name:14}{fleet.missing(name) or KINDS[name].version(fleet.place)}")
    return 0


def measure(chosen: Namespace, fleet: Fleet, workloads: list[Workload]) -> dict:
    began = time.monotonic()
    machine.confine_to_load_core()
    pace = pace_of(chosen)
    about = {"machine": machine.describe(), "command": chosen.said or "test/bench/run", "rounds": pace.rounds,
             "rounds_of_others": pace.rounds_of_others, "seconds": pace.seconds, "tail_rounds": pace.tail_rounds,
             "tail_seconds": pace.tail_seconds, "quick": chosen.quick}
    absent = {kind: fleet.missing(kind) for kind in ("baton", *chosen.against)}
    if absent["baton"]:
        raise Failure(absent["baton"])
    for kind, why in absent.items():
        if why:
            say(f"{kind} is missing: {why}")
    here = {kind for kind, why in absent.items() if not why}
    measuring = Measuring(fleet, Load(fleet.place.binaries), pace)
    results = measure_workloads(measuring, [one.against(here) for one in workloads])
    summary = Summary(results)
    judgements, more = measure_parts(chosen, measuring, summary, here)
    about["servers"] = [{"name": KINDS[kind].title, "version": KINDS[kind].version(fleet.place),
                         "command": command_of(fleet, kind)} for kind in KINDS if kind in here]
    about["missing"] = [{"name": KINDS[kind].title, "why": why} for kind, why in absent.items() if why]
    fleet.stop()
    about["machine"]["busy_after"] = round(machine.busy_share(), 3)
    about["minutes"] = (time.monotonic() - began) / 60
    return document.document(about, results, [*judge_ratios(summary), *judgements], more)


def pace_of(chosen: Namespace) -> Pace:
    if chosen.quick:
        return Pace(chosen.rounds, chosen.seconds, rounds_of_others=1, traced="closest", tail_rounds=2,
                    tail_seconds=0.6)
    return Pace(chosen.rounds, chosen.seconds, tail_rounds=max(TAIL_ROUNDS, chosen.rounds),
                tail_seconds=max(TAIL_SECONDS, chosen.seconds))


def measure_workloads(measuring: Measuring, workloads: list[Workload]) -> list[Result]:
    results = []
    for number, workload in enumerate(workloads, 1):
        say(f"-- {number} of {len(workloads)}: {workload.title}")
        results.append(measuring.run(workload))
    return results


def command_of(fleet: Fleet, kind: str) -> str:
    """As it was started, without the paths of this run."""
    try:
        command = " ".join(fleet.get(kind).process.command)
    except Failure as failure:
        return f"not started: {failure}"
    return command.replace(str(fleet.place.work), "WORK").replace(f"{fleet.place.root}/", "")


def report_folder(chosen: Namespace) -> Path:
    return chosen.root / "test" / "bench" / "report" if chosen.publish else chosen.output


def report(chosen: Namespace, made: dict) -> int:
    print(pages.terminal(made), flush=True)  # first, so that a full disc does not take it away
    folder = report_folder(chosen)
    folder.mkdir(parents=True, exist_ok=True)
    document.write(made, folder / "results.json")
    (folder / "report.md").write_text(pages.page(made), encoding="utf-8")
    charts.write(made, folder)
    if chosen.publish:
        pages.put_into(chosen.root / "README.md", pages.section(made, "test/bench/report"))
    say(f"report, charts and results are in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
