"""Results as a run would have them, for tests."""

from suite.load import Sample
from suite.measuring import Outcome, Result
from suite.workloads import Workload, beside


def sample(rate: float, p99: float = 900, cpu: float = 5) -> Sample:
    return Sample(rate=rate, requests=int(rate), seconds=1, bytes=int(rate) * 100, connects=0, p50_us=300, p99_us=p99,
                  p999_us=2 * p99, cpu_us=cpu, windows=[10, 10],
                  histogram=[[300_000, int(rate * 0.9)], [int(p99 * 1000), int(rate) - int(rate * 0.9)]])


def outcome(label: str, *rates: float | None, failure: str = "", cpu: float = 5) -> Outcome:
    samples = [sample(rate, cpu=cpu) if rate else None for rate in rates]
    return Outcome(label, label, samples, {"recvfrom": 1.0, "sendto": 1.0}, failure)


def result(key: str, *outcomes: Outcome, **more) -> Result:
    return Result(Workload(key, key, beside(), **more), list(outcomes))


def about() -> dict:
    return {"machine": {"date": "2020-02-02 02:02 UTC", "processor": "a processor", "cores": 2, "kernel": "6.1",
                        "system": "Debian", "compiler": "g++ 12", "busy_before": 0.01, "busy_after": 0.02},
            "command": "test/bench/run", "rounds": 3, "rounds_of_others": 3, "seconds": 1,
            "tail_rounds": 5, "tail_seconds": 1.5, "minutes": 2, "quick": False,
            "servers": [{"name": "nginx", "version": "1.22", "command": "nginx -c nginx.conf"}],
            "missing": [{"name": "h2o", "why": "not installed"}]}
