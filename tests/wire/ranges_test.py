"""RFC 9110, 14: parts of files."""
import re
from davit import Case, main


class Ranges(Case):
    content = bytes(range(256)) * 4

    def setUp(self):
        super().setUp()
        self.path = self.dir + "/f.bin"
        self.tag = self.put(self.path, self.content).header("ETag")

    def part(self, spec, **headers):
        return self.request("GET", self.path, {"Range": spec, **headers})

    def test_a_single_range_is_206_with_these_bytes(self):
        for spec, first, last in (("bytes=0-9", 0, 9), ("bytes=1000-", 1000, 1023), ("bytes=-24", 1000, 1023),
                                  ("bytes=5-5", 5, 5), ("bytes=1000-5000", 1000, 1023), ("bytes=-5000", 0, 1023)):
            answer = self.part(spec)
            self.assertEqual(answer.status, 206, spec)
            self.assertEqual(answer.header("Content-Range"), f"bytes {first}-{last}/1024")
            self.assertEqual(answer.body, self.content[first:last + 1], spec)
            self.assertEqual(answer.header("ETag"), self.tag)

    def test_several_ranges_are_multipart(self):
        answer = self.part("bytes=0-1,10-12,-1")
        self.assertEqual(answer.status, 206)
        boundary = re.match(r"multipart/byteranges; ?boundary=\"?([^\"]+)\"?", answer.header("Content-Type")).group(1).encode()
        parts = answer.body.split(b"--" + boundary)[1:-1]
        self.assertTrue(answer.body.rstrip().endswith(b"--" + boundary + b"--"))
        self.assertEqual([p.split(b"\r\n\r\n", 1)[1][:-2] for p in parts], [self.content[0:2], self.content[10:13], self.content[-1:]])
        self.assertIn(b"Content-Range: bytes 10-12/1024", parts[1])

    def test_a_range_beyond_the_end_is_416(self):
        for spec in ("bytes=1024-", "bytes=5000-6000", "bytes=-0"):
            answer = self.part(spec)
            self.assertEqual(answer.status, 416, spec)
            self.assertEqual(answer.header("Content-Range"), "bytes */1024")

    def test_ignored_when_not_understood(self):
        for spec in ("lines=1-2", "bytes=9-1", "bytes=a-b", "bytes="):
            answer = self.part(spec)
            self.assertEqual((answer.status, answer.body), (200, self.content), spec)

    def test_if_range(self):
        modified = self.part("bytes=0-0").header("Last-Modified")
        self.assertEqual(self.part("bytes=0-0", **{"If-Range": self.tag}).status, 206)
        self.assertEqual(self.part("bytes=0-0", **{"If-Range": '"other"'}).status, 200)
        self.assertEqual(self.part("bytes=0-0", **{"If-Range": "W/" + self.tag}).status, 200)
        self.assertEqual(self.part("bytes=0-0", **{"If-Range": modified}).status, 206)
        self.assertEqual(self.part("bytes=0-0", **{"If-Range": "Sat, 01 Jan 2000 00:00:00 GMT"}).status, 200)

    def test_many_overlapping_ranges_are_no_attack(self):
        answer = self.part("bytes=" + ",".join(["0-1023"] * 50))
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.body, self.content)

    def test_more_than_64_ranges_are_ignored(self):
        spec = lambda count: "bytes=" + ",".join(f"{i * 2}-{i * 2}" for i in range(count))
        self.assertEqual(self.part(spec(64)).status, 206)
        answer = self.part(spec(65))
        self.assertEqual((answer.status, answer.body), (200, self.content))

    def test_empty_file(self):
        self.put(self.path, b"")
        self.assertEqual(self.get(self.path), b"")
        self.assertEqual(self.part("bytes=0-").status, 416)

    def test_head_ignores_range(self):
        answer = self.request("HEAD", self.path, {"Range": "bytes=0-1"})
        self.assertEqual((answer.status, answer.header("Content-Length")), (200, "1024"))


if __name__ == "__main__":
    main()
