"""Rules: who may do what, on canonical paths, at source and Destination; what the properties say is what is enforced."""
import itertools
import os
import re
import signal
import tempfile

from davit import Case, DAV, lockinfo, main, multistatus, one, propfind_body, propertyupdate, set_prop, wait_until

RIGHTS = ("read", "write", "delete", "lock", "properties")
COMBINATIONS = [frozenset(c) for n in range(6) for c in itertools.combinations(RIGHTS, n)]
SERVER = '[server]\ntrusted_proxies = ["127.0.0.1"]\n'
AUTH = SERVER + '[auth]\nuser_header = "X-Remote-User"\ngroups_header = "X-Remote-Groups"\nanonymous = true\n'
OC = "{http://owncloud.org/ns}"
ASKED = ('<D:current-user-privilege-set/><D:current-user-principal/><O:permissions xmlns:O="http://owncloud.org/ns"/>')


def rule(path, users, allow):
    quoted = lambda texts: "[" + ", ".join(f'"{t}"' for t in texts) + "]"
    return f'[[rules]]\npath = "{path}"\nusers = {quoted(users)}\nallow = {quoted(allow) if not isinstance(allow, str) else repr(allow)}\n'


class Ruled(Case):
    def setUp(self):
        self.dir = "/"

    def ask(self, user, method, path, headers=None, body=None, groups=None, **kwargs):
        who = {"X-Remote-User": user} if user else {}
        if groups:
            who["X-Remote-Groups"] = groups
        return self.request(method, path, {**who, **(headers or {})}, body, **kwargs)

    def must(self, status, user, method, path, headers=None, body=None, **kwargs):
        answer = self.ask(user, method, path, headers, body, **kwargs)
        self.assertEqual(answer.status, status, f"{user} {method} {path} {headers}: {answer}")
        return answer


def folder_of(rights):
    return "/r" + "".join("1" if r in rights else "0" for r in RIGHTS)


class NamesFromAProxy(Ruled):
    config = AUTH + rule("/", ["j\u00fcrgen"], ["read", "write"])

    def test_a_name_in_latin_1_is_the_same_user(self):
        """nginx hands on the bytes of a Basic login as they came."""
        for encoding in ("utf-8", "latin-1"):
            answer = self.ask("j\u00fcrgen".encode(encoding), "PUT", "/" + encoding, body=b"x")
            self.assertEqual(answer.status, 201, answer)


class WhatIsSaidIsEnforced(Ruled):
    """For every set of rights and every method: a privilege that is missing means 403, one that is there does not."""
    config = AUTH + rule("/", ["admin"], "all") + rule("/free", ["anna", "admin"], "all") + "".join(
        rule(folder_of(c), ["admin"], "all") + rule(folder_of(c), ["anna"], sorted(c) or "none") for c in COMBINATIONS)

    def prepare(self, folder):
        for path in ("", "/d"):
            self.ask("admin", "MKCOL", folder + path)
        for path in ("/f", "/g", "/h", "/m", "/l", "/d/f"):
            self.assertIn(self.ask("admin", "PUT", folder + path, body=b"x").status, (201, 204))

    def attempts(self, folder):
        """What is done, what it needs, and whether it was refused."""
        lock = {"Depth": "0", "Timeout": "Second-60"}
        yield "GET", {"read"}, self.ask("anna", "GET", folder + "/f")
        yield "HEAD", {"read"}, self.ask("anna", "HEAD", folder + "/f")
        yield "page", {"read"}, self.ask("anna", "GET", folder + "/d/")
        for depth in ("0", "1", "infinity"):
            yield "PROPFIND " + depth, {"read"}, self.ask("anna", "PROPFIND", folder, {"Depth": depth})
        yield "PUT over", {"write"}, self.ask("anna", "PUT", folder + "/f", body=b"y")
        yield "PUT new", {"write"}, self.ask("anna", "PUT", folder + "/new", body=b"y")
        yield "PUT of a part", {"read", "write"}, self.ask("anna", "PUT", folder + "/f", {"Content-Range": "bytes 0-0/*"}, b"y")
        yield "PATCH", {"read", "write"}, self.ask("anna", "PATCH", folder + "/f", {
            "Content-Type": "application/x-sabredav-partialupdate", "X-Update-Range": "append"}, b"y")
        yield "MKCOL", {"write"}, self.ask("anna", "MKCOL", folder + "/newd")
        yield "MKCOL with an empty chunked body", {"write"}, self.ask("anna", "MKCOL", folder + "/newe", {"Transfer-Encoding": "chunked"}, b"0\r\n\r\n")
        yield "PROPPATCH", {"properties"}, self.ask("anna", "PROPPATCH", folder + "/f",
                                                    body=propertyupdate(set_prop("<Z:a>1</Z:a>")))
        locked = self.ask("anna", "LOCK", folder + "/l", lock, lockinfo())
        yield "LOCK", {"lock", "write"}, locked
        token = locked.header("Lock-Token") or "<urn:uuid:none>"
        yield "UNLOCK", {"lock"}, self.ask("anna", "UNLOCK", folder + "/l", {"Lock-Token": token})
        yield "COPY from", {"read"}, self.ask("anna", "COPY", folder + "/f", {"Destination": "/free/copy"})
        yield "COPY to", {"write", "delete"}, self.ask("anna", "COPY", "/free/s", {"Destination": folder + "/h"})
        yield "COPY to new", {"write"}, self.ask("anna", "COPY", "/free/s", {"Destination": folder + "/c", "Overwrite": "F"})
        yield "MOVE from", {"read", "delete"}, self.ask("anna", "MOVE", folder + "/m", {"Destination": "/free/moved"})
        yield "DELETE", {"delete"}, self.ask("anna", "DELETE", folder + "/g")
        yield "DELETE tree", {"delete"}, self.ask("anna", "DELETE", folder + "/d")

    def test_every_method_and_every_right(self):
        self.ask("admin", "MKCOL", "/free")
        self.ask("admin", "PUT", "/free/s", body=b"s")
        count = 0
        for rights in COMBINATIONS:
            folder = folder_of(rights)
            self.prepare(folder)
            for what, needs, answer in self.attempts(folder):
                with self.subTest(rights=sorted(rights), what=what):
                    self.assertEqual(answer.status == 403, not needs <= rights, answer)
                    self.assertNotIn(answer.status, (401, 404, 500))
                    count += 1
        self.assertEqual(count, 32 * 21)

    PRIVILEGES = {"read": {"read"}, "write": {"write-content", "bind"}, "delete": {"unbind"}, "lock": {"unlock"},
                  "properties": {"write-properties"}}

    def test_properties_say_so(self):
        for rights in COMBINATIONS:
            folder = folder_of(rights)
            self.prepare(folder)
            answer = self.ask("anna", "PROPFIND", folder, {"Depth": "0"}, propfind_body(ASKED))
            if "read" not in rights:
                self.assertEqual(answer.status, 403)
                continue
            with self.subTest(rights=sorted(rights)):
                found = one(answer)
                privileges = {p[0].tag.removeprefix(DAV) for p in found[DAV + "current-user-privilege-set"][1]}
                for right, names in self.PRIVILEGES.items():
                    for name in names:
                        self.assertEqual(name in privileges, right in rights, name)
                self.assertEqual("write" in privileges, {"write", "delete", "properties"} <= rights)
                letters = found[OC + "permissions"][1].text
                self.assertEqual("D" in letters, "delete" in rights)
                self.assertEqual("C" in letters and "K" in letters, "write" in rights)
                self.assertEqual("N" in letters and "V" in letters, {"write", "delete"} <= rights)
                self.assertIn("G", letters)
                file = one(self.ask("anna", "PROPFIND", folder + "/f", {"Depth": "0"}, propfind_body(ASKED)))
                self.assertEqual("W" in file[OC + "permissions"][1].text, "write" in rights)
                self.assertNotIn("C", file[OC + "permissions"][1].text)


class Paths(Ruled):
    config = AUTH + rule("/", ["*"], "all") + rule("/secret", ["admin"], "all") + rule("/open/shut", ["admin"], "all") + \
        rule("/drop", ["admin"], "all") + rule("/drop", ["anna"], ["write"])

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for path in ("/secret", "/open", "/open/shut", "/secrets", "/drop"):
            cls.server.request("MKCOL", path, {"X-Remote-User": "admin"})
        for path in ("/secret/h-e-r-e", "/open/shut/h-e-r-e", "/open/f", "/secrets/f"):
            cls.server.request("PUT", path, {"X-Remote-User": "admin"}, b"SECRET")

    WAYS = ("/secret/h-e-r-e", "/secret/h-e-r-e/", "//secret//h-e-r-e", "/./secret/./h-e-r-e", "/open/../secret/h-e-r-e", "/%73ecret/h-e-r-e",
            "/open/%2e%2e/secret/h-e-r-e", "/open/.%2E/secret/h-e-r-e", "/secret/x/../h-e-r-e", "/secret%2fhere", "/open/..%2fsecret/h-e-r-e")

    def test_every_spelling_of_a_path_is_the_same_path(self):
        for way in self.WAYS:
            for method in ("GET", "PROPFIND", "PUT", "DELETE"):
                answer = self.ask("anna", method, way, body=b"" if method == "PUT" else None)
                self.assertIn(answer.status, (403, 400), f"{method} {way}: {answer}")
                self.assertNotIn(b"SECRET", answer.body)
            self.assertIn(self.ask("anna", "COPY", "/open/f", {"Destination": way}).status, (403, 400), way)
            self.assertIn(self.ask("anna", "MOVE", "/open/f", {"Destination": "http://localhost" + way}).status, (403, 400), way)
            self.assertIn(self.ask("anna", "COPY", way, {"Destination": "/open/copy"}).status, (403, 400), way)
        self.must(200, "admin", "GET", "/secret/h-e-r-e")

    def test_segments_not_strings(self):
        self.must(200, "anna", "GET", "/secrets/f")
        self.must(201, "anna", "PUT", "/secret!", body=b"x")

    def test_a_tree_with_a_closed_part_is_not_moved_copied_or_deleted(self):
        for method, headers in (("DELETE", {}), ("MOVE", {"Destination": "/else"}), ("COPY", {"Destination": "/else"}),
                                ("LOCK", {"Depth": "infinity"})):
            body = lockinfo() if method == "LOCK" else None
            answer = self.must(403, "anna", method, "/open", headers, body)
            self.assertNotIn(b"shut", answer.body)
        self.must(403, "anna", "COPY", "/secrets", {"Destination": "/open", "Overwrite": "T"})
        self.must(201, "anna", "COPY", "/open", {"Destination": "/flat", "Depth": "0"})
        self.must(200, "admin", "GET", "/open/shut/h-e-r-e")

    def test_need_privileges_names_resource_and_privilege(self):
        answer = self.must(403, "anna", "PUT", "/secret/h-e-r-e", body=b"x")
        needed = answer.xml().find(DAV + "need-privileges/" + DAV + "resource")
        self.assertEqual(needed.findtext(DAV + "href"), "/secret/h-e-r-e")
        self.assertEqual(needed.find(DAV + "privilege")[0].tag, DAV + "write-content")
        self.assertIn(b'code="insufficient-privileges"', answer.body)

    def test_listings_leave_out_what_may_not_be_read(self):
        for depth in ("1", "infinity"):
            hrefs = {href for href, _, _ in multistatus(self.must(207, "anna", "PROPFIND", "/", {"Depth": depth}))}
            self.assertIn("/open/", hrefs)
            self.assertFalse({h for h in hrefs if "/secret/" in h or "shut" in h}, hrefs)
            self.assertIn("/secret/", {h for h, _, _ in multistatus(self.must(207, "admin", "PROPFIND", "/", {"Depth": depth}))})
        page = self.must(200, "anna", "GET", "/").body
        self.assertNotIn(b"secret/", page)
        self.assertIn(b"secrets", page)
        self.assertIn(b"secret/", self.must(200, "admin", "GET", "/").body)

    def test_nobody_and_somebody_learn_nothing_of_what_exists(self):
        """Every method, on a name that is there and one that is not: the same answer, but for the name in it."""
        for user in ("anna", None):
            for method, headers, body in self.requests():
                answers = []
                for name in ("h-e-r-e", "g-o-n-e"):
                    fields = {k: v.replace("NAME", name) for k, v in headers.items()}
                    target = "/open/f" if any("NAME" in v for v in headers.values()) else "/secret/" + name
                    answer = self.ask(user, method, target, fields, body)
                    told = [(k, v) for k, v in answer.headers if k not in ("Date", "X-Request-Id", "Content-Length")]
                    text = re.sub(rb'request-id="[^"]*"', b"", answer.body).replace(name.encode(), b"NAME")
                    answers.append((answer.status, told, text))
                with self.subTest(user=user, method=method, headers=headers):
                    self.assertEqual(answers[0], answers[1])
                    if method != "OPTIONS" and "If" not in headers:
                        self.assertIn(answers[0][0], (401, 403))

    def requests(self):
        depths = ({"Depth": "0"}, {"Depth": "1"}, {})
        yield from (("PROPFIND", depth, None) for depth in depths)
        yield from ((method, {}, None) for method in ("OPTIONS", "GET", "HEAD", "DELETE", "MKCOL", "UNLOCK"))
        yield "GET", {"Range": "bytes=0-0"}, None
        yield "GET", {"If-None-Match": "*"}, None
        yield "PUT", {}, b"x"
        yield "PUT", {"If-None-Match": "*"}, b"x"
        yield "PROPPATCH", {}, propertyupdate(set_prop("<Z:a>1</Z:a>"))
        yield "LOCK", {"Depth": "0"}, lockinfo()
        yield "COPY", {"Destination": "/open/x"}, None
        yield "MOVE", {"Destination": "/open/x"}, None
        yield "COPY", {"Destination": "/secret/NAME"}, None
        yield "COPY", {"Destination": "/secret/NAME", "Overwrite": "F"}, None
        yield "MOVE", {"Destination": "/secret/NAME"}, None
        yield "GET", {"If": '</secret/NAME> (["0-0"])'}, None
        yield "GET", {"If": '</secret/NAME> (Not ["0-0"])'}, None

    def test_a_tag_is_not_for_those_who_only_write(self):
        tag = self.must(201, "admin", "PUT", "/drop/f", body=b"content").header("ETag")
        answer = self.must(412, "anna", "PUT", "/drop/f", {"If-Match": '"x"'}, b"y")
        self.assertNotIn(tag.strip('"').encode(), answer.body)
        self.assertIn(tag.strip('"').encode(), self.must(412, "admin", "PUT", "/drop/f", {"If-Match": '"x"'}, b"y").body)

    def test_a_lock_out_of_sight_is_not_named(self):
        token = self.must(200, "admin", "LOCK", "/secret/h-e-r-e", {"Depth": "0"}, lockinfo()).header("Lock-Token")
        try:
            self.assertNotIn(b"urn:uuid", self.must(403, "anna", "PROPFIND", "/secret/h-e-r-e", {"Depth": "0"}).body)
            holds = self.ask("anna", "GET", "/open/f", {"If": f"</secret/h-e-r-e> ({token})"})
            self.assertEqual(holds.status, 412)
        finally:
            self.must(204, "admin", "UNLOCK", "/secret/h-e-r-e", {"Lock-Token": token})


class Users(Ruled):
    config = (AUTH + 'users = "{users}"\n' + rule("/", ["anonymous"], ["read"]) + rule("/staff", ["@staff"], "all") + rule("/home/{user}", ["*"], "all")
              + rule("/shut", ["*"], "none"))

    @classmethod
    def setUpClass(cls):
        """Accounts, so that there is a way to log in that 401 can name."""
        cls.accounts = tempfile.NamedTemporaryFile("w", suffix=".htpasswd")
        cls.accounts.write("anna:$5$rounds=1000$saltsalt$0tC6nUXRMS9xWTbiHNOSt0L7RgAy4yNWHKvYB5Iww5C\n")
        cls.accounts.flush()
        cls.config = cls.config.replace("{users}", cls.accounts.name)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.accounts.close()

    def test_groups_homes_and_nobody(self):
        for name in ("staff", "home", "home/anna", "home/bert", "shut"):
            os.mkdir(os.path.join(self.server.root, name))
        self.must(201, "anna", "PUT", "/staff/f", groups="staff,others", body=b"x")
        self.must(403, "anna", "PUT", "/staff/f", groups="others", body=b"x")
        self.must(201, "anna", "PUT", "/home/anna/f", body=b"x")
        self.must(403, "bert", "PUT", "/home/anna/f", body=b"x")
        self.must(200, "bert", "GET", "/home/anna/f")  # "/" lets everybody read, and no rule of bert's lies deeper
        self.must(403, "anna", "PROPFIND", "/shut", {"Depth": "0"})
        self.must(207, None, "PROPFIND", "/", {"Depth": "0"})
        for answer in (self.must(401, None, "PUT", "/f", body=b"x"), self.must(401, None, "GET", "/staff/f"),
                       self.must(401, None, "GET", "/staff/none")):
            self.assertIn("Basic", answer.header("WWW-Authenticate"))

    def test_who_asks(self):
        asked = propfind_body("<D:current-user-principal/>")
        nobody = one(self.must(207, None, "PROPFIND", "/", {"Depth": "0"}, asked))[DAV + "current-user-principal"][1]
        self.assertEqual(nobody[0].tag, DAV + "unauthenticated")
        anna = one(self.must(207, "anna b", "PROPFIND", "/", {"Depth": "0"}, asked))[DAV + "current-user-principal"][1]
        self.assertEqual(anna.findtext(DAV + "href"), "/.davit/principals/anna%20b")
        self.must(403, "anna b", "PROPFIND", "/.davit/principals/anna%20b", {"Depth": "0"})

    def test_only_when_asked_by_name(self):
        everything = one(self.must(207, "anna", "PROPFIND", "/", {"Depth": "0"}))
        self.assertNotIn(DAV + "current-user-principal", everything)
        self.assertNotIn(DAV + "current-user-privilege-set", everything)
        self.assertNotIn(OC + "permissions", everything)

    def test_privileges_are_a_protected_property(self):
        patch = propertyupdate(set_prop("<D:current-user-privilege-set/>"))
        answer = self.must(207, "anna", "PROPPATCH", "/home/anna", body=patch)
        self.assertIn(b"cannot-modify-protected-property", answer.body)

    def test_allow_is_what_the_rules_let_pass(self):
        self.assertEqual(self.must(200, "anna", "OPTIONS", "/").header("Allow"), "OPTIONS, GET, HEAD, COPY, PROPFIND")
        self.assertEqual(self.must(200, "anna", "OPTIONS", "/shut").header("Allow"), "OPTIONS")


class ReadOnly(Ruled):
    config = AUTH.replace("[server]", "[server]\nread_only = true") + rule("/", ["anna"], "all")

    def test_read_only_holds_and_shows(self):
        self.assertEqual(self.must(200, "anna", "OPTIONS", "/").header("Allow"), "OPTIONS, GET, HEAD, PROPFIND")
        found = one(self.must(207, "anna", "PROPFIND", "/", {"Depth": "0"}, propfind_body(ASKED)))
        privileges = {p[0].tag.removeprefix(DAV) for p in found[DAV + "current-user-privilege-set"][1]}
        self.assertEqual(privileges, {"read", "read-current-user-privilege-set"})
        self.assertEqual(found[OC + "permissions"][1].text, "G")
        for method in ("PUT", "DELETE", "MKCOL", "PROPPATCH", "LOCK", "UNLOCK", "COPY", "MOVE"):
            body = {"PROPPATCH": propertyupdate(set_prop("<Z:a>1</Z:a>")), "LOCK": lockinfo()}.get(method)
            headers = {"Destination": "/y", "Lock-Token": "<urn:uuid:x>"}
            self.must(403, "anna", method, "/x", headers, body)


class Reload(Ruled):
    config = AUTH + rule("/", ["anna"], "all")

    def test_rules_are_read_again(self):
        self.must(201, "anna", "PUT", "/f", body=b"x")
        with open(os.path.join(self.server.work, "davit.toml"), "w") as file:
            file.write(AUTH + rule("/", ["*"], ["read"]))
        self.server.process.send_signal(signal.SIGHUP)
        self.assertTrue(wait_until(lambda: self.ask("anna", "PUT", "/f", body=b"y").status == 403))
        self.must(200, "bert", "GET", "/f")


class NoRules(Ruled):
    config = AUTH.replace("[server]", "[server]\nallow_unauthenticated = true")

    def test_everybody_who_got_in_may_do_everything(self):
        found = one(self.must(207, "anna", "PROPFIND", "/", {"Depth": "0"}, propfind_body(ASKED)))
        privileges = {p[0].tag.removeprefix(DAV) for p in found[DAV + "current-user-privilege-set"][1]}
        self.assertEqual(privileges, {"read", "read-current-user-privilege-set", "write", "write-content", "bind",
                                      "write-properties", "unbind", "unlock"})
        self.must(201, "anna", "PUT", "/f", body=b"x")


class Spellings(Ruled):
    """A rule holds for its folder in whatever Unicode form the name is written (docs/dialects.md)."""
    config = AUTH + rule("/", ["*"], "all") + rule("/h\u00e9", ["admin"], "all")

    def test_no_form_leads_round_a_rule(self):
        forms = ("/h%C3%A9", "/he%CC%81")
        self.must(201, "admin", "MKCOL", forms[0])
        self.must(201, "admin", "PUT", forms[1] + "/f", body=b"secret")
        self.must(201, "anna", "PUT", "/mine", body=b"x")
        for form in forms:
            for path in ("/f", "/none", "/%FF", "/o%CC%88", ""):
                for method, headers in (("GET", {}), ("PROPFIND", {"Depth": "0"}), ("DELETE", {}), ("COPY", {"Destination": "/copy"}),
                                        ("MOVE", {"Destination": "/moved"})):
                    self.must(403, "anna", method, form + path, headers)
                self.must(403, "anna", "PUT", form + path, body=b"x")
                self.must(403, "anna", "COPY", "/mine", {"Destination": form + path})
            self.assertEqual(self.must(200, "admin", "GET", form + "/f").body, b"secret")
        hrefs = [href for href, _, _ in multistatus(self.must(207, "anna", "PROPFIND", "/", {"Depth": "infinity"}))]
        self.assertEqual(sorted(hrefs), ["/", "/mine"])
        os.rename(self.server.root + "/h\u00e9", self.server.root + "/he\u0301")  # as a Mac's rsync would have made it
        for form in forms:
            self.must(403, "anna", "GET", form + "/f")
            self.must(200, "admin", "GET", form + "/f")
        self.assertEqual(sorted(h for h, _, _ in multistatus(self.must(207, "anna", "PROPFIND", "/", {"Depth": "1"}))), ["/", "/mine"])


if __name__ == "__main__":
    main()
