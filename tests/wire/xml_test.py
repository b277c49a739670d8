"""Bodies that are not what they should be: the same answers for every method that takes one."""
import time

from davit import Case, lockinfo, main, one, propfind_body, propertyupdate, set_prop

ROOTS = {
    "PROPFIND": ('<D:propfind xmlns:D="DAV:">', "<D:allprop/>", "</D:propfind>"),
    "PROPPATCH": ('<D:propertyupdate xmlns:D="DAV:">', "<D:set><D:prop><D:displayname>x</D:displayname></D:prop></D:set>", "</D:propertyupdate>"),
    "LOCK": ('<D:lockinfo xmlns:D="DAV:">', "<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>", "</D:lockinfo>"),
    "MKCOL": ('<D:mkcol xmlns:D="DAV:">', "<D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop></D:set>", "</D:mkcol>"),
}


class Bodies(Case):
    def setUp(self):
        super().setUp()
        self.put(self.dir + "/f")

    def target(self, method):
        return self.dir + ("/c" if method == "MKCOL" else "/f")

    def refused(self, body, wanted=(400,)):
        for method, (head, inner, tail) in ROOTS.items():
            text = body(head, inner, tail)
            answer = self.request(method, self.target(method), {"Depth": "0", "Content-Type": "application/xml"}, text)
            self.assertIn(answer.status, wanted, f"{method} {text[:300]!r}: {answer.status}")
            self.expect(404, "GET", self.dir + "/c")

    def test_malformed(self):
        for change in (lambda h, i, t: h, lambda h, i, t: h + i, lambda h, i, t: h + i + t + "<more/>", lambda h, i, t: h + i + "</D:other>",
                       lambda h, i, t: "hello", lambda h, i, t: h + i + t + "\0", lambda h, i, t: h + i + "&unknown;" + t,
                       lambda h, i, t: h + i + "&#0;" + t, lambda h, i, t: h + i + "\x01" + t, lambda h, i, t: h + i + "<a b='1' b='2'/>" + t,
                       lambda h, i, t: h + i + "<a b=1/>" + t, lambda h, i, t: h + i + "<1/>" + t, lambda h, i, t: h + i + "<a <b/>" + t,
                       lambda h, i, t: h + i + "<!-- -- -->" + t, lambda h, i, t: h + i + "]]>" + t, lambda h, i, t: h + i + "<a b='<'/>" + t,
                       lambda h, i, t: h + i + "&" + t, lambda h, i, t: h + i + "<?xml version='1.0'?>" + t):
            self.refused(change)

    def test_namespaces(self):
        for inner in ("<X:a/>", "<a X:b='1'/>", "<a xmlns:Y=''/>", "<a xmlns:xmlns='urn:x'/>", "<a xmlns:xml='urn:x'/>", "<:a/>", "<a:/>", "<a:b:c/>",
                      "<a xmlns:p='urn:x' xmlns:q='urn:x' p:z='1' q:z='2'/>", "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>"):
            self.refused(lambda h, i, t: h + i + inner + t)

    def test_doctype_and_entities(self):
        laughs = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(f'<!ENTITY a{i} "&a{i - 1 if i else ""};&a{i - 1 if i else ""};">' for i in range(20)) + "]>"
        for doctype in ("<!DOCTYPE x>", '<!DOCTYPE x SYSTEM "file:///etc/passwd">', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', laughs):
            self.refused(lambda h, i, t: doctype + h + i + t, (400, 403))

    def test_encodings(self):
        for text in (b"\xff\xfe\x00", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"):
            self.refused(lambda h, i, t: (h + i).encode() + b"<a>" + text + b"</a>" + t.encode())
        for encoding in ("utf-8-sig", "utf-16"):
            body = ('<?xml version="1.0"?>' + "".join(ROOTS["PROPFIND"])).encode(encoding)
            self.expect(207, "PROPFIND", self.dir, {"Depth": "0"}, body)

    def test_deep_and_wide(self):
        begin = time.monotonic()
        self.refused(lambda h, i, t: h + "<a>" * 20000 + "</a>" * 20000 + t, (400, 413))
        self.refused(lambda h, i, t: h + "<a>" * 20000, (400, 413))
        self.assertLess(time.monotonic() - begin, 60)

    def test_wrong_root_is_422_and_unknown_elements_are_ignored(self):
        for method in ROOTS:
            answer = self.request(method, self.target(method), {"Depth": "0", "Content-Type": "application/xml"}, "<x/>")
            self.assertIn(answer.status, (400, 415, 422), method)
        body = '<D:propfind xmlns:D="DAV:"><X:y xmlns:X="urn:x"><D:prop/></X:y><D:prop><D:getetag/></D:prop></D:propfind>'
        self.assertEqual(len(one(self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, body))), 1)
        answer = self.expect(207, "PROPPATCH", self.dir + "/f", {}, propertyupdate("<Z:what/>" + set_prop("<Z:p>v</Z:p>")))
        self.assertEqual(list(one(answer)), ["{http://example.com/ns/}p"])

    def test_media_types(self):
        for method, parts in ROOTS.items():
            answer = self.request(method, self.target(method), {"Depth": "0", "Content-Type": "image/png"}, "".join(parts))
            self.assertEqual(answer.status, 415, method)

    def test_too_large(self):
        big = "<!--" + "x" * 400000 + "-->"
        for method in ("PROPFIND", "LOCK"):
            head, inner, tail = ROOTS[method]
            self.expect(413, method, self.dir + "/f", {"Depth": "0"}, head + big + inner + tail)

    def test_a_prefix_that_means_nothing_special(self):
        self.expect(207, "PROPFIND", self.dir, {"Depth": "0"}, '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>')
        self.expect(400, "PROPFIND", self.dir, {"Depth": "0"}, '<D:propfind xmlns:D="DAV:"><D:prop><bar:foo xmlns:bar=""/></D:prop></D:propfind>')


if __name__ == "__main__":
    main()
