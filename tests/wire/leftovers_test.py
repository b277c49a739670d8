"""What a killed server left behind: the next start undoes or finishes it, and large things are removed while requests are served."""
import os
import shutil
import sqlite3
import struct
import subprocess
import unittest

from davit import Server, main, wait_until

EXCHANGE, REPLACED_SOURCE, STAGED, SET_ASIDE = 4, 5, 6, 7  # kinds of rows, as in src/fs/journal.cpp
NUMBER = 0x0102030405060708
HIDDEN = ".davit-" + struct.pack("<q", NUMBER).hex()


class Leftovers(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.root = self.server.root
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        os.mkdir(self.root + "/d")
        self.server.kill()

    def start(self):
        self.server.start()
        self.addCleanup(self.server.stop)

    def write(self, path, content=b"content"):
        with open(self.root + path, "wb") as file:
            file.write(content)

    def note(self, kind, path, inode=0):
        with sqlite3.connect(self.root + "/.davit/state.db") as database:
            database.execute("INSERT INTO intent(kind, path, inode, mode, modified, digest) VALUES(?, ?, ?, ?, 0, 0)",
                             (kind, path.encode(), inode, NUMBER))

    def notes(self):
        with sqlite3.connect(f"file:{self.root}/.davit/state.db?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM intent").fetchone()[0]

    def get(self, path):
        answer = self.server.request("GET", path)
        return answer.body if answer.status == 200 else answer.status

    def test_what_was_being_built_is_removed_while_requests_are_served(self):
        for i in range(3000):
            os.makedirs(f"{self.root}/.davit/tmp/copy/{i % 30}", exist_ok=True)
            with open(f"{self.root}/.davit/tmp/copy/{i % 30}/{i}", "w") as file:
                file.write("half a copy")
        os.chmod(self.root + "/.davit/tmp/copy", 0o500)
        self.start()
        self.assertEqual(os.listdir(self.root + "/.davit/tmp"), [], "nothing is left there when the server listens")
        self.assertTrue(wait_until(lambda: os.listdir(self.root + "/.davit/trash") == []))

    def test_what_was_staged_elsewhere_is_removed(self):
        os.makedirs(f"{self.root}/d/{HIDDEN}/sub")
        self.write(f"/d/{HIDDEN}/sub/f")
        self.note(STAGED, "d")
        self.start()
        self.assertTrue(wait_until(lambda: os.listdir(self.root + "/d") == []))
        self.assertTrue(wait_until(lambda: self.notes() == 0))

    def test_fsck_names_what_was_staged_and_what_nothing_explains(self):
        self.write(f"/d/{HIDDEN}")
        self.note(STAGED, "d")
        self.write("/d/.davit-unknown")
        done = subprocess.run([os.environ["DAVIT"], "fsck", self.root], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn(f"removed, left by a server that was killed: /d/{HIDDEN}", done.stdout)
        self.assertIn("remove it: /d/.davit-unknown", done.stdout)
        self.assertEqual(os.listdir(self.root + "/d"), [".davit-unknown"])

    def test_a_source_that_was_hidden_comes_back(self):
        self.write(f"/d/{HIDDEN}", b"precious")
        self.note(EXCHANGE, "d/f", os.stat(f"{self.root}/d/{HIDDEN}").st_ino)
        self.start()
        self.assertEqual((self.get("/d/f"), os.listdir(self.root + "/d"), self.notes()), (b"precious", ["f"], 0))

    def test_a_source_that_was_hidden_never_replaces_what_has_come_since(self):
        self.write(f"/d/{HIDDEN}", b"precious")
        self.write("/d/f", b"new")
        self.note(EXCHANGE, "d/f", os.stat(f"{self.root}/d/{HIDDEN}").st_ino)
        self.start()
        self.assertEqual((self.get("/d/f"), sorted(os.listdir(self.root + "/d"))), (b"new", [HIDDEN, "f"]))

    def test_a_copied_source_comes_back_when_the_copy_did_not_arrive(self):
        self.write(f"/d/{HIDDEN}", b"precious")
        self.note(REPLACED_SOURCE, "d/f\0d/g")
        self.write("/d/g", b"not the copy")
        self.start()
        self.assertEqual((self.get("/d/f"), self.get("/d/g")), (b"precious", b"not the copy"))

    def test_what_was_set_aside_comes_back_or_goes(self):
        self.write(f"/d/{HIDDEN}", b"old")
        self.note(SET_ASIDE, "d/f")
        self.start()
        self.assertEqual((self.get("/d/f"), os.listdir(self.root + "/d")), (b"old", ["f"]))

    def test_what_was_set_aside_goes_when_its_place_is_taken(self):
        self.write(f"/d/{HIDDEN}", b"old")
        self.write("/d/f", b"new")
        self.note(SET_ASIDE, "d/f")
        self.start()
        self.assertEqual((self.get("/d/f"), os.listdir(self.root + "/d")), (b"new", ["f"]))


if __name__ == "__main__":
    main()
