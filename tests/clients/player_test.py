"""The player of traces: what it reads, what it refuses to read, and that each kind of expectation can fail."""
import gzip
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import expect  # noqa: E402
import replay  # noqa: E402
import trace as traces  # noqa: E402
from exchange import decode_body, encode_body  # noqa: E402

HEAD = "client: c\nsource: s\n== need\n"


class Answer:
    status, interim, body = 207, [100], b'<D:multistatus xmlns:D="DAV:"><D:response><D:href>/a</D:href></D:response></D:multistatus>'
    headers = [("ETag", '"1"'), ("Allow", "GET"), ("Allow", "PUT")]

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Expectations(unittest.TestCase):
    def test_each_kind_holds_and_fails(self):
        names = {}
        pairs = [("200 207", "200"), ('ETag: "1"', 'etag: "2"'), ('etag ~ ^"', "ETag ~ ^W/"), ("Allow ~ PUT", "Allow ~ POST"),
                 ("ETag present", "ETag absent"), ("DAV absent", "DAV present"), ("xpath //D:href", "xpath //D:owner"),
                 ('xpath //D:href = "/a"', 'xpath //D:href = "/b"'), (f"length {len(Answer.body)}", "length 3"),
                 (f"body {Answer.body.decode()}", "body x"), ("interim 100", "interim 102"),
                 ('keep a = ETag ~ "(.*)"', "keep a = Lock-Token"), ("keep b = xpath //D:href", "keep b = xpath //D:owner")]
        for holds, fails in pairs:
            expect.check(holds, Answer(), names)
            with self.assertRaises(expect.Missing, msg=fails):
                expect.check(fails, Answer(), names)
        self.assertEqual(names, {"a": "1", "b": "/a"})

    def test_nonsense_is_no_expectation(self):
        for text in ("20", "status 200", "xpath ///", "ETag"):
            with self.assertRaises(ValueError, msg=text):
                expect.check(text, Answer(), {})


class Traces(unittest.TestCase):
    def test_a_trace_is_read(self):
        step = traces.parse("t", HEAD + "> PUT /a HTTP/1.1\n> Host: h\n>\n> one\n> \n< 201\n").steps[0]
        self.assertEqual(step.head(), ["PUT /a HTTP/1.1", "Host: h"])
        self.assertEqual(step.body(), ["one", ""])
        self.assertEqual(step.expected, [(9, "201")])

    def test_what_is_no_trace(self):
        for text in ("", "client: c\n== need\n> GET / HTTP/1.1\n< 200\n", HEAD + "> GET / HTTP/1.1\n", HEAD + "< 200\n",
                     HEAD + "GET / HTTP/1.1\n", "client: c\nsource: s\n> GET / HTTP/1.1\n"):
            with self.assertRaises(traces.Malformed, msg=text):
                traces.parse("t", text)

    def test_bodies(self):
        fill = lambda line: replay.fill(line, {"x": "42"})
        self.assertEqual(encode_body(None, [], fill), b"")
        self.assertEqual(encode_body(["a", "${x}", ""], [], fill), b"a\n42\n")
        self.assertEqual(encode_body(["a", "${bytes 17}"], ["Transfer-Encoding: Chunked"], fill),
                         b"1\r\na\r\n11\r\nabcdefghijklmnopq\r\n0\r\n\r\n")
        with self.assertRaises(replay.Failed):
            fill("${token}")

    def test_bodies_that_come_as_gzip(self):
        answer = Answer()
        answer.headers = [("Content-Encoding", "gzip")]
        answer.body = gzip.compress(Answer.body)
        self.assertEqual(decode_body(answer), Answer.body)
        answer.body = answer.body[:-1]
        with self.assertRaises(EOFError):
            decode_body(answer)
        answer.headers = []
        self.assertEqual(decode_body(answer), answer.body)


unittest.main()
