"""Takes turns: in each round every contestant of a workload is asked once, in an order that turns round with the
rounds, so that none always meets the warmer machine."""

from dataclasses import dataclass, field, replace

from . import answers, syscalls
from .fleet import Fleet
from .load import Load, Sample
from .processes import Failure
from .progress import say
from .servers import KINDS, Server
from .workloads import Contestant, Workload


CLOSEST = ("baton", "nginx", "bare")  # whom it is about; the others are far enough away for fewer rounds


TAIL_ROUNDS, TAIL_SECONDS = 7, 1.0


@dataclass(frozen=True)
class Pace:
    """traced: whose system calls are counted, in runs of their own: those of all, of the closest, or of nobody.
    tail_rounds, tail_seconds: of what is measured for its slowest requests; these want many of them, and many rounds,
    as one stall of the machine meets hundreds at once."""

    rounds: int
    seconds: float
    rounds_of_others: int = 3
    traced: str = "all"
    tail_rounds: int = TAIL_ROUNDS
    tail_seconds: float = TAIL_SECONDS

    def rounds_of(self, kind: str) -> int:
        return self.rounds if kind in CLOSEST else min(self.rounds, self.rounds_of_others)

    def traces(self, kind: str) -> bool:
        return self.traced == "all" or (self.traced == "closest" and kind in CLOSEST)


@dataclass
class Outcome:
    """What one contestant did: a sample a round, None where the round failed, and why the last one did."""

    label: str
    kind: str
    samples: list[Sample | None] = field(default_factory=list)
    calls: dict[str, float] = field(default_factory=dict)
    failure: str = ""


@dataclass
class Result:
    workload: Workload
    outcomes: list[Outcome]

    def of(self, label: str) -> Outcome | None:
        return next((one for one in self.outcomes if one.label == label), None)


class Measuring:
    def __init__(self, fleet: Fleet, load: Load, pace: Pace):
        self.fleet = fleet
        self.load = load
        self.pace = pace

    @property
    def rounds(self) -> int:
        return self.pace.rounds

    @property
    def seconds(self) -> float:
        return self.pace.seconds

    def at(self, **changes) -> "Measuring":
        """The same servers and load at another pace."""
        return Measuring(self.fleet, self.load, replace(self.pace, **changes))

    def for_tails(self) -> "Measuring":
        pace = self.pace
        return self.at(rounds=pace.tail_rounds, seconds=pace.tail_seconds, traced="none")

    def run(self, workload: Workload) -> Result:
        result = Result(workload, [Outcome(one.label, one.kind) for one in workload.contestants])
        turns = list(zip(workload.contestants, result.outcomes))
        self._refuse_other_answers(workload, turns)
        for number in range(self.rounds):
            now = [turn for turn in turns if number < self.pace.rounds_of(turn[0].kind)]
            for contestant, outcome in turned(now, number):
                outcome.samples.append(self._sample(workload, contestant, outcome))
            briefly = ", ".join(_brief(outcome) for _, outcome in now)
            say(f"{workload.title}, round {number + 1} of {self.rounds}: {briefly}")
        for contestant, outcome in turns:
            if self.pace.traces(contestant.kind) and syscalls.available():
                outcome.calls = self._calls(workload, contestant, outcome)
        return result

    def _refuse_other_answers(self, workload: Workload, turns: list[tuple[Contestant, Outcome]]) -> None:
        """Who answers something else does other work: a body that is not the first one's is a failure."""
        first = None
        for contestant, outcome in turns if workload.alike else []:
            try:
                server = self.fleet.get(contestant.kind, **contestant.settings)
                found = answers.ask(server, workload, contestant)
            except Failure as failure:
                outcome.failure = str(failure)
            else:
                first = first or found
                outcome.failure = answers.difference(found, first)
            if outcome.failure:
                say(f"{workload.title}, {contestant.label}: {outcome.failure}")

    def _sample(self, workload: Workload, contestant: Contestant, outcome: Outcome) -> Sample | None:
        if outcome.failure:
            return None  # it would fail again, and take its time
        try:
            server = self.fleet.get(contestant.kind, **contestant.settings)
            return self.load.run(server.process, port_of(server, workload), self.seconds + workload.extra_seconds,
                                 self.arguments(workload, contestant))
        except Failure as failure:
            outcome.failure = str(failure)
            say(f"{workload.title}, {contestant.label}: {failure}")
            return None

    def _calls(self, workload: Workload, contestant: Contestant, outcome: Outcome) -> dict[str, float]:
        if outcome.failure or not KINDS[contestant.kind].traceable:
            return {}
        try:
            fewer = workload.without_crowd()
            return syscalls.per_request(*(self._traced(fewer, contestant, seconds) for seconds in (0.2, 0.6)))
        except Failure as failure:
            say(f"{workload.title}, {contestant.label}: no system calls counted: {failure}")
            return {}

    def _traced(self, workload: Workload, contestant: Contestant, seconds: float) -> tuple[dict[str, int], int]:
        server = self.fleet.get(contestant.kind, **contestant.settings)
        trace = syscalls.Trace(server.process, self.fleet.place.work)
        try:
            sample = self.load.run(server.process, port_of(server, workload), seconds,
                                   self.arguments(workload, contestant), warm=0)
        finally:
            counts = trace.counts()
        return counts, sample.requests

    def arguments(self, workload: Workload, contestant: Contestant) -> list[str]:
        asked = ["--connections", str(workload.connections), *workload.arguments, *contestant.arguments]
        if workload.routes and not contestant.path:
            return [*asked, "--paths", str(self._targets(workload.routes))]
        return [*asked, "--path", contestant.path or workload.path]

    def _targets(self, count: int):
        file = self.fleet.place.work / f"targets-{count}"
        if not file.exists():
            # Strided, so that neighbours in time are not neighbours in a table.
            stride = next(step for step in (7, 11, 13, 1) if count % step)
            order = [i * stride % count for i in range(count)]
            file.write_text("".join(f"/r{i}/group{i}/items/{i + 1000}\n" for i in order))
        return file


def turned(turns: list, number: int) -> list:
    """The order of a round: forth, and back the next time."""
    return turns if number % 2 == 0 else turns[::-1]


def port_of(server: Server, workload: Workload) -> int:
    return server.tls_port if workload.tls else server.port


def _brief(outcome: Outcome) -> str:
    last = outcome.samples[-1] if outcome.samples else None
    return f"{outcome.label} {last.rate:,.0f}/s {last.cpu_us:.1f} us" if last else f"{outcome.label} failed"
