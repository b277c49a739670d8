"""config/quickstart.sh: what would go wrong after minutes of building is found before."""
import os
import socket
import subprocess
import tempfile
import unittest

from davit import main


class Quickstart(unittest.TestCase):
    def quickstart(self, *args):
        # Programs that would install and build stand aside: a script that gets so far has looked too late.
        with tempfile.TemporaryDirectory() as place:
            for name in ("cmake", "dpkg-query", "apt-get", "sudo"):
                with open(f"{place}/{name}", "w") as file:
                    file.write(f"#!/bin/sh\necho Building with {name}\nexit 9\n")
                os.chmod(f"{place}/{name}", 0o755)
            done = subprocess.run([os.environ["SOURCE_DIR"] + "/config/quickstart.sh", *args], capture_output=True, text=True, timeout=60,
                                  env={**os.environ, "PATH": place + ":" + os.environ["PATH"]})
        return done.returncode, done.stdout, done.stderr

    def refused(self, said, *args):
        code, out, err = self.quickstart(*args)
        self.assertEqual((code, out), (2, ""), args)
        self.assertIn(said, err)

    def test_a_taken_port_is_named_before_anything_is_built(self):
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            try:
                other = socket.socket(family)
                other.bind((address, 0))
            except OSError:
                continue  # no IPv6 here
            with other:
                other.listen()
                port = other.getsockname()[1]
                self.refused(f"port {port} is in use", "/tmp", str(port))

    def test_a_free_port_goes_on(self):
        with socket.socket() as other:
            other.bind(("127.0.0.2", 0))
            other.listen()
            code, out, err = self.quickstart("/tmp", str(other.getsockname()[1]))  # another address does not count
        self.assertNotEqual(code, 2)
        self.assertIn("Building", out)

    def test_what_is_no_port_and_no_folder(self):
        for port in ("http", "0", "65536", "-1", "99999999999999999999", "08080"):
            self.refused(f"{port} is no port from 1 to 65535", "/tmp", port)
        self.refused("there is no folder /nonexistent", "/nonexistent")


if __name__ == "__main__":
    main()
