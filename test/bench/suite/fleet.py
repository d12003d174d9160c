"""The servers of a run: each is started when it is first needed, and kept, as a server lives."""

from .place import Place
from .processes import Failure
from .progress import say
from .servers import KINDS, Server


class Fleet:
    """A server is known by its kind and its settings: the same ones give the same process."""

    def __init__(self, place: Place):
        self.place = place
        self._running: dict[tuple, Server] = {}
        self._started = 0

    def get(self, kind: str, **settings) -> Server:
        key = (kind, *sorted(settings.items()))
        server = self._running.get(key)
        if server and server.process.alive():
            return server
        return self._start(key, kind, settings)

    def fresh(self, kind: str, **settings) -> Server:
        """A new process of it, in place of the one that runs."""
        self.stop_one(kind, **settings)
        return self.get(kind, **settings)

    def stop_one(self, kind: str, **settings) -> None:
        server = self._running.pop((kind, *sorted(settings.items())), None)
        if server:
            server.stop()

    def stop(self) -> None:
        for server in self._running.values():
            server.stop()
        self._running.clear()

    def missing(self, kind: str) -> str:
        return KINDS[kind].missing(self.place)

    def _start(self, key: tuple, kind: str, settings: dict) -> Server:
        why_not = self.missing(kind)
        if why_not:
            raise Failure(why_not)
        self._started += 1
        name = f"{kind}-{self._started}"  # of its log and pid file: never one that another has
        server = KINDS[kind](self.place, name, **settings)
        try:
            server.start()
        except BaseException:  # a Ctrl-C too
            server.stop()
            raise
        self._running[key] = server
        say(f"started {server.title}, {' '.join(server.process.command[:6])}")
        return server
