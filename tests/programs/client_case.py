"""A server with one account whose name and password have letters beyond ASCII, for clients that are Python or are started by it."""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../wire")]
from davit import Server  # noqa: E402

NAME, PASSWORD = "jürgen", "straße"


class ClientCase(unittest.TestCase):
    login = True

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="davit-client-")
        cls.server = Server(config=cls.make_account() if cls.login else None)
        cls.url = "http://{}:{}".format(*cls.server.address)

    @classmethod
    def make_account(cls):
        users = os.path.join(cls.folder.name, "users")
        done = subprocess.run([os.environ["DAVIT"], "user", "add", NAME, "--file", users], input=PASSWORD + "\n", capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return f'[auth]\nusers = "{users}"\n'

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.folder.cleanup()

    def local(self, name, content=None):
        """The path of a local file."""
        path = os.path.join(self.folder.name, name)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content)
        return path

    def served(self, path):
        """The content of a file as it lies on the server's disk; None when there is none."""
        try:
            with open(self.server.root + path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None
