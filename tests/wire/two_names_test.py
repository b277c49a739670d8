"""Two names of one resource: through links, bind mounts, hard links and mirrored folders, no MOVE, COPY or DELETE loses anything, and nothing
is taken for another thing. Mounting takes root, or sudo."""
import os
import subprocess
import sys

if os.geteuid() != 0:
    keep = [f"{name}={os.environ[name]}" for name in ("DAVIT", "SOURCE_DIR", "PATH")]
    os.execvp("sudo", ["sudo", "env", *keep, sys.executable, "-B", *sys.argv])

from davit import Case, Server, lockinfo, main

KEEP = '[trash]\nkeep = "7d"\n'


class Two(Case):
    def setUp(self):
        super().setUp()
        self.disk = self.server.root + self.dir
        os.mkdir(self.disk + "/d")
        with open(self.disk + "/d/f", "w") as file:
            file.write("precious")
        os.symlink("d", self.disk + "/dl")

    def bind(self):
        os.mkdir(self.disk + "/b")
        subprocess.run(["mount", "--bind", self.disk + "/d", self.disk + "/b"], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk + "/b"], check=True)

    def refused(self, method, source, to, code, **headers):
        answer = self.expect(403, method, self.dir + source, {"Destination": self.dir + to, **headers})
        self.assertIn(b'code="%s"' % code.encode(), answer.body)
        self.assertEqual(self.get(self.dir + "/d/f"), b"precious")
        self.assertEqual([n for _, folders, files in os.walk(self.disk) for n in folders + files if n.startswith(".davit-")], [])

    def test_move_of_a_file_onto_itself_through_a_link_is_refused(self):
        self.refused("MOVE", "/dl/f", "/d/f", "same-resource")
        self.refused("MOVE", "/d/f", "/dl/f", "same-resource")

    def test_move_of_a_file_onto_itself_through_a_bind_mount_is_refused(self):
        self.bind()
        self.refused("MOVE", "/b/f", "/d/f", "same-resource")
        self.refused("MOVE", "/d/f", "/b/f", "same-resource")

    def test_copy_of_a_file_onto_itself_is_refused(self):
        self.bind()
        for other in ("/dl/f", "/b/f"):
            self.refused("COPY", other, "/d/f", "same-resource")
            self.refused("COPY", "/d/f", other, "same-resource")

    def test_copy_of_a_link_onto_what_it_leads_to_is_refused(self):
        os.symlink("d/f", self.disk + "/fl")
        self.refused("COPY", "/fl", "/d/f", "same-resource")
        self.refused("COPY", "/dl", "/d", "same-resource")

    def test_move_of_a_link_onto_what_it_leads_to_is_refused(self):
        os.makedirs(self.disk + "/d/sub")
        os.mkdir(self.disk + "/e")
        self.bind()
        for name, text in (("fl", "d/f"), ("d/up", ".."), ("d/fl", "f"), ("e/fl", "../d/f"), ("far", "dl/f"), ("dll", "dl"), ("sub", "d/sub"),
                           ("mounted", "b"), ("e/fb", "../b/f")):
            os.symlink(text, f"{self.disk}/{name}")
        before = self.names()
        for link, to in (("/fl", "/d/f"), ("/d/fl", "/d/f"), ("/e/fl", "/d/f"), ("/far", "/d/f"), ("/dl", "/d"), ("/dl/", "/d/"), ("/dll", "/d"),
                         ("/dll", "/dl"), ("/dl/fl", "/d/f"), ("/sub", "/d/sub"), ("/mounted", "/d"), ("/e/fb", "/d/f")):
            self.refused("MOVE", link, to, "same-resource")
            self.refused("MOVE", link, to, "same-resource", Overwrite="T")
        for link, to in (("/fl", "/d"), ("/sub", "/d"), ("/e/fl", "/d"), ("/far", "/d"), ("/far", "/dl")):
            self.refused("MOVE", link, to, "source-inside-destination")
        self.assertEqual(self.names(), before)

    def test_move_of_a_link_to_where_something_else_is_still_replaces_it(self):
        os.symlink("d/f", self.disk + "/fl")
        self.put(self.dir + "/other")
        self.expect(204, "MOVE", self.dir + "/fl", {"Destination": self.dir + "/other"})
        self.assertEqual(os.readlink(self.disk + "/other"), "d/f")
        self.expect(201, "MOVE", self.dir + "/other", {"Destination": self.dir + "/d/again"})
        self.assertEqual(self.get(self.dir + "/d/again"), b"precious")
        self.expect(204, "MOVE", self.dir + "/d/f", {"Destination": self.dir + "/d/again"})
        self.assertEqual(self.get(self.dir + "/d/again"), b"precious")

    def test_tree_with_a_link_into_what_it_would_replace_stays(self):
        for inside, text in (("/l", "../d/f"), ("/deep/l", "../../d"), ("/l", "../dl/f"), ("/l", "../e/../d/f")):
            os.makedirs(self.disk + "/e/deep")
            os.symlink(text, self.disk + "/e" + inside)
            before = self.names()
            for method in ("MOVE", "COPY"):
                self.refused(method, "/e", "/d", "link-elsewhere")
                self.assertEqual(self.names(), before)
            self.expect(201, "COPY", self.dir + "/e", {"Destination": self.dir + "/new"})
            self.assertEqual(os.path.realpath(self.disk + "/new" + inside), os.path.realpath(self.disk + "/e" + inside))
            self.expect(204, "DELETE", self.dir + "/new")
            self.expect(204, "DELETE", self.dir + "/e")

    def names(self):
        return sorted((base, name, os.path.islink(os.path.join(base, name)) and os.readlink(os.path.join(base, name)))
                      for base, folders, files in os.walk(self.disk) for name in folders + files)

    def test_a_folder_never_goes_onto_or_into_itself_by_another_name(self):
        os.makedirs(self.disk + "/d/sub/deep")
        self.bind()
        for other in ("/dl", "/b"):
            for place in ("/new", "/sub", "/sub/new", "/sub/deep"):
                self.refused("COPY", "/d", other + place, "destination-inside-source")
                self.refused("MOVE", "/d", other + place, "destination-inside-source")
            self.refused("COPY", other + "/sub/deep", "/d/sub", "source-inside-destination")
            self.refused("MOVE", other + "/sub/deep", "/d/sub", "source-inside-destination")
            self.refused("COPY", other + "/sub", "/d/sub", "same-resource")
            self.refused("MOVE", other + "/sub", "/d/sub", "same-resource")

    def test_delete_of_a_link_leaves_what_it_leads_to(self):
        for path in ("/dl", "/dl/"):
            if os.path.lexists(self.disk + "/dl"):
                self.expect(204, "DELETE", self.dir + path)
        self.assertFalse(os.path.lexists(self.disk + "/dl"))
        self.assertEqual(self.get(self.dir + "/d/f"), b"precious")

    def test_of_two_hard_links_the_source_goes(self):
        os.mkdir(self.disk + "/e")
        for other in ("/g", "/d/g", "/e/f"):
            os.link(self.disk + "/d/f", self.disk + other)
            self.expect(204, "MOVE", self.dir + other, {"Destination": self.dir + "/d/f"})
            self.expect(404, "GET", self.dir + other)
            self.assertEqual(self.get(self.dir + "/d/f"), b"precious")

    def test_move_over_a_mount_of_the_same_file_system(self):
        self.bind()
        self.put(self.dir + "/new", b"new")
        self.expect(204, "MOVE", self.dir + "/new", {"Destination": self.dir + "/b/f"})
        self.assertEqual(self.get(self.dir + "/d/f"), b"new")
        self.put(self.dir + "/b/f", b"newer")
        self.expect(201, "COPY", self.dir + "/b/f", {"Destination": self.dir + "/b/g"})
        self.expect(201, "MOVE", self.dir + "/b/g", {"Destination": self.dir + "/h"})
        self.assertEqual(self.get(self.dir + "/h"), b"newer")
        self.expect(404, "GET", self.dir + "/d/g")
        self.expect(201, "MKCOL", self.dir + "/b/folder")
        self.expect(204, "DELETE", self.dir + "/b/folder")
        self.assertEqual(os.listdir(self.disk + "/d"), ["f"])

    def test_a_file_and_a_folder_still_replace_one_another(self):
        self.put(self.dir + "/f", b"new")
        self.expect(204, "MOVE", self.dir + "/f", {"Destination": self.dir + "/dl"})
        self.assertEqual(self.get(self.dir + "/dl"), b"new")
        self.expect(204, "MOVE", self.dir + "/d", {"Destination": self.dir + "/dl"})
        self.assertEqual(self.get(self.dir + "/dl/f"), b"precious")
        self.expect(404, "GET", self.dir + "/d")


class SecondMount(Two):
    """A folder that is mounted a second time has two paths. Nothing is lost, and the server says so at its start."""

    def test_move_between_the_two_paths_keeps_the_file(self):
        self.bind()
        os.mkdir(self.disk + "/d/sub")
        for method, source, to, status in (("MOVE", "/d/f", "/b/g", 201), ("MOVE", "/b/g", "/d/f", 201), ("MOVE", "/d/sub", "/b/sub2", 201),
                                           ("MOVE", "/b/sub2", "/d/sub", 201), ("COPY", "/d/f", "/b/sub/f", 201), ("MOVE", "/b/sub/f", "/d/sub/g", 201)):
            self.expect(status, method, self.dir + source, {"Destination": self.dir + to})
        self.assertEqual(sorted(os.listdir(self.disk + "/d") + os.listdir(self.disk + "/d/sub")), ["f", "g", "sub"])
        self.assertEqual(self.get(self.dir + "/b/f"), b"precious")

    def test_neither_path_of_the_folder_takes_the_other_along(self):
        self.bind()
        for method, source, headers in (("DELETE", "/b", {}), ("DELETE", "/b/", {}), ("MOVE", "/b", {"Destination": self.dir + "/d"}),
                                        ("MOVE", "/d", {"Destination": self.dir + "/b"}), ("DELETE", "", {})):
            self.expect(403, method, self.dir + source, headers)
        self.assertEqual(self.get(self.dir + "/d/f"), b"precious")

    def test_start_names_both_paths(self):
        self.bind()
        os.makedirs(self.disk + "/d/in/deep")
        os.mkdir(self.disk + "/c d")
        subprocess.run(["mount", "--bind", self.disk + "/d/in", self.disk + "/c d"], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk + "/c d"], check=True)
        server = Server(root=self.disk)
        try:
            self.assertIn(f"{self.disk}/b shows the folder {self.disk}/d a second time", server.log_line(f"{self.disk}/b shows"))
            self.assertIn(f"{self.disk}/d/in a second time", server.log_line(f"{self.disk}/c d shows the folder {self.disk}/d/in "))
        finally:
            server.stop()

    def test_start_says_nothing_of_other_mounts(self):
        os.mkdir(self.disk + "/m")
        subprocess.run(["mount", "-t", "tmpfs", "none", self.disk + "/m"], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk + "/m"], check=True)
        server = Server(root=self.disk)
        server.request("GET", "/")
        log = server.read_log()
        server.stop()
        self.assertNotIn("second time", log)


class TwoWithTrash(Two):
    config = KEEP


class TwoInMemory(Two):
    config = "[storage]\ndurable = false\n"


class TwoByParts(Case):
    config = '[webdav]\ntrees = "best-effort"\n'

    def test_tree_with_a_locked_member_and_a_link_into_what_it_would_replace_stays(self):
        disk = self.server.root + self.dir
        for path in ("/d/f", "/e/locked"):
            os.makedirs(os.path.dirname(disk + path), exist_ok=True)
            with open(disk + path, "w") as file:
                file.write("precious")
        os.symlink("../d/f", disk + "/e/l")
        self.lock(self.dir + "/e/locked", depth="0", status=(200,))
        answer = self.expect(403, "MOVE", self.dir + "/e", {"Destination": self.dir + "/d"})
        self.assertIn(b'code="link-elsewhere"', answer.body)
        self.assertEqual(self.get(self.dir + "/d/f"), b"precious")
        self.assertEqual(self.get(self.dir + "/e/l"), b"precious")


if __name__ == "__main__":
    main()
