"""What a client and the server say to each other, for an operator: by the log, and by `davit trace` through the control socket."""
import base64
import json
import os
import re
import signal
import subprocess
import tempfile
import unittest

from davit import Server, complaint, main, propertyupdate, set_prop, wait_until

DAVIT = os.environ["DAVIT"]
PROPFIND = '<propfind xmlns="DAV:">\n<prop><resourcetype/></prop>\n</propfind>'


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Log(unittest.TestCase):
    def serve(self, config):
        server = Server(config=config)
        self.addCleanup(server.stop)
        return server

    def traced(self, server, request_id):
        """The lines of a request's trace, without time, level and id. Those of a request that is sent once they begin come behind them."""
        answered = lambda id: wait_until(lambda: re.search(rf"^\S+ debug {re.escape(id)} < HTTP/1.1 ", server.read_log(), re.M))
        self.assertTrue(answered(request_id))
        server.request("OPTIONS", "/", {"X-Request-Id": "after-" + request_id})
        self.assertTrue(answered("after-" + request_id))
        return re.findall(rf"^\S+ debug {re.escape(request_id)} (.*)$", server.read_log(), re.M)

    def test_heads_and_xml_bodies_are_logged_line_by_line(self):
        server = self.serve('[log]\nlevel = "debug"\n')
        server.request("PROPFIND", "/", {"X-Request-Id": "one", "Depth": "0", "Content-Type": "application/xml"}, PROPFIND)
        lines = self.traced(server, "one")
        self.assertEqual(lines[0], "> PROPFIND / HTTP/1.1")
        for line in ("> Depth: 0", "> Host: localhost", ">", '> <propfind xmlns="DAV:">', "> <prop><resourcetype/></prop>", "> </propfind>",
                     "< HTTP/1.1 207 Multi-Status", "< Content-Type: application/xml; charset=utf-8", "<"):
            self.assertIn(line, lines)
        self.assertIn("<D:collection/>", lines[-1])
        self.assertLess(lines.index("> </propfind>"), lines.index("< HTTP/1.1 207 Multi-Status"))

    def test_a_failure_is_shown_with_its_body_and_a_file_by_its_size(self):
        server = self.serve('[log]\nlevel = "debug"\n')
        server.request("GET", "/none", {"X-Request-Id": "lost"})
        lines = self.traced(server, "lost")
        self.assertIn("< HTTP/1.1 404 Not Found", lines)
        self.assertTrue(any('code="not-found"' in line for line in lines), lines)
        server.request("PUT", "/f", {"X-Request-Id": "sent"}, b"of the user alone")
        server.request("GET", "/f", {"X-Request-Id": "read"})
        self.assertIn("> (body of 17 bytes)", self.traced(server, "sent"))
        self.assertIn("< (body of 17 bytes)", self.traced(server, "read"))
        self.assertNotIn("of the user alone", server.read_log())

    def test_without_debug_nothing_is_traced(self):
        server = self.serve('[log]\nlevel = "info"\ntrace_paths = ["/"]\n')
        server.request("PROPFIND", "/", {"X-Request-Id": "quiet"}, PROPFIND)
        server.log_line("quiet")
        self.assertNotIn("> PROPFIND", server.read_log())

    def test_a_login_that_fails_leaves_no_secret_behind(self):
        with tempfile.TemporaryDirectory() as place:
            users = place + "/users"
            subprocess.run([DAVIT, "user", "add", "anna", "--file", users], input="other\n", text=True, check=True, capture_output=True, timeout=60)
            server = Server(config=f'[auth]\nusers = "{users}"\n')
            self.addCleanup(server.stop)
            secret = "s3cretw0rds3cretw0rd"
            targets = (f"/x?token={secret}", f"/x?{secret}=", f"/x?{secret}==", f"/x?{secret}%3D%3d", f"/x?{3 * secret}=1", f"//anna:{secret}@h/x", f"///anna:{secret}@h/x?{secret}=&a=b",
                       f"//{secret}@h/", f"http://anna:{secret}@localhost/x?sig={secret}")
            for number, target in enumerate(targets):
                for kind, login in enumerate((None, basic("anna", "guess"), "Basic !", "Bearer " + secret, "Digest x")):
                    server.request("PROPFIND", target, {"X-Request-Id": f"login-{number}-{kind}", "Authorization": login, "Destination": target})
            server.log_line(f"login-{len(targets) - 1}-4")
            self.assertNotIn(secret, server.read_log())
            listed = subprocess.run([DAVIT, "failures", "--json", server.root], text=True, capture_output=True, timeout=60).stdout
            self.assertIn("login-0-0", listed)
            self.assertNotIn(secret, listed)
            for number in range(len(targets)):
                told = subprocess.run([DAVIT, "explain", f"login-{number}-0", server.root], text=True, capture_output=True, timeout=60)
                self.assertNotIn(secret, told.stdout + told.stderr)

    def test_secrets_are_left_out(self):
        server = self.serve('[log]\nlevel = "debug"\n')
        secrets = {"Authorization": basic("anna", "s3cret"), "Cookie": "session=s3cret", "Proxy-Authorization": "Bearer s3cret", "X-Auth-Token": "s3cret",
                   "X-Api-Key": "s3cret", "X-Session-Id": "s3cret", "Client-Secret": "s3cret", "Destination": "http://anna:s3cret@localhost/b",
                   "Referer": "http://anna:s3cret@h/?access_token=s3cret&x=1"}
        server.request("COPY", "/a?token=s3cret", {"X-Request-Id": "hush", **secrets})
        lines = self.traced(server, "hush")
        text = "\n".join(lines)
        self.assertNotIn("s3cret", text)
        self.assertNotIn(basic("anna", "s3cret").split()[1], text)
        for line in ("> Authorization: Basic (removed)", "> Cookie: (removed)", "> Proxy-Authorization: Bearer (removed)",
                     "> Destination: http://(removed)@localhost/b"):
            self.assertIn(line, lines)
        server.request("UNLOCK", "/a", {"X-Request-Id": "token", "Lock-Token": "<urn:uuid:0>"})
        self.assertIn("> Lock-Token: <urn:uuid:0>", self.traced(server, "token"))

    def test_a_field_that_is_not_known_is_shown_by_its_name_alone(self):
        server = self.serve('[log]\nlevel = "debug"\n')
        names = ("Cf-Access-Jwt-Assertion", "X-Goog-Iap-Jwt-Assertion", "X-Jwt", "X-OAuth-Bearer", "X-Pw", "X-Whatever", "Set-Cookie2", "Private-Key")
        server.request("GET", "/", {"X-Request-Id": "names", "Depth": "0", "If-None-Match": '"e"', **{name: "s3cret" for name in names}})
        lines = self.traced(server, "names")
        for name in names:
            self.assertIn(f"> {name}: (removed)", lines)
        for line in ("> Depth: 0", '> If-None-Match: "e"', "> Host: localhost"):
            self.assertIn(line, lines)
        self.assertNotIn("s3cret", server.read_log())

    def test_of_a_query_only_the_names_are_shown(self):
        server = self.serve('[log]\nlevel = "debug"\n')
        names = ("passwd", "pw", "jwt", "sig", "auth", "key", "api_key", "bearer", "sid", "code", "t%6Fken", "a=1;token", "x")
        for number, name in enumerate(names):
            secret = f"?{name}=s3cret&zip"
            server.request("COPY", "/a" + secret, {"X-Request-Id": f"query-{number}", "Destination": "http://localhost/b" + secret + " s3cret",
                                                  "If": f"<http://localhost/a{secret}> (<urn:x>)"})
            lines = self.traced(server, f"query-{number}")
            shown = name.split("=")[0] + "=(removed)"
            self.assertIn(f"> COPY /a?{shown}&zip HTTP/1.1", lines)
            self.assertIn(f"> If: <http://localhost/a?{shown}&zip> (<urn:x>)", lines)
        self.assertNotIn("=s3cret", server.read_log())

    def test_nobodys_name_and_password_are_shown_in_a_url(self):
        server = self.serve('[log]\nlevel = "debug"\n')
        url = "http://anna:s3cret@localhost"
        server.request("COPY", "/a", {"X-Request-Id": "users", "If": f"<{url}/a> (<urn:x>) <http://s3cret@h/b> (<urn:y>)", "Origin": url, "Link": f"<{url}>",
                                      "Forwarded": "host=anna:s3cret@h", "X-Forwarded-Host": "anna:s3cret@h", "User-Agent": f"x (+{url})",
                                      "Destination": "http://anna:s3c/s3cret@localhost/b"})
        lines = self.traced(server, "users")
        for line in ("> If: <http://(removed)@localhost/a> (<urn:x>) <http://(removed)@h/b> (<urn:y>)", "> Origin: http://(removed)@localhost",
                     "> Destination: http://(removed)@localhost/b"):
            self.assertIn(line, lines)
        self.assertNotIn("s3cret", server.read_log())

    def test_what_clients_send_cannot_forge_a_line(self):
        server = self.serve('[log]\nlevel = "debug"\n')
        server.request("PROPFIND", "/", {"X-Request-Id": "forge", "User-Agent": b"a\xff"}, "<a>\x1b]0;x\x07</a>\n2026-01-01T00:00:00.000Z error forged")
        lines = self.traced(server, "forge")
        self.assertIn("> User-Agent: a\\xff", lines)
        self.assertIn("> <a>\\x1b]0;x\\x07</a>", lines)
        self.assertIn("> 2026-01-01T00:00:00.000Z error forged", lines)
        self.assertNotIn("\x1b", server.read_log())
        self.assertNotRegex(server.read_log(), "(?m)^2026-01-01T00:00:00.000Z error forged")

    def test_large_bodies_and_fields_are_shortened(self):
        server = self.serve('[log]\nlevel = "debug"\n')
        body = propertyupdate(set_prop("<Z:a>" + "x" * 100000 + "</Z:a>"))
        server.request("PUT", "/f", body=b"")
        server.request("PROPPATCH", "/f", {"X-Request-Id": "long", "User-Agent": "y" * 5000}, body)
        lines = self.traced(server, "long")
        self.assertTrue(any(re.fullmatch(r"> User-Agent: y{4096} \(904 bytes more\)", line) for line in lines))
        self.assertLess(max(map(len, lines)), 66000)
        self.assertIn(f"> ({len(body) - 65536} bytes more)", lines)

    def test_by_path_user_and_client(self):
        with tempfile.TemporaryDirectory() as place:
            users = place + "/users"
            for name in ("anna", "berta"):
                subprocess.run([DAVIT, "user", "add", name, "--file", users], input="secret\n", text=True, check=True, capture_output=True, timeout=60)
            auth = f'[auth]\nusers = "{users}"\nbasic_over_plain_http = true\n'
            server = self.serve(auth + '[log]\nlevel = "debug"\ntrace_users = ["anna"]\ntrace_paths = ["/music"]\n')
            for name, user, path, more in (("hit", "anna", "/music/a", {}), ("other-user", "berta", "/music/a", {}), ("other-path", "anna", "/musical", {}),
                                           ("encoded", "anna", "/%6dusic/", {}), ("moved-there", "anna", "/x", {"Destination": "http://localhost/music/x"})):
                server.request("COPY" if more else "GET", path, {"X-Request-Id": name, "Authorization": basic(user, "secret"), **more})
            server.request("GET", "/music/a", {"X-Request-Id": "nobody"})
            self.assertTrue(self.wait(server, "nobody"))
            traced = set(re.findall(r"debug (\S+) > \S+ \S+ HTTP/1.1", server.read_log()))
            self.assertEqual(traced, {"hit", "encoded", "moved-there"})
            server = self.serve(auth + '[log]\nlevel = "debug"\ntrace_users = ["anonymous"]\n')
            server.request("GET", "/", {"X-Request-Id": "nobody"})
            self.assertIn("< HTTP/1.1 401 Unauthorized", self.traced(server, "nobody"))
        server = self.serve('[log]\nlevel = "debug"\ntrace_clients = ["192.0.2.0/24"]\n')
        server.request("GET", "/", {"X-Request-Id": "here"})
        self.assertTrue(self.wait(server, "here"))
        self.assertNotIn("> GET", server.read_log())

    def wait(self, server, request_id):
        return wait_until(lambda: re.search(rf"info {request_id} ", server.read_log()))

    def test_as_json(self):
        server = self.serve('[log]\nlevel = "debug"\nformat = "json"\n')
        server.request("PROPFIND", "/", {"X-Request-Id": "one"}, PROPFIND)
        self.assertTrue(wait_until(lambda: '"wire"' in server.read_log()))
        lines = [json.loads(line) for line in server.read_log().splitlines()]
        wire = [line for line in lines if "wire" in line]
        self.assertEqual((wire[0]["request_id"], wire[0]["level"], wire[0]["wire"][0]), ("one", "debug", "> PROPFIND / HTTP/1.1"))

    def test_taken_over_on_sighup(self):
        server = self.serve('[log]\nlevel = "info"\n')
        path = server.work + "/davit.toml"
        with open(path, "w") as file:
            file.write('[log]\nlevel = "debug"\ntrace_clients = ["127.0.0.1"]\n')
        server.process.send_signal(signal.SIGHUP)
        server.log_line("log.trace_clients")
        # Loops take the settings over one by one.
        self.assertTrue(wait_until(lambda: server.request("GET", "/") and "> GET / HTTP/1.1" in server.read_log()))

    def test_what_is_no_filter_is_refused(self):
        for text, said in (('trace_paths = ["music"]', "paths of URLs"), ("trace_paths = 3", "a list of strings"), ('trace_clients = ["host"]', "addresses"),
                           ("trace_users = 3", "a list of strings")):
            self.assertIn(said, complaint(f"[log]\n{text}\n"))


class AccessLine(unittest.TestCase):
    def test_user_agent_and_the_test_of_litmus(self):
        server = Server()
        self.addCleanup(server.stop)
        server.request("GET", "/", {"X-Request-Id": "a-1", "User-Agent": 'curl/8 "x"'})
        self.assertIn('agent="curl/8 \\x22x\\x22"', server.log_line("a-1"))
        server.request("GET", "/", {"X-Request-Id": "a-2", "User-Agent": "litmus/0.18 neon/0.33", "X-Litmus": "basic: 3 (delete)"})
        self.assertIn('litmus="basic: 3 (delete)"', server.log_line("a-2"))
        server.request("GET", "/", {"X-Request-Id": "a-3", "User-Agent": "litmus/0.18 neon/0.33", "X-Litmus-Second": "locks: 7 (notowner_modify)"})
        self.assertIn('litmus="locks: 7 (notowner_modify)"', server.log_line("a-3"))
        server.request("GET", "/", {"X-Request-Id": "a-4", "User-Agent": "x" * 1000})
        self.assertIn('agent="' + "x" * 256 + '"', server.log_line("a-4"))
        server.request("GET", "/", {"X-Request-Id": "a-5"})
        self.assertNotIn("agent=", server.log_line("a-5"))
        server = Server(config='[log]\nformat = "json"\n')
        self.addCleanup(server.stop)
        server.request("GET", "/", {"X-Request-Id": "a-6", "User-Agent": "litmus/0.18", "X-Litmus": "basic: 1 (options)"})
        line = json.loads(server.log_line("a-6"))
        self.assertEqual((line["user_agent"], line["litmus"]), ("litmus/0.18", "basic: 1 (options)"))


class Command(unittest.TestCase):
    """davit trace: nothing has to be configured and nothing is logged."""

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)

    def watch(self, *options):
        process = subprocess.Popen([DAVIT, "trace", self.server.root, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.assertIn("waiting for requests", process.stderr.readline())
        return process

    def shown(self, process):
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, err), (0, ""))
        return out

    def test_requests_are_shown_as_they_come(self):
        process = self.watch("--count", "2")
        self.server.request("PROPFIND", "/", {"X-Request-Id": "one", "Authorization": basic("a", "s3cret")}, PROPFIND)
        self.server.request("GET", "/none", {"X-Request-Id": "two"})
        out = self.shown(process)
        self.assertEqual(re.findall(r"^\* (\S+)$", out, re.M), ["one", "two"])
        for line in ("> PROPFIND / HTTP/1.1", "> <prop><resourcetype/></prop>", "< HTTP/1.1 207 Multi-Status", "> Authorization: Basic (removed)", "< HTTP/1.1 404 Not Found"):
            self.assertIn("\n" + line + "\n", out)
        self.assertNotIn("> PROPFIND", self.server.read_log())

    def test_by_path_and_client(self):
        process = self.watch("--count", "1", "--path", "/music/a b", "--client", "127.0.0.0/8", "--json")
        self.server.request("GET", "/other", {"X-Request-Id": "other"})
        self.server.request("GET", "/music/a%20b/c", {"X-Request-Id": "meant"})
        said = json.loads(self.shown(process))
        self.assertEqual((said["request_id"], said["wire"][0]), ("meant", "> GET /music/a%20b/c HTTP/1.1"))
        process = self.watch("--count", "1", "--user", "anonymous")
        self.server.request("GET", "/", {"X-Request-Id": "nobody"})
        self.assertIn("* nobody", self.shown(process))

    def test_what_cannot_be_watched(self):
        for options, said in ((("--path", "music"), "A path begins with a slash"), (("--client", "host"), "a client is an address")):
            done = subprocess.run([DAVIT, "trace", self.server.root, *options], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 1)
            self.assertIn(said, done.stderr)
        done = subprocess.run([DAVIT, "trace", "/nonexistent"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no such directory: /nonexistent", done.stderr)
        for count in ("many", "0", "00", "-1", "1.5", ""):
            done = subprocess.run([DAVIT, "trace", self.server.root, "--count", count], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 2, count)

    def test_at_most_eight_watch(self):
        watchers = [self.watch() for _ in range(8)]
        done = subprocess.run([DAVIT, "trace", self.server.root], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("at most 8 may", done.stderr)
        for process in watchers:
            process.send_signal(signal.SIGINT)
            process.wait(30)


if __name__ == "__main__":
    main()
