"""A bare epoll loop: one recv and one send a request and nothing else. What a server could do at all."""

import re

from ..place import Place
from .base import BuiltServer


class Bare(BuiltServer):
    title = "bare epoll loop"
    program = "bench_bare_loop"

    @classmethod
    def version(cls, place: Place) -> str:
        return "of this tree"

    def command(self) -> list[str]:
        return [str(self.path(self.place)), "--port", "0"]

    def start(self) -> None:
        self._launch()
        self.process.await_(lambda: "serving " in self.process.log.read_text())
        self.port = int(re.search(r"serving (\d+)", self.process.log.read_text())[1])
