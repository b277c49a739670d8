"""Uploads that end badly leave nothing behind, and a full disk is said before the body is read."""
import os
import random
import resource
import socket
import time
import unittest

from davit import Case, Server, litter, main, wait_until


class CutShort(Case):
    def head(self, path, more, method="PUT"):
        return f"{method} {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n\r\n".encode()

    def test_old_file_stays(self):
        path = self.dir + "/f"
        self.put(path, b"old")
        for more, part in (("Content-Length: 1000000", b"x" * 500000), ("Content-Length: 9000000", b"x" * 8999999),
                           ("Content-Length: 10", b""), ("Transfer-Encoding: chunked", b"5\r\nabc"),
                           ("Transfer-Encoding: chunked", b"5\r\nabcde\r\n")):
            connection = self.server.connect()
            connection.send(self.head(path, more) + part)
            connection.socket.shutdown(socket.SHUT_WR)
            try:
                self.assertEqual(connection.read().status, 400)
            except EOFError:
                pass
            connection.close()
            self.assertEqual(self.get(path), b"old")
        self.assertEqual(os.listdir(self.server.root + self.dir), ["f"])
        self.assertTrue(wait_until(lambda: not litter(self.server.root)))

    def test_connection_reset_in_the_midst(self):
        path = self.dir + "/f"
        self.put(path, b"old")
        connection = self.server.connect()
        connection.send(self.head(path, "Content-Length: 1000000") + b"x" * 300000)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
        time.sleep(0.2)
        self.assertEqual(self.get(path), b"old")
        self.assertEqual(os.listdir(self.server.root + self.dir), ["f"])

    def test_chunked_with_finders_length(self):
        path = self.dir + "/f"
        connection = self.server.connect()
        connection.send(self.head(path, "Transfer-Encoding: chunked\r\nX-Expected-Entity-Length: 5") + b"5\r\nhello\r\n0\r\n\r\n")
        self.assertEqual(connection.read().status, 201)
        connection.send(self.head(path, "Transfer-Encoding: chunked\r\nX-Expected-Entity-Length: 9") + b"5\r\nhallo\r\n0\r\n\r\n")
        self.assertEqual(connection.read().status, 400)
        connection.close()
        self.assertEqual(self.get(path), b"hello")
        # nginx turns a short chunked body into one with Content-Length.
        self.expect(400, "PUT", path, {"X-Expected-Entity-Length": "9"}, b"hallo")
        self.expect(204, "PUT", path, {"X-Expected-Entity-Length": "5"}, b"hullo")
        self.assertEqual(self.get(path), b"hullo")

    def test_lengths_no_file_can_have(self):
        for more in ("Content-Length: 9223372036854775808", "Content-Length: 4611686018427387904",
                     "Transfer-Encoding: chunked\r\nX-Expected-Entity-Length: 18446744073709551615"):
            connection = self.server.connect()
            connection.send(self.head(self.dir + "/f", more))
            answer = connection.read()
            connection.close()
            self.assertIn(answer.status, (413, 507), more)
        self.expect(404, "GET", self.dir + "/f")

    def test_expect_continue(self):
        path = self.dir + "/f"
        connection = self.server.connect()
        connection.send(self.head(path, "Content-Length: 3\r\nExpect: 100-continue"))
        self.assertEqual(connection.read().status, 100)
        connection.send(b"abc")
        self.assertEqual(connection.read().status, 201)
        connection.send(self.head(self.dir + "/no/f", "Content-Length: 3\r\nExpect: 100-continue"))
        self.assertEqual(connection.read().status, 409)  # and no 100 before it
        connection.close()

    def test_conditions_are_checked_again_at_the_end(self):
        path = self.dir + "/f"
        tag = self.put(path, b"old").header("ETag")
        connection = self.server.connect()
        connection.send(self.head(path, f"Content-Length: 4\r\nIf-Match: {tag}") + b"la")
        time.sleep(0.2)
        self.put(path, b"other")
        connection.send(b"te")
        self.assertEqual(connection.read().status, 412)
        connection.close()
        self.assertEqual(self.get(path), b"other")

    def test_a_lock_taken_meanwhile_counts(self):
        path = self.dir + "/f"
        self.put(path, b"old")
        connection = self.server.connect()
        connection.send(self.head(path, "Content-Length: 4") + b"la")
        time.sleep(0.2)
        self.lock(path)
        connection.send(b"te")
        self.assertEqual(connection.read().status, 423)
        connection.close()
        self.assertEqual(self.get(path), b"old")


class Large(Case):
    def test_a_hundred_mebibytes_in_and_out(self):
        block = os.urandom(1 << 20)
        connection = self.server.connect(timeout=120)
        connection.send(f"PUT {self.dir}/big HTTP/1.1\r\nHost: x\r\nContent-Length: {100 << 20}\r\n\r\n".encode())
        for number in range(100):  # no two alike, so that none can stand in another's place
            connection.send(block[number:] + block[:number])
        self.assertEqual(connection.read().status, 201)
        connection.close()
        body = self.get(self.dir + "/big")
        self.assertEqual(len(body), 100 << 20)
        self.assertTrue(all(body[i << 20:(i + 1) << 20] == block[i:] + block[:i] for i in range(100)))


    def test_twenty_mebibytes_in_chunks_of_all_sizes(self):
        dice = random.Random(1)
        content, body = os.urandom(20 << 20), bytearray()
        place = 0
        while place < len(content):
            piece = content[place:place + dice.choice((1, 7, 8191, 65536, 300001))]
            body += b"%x%s\r\n%s\r\n" % (len(piece), dice.choice((b"", b";name=value")), piece)
            place += len(piece)
        head = f"PUT {self.dir}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        connection = self.server.connect(timeout=120)
        connection.send(head + body + b"0\r\nTrailer: t\r\n\r\n")
        self.assertEqual(connection.read().status, 201)
        self.assertEqual(self.get(self.dir + "/f"), content)
        connection.send(head + body + b"no size\r\n")
        answer = connection.read()
        self.assertEqual(answer.status, 400)
        self.assertIn(b"malformed", answer.body)
        connection.close()
        self.assertEqual(self.get(self.dir + "/f"), content)


class FileSizeLimit(unittest.TestCase):
    """RLIMIT_FSIZE instead of a full disk: a signal that must not end the server, and an error of write(2)."""

    def test_refused_and_alive(self):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
        try:
            server = Server()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        try:
            self.assertEqual(server.request("PUT", "/f", body=b"old").status, 201)
            self.assertIn(server.request("PUT", "/f", body=b"x" * (2 << 20)).status, (413, 507))
            self.assertEqual(server.request("GET", "/f").body, b"old")
            self.assertTrue(wait_until(lambda: not litter(server.root)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
