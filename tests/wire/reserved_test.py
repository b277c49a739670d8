"""The names ".davit" and ".davit-..." belong to the server at every depth: no request can name them, nothing shows them."""
import os
import shutil
import subprocess
import unittest

from davit import Case, DAV, Server, lockinfo, main, multistatus, propertyupdate, set_prop

METHODS = ("OPTIONS", "GET", "HEAD", "PROPFIND", "PUT", "PATCH", "DELETE", "MKCOL", "COPY", "MOVE", "PROPPATCH", "LOCK", "UNLOCK")
BODIES = {"PUT": b"x", "LOCK": lockinfo(), "PROPPATCH": propertyupdate(set_prop("<Z:a>1</Z:a>"))}
NAMES = (".davit", ".davit/state.db", ".davit/lock", ".davit-0123456789abcdef0123456789abcdef", ".davit-x", ".davit-/f",
         ".DAVIT", ".Davit/state.db", ".DaViT-x", "%2edavit", "%2Edavit%2Dx", ".davit.", ".davit%20/state.db",
         ".da%E2%80%8Bvit/state.db", "%EF%BB%BF.davit", ".davit%C2%AD",
         # The short names that VFAT and Windows give them.
         "DAVIT~1", "davit~1/state.db", "Davit~12", "davit~3.", "DAVIT-~1", "davit-~2/f")


class Reserved(Case):
    def setUp(self):
        super().setUp()
        self.base = self.server.root + self.dir
        # A folder that was served on its own once.
        os.makedirs(self.base + "/Photos/.davit/tmp")
        for name in ("/Photos/.davit/state.db", "/Photos/.davit-x", "/Photos/p.jpg"):
            with open(self.base + name, "w") as file:
                file.write("secret")

    def refused(self, method, path, headers=None):
        answer = self.expect(403, method, path, {"Destination": self.dir + "/to", "Depth": "0", **(headers or {})}, BODIES.get(method))
        self.assertEqual(answer.header("X-Dav-Error-Code"), "reserved-name", f"{method} {path}")

    def test_no_method_takes_a_reserved_name_at_any_depth(self):
        for folder in ("", self.dir, self.dir + "/Photos"):
            for name in NAMES:
                for method in METHODS:
                    self.refused(method, f"{folder}/{name}")
        self.assertEqual(sorted(os.listdir(self.base)), ["Photos"])
        self.assertEqual(sorted(os.listdir(self.base + "/Photos")), [".davit", ".davit-x", "p.jpg"])

    def test_neither_destination_nor_if_takes_one(self):
        self.put(self.dir + "/f")
        for name in NAMES:
            for method in ("COPY", "MOVE"):
                self.refused(method, self.dir + "/f", {"Destination": f"{self.dir}/Photos/{name}"})
            self.refused("GET", self.dir + "/f", {"If": f"<{self.dir}/Photos/{name}> (Not <DAV:no-lock>)"})

    def test_names_that_only_look_alike_are_names_like_others(self):
        for name in (".davits", ".davi", "davit", ".davit_x", "x.davit", ".davit.txt", "davit~", "davit~1.txt", "davits~1", "davit-1", "davit~x"):
            self.put(f"{self.dir}/{name}")
            self.assertEqual(self.get(f"{self.dir}/{name}"), b"x")

    def test_no_link_leads_there(self):
        for name, text in (("state", "../.davit"), ("db", "../.davit/state.db"), ("root", ".."), ("photos", "Photos"),
                           ("old", "Photos/.davit"), ("again", "state/tmp")):
            os.symlink(text, f"{self.base}/{name}")
        for path in ("state", "state/state.db", "state/lock", "db", "old", "old/state.db", "again", "again/x"):
            for method in METHODS:
                if method in ("DELETE", "MOVE") and path in ("state", "db", "old", "again"):
                    continue
                self.refused(method, f"{self.dir}/{path}")
            self.assertEqual(self.expect(403, "COPY", self.dir + "/Photos", {"Destination": f"{self.dir}/{path}/x"})
                             .header("X-Dav-Error-Code"), "reserved-name")
        for path in ("root/.davit/state.db", "photos/.davit/state.db"):
            self.refused("GET", f"{self.dir}/{path}")
        listed = [h for h, _, _ in multistatus(self.expect(207, "PROPFIND", self.dir, {"Depth": "infinity"}))]
        self.assertEqual([h for h in listed if "/.davit/" in h or h.endswith("/.davit")], [])
        for name in ("state/", "db", "old/"):
            self.assertNotIn(f"{self.dir}/{name}", listed)
        self.assertTrue(os.path.exists(self.server.root + "/.davit/tmp"))

    def test_listings_and_copies_leave_them_out(self):
        listed = [h for h, _, _ in multistatus(self.expect(207, "PROPFIND", self.dir + "/Photos", {"Depth": "infinity"}))]
        self.assertEqual(sorted(listed), [self.dir + "/Photos/", self.dir + "/Photos/p.jpg"])
        self.assertNotIn(b".davit", self.get(self.dir + "/Photos/"))
        self.expect(201, "COPY", self.dir + "/Photos", {"Destination": self.dir + "/copy"})
        self.assertEqual(os.listdir(self.base + "/copy"), ["p.jpg"])

    def test_a_folder_takes_them_along_when_it_is_moved(self):
        self.expect(201, "MOVE", self.dir + "/Photos", {"Destination": self.dir + "/moved"})
        self.assertEqual(sorted(os.listdir(self.base + "/moved")), [".davit", ".davit-x", "p.jpg"])


class Nested(unittest.TestCase):
    def test_the_start_warns_of_a_served_folder_in_or_above_this_one(self):
        outer = Server()
        inner = os.path.join(outer.root, "Photos")
        os.mkdir(inner)
        os.mkdir(inner + "/.davit", 0o700)
        outer.kill()
        for root in (outer.root, inner):
            server = Server(root)
            try:
                line = server.log_line("lies in")
                self.assertIn(f"{os.path.realpath(inner)} lies in {os.path.realpath(outer.root)}", line)
            finally:
                server.stop()
        shutil.rmtree(outer.root)
        shutil.rmtree(outer.work)

    def test_a_folder_of_its_own_has_no_warning(self):
        server = Server()
        server.log_line("serving")
        self.assertNotIn("lies in", server.read_log())
        server.stop()


@unittest.skipUnless(os.geteuid() == 0, "mounts are for root")
class Mounted(unittest.TestCase):
    """The server sees the mounts of its own namespace, which no other process shares."""

    def test_the_state_folder_mounted_elsewhere_is_not_entered(self):
        if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
            self.skipTest("no mount namespaces")
        with MountingServer() as server:
            for path in ("/plain/state.db", "/plain", "/plain/tmp", "/tmp", "/plain/new"):
                for method in ("GET", "PROPFIND", "PUT", "MKCOL"):
                    answer = server.request(method, path, {"Depth": "0"}, BODIES.get(method))
                    self.assertEqual(answer.status, 403, f"{method} {path}: {answer}")
            listed = [h for h, _, _ in multistatus(server.request("PROPFIND", "/", {"Depth": "1"}))]
            self.assertEqual(sorted(listed), ["/", "/data/", "/deep/", "/other/"])
            self.assertEqual(server.request("GET", "/other/f").body, b"x")
            self.assertEqual(server.request("GET", "/other/.davit/state.db").status, 403)


    def test_a_copy_leaves_out_the_state_folder_and_its_files_that_are_mounted_in_the_tree(self):
        if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
            self.skipTest("no mount namespaces")
        with MountingServer() as server:
            for path in ("/deep/db", "/deep/wal", "/deep/state", "/deep/state/state.db"):
                for method in ("GET", "PROPFIND", "PUT", "PROPPATCH", "LOCK", "COPY"):
                    answer = server.request(method, path, {"Depth": "0", "Destination": "/taken"}, BODIES.get(method))
                    self.assertEqual(answer.status, 403, f"{method} {path}: {answer}")
                    self.assertEqual(answer.header("X-Dav-Error-Code"), "reserved-name", f"{method} {path}")
            listed = [h for h, _, _ in multistatus(server.request("PROPFIND", "/deep", {"Depth": "infinity"}))]
            self.assertEqual(sorted(listed), ["/deep/", "/deep/f"])
            self.assertEqual(server.request("COPY", "/deep", {"Destination": "/copy"}).status, 201)
            listed = [h for h, _, _ in multistatus(server.request("PROPFIND", "/copy", {"Depth": "infinity"}))]
            self.assertEqual(sorted(listed), ["/copy/", "/copy/f"])
            self.assertEqual(server.request("GET", "/deep/f").body, b"x")


class MountingServer(Server):
    """Serves a folder in which, before it starts, its state folder is mounted again."""

    def start(self):
        self.once = Server(self.root)
        self.once.stop()
        for name in ("plain", "tmp", "data", "other", "deep", "deep/state"):
            os.mkdir(os.path.join(self.root, name))
        for name in ("deep/db", "deep/wal", "deep/f", ".davit/state.db-wal"):
            with open(os.path.join(self.root, name), "a"):
                pass
        with open(os.path.join(self.root, "data", "f"), "w") as file:
            file.write("x")
        mounts = [("data/f", "deep/f"), (".davit/state.db", "deep/db"), (".davit/state.db-wal", "deep/wal"), (".davit", "deep/state"), (".davit", "plain"), (".davit/tmp", "tmp"), ("data", "other")]
        script = "set -e; " + "".join(f'mount --bind "$0/{a}" "$0/{b}"; ' for a, b in mounts) + 'shift 0; exec "$@"'
        real, self.binary = self.binary, os.path.join(self.work, "davit")
        with open(self.binary, "w") as file:
            file.write(f"#!/bin/sh\nexec unshare -m sh -c '{script}' '{self.root}' '{real}' \"$@\"\n")
        os.chmod(self.binary, 0o755)
        super().start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


if __name__ == "__main__":
    main()
