"""One run: choose, measure, report."""

import signal
import sys
import time
from argparse import Namespace

from . import command_line, machine
from .fleet import Fleet
from .load import Load
from .measuring import Measuring, Pace, Result
from .parts import measure_parts
from .place import Place
from .processes import Failure
from .progress import say
from .report import charts, document, pages
from .servers import KINDS
from .summary import Summary
from .targets import judge_ratios
from .workloads import Workload, all_workloads


def main() -> int:
    chosen = command_line.parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    if chosen.render:
        return report(chosen, document.read(chosen.render))
    place = Place(chosen.root, chosen.binaries)
    fleet = Fleet(place)
    try:
        workloads = select(chosen, all_workloads(chosen.quick, str(place.work / "access.log")))
        if chosen.list:
            return show(fleet, workloads)
        machine.allow_descriptors()
        if chosen.revisions:
            from . import revisions
            return revisions.compare(chosen, fleet, workloads)
        return report(chosen, measure(chosen, fleet, workloads))
    except Failure as failure:
        say(f"ended: {failure}")
        return 1
    finally:
        fleet.stop()
        place.remove()


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
    about = {"machine": machine.describe(), "command": chosen.said or "test/bench/run", "rounds": chosen.rounds,
             "seconds": chosen.seconds, "quick": chosen.quick}
    absent = {kind: fleet.missing(kind) for kind in ("baton", *chosen.against)}
    if absent["baton"]:
        raise Failure(absent["baton"])
    for kind, why in absent.items():
        if why:
            say(f"{kind} is missing: {why}")
    here = {kind for kind, why in absent.items() if not why}
    measuring = Measuring(fleet, Load(fleet.place.binaries), pace_of(chosen))
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
        return Pace(chosen.rounds, chosen.seconds, rounds_of_others=1, traced="closest")
    return Pace(chosen.rounds, chosen.seconds)


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


def report(chosen: Namespace, made: dict) -> int:
    folder = chosen.root / "test" / "bench" / "report" if chosen.publish else chosen.output
    folder.mkdir(parents=True, exist_ok=True)
    document.write(made, folder / "results.json")
    (folder / "report.md").write_text(pages.page(made), encoding="utf-8")
    charts.write(made, folder)
    if chosen.publish:
        pages.put_into(chosen.root / "README.md", pages.section(made, "test/bench/report"))
    print(pages.terminal(made))
    say(f"report, charts and results are in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
