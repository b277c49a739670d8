"""Every cause has its own code, the same in answer, log and `davit explain`; a refused tree is a 4xx that names the culprits."""
import json
import os
import signal
import socket
import subprocess
import tempfile
import unittest

from davit import DAV, OURS, Case, Server, lockinfo, main, multistatus, propertyupdate, set_prop
from signposts import Checks

DAVIT = os.environ["DAVIT"]
PROXY = '[server]\nallow_unauthenticated = true\ntrusted_proxies = ["127.0.0.1"]\n[auth]\nuser_header = "X-Remote-User"\n'


def run(*arguments, stdin=None):
    return subprocess.run([DAVIT, *arguments], input=stdin, capture_output=True, text=True, timeout=30)


class OneCodeEach(Case):
    """Each refusal has the code of its cause; one line of the log has it too."""

    def refused(self, status, code, method, path, headers=None, body=None):
        answer = self.expect(status, method, path, {"X-Request-Id": f"{self.id()}-{code}", **(headers or {})}, body)
        self.assertEqual(answer.header("X-Dav-Error-Code"), code, answer)
        self.assertIn(f"first_failure.code={code} ", self.server.log_line(f"{self.id()}-{code}"))
        return answer

    def test_the_root_stays(self):
        self.refused(403, "root-immutable", "DELETE", "/")
        self.refused(403, "root-immutable", "MOVE", "/", {"Destination": "/elsewhere"})
        for method in ("COPY", "MOVE"):
            answer = self.expect(403, method, self.dir, {"Destination": "/"})
            self.assertEqual(answer.header("X-Dav-Error-Code"), "root-immutable")

    def test_links_that_lead_out_or_round_and_round_or_nowhere(self):
        root = self.server.root + self.dir
        os.symlink("/etc", root + "/out")
        os.symlink("round", root + "/round")
        os.symlink("nothing", root + "/dead")
        self.refused(403, "outside-root", "GET", self.dir + "/out/passwd")
        self.refused(403, "outside-root", "PUT", self.dir + "/out/new", body=b"x")
        self.refused(403, "too-many-links", "GET", self.dir + "/round")
        self.refused(403, "dangling-link", "PUT", self.dir + "/dead", {"If-None-Match": "*"}, b"x")

    def test_what_is_neither_file_nor_folder(self):
        os.mkfifo(self.server.root + self.dir + "/fifo")
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(self.server.root + self.dir + "/socket")
        for name in ("/fifo", "/socket"):
            for method in ("GET", "HEAD"):
                self.refused(403, "not-a-regular-file", method, self.dir + name)

    def test_where_a_tree_may_not_go(self):
        self.expect(201, "MKCOL", self.dir + "/a")
        self.expect(201, "MKCOL", self.dir + "/a/b")
        self.refused(403, "destination-inside-source", "MOVE", self.dir + "/a", {"Destination": self.dir + "/a/b/c"})
        self.refused(403, "source-inside-destination", "MOVE", self.dir + "/a/b", {"Destination": self.dir + "/a"})
        self.refused(403, "same-resource", "MOVE", self.dir + "/a", {"Destination": self.dir + "/a"})

    def test_headers_that_are_missing_or_forbid_themselves(self):
        self.put(self.dir + "/f")
        self.refused(400, "missing-header", "MOVE", self.dir + "/f")
        self.refused(400, "missing-header", "UNLOCK", self.dir + "/f")
        self.refused(400, "depth-not-allowed", "COPY", self.dir + "/f", {"Destination": self.dir + "/g", "Depth": "1"})
        self.refused(400, "depth-not-allowed", "LOCK", self.dir + "/f", {"Depth": "1"}, lockinfo())
        self.refused(400, "bad-header", "MOVE", self.dir + "/f", {"Destination": self.dir + "/g", "Depth": "2"})
        self.refused(400, "lock-refresh-unclear", "LOCK", self.dir + "/f")

    def test_each_refusal_of_a_body_has_its_own_code(self):
        self.put(self.dir + "/f")
        self.refused(415, "body-not-allowed", "DELETE", self.dir + "/f", {}, b"x")
        self.refused(415, "unsupported-coding", "PUT", self.dir + "/f", {"Content-Encoding": "gzip"}, b"x")
        self.refused(422, "unsupported-lock", "LOCK", self.dir + "/f", {}, lockinfo(scope="private"))
        self.refused(422, "unprocessable", "PROPPATCH", self.dir + "/f", {}, '<D:propfind xmlns:D="DAV:"/>')
        self.refused(501, "not-implemented", "FROB", self.dir + "/f")

    def test_a_property_that_a_new_collection_does_not_take_yet(self):
        body = ('<D:mkcol xmlns:D="DAV:"><D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype>'
                '<W:Win32LastModifiedTime xmlns:W="urn:schemas-microsoft-com:">Sun, 09 Sep 2001 01:46:40 GMT</W:Win32LastModifiedTime>'
                '</D:prop></D:set></D:mkcol>')
        answer = self.refused(403, "set-after-creation", "MKCOL", self.dir + "/new", {"Content-Type": "application/xml"}, body)
        self.assertIn("with PROPPATCH", run("explain", stdin=answer.body.decode()).stdout)

    def test_what_the_client_asked_for_is_no_warning_in_the_log(self):
        self.put(self.dir + "/f")
        self.refused(501, "not-implemented", "FROB", self.dir + "/f")
        self.assertIn(" info ", self.server.log_line(f"{self.id()}-not-implemented"))


class ALockOfAnotherUser(Case):
    config = PROXY

    def setUp(self):
        self.dir = "/"

    def test_is_not_refreshed_nor_released_by_its_token(self):
        anna, bert = {"X-Remote-User": "anna"}, {"X-Remote-User": "bert"}
        self.expect(201, "PUT", "/f", anna, b"x")
        token = self.lock("/f", headers=anna)
        for method, headers in (("UNLOCK", {"Lock-Token": f"<{token}>"}), ("LOCK", {"If": f"(<{token}>)"})):
            answer = self.expect(403, method, "/f", {**bert, **headers})
            self.assertEqual(answer.header("X-Dav-Error-Code"), "lock-not-owner")
            self.assertIn("davit locks break", run("explain", stdin=answer.body.decode()).stdout)


class Logins(unittest.TestCase):
    """A 403 because of the way, not of the user, says which way it lacks."""

    def code(self, config, headers=None, files=()):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files:
                with open(f"{folder}/{name}", "w") as file:
                    file.write(text)
            server = Server(config=config.replace("FOLDER", folder))
            try:
                answer = server.request("GET", "/", headers)
                return answer.status, answer.header("X-Dav-Error-Code")
            finally:
                server.stop()

    def test_a_proxy_that_names_no_user(self):
        self.assertEqual(self.code(PROXY), (403, "no-proxy-user"))
        self.assertEqual(self.code(PROXY, {"Authorization": "Basic YTpi"}), (403, "no-proxy-user"))
        self.assertEqual(self.code(PROXY, {"X-Remote-User": "x" * 256}), (403, "user-name-too-long"))
        self.assertEqual(self.code(PROXY, {"X-Remote-User": "zoe\u0308".encode()}), (403, "user-name-not-composed"))

    def test_a_password_that_would_come_in_the_clear(self):
        config = '[server]\ntrusted_proxies = ["127.0.0.1"]\n[auth]\nusers = "FOLDER/users"\n'
        users = [("users", "anna:$5$abcdefgh$h1uR5PTXMX3rjlKmVPSxxo4W8ztTZKNRbOhjTVpMkV5\n")]
        outside = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.9"}
        self.assertEqual(self.code(config, outside, users), (403, "insecure-login"))
        self.assertEqual(self.code(config, {**outside, "Authorization": "Basic YTpi"}, users), (403, "insecure-login"))
        self.assertEqual(self.code(config, {"Authorization": "Negotiate YTpi"}, users), (401, "scheme-not-offered"))
        self.assertEqual(self.code(config, {}, users), (401, "unauthorized"))
        self.assertEqual(self.code(config, {"Authorization": "Basic YTpi"}, users), (401, "wrong-credentials"))


class RefusedTrees(Checks):
    """Clients take any 2xx for success, and 207 is one: what is refused before anything is done has its own status."""

    def setUp(self):
        super().setUp()
        for path in ("/t", "/t/sub", "/u"):
            self.expect(201, "MKCOL", self.dir + path)
        self.members = [self.dir + "/t/a", self.dir + "/t/sub/b"]
        for member in [*self.members, self.dir + "/u/new"]:
            self.put(member)

    def refused(self, status, method, path, destination=None, **headers):
        fields = {"X-Request-Id": f"{self.id()}-{method}", **({"Destination": destination} if destination else {}), **headers}
        answer = self.expect(status, method, path, fields)
        self.assertEqual(answer.xml().tag, DAV + "error")
        self.assertNotIn(b" 424 ", answer.body)
        return answer

    def check_locked(self, answer, culprits):
        self.assertEqual([e.text for e in answer.xml().findall(f"{DAV}lock-token-submitted/{DAV}href")], culprits)
        self.assertEqual([e.get("href") for e in answer.xml().iter(OURS + "lock")], culprits)
        line = self.server.log_line(answer.header("X-Request-Id"))
        self.assertIn(f'first_failure.href="{culprits[0]}" first_failure.status=423 first_failure.code=locked ', line)

    def unchanged(self):
        for path in [*self.members, self.dir + "/u/new"]:
            self.expect(200, "GET", path)

    def test_locked_members_of_the_source_hold_up_delete_and_move_and_never_copy(self):
        for member in self.members:
            self.lock(member)
        self.check_locked(self.refused(423, "DELETE", self.dir + "/t"), self.members)
        self.check_locked(self.refused(423, "MOVE", self.dir + "/t", self.dir + "/v"), self.members)
        self.expect(404, "GET", self.dir + "/v")
        self.unchanged()
        self.expect(201, "COPY", self.dir + "/t", {"Destination": self.dir + "/v"})
        self.expect(204, "PUT", self.dir + "/v/a", body=b"not locked")

    def test_locked_members_of_the_destination_hold_up_copy_and_move(self):
        for member in self.members:
            self.lock(member)
        for method in ("COPY", "MOVE"):
            self.check_locked(self.refused(423, method, self.dir + "/u", self.dir + "/t"), self.members)
        self.unchanged()

    def test_a_member_that_cannot_be_copied(self):
        os.symlink("x/../../../../../gone", self.server.root + self.dir + "/t/sub/link")
        answer = self.refused(403, "COPY", self.dir + "/t", self.dir + "/v")
        self.assertEqual(answer.header("X-Dav-Error-Code"), "link-elsewhere")
        self.assertEqual(answer.xml().findtext(f"{OURS}culprit/{DAV}href"), self.dir + "/t/sub/link")
        self.expect(404, "GET", self.dir + "/v")

    def test_as_json(self):
        self.lock(self.members[0])
        answer = self.expect(423, "MOVE", self.dir + "/t", {"Destination": self.dir + "/v", "Accept": "application/problem+json"})
        facts = json.loads(answer.body)
        self.assertEqual((facts["status"], facts["code"], facts["culprits"], facts["href"]), (423, "locked", self.members[:1], self.members[0]))
        self.assertNotIn("responses", facts)


class RefusedPartByPart(Checks):
    """Best effort: 207 only where something was done."""
    config = '[webdav]\ntrees = "best-effort"\n'

    def test_nothing_done_is_a_4xx_and_something_done_a_207(self):
        self.expect(201, "MKCOL", self.dir + "/t")
        self.put(self.dir + "/t/locked")
        self.lock(self.dir + "/t/locked")
        answer = self.expect(423, "DELETE", self.dir + "/t")
        self.assertEqual(answer.xml().findtext(f"{DAV}lock-token-submitted/{DAV}href"), self.dir + "/t/locked")
        self.put(self.dir + "/t/free")
        answer = self.expect(207, "DELETE", self.dir + "/t")
        self.assertEqual([(r[0], r[1]) for r in multistatus(answer)], [(self.dir + "/t/locked", 423)])
        self.expect(404, "GET", self.dir + "/t/free")


class WhichRule(unittest.TestCase):
    """The operator learns file, line, path and right of the rule; the client does not."""

    @classmethod
    def setUpClass(cls):
        rules = (("/", ["admin"], "all"), ("/", ["anna"], "all"), ("/shut", ["admin"], "all"), ("/half", ["anna"], ["read"]),
                 ("/open", ["anna"], "all"), ("/open/below", ["admin"], "all"), ("/homes/{user}", ["*"], "all"))
        cls.config = PROXY
        cls.lines = {}
        for path, users, allow in rules:
            cls.lines.setdefault((path, users[0]), cls.config.count("\n") + 1)
            cls.config += f"[[rules]]\npath = {json.dumps(path)}\nusers = {json.dumps(users)}\nallow = {json.dumps(allow)}\n"
        cls.server = Server(config=cls.config)
        cls.file = os.path.join(cls.server.work, "davit.toml")
        for path in ("/shut", "/half", "/open", "/open/below", "/homes", "/homes/anna"):
            os.mkdir(cls.server.root + path)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def check(self, user, method, path, rule, at, right, headers=None, body=None):
        request_id = f"{self.id()}-{user}-{method}"
        answer = self.server.request(method, path, {"X-Request-Id": request_id, "X-Remote-User": user, **(headers or {})}, body)
        self.assertEqual((answer.status, answer.header("X-Dav-Error-Code")), (403, "insufficient-privileges"), answer)
        self.assertNotIn(b"davit.toml", answer.body)
        line = self.server.log_line(request_id)
        where = f'rule="{self.file}:{self.lines[rule]}" rule.path="{rule[0]}"' if rule else "rule=none"
        self.assertIn(f'{where} rule.at="{at}" rule.right={right} ', line)
        explained = run("explain", request_id, self.server.root)
        self.assertEqual(explained.returncode, 0, explained)
        wanted = f'Rule: {self.file}, line {self.lines[rule]}: the rule for "{rule[0]}"' if rule else "Rule: no rule names "
        self.assertIn(wanted, explained.stdout)
        self.assertIn(right, explained.stdout) if rule else None
        logged = run("explain", request_id, "--log", self.server.log_path)
        self.assertIn(wanted, logged.stdout)

    def test_a_folder_whose_rules_name_others(self):
        self.check("anna", "PUT", "/shut/f", ("/shut", "admin"), "/shut/f", "write", body=b"x")

    def test_a_rule_that_gives_too_little(self):
        self.check("anna", "PUT", "/half/f", ("/half", "anna"), "/half/f", "write", body=b"x")
        self.check("anna", "DELETE", "/half", ("/half", "anna"), "/half", "delete")

    def test_a_rule_below_a_tree(self):
        self.check("anna", "MOVE", "/open", ("/open/below", "admin"), "/open/below", "read", {"Destination": "/elsewhere"})

    def test_a_rule_at_the_destination(self):
        self.check("anna", "COPY", "/half", ("/shut", "admin"), "/shut/x", "write", {"Destination": "/shut/x"})

    def test_no_rule_for_somebody_elses_home(self):
        self.check("zoe", "PUT", "/homes/anna/f", ("/", "admin"), "/homes/anna/f", "write", body=b"x")


class NoRule(unittest.TestCase):
    def test_names_a_path_that_none_is_about(self):
        server = Server(config=PROXY + '[[rules]]\npath = "/only"\nusers = ["*"]\nallow = "all"\n')
        try:
            answer = server.request("GET", "/other", {"X-Request-Id": "none-1", "X-Remote-User": "anna"})
            self.assertEqual(answer.status, 403)
            self.assertIn('rule=none rule.at="/other" rule.right=read ', server.log_line("none-1"))
            self.assertIn("no rule names /other", run("explain", "none-1", server.root).stdout)
        finally:
            server.stop()

    def test_of_a_request_without_a_login_is_named_too(self):
        config = PROXY + 'anonymous = true\n'
        line = config.count("\n") + 1
        server = Server(config=config + '[[rules]]\npath = "/"\nusers = ["anna"]\nallow = "all"\n')
        try:
            answer = server.request("GET", "/", {"X-Request-Id": "nobody-1"})
            self.assertEqual((answer.status, answer.header("X-Dav-Error-Code")), (403, "no-proxy-user"))
            self.assertIn(f'davit.toml:{line}" rule.path="/" rule.at="/" rule.right=read ', server.log_line("nobody-1"))
        finally:
            server.stop()

    def test_a_reload_that_moves_the_rules_down_moves_their_lines(self):
        config = PROXY + '[[rules]]\npath = "/"\nusers = ["anna"]\nallow = ["read"]\n'
        server = Server(config=config)
        try:
            path = os.path.join(server.work, "davit.toml")
            first = config[:config.index("[[rules]]")].count("\n") + 1
            ask = lambda name: server.request("PUT", "/f", {"X-Request-Id": name, "X-Remote-User": "anna"}, b"x").status
            self.assertEqual(ask("line-1"), 403)
            self.assertIn(f'rule="{path}:{first}"', server.log_line("line-1"))
            with open(path, "w") as file:
                file.write("# one\n# two\n" + config)
            server.process.send_signal(signal.SIGHUP)
            server.log_line("reloaded the configuration")
            self.assertEqual(ask("line-2"), 403)
            self.assertIn(f'rule="{path}:{first + 2}"', server.log_line("line-2"))
        finally:
            server.stop()


class Also(Checks):
    """All mistakes of a PROPPATCH are told at once; on the wire only the first failed, and the rest depend on it."""

    def test_properties_that_would_have_failed_themselves(self):
        self.put(self.dir + "/f")
        body = set_prop("<Z:good>1</Z:good><D:getetag>x</D:getetag><Z:other>2</Z:other><D:getcontentlength>1</D:getcontentlength>"
                        "<D:getcontenttype>nonsense</D:getcontenttype><D:getetag>y</D:getetag>")
        answer = self.proppatch(self.dir + "/f", body, {"X-Request-Id": "also-1"})
        found = self.check_signposts(answer.xml())
        self.assertEqual([e[2] for e in found], [403, 424, 424, 424, 424])
        also = [(e.get("namespace"), e.get("property"), e.get("status"), e.get("code")) for e in answer.xml().iter(OURS + "also")]
        self.assertEqual(also, [("DAV:", "getcontentlength", "403", "protected-property"), ("DAV:", "getcontenttype", "409", "invalid-property-value")])
        self.assertEqual({e.get("index") for e in answer.xml().iter(OURS + "failed-dependency")}, {"1"}, "counted from 0 in document order")
        facts = json.loads(self.proppatch(self.dir + "/f", body, {"Accept": "application/problem+json"}).body)
        self.assertEqual([(a["property"], a["code"]) for a in facts["also"]],
                         [("{DAV:}getcontentlength", "protected-property"), ("{DAV:}getcontenttype", "invalid-property-value")])
        self.assertIn('also="{DAV:}getcontentlength protected-property, {DAV:}getcontenttype invalid-property-value"', self.server.log_line("also-1"))
        for explained in (run("explain", stdin=answer.body.decode()), run("explain", "also-1", self.server.root),
                          run("explain", "also-1", "--log", self.server.log_path)):
            self.assertIn("Would fail too: {DAV:}getcontentlength: 403 protected-property", explained.stdout)
            self.assertIn("Would fail too: {DAV:}getcontenttype: 409 invalid-property-value", explained.stdout)
            self.assertNotIn("Would fail too: {DAV:}getetag", explained.stdout)
            self.assertIn("Leave {DAV:}getetag, {DAV:}getcontentlength out", explained.stdout)

    def test_nothing_is_named_that_would_have_gone_well(self):
        self.put(self.dir + "/f")
        answer = self.proppatch(self.dir + "/f", set_prop("<Z:a/><D:getetag/><Z:b/>"))
        self.assertEqual(list(answer.xml().iter(OURS + "also")), [])

    def test_in_an_extended_mkcol(self):
        body = ('<D:mkcol xmlns:D="DAV:"><D:set><D:prop><D:getetag/><D:resourcetype><D:collection/></D:resourcetype><D:getcontentlength/>'
                '</D:prop></D:set></D:mkcol>')
        answer = self.expect(403, "MKCOL", self.dir + "/new", {"Content-Type": "application/xml"}, body)
        self.assertEqual([e.get("property") for e in answer.xml().iter(OURS + "also")], ["getcontentlength"])


class Failures(unittest.TestCase):
    """`davit failures` lists them; the log still has them after a restart."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(config=PROXY)
        ask = lambda user, method, path, name, body=None: cls.server.request(
            method, path, {"X-Remote-User": user, "X-Request-Id": name}, body)
        ask("anna", "PUT", "/a", "put-1", b"x")
        ask("anna", "GET", "/none", "miss-1")
        ask("bert", "GET", "/d/n%C3%B6ne", "miss-2")
        ask("anna", "DELETE", "/", "root-1")
        ask("anna", "PROPPATCH", "/a", "prop-1", propertyupdate(set_prop("<Z:a/><D:getetag/>")))
        cls.server.log_line("prop-1")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def ids(self, *options):
        ids = []
        for source in ([self.server.root], ["--log", self.server.log_path]):
            done = run("failures", *source, "--json", *options)
            self.assertEqual(done.returncode, 0, done)
            ids.append([each["request-id"] for each in json.loads(done.stdout)])
        self.assertEqual(ids[0], ids[1], "the daemon and its log say the same")
        return ids[0]

    def test_all_the_oldest_first(self):
        self.assertEqual(self.ids(), ["miss-1", "miss-2", "root-1", "prop-1"])
        table = run("failures", self.server.root).stdout
        self.assertRegex(table, r"miss-1 +anna +GET +/none +404 not-found +There is nothing")

    def test_by_user_path_code_and_time(self):
        self.assertEqual(self.ids("--user", "bert"), ["miss-2"])
        self.assertEqual(self.ids("--code", "root-immutable"), ["root-1"])
        self.assertEqual(self.ids("--code", "404"), ["miss-1", "miss-2"])
        self.assertEqual(self.ids("--path", "/d"), ["miss-2"])
        self.assertEqual(self.ids("--path", "/d/n\u00f6ne"), ["miss-2"])
        self.assertEqual(self.ids("--path", "/non"), [])
        self.assertEqual(self.ids("--path", "/", "--user", "anna", "--code", "403"), ["root-1", "prop-1"])
        self.assertEqual(len(self.ids("--since", "1h")), 4)
        self.assertEqual(self.ids("--since", "2999-01-01"), [])
        self.assertEqual(len(self.ids("--since", "2001-01-01T00:00:00Z")), 4)

    def test_the_destination_counts_as_a_path_too(self):
        for log in ("text", "json"):
            server = Server(config=f'[log]\nformat = "{log}"\n')
            self.addCleanup(server.stop)
            server.request("PUT", "/a", body=b"x")
            for method in ("COPY", "MOVE"):
                server.request(method, "/a", {"X-Request-Id": method + "-1", "Destination": "http://u:s3cret@localhost/none/b%20c?t=s3cret"})
                server.request(method, "/a", {"X-Request-Id": method + "-2", "Destination": "/other/b"})
            server.log_line("MOVE-2")
            for source in ([server.root], ["--log", server.log_path]):
                for path in ("/none", "/none/b c"):
                    done = run("failures", *source, "--json", "--path", path)
                    self.assertEqual([each["request-id"] for each in json.loads(done.stdout)], ["COPY-1", "MOVE-1"], (source, path))
                    self.assertNotIn("s3cret", done.stdout)
            self.assertNotIn("s3cret", server.read_log())

    def test_mistakes_on_the_command_line(self):
        for options, said in ((("--code", "no-such"), "no such code"), (("--since", "soon"), "expected a duration"),
                              (("--log", "/nonexistent"), "cannot be read"), (("--log", "/"), "directory")):
            done = run("failures", self.server.root, *options)
            self.assertEqual((done.returncode, done.stdout), (1, ""), done)
            self.assertIn(said, done.stderr)

    def test_explained_from_the_log(self):
        by_daemon = run("explain", "prop-1", self.server.root).stdout
        by_log = run("explain", "prop-1", "--log", self.server.log_path).stdout
        for text in (by_daemon, by_log):
            self.assertIn("Cause: {DAV:}getetag of /a: 403 protected-property\n    getetag is protected", text)
            self.assertIn("Leave {DAV:}getetag out", text)
            self.assertRegex(text, r"Request: PROPPATCH /a, answered 207, user anna, from 127.0.0.1, 2\d\d\d-")
        with open(self.server.log_path) as file:
            journal = "".join("Nov 30 12:00:00 host davit[7]: " + line.split(" ", 2)[2] for line in file)
        self.assertIn("{DAV:}getetag of /a", run("explain", "prop-1", "--log", "-", stdin=journal).stdout)
        done = run("explain", "none-such", "--log", self.server.log_path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no failure with this request id", done.stderr)

    def test_explained_from_a_json_log(self):
        server = Server(config='[log]\nformat = "json"\n')
        server.request("GET", "/n%22one", {"X-Request-Id": "json-1"})
        line = server.log_line("json-1")
        server.stop()
        self.assertIn("Cause: /n%22one: 404 not-found", run("explain", "json-1", "--log", "-", stdin=line + "\n").stdout)


del Checks

if __name__ == "__main__":
    main()
