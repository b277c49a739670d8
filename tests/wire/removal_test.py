"""What cannot be removed: a tree is refused before anything is done, and what fails later is reported. Takes root, or sudo."""
import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

if os.geteuid() != 0:
    keep = [f"{name}={os.environ[name]}" for name in ("DAVIT", "SOURCE_DIR", "PATH")]
    os.execvp("sudo", ["sudo", "env", *keep, sys.executable, "-B", *sys.argv])

from davit import Server, main, wait_until

USER = 61234  # the server's; the other owner is root
DAVIT = os.environ["DAVIT"]


def davit(*args):
    done = subprocess.run([DAVIT, *args], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


@functools.cache
def program():
    """A copy that every user can execute."""
    folder = tempfile.mkdtemp(prefix="davit-program-")
    atexit.register(shutil.rmtree, folder)
    return shutil.copy(DAVIT, folder)


class UnprivilegedServer(Server):
    """The server runs as a user without any privilege, in a folder of its own."""

    def __init__(self, **kwargs):
        self.place = tempfile.mkdtemp(prefix="davit-user-")
        os.chmod(self.place, 0o755)
        binary = self.place + "/davit"
        os.link(program(), binary)
        root = self.place + "/root"
        os.mkdir(root)
        os.chown(root, USER, USER)
        script = self.place + "/run"
        with open(script, "w") as file:
            file.write(f'#!/bin/sh\nexec setpriv --reuid={USER} --regid={USER} --clear-groups --inh-caps=-all {binary} "$@"\n')
        os.chmod(script, 0o755)
        self.script = script
        super().__init__(root=root, **kwargs)

    def start(self):
        self.binary = self.script
        if self.config is not None:
            os.chmod(self.work, 0o755)
        super().start()

    def stop(self):
        super().stop()
        shutil.rmtree(self.place, ignore_errors=True)


class Removal(unittest.TestCase):
    config = None
    make = UnprivilegedServer

    def setUp(self):
        self.server = self.make(config=self.config)
        self.addCleanup(self.server.stop)
        self.root = self.server.root

    def folder(self, path, owner=USER, mode=0o755, files=()):
        place = self.root + path
        os.makedirs(place)
        os.chmod(place, mode)
        os.chown(place, owner, owner)
        for name in files:
            with open(f"{place}/{name}", "w") as file:
                file.write("content")
            os.chown(f"{place}/{name}", owner, owner)

    def tree(self):
        """Every path below the root, with the state folder's left out."""
        found = set()
        for above, folders, files in os.walk(self.root):
            folders[:] = [f for f in folders if f != ".davit"]
            found.update(os.path.join(above, name) for name in folders + files)
        return found

    def refused(self, code, culprit, method, path, headers=None):
        before = self.tree()
        answer = self.server.request(method, path, headers)
        self.assertEqual(answer.status, 403, answer)
        self.assertIn(f'code="{code}"'.encode(), answer.body)
        if culprit:
            self.assertIn(f">{culprit}</".encode(), answer.body)
        self.assertIn(b'changed="none"', answer.body)
        self.assertEqual(self.tree(), before)
        return answer

    def entries(self):
        code, out, err = davit("trash", "list", self.root, "--json")
        self.assertEqual((code, err), (0, ""))
        return json.loads(out)

    def stuck(self):
        return [e for e in self.entries() if e.get("stuck")]

    def trash_names(self):
        return os.listdir(self.root + "/.davit/trash")


class BeforeTheAnswer(Removal):
    def test_a_folder_of_another_owner_refuses_delete_of_the_tree_above_it(self):
        self.folder("/a")
        self.folder("/a/b")
        self.folder("/a/b/foreign", owner=0, files=["f"])
        self.refused("member-not-removable", "/a/b/foreign/", "DELETE", "/a")
        self.refused("member-not-removable", "/a/b/foreign/", "DELETE", "/a/b/")

    def test_a_folder_of_another_owner_that_may_not_be_read_refuses_delete(self):
        self.folder("/a")
        self.folder("/a/foreign", owner=0, mode=0o700, files=["f"])
        self.refused("member-not-removable", "/a/foreign/", "DELETE", "/a")

    def test_a_destination_that_cannot_be_removed_is_not_replaced(self):
        self.folder("/old")
        self.folder("/old/foreign", owner=0, files=["f"])
        self.folder("/new", files=["g"])
        for method in ("COPY", "MOVE"):
            self.refused("member-not-removable", "/old/foreign/", method, "/new", {"Destination": "/old"})

    def test_what_the_server_may_empty_is_deleted_whoever_owns_it(self):
        self.folder("/a")
        self.folder("/a/empty", owner=0)
        self.folder("/a/open", owner=0, mode=0o777, files=["f"])
        self.folder("/a/own", mode=0o500, files=["f"])
        self.folder("/a/sticky", mode=0o1777, files=["f"])
        os.chown(self.root + "/a/sticky/f", 0, 0)
        self.assertEqual(self.server.request("DELETE", "/a").status, 204)
        self.assertTrue(wait_until(lambda: self.trash_names() == []), self.trash_names())

    def test_a_foreign_file_in_a_foreign_sticky_folder_refuses_delete(self):
        self.folder("/a")
        self.folder("/a/sticky", owner=0, mode=0o1777, files=["foreign"])
        self.refused("member-not-removable", "/a/sticky/foreign", "DELETE", "/a")
        os.chown(self.root + "/a/sticky/foreign", USER, USER)
        self.assertEqual(self.server.request("DELETE", "/a").status, 204)
        self.assertTrue(wait_until(lambda: self.trash_names() == []), self.trash_names())

    def test_the_href_of_a_folder_ends_in_a_slash_in_json_too(self):
        self.folder("/a")
        self.folder("/a/foreign", owner=0, files=["f"])
        answer = self.server.request("DELETE", "/a", {"Accept": "application/problem+json"})
        facts = json.loads(answer.body)
        self.assertEqual((facts["culprits"], facts["href"]), (["/a/foreign/"], "/a/foreign/"))

    def test_a_member_that_cannot_be_read_refuses_copy_and_is_named(self):
        self.folder("/a", files=["f"])
        self.folder("/a/shut", owner=0, mode=0o700)
        self.refused("permission-denied", "/a/shut/", "COPY", "/a", {"Destination": "/b"})

    def test_an_immutable_member_refuses_delete(self):
        self.folder("/a")
        self.folder("/a/b", files=["fixed"])
        fixed = self.root + "/a/b/fixed"
        if subprocess.run(["chattr", "+i", fixed], capture_output=True).returncode != 0:
            self.skipTest("this file system knows no immutable files")
        self.addCleanup(subprocess.run, ["chattr", "-i", fixed], stderr=subprocess.DEVNULL)
        self.refused("member-not-removable", "/a/b/fixed", "DELETE", "/a")
        subprocess.run(["chattr", "-i", fixed], check=True)
        self.assertEqual(self.server.request("DELETE", "/a").status, 204)

    def test_a_move_to_another_file_system_is_refused_before_it_copies(self):
        self.folder("/mounted")
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=4m,uid={USER},mode=755", "tmpfs", self.root + "/mounted"], check=True)
        self.addCleanup(subprocess.run, ["umount", self.root + "/mounted"], check=True)
        self.folder("/a")
        self.folder("/a/foreign", owner=0, files=["f"])
        self.refused("member-not-removable", "/a/foreign/", "MOVE", "/a", {"Destination": "/mounted/a"})


class BestEffort(Removal):
    config = '[webdav]\ntrees = "best-effort"\n'

    def test_members_that_can_go_do_and_the_one_that_cannot_is_named(self):
        self.folder("/a", files=["f"])
        self.folder("/a/foreign", owner=0, files=["g"])
        answer = self.server.request("DELETE", "/a")
        self.assertEqual(answer.status, 207, answer)
        self.assertIn(b"/a/foreign/g</", answer.body)
        self.assertEqual(self.tree(), {self.root + p for p in ("/a", "/a/foreign", "/a/foreign/g")})

    def test_a_folder_that_cannot_be_read_refuses_copy_and_is_named(self):
        self.folder("/a", files=["f"])
        self.folder("/a/shut", owner=0, mode=0o700)
        self.refused("permission-denied", "/a/shut/", "COPY", "/a", {"Destination": "/b"})

    def test_a_file_that_cannot_be_read_is_named_and_the_others_are_copied(self):
        self.folder("/a", files=["f", "secret"])
        os.chmod(self.root + "/a/secret", 0o600)
        os.chown(self.root + "/a/secret", 0, 0)
        answer = self.server.request("COPY", "/a", {"Destination": "/b"})
        self.assertEqual(answer.status, 207, answer)
        self.assertIn(b">/a/secret</", answer.body)
        self.assertEqual(os.listdir(self.root + "/b"), ["f"])


class KeptEntries(Removal):
    config = '[trash]\nkeep = "7d"\n'

    def test_a_tree_that_could_not_leave_the_trash_later_is_refused_now(self):
        self.folder("/a")
        self.folder("/a/foreign", owner=0, files=["f"])
        self.refused("member-not-removable", "/a/foreign/", "DELETE", "/a")
        self.assertEqual(self.entries(), [])

    def test_what_became_unremovable_in_the_trash_is_listed_and_tried_again(self):
        self.folder("/a", files=["f"])
        self.assertEqual(self.server.request("DELETE", "/a").status, 204)
        entry, = self.entries()
        inside = f"{self.root}/.davit/trash/{entry['id']}/later"
        os.mkdir(inside, 0o755)
        with open(inside + "/g", "w"):
            pass
        code, out, _ = davit("trash", "empty", self.root)
        self.assertEqual(code, 1)
        self.assertIn("1 removed for good\n1 could not be removed:\n", out)
        self.assertIn("/a/ (cannot be removed: later/g: Permission denied (errno 13))", out)
        left, = self.stuck()
        self.assertEqual(left["href"], "/a/")
        self.assertIn("is being removed", davit("trash", "restore", left["id"], self.root)[2])
        self.assertEqual(davit("trash", "empty", self.root, "--id", left["id"])[0], 1)
        os.chown(inside.replace(entry["id"], left["id"]), USER, USER)
        self.assertEqual(davit("trash", "empty", self.root)[:2], (0, "0 removed for good\n"))
        self.assertEqual(self.trash_names(), [])


class AfterTheAnswer(Removal):
    config = '[server]\nmanagement = ["127.0.0.1:0"]\n'
    DEPTH = 1010  # more folders than are looked at before the answer

    def metric(self):
        text = self.server.request("GET", "/metrics", address=self.server.management).body.decode()
        return [line for line in text.splitlines() if line.startswith("davit_trash_stuck_entries ")]

    def delete_deep_tree(self):
        self.folder("/deep", files=["f"])
        here = os.open(self.root + "/deep", os.O_RDONLY)
        for _ in range(self.DEPTH):
            os.mkdir("d", dir_fd=here)
            os.chown("d", USER, USER, dir_fd=here)
            above, here = here, os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(above)
        os.mkdir("foreign", dir_fd=here)
        foreign = os.open("foreign", os.O_RDONLY, dir_fd=here)
        os.close(os.open("g", os.O_WRONLY | os.O_CREAT, dir_fd=foreign))
        os.close(here)
        self.assertEqual(self.server.request("DELETE", "/deep").status, 204)
        return foreign

    def test_what_fails_later_is_a_warning_a_metric_and_a_row_until_it_can_be_removed(self):
        foreign = self.delete_deep_tree()
        self.assertTrue(wait_until(self.stuck, 20))
        row, = self.stuck()
        self.assertEqual(row["href"], "/deep/")
        self.assertRegex(row["stuck"], r"foreign(/g)?: Permission denied \(errno 13\)$")
        self.assertIn("/deep/ (cannot be removed: ", davit("trash", "list", self.root)[1])
        line = self.server.log_line("cannot be removed from the disk")
        self.assertIn("warning", line)
        self.assertRegex(line, r"which was /deep: .*foreign(/g)?: Permission denied \(errno 13\)")
        self.assertEqual(self.metric(), ["davit_trash_stuck_entries 1"])
        for _ in range(2):
            code, out, _ = davit("trash", "empty", self.root)
            self.assertEqual(code, 1)
            self.assertIn("1 could not be removed:", out)
        self.assertEqual(self.server.read_log().count("cannot be removed from the disk"), 1, "once")
        os.fchown(foreign, USER, USER)
        os.close(foreign)
        self.assertEqual(davit("trash", "empty", self.root), (0, "0 removed for good\n", ""))
        self.assertEqual((self.stuck(), self.trash_names()), ([], []))
        self.assertEqual(self.metric(), ["davit_trash_stuck_entries 0"])

    def test_the_row_names_its_place_after_a_restart(self):
        os.close(self.delete_deep_tree())
        self.assertTrue(wait_until(self.stuck, 20))
        self.server.kill()
        self.server.start()
        self.assertTrue(wait_until(self.stuck, 20))
        self.assertEqual([e["href"] for e in self.stuck()], ["/deep/"])

    def test_others_are_removed_beside_one_that_cannot_be(self):
        os.close(self.delete_deep_tree())
        self.assertTrue(wait_until(self.stuck, 20))
        for name in ("/x", "/y"):
            self.folder(name, files=["f"])
            self.assertEqual(self.server.request("DELETE", name).status, 204)
        gone = lambda: [n for n in self.trash_names() if n.endswith(".gone")]
        self.assertTrue(wait_until(lambda: len(gone()) == 1), gone())

    def test_what_a_crash_left_and_cannot_be_removed_is_listed_at_the_start(self):
        self.server.kill()
        left = self.root + "/.davit/tmp/0123"
        os.makedirs(left + "/foreign")
        os.chown(left, USER, USER)
        with open(left + "/foreign/g", "w"):
            pass
        self.server.start()
        self.assertTrue(wait_until(self.stuck))
        row, = self.stuck()
        self.assertEqual((row["href"], row["stuck"]), (None, "foreign/g: Permission denied (errno 13)"))
        self.assertTrue(os.path.isdir(self.root + "/.davit/tmp"))
        self.assertEqual(os.listdir(self.root + "/.davit/tmp"), [])


class MountsInside(Removal):
    """Whoever is root: no right is missing, and the content of what is mounted stays."""
    make = Server

    def mounted(self, path, kind="tmpfs"):
        place = self.root + path
        if kind == "file":
            source = tempfile.NamedTemporaryFile()
            self.addCleanup(source.close)
            with open(place, "w"):
                pass
            subprocess.run(["mount", "--bind", source.name, place], check=True)
        else:
            os.makedirs(place)
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], check=True)
            with open(place + "/precious", "w") as file:
                file.write("content")
        self.addCleanup(subprocess.run, ["umount", place], check=True)
        return place

    def test_delete_of_a_tree_with_a_mount_inside_is_refused(self):
        for tree, place in (("/a", "/a/m"), ("/b", "/b/c/d/m"), ("/c", "/c/with blank\\and\ttab")):
            kept = self.mounted(place)
            self.refused("mount-inside", None if "\t" in place else place + "/", "DELETE", tree)
            self.assertTrue(os.path.exists(kept + "/precious"))

    def test_a_mounted_file_counts(self):
        self.folder("/a")
        self.mounted("/a/f", kind="file")
        self.refused("mount-inside", "/a/f", "DELETE", "/a")

    def test_a_mount_behind_more_members_than_are_looked_at(self):
        self.folder("/a", files=[str(i) for i in range(4500)])
        kept = self.mounted("/a/b/m")
        self.refused("mount-inside", "/a/b/m/", "DELETE", "/a")
        self.assertTrue(os.path.exists(kept + "/precious"))

    def test_a_name_that_only_begins_alike_is_no_mount_inside(self):
        self.folder("/a", files=["f"])
        self.mounted("/ab/m")
        self.assertEqual(self.server.request("DELETE", "/a").status, 204)

    def test_a_destination_with_a_mount_inside_is_not_replaced(self):
        kept = self.mounted("/old/m")
        self.folder("/new", files=["f"])
        for method in ("COPY", "MOVE"):
            self.refused("mount-inside", "/old/m/", method, "/new", {"Destination": "/old"})
        self.assertTrue(os.path.exists(kept + "/precious"))

    def test_a_move_to_another_file_system_does_not_empty_what_is_mounted_in_the_source(self):
        self.mounted("/target")
        kept = self.mounted("/a/m")
        self.refused("mount-inside", "/a/m/", "MOVE", "/a", {"Destination": "/target/a"})
        self.assertTrue(os.path.exists(kept + "/precious"))


class MountsInsideBestEffort(MountsInside):
    config = BestEffort.config

    def test_locked_members_do_not_lead_round_the_refusal(self):
        kept = self.mounted("/a/m")
        self.folder("/a/b", files=["f"])
        body = ('<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
                "<D:locktype><D:write/></D:locktype></D:lockinfo>")
        self.assertEqual(self.server.request("LOCK", "/a/b/f", {"Depth": "0"}, body).status, 200)
        self.refused("mount-inside", "/a/m/", "DELETE", "/a")
        self.refused("mount-inside", "/a/m/", "MOVE", "/a", {"Destination": "/other"})
        self.assertTrue(os.path.exists(kept + "/precious"))


class MountsInTheTrash(MountsInside):
    config = KeptEntries.config

    def test_a_mount_that_came_later_is_never_emptied(self):
        self.folder("/a", files=["f"])
        self.assertEqual(self.server.request("DELETE", "/a").status, 204)
        entry, = self.entries()
        inside = f"{self.root}/.davit/trash/{entry['id']}/m"
        os.mkdir(inside)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", inside], check=True)
        moved = f"{self.root}/.davit/trash/{entry['id']}.gone/m"
        self.addCleanup(lambda: subprocess.run(["umount", moved if os.path.isdir(moved) else inside], check=True))
        with open(inside + "/precious", "w"):
            pass
        self.assertEqual(davit("trash", "empty", self.root)[0], 1)
        self.assertTrue(os.path.exists(moved + "/precious"))
        row, = self.stuck()
        self.assertIn("m: Invalid cross-device link", row["stuck"])


del Removal

if __name__ == "__main__":
    main()
