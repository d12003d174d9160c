"""Go's net/http: a program of its standard library (and gorilla's WebSockets, where they are), compiled here."""

import os
import subprocess
from pathlib import Path

from ..machine import first_line
from ..place import Place
from ..processes import Failure
from .base import Server

_PACKAGES = Path("/usr/share/gocode")  # where Debian keeps Go's
_WEBSOCKET = _PACKAGES / "src" / "github.com" / "gorilla" / "websocket"


class Go(Server):
    title = "Go net/http"
    program = "go"
    package = "golang-go"

    @classmethod
    def version(cls, place: Place) -> str:
        return first_line("go", "version").split()[2].removeprefix("go")

    def command(self) -> list[str]:
        return [str(self._compiled()), "-port", str(self.port), "-tls-port", str(self.tls_port), "-certificate",
                str(self.place.certificate), "-key", str(self.place.key), "-files", str(self.place.files), "-routes",
                str(self.routes)]

    def environment(self) -> dict[str, str]:
        return {"GOMAXPROCS": str(self.threads)}

    def _compiled(self):
        program = self.place.work / "go-peer"
        if not program.exists():
            tags = ["-tags", "websocket"] if _WEBSOCKET.is_dir() else []
            done = subprocess.run(["go", "build", *tags, "-o", program, "."], cwd=self.place.bench / "peers" / "go",
                                  env=self._build_environment(), capture_output=True, text=True)
            if done.returncode != 0:
                raise Failure(f"go does not build the peer: {done.stderr.strip()}")
        return program

    def _build_environment(self) -> dict[str, str]:
        return {**os.environ, "GO111MODULE": "off", "GOFLAGS": "", "GOPATH": str(_PACKAGES),
                "GOCACHE": str(self.place.binaries.parent / "go-cache")}
