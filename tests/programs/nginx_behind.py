#!/usr/bin/env python3
"""What Davit and the files of config/nginx do for one another, through a real nginx (docs/behind-nginx.md)."""
import base64
import glob
import hashlib
import os
import re
import socket
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../wire")]
from davit import Connection, Server, lockinfo, multistatus, one, propfind_body, wait_until  # noqa: E402
from nginx import SOURCE, Nginx, url_of  # noqa: E402

TRUSTING = '[server]\ntrusted_proxies = ["127.0.0.1", "unix"]\n'
# What a client might say in nginx's name.
FORGED = {"X-Forwarded-For": "198.51.100.1", "Forwarded": "for=198.51.100.2", "X-Real-IP": "198.51.100.3", "X-Request-Id": "forged",
          "X-Forwarded-Prefix": "/forged", "traceparent": f"00-{'f0' * 16}-{'e0' * 8}-01"}


def text_of(name):
    with open(os.path.join(SOURCE, name), encoding="utf-8") as file:
        return file.read()


def recipes(name):
    """The locations of a page or of a configuration file that pass requests on."""
    return [block for block in re.findall(r"^ *location [^\n]*\{\n.*?^ *\}$", text_of(name), re.M | re.S) if "proxy_pass" in block]


class Breaker:
    """Passes requests on to Davit, waits for the answers, and hangs up without giving any back."""

    def __init__(self, davit):
        self.davit, self.seen = davit, []
        self.path = tempfile.mktemp(prefix="davit-breaker-", suffix=".sock")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(8)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            head = client.recv(65536)
            davit = Connection(self.davit)
            davit.send(head)
            self.seen.append(davit.read().status)
            davit.close()
            client.close()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        os.unlink(self.path)


class Behind(unittest.TestCase):
    def start(self, include, config=TRUSTING, http="", **kwargs):
        self.server = Server(config=config)
        self.addCleanup(self.server.stop)
        url = url_of(self.server.address)
        self.nginx = Nginx(include.replace("http://127.0.0.1:8080", url), http, davit=url, root=self.server.root, **kwargs)
        self.addCleanup(self.nginx.stop)

    def request(self, method, path, headers=None, body=None, source=None):
        address = ("127.0.0.1", self.nginx.port)
        connection = Connection(address)
        if source:
            connection.close()
            connection.socket = socket.create_connection(address, 20, (source, 0))
        try:
            return self.server.request(method, path, headers, body, connection=connection)
        finally:
            connection.close()


class Address(Behind):
    def test_of_the_client_whatever_it_says(self):
        self.start("include davit.conf;")
        answer = self.request("PROPFIND", "/", {**FORGED, "Depth": "0"}, source="127.0.0.2")
        line = self.server.log_line(answer.header("X-Request-Id"))
        self.assertIn(" client=127.0.0.2 peer=127.0.0.1", line)
        self.assertEqual(multistatus(answer)[0][0], "/")
        self.assertNotRegex(line, "forged|f0f0")

    def test_of_a_user(self):
        """Whom nginx names has logged in there, and nobody names himself."""
        config = TRUSTING + '[auth]\nuser_header = "X-Remote-User"\ngroups_header = "X-Remote-Groups"\n'
        claims = {"X-Remote-User": "anna", "X-Remote-Groups": "admins", "Authorization": "Basic " + base64.b64encode(b"anna:x").decode()}
        self.start("include davit.conf;", config)
        self.assertEqual(self.request("GET", "/", claims).status, 403)
        self.nginx.stop()
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            with open(folder + "/users", "w", encoding="utf-8") as file:
                file.write("anna:{PLAIN}secret\nzoe:{PLAIN}secret\n")
            recipe, = recipes("docs/login.md")
            self.assertIn("auth_basic_user_file /etc/nginx/users;", recipe)
            self.nginx = Nginx(recipe.replace("/etc/nginx/users", folder + "/users").replace("http://127.0.0.1:8080", url_of(self.server.address)))
            self.addCleanup(self.nginx.stop)
            self.assertEqual(self.request("GET", "/", claims).status, 401)
            claims["Authorization"] = "Basic " + base64.b64encode(b"zoe:secret").decode()
            answer = self.request("PROPFIND", "/", {**claims, **FORGED, "Depth": "0"}, source="127.0.0.2")
            self.assertEqual(multistatus(answer)[0][0], "/")
            line = self.server.log_line(answer.header("X-Request-Id"))
            self.assertIn('user="zoe"', line)
            self.assertIn(" client=127.0.0.2 peer=127.0.0.1", line)
            self.assertNotRegex(line, "forged|f0f0")

    def test_one_id_and_the_reason_in_both_logs(self):
        self.start("include davit.conf;")
        self.request("PUT", "/f", body=b"x")
        self.request("LOCK", "/f", {"Timeout": "Second-60"}, lockinfo())
        answer = self.request("PUT", "/f", body=b"y")
        self.assertEqual(answer.header("X-Dav-Error-Code"), "locked")
        found = lambda: [x for x in self.nginx.access() if f" id={answer.header('X-Request-Id')} " in x]
        wait_until(found)
        line = found()
        self.assertEqual(len(line), 1)
        self.assertIn(" code=locked ", line[0])


class Slashes(Behind):
    def test_a_collection_below_a_path_is_one_without_its_slash(self):
        told = TRUSTING + 'public_urls = ["http://127.0.0.1/dav"]\n'
        for include, config in (("davit-stripped.conf", TRUSTING), ("davit-prefix.conf", told)):
            with self.subTest(include):
                self.start(f"include {include};", config)
                self.request("PUT", "/dav/f", body=b"x")
                answer = self.request("PROPFIND", "/dav", {"Depth": "1"})
                self.assertEqual([href for href, *_ in multistatus(answer)], ["/dav/", "/dav/f"])
                answer = self.request("OPTIONS", "/dav")
                self.assertEqual((answer.status, answer.header("Location")), (200, None))
                self.assertIn("1", answer.header("DAV"))
                # All of nginx's part holds there too: a client's word about its address is none.
                answer = self.request("PROPFIND", "/dav?x", {"Depth": "0", "X-Forwarded-For": "198.51.100.1", "X-Forwarded-Prefix": "/forged"},
                                      source="127.0.0.2")
                self.assertEqual(multistatus(answer)[0][0], "/dav/")
                self.assertIn(" client=127.0.0.2 ", self.server.log_line(answer.header("X-Request-Id")))


class Above(Behind):
    def test_clients_may_walk_up_to_the_root_and_the_site_keeps_it(self):
        told = TRUSTING + 'public_urls = ["http://127.0.0.1/dav"]\n'
        site = "location / { return 200 site; }"
        for include, config, listed in (("davit-stripped.conf", TRUSTING, ["/"]), ("davit-prefix.conf", told, ["/", "/dav/"])):
            with self.subTest(include):
                self.start(f"include {include}; {site}", config)
                self.request("PUT", "/dav/f", body=b"x")
                options = self.request("OPTIONS", "/")
                self.assertEqual((options.status, options.header("DAV").split(", ")[:2]), (200, ["1", "2"]))
                answer = self.request("PROPFIND", "/", {"Depth": "1"}, propfind_body("<D:resourcetype/>"))
                self.assertEqual([href for href, *_ in multistatus(answer)], listed)
                answer = self.request("PROPFIND", "/", {"Depth": "0", "X-Forwarded-For": "198.51.100.1"}, source="127.0.0.2")
                self.assertEqual([href for href, *_ in multistatus(answer)], ["/"])
                self.assertIn(" client=127.0.0.2 ", self.server.log_line(answer.header("X-Request-Id")))
                for method, path in (("GET", "/"), ("PUT", "/"), ("OPTIONS", "/other"), ("PROPFIND", "/other/")):
                    self.assertEqual(self.request(method, path).body, b"site", (method, path))


class Spellings(Behind):
    def test_hrefs_begin_as_the_client_wrote_its_url(self):
        told = TRUSTING + 'public_urls = ["http://127.0.0.1/dav"]\n'
        for include, config, start in (("davit.conf", TRUSTING, ""), ("davit-prefix.conf", told, "/dav"), ("davit-stripped.conf", TRUSTING, "/dav")):
            self.start(f"include {include};", config)
            for name in ("a,b", "a%2Cb", "a%2cb", "a&b", "a%26b", "par%20(2)", "par%20%282%29", "it's", "it%27s", "x$y", "x%24y", "a+b", "a%2Bb"):
                with self.subTest(include, name=name):
                    base = f"{start}/{name}/"
                    self.request("MKCOL", base)
                    self.request("PUT", base + "f", body=b"x")
                    for url in (base, "/" + base):
                        answer = self.request("PROPFIND", url, {"Depth": "1"})
                        self.assertEqual([href for href, *_ in multistatus(answer)], [base, base + "f"])
                    moved = self.request("MOVE", base + "f", {"Destination": f"http://127.0.0.1:{self.nginx.port}{base}g"})
                    self.assertEqual(moved.header("Location"), f"http://127.0.0.1:{self.nginx.port}{base}g")
                    self.request("DELETE", base)

    def test_a_prefix_that_is_written_in_another_way(self):
        self.start("include davit-stripped.conf;")
        self.request("PUT", "/dav/f%20g", body=b"x")
        for url in ("/%64av/f%20g", "/x/../dav/f%20g", "/./dav/f%20g", "//dav/f%20g"):
            self.assertEqual(self.request("GET", url).body, b"x", url)


class Recipes(unittest.TestCase):
    def believed(self):
        """The fields Davit takes from trusted proxies, as docs/behind-nginx.md lists them, and those for a login by the usual names."""
        table = text_of("docs/behind-nginx.md").split("| Field | Means |\n|---|---|\n")[1].split("\n\n")[0]
        fields = set(re.findall(r"`(X-[\w-]+|Forwarded|traceparent)`", "".join(row.split("|")[1] for row in table.splitlines())))
        read = re.findall(r'(?:joined|custom)\("([\w-]+)"\)', text_of("src/http/forwarding.cpp"))
        self.assertGreaterEqual(fields, {*read, "Forwarded", "X-Request-Id", "traceparent"}, "the page names each field that is read")
        return fields | {"X-Remote-User", "X-Remote-Groups"}

    def test_each_sets_what_davit_believes_or_takes_it_away(self):
        """Wherever one is printed or shipped: whoever takes it over gives clients no say."""
        believed, found = self.believed(), []
        for pattern in ("config/nginx/*.conf", "docs/**/*", "README.md"):
            for path in glob.glob(os.path.join(SOURCE, pattern), recursive=True):
                if os.path.isfile(path):
                    found += [(path, block) for block in recipes(path)]
        names = {os.path.basename(path) for path, _ in found}
        self.assertLessEqual({"davit.conf", "davit-prefix.conf", "davit-stripped.conf", "davit-accel.conf", "davit-retries.conf", "login.md"}, names)
        for path, block in found:
            block = block.replace("include davit-proxy.conf;", text_of("config/nginx/davit-proxy.conf"))
            said = set(re.findall(r"^ *proxy_set_header ([\w-]+) ", block, re.M))
            self.assertEqual(believed - said, set(), path)


class Page(unittest.TestCase):
    def test_each_row_names_a_test_that_is_there(self):
        letters = dict(re.findall(r"\*\*(\w)\*\* `([\w/.]+)`", text_of("docs/behind-nginx.md")))
        rows = re.findall(r"^\| (\d+) \|.*\| ([^|]*)\|$", text_of("docs/behind-nginx.md"), re.M)
        self.assertEqual([int(number) for number, _ in rows], list(range(1, 21)))
        files = [x for folder in ("programs", "wire", "headers") for x in glob.glob(os.path.join(SOURCE, "tests", folder, "*"))]
        for number, cell in rows:
            for letter, name in re.findall(r"\b([MBP]) `(\w+)", cell):
                self.assertRegex(text_of(letters[letter]), rf"(def|class) {name}", number)
            for name in re.findall(r"`(?:[\w/]*/)?(\w+\.(?:py|sh|cpp))`", cell):
                self.assertIn(name, [os.path.basename(x) for x in files], number)
            for path, name in re.findall(r"`(\w+_test\.py)` `(\w+)`", cell):
                self.assertIn(f"def {name}(", text_of("tests/wire/" + path), number)
            self.assertRegex(cell, r"`\w", f"row {number} names a test")


class Compression(Behind):
    GZIP = "gzip on; gzip_types *; gzip_min_length 1;"

    def tag(self, weak):
        self.request("PUT", "/f.txt", body=b"text " * 1000)
        tag = self.request("GET", "/f.txt", {"Accept-Encoding": "gzip"}).header("ETag")
        self.assertEqual(tag.startswith("W/"), weak)
        answer = self.request("PUT", "/f.txt", {"If-Match": tag}, b"new")
        self.assertEqual(answer.status, 412 if weak else 204)
        self.assertEqual(b"made weak" in answer.body, weak)

    def test_tags_stay_strong(self):
        self.start("include davit.conf;", http=self.GZIP)
        self.tag(False)

    def test_a_tag_made_weak_is_recognised(self):
        self.start("location / { proxy_http_version 1.1; proxy_pass http://127.0.0.1:8080; }", http=self.GZIP)
        self.tag(True)


class Early(Behind):
    def test_refusals_do_not_wait_for_the_body(self):
        self.start("include davit.conf;", TRUSTING + '[limits]\nput_body_bytes = "8TiB"\n')
        for path in ("/locked", "/there"):
            self.request("PUT", path, body=b"x")
        self.request("LOCK", "/locked", {"Timeout": "Second-60"}, lockinfo())
        for path, fields, size, status in (
                ("/locked", "", 1 << 40, 423), ("/there", "If-None-Match: *\r\n", 1 << 40, 412), ("/none/f", "", 1 << 40, 409),
                ("/f", "", 9 << 40, 413), ("/f", "", 8 << 40, 507)):
            connection = Connection(("127.0.0.1", self.nginx.port))
            head = f"PUT {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {size}\r\n{fields}\r\n"
            connection.send(head.encode() + b"x" * 1000)
            answer = connection.read()
            self.assertEqual(answer.status, status, answer)
            self.assertIn(b"urn:davit:error", answer.body)
            connection.close()
            line = self.server.log_line(answer.header("X-Request-Id"))
            self.assertLess(int(line.split(" in=")[1].split(" ")[0]), 1 << 20, line)


class Retries(Behind):
    REQUESTS = (("MKCOL", "/a", {}, 201), ("MOVE", "/a", {"Destination": "/b"}, 201), ("DELETE", "/b", {}, 204))

    def retried(self, changes):
        """The statuses of requests nginx sent twice, since the first answer was lost."""
        self.server = Server(config=TRUSTING)
        self.addCleanup(self.server.stop)
        breaker = Breaker(self.server.address)
        self.addCleanup(breaker.stop)
        self.nginx = Nginx(http="include davit-retries.conf;", davit=url_of(self.server.address), changes=[
            ("unix:/run/davit/davit.sock", f"unix:{breaker.path} max_fails=0"), ("127.0.0.1:8080", "%s:%d" % self.server.address), *changes])
        self.addCleanup(self.nginx.stop)
        answers = [self.request(method, path, headers) for method, path, headers, _ in self.REQUESTS]
        self.assertEqual(breaker.seen, [status for *_, status in self.REQUESTS])
        return answers

    def test_nothing_is_done_twice(self):
        for answer, (*_, status) in zip(self.retried([]), self.REQUESTS):
            self.assertEqual((answer.status, answer.header("Idempotency-Replayed")), (status, "true"))

    def test_what_would_happen_without_keys(self):
        answers = self.retried([("proxy_set_header Idempotency-Key $davit_key;", "")])
        self.assertEqual([a.status for a in answers], [405, 404, 404])


class Long(Behind):
    def test_a_copy_that_takes_too_long(self):
        """Row 8: an answer before nginx loses patience, and nothing half done."""
        self.start("include davit.conf;", TRUSTING + '[limits]\noperation_timeout = "1s"\n[storage]\ndurable = false\n')
        self.request("MKCOL", "/t")
        for one_of in range(8):
            first = f"{self.server.root}/t/{one_of}"
            with open(first, "w"):
                pass
            for i in range(30000):
                os.link(first, f"{first}-{i}")
        answer = self.request("COPY", "/t", {"Destination": "/u"})
        self.assertEqual((answer.status, answer.header("Retry-After"), answer.header("X-Dav-Error-Code")), (503, "60", "operation-timeout"), answer)
        self.assertIn(b'changed="none"', answer.body)
        self.assertFalse(os.path.exists(self.server.root + "/u"))
        self.assertTrue(wait_until(lambda: os.listdir(self.server.root + "/.davit/tmp") == []))
        self.assertEqual(self.request("COPY", "/t/0", {"Destination": "/v"}).status, 201)


class Accelerated(Behind):
    NAMES = ("plain.txt", "a b?%&+#ä.txt", "semi;colon'.txt", "%2541")

    def encoded(self, name):
        return "/" + "".join(chr(b) if chr(b).isalnum() and b < 128 else f"%{b:02X}" for b in name.encode())

    def setUp(self):
        self.start("include davit-accel.conf;", TRUSTING + 'accel_redirect = "/internal/"\n')
        os.chmod(self.server.root, 0o755)
        self.content = bytes(range(256)) * 1000
        self.request("PUT", "/f.bin", body=self.content)
        self.tag = one(self.request("PROPFIND", "/f.bin", {"Depth": "0"}, propfind_body("<D:getetag/>")))["{DAV:}getetag"][1].text

    def test_nginx_sends_what_davit_would(self):
        for name in self.NAMES:
            path = self.encoded(name)
            self.assertEqual(self.request("PUT", path, body=name.encode()).status, 201)
            direct = self.server.request("GET", path)
            self.assertTrue(direct.header("X-Accel-Redirect").startswith("/internal/"))
            answer = self.request("GET", path)
            self.assertEqual((answer.status, answer.body), (200, name.encode()), name)
            for field in ("ETag", "Last-Modified", "Content-Type", "Cache-Control"):
                self.assertEqual(answer.header(field), direct.header(field), (name, field))
            self.assertIsNone(answer.header("X-Accel-Redirect"))
            self.assertEqual(len([1 for key, _ in answer.headers if key.lower() == "etag"]), 1)
            self.assertEqual(self.server.log_line(answer.header("X-Request-Id")).split(" out=")[1][:2], "0 ", "from nginx")

    def test_checksums(self):
        checksum = "SHA1:" + hashlib.sha1(b"sum").hexdigest()
        digest = "sha-256=:" + base64.b64encode(hashlib.sha256(b"sum").digest()).decode() + ":"
        fields = {"OC-Checksum": checksum, "Repr-Digest": digest}
        self.assertEqual(self.request("PUT", "/sum", fields, b"sum").status, 201)
        wanted = {"Want-Repr-Digest": "sha-256=1"}
        direct, answer = self.server.request("GET", "/sum", wanted), self.request("GET", "/sum", wanted)
        self.assertIsNotNone(direct.header("X-Accel-Redirect"))
        self.assertEqual(answer.body, b"sum")
        for name in ("OC-Checksum", "Repr-Digest"):
            self.assertIsNotNone(answer.header(name))
            self.assertEqual(answer.header(name), direct.header(name))

    def test_pages_of_other_origins(self):
        self.start("include davit-accel.conf;", TRUSTING + 'accel_redirect = "/internal/"\n[cors]\norigins = ["https://app.example"]\n'
                   "credentials = true\n")
        os.chmod(self.server.root, 0o755)
        self.request("PUT", "/f", body=b"12345")
        names = ["Vary", *("Access-Control-" + x for x in ("Allow-Origin", "Allow-Credentials", "Expose-Headers"))]
        for origin in ("https://app.example", "https://other.example"):
            for fields, status in (({}, 200), ({"Range": "bytes=1-2"}, 206), ({"Range": "bytes=99-"}, 416)):
                direct = self.server.request("GET", "/f", {"Origin": origin, **fields})
                answer = self.request("GET", "/f", {"Origin": origin, **fields})
                self.assertEqual(answer.status, status)
                self.assertEqual([answer.header(x) for x in names], [direct.header(x) for x in names])
                self.assertEqual([key.lower() for key, _ in answer.headers].count("vary"), 1, answer)
            self.assertEqual(answer.header("Access-Control-Allow-Origin"), "https://app.example" if "app" in origin else None)

    def test_conditions(self):
        get = lambda **fields: self.request("GET", "/f.bin", {k.replace("_", "-"): v for k, v in fields.items()})
        self.assertEqual(get().header("ETag"), self.tag)
        modified = get().header("Last-Modified")
        self.assertEqual(get(If_None_Match=self.tag).status, 304)
        self.assertEqual(get(If_None_Match='"x"').body, self.content)
        self.assertEqual(get(If_Modified_Since=modified).status, 304)
        self.assertEqual(get(If_Match=self.tag).body, self.content)
        self.assertEqual(get(If_Match='"x"').status, 412)
        self.assertEqual(get(If_Unmodified_Since=modified).body, self.content)

    def test_ranges(self):
        get = lambda **fields: self.request("GET", "/f.bin", {k.replace("_", "-"): v for k, v in fields.items()})
        answer = get(Range="bytes=100-199")
        self.assertEqual((answer.status, answer.body, answer.header("ETag")), (206, self.content[100:200], self.tag))
        self.assertEqual(get(Range="bytes=-5", If_Range=self.tag).body, self.content[-5:])
        self.assertEqual(get(Range="bytes=-5", If_Range='"x"').body, self.content)
        self.assertEqual(get(Range="bytes=-5", If_Range=answer.header("Last-Modified")).body, self.content[-5:])
        self.assertEqual(get(Range="bytes=999999-").status, 416)
        many = get(Range="bytes=0-1,10-11")
        self.assertEqual(many.status, 206)
        self.assertTrue(many.header("Content-Type").startswith("multipart/byteranges"))

    def test_head_and_what_is_no_file(self):
        answer = self.request("HEAD", "/f.bin")
        self.assertEqual((answer.status, answer.header("Content-Length"), answer.header("ETag")), (200, str(len(self.content)), self.tag))
        self.assertEqual(self.request("GET", "/internal/f.bin").status, 404)
        self.assertEqual(self.request("GET", "/none").status, 404)
        self.assertIn(b"f.bin", self.request("GET", "/").body)
        self.request("PUT", "/empty", body=b"")
        self.assertEqual(self.request("GET", "/empty").body, b"")


if __name__ == "__main__":
    unittest.main(verbosity=2)
