"""What an operator does through the control socket: `davit locks`, and how the commands find the daemon."""
import json
import os
import subprocess
import tempfile
import unittest

from davit import Case, Server, lockinfo, main

DAVIT = os.environ["DAVIT"]


def davit(*args, cwd=None):
    done = subprocess.run([DAVIT, *args], capture_output=True, text=True, timeout=30, cwd=cwd)
    return done.returncode, done.stdout, done.stderr


class Locks(Case):
    def setUp(self):
        super().setUp()
        self.put(self.dir + "/f", b"x")
        self.token = self.lock(self.dir + "/f", timeout="Second-4000", headers={"User-Agent": "Word\t1", "X-Request-Id": "lock-1"})

    def tearDown(self):
        self.request("UNLOCK", self.dir + "/f", {"Lock-Token": f"<{self.token}>"})

    def test_list_shows_every_lock_in_a_table(self):
        code, out, err = davit("locks", "list", self.server.root)
        self.assertEqual((code, err), (0, ""))
        head, *lines = out.splitlines()
        self.assertEqual(head.split(), ["RESOURCE", "SCOPE", "DEPTH", "OWNER", "AGE", "REMAINING", "TOKEN"])
        line, = [x for x in lines if self.token in x]
        for part in (self.dir + "/f", "exclusive", "infinity", "http://example.com/me", "1h 6min"):
            self.assertIn(part, line)
        found, = [x for x in json.loads(davit("locks", "list", self.server.root, "--json")[1]) if x["token"] == self.token]
        self.assertEqual((found["href"], found["request_id"], found["scope"]), (self.dir + "/f", "lock-1", "exclusive"))
        self.assertTrue(3900 < found["remaining_s"] <= 4000)

    def test_show_names_everything_about_one_lock(self):
        code, out, _ = davit("locks", "show", self.token, self.server.root)
        self.assertEqual(code, 0)
        for part in (self.token, "lock-1", r"Word\x091", "1h 6min"):
            self.assertIn(part, out)
        code, _, err = davit("locks", "show", "urn:uuid:none", self.server.root)
        self.assertEqual((code, err), (1, "davit: No lock has this token.\n"))

    def test_a_client_that_is_no_utf8(self):
        self.put(self.dir + "/h", b"x")
        connection = self.server.connect()
        body = lockinfo().encode()
        connection.send(f"LOCK {self.dir}/h HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\nUser-Agent: ".encode()
                        + b"J\xf6rg \xed\xa0\x80\r\n\r\n" + body)
        token = connection.read().header("Lock-Token").strip("<>")
        connection.close()
        for command in ("list", self.server.root), ("show", token, self.server.root):
            code, out, err = davit("locks", *command)
            self.assertEqual((code, err), (0, ""))
            self.assertIn(token, out)
        self.assertEqual(json.loads(davit("locks", "show", token, self.server.root, "--json")[1])["client"], "J\ufffdrg " + "\ufffd" * 3)
        self.assertEqual(davit("locks", "break", token, self.server.root)[0], 0)

    def test_what_a_terminal_would_obey_is_shown(self):
        owner = "<D:owner>J\u00f6rg \u009b2J\u202egpj.\u2066\u061c</D:owner>"
        agent = "Word \u009b1 \u200f".encode()
        self.put(self.dir + "/g", b"x")
        connection = self.server.connect()
        body = lockinfo(owner=owner).encode()
        connection.send(f"LOCK {self.dir}/g HTTP/1.1\r\nHost: h\r\nX-Request-Id: obey-1\r\nContent-Length: {len(body)}\r\nUser-Agent: ".encode()
                        + agent + b"\r\n\r\n" + body)
        token = connection.read().header("Lock-Token").strip("<>")
        connection.close()
        shown_owner, shown_agent = "J\u00f6rg \\u009b2J\\u202egpj.\\u2066\\u061c", r"Word \u009b1 \u200f"
        self.expect(423, "DELETE", self.dir + "/g", {"X-Request-Id": "obey-2"})
        self.server.log_line("obey-2")
        for command in ("list", self.server.root), ("show", token, self.server.root), ("break", token, self.server.root):
            out = davit("locks", *command)[1]
            self.assertIn(shown_owner, out)
            self.assertEqual(shown_agent in out, command[0] != "list", out)
        self.assertIn(f'client="{shown_agent}"', self.server.log_line(token))
        code, out, _ = davit("explain", "obey-2", self.server.root)
        self.assertEqual(code, 0)
        self.assertIn(shown_owner + " holds", out)
        said = json.dumps({"status": 423, "detail": "\x1b[2J\nCause: \u202e", "href": "/\u009b", "request-id": "\u200e"})
        done = subprocess.run([DAVIT, "explain"], input=said, capture_output=True, text=True, timeout=30)
        for part in (r"    \x1b[2J Cause: \u202e", r"/\u009b: 423", r"Request id: \u200e"):
            self.assertIn(part, done.stdout)

    def test_break_removes_the_lock_of_another_client(self):
        self.expect(423, "PUT", self.dir + "/f", {}, b"y")
        code, out, _ = davit("locks", "break", self.token, self.server.root)
        self.assertEqual(code, 0)
        self.assertIn(self.dir + "/f", out)
        self.put(self.dir + "/f", b"y")
        line = self.server.log_line(f'token="{self.token}"')
        for part in (" lock-broken ", f'by="uid={os.getuid()} pid=', f'token="{self.token}"', f'href="{self.dir}/f"', 'locked_by_request="lock-1"'):
            self.assertIn(part, line)
        self.assertEqual(davit("locks", "break", self.token, self.server.root)[0], 1)

    def test_the_folder_is_where_one_stands(self):
        self.assertEqual(davit("locks", "list", cwd=self.server.root)[0], 0)
        code, _, err = davit("locks", "list", cwd="/")
        self.assertEqual(code, 1)
        self.assertIn("no daemon answers at ./.davit/control", err)

    def test_explain_needs_nothing_configured(self):
        self.expect(423, "DELETE", self.dir + "/f", {"X-Request-Id": "why-1"})
        self.server.log_line("why-1")
        code, out, _ = davit("explain", "why-1", self.server.root)
        self.assertEqual(code, 0)
        self.assertIn("423 locked", out)


class Socket(unittest.TestCase):
    def test_it_belongs_to_its_owner_and_goes_with_the_daemon(self):
        server = Server()
        path = server.root + "/.davit/control"
        try:
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            server.kill()
            server.start()  # a stale one is no obstacle
            self.assertEqual(davit("locks", "list", server.root)[1], "no locks\n")
            self.assertEqual(server.request("GET", "/.davit/control").status, 403)
        finally:
            server.process.terminate()
            server.process.wait(30)
            self.assertFalse(os.path.exists(path))
            server.start()
            server.stop()

    def test_none_and_elsewhere(self):
        with tempfile.TemporaryDirectory() as folder:
            for config, there in (('""', False), (f'"{folder}/s"', True)):
                server = Server(config=f"[server]\ncontrol_socket = {config}\n")
                self.assertEqual(davit("locks", "list", server.root)[0], 1)
                self.assertEqual(davit("locks", "list", "--control", folder + "/s")[0], 0 if there else 1)
                server.stop()

    def test_paths_that_are_too_long(self):
        with tempfile.TemporaryDirectory() as folder:
            long = folder + "/" + "x" * 120
            os.mkdir(long)
            server = Server(root=long)
            try:
                self.assertIn("107 bytes", server.log_line("no control socket"))
                self.assertEqual(server.request("PUT", "/f", body=b"x").status, 201)
                code, _, err = davit("locks", "list", long)
                self.assertEqual(code, 1)
                self.assertIn("107 bytes", err)
            finally:
                server.stop()
            config = folder + "/davit.toml"
            with open(config, "w") as file:
                file.write(f'[server]\ncontrol_socket = "{long}"\n')
            code, _, err = davit("check-config", config)
            self.assertEqual(code, 2)
            self.assertIn("107 bytes", err)

    def test_a_server_that_only_lets_read_has_none(self):
        with tempfile.TemporaryDirectory() as folder:
            server = Server(root=folder, args=("--read-only",))
            self.assertEqual(os.listdir(folder), [])
            server.stop()

    def test_health_and_control_have_no_public_prefix(self):
        server = Server(config='[server]\nbase_path = "/dav"\nmanagement = ["127.0.0.1:0"]\n')
        try:
            self.assertEqual(server.request("GET", "/healthz", address=server.management).status, 200)
            self.assertEqual(server.request("LOCK", "/dav/f", {}, lockinfo()).status, 201)
            lock, = json.loads(davit("locks", "list", server.root, "--json")[1])
            self.assertEqual(lock["href"], "/dav/f")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
