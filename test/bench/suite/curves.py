"""Rate and p99 against what grows: connections, routes, sizes of answers. Fewer rounds than the workloads have: a
curve shows shapes and cliffs, not percents."""

from .machine import descriptors
from .measuring import Measuring, Outcome
from .summary import Summary, of
from .workloads import Workload, beside, for_many

CONNECTIONS = (1, 4, 16, 64, 256, 1000, 4000, 10_000, 20_000)
ROUTES = (10, 100, 1000, 10_000)
SIZES = (1, 1 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 16 << 20, 128 << 20, 1 << 30)


class Curves:
    def __init__(self, measuring: Measuring, kinds: tuple[str, ...], quick: bool):
        rounds, seconds = (1, 0.4) if quick else (2, 0.8)
        self._measuring = Measuring(measuring.fleet, measuring.load, rounds, seconds, count_calls=False)
        self._kinds = kinds
        self._every = slice(None, None, 2) if quick else slice(None)

    def measure(self) -> list[dict]:
        return [self._connections(), self._routes(), self._sizes()]

    def _connections(self) -> dict:
        most = descriptors() - 300
        points = sorted({min(count, most) for count in CONNECTIONS[self._every]})
        return self._curve("connections", "connections", "", points, lambda count: Workload(
            f"connections-{count}", f"{count:,} connections", for_many(*self._kinds), connections=count))

    def _routes(self) -> dict:
        kinds = [kind for kind in self._kinds if kind in ("nginx", "go")]
        found = self._curve("routes", "routes", "", ROUTES[self._every], lambda count: Workload(
            f"routes-{count}", f"{count:,} routes", beside(*kinds, routes=count), routes=count))
        for count in ROUTES:
            for kind in ("baton", *kinds):
                self._measuring.fleet.stop_one(kind, routes=count)
        return found

    def _sizes(self) -> dict:
        """Of files, since everyone has them; few connections, for the biggest take a second each."""
        place = self._measuring.fleet.place
        kinds = [kind for kind in self._kinds if kind != "bare"]

        def workload(size: int) -> Workload:
            return Workload(f"size-{size}", f"{size:,} bytes", beside(*kinds), f"/static/{place.sparse_file(size)}",
                            connections=64 if size <= 1 << 20 else 2)

        server = self._measuring.fleet.fresh("baton").process
        before = server.resident_bytes()
        found = self._curve("sizes", "bytes of a file", "bytes", SIZES[self._every], workload)
        found["baton_memory"] = {"before": before, "after": server.resident_bytes()}
        return found

    def _curve(self, key: str, title: str, unit: str, points, workload) -> dict:
        lines: dict[str, dict] = {}
        for point in points:
            for outcome in self._measuring.run(workload(point)).outcomes:
                line = lines.setdefault(outcome.label, {"label": outcome.label, "name": Summary.name_of(outcome.label),
                                                        "rate": [], "p99_us": [], "bytes_per_second": []})
                _add(line, outcome)
        return {"key": key, "title": title, "unit": unit, "rate_title": "requests a second", "x": list(points),
                "lines": list(lines.values())}


def _add(line: dict, outcome: Outcome) -> None:
    measured = any(outcome.samples)
    for what in ("rate", "p99_us"):
        line[what].append(of(outcome, what) if measured else None)
    line["bytes_per_second"].append(sum(one.bytes / one.seconds for one in outcome.samples if one) / len(outcome.samples)
                                    if measured else None)
