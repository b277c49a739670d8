"""Names: every byte sequence a file system allows, and the paths of those who mean no good."""
import os
import random
import threading
import time
import unicodedata
import urllib.parse

from davit import Case, Connection, check_schema, main, multistatus, one, propfind_body, set_prop


class Names(Case):
    def test_every_byte_round_trips(self):
        for byte in range(1, 256):
            if bytes([byte]) == b"/":
                continue
            name = b"x" + bytes([byte]) + b"y"
            path = self.dir + "/" + urllib.parse.quote_from_bytes(name, safe="")
            self.expect(201, "PUT", path, body=b"%d" % byte)
            self.assertTrue(os.path.exists(os.fsencode(self.server.root + self.dir) + b"/" + name), name)
        answer = self.expect(207, "PROPFIND", self.dir, {"Depth": "1"})
        hrefs = [r[0] for r in multistatus(answer)][1:]
        self.assertEqual(len(hrefs), 254)
        for href in hrefs:
            self.assertNotRegex(href, "%[0-9a-f]*[a-f]", "upper-case hexadecimal digits")
            byte = urllib.parse.unquote_to_bytes(href)[-2]
            self.assertEqual(self.get(href), b"%d" % byte)

    def test_random_names_through_copy_move_delete(self):
        chance = random.Random(7)
        for i in range(60):
            name = bytes(chance.choice([b for b in range(1, 256) if b != 0x2f]) for _ in range(chance.randint(1, 60)))
            if name in (b".", b".."):
                continue
            path = self.dir + "/" + urllib.parse.quote_from_bytes(name, safe="")
            self.put(path, name)
            self.expect(201, "COPY", path, {"Destination": path + "c"})
            self.expect(201, "MOVE", path, {"Destination": path + "m"})
            self.assertEqual(self.get(path + "m"), name)
            self.expect(204, "DELETE", path + "c")

    def test_hostile_paths(self):
        secret = os.path.join(os.path.dirname(self.server.root), "davit-secret")
        with open(secret, "w") as file:
            file.write("secret")
        try:
            for path in ("/../davit-secret", "/%2e%2e/davit-secret", "/.%2e/davit-secret", "/x/../../davit-secret", "/..%2fdavit-secret",
                         "/%2e%2e%2fdavit-secret", "/a%00b", "/%", "/%4", "/%zz", "/a%2fb", "/a%2Fb"):
                for method in ("GET", "PUT", "DELETE", "MKCOL", "PROPFIND"):
                    answer = self.request(method, path, body=b"" if method == "PUT" else None)
                    self.assertEqual(answer.status, 400, f"{method} {path}")
                self.put(self.dir + "/f")
                self.expect(400, "COPY", self.dir + "/f", {"Destination": path})
            with open(secret) as file:
                self.assertEqual(file.read(), "secret")
        finally:
            os.unlink(secret)

    def test_links_that_leave_the_folder(self):
        os.symlink("/etc", self.server.root + self.dir + "/etc")
        os.symlink("/etc/passwd", self.server.root + self.dir + "/passwd")
        for method, path in (("GET", "/etc/passwd"), ("GET", "/passwd"), ("PROPFIND", "/etc"), ("PUT", "/etc/new"), ("MKCOL", "/etc/new"),
                             ("COPY", "/passwd")):
            answer = self.request(method, self.dir + path, {"Destination": self.dir + "/x", "Depth": "0"}, b"" if method == "PUT" else None)
            self.assertIn(answer.status, (403, 404, 409), f"{method} {path}")
            self.assertNotIn(b"root:", answer.body)
        self.assertFalse(os.path.exists("/etc/new"))

    def test_forms_of_one_path(self):
        self.put(self.dir + "/f", b"x")
        for path in (self.dir + "//f", self.dir + "/./f", self.dir + "/y/../f", self.dir + "/%66", "http://localhost" + self.dir + "/f", self.dir + "/f?query"):
            self.assertEqual(self.get(path), b"x", path)

    def test_too_long_a_name(self):
        answer = self.expect(414, "PUT", self.dir + "/" + "n" * 300, body=b"")
        self.assertIn(b"name-too-long", answer.body)


def nfc(text):
    return urllib.parse.quote(unicodedata.normalize("NFC", text))


def nfd(text):
    return urllib.parse.quote(unicodedata.normalize("NFD", text))


class Forms(Case):
    """macOS sends names decomposed (NFD), everybody else composed (NFC); Linux' file systems compare bytes (tailscale/tailscale#20512)."""

    def names(self, path=""):
        return sorted(n for n in os.listdir(self.server.root + self.dir + path) if not n.startswith(".davit"))

    def test_as_macos_asks(self):
        """The bytes of a mount: the listing shows NFC, the kernel decomposes the name, and asks for that."""
        self.put(self.dir + "/r%C3%A9sum%C3%A9.txt", b"cv")
        self.assertEqual(self.get(self.dir + "/re%CC%81sume%CC%81.txt"), b"cv")
        body = propfind_body("<D:getlastmodified/><D:getcontentlength/><D:creationdate/><D:resourcetype/>")
        headers = {"User-Agent": "WebDAVFS/3.0.0 (03008000) Darwin/25.6.0 (arm64)", "Depth": "0", "Content-Type": "text/xml"}
        answer = self.expect(207, "PROPFIND", self.dir + "/re%CC%81sume%CC%81.txt", headers, body)
        self.assertEqual(multistatus(answer)[0][0], self.dir + "/re%CC%81sume%CC%81.txt", "the name it asked for, or it is not found again")
        self.assertEqual(one(answer)["{DAV:}getcontentlength"][1].text, "2")
        self.expect(204, "PUT", self.dir + "/re%CC%81sume%CC%81.txt", headers, b"longer")
        self.assertEqual(self.names(), ["r\u00e9sum\u00e9.txt"], "written to the file that was there, not beside it")
        self.assertEqual(self.get(self.dir + "/r%C3%A9sum%C3%A9.txt"), b"longer")

    def test_both_ways_and_other_scripts(self):
        for name in ("Zürich", "Å", "テスト゛ガ", "한글", "й", "ế̂x"):
            self.put(self.dir + "/" + nfd(name), b"1")
            self.assertEqual(self.get(self.dir + "/" + nfc(name)), b"1", name)
            self.put(self.dir + "/" + nfc(name), b"2")
            self.assertEqual(self.get(self.dir + "/" + nfd(name)), b"2", name)
            self.assertEqual(self.names(), [unicodedata.normalize("NFD", name)], "created as given")
            self.expect(204, "DELETE", self.dir + "/" + nfc(name))
            self.expect(404, "GET", self.dir + "/" + nfd(name))

    def test_every_segment(self):
        self.expect(201, "MKCOL", self.dir + "/" + nfc("é"))
        self.expect(201, "MKCOL", self.dir + "/" + nfd("é") + "/" + nfd("ü"))
        self.put(self.dir + "/" + nfd("é") + "/" + nfc("ü") + "/x", b"x")
        self.assertEqual(self.get(self.dir + "/" + nfc("é") + "/" + nfd("ü") + "/x"), b"x")
        self.expect(405, "MKCOL", self.dir + "/" + nfd("é"))
        self.expect(409, "PUT", self.dir + "/" + nfd("é") + "/" + nfd("ö") + "/x", body=b"")

    def test_hrefs_lie_below_the_url_that_was_asked_for(self):
        """rclone and DAVx5 drop what does not begin with the folder's own URL."""
        self.expect(201, "MKCOL", self.dir + "/" + nfc("é"))
        self.put(self.dir + "/" + nfc("é") + "/" + nfc("ö"))
        self.expect(201, "MKCOL", self.dir + "/" + nfc("é") + "/sub")
        for form in (nfd, nfc):
            asked = self.dir + "/" + form("é")
            for path, depth in ((asked + "/", "1"), (asked, "1"), (asked + "/", "infinity")):
                hrefs = [href for href, _, _ in multistatus(self.expect(207, "PROPFIND", path, {"Depth": depth}))]
                self.assertEqual(sorted(hrefs), sorted([asked + "/", asked + "/" + nfc("ö"), asked + "/sub/"]), path)
        answer = self.expect(207, "PROPFIND", self.dir, {"Depth": "1"})
        self.assertEqual(multistatus(answer)[1][0], self.dir + "/" + nfc("é") + "/", "a listing shows what is on the disk")
        answer = self.expect(207, "PROPPATCH", self.dir + "/" + nfd("é"), body=
                             '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="u">1</x></D:prop></D:set></D:propertyupdate>')
        self.assertEqual(multistatus(answer)[0][0].rstrip("/"), self.dir + "/" + nfd("é"))

    def test_copy_and_move(self):
        self.put(self.dir + "/" + nfc("é"), b"1")
        self.put(self.dir + "/" + nfc("ü"), b"2")
        self.expect(204, "COPY", self.dir + "/" + nfd("é"), {"Destination": self.dir + "/" + nfd("ü")})
        self.assertEqual(self.get(self.dir + "/" + nfc("ü")), b"1")
        self.expect(412, "COPY", self.dir + "/" + nfd("é"), {"Destination": self.dir + "/" + nfd("ü"), "Overwrite": "F"})
        self.expect(403, "MOVE", self.dir + "/" + nfd("é"), {"Destination": self.dir + "/" + nfc("é")})
        self.expect(201, "MOVE", self.dir + "/" + nfd("é"), {"Destination": self.dir + "/" + nfd("ö")})
        self.assertEqual(self.names(), sorted([unicodedata.normalize("NFC", "ü"), unicodedata.normalize("NFD", "ö")]))

    def test_one_lock(self):
        self.put(self.dir + "/" + nfc("é"))
        token = self.lock(self.dir + "/" + nfd("é"))
        self.expect(423, "PUT", self.dir + "/" + nfc("é"), body=b"x")
        self.expect(423, "PUT", self.dir + "/" + nfd("é"), body=b"x")
        self.expect(423, "DELETE", self.dir + "/" + nfd("é"))
        self.expect(423, "COPY", self.dir, {"Destination": self.dir + "/" + nfd("é"), "Depth": "0"})
        self.put(self.dir + "/f")
        answer = self.expect(423, "COPY", self.dir + "/f", {"Destination": self.dir + "/" + nfd("é")})
        check_schema(answer.xml())
        self.expect(204, "PUT", self.dir + "/" + nfd("é"), {"If": f"(<{token}>)"}, b"y")
        for form in (nfc, nfd):  # a tag of the other form is the same resource
            self.expect(204, "PUT", self.dir + "/" + nfc("é"), {"If": f"<http://localhost{self.dir}/{form('é')}> (<{token}>)"}, b"z")
        self.expect(204, "UNLOCK", self.dir + "/" + nfc("é"), {"Lock-Token": f"<{token}>"})
        token = self.lock(self.dir + "/" + nfd("ü"))
        self.expect(423, "PUT", self.dir + "/" + nfc("ü"), body=b"x")
        self.expect(204, "UNLOCK", self.dir + "/" + nfc("ü"), {"Lock-Token": f"<{token}>"})

    def test_both_unicode_forms_have_the_same_properties(self):
        self.put(self.dir + "/" + nfc("é"))
        self.proppatch(self.dir + "/" + nfd("é"), set_prop("<Z:a>1</Z:a>"))
        answer = self.expect(207, "PROPFIND", self.dir + "/" + nfc("é"), {"Depth": "0"}, propfind_body("<Z:a/>"))
        self.assertEqual(one(answer)["{http://example.com/ns/}a"][0], 200)

    def test_both_forms_made_behind_the_servers_back_are_two(self):
        for form in ("NFC", "NFD"):
            with open(self.server.root + self.dir + "/" + unicodedata.normalize(form, "é"), "w") as file:
                file.write(form)
        for form, name in (("NFC", nfc("é")), ("NFD", nfd("é"))):
            self.assertEqual(self.get(self.dir + "/" + name), form.encode())
        self.expect(204, "DELETE", self.dir + "/" + nfd("é"))
        self.assertEqual(self.get(self.dir + "/" + nfd("é")), b"NFC")

    def test_what_changes_behind_the_servers_back_is_seen(self):
        folder = self.server.root + self.dir + "/"
        old, new = (unicodedata.normalize("NFC", name) for name in ("é", "ü"))
        open(folder + old, "w").close()
        for there, gone in ((old, new), (new, old)) * 3:
            time.sleep(0.15)  # long enough for the names to be remembered
            for _ in range(3):
                self.expect(200, "GET", self.dir + "/" + nfd(there))
                self.expect(404, "GET", self.dir + "/" + nfd(gone))
            os.rename(folder + there, folder + gone)
        os.rename(self.server.root + self.dir, self.server.root + self.dir + "2")
        os.mkdir(folder)
        self.expect(404, "GET", self.dir + "/" + nfd("é"))
        self.expect(200, "GET", self.dir + "2/" + nfd("é"))

    def test_bytes_that_are_no_text_have_no_other_form(self):
        self.put(self.dir + "/%E9", b"latin")
        self.expect(404, "GET", self.dir + "/" + nfc("é"))
        self.put(self.dir + "/e%CC%81%FF", b"x")
        self.expect(404, "GET", self.dir + "/%C3%A9%FF")

    def test_links_are_followed_no_further_than_ever(self):
        os.symlink("/etc", self.server.root + self.dir + "/" + unicodedata.normalize("NFC", "é"))
        self.assertIn(self.request("GET", self.dir + "/" + nfd("é") + "/passwd").status, (403, 404, 409))
        os.mkdir(self.server.root + self.dir + "/real")
        os.symlink("real", self.server.root + self.dir + "/" + unicodedata.normalize("NFC", "ü"))
        self.put(self.dir + "/real/" + nfc("ö"), b"inside")
        self.assertEqual(self.get(self.dir + "/" + nfd("ü") + "/" + nfd("ö")), b"inside")

    def test_made_in_the_other_form_while_a_body_arrives(self):
        slow = Connection(self.server.address)
        slow.send(f"PUT {self.dir}/{nfd('é')} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nab".encode())
        self.expect(404, "GET", self.dir + "/" + nfd("é"))
        self.put(self.dir + "/" + nfc("é"), b"first")
        slow.send(b"cd")
        answer = slow.read()
        slow.close()
        self.assertEqual(answer.status, 409, answer)
        self.assertIn(b'code="other-spelling" retryable="true"', answer.body)
        self.assertEqual(self.names(), [unicodedata.normalize("NFC", "é")])
        self.expect(204, "PUT", self.dir + "/" + nfd("é"), body=b"again")

    def test_never_two_of_one_name(self):
        for i in range(40):
            names = [nfc(f"é{i}"), nfd(f"é{i}")]
            methods = [("PUT", b"x"), ("MKCOL", None), ("PUT", b"y")]
            threads = [threading.Thread(target=self.request, args=(method, f"{self.dir}/{names[n % 2]}", None, body))
                       for n, (method, body) in enumerate(methods + methods)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        forms = [unicodedata.normalize("NFC", name) for name in self.names()]
        self.assertEqual(len(forms), 40)
        self.assertEqual(len(set(forms)), 40)


class Lengths(Case):
    """A name has at most 255 bytes and a path 4096, once it is composed; three times as much is refused before anything is computed from it."""
    config = """
[[rules]]
path = "/"
users = ["anonymous"]
allow = "all"
"""
    LONG_NAME, LONG_PATH = "n" * 256, "/".join("n" * 200 for _ in range(21))
    # Each pair of marks stands in the wrong order: putting n of them in order takes n * n steps.
    MARKS = urllib.parse.quote("\u0345\u0334")

    def test_a_target_that_is_too_long_is_414(self):
        for path in (self.LONG_NAME, "n" * 800, self.LONG_PATH, self.MARKS * 64, self.MARKS * 600):
            for method in ("GET", "PUT", "PROPFIND", "LOCK", "MKCOL", "DELETE"):
                answer = self.expect(414, method, f"{self.dir}/{path}", {"Depth": "0"}, b"" if method == "PUT" else None)
                self.assertIn(b'code="name-too-long"', answer.body)

    def test_a_destination_that_is_too_long_is_400(self):
        self.put(self.dir + "/f")
        for path in (self.LONG_NAME, "n" * 800, self.LONG_PATH, "n/" * 7000, self.MARKS * 64, self.MARKS * 5000):
            for method in ("MOVE", "COPY"):
                answer = self.expect(400, method, self.dir + "/f", {"Destination": f"{self.dir}/{path}"})
                self.assertIn(b"Destination: ", answer.body)
        self.assertEqual(self.get(self.dir + "/f"), b"x")

    def test_an_if_header_that_is_too_long_is_400(self):
        for path in (self.LONG_NAME, "n" * 800, self.LONG_PATH, "n/" * 7000, self.MARKS * 64, self.MARKS * 5000):
            answer = self.expect(400, "PUT", self.dir + "/f", {"If": f"<{self.dir}/{path}> (<urn:x>)"}, b"x")
            self.assertIn(b"If: ", answer.body)

    def test_what_fits_when_composed_is_taken(self):
        name = "é" * 120  # 240 bytes, 360 when decomposed
        self.expect(201, "PUT", f"{self.dir}/{nfd(name)}", {}, b"mac")
        self.assertEqual(self.get(f"{self.dir}/{nfc(name)}"), b"mac")
        self.assertEqual(self.get(f"{self.dir}/{nfd(name)}"), b"mac")
        self.expect(201, "MOVE", f"{self.dir}/{nfd(name)}", {"Destination": f"{self.dir}/{nfd('ü' * 120)}"})
        self.expect(204, "PUT", f"{self.dir}/{nfd('ü' * 120)}", {"If": f"<{self.dir}/{nfd('ü' * 120)}> (Not <urn:x>)"}, b"again")
        self.assertEqual(self.get(f"{self.dir}/{nfc('ü' * 120)}"), b"again")

    def test_names_with_many_marks_are_taken_as_they_are(self):
        name = "a" + "\u0345\u0334" * 60
        path = f"{self.dir}/{urllib.parse.quote(name)}"
        self.expect(201, "PUT", path, {}, b"marks")
        self.assertEqual(os.listdir(self.server.root + self.dir), [name])
        self.assertEqual(self.get(path), b"marks")
        # Few marks are put in order, as ever.
        self.put(f"{self.dir}/{urllib.parse.quote('e' + chr(0x334) + chr(0x345))}", b"few")
        self.assertEqual(self.get(f"{self.dir}/{urllib.parse.quote('e' + chr(0x345) + chr(0x334))}"), b"few")


class Exact(Case):
    config = '[names]\nunicode = "exact"\n'

    def test_bytes_are_all_that_counts(self):
        self.put(self.dir + "/" + nfc("é"), b"1")
        self.expect(404, "GET", self.dir + "/" + nfd("é"))
        self.expect(201, "PUT", self.dir + "/" + nfd("é"), body=b"2")
        self.assertEqual(self.get(self.dir + "/" + nfc("é")), b"1")


class WindowsForgets(Case):
    def test_a_404_is_not_remembered(self):
        """dav-server-rs: the redirector keeps a 404 for a minute, ignoring case."""
        windows = {"User-Agent": "Microsoft-WebDAV-MiniRedir/10.0.19045", "Depth": "0"}
        for _ in range(2):
            self.assertEqual(self.expect(404, "PROPFIND", self.dir + "/no", windows).header("Cache-Control"), "no-store")
        self.assertIsNone(self.expect(404, "PROPFIND", self.dir + "/no", {"Depth": "0"}).header("Cache-Control"))


if __name__ == "__main__":
    main()
