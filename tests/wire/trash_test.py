"""A trash that keeps: what DELETE and overwriting took away comes back, with `davit trash`."""
import json
import os
import resource
import subprocess
import tempfile
import unittest

from davit import Case, Server, complaint, main, one, propfind_body, propertyupdate, set_prop, wait_until

DAVIT = os.environ["DAVIT"]
Z = "{http://example.com/ns/}"


def davit(*args):
    done = subprocess.run([DAVIT, *args], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


class Kept(Case):
    config = '[trash]\nkeep = "7d"\n'

    def trash(self, *args):
        return davit("trash", *args, self.server.root)

    def entries(self):
        """Those of this test, oldest first."""
        code, out, err = self.trash("list", "--json")
        self.assertEqual((code, err), (0, ""))
        return [e for e in json.loads(out) if (e["href"] or "").startswith(self.dir)]

    def restore(self, entry, *args, code=0):
        result = self.trash("restore", entry["id"], *args)
        self.assertEqual(result[0], code, result)
        return result[2]

    def test_a_deleted_file_comes_back_with_its_properties(self):
        path = self.dir + "/a%20b"
        tag = self.put(path, b"old").header("ETag")
        self.proppatch(path, set_prop("<Z:p>v</Z:p>"))
        self.expect(204, "DELETE", path, {"X-Request-Id": "gone-1"})
        self.expect(404, "GET", path)
        entry, = self.entries()
        self.assertEqual((entry["href"], entry["collection"], entry["size"], entry["request_id"]), (path, False, 3, "gone-1"))
        self.restore(entry)
        answer = self.expect(200, "GET", path)
        self.assertEqual((answer.body, answer.header("ETag")), (b"old", tag))
        found = one(self.expect(207, "PROPFIND", path, {"Depth": "0"}, propfind_body("<Z:p/>")))
        self.assertEqual(found[Z + "p"][1].text, "v")
        self.assertEqual(self.entries(), [])
        self.assertEqual(self.restore(entry, code=1), "davit: The trash has no entry of this name; it may have been emptied.\n")

    def test_a_deleted_tree(self):
        self.expect(201, "MKCOL", self.dir + "/t")
        for i in range(3):
            self.put(f"{self.dir}/t/{i}", b"%d" % i)
        self.expect(204, "DELETE", self.dir + "/t")
        entry, = self.entries()
        self.assertEqual((entry["href"], entry["collection"]), (self.dir + "/t/", True))
        self.assertIn("folder", self.trash("list")[1])
        self.restore(entry, "--to", self.dir + "/u")
        self.assertEqual(self.get(self.dir + "/u/2"), b"2")
        self.expect(404, "GET", self.dir + "/t/2")

    def test_a_restored_file_lends_out_no_rights(self):
        self.put(self.dir + "/f", b"program")
        os.chmod(self.server.root + self.dir + "/f", 0o4755)
        self.expect(204, "DELETE", self.dir + "/f")
        self.restore(self.entries()[0])
        self.assertEqual(oct(os.stat(self.server.root + self.dir + "/f").st_mode), oct(0o100755))

    def test_a_link_is_restored_only_to_where_it_leads_to_the_same_place(self):
        self.put(self.dir + "/f", b"content")
        self.expect(201, "MKCOL", self.dir + "/other")
        os.symlink("f", self.server.root + self.dir + "/l")
        self.expect(204, "DELETE", self.dir + "/l")
        entry, = self.entries()
        self.assertIn("would lead elsewhere", self.restore(entry, "--to", self.dir + "/other/l", code=1))
        self.restore(entry, "--to", self.dir + "/m")
        self.assertEqual(self.get(self.dir + "/m"), b"content")

    def test_a_failed_upload_then_a_delete(self):
        """rclone deletes what it could not replace: its user gets the old version back."""
        path = self.dir + "/f"
        self.put(path, b"precious")
        connection = self.server.connect()
        connection.send(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf".encode())
        connection.close()
        self.expect(204, "DELETE", path)
        entry, = self.entries()
        self.restore(entry)
        self.assertEqual(self.get(path), b"precious")

    def test_what_a_put_replaces(self):
        path = self.dir + "/f"
        for content in (b"one", b"two", b"three"):
            self.put(path, content)
        self.assertEqual(self.get(path), b"three")
        first, second = self.entries()
        self.assertIn("The target exists", self.restore(first, code=1))
        self.restore(first, "--overwrite")
        self.assertEqual(self.get(path), b"one")
        kept = self.entries()
        self.assertEqual(len(kept), 2, "what it replaced is kept in its turn")
        for entry in kept:
            self.restore(entry, "--to", f"{self.dir}/{entry['id']}")
        self.assertEqual({self.get(f"{self.dir}/{e['id']}") for e in kept}, {b"two", b"three"})

    def test_what_move_and_copy_replace(self):
        for method in ("MOVE", "COPY"):
            for kind in ("file", "folder"):
                source, place = f"{self.dir}/{method}{kind}", f"{self.dir}/old{method}{kind}"
                self.put(source, b"new")
                if kind == "file":
                    self.put(place, b"old")
                else:
                    self.expect(201, "MKCOL", place)
                    self.put(place + "/f", b"old")
                self.expect(204, method, source, {"Destination": place})
                self.assertEqual(self.get(place), b"new")
                entry, = self.entries()
                self.restore(entry, "--to", self.dir + "/back")
                self.assertEqual(self.get(self.dir + ("/back" if kind == "file" else "/back/f")), b"old")
                self.expect(204, "DELETE", self.dir + "/back")
                self.assertEqual(self.trash("empty")[0], 0)

    def test_locks_are_respected(self):
        path = self.dir + "/f"
        self.put(path, b"old")
        self.expect(204, "DELETE", path)
        entry, = self.entries()
        token = self.lock(self.dir, depth="0")
        self.assertIn("is locked", self.restore(entry, code=1))
        self.expect(404, "GET", path)
        self.expect(204, "UNLOCK", self.dir, {"Lock-Token": f"<{token}>"})
        self.expect(201, "MKCOL", path)
        self.put(path + "/member")
        self.lock(path + "/member")
        self.assertIn("is locked", self.restore(entry, "--overwrite", code=1))
        self.expect(200, "GET", path + "/member")

    def test_a_link_on_the_way_to_the_place_is_resolved_first(self):
        self.put(self.dir + "/f", b"old")
        self.expect(201, "MKCOL", self.dir + "/d")
        os.symlink("d", self.server.root + self.dir + "/dl")
        os.symlink("../.davit", self.server.root + self.dir + "/state")
        self.expect(204, "DELETE", self.dir + "/f")
        entry, = self.entries()
        token = self.lock(self.dir + "/d")
        self.assertIn("is locked", self.restore(entry, "--to", self.dir + "/dl/f", code=1))
        self.assertIn("state", self.restore(entry, "--to", self.dir + "/state/f", code=1))
        self.expect(204, "UNLOCK", self.dir + "/d", {"Lock-Token": f"<{token}>"})
        self.restore(entry, "--to", self.dir + "/dl/f")
        self.assertEqual(self.get(self.dir + "/d/f"), b"old")

    def test_a_link_in_a_locked_folder_leads_past_no_lock(self):
        self.put(self.dir + "/f", b"old")
        for path in ("/a", "/b"):
            self.expect(201, "MKCOL", self.dir + path)
        os.symlink("../b", self.server.root + self.dir + "/a/dir")
        self.expect(204, "DELETE", self.dir + "/f")
        entry, = self.entries()
        self.lock(self.dir + "/a")
        self.assertIn("is locked", self.restore(entry, "--to", self.dir + "/a/dir/f", code=1))
        self.restore(entry, "--to", self.dir + "/b/f")
        self.assertEqual(self.get(self.dir + "/b/f"), b"old")

    def test_places_that_cannot_be(self):
        self.put(self.dir + "/f", b"old")
        self.expect(204, "DELETE", self.dir + "/f")
        entry, = self.entries()
        self.assertIn("does not exist", self.restore(entry, "--to", self.dir + "/no/such", code=1))
        self.assertIn(".davit", self.restore(entry, "--to", "/.davit/x", code=1))
        self.assertIn("root", self.restore(entry, "--to", "/", code=1))
        self.assertEqual(self.trash("restore", "..")[0], 1)
        self.assertEqual(self.trash("restore", entry["id"] + ".origin")[0], 1)
        self.assertEqual(self.entries(), [entry])

    def test_empty_removes_one_entry_or_all(self):
        for name in "abc":
            self.put(f"{self.dir}/{name}")
            self.expect(204, "DELETE", f"{self.dir}/{name}")
        first = self.entries()[0]
        self.assertIn("1 removed for good", self.trash("empty", "--id", first["id"])[1])
        self.assertEqual(len(self.entries()), 2)
        self.assertEqual(self.trash("empty")[0], 0)
        self.assertEqual(self.entries(), [])
        folder = self.server.root + "/.davit/trash"
        self.assertTrue(wait_until(lambda: os.listdir(folder) == []), os.listdir(folder))

    def test_who_did_it_is_in_the_log(self):
        self.put(self.dir + "/f")
        self.expect(204, "DELETE", self.dir + "/f")
        entry, = self.entries()
        self.restore(entry)
        line = self.server.log_line(f'entry="{entry["id"]}"')
        for part in ("trash-restored", f'by="uid={os.getuid()} pid=', f'to="{self.dir}/f"'):
            self.assertIn(part, line)

    def test_large_property_sets_are_not_taken_for_litter(self):
        server = Server(config=self.config)
        try:
            server.request("PUT", "/f", body=b"x")
            body = propertyupdate(set_prop(f"<Z:p>{'v' * 100000}</Z:p>"))
            self.assertEqual(server.request("PROPPATCH", "/f", body=body).status, 207)
            self.assertEqual(server.request("DELETE", "/f").status, 204)
            server.process.terminate()
            server.process.wait(30)
            code, out, _ = davit("fsck", server.root, "--repair")
            self.assertEqual(code, 0, out)
            self.assertIn("1 resources, 0 with properties, 1 records", out)
            server.start()
            entry, = json.loads(davit("trash", "list", server.root, "--json")[1])
            self.assertEqual(davit("trash", "restore", entry["id"], server.root)[0], 0)
            found = one(server.request("PROPFIND", "/f", {"Depth": "0"}, propfind_body("<Z:p/>")))
            self.assertEqual(len(found[Z + "p"][1].text), 100000)
        finally:
            server.stop()


MIB = 1 << 20


class Size(unittest.TestCase):
    """trash.max_size: the oldest entries go when the trash takes more room than that."""
    config = '[trash]\nkeep = "7d"\nmax_size = "{}"\n[server]\nmanagement = ["127.0.0.1:0"]\n'

    def serve(self, bound):
        self.server = Server(config=self.config.format(bound))
        self.addCleanup(self.server.stop)

    def entries(self):
        code, out, err = davit("trash", "list", self.server.root, "--json")
        self.assertEqual((code, err), (0, ""))
        return json.loads(out)

    def usage(self):
        code, out, err = davit("trash", "usage", self.server.root, "--json")
        self.assertEqual((code, err), (0, ""))
        return json.loads(out)

    def put(self, path, size):
        self.assertIn(self.server.request("PUT", path, body=os.urandom(size)).status, (201, 204))

    def delete(self, path):
        self.assertEqual(self.server.request("DELETE", path).status, 204)

    def put_tree(self, path, files, size):
        for place in (path, path + "/sub"):
            self.assertEqual(self.server.request("MKCOL", place).status, 201)
        for i in range(files):
            self.put(f"{path}/sub/{i}", size)

    def names(self):
        return sorted(e["href"] for e in self.entries())

    def test_replaced_versions_are_kept_up_to_the_bound_and_the_newest_stay(self):
        self.serve("3500KiB")
        self.put("/f", MIB)
        for i in range(10):
            self.put(f"/{i}", MIB)
            self.assertEqual(self.server.request("COPY", f"/{i}", {"Destination": "/f"}).status, 204)
        self.assertTrue(wait_until(lambda: len(self.entries()) == 3), self.entries())
        usage = self.usage()
        self.assertEqual((usage["bytes"], usage["max_bytes"], usage["evicted"]), (3 * MIB, 3500 * 1024, 7))
        newest = self.entries()[-1]
        self.assertEqual(davit("trash", "restore", newest["id"], self.server.root, "--to", "/back")[0], 0)
        with open(self.server.root + "/8", "rb") as one, open(self.server.root + "/back", "rb") as other:
            self.assertTrue(one.read() == other.read(), "what the last COPY replaced")
        on_disk = lambda: [n for n in os.listdir(self.server.root + "/.davit/trash") if n.endswith(".gone")]
        self.assertTrue(wait_until(lambda: on_disk() == []), on_disk())

    def test_the_list_tells_the_total_and_the_bound(self):
        self.serve("8MiB")
        self.put("/f", MIB)
        self.delete("/f")
        self.assertIn("\nin all 1.0 MiB of at most 8.0 MiB on the disk\n", davit("trash", "list", self.server.root)[1])
        self.assertEqual(davit("trash", "usage", self.server.root)[1], "1.0 MiB of at most 8.0 MiB on the disk\n")

    def test_folders_count_with_all_that_is_in_them(self):
        self.serve("4MiB")
        self.put_tree("/a", 3, MIB)
        self.put("/f", MIB // 2)
        self.delete("/a")
        self.assertTrue(wait_until(lambda: self.usage()["bytes"] >= 3 * MIB))
        self.delete("/f")
        self.put("/g", MIB)
        self.delete("/g")
        self.assertTrue(wait_until(lambda: self.names() == ["/f", "/g"]), self.names())
        self.assertEqual(self.usage()["bytes"], MIB + MIB // 2)

    def test_one_entry_larger_than_the_bound_goes_alone(self):
        self.serve("2MiB")
        self.put("/small", MIB)
        self.delete("/small")
        self.put("/large", 3 * MIB)
        self.put_tree("/tree", 3, MIB)
        self.delete("/large")
        self.delete("/tree")
        self.assertTrue(wait_until(lambda: self.names() == ["/small"]), self.names())
        self.assertEqual(self.usage()["bytes"], MIB)

    def test_what_leaves_the_trash_makes_room(self):
        self.serve("3MiB")
        for name in ("/a", "/b"):
            self.put(name, MIB)
            self.delete(name)
        self.assertEqual(self.usage()["bytes"], 2 * MIB)
        a, b = self.entries()
        self.assertEqual(davit("trash", "restore", a["id"], self.server.root)[0], 0)
        self.assertEqual(self.usage()["bytes"], MIB)
        self.assertEqual(davit("trash", "empty", self.server.root)[0], 0)
        self.assertEqual(self.usage()["bytes"], 0)

    def test_the_bound_holds_after_a_restart_too(self):
        self.serve("8MiB")
        self.put_tree("/t", 2, MIB)
        for name in ("/t", "/a", "/b"):
            if name != "/t":
                self.put(name, MIB)
            self.delete(name)
        before = self.usage()["bytes"]
        self.server.kill()
        self.server.config = self.config.format("2500KiB")
        self.server.start()
        self.assertTrue(wait_until(lambda: self.names() == ["/a", "/b"]), self.names())
        self.assertEqual(before - self.usage()["bytes"] >= 2 * MIB, True)
        text = self.server.request("GET", "/metrics", address=self.server.management).body.decode()
        for line in (f"davit_trash_bytes {2 * MIB}", f"davit_trash_max_bytes {2500 * 1024}", "davit_trash_evicted_entries 1"):
            self.assertIn("\n" + line + "\n", text)

    def test_without_a_bound_all_is_kept_and_by_default_a_tenth_of_the_file_system(self):
        self.serve("0")
        for _ in range(3):
            self.put("/f", MIB)
        self.delete("/f")
        self.assertEqual((self.usage()["max_bytes"], len(self.entries())), (0, 3))
        other = Server(config='[trash]\nkeep = "7d"\n')
        self.addCleanup(other.stop)
        room = os.statvfs(other.root)
        usage = json.loads(davit("trash", "usage", other.root, "--json")[1])
        self.assertEqual(usage["max_bytes"], room.f_blocks * room.f_frsize // 100 * 10)

    def test_a_bound_that_is_none_is_refused(self):
        for value in ('"x"', '"0%"', '"101%"', '"-1"', '"10 %"', "10", "true"):
            self.assertIn("trash.max_size: expected a size", complaint(f"[trash]\nmax_size = {value}\n"))


class Lifetime(unittest.TestCase):
    def test_old_entries_go_by_themselves(self):
        server = Server(config='[trash]\nkeep = "2s"\n')
        try:
            server.request("PUT", "/f", body=b"x")
            server.request("MKCOL", "/t")
            server.request("PUT", "/t/f", body=b"x")
            for path in ("/f", "/t"):
                self.assertEqual(server.request("DELETE", path).status, 204)
            folder = server.root + "/.davit/trash"
            self.assertEqual(len(os.listdir(folder)), 4)
            self.assertTrue(wait_until(lambda: os.listdir(folder) == [], 20), os.listdir(folder))
        finally:
            server.stop()

    def test_nothing_is_kept_by_default(self):
        server = Server()
        try:
            for body in (b"one", b"two"):
                server.request("PUT", "/f", body=body)
            server.request("DELETE", "/f")
            self.assertEqual(davit("trash", "list", server.root)[1], "nothing in the trash\n")
            self.assertTrue(wait_until(lambda: os.listdir(server.root + "/.davit/trash") == []))
        finally:
            server.stop()

    def test_a_tree_deeper_than_there_are_descriptors(self):
        """MOVE can put deep trees into one another, deeper than any path; what is taken away is emptied all the same."""
        server = Server(config="[server]\ncore_dumps = true\n")  # so that others than root may look at its descriptors
        self.addCleanup(server.stop)
        here = os.open(server.root, os.O_RDONLY)
        for _ in range(1500):
            os.mkdir("d", dir_fd=here)
            os.close(os.open("f", os.O_WRONLY | os.O_CREAT, dir_fd=here))
            above, here = here, os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(above)
        os.close(here)
        used = len(os.listdir(f"/proc/{server.process.pid}/fd"))
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (used + 150, used + 150))
        self.assertEqual(server.request("DELETE", "/d").status, 204)
        trash = os.path.join(server.root, ".davit", "trash")
        self.assertTrue(wait_until(lambda: not os.listdir(trash), 60), os.listdir(trash))
        self.assertEqual(server.request("PUT", "/after", body="x").status, 201)

    def test_it_survives_kill_and_an_entry_without_its_record(self):
        server = Server(config='[trash]\nkeep = "7d"\n')
        try:
            for name in ("f", "g"):
                server.request("PUT", "/" + name, body=name.encode())
                server.request("DELETE", "/" + name)
            server.kill()
            entries = os.listdir(server.root + "/.davit/trash")
            origins = [e for e in entries if e.endswith(".origin")]
            self.assertEqual(len(origins), 2)
            for origin in origins:
                with open(f"{server.root}/.davit/trash/{origin}") as file:
                    if "path /f\n" in file.read():
                        os.unlink(file.name)
            server.start()
            unknown, = [e for e in json.loads(davit("trash", "list", server.root, "--json")[1]) if e["href"] is None]
            self.assertIn("unknown", davit("trash", "list", server.root)[1])
            code, _, err = davit("trash", "restore", unknown["id"], server.root)
            self.assertEqual(code, 1)
            self.assertIn("a place must be named", err)
            self.assertEqual(davit("trash", "restore", unknown["id"], server.root, "--to", "/f")[0], 0)
            self.assertEqual(server.request("GET", "/f").body, b"f")
        finally:
            server.stop()

    def test_an_old_version_caught_between_two_steps(self):
        """A crash after the names were exchanged and before the old one was put away: what stands in tmp is the old version."""
        server = Server(config='[trash]\nkeep = "7d"\n')
        try:
            for body in (b"old", b"new"):
                server.request("PUT", "/f", body=body)
            server.kill()
            state = server.root + "/.davit"
            entry, = [e for e in os.listdir(state + "/trash") if not e.endswith(".origin")]
            os.rename(f"{state}/trash/{entry}", f"{state}/tmp/0123")
            with open(state + "/tmp/unfinished", "w"):
                pass
            server.start()
            self.assertEqual(os.listdir(state + "/tmp"), [])
            found, = json.loads(davit("trash", "list", server.root, "--json")[1])
            self.assertEqual((found["id"], found["href"]), (entry, "/f"))
            self.assertEqual(davit("trash", "restore", entry, server.root, "--overwrite")[0], 0)
            self.assertEqual(server.request("GET", "/f").body, b"old")
        finally:
            server.stop()

    def test_a_public_prefix(self):
        server = Server(config='[trash]\nkeep = "7d"\n[server]\nbase_path = "/dav"\n')
        try:
            server.request("PUT", "/dav/f", body=b"x")
            server.request("DELETE", "/dav/f")
            entry, = json.loads(davit("trash", "list", server.root, "--json")[1])
            self.assertEqual(entry["href"], "/dav/f")
            self.assertEqual(davit("trash", "restore", entry["id"], server.root)[0], 0)
            self.assertEqual(server.request("GET", "/dav/f").body, b"x")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
