"""Limits, each with its own clear answer."""
import contextlib
import socket
import time

from davit import Case, Server, is_sanitized, main


def one_line(answer):
    """The body's sentences as text."""
    return " ".join(answer.xml().itertext()) if answer.body else ""


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

    def test_headers_beyond_the_limit_are_431(self):
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

    def test_a_target_beyond_the_limit_is_414(self):
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

    def test_a_request_line_that_is_wrong_is_400_and_says_what_is_wrong(self):
        host = b"\r\nHost: x\r\n\r\n"
        for line, said in ((b"GET /a b HTTP/1.1", b"%20"), (b"GET /a b c HTTP/1.0", b"%20"), (b"GET /a b HTTP/1.2", b"%20"), (b"GET /a b HTTP/2.0", b"%20"),
                           (b"GET / HTTP/1.1 ", b"follows the version"), (b"GET / HTTP/1.1  ", b"follows the version"), (b"GET / HTTP/1.1\t", b"follows the version"),
                           (b"GET / HTTP/1.2 ", b"follows the version"), (b"GET / HTTP/1.1 x", b"follows the version"), (b"GET / HTTP/1.11", b"follows the version"),
                           (b"GET / http/1.1", b"does not end in a version"), (b"GET / HTTP/1", b"does not end in a version"), (b"GET / HTTP/x.y", b"does not end in a version"),
                           (b"PROXY TCP4 192.0.2.1 127.0.0.1 1 2", b"it is a PROXY header"), (b"GET  / HTTP/1.1", b"malformed"), (b"GET\t/ HTTP/1.1", b"malformed")):
            answer = self.raw(line + host)
            self.assertEqual(answer.status, 400, (line, answer))
            self.assertIn(said, answer.body, line)
        for version in (b"HTTP/2.0", b"HTTP/0.9", b"HTTP/3.7", b"HTTP/9.9"):
            self.assertEqual(self.raw(b"GET / " + version + host).status, 505, version)

    def test_a_head_that_is_wrong_is_400_and_names_the_character_and_its_place(self):
        get = b"GET / HTTP/1.1\r\nHost: x\r\n"
        for head, said in (
                (b"GE{T / HTTP/1.1\r\n\r\n", "the method has '{' at position 3"), (b"\x00\x01\r\n\r\n", "the method has a zero byte at position 1"),
                (b" / HTTP/1.1\r\n\r\n", "no method before the first blank"), (b"GET  / HTTP/1.1\r\n\r\n", "two blanks follow the method"),
                (b"GET\t/ HTTP/1.1\r\n\r\n", "the method has a tab at position 4"), (b"GET /a\tb HTTP/1.1\r\n\r\n", "the target has a tab at position 3"),
                (b"GET /\x1b[2J HTTP/1.1\r\n\r\n", "the target has the byte 0x1b at position 2"), (b"GET /a\x7f HTTP/1.1\r\n\r\n", "the target has the byte 0x7f at position 3"),
                (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "it begins as TLS does"), (b"PROXY TCP4 192.0.2.1\r\n\r\n", "PROXY"),
                (get + b"no colon\r\n\r\n", "the line of field 2 has no colon"), (get + b": x\r\n\r\n", "the line of field 2 has no name"),
                (get + b"Depth : 0\r\n\r\n", 'the name of field 2, "Depth ", has a blank at position 6'), (get + "Größe: 1\r\n\r\n".encode(), "has the byte 0xc3 at position 3"),
                (get + b"Dep(th: 0\r\n\r\n", "has '(' at position 4"), (get + b"X-A:  a\x00b\r\n\r\n", "the value of X-A has a zero byte at position 2"),
                (get + b"If: (<a>\x01)\r\n\r\n", "the value of If has the byte 0x01 at position 5"), (get + b"X: a\rb\r\n\r\n", "the value of X has a CR without LF at position 2"),
                (get + b"Content-Length: five\r\n\r\n", "Content-Length is no number: it has 'f' at position 1"), (get + b"Content-Length: 0x5\r\n\r\n", "it has 'x' at position 2"),
                (get + b"Content-Length: 99999999999999999999999\r\n\r\n", "too large a number"), (get + b"Content-Length:\r\n\r\n", "the value of Content-Length is empty"),
                (get + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", "only once"), (get + b"Host: x\r\n\r\n", "Host header may be sent only once"),
                (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "names no host: it has a blank at position 2"), (b"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "is no number from 0 to 65535"),
                (b"GET / HTTP/1.1\r\nHost: [::g]\r\n\r\n", "no IPv6 address between its brackets"), (b"GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "begins with the colon of a port"),
                (b"GET / HTTP/1.1\r\nHost: user:secret@h\r\n\r\n", "has a user's name")):
            for at_once in (True, False):
                answer = self.raw(head) if at_once else self.in_pieces(head)
                self.assertEqual(answer.status, 400, (head, answer))
                self.assertIn(said, one_line(answer), head)
                self.assertNotIn(b"secret", answer.body)
        self.server.log_line("the value of X-A has a zero byte at position 2")

    def in_pieces(self, head):
        """The request line first, then the fields."""
        line = head.index(b"\r\n") + 2
        connection = self.server.connect()
        try:
            for piece in (head[:line], head[line:]):
                try:
                    connection.send(piece)
                except OSError:
                    break  # refused by its first piece
            return connection.read()
        finally:
            connection.close()

    def test_a_target_that_is_wrong_is_400_and_names_the_character_and_its_place(self):
        for target, said in (("foo", "begins with neither a slash nor a scheme"), ("a/b:c", "begins with neither a slash nor a scheme"), ("ftp://h/", 'begins with "ftp:"'),
                             ("mailto:me", 'begins with "mailto:"'), ("http:/x", 'has no "//" and host after "http:"'), ("http:///x", "is empty, and a host"),
                             ("http://h h/x".replace(" ", "<"), "names no host: it has '<' at position 2"), ("http://h:port/", '"port", is no number'),
                             ("http://us<er:secret@h/", "has '<' at position 3 of its user's name"), ("http://user:secret@h/", "has a user's name before its host"),
                             ("/a#b", "has '#' at position 3"), ("/a%zz", "(at position 3 of the path)"), ("/a%", "(at position 3 of the path)"), ("/%41%4", "(at position 5 of the path)"),
                             ("/a/b%2fc?x%zz", "%2F) inside a name; a proxy may have re-encoded it (at position 5 of the path)"), ("/x%00", "a zero byte (at position 3 of the path)")):
            answer = self.request("GET", target)
            self.assertEqual(answer.status, 400, (target, answer))
            self.assertIn(said, one_line(answer), target)
            self.assertNotIn(b"secret", answer.body)
            if target in ("foo", "a/b:c"):
                continue
            answer = self.request("COPY", self.dir, {"Destination": target})
            self.assertIn(answer.status, (400,) if "secret" not in target or "<" in target else (400, 409, 403, 502), (target, answer))
            if answer.status == 400 and "?" not in target:
                self.assertIn("Destination: ", one_line(answer))
                self.assertIn(said, one_line(answer), target)

    def test_a_chunk_that_is_wrong_is_400_and_says_where(self):
        head = f"PUT {self.dir}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        for body, said in ((b"zz\r\n", "size is no hexadecimal number"), (b"z", "size is no hexadecimal number"), (b"5z", "size is no hexadecimal number"), (b"-1\r\n", "size is no hexadecimal number"), (b"0x5\r\nhello\r\n0\r\n\r\n", "chunk"), (b"5;a\x01=b\r\nhello\r\n0\r\n\r\n", "extension"),
                           (b"0\r\nno colon\r\n\r\n", "in the trailer, the line of field 1 has no colon"), (b"5\r\nhello\r\n0\r\nA b: c\r\n\r\n", 'in the trailer, the name of field 1, "A b", has a blank'),
                           (b"0\r\nA: b\r\nB: \x02\r\n\r\n", "in the trailer, the value of B has the byte 0x02 at position 1")):
            answer = self.raw(head + body)
            self.assertEqual(answer.status, 400, (body, answer))
            self.assertIn(said, one_line(answer), body)

    def test_a_line_that_ends_in_lf_alone_is_400_at_once(self):
        for head in (b"GET / HTTP/1.1\nHost: x\n\n", b"GET / HTTP/1.1\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\n",
                     b"GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", b"\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX: y\n", b"GET /\n"):
            for _ in range(3):  # the third time such a head would be known
                answer = self.raw(head)
                self.assertEqual(answer.status, 400, (head, answer))
                self.assertIn(b"LF alone", answer.body, head)

    def test_a_chunked_body_with_a_line_that_ends_in_lf_alone_is_400_at_once(self):
        head = f"PUT {self.dir}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        for body in (b"5\nhello\n0\n\n", b"5\n", b"5\nhello\r\n0\r\n\r\n", b"5\r\nhello\n0\r\n\r\n", b"5\r\nhello\r\n0\n\n", b"5\r\nhello\r\n0\r\n\n",
                     b"5\r\nhello\r\n0\r\nA: b\n\r\n", b"5;a=b\nhello\r\n0\r\n\r\n", b"\n5\r\nhello\r\n0\r\n\r\n"):
            answer = self.raw(head + body)
            self.assertEqual(answer.status, 400, (body, answer))
            self.assertIn(b"malformed", answer.body, body)
        self.expect(404, "GET", self.dir + "/f")

    def test_control_characters_in_a_chunk_extension_are_400(self):
        head = f"PUT {self.dir}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        for byte in (b"\n", b"\0", b"\x01", b"\x0b", b"\x7f", b"\\\n", b"\\\0", b"\r"):
            for body in (b'5;a="' + byte + b'"\r\nhello\r\n0\r\n\r\n', b'5\r\nhello\r\n0;a="' + byte + b'"\r\n\r\n'):
                answer = self.raw(head + body)
                self.assertEqual(answer.status, 400, (body, answer))
        self.expect(404, "GET", self.dir + "/f")
        self.assertEqual(self.raw(head + b'5;a="x\ty \xc3\xa4 \\" z";b=c\r\nhello\r\n0;d="e"\r\n\r\n').status, 201)

    def test_a_later_minor_version_is_served_as_1_1(self):
        """RFC 9110, 2.5."""
        self.put(self.dir + "/f", b"content")
        for minor in range(2, 10):
            connection = self.server.connect()
            for _ in range(3):
                connection.send(f"GET {self.dir}/f HTTP/1.{minor}\r\nHost: x\r\n\r\n".encode())
                answer = connection.read()
                self.assertEqual((answer.status, answer.body), (200, b"content"), minor)
            connection.send(f"PUT {self.dir}/f HTTP/1.{minor}\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ncontent\r\n0\r\n\r\n".encode())
            self.assertEqual(connection.read().status, 204)
            connection.close()
        self.assertEqual(self.raw(b"GET / HTTP/1.2\r\n\r\n").status, 400, "a Host is asked for")

    def test_a_head_is_understood_the_same_when_it_comes_byte_by_byte(self):
        self.put(self.dir + "/f", b"content")
        for head, status in ((f"GET {self.dir}/f HTTP/1.3\r\nHost: x\r\n\r\n".encode(), 200), (f"GET {self.dir}/f HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n".encode(), 200),
                             (b"GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n z\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nHost: x\n", 400), (b"GET / HTTP/1.2 x\r\n\r\n", 400)):
            connection = self.server.connect()
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in head:
                try:
                    connection.send(bytes([byte]))
                except OSError:  # it has been answered and closed
                    break
            self.assertEqual(connection.read().status, status, head)
            connection.close()

    def test_a_head_of_which_the_parser_saw_nothing_is_answered(self):
        for data, status in ((b"\r", 408), (b"\r\n\r", 408), (b"\n", 400), (b"\r\n\n", 400), (b" \n", 400)):
            answer = self.raw(data)
            self.assertEqual(answer.status, status, (data, answer))
        self.expect(200, "GET", self.dir + "/")

    def test_folded_lines_are_400(self):
        """RFC 9112, 5.2: what a proxy in front has made of them is not known."""
        for fold in (b"\r\n ", b"\r\n\t", b" \r\n  "):
            for field in (b"Transfer-Encoding:" + fold + b"chunked", b"X: a" + fold + b"b", b"Content-Length:" + fold + b"0", b"X: y" + fold):
                for _ in range(3):
                    answer = self.raw(b"PUT " + self.dir.encode() + b"/f HTTP/1.1\r\nHost: x\r\n" + field + b"\r\n\r\n0\r\n\r\n")
                    self.assertEqual(answer.status, 400, (field, answer))
                    self.assertIn(b"folded", answer.body, field)
        self.assertEqual(self.raw(b"GET / HTTP/1.1\r\n Host: x\r\n\r\n").status, 400)
        self.expect(404, "GET", self.dir + "/f")

    def test_a_length_is_said_once(self):
        for length in (b"1, 1", b"1,1", b"1\r\nContent-Length: 1", b"1,", b",1", b"1 1", b"+1", b"0x1", b"1;x"):
            for method in (b"PUT", b"GET", b"PROPFIND"):
                answer = self.raw(method + b" " + self.dir.encode() + b"/f HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\nx")
                self.assertEqual(answer.status, 400, (method, length, answer))
        self.expect(404, "GET", self.dir + "/f")

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

    def test_a_head_of_which_only_part_of_a_line_end_came_is_timed_out(self):
        for start in (b"\r", b"\r\n\r"):
            self.assertEqual(self.raw(start).status, 408, start)
            self.expect(207, "PROPFIND", self.dir, {"Depth": "0"})

    def test_empty_lines_without_end_are_refused(self):
        self.assertEqual(self.raw(b"\r\n" * 1000).status, 400)
        self.assertEqual(self.raw(b"\r\n" * 16 + b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status, 200)

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

    def test_an_unknown_expectation_is_417(self):
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


class ServerSide(Case):
    """What the server keeps or starts for its clients, however many there are."""
    config = """
[server]
loops = 1
workers = 2
[storage]
cache_bytes = "1MiB"
"""

    def status(self, name):
        with open(f"/proc/{self.server.process.pid}/status") as file:
            return int(next(line.split()[1] for line in file if line.startswith(name + ":")))

    def test_clients_start_no_threads(self):
        self.put(self.dir + "/f")
        before = self.status("Threads")
        with contextlib.ExitStack() as stack:
            for _ in range(40):
                connection = self.server.connect()
                stack.callback(connection.close)
                self.expect(207, "PROPFIND", self.dir, {"Depth": "1"}, connection=connection)
                self.assertEqual(self.status("Threads"), before)

    def test_cached_files_take_no_more_memory_than_the_cache_may(self):
        if is_sanitized(self.server):
            self.skipTest("memory says nothing under a sanitizer")
        for number in range(300):
            with open(f"{self.server.root}{self.dir}/{number}", "wb") as file:
                file.write(bytes(60000))
        self.get(self.dir + "/0")
        before = self.status("VmRSS")
        with contextlib.closing(self.server.connect()) as connection:
            for number in list(range(300)) * 2:
                self.assertEqual(len(self.request("GET", f"{self.dir}/{number}", connection=connection).body), 60000)
        self.assertLess(self.status("VmRSS") - before, 8 * 1024)


if __name__ == "__main__":
    main()
