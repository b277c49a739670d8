"""Parts of files: sabre's PATCH and PUT with Content-Range. Never in place: readers see the old file or the new."""
import base64
import hashlib
import json
import os
import random
import socket
import subprocess
import threading
import unittest
import uuid

from davit import Case, Connection, Server, litter, main, propfind_body, remove_prop, set_prop, wait_until

TYPE = "application/x-sabredav-partialupdate"


def content_digest(body):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


class Checks(Case):
    def patch(self, path, span, body, **headers):
        fields = {"Content-Type": TYPE, "X-Update-Range": span, **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.request("PATCH", path, fields, body)

    def put_range(self, path, span, body, **headers):
        return self.request("PUT", path, {"Content-Range": span, **{k.replace("_", "-"): v for k, v in headers.items()}}, body)

    def refused(self, answer, status, code, path, content):
        """Refused as it should be, and nothing has changed."""
        self.assertEqual(answer.status, status, answer)
        self.assertIn(f'code="{code}"'.encode(), answer.body)
        if content is None:
            self.expect(404, "GET", path)
        else:
            self.assertEqual(self.get(path), content)
        self.assertEqual(litter(self.server.root), [])


class Patch(Checks):
    def test_every_form(self):
        path = self.dir + "/f"
        for span, body, after in (("bytes=2-4", b"ABC", b"01ABC56789"), ("bytes=0-0", b"A", b"A123456789"), ("bytes=12-", b"AB", b"0123456789\0\0AB"), ("bytes=11-12", b"AB", b"0123456789\0AB"), ("bytes=8-", b"ABCD", b"01234567ABCD"),
                                  ("bytes=10-", b"AB", b"0123456789AB"), ("bytes=10-11", b"AB", b"0123456789AB"), ("append", b"AB", b"0123456789AB"),
                                  ("bytes=-3", b"AB", b"0123456AB9"), ("bytes=-3", b"ABCDE", b"0123456ABCDE"), ("bytes=-10", b"A", b"A123456789"),
                                  ("APPEND", b"A", b"0123456789A"), ("append", b"", b"0123456789")):
            with self.subTest(span=span, body=body):
                self.put(path, b"0123456789")
                before = self.request("HEAD", path).header("ETag")
                answer = self.patch(path, span, body)
                self.assertEqual(answer.status, 204, answer)
                now = self.request("HEAD", path).header("ETag")
                self.assertEqual((answer.header("ETag"), self.get(path)), (now, after))
                self.assertNotEqual(now, before)
        self.assertEqual(litter(self.server.root), [])

    def test_a_chunked_part_must_have_the_length_of_its_range(self):
        path = self.dir + "/f"
        self.put(path, b"0123456789")
        chunks = {"Content-Type": TYPE, "Transfer-Encoding": "chunked"}
        self.expect(204, "PATCH", path, {**chunks, "X-Update-Range": "bytes=1-3"}, b"3\r\nABC\r\n0\r\n\r\n")
        self.assertEqual(self.get(path), b"0ABC456789")
        answer = self.request("PATCH", path, {**chunks, "X-Update-Range": "bytes=1-3"}, b"2\r\nXY\r\n0\r\n\r\n")
        self.refused(answer, 416, "range-not-satisfiable", path, b"0ABC456789")
        self.assertEqual(answer.header("Content-Range"), "bytes */10")
        answer = self.put_range(path, "bytes 1-3/10", b"2\r\nXY\r\n0\r\n\r\n", Transfer_Encoding="chunked")
        self.refused(answer, 400, "bad-header", path, b"0ABC456789")

    def test_which_of_two(self):
        path = self.dir + "/f"
        self.put(path, b"0123456789")
        for method, twice in (("PATCH", "X-Update-Range: append\r\nX-Update-Range: bytes=0-0"), ("PUT", "Content-Range: bytes 0-0/10\r\nContent-Range: bytes 1-1/10")):
            connection = self.server.connect()
            connection.send(f"{method} {path} HTTP/1.1\r\nHost: h\r\nContent-Type: {TYPE}\r\n{twice}\r\nContent-Length: 1\r\n\r\nX".encode())
            self.refused(connection.read(), 400, "bad-header", path, b"0123456789")
            connection.close()

    def test_patch_refuses_ranges_that_do_not_fit(self):
        path = self.dir + "/f"
        self.put(path, b"0123456789")
        for span in ("bytes=-11", "bytes=2-5", "bytes=2-2"):
            answer = self.patch(path, span, b"AB")
            self.refused(answer, 416, "range-not-satisfiable", path, b"0123456789")
            self.assertEqual(answer.header("Content-Range"), "bytes */10")
        for span in ("", "bytes", "bytes=", "bytes=-", "bytes=-0", "bytes=a-b", "bytes=3-2", "bytes=0-1,4-5", "lines=1-2", "bytes=0x1-2",
                     "bytes=99999999999999999999-", "appendix"):
            self.refused(self.patch(path, span, b"AB"), 400, "bad-header", path, b"0123456789")
        self.refused(self.patch(path, None, b"AB"), 400, "bad-header", path, b"0123456789")
        for kind in (None, "text/plain", TYPE + "s"):
            answer = self.request("PATCH", path, {"Content-Type": kind, "X-Update-Range": "append"}, b"AB")
            self.refused(answer, 415, "unsupported-media", path, b"0123456789")
            self.assertEqual(answer.header("Accept-Patch"), TYPE)
        answer = self.request("PATCH", path, {"Content-Type": TYPE, "X-Update-Range": "append"})
        self.refused(answer, 411, "length-required", path, b"0123456789")
        self.refused(self.patch(self.dir + "/none", "append", b"AB"), 404, "not-found", self.dir + "/none", None)
        self.refused(self.patch(self.dir + "/no/none", "append", b"AB"), 404, "not-found", self.dir + "/none", None)
        answer = self.patch(self.dir + "/", "append", b"AB")
        self.assertEqual(answer.status, 405)
        self.assertNotIn(" PATCH", answer.header("Allow"))

    def test_conditions_and_locks(self):
        path = self.dir + "/f"
        tag = self.put(path, b"0123456789").header("ETag")
        for name, value in (("If_Match", '"other"'), ("If_None_Match", "*"), ("If", '(["other"])'),
                            ("If_Unmodified_Since", "Sat, 01 Jan 2000 00:00:00 GMT")):
            self.refused(self.patch(path, "append", b"AB", **{name: value}), 412, "precondition-failed", path, b"0123456789")
        self.assertEqual(self.patch(path, "append", b"A", If_Match=tag).status, 204)
        token = self.lock(path)
        self.refused(self.patch(path, "append", b"AB"), 423, "locked", path, b"0123456789A")
        self.assertEqual(self.patch(path, "append", b"B", If=f"(<{token}>)").status, 204)
        self.assertEqual(self.get(path), b"0123456789AB")

    def test_what_belongs_to_the_file_stays(self):
        path = self.dir + "/f"
        self.put(path, b"0123456789")
        self.proppatch(path, set_prop("<Z:a>kept</Z:a><A:executable>T</A:executable>"))
        os.setxattr(self.server.root + path, "user.mine", b"kept")
        answer = self.patch(path, "append", b"A", X_OC_Mtime="1234567890")
        self.assertEqual((answer.status, answer.header("X-OC-Mtime")), (204, "accepted"))
        found = self.expect(207, "PROPFIND", path, {"Depth": "0"}, propfind_body("<Z:a/><A:executable/>")).body
        self.assertTrue(b">kept<" in found and b">T<" in found, found)
        self.assertEqual(os.getxattr(self.server.root + path, "user.mine"), b"kept")
        self.assertEqual(int(os.stat(self.server.root + path).st_mtime), 1234567890)

    def test_a_reader_keeps_what_it_opened(self):
        path = self.dir + "/f"
        self.put(path, b"0123456789")
        with open(self.server.root + path, "rb") as reader:
            self.assertEqual(self.patch(path, "bytes=0-4", b"ABCDE").status, 204)
            self.assertEqual(reader.read(), b"0123456789")

    def test_a_repeated_patch_with_a_key_is_done_once(self):
        path = self.dir + "/f"
        self.put(path, b"0123456789")
        key = str(uuid.uuid4())
        for replayed in (None, "true"):
            answer = self.patch(path, "append", b"A", Idempotency_Key=key)
            self.assertEqual((answer.status, answer.header("Idempotency-Replayed")), (204, replayed))
        self.assertEqual(self.get(path), b"0123456789A")
        self.assertEqual(self.patch(path, "bytes=0-0", b"A", Idempotency_Key=key).status, 422)

    def test_options_announces_patch(self):
        path = self.dir + "/f"
        self.put(path)
        answer = self.request("OPTIONS", path)
        classes = [c.strip() for c in answer.header("DAV").split(",")]
        self.assertTrue({"sabredav-partialupdate", "<http://apache.org/dav/propset/fs/1>"} <= set(classes), classes)
        self.assertEqual(answer.header("Accept-Patch"), TYPE)
        for where, listed in ((path, True), (self.dir + "/", False), (self.dir + "/none", False)):
            allowed = [m.strip() for m in self.request("OPTIONS", where).header("Allow").split(",")]
            self.assertEqual("PATCH" in allowed, listed, where)


class ReadOnly(Checks):
    args = ("--read-only",)

    def setUp(self):
        self.dir = ""
        with open(self.server.root + "/f", "wb") as file:
            file.write(b"0123456789")

    def test_is_neither_announced_nor_done(self):
        answer = self.request("OPTIONS", "/f")
        self.assertNotIn("partialupdate", answer.header("DAV"))
        self.assertNotIn("apache", answer.header("DAV"))
        self.assertNotIn(" PATCH", answer.header("Allow"))
        self.assertIsNone(answer.header("Accept-Patch"))
        self.assertEqual(self.patch("/f", "append", b"x").status, 403)
        self.assertEqual(self.put_range("/f", "bytes 0-0/*", b"x").status, 403)
        self.assertEqual(self.get("/f"), b"0123456789")


class PutRange(Checks):
    def test_put_with_content_range_writes_the_part(self):
        path = self.dir + "/f"
        for span, body, after in (("bytes 2-4/10", b"ABC", b"01ABC56789"), ("bytes 2-4/*", b"ABC", b"01ABC56789"), ("bytes 10-11/12", b"AB", b"0123456789AB"),
                                  ("bytes 8-11/*", b"ABCD", b"01234567ABCD"), ("bytes 12-13/14", b"AB", b"0123456789\0\0AB"), ("bytes 0-9/10", b"ABCDEFGHIJ", b"ABCDEFGHIJ")):
            with self.subTest(span=span):
                self.put(path, b"0123456789")
                answer = self.put_range(path, span, body)
                self.assertEqual(answer.status, 204, answer)
                self.assertEqual((self.get(path), self.request("HEAD", path).header("ETag")), (after, answer.header("ETag")))

    def test_a_missing_file_counts_as_empty(self):
        path = self.dir + "/new"
        answer = self.put_range(path, "bytes 0-1/3", b"AB")
        self.refused(answer, 416, "range-not-satisfiable", path, None)
        self.assertEqual(answer.header("Content-Range"), "bytes */0")
        self.refused(self.put_range(self.dir + "/no/new", "bytes 0-1/2", b"AB"), 409, "parent-missing", path, None)
        self.assertEqual(self.put_range(path, "bytes 0-1/2", b"AB").status, 201)
        self.assertEqual(self.put_range(path, "bytes 2-3/*", b"CD").status, 204)
        self.assertEqual(self.get(path), b"ABCD")
        self.assertEqual(self.put_range(self.dir + "/gap", "bytes 3-4/5", b"AB").status, 201)
        self.assertEqual(self.get(self.dir + "/gap"), b"\0\0\0AB")

    def test_put_refuses_ranges_that_do_not_fit(self):
        path = self.dir + "/f"
        self.put(path, b"0123456789")
        for span in ("bytes 2-4/11", "bytes 11-13/15", "bytes 10-12/15"):
            answer = self.put_range(path, span, b"ABC")
            self.refused(answer, 416, "range-not-satisfiable", path, b"0123456789")
            self.assertEqual(answer.header("Content-Range"), "bytes */10")
        for span in ("bytes", "bytes 0-2", "bytes */10", "bytes 3-2/10", "bytes 0-2/2", "bytes=0-2/10", "bytes a-b/c", "lines 0-2/10", "bytes 0-1/10", "bytes 0-3/10",
                     "bytes 9223372036854775800-9223372036854775807/*", "bytes 0-/10"):
            self.refused(self.put_range(path, span, b"ABC"), 400, "bad-header", path, b"0123456789")
        self.refused(self.put_range(path, "bytes 0-2/10", b"ABC", If_Match='"other"'), 412, "precondition-failed", path, b"0123456789")
        self.lock(path)
        self.refused(self.put_range(path, "bytes 0-2/10", b"ABC"), 423, "locked", path, b"0123456789")


class Digests(Checks):
    def test_of_the_part_and_of_the_whole(self):
        path = self.dir + "/f"
        whole = b"01ABC56789"
        sha1 = lambda data: "SHA1:" + hashlib.sha1(data).hexdigest()
        for good, bad, send in (
                ({"Content-Digest": content_digest(b"ABC")}, {"Content-Digest": content_digest(whole)}, self.patch),
                ({"Repr-Digest": content_digest(b"ABC")}, {"Repr-Digest": content_digest(whole)}, self.patch),
                ({"OC-Checksum": sha1(whole)}, {"OC-Checksum": sha1(b"ABC")}, self.patch),
                ({"Content-Digest": content_digest(b"ABC")}, {"Content-Digest": content_digest(whole)}, self.put_range),
                ({"Repr-Digest": content_digest(whole)}, {"Repr-Digest": content_digest(b"ABC")}, self.put_range),
                ({"OC-Checksum": sha1(whole)}, {"OC-Checksum": sha1(b"ABC")}, self.put_range)):
            span = "bytes=2-4" if send == self.patch else "bytes 2-4/10"
            with self.subTest(good=good, span=span):
                self.expect_old(path)
                self.refused(send(path, span, b"ABC", **bad), 400, "digest-mismatch", path, b"0123456789")
                self.assertEqual(self.request("GET", path).header("OC-Checksum"), sha1(b"0123456789"))
                self.assertEqual(send(path, span, b"ABC", **good).status, 204)
                answer = self.request("GET", path, {"Want-Repr-Digest": "sha-256=1"})
                self.assertEqual(answer.body, whole)
                self.assertIn(answer.header("OC-Checksum"), (sha1(whole), "SHA256:" + hashlib.sha256(whole).hexdigest()) if "Content-Digest" not in good
                              and (send == self.put_range or "OC-Checksum" in good) else (None,))

    def expect_old(self, path):
        answer = self.request("PUT", path, {"OC-Checksum": "SHA1:" + hashlib.sha1(b"0123456789").hexdigest()}, b"0123456789")
        self.assertIn(answer.status, (201, 204))


class LargeDigests(Checks):
    """A file without content takes no room: the client decides how much there is to read for a checksum."""
    config = """
[server]
workers = 4
[limits]
operation_timeout = "3s"
"""
    SIZE = 1 << 40

    def setUp(self):
        super().setUp()
        for name in ("a", "b", "c"):
            self.put(f"{self.dir}/{name}", b"x")
            os.truncate(f"{self.server.root}{self.dir}/{name}", self.SIZE)

    def append(self, name):
        return self.patch(f"{self.dir}/{name}", "bytes=0-2", b"ABC", OC_Checksum="SHA1:" + "0" * 40)

    def test_checksum_of_a_file_without_end_is_given_up_and_holds_up_no_copy(self):
        self.put(self.dir + "/small", b"0123456789")
        answers = []
        threads = [threading.Thread(target=lambda name=name: answers.append(self.append(name))) for name in ("a", "b", "c")]
        for each in threads:
            each.start()
        self.assertTrue(wait_until(lambda: answers))  # one is working, and another one was refused
        self.assertEqual(self.request("COPY", self.dir + "/small", {"Destination": self.dir + "/copy"}).status, 201)
        self.assertEqual(self.patch(self.dir + "/small", "bytes=2-4", b"ABC",
                                    OC_Checksum="SHA1:" + hashlib.sha1(b"01ABC56789").hexdigest()).status, 204)
        for each in threads:
            each.join()
        self.assertEqual({answer.status for answer in answers}, {503})
        codes = [answer.header("X-Dav-Error-Code") for answer in answers]
        self.assertIn("operation-timeout", codes)
        self.assertIn("overloaded", codes)
        self.assertTrue(all(answer.header("Retry-After") for answer in answers))
        for name in ("a", "b", "c"):
            self.assertEqual(os.stat(f"{self.server.root}{self.dir}/{name}").st_size, self.SIZE)
        self.assertEqual(litter(self.server.root), [])


class Broken(Checks):
    def send_half(self, path, head, body):
        connection = Connection(self.server.address)
        connection.send(head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:len(body) // 2])
        connection.close()

    def test_a_broken_connection_leaves_the_old_file(self):
        path = self.dir + "/f"
        tag = self.put(path, b"0123456789" * 10000).header("ETag")
        body = os.urandom(600000)
        for head in (f"PATCH {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\nX-Update-Range: append\r\n",
                     f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Range: bytes 5-{len(body) + 4}/*\r\n"):
            self.send_half(path, head.encode(), body)
        self.assertTrue(wait_until(lambda: litter(self.server.root) == []))
        self.assertEqual((self.get(path), self.request("HEAD", path).header("ETag")), (b"0123456789" * 10000, tag))

    def test_abort_and_resume_at_random_offsets(self):
        """As an uploader does it: what arrived is asked for, the rest sent, broken off again, until the digests are equal."""
        rng = random.Random(918)
        for dialect in ("patch", "put"):
            whole = rng.randbytes(2_000_000)
            path = f"{self.dir}/{dialect}"
            self.put(path, b"")
            while (have := int(self.request("HEAD", path).header("Content-Length"))) < len(whole):
                step = whole[have:have + rng.randrange(1, 400_000)]
                if dialect == "patch":
                    span = rng.choice(("append", f"bytes={have}-", f"bytes={have}-{have + len(step) - 1}"))
                    head = f"PATCH {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\nX-Update-Range: {span}\r\n"
                else:
                    head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Range: bytes {have}-{have + len(step) - 1}/*\r\n"
                connection = Connection(self.server.address)
                cut = rng.random() < 0.4
                connection.send(head.encode() + b"Content-Length: %d\r\n\r\n" % len(step) + (step[:rng.randrange(len(step))] if cut else step))
                if not cut:
                    self.assertEqual(connection.read("PUT").status, 204)
                connection.close()
                if cut:
                    self.assertEqual(int(self.request("HEAD", path).header("Content-Length")), have)
            checksum = "MD5:" + hashlib.md5(whole).hexdigest()
            self.assertEqual(self.patch(path, "append", b"", OC_Checksum=checksum).status, 204)
            self.assertEqual(hashlib.sha256(self.get(path)).digest(), hashlib.sha256(whole).digest())
        self.assertTrue(wait_until(lambda: litter(self.server.root) == []))


class Together(Checks):
    def slow(self, path, span, body, between):
        """PATCH whose body arrives in two halves, with something done between them."""
        connection = Connection(self.server.address)
        connection.send(f"PATCH {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\nX-Update-Range: {span}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                        + body[:len(body) // 2])
        wait_until(lambda: litter(self.server.root) != [])
        between()
        connection.send(body[len(body) // 2:])
        answer = connection.read("PATCH")
        connection.close()
        return answer

    def test_a_change_meanwhile_is_not_lost(self):
        path = self.dir + "/f"
        body = os.urandom(700_000)
        for span, other, after in (("bytes=2-", b"abcdefghij", b"ab" + body), ("append", b"abc", b"abc" + body), ("bytes=-3", b"abcde", b"ab" + body)):
            self.put(path, b"0123456789")
            answer = self.slow(path, span, body, lambda other=other: self.put(path, other))
            self.assertEqual((answer.status, self.get(path)), (204, after), span)
        self.put(path, b"0123456789")
        answer = self.slow(path, "bytes=8-", body, lambda: self.put(path, b"short"))
        self.assertEqual((answer.status, self.get(path)), (204, b"short\0\0\0" + body))
        self.put(path, b"0123456789")
        answer = self.slow(path, "bytes=-8", body, lambda: self.put(path, b"short"))
        self.refused(answer, 416, "range-not-satisfiable", path, b"short")
        answer = self.slow(path, "append", body, lambda: self.expect(204, "DELETE", path))
        self.refused(answer, 404, "not-found", path, None)
        self.put(path, b"0123456789")
        tokens = []
        answer = self.slow(path, "append", body, lambda: tokens.append(self.lock(path)))
        self.refused(answer, 423, "locked", path, b"0123456789")

    def test_many_append_at_once(self):
        path = self.dir + "/f"
        self.put(path, b"")
        lines = [b"%05d-%s\n" % (i, os.urandom(20).hex().encode()) for i in range(120)]

        def work(mine):
            with_connection = Connection(self.server.address)
            for line in mine:
                answer = self.request("PATCH", path, {"Content-Type": TYPE, "X-Update-Range": "append"}, line, connection=with_connection)
                self.assertEqual(answer.status, 204, answer)
            with_connection.close()

        threads = [threading.Thread(target=work, args=(lines[i::6],)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(self.get(path).splitlines(True)), lines)

    def test_parts_side_by_side(self):
        """Several connections write a file's parts, as download managers read them."""
        path = self.dir + "/f"
        whole = os.urandom(6 * 100_000)
        self.put(path, bytes(len(whole)))
        spans = [(i * 100_000, (i + 1) * 100_000 - 1) for i in range(6)]
        statuses = []
        work = lambda a, b: statuses.append(self.put_range(path, f"bytes {a}-{b}/{len(whole)}", whole[a:b + 1]).status)
        threads = [threading.Thread(target=work, args=span) for span in spans]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((statuses, self.get(path) == whole), ([204] * 6, True))


MIB = 1 << 20


class Bytes(Checks):
    """Each part makes a whole new version, and all parts together write at most twice the bytes of the file."""

    def written(self):
        with open(f"/proc/{self.server.process.pid}/io") as file:
            return int(dict(line.split(": ") for line in file)["wchar"])

    def parts(self, path, count=64, size=MIB, send=None):
        """Appends so many parts; what the file is then, and how often its bytes were written."""
        whole = b""
        before = self.written()
        connection = Connection(self.server.address)
        for i in range(count):
            part = os.urandom(1024) * (size // 1024)
            answer = self.request("PATCH", path, {"Content-Type": TYPE, "X-Update-Range": "append"}, part, connection=connection)
            self.assertEqual(answer.status, 204, answer)
            whole += part
            if send:
                send(i)
        connection.close()
        ratio = (self.written() - before) / (count * size)
        return whole, ratio

    def test_64_parts_write_at_most_twice_the_bytes_of_the_file(self):
        path = self.dir + "/f"
        self.put(path, b"")
        whole, ratio = self.parts(path)
        print(f"64 parts of 1 MiB: {ratio:.2f} times the bytes of the file are written")
        self.assertLess(ratio, 2.1)
        self.assertTrue(self.get(path) == whole)

    def test_put_of_ranges_does_too(self):
        path = self.dir + "/f"
        whole = os.urandom(32 * MIB)
        before = self.written()
        for at in range(0, len(whole), MIB):
            answer = self.put_range(path, f"bytes {at}-{at + MIB - 1}/*", whole[at:at + MIB])
            self.assertIn(answer.status, (201, 204), answer)
        ratio = (self.written() - before) / len(whole)
        self.assertLess(ratio, 2.1)
        self.assertTrue(self.get(path) == whole)

    def test_small_parts_of_a_large_file_copy_it_once(self):
        path = self.dir + "/f"
        whole = bytearray(os.urandom(64 * MIB))
        self.put(path, bytes(whole))
        before = self.written()
        for i in range(8):
            at = (i * 7919 * 4099) % (len(whole) - 1024)
            part = os.urandom(1024)
            self.assertEqual(self.patch(path, f"bytes={at}-", part).status, 204)
            whole[at:at + 1024] = part
        ratio = (self.written() - before) / len(whole)
        self.assertLess(ratio, 1.1)
        self.assertTrue(self.get(path) == bytes(whole))

    def test_every_version_is_whole_for_readers_that_opened_it(self):
        path = self.dir + "/f"
        self.put(path, b"")
        opened = []

        def look(i):
            if i % 5 == 0:
                opened.append((open(self.server.root + path, "rb"), (i + 1) * 100_000))
            if i % 7 == 0:
                os.link(self.server.root + path, f"{self.server.root}{self.dir}/link{i}")
        whole, _ = self.parts(path, 30, 100_000 // 1024 * 1024, look)
        step = 100_000 // 1024 * 1024
        for file, _ in opened:
            size = os.fstat(file.fileno()).st_size
            self.assertTrue(file.read() == whole[:size])
            file.close()
        for i in range(0, 30, 7):
            self.assertTrue(self.get(f"{self.dir}/link{i}") == whole[:(i + 1) * step], i)
        self.assertTrue(self.get(path) == whole)

    def test_a_get_that_is_under_way_ends_with_the_version_it_began_with(self):
        path = self.dir + "/f"
        first = os.urandom(8 * MIB)
        self.put(path, first)
        slow = []
        for i in range(6):
            connection = Connection(self.server.address)
            connection.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            slow.append((connection, bytes(first)))
            wait_until(lambda: connection.socket.recv(1, socket.MSG_PEEK))
            part = os.urandom(MIB)
            self.assertEqual(self.patch(path, f"bytes={i * MIB}-", part).status, 204)
            first = first[:i * MIB] + part + first[(i + 1) * MIB:]
        for connection, expected in slow:
            self.assertTrue(connection.read().body == expected)
            connection.close()

    def slow_get(self, path):
        """Asks, and reads nothing: most of the answer stays in the sockets."""
        asked = socket.socket()
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        asked.connect(self.server.address)
        asked.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        log = f'GET "{path}" 200'
        count = self.server.read_log().count(log)
        wait_until(lambda: self.server.read_log().count(log) > count)
        return asked

    def body_of(self, asked, size):
        data = b""
        while b"\r\n\r\n" not in data or len(data.split(b"\r\n\r\n", 1)[1]) < size:
            data += asked.recv(1 << 20)
        asked.close()
        return data.split(b"\r\n\r\n", 1)[1]

    def test_what_a_slow_reader_has_not_taken_yet_is_not_written_to(self):
        """The answer has been sent, and the file is closed; the kernel still holds its pages."""
        path = self.dir + "/f"
        whole = os.urandom(300_000)
        self.put(path, whole)
        slow = []
        for i in range(8):
            slow.append((self.slow_get(path), whole))
            part = os.urandom(30_000)
            self.assertEqual(self.patch(path, f"bytes={i * 30_000}-", part).status, 204)
            whole = whole[:i * 30_000] + part + whole[(i + 1) * 30_000:]
        for asked, expected in slow:
            self.assertTrue(self.body_of(asked, len(expected)) == expected)

    def test_readers_between_the_parts_make_nobody_write_more(self):
        path = self.dir + "/f"
        self.put(path, b"")
        whole, ratio = self.parts(path, 32, send=lambda i: self.expect(206, "GET", path, {"Range": "bytes=0-199999"}))
        self.assertLess(ratio, 2.1 + 0.2)  # what is sent counts as written, too
        self.assertTrue(self.get(path) == whole)

    def test_changes_between_the_parts_are_not_lost(self):
        path = self.dir + "/f"
        name = self.server.root + path
        part = os.urandom(MIB)

        def write_in_place():
            with open(name, "r+b") as file:
                file.write(b"by another program")

        def replace():
            self.put(path, b"by a PUT")

        def move():
            self.put(self.dir + "/other", b"by a MOVE")
            self.expect(204, "MOVE", self.dir + "/other", {"Destination": path})

        def move_away_and_back():
            self.expect(201, "MOVE", path, {"Destination": path + "2"})
            self.expect(201, "MOVE", path + "2", {"Destination": path})

        def truncate():
            os.truncate(name, 10)
        for change in (write_in_place, replace, move, move_away_and_back, truncate):
            self.put(path, b"")
            for _ in range(3):
                self.assertEqual(self.patch(path, "append", part).status, 204)
            change()
            now = self.get(path)
            for i in range(3):
                self.assertEqual(self.patch(path, "append", part).status, 204)
                self.assertTrue(self.get(path) == now + part * (i + 1), change)

    def test_properties_that_were_removed_do_not_come_back(self):
        path = self.dir + "/f"
        name = self.server.root + path
        self.put(path, b"x" * MIB)
        self.proppatch(path, set_prop("<Z:a>old</Z:a>"))
        os.setxattr(name, "user.mine", b"old")
        for _ in range(3):
            self.assertEqual(self.patch(path, "append", b"y" * 1000).status, 204)
        self.proppatch(path, remove_prop("<Z:a/>"))
        os.removexattr(name, "user.mine")
        os.chmod(name, 0o640)
        for _ in range(4):
            self.assertEqual(self.patch(path, "append", b"y" * 1000).status, 204)
            found = self.expect(207, "PROPFIND", path, {"Depth": "0"}, propfind_body("<Z:a/>")).body
            self.assertNotIn(b"old", found)
            self.assertNotIn("user.mine", os.listxattr(name))
            self.assertEqual(os.stat(name).st_mode & 0o777, 0o640)

    def test_each_version_has_a_tag_of_its_own(self):
        path = self.dir + "/f"
        self.put(path, b"x" * MIB)
        tags = [self.patch(path, "bytes=0-0", b"x").header("ETag") for _ in range(20)]
        self.assertEqual(len(set(tags)), 20)

    def test_a_broken_part_leaves_the_version_and_the_next_goes_on(self):
        path = self.dir + "/f"
        part = os.urandom(MIB)
        self.put(path, b"")
        for i in range(6):
            connection = Connection(self.server.address)
            connection.send(f"PATCH {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\nX-Update-Range: bytes=0-\r\nContent-Length: {MIB}\r\n\r\n".encode()
                            + bytes(MIB // 2))
            connection.close()
            self.assertEqual(self.patch(path, "append", part).status, 204)
            self.assertTrue(self.get(path) == part * (i + 1))

    def test_holes_stay_holes(self):
        path = self.dir + "/f"
        name = self.server.root + path
        self.put(path, b"x")
        os.truncate(name, 64 * MIB)
        if os.stat(name).st_blocks * 512 > MIB:
            self.skipTest("this file system knows no holes")
        for i in range(3):
            self.assertEqual(self.patch(path, "append", b"y" * 1000).status, 204)
        self.assertEqual(self.get(path), b"x" + bytes(64 * MIB - 1) + b"y" * 3000)
        self.assertLess(os.stat(name).st_blocks * 512, MIB)

    def test_a_part_far_behind_the_end_needs_the_room_in_between(self):
        path = self.dir + "/f"
        self.put(path, b"x")
        for at in (1 << 62, (1 << 63) - 10):
            self.refused(self.patch(path, f"bytes={at}-", b"AB"), 507, "no-space", path, b"x")


class BytesKept(Checks):
    config = '[trash]\nkeep = "7d"\n'

    def test_the_version_before_the_first_part_is_kept_and_the_others_are_not(self):
        path = self.dir + "/f"
        self.put(path, b"before" * 10000)
        for _ in range(10):
            self.assertEqual(self.patch(path, "append", b"x" * 100_000).status, 204)
        out = subprocess.run([os.environ["DAVIT"], "trash", "list", self.server.root, "--json"], capture_output=True, text=True, check=True).stdout
        self.assertEqual([e["size"] for e in json.loads(out)], [60000])


class Crash(unittest.TestCase):
    def test_a_kill_between_parts_and_within_one_leaves_a_whole_version(self):
        server = Server()
        self.addCleanup(server.stop)
        rng = random.Random(13)
        whole = b""
        self.assertEqual(server.request("PUT", "/f", body=b"").status, 201)
        for i in range(6):
            for _ in range(3):
                part = rng.randbytes(200_000)
                answer = server.request("PATCH", "/f", {"Content-Type": TYPE, "X-Update-Range": "append"}, part)
                self.assertEqual(answer.status, 204)
                whole += part
            connection = server.connect()
            connection.send(f"PATCH /f HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\nX-Update-Range: bytes=0-\r\nContent-Length: 300000\r\n\r\n".encode()
                            + bytes(150_000))
            server.kill()
            connection.close()
            server.start()
            self.assertTrue(server.request("GET", "/f").body == whole)
            folder = server.root + "/.davit/parts"
            self.assertEqual(os.listdir(folder) if os.path.isdir(folder) else [], [])
            self.assertEqual(litter(server.root), [])


class Limit(Checks):
    config = '[limits]\nput_body_bytes = "1KiB"\n'

    def test_a_part_beyond_the_limit_is_413(self):
        path = self.dir + "/f"
        self.put(path, b"0123456789")
        self.refused(self.patch(path, "append", b"x" * 1025), 413, "body-too-large", path, b"0123456789")


del Checks

if __name__ == "__main__":
    main()
