"""Whole trees: across mounted file systems, beside other requests, and when the client goes away. Mounting takes root, or sudo."""
import os
import subprocess
import sys
import threading
import time

if os.geteuid() != 0:
    keep = [f"{name}={os.environ[name]}" for name in ("DAVIT", "SOURCE_DIR", "PATH")]
    os.execvp("sudo", ["sudo", "env", *keep, sys.executable, "-B", *sys.argv])

from davit import Case, main, wait_until


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

    def test_replacing(self):
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
