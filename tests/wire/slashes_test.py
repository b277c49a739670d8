"""The slash at the end of a URL, what Location and Content-Location say, and which Destinations are URLs of this server."""
import os

from davit import Case, lockinfo, main, propertyupdate, propfind_body, set_prop
from hrefs_test import hrefs

UPDATE = propertyupdate(set_prop("<Z:a>1</Z:a>"))


class SlashBehindAFile(Case):
    """Only a collection has a URL that ends in a slash."""

    def setUp(self):
        super().setUp()
        self.file = self.dir + "/file"
        self.put(self.file, b"content")

    def requests(self):
        yield from [("GET", {}, None), ("HEAD", {}, None), ("GET", {"Range": "bytes=0-1"}, None), ("OPTIONS", {}, None),
                    ("PROPFIND", {"Depth": "0"}, None), ("PROPFIND", {"Depth": "1"}, propfind_body("<D:getetag/>")),
                    ("PROPPATCH", {}, UPDATE), ("DELETE", {}, None), ("COPY", {"Destination": self.dir + "/to"}, None),
                    ("MOVE", {"Destination": self.dir + "/to"}, None), ("MOVE", {"Destination": self.dir + "/to/"}, None),
                    ("UNLOCK", {"Lock-Token": "<urn:uuid:00000000-0000-0000-0000-000000000000>"}, None),
                    ("PATCH", {"Content-Type": "application/x-sabredav-partialupdate", "X-Update-Range": "append"}, b"x")]

    def test_nothing_is_there_for_methods_that_need_a_resource(self):
        for url in (self.file + "/", self.file + "//", self.file + "/.", self.file + "/%2e", self.file + "/x/.."):
            for _ in range(2):  # what is remembered of the file, too
                for method, headers, body in self.requests():
                    self.expect(404, method, url, headers, body)
        self.assertEqual(self.get(self.file), b"content")
        self.assertEqual(os.listdir(self.server.root + self.dir), ["file"])

    def test_no_file_is_made_or_locked_there(self):
        for url in (self.file + "/", self.dir + "/new/", self.dir + "/new/."):
            for method, headers, body in (("PUT", {}, b"x"), ("PUT", {"If-None-Match": "*"}, b"x"), ("PUT", {"Transfer-Encoding": "chunked"}, b"1\r\nx\r\n0\r\n\r\n"),
                                          ("LOCK", {}, lockinfo()), ("LOCK", {"Depth": "0"}, lockinfo("shared"))):
                answer = self.expect(409, method, url, headers, body)
                self.assertEqual(answer.header("X-Dav-Error-Code"), "not-a-collection")
        token = self.lock(self.file)
        self.expect(409, "LOCK", self.file + "/", {"If": f"(<{token}>)"})
        self.expect(404, "UNLOCK", self.file + "/", {"Lock-Token": f"<{token}>"})
        self.expect(204, "UNLOCK", self.file, {"Lock-Token": f"<{token}>"})
        self.assertEqual(self.get(self.file), b"content")
        self.assertEqual(os.listdir(self.server.root + self.dir), ["file"])

    def test_no_file_is_copied_or_moved_there(self):
        self.put(self.dir + "/other")
        for destination in ("/new/", "/other/", "/new/.", "/new/x/%2E%2e"):
            for method in ("COPY", "MOVE"):
                for origin in ("", "http://localhost"):
                    answer = self.expect(409, method, self.file, {"Destination": origin + self.dir + destination})
                    self.assertEqual(answer.header("X-Dav-Error-Code"), "not-a-collection")
        self.assertEqual(sorted(os.listdir(self.server.root + self.dir)), ["file", "other"])

    def test_a_file_may_replace_a_collection_that_is_named_with_its_slash(self):
        for method in ("COPY", "MOVE"):
            self.expect(201, "MKCOL", self.dir + "/c/")
            self.expect(204, method, self.file, {"Destination": self.dir + "/c/"})
            self.assertEqual(self.get(self.dir + "/c"), b"content")
            self.expect(204, "DELETE", self.dir + "/c")

    def test_a_link_to_a_file_is_one_and_a_link_to_a_folder_is_not(self):
        os.mkdir(f"{self.server.root}{self.dir}/folder")
        os.symlink("folder", f"{self.server.root}{self.dir}/to_folder")
        os.symlink("file", f"{self.server.root}{self.dir}/to_file")
        self.expect(404, "GET", self.dir + "/to_file/")
        self.expect(404, "PROPFIND", self.dir + "/to_file/", {"Depth": "0"})
        self.expect(207, "PROPFIND", self.dir + "/to_folder/", {"Depth": "0"})
        self.expect(207, "PROPPATCH", self.dir + "/to_folder/", {}, UPDATE)
        self.expect(204, "DELETE", self.dir + "/to_folder/")

    def test_a_collection_goes_by_both(self):
        for url in ("/c", "/c/"):
            self.expect(201, "MKCOL", self.dir + url)
            self.expect(201, "COPY", self.dir + url, {"Destination": self.dir + "/d/"})
            self.expect(201, "MOVE", self.dir + url, {"Destination": self.dir + "/e"})
            self.expect(204, "DELETE", self.dir + "/d")
            self.expect(204, "DELETE", self.dir + "/e/")

    def test_mkcol_says_which_methods_a_file_takes(self):
        for url in (self.file, self.file + "/"):
            allow = self.expect(405, "MKCOL", url).header("Allow").split(", ")
            self.assertIn("PUT", allow)
            self.assertNotIn("MKCOL", allow)
        self.assertEqual(self.expect(405, "MKCOL", self.file).header("Allow"), self.expect(200, "OPTIONS", self.file).header("Allow"))
        self.assertNotIn("PUT", self.expect(405, "MKCOL", self.dir).header("Allow"))


class ReadOnly(Case):
    args = ("--read-only",)

    def test_mkcol_and_files_of_a_server_that_only_lets_read(self):
        with open(os.path.join(self.server.root, "file"), "w", encoding="utf-8"):
            pass
        self.expect(403, "PUT", "/file/", body=b"x")
        self.expect(403, "DELETE", "/file/")
        self.expect(404, "GET", "/file/")


class Location(Case):
    def test_none_where_it_would_be_the_url_of_the_request(self):
        for url in ("/f,1", "/f%2c2", "//f3"):
            self.assertIsNone(self.expect(201, "PUT", self.dir + url, body=b"x").header("Location"))
        self.assertIsNone(self.expect(201, "MKCOL", self.dir + "/c1/").header("Location"))
        self.assertIsNone(self.expect(201, "LOCK", self.dir + "/l1", {}, lockinfo()).header("Location"))
        self.assertEqual(self.expect(201, "MKCOL", self.dir + "/c%2c2").header("Location"), self.dir + "/c%2c2/")

    def test_the_destination_as_the_client_wrote_it(self):
        self.put(self.dir + "/f")
        self.expect(201, "MKCOL", self.dir + "/c")
        for method, source in (("COPY", "/f"), ("COPY", "/c"), ("MOVE", "/c"), ("MOVE", "/f")):
            for origin in ("", "https://dav.example.com:8443", "HTTP://LocalHost"):
                slash = "/" if source == "/c" else ""
                answer = self.expect(201, method, self.dir + source, {"Destination": f"{origin}{self.dir}/to%2c,"})
                self.assertEqual(answer.header("Location"), f"{origin}{self.dir}/to%2c,{slash}")
                self.expect(201 if method == "MOVE" else 204, "MOVE", self.dir + "/to,,", {"Destination": self.dir + source})

    def test_no_name_and_password_of_a_user(self):
        self.put(self.dir + "/f")
        answer = self.expect(201, "COPY", self.dir + "/f", {"Destination": f"http://anna:secret@localhost{self.dir}/g"})
        self.assertEqual(answer.header("Location"), f"http://localhost{self.dir}/g")


class ContentLocation(Case):
    def test_of_a_collection_without_its_slash(self):
        self.put(self.dir + "/f")
        for method, headers, body in (("OPTIONS", {}, None), ("GET", {}, None), ("HEAD", {}, None), ("PROPFIND", {"Depth": "0"}, None),
                                      ("PROPPATCH", {}, UPDATE), ("PROPPATCH", {"Prefer": "return=minimal"}, UPDATE),
                                      ("PROPPATCH", {}, propertyupdate(set_prop("<D:getetag>x</D:getetag>"))),
                                      ("LOCK", {"Depth": "0"}, lockinfo("shared"))):
            for url, named in ((self.dir, self.dir + "/"), (self.dir + "/", None), (self.dir + "/f", None)):
                answer = self.request(method, url, headers, body)
                self.assertLess(answer.status, 300, answer)
                self.assertEqual(answer.header("Content-Location"), named, (method, url))

    def test_of_a_lock_that_is_refreshed(self):
        token = self.lock(self.dir)
        answer = self.expect(200, "LOCK", self.dir, {"If": f"(<{token}>)"})
        self.assertEqual(answer.header("Content-Location"), self.dir + "/")

    def test_hrefs_of_locked_collections_end_in_a_slash(self):
        self.expect(201, "MKCOL", self.dir + "/a")
        self.put(self.dir + "/a/f")
        self.lock(self.dir + "/a")
        for method, url, body in (("PUT", "/a/f", b"x"), ("DELETE", "/a", None), ("DELETE", "", None), ("LOCK", "/a/f", lockinfo()),
                                  ("MOVE", "/a", None)):
            answer = self.request(method, self.dir + url, {"Destination": self.dir + "/b"} if method == "MOVE" else {}, body)
            self.assertIn(answer.status, (423, 207))
            self.assertEqual(set(hrefs(answer)), {self.dir + "/a/"}, (method, answer))


class Destinations(Case):
    def test_what_is_no_url_is_refused_as_a_request_target_is(self):
        self.put(self.dir + "/f")
        for destination in ("ftp://localhost/t", "file:///t", "http://[::1/t", "http:///t", "http://", "https://:80/t", "http://h:port/t",
                            "http://h h/t", "http:/t", "http:t", "t", "", "?t", "mailto:a@b", "http://a@/t"):
            for method in ("COPY", "MOVE"):
                answer = self.expect(400, method, self.dir + "/f", {"Destination": destination})
                self.assertIn(b"Destination", answer.body)
        for target in ("ftp://localhost/", "http:///", "http://[::1/"):
            self.expect(400, "GET", target)
        self.assertNotIn("t", os.listdir(self.server.root))

    def test_a_host_a_port_and_a_users_name_are_such_as_rfc_3986_has_them(self):
        self.put(self.dir + "/f")
        for destination in ("http://@localhost/t", "http://localhost\\@evil/t", "http://a\\b@localhost/t", "http://a@b@localhost/t", "http://h:99999/t",
                            "http://h:65536/t", "http://[::g]/t", "http://[v1.]/t", "http://[vg.a]/t", "http://[1]/t", "http://[::1]x/t", "http://u:p@h:65536/t", "/\t26", "/a\tb",
                            "http://loc\talhost/t", "/t\x01", "/t\x7f"):
            for method in ("COPY", "MOVE"):
                answer = self.expect(400, method, self.dir + "/f", {"Destination": destination})
                self.assertEqual(answer.header("Location"), None)
        self.assertEqual(os.listdir(self.server.root + self.dir), ["f"])
        for origin in ("http://h:65535", "http://[fe80::1%25eth0]:80", "http://[::ffff:1.2.3.4]", "http://anna:p%40w@h:1"):
            self.expect(201, "COPY", self.dir + "/f", {"Destination": f"{origin}{self.dir}/g"})
            self.expect(204, "DELETE", self.dir + "/g")

    def test_a_blank_and_a_users_name_are_borne(self):
        self.put(self.dir + "/f")
        for destination, path in ((self.dir + "/a b", "/a%20b"), (f"http://anna@localhost{self.dir}/c", "/c"), (f"http://[::1]:8080{self.dir}/d", "/d"),
                                  (f"HTTPS://localhost:{self.dir}/e", "/e")):
            self.expect(201, "COPY", self.dir + "/f", {"Destination": destination})
            self.get(self.dir + path)

    def test_a_tag_on_another_scheme_is_a_condition_that_cannot_hold(self):
        self.expect(412, "PUT", self.dir + "/f", {"If": f"<ftp://localhost{self.dir}/f> (Not <DAV:no-lock>)"}, b"x")


class NamedByPublicUrls(Case):
    config = '[server]\npublic_urls = ["https://DAV.example.com/", "http://[2001:db8::1]:8080/"]\n'

    def test_a_destination_on_another_host_is_refused(self):
        self.put(self.dir + "/f")
        for host in ("other.example.com", "example.com", "dav.example.com.evil.org", "xdav.example.com", "[2001:db8::2]", "127.0.0.1"):
            for method in ("COPY", "MOVE"):
                answer = self.expect(502, method, self.dir + "/f", {"Destination": f"https://{host}{self.dir}/g"})
                self.assertEqual(answer.header("X-Dav-Error-Code"), "foreign-destination")
        self.assertEqual(os.listdir(self.server.root + self.dir), ["f"])

    def test_ports_and_case_do_not_count_and_the_requests_own_host_is_a_name(self):
        self.put(self.dir + "/f")
        for host in ("dav.example.com", "DAV.EXAMPLE.COM:8443", "dav.example.com.", "localhost:1", "LOCALHOST", "[2001:DB8:0::1]", "anna@dav.example.com"):
            self.expect(201, "COPY", self.dir + "/f", {"Destination": f"http://{host}{self.dir}/g"})
            self.expect(204, "DELETE", self.dir + "/g")


class NamedByNobody(Case):
    def test_only_the_path_counts(self):
        self.put(self.dir + "/f")
        self.expect(201, "COPY", self.dir + "/f", {"Destination": f"https://other.example.com{self.dir}/g"})


if __name__ == "__main__":
    main()
