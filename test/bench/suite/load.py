"""One run of the load generator, `bench_load`, against one server, and what the server spent on it."""

import json
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .machine import load_core
from .processes import Failure, Process

SPARE_SECONDS = 60  # what a run may take beyond its time: connecting, a slow server, the last answers


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
        before = process.cpu_seconds()
        report = self.report_of(self.command(port, seconds, arguments, warm), seconds)
        used = process.cpu_seconds() - before
        if not report["requests"]:
            raise Failure("no request was answered")
        # The warm-up is paid for, too, at the same rate.
        asked = report["requests"] * (1 + warm / report["seconds"])
        return Sample(rate=report["rate"], requests=report["requests"], seconds=report["seconds"],
                      bytes=report["bytes"], connects=report["connects"], p50_us=report["p50_us"],
                      p99_us=report["p99_us"], p999_us=report["p999_us"], cpu_us=used * 1e6 / asked,
                      windows=report.get("windows", []))

    @staticmethod
    def report_of(command: list[str], seconds: float) -> dict:
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + SPARE_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failure("the load did not end in time") from None
        except OSError as error:
            raise Failure(f"cannot run {command[3]}: {error.strerror}") from None
        return parse(done.returncode, done.stdout, done.stderr)


def parse(status: int, output: str, words: str) -> dict:
    """The line of JSON of a run that was sound."""
    last_words = (words.strip().splitlines() or ["it said nothing"])[-1]
    if status != 0:
        raise Failure(f"the load failed: {last_words}")
    try:
        return json.loads(output)
    except ValueError:
        raise Failure(f"the load printed no report: {last_words}") from None
