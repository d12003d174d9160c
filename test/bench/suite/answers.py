"""Whether servers answer the same: one request to each before it is measured."""

import http.client
import ssl

from .processes import Failure
from .servers import Server
from .workloads import Contestant, Workload

Answer = tuple[int, bytes]  # status and body


def ask(server: Server, workload: Workload, contestant: Contestant) -> Answer:
    """The workload's request, once. Raises Failure if there is no answer."""
    path = contestant.path or workload.path
    words = (*workload.arguments, *contestant.arguments)
    told = dict(zip(words, words[1:]))
    fields = [word.partition(": ") for flag, word in zip(words, words[1:]) if flag == "--header"]
    body = b"b" * int(told["--body"]) if "--body" in told else None
    if workload.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        asking = http.client.HTTPSConnection("127.0.0.1", server.tls_port, timeout=10, context=context)
    else:
        asking = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        asking.request(told.get("--method", "GET"), path, body, {name: value for name, _, value in fields})
        answer = asking.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise Failure(f"no answer to {path}: {error}") from None
    finally:
        asking.close()


def difference(found: Answer, first: Answer) -> str:
    """In words; empty if there is none."""
    if found == first:
        return ""
    if found[0] != first[0]:
        return f"answers {found[0]} and not {first[0]}"
    return f"answers another body, of {len(found[1])} bytes, and not of {len(first[1])}"
