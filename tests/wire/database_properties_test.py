"""Properties in the state database: they stay with their file through every change that the server makes and through a
remount, and are never shown on another file."""
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

from davit import Server, main, multistatus, one, propertyupdate, propfind_body, set_prop

DAVIT = os.environ["DAVIT"]
P = "{http://example.com/ns/}p"
FORCED = '[storage]\nproperties = "database"\n'


def set_p(server, path, value):
    answer = server.request("PROPPATCH", path, body=propertyupdate(set_prop(f"<Z:p>{value}</Z:p>")))
    assert answer.status == 207, answer
    assert one(answer)[P][0] == 200, answer


def get_p(server, path):
    """The value, or None."""
    answer = server.request("PROPFIND", path, {"Depth": "0"}, propfind_body("<Z:p/>"))
    assert answer.status == 207, answer
    status, element = one(answer)[P]
    return element.text if status == 200 else None


def listed(server, path):
    """{name: value} of the members that have the property."""
    answer = server.request("PROPFIND", path, {"Depth": "1"}, propfind_body("<Z:p/>"))
    return {href: found[P][1].text for href, _, found in multistatus(answer) if found[P][0] == 200}


def fsck(root, *more):
    done = subprocess.run([DAVIT, "fsck", root, *more], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


class Folder(unittest.TestCase):
    config = FORCED

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="davit-rows-")
        self.server = Server(root=self.root, config=self.config)
        self.request = self.server.request

    def tearDown(self):
        if self.server.process.poll() is None:
            self.server.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def expect(self, status, method, path, headers=None, body=None):
        answer = self.request(method, path, headers, body)
        self.assertEqual(answer.status, status, answer)
        return answer

    def put(self, path, value=None, body=b"x"):
        self.assertIn(self.request("PUT", path, body=body).status, (201, 204))
        if value:
            set_p(self.server, path, value)

    def tree(self):
        """/d with members that have properties; so has the folder itself."""
        self.expect(201, "MKCOL", "/d")
        self.expect(201, "MKCOL", "/d/e")
        set_p(self.server, "/d", "of d")
        set_p(self.server, "/d/e", "of e")
        self.put("/d/f", "of f")
        self.put("/d/e/g", "of g")
        self.put("/d/bare")

    def assert_tree(self, path):
        self.assertEqual(get_p(self.server, path), "of d")
        self.assertEqual(get_p(self.server, path + "/e"), "of e")
        self.assertEqual(get_p(self.server, path + "/f"), "of f")
        self.assertEqual(get_p(self.server, path + "/e/g"), "of g")
        self.assertIsNone(get_p(self.server, path + "/bare"))

    def rows(self, table="property", column="path"):
        connection = sqlite3.connect(self.root + "/.davit/state.db")
        try:
            return sorted(row[0].decode() for row in connection.execute(f"SELECT {column} FROM {table}"))
        finally:
            connection.close()


class Changes(Folder):
    """Every change of a name that the server makes."""

    def test_move_of_a_file_and_of_a_tree_takes_the_properties_along(self):
        self.tree()
        self.expect(201, "MOVE", "/d/f", {"Destination": "/d/e/h"})
        self.assertEqual(get_p(self.server, "/d/e/h"), "of f")
        self.expect(201, "MOVE", "/d/e/h", {"Destination": "/d/f"})
        self.expect(201, "MOVE", "/d", {"Destination": "/moved"})
        self.assert_tree("/moved")
        self.assertEqual(self.rows(), ["moved", "moved/e", "moved/e/g", "moved/f"])
        self.put("/moved.txt", "other")  # the same beginning, and not below
        self.expect(201, "MOVE", "/moved", {"Destination": "/d"})
        self.assertEqual(get_p(self.server, "/moved.txt"), "other")

    def test_copy_of_a_file_and_of_a_tree(self):
        self.tree()
        self.expect(201, "COPY", "/d", {"Destination": "/copy"})
        self.assert_tree("/d")
        self.assert_tree("/copy")
        self.expect(201, "COPY", "/d/f", {"Destination": "/f"})
        self.expect(201, "COPY", "/d", {"Destination": "/shallow", "Depth": "0"})
        self.assertEqual(get_p(self.server, "/f"), "of f")
        self.assertEqual(get_p(self.server, "/shallow"), "of d")
        self.assertEqual(len(self.rows()), 10)

    def test_what_is_replaced_takes_its_properties_away(self):
        self.tree()
        self.put("/bare")
        self.put("/other", "other")
        self.expect(204, "MOVE", "/bare", {"Destination": "/d/f"})
        self.assertIsNone(get_p(self.server, "/d/f"))
        self.expect(204, "COPY", "/other", {"Destination": "/d/f"})
        self.assertEqual(get_p(self.server, "/d/f"), "other")
        self.expect(201, "MKCOL", "/empty")
        self.expect(204, "MOVE", "/empty", {"Destination": "/d"})
        self.assertIsNone(get_p(self.server, "/d"))
        self.put("/d/f")
        self.assertIsNone(get_p(self.server, "/d/f"))
        self.assertEqual(self.rows(), ["other"])

    def test_new_resource_under_the_name_of_a_removed_one_has_no_properties(self):
        self.tree()
        self.expect(204, "DELETE", "/d")
        self.assertEqual(self.rows(), [])
        self.expect(201, "MKCOL", "/d")
        self.put("/d/f")
        self.assertIsNone(get_p(self.server, "/d"))
        self.assertIsNone(get_p(self.server, "/d/f"))

    def test_new_content_keeps_the_properties(self):
        self.put("/f", "kept")
        for body in (b"1", b"two", b"3" * 100000):
            self.put("/f", body=body)
            self.assertEqual(get_p(self.server, "/f"), "kept")
        self.expect(204, "PUT", "/f", {"Content-Range": "bytes 0-0/*"}, b"y")
        self.assertEqual(get_p(self.server, "/f"), "kept")

    def test_extended_mkcol_and_removal_of_a_property(self):
        body = ('<D:mkcol xmlns:D="DAV:" xmlns:Z="http://example.com/ns/"><D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype>'
                "<Z:p>made</Z:p></D:prop></D:set></D:mkcol>")
        self.expect(201, "MKCOL", "/m", {"Content-Type": "application/xml"}, body)
        self.assertEqual(get_p(self.server, "/m"), "made")
        answer = self.request("PROPPATCH", "/m", body=propertyupdate("<D:remove><D:prop><Z:p/></D:prop></D:remove>"))
        self.assertEqual(answer.status, 207)
        self.assertIsNone(get_p(self.server, "/m"))
        self.assertEqual(self.rows(), [])

    def test_names_of_every_kind(self):
        for number, name in enumerate(("a%20b", "%E2%82%AC", "x'y", "100%25", "a%3Fb", "(deleted)", "f%20(deleted)", "%C3%A4/"[:6])):
            self.put("/" + name, f"v{number}")
            self.expect(201, "MOVE", "/" + name, {"Destination": f"/n{number}"})
            self.assertEqual(get_p(self.server, f"/n{number}"), f"v{number}")

    def test_link_to_a_folder_shows_the_same_properties(self):
        self.tree()
        os.symlink("d", self.root + "/link")
        self.assertEqual(get_p(self.server, "/link/f"), "of f")
        self.assertEqual(listed(self.server, "/link/e/"), {"/link/e/": "of e", "/link/e/g": "of g"})

    def test_refused_change_leaves_all_as_it_was(self):
        self.tree()
        self.put("/f", "mine")
        self.expect(412, "MOVE", "/d/f", {"Destination": "/f", "Overwrite": "F"})
        self.expect(409, "MOVE", "/d/f", {"Destination": "/nowhere/f"})
        self.assert_tree("/d")
        self.assertEqual(get_p(self.server, "/f"), "mine")
        self.assertEqual(self.rows("name_change", "target"), [])

    def test_survive_a_kill(self):
        self.tree()
        self.expect(201, "MOVE", "/d", {"Destination": "/moved"})
        self.server.kill()
        self.server.start()
        self.assert_tree("/moved")


class Trash(Folder):
    config = FORCED + '[trash]\nkeep = "1h"\n'

    def trash(self, *command):
        done = subprocess.run([DAVIT, "trash", *command], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def test_restored_file_and_tree_have_their_properties(self):
        self.tree()
        self.expect(204, "DELETE", "/d")
        self.put("/d", "another")
        self.put("/g", "first")
        self.put("/h", "second")
        self.expect(204, "MOVE", "/h", {"Destination": "/g"})
        self.assertEqual(get_p(self.server, "/g"), "second")
        for entry in json.loads(self.trash("list", self.root, "--json")):
            self.trash("restore", entry["id"], self.root, "--to", "/back-" + entry["href"].strip("/"))
        self.assert_tree("/back-d")
        self.assertEqual(get_p(self.server, "/back-g"), "first")
        self.assertEqual(get_p(self.server, "/d"), "another")


class Crash(Folder):
    """Killed between the change of a name and the change of the rows: the next start finishes or forgets it."""

    def interrupted(self, source, target, rename):
        """Writes down a change as the server does before it makes it; `rename` is what it got done."""
        connection = sqlite3.connect(self.root + "/.davit/state.db")
        mark = connection.execute("SELECT mark FROM property WHERE path = ?", (source.encode(),)).fetchone()[0]
        inode = os.stat(f"{self.root}/{source}").st_ino
        connection.execute("INSERT INTO name_change(source, target, mark, inode, target_is_stale) VALUES(?, ?, ?, ?, 0)",
                           (source.encode(), target.encode(), mark, inode))
        connection.commit()
        connection.close()
        self.server.kill()
        rename()
        self.server.start()

    def test_move_that_had_happened(self):
        self.put("/f", "first")
        self.put("/g", "second")
        self.interrupted("f", "g", lambda: os.rename(self.root + "/f", self.root + "/g"))
        self.assertEqual(get_p(self.server, "/g"), "first")
        self.assertEqual(self.rows(), ["g"])

    def test_move_that_had_not_happened(self):
        self.put("/f", "first")
        self.put("/g", "second")
        self.interrupted("f", "g", lambda: None)
        self.assertEqual(get_p(self.server, "/f"), "first")
        self.assertEqual(get_p(self.server, "/g"), "second")

    def test_removal_that_had_happened(self):
        self.put("/f", "first")
        self.interrupted("f", "", lambda: os.remove(self.root + "/f"))
        self.assertEqual(self.rows(), [])

    def test_move_of_a_tree_that_had_happened(self):
        self.tree()
        self.interrupted("d", "moved", lambda: os.rename(self.root + "/d", self.root + "/moved"))
        self.assert_tree("/moved")


class Beside(Folder):
    """Another program renames and removes files in the folder."""

    def stopped(self, change):
        self.server.stop()
        change()
        self.server = Server(root=self.root, config=self.config)
        self.request = self.server.request

    def test_file_in_the_place_of_another_does_not_get_its_properties(self):
        self.put("/a", "of a")
        self.put("/b", "of b")
        os.rename(self.root + "/a", self.root + "/b")
        self.assertIsNone(get_p(self.server, "/b"))
        self.assertEqual(listed(self.server, "/"), {})
        set_p(self.server, "/b", "new")
        self.assertEqual(get_p(self.server, "/b"), "new")
        self.assertEqual(self.rows("set_aside"), ["b"])

    def test_two_files_that_change_names(self):
        self.put("/a", "of a")
        self.put("/b", "of b")
        for old, new in (("a", "x"), ("b", "a"), ("x", "b")):
            os.rename(f"{self.root}/{old}", f"{self.root}/{new}")
        self.assertEqual([get_p(self.server, "/a"), get_p(self.server, "/b")], [None, None])

    def test_new_file_after_rm_beside_the_server(self):
        self.put("/f", "old")
        os.remove(self.root + "/f")
        self.put("/f")
        self.assertIsNone(get_p(self.server, "/f"))
        self.assertEqual(self.rows("set_aside"), ["f"])

    def test_new_folder_after_rm_beside_the_server(self):
        self.tree()
        shutil.rmtree(self.root + "/d")
        self.expect(201, "MKCOL", "/d")
        self.put("/d/f")
        self.assertEqual([get_p(self.server, "/d"), get_p(self.server, "/d/f")], [None, None])

    def test_fsck_lists_what_was_set_aside_and_finds_its_file(self):
        self.put("/a", "of a")
        self.put("/gone", "of gone")
        self.put("/stays", "of stays")
        self.server.stop()
        os.rename(self.root + "/a", self.root + "/b")
        os.remove(self.root + "/gone")
        code, said = fsck(self.root)
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"set aside.*: /a\n")
        self.assertRegex(said, r"set aside.*: /gone\n")
        self.assertNotIn("/stays", said)
        code, said = fsck(self.root, "--repair")
        self.assertEqual(code, 0, said)
        self.assertIn("given back: /a -> /b", said)
        self.assertEqual(fsck(self.root)[0], 0)
        with open(self.root + "/.davit/set-aside.txt") as file:
            self.assertIn("of gone", file.read())
        self.server = Server(root=self.root, config=self.config)
        self.assertEqual(get_p(self.server, "/b"), "of a")
        self.assertEqual(get_p(self.server, "/stays"), "of stays")

    def test_folder_that_was_copied_elsewhere_with_its_state_shows_nothing_on_a_wrong_file(self):
        """As a network file system that gives its inode numbers anew."""
        for number in range(5):
            self.put(f"/f{number}", f"v{number}")
        self.server.stop()
        other = self.root + "-copy"
        subprocess.run(["cp", "-a", self.root, other], check=True)
        shutil.rmtree(self.root)
        os.rename(other, self.root)
        for old, new in (("f0", "x"), ("f1", "f0"), ("x", "f1")):
            os.rename(f"{self.root}/{old}", f"{self.root}/{new}")
        self.server = Server(root=self.root, config=self.config)
        for number in range(5):
            self.assertIn(get_p(self.server, f"/f{number}"), (None, f"v{number}") if number > 1 else (None,))

    def test_change_of_content_by_another_program_keeps_the_properties(self):
        self.put("/f", "kept")
        with open(self.root + "/f", "w") as file:
            file.write("by an editor that writes in place")
        self.assertEqual(get_p(self.server, "/f"), "kept")


@unittest.skipIf(os.geteuid() != 0, "needs root to mount")
class Remount(unittest.TestCase):
    """The same file system under another device number."""

    def loop_device(self):
        done = subprocess.run(["losetup", "--find", "--show", self.image.name], capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest("no loop devices here: " + done.stderr)
        self.loops.append(done.stdout.strip())
        return self.loops[-1]

    def mount(self, loop, kind, options):
        done = subprocess.run(["mount", "-t", kind, *options, loop, self.root], capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest(f"no {kind} here: {done.stderr}")

    def check(self, kind, make, config, *options):
        self.image, self.loops = tempfile.NamedTemporaryFile(), []
        self.image.truncate(16 << 20)
        subprocess.run([*make, self.image.name], check=True, stdout=subprocess.DEVNULL)
        self.root = tempfile.mkdtemp(prefix="davit-mounted-")
        try:
            self.mount(self.loop_device(), kind, options)
            server = Server(root=self.root, config=config)
            for name in ("a", "b", "c"):
                self.assertEqual(server.request("PUT", "/" + name, body=b"x").status, 201)
                set_p(server, "/" + name, "of " + name)
            device = os.stat(self.root).st_dev
            server.stop()
            subprocess.run(["umount", self.root], check=True)
            self.mount(self.loop_device(), kind, options)
            self.assertNotEqual(os.stat(self.root).st_dev, device)
            server = Server(root=self.root, config=config)
            os.listdir(self.root)
            for name in ("c", "b", "a"):
                self.assertEqual(get_p(server, "/" + name), "of " + name)
            server.stop()
            self.assertEqual(fsck(self.root)[0], 0)
        finally:
            subprocess.run(["umount", self.root], stderr=subprocess.DEVNULL)
            for loop in self.loops:
                subprocess.run(["losetup", "-d", loop])
            os.rmdir(self.root)

    def test_properties_survive_a_remount_of_ext4(self):
        self.check("ext4", ["mkfs.ext4", "-q", "-F"], FORCED)

    def test_vfat_where_the_database_is_chosen_by_itself(self):
        if not shutil.which("mkfs.vfat"):
            self.skipTest("no mkfs.vfat")
        self.check("vfat", ["mkfs.vfat"], None, "-o", "umask=077")


class Version1(unittest.TestCase):
    def test_properties_of_a_database_of_version_1_find_their_files(self):
        """As the program of version 1 left it: rows by device, inode and time of birth."""
        root = tempfile.mkdtemp(prefix="davit-v1-")
        try:
            server = Server(root=root, config=FORCED)
            self.assertEqual(server.request("MKCOL", "/d").status, 201)
            for path in ("/d/f", "/g", "/lost"):
                self.assertEqual(server.request("PUT", path, body=b"x").status, 201)
                set_p(server, path, "of " + path)
            server.stop()
            connection = sqlite3.connect(root + "/.davit/state.db")
            values = {path.decode(): value for path, value in connection.execute("SELECT path, value FROM property")}
            connection.close()
            os.remove(root + "/.davit/state.db")
            from state_test import VERSION_1
            connection = sqlite3.connect(root + "/.davit/state.db")
            connection.executescript(VERSION_1)
            for path, value in values.items():
                status = os.stat(f"{root}/{path}")
                device = 12345 if path == "g" else status.st_dev
                born = subprocess.run(["stat", "-c", "%.9W", f"{root}/{path}"], capture_output=True, text=True, check=True).stdout.strip()
                born = int(born.replace(".", "")) if float(born) else 0
                inode = 987654321 if path == "lost" else status.st_ino
                connection.execute("INSERT INTO attribute VALUES(?, ?, ?, ?)", (device, inode, born, value))
            connection.commit()
            connection.close()
            server = Server(root=root, config=FORCED)
            self.assertEqual(get_p(server, "/d/f"), "of /d/f")
            self.assertEqual(get_p(server, "/g"), "of /g")
            self.assertIsNone(get_p(server, "/lost"))
            server.stop()
            code, said = fsck(root)
            self.assertEqual(code, 1, said)
            self.assertIn("unknown name", said)
        finally:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()
