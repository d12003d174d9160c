"""How evenly long-lived connections lie on the workers: what the server's own status says of each, under load."""

import json
import time
import urllib.request

from .load import ended, parse, started
from .measuring import Measuring
from .processes import Failure, free_port
from .progress import say
from .ratios import median
from .targets import Judgement, at_most
from .workloads import MANY

CONNECTIONS = 1000
THREADS = (2, 4)


def measure(measuring: Measuring) -> tuple[list[Judgement], list[dict]]:
    found = [_with(measuring, threads) for threads in THREADS]
    worst = max(one["spread"] for one in found)
    return [at_most("connections of the fullest worker less the emptiest, of the mean, at most", worst, 0.1)], found


def _with(measuring: Measuring, threads: int) -> dict:
    port = free_port()
    settings = {"threads": threads, "options": (*MANY, "--admin", f"127.0.0.1:{port}")}
    server = measuring.fleet.get("baton", **settings)
    rounds = [_round(measuring, server.port, port) for _ in range(measuring.rounds)]
    measuring.fleet.stop_one("baton", **settings)
    entry = {"threads": threads, "connections": CONNECTIONS, "rounds": rounds,
             "spread": median([spread([one["open"] for one in workers]) for workers in rounds])}
    say(f"balance of {threads} workers: {[one['open'] for one in rounds[-1]]}, spread {entry['spread']:.1%}")
    return entry


def _round(measuring: Measuring, port: int, admin: int) -> list[dict]:
    command = measuring.load.command(port, 1.0, ["--connections", str(CONNECTIONS)])
    with started(command) as asking:
        workers = _workers_when_all_are_open(admin)
        parse(*ended(asking, 60))
    return workers


def _workers_when_all_are_open(admin: int) -> list[dict]:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{admin}/status.json", timeout=5) as answer:
                workers = json.load(answer)["workers"]
        except OSError as error:
            raise Failure(f"the server says nothing of its workers: {error}") from None
        if sum(one["open"] for one in workers) >= CONNECTIONS:
            return workers
        time.sleep(0.05)
    raise Failure(f"the {CONNECTIONS} connections were not open in time")


def spread(values: list[int]) -> float:
    """The highest less the lowest, of the mean."""
    mean = sum(values) / len(values)
    return (max(values) - min(values)) / mean if mean else 0.0
