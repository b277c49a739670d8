"""Symbolic links inside the served folder: after COPY and MOVE each leads to the place it led to before, and never to another."""
import os
import socket
import stat

from davit import Case, main


class Links(Case):
    def setUp(self):
        super().setUp()
        self.disk = self.server.root + self.dir
        os.makedirs(self.disk + "/d/sub")
        os.makedirs(self.disk + "/deep/er")
        for name, text in (("s", "outside"), ("d/f", "inside")):
            with open(f"{self.disk}/{name}", "w") as file:
                file.write(text)

    def link(self, name, text):
        os.symlink(text, f"{self.disk}/{name}")

    def text(self, name):
        return os.readlink(f"{self.disk}/{name}")

    def transfer(self, method, source, to, status=201, **headers):
        return self.expect(status, method, self.dir + source, {"Destination": self.dir + to, **headers})

    def shows(self, path, content):
        self.assertEqual(self.get(self.dir + path), content)

    def test_a_link_out_of_a_copied_folder_leads_to_the_same_file(self):
        self.link("d/l", "../s")
        self.link("d/sub/l", "../../s")
        for method in ("COPY", "MOVE"):
            self.transfer(method, "/d", "/deep/er/" + method)
            self.shows(f"/deep/er/{method}/l", b"outside")
            self.shows(f"/deep/er/{method}/sub/l", b"outside")
        self.transfer("MOVE", "/deep/er/MOVE", "/d")
        self.assertEqual((self.text("d/l"), self.text("d/sub/l")), ("../s", "../../s"))

    def test_a_link_within_a_copied_folder_leads_to_the_copy(self):
        self.link("d/sub/l", "../f")
        self.link("d/sub/round", "../../d/f")
        self.transfer("COPY", "/d", "/deep/er/d")
        self.assertEqual(self.text("deep/er/d/sub/l"), "../f")
        self.transfer("MOVE", "/d", "/deep/moved")
        for copy in ("/deep/er/d", "/deep/moved"):
            self.shows(copy + "/sub/l", b"inside")
            self.shows(copy + "/sub/round", b"inside")

    def test_links_through_links_lead_on(self):
        self.link("d/way", "../deep")
        self.link("d/l", "way/../s")
        self.transfer("COPY", "/d", "/deep/er/d")
        self.shows("/deep/er/d/l", b"outside")

    def test_a_link_that_is_moved_leads_to_the_same_file(self):
        self.link("d/l", "../s")
        self.transfer("MOVE", "/d/l", "/deep/er/l")
        self.shows("/deep/er/l", b"outside")
        self.assertFalse(os.path.lexists(self.disk + "/d/l"))
        self.assertTrue(os.path.islink(self.disk + "/deep/er/l"))
        self.transfer("MOVE", "/deep/er/l", "/d/f", 204)
        self.shows("/d/f", b"outside")
        self.assertEqual(self.text("d/f"), "../s")

    def test_a_moved_link_opens_no_other_folder(self):
        os.makedirs(self.disk + "/open/x/y")
        os.mkdir(self.disk + "/secret")
        self.put(self.dir + "/secret/f", b"secret")
        self.link("open/x/y/back", "..")
        self.transfer("MOVE", "/open/x/y/back", "/open/mine")
        self.expect(404, "GET", self.dir + "/open/mine/secret/f")
        self.assertEqual(os.path.realpath(self.disk + "/open/mine"), self.disk + "/open/x")

    def test_a_link_that_leads_nowhere_leads_to_the_same_nowhere(self):
        self.link("d/l", "../later")
        for method in ("COPY", "MOVE"):
            self.transfer(method, "/d", "/deep/er/" + method)
        self.put(self.dir + "/deep/later", b"another file of this name")
        self.put(self.dir + "/later", b"the one that was meant")
        for method in ("COPY", "MOVE"):
            self.shows(f"/deep/er/{method}/l", b"the one that was meant")

    def test_a_link_out_of_the_served_folder_stays_outside(self):
        self.link("d/l", "../../../outside/f")
        os.makedirs(self.disk + "/deep/er/outside")
        os.makedirs(self.server.root + "/outside")
        self.put("/outside/f", b"not what the link means")
        self.transfer("COPY", "/d", "/deep/er/d")
        self.expect(403, "GET", self.dir + "/deep/er/d/l")
        self.assertEqual(os.path.normpath(os.path.join(self.disk, "deep/er/d", self.text("deep/er/d/l"))),
                         os.path.normpath(os.path.join(self.server.root, "..", "outside", "f")))

    def test_what_cannot_be_told_is_refused_with_nothing_done(self):
        self.link("d/l", "gone/../../s")
        for method in ("COPY", "MOVE"):
            answer = self.request(method, self.dir + "/d", {"Destination": self.dir + "/deep/er/d"})
            self.assertIn(b"link-elsewhere", answer.body)
            self.assertIn(answer.status, (207, 403), answer)
            self.assertFalse(os.path.lexists(self.disk + "/deep/er/d"))
            self.assertEqual(self.text("d/l"), "gone/../../s")

    def test_absolute_links_stay_as_they_are(self):
        self.link("d/l", "/etc/hostname")
        self.transfer("COPY", "/d", "/deep/er/d")
        self.assertEqual(self.text("deep/er/d/l"), "/etc/hostname")
        self.expect(404 if not os.path.exists("/etc/hostname") else 403, "GET", self.dir + "/deep/er/d/l")

    def test_a_move_that_rewrites_links_loses_no_fifo_and_no_socket(self):
        """They are no resources, but a rename would take them along."""
        self.link("d/l", "../s")
        os.mkfifo(self.disk + "/d/sub/fifo", 0o640)
        bound = socket.socket(socket.AF_UNIX)
        bound.bind(self.disk + "/d/socket")
        bound.close()
        self.transfer("MOVE", "/d", "/deep/er/d")
        self.assertTrue(stat.S_ISFIFO(os.lstat(self.disk + "/deep/er/d/sub/fifo").st_mode))
        self.assertEqual(os.lstat(self.disk + "/deep/er/d/sub/fifo").st_mode & 0o777, 0o640)
        self.assertTrue(stat.S_ISSOCK(os.lstat(self.disk + "/deep/er/d/socket").st_mode))
        self.shows("/deep/er/d/l", b"outside")

    def test_a_copy_leaves_fifos_out(self):
        os.mkfifo(self.disk + "/d/fifo")
        self.transfer("COPY", "/d", "/deep/er/d")
        self.assertEqual(sorted(os.listdir(self.disk + "/deep/er/d")), ["f", "sub"])


class LinksInTreesByParts(Links):
    """A locked member stays behind, so the tree is moved member by member."""
    config = '[webdav]\ntrees = "best-effort"\n'

    def test_a_link_to_another_member_leads_to_its_new_place(self):
        self.put(self.dir + "/d/locked")
        self.lock(self.dir + "/d/locked")
        self.link("d/sub/l", "../f")
        self.link("d/sub/folder", "../sub")
        self.link("d/sub/out", "../../s")
        self.link("d/sub/back", "../../d/f")
        self.transfer("MOVE", "/d", "/deep/er/d", 207)
        self.assertEqual(os.listdir(self.disk + "/d"), ["locked"])
        for name in ("l", "back", "folder/l"):
            self.shows("/deep/er/d/sub/" + name, b"inside")
        self.shows("/deep/er/d/sub/out", b"outside")


class LinksWithTrash(Links):
    config = '[trash]\nkeep = "7d"\n'


if __name__ == "__main__":
    main()
