"""What others' load programs say of plaintext: should they differ from ours, ours is wrong."""

import re
import shutil
import subprocess

from .machine import load_core
from .measuring import Measuring, turned
from .processes import Failure
from .progress import say
from .ratios import median, paired
from .report import document

# Their command lines and how they print requests a second.
_WRK = (["wrk", "-t1", "-c64"], "-d{}s", r"Requests/sec:\s+([\d.]+)")
_H2LOAD = (["h2load", "--h1", "-t1", "-c64"], "-D{}", r"([\d.]+) req/s")


def measure(measuring: Measuring) -> list[dict]:
    found = []
    for command, time, pattern in (_WRK, _H2LOAD):
        if not shutil.which(command[0]):
            say(f"{command[0]} is missing")
            continue
        rates: dict[str, list[float | None]] = {"baton": [], "nginx": []}
        costs: dict[str, list[float | None]] = {"baton": [], "nginx": []}
        for number in range(measuring.rounds):
            for kind in turned(list(rates), number):
                rate, cost = _rate(measuring, kind, command, time, pattern)
                rates[kind].append(rate)
                costs[kind].append(cost)
        ratio = document.as_dict(paired(rates["baton"], rates["nginx"]))
        processor = {"cpu_us": {kind: median([cost for cost in each if cost]) for kind, each in costs.items()},
                     "processor_ratio": document.as_dict(paired(costs["nginx"], costs["baton"]))}
        medians = {kind: median([rate for rate in each if rate]) for kind, each in rates.items()}
        found.append({"load": command[0], "command": " ".join(command), **medians, "ratio": ratio,
                      **processor})
        say(f"{command[0]}: Baton {medians['baton']:,.0f}, nginx {medians['nginx']:,.0f} a second")
    return found


def _rate(measuring: Measuring, kind: str, command: list[str], time: str,
          pattern: str) -> tuple[float | None, float | None]:
    """Requests a second, and the server's processor time of each in microseconds: where the load program needs more
    of it than the server, the rates are its own, and the time tells who does more with less."""
    server = measuring.fleet.get(kind)
    seconds = max(1, round(measuring.seconds))
    address = f"http://127.0.0.1:{server.port}/plaintext"
    pinned = ["taskset", "-c", str(load_core()), *command, time.format(seconds), address]
    before = server.process.cpu_seconds()
    try:
        done = subprocess.run(pinned, capture_output=True, text=True, timeout=seconds + 30)
    except subprocess.TimeoutExpired:
        raise Failure(f"{command[0]} did not end") from None
    rate = re.search(pattern, done.stdout)
    if not rate or done.returncode != 0 or not float(rate[1]):
        return None, None
    return float(rate[1]), (server.process.cpu_seconds() - before) * 1e6 / (float(rate[1]) * seconds)
