"""`._name`, `.DS_Store`, `Thumbs.db`: stored, refused, or kept out of the folder (docs/dialects.md)."""
import json
import os
import signal
import subprocess
import time
import unicodedata
import urllib.parse

from davit import Case, check_schema, complaint, lockinfo, main, multistatus, one, propfind_body, set_prop, wait_until

LITTER = ("._f", "._.", ".DS_Store", "Thumbs.db", "thumbs.DB", "desktop.ini", ".Spotlight-V100", ".Trashes", ".fseventsd",
          ".TemporaryItems", ".apdisk", "ehthumbs.db")
ORDINARY = (".config", "_f", "._", "DS_Store", ".DS_Store.txt", "Thumbs.dbx", "xdesktop.ini", ".hidden")


class Stored(Case):
    def test_by_default_it_is_a_file_like_any_other(self):
        for name in LITTER:
            self.expect(201, "PUT", f"{self.dir}/{name}", body=name)
        names = {href.rsplit("/", 1)[1] for href, _, _ in multistatus(self.request("PROPFIND", self.dir, {"Depth": "1"}))}
        self.assertTrue(set(LITTER) <= names)


class Refused(Case):
    config = '[litter]\npolicy = "refuse"\n'

    def refused(self, method, path, headers=None, body=None):
        answer = self.expect(403, method, self.dir + path, headers, body)
        self.assertIn(b'code="litter-refused" retryable="false" changed="none"', answer.body)
        check_schema(answer.xml())

    def test_nothing_is_made(self):
        self.put(self.dir + "/f")
        for name in LITTER:
            self.refused("PUT", "/" + name, body=b"x")
            self.refused("MKCOL", "/" + name)
            self.refused("COPY", "/f", {"Destination": f"{self.dir}/{name}"})
            self.refused("MOVE", "/f", {"Destination": f"{self.dir}/{name}"})
            self.refused("LOCK", "/" + name, body=lockinfo())
            self.expect(404, "GET", f"{self.dir}/{name}")
            self.expect(404, "PROPFIND", f"{self.dir}/{name}", {"Depth": "0"})
        self.assertEqual(os.listdir(self.server.root + self.dir), ["f"])

    def test_refused_before_the_body(self):
        connection = self.server.connect()
        connection.send(f"PUT {self.dir}/.DS_Store HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\nExpect: 100-continue\r\n\r\n".encode())
        self.assertEqual(connection.read().status, 403)
        connection.close()

    def test_ordinary_names(self):
        for name in ORDINARY:
            self.expect(201 if name != "._" else 403, "PUT", f"{self.dir}/{name}", body=b"x")

    def test_what_is_there_can_be_read_changed_and_removed(self):
        for name in ("._f", ".DS_Store"):
            with open(f"{self.server.root}{self.dir}/{name}", "w") as file:
                file.write("old")
            self.assertEqual(self.get(f"{self.dir}/{name}"), b"old")
            self.expect(204, "PUT", f"{self.dir}/{name}", body=b"new")
            self.expect(201, "MOVE", f"{self.dir}/{name}", {"Destination": f"{self.dir}/kept"})
            self.expect(204, "DELETE", f"{self.dir}/kept")


    def test_a_reload_changes_nothing_about_it(self):
        self.server.process.send_signal(signal.SIGHUP)
        self.server.log_line("reloaded the configuration")
        self.refused("PUT", "/.DS_Store", body=b"x")


class OwnPatterns(Case):
    config = '[litter]\npolicy = "refuse"\npatterns = ["~$*", "*.tmp", "a?c"]\n'

    def test_configured_patterns_replace_the_usual_ones(self):
        for name, status in (("~$doc.docx", 403), ("x.tmp", 403), (".tmp", 403), ("X.TMP", 403), ("abc", 403), ("ac", 201), ("abbc", 201),
                             ("x.tmp.txt", 201), ("._f", 201), ("~doc", 201)):
            self.expect(status, "PUT", f"{self.dir}/{name}", body=b"")

    def test_invalid_litter_keys_are_refused_at_the_start(self):
        for line in ('policy = "drop"', 'patterns = ["a/b"]', 'patterns = ["*"]', 'patterns = [""]', 'keep = "0s"'):
            self.assertIn("litter.", complaint("[litter]\n" + line), line)


class Diverted(Case):
    config = '[litter]\npolicy = "divert"\n[trash]\nkeep = "1h"\n'

    def on_disk(self, path=""):
        return sorted(os.listdir(self.server.root + self.dir + path))

    def listed(self, path=""):
        answer = self.expect(207, "PROPFIND", self.dir + path, {"Depth": "infinity"})
        return sorted(href[len(self.dir) + len(path) + 1:] for href, _, _ in multistatus(answer))[1:]

    def aside(self):
        """What lies in the scratch area."""
        top = self.server.root + "/.davit/litter"
        return sorted(name for folder in os.listdir(top) for name in os.listdir(os.path.join(top, folder)))

    def test_finder_is_content(self):
        """What Finder does for a file with a resource fork; to everybody else there is one file."""
        self.put(self.dir + "/f", b"data")
        self.expect(404, "PROPFIND", self.dir + "/._f", {"Depth": "0"})
        self.expect(201, "PUT", self.dir + "/._f", body=b"")
        token = self.lock(self.dir + "/._f")
        self.expect(423, "PUT", self.dir + "/._f", body=b"x")
        self.expect(204, "PUT", self.dir + "/._f", {"If": f"(<{token}>)"}, b"fork")
        answer = self.expect(207, "PROPFIND", self.dir + "/._f", {"Depth": "0"},
                             propfind_body("<D:getcontentlength/><D:lockdiscovery/><D:getetag/>"))
        self.assertEqual(multistatus(answer)[0][0], self.dir + "/._f")
        self.assertEqual(one(answer)["{DAV:}getcontentlength"][1].text, "4")
        self.assertIn(token, answer.body.decode())
        for _ in range(3):
            answer = self.expect(200, "GET", self.dir + "/._f")
            self.assertEqual(answer.body, b"fork")
        self.assertEqual(self.expect(206, "GET", self.dir + "/._f", {"Range": "bytes=1-2"}).body, b"or")
        self.expect(304, "GET", self.dir + "/._f", {"If-None-Match": answer.header("ETag")})
        self.expect(412, "PUT", self.dir + "/._f", {"If": f"(<{token}>)", "If-Match": '"other"'}, b"x")
        self.proppatch(self.dir + "/._f", set_prop("<Z:a>1</Z:a>"), {"If": f"(<{token}>)"})
        self.assertEqual(one(self.request("PROPFIND", self.dir + "/._f", {"Depth": "0"}, propfind_body("<Z:a/>")))["{http://example.com/ns/}a"][0], 200)
        self.expect(204, "UNLOCK", self.dir + "/._f", {"Lock-Token": f"<{token}>"})
        self.assertEqual((self.on_disk(), self.listed()), (["f"], ["f"]))
        page = self.get(self.dir + "/")
        self.assertNotIn(b"._f", page)
        self.expect(204, "DELETE", self.dir + "/._f")
        self.expect(404, "GET", self.dir + "/._f")

    def test_lock_of_a_name_that_is_not_there(self):
        token = self.lock(self.dir + "/.DS_Store", status=(201,))
        self.expect(204, "PUT", self.dir + "/.DS_Store", {"If": f"(<{token}>)"}, b"view")
        self.assertEqual(self.get(self.dir + "/.DS_Store"), b"view")
        self.assertEqual(self.on_disk(), [])

    def test_a_folder_of_litter(self):
        self.expect(201, "MKCOL", self.dir + "/.Spotlight-V100")
        self.expect(405, "MKCOL", self.dir + "/.Spotlight-V100")
        self.expect(201, "MKCOL", self.dir + "/.Spotlight-V100/store")
        self.expect(201, "PUT", self.dir + "/.Spotlight-V100/store/x", body=b"x")
        self.expect(409, "PUT", self.dir + "/.Trashes/x", body=b"x")
        self.assertEqual(self.get(self.dir + "/.Spotlight-V100/store/x"), b"x")
        self.assertEqual(self.listed("/.Spotlight-V100"), ["store/", "store/x"])
        self.assertEqual((self.on_disk(), self.listed()), ([], []))
        self.expect(204, "DELETE", self.dir + "/.Spotlight-V100")
        self.expect(404, "GET", self.dir + "/.Spotlight-V100/store/x")

    def test_it_follows_its_folder_and_goes_with_it(self):
        self.expect(201, "MKCOL", self.dir + "/a")
        self.put(self.dir + "/a/._f", b"of a")
        self.expect(201, "MOVE", self.dir + "/a", {"Destination": self.dir + "/b"})
        self.assertEqual(self.get(self.dir + "/b/._f"), b"of a")
        self.expect(201, "MKCOL", self.dir + "/a")
        self.expect(404, "GET", self.dir + "/a/._f")
        self.expect(201, "COPY", self.dir + "/b", {"Destination": self.dir + "/c"})
        self.expect(404, "GET", self.dir + "/c/._f")
        self.expect(204, "DELETE", self.dir + "/b")
        self.expect(201, "MKCOL", self.dir + "/b")
        self.expect(404, "GET", self.dir + "/b/._f")

    def test_copy_and_move(self):
        self.put(self.dir + "/._a", b"1")
        self.expect(201, "MOVE", self.dir + "/._a", {"Destination": self.dir + "/._b"})
        self.expect(404, "GET", self.dir + "/._a")
        self.assertEqual(self.get(self.dir + "/._b"), b"1")
        self.expect(201, "COPY", self.dir + "/._b", {"Destination": self.dir + "/._c"})
        self.assertEqual(self.on_disk(), [])
        self.expect(201, "MOVE", self.dir + "/._b", {"Destination": self.dir + "/real"})
        self.assertEqual((self.on_disk(), self.get(self.dir + "/real")), (["real"], b"1"))
        self.expect(204, "COPY", self.dir + "/real", {"Destination": self.dir + "/._c"})
        self.assertEqual(self.on_disk(), ["real"])
        self.expect(204, "MOVE", self.dir + "/._c", {"Destination": self.dir + "/real"})
        self.expect(412, "COPY", self.dir + "/real", {"Destination": self.dir + "/real2", "If-Match": '"no"'})

    def test_what_stood_in_the_folder_is_never_swept_away(self):
        """A MOVE to such a name takes the only copy there is: it stays in the folder."""
        self.put(self.dir + "/report", b"precious")
        self.put(self.dir + "/._report", b"litter")
        self.expect(204, "MOVE", self.dir + "/report", {"Destination": self.dir + "/._report"})
        self.assertEqual(self.on_disk(), ["._report"])
        self.assertEqual(self.get(self.dir + "/._report"), b"precious")
        self.expect(204, "DELETE", self.dir + "/._report")
        self.expect(404, "GET", self.dir + "/._report")

    def test_what_came_from_outside_stays_an_ordinary_file(self):
        with open(self.server.root + self.dir + "/.DS_Store", "w") as file:
            file.write("outside")
        self.assertEqual(self.get(self.dir + "/.DS_Store"), b"outside")
        self.assertEqual(self.listed(), [".DS_Store"])
        self.expect(204, "PUT", self.dir + "/.DS_Store", body=b"changed")
        self.assertEqual(self.on_disk(), [".DS_Store"])
        self.expect(204, "DELETE", self.dir + "/.DS_Store")
        self.assertEqual(self.on_disk(), [])

    def test_a_copy_of_what_came_from_outside_is_an_ordinary_file_too(self):
        with open(self.server.root + self.dir + "/._f", "w") as file:
            file.write("outside")
        self.put(self.dir + "/._g", b"litter")
        self.expect(204, "COPY", self.dir + "/._f", {"Destination": self.dir + "/._g"})
        self.assertEqual(self.on_disk(), ["._f", "._g"])
        self.expect(204, "DELETE", self.dir + "/._g")
        self.expect(404, "GET", self.dir + "/._g")

    def test_an_ordinary_file_goes_into_a_diverted_folder(self):
        self.expect(201, "MKCOL", self.dir + "/.Trashes")
        for name in ("f", "._f"):
            with open(self.server.root + f"{self.dir}/{name}", "w") as file:
                file.write("outside")
            self.expect(201, "MOVE", f"{self.dir}/{name}", {"Destination": f"{self.dir}/.Trashes/{name}"})
            self.assertEqual(self.get(f"{self.dir}/.Trashes/{name}"), b"outside")
            self.expect(404, "GET", f"{self.dir}/{name}")
        self.assertEqual((self.on_disk(), self.listed("/.Trashes")), ([], ["._f", "f"]))
        self.expect(409, "MOVE", self.dir + "/.Trashes/f", {"Destination": self.dir + "/.Spotlight-V100/f"})

    def test_from_the_trash(self):
        """Back to a name of litter it is ordinary again; into a diverted folder it goes too."""
        self.expect(201, "MKCOL", self.dir + "/.Trashes")
        for to in ("/._back", "/.Trashes/back"):
            self.put(self.dir + "/f", b"precious")
            self.expect(204, "DELETE", self.dir + "/f")
            trash = lambda *args: subprocess.run([self.server.binary, "trash", *args, self.server.root], capture_output=True, text=True)
            entry, = [e for e in json.loads(trash("list", "--json").stdout) if e["href"] == self.dir + "/f"]
            if to == "/._back":
                self.put(self.dir + to, b"litter")
            restored = trash("restore", entry["id"], "--to", self.dir + to, "--overwrite")
            self.assertEqual(restored.returncode, 0, restored)
            self.assertEqual(self.get(self.dir + to), b"precious")
            self.assertEqual(self.on_disk(), ["._back"])
        self.expect(204, "DELETE", self.dir + "/._back")
        self.expect(404, "GET", self.dir + "/._back")

    def test_names_in_other_forms(self):
        nfc, nfd = (urllib.parse.quote(unicodedata.normalize(form, "._é")) for form in ("NFC", "NFD"))
        self.put(f"{self.dir}/{nfc}", b"1")
        self.assertEqual(self.get(f"{self.dir}/{nfd}"), b"1")
        self.expect(204, "PUT", f"{self.dir}/{nfd}", body=b"2")
        self.assertEqual(self.get(f"{self.dir}/{nfc}"), b"2")

    def test_the_trash_does_not_keep_it(self):
        # What other tests have left goes meanwhile: only what comes counts.
        kept = lambda: set(os.listdir(self.server.root + "/.davit/trash"))
        before = kept()
        self.put(self.dir + "/._f", b"1")
        self.put(self.dir + "/._f", b"2")
        self.expect(204, "DELETE", self.dir + "/._f")
        self.assertEqual(kept() - before, set())
        self.put(self.dir + "/f", b"1")
        self.expect(204, "DELETE", self.dir + "/f")
        self.assertEqual(len(kept() - before), 2, "f and its record")

    def test_nobody_gets_there_by_another_name(self):
        self.put(self.dir + "/._f", b"1")
        for folder in os.listdir(self.server.root + "/.davit/litter"):
            self.expect(403, "GET", f"/.davit/litter/{folder}/._f")
        self.expect(404, "GET", self.dir + "/._f/x")
        self.assertIn(self.request("GET", self.dir + "/._x/../../.davit/litter").status, (403, 404))

    def test_links_are_followed_no_further_than_ever(self):
        os.symlink("/tmp", self.server.root + self.dir + "/out")
        self.assertIn(self.request("PUT", self.dir + "/out/._f", body=b"x").status, (403, 404, 409))


class Swept(Case):
    config = '[litter]\npolicy = "divert"\nkeep = "4s"\n'

    def test_it_goes_in_its_time_and_nothing_else_does(self):
        self.put(self.dir + "/f")
        self.put(self.dir + "/._f", b"x")
        self.expect(201, "MKCOL", self.dir + "/.Trashes")
        self.put(self.dir + "/.Trashes/x")
        top = self.server.root + "/.davit/litter"
        self.assertEqual(len(os.listdir(top)), 1)
        self.assertTrue(wait_until(lambda: self.request("GET", self.dir + "/._f").status == 404, 20))
        self.assertTrue(wait_until(lambda: not os.listdir(top), 20), os.listdir(top))
        self.expect(404, "GET", self.dir + "/.Trashes/x")
        self.expect(200, "GET", self.dir + "/f")
        self.expect(201, "PUT", self.dir + "/._f", body=b"again")


class SweptByItself(Case):
    config = '[litter]\npolicy = "divert"\nkeep = "4s"\n'

    def test_what_is_fresh_stays_in_an_old_folder(self):
        """A folder does not change when something deep in it does."""
        self.expect(201, "MKCOL", self.dir + "/.Spotlight-V100")
        self.expect(201, "MKCOL", self.dir + "/.Spotlight-V100/a")
        self.expect(201, "MKCOL", self.dir + "/.Spotlight-V100/a/b")
        self.put(self.dir + "/.Spotlight-V100/a/b/old", b"old")
        self.put(self.dir + "/.Spotlight-V100/a/b/kept", b"0")
        number, old = 0, self.dir + "/.Spotlight-V100/a/b/old"
        started = time.monotonic()
        while self.request("GET", old).status == 200 and time.monotonic() - started < 30:
            number += 1
            self.expect(204, "PUT", self.dir + "/.Spotlight-V100/a/b/kept", body=str(number))
            time.sleep(0.5)
        self.expect(404, "GET", old)
        self.assertEqual(self.get(self.dir + "/.Spotlight-V100/a/b/kept"), str(number).encode())
        top = self.server.root + "/.davit/litter"
        self.assertTrue(wait_until(lambda: not os.listdir(top), 30), os.listdir(top))


class DivertedByParts(Case):
    config = '[litter]\npolicy = "divert"\n[webdav]\ntrees = "best-effort"\n'

    def test_a_move_member_by_member_makes_no_litter(self):
        """What stood in the folder stands in the folder: it would be swept away otherwise."""
        for destination in ("/to", "/._to"):
            self.expect(201, "MKCOL", self.dir + "/from")
            for name in ("._outside", "f", "locked"):
                with open(f"{self.server.root}{self.dir}/from/{name}", "w") as file:
                    file.write(name)
            token = self.lock(self.dir + "/from/locked")
            answer = self.expect(207, "MOVE", self.dir + "/from", {"Destination": self.dir + destination})
            self.assertIn(b"423 Locked", answer.body)
            self.assertEqual(sorted(os.listdir(self.server.root + self.dir + destination)), ["._outside", "f", "locked"])
            self.assertEqual(os.listdir(self.server.root + self.dir + "/from"), ["locked"])
            self.assertEqual(self.get(self.dir + destination + "/._outside"), b"._outside")
            self.expect(204, "DELETE", self.dir + "/from", {"If": f"<{self.dir}/from/locked> (<{token}>)"})


class Kept(Case):
    config = '[litter]\npolicy = "divert"\n'

    def test_over_a_restart(self):
        self.put(self.dir + "/._f", b"x")
        token = self.lock(self.dir + "/._f")
        self.server.kill()
        self.server.start()
        self.assertEqual(self.get(self.dir + "/._f"), b"x")
        self.expect(423, "PUT", self.dir + "/._f", body=b"y")
        self.expect(204, "PUT", self.dir + "/._f", {"If": f"(<{token}>)"}, b"y")


if __name__ == "__main__":
    main()
