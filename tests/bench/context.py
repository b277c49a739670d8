"""One server within one scenario: where its files lie, how it is asked and loaded."""
import dataclasses
import http.client
import os
import socket

import measure
import trees


@dataclasses.dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Context:
    def __init__(self, name, server, scenario, size):
        self.name, self.server, self.scenario, self.size = name, server, scenario, size
        self.root = server.root
        self.base = f"/w/{name}/{scenario.name}"
        self.folder = self.root
        for segment in ("w", name, scenario.name):
            self.folder = trees.folder(os.path.join(self.folder, segment))
        self.next = 0       # the load's counter, so that new names are new in every round
        self.values = None  # a file of values for the load's {value}

    def scaled(self, count):
        """A number of files, fewer in a quick run."""
        return max(10, int(count * self.size))

    def ask(self, raw, timeout=120):
        """The answer to a request as it stands, on a connection of its own."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=timeout) as connection:
            connection.sendall(raw)
            answer = http.client.HTTPResponse(connection, method=raw.split(b" ")[0].decode())
            answer.begin()
            return Answer(answer.status, answer.headers, answer.read())

    def expect(self, statuses, raw):
        answer = self.ask(raw)
        if answer.status not in statuses:
            raise AssertionError(f"{raw.splitlines()[0].decode()}: {answer.status} {answer.body[:200]!r}")
        return answer

    def load(self, connections, steps, **options):
        result = measure.run_load(os.path.join(os.environ["BENCH_BUILD"], "bench_load"), self.server.port, connections, steps,
                                  start=self.next, **options)
        self.next = result["next"]
        return result

    def each(self, steps, count, connections=8, **options):
        """The steps for 0 <= n < count, not measured."""
        self.next = 0
        self.load(connections, steps, count=count, **options)
        self.next = 0
