"""One resource, one path: what a link leads to is judged, locked and changed as what it is, whichever name was asked for."""
import os
import shutil
import tempfile
import threading
import unicodedata
import urllib.parse

from davit import Case, DAV, Server, lockinfo, main, multistatus, one, propfind_body, propertyupdate, set_prop, wait_until
from exports_test import AUTH as EXPORTS_AUTH, ExportServer
from rules_test import AUTH, Ruled, rule


class Links(Case):
    def setUp(self):
        super().setUp()
        self.base = self.server.root + self.dir

    def file(self, path, text="x"):
        os.makedirs(os.path.dirname(self.base + path), exist_ok=True)
        with open(self.base + path, "w") as file:
            file.write(text)

    def link(self, path, text):
        os.makedirs(os.path.dirname(self.base + path), exist_ok=True)
        os.symlink(text, self.base + path)

    def read(self, path):
        with open(self.base + path) as file:
            return file.read()

    def hrefs(self, path, depth="1"):
        return [h for h, _, _ in multistatus(self.expect(207, "PROPFIND", path, {"Depth": depth}))]


class Locks(Links):
    """RFC 4918, 6.1: a lock is on the resource, not on one of its names."""

    def setUp(self):
        super().setUp()
        self.file("/d/f", "old")
        self.link("/dl", "d")
        self.link("/dl2", "dl")
        self.link("/up/back", "../d")
        self.link("/fl", "dl/f")
        self.names = [self.dir + n for n in ("/d/f", "/dl/f", "/dl2/f", "/up/back/f", "/fl")]

    def test_a_lock_holds_under_every_name_of_its_resource(self):
        for locked in self.names:
            token = self.lock(locked)
            for other in self.names:
                with self.subTest(locked=locked, other=other):
                    self.expect(423, "PUT", other, body=b"new")
                    self.expect(423, "PROPPATCH", other, body=propertyupdate(set_prop("<Z:a>1</Z:a>")))
                    self.expect(423, "LOCK", other, {}, lockinfo())
                    if other != self.dir + "/fl":
                        self.expect(423, "DELETE", other)
                        self.expect(423, "MOVE", other, {"Destination": self.dir + "/moved"})
                        self.expect(423, "COPY", self.dir + "/up", {"Destination": other})
                    self.expect(204, "PUT", other, {"If": f"(<{token}>)"}, b"old")
                    self.expect(204, "PUT", other, {"If": f"<{locked}> (<{token}>)"}, b"old")
            self.expect(204, "UNLOCK", self.names[-1], {"Lock-Token": f"<{token}>"})
        self.assertEqual(self.read("/d/f"), "old")
        self.assertTrue(os.path.islink(self.base + "/fl"))

    def test_lockdiscovery_shows_the_lock_under_every_name(self):
        token = self.lock(self.dir + "/dl/f")
        for name in self.names:
            found = one(self.expect(207, "PROPFIND", name, {"Depth": "0"}, propfind_body("<D:lockdiscovery/>")))
            self.assertEqual(found[DAV + "lockdiscovery"][1].findtext(f".//{DAV}locktoken/{DAV}href"), token, name)
        listed = {h: p for h, _, p in multistatus(self.expect(207, "PROPFIND", self.dir, {"Depth": "1"}, propfind_body("<D:lockdiscovery/>")))}
        self.assertIsNotNone(listed[self.dir + "/fl"][DAV + "lockdiscovery"][1].find(f".//{DAV}locktoken"))

    def test_the_lock_is_shown_at_the_url_that_was_asked_for(self):
        answer = self.expect(200, "LOCK", self.dir + "/dl/f", {"Depth": "0"}, lockinfo())
        self.assertEqual(answer.xml().findtext(f".//{DAV}lockroot/{DAV}href"), self.dir + "/dl/f")
        refused = self.expect(423, "PUT", self.dir + "/up/back/f", body=b"new")
        self.assertEqual(refused.xml().findtext(f".//{DAV}lock-token-submitted/{DAV}href"), self.dir + "/up/back/f")

    def test_depth_infinity_on_a_folder_reached_by_a_link(self):
        token = self.lock(self.dir + "/dl")
        self.expect(423, "PUT", self.dir + "/d/f", body=b"new")
        self.expect(423, "PUT", self.dir + "/d/new", body=b"new")
        self.expect(423, "MKCOL", self.dir + "/up/back/new")
        self.expect(423, "COPY", self.dir + "/up", {"Destination": self.dir + "/dl2/new"})
        self.expect(423, "MOVE", self.dir + "/up", {"Destination": self.dir + "/dl2/new"})
        self.expect(201, "MKCOL", self.dir + "/d/new", {"If": f"<{self.dir}/up/back> (<{token}>)"})
        self.expect(423, "LOCK", self.dir + "/d/f", {}, lockinfo())

    def test_a_locked_member_holds_up_a_lock_of_its_folder_by_a_link(self):
        self.lock(self.dir + "/d/f")
        self.expect(207, "LOCK", self.dir + "/dl", {"Depth": "infinity"}, lockinfo())

    def test_a_link_itself_can_go_while_what_it_leads_to_is_locked(self):
        token = self.lock(self.dir + "/fl")
        self.expect(204, "DELETE", self.dir + "/fl", {"If": f"(<{token}>)"})
        self.assertEqual(self.read("/d/f"), "old")
        self.expect(423, "PUT", self.dir + "/d/f", body=b"new")

    def test_a_locked_resource_made_through_a_link(self):
        token = self.lock(self.dir + "/dl/fresh")
        self.expect(423, "PUT", self.dir + "/d/fresh", body=b"new")
        self.expect(204, "PUT", self.dir + "/d/fresh", {"If": f"(<{token}>)"}, b"new")

    def test_names_in_another_unicode_form_behind_a_link(self):
        nfc, nfd = (urllib.parse.quote(unicodedata.normalize(form, "é")) for form in ("NFC", "NFD"))
        self.put(self.dir + "/d/" + nfd)
        self.link("/" + unicodedata.normalize("NFD", "é"), "d")
        self.lock(f"{self.dir}/dl/{nfc}")
        for name in (f"/d/{nfd}", f"/d/{nfc}", f"/{nfc}/{nfd}", f"/{nfd}/{nfc}"):
            self.expect(423, "PUT", self.dir + name, body=b"new")


class LockedFolderWithLinks(Links):
    """A lock of Depth infinity protects what its members lead to, when a request goes through them (RFC 4918, 6.1)."""

    def setUp(self):
        super().setUp()
        self.file("/b/file", "old")
        self.file("/b/sub/deep", "old")
        self.link("/a/link", "../b/file")
        self.link("/a/dir", "../b")
        self.link("/a/new", "../b/made")
        self.link("/way", "a/dir")
        self.file("/source")
        self.token = self.lock(self.dir + "/a")
        self.through = [self.dir + way for way in ("/a/link", "/a/dir/file", "/way/file")]

    def test_every_change_through_a_link_in_a_locked_folder_needs_its_token(self):
        held = {"If": f"<{self.dir}/a> (<{self.token}>)"}
        for path in self.through:
            with self.subTest(path=path):
                self.expect(423, "PUT", path, body=b"new")
                self.expect(423, "PATCH", path, {"Content-Type": "application/x-sabredav-partialupdate", "X-Update-Range": "append"}, b"new")
                self.expect(423, "PROPPATCH", path, body=propertyupdate(set_prop("<Z:a>1</Z:a>")))
                self.expect(423, "LOCK", path, {}, lockinfo())
                self.expect(423, "LOCK", path, {}, lockinfo("shared"))
                self.expect(423, "COPY", self.dir + "/source", {"Destination": path})
                self.expect(423, "MOVE", self.dir + "/source", {"Destination": path})
                self.expect(423, "DELETE", path)
                self.expect(423, "MOVE", path, {"Destination": self.dir + "/moved"})
                self.expect(204, "PUT", path, {"If": f"(<{self.token}>)"}, b"old")
                self.expect(204, "PUT", path, {"If": f"<{path}> (<{self.token}>)"}, b"old")
                self.expect(207, "PROPPATCH", path, held, propertyupdate(set_prop("<Z:a>1</Z:a>")))
        for path in ("/a/dir/fresh", "/a/dir/sub/fresh", "/way/fresh"):
            self.expect(423, "PUT", self.dir + path, body=b"new")
            self.expect(423, "MKCOL", self.dir + path)
            self.expect(423, "LOCK", self.dir + path, {}, lockinfo())
            self.expect(423, "COPY", self.dir + "/source", {"Destination": self.dir + path})
        self.expect(423, "DELETE", self.dir + "/a/dir/sub")
        self.expect(423, "DELETE", self.dir + "/a/dir/")
        self.expect(204, "DELETE", self.dir + "/a/dir/sub", held)
        self.assertEqual(self.read("/b/file"), "old")
        self.assertEqual(sorted(os.listdir(self.base + "/b")), ["file"])

    def test_the_lock_is_shown_refreshed_and_released_through_the_link(self):
        for path in self.through:
            found = one(self.expect(207, "PROPFIND", path, {"Depth": "0"}, propfind_body("<D:lockdiscovery/>")))
            self.assertEqual(found[DAV + "lockdiscovery"][1].findtext(f".//{DAV}locktoken/{DAV}href"), self.token, path)
            self.expect(200, "LOCK", path, {"If": f"(<{self.token}>)", "Timeout": "Second-700"})
        listed = {h: p for h, _, p in multistatus(self.expect(207, "PROPFIND", self.dir + "/a", {"Depth": "1"}, propfind_body("<D:lockdiscovery/>")))}
        for name in ("/a/link", "/a/dir/"):
            tokens = listed[self.dir + name][DAV + "lockdiscovery"][1].findall(f".//{DAV}locktoken/{DAV}href")
            self.assertEqual([t.text for t in tokens], [self.token], name)
        self.expect(204, "UNLOCK", self.through[0], {"Lock-Token": f"<{self.token}>"})
        self.expect(204, "PUT", self.through[0], body=b"new")

    def test_the_name_outside_of_the_locked_folder_is_not_locked(self):
        found = one(self.expect(207, "PROPFIND", self.dir + "/b/file", {"Depth": "0"}, propfind_body("<D:lockdiscovery/>")))
        self.assertIsNone(found[DAV + "lockdiscovery"][1].find(f".//{DAV}activelock"))
        self.expect(204, "PUT", self.dir + "/b/file", body=b"new")
        self.expect(201, "PUT", self.dir + "/b/fresh", body=b"new")
        self.expect(409, "UNLOCK", self.dir + "/b/file", {"Lock-Token": f"<{self.token}>"})

    def test_a_lock_of_depth_0_protects_the_links_and_not_what_they_lead_to(self):
        self.expect(204, "UNLOCK", self.dir + "/a", {"Lock-Token": f"<{self.token}>"})
        self.lock(self.dir + "/a", depth="0")
        self.expect(423, "DELETE", self.dir + "/a/link")
        self.expect(204, "PUT", self.dir + "/a/link", body=b"new")
        self.expect(201, "PUT", self.dir + "/a/dir/fresh", body=b"new")


class PartByPartBelowALock(LockedFolderWithLinks):
    config = '[webdav]\ntrees = "best-effort"\n'


class Changes(Links):
    def test_put_through_a_link_writes_what_it_leads_to(self):
        self.file("/d/f", "old")
        self.link("/l", "d/f")
        tag = self.expect(204, "PUT", self.dir + "/l", body=b"new").header("ETag")
        self.assertTrue(os.path.islink(self.base + "/l"))
        self.assertEqual(self.read("/d/f"), "new")
        self.assertEqual(self.expect(200, "GET", self.dir + "/d/f").header("ETag"), tag)
        self.expect(412, "PUT", self.dir + "/l", {"If-None-Match": "*"}, b"newer")
        self.expect(200, "GET", self.dir + "/l", {"If": f"<{self.dir}/d/f> ([{tag}])"})

    def test_everything_is_made_in_the_folder_a_link_leads_to(self):
        self.file("/d/f", "old")
        self.link("/dl", "d")
        self.expect(201, "PUT", self.dir + "/dl/new", body=b"new")
        made = self.expect(201, "MKCOL", self.dir + "/dl/sub")
        self.assertEqual(made.header("Location") or self.dir + "/dl/sub/", self.dir + "/dl/sub/")
        self.expect(201, "COPY", self.dir + "/d/f", {"Destination": self.dir + "/dl/copy"})
        self.expect(201, "MOVE", self.dir + "/dl/copy", {"Destination": self.dir + "/dl/sub/moved"})
        self.assertEqual(sorted(os.listdir(self.base + "/d")), ["f", "new", "sub"])
        self.assertEqual(self.read("/d/sub/moved"), "old")
        self.expect(204, "DELETE", self.dir + "/dl/f")
        self.assertFalse(os.path.exists(self.base + "/d/f"))
        self.assertEqual(self.hrefs(self.dir + "/dl"), [self.dir + "/dl/" + n for n in ("", "new", "sub/")])

    def test_one_resource_by_two_names_is_not_moved_onto_itself(self):
        self.file("/d/f", "precious")
        self.link("/dl", "d")
        for method in ("MOVE", "COPY"):
            for one_name, other in (("/dl/f", "/d/f"), ("/d/f", "/dl/f")):
                self.assertIn(b"same-resource", self.expect(403, method, self.dir + one_name, {"Destination": self.dir + other}).body)
        self.expect(403, "COPY", self.dir + "/dl", {"Destination": self.dir + "/d/inside"})
        self.expect(403, "COPY", self.dir + "/d", {"Destination": self.dir + "/dl/inside"})
        self.assertEqual(self.read("/d/f"), "precious")

    def test_delete_and_move_act_on_the_link(self):
        self.file("/d/f", "stays")
        self.link("/dl", "d")
        self.link("/l", "d/f")
        self.expect(201, "MOVE", self.dir + "/l", {"Destination": self.dir + "/l2"})
        self.assertTrue(os.path.islink(self.base + "/l2"))
        self.expect(204, "DELETE", self.dir + "/l2")
        self.expect(204, "DELETE", self.dir + "/dl")
        self.assertEqual(self.read("/d/f"), "stays")

    def test_a_link_to_a_folder_is_renamed_by_clients_that_write_final_slashes(self):
        self.file("/d/f", "stays")
        self.link("/l0", "d")
        for n, (slash, to_slash) in enumerate((("/", "/"), ("", "/"), ("/", ""), ("", ""))):
            source, to = f"{self.dir}/l{n}", f"{self.dir}/l{n + 1}"
            with self.subTest(source=source + slash, to=to + to_slash):
                moved = self.expect(201, "MOVE", source + slash, {"Destination": to + to_slash})
                self.assertEqual(moved.header("Location"), to + "/")
                self.assertIn(to + "/", self.hrefs(self.dir))
                self.assertEqual(os.readlink(self.base + f"/l{n + 1}"), "d")
        self.assertEqual(self.read("/d/f"), "stays")

    def test_a_link_to_a_folder_is_replaced_under_its_name_with_a_slash(self):
        self.file("/d/f", "stays")
        self.file("/g", "other")
        self.link("/ld", "d")
        self.expect(204, "MOVE", self.dir + "/g", {"Destination": self.dir + "/ld/"})
        self.assertEqual((self.read("/ld"), self.read("/d/f")), ("other", "stays"))

    def test_a_link_to_a_file_takes_no_slash_at_the_destination(self):
        self.file("/f", "stays")
        self.link("/l", "f")
        self.expect(409, "MOVE", self.dir + "/l", {"Destination": self.dir + "/l2/"})
        self.assertEqual(self.expect(201, "MOVE", self.dir + "/l", {"Destination": self.dir + "/l2"}).header("Location"), self.dir + "/l2")

    def test_a_destination_that_is_a_link_is_replaced(self):
        self.file("/d/f", "stays")
        self.file("/g", "other")
        self.link("/l", "d/f")
        self.expect(204, "COPY", self.dir + "/g", {"Destination": self.dir + "/l"})
        self.assertFalse(os.path.islink(self.base + "/l"))
        self.assertEqual((self.read("/l"), self.read("/d/f")), ("other", "stays"))

    def test_links_that_lead_nowhere_or_out_stay_what_they_are(self):
        self.link("/nowhere", "none")
        self.link("/out", "/etc/hostname")
        self.link("/above", "../../../../etc/hostname")
        self.link("/round", "round")
        self.link("/a", "b")
        self.link("/b", "a")
        self.expect(404, "GET", self.dir + "/nowhere")
        self.expect(404, "PROPFIND", self.dir + "/nowhere", {"Depth": "0"})
        self.expect(404, "DELETE", self.dir + "/nowhere")
        for name in ("/out", "/above", "/round", "/a", "/out/x", "/round/x", "/above/x"):
            for method in ("GET", "PROPFIND", "PUT", "LOCK", "MKCOL", "OPTIONS"):
                body = {"PUT": b"x", "LOCK": lockinfo()}.get(method)
                self.expect(403, method, self.dir + name, {"Depth": "0"}, body)
            self.expect(403, "MOVE", self.dir + "/nowhere", {"Destination": self.dir + "/out/x"})
        self.expect(201, "PUT", self.dir + "/nowhere", body=b"x")
        self.assertFalse(os.path.islink(self.base + "/nowhere"))
        self.assertEqual(self.hrefs(self.dir), [self.dir + "/", self.dir + "/nowhere"])

    def test_a_link_is_shown_under_its_own_name(self):
        self.file("/d/page.html")
        self.link("/data.bin", "d/page.html")
        found = one(self.expect(207, "PROPFIND", self.dir + "/data.bin", {"Depth": "0"}, propfind_body("<D:displayname/><D:getcontenttype/>")))
        listed = {h: p for h, _, p in multistatus(self.expect(207, "PROPFIND", self.dir, {"Depth": "1"}, propfind_body("<D:displayname/><D:getcontenttype/>")))}
        for properties in (found, listed[self.dir + "/data.bin"]):
            self.assertEqual(properties[DAV + "displayname"][1].text, "data.bin")
            self.assertEqual(properties[DAV + "getcontenttype"][1].text, "application/octet-stream")
        self.assertEqual(self.expect(200, "GET", self.dir + "/data.bin").header("Content-Type"), "application/octet-stream")


class PartByPart(Links):
    config = '[webdav]\ntrees = "best-effort"\n'

    def test_a_delete_of_a_folder_leaves_alone_what_its_links_lead_to(self):
        self.file("/d/locked")
        self.file("/d/free")
        self.file("/other/f", "stays")
        self.link("/d/l", "../other")
        self.lock(self.dir + "/d/locked")
        self.expect(207, "DELETE", self.dir + "/d")
        self.assertEqual(self.read("/other/f"), "stays")
        self.assertEqual(os.listdir(self.base + "/d"), ["locked"])

    def test_a_move_of_a_folder_leaves_alone_what_its_links_lead_to(self):
        self.file("/d/locked")
        self.file("/d/free")
        self.file("/other/f", "stays")
        self.link("/d/l", "../other")
        self.lock(self.dir + "/d/locked")
        self.expect(207, "MOVE", self.dir + "/d", {"Destination": self.dir + "/e"})
        self.assertEqual(self.read("/other/f"), "stays")
        self.assertTrue(os.path.islink(self.base + "/e/l"))


class Walks(Links):
    def test_depth_infinity_enters_each_folder_once(self):
        size = 7
        for one_of in range(size):
            self.file(f"/{one_of}/f")
            for other in range(size):
                self.link(f"/{one_of}/to{other}", f"../{other}")
        found = self.hrefs(self.dir, "infinity")
        self.assertEqual(len(found), 1 + size * (2 + size))
        self.assertEqual(len(set(found)), len(found))
        for one_of in range(size):
            self.assertIn(f"{self.dir}/{one_of}/f", found)

    def test_a_folder_outside_is_entered_by_the_first_link_only(self):
        self.file("/outside/sub/f")
        for name in "abc":
            self.link("/d/" + name, "../outside")
        self.link("/d/deep", "../outside/sub")
        found = self.hrefs(self.dir + "/d", "infinity")
        self.assertEqual(len([h for h in found if h.endswith("/f")]), 1, found)
        self.assertEqual({h for h in found if h.count("/") == 4}, {f"{self.dir}/d/{n}/" for n in ("a", "b", "c", "deep")} | {h for h in found if h.endswith("deep/f")})

    def test_a_link_to_the_folder_above_ends(self):
        self.file("/d/f")
        self.link("/d/up", "..")
        self.link("/d/here", ".")
        found = self.hrefs(self.dir + "/d", "infinity")
        self.assertIn(self.dir + "/d/up/d/", found)
        self.assertEqual(len([h for h in found if h.endswith("/f")]), 1, found)


class Rules(Ruled):
    config = (AUTH + rule("/", ["admin"], "all") + rule("/open", ["bob", "admin"], "all") + rule("/open/ro", ["bob"], ["read"]) + rule("/open/ro", ["admin"], "all")
              + rule("/secret/pub", ["bob"], ["read"]) + rule("/secret/pub", ["admin"], "all") + rule("/homes/{user}", ["*"], "all"))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        root = cls.server.root
        for folder in ("open/x/y", "open/ro", "secret/pub/deep", "homes/bob", "homes/eve"):
            os.makedirs(root + "/" + folder)
        for path in ("secret/f", "secret/pub/f", "secret/pub/deep/f", "open/f", "open/ro/f", "homes/eve/f", "homes/bob/f"):
            with open(f"{root}/{path}", "w") as file:
                file.write(path)
        for path, text in (("open/s", "../secret"), ("open/sf", "../secret/f"), ("open/none", "../secret/none"), ("open/root", ".."),
                           ("open/pub", "../secret/pub"), ("open/out", "/etc"), ("secret/in", "../open"), ("open/x/y/back", ".."),
                           ("open/w", "ro/f"), ("open/state", "../.davit"), ("homes/bob/eve", "../eve"), ("open/via", "../secret/in")):
            os.symlink(text, f"{root}/{path}")

    def test_what_a_link_leads_to_is_judged_by_its_own_place(self):
        for path in ("/open/sf", "/open/s/f", "/open/root/secret/f", "/open/s", "/homes/bob/eve/f", "/open/root"):
            for method in ("GET", "HEAD", "PROPFIND", "PUT", "DELETE", "LOCK", "PROPPATCH", "MKCOL"):
                if method == "DELETE" and path in ("/open/sf", "/open/s", "/open/root"):
                    continue  # that is the link, which is bob's
                body = {"PUT": b"x", "LOCK": lockinfo(), "PROPPATCH": propertyupdate(set_prop("<Z:a>1</Z:a>"))}.get(method)
                self.must(403, "bob", method, path, {"Depth": "0"}, body)
            self.must(403, "bob", "COPY", path, {"Destination": "/open/stolen"})
            self.must(403, "bob", "COPY", "/open/f", {"Destination": path + "/new"})
        self.assertEqual(self.must(200, "bob", "GET", "/open/pub/f").body, b"secret/pub/f")
        self.must(403, "bob", "PUT", "/open/pub/f", body=b"x")
        self.must(403, "bob", "PUT", "/open/w", body=b"x")
        self.assertEqual(self.must(200, "bob", "GET", "/open/w").body, b"open/ro/f")

    def test_a_remembered_file_is_judged_anew_when_its_folder_has_become_a_link(self):
        """Another program moves the folder to where bob may not read, and leaves a link in its place."""
        root = self.server.root
        os.mkdir(root + "/open/left")
        with open(root + "/open/left/f", "w") as file:
            file.write("remembered")
        connection = self.server.connect()
        for method in ("GET", "HEAD", "PROPFIND"):
            # Small files are remembered some milliseconds after their last change, and watched when asked for often.
            wait_until(lambda: self.ask("bob", method, "/open/left/f", {"Depth": "0"}, connection=connection).status not in (200, 207), 0.5)
        os.rename(root + "/open/left", root + "/secret/left")
        os.symlink("../secret/left", root + "/open/left")
        for method in ("GET", "HEAD", "PROPFIND"):
            refused = lambda: self.ask("bob", method, "/open/left/f", {"Depth": "0"}, connection=connection).status == 403
            self.assertTrue(wait_until(refused, 5), method)

    def test_a_moved_link_opens_nothing(self):
        self.must(201, "bob", "MOVE", "/open/x/y/back", {"Destination": "/open/mine"})
        self.assertIn(self.ask("bob", "GET", "/open/mine/secret/f").status, (403, 404))
        self.assertIn(self.ask("bob", "PUT", "/open/mine/secret/new", body=b"x").status, (403, 404, 409))

    def test_a_refusal_tells_neither_where_a_link_leads_nor_what_is_there(self):
        for method in ("GET", "PROPFIND", "PUT", "LOCK"):
            body = {"PUT": b"x", "LOCK": lockinfo()}.get(method)
            there, missing = (self.must(403, "bob", method, path, {"Depth": "0"}, body) for path in ("/open/sf", "/open/none"))
            strip = lambda a, name: [line for line in a.body.replace(name, b"NAME").splitlines() if b"request-id" not in line]
            self.assertEqual(strip(there, b"/open/sf"), strip(missing, b"/open/none"))
            self.assertNotIn(b"secret", there.body)
        self.must(403, "bob", "GET", "/secret/in/f")
        self.must(403, "bob", "GET", "/secret/nothing/f")
        self.must(403, "bob", "GET", "/open/via/f")

    def test_a_listing_leaves_out_links_to_what_may_not_be_read(self):
        for depth in ("1", "infinity"):
            found = [h for h, _, _ in multistatus(self.must(207, "bob", "PROPFIND", "/open", {"Depth": depth}))]
            for name in ("s/", "sf", "root/", "none", "out", "state/", "via/"):
                self.assertNotIn("/open/" + name, found)
            self.assertIn("/open/pub/", found)
        self.assertIn("/open/pub/deep/f", found)
        page = self.must(200, "bob", "GET", "/open/").body
        self.assertNotIn(b'"/open/sf"', page)
        self.assertIn(b'"/open/pub/"', page)
        whole = [h for h, _, _ in multistatus(self.must(207, "admin", "PROPFIND", "/", {"Depth": "infinity"}))]
        self.assertNotIn(".davit", " ".join(whole))

    def test_a_condition_on_the_other_name_says_nothing_of_what_may_not_be_read(self):
        tag = self.must(200, "admin", "GET", "/secret/f").header("ETag")
        self.must(412, "bob", "GET", "/open/f", {"If": f"</open/sf> ([{tag}])"})
        self.must(200, "admin", "GET", "/open/f", {"If": f"</open/sf> ([{tag}])"})

    def test_a_lock_of_a_place_that_may_not_be_read_has_neither_owner_nor_token(self):
        locked = self.must(200, "admin", "LOCK", "/secret", {"Depth": "infinity"}, lockinfo())
        token = locked.header("Lock-Token").strip("<>")
        try:
            found = self.must(207, "bob", "PROPFIND", "/open/pub/f", {"Depth": "0"}, propfind_body("<D:lockdiscovery/>"))
            self.assertNotIn(token.encode(), found.body)
            self.assertNotIn(b"/secret", found.body)
            shown = self.must(207, "admin", "PROPFIND", "/open/pub/f", {"Depth": "0"}, propfind_body("<D:lockdiscovery/>"))
            self.assertIn(token.encode(), shown.body)
        finally:
            self.must(204, "admin", "UNLOCK", "/secret", {"Lock-Token": f"<{token}>"})


class Swapped(Ruled):
    config = AUTH + rule("/", ["admin"], "all") + rule("/open", ["bob"], "all")

    def test_a_link_made_while_the_request_runs_leads_past_no_rule(self):
        root = self.server.root
        for folder in ("open/x", "secret"):
            os.makedirs(f"{root}/{folder}")
            with open(f"{root}/{folder}/f", "w") as file:
                file.write(folder)
        os.symlink("../secret", root + "/open/link")
        stop = threading.Event()

        def swap():
            while not stop.is_set():
                for old, new in (("x", "folder"), ("link", "x"), ("x", "link"), ("folder", "x")):
                    os.rename(f"{root}/open/{old}", f"{root}/open/{new}")

        swapping = threading.Thread(target=swap)
        swapping.start()
        try:
            for _ in range(150):
                answer = self.ask("bob", "GET", "/open/x/f")
                self.assertIn(answer.status, (200, 403, 404, 409), answer)
                self.assertNotEqual(answer.body, b"secret")
                answer = self.ask("bob", "PROPFIND", "/open/x", {"Depth": "1"})
                self.assertIn(answer.status, (207, 403, 404, 409), answer)
                self.assertIn(self.ask("bob", "PUT", "/open/x/g", body=b"x").status, (201, 204, 403, 404, 409))
        finally:
            stop.set()
            swapping.join()
        self.assertEqual(os.listdir(root + "/secret"), ["f"])


class LocksAbove(Ruled):
    config = AUTH + rule("/", ["admin"], "all") + rule("/team/bob", ["bob", "admin"], "all")

    def test_a_lock_above_is_not_told_to_those_who_may_not_read_there(self):
        for path in ("/team", "/team/bob"):
            self.must(201, "admin", "MKCOL", path)
        self.must(201, "bob", "PUT", "/team/bob/f", body=b"x")
        locked = self.must(200, "admin", "LOCK", "/team", {"Depth": "infinity"}, lockinfo(owner="<D:owner>the boss</D:owner>"))
        token = locked.header("Lock-Token").strip("<>").encode()
        found = self.must(207, "bob", "PROPFIND", "/team/bob/f", {"Depth": "0"}, propfind_body("<D:lockdiscovery/>"))
        self.assertIsNone(one(found)[DAV + "lockdiscovery"][1].find(DAV + "activelock"))
        refused = self.must(423, "bob", "PUT", "/team/bob/f", body=b"y")
        for answer in (found, refused):
            for secret in (token, b"boss", b"admin", b"/team/<"):
                self.assertNotIn(secret, answer.body)
        self.assertEqual(refused.xml().findtext(f".//{DAV}lock-token-submitted/{DAV}href"), "/team/bob/f")
        self.assertIn(token, self.must(207, "admin", "PROPFIND", "/team/bob/f", {"Depth": "0"}, propfind_body("<D:lockdiscovery/>")).body)


class Homes(Ruled):
    """A link in a home leads no further than the home; a home may be a link itself."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="davit-links-")
        for name in ("anna/d/e", "bert", "disk/carl"):
            os.makedirs(f"{cls.folder}/{name}")
        for name in ("anna/d/f", "bert/f", "disk/carl/f"):
            with open(f"{cls.folder}/{name}", "w") as file:
                file.write(name)
        for name, text in (("anna/bert", "../bert"), ("anna/d/e/up", "../.."), ("anna/none", "../bert/none"), ("carl", "disk/carl"), ("anna/l", "d")):
            os.symlink(text, f"{cls.folder}/{name}")
        cls.server = ExportServer(EXPORTS_AUTH.replace("{more}", "") + f'[[exports]]\npath = "/home"\nroot = "{cls.folder}"\nhomes = true\n')

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.folder)

    def test_a_link_to_the_home_of_another_leads_nowhere(self):
        for path in ("/home/bert", "/home/bert/f", "/home/none"):
            self.must(403, "anna", "GET", path)
            self.must(403, "anna", "PUT", path, body=b"x")
        self.must(403, "anna", "COPY", "/home/d/f", {"Destination": "/home/bert/new"})
        self.must(201, "anna", "MOVE", "/home/d/e/up", {"Destination": "/home/up"})
        self.assertIn(self.ask("anna", "GET", "/home/up/bert/f").status, (403, 404))
        found = [h for h, _, _ in multistatus(self.must(207, "anna", "PROPFIND", "/home", {"Depth": "1"}))]
        self.assertNotIn("/home/bert/", found)
        self.assertIn("/home/l/", found)

    def test_links_within_a_home_are_followed(self):
        self.must(200, "anna", "LOCK", "/home/l/f", {"Depth": "0"}, lockinfo())
        self.must(423, "anna", "PUT", "/home/d/f", body=b"x")

    def test_a_home_that_is_a_link_is_served(self):
        self.assertEqual(self.must(200, "carl", "GET", "/home/f").body, b"disk/carl/f")
        self.must(201, "carl", "PUT", "/home/new", body=b"x")
        self.must(201, "carl", "COPY", "/home/f", {"Destination": "/home/copy"})
        self.assertEqual(sorted(os.listdir(self.folder + "/disk/carl")), ["copy", "f", "new"])
        found = [h for h, _, _ in multistatus(self.must(207, "carl", "PROPFIND", "/home", {"Depth": "1"}))]
        self.assertEqual(sorted(found), ["/home/", "/home/copy", "/home/f", "/home/new"])


if __name__ == "__main__":
    main()
