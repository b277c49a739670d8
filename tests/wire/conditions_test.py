"""Conditional requests: RFC 9110, 13 on every method, and the If header's tags (RFC 4918, 10.4)."""
import os
import unittest

from davit import Case, Server, lockinfo, main, propfind_body, propertyupdate, set_prop

OTHER = '"other"'
OLD, FUTURE = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


class Representations(Case):
    """PUT, DELETE, PROPPATCH, COPY, MOVE, LOCK select the representation at the Request-URI."""

    def setUp(self):
        super().setUp()
        self.path = self.dir + "/f"
        self.tag = self.put(self.path, b"old").header("ETag")

    def writes(self):
        to = {"Destination": self.dir + "/to"}
        return [("PROPPATCH", {}, propertyupdate(set_prop("<Z:p/>"))), ("PUT", {}, b"new"), ("COPY", to, None), ("LOCK", {}, lockinfo()),
                ("MOVE", to, None), ("DELETE", {}, None)]

    def test_what_does_not_hold_is_412_and_nothing_happens(self):
        for method, headers, body in self.writes():
            for condition in ({"If-Match": OTHER}, {"If-Match": "W/" + self.tag}, {"If-Match": "unquoted"}, {"If-None-Match": self.tag},
                              {"If-None-Match": "W/" + self.tag}, {"If-None-Match": "*"}, {"If-None-Match": f"{OTHER}, {self.tag}"},
                              {"If-Unmodified-Since": OLD}):
                answer = self.expect(412, method, self.path, {**headers, **condition}, body)
                self.assertIn(self.tag.strip('"').encode(), answer.body, "the current tag saves a request")
        self.assertEqual(self.get(self.path), b"old")
        self.expect(404, "GET", self.dir + "/to")
        self.expect(200, "HEAD", self.path, {"If-Match": self.tag})

    def test_order_of_rfc_9110(self):
        for method, headers, body in self.writes()[:3]:
            tag = self.expect(200, "HEAD", self.path).header("ETag")
            # If-Match goes before If-Unmodified-Since, If-None-Match before If-Modified-Since; the last is for reading only.
            holds = {"If-Match": f"{OTHER}, {tag}", "If-Unmodified-Since": OLD, "If-None-Match": OTHER, "If-Modified-Since": FUTURE}
            self.assertLess(self.request(method, self.path, {**headers, **holds}, body).status, 300, method)

    def test_dates_that_are_none_are_ignored(self):
        self.expect(204, "PUT", self.path, {"If-Unmodified-Since": "yesterday", "If-Modified-Since": "soon"}, b"new")

    def test_a_tag_as_a_proxy_that_compresses_would_spoil_it_is_no_match(self):
        self.expect(412, "PUT", self.path, {"If-Match": self.tag[:-1] + '-gzip"'}, b"new")

    def test_where_nothing_stands(self):
        path = self.dir + "/none"
        for method, headers, body in (("PUT", {}, b"x"), ("MKCOL", {}, None), ("LOCK", {}, lockinfo())):
            for condition in ({"If-Match": "*"}, {"If-Match": OTHER}):
                self.expect(412, method, path, {**headers, **condition}, body)
        self.expect(404, "GET", path)
        self.expect(201, "PUT", path, {"If-None-Match": "*", "If-Unmodified-Since": OLD}, b"x")
        self.expect(201, "MKCOL", self.dir + "/c", {"If-None-Match": "*"})
        self.expect(201, "LOCK", self.dir + "/l", {"If-None-Match": "*"}, lockinfo())

    def test_the_refresh_of_a_lock_asks_them_too(self):
        for held, path in ((self.path, self.path), (self.dir, self.path), (self.dir, self.dir + "/")):
            token = self.lock(held)
            mine = {"If": f"<{self.server_url(held)}> (<{token}>)" if held != path else f"(<{token}>)", "Timeout": "Second-700"}
            for condition in ({"If-Match": OTHER}, {"If-None-Match": "*"}, {"If-Unmodified-Since": OLD}, {"If-Match": f"W/{self.tag}"}):
                self.expect(412, "LOCK", path, {**mine, **condition})
                self.assertNotIn(b"Second-700", self.expect(207, "PROPFIND", path, {"Depth": "0"}, propfind_body("<D:lockdiscovery/>")).body)
            for condition in ({}, {"If-Match": "*"}, {"If-None-Match": OTHER}, {"If-Unmodified-Since": FUTURE}, {"If-Modified-Since": FUTURE}):
                self.expect(200, "LOCK", path, {**mine, **condition})
            # The lock is asked first, as everywhere.
            self.expect(412, "LOCK", path, {"If": "(<urn:uuid:00000000-0000-4000-8000-000000000000>)", "If-Match": OTHER})
            self.expect(204, "UNLOCK", held, {"Lock-Token": f"<{token}>"})

    def server_url(self, path):
        return "http://localhost" + path

    def test_ignored_where_no_representation_is_selected(self):
        """iOS sends If-None-Match with PROPFIND by itself."""
        for condition in ({"If-None-Match": self.tag}, {"If-None-Match": "*"}, {"If-Match": OTHER}, {"If-Modified-Since": FUTURE},
                          {"If-Unmodified-Since": OLD}):
            self.expect(207, "PROPFIND", self.path, {"Depth": "0", **condition}, propfind_body("<D:getetag/>"))
            self.expect(200, "OPTIONS", self.path, condition)
            token = self.lock(self.path)
            self.expect(204, "UNLOCK", self.path, {"Lock-Token": f"<{token}>", **condition})

    def test_the_made_up_tag_of_joplin_does_no_harm(self):
        """It sends a tag without quotes, made up, with everything but GET and HEAD, to keep caches out."""
        joplin = {"If-None-Match": "JoplinIgnore-48723"}
        self.expect(204, "PUT", self.path, joplin, b"new")
        self.expect(207, "PROPFIND", self.path, {"Depth": "0", **joplin})
        self.expect(201, "MKCOL", self.dir + "/.resource/", joplin)
        self.expect(201, "MOVE", self.path, {"Destination": self.dir + "/g", **joplin})
        self.expect(204, "DELETE", self.dir + "/g", joplin)


class Tags(unittest.TestCase):
    """Tags of the If header are absolute URIs or paths, with and without the public prefix."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(config='[server]\nbase_path = "/dav"\n')

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_every_way_to_name_a_resource(self):
        request = self.server.request
        self.assertEqual(request("PUT", "/dav/a%20b", body=b"x").status, 201)
        token = request("LOCK", "/dav/a%20b", {}, lockinfo()).header("Lock-Token")
        for tag in ("/dav/a%20b", "/a%20b", "//dav/a%20b", "http://localhost/dav/a%20b", "https://dav.example.com:8443/dav/a%20b",
                    "http://localhost/a%20b", "http://localhost/dav/./a%20b?query", "HTTP://LOCALHOST/dav/%61%20b"):
            answer = request("PUT", "/dav/a%20b", {"If": f"<{tag}> ({token})"}, b"y")
            self.assertEqual(answer.status, 204, tag)
        for tag in ("/dav/a", "/dav", "http://localhost/dav/dav/a%20b"):
            self.assertEqual(request("PUT", "/dav/a%20b", {"If": f"<{tag}> ({token})"}, b"y").status, 412, tag)

    def test_destinations_likewise(self):
        request = self.server.request
        self.assertEqual(request("PUT", "/dav/f", body=b"x").status, 201)
        for destination in ("/dav/g", "/g", "http://localhost/dav/g", "https://dav.example.com/g", "webdav://x/dav/g", "http://localhost:99//dav/g"):
            answer = request("COPY", "/dav/f", {"Destination": destination})
            self.assertIn(answer.status, (201, 204), (destination, answer))
            self.assertEqual(request("GET", "/dav/g").body, b"x")
            self.assertEqual(request("DELETE", "/dav/g").status, 204)


class TagsInIf(Case):
    def test_an_entity_tag_in_if_may_hold_brackets_and_blanks(self):
        """RFC 4918, 10.4.6 has a tag with blanks itself."""
        path = self.dir + "/f"
        tag = self.put(path).header("ETag")
        for opaque in ("a)b(c]d[e>f<g", "I am an ETag", "\\", "]", ")", "> (", ""):
            self.expect(412, "PUT", path, {"If": f'(["{opaque}"])'}, b"x")
            self.expect(412, "PUT", path, {"If": f'<{path}> ([W/"{opaque}"])'}, b"x")
            self.expect(412, "PUT", path, {"If-Match": f'"{opaque}"'}, b"x")
            tag = self.expect(204, "PUT", path, {"If": f'(["{opaque}"]) (Not ["{opaque}"] [{tag}])'}, b"x").header("ETag")
            tag = self.expect(204, "PUT", path, {"If-Match": f'"{opaque}", {tag}'}, b"x").header("ETag")
        for text in ('(["a)', '(["a"x])', '([a])', '(["a""b"])'):
            self.expect(400, "PUT", path, {"If": text}, b"x")


class OneOrder(Case):
    """Read-only, If, existence and type with Depth, locks, RFC 9110's conditions: in every writing method."""

    def test_locks_are_asked_before_if_match(self):
        for depth in ("0", "infinity"):
            path = self.dir + "/" + depth
            self.put(path)
            self.lock(path, depth=depth)
            for method, body in (("PUT", b"x"), ("DELETE", None), ("PROPPATCH", propertyupdate(set_prop("<Z:p>v</Z:p>"))), ("MOVE", None), ("LOCK", lockinfo()),
                                 ("LOCK", lockinfo("shared")), ("LOCK", "<!--" + "x" * 9000 + "-->" + lockinfo().split("?>")[1])):
                fields = {"Destination": self.dir + "/to", "If-Match": '"stale"'}
                self.expect(423, method, path, fields, body)
        self.put(self.dir + "/free")
        self.lock(self.dir + "/free", "shared")
        self.expect(423, "LOCK", self.dir + "/free", {"If-Match": '"stale"'}, lockinfo())
        self.expect(412, "LOCK", self.dir + "/free", {"If-Match": '"stale"'}, lockinfo("shared"))
        self.expect(412, "LOCK", self.dir + "/free", {"If-Match": '"stale"'}, "<!--" + "x" * 9000 + "-->" + lockinfo("shared").split("?>")[1])
        self.expect(423, "LOCK", self.dir + "/free", {"If-Match": '"stale"'}, "<!--" + "x" * 9000 + "-->" + lockinfo().split("?>")[1])

    def test_a_depth_that_a_method_forbids_is_judged_after_if_and_existence(self):
        self.expect(201, "MKCOL", self.dir + "/c")
        self.put(self.dir + "/f")
        false = {"If": '(["no"])', "Destination": self.dir + "/to"}
        for method, depth, body in (("DELETE", "0", None), ("DELETE", "1", None), ("MOVE", "0", None), ("MOVE", "1", None), ("COPY", "1", None), ("LOCK", "1", lockinfo())):
            self.expect(412, method, self.dir + "/c", {**false, "Depth": depth}, body)
            self.expect(400, method, self.dir + "/c", {"Destination": self.dir + "/to", "Depth": depth}, body)
            if method != "LOCK":
                self.expect(404, method, self.dir + "/none", {"Destination": self.dir + "/to", "Depth": depth}, body)
            self.expect(400, method, self.dir + "/c", {**false, "Depth": "7"}, body)
            self.expect(400, method, self.dir + "/c", {**false, "If": "(", "Depth": depth}, body)
        self.expect(404, "GET", self.dir + "/to")
        self.expect(204, "DELETE", self.dir + "/f", {"Depth": "0"})

    def test_locks_on_members_are_asked_before_if_match_and_overwrite(self):
        self.expect(201, "MKCOL", self.dir + "/c")
        self.put(self.dir + "/c/f")
        self.put(self.dir + "/g")
        self.lock(self.dir + "/c/f")
        for fields in ({"If-Match": '"stale"'}, {"Overwrite": "F"}, {"If-Match": '"stale"', "Overwrite": "F"}):
            self.expect(423, "DELETE", self.dir + "/c", fields)
            self.expect(423, "MOVE", self.dir + "/c", {**fields, "Destination": self.dir + "/g"})
            self.expect(423, "COPY", self.dir + "/g", {**fields, "Destination": self.dir + "/c"})
            for body in (lockinfo(), lockinfo("shared"), "<!--" + "x" * 9000 + "-->" + lockinfo().split("?>")[1]):
                self.expect(207, "LOCK", self.dir + "/c", {**fields, "Depth": "infinity"}, body)
        self.expect(412, "LOCK", self.dir + "/c", {"If-Match": '"stale"', "Depth": "0"}, lockinfo())
        self.expect(412, "COPY", self.dir + "/c", {"If-Match": '"stale"', "Destination": self.dir + "/to"})
        self.expect(412, "COPY", self.dir + "/c", {"Overwrite": "F", "Destination": self.dir + "/g"})

    def test_place_type_and_parent_are_judged_before_a_depth(self):
        self.expect(201, "MKCOL", self.dir + "/c")
        self.put(self.dir + "/f")
        for depth in ("0", "1"):
            self.expect(403, "MOVE", self.dir + "/c", {"Destination": self.dir + "/c", "Depth": depth})
            self.expect(403, "MOVE", self.dir + "/c", {"Destination": self.dir + "/c/below", "Depth": depth})
            self.expect(403, "DELETE", "/", {"Depth": depth})
            self.expect(409, "MOVE", self.dir + "/c", {"Destination": self.dir + "/none/x", "Depth": depth})
        self.expect(403, "COPY", self.dir + "/f", {"Destination": self.dir + "/f", "Depth": "1"})
        self.expect(409, "COPY", self.dir + "/f", {"Destination": self.dir + "/none/x", "Depth": "1"})
        self.expect(409, "LOCK", self.dir + "/f/", {"Depth": "1"}, lockinfo())
        self.expect(409, "LOCK", self.dir + "/none/x", {"Depth": "1"}, lockinfo())

    def test_a_read_only_server_says_so_before_it_judges_a_depth(self):
        server = Server(args=["--read-only"])
        self.addCleanup(server.stop)
        os.mkdir(os.path.join(server.root, "c"))
        for method, depth, body in (("DELETE", "0", None), ("MOVE", "0", None), ("MOVE", "1", None), ("COPY", "1", None), ("LOCK", "1", lockinfo())):
            for path in ("/c", "/none"):
                answer = server.request(method, path, {"Destination": "/to", "Depth": depth}, body)
                self.assertEqual(answer.status, 403, (method, depth, answer))
                self.assertIn(b"read-only", answer.body)
            self.assertEqual(server.request(method, "/c", {"Destination": "/to", "Depth": "7"}, body).status, 400, method)


class Submitting(Case):
    """A token counts as submitted wherever it stands in the header, as long as the header as a whole holds (10.4.1)."""

    def test_wherever_it_stands(self):
        path, other = self.dir + "/f", self.dir + "/g"
        self.put(path), self.put(other)
        token = f"<{self.lock(path)}>"
        for header in (f"({token})", f'(["other"]) ({token})', f'({token} ["other"]) (Not <DAV:no-lock>)', f"(Not {token}) (Not <DAV:no-lock>)",
                       f"<{other}> ({token}) <{path}> (Not <DAV:no-lock>)", f"<{other}> (Not {token})",
                       f"<http://elsewhere.example/x> ({token}) <{path}> (Not <DAV:no-lock>)"):
            self.expect(204, "PUT", path, {"If": header}, b"x")
        for header in ("(Not <DAV:no-lock>)", f"<{other}> (Not <DAV:no-lock>)", "(Not <urn:uuid:none>)"):
            self.expect(423, "PUT", path, {"If": header}, b"x")
        for header in (f"(Not {token})", f'({token} ["other"])', f"<{other}> ({token})"):
            self.expect(412, "PUT", path, {"If": header}, b"x")


if __name__ == "__main__":
    main()
