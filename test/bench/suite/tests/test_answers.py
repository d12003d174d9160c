import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

from suite import answers
from suite.processes import Failure, free_port
from suite.workloads import Contestant, Workload, all_workloads, beside


class Echo(BaseHTTPRequestHandler):
    """Says what it was asked."""

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        said = f"{self.command} {self.path} {self.headers['Range']} {self.headers['Connection']} ".encode()
        self.send_response(206)
        self.end_headers()
        self.wfile.write(said + self.rfile.read(length))

    def log_message(self, *_):
        pass


class Answers(unittest.TestCase):
    def test_the_workloads_own_request_is_made(self):
        server = HTTPServer(("127.0.0.1", 0), Echo)
        self.addCleanup(server.server_close)
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        asked = Workload("x", "x", (), "/echo", ("--method", "POST", "--body", "3", "--header", "Range: bytes=1-2"))
        contestant = Contestant("x", "x", arguments=("--header", "Connection: keep-alive"))
        found = answers.ask(SimpleNamespace(port=server.server_port), asked, contestant)
        serving.join()
        self.assertEqual(found, (206, b"POST /echo bytes=1-2 keep-alive bbb"))

    def test_no_answer_is_a_failure(self):
        with self.assertRaisesRegex(Failure, "no answer to /nowhere"):
            answers.ask(SimpleNamespace(port=free_port()), Workload("x", "x", (), "/nowhere"), Contestant("x", "x"))

    def test_other_work_is_told_apart(self):
        self.assertEqual(answers.difference((200, b"a"), (200, b"a")), "")
        self.assertIn("404 and not 200", answers.difference((404, b"a"), (200, b"a")))
        self.assertIn("another body", answers.difference((200, b"b"), (200, b"a")))

    def test_what_cannot_be_alike_is_not_compared(self):
        different = {one.key for one in all_workloads(False, "log") if not one.alike}
        self.assertEqual(different, {"routes", "idle", "websocket", "fan-out"})

    def test_a_server_is_asked_as_it_wants_to_be(self):
        contestants = {one.label: one.arguments for one in beside("nginx", "pistache")}
        self.assertEqual(contestants["nginx"], ())
        self.assertEqual(contestants["pistache"], ("--header", "Connection: keep-alive"))


if __name__ == "__main__":
    unittest.main()
