"""One run of the load generator, `bench_load`, against one server, and what the server spent on it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
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
    late_us: float | None = None  # at fixed rates: how late the load generator itself was to send, its 99th percentile
    windows: list[int] = field(default_factory=list)
    histogram: list[list[int]] = field(default_factory=list)  # [nanoseconds, how many], by rising latency

    def as_dict(self) -> dict:
        return {name: value for name, value in asdict(self).items() if name not in ("windows", "histogram")}


@contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen]:
    """A load that does not outlive the block, whatever ends that."""
    try:
        asking = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except OSError as error:
        raise Failure(f"cannot run the load: {error.strerror}") from None
    try:
        yield asking
    finally:
        if asking.poll() is None:
            asking.kill()
        asking.communicate()


def ended(asking: subprocess.Popen, seconds: float) -> tuple[int, str, str]:
    """Status, output and words, when it has ended."""
    try:
        output, words = asking.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Failure("the load did not end in time") from None
    return asking.returncode, output, words


class Load:
    """Runs `bench_load`; `binaries` is where it lies."""

    def __init__(self, binaries: Path):
        self.program = binaries / "bench_load"

    def command(self, port: int, seconds: float, arguments: list[str], warm: float = 0.2) -> list[str]:
        return ["taskset", "-c", str(load_core()), str(self.program), "--port", str(port), "--seconds", f"{seconds:g}",
                "--warm", f"{warm:g}", *arguments]

    def run(self, process: Process, port: int, seconds: float, arguments: list[str], warm: float = 0.2) -> Sample:
        """Raises Failure if any request failed: a server that drops some is not measured."""
        watched = [word for pid in process.family() for word in ("--watch", str(pid))]
        command = [*self.command(port, seconds, arguments, warm), "--histogram", *watched]
        with started(command) as asking:
            report = parse(*ended(asking, seconds + SPARE_SECONDS))
        if "resumed" in arguments:
            _check_resumed(report, int(arguments[arguments.index("--connections") + 1]))
        return sample_of(report)


def _check_resumed(report: dict, connections: int) -> None:
    """The first handshake of each connection has no ticket, and h2o gives some too late for the next."""
    if report["handshakes"] - report["resumed"] > connections + 0.5 * report["handshakes"]:
        raise Failure(f"only {report['resumed']} of {report['handshakes']} sessions were resumed")


def sample_of(report: dict) -> Sample:
    if not report["requests"]:
        raise Failure("no request was answered")
    return Sample(**{name: report[name] for name in ("rate", "requests", "seconds", "bytes", "connects", "p50_us",
                                                     "p99_us", "p999_us")},
                  cpu_us=report["cpu_ns"] / 1e3 / report["requests"], late_us=report.get("late_p99_us"),
                  windows=report.get("windows", []), histogram=report.get("histogram", []))


def parse(status: int, output: str, words: str) -> dict:
    """The line of JSON of a run that was sound."""
    last_words = (words.strip().splitlines() or ["it said nothing"])[-1]
    if status != 0:
        raise Failure(f"the load failed: {last_words}")
    try:
        return json.loads(output)
    except ValueError:
        raise Failure(f"the load printed no report: {last_words}") from None
