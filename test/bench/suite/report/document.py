"""The document: plain dictionaries and lists, all that was measured, round by round."""

import json
import math
from pathlib import Path

from .. import tails
from ..measuring import Outcome, Result
from ..processes import Failure
from ..ratios import Ratio
from ..summary import Summary, of, ratio_between
from ..targets import Judgement

FORMAT = 2


def document(about: dict, results: list[Result], judgements: list[Judgement], more: dict) -> dict:
    """about: machine, versions, command and the like. more: latency, upgrade, memory, curves; each may be absent."""
    return {"format": FORMAT, **about, "targets": [one.as_dict() for one in judgements],
            "workloads": [_workload(result) for result in results], **more}


def write(made: dict, path: Path) -> None:
    path.write_text(json.dumps(_finite(made), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path) -> dict:
    """Failure if it is none, or of another format."""
    try:
        made = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(f"cannot read {path}: {error}") from None
    if not isinstance(made, dict) or made.get("format") != FORMAT:
        raise Failure(f"{path} is not a run's results.json of this revision (format {FORMAT})")
    return made


def _workload(result: Result) -> dict:
    workload = result.workload
    own = result.outcomes[0]
    return {"key": workload.key, "title": workload.title, "by": workload.by, "note": workload.note,
            "connections": workload.connections, "load": " ".join(workload.arguments), "path": workload.path,
            "contestants": [_contestant(own, outcome, workload.by) for outcome in result.outcomes]}


def _contestant(own: Outcome, outcome: Outcome, by: str) -> dict:
    samples = [sample for sample in outcome.samples if sample]
    entry = {"label": outcome.label, "name": Summary.name_of(outcome.label), "failure": outcome.failure}
    if samples:
        entry |= {what: round(of(outcome, what), 3) for what in ("rate", "cpu_us")}
        entry |= {**tails.of_samples(samples), "requests": sum(one.requests for one in samples)}
        entry["bytes_per_second"] = round(sum(one.bytes for one in samples) / sum(one.seconds for one in samples))
        entry["calls"] = outcome.calls
        entry["rounds"] = [sample.as_dict() if sample else None for sample in outcome.samples]
    if outcome is not own:
        entry["ratio"] = as_dict(ratio_between(own, outcome, by))
        entry["processor_ratio"] = as_dict(ratio_between(own, outcome, "cpu"))
    return entry


def as_dict(ratio: Ratio) -> dict | None:
    if not ratio.rounds:
        return None
    low, high = ratio.confidence()
    return {"median": round(ratio.median, 4), "lowest": round(ratio.lowest, 4), "highest": round(ratio.highest, 4),
            "confidence": [round(low, 4), None if math.isinf(high) else round(high, 4)], "rounds": len(ratio.rounds)}


def _finite(value):
    """JSON knows no NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return value
