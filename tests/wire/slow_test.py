"""Slow peers: who sends or reads a little now and then does not hold a request for ever."""
import contextlib
import socket
import time

from davit import Case, main

KIB = 1024


class Slow(Case):
    config = """
[limits]
body_timeout = "1s"
write_timeout = "1s"
min_rate = "2KiB"
"""

    def trickle(self, start, piece=b"x", pause=0.2, seconds=15):
        """Sends `piece` again and again until the server answers."""
        connection = self.server.connect()
        try:
            connection.send(start)
            connection.socket.settimeout(pause)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    connection.send(piece)
                with contextlib.suppress(TimeoutError):
                    return connection.read()
            return None
        finally:
            connection.close()

    def test_upload_of_a_byte_now_and_then_is_ended(self):
        chunked = f"PUT {self.dir}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        known = f"PUT {self.dir}/f HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n".encode()
        for name, start, piece in (("length", known, b"x"), ("chunks", chunked, b"1\r\nx\r\n"),
                                   ("much at first", known + b"x" * 2000000, b"x"),
                                   ("one large chunk", chunked + b"ffffff\r\n" + b"x" * 300000, b"x")):
            with self.subTest(name):
                answer = self.trickle(start, piece)
                self.assertIsNotNone(answer, "not ended")
                self.assertEqual((answer.status, answer.header("X-Dav-Error-Code")), (408, "request-timeout"))
        self.expect(404, "GET", self.dir + "/f")

    def test_xml_body_of_a_byte_now_and_then_is_ended(self):
        self.put(self.dir + "/there")  # what is refused by the head alone waits for no body
        for method, name in (("PROPFIND", "there"), ("PROPPATCH", "there"), ("LOCK", "there"), ("MKCOL", "new")):
            start = f"{method} {self.dir}/{name} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 9999\r\n\r\n<"
            with self.subTest(method):
                answer = self.trickle(start.encode(), b" ")
                self.assertIsNotNone(answer, "not ended")
                self.assertEqual(answer.status, 408)

    def test_upload_above_the_least_rate_is_served_however_long_it_takes(self):
        body = b"x" * 1500
        count = 16
        for chunked in (False, True):
            field = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body) * count}"
            connection = self.server.connect()
            connection.send(f"PUT {self.dir}/f{chunked} HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n".encode())
            for _ in range(count):
                connection.send(b"%x\r\n%s\r\n" % (len(body), body) if chunked else body)
                time.sleep(0.2)
            if chunked:
                connection.send(b"0\r\n\r\n")
            self.assertEqual(connection.read().status, 201)
            connection.close()

    def slow_reader(self):
        """A connection that takes little at a time."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(self.server.address)
        return connection

    def read_to_the_end(self, connection):
        total = 0
        connection.settimeout(20)
        with contextlib.suppress(ConnectionResetError):
            while data := connection.recv(1 << 20):
                total += len(data)
        return total

    def test_answer_of_which_a_byte_is_read_now_and_then_is_ended(self):
        size = 30 << 20
        self.put(self.dir + "/f", b"x" * size)
        connection = self.slow_reader()
        connection.sendall(f"GET {self.dir}/f HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        for _ in range(60):
            connection.recv(1)
            time.sleep(0.1)
        self.assertLess(self.read_to_the_end(connection), size)
        connection.close()

    def test_answer_that_is_read_above_the_least_rate_is_sent_whole(self):
        size = 6 << 20
        self.put(self.dir + "/f", b"x" * size)
        connection = self.slow_reader()
        connection.sendall(f"GET {self.dir}/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        total = 0
        for _ in range(40):
            total += len(connection.recv(8 * KIB))
            time.sleep(0.1)
        total += self.read_to_the_end(connection)
        self.assertGreater(total, size)
        connection.close()


if __name__ == "__main__":
    main()
