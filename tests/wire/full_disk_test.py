"""What happens when there is no room: a small file system, filled. Mounting it takes root, or sudo."""
import os
import subprocess
import sys
import tempfile
import threading
import unittest

if os.geteuid() != 0:
    keep = [f"{name}={os.environ[name]}" for name in ("DAVIT", "SOURCE_DIR", "PATH")]
    os.execvp("sudo", ["sudo", "env", *keep, sys.executable, "-B", *sys.argv])

from davit import OURS, Server, check_schema, litter, lockinfo, main, one, propertyupdate, propfind_body, set_prop, wait_until


class SmallDisk(unittest.TestCase):
    """A real file system of 8 MiB."""

    def setUp(self):
        self.image = tempfile.NamedTemporaryFile()
        self.image.truncate(8 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", self.image.name], check=True)
        self.root = tempfile.mkdtemp()
        mounted = subprocess.run(["mount", "-o", "loop", self.image.name, self.root], capture_output=True, text=True)
        if mounted.returncode != 0:
            # No loop devices here (a container): a tmpfs is full just as well.
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", self.root], check=True)
        self.server = Server(root=self.root)

    def tearDown(self):
        self.server.stop()
        subprocess.run(["umount", self.root], check=True)
        os.rmdir(self.root)
        self.image.close()

    def fill(self):
        with open(self.root + "/ballast", "wb") as file:
            try:
                while True:
                    file.write(b"x" * 4096)
                    file.flush()
            except OSError:
                pass


class FullDisk(SmallDisk):
    """Filled."""

    def test_507_before_the_body(self):
        self.assertEqual(self.server.request("PUT", "/f", body=b"old").status, 201)
        for more in ({"Expect": "100-continue"}, {}):
            answer = self.server.request("PUT", "/f", {"Content-Length": str(50 << 20), **more}, b"")
            self.assertEqual(answer.status, 507)
            self.assertIn(b"sufficient-disk-space", answer.body)
            self.assertIn(b'code="no-space"', answer.body)
            self.assertGreater(check_schema(answer.xml()), 0)
            room = answer.xml().find(f"{OURS}detail/{OURS}room")
            self.assertEqual(int(room.get("needed")), 50 << 20)
            self.assertTrue(4 << 20 < int(room.get("available")) < 8 << 20, "what the attempt itself took is available again")
            self.assertRegex(answer.xml().findtext("{http://sabredav.org/ns}message"),
                             r"^The disk is full: 50.0 MiB are needed, [4-7]\.\d MiB are there\.$")
        self.assertEqual(self.server.request("GET", "/f").body, b"old")
        part = {"Content-Type": "application/x-sabredav-partialupdate", "X-Update-Range": "append", "Content-Length": str(50 << 20)}
        answer = self.server.request("PATCH", "/f", part, b"")
        self.assertEqual(answer.status, 507)
        self.assertEqual(int(answer.xml().find(f"{OURS}detail/{OURS}room").get("needed")), (50 << 20) + 3)
        self.assertEqual(self.server.request("GET", "/f").body, b"old")

    def test_what_cannot_fit_takes_no_room_from_others(self):
        """Somebody announces far too much, over and over: whoever writes little meanwhile does not find the disk full."""
        refused, ends = [], threading.Event()

        def announce():
            while not ends.is_set():
                refused.append(self.server.request("PUT", "/huge", {"Content-Length": str(1 << 32)}, b"").status)

        thread = threading.Thread(target=announce)
        thread.start()
        try:
            written = {self.server.request("PUT", f"/f{i % 10}", body=b"x" * 10000).status for i in range(300)}
        finally:
            ends.set()
            thread.join()
        self.assertEqual(set(refused), {507})
        self.assertEqual(written, {201, 204})

    def test_announced_upload_takes_no_room_from_others_until_it_comes(self):
        """One that fits is begun and does not go on: half the disk is still for others."""
        self.assertEqual(self.server.request("PUT", "/old", body=b"o").status, 201)
        available = os.statvfs(self.root).f_bavail * os.statvfs(self.root).f_frsize
        held = []
        for head in ("PUT /slow HTTP/1.1\r\n", "PATCH /old HTTP/1.1\r\nContent-Type: application/x-sabredav-partialupdate\r\nX-Update-Range: append\r\n"):
            connection = self.server.connect()
            connection.send(f"{head}Host: x\r\nContent-Length: {available * 7 // 10}\r\n\r\n".encode() + b"x")
            held.append(connection)
        try:
            self.assertTrue(wait_until(lambda: self.receiving() >= 2))
            self.assertEqual(self.server.request("PUT", "/other", body=b"x" * (available // 2)).status, 201)
        finally:
            for connection in held:
                connection.close()

    def receiving(self):
        """Uploads that have a file."""
        folder = f"/proc/{self.server.process.pid}/fd"
        names = [os.readlink(f"{folder}/{n}") for n in os.listdir(folder) if os.path.lexists(f"{folder}/{n}")]
        return sum("(deleted)" in name or "/.davit/tmp/" in name for name in names if name.startswith(self.root))

    def test_every_writing_method_on_a_full_disk(self):
        request = self.server.request
        self.assertEqual(request("PUT", "/f", body=b"old").status, 201)
        self.assertEqual(request("MKCOL", "/t").status, 201)
        self.assertEqual(request("PUT", "/t/g", body=b"g" * 2000000).status, 201)
        self.assertEqual(request("PROPPATCH", "/f", body=propertyupdate(set_prop("<Z:p>old</Z:p>"))).status, 207)
        self.fill()
        self.assertEqual(request("PUT", "/f", body=b"n" * 100000).status, 507)
        connection = self.server.connect()
        connection.send(b"PUT /f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"x" * 65536 + b"\r\n0\r\n\r\n")
        answer = connection.read()
        self.assertEqual(answer.status, 507)
        self.assertIn(b"<e:room needed=", answer.body)
        connection.close()
        answer = request("PUT", "/t/g", {"Content-Range": "bytes 5-5/*"}, b"x")  # the copy has no room
        self.assertEqual(answer.status, 507)
        self.assertEqual(answer.xml().find(f"{OURS}detail/{OURS}room").get("needed"), "2000000")
        self.assertEqual(request("GET", "/t/g").body, b"g" * 2000000)
        answer = request("PROPPATCH", "/f", body=propertyupdate(set_prop("<Z:p>" + "new" * 200000 + "</Z:p><Z:q>new</Z:q>")))
        self.assertEqual(answer.status, 207)
        self.assertNotIn(b" 424 ", answer.body)  # nobody in the request caused it
        self.assertEqual({s for s, _ in one(answer).values()}, {507})
        answer = request("COPY", "/t", {"Destination": "/u"})
        self.assertEqual(answer.status, 507, answer)
        answer = request("COPY", "/t/g", {"Destination": "/u"})
        self.assertEqual(answer.status, 507, answer)
        self.assertEqual(answer.xml().find(f"{OURS}detail/{OURS}room").get("needed"), "2000000")
        self.assertEqual(request("GET", "/f").body, b"old")
        found = one(request("PROPFIND", "/f", {"Depth": "0"}, propfind_body("<Z:p/><Z:q/>")))
        self.assertEqual(found["{http://example.com/ns/}p"][1].text, "old")
        self.assertEqual(found["{http://example.com/ns/}q"][0], 404)
        self.assertEqual(request("GET", "/u").status, 404)
        self.assertTrue(wait_until(lambda: not litter(self.root)))
        self.assertEqual(request("MOVE", "/t/g", {"Destination": "/h"}).status, 201)  # takes no room
        self.assertEqual(request("DELETE", "/ballast").status, 204)
        self.assertEqual(request("PUT", "/f", body=b"new").status, 204)


class StateOnAFullDisk(SmallDisk):
    """The disk is full to the last block, and the server starts, reads, and lets go of things."""

    def reserve(self):
        return os.path.exists(self.root + "/.davit/reserve")

    def prepare(self):
        request = self.server.request
        self.assertEqual(request("PUT", "/f", body=b"kept").status, 201)
        self.assertEqual(request("MKCOL", "/folder").status, 201)
        token = request("LOCK", "/locked", body=lockinfo()).header("Lock-Token")
        return token

    def restart(self, config=None):
        self.server.stop()
        self.fill()
        self.server = Server(root=self.root, config=config)

    def check_all_that_gives_back(self, token):
        request = self.server.request
        self.assertEqual(request("GET", "/f").body, b"kept")
        self.assertEqual(request("PROPFIND", "/", {"Depth": "1"}).status, 207)
        self.assertEqual(request("PUT", "/locked", body=b"x").status, 423)
        self.assertEqual(request("PUT", "/new", body=b"x" * 3000000).status, 507)
        self.assertEqual(request("UNLOCK", "/locked", {"Lock-Token": token}).status, 204)
        self.assertEqual(request("DELETE", "/folder").status, 204)
        self.assertTrue(wait_until(lambda: os.listdir(self.root + "/.davit/trash") == []))
        self.assertEqual(request("DELETE", "/ballast").status, 204)
        self.assertEqual(request("PUT", "/new", body=b"x" * 100000).status, 201)

    def test_the_reserve_is_given_up_and_made_again(self):
        token = self.prepare()
        self.assertTrue(self.reserve())
        self.restart()
        self.check_all_that_gives_back(token)
        self.assertTrue(wait_until(self.reserve))

    def test_while_it_runs(self):
        token = self.prepare()
        self.fill()
        self.check_all_that_gives_back(token)
        self.assertTrue(wait_until(self.reserve))

    def test_without_a_reserve_it_starts_too(self):
        token = self.prepare()
        self.server.stop()
        os.remove(self.root + "/.davit/reserve")
        self.fill()
        self.server = Server(root=self.root)
        request = self.server.request
        self.assertEqual(request("GET", "/f").body, b"kept")
        self.assertEqual(request("PUT", "/locked", body=b"x").status, 423)
        self.assertEqual(request("DELETE", "/ballast").status, 204)
        self.assertEqual(request("UNLOCK", "/locked", {"Lock-Token": token}).status, 204)

    def test_trash_that_keeps_can_be_emptied(self):
        token = self.prepare()
        self.restart('[trash]\nkeep = "1h"\n')
        self.assertEqual(self.server.request("DELETE", "/f").status, 204)
        self.assertEqual(self.server.request("DELETE", "/ballast").status, 204)
        self.assertEqual(self.server.request("UNLOCK", "/locked", {"Lock-Token": token}).status, 204)
        done = subprocess.run([os.environ["DAVIT"], "trash", "empty", self.root], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 0, done)
        self.assertTrue(wait_until(lambda: self.server.request("PUT", "/new", body=b"x" * 100000).status in (201, 204)))


class WithoutAttributes(unittest.TestCase):
    """A file system that keeps no user attributes: the database is chosen by itself, said in the log, and used."""

    def setUp(self):
        self.root = tempfile.mkdtemp()
        subprocess.run(["mount", "-t", "ramfs", "ramfs", self.root], check=True)
        self.server = Server(root=self.root)

    def tearDown(self):
        self.server.stop()
        subprocess.run(["umount", self.root], check=True)
        os.rmdir(self.root)

    def test_the_database_is_chosen(self):
        with self.assertRaises(OSError):
            os.setxattr(self.root, "user.probe", b"1")
        request = self.server.request
        self.server.log_line("properties in the state database")
        self.assertEqual(request("PUT", "/f", body=b"x").status, 201)
        large = "large " * 20000
        self.assertEqual(request("PROPPATCH", "/f", body=propertyupdate(set_prop(f"<Z:p>{large}</Z:p>"))).status, 207)
        self.assertEqual(request("COPY", "/f", {"Destination": "/copied"}).status, 201)
        self.assertEqual(request("MOVE", "/f", {"Destination": "/moved"}).status, 201)
        self.assertEqual(request("PUT", "/copied", body=b"new").status, 204)
        self.server.kill()
        self.server.start()
        for path in ("/copied", "/moved"):
            found = one(self.server.request("PROPFIND", path, {"Depth": "0"}, propfind_body("<Z:p/>")))
            self.assertEqual(found["{http://example.com/ns/}p"][1].text, large)


if __name__ == "__main__":
    main()
