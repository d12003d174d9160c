"""HAProxy, which answers fixed texts by itself."""

from ..machine import descriptors, first_line
from ..place import Place
from .base import Server


class Haproxy(Server):
    title = "HAProxy"
    program = "haproxy"
    package = "haproxy"

    @classmethod
    def version(cls, place: Place) -> str:
        return first_line("haproxy", "-v").split()[2]

    def command(self) -> list[str]:
        # Each connection may take two descriptors of it.
        conf = self.place.fill_in("haproxy.cfg", f"{self.name}.cfg", {
            "threads": self.threads, "connections": descriptors() // 2 - 100, "port": self.port,
            "tls_port": self.tls_port, "bundle": self.place.bundle})
        return ["haproxy", "-db", "-f", str(conf)]
