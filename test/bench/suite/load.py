"""One run of the load generator, `bench_load`, against one server, and what the server spent on it."""

import json
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .machine import load_core
from .processes import Failure, Process

SPARE_SECONDS = 90  # what a run may take beyond its time: connecting, a slow server, the last answers


@dataclass
class Sample:
    """One round of one server. Times in microseconds, of a request from its first byte out to its last byte in."""

    rate: float
    requests: int
    seconds: float
    bytes: int
    connects: int
    p50_us: float
    p99_us: float
    p999_us: float
    cpu_us: float  # the server's, per request
    windows: list[int] = field(default_factory=list)

    def as_dict(self) -> dict:
        return {name: value for name, value in asdict(self).items() if name != "windows"}


class Load:
    """Runs `bench_load`; `binaries` is where it lies."""

    def __init__(self, binaries: Path):
        self.program = binaries / "bench_load"

    def command(self, port: int, seconds: float, arguments: list[str], warm: float = 0.2) -> list[str]:
        return ["taskset", "-c", str(load_core()), str(self.program), "--port", str(port), "--seconds", f"{seconds:g}",
                "--warm", f"{warm:g}", *arguments]

    def run(self, process: Process, port: int, seconds: float, arguments: list[str], warm: float = 0.2) -> Sample:
        """Raises Failure if any request failed: a server that drops some is not measured."""
        try:
            asking = subprocess.Popen(self.command(port, seconds, arguments, warm), stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True)
        except OSError as error:
            raise Failure(f"cannot run the load: {error.strerror}") from None
        meter = Meter(process)
        try:
            meter.watch(asking, seconds + SPARE_SECONDS)
        except Failure:
            asking.kill()
            raise
        finally:
            output, words = asking.communicate()
        report = parse(asking.returncode, output, words)
        if not report["requests"]:
            raise Failure("no request was answered")
        used = meter.used_between(*measured_time(report, meter.ended))
        return Sample(rate=report["rate"], requests=report["requests"], seconds=report["seconds"],
                      bytes=report["bytes"], connects=report["connects"], p50_us=report["p50_us"],
                      p99_us=report["p99_us"], p999_us=report["p999_us"], cpu_us=used * 1e6 / report["requests"],
                      windows=report.get("windows", []))


class Meter:
    """The processor time of a server, looked at while a load runs, so that what opening ten thousand connections
    cost is not charged to the requests."""

    PAUSE = 0.04  # seconds

    def __init__(self, process: Process):
        self._process = process
        self.readings: list[tuple[float, dict[int, float]]] = []  # when, and what each process had used
        self.ended = 0.0

    def watch(self, asking: subprocess.Popen, longest: float) -> None:
        """Until the load has ended."""
        end = time.monotonic() + longest
        self._read()
        while asking.poll() is None:
            if time.monotonic() > end:
                raise Failure("the load did not end in time")
            try:
                asking.wait(self.PAUSE)
            except subprocess.TimeoutExpired:
                self._read()
        self._read()
        self.ended = self.readings[-1][0]

    def _read(self) -> None:
        self.readings.append((time.monotonic(), self._process.cpu_seconds()))

    def used_between(self, begin: float, end: float) -> float:
        """By the processes that were there in the end."""
        before = self._at(begin)
        return sum(used - before.get(pid, 0.0) for pid, used in self._at(end).items())

    def _at(self, moment: float) -> dict[int, float]:
        """On the straight line between the readings around it."""
        after = next((i for i, (when, _) in enumerate(self.readings) if when >= moment), len(self.readings) - 1)
        (t1, used1), (t2, used2) = self.readings[max(after - 1, 0)], self.readings[after]
        share = 1.0 if t2 <= t1 else min(1.0, (moment - t1) / (t2 - t1))
        return {pid: used1.get(pid, 0.0) + (used - used1.get(pid, 0.0)) * share for pid, used in used2.items()}


def measured_time(report: dict, ended: float) -> tuple[float, float]:
    """When it began and ended, by the monotonic clock. A load that does not say when it began ended just now."""
    begin = report["began_ns"] * 1e-9 if "began_ns" in report else ended - report["seconds"]
    return begin, begin + report["seconds"]


def parse(status: int, output: str, words: str) -> dict:
    """The line of JSON of a run that was sound."""
    last_words = (words.strip().splitlines() or ["it said nothing"])[-1]
    if status != 0:
        raise Failure(f"the load failed: {last_words}")
    try:
        return json.loads(output)
    except ValueError:
        raise Failure(f"the load printed no report: {last_words}") from None
