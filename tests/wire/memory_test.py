"""Memory does not belong to whoever connects: it follows the bytes that came, has a bound, and is given back."""
import contextlib
import os
import resource
import socket
import unittest

from davit import Case, Server, is_sanitized, main, memory, propertyupdate, set_prop, wait_until

MIB = 1 << 20


@contextlib.contextmanager
def connections(server, count):
    held = [server.connect() for _ in range(count)]
    try:
        yield held
    finally:
        for connection in held:
            connection.close()


def head(method, path, length, more=""):
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n{more}\r\n".encode()


class Uploads(Case):
    """Many clients begin an upload and do not go on."""

    def wait_for_descriptors(self, count):
        self.assertTrue(wait_until(lambda: len(os.listdir(f"/proc/{self.server.process.pid}/fd")) > count))

    def grown_by(self, data, count=400):
        before = memory(self.server)
        with connections(self.server, count) as held:
            for i, connection in enumerate(held):
                connection.send(data % i if b"%d" in data else data)
            self.wait_for_descriptors(count)
            for _ in range(16):  # each loop has been at work after them
                self.expect(200, "GET", "/")
            grown = memory(self.server) - before
        if is_sanitized(self.server):
            self.skipTest("memory says nothing under a sanitizer")
        return grown / count

    def test_waiting_upload_holds_no_large_buffer(self):
        for name, data in (("head only", head("PUT", self.dir + "/f%d", MIB)),
                           ("some bytes", head("PUT", self.dir + "/f%d", MIB) + b"x" * 1000),
                           ("in chunks", f"PUT {self.dir}/f%d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
                            + b"ffff\r\n" + b"x" * 1000)):
            with self.subTest(name):
                self.assertLess(self.grown_by(data), 64 * 1024)

    def test_xml_body_takes_memory_for_what_has_come_only(self):
        self.put(self.dir + "/f")
        self.assertLess(self.grown_by(head("PROPPATCH", self.dir + "/f", 8 * MIB) + b"<x", 400), 64 * 1024)

    def test_memory_is_given_back_after_a_burst(self):
        before = memory(self.server)
        with connections(self.server, 300) as held:
            for i, connection in enumerate(held):
                connection.send(head("PUT", f"{self.dir}/f{i}", MIB) + b"x" * 100000)
            self.wait_for_descriptors(600)
        if is_sanitized(self.server):
            self.skipTest("memory says nothing under a sanitizer")
        self.assertTrue(wait_until(lambda: memory(self.server) < before + 12 * MIB, 20), (before, memory(self.server)))


class Budget(Case):
    """All bodies together have a bound."""
    config = """
[limits]
memory_bytes = "12MiB"
"""

    def test_bodies_beyond_the_budget_are_refused_for_now(self):
        self.put(self.dir + "/f")
        body = propertyupdate(set_prop("<Z:p>" + "x" * (MIB + MIB // 2) + "</Z:p>")).encode()
        before = memory(self.server)
        with connections(self.server, 40) as held:
            for connection in held:
                with contextlib.suppress(OSError):  # refused and closed meanwhile
                    connection.send(head("PROPPATCH", self.dir + "/f", len(body)) + body[:-10])
            refused = []

            def some_refused():
                for connection in held[len(refused):]:
                    connection.socket.settimeout(0.05)
                    with contextlib.suppress(OSError, EOFError):
                        refused.append(connection.read())
                        continue
                return len(refused) > 0
            self.assertTrue(wait_until(some_refused))
            self.assertEqual({answer.status for answer in refused}, {503})
            self.assertEqual({answer.header("X-Dav-Error-Code") for answer in refused}, {"out-of-memory"})
            self.assertTrue(all(answer.header("Retry-After") for answer in refused))
            self.proppatch(self.dir + "/f", set_prop("<Z:p>small</Z:p>"))  # half of the budget is for such
            self.put(self.dir + "/g", b"x" * 3 * MIB)
            if not is_sanitized(self.server):
                self.assertLess(memory(self.server) - before, 40 * MIB)
        self.assertTrue(wait_until(lambda: self.request("PROPPATCH", self.dir + "/f", body=body).status == 207))

    def test_properties_that_clients_do_not_read_count(self):
        self.expect(201, "MKCOL", self.dir + "/d")
        self.put(self.dir + "/d/f")
        for i in range(5):
            self.proppatch(self.dir + "/d/f", set_prop(f"<Z:p{i}>" + "x" * 1040000 + f"</Z:p{i}>"))
        body = b'<propfind xmlns="DAV:"><allprop/></propfind>'
        for path, depth in ((self.dir + "/d/f", "0"), (self.dir + "/d", "1")):
            before = memory(self.server)
            with connections(self.server, 12) as held:
                for connection in held:
                    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    connection.send(f"PROPFIND {path} HTTP/1.1\r\nHost: x\r\nDepth: {depth}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                heads = [connection.socket.recv(4096) for connection in held]
                refused = [head for head in heads if head.startswith(b"HTTP/1.1 503")]
                self.assertGreaterEqual(len(refused), 9)
                for head in refused:
                    self.assertIn(b"out-of-memory", head)
                    self.assertIn(b"Retry-After", head)
                if not is_sanitized(self.server):
                    self.assertLess(memory(self.server) - before, 40 * MIB)
            self.assertTrue(wait_until(lambda: len(self.request("PROPFIND", path, {"Depth": depth}, body).body) > 5_000_000))

    def test_body_that_can_never_fit_is_too_large(self):
        self.put(self.dir + "/f")
        answer = self.expect(413, "PROPPATCH", self.dir + "/f", {"Content-Length": str(8 * MIB)}, b"")
        self.assertEqual(answer.header("X-Dav-Error-Code"), "body-too-large")


class PropertiesBeyondTheBudget(Case):
    """With little memory, what was stored before can be read, and plain listings do not count as large."""
    config = """
[limits]
memory_bytes = "4MiB"
"""

    def test_a_set_larger_than_half_of_the_budget_can_be_read(self):
        self.put(self.dir + "/f")
        for i in range(6):
            self.proppatch(self.dir + "/f", set_prop(f"<Z:p{i}>" + "x" * 520000 + f"</Z:p{i}>"))
        body = b'<propfind xmlns="DAV:"><allprop/></propfind>'
        self.assertGreater(len(self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, body).body), 3_000_000)

    def test_many_slow_readers_of_a_plain_listing_are_served(self):
        self.expect(201, "MKCOL", self.dir + "/many")
        for i in range(1500):
            self.put(f"{self.dir}/many/{i:04}")
        with connections(self.server, 20) as held:
            for connection in held:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.send(f"PROPFIND {self.dir}/many HTTP/1.1\r\nHost: x\r\nDepth: 1\r\nContent-Length: 0\r\n\r\n".encode())
            heads = [connection.socket.recv(100) for connection in held]
            self.assertEqual({head_read[:12] for head_read in heads}, {b"HTTP/1.1 207"})
            whole = self.expect(207, "PROPFIND", self.dir + "/many", {"Depth": "1"})
            self.assertEqual(whole.body.count(b"</D:response>"), 1501)


class SmallBudget(Case):
    """With little memory, requests that are waited for are bounded in number."""
    config = """
[limits]
memory_bytes = "2MiB"
"""

    def test_waiting_requests_are_bounded_by_the_budget(self):
        with connections(self.server, 200) as held:
            for i, connection in enumerate(held):
                connection.send(head("PUT", f"{self.dir}/f{i}", MIB) + b"x" * 1000)

            def refused():
                answer = self.request("PUT", self.dir + "/g", {"Content-Length": "10"}, b"y" * 10)
                return answer.header("X-Dav-Error-Code") == "out-of-memory" and answer.header("Retry-After")
            self.assertTrue(wait_until(refused))
        self.assertTrue(wait_until(lambda: self.request("PUT", self.dir + "/g", body=b"y" * 10).status in (201, 204)))


class Shortage(unittest.TestCase):
    """The system gives the server no more memory: 503, never a mistake of the client's."""

    def test_allocation_that_fails_is_503(self):
        server = Server()
        try:
            if is_sanitized(server):
                self.skipTest("a sanitizer ends the process when an allocation fails")
            self.assertEqual(server.request("PUT", "/f", body=b"x").status, 201)
            body = propertyupdate("".join(set_prop(f"<Z:p{i}>{'x' * 4000}</Z:p{i}>") for i in range(1000)))
            seen = set()
            for more in (0, 5, 10, 16, 24):
                limit = memory(server, "VmSize") + more * MIB
                hard = resource.prlimit(server.process.pid, resource.RLIMIT_AS)[1]
                resource.prlimit(server.process.pid, resource.RLIMIT_AS, (limit, hard))
                answer = server.request("PROPPATCH", "/f", body=body)
                resource.prlimit(server.process.pid, resource.RLIMIT_AS, (hard, hard))
                seen.add(answer.status)
                if answer.status != 207:
                    self.assertEqual((answer.status, answer.header("X-Dav-Error-Code")), (503, "out-of-memory"), answer)
                    self.assertTrue(answer.header("Retry-After"))
            self.assertIn(503, seen)
            self.assertEqual(server.request("GET", "/f").status, 200)
            server.log_line("out-of-memory")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
