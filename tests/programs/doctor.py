#!/usr/bin/env python3
"""`davit doctor` through real nginx set-ups: healthy ones yield no finding, and each one broken on purpose is named."""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../wire"), os.path.join(HERE, "../peers")]
import servers  # noqa: E402
from davit import Server  # noqa: E402
from nginx import Nginx, SOURCE, free_port, shipped  # noqa: E402


def doctor(url, *options, prefix=(), env=None):
    done = subprocess.run([*prefix, os.environ["DAVIT"], "doctor", *options, url], capture_output=True, text=True, timeout=100,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})
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

    def healthy(self, url, server, *options, env=None):
        code, out, err = doctor(url, *options, env=env)
        self.assertEqual((code, err), (0, ""), out)
        self.assertTrue(out.endswith("\nhealthy\n"), out)
        self.assertNotIn("FINDING", out)
        self.expect_clean(server)
        return out

    def named(self, url, check, hop, remedy):
        code, out, _ = doctor(url, "--json")
        said = json.loads(out)
        self.assertEqual((code, said["healthy"]), (1, False), out)
        self.assertTrue([f for f in said["findings"] if f["check"] == check and f["hop"] == hop and remedy in f["remedy"]], out)
        return said["findings"]


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
    "Host with a dot": (f"proxy_set_header Host dav.example.com; {PASS}", "", "collection", "Davit", "server.authorities"),
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
    "hrefs rewritten": (f'sub_filter_types application/xml; sub_filter "<D:href>" "<D:href>http://127.0.0.1:8080"; sub_filter_once off; {PASS}', "",
                        "addresses", "nginx", "sub_filter"),
    "Location rewritten": (f"proxy_redirect / http://127.0.0.1:8080/; {PASS}", "", "addresses", "nginx", "proxy_redirect off;"),
    "rewrite": (f"rewrite ^(.*)$ $1 break; {PASS}", "", "names", "nginx", "rewrite"),
    "nobody behind it": ("proxy_pass http://127.0.0.1:NOBODY;", "", "collection", "nginx", "server.listen"),
    "no location": (f"return 404; {PASS}", "", "collection", "nginx", "location"),
}


class Broken(Case):
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

    def test_slash_behind_a_location_that_strips(self):
        """What the remedy says helps. Paths are decoded there, which is the one finding left."""
        server = self.davit('[server]\ntrusted_proxies = ["127.0.0.1"]\n')
        block = (f"location /dav/ {{ client_max_body_size 0; proxy_request_buffering off; proxy_http_version 1.1; proxy_pass {server.url}/; "
                 "proxy_set_header X-Forwarded-Prefix /dav; }")
        url = self.nginx(block).url + "dav/"
        found = [f for f in self.named(url, "slashes", "nginx", "location = /dav {") if f["check"] == "slashes"]
        self.assertEqual(len(found), 1)
        remedy = re.search(r"location = .*?}", found[0]["remedy"])[0]
        code, out, _ = doctor(self.nginx(block + "\n" + remedy).url + "dav/")
        self.assertEqual([code, out.count("FINDING"), out.count("FINDING names")], [1, 1, 1], out)

    def test_requests_sent_twice(self):
        """Row 9: the first upstream does what it is asked and fails before it answers, and nginx asks the second."""
        server = self.davit()
        relay = self.relay(server, lose=True)
        upstreams = f"upstream both {{ server {relay} max_fails=0; server {server.url[7:]} backup; }}"
        nginx = self.nginx("location / { client_max_body_size 0; proxy_pass http://both; }", upstreams)
        self.named(nginx.url, "collection", "nginx", "proxy_next_upstream off;")
        self.expect_clean(server)

    def test_a_timeout_that_is_too_short(self):
        """Row 8."""
        server = self.davit()
        nginx = self.nginx(f"location / {{ proxy_read_timeout 100ms; proxy_pass http://{self.relay(server, delay=0.4)}; }}")
        self.named(nginx.url, "collection", "nginx", "proxy_read_timeout 300s;")
        time.sleep(0.5)
        self.expect_clean(server)

    def relay(self, server, delay=0.0, lose=False):
        """The address of a server that passes one request a connection on to Davit, and the answer back, late or not at all."""
        relay = socket.socket()
        relay.bind(("127.0.0.1", 0))
        relay.listen()
        self.addCleanup(relay.close)

        def pass_on(client):
            with client, socket.create_connection(server.address) as upstream:
                upstream.sendall(client.recv(65536))
                answer = upstream.recv(65536)
                time.sleep(delay)
                if not lose:
                    try:
                        client.sendall(answer)
                    except OSError:
                        pass  # nginx has given up

        def accept():
            while True:
                try:
                    client, _ = relay.accept()
                except OSError:
                    return
                threading.Thread(target=pass_on, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return "127.0.0.1:%d" % relay.getsockname()[1]

    def test_accel_redirect_to_another_folder(self):
        """Row 17."""
        server = self.davit('[server]\naccel_redirect = "/internal/"\ntrusted_proxies = ["127.0.0.1"]\n')
        good = (f"client_max_body_size 0; location / {{ proxy_pass {server.url}; proxy_http_version 1.1; proxy_request_buffering off; }} "
                "location /internal/ { internal; alias ROOT/; etag off; add_header ETag $upstream_http_etag; "
                "add_header X-Request-Id $upstream_http_x_request_id; }")
        os.chmod(server.root, 0o755)
        self.named(self.nginx(good.replace("ROOT", server.root).replace("etag off; add_header ETag $upstream_http_etag;", "")).url, "etags", "nginx", "etag off;")
        self.healthy(self.nginx(good.replace("ROOT", server.root)).url, server)
        self.named(self.nginx(good.replace("ROOT", "/nonexistent")).url, "bodies", "nginx", "alias of the internal location")
        self.expect_clean(server)

    def test_files_from_elsewhere(self):
        server = self.davit()
        nginx = self.nginx("client_max_body_size 0; location / { error_page 418 = @files; if ($request_method = GET) { return 418; } "
                           f"proxy_pass {server.url}; }} location @files {{ root FOLDER/none; }}")
        self.named(nginx.url, "bodies", "nginx", "X-Accel-Redirect")
        self.expect_clean(server)

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


def run(*command, **kwargs):
    subprocess.run(command, check=True, capture_output=True, **kwargs)


class Certificates:
    """An authority of its own, and certificates of it for localhost."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = self.path("authority.pem")
        run("openssl", "req", "-x509", *self.key("authority"), "-days", "3650", "-subj", "/CN=authority", "-out", self.authority)

    def path(self, name):
        return os.path.join(self.folder, name)

    def key(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.path(name + ".key")]

    def make(self, name, names="DNS:localhost,IP:127.0.0.1", days="30", when=None, issuer="authority", extra=""):
        run("openssl", "req", "-new", *self.key(name), "-subj", "/CN=" + name, "-out", self.path("request"))
        with open(self.path("extensions"), "w") as file:
            file.write(f"subjectAltName={names}\n{extra}")
        run(*(["faketime", "-f", when] if when else []), "openssl", "x509", "-req", "-in", self.path("request"), "-CA", self.path(issuer + ".pem"),
            "-CAkey", self.path(issuer + ".key"), "-CAcreateserial", "-days", days, "-extfile", self.path("extensions"), "-out", self.path(name + ".pem"))
        return name


class Tls(Case):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.certificates = Certificates(cls.place.name)
        cls.certificates.make("good")
        cls.trusting = {"SSL_CERT_FILE": cls.certificates.authority}

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def nginx_tls(self, server, certificate="good", location=None):
        port = free_port()
        path = self.certificates.path
        self.nginx("return 404;", f"server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {path(certificate + '.pem')}; "
                                  f"ssl_certificate_key {path(certificate + '.key')}; {location or shipped(server.url)} }}")
        return f"https://localhost:{port}/"

    def test_healthy(self):
        server = self.davit()
        url = self.nginx_tls(server)
        out = self.healthy(url, server, env=self.trusting)
        self.assertIn("ok      certificate\n", out)
        self.assertIn("ok      move\n", out)
        # By its address, which the certificate has as well.
        self.healthy(url.replace("localhost", "127.0.0.1"), server, env=self.trusting)

    def fault(self, certificate, sentence, remedy):
        server = self.davit()
        url = self.nginx_tls(server, certificate)
        code, out, _ = doctor(url, "--json", env=self.trusting)
        said = json.loads(out)
        self.assertEqual((code, said["checks"], len(said["findings"])), (1, ["certificate"], 1), out)
        finding = said["findings"][0]
        self.assertRegex(finding["sentence"], sentence)
        self.assertIn(remedy, finding["remedy"])
        self.assertTrue(finding["hop"].startswith("the program that terminates TLS for localhost:"))
        # Nothing was sent to somebody who may be anybody; with --insecure it is, and the fault is still named.
        self.assertEqual(server.read_log().count("MKCOL"), 0)
        code, out, _ = doctor(url, "--insecure", env=self.trusting)
        self.assertEqual((code, out.count("FINDING"), out.count("FINDING certificate")), (1, 1, 1), out)

    def test_expired(self):
        self.fault(self.certificates.make("old", days="1", when="-30d"), r"ran out on \w{3} .* GMT\.", "renew it")

    def test_not_yet_valid(self):
        self.fault(self.certificates.make("young", when="+30d"), "not valid before", "clock")

    def test_another_name(self):
        self.fault(self.certificates.make("other", "DNS:dav.example.com,DNS:www.example.com"),
                   "is for dav.example.com, www.example.com, and clients ask for localhost", "server_name")

    def test_self_signed(self):
        path = self.certificates.path
        run("openssl", "req", "-x509", *self.certificates.key("self"), "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-out", path("self.pem"))
        self.fault("self", "self-signed", "certbot")

    def test_a_chain_with_a_gap(self):
        self.certificates.make("between", extra="basicConstraints=critical,CA:TRUE\n")
        self.fault(self.certificates.make("leaf", issuer="between"), "issuer is not known here", "fullchain.pem")

    def test_plain_http_to_a_port_with_tls(self):
        url = self.nginx_tls(self.davit()).replace("https://", "http://")
        code, out, _ = doctor(url)
        self.assertEqual(code, 1)
        self.assertIn("Remedy: ask for " + url.replace("http://", "https://"), out)

    def test_tls_to_a_port_without(self):
        server = self.davit()
        code, out, err = doctor(server.url.replace("http://", "https://") + "/")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("no TLS with 127.0.0.1:", err)

    def test_redirected_to_tls(self):
        nginx = self.nginx("return 301 https://$host$request_uri;")
        code, out, _ = doctor(nginx.url)
        self.assertEqual(code, 1)
        self.assertIn("give them, and the doctor, the https:// address", out)


class Login(Case):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        os.chmod(place.name, 0o755)
        self.users = place.name + "/users"
        hashed = subprocess.run(["openssl", "passwd", "-6", "secret"], capture_output=True, text=True, check=True).stdout
        with open(self.users, "w") as file:
            file.write("anna:" + hashed)
        self.password = place.name + "/password"
        with open(self.password, "w") as file:
            file.write("secret\n")
        self.asked = f'auth_basic "x"; auth_basic_user_file {self.users};'

    def front(self, before, server):
        return self.nginx(f"location / {{ client_max_body_size 0; proxy_request_buffering off; proxy_http_version 1.1; {before} proxy_pass {server.url}; }}").url

    def find(self, url, check, hop, remedy, *options, password="secret"):
        code, out, _ = doctor(url, "--json", "--user", "anna", *options, env={"DAVIT_PASSWORD": password})
        said = json.loads(out)
        self.assertEqual(code, 1, out)
        found = [f for f in said["findings"] if f["check"] == check and f["hop"] == hop and remedy in f["remedy"]]
        self.assertEqual(len(found), 1, out)
        return said, found[0]

    def test_healthy(self):
        server = self.davit()
        url = self.front(self.asked, server)
        self.assertIn("ok      login\n", self.healthy(url, server, "--user", "anna", "--password-file", self.password))
        self.assertNotIn("ADVICE", self.healthy(url, server, "--user", "anna", env={"DAVIT_PASSWORD": "secret"}))

    def test_no_login_given(self):
        code, out, _ = doctor(self.front(self.asked, self.davit()))
        self.assertEqual(code, 1)
        self.assertIn("--user NAME", out)

    def test_a_wrong_password(self):
        server = self.davit()
        said, _ = self.find(self.front(self.asked, server), "login", "nginx", "right name and password", password="wrong")
        self.assertEqual(said["checks"], ["login"])

    def test_a_method_that_is_let_through(self):
        """Row 13."""
        server = self.davit()
        url = self.front(f"limit_except OPTIONS HEAD {{ {self.asked} }}", server)
        _, found = self.find(url, "login", "Davit", "auth_basic for every method")
        self.assertTrue(found["sentence"].startswith("OPTIONS, HEAD is answered without a login"), found)

    def davit_asks(self, more=""):
        server = self.davit(f'[auth]\nusers = "{self.users}"\n' + more)
        return server

    def test_davit_asks(self):
        server = self.davit_asks()
        self.assertIn("ok      login\n", self.healthy(server.url + "/", server, "--user", "anna", "--password-file", self.password))
        said, _ = self.find(server.url + "/", "login", "Davit", "davit user add", password="wrong")
        self.assertEqual(said["checks"], ["login"])

    def test_a_login_that_is_lost_on_the_way(self):
        """Row 13."""
        server = self.davit_asks()
        self.find(self.front('proxy_set_header Authorization "";', server), "login", "nginx", "proxy_set_header Authorization")

    def test_two_logins(self):
        """Row 13: nginx asks for one of its own, and Davit for another."""
        server = self.davit_asks()
        self.find(self.front(self.asked + ' proxy_set_header Authorization "";', server), "login", "Davit", "take auth_basic away")

    def beyond(self, config, before=""):
        """Davit as whoever comes by another machine's plain http finds it."""
        server = self.davit('[server]\ntrusted_proxies = ["127.0.0.1"]\n[auth]\n' + config)
        return self.front(f"proxy_set_header X-Forwarded-For 192.0.2.7; proxy_set_header X-Forwarded-Proto http; {before}", server)

    def test_a_login_in_the_clear(self):
        url = self.beyond(f'users = "{self.users}"\n')
        said, found = self.find(url, "login", "Davit", "tls.listen and tls.certificate")
        self.assertIn("in the clear", found["sentence"])
        self.assertEqual((said["checks"], len(said["findings"])), (["login"], 1))
        # The keys it names are keys.
        with open(os.path.join(SOURCE, "docs/configuration.md"), encoding="utf-8") as file:
            page = file.read()
        for key in re.findall(r"(?:server|tls|auth)\.\w+", found["remedy"]):
            self.assertIn(f"`{key}`", page)
        # Nor does it say that nobody asks when it was given no login.
        code, out, _ = doctor(url, "--json")
        self.assertEqual(code, 1)
        self.assertNotIn("Nobody asks", out)

    def test_a_proxy_that_names_nobody(self):
        url = self.beyond('user_header = "X-Remote-User"\n')
        said, _ = self.find(url, "login", "nginx", "auth.user_header")
        self.assertEqual(said["checks"], ["login"])
        # Without a login of the doctor's the folder is not to blame either.
        found = self.named(url, "collection", "nginx", "proxy_set_header with the field of auth.user_header")
        self.assertIn("403: Davit expects a proxy to name the user", found[0]["sentence"])
        self.assertFalse([f for f in found if "right to write" in f["remedy"]], found)
        # Whoever is named is let in, and nobody else: that is a login too.
        url = self.beyond('user_header = "X-Remote-User"\n', "proxy_set_header X-Remote-User $remote_user;")
        code, out, _ = doctor(url, "--user", "anna", "--password-file", self.password)
        self.assertEqual(code, 0, out)
        self.assertIn("ok      login\n", out)

    def test_nobody_asks(self):
        server = self.davit()
        self.assertIn("ADVICE  login: No login is required", self.healthy(server.url + "/", server, "--user", "anna", "--password-file", self.password))

    def test_no_password(self):
        for file in ("/nonexistent", "/dev/null", "/dev/zero"):
            code, out, err = doctor("http://127.0.0.1:1/", "--user", "anna", "--password-file", file)
            self.assertEqual((code, out), (2, ""))
            self.assertIn("no password can be read from " + file, err)

    def test_a_preflight_that_is_asked_for_a_login(self):
        """Row 14."""
        server = self.davit()
        self.find(self.front(self.asked, server), "browsers", "nginx", "leave the login to Davit", "--origin", "https://app.example")


class Wishes(Case):
    def test_large(self):
        server = self.davit()
        self.assertIn("ok      large\n", self.healthy(self.nginx(shipped(server.url)).url, server, "--large"))

    def test_too_large(self):
        server = self.davit()
        nginx = self.nginx(f"location / {{ client_max_body_size 50m; proxy_pass {server.url}; }}")
        code, out, _ = doctor(nginx.url, "--large")
        self.assertEqual(code, 1)
        self.assertIn("FINDING large: PUT of 100 MB was answered 413 by nginx.", out)

    def test_a_page_nobody_told_davit_of(self):
        code, out, _ = doctor(self.davit().url + "/", "--origin", "https://app.example")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"FINDING browsers: .*\n +At fault: Davit\. Remedy: Davit: name https://app\.example under cors\.origins")

    def management(self):
        server = self.davit('[server]\nmanagement = ["127.0.0.1:0"]\n')
        return server, "http://%s:%d/" % server.management

    def test_health(self):
        server, url = self.management()
        self.assertIn("ok      health\n", self.healthy(server.url + "/", server, "--management", url))

    def test_health_behind_a_login(self):
        """Row 20."""
        server, url = self.management()
        nginx = self.nginx(f'location / {{ auth_basic "x"; auth_basic_user_file FOLDER/none; proxy_pass {url}; }}')
        code, out, _ = doctor(server.url + "/", "--management", nginx.url)
        self.assertEqual((code, out.count("FINDING health")), (1, 2))
        self.assertIn("At fault: nginx. Remedy: nginx: auth_basic off;", out)

    def test_health_of_the_public_address(self):
        server = self.davit()
        code, out, _ = doctor(server.url + "/", "--management", server.url)
        self.assertEqual(code, 1)
        self.assertIn("server.management is a listener of its own", out)

    def test_health_of_nobody(self):
        code, out, _ = doctor(self.davit().url + "/", "--management", f"http://127.0.0.1:{free_port()}/")
        self.assertEqual(code, 1)
        self.assertIn("FINDING health: No server answers at http://127.0.0.1:", out)


class OtherServers(Case):
    """A server that is not Davit is named, and judged by the RFCs; no proxy is blamed, and no setting of nginx or Davit."""

    def peer(self, name):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        os.chmod(place.name, 0o755)
        os.mkdir(place.name + "/root")
        server = servers.make(name)
        self.addCleanup(server.stop)
        return server.start(place.name + "/root"), place.name + "/root"

    def judged(self, url, named, *options):
        code, out, err = doctor(url, "--json", *options)
        said = json.loads(out)
        self.assertIn(named, said["server"], out)
        self.assertEqual(err, "")
        for finding in said["findings"]:
            for word in ("a proxy", "nginx: ", "Davit: ", "proxy_", "davit user"):
                self.assertNotIn(word, finding["hop"] + finding["sentence"] + finding["remedy"], out)
        return code, said

    def test_healthy_servers_are_healthy_under_their_own_name(self):
        for name, named in (("mod_dav", "Apache"), ("lighttpd", "lighttpd")):
            with self.subTest(name):
                url, root = self.peer(name)
                code, said = self.judged(url, named)
                self.assertEqual((code, said["healthy"]), (0, True), said)
                self.assertIn("locks", said["checks"])
                self.assertEqual([x for x in os.listdir(root) if x.startswith("davit-doctor")], [])
                self.assertIn(f"This is not Davit. It seems to be {said['server']}, and is judged by the RFCs", doctor(url)[1])

    def test_what_clients_need_is_missed(self):
        url, root = self.peer("rclone")
        code, said = self.judged(url, "")
        self.assertTrue([f for f in said["findings"] if "RFC" in f["remedy"] or "none, or another server" in f["remedy"]] or said["healthy"], said)
        self.assertEqual([x for x in os.listdir(root) if x.startswith("davit-doctor")], [])

    def listener(self, answer):
        """The port of a server that gives every connection the same bytes."""
        server = socket.socket()
        server.bind(("127.0.0.1", 0))
        server.listen()
        self.addCleanup(server.close)

        def serve():
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    client.recv(65536)
                    client.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1]

    def test_a_web_server_without_webdav(self):
        for head, named in ((b"Server: SimpleHTTP/0.6 Python/3.11\r\n", "SimpleHTTP"), (b"", "a server that does not name itself")):
            port = self.listener(b"HTTP/1.1 501 Unsupported method\r\n" + head + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
            code, said = self.judged(f"http://127.0.0.1:{port}/", named)
            self.assertEqual((code, len(said["findings"])), (1, 1), said)
            self.assertIn("no WebDAV server answers at this address", said["findings"][0]["sentence"])

    def test_davit_alone_is_not_blamed_on_a_proxy(self):
        server = self.davit('[locks]\ntimeout_max = "1min"\n')
        code, out, _ = doctor(server.url + "/")
        self.assertEqual(code, 1, out)
        self.assertIn("At fault: Davit. Remedy: Davit: locks.timeout_min, locks.timeout_max\n", out)
        self.assertNotIn("nginx", out)

    def test_plain_http_on_a_port_that_speaks_tls(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        keys = Certificates(place.name)
        keys.make("own")
        port = free_port()
        self.nginx("return 404;", f"server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {keys.path('own.pem')}; ssl_certificate_key {keys.path('own.key')}; }}")
        davit = Server(args=("--listen", "127.0.0.1:0"), config=f'[tls]\nlisten = ["127.0.0.1:0"]\ncertificate = "{keys.path("own.pem")}"\nkey = "{keys.path("own.key")}"\n')
        self.addCleanup(davit.stop)
        tls = int(re.search(r"https://127.0.0.1:(\d+)/", davit.process.stdout.readline().decode())[1])
        for port, words in ((port, "The plain HTTP request was sent to HTTPS port"), (tls, "There is TLS at this port")):
            code, out, err = doctor(f"http://127.0.0.1:{port}/a/")
            self.assertEqual((code, err), (1, ""), out)
            self.assertIn(words, out)
            self.assertIn(f"Remedy: ask for https://127.0.0.1:{port}/a/\n", out)
            self.assertEqual(out.count("FINDING"), 1, out)
            self.assertNotIn("large_client_header_buffers", out)
        for said in (b"Client sent an HTTP request to an HTTPS server.\n", b"<html><body>Reason: You're speaking plain HTTP to an SSL-enabled server port.</body></html>"):
            port = self.listener(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" + said)
            self.assertIn("ask for https://", doctor(f"http://127.0.0.1:{port}/")[1])

    def test_tls_on_a_port_that_speaks_plain_http(self):
        server = self.davit()
        code, out, err = doctor(server.url.replace("http", "https") + "/")
        self.assertEqual((code, out), (2, ""))
        self.assertIn(f"this port answers plain HTTP, ask for {server.url}/", err)

    def test_an_answer_of_400_is_quoted(self):
        port = self.listener(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nConnection: close\r\n\r\nno such tenant")
        code, out, _ = doctor(f"http://127.0.0.1:{port}/")
        self.assertEqual(code, 1)
        self.assertIn("which says: no such tenant", out)
        self.assertNotIn("large_client_header_buffers", out)


class Command(Case):
    def test_what_cannot_be_asked(self):
        for url, word in (("localhost", "a URL such as"), ("http://u:p@h/", "everyone who sees the command sees a password in a URL"),
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
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        port, old = free_port(), Certificates(place.name)
        old.make("old", days="1", when="-30d")
        self.nginx("return 404;", f"server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {old.path('old.pem')}; ssl_certificate_key {old.path('old.key')}; }}")
        for url in (server.url + "/", broken.url, f"https://127.0.0.1:{port}/"):
            _, out, _ = doctor(url, env={"SSL_CERT_FILE": old.authority})
            out = re.sub(r"\w{3} [ \d]\d [\d:]{8} \d{4} GMT", "Oct 27 19:25:04 2026 GMT", out)
            out = re.sub(r"127\.0\.0\.1:\d+", "dav.example.com", out)
            out = re.sub(r"davit-doctor-[0-9a-f]{8}", "davit-doctor-5f0c1a7e", out)
            out = re.sub(r'ETag W/"[^"]*"', 'ETag W/"a75341-1000-18eb"', out)
            for line in out.splitlines():
                self.assertIn(f"\n    {line}\n", page)


if __name__ == "__main__":
    unittest.main()
