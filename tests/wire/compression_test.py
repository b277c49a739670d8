"""Listings as gzip (docs/dialects.md): for whom, what comes out, and when."""
import os
import signal
import subprocess
import zlib

from davit import Case, Connection, main, multistatus, wait_until

MANY = 2000


def unpack(data):
    stream = zlib.decompressobj(31)
    text = stream.decompress(data)
    assert stream.eof and not stream.unused_data, "not one whole gzip stream"
    return text


class Listings(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.mkdir(cls.server.root + "/many")
        for n in range(MANY):
            open(f"{cls.server.root}/many/{n:05}", "w").close()
        os.mkdir(cls.server.root + "/few")

    def list(self, accept, path="/many/", method="PROPFIND"):
        return self.expect(207 if method == "PROPFIND" else 200, method, path, {"Depth": "1", "Accept-Encoding": accept})

    def test_the_same_and_much_shorter(self):
        plain = self.list(None)
        self.assertIsNone(plain.header("Content-Encoding"))
        self.assertEqual(len(multistatus(plain)), MANY + 1)
        packed = self.list("gzip")
        self.assertEqual(packed.header("Content-Encoding"), "gzip")
        self.assertEqual(unpack(packed.body), plain.body)
        self.assertLess(len(packed.body) * 5, len(plain.body))
        for answer in (plain, packed):
            self.assertIn("Accept-Encoding", [v for k, v in answer.headers if k == "Vary"])

    def test_for_whom(self):
        for accept in ("gzip", "GZIP", "deflate, gzip;q=0.5, *;q=0", "x-gzip", "*", "br;q=1, *;q=0.1", "gzip;q=0.001", "gzip;q=nonsense"):
            self.assertEqual(self.list(accept).header("Content-Encoding"), "gzip", accept)
        for accept in (None, "", "identity", "gzip;q=0", "gzip; Q=0.000", "gzip;q=0, *", "*;q=0", "br, deflate", ",,;q=", "gzipped"):
            self.assertIsNone(self.list(accept).header("Content-Encoding"), accept)

    def test_a_page_is_the_same_with_and_without_gzip(self):
        plain = self.list(None, method="GET")
        packed = self.list("gzip", method="GET")
        self.assertEqual(unpack(packed.body), plain.body)
        head = self.list("gzip", method="HEAD")
        self.assertEqual(head.header("Content-Encoding"), "gzip")
        self.assertEqual(head.body, b"")

    def test_what_is_short_or_a_file_stays_as_it_is(self):
        self.assertIsNone(self.list("gzip", "/few/").header("Content-Encoding"))
        self.put(self.dir + "/f", b"x" * 100000)
        answer = self.expect(200, "GET", self.dir + "/f", {"Accept-Encoding": "gzip"})
        self.assertIsNone(answer.header("Content-Encoding"))
        self.assertEqual(answer.body, b"x" * 100000)

    def test_http_1_0(self):
        connection = Connection(self.server.address)
        connection.send(b"PROPFIND /many/ HTTP/1.0\r\nDepth: 1\r\nAccept-Encoding: gzip\r\n\r\n")
        self.assertIn(b"</D:multistatus>", connection.read().body)
        connection.close()

    def test_it_can_be_read_as_it_comes(self):
        connection = Connection(self.server.address)
        connection.send(b"PROPFIND /many/ HTTP/1.1\r\nHost: h\r\nDepth: 1\r\nAccept-Encoding: gzip\r\n\r\n")
        received = b""
        while received.count(b"\r\n\r\n") == 0 or len(received.split(b"\r\n\r\n", 1)[1].split(b"\r\n", 1)) < 2:
            received += connection.socket.recv(512)
        size, rest = received.split(b"\r\n\r\n", 1)[1].split(b"\r\n", 1)
        while len(rest) < int(size, 16):
            rest += connection.socket.recv(512)
        seen = zlib.decompressobj(31).decompress(rest[:int(size, 16)])
        self.assertGreater(len(seen), 60000, "the first piece of the listing, whole")
        self.assertNotIn(b"</D:multistatus>", seen)
        connection.close()

    def test_curl_understands_it(self):
        url = "http://%s:%d/many/" % self.server.address
        ask = lambda *more: subprocess.run(["curl", "-sS", "-X", "PROPFIND", "-H", "Depth: 1", *more, url], capture_output=True, check=True).stdout
        self.assertEqual(ask("--compressed"), ask())
        self.assertLess(len(ask("-H", "Accept-Encoding: gzip")) * 5, len(ask()))


class TurnedOff(Case):
    config = ""

    def test_by_a_reload(self):
        os.mkdir(self.server.root + "/d")
        for n in range(100):
            open(f"{self.server.root}/d/{n}", "w").close()
        ask = lambda: self.expect(207, "PROPFIND", "/d/", {"Depth": "1", "Accept-Encoding": "gzip"})
        self.assertEqual(ask().header("Content-Encoding"), "gzip")
        with open(os.path.join(self.server.work, "davit.toml"), "w") as file:
            file.write("[server]\ncompress = false\n")
        self.server.process.send_signal(signal.SIGHUP)
        self.assertTrue(wait_until(lambda: ask().header("Content-Encoding") is None))
        self.assertIsNone(ask().header("Vary"))


if __name__ == "__main__":
    main()
