"""Programs that the suite starts: pinned, with all that they start themselves, and the memory that they use."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

class Failure(Exception):
    """Something could not be measured; the text says what, for the report."""


def free_port() -> int:
    """Free a moment ago, on all of 127/8, below those that the kernel gives to clients."""
    for candidate in range(20000 + os.getpid() % 5000, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", candidate))
            except OSError:
                continue
        if candidate not in _given:
            _given.add(candidate)
            return candidate
    raise Failure("no free port between 20000 and 32000")


_given: set[int] = set()


def listening_sockets(port: int) -> set[str]:
    """As they are called in a process's folder of descriptors."""
    found = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
            found.add(f"socket:[{fields[9]}]")
    return found


class Process:
    """A program on some cores with its output in a file. `stop` ends it and what it has started; so does the end of the
    suite, whatever ends it."""

    def __init__(self, command: list[str], cores: list[int], log: Path, environment: dict | None = None):
        self.command = command
        self.log = log
        pinned = ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", ",".join(map(str, cores)), *command]
        with open(log, "wb") as out:
            self._child = subprocess.Popen(pinned, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                           env={**os.environ, **(environment or {})})
        self.pid = self._child.pid

    def await_(self, ready, seconds: float = 10) -> None:
        """Until `ready()` is true; a Failure with the program's last words if it isn't in time."""
        end = time.monotonic() + seconds
        while not ready():
            if self._child.poll() is not None or time.monotonic() > end:
                state = "ended" if self._child.poll() is not None else "is not ready"
                raise Failure(f"{Path(self.command[0]).name} {state}: {self.last_words()}")
            time.sleep(0.02)

    def listens_on(self, port: int) -> bool:
        """It does, or what it has started: not a stranger who took the port."""
        wanted = listening_sockets(port)
        return bool(wanted) and any(wanted & descriptors_of(pid) for pid in self.family())

    def cpu_seconds(self) -> float:
        """Of all that live now."""
        return sum(map(cpu_seconds, self.family()))

    def last_words(self) -> str:
        text = self.log.read_text(errors="replace").strip().splitlines()
        return text[-1] if text else "it said nothing"

    def alive(self) -> bool:
        return self._child.poll() is None

    def stop(self) -> None:
        family = self.family()
        if self.alive():
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(3)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        for pid in family:  # those of a master that did not take them along
            if pid != self.pid and parent_of(pid) in (1, os.getpid()):
                kill_quietly(pid)

    def family(self) -> list[int]:
        """The pids of it and its descendants that live now."""
        found, todo = [], [self.pid]
        while todo:
            pid = todo.pop()
            if os.path.exists(f"/proc/{pid}"):
                found.append(pid)
                todo += children_of(pid)
        return found

    def resident_bytes(self) -> int:
        return sum(map(resident_bytes, self.family()))


_SET_CHILD_SUBREAPER = 36  # of prctl(2)


def adopt_orphans() -> None:
    """From now on what servers have started comes to this process when they die, and not to init, where it would be
    lost: nginx's workers stay when somebody kills their master."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_children(seconds: float = 3) -> None:
    """All of this process's, adopted ones too; with SIGKILL what is there after that time."""
    for number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 10)):
        for pid in children_of(os.getpid()):
            kill_quietly(pid, number)
        end = time.monotonic() + patience
        while _some_children() and time.monotonic() < end:
            time.sleep(0.02)


def _some_children() -> bool:
    """Whether one lives; those that have ended are let go of."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def children_of(pid: int) -> list[int]:
    children = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += map(int, listing.read_text().split())
        except OSError:
            continue
    return children


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def descriptors_of(pid: int) -> set[str]:
    """What its descriptors lead to."""
    found = set()
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            found.add(os.readlink(link))
        except OSError:
            continue
    return found


def cpu_seconds(pid: int) -> float:
    """Of a process, by its clock in the kernel (clock_getcpuclockid, which Python does not have)."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def resident_bytes(pid: int) -> int:
    """Anonymous and file pages that are its own or shared: VmRSS."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def kill_quietly(pid: int, number: int = signal.SIGTERM) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
