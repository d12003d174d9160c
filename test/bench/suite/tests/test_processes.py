import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from suite import processes
from suite.processes import Failure, Process


ORPHANS = """
import os, subprocess
from suite import processes
processes.adopt_orphans()
server = subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, text=True)
orphan = int(server.stdout.readline())
server.kill()
server.wait()
print("orphan there" if orphan in processes.children_of(os.getpid()) else "lost")
processes.end_children(0.2)
print("orphan there" if os.path.exists(f"/proc/{orphan}") else "orphan gone")
"""


class Processes(unittest.TestCase):
    def start(self, *command: str) -> Process:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        process = Process(list(command), sorted(os.sched_getaffinity(0)), Path(folder.name) / "log")
        self.addCleanup(process.stop)
        return process

    def test_a_stranger_on_the_port_is_not_taken_for_the_server(self):
        with socket.create_server(("127.0.0.1", 0)) as stranger:
            port = stranger.getsockname()[1]
            self.assertTrue(processes.listening_sockets(port) & processes.descriptors_of(os.getpid()))
            process = self.start("sleep", "60")
            self.assertFalse(process.listens_on(port))
        self.assertEqual(processes.listening_sockets(port), set())

    def test_what_a_server_has_started_ends_with_it(self):
        process = self.start("sh", "-c", "sleep 60 & wait")
        process.await_(lambda: len(process.family()) == 2)
        family = process.family()
        process.stop()
        end = time.monotonic() + 10
        while any(os.path.exists(f"/proc/{pid}") for pid in family) and time.monotonic() < end:
            time.sleep(0.01)
        self.assertFalse([pid for pid in family if os.path.exists(f"/proc/{pid}")])

    def test_what_outlives_a_server_that_was_killed_is_found_in_the_end(self):
        # In a process of its own, since all its children are ended.
        done = subprocess.run([sys.executable, "-B", "-c", ORPHANS], capture_output=True, text=True, timeout=30,
                              cwd=Path(processes.__file__).parents[1])
        self.assertEqual((done.stdout, done.stderr), ("orphan there\norphan gone\n", ""))

    def test_one_that_ends_before_it_is_ready_is_a_failure_with_its_last_words(self):
        process = self.start("sh", "-c", "echo no such luck; exit 1")
        with self.assertRaisesRegex(Failure, "ended: no such luck"):
            process.await_(lambda: False)

    def test_processor_time_is_that_of_the_kernel(self):
        before = processes.cpu_seconds(os.getpid())
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass
        self.assertGreaterEqual(processes.cpu_seconds(os.getpid()) - before, 0.04)
        self.assertEqual(processes.cpu_seconds(2 ** 22 + 1), 0.0)  # more than there may be


if __name__ == "__main__":
    unittest.main()
