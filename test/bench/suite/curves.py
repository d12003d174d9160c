"""Rate and p99 against what grows: connections, routes, sizes of answers. Fewer rounds than the workloads have: a
curve shows shapes and cliffs, not percents."""

from . import tails
from .machine import descriptors
from .measuring import Measuring, Outcome
from .ratios import median
from .summary import Summary, of
from .workloads import Contestant, Workload, beside, for_many

CONNECTIONS = (1, 4, 16, 64, 256, 1000, 4000, 10_000, 20_000)
ROUTES = (10, 100, 1000, 10_000)
THREADS = (1, 2, 4)
SIZES = (1, 1 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 16 << 20, 128 << 20, 1 << 30)


class Curves:
    def __init__(self, measuring: Measuring, kinds: tuple[str, ...], quick: bool):
        rounds, seconds = (1, 0.3) if quick else (2, 0.8)
        self._measuring = measuring.at(rounds=rounds, seconds=seconds, traced="none")
        self._kinds = kinds
        self._every = slice(None, None, 2) if quick else slice(None)

    def measure(self) -> list[dict]:
        return [self._connections(), self._threads(), self._routes(), self._downloads(), self._uploads()]

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

    def _threads(self) -> dict:
        return self._curve("threads", "threads", "", THREADS, lambda count: Workload(
            f"threads-{count}", f"{count} threads", beside(*self._kinds, threads=count)))

    def _downloads(self) -> dict:
        """Of files, since everyone has them."""
        place = self._measuring.fleet.place
        kinds = [kind for kind in self._kinds if kind != "bare"]
        return self._with_memory({}, lambda: self._curve(
            "downloads", "bytes of a file", "bytes", SIZES[self._every], lambda size: Workload(
                f"download-{size}", f"file of {size:,} bytes", beside(*kinds), f"/static/{place.sparse_file(size)}",
                connections=_connections_for(size), extra_seconds=_more_time_for(size))))

    def _uploads(self) -> dict:
        settings = {"options": ("--limits.body", "0")}
        return self._with_memory(settings, lambda: self._curve(
            "uploads", "bytes of a request's body", "bytes", SIZES[self._every], lambda size: Workload(
                f"upload-{size}", f"upload of {size:,} bytes", (Contestant("baton", "baton", settings),), "/sink",
                ("--method", "POST", "--body", str(size)), connections=_connections_for(size),
                extra_seconds=_more_time_for(size))))

    def _with_memory(self, settings: dict, measure) -> dict:
        """Memory must not grow with the sizes: what a new process has after the smallest ones, and in the end."""
        server = self._measuring.fleet.fresh("baton", **settings).process
        self._measuring.load.run(server, self._measuring.fleet.get("baton", **settings).port, 0.3, [])
        before = server.resident_bytes()
        found = measure()
        found["memory"] = {"before": before, "after": server.resident_bytes()}
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


def _connections_for(size: int) -> int:
    return 64 if size <= 1 << 20 else 2


def _more_time_for(size: int) -> float:
    """Seconds, so that a few of them are finished."""
    return 4.0 if size >= 1 << 30 else 0.0


def _add(line: dict, outcome: Outcome) -> None:
    measured = any(outcome.samples)
    line["rate"].append(of(outcome, "rate") if measured else None)
    line["p99_us"].append(tails.of_samples(outcome.samples)["p99_us"])
    throughput = median([one.bytes / one.seconds for one in outcome.samples if one])
    line["bytes_per_second"].append(throughput if measured else None)
