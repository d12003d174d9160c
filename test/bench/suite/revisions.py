"""Two revisions of Baton, built alike and measured in turns: is the second one faster?

A revision's sources and build are kept below build/revisions, so that the next comparison with it starts at once. One
that is older than bench_server is measured by its reference server, with the workloads that both have.
"""

import os
import subprocess
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from . import machine
from .fleet import Fleet
from .load import Load
from .measuring import Measuring, Pace, Result
from .processes import Failure
from .progress import say
from .ratios import verdict
from .report import tables, words
from .summary import of, ratio_between
from .workloads import Contestant, Workload

USUAL = ("plaintext", "pipelined", "json", "post-1k", "file-1k", "close", "tls")
OF_THE_REFERENCE_SERVER = ("plaintext", "pipelined", "json", "post-1k", "file-1k", "file-64k", "file-1m", "range",
                           "close", "tls", "tls-full", "tls-resumed", "tls-download", "websocket")


def check(chosen: Namespace, workloads: list[Workload]) -> list[Workload]:
    """What is to be measured. Failure if that is nothing, or a revision none."""
    for revision in chosen.revisions:
        sha_of(chosen.root, revision)
    wanted = [one for one in workloads if chosen.workload or one.key in USUAL]
    if not wanted:
        raise Failure("two revisions are compared by workloads, not by parts of a run; --list shows them")
    return wanted


def compare(chosen: Namespace, fleet: Fleet, workloads: list[Workload]) -> int:
    wanted = check(chosen, workloads)
    trees = [tree_of(chosen.root, revision) for revision in chosen.revisions]
    demo = not all((tree / "test" / "bench" / "server").is_dir() for tree in trees)
    for tree in trees:
        build(tree, ["baton-demo"] if demo else ["bench_server"])
    machine.confine_to_load_core()
    if demo:
        wanted = [one for one in wanted if one.key in OF_THE_REFERENCE_SERVER]
    measuring = Measuring(fleet, Load(fleet.place.binaries), Pace(max(chosen.rounds, 3), chosen.seconds))
    results = []
    for workload in wanted:
        results.append(measuring.run(between(workload, trees, demo)))
    first, second = chosen.revisions
    print(f"{second} (second) to {first} (first), {measuring.rounds} rounds of {chosen.seconds:g} s; above 1 the "
          f"second is faster\n\n{table(results)}")
    return 0


def between(workload: Workload, trees: list[Path], demo: bool) -> Workload:
    """The second revision in Baton's place, beside the first."""
    options = workload.contestants[0].settings
    settings = [{**options, "tree": tree, "demo": demo} for tree in trees]
    return replace(workload, contestants=(Contestant("baton", "second", settings[1]),
                                          Contestant("baton", "first", settings[0])))


def table(results: list[Result]) -> str:
    rows = []
    for result in results:
        second, first = result.outcomes
        cells = []
        for what, by in (("rate", result.workload.by), ("cpu_us", "cpu")):
            ratio = ratio_between(second, first, by)
            low, high = ratio.confidence()
            interval = f"{ratio.mean():.3f} ({low:.3f}–{high:.3f})" if ratio.rounds else "–"
            cells += [words.count(of(first, what)), words.count(of(second, what)), interval, verdict(ratio)]
        calls = [f"{sum(one.calls.values()):.2f}" if one.calls else "–" for one in (first, second)]
        rows.append([result.workload.title, *cells, *calls])
    head = ["workload", "first, per second", "second", "ratio (95%)", "", "first, µs of processor", "second",
            "ratio (95%)", "", "first, calls", "second"]
    return tables.table(head, rows)


def tree_of(root: Path, revision: str) -> Path:
    """The sources of a revision; "." is the working tree."""
    if revision == ".":
        return root
    sha = sha_of(root, revision)
    tree = root / "build" / "revisions" / sha
    if not (tree / "CMakeLists.txt").exists():
        tree.mkdir(parents=True, exist_ok=True)
        archive = subprocess.Popen(["git", "-C", str(root), "archive", sha], stdout=subprocess.PIPE)
        unpacked = subprocess.run(["tar", "-x", "-C", str(tree)], stdin=archive.stdout)
        if archive.wait() != 0 or unpacked.returncode != 0:
            raise Failure(f"cannot unpack {revision}")
    return tree


def sha_of(root: Path, revision: str) -> str:
    if revision == ".":
        return revision
    try:
        return _git(root, "rev-parse", "--short=12", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    except Failure as failure:
        raise Failure(f"no revision {revision}: {failure}") from None


def build(tree: Path, targets: list[str]) -> None:
    say(f"building {tree}")
    # The same flags for both, and objects that are shared between the trees.
    environment = {**os.environ, "CCACHE_BASEDIR": str(tree), "CCACHE_NOHASHDIR": "1"}
    configured = (tree / "build" / "release").exists()
    configure = ["cmake", "--preset", "release", *([] if configured else ["-DBATON_PCH=OFF"])]
    for command in (configure, ["cmake", "--build", "--preset", "release", "--target", *targets]):
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"cannot build {tree}: {(done.stdout + done.stderr).strip()[-600:]}")


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(done.stderr.strip())
    return done.stdout.strip()
