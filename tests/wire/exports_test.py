"""Several folders at one server, homes for users, and what lies above them."""
import json
import os
import shutil
import stat
import subprocess
import tempfile
import unittest
import urllib.parse

from davit import DAV, Server, lockinfo, main, multistatus, one, propfind_body, propertyupdate, set_prop

AUTH = '[server]\nallow_unauthenticated = true\ntrusted_proxies = ["127.0.0.1"]\n{more}\n[auth]\nuser_header = "X-Remote-User"\nanonymous = true\n'


class Exports(unittest.TestCase):
    rules = ""
    more = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="davit-exports-")
        for name in ("docs", "music", "homes"):
            os.mkdir(os.path.join(cls.folder, name))
        with open(os.path.join(cls.folder, "music", "song"), "w") as file:
            file.write("la")
        cls.server = ExportServer(cls.config())

    @classmethod
    def config(cls):
        export = lambda path, root, more="": f'[[exports]]\npath = "{path}"\nroot = "{cls.folder}/{root}"\n{more}\n'
        return (AUTH.replace("{more}", cls.more) + export("/docs", "docs") + export("/media/music", "music", "read_only = true")
                + export("/home", "homes", "homes = true") + cls.rules)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        shutil.rmtree(cls.folder)

    def ask(self, user, method, path, headers=None, body=None):
        return self.server.request(method, path, {**({"X-Remote-User": user} if user else {}), **(headers or {})}, body)

    def must(self, status, user, method, path, headers=None, body=None):
        answer = self.ask(user, method, path, headers, body)
        self.assertEqual(answer.status, status, f"{user} {method} {path} {headers}: {answer}")
        return answer

    def hrefs(self, user, path, depth="1"):
        return sorted(h for h, _, _ in multistatus(self.must(207, user, "PROPFIND", path, {"Depth": depth})))


class ExportServer(Server):
    """Its command line names no folder."""

    def __init__(self, config):
        super().__init__(root="", config=config)

    def start(self):
        os.rmdir(self.root)  # the one nobody asked for
        self.root, self.args = "--config", [os.path.join(self.work, "davit.toml"), "--listen", "127.0.0.1:0"]
        with open(self.args[0], "w") as file:
            file.write(self.config)
        config, self.config = self.config, None
        super().start()
        self.config = config


class Folders(Exports):
    def test_each_is_where_it_is_said_to_be(self):
        self.must(201, "anna", "PUT", "/docs/f", body=b"x")
        self.assertTrue(os.path.exists(os.path.join(self.folder, "docs", "f")))
        self.assertEqual(self.must(200, "anna", "GET", "/media/music/song").body, b"la")
        self.assertEqual(self.hrefs("anna", "/media/music"), ["/media/music/", "/media/music/song"])
        answer = self.must(201, "anna", "MKCOL", "/docs/d")
        self.assertEqual(answer.header("Location"), "/docs/d/")
        self.must(201, "anna", "COPY", "/docs/f", {"Destination": "/docs/d/g"})
        self.must(201, "anna", "MOVE", "/docs/d/g", {"Destination": "http://localhost/docs/d/h"})
        self.assertIn(b'href="/docs/d/h"', self.must(200, "anna", "GET", "/docs/d").body)
        self.assertIn(b'href="/docs/"', self.must(200, "anna", "GET", "/docs/d").body)
        self.assertIn(b'href="/"', self.must(200, "anna", "GET", "/docs").body)

    def test_what_lies_above(self):
        self.assertEqual(self.hrefs("anna", "/"), ["/", "/docs/", "/home/", "/media/"])
        self.assertEqual(self.hrefs("anna", "/", "0"), ["/"])
        self.assertEqual(self.hrefs("anna", "/media"), ["/media/", "/media/music/"])
        self.assertIn(b"propfind-finite-depth", self.must(403, "anna", "PROPFIND", "/").body)
        self.assertIn(b'href="/media/"', self.must(200, "anna", "GET", "/").body)
        self.must(200, "anna", "HEAD", "/")
        options = self.must(200, "anna", "OPTIONS", "/")
        self.assertEqual(options.header("Allow"), "OPTIONS, GET, HEAD, PROPFIND")
        self.assertIn("2", options.header("DAV"))
        self.must(404, "anna", "GET", "/nothing")
        for path in ("/", "/media", "/nothing", "/docsx"):
            for method in ("PUT", "DELETE", "MKCOL", "PROPPATCH", "LOCK"):
                body = {"PUT": b"x", "PROPPATCH": propertyupdate(set_prop("<Z:a>1</Z:a>")), "LOCK": lockinfo()}.get(method)
                self.must(403, "anna", method, path, {}, body)
        self.must(207, "anna", "PROPFIND", "/docs", {"Depth": "infinity"})

    def test_read_only_is_of_one_export(self):
        self.must(403, "anna", "PUT", "/media/music/new", body=b"x")
        self.must(403, "anna", "DELETE", "/media/music/song")
        options = self.must(200, "anna", "OPTIONS", "/media/music/song")
        self.assertEqual((options.header("Allow"), options.header("DAV")), ("OPTIONS, GET, HEAD, PROPFIND", "1, 3"))
        self.assertIn("PUT", self.must(200, "anna", "OPTIONS", "/docs/x").header("Allow"))
        self.assertFalse(os.path.exists(os.path.join(self.folder, "music", ".davit")))
        asked = propfind_body("<D:current-user-privilege-set/>")
        privileges = {p[0].tag for p in one(self.must(207, "anna", "PROPFIND", "/media/music", {"Depth": "0"}, asked))[
            DAV + "current-user-privilege-set"][1]}
        self.assertEqual(privileges, {DAV + "read", DAV + "read-current-user-privilege-set"})

    def test_nothing_goes_from_one_to_another(self):
        self.must(201, "anna", "PUT", "/docs/here", body=b"x")
        for destination in ("/home/x", "/media/music/x", "/x", "/docs/../home/x", "/"):
            for method in ("COPY", "MOVE"):
                answer = self.must(502, "anna", method, "/docs/here", {"Destination": destination, "X-Request-Id": f"between-{method}-{len(destination)}"})
                self.assertIn(b"export", answer.body)
                self.assertEqual(answer.header("X-Dav-Error-Code"), "between-exports")
                self.assertIn(" info ", self.server.log_line(f"between-{method}-{len(destination)} "), "the client asked for it: no fault of the server")
        self.must(200, "anna", "GET", "/docs/here")
        self.assertIn(self.ask("anna", "DELETE", "/docs").status, (403,))

    def test_conditions_speak_of_this_export(self):
        tag = self.must(201, "anna", "PUT", "/docs/cond", body=b"x").header("ETag")
        self.must(200, "anna", "GET", "/docs/cond", {"If": f"</docs/cond> ([{tag}])"})
        self.must(412, "anna", "GET", "/docs/cond", {"If": f"</cond> ([{tag}])"})
        self.must(412, "anna", "GET", "/docs/cond", {"If": f"</home/cond> ([{tag}])"})

    def test_no_way_leads_into_a_folders_state(self):
        self.must(201, "anna", "PUT", "/docs/evil", body=b"x")
        for path in ("/docs/.davit", "/docs/.davit/state.db", "/docs//./.davit/state.db", "/docs/x/../.davit/state.db", "/.davit/x"):
            for method in ("GET", "PROPFIND", "PUT", "DELETE", "MKCOL", "LOCK"):
                body = {"PUT": b"x", "LOCK": lockinfo()}.get(method)
                self.must(403, "anna", method, path, {"Depth": "0"}, body)
            self.must(403, "anna", "COPY", "/docs/evil", {"Destination": path})
            self.must(403, "anna", "MOVE", path, {"Destination": "/docs/stolen"})
        self.must(403, "anna", "PUT", "/home/.davit", body=b"reserved at every depth")

    def test_sentences_speak_of_urls(self):
        self.assertIn(b"The collection /docs/no/ does not exist", self.must(409, "anna", "PUT", "/docs/no/f", body=b"x").body)
        self.assertIn(b"The collection /home/no/ does not exist", self.must(409, "anna", "PUT", "/home/no/f", body=b"x").body)

    def test_tops_stay(self):
        asked = propfind_body('<O:permissions xmlns:O="http://owncloud.org/ns"/>')
        for path in ("/docs/", "/home/"):
            found = one(self.must(207, "anna", "PROPFIND", path, {"Depth": "0"}, asked))
            self.assertEqual(found["{http://owncloud.org/ns}permissions"][1].text, "GCK")
            self.must(403, "anna", "DELETE", path)
            self.must(403, "anna", "MOVE", path, {"Destination": path + "x"})

    def test_locks_have_their_place(self):
        self.must(201, "anna", "PUT", "/docs/l", body=b"x")
        answer = self.must(200, "anna", "LOCK", "/docs/l", {"Depth": "0"}, lockinfo())
        self.assertIn(b"<D:lockroot><D:href>/docs/l</D:href>", answer.body)
        token = answer.header("Lock-Token")
        self.assertIn(b"<D:href>/docs/l</D:href>", self.must(423, "anna", "PUT", "/docs/l", body=b"y").body)
        self.must(204, "anna", "PUT", "/docs/l", {"If": f"</docs/l> ({token})"}, b"y")
        listed = subprocess.run([self.server.binary, "locks", "list", os.path.join(self.folder, "docs"), "--json"],
                                capture_output=True, text=True)
        self.assertEqual([lock["href"] for lock in json.loads(listed.stdout)], ["/docs/l"], listed.stderr)
        listed = subprocess.run([self.server.binary, "locks", "list", os.path.join(self.folder, "homes"), "--json"],
                                capture_output=True, text=True)
        self.assertEqual(json.loads(listed.stdout), [], listed.stderr)
        self.must(204, "anna", "UNLOCK", "/docs/l", {"Lock-Token": token})


class Homes(Exports):
    def test_everybody_is_at_home_at_the_same_url(self):
        self.must(404, "anna", "GET", "/home/f")
        made = os.stat(os.path.join(self.folder, "homes", "anna"))
        self.assertEqual(stat.S_IMODE(made.st_mode), 0o700)
        self.must(201, "anna", "PUT", "/home/f", body=b"anna's")
        self.must(404, "bert", "GET", "/home/f")
        self.must(201, "bert", "PUT", "/home/f", body=b"bert's")
        self.assertEqual(self.must(200, "anna", "GET", "/home/f").body, b"anna's")
        self.assertEqual(self.hrefs("anna", "/home"), ["/home/", "/home/f"])
        self.must(404, "anna", "GET", "/home/bert/f")
        self.assertIn(self.ask("anna", "GET", "/home/../homes/bert/f").status, (404,))
        self.must(201, "anna", "COPY", "/home/f", {"Destination": "/home/g"})
        self.assertTrue(os.path.exists(os.path.join(self.folder, "homes", "anna", "g")))
        self.assertFalse(os.path.exists(os.path.join(self.folder, "homes", "bert", "g")))

    def test_one_users_locks_are_not_anothers(self):
        self.must(201, "carl", "PUT", "/home/l", body=b"x")
        self.must(201, "dora", "PUT", "/home/l", body=b"x")
        answer = self.must(200, "carl", "LOCK", "/home/l", {"Depth": "0"}, lockinfo())
        self.assertIn(b"<D:lockroot><D:href>/home/l</D:href>", answer.body)
        self.must(204, "dora", "PUT", "/home/l", body=b"y")
        self.must(423, "carl", "PUT", "/home/l", body=b"y")
        whole = self.must(200, "dora", "LOCK", "/home/", {"Depth": "infinity"}, lockinfo())
        self.must(423, "dora", "PUT", "/home/l", body=b"z")
        self.must(204, "carl", "PUT", "/home/l", {"If": f"({answer.header('Lock-Token')})"}, b"z")
        self.must(204, "dora", "UNLOCK", "/home/", {"Lock-Token": whole.header("Lock-Token")})

    def test_a_home_stays(self):
        self.must(201, "emil", "PUT", "/home/f", body=b"x")
        self.assertEqual(self.must(403, "emil", "DELETE", "/home/").header("X-Dav-Error-Code"), "home-immutable")
        self.assertEqual(self.must(403, "emil", "DELETE", "/home/", {"Depth": "0"}).header("X-Dav-Error-Code"), "home-immutable")
        self.must(412, "emil", "DELETE", "/home/", {"If": '(["no"])'})
        self.must(403, "emil", "MOVE", "/home/", {"Destination": "/home/x"})
        self.must(403, "emil", "MOVE", "/home/f", {"Destination": "/home/"})
        self.must(200, "emil", "GET", "/home/f")

    def test_names_that_lead_elsewhere_lead_nowhere(self):
        for name in ("..", ".", ".davit", "anna/../bert", "a/b"):
            answer = self.ask(name, "PUT", "/home/evil", body=b"x")
            self.assertIn(answer.status, (400, 401, 403), name)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "evil")))
        self.assertFalse(os.path.exists(os.path.join(self.folder, "homes", ".davit", "evil")))

    def test_names_that_are_too_long(self):
        self.must(201, "l" * 255, "PUT", "/home/f", body=b"x")
        for name in ("l" * 256, "\u00e9" * 128, "l" * 5000):
            for method in ("GET", "PUT", "PROPFIND", "MKCOL"):
                answer = self.must(403, name, method, "/home/f", {"Depth": "0"}, b"x" if method == "PUT" else None)
                self.assertIn(b"a user of more than 255 bytes", answer.body)

    def test_a_home_that_vanished_is_made_again(self):
        home = os.path.join(self.folder, "homes", "fred")
        for method, status, path in (("PUT", 201, "/home/f"), ("MKCOL", 201, "/home/d"), ("PROPFIND", 207, "/home/"), ("GET", 404, "/home/x")):
            self.must(201, "fred", "PUT", "/home/before", body=b"x")
            shutil.rmtree(home)
            self.must(status, "fred", method, path, {"Depth": "0"}, b"y" if method == "PUT" else None)
            self.assertEqual(stat.S_IMODE(os.stat(home).st_mode), 0o700)
            shutil.rmtree(home)

    def test_no_home_where_something_else_stands(self):
        place = os.path.join(self.folder, "homes", "gina")
        for make in (lambda: open(place, "w").close(), lambda: os.symlink("nowhere", place), lambda: os.symlink("/etc", place), lambda: os.mkfifo(place)):
            make()
            for method, path in (("GET", "/home/"), ("GET", "/home"), ("PUT", "/home"), ("PUT", "/home/f"), ("MKCOL", "/home/d"), ("LOCK", "/home")):
                body = {"PUT": b"x", "LOCK": lockinfo()}.get(method)
                self.must(403, "gina", method, path, {}, body)
            os.unlink(place)
        self.must(201, "gina", "PUT", "/home/f", body=b"x")

    def test_two_whose_names_look_the_same_never_meet(self):
        for one_of, other in (("\u00e9", "e\u0301"), ("Key", "\u212aey")):
            self.must(201, one_of, "PUT", "/home/p", body=b"private")
            os.mkdir(os.path.join(self.folder, "homes", other))  # of earlier times
            with open(os.path.join(self.folder, "homes", other, "q"), "w") as file:
                file.write("other's")
            shutil.rmtree(os.path.join(self.folder, "homes", one_of))
            for name in ("p", "q"):
                self.must(404, one_of, "GET", "/home/" + name)
                self.must(403, other, "GET", "/home/" + name)
            self.assertEqual(self.hrefs(one_of, "/home"), ["/home/"])

    def test_names_in_two_forms_are_one_within_a_home(self):
        for name in ("hans", "h\u00e0ns"):
            self.must(201, name, "PUT", "/home/%C3%A9", body=b"x")
            self.assertEqual(self.must(200, name, "GET", "/home/e%CC%81").body, b"x")

    def test_nobody_has_none(self):
        self.assertIn(self.ask(None, "GET", "/home/f").status, (401, 403))
        self.assertIn(self.ask(None, "PROPFIND", "/home/", {"Depth": "0"}).status, (401, 403))


class HomesToRead(Exports):
    """Nothing is made here that would be found first."""
    @classmethod
    def config(cls):
        for name in ("e\u0301", "\u212aey", "anna"):
            os.mkdir(os.path.join(cls.folder, "homes", name))
            with open(os.path.join(cls.folder, "homes", name, "p"), "w") as file:
                file.write("private")
        return super().config().replace("homes = true", "homes = true\nread_only = true")

    def test_a_folder_that_looks_like_a_home_is_none(self):
        self.assertEqual(self.must(200, "anna", "GET", "/home/p").body, b"private")
        for name in ("\u00e9", "Key", "bert"):
            for path in ("/home/p", "/home/"):
                for method in ("GET", "PROPFIND"):
                    self.must(404, name, method, path, {"Depth": "0"})


class OwnFolders(Exports):
    """Homes made of rules."""
    rules = ('[[rules]]\npath = "/"\nusers = "*"\nallow = "none"\n'
             '[[rules]]\npath = "/docs/{user}"\nusers = "*"\nallow = "all"\n')

    def test_ones_own_in_any_form(self):
        quote = urllib.parse.quote
        for owner, other in (("\u00e9", "e\u0301"), ("Key", "\u212aey")):
            here, there = (f"/docs/{quote(name)}" for name in (owner, other))
            self.must(201, owner, "MKCOL", here)
            self.must(201, owner, "PUT", there + "/p", body=b"private")
            for path in (here + "/p", there + "/p"):
                self.assertEqual(self.must(200, owner, "GET", path).body, b"private")
                for name in (other, "bert"):
                    for method in ("GET", "PROPFIND", "DELETE"):
                        self.must(403, name, method, path, {"Depth": "0"})


class RuledExports(Exports):
    rules = ('[[rules]]\npath = "/"\nusers = "*"\nallow = "read"\n'
             '[[rules]]\npath = "/docs"\nusers = "anna"\nallow = "all"\n'
             '[[rules]]\npath = "/home"\nusers = "*"\nallow = "all"\n'
             '[[rules]]\npath = "/home/in"\nusers = "*"\nallow = ["read", "write"]\n')

    def test_rules_speak_of_urls(self):
        self.must(201, "anna", "PUT", "/docs/f", body=b"x")
        self.must(403, "bert", "GET", "/docs/f")
        self.must(403, "bert", "COPY", "/home/f", {"Destination": "/docs/f"})
        self.must(201, "bert", "MKCOL", "/home/in")
        self.must(201, "bert", "PUT", "/home/in/f", body=b"x")
        self.must(403, "bert", "DELETE", "/home/in/f")
        self.must(403, "bert", "PROPPATCH", "/home/in/f", body=propertyupdate(set_prop("<Z:a>1</Z:a>")))
        self.must(207, "bert", "PROPPATCH", "/home", body=propertyupdate(set_prop("<Z:a>1</Z:a>")))

    def test_what_may_not_be_read_is_not_listed(self):
        self.assertEqual(self.hrefs("bert", "/"), ["/", "/home/", "/media/"])
        self.assertEqual(self.hrefs("anna", "/"), ["/", "/docs/", "/home/", "/media/"])
        self.assertNotIn(b"docs", self.must(200, "bert", "GET", "/").body)


class BehindAPrefix(Exports):
    more = 'base_path = "/dav"'

    def test_every_href_has_both_prefixes(self):
        self.assertEqual(self.must(201, "anna", "MKCOL", "/dav/docs/p").header("Location"), "/dav/docs/p/")
        self.assertEqual(self.hrefs("anna", "/dav/"), ["/dav/", "/dav/docs/", "/dav/home/", "/dav/media/"])
        self.must(201, "anna", "PUT", "/dav/docs/f", body=b"x")
        self.must(201, "anna", "COPY", "/dav/docs/f", {"Destination": "http://localhost/dav/docs/g"})


class Mistakes(unittest.TestCase):
    def refused(self, config):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(config)
            file.flush()
            done = subprocess.run([os.environ["DAVIT"], "check-config", file.name], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2, done)
        return done.stderr

    def test_each_has_its_place(self):
        self.assertIn(":3: exports.path", self.refused('[[exports]]\nroot = "/x"\npath = "/"\n'))
        self.assertIn("no export may lie inside another",
                      self.refused('[[exports]]\npath = "/a"\nroot = "/x"\n[[exports]]\npath = "/a/b"\nroot = "/y"\n'))
        self.assertIn("needs root", self.refused('[[exports]]\npath = "/a"\n'))
        self.assertIn("exports.colour", self.refused('[[exports]]\npath = "/a"\nroot = "/x"\ncolour = "red"\n'))
        self.assertIn(":4: rules.allow", self.refused('[[rules]]\npath = "/a"\nusers = "*"\nallow = ["fly"]\n'))
        self.assertIn("needs users", self.refused('[[rules]]\npath = "/a"\nallow = "all"\n'))
        self.assertIn("no way to log in", self.refused('[[rules]]\npath = "/a"\nusers = ["anonymous", "anna"]\nallow = "all"\n'))
        self.assertIn("not both", self.refused('[server]\nroot = "/z"\n[[exports]]\npath = "/a"\nroot = "/x"\n'))

    def test_folders_that_overlap(self):
        folder = tempfile.mkdtemp()
        os.mkdir(folder + "/in")
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(f'[[exports]]\npath = "/a"\nroot = "{folder}"\n[[exports]]\npath = "/b"\nroot = "{folder}/in/../in"\n')
            file.flush()
            done = subprocess.run([os.environ["DAVIT"], "serve", "--config", file.name, "--listen", "127.0.0.1:0"],
                                  capture_output=True, text=True, timeout=20)
        shutil.rmtree(folder)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("lies in", done.stderr)


if __name__ == "__main__":
    main()
