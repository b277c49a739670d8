"""The table of methods in docs/failed-dependency.md, row by row: every kind of failure at every position, on a file system that can be
full, with a server that may not do everything. Mounting takes root, or sudo; the server runs as nobody."""
import itertools
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

if os.geteuid() != 0:
    keep = [f"{name}={os.environ[name]}" for name in ("DAVIT", "SOURCE_DIR", "PATH")]
    os.execvp("sudo", ["sudo", "env", *keep, sys.executable, "-B", *sys.argv])

from davit import DAV, OURS, Server, litter, lockinfo, main, propertyupdate, propfind_body, set_prop, wait_until
from signposts import Checks

NOBODY = 65534
PROTECTED = ("<D:getetag>x</D:getetag>", DAV + "getetag", 403, "protected-property")
WRONG = ("<D:getcontenttype>nonsense</D:getcontenttype>", DAV + "getcontenttype", 409, "invalid-property-value")
DEAD = ("<Z:a>new</Z:a>", "<Z:b>new</Z:b>", "<Z:c>new</Z:c>")
MEMBERS = ("a", "m/n", "z")  # the first, the middle, the last by name
POSITIONS = [(m,) for m in MEMBERS] + [p for n in (2, 3) for p in itertools.combinations(MEMBERS, n)]
TYPE = "<D:resourcetype><D:collection/></D:resourcetype>"


def mkcol_body(props):
    return ('<D:mkcol xmlns:D="DAV:" xmlns:Z="http://example.com/ns/"><D:set><D:prop>' + props + "</D:prop></D:set></D:mkcol>")


def with_failures(failing, positions):
    """DEAD with `failing` put in at each of `positions`."""
    parts = list(DEAD)
    for at, xml in zip(positions, failing):
        parts.insert(at, xml)
    return "".join(parts)


class Table(Checks):
    """A small file system, mounted once; each test has its own folder on it and everything unlocked, with room and rights, after it."""

    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp()
        cls.addClassCleanup(subprocess.run, ["rm", "-r", cls.work], check=True)
        os.chmod(cls.work, 0o755)
        cls.root = cls.work + "/root"
        os.mkdir(cls.root)
        image = cls.work + "/image"
        with open(image, "wb") as file:
            file.truncate(8 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", image], check=True)
        if subprocess.run(["mount", "-o", "loop", image, cls.root], capture_output=True).returncode != 0:
            # No loop devices here (a container): a tmpfs is full just as well.
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", cls.root], check=True)
        cls.addClassCleanup(subprocess.run, ["umount", cls.root], check=True)
        os.chown(cls.root, NOBODY, NOBODY)
        wrapper = cls.work + "/davit"
        with open(wrapper, "w") as file:
            file.write(f'#!/bin/sh\nexec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups "{os.environ["DAVIT"]}" "$@"\n')
        os.chmod(wrapper, 0o755)
        program, os.environ["DAVIT"] = os.environ["DAVIT"], wrapper
        try:
            cls.server = Server(root=cls.root)
        finally:
            os.environ["DAVIT"] = program

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        super().setUp()
        self.held = []
        self.expect(201, "MKCOL", self.dir + "/t")
        self.expect(201, "MKCOL", self.dir + "/t/m")
        for member in MEMBERS:
            self.put(f"{self.dir}/t/{member}", member.encode() * 1000)
            self.proppatch(f"{self.dir}/t/{member}", set_prop("<Z:a>old</Z:a>"))
        self.put(self.dir + "/f", b"old")
        self.proppatch(self.dir + "/f", set_prop("<Z:a>old</Z:a>"))

    def tearDown(self):
        if os.path.exists(self.root + "/ballast"):
            os.unlink(self.root + "/ballast")
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", self.root + self.dir], check=True)
        subprocess.run(["chmod", "-R", "u+rwX", self.root + self.dir], check=True)
        for path, token in self.held:
            self.request("UNLOCK", path, {"Lock-Token": f"<{token}>"})
        self.expect(204, "DELETE", self.dir)

    def lock(self, path, *args, **kwargs):
        token = super().lock(path, *args, **kwargs)
        self.held.append((path, token))
        return token

    def fill(self):
        self.assertTrue(wait_until(lambda: not litter(self.root)), "what is still thrown away would make room later")
        with open(self.root + "/ballast", "wb") as file:
            try:
                while True:
                    file.write(b"x" * 4096)
                    file.flush()
            except OSError:
                pass

    def snapshot(self):
        """Every resource with its time, mode, content and properties."""
        self.assertTrue(wait_until(lambda: not litter(self.root)))
        found = {}
        for folder, _, files in os.walk(self.root + self.dir):
            for name in [".", *files]:
                path = os.path.join(folder, name)
                status = os.stat(path)
                href = path.removeprefix(self.root).removesuffix("/.")
                properties = self.expect(207, "PROPFIND", href, {"Depth": "0"}, propfind_body("<Z:a/><Z:b/><Z:c/><D:getcontenttype/>")).body
                content = b"" if name == "." else pathlib.Path(path).read_bytes()
                found[href] = (status.st_mode, status.st_mtime_ns, content, properties)
        return found

    def refused(self, statuses, method, path, headers=None, body=None):
        """The request fails with one of `statuses` and nothing has changed."""
        before = self.snapshot()
        answer = self.request(method, path, headers, body)
        self.assertIn(answer.status, statuses, answer)
        self.assertEqual(self.snapshot(), before)
        return answer

    def detail(self, answer):
        self.assertNotIn(b" 424 ", answer.body)
        found = answer.xml().find(OURS + "detail")
        return found.get("code"), found.get("changed")

    def check_locked(self, answer, positions):
        """Exactly those members are named, with their locks."""
        self.assertEqual(self.detail(answer), ("locked", "none"))
        wanted = [f"{self.dir}/t/{m}" for m in positions]
        self.assertEqual([h.text for h in answer.xml().findall(f"{DAV}lock-token-submitted/{DAV}href")], wanted)
        self.assertEqual([x.get("href") for x in answer.xml().iter(OURS + "lock")], wanted)

    def each_locked(self):
        for positions in POSITIONS:
            tokens = {m: self.lock(f"{self.dir}/t/{m}", depth="0") for m in positions}
            with self.subTest(locked=positions):
                yield positions
            for member, token in tokens.items():
                self.expect(204, "UNLOCK", f"{self.dir}/t/{member}", {"Lock-Token": f"<{token}>"})


class Propfind(Table):
    def test_one_member_that_cannot_be_read(self):
        os.chown(f"{self.root}{self.dir}/t/m", 0, 0)
        os.chmod(f"{self.root}{self.dir}/t/m", 0)
        answer = self.expect(207, "PROPFIND", self.dir + "/t", {"Depth": "infinity"})
        statuses = {r.findtext(DAV + "href"): r.findtext(DAV + "status") for r in answer.xml().findall(DAV + "response")}
        self.assertEqual(len(statuses), 4)
        self.assertEqual(set(statuses.values()), {None})
        self.assertIn(self.dir + "/t/m/", statuses)
        line = self.server.log_line(answer.header("X-Request-Id"))
        self.assertIn(f'first_failure.href="{self.dir}/t/m"', line)
        self.assertIn("first_failure.code=permission-denied", line)


class Proppatch(Table):
    def patch(self, xml):
        return self.refused((207,), "PROPPATCH", self.dir + "/f", {}, propertyupdate(set_prop(xml)))

    def test_protected_and_wrong(self):
        for xml, name, status, code in (PROTECTED, WRONG):
            for position in range(4):
                with self.subTest(code=code, position=position):
                    found = self.check_signposts(self.patch(with_failures([xml], [position])).xml())
                    self.assertEqual(found[0][1:3], (name, status))
                    self.assertEqual([e[2] for e in found[1:]], [424] * 3)

    def test_of_two_failures_the_first_is_the_cause(self):
        for first, second in itertools.permutations((PROTECTED, WRONG)):
            for positions in itertools.combinations(range(5), 2):
                found = self.check_signposts(self.patch(with_failures([first[0], second[0]], positions)).xml())
                self.assertEqual(found[0][1:3], first[1:3])
                self.assertEqual([e[2] for e in found[1:]], [424] * 4)

    def same_for_all(self, answer, status, code):
        found = self.check_signposts(answer.xml())
        self.assertEqual({e[2] for e in found}, {status}, "nobody in the request caused it")
        self.assertEqual({e[3].find(OURS + "root-cause").get("code") for e in found}, {code})

    def test_no_right(self):
        os.chown(self.root + self.dir + "/f", 0, 0)
        os.chmod(self.root + self.dir + "/f", 0o644)
        answer = self.patch("".join(DEAD))
        self.same_for_all(answer, 403, "permission-denied")
        line = self.server.log_line(answer.header("X-Request-Id"))
        for part in (f'first_failure.href="{self.dir}/f"', "first_failure.code=permission-denied", "first_failure.errno=13",
                     "first_failure.syscall=", "dependents=0"):
            self.assertIn(part, line)

    LIVE = ("<A:executable>T</A:executable>", "<D:lastmodified>1000000000</D:lastmodified>",
            "<W:Win32LastModifiedTime>Sun, 09 Sep 2001 01:46:40 GMT</W:Win32LastModifiedTime>")

    def test_no_right_to_clock_and_mode(self):
        """Who may write a file but does not own it can change its properties, not its clock nor mode: then neither changes."""
        os.chown(self.root + self.dir + "/f", 0, 0)
        os.chmod(self.root + self.dir + "/f", 0o666)
        for live in self.LIVE:
            for position in range(4):
                self.same_for_all(self.patch(with_failures([live], [position])), 403, "operation-not-permitted")
        self.proppatch(self.dir + "/f", set_prop("".join(DEAD)))
        self.assertIn(b">new<", self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, propfind_body("<Z:a/>")).body)

    def test_no_room_after_clock_and_mode(self):
        self.fill()
        large = "<Z:large>" + "x" * 800000 + "</Z:large>"
        for live in self.LIVE:
            self.same_for_all(self.patch(live + large), 507, "no-space")
        self.same_for_all(self.patch("".join(self.LIVE) + large), 507, "no-space")

    def test_no_room(self):
        large = "<Z:large>" + "x" * 800000 + "</Z:large>"
        self.fill()
        for position in range(4):
            answer = self.patch(with_failures([large], [position]))
            self.same_for_all(answer, 507, "no-space")
            room = answer.xml().find(f".//{OURS}root-cause/{OURS}room")
            self.assertGreater(int(room.get("needed")), 800000)
            self.assertLess(int(room.get("available")), int(room.get("needed")))

    def test_a_locked_resource_is_423_without_change(self):
        self.lock(self.dir + "/f")
        answer = self.refused((423,), "PROPPATCH", self.dir + "/f", {}, propertyupdate(set_prop("".join(DEAD))))
        self.assertEqual(self.detail(answer), ("locked", "none"))


class Mkcol(Table):
    def make(self, statuses, xml, path="/new"):
        answer = self.refused(statuses, "MKCOL", self.dir + path, {"Content-Type": "application/xml"}, mkcol_body(xml))
        self.expect(404, "GET", self.dir + path)
        return answer

    def test_protected_and_wrong(self):
        for xml, name, status, code in (PROTECTED, WRONG):
            for position in range(4):
                with self.subTest(code=code, position=position):
                    answer = self.make((status,), with_failures([xml], [position]) + TYPE)
                    self.assertEqual(answer.xml().tag, DAV + "mkcol-response")
                    found = self.check_signposts(answer.xml())
                    self.assertEqual(found[0][1:3], (name, status))
                    self.assertEqual([e[2] for e in found[1:]], [424] * 4)

    def test_of_two_failures_the_first_is_the_cause(self):
        for first, second in itertools.permutations((PROTECTED, WRONG)):
            for positions in itertools.combinations(range(5), 2):
                found = self.check_signposts(self.make((first[2],), TYPE + with_failures([first[0], second[0]], positions)).xml())
                self.assertEqual(found[0][1:3], first[1:3])
                self.assertEqual([e[2] for e in found[1:]], [424] * 5)

    def test_no_right(self):
        os.chown(self.root + self.dir + "/t", 0, 0)
        answer = self.make((403,), TYPE + "".join(DEAD), "/t/new")
        self.assertEqual(self.detail(answer), ("permission-denied", "none"))

    def test_no_room(self):
        self.fill()
        answer = self.make((507,), TYPE + "<Z:large>" + "x" * 800000 + "</Z:large>")
        self.assertEqual(self.detail(answer), ("no-space", "none"))

    def test_a_locked_parent_is_423_without_change(self):
        self.lock(self.dir + "/t", depth="0")
        answer = self.make((423,), TYPE + "".join(DEAD), "/t/new")
        self.assertEqual(self.detail(answer), ("locked", "none"))


class Lock(Table):
    def test_locked_members(self):
        for positions in self.each_locked():
            answer = self.refused((207,), "LOCK", self.dir + "/t", {"Depth": "infinity"}, lockinfo())
            found = self.check_signposts(answer.xml())
            self.assertEqual([(e[0], e[2]) for e in found], [(f"{self.dir}/t/{m}", 423) for m in positions] + [(self.dir + "/t/", 424)])
            for entry in found[:-1]:
                self.assertEqual(entry[3].findtext(f"{DAV}no-conflicting-lock/{DAV}href"), entry[0])
            self.put(self.dir + "/t/free")  # no lock was left behind
            self.expect(204, "DELETE", self.dir + "/t/free")

    def test_locked_itself(self):
        self.lock(self.dir + "/t")
        answer = self.refused((423,), "LOCK", self.dir + "/t", {"Depth": "infinity"}, lockinfo())
        self.assertEqual(self.detail(answer), ("lock-conflict", "none"))

    def test_no_right(self):
        os.chown(self.root + self.dir + "/t", 0, 0)
        answer = self.refused((403,), "LOCK", self.dir + "/t/new", {}, lockinfo())
        self.assertEqual(self.detail(answer), ("permission-denied", "none"))
        os.chown(self.root + self.dir + "/t", NOBODY, NOBODY)
        self.put(self.dir + "/t/new")  # and no lock was left behind


class Delete(Table):
    def test_locked_members(self):
        for positions in self.each_locked():
            self.check_locked(self.refused((423,), "DELETE", self.dir + "/t"), positions)

    def test_no_right(self):
        os.chown(self.root + self.dir, 0, 0)
        answer = self.refused((403,), "DELETE", self.dir + "/t")
        self.assertEqual(self.detail(answer), ("permission-denied", "none"))
        os.chown(self.root + self.dir, NOBODY, NOBODY)

    def test_takes_no_room(self):
        self.fill()
        self.expect(204, "DELETE", self.dir + "/t")


class Move(Table):
    def test_locked_members(self):
        for positions in self.each_locked():
            answer = self.refused((423,), "MOVE", self.dir + "/t", {"Destination": self.dir + "/u"})
            self.check_locked(answer, positions)

    def test_over_locked_members(self):
        self.expect(201, "MKCOL", self.dir + "/u")
        for positions in self.each_locked():
            answer = self.refused((423,), "MOVE", self.dir + "/u", {"Destination": self.dir + "/t"})
            self.check_locked(answer, positions)

    def test_no_right(self):
        os.chown(self.root + self.dir, 0, 0)
        answer = self.refused((403,), "MOVE", self.dir + "/t", {"Destination": self.dir + "/u"})
        self.assertEqual(self.detail(answer), ("permission-denied", "none"))
        os.chown(self.root + self.dir, NOBODY, NOBODY)


class Copy(Table):
    def test_over_locked_members(self):
        self.expect(201, "MKCOL", self.dir + "/u")
        for positions in self.each_locked():
            answer = self.refused((423,), "COPY", self.dir + "/u", {"Destination": self.dir + "/t"})
            self.check_locked(answer, positions)

    def test_unreadable_members(self):
        for positions in POSITIONS:
            for member in positions:
                os.chown(f"{self.root}{self.dir}/t/{member}", 0, 0)
                os.chmod(f"{self.root}{self.dir}/t/{member}", 0)
            with self.subTest(unreadable=positions):
                answer = self.request("COPY", self.dir + "/t", {"Destination": self.dir + "/u"})
                self.assertEqual(answer.status, 403, answer)
                self.assertIn(b'code="permission-denied"', answer.body)
                self.assertTrue(any(f"{self.dir}/t/{m}<".encode() in answer.body for m in positions), answer)
                self.assertNotIn(b" 424 ", answer.body)
                self.expect(404, "GET", self.dir + "/u")
            for member in positions:
                os.chmod(f"{self.root}{self.dir}/t/{member}", 0o644)

    def test_what_its_owner_may_not_write_is_copied_and_replaced_with_all_it_has(self):
        folder = self.root + self.dir + "/shut"
        os.mkdir(folder)
        undefined = 0xFFFFFFFF
        entries = ((1, 4, undefined), (2, 6, 1234), (4, 4, undefined), (16, 6, undefined), (32, 4, undefined))
        access_list = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
        for name in ("plain", "listed"):
            path = f"{folder}/{name}"
            with open(path, "w") as file:
                file.write("old")
            os.chown(path, NOBODY, NOBODY)
            self.proppatch(f"{self.dir}/shut/{name}", set_prop("<Z:a>mine</Z:a>"))
            os.setxattr(path, "user.note", b"kept")
            os.chmod(path, 0o444)
        os.setxattr(folder + "/listed", "system.posix_acl_access", access_list)
        os.chown(folder, NOBODY, NOBODY)
        os.chmod(folder, 0o555)
        self.expect(201, "COPY", self.dir + "/shut/", {"Destination": self.dir + "/copy/"})
        self.expect(201, "COPY", self.dir + "/shut/plain", {"Destination": self.dir + "/alone"})
        self.assertEqual(oct(os.stat(self.root + self.dir + "/copy").st_mode), oct(0o40555))
        os.chmod(folder, 0o755)
        for name in ("plain", "listed"):
            self.expect(204, "PUT", f"{self.dir}/shut/{name}", {}, b"new")
        for name in ("shut/plain", "shut/listed", "copy/plain", "copy/listed", "alone"):
            path = f"{self.root}{self.dir}/{name}"
            with open(path) as file:
                self.assertEqual(file.read(), "new" if name.startswith("shut") else "old", name)
            self.assertEqual(os.getxattr(path, "user.note"), b"kept", name)
            self.assertIn(b">mine</", self.expect(207, "PROPFIND", f"{self.dir}/{name}", {"Depth": "0"}).body, name)
            listed = name.endswith("listed")
            self.assertEqual(oct(os.stat(path).st_mode), oct(0o100464 if listed else 0o100444), name)
            if listed:
                self.assertEqual(os.getxattr(path, "system.posix_acl_access"), access_list, name)

    def test_no_room(self):
        self.put(self.dir + "/t/large", b"x" * 3000000)
        self.fill()
        answer = self.refused((507,), "COPY", self.dir + "/t", {"Destination": self.dir + "/u"})
        self.assertIn(b'code="no-space"', answer.body)
        self.assertNotIn(b" 424 ", answer.body)
        self.expect(404, "GET", self.dir + "/u")


del Table, Checks

if __name__ == "__main__":
    main()
