#!/usr/bin/env python3
"""litmus, the clients' traces and rclone through a real nginx, in every set-up Davit promises to work behind
(docs/behind-nginx.md). Where two set-ups differ in nothing a suite could see, the second runs fewer suites: `suites`."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../wire")]
from davit import Server  # noqa: E402
from nginx import Nginx, SOURCE, url_of  # noqa: E402

RECIPE = ('set $dest $http_destination; if ($http_destination ~ "^https?://[^/]*(?<path>(.+))") { set $dest /$path; } '
          "proxy_set_header Destination $dest;")
ALL = ("litmus", "traces", "rclone")
# nginx takes a fragment off a path it writes itself.
FRAGMENT = ["DELETE removed collection resource with Request-URI including fragment; unsafe"]


class Matrix(unittest.TestCase):
    def davit(self, config='[server]\ntrusted_proxies = ["127.0.0.1", "unix"]\n', args=()):
        server = Server(config=config, args=args)
        self.addCleanup(server.stop)
        return server

    def nginx(self, server, block="", **kwargs):
        nginx = Nginx(block.replace("DAVIT", url_of(server.address)), davit=url_of(server.address), **kwargs)
        self.addCleanup(nginx.stop)
        return nginx

    def through(self, server, url, suites=ALL, bearable=(), unseen=(), ca=None):
        """`bearable` are warnings of litmus that nginx alone is the reason for, `unseen` steps of traces Davit cannot see through it."""
        self.environment = {**os.environ, "SSL_CERT_FILE": ca} if ca else dict(os.environ)
        if "litmus" in suites:
            self.litmus(url, bearable)
        if "traces" in suites:
            self.traces(url, unseen)
        if "rclone" in suites:
            self.rclone(url)
        # What stays was made by litmus; the others leave nothing.
        self.assertEqual([x for x in os.listdir(server.root) if x not in (".davit", "litmus")], [])

    def litmus(self, url, bearable):
        with tempfile.TemporaryDirectory(prefix="davit-litmus-") as folder:
            done = subprocess.run(["litmus", url], cwd=folder, capture_output=True, text=True, timeout=60, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("FAIL", done.stdout)
        # litmus leaves one test of its 123 out over TLS, and says so.
        skipped = ["skipping for SSL server"] if url.startswith("https") else []
        self.assertEqual(re.findall(r"SKIPPED \((.*)\)", done.stdout), skipped, done.stdout)
        self.assertEqual(re.findall(r"WARNING: (.*)", done.stdout), list(bearable), done.stdout)
        self.assertEqual(done.stdout.count("100.0%"), 5, done.stdout)

    def traces(self, url, unseen):
        done = subprocess.run(["/usr/bin/python3", "-B", os.path.join(SOURCE, "tests/clients/replay.py"), url], capture_output=True, text=True,
                              timeout=100, env=self.environment)
        self.assertEqual(re.findall(r"^  \w+\.trace:\d+: (.*)", done.stdout, re.M), list(unseen), done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"\n\d\d of \d\d clients can work with")

    def rclone(self, url):
        """Up, compared, moved on the server, compared again, and away."""
        remote = f":webdav,url='{url}',vendor=other:rclone"
        folder = os.path.join(SOURCE, "docs")
        for command in (["copy", folder, remote], ["check", "--download", folder, remote], ["moveto", remote, remote + " äöü"],
                        ["check", "--download", folder, remote + " äöü"], ["purge", remote + " äöü"]):
            done = subprocess.run(["rclone", "--config", "/dev/null", "--retries", "1", *command], capture_output=True, text=True, timeout=60,
                                  env=self.environment)
            self.assertEqual(done.returncode, 0, (command, done.stderr))

    def test_as_shipped(self):
        # The traces hold Davit to refusing a Destination on another host: it knows its own by X-Forwarded-Host.
        server = self.davit()
        self.through(server, self.nginx(server, "include davit.conf;").url)

    def test_nothing_configured(self):
        server = self.davit("")
        self.through(server, self.nginx(server, "include davit.conf;").url, suites=["traces"], unseen=["another server's name is refused, whole"])

    def test_prefix_kept(self):
        server = self.davit('[server]\npublic_urls = ["http://127.0.0.1/dav"]\n')
        self.through(server, self.nginx(server, "include davit-prefix.conf;").url + "dav/")

    def test_prefix_stripped(self):
        server = self.davit()
        self.through(server, self.nginx(server, "include davit-stripped.conf;").url + "dav/")

    def test_prefix_stripped_without_a_word(self):
        server = self.davit('[server]\npublic_urls = ["http://127.0.0.1/dav"]\nbase_path_stripped = true\n')
        block = "location /dav/ { proxy_pass DAVIT/; include davit-proxy.conf; }"
        self.through(server, self.nginx(server, block).url + "dav/", suites=["litmus", "rclone"], bearable=FRAGMENT)

    def test_recipe_that_doubles_the_slash(self):
        # The recipe takes the host off Destination, so that nobody can tell another server's name any more.
        server = self.davit()
        block = f"location / {{ {RECIPE} proxy_pass DAVIT; include davit-proxy.conf; }}"
        self.through(server, self.nginx(server, block).url, unseen=["another server's name is refused, whole"])

    def test_request_buffering_and_http_1_0(self):
        server = self.davit('[server]\npublic_urls = ["http://127.0.0.1/"]\n')
        block = "client_max_body_size 0; location / { proxy_request_buffering on; proxy_pass DAVIT; }"
        self.through(server, self.nginx(server, block).url)

    def test_unix_socket(self):
        server = self.davit(args=("--listen", f"unix:{tempfile.gettempdir()}/davit-matrix-{os.getpid()}.sock"))
        self.through(server, self.nginx(server, "include davit.conf;").url)

    def test_tls_and_http_2_in_front(self):
        server = self.davit()
        nginx = self.nginx(server, http="include davit-tls.conf;")
        self.through(server, nginx.url.replace("http", "https").replace("127.0.0.1", "localhost"), ca=nginx.folder + "/certificate.pem")
        lines = nginx.access()
        self.assertTrue([x for x in lines if '"PROPFIND /litmus/ HTTP/1.1"' in x])
        for method in ("PROPFIND", "PUT", "MOVE", "GET", "DELETE"):  # rclone's
            self.assertTrue([x for x in lines if f'"{method} /rclone' in x and 'HTTP/2.0"' in x], method)

    def test_proxy_protocol(self):
        server = self.davit('[server]\ntrusted_proxies = ["127.0.0.1"]\nproxy_protocol = true\n')
        nginx = self.nginx(server, stream="proxy_pass %s:%d; proxy_protocol on;" % server.address)
        self.through(server, nginx.url, suites=["litmus"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
