"""Every href of an answer begins as the client spelled its own URL (RFC 4918, 8.3): many clients compare them as text."""
import html
import os
import re
import shutil
import tempfile
import unittest

from davit import DAV, OURS, Case, Server, lockinfo, main, multistatus, propertyupdate, propfind_body, set_prop
from exports_test import ExportServer

SPECIAL = "&()',+~$@;="
TRUSTING = '[server]\ntrusted_proxies = ["127.0.0.1"]\n'
EVERYTHING = propfind_body("<D:resourcetype/><D:lockdiscovery/><D:current-user-principal/>")


def spellings(character):
    return sorted({character, f"%{ord(character):02X}", f"%{ord(character):02x}"})


def hrefs(answer):
    """All that name resources in the body: D:href elements and our attributes; not tokens, owners and principals."""
    found = []
    for element in answer.xml().iter():
        above = element.getparent().tag if element.getparent() is not None else None
        if element.tag == DAV + "href" and above not in (DAV + "locktoken", DAV + "owner", DAV + "current-user-principal"):
            found.append(element.text)
        elif isinstance(element.tag, str) and element.tag.startswith(OURS) and "href" in element.attrib:
            found.append(element.get("href"))
    return found


class Client:
    """Knows one collection by one spelling of its URL, and takes no href that does not begin with it."""

    def __init__(self, test, server, base, target=lambda url: url, headers=None):
        self.test, self.server, self.base, self.target, self.headers = test, server, base, target, headers or {}

    def ask(self, method, url, headers=None, body=None, status=None):
        headers = dict(headers or {})
        answer = self.server.request(method, self.target(url), {**self.headers, **headers}, body)
        if status:
            self.test.assertIn(answer.status, status, f"{method} {url} {headers}: {answer}")
        for name in ("Location", "Content-Location"):
            self.test.assertFalse((answer.header(name) or "").startswith("//"), answer)
        return answer

    def check(self, method, url, headers=None, body=None, status=(207,)):
        """Asks, and looks at every href of the answer."""
        answer = self.ask(method, url, headers, body, status)
        found = hrefs(answer)
        self.test.assertTrue(found, answer)
        for href in found:
            self.test.assertTrue(href.startswith(self.base), f"{method} {url}: {href} does not begin with {self.base}")
        return answer

    def work(self):
        """What a client does below its base URL: each answer that names resources is looked at."""
        base = self.base
        self.ask("MKCOL", base, status=(201,))
        self.ask("PUT", base + "f%20+,.txt", body=b"x", status=(201,))
        self.ask("MKCOL", base + "sub/", status=(201,))
        self.ask("PUT", base + "sub/g", body=b"x", status=(201,))
        self.look()
        self.change_properties()
        self.lock()
        self.transfer()
        self.ask("DELETE", base, status=(204,))

    def look(self):
        base = self.base
        self.check("PROPFIND", base, {"Depth": "0"}, EVERYTHING)
        listed = self.check("PROPFIND", base, {"Depth": "1"})
        self.test.assertEqual([h for h, _, _ in multistatus(listed)][0], base)
        self.test.assertEqual(sorted(h for h, _, _ in multistatus(listed))[1:], [base + "f%20%2B,.txt", base + "sub/"])
        self.check("PROPFIND", base, {"Depth": "infinity"})
        for method in ("PROPFIND", "OPTIONS", "GET"):
            named = self.ask(method, base[:-1], {"Depth": "0"}, status=(200, 207))
            self.test.assertEqual(named.header("Content-Location"), base, method)
        page = html.unescape(self.ask("GET", base, status=(200,)).body.decode())
        links = [link for link in re.findall('<li><a href="([^"]*)"', page)]
        self.test.assertEqual(links[1:], [base + "f%20%2B,.txt", base + "sub/"] if links[1].endswith("txt") else
                              [base + "sub/", base + "f%20%2B,.txt"])
        self.test.assertEqual(links[0], base[:base.rindex("/", 0, -1)].rstrip("/") + "/", "the way up")

    def change_properties(self):
        base = self.base
        for url in (base, base + "sub/", base + "f%20+,.txt"):
            self.check("PROPPATCH", url, {}, propertyupdate(set_prop("<Z:a>1</Z:a>")))
            self.check("PROPPATCH", url, {}, propertyupdate(set_prop("<Z:b>1</Z:b>") + set_prop("<D:getetag>x</D:getetag>")))
        named = self.check("PROPPATCH", base[:-1], {}, propertyupdate(set_prop("<Z:a>1</Z:a>")))
        self.test.assertEqual(named.header("Content-Location"), base)

    def lock(self):
        base = self.base
        locked = self.check("LOCK", base + "sub/", {"Depth": "infinity"}, lockinfo(), (200,))
        token = locked.header("Lock-Token")
        root = locked.xml().findtext(f".//{DAV}lockroot/{DAV}href")
        self.test.assertEqual(root, base + "sub/")
        self.check("PROPFIND", base + "sub/g", {"Depth": "0"}, EVERYTHING)
        self.check("PROPFIND", base, {"Depth": "1"}, EVERYTHING)
        for method, url, body in (("PUT", base + "sub/g", b"y"), ("PUT", base + "sub/new", b"y"), ("DELETE", base + "sub/g", None),
                                  ("DELETE", base + "sub/", None), ("LOCK", base + "sub/g", lockinfo()),
                                  ("PROPPATCH", base + "sub/", propertyupdate(set_prop("<Z:a>1</Z:a>")))):
            refused = self.check(method, url, {}, body, (423,))
            self.test.assertTrue(all(href == base + "sub/" for href in hrefs(refused)), f"{method}: {refused}")
        # The tree above is refused for a member's lock, in one status or in several.
        self.check("DELETE", base, {}, None, (423, 207))
        self.check("LOCK", base, {"Depth": "infinity"}, lockinfo(), (207,))
        self.check("MOVE", base, {"Destination": base[:-1] + "x/"}, None, (423, 207))
        self.check("LOCK", base + "sub/", {"If": f"({token})"}, None, (200,))
        self.ask("UNLOCK", base + "sub/", {"Lock-Token": token}, status=(204,))
        made = self.check("LOCK", base + "made", {"Depth": "0"}, lockinfo(), (201,))
        self.test.assertIsNone(made.header("Location"))
        self.ask("UNLOCK", base + "made", {"Lock-Token": made.header("Lock-Token")}, status=(204,))

    def transfer(self):
        base = self.base
        copied = self.ask("COPY", base + "sub", {"Destination": base + "copy"}, status=(201,))
        self.test.assertEqual(copied.header("Location"), base + "copy/")
        moved = self.ask("MOVE", base + "made", {"Destination": "https://localhost:1" + base + "moved"}, status=(201,))
        self.test.assertEqual(moved.header("Location"), "https://localhost:1" + base + "moved")
        locked = self.check("LOCK", base + "copy/g", {"Depth": "0"}, lockinfo(), (200,))
        for method in ("COPY", "MOVE"):
            self.check(method, base + "sub/", {"Destination": base + "copy/", "Overwrite": "T"}, None, (423, 207))
        self.ask("UNLOCK", base + "copy/g", {"Lock-Token": locked.header("Lock-Token")}, status=(204,))


class Spellings(Case):
    """Without a proxy."""

    def test_every_reserved_character_raw_and_encoded(self):
        for character in SPECIAL:
            for spelling in spellings(character):
                Client(self, self.server, f"{self.dir}/a{spelling}b/").work()

    def test_all_of_them_at_once_and_what_need_not_be_encoded(self):
        for name in (SPECIAL, "".join(f"%{ord(c):02x}" for c in SPECIAL), "%61%2D%5F%7e", "par%20(2)", "par%20%282%29", "it's", "x$y",
                     "%C3%A4%c3%b6", "!*:", "..a", "%2e%2E%2e"):
            Client(self, self.server, f"{self.dir}/{name}/").work()

    def test_an_absolute_request_uri(self):
        for origin in ("http://localhost", "HTTP://localhost:80"):
            Client(self, self.server, f"{self.dir}/a%2cb/", lambda url: origin + url).work()

    def test_empty_segments_are_kept(self):
        self.expect(201, "MKCOL", self.dir + "/x")
        Client(self, self.server, f"{self.dir}//x///a,b/").work()

    def listed(self, target):
        return [h for h, _, _ in multistatus(self.expect(207, "PROPFIND", target, {"Depth": "1"}))]

    def test_a_slash_too_many_at_the_end_is_kept(self):
        self.put(self.dir + "/f")
        self.assertEqual(self.listed(self.dir + "//"), [self.dir + "//", self.dir + "//f"])

    def test_nothing_begins_with_two_slashes(self):
        self.put(self.dir + "/f")
        for start in ("/", "//", "/./", "/%2e/", "/x/..//", "//x/%2E./"):
            self.assertEqual(self.listed(start + self.dir + "/"), [self.dir + "/", self.dir + "/f"], start)
            page = self.get(start + self.dir)
            self.assertNotIn(b'"//', page)
            answer = self.expect(207, "PROPFIND", start + self.dir, {"Depth": "0"})
            self.assertEqual(answer.header("Content-Location"), self.dir + "/")
            moved = self.expect(201, "COPY", self.dir + "/f", {"Destination": start + self.dir + "/g"})
            self.assertEqual(moved.header("Location"), self.dir + "/g")
            self.expect(204, "DELETE", self.dir + "/g")
        self.assertEqual(self.listed("//")[0], "/")

    def test_dot_segments_are_resolved(self):
        self.expect(201, "MKCOL", self.dir + "/a,b")
        for target in ("/./a%2cb/", "/x/../a%2cb/", "/%2e/a%2cb/.", "/x/%2E%2e/a%2cb/y/..", "/a%2cb/%2e"):
            self.assertEqual(self.listed(self.dir + target), [self.dir + "/a%2cb/"], target)

    def test_bytes_that_no_url_may_hold_are_encoded(self):
        name = 'a"<b>{c}|\\^`ä'
        os.mkdir(os.path.join(self.server.root, self.dir[1:], name))
        answer = self.expect(207, "PROPFIND", f"{self.dir}/{name}", {"Depth": "0"})
        self.assertEqual(multistatus(answer)[0][0], self.dir + "/a%22%3Cb%3E%7Bc%7D%7C%5C%5E%60%C3%A4/")
        answer = self.expect(201, "COPY", self.dir + "/", {"Destination": self.dir + "b a/", "Depth": "0"})
        self.assertEqual(answer.header("Location"), self.dir + "b%20a/")

    def test_one_clients_spelling_is_not_shown_to_another(self):
        """Answers and heads that are remembered, too."""
        self.expect(201, "MKCOL", self.dir + "/a,b")
        self.put(self.dir + "/a,b/f")
        for _ in range(20):
            for name in ("a,b", "a%2Cb", "a%2cb", "%61,b"):
                for target, href in ((f"/{name}/f", f"/{name}/f"), (f"/{name}", f"/{name}/")):
                    answer = self.expect(207, "PROPFIND", self.dir + target, {"Depth": "0"})
                    self.assertEqual(hrefs(answer), [self.dir + href])
                self.assertEqual(self.get(f"{self.dir}/{name}/f"), b"x")
                self.assertIn(f'"{self.dir}/{name}/f"'.encode(), self.get(f"{self.dir}/{name}/"))

    def test_below_the_destination_hrefs_are_spelled_as_the_destination(self):
        self.expect(201, "MKCOL", self.dir + "/from,")
        self.put(self.dir + "/from,/f")
        self.expect(201, "COPY", self.dir + "/from,", {"Destination": self.dir + "/to,"})
        self.lock(self.dir + "/to,/f")
        answer = self.request("COPY", self.dir + "/from%2c/", {"Destination": self.dir + "/to%2C/"})
        self.assertIn(answer.status, (423, 207))
        self.assertEqual(set(hrefs(answer)), {self.dir + "/to%2C/f"})

    def test_what_lies_above_the_request_is_spelled_as_the_request(self):
        self.expect(201, "MKCOL", self.dir + "/a,b")
        self.expect(201, "MKCOL", self.dir + "/a,b/c")
        self.lock(self.dir + "/a,b")
        self.assertEqual(set(hrefs(self.expect(423, "PUT", self.dir + "/a%2cb/c/f", body=b"x"))), {self.dir + "/a%2cb/"})
        problem = self.expect(423, "PUT", self.dir + "/a%2cb/c/f", {"Accept": "application/problem+json"}, b"x")
        self.assertIn(f'"{self.dir}/a%2cb/"'.encode(), problem.body)

    def test_a_link_on_the_way_is_spelled_as_the_client_wrote_it(self):
        folder = os.path.join(self.server.root, self.dir[1:])
        os.makedirs(os.path.join(folder, "real", "in"))
        os.symlink("real", os.path.join(folder, "li,nk"))
        self.put(self.dir + "/real/in/f")
        self.assertEqual(self.listed(self.dir + "/li%2cnk/in"), [self.dir + "/li%2cnk/in/", self.dir + "/li%2cnk/in/f"])
        self.lock(self.dir + "/real/in/f")
        self.assertEqual(set(hrefs(self.expect(423, "PUT", self.dir + "/li%2cnk/in/f", body=b"y"))), {self.dir + "/li%2cnk/in/f"})

    def test_a_name_in_another_unicode_form_is_spelled_as_the_client_wrote_it(self):
        self.expect(201, "MKCOL", self.dir + "/%C3%A4,")
        for name in ("%C3%A4%2c", "a%CC%88,", "a%cc%88%2C"):
            self.assertEqual(self.listed(f"{self.dir}/{name}/"), [f"{self.dir}/{name}/"])

    def test_names_of_members_hide_no_plus_from_clients_that_decode_forms(self):
        self.put(self.dir + "/1+1%20=%202")
        self.assertEqual(self.listed(self.dir)[1:], [self.dir + "/1%2B1%20=%202"])


class ByMembers(Case):
    """Trees are changed member by member, so that answers name several."""
    config = '[webdav]\ntrees = "best-effort"\n'

    def test_several_statuses(self):
        for base in (f"{self.dir}/a&b/", f"{self.dir}/c%26d/"):
            client = Client(self, self.server, base)
            self.expect(201, "MKCOL", base)
            self.expect(201, "MKCOL", base + "sub")
            self.put(base + "sub/f")
            self.put(base + "sub/g")
            self.lock(base + "sub/f")
            for method in ("DELETE", "MOVE"):
                answer = client.check(method, base, {"Destination": self.dir + "/to"} if method == "MOVE" else {}, None, (207, 423))
                self.assertIn(base + "sub/f", hrefs(answer))


class BehindAProxy(unittest.TestCase):
    def server(self, config):
        server = Server(config=config)
        self.addCleanup(server.stop)
        return server

    def test_a_prefix_that_the_proxy_passes_on(self):
        server = self.server('[server]\nbase_path = "/pre/fix,(1)"\n')
        for prefix in ("/pre/fix,(1)", "/pre/fix%2c%281)", "/%70re//fix,(1%29"):
            for name in ("a&b", "a%26b", "a+b", "a%2Bb", "it's", "it%27s", "par%20(2)"):
                Client(self, server, f"{prefix}/{name}/").work()
        self.assertEqual(hrefs(server.request("PROPFIND", "/y/%2e./pre/./fix%2C(1)", {"Depth": "0"})), ["/pre/fix%2C(1)/"])
        self.assertEqual(server.request("PROPFIND", "/pre/fix", {"Depth": "0"}).status, 404)

    def test_a_prefix_that_the_proxy_takes_off(self):
        server = self.server(TRUSTING)
        for prefix in ("/outer", "/o,u&t'e;r(1)", "/o%2Cu%26t"):
            for name in ("a&b", "a%26b", "a+b", "a%2Bb", "it's", "it%27s", "par%20(2)"):
                Client(self, server, f"{prefix}/{name}/", lambda url: url.removeprefix(prefix), {"X-Forwarded-Prefix": prefix}).work()

    def test_a_prefix_that_the_configuration_says_is_taken_off(self):
        server = self.server('[server]\nbase_path = "/outer"\nbase_path_stripped = true\n')
        for name in ("a&b", "a%26b", "a%2bb"):
            Client(self, server, f"/outer/{name}/", lambda url: url.removeprefix("/outer")).work()

    def test_one_prefix_passed_on_and_one_taken_off(self):
        server = self.server(TRUSTING + 'base_path = "/in,"\n')
        for inner in ("/in,", "/in%2c"):
            Client(self, server, f"/out;/{inner[1:]}/a%2cb/", lambda url: url.removeprefix("/out;"), {"X-Forwarded-Prefix": "/out;"}).work()

    def test_the_way_down_to_the_prefix(self):
        server = self.server('[server]\nbase_path = "/a,b/c"\n')
        answer = server.request("PROPFIND", "/a%2cb", {"Depth": "1"})
        self.assertEqual(hrefs(answer), ["/a%2cb/", "/a%2cb/c/"])
        self.assertEqual(answer.header("Content-Location"), "/a%2cb/")

    def test_a_prefix_that_no_proxy_takes_off_without_trust(self):
        server = self.server(None)
        answer = server.request("PROPFIND", "/", {"Depth": "0", "X-Forwarded-Prefix": "/outer"})
        self.assertEqual(hrefs(answer), ["/"])


class Exports(unittest.TestCase):
    def test_below_an_export_and_above_it(self):
        folder = tempfile.mkdtemp(prefix="davit-hrefs-")
        self.addCleanup(shutil.rmtree, folder)
        server = ExportServer("[server]\nallow_unauthenticated = true\n"
                              f'[[exports]]\npath = "/me,dia/do(cs)"\nroot = "{folder}"\n')
        self.addCleanup(server.stop)
        for export in ("/me,dia/do(cs)", "/me%2cdia/do%28cs)"):
            for name in ("a&b", "a%26b", "par%20(2)"):
                Client(self, server, f"{export}/{name}/").work()
            above = export[:export.rindex("/")]
            listed = server.request("PROPFIND", above, {"Depth": "1"})
            self.assertEqual([h for h, _, _ in multistatus(listed)], [above + "/", above + "/do(cs)/"])
            page = server.request("GET", export + "/").body.decode()
            self.assertIn(f'href="{above}/"', page)


if __name__ == "__main__":
    main()
