"""h2o."""

import os

from ..machine import descriptors, first_line, package_version
from ..place import Place
from .base import Server


class H2o(Server):
    title = "h2o"
    program = "h2o"
    package = "h2o"

    @classmethod
    def version(cls, place: Place) -> str:
        return package_version("h2o") or first_line("h2o", "--version")

    def command(self) -> list[str]:
        conf = self.place.fill_in("h2o.conf", f"{self.name}.conf", {
            "work": self.place.work, "threads": self.threads, "connections": descriptors(), "port": self.port,
            "user": "user: root" if os.geteuid() == 0 else "", "tls_port": self.tls_port,
            "certificate": self.place.certificate, "key": self.place.key, "files": self.place.files,
            "texts": self.place.texts})
        return ["h2o", "-m", "worker", "-c", str(conf)]
