#!/usr/bin/env python3
"""Debian's python3-webdavclient (webdavclient3): credentials in Latin-1, XML bodies announced as a form."""
import os
import unittest

from client_case import NAME, PASSWORD, ClientCase
from webdav3.client import Client
from webdav3.exceptions import ResponseErrorCode

CONTENT = b"content" * 10000


class WebdavClient3(ClientCase):
    def setUp(self):
        self.client = Client({"webdav_hostname": self.url, "webdav_login": NAME, "webdav_password": PASSWORD})
        # A method that is not in its own list is GET's: the library asks with HEAD whether something exists.
        self.client.mkdir("box")
        self.client.upload_file("box/f", self.local("f", CONTENT))

    def tearDown(self):
        self.client.clean("box")
        self.assertEqual([name for name in os.listdir(self.server.root) if name != ".davit"], [])

    def test_what_was_uploaded_is_listed_and_downloaded(self):
        self.client.mkdir("box/sub")
        self.assertEqual(self.served("/box/f"), CONTENT)
        self.assertEqual(sorted(self.client.list("box")), ["f", "sub/"])
        self.assertTrue(self.client.check("box/f"))
        self.assertFalse(self.client.check("box/none"))
        self.assertTrue(self.client.is_dir("box/sub"))
        self.assertEqual(self.client.info("box/f")["size"], str(len(CONTENT)))
        self.client.download_file("box/f", self.local("back"))
        with open(self.local("back"), "rb") as file:
            self.assertEqual(file.read(), CONTENT)
        self.assertGreater(self.client.free(), 0)

    def test_properties_are_set_and_read(self):
        self.client.set_property("box/f", {"namespace": "urn:example", "name": "colour", "value": "blue"})
        self.client.set_property_batch("box/f", [{"namespace": "urn:example", "name": "shape", "value": "round"}, {"namespace": "urn:example", "name": "size", "value": "12"}])
        for name, value in (("colour", "blue"), ("shape", "round"), ("size", "12")):
            self.assertEqual(self.client.get_property("box/f", {"namespace": "urn:example", "name": name}), value)

    def test_files_are_copied_moved_and_removed(self):
        self.client.copy("box/f", "box/copy")
        self.client.move("box/copy", "box/moved")
        self.assertEqual((self.served("/box/copy"), self.served("/box/moved")), (None, CONTENT))
        with self.assertRaises(ResponseErrorCode):
            self.client.move("box/f", "box/moved")  # Overwrite: F
        self.client.clean("box/moved")
        self.assertIsNone(self.served("/box/moved"))

    def test_a_tree_is_uploaded_and_downloaded(self):
        tree = self.local("tree")
        os.makedirs(os.path.join(tree, "deeper"), exist_ok=True)
        for name in ("a", "deeper/b"):
            self.local("tree/" + name, name.encode())
        self.client.upload_directory("box/tree", tree)
        self.assertEqual(self.served("/box/tree/deeper/b"), b"deeper/b")
        self.client.download_directory("box/tree/", self.local("tree-back"))
        with open(self.local("tree-back/deeper/b"), "rb") as file:
            self.assertEqual(file.read(), b"deeper/b")


if __name__ == "__main__":
    unittest.main()
