#!/usr/bin/env python3
"""MOVE, COPY and DELETE on file systems on which two names are one file, or two files have one number: lowntfs-3g folds case, bindfs shows a
folder under a second name with other numbers, mergerfs gives numbers twice. Nothing is lost. Without /dev/fuse this is NOT CHECKED."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
if not os.path.exists("/dev/fuse"):
    print("## NOT CHECKED: /dev/fuse is missing.")
    sys.exit(77)
if os.geteuid() != 0:
    keep = [f"{name}={os.environ[name]}" for name in ("DAVIT", "SOURCE_DIR", "PATH")]
    os.execvp("sudo", ["sudo", "env", *keep, sys.executable, "-B", *sys.argv])

from davit import Case  # noqa: E402


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")


class Mounted(Case):
    """Something is mounted at `mounted`, in the served folder."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.work = tempfile.mkdtemp(prefix="davit-mounts-")
        cls.mounted = cls.server.root + "/mounted"
        os.mkdir(cls.mounted)
        cls.mount()

    @classmethod
    def tearDownClass(cls):
        subprocess.run(["umount", "-l", cls.mounted], check=True)
        super().tearDownClass()
        cls.unmount_rest()
        subprocess.run(["rm", "-rf", "--one-file-system", cls.work], check=True)

    @classmethod
    def unmount_rest(cls):
        pass

    def write(self, path, content):
        with open(path, "w") as file:
            file.write(content)

    def nothing_hidden(self):
        hidden = [n for _, folders, files in os.walk(self.mounted) for n in folders + files if n.startswith(".davit-")]
        self.assertEqual(hidden, [])


class Folding(Mounted):
    """Names that differ only in case are one name."""

    @classmethod
    def mount(cls):
        image = cls.work + "/image"
        with open(image, "wb") as file:
            file.truncate(32 << 20)
        run("mkfs.ntfs", "-F", "-q", image)
        run("lowntfs-3g", "-o", "ignore_case,loop", image, cls.mounted)

    def setUp(self):
        super().setUp()
        self.here = "/mounted" + self.dir.lower()
        self.disk = self.server.root + self.here
        os.mkdir(self.disk)
        self.write(self.disk + "/f", "precious")

    def test_move_to_another_case_keeps_the_file(self):
        for source, to in (("f", "F"), ("F", "f")):
            for overwrite in ("T", "F"):
                answer = self.request("MOVE", f"{self.here}/{source}", {"Destination": f"{self.here}/{to}", "Overwrite": overwrite})
                self.assertIn(answer.status, (201, 204), answer)
                self.assertEqual(self.get(f"{self.here}/{to}"), b"precious")
        self.nothing_hidden()

    def test_move_of_a_folder_to_another_case_keeps_what_is_in_it(self):
        for source, to in (("", "folder"), ("folder", "FOLDER"), ("FOLDER", "Folder")):
            if source:
                answer = self.request("MOVE", f"{self.here}/{source}", {"Destination": f"{self.here}/{to}", "Overwrite": "F"})
                self.assertIn(answer.status, (201, 204), answer)
            else:
                os.mkdir(f"{self.disk}/{to}")
                self.write(f"{self.disk}/{to}/f", "inside")
            self.assertEqual(self.get(f"{self.here}/{to}/f"), b"inside")
        self.nothing_hidden()

    def test_move_through_a_folder_in_another_case_is_refused_or_keeps_the_file(self):
        other = "/mounted" + self.dir.upper()
        answer = self.request("MOVE", f"{other}/f", {"Destination": f"{self.here}/f"})
        self.assertIn(answer.status, (403, 204), answer)
        self.assertEqual(self.get(f"{self.here}/f"), b"precious")

    def test_copy_to_another_case_keeps_the_file(self):
        answer = self.request("COPY", f"{self.here}/f", {"Destination": f"{self.here}/F"})
        self.assertEqual(answer.status, 403, answer)
        self.assertIn(b"same-resource", answer.body)
        self.assertEqual(self.get(f"{self.here}/f"), b"precious")

    def test_a_folder_does_not_go_into_itself_in_another_case(self):
        os.mkdir(self.disk + "/t")
        self.write(self.disk + "/t/f", "inside")
        for method in ("MOVE", "COPY"):
            self.expect(403, method, f"{self.here}/t", {"Destination": f"{self.here}/T/new"})
        self.assertEqual(self.get(f"{self.here}/t/f"), b"inside")

    def test_move_to_another_name_replaces_it(self):
        self.write(self.disk + "/g", "old")
        self.expect(204, "MOVE", f"{self.here}/f", {"Destination": f"{self.here}/G"})
        self.assertEqual(self.get(f"{self.here}/g"), b"precious")
        self.expect(404, "GET", f"{self.here}/f")
        self.nothing_hidden()


class Mirrored(Mounted):
    """A folder that is seen a second time, with other numbers."""

    @classmethod
    def mount(cls):
        os.mkdir(cls.server.root + "/d")
        run("bindfs", cls.server.root + "/d", cls.mounted)

    def setUp(self):
        self.disk = self.server.root + "/d"
        self.name = self.id().split(".")[-1]
        os.mkdir(f"{self.disk}/{self.name}")
        self.write(f"{self.disk}/{self.name}/f", "precious")

    def test_move_onto_itself_is_refused(self):
        for source, to in (("mounted", "d"), ("d", "mounted")):
            answer = self.expect(403, "MOVE", f"/{source}/{self.name}/f", {"Destination": f"/{to}/{self.name}/f"})
            self.assertIn(b"same-resource", answer.body)
            self.assertEqual(self.get(f"/d/{self.name}/f"), b"precious")
        self.nothing_hidden()

    def test_move_of_a_folder_onto_or_into_itself_is_refused(self):
        for source, to in (("mounted", "d"), ("d", "mounted")):
            for place in ("", "/new"):
                self.assertEqual(self.request("MOVE", f"/{source}/{self.name}", {"Destination": f"/{to}/{self.name}{place}"}).status, 403)
                self.assertEqual(self.get(f"/d/{self.name}/f"), b"precious")
        self.nothing_hidden()

    def test_copy_onto_itself_loses_nothing(self):
        for source, to in (("mounted", "d"), ("d", "mounted")):
            self.assertIn(self.request("COPY", f"/{source}/{self.name}/f", {"Destination": f"/{to}/{self.name}/f"}).status, (204, 403))
            self.assertEqual(self.get(f"/d/{self.name}/f"), b"precious")
        self.nothing_hidden()


class Numbered(Mounted):
    """Two files that are not one, with one number."""

    @classmethod
    def mount(cls):
        for name in ("one", "two"):
            os.mkdir(f"{cls.work}/{name}")
            run("mount", "-t", "tmpfs", "tmpfs", f"{cls.work}/{name}")
            for folder in ("a", "b", "c", "d"):
                os.mkdir(f"{cls.work}/{name}/{name}-{folder}")
                with open(f"{cls.work}/{name}/{name}-{folder}/f", "w") as file:
                    file.write(f"{name} {folder}")
        run("mergerfs", "-o", "inodecalc=passthrough,use_ino", f"{cls.work}/one:{cls.work}/two", cls.mounted)

    @classmethod
    def unmount_rest(cls):
        for name in ("one", "two"):
            subprocess.run(["umount", "-l", f"{cls.work}/{name}"], check=True)

    def setUp(self):
        pass

    def same(self, one, other):
        numbers = [os.stat(f"{self.mounted}/{path}").st_ino for path in (one, other)]
        self.assertEqual(numbers[0], numbers[1], "mergerfs gives each file a number of its own: this test shows nothing")

    def test_move_of_a_file_onto_another_of_its_number_replaces_it(self):
        self.same("one-a/f", "two-a/f")
        self.expect(204, "MOVE", "/mounted/one-a/f", {"Destination": "/mounted/two-a/f"})
        self.assertEqual(self.get("/mounted/two-a/f"), b"one a")
        self.expect(404, "GET", "/mounted/one-a/f")
        self.nothing_hidden()

    def test_copy_of_a_file_onto_another_of_its_number_replaces_it(self):
        self.same("one-b/f", "two-b/f")
        self.expect(204, "COPY", "/mounted/one-b/f", {"Destination": "/mounted/two-b/f"})
        self.assertEqual((self.get("/mounted/one-b/f"), self.get("/mounted/two-b/f")), (b"one b", b"one b"))

    def test_a_folder_goes_into_another_of_its_number(self):
        self.same("one-c", "two-c")
        self.expect(201, "COPY", "/mounted/one-c", {"Destination": "/mounted/two-c/new"})
        self.assertEqual(self.get("/mounted/two-c/new/f"), b"one c")
        self.expect(201, "MOVE", "/mounted/one-d", {"Destination": "/mounted/two-d/new"})
        self.assertEqual(self.get("/mounted/two-d/new/f"), b"one d")
        self.nothing_hidden()


if __name__ == "__main__":
    unittest.main()
