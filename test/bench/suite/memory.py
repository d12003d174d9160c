"""What an idle connection costs: resident memory with many of them less that without, a fresh process each."""

import math
import os
import subprocess
import time

from .fleet import Fleet
from .load import Load, ended, parse, started
from .machine import descriptors
from .processes import Failure, Process
from .progress import say
from .summary import Summary
from .targets import Judgement, at_most
from .workloads import MANY

SETTLE = 3.0  # seconds that connections are silent before it is looked at; some servers give memory back then


def measure(fleet: Fleet, load: Load, kinds: tuple[str, ...], wanted: int) -> tuple[list[Judgement], list[dict]]:
    connections = min(wanted, descriptors() // 2 - 500)  # HAProxy counts two for each
    found = [_of(fleet, load, kind, connections) for kind in kinds]
    return _judge({one["label"]: one for one in found}), found


def _judge(found: dict[str, dict]) -> list[Judgement]:
    own, nginx = found["baton"], found.get("nginx", {})
    judged = [at_most("bytes of an idle plain connection at most", _number(own["plain"]), 1024)]
    if nginx.get("tls"):
        judged.append(at_most("an idle TLS connection, beside nginx's, below", _number(own["tls"]) / nginx["tls"], 1.0))
    return judged


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _of(fleet: Fleet, load: Load, kind: str, connections: int) -> dict:
    entry = {"label": kind, "name": Summary.name_of(kind), "connections": connections, "plain": None, "tls": None}
    for what, arguments in (("plain", []), ("tls", ["--tls"])):
        if what == "tls" and kind == "bare":
            continue
        try:
            entry[what] = _each(fleet, load, kind, connections, arguments)
        except Failure as failure:
            entry[f"{what}_failure"] = str(failure)
            say(f"memory, {kind}, {what}: {failure}")
    say(f"memory, {kind}: {entry['plain']} bytes each, {entry['tls']} with TLS")
    return entry


def _each(fleet: Fleet, load: Load, kind: str, connections: int, arguments: list[str]) -> float:
    settings = {"options": MANY} if kind == "baton" else {}
    server = fleet.fresh(kind, **settings)
    port = server.tls_port if arguments else server.port
    # Some work first, so that what a server allocates once is there.
    load.run(server.process, port, 0.3, ["--connections", "64", *arguments])
    time.sleep(1)
    before = server.process.resident_bytes()
    seconds = SETTLE + 1
    arguments = ["--connections", "1", "--rate", "10", "--idle", str(connections), *arguments]
    command = load.command(port, seconds, arguments)
    try:
        with started(command) as asking:
            held = _when_held(server.process, connections, asking)
            parse(*ended(asking, seconds + 60))
    finally:
        fleet.stop_one(kind, **settings)
    return (held - before) / connections


def _when_held(process: Process, connections: int, asking: subprocess.Popen) -> int:
    """The memory when all are there and have been silent for a while."""
    end = time.monotonic() + 60
    while _sockets(process) < connections:
        if asking.poll() is not None or time.monotonic() > end:
            raise Failure(f"only {_sockets(process)} of {connections} connections were there")
        time.sleep(0.05)
    time.sleep(SETTLE)
    return process.resident_bytes()


def _sockets(process: Process) -> int:
    return max((len(os.listdir(f"/proc/{pid}/fd")) for pid in process.family()), default=0)
