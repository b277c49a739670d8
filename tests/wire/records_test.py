"""Records of large property sets: shared, kept as long as anything points to them, removed by the server afterwards."""
import os
import shutil
import subprocess
import threading
import time
import unittest

from davit import Server, main, one, propfind_body, propertyupdate, set_prop, wait_until

Z = "{http://example.com/ns/}"
AT_ONCE = '[storage]\nunused_records = "1s"\n'


def value(number):
    return f"{number} " * 4000


class Records(unittest.TestCase):

    def setUp(self):
        self.server = Server(config=AT_ONCE)
        self.root = self.server.root
        self.folder = self.root + "/.davit/records/"

    def tearDown(self):
        self.server.stop()

    def file(self, path, number):
        self.assertIn(self.server.request("PUT", path, body=b"x").status, (201, 204))
        self.set(path, number)

    def set(self, path, number):
        answer = self.server.request("PROPPATCH", path, body=propertyupdate(set_prop(f"<Z:p>{value(number)}</Z:p>")))
        self.assertEqual({s for s, _ in one(answer).values()}, {200})

    def get(self, path):
        answer = self.server.request("PROPFIND", path, {"Depth": "0"}, propfind_body("<Z:p/>"))
        self.assertEqual(answer.status, 207, answer)
        return one(answer)[Z + "p"][1].text

    def records(self):
        return sorted(os.listdir(self.folder))

    def wait_for_records(self, count):
        self.assertTrue(wait_until(lambda: len(self.records()) == count, 20), self.records())

    def test_used_ones_stay_and_unused_ones_go(self):
        self.file("/f", 1)
        self.assertEqual(self.server.request("COPY", "/f", {"Destination": "/g"}).status, 201)
        self.assertEqual(len(self.records()), 1, "a copy shares the record")
        self.set("/f", 2)
        self.file("/gone", 3)
        self.assertEqual(self.server.request("DELETE", "/gone").status, 204)
        self.file("/smaller", 4)
        answer = self.server.request("PROPPATCH", "/smaller", body=propertyupdate(set_prop("<Z:p>small</Z:p>")))
        self.assertEqual(answer.status, 207)
        self.wait_for_records(2)
        self.server.log_line("unused records of property sets")
        time.sleep(2.5)  # several rounds more
        self.assertEqual(len(self.records()), 2)
        self.assertEqual((self.get("/f"), self.get("/g")), (value(2), value(1)))

    def test_files_that_others_move_link_and_copy(self):
        self.file("/f", 1)
        os.mkdir(self.root + "/d")
        os.link(self.root + "/f", self.root + "/d/linked")
        subprocess.run(["cp", "-a", self.root + "/f", self.root + "/d/copied"], check=True)
        os.unlink(self.root + "/f")
        os.rename(self.root + "/d", self.root + "/e")
        time.sleep(4)
        self.assertEqual(len(self.records()), 1)
        for name in ("linked", "copied"):
            self.assertEqual(self.get("/e/" + name), value(1))

    def test_what_comes_back_from_outside_finds_its_record(self):
        """Seen as unused, the record is set aside; in use again, it is back."""
        outside = self.server.work + "/away"
        self.file("/f", 1)
        shutil.move(self.root + "/f", outside)
        self.assertTrue(wait_until(lambda: any(n.endswith(".lost") for n in self.records()), 20), self.records())
        shutil.move(outside, self.root + "/back")
        self.assertEqual(self.get("/back"), value(1))
        time.sleep(3)
        self.assertEqual(len(self.records()), 1)
        self.assertFalse(self.records()[0].endswith(".lost"))
        self.assertEqual(self.get("/back"), value(1))

    def test_beside_traffic(self):
        """Files with large sets are moved, copied, replaced and changed while rounds run: no set is ever damaged."""
        for folder in range(4):
            self.assertEqual(self.server.request("MKCOL", f"/{folder}").status, 201)
        wrong, end = [], time.monotonic() + 8

        def work(number):
            connection = self.server.connect()
            request = lambda *args: self.server.request(*args, connection=connection)
            here, count = f"/0/f{number}", 0
            request("PUT", here, None, b"x")
            self.set(here, number)
            while time.monotonic() < end:
                count += 1
                there = f"/{count % 4}/f{number}-{count % 3}"
                if request("COPY" if count % 5 == 0 else "MOVE", here, {"Destination": there}).status not in (201, 204):
                    wrong.append("transfer")
                if count % 5 == 0:
                    request("DELETE", here)
                here = there
                if count % 7 == 0:
                    request("PUT", here, None, b"y")
                if count % 50 == 0:
                    self.set(here, number)
                answer = request("PROPFIND", here, {"Depth": "0"}, propfind_body("<Z:p/>"))
                found = one(answer) if answer.status == 207 else {}
                if not found or found[Z + "p"][0] != 200 or found[Z + "p"][1].text != value(number):
                    wrong.append((here, answer.status, answer.body[:200]))
            connection.close()

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong[:3], [])

    def test_leftovers_of_a_crash(self):
        self.file("/f", 1)
        self.server.kill()
        open(self.folder + "0123456789abcdef.part", "w").close()
        shutil.copy(self.folder + self.records()[-1], self.folder + "f" * 32)
        self.server.start()
        self.assertFalse([n for n in self.records() if n.endswith(".part")])
        self.wait_for_records(1)
        self.assertEqual(self.get("/f"), value(1))

    def test_a_server_that_only_reads_finds_them(self):
        self.file("/f", 1)
        self.server.kill()
        self.server.args = ["--read-only"]
        self.server.start()
        self.assertEqual(self.get("/f"), value(1))


class Unhurried(unittest.TestCase):
    """With the default of a week until unused records go."""

    def start(self, **kwargs):
        server = Server(**kwargs)
        self.addCleanup(server.stop)
        self.records = lambda: sorted(os.listdir(server.root + "/.davit/records"))
        return server

    def set(self, server, path, number, more=""):
        answer = server.request("PROPPATCH", path, body=propertyupdate(set_prop(f"<Z:p>{value(number)}</Z:p>" + more)))
        self.assertEqual({s for s, _ in one(answer).values()}, {200})

    def get(self, server, path):
        return one(server.request("PROPFIND", path, {"Depth": "0"}, propfind_body("<Z:p/>")))[Z + "p"][1].text

    def test_a_replaced_record_goes_at_once(self):
        server = self.start()
        server.request("PUT", "/f", body=b"x")
        for number in range(4):
            self.set(server, "/f", number)
            self.assertEqual(len(self.records()), 1, number)
        server.request("PROPPATCH", "/f", body=propertyupdate(set_prop("<Z:p>small</Z:p>")))
        self.assertEqual(self.records(), [])
        server.request("MKCOL", "/d")
        for number in range(3):
            self.set(server, "/d", number)
        self.assertEqual(len(self.records()), 1)

    def test_an_upload_leaves_the_record_to_the_new_file(self):
        server = self.start()
        for number in range(3):
            server.request("PUT", "/f", body=b"%d" % number)
            self.set(server, "/f", number)
            self.assertEqual(len(self.records()), 1, number)
        # With a checksum the set is written anew.
        server.request("PUT", "/f", {"OC-Checksum": "SHA1:86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"}, b"a")
        self.assertEqual(len(self.records()), 1)
        self.assertEqual(self.get(server, "/f"), value(2))

    def test_a_record_that_a_copy_shares_stays(self):
        server = self.start()
        server.request("PUT", "/f", body=b"x")
        self.set(server, "/f", 1)
        server.request("COPY", "/f", {"Destination": "/g"})
        self.set(server, "/f", 2)
        self.assertEqual((self.get(server, "/f"), self.get(server, "/g")), (value(2), value(1)))
        self.set(server, "/g", 3)
        self.assertEqual((self.get(server, "/f"), self.get(server, "/g")), (value(2), value(3)))

    def test_a_record_that_another_program_copied_stays_once_the_copy_has_been_seen(self):
        server = self.start()
        server.request("PUT", "/f", body=b"x")
        self.set(server, "/f", 1)
        subprocess.run(["cp", "-a", server.root + "/f", server.root + "/g"], check=True)
        os.link(server.root + "/f", server.root + "/linked")
        self.assertEqual(self.get(server, "/g"), value(1))
        self.set(server, "/f", 2)
        self.assertEqual([self.get(server, path) for path in ("/f", "/linked", "/g")], [value(2), value(2), value(1)])

    def test_what_the_trash_keeps_has_its_record(self):
        server = self.start(config='[trash]\nkeep = "1d"\n')
        server.request("PUT", "/f", body=b"x")
        self.set(server, "/f", 1)
        server.request("PUT", "/f", body=b"y")
        self.set(server, "/f", 2)
        self.assertEqual(len(self.records()), 2)

    def test_a_get_does_not_read_a_large_set(self):
        for config in (None, "[storage]\ncache_bytes = \"0B\"\n"):
            server = self.start(config=config)
            server.request("PUT", "/f.txt", body=b"hello")
            self.set(server, "/f.txt", 1, "<D:getcontenttype>text/x-special</D:getcontenttype><D:getcontentlanguage>fr</D:getcontentlanguage>")
            folder = server.root + "/.davit/records/"
            for name in os.listdir(folder):
                os.rename(folder + name, server.root + "/" + name)
            for _ in range(4):
                answer = server.request("GET", "/f.txt")
                self.assertEqual((answer.status, answer.body), (200, b"hello"))
                self.assertEqual((answer.header("Content-Type"), answer.header("Content-Language")), ("text/x-special", "fr"))

    def test_the_default_waits_a_week(self):
        server = Server()
        try:
            server.request("PUT", "/f", body=b"x")
            server.request("PROPPATCH", "/f", body=propertyupdate(set_prop(f"<Z:p>{value(1)}</Z:p>")))
            self.assertEqual(server.request("DELETE", "/f").status, 204)
            time.sleep(1)
            records = os.listdir(server.root + "/.davit/records")
            self.assertEqual([name.endswith(".lost") for name in records], [False])
        finally:
            server.stop()


if __name__ == "__main__":
    main()
