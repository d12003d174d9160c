"""What the figures were measured on, and which of its cores serve and which ask."""

import datetime
import functools
import os
import platform
import resource
import subprocess
import time
from pathlib import Path

WANTED_DESCRIPTORS = 50_000  # the curve of connections ends at 20,000 on each side


@functools.cache
def cores() -> list[int]:
    """Those that this run may use; asked for the first time before it confines itself."""
    return sorted(os.sched_getaffinity(0))


def server_cores(threads: int) -> list[int]:
    """The first ones; one is left to the load. Where there are too few for that, server and load share them."""
    all_cores = cores()
    return all_cores[:threads] if threads < len(all_cores) else all_cores


def load_core() -> int:
    return cores()[-1]


def confine_to_load_core() -> None:
    """This process looks on from the load's core, and leaves the servers' alone."""
    os.sched_setaffinity(0, {load_core()})


def allow_descriptors() -> None:
    """Sets the limit of open files, for all that is started, to what is wanted or as much of it as this user may
    have. No more: nginx and others make room for as many connections at once."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (WANTED_DESCRIPTORS, min(hard, WANTED_DESCRIPTORS)):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, max(limit, hard)))
            return
        except (ValueError, OSError):
            continue


def descriptors() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def revision(root: Path) -> str:
    """Of a source tree; says so where there is no telling."""
    try:
        done = subprocess.run(["git", "-C", str(root), "describe", "--always", "--dirty", "--tags"],
                              capture_output=True, text=True)
    except OSError:
        return "unknown revision"
    return done.stdout.strip() if done.returncode == 0 else "unknown revision"


def first_line(*command: str) -> str:
    """The first line that a program prints, on either stream; empty if it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0].strip() if lines else ""


def package_version(package: str) -> str:
    """As Debian counts; empty where that is unknown."""
    done = first_line("dpkg-query", "-W", "-f=${Version}", package)
    return "" if "no packages found" in done or not done else done


def _field(path: str, name: str) -> str:
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                key, _, value = line.partition(":")
                if key.strip() == name:
                    return value.strip()
    except OSError:
        pass
    return ""


def busy_share(seconds: float = 1.0) -> float:
    """How much of the machine is used now, by whomever: 0 is quiet, and what a measurement wants to see."""
    before, after = _jiffies(), (time.sleep(seconds), _jiffies())[1]
    spent = [b - a for a, b in zip(before, after)]
    return 1 - (spent[3] + spent[4]) / max(1, sum(spent))


def _jiffies() -> list[int]:
    """user, nice, system, idle, iowait, irq, softirq, steal."""
    with open("/proc/stat", encoding="utf-8") as counters:
        return [int(word) for word in counters.readline().split()[1:9]]


def describe() -> dict:
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _field("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": len(cores()),
        "memory_kib": int((_field("/proc/meminfo", "MemTotal").split() or ["0"])[0]),
        "kernel": platform.release(),
        "system": _pretty_name(),
        "compiler": first_line("c++", "--version"),
        "busy_before": round(busy_share(), 3),
    }


def _pretty_name() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return platform.system()
