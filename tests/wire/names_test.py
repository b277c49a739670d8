"""Names: every byte sequence a file system allows, and the paths of those who mean no good."""
import os
import random
import urllib.parse

from davit import Case, main, multistatus


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


if __name__ == "__main__":
    main()
