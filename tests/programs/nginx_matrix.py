#!/usr/bin/env python3
"""litmus and the clients' traces through a real nginx, in every set-up Davit promises to work behind (docs/doctor.md)."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../wire")]
from davit import Server  # noqa: E402
from nginx import Nginx, SOURCE, shipped  # noqa: E402

STREAMED = "proxy_http_version 1.1; proxy_set_header Connection ''; proxy_request_buffering off; proxy_buffering off;"
ANY_SIZE = "client_max_body_size 0;"
RECIPE = ('set $dest $http_destination; if ($http_destination ~ "^https?://[^/]*(?<path>(.+))") { set $dest /$path; } '
          "proxy_set_header Destination $dest;")


class Matrix(unittest.TestCase):
    def through(self, server_block, path="", config="", args=(), bearable=(), unseen=()):
        """`bearable` are warnings of litmus that nginx alone is the reason for, `unseen` steps of traces Davit cannot see through it."""
        # The traces hold Davit to refusing a Destination on another host, which it does when it knows its own.
        server = Server(config='[server]\nauthorities = ["127.0.0.1"]\n' + config, args=args)
        self.addCleanup(server.stop)
        upstream = f"http://unix:{server.address}:" if isinstance(server.address, str) else "http://%s:%d" % server.address
        nginx = Nginx(server_block(upstream) if callable(server_block) else server_block.replace("DAVIT", upstream))
        self.addCleanup(nginx.stop)
        url = nginx.url + path
        self.litmus(url, bearable)
        self.traces(url, unseen)
        self.rclone(url)
        # What stays was made by litmus; the traces leave nothing.
        self.assertEqual([x for x in os.listdir(server.root) if x not in (".davit", "litmus")], [])

    def litmus(self, url, bearable):
        with tempfile.TemporaryDirectory(prefix="davit-litmus-") as folder:
            done = subprocess.run(["litmus", url], cwd=folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIsNone(re.search(r"FAIL|SKIPPED|tests were skipped", done.stdout), done.stdout)
        self.assertEqual(re.findall(r"WARNING: (.*)", done.stdout), list(bearable), done.stdout)
        self.assertEqual(done.stdout.count("100.0%"), 5, done.stdout)

    def traces(self, url, unseen):
        done = subprocess.run(["/usr/bin/python3", "-B", os.path.join(SOURCE, "tests/clients/replay.py"), url], capture_output=True, text=True, timeout=100)
        self.assertEqual(re.findall(r"^  \w+\.trace:\d+: (.*)", done.stdout, re.M), list(unseen), done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"\n\d\d of \d\d clients can work with")

    def rclone(self, url):
        """Up, compared, moved on the server, compared again, and away."""
        remote = f":webdav,url='{url}',vendor=other:rclone"
        folder = os.path.join(SOURCE, "docs")
        for command in (["copy", folder, remote], ["check", "--download", folder, remote], ["moveto", remote, remote + " äöü"],
                        ["check", "--download", folder, remote + " äöü"], ["purge", remote + " äöü"]):
            done = subprocess.run(["rclone", "--config", "/dev/null", "--retries", "1", *command], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, (command, done.stderr))

    def test_as_shipped(self):
        self.through(shipped)

    def test_prefix_kept(self):
        self.through(f"{ANY_SIZE} location /dav {{ {STREAMED} proxy_pass DAVIT; }}", "dav/", 'base_path = "/dav"\n')

    def test_prefix_stripped(self):
        # A proxy_pass with a path behind the host sends nginx's own idea of the path, which has no fragment.
        self.through(f"{ANY_SIZE} location /dav/ {{ {STREAMED} proxy_pass DAVIT/; }}", "dav/",
                     'base_path = "/dav"\nbase_path_stripped = true\n',
                     bearable=["DELETE removed collection resource with Request-URI including fragment; unsafe"])

    def test_recipe_that_doubles_the_slash(self):
        # The recipe takes the host off Destination, so that nobody can tell another server's name any more.
        self.through(f"{ANY_SIZE} location / {{ {RECIPE} {STREAMED} proxy_pass DAVIT; }}", unseen=["another server's name is refused, whole"])

    def test_request_buffering_and_http_1_0(self):
        self.through(f"{ANY_SIZE} location / {{ proxy_request_buffering on; proxy_pass DAVIT; }}")

    def test_unix_socket(self):
        self.through(shipped, args=("--listen", f"unix:{tempfile.gettempdir()}/davit-matrix-{os.getpid()}.sock"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
