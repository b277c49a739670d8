#!/usr/bin/env python3
"""`davit doctor` through real nginx set-ups: healthy ones yield no finding, and each one broken on purpose is named."""
import json
import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../wire")]
from davit import Server  # noqa: E402
from nginx import Nginx, SOURCE, free_port, shipped  # noqa: E402


def doctor(url, *options, prefix=()):
    done = subprocess.run([*prefix, os.environ["DAVIT"], "doctor", *options, url], capture_output=True, text=True, timeout=100)
    return done.returncode, done.stdout, done.stderr


class Case(unittest.TestCase):
    def davit(self, config=None, args=()):
        server = Server(config=config, args=args)
        self.addCleanup(server.stop)
        server.url = "http://%s:%d" % server.address if isinstance(server.address, tuple) else f"http://unix:{server.address}:"
        return server

    def nginx(self, server, http=""):
        nginx = Nginx(server, http)
        self.addCleanup(nginx.stop)
        return nginx

    def expect_clean(self, server):
        self.assertEqual([x for x in os.listdir(server.root) if x.startswith("davit-doctor")], [])

    def healthy(self, url, server):
        code, out, err = doctor(url)
        self.assertEqual((code, err), (0, ""), out)
        self.assertTrue(out.endswith("\nhealthy\n"), out)
        self.assertNotIn("FINDING", out)
        self.expect_clean(server)
        return out


class Healthy(Case):
    def test_directly(self):
        server = self.davit()
        self.healthy(server.url + "/", server)

    def test_through_the_shipped_configuration(self):
        server = self.davit()
        self.assertNotIn("ADVICE", self.healthy(self.nginx(shipped(server.url)).url, server))

    def test_a_folder_below_the_root(self):
        server = self.davit()
        os.mkdir(os.path.join(server.root, "a b"))
        self.healthy(self.nginx(shipped(server.url)).url + "a%20b", server)

    def test_unix_socket(self):
        path = f"/tmp/davit-doctor-{os.getpid()}.sock"
        server = self.davit(args=("--listen", f"unix:{path}"))
        self.healthy(self.nginx(shipped(server.url)).url, server)

    def test_prefix_kept(self):
        server = self.davit('[server]\nbase_path = "/dav"\n')
        nginx = self.nginx(f"location /dav {{ proxy_pass {server.url}; client_max_body_size 0; }}")
        self.healthy(nginx.url + "dav/", server)

    def test_prefix_stripped(self):
        server = self.davit('[server]\nbase_path = "/dav"\nbase_path_stripped = true\n')
        nginx = self.nginx(f"location /dav/ {{ rewrite ^/dav(/.*)$ $1 break; proxy_pass {server.url}; client_max_body_size 0; }}\n"
                           f"location = /dav {{ proxy_pass {server.url}/; }}")
        code, out, _ = doctor(nginx.url + "dav/")
        # A rewrite decodes the path, which is a finding; nothing else is one.
        self.assertEqual([code, out.count("FINDING"), out.count("FINDING names")], [1, 1, 1], out)

    def test_the_recipe_with_two_slashes(self):
        """Row 2: //path in Destination, accepted."""
        server = self.davit()
        nginx = self.nginx('location / { set $dest $http_destination; if ($http_destination ~ "^https?://[^/]*(?<path>(.+))") '
                           f"{{ set $dest /$path; }} proxy_set_header Destination $dest; client_max_body_size 0; proxy_pass {server.url}; }}")
        self.healthy(nginx.url, server)

    def test_http_1_0_and_buffers(self):
        server = self.davit()
        nginx = self.nginx(f"location / {{ proxy_pass {server.url}; client_max_body_size 0; proxy_request_buffering on; }}")
        out = self.healthy(nginx.url, server)
        self.assertIn("ADVICE  streaming: Uploads are stored on the way", out)
        self.assertIn("At fault: nginx. Remedy: nginx: proxy_request_buffering off;", out)


# What is broken: in the location (DAVIT is its proxy_pass), before the server block; the check, the hop and words of the remedy.
PASS = "proxy_pass DAVIT;"
BROKEN = {
    "client_max_body_size": (f"client_max_body_size 1m; {PASS}", "", "bodies", "nginx", "client_max_body_size 0;"),
    "client_max_body_size for chunks": (f"client_max_body_size 64k; {PASS}", "", "bodies", "nginx", "client_max_body_size 0;"),
    "limit_except": (f"limit_except GET PUT MKCOL DELETE PROPFIND {{ deny all; }} {PASS}", "", "methods", "nginx", "limit_except"),
    "limit_except of all": (f"limit_except GET {{ deny all; }} {PASS}", "", "collection", "nginx", "limit_except"),
    "if method": (f"if ($request_method !~ ^(GET|HEAD|PUT|MKCOL|DELETE|PROPFIND|OPTIONS)$) {{ return 405; }} {PASS}", "", "methods", "nginx",
                  "$request_method"),
    "OPTIONS answered": (f"if ($request_method = OPTIONS) {{ return 204; }} {PASS}", "", "methods", "nginx", "OPTIONS"),
    "login": (f'auth_basic "x"; auth_basic_user_file FOLDER/none; {PASS}', "", "collection", "nginx", "login"),
    "path behind the host": ("proxy_pass DAVIT/;", "", "names", "nginx", "without a path"),
    "$uri": ("set $up DAVIT; proxy_pass $up$uri;", "", "names", "nginx", "$uri"),
    "Destination empty": (f'set $dest ""; if ($http_destination ~ "^https://[^/]+(/.*)$") {{ set $dest $1; }} proxy_set_header Destination $dest; {PASS}',
                          "", "move", "nginx", "Destination"),
    "Destination elsewhere": (f'if ($http_destination ~ "^https?://[^/]+/(.*)$") {{ set $dest /x-$1; }} proxy_set_header Destination $dest; {PASS}',
                              "", "move", "nginx or Davit", "Destination"),
    "Destination renamed": (f'proxy_set_header Destination "$http_destination-x"; {PASS}', "", "move", "nginx", "Destination"),
    "gzip": (f"gzip on; gzip_min_length 100; {PASS}", "", "etags", "nginx", "gzip off;"),
    "ETag hidden": (f"proxy_hide_header ETag; {PASS}", "", "etags", "nginx", "proxy_hide_header ETag"),
    "Depth": (f'proxy_set_header Depth ""; {PASS}', "", "addresses", "nginx", "Depth"),
    "Overwrite": (f'proxy_set_header Overwrite ""; {PASS}', "", "move", "nginx", "Overwrite"),
    "If": (f'proxy_set_header If ""; {PASS}', "", "locks", "nginx", "empties If"),
    "If-Match": (f'proxy_set_header If-Match ""; {PASS}', "", "conditions", "nginx", "If-Match"),
    "If-None-Match": (f'proxy_set_header If-None-Match ""; {PASS}', "", "conditions", "nginx", "If-None-Match"),
    "Timeout": (f'proxy_set_header Timeout ""; {PASS}', "", "locks", "nginx or Davit", "empties Timeout"),
    "Lock-Token lost": (f'proxy_set_header Lock-Token ""; {PASS}', "", "locks", "nginx", "empties Lock-Token"),
    "Lock-Token hidden": (f"proxy_hide_header Lock-Token; {PASS}", "", "locks", "nginx", "proxy_hide_header Lock-Token"),
    "Range": (f'proxy_set_header Range ""; {PASS} ', "", "content", "nginx", "Range"),
    "X-Request-Id hidden": (f"proxy_hide_header X-Request-Id; {PASS}", "", "answers", "nginx", "X-Request-Id"),
    "errors intercepted": (f"proxy_intercept_errors on; error_page 404 403 412 423 /error.html; {PASS}", "", "answers", "nginx", "proxy_intercept_errors off;"),
    "errors made well": (f"proxy_intercept_errors on; error_page 404 =200 @page; {PASS} }} location @page {{ return 200 fine;", "", "answers", "nginx",
                         "proxy_intercept_errors off;"),
    "folder redirected": (f"rewrite ^(.*davit-doctor-[^/.]*)$ $1/ permanent; {PASS}", "", "slashes", "nginx", "without the slash"),
    "short header buffers": (PASS, "large_client_header_buffers 4 2k;", "conditions", "nginx", "large_client_header_buffers"),
    "cache": (f"proxy_cache c; proxy_cache_valid 200 1m; {PASS}", "proxy_cache_path FOLDER/cache keys_zone=c:1m;", "content", "nginx", "proxy_cache"),
    "nobody behind it": ("proxy_pass http://127.0.0.1:NOBODY;", "", "collection", "nginx", "server.listen"),
    "no location": (f"return 404; {PASS}", "", "collection", "nginx", "location"),
}


class Broken(Case):
    def named(self, url, check, hop, remedy):
        code, out, _ = doctor(url, "--json")
        said = json.loads(out)
        self.assertEqual((code, said["healthy"]), (1, False), out)
        self.assertTrue([f for f in said["findings"] if f["check"] == check and f["hop"] == hop and remedy in f["remedy"]], out)
        return said["findings"]

    def test_each(self):
        server = self.davit()
        for name, (location, http, check, hop, remedy) in BROKEN.items():
            with self.subTest(name):
                size = "proxy_request_buffering off; proxy_http_version 1.1;" + ("" if "client_max_body_size" in location else "client_max_body_size 0;")
                text = location.replace("DAVIT", server.url).replace("NOBODY", str(free_port()))
                nginx = Nginx(f"{size} location / {{ {text} }}", http)
                try:
                    found = self.named(nginx.url, check, hop, remedy)
                    # Nothing that works is blamed: one cause, the check that shows it, at most two that suffer from it.
                    self.assertLessEqual(len({f["check"] for f in found if not f["advice"]}), 3, found)
                finally:
                    nginx.stop()
                self.expect_clean(server)

    def prefix(self, config, location, check, remedy, tail="dav/"):
        server = self.davit(config)
        nginx = self.nginx(f"client_max_body_size 0; {location.replace('DAVIT', server.url)}")
        self.named(nginx.url + tail, check, "Davit", remedy)
        self.expect_clean(server)

    def test_prefix_stripped_and_nobody_told_davit(self):
        self.prefix(None, "location /dav/ { proxy_pass DAVIT/; }", "addresses", 'server.base_path = "/dav"')

    def test_prefix_stripped_and_waited_for(self):
        self.prefix('[server]\nbase_path = "/dav"\n', "location /dav/ { proxy_pass DAVIT/; }", "collection", "server.base_path_stripped = true")

    def test_prefix_kept_and_nobody_told_davit(self):
        self.prefix(None, "location /dav/ { proxy_pass DAVIT; }", "collection", 'server.base_path = "/dav"')

    def test_prefix_nobody_uses(self):
        self.prefix('[server]\nbase_path = "/dav"\nbase_path_stripped = true\n', "location / { proxy_pass DAVIT; }", "addresses", "take away server.base_path", "")

    def test_slash_behind_the_location(self):
        server = self.davit('[server]\nbase_path = "/dav"\n')
        nginx = self.nginx(f"client_max_body_size 0; location /dav/ {{ proxy_pass {server.url}; }}")
        self.named(nginx.url + "dav/", "slashes", "nginx", "location /dav without the slash")

    def test_authorities(self):
        self.prefix('[server]\nauthorities = ["dav.example.com"]\n', "location / { proxy_set_header Host upstream; proxy_pass DAVIT; }", "move",
                    "server.authorities", "")

    def test_read_only(self):
        server = self.davit(args=("--read-only",))
        self.named(server.url + "/", "collection", "Davit", "server.read_only")

    def test_clock(self):
        server = self.davit()
        code, out, _ = doctor(server.url + "/", prefix=("faketime", "-f", "+600s"))
        self.assertEqual(code, 1, out)
        self.assertRegex(out, r"FINDING clock: The clock of Davit and the one here are \d+ s apart\.")


class Command(Case):
    def test_what_cannot_be_asked(self):
        for url, word in (("https://localhost/", "no TLS"), ("localhost", "a URL such as"), ("http://u:p@h/", "without user"),
                          ("http://127.0.0.1:%d/" % free_port(), "no connection")):
            code, out, err = doctor(url)
            self.assertEqual((code, out), (2, ""), url)
            self.assertIn(word, err)
        self.assertEqual(subprocess.run([os.environ["DAVIT"], "doctor"], capture_output=True).returncode, 2)

    def test_the_page_shows_what_it_says(self):
        with open(os.path.join(SOURCE, "docs/doctor.md"), encoding="utf-8") as file:
            page = file.read()
        server = self.davit()
        broken = self.nginx(f"location / {{ gzip on; proxy_pass {server.url}/; }}")
        for url in (server.url + "/", broken.url):
            _, out, _ = doctor(url)
            out = re.sub(r"127\.0\.0\.1:\d+", "dav.example.com", out)
            out = re.sub(r"davit-doctor-[0-9a-f]{8}", "davit-doctor-5f0c1a7e", out)
            out = re.sub(r'ETag W/"[^"]*"', 'ETag W/"a75341-1000-18eb"', out)
            for line in out.splitlines():
                self.assertIn(f"\n    {line}\n", page)


if __name__ == "__main__":
    unittest.main()
