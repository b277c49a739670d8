"""`davit why` says of a request what the server does with it, and changes nothing."""
import json
import os
import random
import re
import subprocess
import tempfile
import unittest

from davit import Case, Server, litter, main

DAVIT = os.environ["DAVIT"]
PROPPATCH = ('<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><why xmlns="urn:davit:why"/></D:prop></D:set></D:propertyupdate>')
CONFIG = '''[server]
trusted_proxies = ["127.0.0.1"]
[auth]
user_header = "X-Remote-User"
anonymous = true
[locks]
most_per_user = 6
[litter]
policy = "refuse"
[[rules]]
path = "/"
users = ["anna"]
allow = "all"
[[rules]]
path = "/"
users = ["bob", "anonymous"]
allow = ["read"]
[[rules]]
path = "/shared"
users = ["anna", "bob"]
allow = "all"
[[rules]]
path = "/shared/drop"
users = ["anna"]
allow = "all"
[[rules]]
path = "/shared/drop"
users = ["bob"]
allow = ["write"]
[[rules]]
path = "/private"
users = ["anna"]
allow = "all"
'''


def why(server, user, method, path, destination=None, headers=(), size=None):
    """What the command says, as (exit code, object)."""
    command = [DAVIT, "why", "--dir", server.root, "--json"]
    for name, value in headers:
        command += ["--header", f"{name}: {value}"]
    if size is not None:
        command += ["--size", str(size)]
    command += ["--", user or "-", method, path] + ([destination] if destination else [])
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.stdout, done
    return done.returncode, json.loads(done.stdout)


def code_of(answer):
    found = re.search(r'<e:(?:detail|root-cause)[^>]*? code="([^"]*)"', answer.body.decode("utf-8", "replace"))
    return found and found.group(1)


class Request:
    """One case: sent for real, or asked about."""

    def __init__(self, user, method, path, destination=None, headers=(), size=None):
        self.user, self.method, self.path, self.destination = user, method, path, destination
        self.headers, self.size = list(headers), size

    def why(self, server):
        code, facts = why(server, self.user, self.method, self.path, self.destination, self.headers, self.size)
        assert code == (1 if "failure" in facts else 0), facts
        return facts

    def send(self, server):
        fields = dict(self.headers)
        if self.user:
            fields["X-Remote-User"] = self.user
        if self.destination:
            fields["Destination"] = self.destination
        body = None
        if self.size is None and self.method in ("LOCK", "PROPPATCH"):
            body = ('<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
                    if self.method == "LOCK" else PROPPATCH)
            fields["Content-Type"] = "application/xml"
        elif self.method in ("PUT", "PATCH") or self.size:
            body = b"x" * min(self.size or 0, 1 << 20)
            fields["Content-Length"] = self.size or 0
        if self.size and self.size > 1 << 20:  # too much for any disk: refused before the body is sent
            body = b""
        return server.request(self.method, self.path, fields, body)

    def __repr__(self):
        return f"{self.user} {self.method} {self.path} -> {self.destination} {self.headers} {self.size}"


def everything(root):
    """What a change would alter: names, contents' times, attributes; not the state folder's own files, but what lies about there."""
    found = []
    for folder, folders, files in os.walk(root):
        folders.sort()
        if ".davit" in folders:
            folders.remove(".davit")
        for name in sorted(files) + ["."]:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            found.append((path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    return found, [name for name in litter(root) if not name.endswith(".gone")]  # what real requests took away goes when it goes


class Told(unittest.TestCase):
    """Some hundred random requests, first asked about and then sent."""

    durable = True
    rounds = 2

    @classmethod
    def setUpClass(cls):
        cls.server = Server(config=CONFIG + f"[storage]\ndurable = {str(cls.durable).lower()}\n")
        cls.addClassCleanup(cls.server.stop)

    def plant(self):
        """Something to work on, again and again."""
        anna = {"X-Remote-User": "anna"}
        for user, path, token in self.held:
            self.server.request("UNLOCK", path, {"X-Remote-User": user, "Lock-Token": f"<{token}>"})
        self.held = []
        for path in ("/a", "/a/b", "/shared", "/shared/drop", "/private", "/a/b/c"):
            self.server.request("MKCOL", path, anna)
        for path in ("/a/f", "/a/b/g", "/shared/f", "/shared/drop/f", "/private/f", "/a/b/c/h"):
            self.server.request("PUT", path, anna, b"text")

    PATHS = 4 * ("/a", "/a/", "/a/f", "/a/new", "/a/b", "/a/b/g", "/a/b/c", "/shared", "/shared/f", "/shared/new") + (
             "/missing/x", "/a/f/below", "/shared/drop/f", "/shared/drop/new", "/private", "/private/f", "/private/new", "/", "/.davit/x", "/a/.DS_Store", "/a/%2e%2e/a/f",
             "/a/" + "n" * 300, "/a/b%2Fc", "/shared/sp%20ace")
    METHODS = 3 * ("PROPFIND", "PUT", "PUT", "PATCH", "DELETE", "MKCOL", "COPY", "COPY", "MOVE", "LOCK", "LOCK", "UNLOCK", "PROPPATCH") + (
        "GET", "HEAD", "OPTIONS", "POST", "NONSENSE")

    def some_headers(self, chance, method, path):
        headers = []
        add = lambda name, *values: headers.append((name, chance.choice(values)))
        token = chance.choice(3 * [token for _, _, token in self.held] + self.tokens + ["urn:uuid:00000000-0000-4000-8000-000000000000"])
        if chance.random() < 0.25:
            add("If", f"(<{token}>)", f"<{path}> (<{token}>)", "(Not <DAV:no-lock>)", '(["nothing"])', f"<{self.locked}> (<{token}>)", "(broken")
        if method == "UNLOCK":
            add("Lock-Token", f"<{token}>", f"<{token}>", "nonsense")
        if chance.random() < 0.2:
            add("If-Match", "*", '"nothing"')
        if chance.random() < 0.15:
            add("If-None-Match", "*", '"nothing"')
        if chance.random() < 0.1:
            add("If-Unmodified-Since", "Sun, 09 Sep 2001 01:46:40 GMT", "Fri, 31 Dec 2100 00:00:00 GMT")
        if method in ("COPY", "MOVE") and chance.random() < 0.5:
            add("Overwrite", "F", "T", "F", "X")
        if method in ("COPY", "MOVE", "DELETE", "LOCK", "PROPFIND") and chance.random() < 0.5:
            add("Depth", "0", "0", "0", "1", "infinity", "infinity", "2")
        if method == "PUT" and chance.random() < 0.15:
            add("Content-Range", "bytes 0-4/*", "bytes 1000-1004/*", "nonsense")
        if method == "PATCH":
            add("Content-Type", "application/x-sabredav-partialupdate", "application/x-sabredav-partialupdate", "text/plain")
            add("X-Update-Range", "append", "bytes=0-4", "bytes=-9", "nonsense")
        return headers

    def some_request(self, chance):
        user = chance.choice(("anna", "anna", "anna", "anna", "anna", "bob", "bob", ""))
        method, path = chance.choice(self.METHODS), chance.choice(self.PATHS)
        destination = chance.choice(self.PATHS + ("http://elsewhere.example/a/x",)) if method in ("COPY", "MOVE") and chance.random() < 0.95 else None
        size = None
        if method in ("PUT", "PATCH"):
            size = chance.choice((0, 5, 5, 5, 100000, 10**15))
        elif method == "LOCK" and chance.random() < 0.3:
            size = 0
        return Request(user, method, path, destination, self.some_headers(chance, method, path), size)

    def note_lock(self, request, answer):
        token = answer.header("Lock-Token")
        if request.method == "LOCK" and answer.status in (200, 201) and token:
            self.tokens.append(token.strip("<>"))
            self.held.append((request.user, request.path, self.tokens[-1]))
            self.locked = request.path

    def run_cases(self, seed, count):
        chance = random.Random(seed)
        self.tokens, self.held, self.locked = [], [], "/a"
        seen = set()
        for number in range(count):
            if number % 10 == 0:
                self.plant()
            request = self.some_request(chance)
            before = everything(self.server.root)
            told = request.why(self.server)
            self.assertEqual(everything(self.server.root), before, f"{request} was only asked about")
            answer = request.send(self.server)
            self.note_lock(request, answer)
            real = (answer.status, None if answer.status < 400 and answer.status != 207 else code_of(answer))
            if request.method == "HEAD" and answer.status >= 400:
                real = (answer.status, told.get("code"))  # no body that would say it
            self.assertEqual((told["status"], told.get("code")), real, f"seed {seed}, case {number}: {request}\n{told}\n{answer}")
            seen.add(real)
        return seen

    def test_what_is_told_is_what_happens(self):
        seen = set()
        for seed in range(self.rounds):
            seen |= self.run_cases(seed, 110)
        self.assertGreater(len(seen), 15, seen)


    def test_the_rule_that_decides_is_named(self):
        facts = Request("bob", "PUT", "/a/new", size=5).why(self.server)
        self.assertEqual(facts["failed"], "rules")
        self.assertTrue(facts["failure"]["rule"], facts)


class ToldWithoutSyncs(Told):
    """Where changes are made on the event loop: by other entries of the same pipeline."""
    durable = False
    rounds = 1


class Chain(Case):
    config = '[litter]\npolicy = "refuse"\n'

    def gates(self, facts):
        return {gate["gate"]: gate["state"] for gate in facts["gates"]}

    def test_the_gates_are_named_in_the_order_in_which_they_are_asked(self):
        self.put(self.dir + "/f")
        token = self.lock(self.dir + "/f")
        facts = why(self.server, "", "PUT", self.dir + "/f", headers=[("If-None-Match", "*")], size=5)[1]
        self.assertEqual((facts["status"], facts["code"], facts["failed"]), (423, "locked", "locks"))
        states = [gate["state"] for gate in facts["gates"]]
        self.assertEqual(set(states[states.index("failed") + 1:]), {"not-asked"})
        facts = why(self.server, "", "PUT", self.dir + "/f", headers=[("If-None-Match", "*"), ("If", f"(<{token}>)")], size=5)[1]
        self.assertEqual((facts["status"], facts["failed"]), (412, "conditions"))
        self.assertEqual(self.gates(facts)["locks"], "passed")
        code, facts = why(self.server, "", "PUT", self.dir + "/f", headers=[("If", f"(<{token}>)")], size=5)
        self.assertEqual((code, facts["status"], self.gates(facts)["commit"]), (0, 204, "passed"))
        self.assertEqual(self.get(self.dir + "/f"), b"x")

    def test_each_gate_is_the_one_that_fails(self):
        self.put(self.dir + "/f")
        for wanted, method, path, more in (
                ("request", "PUT", "/%zz", {}), ("path", "PUT", "/.davit/x", {}), ("existence", "DELETE", self.dir + "/none", {}),
                ("existence", "PUT", self.dir + "/none/x", {}), ("name", "PUT", self.dir + "/.DS_Store", {}),
                ("if", "PUT", self.dir + "/f", {"headers": [("If", '(["no"])')]}), ("header", "MOVE", self.dir + "/f", {}),
                ("conditions", "PUT", self.dir + "/f", {"headers": [("If-Match", '"no"')]}),
                ("overwrite", "COPY", self.dir + "/f", {"destination": self.dir + "/g", "headers": [("Overwrite", "F")]}),
                ("room", "PUT", self.dir + "/new", {"size": 10**15})):
            if wanted == "overwrite":
                self.put(self.dir + "/g")
            facts = why(self.server, "", method, path, **more)[1]
            allowed = (wanted, "request") if wanted == "path" else (wanted,)
            self.assertIn(facts["failed"], allowed, (method, path, facts))

    def test_a_link_to_a_folder_may_be_renamed_with_final_slashes(self):
        os.mkdir(f"{self.server.root}{self.dir}/folder")
        os.symlink("folder", f"{self.server.root}{self.dir}/link")
        for slash in ("", "/"):
            code, facts = why(self.server, "", "MOVE", self.dir + "/link" + slash, self.dir + "/renamed/")
            self.assertEqual((code, facts["status"]), (0, 201), facts)

    def test_for_people_it_is_a_list_and_the_advice_of_explain(self):
        self.put(self.dir + "/f")
        self.lock(self.dir + "/f")
        done = subprocess.run([DAVIT, "why", "-", "DELETE", self.dir + "/f"], cwd=self.server.root, capture_output=True, text=True, timeout=30)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        for part in ("FAILS", "locks", "would be answered 423", 'The first thing that fails is "locks"', "locked"):
            self.assertIn(part, done.stdout)
        done = subprocess.run([DAVIT, "why", "-", "MKCOL", self.dir + "/a b\u00e4"], cwd=self.server.root, capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("would be answered 201", done.stdout)
        self.assertFalse(os.path.exists(self.server.root + self.dir + "/a b\u00e4"))

    def test_nothing_behind_the_first_failure_is_said_to_have_passed(self):
        self.expect(201, "MKCOL", self.dir + "/tree")
        self.put(self.dir + "/tree/f")
        self.lock(self.dir + "/tree/f")
        for method, path, more in (("LOCK", "/tree", {}), ("LOCK", "/tree/f", {}), ("LOCK", "/tree/f", {"size": 0}), ("UNLOCK", "/tree/f", {"headers": [("Lock-Token", "<urn:x>")]}),
                                   ("DELETE", "/tree", {}), ("MOVE", "/tree", {"destination": self.dir + "/moved"}), ("PROPPATCH", "/tree/f", {})):
            facts = why(self.server, "", method, self.dir + path, **more)[1]
            states = [gate["state"] for gate in facts["gates"]]
            self.assertEqual(states.count("failed"), 1, facts)
            self.assertEqual(set(states[states.index("failed") + 1:]), {"not-asked"}, (method, facts))
        out = subprocess.run([DAVIT, "why", "-", "LOCK", self.dir + "/tree"], cwd=self.server.root, capture_output=True, text=True, timeout=30).stdout
        self.assertNotRegex(out[out.index("FAILS"):], "(?m)^ok ")

    def test_a_length_in_a_header_counts_as_the_size(self):
        for name in ("Content-Length", "content-length"):
            by_header = why(self.server, "", "PUT", self.dir + "/f", headers=[(name, str(10**15))])[1]
            self.assertEqual((by_header["status"], by_header["failed"]), (507, "room"), by_header)
        self.assertEqual(why(self.server, "", "PUT", self.dir + "/f", headers=[("Content-Length", "5")])[1]["status"], 201)
        for more, said in ((("--header", "Content-Length: five"), "five is no number of bytes"), (("--header", "Content-Length: -1"), "no number of bytes"),
                           (("--header", "Content-Length: 99999999999999999999"), "no number of bytes"), (("--header", "Content-Length: 5", "--size", "6"), "is said already"),
                           (("--header", "Content-Length: 5", "--header", "Content-Length: 5"), "is said already"), (("--header", "Transfer-Encoding: chunked"), "say --size")):
            done = subprocess.run([DAVIT, "why", *more, "--", "-", "PUT", "/x"], cwd=self.server.root, capture_output=True, text=True, timeout=30)
            self.assertEqual((done.returncode, done.stdout), (1, ""), more)
            self.assertIn(said, done.stderr)

    def test_a_rehearsed_request_has_at_most_a_megabyte(self):
        request = b"PROPPATCH /f HTTP/1.1\r\nHost: x\r\n\r\n"
        control = os.path.join(self.server.root, ".davit", "control")
        answer = self.server.request("POST", "/why", {"Why-User": ""}, request + b"x" * (1 << 20), address=control)
        self.assertEqual(answer.status, 413, answer)

    def test_mistakes_in_the_command_are_sentences(self):
        for arguments, part in ((("-", "put", "/x"), "no method"), (("-", "PUT", "/x", "--header", "nonsense"), "--header")):
            done = subprocess.run([DAVIT, "why", *arguments], cwd=self.server.root, capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, 1)
            self.assertIn(part, done.stderr)


class Configured(unittest.TestCase):
    """Servers with accounts or homes."""

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = place.name

    def serve(self, config, root=None):
        path = self.place + "/davit.toml"
        with open(path, "w") as file:
            file.write(config)
        process = subprocess.Popen([DAVIT, "serve", *([root] if root else []), "--config", path, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        process.stdout.readline()

    def why(self, root, user, path):
        done = subprocess.run([DAVIT, "why", "--dir", root, "--json", "--size", "5", "--", user, "PUT", path], capture_output=True, text=True, timeout=30)
        self.assertTrue(done.stdout, done)
        return json.loads(done.stdout)

    def test_a_name_without_an_account_does_not_get_in(self):
        users, root = self.place + "/users", self.place + "/root"
        os.mkdir(root)
        done = subprocess.run([DAVIT, "user", "add", "anna", "--file", users], input="secret\n", capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done)
        self.serve(f'[auth]\nusers = "{users}"\n', root)
        facts = self.why(root, "nobody-here", "/f")
        self.assertEqual((facts["status"], facts["failed"]), (401, "login"))
        facts = self.why(root, "-", "/f")
        self.assertEqual((facts["status"], facts["code"], facts["failed"]), (401, "unauthorized", "login"))
        facts = self.why(root, "anna", "/f")
        self.assertEqual((facts["status"], facts["user"]), (201, "anna"))

    def test_a_home_that_the_first_request_makes_is_not_made_by_asking(self):
        homes = self.place + "/homes"
        os.mkdir(homes)
        self.serve(f'[server]\ntrusted_proxies = ["127.0.0.1"]\n[auth]\nuser_header = "X-Remote-User"\n[[exports]]\npath = "/home"\nroot = "{homes}"\nhomes = true\n')
        facts = self.why(homes, "anna", "/home/f")
        self.assertEqual((facts["status"], facts.get("new-home")), (201, True), facts)
        self.assertFalse(os.path.exists(homes + "/anna"))


class CommandLine(unittest.TestCase):
    def test_a_size_is_a_number_of_bytes(self):
        for size in ("-1", "+1", "1.5", "many", ""):
            done = subprocess.run([DAVIT, "why", "--dir", "/nonexistent", "--size", size, "-", "PUT", "/f"], capture_output=True, text=True, timeout=30)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done)


if __name__ == "__main__":
    main()
