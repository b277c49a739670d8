"""Connections do not belong to whoever connects: one client, or many idle connections, leave room for others."""
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import unittest

if os.environ.get("DAVIT_OWN_NETWORK") != "1":
    # Addresses that are not this machine's loopback need a network namespace.
    keep = [f"{name}={os.environ[name]}" for name in ("DAVIT", "SOURCE_DIR", "PATH")] + ["DAVIT_OWN_NETWORK=1"]
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    os.execvp((sudo + ["unshare"])[0], [*sudo, "unshare", "--net", "env", *keep, sys.executable, "-B", *sys.argv])

from davit import Case, Connection, Server, main, propertyupdate, set_prop, wait_until

for command in ("link set lo up", "addr add 192.0.2.1/32 dev lo", "addr add 192.0.2.2/32 dev lo", "-6 addr add 2001:db8::1/128 dev lo",
                "-6 addr add 2001:db8::2/128 dev lo", "-6 addr add 2001:db8:0:1::1/128 dev lo"):
    subprocess.run(["ip", *command.split()], check=True)


class From(Connection):
    """A connection from an address to the same address."""

    def __init__(self, address, port):
        self.socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        self.socket.settimeout(20)
        self.socket.bind((address, 0))
        self.socket.connect((address, port))
        self.buffer = b""


@contextlib.contextmanager
def held(connections):
    opened = []
    try:
        for connection in connections:
            opened.append(connection)
        yield opened
    finally:
        for connection in opened:
            connection.close()


def begin_upload(connection, path, more=""):
    """A request that stays under way: half a body."""
    connection.send(f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n{more}\r\n".encode() + b"x" * 50)


class OneAddress(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        places = ("127.0.0.1:0", "192.0.2.1:8081", "192.0.2.2:8081", "[2001:db8::1]:8081", "[2001:db8::2]:8081", "[2001:db8:0:1::1]:8081")
        cls.server = Server(args=[word for place in places for word in ("--listen", place)], config="""
[server]
allow_unauthenticated = true
[limits]
connections_per_client = 5
""")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def status(self, address):
        connection = From(address, 8081)
        try:
            return self.server.request("OPTIONS", "/", connection=connection)
        except (ConnectionError, EOFError):
            return None
        finally:
            connection.close()

    def test_one_address_cannot_use_up_all_connections(self):
        for busy, others in (("192.0.2.1", ("192.0.2.2", "2001:db8::1")), ("2001:db8::1", ("192.0.2.1", "2001:db8:0:1::1"))):
            with held(From(busy, 8081) for _ in range(5)) as connections:
                for connection in connections:
                    self.assertEqual(self.server.request("OPTIONS", "/", connection=connection).status, 200)
                extra = From(busy, 8081)
                answer = extra.read()
                self.assertEqual((answer.status, answer.header("X-Dav-Error-Code")), (503, "client-limit"))
                self.assertTrue(answer.header("Retry-After"))
                self.assertTrue(extra.closed())
                extra.close()
                for other in others:
                    self.assertEqual(self.status(other).status, 200)
                self.assertEqual(self.server.request("OPTIONS", "/").status, 200)
            self.assertTrue(wait_until(lambda: (answer := self.status(busy)) and answer.status == 200))

    def test_addresses_of_one_ipv6_network_are_one_client(self):
        with held(From(address, 8081) for address in ["2001:db8::1", "2001:db8::2"] * 2 + ["2001:db8::1"]):
            extra = From("2001:db8::2", 8081)
            self.assertEqual(extra.read().header("X-Dav-Error-Code"), "client-limit")
            extra.close()
            self.assertEqual(self.status("2001:db8:0:1::1").status, 200)

    def test_this_machine_is_not_counted(self):
        with held(self.server.connect() for _ in range(12)) as connections:
            for connection in connections:
                self.assertEqual(self.server.request("OPTIONS", "/", connection=connection).status, 200)


class BehindProxy(Case):
    config = """
[server]
trusted_proxies = ["127.0.0.1"]
[limits]
connections_per_client = 3
"""

    def test_bodies_of_one_client_leave_memory_for_others(self):
        """Waiting bodies of one client would fill the half of the budget that is for large bodies."""
        server = Server(config="[server]\ntrusted_proxies = [\"127.0.0.1\"]\n[limits]\nmemory_bytes = \"24MiB\"\n")
        self.addCleanup(server.stop)
        self.assertEqual(server.request("PUT", "/f", body=b"x").status, 201)
        body = propertyupdate(set_prop("<Z:p>" + "x" * (900 << 10) + "</Z:p>")).encode()

        def head(client):
            return (f"PROPPATCH /f HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {client}\r\nContent-Type: text/xml\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n").encode()
        for mine, other in (("192.0.2.7", "192.0.2.8"), ("2001:db8::1", "2001:db8:0:1::1")):
            with held(server.connect() for _ in range(16)) as connections:
                for connection in connections:
                    with contextlib.suppress(OSError):  # refused and closed meanwhile
                        connection.send(head(mine) + body[:-10])
                refused = []

                def some_refused():
                    for connection in connections:
                        connection.socket.settimeout(0.05)
                        with contextlib.suppress(OSError, EOFError):
                            refused.append(connection.read())
                    return refused
                self.assertTrue(wait_until(some_refused))
                self.assertEqual({(each.status, each.header("X-Dav-Error-Code")) for each in refused}, {(503, "client-limit")})
                self.assertTrue(all(each.header("Retry-After") for each in refused))
                self.assertEqual(server.request("PROPPATCH", "/f", {"X-Forwarded-For": other}, body).status, 207)
            self.assertTrue(wait_until(lambda: server.request("PROPPATCH", "/f", {"X-Forwarded-For": mine}, body).status == 207))

    def test_running_requests_of_one_client_behind_a_proxy_are_bounded(self):
        for field in ("X-Forwarded-For: %s", "Forwarded: for=%s", "X-Real-IP: %s"):
            mine, other = field % "192.0.2.7", field % "192.0.2.8"
            with held(self.server.connect() for _ in range(3)) as connections:
                for i, connection in enumerate(connections):
                    begin_upload(connection, f"{self.dir}/f{i}", mine + "\r\n")
                name, value = mine.split(": ")

                def refused():
                    return self.request("PROPFIND", "/", {name: value, "Depth": "1"}).header("X-Dav-Error-Code") == "client-limit"
                self.assertTrue(wait_until(refused), field)
                answer = self.expect(503, "PROPFIND", "/", {name: value, "Depth": "1"})
                self.assertTrue(answer.header("Retry-After"))
                self.expect(207, "PROPFIND", "/", {name: other.split(": ")[1], "Depth": "1"})
                for connection in connections:
                    connection.send(b"y" * 50)
                    self.assertIn(connection.read().status, (201, 204))
                self.assertTrue(wait_until(lambda: not refused()))

    def test_a_client_that_contradicts_its_proxy_is_counted_too(self):
        """A proxy that sets one field passes the others on as the client wrote them."""
        fields = {"X-Forwarded-For": "192.0.2.7", "Forwarded": "for=192.0.2.9"}
        with held(self.server.connect() for _ in range(3)) as connections:
            for i, connection in enumerate(connections):
                begin_upload(connection, f"{self.dir}/f{i}", f"X-Forwarded-For: 192.0.2.7\r\nForwarded: for=198.51.100.{i}\r\n")

            def refused():
                return self.request("PROPFIND", "/", {**fields, "Depth": "1"}).header("X-Dav-Error-Code") == "client-limit"
            self.assertTrue(wait_until(refused))
            self.expect(207, "PROPFIND", "/", {"X-Forwarded-For": "192.0.2.7", "Depth": "1"})
            self.expect(207, "PROPFIND", "/", {"Depth": "1"})
            for connection in connections:
                connection.send(b"y" * 50)
                self.assertIn(connection.read().status, (201, 204))
            self.assertTrue(wait_until(lambda: not refused()))


class BehindRelay(unittest.TestCase):
    """A proxy that passes bytes on names the client of a connection by a PROXY header."""

    def test_connections_of_one_client_are_bounded(self):
        server = Server(config="""
[server]
trusted_proxies = ["127.0.0.1"]
proxy_protocol = true
[limits]
connections_per_client = 3
""")

        def relayed(client):
            connection = server.connect()
            connection.send(f"PROXY TCP4 {client} 192.0.2.9 1234 80\r\n".encode())
            connection.send(b"OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return connection, connection.read()
        try:
            opened = []
            with held(connection for connection, _ in (opened.append(one) or one for one in (relayed("192.0.2.7") for _ in range(3)))):
                self.assertEqual([answer.status for _, answer in opened], [200] * 3)
                for client, status in (("192.0.2.7", 503), ("192.0.2.8", 200)):
                    connection, answer = relayed(client)
                    self.assertEqual(answer.status, status)
                    connection.close()
        finally:
            server.stop()


class Full(Case):
    config = """
[server]
management = ["127.0.0.1:0"]
[limits]
connections = 5
"""

    def test_management_and_control_answer_when_all_connections_are_in_use(self):
        with held(self.server.connect() for _ in range(5)) as connections:
            for i, connection in enumerate(connections):
                begin_upload(connection, f"{self.dir}/f{i}")

            def answer():
                extra = self.server.connect()
                try:
                    return extra.read()
                finally:
                    extra.close()
            found = answer()
            self.assertEqual((found.status, found.header("X-Dav-Error-Code")), (503, "overloaded"))
            self.assertTrue(found.header("Retry-After"))
            for target in ("/healthz", "/readyz", "/metrics"):
                self.assertEqual(self.server.request("GET", target, address=self.server.management).status, 200)
            listed = subprocess.run([os.environ["DAVIT"], "locks", "list", self.server.root], capture_output=True, text=True, timeout=30)
            self.assertEqual(listed.returncode, 0, listed)

    def test_longest_idle_connection_makes_place(self):
        with held(self.server.connect() for _ in range(20)) as connections:
            self.assertEqual(self.request("GET", "/").status, 200)
            self.assertTrue(connections[0].closed())

    def test_half_a_request_head_makes_place(self):
        with held(self.server.connect() for _ in range(5)) as connections:
            for connection in connections:
                connection.send(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")

            def answered():
                connection = self.server.connect()
                try:
                    return self.server.request("GET", "/", connection=connection).status == 200
                except (EOFError, ConnectionError):
                    return False
                finally:
                    connection.close()
            self.assertTrue(wait_until(answered))


class FewDescriptors(unittest.TestCase):
    """The system allows the server 600 open files."""

    def setUp(self):
        self.program = tempfile.NamedTemporaryFile("w", suffix=".sh", delete=False)
        self.program.write(f'#!/bin/sh\nexec prlimit --nofile=600:600 {os.environ["DAVIT"]} "$@"\n')
        self.program.close()
        os.chmod(self.program.name, 0o755)
        real = os.environ["DAVIT"]
        os.environ["DAVIT"] = self.program.name
        try:
            self.server = Server(config='[server]\nmanagement = ["127.0.0.1:0"]\n')
        finally:
            os.environ["DAVIT"] = real

    def tearDown(self):
        self.server.stop()
        os.remove(self.program.name)

    def test_idle_connections_leave_descriptors_for_files(self):
        self.server.log_line("the open files allow")
        with held(self.server.connect() for _ in range(900)):
            for _ in range(3):
                self.assertIn(self.server.request("PUT", "/f", body=b"x" * 100000).status, (201, 204))
                self.assertEqual(self.server.request("GET", "/f").status, 200)
            self.assertEqual(self.server.request("GET", "/healthz", address=self.server.management).status, 200)


if __name__ == "__main__":
    main()
