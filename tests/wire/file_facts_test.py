"""What is told of a file: what stat knows although it cannot be read, its creation date, its media type and charset."""
import hashlib
import os
import shutil
import signal
import tempfile
import time
import unittest

from davit import Case, DAV, OURS, Server, complaint, main, multistatus, one, propfind_body, set_prop, wait_until

Z = "{http://example.com/ns/}"
ALLPROP = '<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>'
NOBODY = 65534


def as_nobody(work):
    """A program that runs the server without root's rights; the server itself where it has none."""
    if os.geteuid() != 0:
        return os.environ["DAVIT"]
    wrapper = work + "/davit"
    with open(wrapper, "w") as file:
        file.write(f'#!/bin/sh\nexec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups "{os.environ["DAVIT"]}" "$@"\n')
    os.chmod(wrapper, 0o755)
    return wrapper


class Unreadable(unittest.TestCase):
    """The server may see these, and read none of them."""

    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.work)
        os.chmod(cls.work, 0o755)
        root = cls.work + "/root"
        os.makedirs(root + "/shut")
        for name in ("secret.txt", "shut/inside"):
            with open(f"{root}/{name}", "w") as file:
                file.write("12345")
        os.symlink("secret.txt", root + "/link")
        os.chmod(root + "/secret.txt", 0o600 if os.geteuid() == 0 else 0)
        os.chmod(root + "/shut", 0o700 if os.geteuid() == 0 else 0o300)
        if os.geteuid() == 0:
            os.chown(root, NOBODY, NOBODY)
        program, os.environ["DAVIT"] = os.environ["DAVIT"], as_nobody(cls.work)
        try:
            cls.server = Server(root=root)
        finally:
            os.environ["DAVIT"] = program
        cls.addClassCleanup(os.chmod, root + "/shut", 0o700)
        cls.addClassCleanup(cls.server.stop)

    def propfind(self, path, depth, body):
        answer = self.server.request("PROPFIND", path, {"Depth": depth}, body)
        self.assertEqual(answer.status, 207, answer)
        return {href: properties for href, status, properties in multistatus(answer) if self.assertIsNone(status) is None}

    def test_depth_0_tells_what_the_listing_above_tells(self):
        for body in (None, ALLPROP, propfind_body("<D:getetag/><Z:dead/><D:getcontentlanguage/><D:displayname/><D:getcontenttype/>"),
                     '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'):
            listing = self.propfind("/", "1", body)
            for path in ("/secret.txt", "/shut/", "/link"):
                alone = self.propfind(path, "0", body)[path]
                told = lambda found: {name: (status, element.text) for name, (status, element) in found.items()}
                self.assertEqual(told(alone), told(listing[path]), (path, body))

    def test_what_stat_gives_is_200_and_dead_properties_asked_for_by_name_are_403(self):
        names = "<D:getcontentlength/><D:getetag/><D:getlastmodified/><D:resourcetype/><D:creationdate/><Z:dead/><D:getcontentlanguage/>"
        answer = self.server.request("PROPFIND", "/secret.txt", {"Depth": "0"}, propfind_body(names))
        found = one(answer)
        for name in ("getcontentlength", "getetag", "getlastmodified", "resourcetype", "creationdate"):
            self.assertEqual(found[DAV + name][0], 200, name)
        self.assertEqual(found[DAV + "getcontentlength"][1].text, "5")
        self.assertEqual(found[Z + "dead"][0], 403)
        self.assertEqual(found[DAV + "getcontentlanguage"][0], 403)
        self.assertEqual([e.get("code") for e in answer.xml().iter(OURS + "root-cause")], ["permission-denied"])

    def test_a_live_property_that_the_file_does_not_have_stays_404(self):
        found = one(self.server.request("PROPFIND", "/secret.txt", {"Depth": "0"}, propfind_body("<D:quota-used-bytes/>")))
        self.assertEqual(found[DAV + "quota-used-bytes"][0], 404)

    def test_allprop_is_200_alone(self):
        found = one(self.server.request("PROPFIND", "/secret.txt", {"Depth": "0"}, ALLPROP))
        self.assertEqual({status for status, _ in found.values()}, {200})

    def test_every_depth_tells_the_same_of_a_folder_that_cannot_be_listed(self):
        for body in (None, ALLPROP, propfind_body("<D:resourcetype/><D:getlastmodified/><Z:dead/>"),
                     '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'):
            told = lambda depth: {name: (status, element.text) for name, (status, element) in self.propfind("/", depth, body)["/shut/"].items()}
            self.assertEqual(told("infinity"), told("1"), body)
        self.assertEqual(set(self.propfind("/", "infinity", None)), {"/", "/secret.txt", "/link", "/shut/"})

    def test_the_content_stays_403(self):
        for method in ("GET", "HEAD"):
            self.assertEqual(self.server.request(method, "/secret.txt").status, 403)

    def test_a_folder_that_cannot_be_listed_is_403_when_its_members_are_asked_for(self):
        for body in (None, propfind_body("<D:getetag/>")):
            for depth in ("1", "infinity"):
                self.assertEqual(self.server.request("PROPFIND", "/shut/", {"Depth": depth}, body).status, 403)
            self.assertEqual(self.server.request("PROPFIND", "/shut/", {"Depth": "0"}, body).status, 207)


class Quota(Case):
    def test_quota_is_told_of_collections_and_not_of_files(self):
        names = "<D:quota-available-bytes/><D:quota-used-bytes/>"
        self.put(self.dir + "/f")
        for href, _, found in multistatus(self.expect(207, "PROPFIND", self.dir, {"Depth": "1"}, propfind_body(names))):
            wanted = 200 if href.endswith("/") else 404
            self.assertEqual({status for status, _ in found.values()}, {wanted}, href)
        found = one(self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, propfind_body(names)))
        self.assertEqual({status for status, _ in found.values()}, {404})
        body = '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'
        self.assertNotIn(DAV + "quota-used-bytes", one(self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, body)))


class CreationDate(Case):
    W = "{urn:schemas-microsoft-com:}"

    def created(self, path):
        found = one(self.expect(207, "PROPFIND", path, {"Depth": "0"}, propfind_body("<D:creationdate/><W:Win32CreationTime/>")))
        return found[DAV + "creationdate"][1].text, found[self.W + "Win32CreationTime"][1].text

    def next_second(self):
        before = int(time.time())
        wait_until(lambda: int(time.time()) > before)

    def test_kept_over_every_way_of_writing_the_content(self):
        path = self.dir + "/f"
        self.put(path, b"one")
        self.put(self.dir + "/with", b"one")
        self.proppatch(self.dir + "/with", set_prop("<Z:p>creationdate</Z:p>"))
        self.put(self.dir + "/large", b"one")
        self.proppatch(self.dir + "/large", set_prop("<Z:p>" + "x" * 200000 + "</Z:p>"))
        paths = (path, self.dir + "/with", self.dir + "/large")
        before = [self.created(p) for p in paths]
        self.next_second()
        ways = (lambda p: self.put(p, b"two"), lambda p: self.put(p, b"three"),
                lambda p: self.expect(204, "PUT", p, {"OC-Checksum": "MD5:" + hashlib.md5(b"four").hexdigest()}, b"four"),
                lambda p: self.expect(204, "PUT", p, {"Content-Range": "bytes 0-0/4"}, b"F"),
                lambda p: self.proppatch(p, set_prop("<Z:q>1</Z:q>")),
                lambda p: self.put(p, b"five"))
        for way in ways:
            for p, wanted in zip(paths, before):
                way(p)
                self.assertEqual(self.created(p), wanted, p)
        self.expect(201, "MOVE", path, {"Destination": self.dir + "/moved"})
        self.assertEqual(self.created(self.dir + "/moved"), before[0])
        self.assertEqual(self.created(self.dir + "/large"), before[2])
        # A copy is a new resource (RFC 4918, 15.1).
        for name in ("with", "large", "moved"):
            self.expect(201, "COPY", f"{self.dir}/{name}", {"Destination": f"{self.dir}/copy-{name}"})
            self.assertNotEqual(self.created(f"{self.dir}/copy-{name}"), before[0], name)
        self.assertEqual(one(self.expect(207, "PROPFIND", self.dir + "/copy-with", {"Depth": "0"}, propfind_body("<Z:p/>")))[Z + "p"][1].text,
                         "creationdate")

    def test_it_is_no_property_that_clients_see_twice_or_set(self):
        path = self.dir + "/f"
        self.put(path)
        self.put(path)
        found = one(self.expect(207, "PROPFIND", path, {"Depth": "0"}, ALLPROP))
        self.assertRegex(found[DAV + "creationdate"][1].text, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        names = one(self.expect(207, "PROPFIND", path, {"Depth": "0"}, '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'))
        self.assertIn(DAV + "creationdate", names)
        answer = self.proppatch(path, set_prop("<D:creationdate>2001-01-01T00:00:00Z</D:creationdate>"))
        self.assertEqual(one(answer)[DAV + "creationdate"][0], 403)


class CreationDateInTheDatabase(CreationDate):
    config = '[storage]\nproperties = "database"\n'


class Charset(Case):
    """GET, HEAD and PROPFIND say the same, and say it again once the file is remembered."""

    def types(self, path, times=4):
        told = set()
        for _ in range(times):
            told.add(self.request("GET", path).header("Content-Type"))
            told.add(self.request("HEAD", path).header("Content-Type"))
            found = one(self.expect(207, "PROPFIND", path, {"Depth": "0"}, propfind_body("<D:getcontenttype/>")))
            told.add(found[DAV + "getcontenttype"][1].text)
            listing = multistatus(self.expect(207, "PROPFIND", self.dir, {"Depth": "1"}, ALLPROP))
            told.add({href: found for href, _, found in listing}[path][DAV + "getcontenttype"][1].text)
        return told

    def put_as_old(self, path, body):
        """Written long ago: what is told of it may be remembered."""
        real = self.server.root + path
        with open(real, "wb") as file:
            file.write(body)
        os.utime(real, (1000000000, 1000000000))

    CASES = (
        ("empty", b"", True), ("ascii", b"hello\n", True), ("two", "gr\u00fc\u00dfe".encode(), True), ("bom", b"\xef\xbb\xbfx", True),
        ("latin", b"gr\xfc\xdfe", False), ("utf16", b"\xff\xfeh\0i\0", False), ("overlong", b"\xc0\xaf", False),
        ("surrogate", b"\xed\xa0\x80", False), ("beyond", b"\xf4\x90\x80\x80", False), ("alone", b"abc\x80", False),
        ("ends-in-the-midst", b"x" * 4095 + b"\xc3", False), ("small-ends-in-the-midst", b"\xe2\x82", False),
        ("cut-2", b"x" * 4095 + "\u00e4".encode() + b"more", True), ("cut-3", b"x" * 4094 + "\u20ac".encode() + b"more", True),
        ("cut-4", b"x" * 4093 + "\U0001f600".encode() + b"more", True), ("cut-4-early", b"x" * 4095 + "\U0001f600".encode(), True),
        ("cut-wrong-lead", b"x" * 4095 + b"\xffmore", False), ("cut-wrong-second", b"x" * 4094 + b"\xe0\x80more", False),
        ("wrong-behind-the-window", b"x" * 4096 + b"\xff", True), ("wrong-at-the-end-of-it", b"x" * 4095 + b"\xff", False),
        ("large", "\u00e4".encode() * 100000, True), ("large-latin", b"\xe4" * 200000, False))

    def test_texts_that_begin_as_utf_8_say_so(self):
        for name, body, utf8 in self.CASES:
            path = f"{self.dir}/{name}.txt"
            self.put_as_old(path, body)
            self.assertEqual(self.types(path), {"text/plain; charset=utf-8" if utf8 else "text/plain"}, name)

    def test_every_text_type_and_no_other(self):
        for name, wanted in (("a.html", "text/html; charset=utf-8"), ("a.css", "text/css; charset=utf-8"), ("a.ics", "text/calendar; charset=utf-8"),
                             ("a.png", "image/png"), ("a.json", "application/json"), ("a", "application/octet-stream")):
            self.put(f"{self.dir}/{name}", b"plain")
            self.assertEqual(self.types(f"{self.dir}/{name}", 1), {wanted})

    def test_a_type_that_a_client_has_set_stays_as_it_is(self):
        path = self.dir + "/f.txt"
        self.put(path, b"plain")
        self.proppatch(path, set_prop("<D:getcontenttype>text/x-own</D:getcontenttype>"))
        self.assertEqual(self.types(path), {"text/x-own"})

    def test_follows_the_content(self):
        path = self.dir + "/f.txt"
        for body in (b"plain", b"\xff\xff\xff", "\u00e4\u00f6".encode(), b"\xe4\xf6\xfc\xdf"):
            self.put(path, body)
            wanted = "text/plain" if body[0] in (0xff, 0xe4) else "text/plain; charset=utf-8"
            self.assertEqual(self.types(path), {wanted}, body)

    def test_304_and_parts_come_with_it_too(self):
        path = self.dir + "/f.txt"
        self.put(path, b"\xc3\xa4" * 10)
        etag = self.request("HEAD", path).header("ETag")
        self.expect(304, "GET", path, {"If-None-Match": etag})
        self.assertEqual(self.expect(206, "GET", path, {"Range": "bytes=1-2"}).header("Content-Type"), "text/plain; charset=utf-8")


class MediaTypes(unittest.TestCase):
    CONFIG = '[types]\nxyz = "chemical/x-xyz"\n".TXT" = "text/x-mine"\n"own-kind" = "text/x-own; charset=iso-8859-1"\n'

    def type_of(self, server, name):
        server.request("PUT", "/" + name, body=b"x")
        return server.request("GET", "/" + name).header("Content-Type")

    def test_the_configuration_goes_before_all_else_and_is_reloaded(self):
        server = Server(config=self.CONFIG)
        self.addCleanup(server.stop)
        self.assertEqual(self.type_of(server, "a.xyz"), "chemical/x-xyz")
        self.assertEqual(self.type_of(server, "a.XYZ"), "chemical/x-xyz")
        self.assertEqual(self.type_of(server, "a.txt"), "text/x-mine; charset=utf-8")
        self.assertEqual(self.type_of(server, "a.own-kind"), "text/x-own; charset=iso-8859-1")
        self.assertEqual(self.type_of(server, "a.png"), "image/png")
        with open(server.work + "/davit.toml", "w") as file:
            file.write('[types]\nxyz = "text/plain"\n')
        server.process.send_signal(signal.SIGHUP)
        self.assertIn("taken over: [types]", server.log_line("reloaded the configuration"))
        self.assertTrue(wait_until(lambda: self.type_of(server, "a.xyz") == "text/plain; charset=utf-8"))
        self.assertEqual(self.type_of(server, "a.txt"), "text/plain; charset=utf-8")
        found = one(server.request("PROPFIND", "/a.xyz", {"Depth": "0"}, propfind_body("<D:getcontenttype/>")))
        self.assertEqual(found[DAV + "getcontenttype"][1].text, "text/plain; charset=utf-8")

    @unittest.skipUnless(os.path.exists("/etc/mime.types"), "the system has no /etc/mime.types")
    def test_the_system_s_table_is_used(self):
        wanted = {}
        with open("/etc/mime.types") as file:
            for line in file:
                words = line.split("#")[0].split()
                for extension in words[1:]:
                    wanted.setdefault(extension.lower(), words[0])
        server = Server()
        self.addCleanup(server.stop)
        for extension in ("sh", "apk", "torrent", "deb", "mjs", "stl"):
            if extension in wanted:
                self.assertEqual(self.type_of(server, "a." + extension).split(";")[0], wanted[extension])

    def test_mistakes_are_told(self):
        for wrong in ('xyz = "nonsense"', "xyz = 1", '"" = "text/plain"', '"a/b" = "text/plain"', 'xyz = "text/plain\\r\\nX: y"', 'tar.gz = "a/b"'):
            self.assertIn("types", complaint(f"[types]\n{wrong}\n"), wrong)
        self.assertIn("types", complaint('types = "x"\n'))


if __name__ == "__main__":
    main()
