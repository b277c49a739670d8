"""Limits, each with its own clear answer."""
import contextlib
import socket
import time

from davit import Case, Server, main


class Limits(Case):
    config = """
[limits]
header_bytes = "16KiB"
target_bytes = "4KiB"
put_body_bytes = "1MiB"
header_timeout = "1s"
idle_timeout = "2s"
body_timeout = "1s"
connections = 20
"""

    def raw(self, data, wait=None):
        connection = self.server.connect()
        connection.send(data)
        try:
            return connection.read()
        finally:
            connection.close()

    def test_headers(self):
        self.expect(431, "GET", "/", {"X-Long": "x" * 20000})
        many = {f"X-{i}": "y" * 50 for i in range(400)}
        self.expect(431, "GET", "/", many)
        connection = self.server.connect()
        connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n")
        try:
            for i in range(600):
                connection.send(b"X-%d: %s\r\n" % (i, b"y" * 40))
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.assertEqual(connection.read().status, 431)
        connection.close()

    def test_target(self):
        self.expect(414, "GET", "/" + "x" * 5000)
        self.expect(414, "GET", "/" + "x" * 50000)

    def test_body_announced_and_chunked(self):
        self.expect(413, "PUT", self.dir + "/f", {"Content-Length": str(2 << 20)}, b"")
        answer = self.request("PUT", self.dir + "/f", {"Expect": "100-continue", "Content-Length": str(2 << 20)}, b"")
        self.assertEqual(answer.status, 413)
        connection = self.server.connect()
        connection.send(f"PUT {self.dir}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        try:
            for _ in range(40):
                connection.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.assertEqual(connection.read().status, 413)
        connection.close()
        self.expect(404, "GET", self.dir + "/f")

    def test_slow_head(self):
        connection = self.server.connect()
        connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n")
        begin = time.monotonic()
        self.assertEqual(connection.read().status, 408)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertTrue(connection.closed())
        connection.close()

    def test_slow_body(self):
        connection = self.server.connect()
        connection.send(f"PUT {self.dir}/f HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc".encode())
        self.assertEqual(connection.read().status, 408)
        connection.close()
        self.expect(404, "GET", self.dir + "/f")

    def test_idle_connections_are_closed_without_a_word(self):
        connection = self.server.connect()
        self.assertEqual(self.request("GET", "/", connection=connection).status, 200)
        self.assertTrue(connection.closed())
        connection.close()

    def test_too_many_connections(self):
        held = []
        try:
            for _ in range(20):
                connection = self.server.connect()
                self.request("OPTIONS", "/", connection=connection)
                held.append(connection)
            extra = self.server.connect()
            answer = extra.read()
            self.assertEqual((answer.status, bool(answer.header("Retry-After"))), (503, True))
            extra.close()
        finally:
            for connection in held:
                connection.close()
        time.sleep(0.5)
        self.expect(200, "GET", "/")

    def test_malformed_requests(self):
        for data in (b"NONSENSE\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
                     b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", b"GET / HTTP/1.1\r\nHost: <x>\r\n\r\n", b"GET / HTTP/1.1\r\nHost: u@h\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", b"GET / HTTP/1.1\r\nHost: [::\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a:b:c\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: :80\r\n\r\n", b"GET http://o@!/ HTTP/1.1\r\nHost: h\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
                     b"COPY /a HTTP/1.1\r\nHost: a\r\nDestination: /b\r\nDestination: /c\r\n\r\n",
                     b"PROPFIND / HTTP/1.1\r\nHost: a\r\nDepth: 0\r\nDepth: 1\r\n\r\n", b"\x00\x01\x02\x03\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
                     b"PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            answer = self.raw(data)
            self.assertEqual(answer.status, 400, f"{data!r}: {answer}")
        self.assertEqual(self.raw(b"GET / HTTP/3.7\r\nHost: x\r\n\r\n").status, 505)
        for method in ("GET", "PROPFIND", "PROPPATCH", "LOCK", "DELETE"):  # RFC 9112, 3.2.4
            self.assertEqual(self.raw(f"{method} * HTTP/1.1\r\nHost: x\r\n\r\n".encode()).status, 400, method)
        for method in ("GET", "PUT"):
            self.assertEqual(self.raw(f"{method} {self.dir}/x#y HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()).status, 400)

    def test_an_empty_line_before_a_request(self):
        """RFC 9112, 2.2: old clients send one after a body."""
        connection = self.server.connect()
        connection.send(b"\r\nPUT %s/f HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na\r\nGET %s/f HTTP/1.1\r\nHost: x\r\n\r\n" % ((self.dir.encode(),) * 2))
        self.assertEqual((connection.read().status, connection.read().body), (201, b"a"))
        connection.send(b"\r")
        time.sleep(0.1)
        connection.send(b"\nGET %s/f HTTP/1.1\r\nHost: x\r\n\r\n" % self.dir.encode())
        self.assertEqual(connection.read().status, 200)
        connection.close()

    def test_what_stands_between_chunks_is_bounded(self):
        head = f"PUT {self.dir}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        for start, more in ((b"1;", b"e" * 1000), (b"1\r\na\r\n0\r\n", b"T: x\r\n" * 140)):
            connection = self.server.connect()
            connection.send(head + start)
            for _ in range(40):
                try:
                    connection.send(more)
                except OSError:  # it has been answered and closed
                    break
            answer = connection.read()
            self.assertEqual(answer.status, 400)
            self.assertIn(b"too long", answer.body)
            connection.close()
        for size in (9000, 30000, 70000):  # the same when all comes at once, after a long chunk too
            for before in (b"", b"%x\r\n%s\r\n" % (1 << 20, b"x" * (1 << 20))):
                for between in (b"1;" + b"e" * size + b"\r\na\r\n0\r\n\r\n", b"0\r\nT: " + b"x" * size + b"\r\n\r\n"):
                    answer = self.raw(head + before + between)
                    self.assertEqual(answer.status, 400, (size, between[:10]))
                    self.assertIn(b"too long", answer.body)
        answer = self.raw(head + b"%x;%s\r\nx\r\n" % (1, b"e" * 7000) * 100 + b"0\r\n\r\n")
        self.assertEqual(answer.status, 400)
        self.assertIn(b"around the chunks", answer.body)
        self.expect(404, "GET", self.dir + "/f")
        self.assertEqual(self.raw(head + b"1\r\nx\r\n" * 100000 + b"0\r\n\r\n").status, 201)
        self.expect(204, "DELETE", self.dir + "/f")
        answer = self.request("PUT", self.dir + "/f", {"Transfer-Encoding": "chunked"}, b"1;a=b\r\na\r\n0\r\nT: x\r\n\r\n")
        self.assertEqual(answer.status, 201)
        # Two ways to frame one body are how requests are smuggled past a proxy (RFC 9112, 6.1).
        answer = self.raw(b"PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        self.assertIn(answer.status, (400, 501))
        self.assertIn(self.raw(b"PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n").status, (400, 501))
        self.expect(404, "GET", "/x")

    def test_expectations(self):
        self.expect(417, "PUT", self.dir + "/f", {"Expect": "miracles"}, b"x")


class Persistence(Case):
    def test_pipelining_and_keep_alive(self):
        connection = self.server.connect()
        connection.send(b"OPTIONS / HTTP/1.1\r\nHost: x\r\n\r\n" * 3 + b"GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        self.assertEqual([connection.read().status for _ in range(4)], [200, 200, 200, 404])
        self.assertTrue(connection.closed())
        connection.close()

    def test_http_1_0(self):
        connection = self.server.connect()
        connection.send(b"GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(connection.read().status, 200)
        self.assertTrue(connection.closed())
        connection.close()

    def test_an_error_with_a_body_leaves_the_connection_usable(self):
        connection = self.server.connect()
        self.assertEqual(self.request("PUT", "/no/such", body=b"x" * 1000, connection=connection).status, 409)
        self.assertEqual(self.request("OPTIONS", "/", connection=connection).status, 200)
        connection.close()

    def test_clients_that_vanish(self):
        for size in (0, 10, 1000):
            connection = self.server.connect()
            connection.send(b"PROPFIND / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n" + b"x" * size)
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()
        self.expect(200, "GET", "/")


class LargeHeads(Case):
    config = """
[limits]
header_bytes = "512KiB"
target_bytes = "256KiB"
"""

    def test_header_value_longer_than_the_parser_can_store_is_refused_and_logged(self):
        for size in (65533, 65534, 65535, 65536, 66000, 131072, 300000):
            for name in ("X-Long", "If", "Cookie", "Authorization", "Host"):
                connection = self.server.connect()
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    connection.send(f"GET /long HTTP/1.1\r\nHost: x\r\n{name}: ".encode() + b"a" * size + b"\r\n\r\n")
                answer = connection.read()
                self.assertIn(answer.status, (431,) if size > 65533 else (404, 400, 431, 401), (size, name))
                connection.close()
        self.server.log_line("headers-too-large")

    def test_long_name_target_and_many_fields_get_an_answer(self):
        heads = (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"n" * 70000 + b": v\r\n\r\n", b"GET /" + b"t" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"M" * 70000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40000 + b"\r\n " + b"b" * 40000 + b"\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: %s\r\n" % (b"v" * 60000) * 7 + b"\r\n")
        for data in heads:
            connection = self.server.connect()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.send(data)
            self.assertIn(connection.read().status, (200, 207, 400, 404, 414, 431, 501), data[:40])
            connection.close()


if __name__ == "__main__":
    main()
