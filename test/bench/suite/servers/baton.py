"""Baton: `bench_server` with the shipped configuration, or another program of it (the reference server)."""

import re
from pathlib import Path

from ..machine import cores, revision
from ..place import Place
from ..processes import kill_quietly
from .base import BuiltServer


class Baton(BuiltServer):
    """options: command line arguments beyond those that every run needs. tree: the sources of another revision, built
    in its build/release. demo: the reference server in place of bench_server. spread: on all cores, as a process that
    nobody pins."""

    title = "Baton"
    program = "bench_server"

    def __init__(self, place: Place, name: str, threads: int = 1, routes: int = 300, options: tuple[str, ...] = (),
                 tree: Path | None = None, demo: bool = False, spread: bool = False):
        super().__init__(place, name, threads, routes)
        self.options = options
        self.binaries = tree / "build" / "release" / "bin" if tree else place.binaries
        self.conf = (tree or place.root) / "conf" / "baton.conf"
        self.demo = demo
        self.spread = spread

    @classmethod
    def version(cls, place: Place) -> str:
        return revision(place.root)

    def cores(self) -> list[int]:
        return cores() if self.spread else super().cores()

    def pid_file(self) -> Path:
        return self.place.work / f"{self.name}.pid"

    def command(self) -> list[str]:
        program = self.binaries / ("baton-demo" if self.demo else self.program)
        own = [] if self.demo else ["--routes", str(self.routes)]
        return [str(program), "--config", str(self.conf),
                "--listen", "127.0.0.1:0", "--listen", "https://127.0.0.1:0",
                "--tls.certificate", str(self.place.certificate), "--tls.key", str(self.place.key),
                "--static_root", str(self.place.files), "--threads", str(self.threads), "--log", "warning",
                "--pid_file", str(self.pid_file()), *own, *self.options]

    def start(self) -> None:
        self._launch()
        self.process.await_(lambda: "serving " in self.process.log.read_text())
        said = self.process.log.read_text()
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)", said)[1])
        self.tls_port = int(re.search(r"https://127\.0\.0\.1:(\d+)", said)[1])

    def serving_pid(self) -> int:
        """After upgrades not the one that was started; 0 while nobody says so."""
        try:
            return int(self.pid_file().read_text())
        except (OSError, ValueError):
            return 0

    def stop(self) -> None:
        pid = self.serving_pid()
        if self.process and pid not in (0, self.process.pid):
            kill_quietly(pid)
        super().stop()
