"""CORS: what pages of other origins may do, as a browser reads it (fetch.spec.whatwg.org, 3.2 and 4.8)."""
import tempfile
import unittest

from davit import Case, Server, complaint, lockinfo, main
from exports_test import ExportServer

OBSIDIAN = "app://obsidian.md"
METHODS = {"OPTIONS", "GET", "HEAD", "PUT", "DELETE", "MKCOL", "COPY", "MOVE", "PROPFIND", "PROPPATCH", "LOCK", "UNLOCK"}


def words(answer, name):
    return {w.strip() for w in (answer.header(name) or "").split(",")} - {""}


def cors_fields(answer):
    return [name for name, _ in answer.headers if name.lower().startswith("access-control-")]


class Cors(Case):
    config = f"""
[cors]
origins = ["https://app.example", "{OBSIDIAN}", "capacitor://localhost"]
max_age = "10min"
"""

    def preflight(self, path, method, fields="", origin=OBSIDIAN):
        return self.request("OPTIONS", path, {"Origin": origin, "Access-Control-Request-Method": method,
                                              "Access-Control-Request-Headers": fields or None})

    def test_a_preflight_allows_the_methods_and_headers_of_webdav(self):
        wanted = "authorization,depth,destination,if,lock-token,overwrite,timeout,x-oc-mtime,oc-checksum,idempotency-key"
        for origin in (OBSIDIAN, "https://app.example", "capacitor://localhost"):
            for method in ("PROPFIND", "PUT", "MOVE", "LOCK"):
                answer = self.preflight(self.dir + "/nothing/here", method, wanted, origin)
                self.assertEqual(answer.status, 204, answer)
                self.assertEqual(answer.header("Access-Control-Allow-Origin"), origin)
                self.assertTrue(METHODS <= words(answer, "Access-Control-Allow-Methods"), answer)
                self.assertTrue(set(wanted.split(",")) <= words(answer, "Access-Control-Allow-Headers"), answer)
                self.assertEqual(answer.header("Access-Control-Max-Age"), "600")
                self.assertIn("Origin", words(answer, "Vary"))
                self.assertIsNone(answer.header("Access-Control-Allow-Credentials"))

    def test_what_a_script_may_read(self):
        self.put(self.dir + "/f", b"hello")
        for _ in range(3):  # the second and third come from what is remembered
            answer = self.expect(200, "GET", self.dir + "/f", {"Origin": OBSIDIAN})
            self.assertEqual(answer.header("Access-Control-Allow-Origin"), OBSIDIAN)
            self.assertTrue({"ETag", "DAV", "Lock-Token", "X-Request-Id", "Location", "Content-Range"} <=
                            words(answer, "Access-Control-Expose-Headers"), answer)
            self.assertIn("Origin", words(answer, "Vary"))
            self.assertEqual(len([n for n, _ in answer.headers if n == "Access-Control-Allow-Origin"]), 1)
        for method, path, headers, body, status in (
                ("PUT", "/g", {}, b"x", 201), ("PROPFIND", "", {"Depth": "1"}, None, 207), ("OPTIONS", "", {}, None, 200),
                ("LOCK", "/f", {}, lockinfo(), 200), ("GET", "/nothing", {}, None, 404), ("PUT", "/f", {}, b"x", 423),
                ("POST", "/f", {}, b"x", 405), ("MKCOL", "/a/b", {}, None, 409), ("GET", "/%zz", {}, None, 400)):
            answer = self.expect(status, method, self.dir + path, {"Origin": OBSIDIAN, **headers}, body)
            self.assertEqual(answer.header("Access-Control-Allow-Origin"), OBSIDIAN, f"{method} {path}")
            self.assertIn("X-Request-Id", words(answer, "Access-Control-Expose-Headers"))

    def test_others_are_not_allowed(self):
        self.put(self.dir + "/f", b"hello")
        for origin in ("https://evil.example", "null", "https://app.example.evil", "http://app.example", "https://app.example:8443"):
            answer = self.preflight(self.dir + "/f", "PUT", "content-type", origin)
            self.assertEqual(cors_fields(answer), [], origin)
            answer = self.request("GET", self.dir + "/f", {"Origin": origin})
            self.assertEqual(cors_fields(answer), [], origin)
            self.assertIn("Origin", words(answer, "Vary"), "a cache must not give one origin's answer to another")
        self.assertEqual(cors_fields(self.request("GET", self.dir + "/f")), [])

    def test_an_options_that_is_no_preflight_is_answered_as_ever(self):
        answer = self.expect(200, "OPTIONS", self.dir, {"Origin": OBSIDIAN})
        self.assertIn("1", words(answer, "DAV"))
        self.assertIn("DAV", words(answer, "Access-Control-Expose-Headers"))


class AnyOrigin(Case):
    config = '[server]\nallow_unauthenticated = true\n[cors]\norigins = "*"\n'

    def test_a_star_admits_pages_of_any_origin(self):
        answer = self.expect(204, "OPTIONS", self.dir, {"Origin": "https://x.example", "Access-Control-Request-Method": "PUT"})
        self.assertEqual(answer.header("Access-Control-Allow-Origin"), "*")
        answer = self.expect(404, "GET", self.dir + "/no", {"Origin": "https://x.example"})
        self.assertEqual(answer.header("Access-Control-Allow-Origin"), "*")


class WithCredentials(Case):
    config = '[cors]\norigins = ["https://app.example"]\ncredentials = true\n'

    def test_a_listed_origin_may_send_credentials(self):
        for method, headers in (("OPTIONS", {"Access-Control-Request-Method": "PUT"}), ("PROPFIND", {"Depth": "0"})):
            answer = self.request(method, self.dir, {"Origin": "https://app.example", **headers})
            self.assertEqual(answer.header("Access-Control-Allow-Origin"), "https://app.example")
            self.assertEqual(answer.header("Access-Control-Allow-Credentials"), "true")


class WithAccounts(unittest.TestCase):
    def test_a_browser_asks_before_it_has_a_password(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/users", "w") as file:
                file.write("anna:$6$abcdefgh$" + "x" * 86 + "\n")
            server = Server(config=f'[auth]\nusers = "{folder}/users"\n[cors]\norigins = ["{OBSIDIAN}"]\n')
            self.addCleanup(server.stop)
            asks = {"Access-Control-Request-Method": "PROPFIND", "Access-Control-Request-Headers": "authorization,depth"}
            answer = server.request("OPTIONS", "/", {"Origin": OBSIDIAN, **asks})
            self.assertEqual(answer.status, 204)
            self.assertEqual(answer.header("Access-Control-Allow-Origin"), OBSIDIAN)
            self.assertEqual(server.request("OPTIONS", "/", {"Origin": "https://evil.example", **asks}).status, 401)
            self.assertEqual(server.request("OPTIONS", "/", {"Origin": OBSIDIAN}).status, 401)
            for method in ("GET", "PROPFIND"):
                answer = server.request(method, "/", {"Origin": OBSIDIAN})
                self.assertEqual(answer.status, 401)
                self.assertEqual(answer.header("Access-Control-Allow-Origin"), OBSIDIAN, "the page may read why")


class WithExports(unittest.TestCase):
    """Which folder a request is for, and whether it takes changes, is not known when a browser asks."""

    def methods(self, *exports):
        with tempfile.TemporaryDirectory() as folder:
            server = ExportServer(f'[cors]\norigins = ["{OBSIDIAN}"]\n' + "".join(
                f'[[exports]]\npath = "/{n}"\nroot = "{folder}"\nread_only = {read_only}\n' for n, read_only in enumerate(exports)))
            self.addCleanup(server.stop)
            answer = server.request("OPTIONS", "/0/f", {"Origin": OBSIDIAN, "Access-Control-Request-Method": "PUT"})
            self.assertEqual(answer.status, 204, answer)
            return words(answer, "Access-Control-Allow-Methods")

    def test_what_any_of_them_takes(self):
        self.assertLessEqual(METHODS, self.methods("false"))
        self.assertNotIn("PUT", self.methods("true"))


class Off(Case):
    def test_nothing_is_said(self):
        self.put(self.dir + "/f")
        headers = {"Origin": OBSIDIAN, "Access-Control-Request-Method": "PUT"}
        for method in ("OPTIONS", "GET", "PROPFIND"):
            answer = self.request(method, self.dir + "/f", headers)
            self.assertEqual(cors_fields(answer), [])
            self.assertNotIn("Origin", words(answer, "Vary"))

    def test_invalid_cors_keys_are_refused_at_the_start(self):
        for config in ('origins = ["*"]\ncredentials = true', 'origins = ["*", "https://a"]', 'origins = ["https://a/"]', 'origins = ["null"]',
                       'origins = ["app.example"]'):
            self.assertIn("cors.", complaint("[cors]\n" + config), config)


if __name__ == "__main__":
    main()
