"""PROPFIND and PROPPATCH: what goes in comes out, live properties tell the truth."""
import gzip
import os
import random
import re

from davit import Case, DAV, Server, is_sanitized, lockinfo, main, memory, multistatus, one, propfind_body, propertyupdate, remove_prop, set_prop
from lxml import etree

Z = "{http://example.com/ns/}"
W = "{urn:schemas-microsoft-com:}"
A = "{http://apache.org/dav/props/}"


def canonical(element):
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


class Dead(Case):
    def setUp(self):
        super().setUp()
        self.path = self.dir + "/f"
        self.put(self.path)

    def find(self, names, path=None):
        return one(self.expect(207, "PROPFIND", path or self.path, {"Depth": "0"}, propfind_body(names)))

    def test_values_come_back_as_xml_exactly(self):
        for value in ('<Z:p>text</Z:p>', '<Z:p/>', '<Z:p>  white \n\t space  </Z:p>', '<Z:p a="1" Z:b="2">mixed <b xmlns="">bold</b> tail</Z:p>',
                      '<Z:p>&lt;&amp;&gt;&quot;\'</Z:p>', '<Z:p><![CDATA[<raw> & ]]></Z:p>', '<Z:p>\u00e4\u20ac\U0001f600</Z:p>',
                      '<Z:p><!-- no --><x xmlns="urn:x"><y xmlns="urn:y"/></x></Z:p>', '<Z:p a="&#10;&#9;x"/>', '<p xmlns="urn:other">q</p>',
                      '<Z:p xml:space="preserve"> <q/> </Z:p>'):
            sent = etree.fromstring(propertyupdate(set_prop(value)).encode())
            wanted = sent.find(f"{DAV}set/{DAV}prop")[0]
            self.proppatch(self.path, set_prop(value))
            name = etree.QName(wanted)
            found = self.find(f'<n:{name.localname} xmlns:n="{name.namespace}"/>')
            status, element = found[wanted.tag]
            self.assertEqual(status, 200, value)
            self.assertEqual(canonical(element), canonical(wanted), value)

    def test_language_in_scope_is_kept(self):
        body = propertyupdate('<D:set xml:lang="de"><D:prop><Z:p>Hallo</Z:p></D:prop></D:set>')
        self.expect(207, "PROPPATCH", self.path, {}, body)
        self.assertEqual(self.find("<Z:p/>")[Z + "p"][1].get("{http://www.w3.org/XML/1998/namespace}lang"), "de")

    def test_prefixes_that_the_text_uses_keep_their_declaration(self):
        """Qualified names in text and in attributes: XSD types, XPath, anything whose reader knows that it is a name."""
        outside = ('<D:propertyupdate xmlns:D="DAV:" xmlns:Z="http://example.com/ns/" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
                   'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:p="urn:outer" xmlns:\u00fc="urn:umlaut"><D:set><D:prop>%s'
                   '</D:prop></D:set></D:propertyupdate>')
        for value, prefixes in (('<Z:p>p:name</Z:p>', "p"), ('<Z:p xsi:type="xs:date">2001-01-01</Z:p>', "xs xsi"), ('<Z:p><![CDATA[p:name]]></Z:p>', "p"),
                                ('<Z:p>/p:a/xs:b[@xsi:c]</Z:p>', "p xs xsi"), ('<Z:p><x xmlns="" t="p:y"/></Z:p>', "p"), ('<Z:p>\u00fc:x</Z:p>', "\u00fc"),
                                ('<Z:p><x xmlns="urn:x">deep p:y</x></Z:p>', "p"), ('<Z:p>$p:v, D:x</Z:p>', "p D"), ('<Z:p>xp:no p :no http://x</Z:p>', "")):
            self.expect(207, "PROPPATCH", self.path, {}, (outside % value).encode())
            found = self.find("<Z:p/>")[Z + "p"][1]
            declared = {None: None, "p": "urn:outer", "xs": "http://www.w3.org/2001/XMLSchema", "\u00fc": "urn:umlaut", "D": "DAV:",
                        "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
            for prefix in prefixes.split():
                self.assertEqual(found.nsmap.get(prefix), declared[prefix], (value, prefix))
            if not prefixes:
                self.assertNotIn("p", found.nsmap, value)

    def test_a_prefix_that_the_value_declares_itself_keeps_its_own_meaning(self):
        body = ('<D:propertyupdate xmlns:D="DAV:" xmlns:Z="http://example.com/ns/" xmlns:p="urn:outer"><D:set><D:prop>'
                '<Z:p xmlns:p="urn:inner">p:x</Z:p><Z:q><y xmlns="" xmlns:p="urn:inner">p:x</y>p:z</Z:q></D:prop></D:set></D:propertyupdate>')
        self.expect(207, "PROPPATCH", self.path, {}, body)
        found = self.find("<Z:p/><Z:q/>")
        self.assertEqual(found[Z + "p"][1].nsmap["p"], "urn:inner")
        self.assertEqual(found[Z + "q"][1].nsmap["p"], "urn:outer")
        self.assertEqual(found[Z + "q"][1][0].nsmap["p"], "urn:inner")

    def test_removing_what_is_not_there_is_no_failure(self):
        self.assertEqual(one(self.proppatch(self.path, remove_prop("<Z:none/>")))[Z + "none"][0], 200)

    def test_document_order_decides(self):
        self.proppatch(self.path, set_prop("<Z:p>1</Z:p>") + remove_prop("<Z:p/>") + set_prop("<Z:p>2</Z:p>"))
        self.assertEqual(self.find("<Z:p/>")[Z + "p"][1].text, "2")
        self.proppatch(self.path, set_prop("<Z:p>3</Z:p>") + remove_prop("<Z:p/>"))
        self.assertEqual(self.find("<Z:p/>")[Z + "p"][0], 404)

    def test_properties_travel(self):
        self.proppatch(self.path, set_prop("<Z:p>v</Z:p>"))
        self.expect(201, "COPY", self.path, {"Destination": self.dir + "/c"})
        self.expect(201, "MOVE", self.path, {"Destination": self.dir + "/m"})
        for name in "cm":
            self.assertEqual(self.find("<Z:p/>", self.dir + "/" + name)[Z + "p"][1].text, "v")

    def test_collections_have_properties(self):
        self.proppatch(self.dir, set_prop("<Z:p>v</Z:p>"))
        self.assertEqual(self.find("<Z:p/>", self.dir)[Z + "p"][1].text, "v")

    def test_a_mebibyte_and_a_thousand(self):
        big = "x" * (1 << 20)
        self.proppatch(self.path, set_prop(f"<Z:big>{big}</Z:big>"))
        self.assertEqual(self.find("<Z:big/>")[Z + "big"][1].text, big)
        many = "".join(f"<Z:p{i}>value {i}</Z:p{i}>" for i in range(1000))
        self.assertTrue(all(status == 200 for status, _ in one(self.proppatch(self.path, set_prop(many))).values()))
        names = "".join(f"<Z:p{i}/>" for i in range(1000))
        found = self.find(names)
        self.assertEqual(found[Z + "p999"][1].text, "value 999")
        self.assertEqual(len(found), 1000)
        self.expect(201, "COPY", self.path, {"Destination": self.dir + "/copy"})
        self.expect(204, "DELETE", self.path)
        self.assertEqual(self.find("<Z:big/>", self.dir + "/copy")[Z + "big"][1].text, big)

    def test_random_sets_against_a_model(self):
        chance = random.Random(4918)
        model = {}
        for _ in range(150):
            instructions, after = "", dict(model)
            for _ in range(chance.randint(1, 6)):
                name = "p%d" % chance.randint(0, 9)
                if chance.random() < 0.3:
                    instructions += remove_prop(f"<Z:{name}/>")
                    after.pop(name, None)
                else:
                    value = "v%d" % chance.randint(0, 1 << 30) * chance.randint(1, 40)
                    instructions += set_prop(f"<Z:{name}>{value}</Z:{name}>")
                    after[name] = value
            if chance.random() < 0.3:
                instructions += set_prop("<D:getetag>no</D:getetag>")
            else:
                model = after
            self.proppatch(self.path, instructions)
            found = self.find("".join(f"<Z:p{i}/>" for i in range(10)))
            self.assertEqual({k[len(Z):]: e.text for k, (s, e) in found.items() if s == 200}, model)

    def test_dead_properties_do_not_change_the_entity_tag(self):
        before = self.request("HEAD", self.path).header("ETag")
        self.proppatch(self.path, set_prop("<Z:p>v</Z:p>"))
        self.assertEqual(self.request("HEAD", self.path).header("ETag"), before)


class OfXml(Case):
    def test_names_in_the_namespace_of_xml(self):
        """Bound to the prefix xml and to no other: a parser that looks refuses the whole answer."""
        path = self.dir + "/f"
        self.put(path)
        update = propertyupdate(set_prop("<xml:foo>v</xml:foo>"))
        name = "{http://www.w3.org/XML/1998/namespace}foo"
        self.assertIn(name, one(self.expect(207, "PROPPATCH", path, body=update)))
        self.assertEqual(one(self.expect(207, "PROPFIND", path, {"Depth": "0"}, propfind_body("<xml:foo/>")))[name][1].text, "v")
        self.put(self.dir + "/g")
        self.assertIn(name, one(self.expect(207, "PROPFIND", self.dir + "/g", {"Depth": "0"}, propfind_body("<xml:foo/>"))))
        names = self.expect(207, "PROPFIND", path, {"Depth": "0"}, b'<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>')
        self.assertIn(name, one(names))


class Forms(Case):
    def setUp(self):
        super().setUp()
        self.put(self.dir + "/f.txt", b"12345")
        self.expect(201, "MKCOL", self.dir + "/sub")
        self.put(self.dir + "/sub/g")
        self.proppatch(self.dir + "/f.txt", set_prop("<Z:p>v</Z:p>"))

    def hrefs(self, depth, **headers):
        return sorted(r[0] for r in multistatus(self.expect(207, "PROPFIND", self.dir, {"Depth": depth, **headers})))

    def test_a_collection_without_its_slash_is_named(self):
        for depth in ("0", "1", "infinity"):
            for target, named in ((self.dir, self.dir + "/"), (self.dir + "/", None)):
                answer = self.expect(207, "PROPFIND", target, {"Depth": depth})
                self.assertEqual(answer.header("Content-Location"), named)
        self.put(self.dir + "/f")
        self.assertIsNone(self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}).header("Content-Location"))

    def test_each_depth_lists_its_members(self):
        d = self.dir
        self.assertEqual(self.hrefs("0"), [d + "/"])
        self.assertEqual(self.hrefs("1"), [d + "/", d + "/f.txt", d + "/sub/"])
        self.assertEqual(self.hrefs("infinity"), [d + "/", d + "/f.txt", d + "/sub/", d + "/sub/g"])
        self.assertEqual(self.hrefs(None), self.hrefs("infinity"))
        self.expect(400, "PROPFIND", d, {"Depth": "2"})

    def test_depth_noroot(self):
        answer = self.expect(207, "PROPFIND", self.dir, {"Depth": "1", "Prefer": "depth-noroot"})
        self.assertNotIn(self.dir + "/", [r[0] for r in multistatus(answer)])
        self.assertIn("depth-noroot", answer.header("Preference-Applied"))

    def test_depth_with_noroot_leaves_the_folder_out(self):
        """[MS-WDV] adds "1,noroot" and "infinity,noroot" to PROPFIND."""
        d = self.dir
        for depth, expected in (("1,noroot", [d + "/f.txt", d + "/sub/"]), ("1 , NOROOT", [d + "/f.txt", d + "/sub/"]),
                                ("Infinity, NoRoot", [d + "/f.txt", d + "/sub/", d + "/sub/g"])):
            self.assertEqual(self.hrefs(depth), expected, depth)
        self.assertEqual(multistatus(self.expect(207, "PROPFIND", d + "/f.txt", {"Depth": "1,noroot"})), [])

    def test_depth_with_noroot_is_refused_where_it_means_nothing(self):
        self.assertIn(b"selects no resource", self.expect(400, "PROPFIND", self.dir, {"Depth": "0,noroot"}).body)
        for depth in ("noroot", "noroot,1", "1,noroot,noroot", "2,noroot", "1;noroot", "1,root"):
            self.expect(400, "PROPFIND", self.dir, {"Depth": depth})
        for method, more in (("COPY", {"Destination": self.dir + "-2"}), ("MOVE", {"Destination": self.dir + "-2"}), ("DELETE", {})):
            answer = self.expect(400, method, self.dir, {"Depth": "infinity, noroot", **more})
            self.assertIn(b"noroot is allowed in PROPFIND only", answer.body, method)
        answer = self.expect(400, "LOCK", self.dir, {"Depth": "infinity,noroot"}, lockinfo())
        self.assertIn(b"noroot is allowed in PROPFIND only", answer.body)

    def test_allprop_and_include(self):
        for body in (None, '<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>'):
            found = one(self.expect(207, "PROPFIND", self.dir + "/f.txt", {"Depth": "0"}, body))
            for name in ("creationdate", "getcontentlength", "getcontenttype", "getetag", "getlastmodified", "lockdiscovery",
                         "resourcetype", "supportedlock"):
                self.assertEqual(found[DAV + name][0], 200, name)
            self.assertEqual(found[Z + "p"][1].text, "v")
            self.assertNotIn(DAV + "quota-available-bytes", found)
        body = '<D:propfind xmlns:D="DAV:"><D:allprop/><D:include><D:quota-available-bytes/><D:nothing/></D:include></D:propfind>'
        found = one(self.expect(207, "PROPFIND", self.dir, {"Depth": "0"}, body))
        self.assertEqual(found[DAV + "quota-available-bytes"][0], 200)
        found = one(self.expect(207, "PROPFIND", self.dir + "/f.txt", {"Depth": "0"}, body))
        self.assertEqual(found[Z + "p"][0], 200)

    def test_propname_lists_live_and_dead_names(self):
        found = one(self.expect(207, "PROPFIND", self.dir + "/f.txt", {"Depth": "0"},
                                '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'))
        self.assertIn(Z + "p", found)
        self.assertIn(DAV + "getetag", found)
        self.assertTrue(all(not element.text and len(element) == 0 for _, element in found.values()))

    def test_absent_ones_are_404_and_minimal_leaves_them_out(self):
        body = propfind_body("<Z:none/><D:getetag/>")
        found = one(self.expect(207, "PROPFIND", self.dir + "/f.txt", {"Depth": "0"}, body))
        self.assertEqual((found[Z + "none"][0], found[DAV + "getetag"][0]), (404, 200))
        for headers in ({"Prefer": "return=minimal"}, {"Brief": "t"}):
            found = one(self.expect(207, "PROPFIND", self.dir + "/f.txt", {"Depth": "0", **headers}, body))
            self.assertEqual(list(found), [DAV + "getetag"])

    def test_unreadable_member_does_not_break_the_listing(self):
        if os.geteuid() == 0:
            os.mkfifo(self.server.root + self.dir + "/fifo")
            os.symlink("/etc/passwd", self.server.root + self.dir + "/leaves")
            os.symlink("nowhere", self.server.root + self.dir + "/dangles")
            os.symlink("f.txt", self.server.root + self.dir + "/inside")
        self.assertEqual(self.hrefs("1"), [self.dir + "/", self.dir + "/f.txt", self.dir + "/inside", self.dir + "/sub/"])

    def test_the_state_folder_is_neither_seen_nor_named(self):
        answer = self.expect(207, "PROPFIND", "/", {"Depth": "1"})
        self.assertNotIn(b".davit", answer.body)
        self.assertNotIn(b".davit", self.expect(200, "GET", "/").body)
        for path in ("/.davit", "/.davit/state.db", "/%2edavit/state.db", "//.davit", "/x/../.davit"):
            for method in ("GET", "PROPFIND", "PUT", "DELETE"):
                self.expect(403, method, path, body=b"" if method == "PUT" else None)


class Live(Case):
    def setUp(self):
        super().setUp()
        self.path = self.dir + "/f.txt"
        self.put(self.path, b"12345")

    def find(self, names):
        return one(self.expect(207, "PROPFIND", self.path, {"Depth": "0"}, propfind_body(names)))

    def test_live_values_match_the_headers_of_head(self):
        head = self.request("HEAD", self.path)
        found = self.find("<D:getcontentlength/><D:getetag/><D:getlastmodified/><D:getcontenttype/><D:creationdate/><D:displayname/>"
                          "<D:quota-available-bytes/><D:quota-used-bytes/><A:executable/><W:Win32FileAttributes/><W:Win32LastModifiedTime/>")
        text = {name: element.text for name, (status, element) in found.items() if status == 200}
        self.assertEqual(text[DAV + "getcontentlength"], "5")
        self.assertEqual(text[DAV + "getetag"], head.header("ETag"))
        self.assertEqual(text[DAV + "getlastmodified"], head.header("Last-Modified"))
        self.assertEqual(text[DAV + "getcontenttype"], "text/plain; charset=utf-8")
        self.assertRegex(text[DAV + "creationdate"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(text[DAV + "displayname"], "f.txt")
        self.assertEqual(text[A + "executable"], "F")
        self.assertEqual(text[W + "Win32FileAttributes"], "00000020")
        self.assertEqual(text[W + "Win32LastModifiedTime"], head.header("Last-Modified"))

    def test_settable_ones(self):
        self.proppatch(self.path, set_prop("<D:getcontenttype>text/html</D:getcontenttype><D:getcontentlanguage>de</D:getcontentlanguage>"
                                           "<D:displayname>Name &amp; more</D:displayname><A:executable>T</A:executable>"
                                           "<W:Win32LastModifiedTime>Sun, 09 Sep 2001 01:46:40 GMT</W:Win32LastModifiedTime>"
                                           "<W:Win32CreationTime>Sun, 09 Sep 2001 01:46:40 GMT</W:Win32CreationTime>"
                                           "<W:Win32FileAttributes>00000022</W:Win32FileAttributes>"))
        head = self.request("HEAD", self.path)
        self.assertEqual(head.header("Content-Type"), "text/html")
        self.assertEqual(head.header("Content-Language"), "de")
        self.assertEqual(head.header("Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT")
        found = self.find("<D:displayname/><A:executable/><W:Win32FileAttributes/><W:Win32CreationTime/>")
        self.assertEqual(found[DAV + "displayname"][1].text, "Name & more")
        self.assertEqual(found[A + "executable"][1].text, "T")
        self.assertEqual(found[W + "Win32FileAttributes"][1].text, "00000022")
        self.assertEqual(os.stat(self.server.root + self.path).st_mode & 0o111, 0o111)
        self.assertEqual(int(os.stat(self.server.root + self.path).st_mtime), 1000000000)
        self.proppatch(self.path, remove_prop("<D:getcontenttype/>"))
        self.assertEqual(self.request("HEAD", self.path).header("Content-Type"), "text/plain; charset=utf-8")

    def test_times_of_rclone(self):
        self.proppatch(self.path, set_prop("<D:lastmodified>1000000000</D:lastmodified>"))
        self.assertEqual(self.request("HEAD", self.path).header("Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT")
        for seconds in ("-86400", "1000000000"):
            self.proppatch(self.path, set_prop(f"<D:lastmodified>{seconds}</D:lastmodified>"))
            self.assertEqual(self.find("<D:lastmodified/>")[DAV + "lastmodified"][1].text, seconds)

    def test_a_time_no_file_can_have_is_refused_and_never_another(self):
        file = self.server.root + self.path
        self.proppatch(self.path, set_prop("<D:lastmodified>1000000000</D:lastmodified>"))
        dates = ("Mon, 01 Jan 1601 00:00:00 GMT", "Fri, 01 Jan 1700 00:00:00 GMT", "Mon, 01 Jan 2300 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT")
        for date in dates:
            for local in ("<D:lastmodified>%s</D:lastmodified>", "<W:Win32LastModifiedTime>%s</W:Win32LastModifiedTime>"):
                body = propertyupdate(set_prop(local % date))
                answer = self.expect(207, "PROPPATCH", self.path, body=body)
                if self.keeps(file, date):
                    self.assertIn(b"200 OK", answer.body, date)
                    continue
                self.assertIn(b'409 Conflict', answer.body, date)
                self.assertIn(b'code="invalid-property-value"', answer.body, date)
                self.assertEqual(int(os.stat(file).st_mtime), 1000000000, date)
        for seconds in (9223372036, 10413792000, 253402300799):
            answer = self.expect(207, "PROPPATCH", self.path, body=propertyupdate(set_prop(f"<D:lastmodified>{seconds}</D:lastmodified>")))
            self.assertIn(b"409 Conflict", answer.body, seconds)
            self.assertEqual(int(os.stat(file).st_mtime), 1000000000, seconds)
        for date, seconds in (("Fri, 01 Jan 1960 00:00:00 GMT", -315619200), ("Tue, 01 Jan 2250 00:00:00 GMT", 8835955200)):
            self.proppatch(self.path, set_prop(f"<W:Win32LastModifiedTime>{date}</W:Win32LastModifiedTime>"))
            self.assertEqual(os.stat(file).st_mtime_ns // 10**9, seconds)
            self.assertEqual(self.request("HEAD", self.path).header("Last-Modified"), date)

    def keeps(self, file, date):
        """Has the file got this time? A file system that goes back far enough may keep 1700."""
        return "1700" in date and os.stat(file).st_mtime_ns // 10**9 == -8520336000

    def test_a_time_that_came_from_outside_and_does_not_fit(self):
        file = self.server.root + self.path
        for seconds, year in ((13569465600, b"2262"), (10413792000, b"2262"), (-9300000000, None)):
            os.utime(file, (0, seconds))
            answer = self.expect(200, "GET", self.path)
            if year:
                self.assertIn(year.decode(), answer.header("Last-Modified"))
            self.assertEqual(self.expect(200, "GET", self.path).header("ETag"), answer.header("ETag"))
            self.expect(304, "GET", self.path, {"If-None-Match": answer.header("ETag")})
            self.assertIn(b"getlastmodified", self.expect(207, "PROPFIND", self.path, {"Depth": "0"}).body)
            copy = self.path + ".copy"
            self.assertIn(self.request("COPY", self.path, {"Destination": copy}).status, (201, 204))
            self.expect(200, "GET", copy)
            self.proppatch(self.path, set_prop("<Z:a>1</Z:a>"))
            self.proppatch(self.path, set_prop("<Z:a>1</Z:a><D:lastmodified>1000000000</D:lastmodified>"))
        self.assertEqual(int(os.stat(file).st_mtime), 1000000000)

    def test_lockdiscovery_shows_the_lock_without_its_secret_elsewhere(self):
        token = self.lock(self.path)
        found = self.find("<D:lockdiscovery/><D:supportedlock/>")
        active = found[DAV + "lockdiscovery"][1].find(DAV + "activelock")
        self.assertEqual(active.findtext(f"{DAV}locktoken/{DAV}href"), token)
        self.assertEqual(active.findtext(f"{DAV}lockroot/{DAV}href"), self.path)
        self.assertEqual(active.findtext(f"{DAV}owner/{DAV}href"), "http://example.com/me")
        self.assertEqual(active.findtext(DAV + "depth"), "infinity")
        self.assertTrue(re.match(r"Second-\d+$", active.findtext(DAV + "timeout")))
        self.assertEqual(len(found[DAV + "supportedlock"][1]), 2)


class Writers(Case):
    def test_sixteen_on_one_resource(self):
        """Every answer is honest, every set that is read is one that somebody wrote, whole, and nobody's property is lost to
        another's PROPPATCH at the same moment."""
        import threading
        path = self.dir + "/f"
        self.put(path)
        wrong, names = [], "".join(f"<Z:p{i}/>" for i in range(8))

        def write(number):
            connection = self.server.connect()
            mine, own = f"<Z:own{number}/>", None
            for turn in range(12):
                value = f"{number}-{turn}"
                fails = turn % 3 == 0
                body = set_prop("".join(f"<Z:p{i}>{value}</Z:p{i}>" for i in range(8)) + f"<Z:own{number}>{value}</Z:own{number}>" +
                                ("<D:getetag>x</D:getetag>" if fails else ""))
                answer = one(self.request("PROPPATCH", path, {}, propertyupdate(body), connection=connection))
                statuses = sorted({s for s, _ in answer.values()})
                if statuses != ([403, 424] if fails else [200]):
                    wrong.append(statuses)
                own = own if fails else value
                found = one(self.request("PROPFIND", path, {"Depth": "0"}, propfind_body(names + mine), connection=connection))
                if (kept := found.pop(f"{Z}own{number}")[1].text) != own:
                    wrong.append(f"{kept} instead of {own}")
                values = {e.text for s, e in found.values() if s == 200}
                if len(values) > 1 or any(int(v.split("-")[1]) % 3 == 0 for v in values):
                    wrong.append(values)
            connection.close()

        threads = [threading.Thread(target=write, args=(n,)) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


class Outside(Case):
    """What others do with the files leaves the properties where they belong."""

    def test_mv_cp_and_rsync_keep_them(self):
        import subprocess
        self.put(self.dir + "/f")
        self.proppatch(self.dir + "/f", set_prop("<Z:p>v</Z:p>"))
        folder = self.server.root + self.dir
        subprocess.run(["mv", folder + "/f", folder + "/moved"], check=True)
        subprocess.run(["cp", "-a", folder + "/moved", folder + "/copied"], check=True)
        subprocess.run(["rsync", "-aX", folder + "/moved", folder + "/synced"], check=True)
        for name in ("moved", "copied", "synced"):
            answer = self.expect(207, "PROPFIND", f"{self.dir}/{name}", {"Depth": "0"}, propfind_body("<Z:p/>"))
            self.assertEqual(one(answer)[Z + "p"][1].text, "v", name)


class InDatabase(Dead):
    """The same promises where the file system keeps no attributes."""
    config = '[storage]\nproperties = "database"\n'


class Memory(Case):
    """Memory follows what one resource weighs, never how many stand beside it."""


    def test_memory_of_a_listing_does_not_grow_with_the_properties_of_siblings(self):
        if is_sanitized(self.server):
            self.skipTest("memory says nothing under a sanitizer")
        self.request("MKCOL", self.dir + "/0")
        large = "".join(set_prop(f"<Z:p{i}>{'v' * 1000000}</Z:p{i}>") for i in range(4))
        self.proppatch(self.dir + "/0", large)
        for i in range(1, 30):
            self.expect(201, "COPY", self.dir + "/0", {"Destination": f"{self.dir}/{i}"})
        before = memory(self.server, "VmHWM")
        answer = self.expect(207, "PROPFIND", self.dir, {"Depth": "infinity"}, propfind_body("<Z:p0/><D:getetag/>"))
        found = multistatus(answer)
        self.assertEqual(len(found), 31)
        self.assertEqual(sum(len(properties[Z + "p0"][1].text or "") for _, _, properties in found), 30 * 1000000)
        self.assertLess(memory(self.server, "VmHWM") - before, 60 << 20)

    def test_one_answer_of_many_large_properties_comes_whole(self):
        self.put(self.dir + "/f")
        values = {f"p{i}": str(i) * 900000 for i in range(8)}
        self.proppatch(self.dir + "/f", "".join(set_prop(f"<Z:{name}>{value}</Z:{name}>") for name, value in values.items()))
        for headers in ({"Depth": "0"}, {"Depth": "0", "Accept-Encoding": "gzip"}):
            answer = self.request("PROPFIND", self.dir + "/f", headers, '<propfind xmlns="DAV:"><allprop/></propfind>')
            if answer.header("Content-Encoding") == "gzip":
                answer.body = gzip.decompress(answer.body)
            found = one(answer)
            self.assertEqual({name: found[Z + name][1].text for name in values}, values)
        answer = self.request("PROPFIND", self.dir + "/f", {"Depth": "0"}, '<propfind xmlns="DAV:"><propname/></propfind>')
        self.assertLessEqual({Z + name for name in values}, set(one(answer)))


class Bounds(Case):
    """A property's value and a resource's properties are bounded in bytes; what is too large already can be made smaller."""
    config = """
[limits]
property_value_bytes = "8KiB"
property_set_bytes = "32KiB"
"""

    def setUp(self):
        super().setUp()
        self.path = self.dir + "/f"
        self.put(self.path)

    def change(self, instructions, server=None, path=None):
        answer = (server or self.server).request("PROPPATCH", path or self.path, body=propertyupdate(instructions))
        self.assertEqual(answer.status, 207, answer)
        return answer

    def statuses(self, answer):
        return {name.split("}")[1]: status for name, (status, _) in one(answer).items()}

    def names(self):
        answer = self.expect(207, "PROPFIND", self.path, {"Depth": "0"}, '<propfind xmlns="DAV:"><propname/></propfind>')
        return sorted(name.split("}")[1] for name in one(answer) if "example.com" in name)

    @staticmethod
    def value(name, size):
        return f"<Z:{name}>{'v' * size}</Z:{name}>"

    def test_a_value_that_is_too_large_is_422_and_nothing_is_changed(self):
        self.change(set_prop("<Z:old>1</Z:old>"))
        answer = self.change(set_prop("<Z:before/>") + set_prop(self.value("big", 8193)) + remove_prop("<Z:old/>"))
        self.assertEqual(self.statuses(answer), {"before": 424, "big": 422, "old": 424})
        self.assertIn(b'code="property-too-large"', answer.body)
        self.assertIn(b"limits.property_value_bytes", answer.body)
        self.assertEqual(self.names(), ["old"])
        self.assertEqual(self.statuses(self.change(set_prop(self.value("big", 8192)))), {"big": 200})

    def test_a_value_is_as_long_as_it_is_written_out(self):
        self.assertEqual(self.statuses(self.change(set_prop("<Z:a><![CDATA[" + "&" * 3000 + "]]></Z:a>"))), {"a": 422})
        self.assertEqual(self.statuses(self.change(set_prop("<Z:a><Z:b>" + "x" * 8192 + "</Z:b></Z:a>"))), {"a": 422})
        self.assertEqual(self.statuses(self.change(set_prop(f"<Z:a>{'<!--' + 'x' * 9000 + '-->'}</Z:a>"))), {"a": 422})

    def test_a_live_property_that_is_too_large_is_refused_too(self):
        self.assertEqual(self.statuses(self.change(set_prop("<D:displayname>" + "x" * 9000 + "</D:displayname>"))), {"displayname": 422})

    def test_a_set_that_would_be_too_large_is_422_at_the_property_that_is_one_too_many(self):
        for name in ("a", "b", "c"):
            self.assertEqual(self.statuses(self.change(set_prop(self.value(name, 8000)))), {name: 200})
        answer = self.change(set_prop("<Z:small/>") + set_prop(self.value("d", 8000)) + set_prop(self.value("e", 8000)))
        self.assertEqual(self.statuses(answer), {"small": 424, "d": 424, "e": 422})
        self.assertIn(b'code="property-set-too-large"', answer.body)
        self.assertEqual(self.names(), ["a", "b", "c"])

    def test_only_what_the_whole_request_leads_to_counts(self):
        self.change(set_prop(self.value("a", 8000)) + set_prop(self.value("b", 8000)) + set_prop(self.value("c", 8000)))
        answer = self.change(set_prop(self.value("d", 8000) + self.value("e", 8000)) + remove_prop("<Z:a/><Z:b/>"))
        self.assertEqual(set(self.statuses(answer).values()), {200})
        self.assertEqual(self.names(), ["c", "d", "e"])

    def test_one_request_of_many_properties_is_judged_as_a_whole(self):
        many = "".join(self.value(f"p{i}", 1000) for i in range(40))
        self.assertEqual(sorted(set(self.statuses(self.change(set_prop(many))).values())), [422, 424])
        self.assertEqual(self.names(), [])

    def test_extended_mkcol_is_bounded_alike_and_makes_nothing(self):
        def mkcol(properties):
            return self.request("MKCOL", self.dir + "/new", {"Content-Type": "application/xml"},
                                '<D:mkcol xmlns:D="DAV:" xmlns:Z="http://example.com/ns/"><D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype>'
                                + properties + "</D:prop></D:set></D:mkcol>")
        for properties, code in ((self.value("big", 9000), b"property-too-large"),
                                 ("".join(self.value(n, 8000) for n in "abcde"), b"property-set-too-large")):
            answer = mkcol(properties)
            self.assertEqual(answer.status, 422, answer)
            self.assertIn(code, answer.body)
            self.expect(404, "GET", self.dir + "/new")
        self.assertEqual(mkcol(self.value("big", 8000)).status, 201)

    def test_a_set_that_is_too_large_already_can_be_read_copied_and_shrunk(self):
        generous = Server()
        try:
            generous.request("PUT", "/f", body=b"x")
            self.change(set_prop("".join(self.value(n, 20000) for n in "abc")), generous, "/f")
            generous.kill()
            generous.config = self.config
            generous.start()
            answer = generous.request("PROPFIND", "/f", {"Depth": "0"}, propfind_body("<Z:a/><Z:b/><Z:c/>"))
            self.assertEqual([len(e.text) for _, e in one(answer).values()], [20000] * 3)
            self.assertEqual(generous.request("COPY", "/f", {"Destination": "/g"}).status, 201)
            for path in ("/f", "/g"):
                self.assertEqual(self.statuses(self.change(set_prop("<Z:more>x</Z:more>"), generous, path)), {"more": 422})
                self.assertEqual(self.statuses(self.change(remove_prop("<Z:a/>"), generous, path)), {"a": 200})
                self.assertEqual(self.statuses(self.change(set_prop("<Z:b>x</Z:b>"), generous, path)), {"b": 200})
                self.assertEqual(self.statuses(self.change(set_prop("<Z:more>x</Z:more>"), generous, path)), {"more": 200})
        finally:
            generous.stop()

    def test_the_bounds_are_a_mebibyte_and_eight_unless_configured(self):
        server = Server()
        try:
            server.request("PUT", "/f", body=b"x")
            self.assertEqual(self.statuses(self.change(set_prop(self.value("a", 1 << 20)), server, "/f")), {"a": 200})
            self.assertEqual(self.statuses(self.change(set_prop(self.value("b", (1 << 20) + 1)), server, "/f")), {"b": 422})
            answer = self.change("".join(set_prop(self.value(f"p{i}", 1 << 20)) for i in range(8)), server, "/f")
            self.assertEqual(sorted(set(self.statuses(answer).values())), [422, 424])
        finally:
            server.stop()


if __name__ == "__main__":
    main()
