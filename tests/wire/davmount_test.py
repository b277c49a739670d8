"""RFC 4709: the document that tells a client what to mount."""
import re
import subprocess
import tempfile

from davit import Case, main

MOUNT = "{http://purl.org/NET/webdav/mount}"


class Davmount(Case):
    def test_the_document_names_the_url_that_was_asked(self):
        self.request("MKCOL", self.dir + "/a%26b%20%C3%A9")
        for asked, url in ((self.dir + "/?davmount", self.dir + "/"), (self.dir + "?davmount", self.dir + "/"),
                           (self.dir + "/a%26b%20%C3%A9/?davmount", self.dir + "/a%26b%20%C3%A9/"), ("/?davmount", "/")):
            answer = self.expect(200, "GET", asked, {"Host": "nas:8443"})
            self.assertEqual(answer.header("Content-Type"), "application/davmount+xml")
            root = answer.xml()
            self.assertEqual(root.tag, MOUNT + "mount")
            self.assertEqual(root.findtext(MOUNT + "url"), "http://nas:8443" + url)
        with tempfile.NamedTemporaryFile() as file:
            file.write(answer.body)
            file.flush()
            subprocess.run(["xmllint", "--noout", "--nonet", file.name], check=True)

    def test_head_has_the_type_of_the_document(self):
        answer = self.expect(200, "HEAD", self.dir + "/?davmount")
        self.assertEqual(answer.header("Content-Type"), "application/davmount+xml")

    def test_a_request_without_host(self):
        connection = self.server.connect()
        connection.send(f"GET {self.dir}/?davmount HTTP/1.0\r\n\r\n".encode())
        self.assertEqual(connection.read().status, 400)
        connection.close()

    def test_only_collections_and_only_when_asked(self):
        self.put(self.dir + "/f", b"content")
        self.assertEqual(self.get(self.dir + "/f?davmount"), b"content")
        self.expect(404, "GET", self.dir + "/no/?davmount")
        for query in ("", "?", "?davmountx", "?x=davmount", "?DAVMOUNT"):
            self.assertEqual(self.expect(200, "GET", self.dir + "/" + query).header("Content-Type"), "text/html; charset=utf-8", query)

    def test_the_listing_links_to_it(self):
        page = self.get(self.dir + "/").decode()
        link = re.search(r'href="(\?[^"]*)"', page).group(1)
        self.assertEqual(self.expect(200, "GET", self.dir + "/" + link).header("Content-Type"), "application/davmount+xml")
        self.assertIn("allow-downloads", self.request("GET", self.dir + "/").header("Content-Security-Policy"))


class Prefixed(Case):
    config = '[server]\nbase_path = "/dav"\n'

    def setUp(self):
        self.dir = "/dav"

    def test_with_its_prefix(self):
        self.assertEqual(self.expect(200, "GET", "/dav/?davmount").xml().findtext(MOUNT + "url"), "http://localhost/dav/")


class BehindAProxy(Case):
    config = '[server]\npublic_urls = ["https://dav.example.com/files"]\ntrusted_proxies = ["127.0.0.1"]\n'

    def setUp(self):
        self.dir = "/files"

    def test_the_public_url(self):
        for host, proto, url in (("127.0.0.1:8080", "https", "https://dav.example.com/files/"), ("dav.example.com", "https", "https://dav.example.com/files/"),
                                 ("dav.example.com", None, "http://dav.example.com/files/")):
            answer = self.expect(200, "GET", "/files/?davmount", {"Host": host, "X-Forwarded-Proto": proto})
            self.assertEqual(answer.xml().findtext(MOUNT + "url"), url)


if __name__ == "__main__":
    main()
