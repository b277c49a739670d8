"""What the server remembers of files is never older than the files: they are changed behind its back."""
import collections
import contextlib
import mmap
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
import unittest

from davit import DAV, Case, lockinfo, main, multistatus, one, propertyupdate, propfind_body, set_prop

ATTRIBUTE = "user.davit.properties"
SETTLED = 0.06  # seconds after which a file is remembered


class Behind(Case):
    def path(self, name):
        return os.path.join(self.server.root, self.dir[1:], name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)

    def known(self, name, content):
        """Asked for so often that it is answered from memory, if ever."""
        time.sleep(SETTLED)
        for _ in range(40):
            self.assertEqual(self.get(self.dir + "/" + name), content)

    def test_changed_content_is_never_served_from_the_cache(self):
        self.write("f", b"one")
        self.known("f", b"one")
        before = os.stat(self.path("f"))
        with open(self.path("f"), "r+b") as file:
            file.write(b"two")
        os.utime(self.path("f"), ns=(before.st_atime_ns, before.st_mtime_ns))
        self.assertEqual(self.get(self.dir + "/f"), b"two", "same size, same modification time")
        self.known("f", b"two")
        os.truncate(self.path("f"), 1)
        self.assertEqual(self.get(self.dir + "/f"), b"t")
        self.known("f", b"t")
        self.write("g", b"another")
        os.rename(self.path("g"), self.path("f"))
        self.assertEqual(self.get(self.dir + "/f"), b"another")
        self.known("f", b"another")
        os.unlink(self.path("f"))
        self.expect(404, "GET", self.dir + "/f")

    def test_what_stands_there(self):
        for change, status in ((lambda p: os.mkdir(p), 200), (lambda p: os.symlink("/etc/hostname", p), 403),
                               (lambda p: os.symlink("other", p), 200), (lambda p: os.mkfifo(p), 403)):
            self.write("other", b"other")
            self.write("f", b"0ld")
            self.known("f", b"0ld")
            os.unlink(self.path("f"))
            change(self.path("f"))
            answer = self.expect(status, "GET", self.dir + "/f")
            self.assertNotIn(b"0ld", answer.body)
            shutil.rmtree(self.path("f")) if os.path.isdir(self.path("f")) else os.unlink(self.path("f"))

    def test_a_link_that_leads_nowhere(self):
        os.symlink("nowhere", self.path("f"))
        url = self.dir + "/f"
        self.expect(404, "GET", url)
        for method, headers, body in (("PUT", {"If-None-Match": "*"}, b"x"), ("LOCK", {}, lockinfo())):
            self.assertIn(b"a link without a target", self.expect(403, method, url, headers, body).body)
        self.expect(412, "PUT", url, {"If-Match": "*"}, b"x")
        self.assertTrue(os.path.islink(self.path("f")))
        self.expect(201, "PUT", url, {}, b"new")
        self.assertEqual(self.get(url), b"new")
        self.assertFalse(os.path.islink(self.path("f")) or os.path.exists(self.path("nowhere")))

    def test_a_folder_above(self):
        os.mkdir(self.path("d"))
        self.write("d/f", b"one")
        self.known("d/f", b"one")
        os.rename(self.path("d"), self.path("e"))
        self.expect(404, "GET", self.dir + "/d/f")
        self.known("e/f", b"one")
        os.mkdir(self.path("d"))
        self.write("d/f", b"two")
        self.assertEqual(self.get(self.dir + "/d/f"), b"two")

    def test_a_folder_that_has_become_a_way_out(self):
        outside = self.server.work + "/outside"
        os.mkdir(outside)
        with open(outside + "/f", "wb") as file:
            file.write(b"secret")
        os.mkdir(self.path("d"))
        self.write("d/f", b"one")
        self.known("d/f", b"one")
        os.rename(self.path("d"), self.path("e"))
        os.symlink(outside, self.path("d"))
        self.expect(403, "GET", self.dir + "/d/f")

    def test_changed_properties_are_never_served_from_the_cache(self):
        self.write("f", b"one")
        self.put(self.dir + "/with")
        self.proppatch(self.dir + "/with", set_prop("<Z:p>x</Z:p><D:getcontenttype>text/x-known</D:getcontenttype>"))
        asked = propfind_body("<Z:p/><D:getetag/>")
        seen = lambda: one(self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, asked))["{http://example.com/ns/}p"][0]
        listed = lambda: {h: p["{http://example.com/ns/}p"][0] for h, _, p in multistatus(
            self.expect(207, "PROPFIND", self.dir, {"Depth": "1"}, asked))}[self.dir + "/f"]
        for _ in range(2):
            self.known("f", b"one")
            for _ in range(4):
                self.assertEqual((seen(), listed()), (404, 404))
            os.setxattr(self.path("f"), ATTRIBUTE, os.getxattr(self.path("with"), ATTRIBUTE))
            self.assertEqual((seen(), listed()), (200, 200))
            self.assertEqual(self.expect(200, "GET", self.dir + "/f").header("Content-Type"), "text/x-known")
            self.known("f", b"one")
            for _ in range(4):
                self.assertEqual((seen(), listed()), (200, 200))
            os.removexattr(self.path("f"), ATTRIBUTE)
            self.assertEqual((seen(), listed()), (404, 404))

    def test_executable_and_times(self):
        self.write("f", b"one")
        self.known("f", b"one")
        asked = propfind_body("<A:executable/><D:getlastmodified/>")
        look = lambda: one(self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, asked))
        for _ in range(4):
            self.assertEqual(look()["{http://apache.org/dav/props/}executable"][1].text, "F")
        os.chmod(self.path("f"), 0o755)
        self.assertEqual(look()["{http://apache.org/dav/props/}executable"][1].text, "T")
        os.utime(self.path("f"), (0, 1000000000))
        self.assertEqual(look()[DAV + "getlastmodified"][1].text, "Sun, 09 Sep 2001 01:46:40 GMT")

    def test_many_changes_in_random_order(self):
        chance = random.Random(4918)
        content = {}
        for turn in range(600):
            name = f"f{chance.randrange(4)}"
            path = self.path(name)
            kind = chance.choice(("write", "over", "rename", "unlink", "put", "look", "look", "wait"))
            if kind == "write":
                content[name] = b"%06d" % turn
                self.write(name, content[name])
            elif kind == "over" and name in content:
                content[name] = b"%06d" % turn
                with open(path, "r+b") as file:
                    file.write(content[name])
            elif kind == "rename" and name in content:
                other = f"f{chance.randrange(4)}"
                os.rename(path, self.path(other))
                content[other] = content.pop(name)
            elif kind == "unlink" and name in content:
                os.unlink(path)
                del content[name]
            elif kind == "put":
                content[name] = b"%06d" % turn
                self.put(self.dir + "/" + name, content[name])
            elif kind == "wait":
                time.sleep(SETTLED)
            for each in (f"f{i}" for i in range(4)):
                answer = self.request("GET", self.dir + "/" + each)
                expected = (200, content[each]) if each in content else (404, answer.body)
                self.assertEqual((answer.status, answer.body), expected, (turn, kind, name, each))


class Watched(Behind):
    """On a file system whose changes the kernel tells: a file that is asked for often is not looked at each time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        told = ("ext2/ext3", "xfs", "btrfs", "f2fs")  # "ext2/ext3" is ext4 too
        kind = subprocess.run(["stat", "-f", "-c", "%T", cls.server.root], capture_output=True, text=True).stdout.strip()
        cls.watching = kind in told
        if not cls.watching:
            print(f"\n*** NOTHING IS WATCHED ON {kind}: set TMPDIR to a folder on one of {', '.join(told)} ***\n", file=sys.stderr)

    def watches(self):
        folder = f"/proc/{self.server.process.pid}/fdinfo"
        count = 0
        for each in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):  # a descriptor that has been closed meanwhile
                with open(os.path.join(folder, each)) as file:
                    count += sum(line.startswith("inotify wd:") for line in file)
        return count

    def test_it_is_watched(self):
        before = self.watches()
        os.mkdir(self.path("d"))
        self.write("d/f", b"one")
        self.known("d/f", b"one")
        self.assertEqual(self.watches(), before + (3 if self.watching else 0), "the file and two folders")

    def test_a_folder_that_moves_takes_along_what_is_below_it(self):
        for name in ("d", "d/e", "other"):
            os.mkdir(self.path(name))
        for name in ("d/e/f", "other/f"):
            self.write(name, name.encode())
            self.known(name, name.encode())
        before = self.watches()
        os.rename(self.path("d"), self.path("moved"))
        self.expect(404, "GET", self.dir + "/d/e/f")
        self.assertEqual(self.get(self.dir + "/other/f"), b"other/f")
        self.assertEqual(self.watches(), before - (2 if self.watching else 0), "of the file and the folder that moved")
        self.known("moved/e/f", b"d/e/f")
        os.rename(self.path("moved/e"), self.path("moved/g"))
        self.expect(404, "GET", self.dir + "/moved/e/f")

    def test_every_change_is_seen_at_once(self):
        """A file that is watched changes; what asks next on a connection that is open gets what is there."""
        os.mkdir(self.path("d"))
        self.write("d/f", b"%06d" % 0)
        os.link(self.path("d/f"), self.path("other"))
        connection = self.server.connect()
        self.addCleanup(connection.close)
        asks = lambda: self.request("GET", self.dir + "/d/f", connection=connection)
        chance = random.Random(1)

        def over(content, name="d/f"):
            with open(self.path(name), "r+b") as file:
                file.write(content)

        def renamed(content):
            self.write("new", content)
            os.rename(self.path("new"), self.path("d/f"))
            os.unlink(self.path("other"))
            os.link(self.path("d/f"), self.path("other"))

        def folder_replaced(content):
            os.mkdir(self.path("e"))
            self.write("e/f", content)
            os.rename(self.path("d"), self.path("away"))
            os.rename(self.path("e"), self.path("d"))
            shutil.rmtree(self.path("away"))
            os.unlink(self.path("other"))
            os.link(self.path("d/f"), self.path("other"))

        kinds = (over, lambda c: over(c, "other"), renamed, folder_replaced)
        for turn in range(1, 121):
            time.sleep(SETTLED)
            for _ in range(24):
                asks()
            for again in range(chance.randrange(1, 4)):
                content = b"%06d" % (turn * 10 + again)
                chance.choice(kinds)(content)
                answer = asks()
                self.assertEqual((answer.status, answer.body), (200, content), (turn, again))

    def test_a_store_to_a_mapping_is_seen_soon(self):
        self.write("f", b"one")
        self.known("f", b"one")
        with open(self.path("f"), "r+b") as file, mmap.mmap(file.fileno(), 3) as mapping:
            mapping[:] = b"two"
            mapping.flush()
            time.sleep(0.05)
            self.assertEqual(self.get(self.dir + "/f"), b"two")

    def test_one_that_never_stops_writing(self):
        """It is told once in a while, not at every write, and the last write is what is seen in the end."""
        self.write("f", b"%08d" % 0)
        self.known("f", b"%08d" % 0)
        stop = threading.Event()
        last = [b""]

        def write():
            number = 0
            with open(self.path("f"), "r+b", buffering=0) as file:
                while not stop.is_set():
                    number += 1
                    last[0] = b"%08d" % number
                    os.pwrite(file.fileno(), last[0], 0)

        writer = threading.Thread(target=write)
        writer.start()
        for _ in range(500):
            self.assertEqual(len(self.get(self.dir + "/f")), 8)
        stop.set()
        writer.join()
        self.assertEqual(self.get(self.dir + "/f"), last[0])


class Meanwhile(Case):
    """What others do to the folder while a request is at work: an answer is of one moment or another, never a fault."""
    config = "[storage]\ndurable = false\n"

    def counted(self, appear, vanish, request, rounds=250):
        """{status: times} of a request while a name comes and goes."""
        stop, counts = threading.Event(), collections.Counter()

        def come_and_go():
            while not stop.is_set():
                for step in (appear, vanish):
                    with contextlib.suppress(OSError):  # the request was here first
                        step()

        other = threading.Thread(target=come_and_go)
        other.start()
        try:
            for number in range(rounds):
                answer = request(number)
                counts[answer.status] += 1
                if answer.status == 207:
                    self.assertLessEqual(set(re.findall(rb"HTTP/1.1 (\d+)", answer.body)), {b"200", b"404"}, answer)
        finally:
            stop.set()
            other.join()
        return counts

    def test_a_file_that_comes_and_goes(self):
        path, real = self.dir + "/f", self.server.root + self.dir + "/f"

        def appear():
            with open(real, "wb") as file:
                file.write(b"theirs")

        requests = {"PUT": {201, 204}, "GET": {200, 404}, "PROPFIND": {207, 404}, "PROPPATCH": {207, 404}, "DELETE": {204, 404},
                    "COPY": {201, 204, 404}, "MOVE": {201, 204, 404}, "LOCK": {200, 201}}
        for method, right in requests.items():
            body = {"PUT": b"ours", "PROPFIND": propfind_body("<D:getetag/>"), "PROPPATCH": propertyupdate(set_prop("<Z:p>v</Z:p>")),
                    "LOCK": lockinfo()}.get(method, b"")
            headers = {"Destination": self.dir + "/g"} if method in ("COPY", "MOVE") else {}

            def request(number):
                answer = self.request(method, path, headers, body)
                if method == "LOCK" and answer.status < 300:
                    self.request("UNLOCK", path, {"Lock-Token": answer.header("Lock-Token")})
                return answer

            with self.subTest(method):
                counts = self.counted(appear, lambda: os.unlink(real), request)
                self.assertLessEqual(set(counts), right, counts)

    def test_if_match_of_a_file_that_comes_and_goes(self):
        """It may be replaced or not; it is never made by a request that wants it to be there."""
        path, real = self.dir + "/f", self.server.root + self.dir + "/f"

        def appear():
            with open(real, "wb") as file:
                file.write(b"theirs")

        counts = self.counted(appear, lambda: os.unlink(real), lambda _: self.request("PUT", path, {"If-Match": "*"}, b"ours"), 600)
        self.assertLessEqual(set(counts), {204, 412}, counts)

    def test_a_destination_that_comes_and_goes(self):
        real = self.server.root + self.dir + "/to"

        def file(path, content):
            with open(path, "wb") as new:
                new.write(content)

        for method in ("COPY", "MOVE"):
            for kind, appear, vanish in (("file", lambda: file(real, b"theirs"), lambda: os.unlink(real)),
                                         ("folder", lambda: os.mkdir(real), lambda: os.rmdir(real))):
                def request(number):
                    self.put(self.dir + "/from", b"ours")
                    answer = self.request(method, self.dir + "/from", {"Destination": self.dir + "/to"})
                    with contextlib.suppress(OSError):
                        os.unlink(real)
                    return answer

                with self.subTest(method, kind=kind):
                    counts = self.counted(appear, vanish, request)
                    self.assertLessEqual(set(counts), {201, 204}, counts)

    def test_a_folder_that_comes_and_goes(self):
        real = self.server.root + self.dir + "/d"
        requests = {"PUT": {201, 409}, "MKCOL": {201, 409}, "LOCK": {201, 409}, "COPY": {201, 409}, "MOVE": {201, 404, 409}}
        for method, right in requests.items():
            def request(number):
                self.put(self.dir + "/source", b"source")
                to = f"{self.dir}/d/{method}{number}"
                if method in ("COPY", "MOVE"):
                    return self.request(method, self.dir + "/source", {"Destination": to})
                return self.request(method, to, {}, {"PUT": b"ours", "LOCK": lockinfo()}.get(method, b""))

            with self.subTest(method):
                counts = self.counted(lambda: os.mkdir(real), lambda: shutil.rmtree(real), request)
                self.assertLessEqual(set(counts), right, counts)


if __name__ == "__main__":
    main()
