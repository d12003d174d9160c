"""System calls per request, counted by strace in a run of its own: tracing makes a server slow.

Two runs of different length are counted, and their difference divided: what connections cost drops out. A slow
server finds more ready at a time, so calls that wait (epoll_wait) are rather under-counted.
"""

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .processes import Failure, Process

_LINE = re.compile(r"^\s*[\d.,]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)\s*$", re.MULTILINE)


def parse(table: str) -> dict[str, int]:
    """Calls by name of what `strace -c` prints."""
    return {name: int(count) for count, name in _LINE.findall(table) if name != "total"}


def per_request(short: tuple[dict[str, int], int], long: tuple[dict[str, int], int]) -> dict[str, float]:
    """Of two runs (calls, requests) the calls of each request that the longer one had more; rare ones are left out."""
    requests = long[1] - short[1]
    if requests <= 0:
        return {}
    shares = {name: (calls - short[0].get(name, 0)) / requests for name, calls in long[0].items()}
    return {name: round(share, 3) for name, share in sorted(shares.items(), key=lambda one: -one[1]) if share >= 0.005}


def available() -> bool:
    return shutil.which("strace") is not None


class Trace:
    """strace on a process and its threads, from when it is attached to `counts`."""

    def __init__(self, process: Process, work: Path):
        self._table = work / "strace.table"
        self._words = work / "strace.words"
        pids = [argument for pid in process.family() for argument in ("-p", str(pid))]
        with open(self._words, "wb") as words:
            self._strace = subprocess.Popen(["strace", "-c", "-f", "-q", "-o", str(self._table), *pids],
                                            stdin=subprocess.DEVNULL, stdout=words, stderr=words)
        self._await_attached(process)

    def _await_attached(self, process: Process) -> None:
        end = time.monotonic() + 5
        while not all(_traced(pid) for pid in process.family()):
            if self._strace.poll() is not None or time.monotonic() > end:
                self._strace.kill()
                raise Failure(f"strace does not attach: {self._words.read_text().strip()}")
            time.sleep(0.01)

    def counts(self) -> dict[str, int]:
        self._strace.send_signal(signal.SIGINT)
        try:
            self._strace.wait(10)
        except subprocess.TimeoutExpired:
            self._strace.kill()
            raise Failure("strace does not end") from None
        return parse(self._table.read_text())


def _traced(pid: int) -> bool:
    """Every thread of it has a tracer; so has what is gone."""
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        try:
            if "\nTracerPid:\t0\n" in status.read_text():
                return False
        except OSError:
            continue
    return True
