"""An upgrade that moves very many idle connections: what it takes, and what others notice. Done by test/bench/idle,
which holds them from several processes and source addresses."""

import json
import subprocess
import sys

from .machine import cores
from .measuring import Measuring
from .processes import Failure
from .progress import say
from .targets import Judgement, at_most

PATIENCE = 300  # seconds


def measure(measuring: Measuring, wanted: int) -> tuple[list[Judgement], dict]:
    place = measuring.fleet.place
    # On all cores: this process is confined to the load's.
    command = ["taskset", "-c", ",".join(map(str, cores())), sys.executable, "-B", str(place.bench / "idle"), "--json",
               "--connections", str(wanted), "--demo", str(place.binaries / "baton-demo")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Failure(f"test/bench/idle did not end within {PATIENCE} s") from None
    found = parse(done.returncode, done.stdout, done.stderr)
    say(f"moved {found['moved']:,} idle connections in {found['move_s']} s, lost {found['lost']}")
    return [at_most("idle connections lost in an upgrade that moves all", found["lost"], 0)], found


def parse(status: int, output: str, words: str) -> dict:
    """The line of JSON, whatever else was printed."""
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if status != 0 or not lines:
        raise Failure((words.strip().splitlines() or ["test/bench/idle said nothing"])[-1])
    return json.loads(lines[-1])
