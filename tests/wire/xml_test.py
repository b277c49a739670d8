"""Bodies that are not what they should be: the same answers for every method that takes one."""
import time

from davit import Case, Server, lockinfo, main, one, propfind_body, propertyupdate, set_prop

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

    def test_malformed_xml_is_400_for_every_method(self):
        for change in (lambda h, i, t: h, lambda h, i, t: h + i, lambda h, i, t: h + i + t + "<more/>", lambda h, i, t: h + i + "</D:other>",
                       lambda h, i, t: "hello", lambda h, i, t: h + i + t + "\0", lambda h, i, t: h + i + "&unknown;" + t,
                       lambda h, i, t: h + i + "&#0;" + t, lambda h, i, t: h + i + "\x01" + t, lambda h, i, t: h + i + "<a b='1' b='2'/>" + t,
                       lambda h, i, t: h + i + "<a b=1/>" + t, lambda h, i, t: h + i + "<1/>" + t, lambda h, i, t: h + i + "<a <b/>" + t,
                       lambda h, i, t: h + i + "<!-- -- -->" + t, lambda h, i, t: h + i + "]]>" + t, lambda h, i, t: h + i + "<a b='<'/>" + t,
                       lambda h, i, t: h + i + "&" + t, lambda h, i, t: h + i + "<?xml version='1.0'?>" + t):
            self.refused(change)

    def test_misused_namespaces_are_400(self):
        for inner in ("<X:a/>", "<a X:b='1'/>", "<a xmlns:Y=''/>", "<a xmlns:xmlns='urn:x'/>", "<a xmlns:xml='urn:x'/>", "<:a/>", "<a:/>", "<a:b:c/>",
                      "<a xmlns:p='urn:x' xmlns:q='urn:x' p:z='1' q:z='2'/>", "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>"):
            self.refused(lambda h, i, t: h + i + inner + t)

    def test_a_namespace_in_other_words_is_the_same_namespace(self):
        """What a client stores is written to others, whose parsers refuse the whole answer if it is not well-formed."""
        for inner in ("<a xmlns:p='urn:x' xmlns:q='urn:&#120;' p:z='1' q:z='2'/>", "<a xmlns:p='urn:x y' xmlns:q='urn:x\ty' p:z='1' q:z='2'/>",
                      "<a xmlns:p='urn:&amp;' xmlns:q='urn:&#x26;' p:z='1' q:z='2'/>", "<a xmlns:p='http://www.w3.org/2000/xmlns&#47;'/>",
                      "<a xmlns='http://www.w3.org/2000/xmlns&#x2f;'/>", "<a xmlns:p='http://www.w3.org/XML/1998/namespac&#101;'/>",
                      "<a xmlns='http://www.w3.org/XML/1998/namespac&#101;'/>"):
            self.refused(lambda h, i, t: h + i + inner + t)
        self.put(self.dir + "/f")
        value = "<Z:v><a xmlns:p='urn:x&amp;y' xmlns:q='urn:x&#38;#38;y' p:z='1' q:z='2'/></Z:v>"
        self.proppatch(self.dir + "/f", set_prop(value))
        found = one(self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, propfind_body("<Z:v/>")))["{http://example.com/ns/}v"]
        self.assertEqual(found[1][0].attrib, {"{urn:x&y}z": "1", "{urn:x&#38;y}z": "2"})

    def test_doctype_and_entities(self):
        laughs = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(f'<!ENTITY a{i} "&a{i - 1 if i else ""};&a{i - 1 if i else ""};">' for i in range(20)) + "]>"
        for doctype in ("<!DOCTYPE x>", '<!DOCTYPE x SYSTEM "file:///etc/passwd">', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', laughs):
            self.refused(lambda h, i, t: doctype + h + i + t, (400, 403))

    def test_an_external_entity_is_403_and_any_other_doctype_400(self):
        """RFC 4918, 16: no-external-entities."""
        external = ('<!DOCTYPE x SYSTEM "file:///etc/passwd">', "<!DOCTYPE x PUBLIC '-//x' 'http://h/x.dtd'>", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
                    '<!DOCTYPE x [<!ENTITY e PUBLIC "p" "http://h/">]>', '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://h/">%p;]>',
                    '<!DOCTYPE x [<!ELEMENT x ANY><!-- ]> --><!ENTITY a ">"><!ENTITY\n b\tSYSTEM "f">]>', '<!DOCTYPE x\nSYSTEM "a" [<!ENTITY b "c">]>',
                    '<!DOCTYPE x [<?p ]>?><!ENTITY b SYSTEM "f" NDATA g>]>', '<?xml version="1.0"?><!--c--><!DOCTYPE x SYSTEM "f">', '<!DOCTYPE x [<!ENTITY b SYSTEM "f"')
        internal = ("<!DOCTYPE x>", '<!DOCTYPE x [<!ENTITY e "SYSTEM">]>', "<!DOCTYPE SYSTEM>", '<!DOCTYPE x [<!ENTITY SYSTEM "x">]>', "<!DOCTYPE x [<!-- <!ENTITY e SYSTEM 'f'> -->]>",
                    '<!DOCTYPE x [<!NOTATION n SYSTEM "f">]>', "<!DOCTYPE x [<?p <!ENTITY e SYSTEM 'f'>?>]>", "<!DOCTYPE", "<!DOCTYPE x [")
        for doctypes, status, said in ((external, 403, b"no-external-entities"), (internal, 400, b"bad-xml")):
            for doctype in doctypes:
                for method, parts in ROOTS.items():
                    answer = self.request(method, self.target(method), {"Depth": "0", "Content-Type": "application/xml"}, doctype + "".join(parts))
                    self.assertEqual(answer.status, status, (method, doctype))
                    self.assertIn(said, answer.body, (method, doctype))
        answer = self.expect(403, "PROPFIND", self.dir, {"Depth": "0"}, ('<!DOCTYPE x SYSTEM "f">' + "".join(ROOTS["PROPFIND"])).encode("utf-16"))
        self.assertIn(b"no-external-entities", answer.body)
        self.expect(404, "GET", self.dir + "/c")

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

    def test_more_than_256_namespace_declarations_or_attributes_are_refused(self):
        prefixes = "".join(f' xmlns:p{i}="urn:{i}"' for i in range(257))
        attributes = "".join(f' a{i}=""' for i in range(257))
        for what in (prefixes, attributes):
            self.refused(lambda h, i, t: h + i + f"<D:x{what}/>" + t)
        nested = [f"<a{''.join(f' xmlns:p{n}-{i}=' + chr(34) + 'u' + chr(34) for i in range(100))}>" for n in range(3)]
        self.refused(lambda h, i, t: h + i + "".join(nested) + "</a>" * 3 + t)
        head, inner, tail = ROOTS["PROPPATCH"]
        answer = self.expect(400, "PROPPATCH", self.dir + "/f", {}, head + f"<D:x{prefixes}/>" + inner + tail)
        self.assertIn(b"more than 256", answer.body)
        self.assertIn(b'code="bad-xml"', answer.body)

    def test_49000_prefixes_on_the_root_are_refused(self):
        prefixes = "".join(f' xmlns:p{i}="u{i}"' for i in range(49000))
        body = propertyupdate(set_prop("<Z:a/>")).replace(" xmlns:Z", prefixes + " xmlns:Z")
        self.expect(400, "PROPPATCH", self.dir + "/f", {}, body)
        short = "".join(f' xmlns:p{i}="u"' for i in range(12000))
        for method in ("PROPFIND", "LOCK"):
            head, inner, tail = ROOTS[method]
            self.expect(400, method, self.dir + "/f", {"Depth": "0"}, head[:-1] + short + ">" + inner + tail)

    def test_a_property_that_each_request_asks_for_in_large_numbers(self):
        names = "".join(f"<Z:p{i}/>" for i in range(1024))
        body = propfind_body(names)
        self.assertEqual(len(one(self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, body))), 1024)
        answer = self.expect(400, "PROPFIND", self.dir + "/f", {"Depth": "0"}, propfind_body(names + "<Z:more/>"))
        self.assertIn(b"More than 1024 properties are asked for", answer.body)

    def test_4096_properties_are_set_and_removed_at_once(self):
        everything = "".join(f"<Z:p{i}>{i}</Z:p{i}>" for i in range(4095, -1, -1))
        self.assertEqual({s for s, _ in one(self.proppatch(self.dir + "/f", set_prop(everything))).values()}, {200})
        found = one(self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, propfind_body("<Z:p0/><Z:p4095/>")))
        self.assertEqual([e.text for _, e in found.values()], ["0", "4095"])
        last = everything.index("<Z:p0>")
        answer = self.expect(207, "PROPPATCH", self.dir + "/f", {}, propertyupdate(set_prop(everything[:last] + "<D:getetag/>")))
        self.assertEqual(sorted({s for s, _ in one(answer).values()}), [403, 424])
        self.expect(400, "PROPPATCH", self.dir + "/f", {}, propertyupdate(set_prop(everything + "<Z:one/>")))

    def test_wrong_root_is_422_and_unknown_elements_are_ignored(self):
        for method in ROOTS:
            answer = self.request(method, self.target(method), {"Depth": "0", "Content-Type": "application/xml"}, "<x/>")
            self.assertIn(answer.status, (400, 415, 422), method)
        body = '<D:propfind xmlns:D="DAV:"><X:y xmlns:X="urn:x"><D:prop/></X:y><D:prop><D:getetag/></D:prop></D:propfind>'
        self.assertEqual(len(one(self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, body))), 1)
        answer = self.expect(207, "PROPPATCH", self.dir + "/f", {}, propertyupdate("<Z:what/>" + set_prop("<Z:p>v</Z:p>")))
        self.assertEqual(list(one(answer)), ["{http://example.com/ns/}p"])

    def test_a_body_is_what_it_contains_whatever_its_type_says(self):
        types = ("application/x-www-form-urlencoded", "text/plain;charset=UTF-8", "application/octet-stream", "image/png", "nonsense", "", "; charset=x")
        for method in ("PROPFIND", "PROPPATCH", "LOCK"):
            for kind in types:
                fields = {"Depth": "0", "Content-Type": kind}
                for padding in ("", "<!--" + "x" * 20000 + "-->"):
                    answer = self.request(method, self.target(method), fields, padding + "".join(ROOTS[method]).split("?>", 1)[-1])
                    self.assertIn(answer.status, (200, 201, 207), (method, kind))
                    if token := answer.header("Lock-Token"):
                        self.expect(204, "UNLOCK", self.target(method), {"Lock-Token": token})
                self.expect(400, method, self.target(method), fields, "depth=0&prop=getetag")

    def test_mkcol_takes_only_xml(self):
        for kind in ("image/png", "text/plain", "application/x-www-form-urlencoded"):
            self.expect(415, "MKCOL", self.dir + "/new", {"Content-Type": kind}, "".join(ROOTS["MKCOL"]))
            self.expect(415, "MKCOL", self.dir + "/new", {"Content-Type": kind, "Transfer-Encoding": "chunked"}, b"1\r\nx\r\n0\r\n\r\n")

    def test_an_empty_body_has_no_type_and_no_coding(self):
        """nginx makes a chunked body without content of HTTP/2 with an empty DATA frame."""
        token = self.lock(self.dir + "/f")
        for kind in ("text/plain", "application/octet-stream", "image/png", "nonsense"):
            for coding in (None, "gzip"):
                for number, empty in enumerate((b"0\r\n\r\n", b"00;name=value\r\nTrailer: x\r\n\r\n", None)):
                    fields = {"Content-Type": kind, "Content-Encoding": coding, **({"Transfer-Encoding": "chunked"} if empty else {"Content-Length": "0"})}
                    for method, path, more, status in (("MKCOL", f"/new{number}", {}, 201), ("DELETE", f"/new{number}", {}, 204),
                                                       ("PROPFIND", "/f", {"Depth": "0"}, 207), ("LOCK", "/f", {"If": f"(<{token}>)"}, 200),
                                                       ("PROPPATCH", "/f", {"If": f"(<{token}>)"}, 400)):
                        self.expect(status, method, self.dir + path, {**fields, **more}, empty)

    def test_an_empty_body_is_known_when_it_comes_in_pieces(self):
        connection = self.server.connect()
        connection.send(f"MKCOL {self.dir}/new HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for piece in (b"0", b"0", b"\r", b"\n", b"\r", b"\n"):
            connection.send(piece)
        self.assertEqual(connection.read().status, 201)
        connection.send(f"GET {self.dir}/f HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        self.assertEqual(connection.read().status, 200)
        connection.close()

    def test_too_large(self):
        big = "<!--" + "x" * 400000 + "-->"
        for method in ("PROPFIND", "LOCK"):
            head, inner, tail = ROOTS[method]
            self.expect(413, method, self.dir + "/f", {"Depth": "0"}, head + big + inner + tail)

    def test_a_prefix_that_means_nothing_special(self):
        self.expect(207, "PROPFIND", self.dir, {"Depth": "0"}, '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>')
        self.expect(400, "PROPFIND", self.dir, {"Depth": "0"}, '<D:propfind xmlns:D="DAV:"><D:prop><bar:foo xmlns:bar=""/></D:prop></D:propfind>')


class LargeBodies(Case):
    """What can be refused without the body is refused before it comes."""
    LARGE = 10 << 20

    def answer(self, method, path, fields, server=None):
        """To a head whose body never comes."""
        connection = (server or self.server).connect()
        try:
            head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
            connection.send(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n{head}\r\n".encode())
            return connection.read(method)
        finally:
            connection.close()

    def refused(self, status, method, path, fields=None, server=None):
        size = 200000 if method in ("LOCK", "PROPFIND") else self.LARGE
        for way in ({"Content-Length": size}, {"Content-Length": size, "Expect": "100-continue"}, {"Content-Length": 100, "Expect": "100-continue"},
                    {"Transfer-Encoding": "chunked"}):
            answer = self.answer(method, path, {**way, **(fields or {})}, server)
            self.assertEqual(answer.status, status, f"{method} {path} {way}: {answer}")

    def test_missing_resources_are_refused_before_the_body(self):
        for method in ("PROPPATCH", "PROPFIND"):
            self.refused(404, method, self.dir + "/nothing")
        for method in ("MKCOL", "LOCK"):
            self.refused(409, method, self.dir + "/nothing/below")
        self.refused(405, "MKCOL", self.dir)

    def test_locked_resources_are_refused_before_the_body(self):
        self.put(self.dir + "/f")
        token = self.lock(self.dir + "/f", depth="0")
        for method in ("PROPPATCH", "LOCK"):
            self.refused(423, method, self.dir + "/f")
        self.request("MKCOL", self.dir + "/c")
        self.lock(self.dir + "/c")
        self.refused(423, "MKCOL", self.dir + "/c/d")
        # With the token it goes on.
        answer = self.answer("PROPPATCH", self.dir + "/f", {"If": f"(<{token}>)", "Content-Length": 100, "Expect": "100-continue"})
        self.assertEqual(answer.status, 100)

    def test_conditions_that_do_not_hold_are_refused_before_the_body(self):
        self.put(self.dir + "/f")
        for method in ("PROPPATCH", "LOCK"):
            self.refused(412, method, self.dir + "/f", {"If-Match": '"other"'})
        self.refused(412, "PROPPATCH", self.dir + "/f", {"If": '(["other"])'})

    def test_a_read_only_server_refuses_before_the_body(self):
        server = Server(args=["--read-only"])
        try:
            for method in ("PROPPATCH", "LOCK", "MKCOL"):
                self.refused(403, method, "/f", server=server)
        finally:
            server.stop()

    def test_methods_without_a_body_refuse_one_before_it_comes(self):
        self.put(self.dir + "/f")
        for method in ("DELETE", "COPY", "MOVE"):
            answer = self.answer(method, self.dir + "/f", {"Content-Length": 200000, "Destination": self.dir + "/g"})
            self.assertEqual(answer.status, 415, method)

    def test_a_refresh_whose_body_turns_out_empty_is_no_conflict(self):
        self.put(self.dir + "/f")
        token = self.lock(self.dir + "/f")
        self.expect(200, "LOCK", self.dir + "/f", {"If": f"(<{token}>)", "Transfer-Encoding": "chunked"}, b"0\r\n\r\n")

    def test_large_bodies_are_taken_like_small_ones(self):
        self.put(self.dir + "/f")
        pad = "<!--" + "x" * 20000 + "-->"
        self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, pad + propfind_body("<D:getetag/>").split("?>", 1)[1])
        self.expect(200, "LOCK", self.dir + "/f", {"Depth": "0"}, pad + lockinfo().split("?>", 1)[1])
        value = "y" * 20000
        self.request("PUT", self.dir + "/g", body=b"x")
        self.proppatch(self.dir + "/g", set_prop(f"<Z:p>{value}</Z:p>"))
        found = one(self.expect(207, "PROPFIND", self.dir + "/g", {"Depth": "0"}, propfind_body("<Z:p/>")))
        self.assertEqual([e.text for _, e in found.values()], [value])
        self.expect(400, "PROPPATCH", self.dir + "/g", {}, "<!--" + "x" * 20000)


if __name__ == "__main__":
    main()
