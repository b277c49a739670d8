"""Whole trees: across mounted file systems, beside other requests, and when the client goes away. Mounting takes root, or sudo."""
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time

if os.geteuid() != 0:
    keep = [f"{name}={os.environ[name]}" for name in ("DAVIT", "SOURCE_DIR", "PATH")]
    os.execvp("sudo", ["sudo", "env", *keep, sys.executable, "-B", *sys.argv])

from davit import Case, Connection, main, set_prop, wait_until


class Mounted(Case):
    """Another file system inside the root: no rename leads there, and still nothing is lost or half done."""
    config = '[trash]\nkeep = "7d"\n'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mounted = cls.server.root + "/mounted"
        os.mkdir(cls.mounted)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", cls.mounted], check=True)

    @classmethod
    def tearDownClass(cls):
        subprocess.run(["umount", "-l", cls.mounted], check=True)
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.there = "/mounted" + self.dir
        self.expect(201, "MKCOL", self.there)

    def hidden(self):
        return [n for _, folders, files in os.walk(self.mounted) for n in folders + files if n.startswith(".davit-")]

    def files_only(self, at):
        self.expect(201, "MKCOL", at)
        self.expect(201, "MKCOL", at + "/sub")
        self.put(at + "/sub/f", b"content")

    def test_there_and_back(self):
        for method in ("COPY", "MOVE"):
            here, there = self.dir + "/" + method, self.there + "/" + method
            self.files_only(here)
            self.expect(201, method, here, {"Destination": there})
            self.assertEqual(self.get(there + "/sub/f"), b"content")
            self.expect(404 if method == "MOVE" else 200, "GET", here + "/sub/f")
            self.expect(204 if method == "COPY" else 201, method, there, {"Destination": here})
            self.assertEqual(self.get(here + "/sub/f"), b"content")
            self.expect(404 if method == "MOVE" else 200, "GET", there + "/sub/f")
        self.assertEqual(self.hidden(), [])

    def test_copy_and_move_replace_across_file_systems(self):
        for overwrite, status in (("F", 412), ("T", 204)):
            for source, place in ((self.dir, self.there), (self.there, self.dir)):
                for kind in ("file", "folder"):
                    if kind == "file":
                        self.put(source + "/new", b"new")
                    else:
                        self.request("MKCOL", source + "/new")
                        self.put(source + "/new/sub", b"new")
                    self.request("DELETE", place + "/old")
                    self.files_only(place + "/old")
                    self.expect(status, "MOVE", source + "/new", {"Destination": place + "/old", "Overwrite": overwrite})
                    if status == 412:
                        self.assertEqual(self.get(place + "/old/sub/f"), b"content")
                        self.expect(200, "GET", source + "/new")
                    else:
                        self.assertEqual(self.get(place + ("/old" if kind == "file" else "/old/sub")), b"new")
                        self.expect(404, "GET", source + "/new")
                    self.request("DELETE", source + "/new")
        self.assertEqual(self.hidden(), [])

    def test_a_file_that_comes_from_elsewhere_lends_out_no_rights(self):
        self.put(self.dir + "/f", b"program")
        os.chmod(self.server.root + self.dir + "/f", 0o4755)
        self.expect(201, "MOVE", self.dir + "/f", {"Destination": self.there + "/f"})
        self.assertEqual(oct(os.stat(self.server.root + self.there + "/f").st_mode), oct(0o100755))

    def notes(self):
        """Rows of the intent log."""
        with sqlite3.connect(f"file:{self.server.root}/.davit/state.db?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM intent").fetchone()[0]

    def test_no_note_is_left_of_what_was_staged_there(self):
        self.files_only(self.there + "/t")
        self.put(self.there + "/t/sub/f", b"replaced")
        self.expect(201, "MKCOL", self.there + "/n", {"Content-Type": "application/xml"},
                    '<D:mkcol xmlns:D="DAV:"><D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype><D:displayname>n</D:displayname>'
                    "</D:prop></D:set></D:mkcol>")
        self.expect(201, "COPY", self.there + "/t", {"Destination": self.there + "/u"})
        self.expect(204, "MOVE", self.there + "/t", {"Destination": self.there + "/u"})
        self.expect(204, "DELETE", self.there + "/u")
        self.expect(412, "COPY", self.dir, {"Destination": self.there + "/n", "Overwrite": "F"})
        self.assertEqual((self.hidden(), self.notes()), ([], 0))

    def test_no_room_there_leaves_everything_here(self):
        self.expect(201, "MKCOL", self.dir + "/big")
        for i in range(5):
            self.put(f"{self.dir}/big/{i}", b"x" * (4 << 20))
        for method in ("COPY", "MOVE"):
            answer = self.request(method, self.dir + "/big", {"Destination": self.there + "/big"})
            self.assertEqual(answer.status, 507)
            self.assertIn(b'changed="none"', answer.body)
            self.expect(404, "GET", self.there + "/big")
        for i in range(5):
            self.assertEqual(len(self.get(f"{self.dir}/big/{i}")), 4 << 20)
        self.assertEqual(self.hidden(), [])

    def test_a_served_folder_with_its_state_is_not_moved_to_another_file_system(self):
        self.files_only(self.dir + "/t")
        os.mkdir(self.server.root + self.dir + "/t/sub/.davit", 0o700)
        answer = self.expect(403, "MOVE", self.dir + "/t", {"Destination": self.there + "/t"})
        self.assertEqual(answer.header("X-Dav-Error-Code"), "reserved-name")
        self.assertTrue(os.path.isdir(self.server.root + self.dir + "/t/sub/.davit"))
        self.assertEqual(self.get(self.dir + "/t/sub/f"), b"content")
        self.expect(404, "GET", self.there + "/t/")
        self.expect(201, "COPY", self.dir + "/t", {"Destination": self.there + "/t"})
        self.assertEqual(self.hidden(), [])

    def test_the_mount_point_itself_stays(self):
        self.put(self.there + "/f")
        for method, headers in (("DELETE", {}), ("MOVE", {"Destination": self.dir + "/x"})):
            self.assertEqual(self.request(method, "/mounted", headers).status, 403, method)
        self.expect(200, "GET", self.there + "/f")

    def test_deleted_there_is_not_kept(self):
        self.files_only(self.there + "/t")
        self.put(self.there + "/f")
        for path in ("/t", "/f"):
            self.expect(204, "DELETE", self.there + path)
            self.expect(404, "GET", self.there + path)
        out = subprocess.run([os.environ["DAVIT"], "trash", "list", self.server.root], capture_output=True, text=True).stdout
        self.assertNotIn("/mounted", out)
        self.assertEqual(self.hidden(), [])


    def test_what_was_moved_away_takes_no_room(self):
        self.files_only(self.dir + "/t")
        self.expect(201, "MOVE", self.dir + "/t", {"Destination": self.there + "/t"})
        going = lambda: [n for n in os.listdir(self.server.root + "/.davit/trash") if n.endswith(".gone")]
        self.assertTrue(wait_until(lambda: not going()), going())


class MountedInMemory(Mounted):
    """The same where nothing is synced, and a MOVE that is one rename does without a thread."""
    config = Mounted.config + "[storage]\ndurable = false\n"


class Whole(Case):
    FILES = 400

    def make_tree(self):
        root = self.server.root + self.dir + "/t"
        for i in range(self.FILES):
            os.makedirs(f"{root}/{i % 20}", exist_ok=True)
            with open(f"{root}/{i % 20}/{i}", "w") as file:
                file.write(str(i))

    def count(self, name):
        return sum(len(files) for _, _, files in os.walk(self.server.root + self.dir + "/" + name))

    def send_and_leave(self, method, path, headers):
        connection = self.server.connect()
        lines = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        connection.send(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
        connection.close()

    def test_a_copy_has_all_that_the_files_had(self):
        root = self.server.root + self.dir + "/t"
        os.mkdir(root, 0o750)
        # About the lengths at which copying is done in another way, and the modes a umask would change.
        for size in (0, 1, 32 * 1024, 32 * 1024 + 1, 300_000):
            for mode in (0o400, 0o640, 0o666, 0o777, 0o4711):
                name = f"{root}/{size}-{mode:o}"
                with open(name, "wb") as file:
                    file.write(os.urandom(size))
                if mode == 0o640:
                    os.setxattr(name, "user.mine", b"kept")
                if mode == 0o666:
                    self.proppatch(f"{self.dir}/t/{size}-666", set_prop(f'<Z:p xmlns:Z="urn:z">{size}</Z:p>'))
                os.chmod(name, mode)
                os.utime(name, (1_000_000_000, 1_000_000_000))
        os.setxattr(root + "/1-640", "user.long", b"x" * 1000)
        for i in range(40):  # a list of names that is longer than usual
            os.setxattr(root + "/1-640", f"user.{'name' * 8}{i}", b"x")
        self.expect(201, "COPY", self.dir + "/t/", {"Destination": self.dir + "/copy/"})
        copy = self.server.root + self.dir + "/copy"
        self.assertEqual(os.stat(copy).st_mode, os.stat(root).st_mode)
        self.assertEqual(sorted(os.listdir(copy)), sorted(os.listdir(root)))
        for name in os.listdir(root):
            ours, theirs = os.stat(f"{copy}/{name}"), os.stat(f"{root}/{name}")
            self.assertEqual((oct(ours.st_mode), ours.st_size, int(ours.st_mtime)),
                             (oct(theirs.st_mode & ~0o7000), theirs.st_size, int(theirs.st_mtime)), name)
            self.assertNotEqual(ours.st_ino, theirs.st_ino, "a copy is a file of its own")
            with open(f"{copy}/{name}", "rb") as one, open(f"{root}/{name}", "rb") as other:
                self.assertEqual(one.read(), other.read(), name)
            attributes = {key: os.getxattr(f"{root}/{name}", key) for key in os.listxattr(f"{root}/{name}")}
            self.assertEqual({key: os.getxattr(f"{copy}/{name}", key) for key in os.listxattr(f"{copy}/{name}")}, attributes)
        found = self.expect(207, "PROPFIND", self.dir + "/copy/300000-666", {"Depth": "0"})
        self.assertIn(b">300000</", found.body)

    def lending(self, name, mode=0o6755):
        """A program of somebody's that lends out its owner's rights."""
        path = self.server.root + self.dir + "/" + name
        with open(path, "wb") as file:
            file.write(b"program")
        os.chmod(path, mode)
        return path

    def assert_lends_nothing(self, name, mode=0o755):
        self.assertEqual(oct(os.stat(self.server.root + self.dir + "/" + name).st_mode & 0o7777), oct(mode))

    def test_no_content_written_by_the_server_lends_out_rights(self):
        """Not to whoever runs it: the set-user-ID bit of a copy would be that of the server's user."""
        self.lending("f")
        self.expect(201, "COPY", self.dir + "/f", {"Destination": self.dir + "/copy"})
        self.assert_lends_nothing("copy")
        self.put(self.dir + "/f", b"other program")
        self.assert_lends_nothing("f")
        self.lending("f", 0o7711)
        self.expect(204, "PATCH", self.dir + "/f", {"Content-Type": "application/x-sabredav-partialupdate", "X-Update-Range": "append"}, b"more")
        self.assert_lends_nothing("f", 0o711)
        self.lending("f")
        self.expect(204, "PUT", self.dir + "/f", {"Content-Range": "bytes 0-2/*"}, b"PRO")
        self.assert_lends_nothing("f")
        self.lending("f")
        self.proppatch(self.dir + "/f", '<D:set><D:prop><A:executable>T</A:executable></D:prop></D:set>')
        self.assert_lends_nothing("f")

    def test_folders_keep_what_shares_them(self):
        root = self.server.root + self.dir
        os.mkdir(root + "/group")
        os.chmod(root + "/group", 0o3775)
        self.lending("group/f")
        self.expect(201, "COPY", self.dir + "/group", {"Destination": self.dir + "/copy"})
        self.assert_lends_nothing("copy", 0o3775)
        self.assert_lends_nothing("copy/f")

    def test_a_replaced_file_hands_on_what_it_had(self):
        name = self.server.root + self.dir + "/f"
        self.put(self.dir + "/f", b"old")
        self.proppatch(self.dir + "/f", set_prop('<Z:p xmlns:Z="urn:z">mine</Z:p>'))
        for i in range(40):
            os.setxattr(name, f"user.{'name' * 8}{i}", str(i).encode())
        os.chmod(name, 0o640)
        self.put(self.dir + "/f", b"new")
        self.assertEqual(oct(os.stat(name).st_mode), oct(0o100640))
        self.assertEqual([os.getxattr(name, f"user.{'name' * 8}{i}") for i in range(40)], [str(i).encode() for i in range(40)])
        self.assertIn(b">mine</", self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}).body)

    def test_a_listing_for_who_reads_slowly_or_goes_away(self):
        root = self.server.root + self.dir + "/many"
        os.mkdir(root)
        for i in range(12000):
            open(f"{root}/{i}", "w").close()
        whole = self.expect(207, "PROPFIND", self.dir + "/many/", {"Depth": "1"}).body
        self.assertEqual(whole.count(b"<D:response>"), 12001)
        asked = f"PROPFIND {self.dir}/many/ HTTP/1.1\r\nHost: x\r\nDepth: 1\r\n\r\n".encode()
        slow = Connection(self.server.address)
        slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        slow.send(asked)
        time.sleep(0.5)  # the socket is full by now, and nobody waits for it
        self.assertEqual(self.expect(207, "PROPFIND", self.dir + "/many/", {"Depth": "1"}).body, whole)
        self.assertEqual(slow.read().body, whole)
        slow.send(asked)
        self.assertEqual(slow.read().body, whole, "the connection goes on")
        slow.close()
        for received in (0, 1, 100_000):
            gone = Connection(self.server.address)
            gone.send(asked)
            while received > 0:
                received -= len(gone.socket.recv(min(received, 65536)))
            gone.close()
        self.assertEqual(self.expect(207, "PROPFIND", self.dir + "/many/", {"Depth": "1"}).body, whole)

    def test_a_client_that_goes_away(self):
        self.make_tree()
        self.send_and_leave("COPY", self.dir + "/t", {"Destination": self.dir + "/copy"})
        seen = set()
        self.assertTrue(wait_until(lambda: seen.add(self.count("copy")) or self.FILES in seen))
        self.assertLessEqual(seen, {0, self.FILES}, "whole, or not there")
        self.send_and_leave("MOVE", self.dir + "/copy", {"Destination": self.dir + "/moved"})
        self.assertTrue(wait_until(lambda: self.count("moved") == self.FILES))
        self.assertEqual(self.count("copy"), 0)
        self.send_and_leave("DELETE", self.dir + "/moved", {})
        self.assertTrue(wait_until(lambda: not os.path.exists(self.server.root + self.dir + "/moved")))
        self.assertEqual(self.count("t"), self.FILES)
        state = self.server.root + "/.davit/"
        self.assertTrue(wait_until(lambda: os.listdir(state + "tmp") + os.listdir(state + "trash") == [], 30))

    def test_a_cut_upload_keeps_the_old_file(self):
        self.put(self.dir + "/f", b"old")
        for head in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
            connection = self.server.connect()
            connection.send(f"PUT {self.dir}/f HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n3\r\nnew\r\n".encode())
            connection.close()
        time.sleep(0.3)
        self.assertEqual(self.get(self.dir + "/f"), b"old")

    def test_others_go_on_meanwhile(self):
        """While a tree is copied, requests elsewhere are answered, and so is reading in the tree itself."""
        self.make_tree()
        with open(self.server.root + self.dir + "/t/0/large", "wb") as file:
            for _ in range(64):
                file.write(os.urandom(1 << 20))
        done = threading.Event()
        result = []

        def copy():
            result.append(self.request("COPY", self.dir + "/t", {"Destination": self.dir + "/copy"}).status)
            done.set()

        thread = threading.Thread(target=copy)
        thread.start()
        answered = 0
        while not done.is_set():
            self.put(self.dir + "/elsewhere", b"x")
            self.assertEqual(self.get(self.dir + "/t/1/1"), b"1")
            answered += not done.is_set()
        thread.join()
        self.assertEqual(result, [201])
        self.assertGreater(answered, 0)


if __name__ == "__main__":
    main()
