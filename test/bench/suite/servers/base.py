"""What all servers have in common: how one is started, known to be ready, and named in the report."""

import shutil
from pathlib import Path

from ..machine import server_cores
from ..place import Place
from ..processes import Process, free_port


class Server:
    """One server on its cores. Settings that it doesn't know are a programming error.

    threads: how many it serves with. routes: how many routes with parameters it has.
    """

    title = ""
    program = ""  # found on the path, or built here
    package = ""  # that brings it
    traceable = True  # its system calls can be counted

    def __init__(self, place: Place, name: str, threads: int = 1, routes: int = 300):
        self.place = place
        self.name = name
        self.threads = threads
        self.routes = routes
        self.port = 0
        self.tls_port = 0
        self.process: Process | None = None

    @classmethod
    def missing(cls, place: Place) -> str:
        """Why it can't be measured; empty if it can."""
        return "" if shutil.which(cls.program) else f"{cls.program} is not installed (package {cls.package})"

    @classmethod
    def version(cls, place: Place) -> str:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def start(self) -> None:
        self.port = free_port()
        self.tls_port = free_port()
        self._launch()
        self.process.await_(lambda: self.process.listens_on(self.port))

    def _launch(self) -> None:
        log = self.place.work / f"{self.name}.log"
        self.process = Process(self.command(), self.cores(), log, self.environment())

    def cores(self) -> list[int]:
        return server_cores(self.threads)

    def stop(self) -> None:
        if self.process:
            self.process.stop()
            self.process = None


class BuiltServer(Server):
    """One whose program is built by the target `bench`."""

    @classmethod
    def path(cls, place: Place) -> Path:
        return place.binaries / cls.program

    @classmethod
    def missing(cls, place: Place) -> str:
        if cls.path(place).exists():
            return ""
        return f"{cls.program} was not built" + (f" (package {cls.package})" if cls.package else "")
