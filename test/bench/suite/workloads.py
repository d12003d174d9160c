"""What is asked of whom. A workload is a command line of the load generator, the path that it asks for, and the
contestants: Baton first, then those it is set beside."""

from dataclasses import dataclass, field, replace

ALL_LOOPS = ("nginx", "bare", "h2o", "haproxy", "go", "node", "cpp-httplib", "pistache")
MANY = ("--limits.connections_per_address", "0")  # the clients of one machine are more than one client's


_WISHES = {"pistache": ("--header", "Connection: keep-alive")}  # it closes otherwise, whatever the version


@dataclass(frozen=True)
class Contestant:
    """A server of a kind with settings, and the path that is asked of it where it is not the workload's. arguments: for
    `bench_load`, what this server wants to be told."""

    kind: str
    label: str
    settings: dict = field(default_factory=dict)
    path: str = ""
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workload:
    """arguments: for `bench_load`, besides path, port and time. by: what is compared, `rate` or `cpu` (where the rate
    is fixed). routes: so many targets in turn. note: a line for the report."""

    key: str
    title: str
    contestants: tuple[Contestant, ...]
    path: str = "/plaintext"
    arguments: tuple[str, ...] = ()
    by: str = "rate"
    connections: int = 64
    routes: int = 0
    extra_seconds: float = 0
    note: str = ""

    @property
    def tls(self) -> bool:
        return "--tls" in self.arguments

    @property
    def alike(self) -> bool:
        """All contestants answer the same body, and one that is soon there."""
        return not self.routes and not self.extra_seconds and "--websocket" not in self.arguments

    def without_crowd(self) -> "Workload":
        """The same with few connections: tracing is too slow to open thousands."""
        arguments = self.arguments
        if "--idle" in arguments:
            where = arguments.index("--idle")
            arguments = arguments[:where] + arguments[where + 2:]
        return replace(self, arguments=arguments, connections=min(self.connections, 64))

    def against(self, kinds: set[str]) -> "Workload":
        """With those contestants alone whose kind is among `kinds`; Baton always."""
        kept = tuple(one for one in self.contestants if one.kind == "baton" or one.kind in kinds)
        return replace(self, contestants=kept)


def beside(*kinds: str, **settings) -> tuple[Contestant, ...]:
    """Baton and servers of these kinds, all with the same settings."""
    return tuple(Contestant(kind, kind, settings, arguments=_WISHES.get(kind, ())) for kind in ("baton", *kinds))


def with_cache(contestants: tuple[Contestant, ...]) -> tuple[Contestant, ...]:
    """And nginx with its open_file_cache."""
    return (*contestants, Contestant("nginx", "nginx-cache", {"cache": True}))


def beside_plain(*kinds: str) -> tuple[Contestant, ...]:
    """Baton, itself with a plain handler and nothing around it, and others' plain text."""
    own = (Contestant("baton", "baton"), Contestant("baton", "baton-plain", path="/plaintext"))
    return (*own, *(Contestant(kind, kind, path="/plaintext") for kind in kinds))


def for_many(*kinds: str) -> tuple[Contestant, ...]:
    return (Contestant("baton", "baton", {"options": MANY}), *(Contestant(kind, kind) for kind in kinds))


def _body(size: int) -> tuple[str, ...]:
    return "--method", "POST", "--body", str(size)


def _files() -> list[Workload]:
    servers = with_cache(beside("nginx", "h2o", "go"))
    return [
        Workload("file-1k", "file, 1 KiB", servers, "/static/1k.bin"),
        Workload("file-64k", "file, 64 KiB", servers, "/static/64k.bin"),
        Workload("file-1m", "file, 1 MiB", servers, "/static/1m.bin"),
        Workload("range", "range of 1 KiB of 64 KiB", servers, "/static/64k.bin",
                 ("--header", "Range: bytes=1024-2047")),
    ]


def _tls() -> list[Workload]:
    servers = beside("nginx", "h2o", "haproxy", "go")
    return [
        Workload("tls", "TLS 1.3, keep-alive", servers, arguments=("--tls",)),
        Workload("tls-full", "TLS 1.3, full handshakes", servers, arguments=("--tls", "--handshake", "full"), by="cpu",
                 note="compared is the processor time: a handshake is more work for the load than for the server"),
        Workload("tls-resumed", "TLS 1.3, resumed handshakes", servers, arguments=("--tls", "--handshake", "resumed")),
        Workload("tls-download", "TLS 1.3, 1 MiB file", beside("nginx", "h2o", "go"), "/static/1m.bin", ("--tls",)),
    ]


def _plain() -> list[Workload]:
    posting = beside("bare", "go", "node", "cpp-httplib", "pistache")
    return [
        Workload("plaintext", "plaintext", beside(*ALL_LOOPS)),
        Workload("pipelined", "plaintext, 16 pipelined", beside("nginx", "bare", "h2o", "haproxy", "go", "node"),
                 arguments=("--depth", "16")),
        Workload("json", "JSON", beside(*ALL_LOOPS), "/json"),
        Workload("post-1k", "POST echo, 1 KiB", posting, "/echo", _body(1024)),
        Workload("post-1m", "POST echo, 1 MiB", posting, "/echo", _body(1024 * 1024), connections=16),
    ]


def _routing() -> list[Workload]:
    return [
        Workload("close", "a connection per request", beside("nginx", "bare", "h2o", "haproxy", "go"),
                 arguments=("--close",), by="cpu",
                 note="compared is the processor time: opening and closing fills the load's core before the server's"),
        Workload("routes", "300 routes with parameters", beside("nginx", "go"), routes=300,
                 note="nginx and Go match the prefixes alone"),
        Workload("coroutine", "coroutine handler", beside_plain("nginx"), "/coroutine"),
        Workload("middleware", "three middlewares", beside_plain("nginx"), "/wrapped/plaintext"),
    ]


def _crowds(idle: int, listeners: int) -> list[Workload]:
    return [
        Workload("idle", f"64 busy among {idle:,} idle connections", for_many("nginx", "h2o", "go"),
                 arguments=("--idle", str(idle)), extra_seconds=1),
        Workload("websocket", "WebSocket echo, 64 bytes", beside("go"), "/ws", ("--websocket", "64"),
                 note="Go's is gorilla's; nginx, h2o and HAProxy do not answer them themselves"),
        Workload("fan-out", f"20 events a second to {listeners:,} listeners each", for_many("go"), "/fan-out",
                 ("--events",), by="cpu", connections=listeners, extra_seconds=1,
                 note="the rate is given; compared is the processor time per event"),
    ]


def _threads() -> list[Workload]:
    return [Workload(f"threads-{count}", f"plaintext, {count} threads", beside("nginx", "go", threads=count),
                     note="unpinned where that is more than the cores less one: server and load share them")
            for count in (2, 4)]


def _access_log(log: str) -> list[Workload]:
    own = (Contestant("baton", "baton", {"options": ("--access_log", log)}), Contestant("baton", "baton-without"))
    theirs = (Contestant("nginx", "nginx-log", {"access_log": True}),)
    return [Workload("access-log", "plaintext with the access log", (*own, *theirs),
                     note="nginx writes each line at once, as Debian sets it up")]


def all_workloads(quick: bool, access_log: str) -> list[Workload]:
    """In the order of the report. A quick run has smaller crowds."""
    idle, listeners = (2_000, 1_000) if quick else (10_000, 5_000)
    return [*_plain(), *_files(), *_routing(), *_tls(), *_crowds(idle, listeners), *_threads(),
            *_access_log(access_log)]
