"""OC-Checksum and RFC 9530's digests: checked before the file appears, kept with it, and never of another content."""
import base64
import hashlib
import os
import pathlib
import time
import zlib

from davit import Case, Server, main, multistatus, one, propfind_body, set_prop

OC = "{http://owncloud.org/ns}"
CHECKSUMS = '<o:checksums xmlns:o="http://owncloud.org/ns"/>'


def sf(name, body):
    return f"{name}=:{base64.b64encode(hashlib.new(name.replace('-', ''), body).digest()).decode()}:"


def oc(name, body):
    return f"{name}:{hashlib.new(name.lower().replace('3-', '3_'), body).hexdigest()}"


def adler(body):
    return f"ADLER32:{zlib.adler32(body):x}"


def all_three(body):
    return {oc("SHA1", body), oc("MD5", body), f"ADLER32:{zlib.adler32(body):08x}"}


class Digests(Case):
    small, large = b"small content", os.urandom(3_000_001)  # in one go, and streamed

    def known(self, path):
        """What oc:checksums says, as a set; empty when it is 404."""
        status, element = one(self.expect(207, "PROPFIND", path, {"Depth": "0"}, propfind_body(CHECKSUMS)))[OC + "checksums"]
        if status == 404:
            return set()
        return set(element.findtext(OC + "checksum").split(" "))

    def send(self, path, body, **headers):
        return self.request("PUT", path, {k.replace("_", "-"): v for k, v in headers.items()}, body)

    def test_right_ones_are_kept_and_shown(self):
        for name, body in (("s", self.small), ("l", self.large), ("e", b"")):
            path = f"{self.dir}/{name}"
            for checksum, kept in ((oc("SHA1", body), all_three(body)), (oc("MD5", body), all_three(body)),
                                   (adler(body), all_three(body)), (oc("SHA256", body).lower(), {oc("SHA256", body)} | all_three(body)),
                                   (oc("SHA3-256", body), {oc("SHA3-256", body)} | all_three(body)),
                                   (oc("SHA1", body) + " " + adler(body), all_three(body))):
                with self.subTest(name=name, checksum=checksum):
                    self.assertIn(self.send(path, body, OC_Checksum=checksum).status, (201, 204))
                    self.assertEqual(self.known(path), kept)
                    self.assertEqual(self.get(path), body)
            for field in ("Repr-Digest", "Content-Digest"):
                for kinds in (("sha-256",), ("sha-512",), ("sha-256", "sha-512")):
                    self.assertEqual(self.send(path, body, **{field: ", ".join(sf(k, body) for k in kinds)}).status, 204)
                    self.assertEqual(self.known(path), {oc(k.upper().replace("-", ""), body) for k in kinds})

    def test_wrong_ones_change_nothing(self):
        for name, body in (("s", self.small), ("l", self.large)):
            path = f"{self.dir}/{name}"
            for there in (False, True):
                tag = None
                if there:
                    self.send(path, b"old", OC_Checksum=oc("SHA1", b"old"))
                    tag = self.request("HEAD", path).header("ETag")
                for field, value in (("OC-Checksum", oc("SHA1", b"other")), ("OC-Checksum", oc("MD5", b"other")),
                                     ("OC-Checksum", adler(b"other")), ("OC-Checksum", oc("SHA1", body) + " " + oc("MD5", b"other")),
                                     ("Repr-Digest", sf("sha-256", b"other")), ("Content-Digest", sf("sha-512", b"other")),
                                     ("Repr-Digest", sf("sha-256", body) + ", " + sf("sha-512", b"other"))):
                    with self.subTest(name=name, there=there, value=value):
                        answer = self.request("PUT", path, {field: value}, body)
                        self.assertEqual(answer.status, 400, answer)
                        self.assertIn(b'code="digest-mismatch"', answer.body)
                        if there:
                            self.assertEqual(self.request("HEAD", path).header("ETag"), tag)
                            self.assertEqual((self.get(path), self.known(path)), (b"old", all_three(b"old")))
                        else:
                            self.expect(404, "GET", path)

    def test_a_mismatch_says_what_was_expected_and_what_came(self):
        answer = self.send(self.dir + "/f", b"here", OC_Checksum=oc("SHA1", b"there"))
        for part in (hashlib.sha1(b"here").hexdigest(), hashlib.sha1(b"there").hexdigest(), "SHA1"):
            self.assertIn(part.encode(), answer.body)

    def test_malformed_is_400_and_unknown_is_passed_over(self):
        path = self.dir + "/f"
        good = sf("sha-256", b"x")
        for field, value in (("OC-Checksum", "SHA1"), ("OC-Checksum", "SHA1:"), ("OC-Checksum", ":00"), ("OC-Checksum", "SHA1:00"),
                             ("OC-Checksum", "MD5:" + "x" * 32), ("OC-Checksum", "ADLER32:123456789"),
                             ("Repr-Digest", "sha-256"), ("Repr-Digest", "sha-256=abc"), ("Repr-Digest", "sha-256=:AAAA:"),
                             ("Repr-Digest", good[:-1]), ("Repr-Digest", good + ","), ("Repr-Digest", good + " " + good),
                             ("Content-Digest", "SHA-256=" + good[8:]), ("Content-Digest", "sha-256=:!!:"), ("Content-Digest", "=" + good)):
            with self.subTest(value=value):
                answer = self.request("PUT", path, {field: value}, b"x")
                self.assertEqual(answer.status, 400, answer)
                self.assertIn(b'code="bad-header"', answer.body)
                self.assertIn(field.encode() + b": ", answer.body)
                self.expect(404, "GET", path)
        for field, value in (("OC-Checksum", "SHA999:whatever"), ("Repr-Digest", "md5=:AAAA:"), ("Repr-Digest", 'new;a="b,c";d=1, other=12.5')):
            self.assertIn(self.request("PUT", path, {field: value}, b"x").status, (201, 204), value)
            self.assertEqual(self.known(path), set())
        self.assertEqual(self.request("PUT", path, {"Repr-Digest": f"unknown=:AAAA:, {good};p=?1"}, b"x").status, 204)
        self.assertEqual(self.known(path), {oc("SHA256", b"x")})
        # Of several with one key the last counts (RFC 8941, 3.2).
        self.assertEqual(self.request("PUT", path, {"Repr-Digest": f"{sf('sha-256', b'y')}, {good}"}, b"x").status, 204)

    def test_never_those_of_another_content(self):
        path = self.dir + "/f"
        self.send(path, b"one", OC_Checksum=oc("SHA1", b"one"))
        self.put(path, b"two")
        self.assertEqual(self.known(path), set(), "PUT without a checksum drops it")
        self.assertNotIn(b"checksums", self.expect(207, "PROPFIND", path, {"Depth": "0"}).body)
        real = self.server.root + path
        for change in (lambda: pathlib.Path(real).write_text("X"), lambda: os.replace(real + "2", real), lambda: os.truncate(real, 1)):
            self.send(path, b"one", OC_Checksum=oc("SHA1", b"one"))
            self.send(path + "2", b"one", OC_Checksum=oc("MD5", b"one"))
            self.assertEqual(self.known(path), all_three(b"one"))
            change()
            data = pathlib.Path(real).read_bytes()
            self.assertIn(self.known(path), (set(), all_three(data)))
        self.send(path, b"one", OC_Checksum=oc("SHA1", b"one"))
        os.system(f"cp -a {real} {real}3; printf two > {real}3")
        self.assertEqual(self.known(path + "3"), set())
        os.utime(real, ns=(0, os.stat(real).st_mtime_ns + 1))
        self.assertEqual(self.known(path), set())

    def test_survive_what_leaves_the_content_alone(self):
        body = self.small
        path = self.dir + "/f"
        self.send(path, body, OC_Checksum=oc("SHA1", body), X_OC_Mtime="1234567890")
        self.assertEqual(self.known(path), all_three(body))
        self.assertEqual(int(os.stat(self.server.root + path).st_mtime), 1234567890)
        for instructions in (set_prop("<Z:a>1</Z:a>"), set_prop("<D:lastmodified>1000000000</D:lastmodified>"),
                             set_prop("<Z:b>2</Z:b><D:lastmodified>1000000001</D:lastmodified><A:executable>T</A:executable>"),
                             set_prop("<Z:large>" + "x" * 100000 + "</Z:large>"), set_prop("<D:lastmodified>1000000002</D:lastmodified>")):
            self.proppatch(path, instructions)
            self.assertEqual(self.known(path), all_three(body), instructions[:80])
        self.assertEqual(int(os.stat(self.server.root + path).st_mtime), 1000000002)
        self.expect(201, "COPY", path, {"Destination": self.dir + "/copy"})
        self.expect(201, "COPY", self.dir + "/copy", {"Destination": self.dir + "/timed", "X-OC-Mtime": "1100000000"})
        self.expect(201, "MOVE", path, {"Destination": self.dir + "/moved"})
        self.expect(201, "MKCOL", self.dir + "/d")
        self.expect(201, "MOVE", self.dir + "/copy", {"Destination": self.dir + "/d/copy"})
        self.expect(201, "COPY", self.dir + "/d", {"Destination": self.dir + "/e"})
        for where in ("/timed", "/moved", "/d/copy", "/e/copy"):
            self.assertEqual(self.known(self.dir + where), all_three(body), where)
        self.assertNotEqual(self.request("HEAD", self.dir + "/moved").header("ETag"), self.request("HEAD", self.dir + "/e/copy").header("ETag"))

    def test_a_listing_shows_them(self):
        for i in range(20):
            self.send(f"{self.dir}/{i}", b"%d" % i, OC_Checksum=oc("MD5", b"%d" % i))
        found = multistatus(self.expect(207, "PROPFIND", self.dir, {"Depth": "1"}, propfind_body(CHECKSUMS)))
        for href, _, properties in found:
            name = href.rsplit("/", 1)[1]
            status, element = properties[OC + "checksums"]
            self.assertEqual(status, 200 if name else 404)
            if name:
                self.assertIn(oc("MD5", name.encode()), element.findtext(OC + "checksum"))

    def test_is_protected_and_only_shown_when_asked_for(self):
        path = self.dir + "/f"
        self.send(path, b"one", OC_Checksum=oc("SHA1", b"one"))
        forged = f'<o:checksums xmlns:o="http://owncloud.org/ns"><o:checksum>{oc("SHA1", b"two")}</o:checksum></o:checksums>'
        for instructions in (set_prop(forged), f"<D:remove><D:prop>{CHECKSUMS}</D:prop></D:remove>"):
            answer = self.proppatch(path, instructions)
            self.assertIn(b"cannot-modify-protected-property", answer.body)
            self.assertEqual(self.known(path), all_three(b"one"))
        self.assertNotIn(b"checksum", self.expect(207, "PROPFIND", path, {"Depth": "0"}).body)
        names = '<propfind xmlns="DAV:"><propname/></propfind>'
        self.assertEqual(self.expect(207, "PROPFIND", path, {"Depth": "0"}, names).body.count(b"checksums"), 1)
        self.put(path, b"two")
        self.assertNotIn(b"checksums", self.expect(207, "PROPFIND", path, {"Depth": "0"}, names).body)

    def test_get_sends_the_digest_that_the_client_prefers(self):
        path = self.dir + "/f"
        wanted = {"Want-Repr-Digest": "sha-512=1, sha-256=3"}
        self.send(path, self.small, Repr_Digest=sf("sha-256", self.small) + "," + sf("sha-512", self.small))
        for _ in range(3):  # also from memory
            self.assertIsNone(self.request("GET", path).header("Repr-Digest"))
            self.assertEqual(self.request("GET", path, wanted).header("Repr-Digest"), sf("sha-256", self.small))
        part = self.request("GET", path, {**wanted, "Range": "bytes=0-1"})
        self.assertEqual((part.status, part.header("Repr-Digest")), (206, sf("sha-256", self.small)))
        self.assertEqual(self.request("GET", path, {"Want-Repr-Digest": "sha-512=1, sha-256=0"}).header("Repr-Digest"), sf("sha-512", self.small))
        for nothing in ("sha-256=0", "sha-256=x", "md5=10", "sha-256=11"):
            self.assertIsNone(self.request("GET", path, {"Want-Repr-Digest": nothing}).header("Repr-Digest"), nothing)
        self.put(path, b"two")
        answer = self.request("GET", path, wanted)
        self.assertEqual((answer.header("Repr-Digest"), answer.header("OC-Checksum")), (None, None))
        self.send(path, b"three", OC_Checksum=oc("MD5", b"three"))
        self.assertEqual(self.request("GET", path).header("OC-Checksum"), oc("SHA1", b"three"))

    def test_survive_a_restart(self):
        server = Server()
        try:
            server.request("PUT", "/f", {"OC-Checksum": oc("SHA1", b"x")}, b"x")
            server.kill()
            server.start()
            self.assertEqual(server.request("GET", "/f").header("OC-Checksum"), oc("SHA1", b"x"))
        finally:
            server.stop()


class InTheDatabase(Digests):
    """The same where the file system keeps no attributes."""
    config = '[storage]\nproperties = "database"\n'

    def test_never_those_of_another_content(self):
        self.send(self.dir + "/f", b"one", OC_Checksum=oc("SHA1", b"one"))
        self.put(self.dir + "/f", b"two")
        self.assertEqual(self.known(self.dir + "/f"), set())


class Damaged(Case):
    def test_a_damaged_set_of_properties_keeps_nobody_from_writing(self):
        """Nothing can be put into it, and it is not thrown away: the file comes without its checksum."""
        for name, body in (("s", Digests.small), ("l", Digests.large)):
            path = f"{self.dir}/{name}"
            real = self.server.root + path
            self.put(path, b"old")
            os.setxattr(real, "user.davit.properties", b"damaged")
            for fields in ({}, {"OC-Checksum": oc("SHA1", body)}, {"Repr-Digest": sf("sha-256", body)}):
                self.expect(204, "PUT", path, fields, body)
                self.assertEqual(pathlib.Path(real).read_bytes(), body)
                self.assertEqual(os.getxattr(real, "user.davit.properties"), b"damaged")
            answer = self.expect(400, "PUT", path, {"OC-Checksum": oc("SHA1", b"other")}, body)
            self.assertIn(b'code="digest-mismatch"', answer.body)


class Times(Case):
    def mtime(self, path):
        return os.stat(self.server.root + path).st_mtime_ns // 10**9

    def test_put_copy_move(self):
        for status, path in ((201, "/f"), (204, "/f")):
            answer = self.expect(status, "PUT", self.dir + path, {"X-OC-Mtime": "1234567890"}, b"x")
            self.assertEqual((answer.header("X-OC-Mtime"), self.mtime(self.dir + path)), ("accepted", 1234567890))
        # rclone with vendor rclone streams what it does not know the length of.
        answer = self.expect(204, "PUT", self.dir + "/f", {"X-OC-Mtime": "1234567891", "Transfer-Encoding": "chunked"}, b"1\r\nx\r\n0\r\n\r\n")
        self.assertEqual((answer.header("X-OC-Mtime"), self.mtime(self.dir + "/f")), ("accepted", 1234567891))
        self.expect(201, "MKCOL", self.dir + "/d")
        for method, source, to, status in (("COPY", "/f", "/g", 201), ("COPY", "/f", "/g", 204), ("MOVE", "/f", "/h", 201), ("COPY", "/d", "/e", 201)):
            answer = self.expect(status, method, self.dir + source, {"Destination": self.dir + to, "X-OC-Mtime": "1111111111.5"})
            self.assertEqual((answer.header("X-OC-Mtime"), self.mtime(self.dir + to)), ("accepted", 1111111111), (method, to))
        answer = self.expect(201, "COPY", self.dir + "/g", {"Destination": self.dir + "/i"})
        self.assertEqual((answer.header("X-OC-Mtime"), self.mtime(self.dir + "/i")), (None, 1111111111))
        for mtime in ("-1", "-86400", "-146000000.5"):
            answer = self.request("PUT", self.dir + "/f", {"X-OC-Mtime": mtime}, b"x")
            self.assertEqual((answer.header("X-OC-Mtime"), self.mtime(self.dir + "/f")), ("accepted", int(float(mtime))))
        # ext4 would have all that is earlier in its first second, without fractions: contents with one tag.
        tags = {self.request("PUT", self.dir + "/f", {"X-OC-Mtime": mtime}, bytes([n])).header("ETag")
                for mtime in ("-3000000000", "-2147483648") for n in range(6)}
        self.assertEqual(len(tags), 12)
        for mtime in ("9223372036", "9223372037", "253402300799", "18446744073709551615", "-11644473600"):
            for path in ("/k", "/k"):
                before = time.time() - 2
                answer = self.request("PUT", self.dir + path, {"X-OC-Mtime": mtime}, b"x")
                self.assertIn(answer.status, (201, 204))
                self.assertEqual(answer.header("X-OC-Mtime"), None, mtime)
                self.assertTrue(before < self.mtime(self.dir + path) < time.time() + 2, mtime)
            answer = self.expect(201, "COPY", self.dir + "/g", {"Destination": self.dir + "/l", "X-OC-Mtime": mtime})
            self.assertEqual((answer.header("X-OC-Mtime"), self.mtime(self.dir + "/l")), (None, 1111111111), mtime)
            self.expect(204, "DELETE", self.dir + "/l")
        answer = self.expect(201, "MOVE", self.dir + "/i", {"Destination": self.dir + "/j", "X-OC-Mtime": "soon"})
        self.assertEqual((answer.header("X-OC-Mtime"), self.mtime(self.dir + "/j")), (None, 1111111111))


if __name__ == "__main__":
    main()
