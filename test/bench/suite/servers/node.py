"""Node's http."""

from ..machine import first_line
from ..place import Place
from .base import Server


class Node(Server):
    title = "Node http"
    program = "node"
    package = "nodejs"

    @classmethod
    def version(cls, place: Place) -> str:
        return first_line("node", "--version").removeprefix("v")

    def command(self) -> list[str]:
        return ["node", str(self.place.bench / "peers" / "node.js"), str(self.port)]
