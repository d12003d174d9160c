"""Clients that read a 1 MiB file slowly, many of them, while 64 others ask for plaintext: what the slow ones cost the
others, and in memory."""

import time

from .load import started
from .measuring import Measuring, turned
from .processes import Failure
from .progress import say
from .ratios import median
from .summary import Summary
from .workloads import MANY

READ_RATE = 16 * 1024  # bytes a second of each


def measure(measuring: Measuring, kinds: tuple[str, ...], readers: int) -> list[dict]:
    entries = {kind: {"label": kind, "name": Summary.name_of(kind), "readers": readers, "rounds": []} for kind in kinds}
    for number in range(measuring.rounds):
        for kind in turned(list(kinds), number):
            try:
                entries[kind]["rounds"].append(_round(measuring, kind, readers))
            except Failure as failure:
                entries[kind]["failure"] = str(failure)
                say(f"slow readers, {kind}: {failure}")
    for entry in entries.values():
        for what in ("rate", "alone", "p99_us", "memory"):
            entry[what] = median([one[what] for one in entry["rounds"]])
        say(f"slow readers, {entry['label']}: {entry['rate']:,.0f} a second beside them, {entry['alone']:,.0f} "
            f"without, {entry['memory']:,.0f} bytes each")
    return list(entries.values())


def _round(measuring: Measuring, kind: str, readers: int) -> dict:
    load, seconds = measuring.load, measuring.seconds
    settings = {"options": MANY} if kind == "baton" else {}
    server = measuring.fleet.get(kind, **settings)
    busy = ["--connections", "64", "--path", "/plaintext"]
    alone = load.run(server.process, server.port, seconds, busy)
    before = server.process.resident_bytes()
    slow = ["--connections", str(readers), "--path", "/static/1m.bin", "--read-rate", str(READ_RATE)]
    with started(load.command(server.port, seconds + 2, slow)):
        time.sleep(1)
        sample = load.run(server.process, server.port, seconds, busy)
        held = server.process.resident_bytes()
    return {"rate": sample.rate, "alone": alone.rate, "p99_us": sample.p99_us, "memory": (held - before) / readers}
