#!/usr/bin/env python3
"""davix, the client of the grid: its commands as its users run them."""
import os
import subprocess
import unittest

from client_case import ClientCase


class Davix(ClientCase):
    login = False  # davix sends no password over plain http

    def davix(self, command, *args, fails=False):
        """What it printed. `fails`: None where its exit code says nothing."""
        done = subprocess.run([f"davix-{command}", "--retry", "0", *args], capture_output=True, text=True, timeout=30)
        if fails is not None:
            self.assertEqual(done.returncode != 0, fails, done)
        return done.stdout + done.stderr

    def setUp(self):
        self.content = b"content" * 10000
        self.davix("mkdir", self.url + "/box")
        self.davix("put", self.local("f", self.content), self.url + "/box/f")

    def tearDown(self):
        self.davix("rm", "-r", "2", self.url + "/box")
        self.assertFalse(os.path.exists(self.server.root + "/box"))

    def test_files_are_put_listed_got_moved_and_removed(self):
        self.assertEqual(self.served("/box/f"), self.content)
        self.davix("mkdir", self.url + "/box/sub")
        self.assertEqual(sorted(self.davix("ls", self.url + "/box/").split()), ["f", "sub"])
        self.davix("get", self.url + "/box/f", self.local("back"))
        with open(self.local("back"), "rb") as file:
            self.assertEqual(file.read(), self.content)
        self.davix("mv", self.url + "/box/f", self.url + "/box/sub/g", fails=None)  # 0.8.4 ends with 255 after any 201 and 204
        self.assertEqual((self.served("/box/f"), self.served("/box/sub/g")), (None, self.content))
        self.davix("rm", self.url + "/box/sub/g")
        self.assertIsNone(self.served("/box/sub/g"))

    def test_properties_are_read_with_a_body_of_any_type(self):
        body = '<D:propfind xmlns:D="DAV:"><D:prop><D:getcontentlength/></D:prop></D:propfind>'
        said = self.davix("http", "-X", "PROPFIND", "-H", "Depth: 0", "--data", body, self.url + "/box/f")
        self.assertIn(f"{len(self.content)}</", said)

    def test_what_is_not_there_fails_visibly(self):
        self.assertIn("404", self.davix("get", self.url + "/box/none", self.local("none"), fails=True))
        self.assertIn("404", self.davix("mv", self.url + "/box/none", self.url + "/box/g", fails=True))


if __name__ == "__main__":
    unittest.main()
