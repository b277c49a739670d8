"""The 424 concept on the wire: every dependent names its cause, and nothing of what failed has happened."""
import itertools
import json
import os

from davit import DAV, OURS, lockinfo, main, multistatus, one, propertyupdate, propfind_body, remove_prop, set_prop
from signposts import Checks

Z = "{http://example.com/ns/}"
GOOD = '<Z:{0}>new</Z:{0}>'

# How a property can fail: its XML, the status, the code.
KINDS = {
    "protected": ("<D:getetag>x</D:getetag>", DAV + "getetag", 403, "protected-property"),
    "protected length": ("<D:getcontentlength>1</D:getcontentlength>", DAV + "getcontentlength", 403, "protected-property"),
    "wrong clock": ("<W:Win32LastModifiedTime>soon</W:Win32LastModifiedTime>", "{urn:schemas-microsoft-com:}Win32LastModifiedTime", 409,
                    "invalid-property-value"),
    "wrong attributes": ("<W:Win32FileAttributes>zz</W:Win32FileAttributes>", "{urn:schemas-microsoft-com:}Win32FileAttributes", 409,
                         "invalid-property-value"),
    "wrong mode": ("<A:executable>maybe</A:executable>", "{http://apache.org/dav/props/}executable", 409, "invalid-property-value"),
    "wrong type": ("<D:getcontenttype>nonsense</D:getcontenttype>", DAV + "getcontenttype", 409, "invalid-property-value"),
    "wrong seconds": ("<D:lastmodified>never</D:lastmodified>", DAV + "lastmodified", 409, "invalid-property-value"),
}


class Proppatch(Checks):
    def snapshot(self, path):
        status = os.stat(self.server.root + path)
        found = one(self.expect(207, "PROPFIND", path, {"Depth": "0"}, propfind_body(
            "".join(f"<Z:p{i}/>" for i in range(5)) + "<D:getcontenttype/><D:displayname/><W:Win32FileAttributes/><A:executable/>")))
        return status.st_mode, status.st_mtime_ns, {n: (s, e.text) for n, (s, e) in found.items()}

    def test_every_kind_at_every_position(self):
        self.put(self.dir + "/f")
        self.proppatch(self.dir + "/f", set_prop("".join(f"<Z:p{i}>old</Z:p{i}>" for i in range(5))))
        before = self.snapshot(self.dir + "/f")
        live = "<D:displayname>n</D:displayname><W:Win32CreationTime>Sun, 09 Sep 2001 01:46:40 GMT</W:Win32CreationTime>"
        for kind, (xml, name, status, code) in KINDS.items():
            for position in range(5):
                with self.subTest(kind=kind, position=position):
                    good = [GOOD.format(f"p{i}") for i in range(4)]
                    good.insert(position, xml)
                    answer = self.proppatch(self.dir + "/f", set_prop("".join(good) + live) + remove_prop("<Z:p4/>"))
                    found = self.check_signposts(answer.xml())
                    self.assertEqual(found[0][1:3], (name, status))
                    self.assertEqual(found[0][3].find(OURS + "root-cause").get("code"), code)
                    self.assertEqual([e[2] for e in found[1:]], [424] * 7)
                    self.assertEqual(self.snapshot(self.dir + "/f"), before)

    def test_several_failures_the_first_counts(self):
        self.put(self.dir + "/f")
        for first, second in itertools.permutations(KINDS, 2):
            answer = self.proppatch(self.dir + "/f", set_prop(GOOD.format("a") + KINDS[first][0]) + set_prop(KINDS[second][0]))
            found = self.check_signposts(answer.xml())
            self.assertEqual(found[0][1], KINDS[first][1])
            self.assertEqual([e[2] for e in found], [KINDS[first][2], 424, 424])

    def test_all_failing(self):
        self.put(self.dir + "/f")
        found = self.check_signposts(self.proppatch(self.dir + "/f", set_prop("".join(k[0] for k in KINDS.values()))).xml())
        self.assertEqual(sorted(e[2] for e in found), [403] + [424] * (len(KINDS) - 1))

    def test_one_alone_has_no_dependents(self):
        self.put(self.dir + "/f")
        found = self.check_signposts(self.proppatch(self.dir + "/f", set_prop("<D:getetag/>")).xml())
        self.assertEqual([e[2] for e in found], [403])
        self.assertIsNotNone(found[0][3].find(DAV + "cannot-modify-protected-property"))

    def test_each_property_is_answered_once(self):
        self.put(self.dir + "/f")
        answer = self.proppatch(self.dir + "/f", set_prop("<Z:a>1</Z:a>") + remove_prop("<Z:a/>") + set_prop("<Z:a>2</Z:a><D:getetag/>"))
        self.assertEqual(sorted(one(answer)), sorted([Z + "a", DAV + "getetag"]))
        answer = self.proppatch(self.dir + "/f", set_prop("<D:getetag/>") + remove_prop("<D:getetag/><Z:b/>"))
        self.assertEqual(one(answer)[DAV + "getetag"][0], 403)

    def test_removing_a_protected_one(self):
        self.put(self.dir + "/f")
        found = self.check_signposts(self.proppatch(self.dir + "/f", remove_prop("<D:getetag/>") + set_prop("<Z:a/>")).xml())
        self.assertEqual([e[2] for e in found], [403, 424])

    def test_the_request_itself_fails_plainly(self):
        self.expect(404, "PROPPATCH", self.dir + "/none", {}, propertyupdate(set_prop("<Z:a/>")))
        self.put(self.dir + "/f")
        self.lock(self.dir + "/f")
        answer = self.expect(423, "PROPPATCH", self.dir + "/f", {}, propertyupdate(set_prop("<Z:a/>")))
        self.assertEqual(answer.xml().findtext(f"{DAV}lock-token-submitted/{DAV}href"), self.dir + "/f")
        self.assertIn("until", answer.xml().findtext("{http://sabredav.org/ns}message"))

    def test_minimal_success_and_failure(self):
        self.put(self.dir + "/f")
        for asked in ({"Prefer": "return=minimal"}, {"Brief": "t"}):
            answer = self.proppatch(self.dir + "/f", set_prop("<Z:a/>"), asked, status=204)
            self.assertEqual((answer.body, answer.header("Preference-Applied")), (b"", "return=minimal"))
            answer = self.proppatch(self.dir + "/f", set_prop("<Z:a/><D:getetag/>"), asked)
            self.check_signposts(answer.xml())
            self.assertIsNone(answer.header("Preference-Applied"))
        answer = self.proppatch(self.dir + "/f", set_prop("<Z:a/>"))  # Windows takes 204 for "no room"
        self.assertEqual(one(answer)[Z + "a"][0], 200)

    def test_the_same_facts_as_json(self):
        self.put(self.dir + "/f")
        answer = self.proppatch(self.dir + "/f", set_prop("<Z:a/><D:getetag/>"), {"Accept": "application/problem+json"})
        self.assertEqual(answer.header("Content-Type"), "application/problem+json")
        facts = json.loads(answer.body)
        self.assertEqual((facts["status"], facts["code"], facts["property"], facts["dependents"]),
                         (403, "protected-property", "{DAV:}getetag", 1))
        dependent = [r for r in facts["responses"] if r["status"] == 424][0]
        self.assertEqual(dependent["cause"]["property"], "{DAV:}getetag")

    def test_in_the_log(self):
        self.put(self.dir + "/f")
        self.proppatch(self.dir + "/f", set_prop("<Z:a/><D:getetag/><Z:b/>"), {
            "X-Request-Id": "find-me", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
        line = self.server.log_line("find-me")
        for part in (f'first_failure.href="{self.dir}/f"', "first_failure.status=403", "first_failure.code=protected-property",
                     'first_failure.property="{DAV:}getetag"', "dependents=2", "trace=0af7651916cd43dd8448eb211c80319c"):
            self.assertIn(part, line)


class Mkcol(Checks):
    def mkcol(self, path, props, **kwargs):
        body = ('<D:mkcol xmlns:D="DAV:" xmlns:Z="http://example.com/ns/" xmlns:W="urn:schemas-microsoft-com:" '
                'xmlns:A="http://apache.org/dav/props/"><D:set><D:prop>' + props + "</D:prop></D:set></D:mkcol>")
        return self.request("MKCOL", path, {"Content-Type": "application/xml", **kwargs}, body)

    TYPE = "<D:resourcetype><D:collection/></D:resourcetype>"

    def test_made_with_its_properties(self):
        answer = self.mkcol(self.dir + "/c", self.TYPE + "<D:displayname>Mine</D:displayname><Z:p>v</Z:p>")
        self.assertEqual(answer.status, 201, answer)
        found = one(self.expect(207, "PROPFIND", self.dir + "/c", {"Depth": "0"}, propfind_body("<D:displayname/><Z:p/>")))
        self.assertEqual((found[DAV + "displayname"][1].text, found[Z + "p"][1].text), ("Mine", "v"))

    def test_blanks_and_comments_in_the_type_do_not_count(self):
        for number, types in enumerate(("\n  <D:collection/>\n", "<!-- a folder --><D:collection/>", "<D:collection> </D:collection>", "<D:collection><!-- x --></D:collection>",
                                        '<D:collection xml:lang="en"/>', "<?x y?><D:collection/>")):
            answer = self.mkcol(f"{self.dir}/c{number}", f"<D:resourcetype>{types}</D:resourcetype>")
            self.assertEqual(answer.status, 201, (types, answer))

    def test_every_kind_at_every_position(self):
        for kind in ("protected", "wrong attributes", "wrong type"):
            xml, name, status, code = KINDS[kind]
            for position in range(3):
                parts = [self.TYPE, "<Z:p>v</Z:p>"]
                parts.insert(position, xml)
                answer = self.mkcol(self.dir + "/c", "".join(parts))
                self.assertEqual(answer.status, status)
                self.assertEqual(answer.xml().tag, DAV + "mkcol-response")
                found = self.check_signposts(answer.xml())
                self.assertEqual([e[2] for e in found], [status, 424, 424])
                self.expect(404, "GET", self.dir + "/c")

    def test_other_types_are_refused(self):
        """RFC 5689, 3.3: a type that is not known is never dropped silently."""
        for types in ("<Z:calendar/>", "<D:collection/><Z:calendar/>", "<Z:calendar/><D:collection/>", "<D:collection/><D:principal/>", "<D:collection/><collection/>", "", "text<D:collection/>", "<D:collection/>text",
                      "<D:collection/><D:collection/>", "<D:collection>text</D:collection>", "<D:collection><Z:x/></D:collection>", "<![CDATA[text]]><D:collection/>"):
            for before, after in (("", "<Z:p>v</Z:p>"), ("<Z:p>v</Z:p>", ""), ("<Z:p>v</Z:p>" + self.TYPE, "")):
                answer = self.mkcol(self.dir + "/c", f"{before}<D:resourcetype>{types}</D:resourcetype>{after}")
                self.assertEqual(answer.status, 403, types)
                self.assertIsNotNone(answer.xml().find(f".//{DAV}error/{DAV}valid-resourcetype"), types)
                found = self.check_signposts(answer.xml())
                self.assertEqual([e[2] for e in found], [403, 424], types)
                self.expect(404, "GET", self.dir + "/c")


class Lock(Checks):
    def test_members_hold_up_a_deep_lock(self):
        self.expect(201, "MKCOL", self.dir + "/t")
        for name in ("a", "b", "c"):
            self.put(f"{self.dir}/t/{name}")
        tokens = [self.lock(f"{self.dir}/t/{name}", scope) for name, scope in (("a", "exclusive"), ("b", "shared"))]
        answer = self.expect(207, "LOCK", self.dir + "/t", {"Depth": "infinity"}, lockinfo())
        found = self.check_signposts(answer.xml())
        self.assertEqual([(e[0], e[2]) for e in found], [(self.dir + "/t/a", 423), (self.dir + "/t/b", 423), (self.dir + "/t/", 424)])
        for entry in found[:2]:
            self.assertEqual(entry[3].findtext(f"{DAV}no-conflicting-lock/{DAV}href"), entry[0])
        self.assertIsNone(answer.header("Lock-Token"))
        self.put(self.dir + "/t/c")  # no lock was left behind
        for name, token in zip("ab", tokens):
            self.expect(204, "UNLOCK", f"{self.dir}/t/{name}", {"Lock-Token": f"<{token}>"})
        self.lock(self.dir + "/t")

    def test_shared_goes_with_shared(self):
        self.expect(201, "MKCOL", self.dir + "/t")
        self.put(self.dir + "/t/a")
        self.lock(self.dir + "/t/a", "shared")
        self.lock(self.dir + "/t", "shared")


class Trees(Checks):
    """DELETE, COPY and MOVE show causes, never dependents."""

    def setUp(self):
        super().setUp()
        self.expect(201, "MKCOL", self.dir + "/t")
        self.expect(201, "MKCOL", self.dir + "/t/sub")
        self.put(self.dir + "/t/sub/locked")
        self.put(self.dir + "/t/free")
        self.token = self.lock(self.dir + "/t/sub/locked")

    def whole(self):
        for name in ("sub/locked", "free"):
            self.expect(200, "GET", f"{self.dir}/t/{name}")

    def test_delete_refused_whole(self):
        answer = self.expect(423, "DELETE", self.dir + "/t")
        self.assertEqual(answer.xml().findtext(f"{DAV}lock-token-submitted/{DAV}href"), self.dir + "/t/sub/locked")
        self.assertNotIn(b" 424 ", answer.body)
        self.whole()
        self.expect(204, "DELETE", self.dir + "/t", {"If": f"<{self.dir}/t/sub/locked> (<{self.token}>)"})

    def test_move_refused_whole(self):
        answer = self.expect(423, "MOVE", self.dir + "/t", {"Destination": self.dir + "/u"})
        self.assertEqual(answer.xml().findtext(f"{DAV}lock-token-submitted/{DAV}href"), self.dir + "/t/sub/locked")
        self.assertNotIn(b" 424 ", answer.body)
        self.whole()
        self.expect(404, "GET", self.dir + "/u")

    def test_copy_over_a_locked_member(self):
        self.expect(201, "MKCOL", self.dir + "/u")
        answer = self.expect(423, "COPY", self.dir + "/u", {"Destination": self.dir + "/t"})
        self.assertEqual(answer.xml().findtext(f"{DAV}lock-token-submitted/{DAV}href"), self.dir + "/t/sub/locked")
        self.whole()


class BestEffort(Checks):
    """RFC 4918's own way, when the configuration asks for it."""
    config = '[webdav]\ntrees = "best-effort"\n'

    def setUp(self):
        super().setUp()
        self.expect(201, "MKCOL", self.dir + "/t")
        self.expect(201, "MKCOL", self.dir + "/t/sub")
        for name in ("a", "sub/locked", "sub/free"):
            self.put(f"{self.dir}/t/{name}")
        self.lock(self.dir + "/t/sub/locked")

    def test_delete_goes_as_far_as_it_can(self):
        answer = self.expect(207, "DELETE", self.dir + "/t", {"X-Request-Id": self.id()})
        self.assertEqual([(r[0], r[1]) for r in multistatus(answer)], [(self.dir + "/t/sub/locked", 423)])
        self.expect(404, "GET", self.dir + "/t/a")
        self.expect(404, "GET", self.dir + "/t/sub/free")
        self.expect(200, "GET", self.dir + "/t/sub/locked")
        line = self.server.log_line("BestEffort.test_delete")
        self.assertIn("dependents=2", line)  # sub and t, which could not go because of it

    def test_a_locked_member_of_the_destination_stops_it(self):
        self.expect(201, "MKCOL", self.dir + "/u")
        self.put(self.dir + "/u/new")
        for method in ("COPY", "MOVE"):
            answer = self.expect(423, method, self.dir + "/u", {"Destination": self.dir + "/t"})
            self.assertEqual(answer.xml().findtext(f"{DAV}lock-token-submitted/{DAV}href"), self.dir + "/t/sub/locked")
            for name in ("t/a", "t/sub/locked", "u/new"):
                self.expect(200, "GET", f"{self.dir}/{name}")

    def test_move_goes_as_far_as_it_can(self):
        answer = self.expect(207, "MOVE", self.dir + "/t", {"Destination": self.dir + "/u"})
        self.assertEqual([(r[0], r[1]) for r in multistatus(answer)], [(self.dir + "/t/sub/locked", 423)])
        self.expect(200, "GET", self.dir + "/u/a")
        self.expect(404, "GET", self.dir + "/t/a")
        self.expect(200, "GET", self.dir + "/t/sub/locked")


del Checks

if __name__ == "__main__":
    main()
