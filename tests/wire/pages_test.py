"""What a web page of somebody else can do with this server through the browser of a user who reaches it: nothing."""
import os
import subprocess
import tempfile
import unittest

from davit import Case, Connection, Server, complaint, main, set_prop

OWN = ("127.0.0.1", "127.0.0.1:8080", "127.0.0.1.", "192.0.2.7", "[::1]", "[::1]:8080", "[2001:DB8::7]", "[fe80::1%25eth0]", "[::ffff:192.0.2.1]:80",
       "localhost", "LOCALHOST:8080", "localhost.", "dav.localhost", "a.b.LocalHost:1", "nas", "NAS:8080", "davit", "under_score")
FOREIGN = ("evil.example", "evil.example:8080", "EVIL.EXAMPLE", "evil.example.", "nas.", "com.", "evil.localhost.example", "127.0.0.1.evil.example",
           "localhost.evil.example", "notlocalhost.example", "127.1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "evil%2Eexample", "[v1.x]", "nas.local")
WRITES = (("PUT", {}), ("DELETE", {}), ("MKCOL", {}), ("COPY", {"Destination": "/copy"}), ("MOVE", {"Destination": "/moved"}), ("PROPPATCH", {}),
          ("LOCK", {}), ("UNLOCK", {"Lock-Token": "<urn:uuid:00000000-0000-0000-0000-000000000000>"}), ("PATCH", {}), ("POST", {}))
SANDBOX = "sandbox"


def code(answer):
    return answer.header("X-Dav-Error-Code")


def raw(address, head):
    connection = Connection(address)
    try:
        connection.send(head.encode())
        return connection.read("GET")
    finally:
        connection.close()


class Host(Case):
    """A name that was rebound to the server's address has a dot and is not configured."""

    def ask(self, host, method="GET", times=1):
        for _ in range(times):
            answer = self.request(method, self.dir, {"Host": host})
        return answer

    def test_addresses_local_names_and_names_without_a_dot_are_answered(self):
        for host in OWN:
            self.assertEqual(self.ask(host).status, 200, host)

    def test_other_names_are_misdirected(self):
        self.put(self.dir + "/f")
        for host in FOREIGN:
            for method in ("GET", "PROPFIND", "PUT", "OPTIONS", "DELETE"):
                answer = self.request(method, self.dir + "/f", {"Host": host})
                self.assertEqual((answer.status, code(answer)), (421, "misdirected-request"), (host, method))
        self.assertIn("server.authorities", self.ask("evil.example").body.decode())
        self.assertEqual(self.get(self.dir + "/f"), b"x")

    def test_a_request_that_came_before_is_looked_at_again(self):
        self.assertEqual(self.ask("evil.example", times=5).status, 421)
        self.assertEqual(self.ask("nas", times=5).status, 200)
        self.assertEqual(self.ask("evil.example", times=5).status, 421)

    def test_on_one_connection_each_request_is_judged_by_itself(self):
        connection = self.server.connect()
        for host, status in (("localhost", 200), ("evil.example", 421), ("localhost", 200), ("evil.example", 421)):
            self.assertEqual(self.request("GET", self.dir, {"Host": host}, connection=connection).status, status)
        connection.close()

    def test_of_an_absolute_target_its_own_authority_counts(self):
        for authority, host, status in (("evil.example", "localhost", 421), ("localhost:8080", "evil.example", 200), ("user@localhost", "localhost", 400),
                                        ("evil.example:80", "evil.example", 421), ("[::1]:80", "x", 200)):
            answer = raw(self.server.address, f"GET http://{authority}{self.dir} HTTP/1.1\r\nHost: {host}\r\n\r\n")
            self.assertEqual(answer.status, status, authority)

    def test_without_a_host_there_is_no_browser(self):
        self.assertEqual(raw(self.server.address, f"GET {self.dir} HTTP/1.0\r\n\r\n").status, 200)
        self.assertEqual(raw(self.server.address, f"GET {self.dir} HTTP/1.0\r\nHost: evil.example\r\n\r\n").status, 421)
        self.assertEqual(raw(self.server.address, f"GET {self.dir} HTTP/1.1\r\nHost:\r\n\r\n").status, 200)

    def test_malformed_hosts_are_bad_requests(self):
        for host in ("user@localhost", "localhost/", "a b", "localhost:8o", ":8080", "::1"):
            self.assertEqual(self.ask(host).status, 400, host)
        self.assertEqual(raw(self.server.address, f"GET {self.dir} HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n").status, 400)

    def test_a_preflight_of_a_rebound_name_is_refused(self):
        answer = self.request("OPTIONS", self.dir, {"Host": "evil.example", "Origin": "http://evil.example", "Access-Control-Request-Method": "PUT"})
        self.assertEqual(answer.status, 421)


class KnownNames(Case):
    config = '[server]\nauthorities = ["dav.example.com", "files.example.com:8443"]\npublic_urls = ["https://www.example.com:444"]\n'

    def test_configured_names_are_answered_with_any_port(self):
        for host in ("dav.example.com", "DAV.example.com:8080", "dav.example.com.", "files.example.com", "www.example.com", "127.0.0.1"):
            self.expect(200, "GET", self.dir, {"Host": host})
        for host in ("example.com", "xdav.example.com", "dav.example.com.evil.example", "x.dav.example.com"):
            self.expect(421, "GET", self.dir, {"Host": host})


class TrustedProxy(Case):
    config = '[server]\ntrusted_proxies = ["127.0.0.1"]\n'

    def test_may_pass_any_name_on(self):
        self.expect(200, "GET", self.dir, {"Host": "dav.example.com"})


class UnixSocket(unittest.TestCase):
    def test_may_be_asked_under_any_name(self):
        with tempfile.TemporaryDirectory() as folder:
            server = Server(args=("--listen", f"unix:{folder}/s"))
            self.addCleanup(server.stop)
            self.assertEqual(server.request("GET", "/", {"Host": "dav.example.com"}).status, 200)


class Logins(unittest.TestCase):
    def serve(self, more=""):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(folder.name + "/users", "w") as file:
            file.write("anna:$6$abcdefgh$" + "x" * 86 + "\n")
        server = Server(config=f'[auth]\nusers = "{folder.name}/users"\n{more}')
        self.addCleanup(server.stop)
        return server

    def test_where_everybody_logs_in_the_host_may_be_any(self):
        self.assertEqual(self.serve().request("GET", "/", {"Host": "dav.example.com"}).status, 401)

    def test_where_nobody_has_to_it_may_not(self):
        server = self.serve('anonymous = true\n[[rules]]\npath = "/"\nusers = ["anonymous"]\nallow = "read"\n')
        self.assertEqual(server.request("GET", "/", {"Host": "evil.example"}).status, 421)
        self.assertEqual(server.request("GET", "/", {"Host": "localhost"}).status, 200)

    def test_with_a_login_foreign_pages_may_not_write_and_other_programs_may(self):
        server = self.serve()
        for origin in ("https://evil.example", "null"):
            self.assertEqual(code(server.request("PUT", "/f", {"Origin": origin}, "x")), "foreign-origin", origin)
        for origin in ("moz-extension://2c127fa4", "chrome-extension://fnaicdffflnofjppbagibeoednhnbjhg", "http://localhost"):
            self.assertEqual(server.request("PUT", "/f", {"Origin": origin}, "x").status, 401, origin)


class Management(unittest.TestCase):
    def test_answers_under_its_own_names_only(self):
        server = Server(config='[server]\nmanagement = ["127.0.0.1:0"]\n')
        self.addCleanup(server.stop)
        for path in ("/metrics", "/healthz", "/readyz", "/nothing"):
            answer = server.request("GET", path, {"Host": "evil.example:9100"}, address=server.management)
            self.assertEqual((answer.status, code(answer)), (421, "misdirected-request"), path)
        answer = server.request("GET", "/metrics", address=server.management)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header("Content-Security-Policy"), SANDBOX)
        self.assertEqual(answer.header("X-Content-Type-Options"), "nosniff")
        self.assertEqual(answer.header("Cross-Origin-Resource-Policy"), "same-origin")


class Origin(Case):
    def test_a_page_of_another_origin_writes_nothing(self):
        self.put(self.dir + "/f")
        port = self.server.address[1]
        for origin in ("http://evil.example", "https://localhost:1", "null", f"http://localhost:{port}.evil.example", "http://localhost.evil.example",
                       f"http://evil.example/?localhost:{port}", "http://user@localhost", "file://", "app://obsidian.md", "localhost", "", "http://",
                       "http://localhost http://evil.example", "http://127.0.0.1"):
            for method, headers in WRITES:
                answer = self.request(method, self.dir + "/f", {"Host": f"localhost:{port}", "Origin": origin, **headers})
                self.assertEqual((answer.status, code(answer)), (403, "foreign-origin"), (method, origin))
        self.assertEqual(self.get(self.dir + "/f"), b"x")

    def test_two_origins_are_none(self):
        answer = raw(self.server.address, f"DELETE {self.dir} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nOrigin: http://evil.example\r\n\r\n")
        self.assertEqual(answer.status, 403)

    def test_the_own_origin_writes(self):
        for host, origin in (("localhost", "http://localhost"), ("localhost:80", "http://localhost"), ("localhost", "http://LOCALHOST:80"),
                             ("nas:8080", "http://nas:8080"), ("[::1]:8080", "http://[::1]:8080"), ("nas", "https://nas"), ("nas:443", "https://nas")):
            self.assertIn(self.request("PUT", self.dir + "/f", {"Host": host, "Origin": origin}, "x").status, (201, 204), (host, origin))

    def test_what_the_browser_calls_the_same_origin_writes(self):
        """Behind a plain proxy_pass Host is the name of the upstream."""
        fields = {"Host": "upstream", "Origin": "https://dav.example.com"}
        self.expect(403, "PUT", self.dir + "/f", fields, "x")
        for site, status in (("same-site", 403), ("cross-site", 403), ("none", 403), ("same-origin", 201)):
            self.expect(status, "PUT", self.dir + "/f", {**fields, "Sec-Fetch-Site": site}, "x")
        self.expect(403, "PUT", self.dir + "/f", {**fields, "Origin": "null", "Sec-Fetch-Site": "same-origin"}, "x")

    def test_reading_is_not_refused(self):
        for method in ("GET", "HEAD", "OPTIONS", "PROPFIND"):
            self.assertIn(self.request(method, self.dir, {"Origin": "http://evil.example"}).status, (200, 207))


class OriginOfPublicUrls(Case):
    config = '[server]\npublic_urls = ["https://dav.example.com", "http://nas.lan:8080"]\nauthorities = ["other.example"]\n'

    def test_they_write_with_their_scheme_and_port(self):
        for origin, status in (("https://dav.example.com", 201), ("https://DAV.example.com:443", 204), ("http://nas.lan:8080", 204),
                               ("http://dav.example.com", 403), ("https://dav.example.com:8443", 403), ("https://nas.lan:8080", 403),
                               ("https://other.example", 403)):
            self.expect(status, "PUT", self.dir + "/f", {"Host": "127.0.0.1:8080", "Origin": origin}, "x")


class OriginBehindProxy(Case):
    config = '[server]\ntrusted_proxies = ["127.0.0.1"]\n'

    def test_the_name_that_a_trusted_proxy_forwards_writes(self):
        for fields in ({"X-Forwarded-Host": "dav.example.com", "X-Forwarded-Proto": "https"}, {"Forwarded": "for=192.0.2.1;host=dav.example.com;proto=https"}):
            fields = {"Host": "upstream", **fields}
            self.assertIn(self.request("PUT", self.dir + "/f", {**fields, "Origin": "https://dav.example.com"}, "x").status, (201, 204))
            for origin in ("http://dav.example.com", "https://evil.example", "https://dav.example.com:8443", "null"):
                self.expect(403, "PUT", self.dir + "/f", {**fields, "Origin": origin}, "x")


class OriginFromStranger(Case):
    def test_nobody_else_is_believed(self):
        self.expect(403, "PUT", self.dir + "/f", {"Host": "upstream", "X-Forwarded-Host": "evil.example", "Origin": "http://evil.example"}, "x")


class ListedOrigins(Case):
    config = '[cors]\norigins = ["https://app.example"]\n'

    def test_write_and_load(self):
        self.expect(201, "PUT", self.dir + "/f", {"Origin": "https://app.example"}, "x")
        self.expect(403, "PUT", self.dir + "/f", {"Origin": "https://evil.example"}, "x")
        answer = self.expect(200, "GET", self.dir + "/f")
        self.assertIsNone(answer.header("Cross-Origin-Resource-Policy"))
        self.assertEqual(answer.header("Content-Security-Policy"), SANDBOX)


class AnyOrigin(unittest.TestCase):
    def test_without_a_login_it_needs_a_word(self):
        self.assertIn("server.allow_unauthenticated", complaint('[cors]\norigins = "*"\n'))
        server = Server(config='[server]\nallow_unauthenticated = true\n[cors]\norigins = "*"\n')
        self.addCleanup(server.stop)
        self.assertEqual(server.request("PUT", "/f", {"Origin": "https://any.example"}, "x").status, 201)


class Files(Case):
    """A file is shown by a browser, and does not act with the rights of the user who opens it."""

    def rules(self, answer):
        return answer.header("Content-Security-Policy"), answer.header("X-Content-Type-Options"), answer.header("Cross-Origin-Resource-Policy")

    def test_no_file_runs_scripts(self):
        for name in ("a.html", "a.svg", "a.xhtml", "a.xml", "a.txt", "a.js", "a.css", "a.png", "a.htm", "a.mht", "a.unknown", "noextension", "a.xsl"):
            self.put(f"{self.dir}/{name}", b"<script>1</script>")
            for method in ("GET", "HEAD", "GET", "GET"):
                answer = self.expect(200, method, f"{self.dir}/{name}")
                self.assertEqual(self.rules(answer), (SANDBOX, "nosniff", "same-origin"), (method, name))

    def test_parts_and_unchanged_files_are_guarded_too(self):
        tag = self.put(self.dir + "/a.html", b"0123456789").header("ETag")
        for headers, status in (({"Range": "bytes=0-3"}, 206), ({"Range": "bytes=0-1,4-5"}, 206), ({"If-None-Match": tag}, 304), ({"Range": "bytes=90-"}, 416)):
            for method in ("GET", "HEAD", "GET") if status == 304 else ("GET", "GET", "GET"):
                answer = self.expect(status, method, self.dir + "/a.html", headers)
                self.assertEqual(self.rules(answer), (SANDBOX, "nosniff", "same-origin"), (method, headers))

    def test_a_stored_type_does_not_lift_the_sandbox(self):
        for name, stored in (("a.pdf", "text/html"), ("a.mp4", "image/svg+xml"), ("a.mp3", "audio/x+xml"), ("b", "application/pdf,text/html"),
                             ("c", "application/pdf; text/html"), ("d", "video/mp4, text/html"), ("e", "video/"), ("f", "audio/mpeg;x")):
            path = f"{self.dir}/{name}"
            self.put(path)
            self.proppatch(path, set_prop(f"<D:getcontenttype>{stored}</D:getcontenttype>"))
            answer = self.expect(200, "GET", path)
            if "." in name:
                self.assertEqual(answer.header("Content-Type"), stored)
            self.assertEqual(self.rules(answer)[0], SANDBOX, stored)
            self.assertEqual(self.rules(self.expect(304, "GET", path, {"If-None-Match": answer.header("ETag")}))[0], SANDBOX, stored)

    def test_films_sounds_and_pdf_get_rules_under_which_players_work(self):
        for name, stored in (("a.pdf", None), ("a.mp4", None), ("a.mp3", None), ("plain", "application/PDF"), ("film", "video/x-matroska")):
            path = f"{self.dir}/{name}"
            self.put(path)
            if stored:
                self.proppatch(path, set_prop(f"<D:getcontenttype>{stored}</D:getcontenttype>"))
            tag = self.request("GET", path).header("ETag")
            for headers in ({}, {"Range": "bytes=0-0"}, {"If-None-Match": tag}):
                policy, guessing, resource = self.rules(self.request("GET", path, headers))
                self.assertIn("default-src 'none'", policy)
                self.assertNotIn("sandbox", policy)
                self.assertNotIn("script-src", policy)
                self.assertEqual((guessing, resource), ("nosniff", "same-origin"))

    def test_bodies_that_the_server_writes_are_guarded(self):
        self.put(self.dir + "/f")
        for method, path, headers, status in (("GET", "/nothing", {}, 404), ("GET", "/nothing", {"Accept": "application/problem+json"}, 404), ("PUT", "", {}, 405),
                                              ("PROPFIND", "", {"Depth": "1"}, 207), ("GET", "/%zz", {}, 400), ("POST", "", {}, 405), ("BREW", "", {}, 501),
                                              ("GET", "?davmount", {}, 200)):
            answer = self.expect(status, method, self.dir + path, headers, b"" if method == "PUT" else None)
            self.assertEqual(self.rules(answer), (SANDBOX, "nosniff", "same-origin"), (method, path))
        policy, guessing, resource = self.rules(self.expect(200, "GET", self.dir + "/"))
        self.assertIn("sandbox", policy)
        self.assertEqual((guessing, resource), ("nosniff", "same-origin"))

    def test_each_rule_is_said_once(self):
        self.put(self.dir + "/f.html")
        for path in ("/f.html", "/", "/nothing"):
            names = [name.lower() for name, _ in self.request("GET", self.dir + path).headers]
            self.assertEqual(len(names), len(set(names)), names)


class PublishedPages(Case):
    config = "[server]\npublish_pages = true\n"

    def test_may_run_scripts(self):
        self.put(self.dir + "/a.html")
        answer = self.expect(200, "GET", self.dir + "/a.html")
        self.assertIsNone(answer.header("Content-Security-Policy"))
        self.assertEqual(answer.header("X-Content-Type-Options"), "nosniff")
        self.assertEqual(self.request("GET", self.dir + "/no").header("Content-Security-Policy"), SANDBOX)


class NamesOfTheServer(unittest.TestCase):
    """Names are compared whole, so a pattern would never match: it must not look like a host check that is off or on."""

    def test_configuration_with_a_name_that_is_no_host_is_refused(self):
        for name in ("*", "*.example.com", "dav.*", "https://dav.example.com", "dav.example.com/files", "user@dav.example.com", "",
                     "dav.example.com:port", "a b"):
            self.assertIn("server.authorities", complaint(f'[server]\nauthorities = ["good.example.com", "{name}"]\n'), name)
        for url in ("https://*", "https://*.example.com/files"):
            self.assertIn("server.public_urls", complaint(f'[server]\npublic_urls = ["{url}"]\n'), url)

    def test_hosts_with_and_without_a_port_are_taken(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write('[server]\nauthorities = ["dav.example.com", "dav.example.com:8443", "192.0.2.1", "[2001:db8::1]:8080", "nas"]\n')
            file.flush()
            done = subprocess.run([os.environ["DAVIT"], "check-config", file.name], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done)


if __name__ == "__main__":
    main()
