"""Locks and the If header (RFC 4918, 6, 7, 9.10, 9.11, 10.4)."""
import json
import os
import re
import signal
import time
import unittest

from davit import Case, DAV, OURS, Server, check_schema, lockinfo, main, multistatus, one, propfind_body, propertyupdate, set_prop


class Locks(Case):
    def setUp(self):
        super().setUp()
        self.path = self.dir + "/f"
        self.put(self.path, b"old")

    def test_exclusive_stops_every_write_and_only_without_token(self):
        token = self.lock(self.path)
        others = [("PUT", self.path, {}, b"new"), ("DELETE", self.path, {}, None),
                  ("PROPPATCH", self.path, {}, propertyupdate(set_prop("<Z:p/>"))),
                  ("MOVE", self.path, {"Destination": self.dir + "/g"}, None),
                  ("LOCK", self.path, {}, lockinfo()), ("LOCK", self.path, {}, lockinfo("shared"))]
        for method, path, headers, body in others:
            answer = self.expect(423, method, path, headers, body)
            self.assertIn(f"<D:href>{self.path}</D:href>".encode(), answer.body, method)
        self.assertEqual(self.get(self.path), b"old")
        self.expect(204, "PUT", self.path, {"If": f"(<{token}>)"}, b"new")
        self.expect(201, "COPY", self.path, {"Destination": self.dir + "/g"})
        self.expect(204, "UNLOCK", self.path, {"Lock-Token": f"<{token}>"})
        self.put(self.path)

    def test_a_refusal_names_the_holder_and_until_when(self):
        def check(answer, sentence):
            check_schema(answer.xml())
            self.assertRegex(answer.xml().findtext("{http://sabredav.org/ns}message"), sentence)
            lock = answer.xml().find(f"{OURS}detail/{OURS}lock")
            self.assertEqual((lock.get("href"), lock.get("scope"), lock.get("owner")),
                             (self.path, "exclusive", "http://example.com/me"))
            self.assertRegex(lock.get("expires"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            self.assertTrue(3500 < int(lock.get("remaining")) <= 3600)

        self.assertNotIn(self.lock(self.path, timeout="Second-3600"), self.request("PUT", self.path, body=b"x").body.decode())
        until = r"until \S+Z \(59 minutes left\)"
        check(self.expect(423, "PUT", self.path, {}, b"x"), f"^{self.path} is locked by http://example.com/me {until}; ")
        check(self.expect(423, "LOCK", self.path, {}, lockinfo()), f"^{self.path} has an exclusive lock of \\S+ already, {until}.$")
        answer = self.expect(423, "PUT", self.path, {"Accept": "application/problem+json"}, b"x")
        lock = json.loads(answer.body)["locks"][0]
        self.assertEqual((lock["href"], lock["scope"], lock["owner"]), (self.path, "exclusive", "http://example.com/me"))
        self.assertLessEqual(lock["remaining"], 3600)

    def test_a_lock_token_without_brackets_unlocks(self):
        """Windows sometimes leaves them out."""
        token = self.lock(self.path)
        self.expect(204, "UNLOCK", self.path, {"Lock-Token": token})
        self.lock(self.path)

    def test_unlock_errors(self):
        token = self.lock(self.path)
        self.expect(400, "UNLOCK", self.path)
        self.expect(400, "UNLOCK", self.path, {"Lock-Token": "nonsense"})
        answer = self.expect(409, "UNLOCK", self.path, {"Lock-Token": "<urn:uuid:no>"})
        self.assertIsNotNone(answer.xml().find(DAV + "lock-token-matches-request-uri"))
        self.expect(409, "UNLOCK", self.dir, {"Lock-Token": f"<{token}>"})
        self.expect(204, "UNLOCK", self.path, {"Lock-Token": f"<{token}>"})

    def test_unmapped_url_becomes_an_empty_file(self):
        answer = self.request("LOCK", self.dir + "/new", {"Depth": "0"}, lockinfo())
        self.assertEqual(answer.status, 201)
        token = answer.header("Lock-Token")
        self.assertEqual(self.get(self.dir + "/new"), b"")
        self.expect(423, "PUT", self.dir + "/new", {}, b"x")
        self.expect(204, "PUT", self.dir + "/new", {"If": f"({token})"}, b"x")
        self.expect(409, "LOCK", self.dir + "/no/such", {}, lockinfo())
        self.expect(404, "GET", self.dir + "/no")

    def test_deep_lock_covers_members_now_and_later(self):
        token = self.lock(self.dir)
        self.expect(423, "PUT", self.path, {}, b"x")
        self.expect(423, "PUT", self.dir + "/new", {}, b"x")
        self.expect(423, "MKCOL", self.dir + "/c")
        self.expect(201, "PUT", self.dir + "/new", {"If": f"<{self.dir}> (<{token}>)"}, b"x")
        self.expect(204, "PUT", self.dir + "/new", {"If": f"(<{token}>)"}, b"y")
        self.expect(204, "UNLOCK", self.dir + "/new", {"Lock-Token": f"<{token}>"})
        self.put(self.path)

    def test_depth_zero_lock_of_a_collection_guards_its_membership_only(self):
        token = self.lock(self.dir, depth="0")
        self.put(self.path)
        self.expect(423, "PUT", self.dir + "/new", {}, b"x")
        self.expect(423, "DELETE", self.path)
        self.expect(423, "MOVE", self.path, {"Destination": "/elsewhere"})
        self.expect(204, "DELETE", self.path, {"If": f"<{self.dir}> (<{token}>)"})

    def test_shared_locks(self):
        first, second = self.lock(self.path, "shared"), self.lock(self.path, "shared")
        self.assertNotEqual(first, second)
        self.expect(423, "LOCK", self.path, {}, lockinfo("exclusive"))
        self.expect(423, "PUT", self.path, {}, b"x")
        self.expect(204, "PUT", self.path, {"If": f"(<{second}>)"}, b"x")

    def test_a_refresh_changes_the_timeout_and_sends_no_lock_token(self):
        token = self.lock(self.path, timeout="Second-100")
        answer = self.expect(200, "LOCK", self.path, {"If": f"(<{token}>)", "Timeout": "Second-3000"})
        self.assertIsNone(answer.header("Lock-Token"))
        self.assertIn(b"Second-3000", answer.body)
        self.expect(400, "LOCK", self.path)
        for path, named in ((self.path, "urn:uuid:no"), (self.dir + "/g", token)):  # RFC 4918, 9.10.6
            self.assertIn(b"<D:lock-token-matches-request-uri/>", self.expect(412, "LOCK", path, {"If": f"(<{named}>)"}).body)

    def test_timeouts_are_clamped_to_the_configured_range(self):
        answer = self.expect(200, "LOCK", self.path, {"Timeout": "Infinite, Second-4100000000"}, lockinfo())
        self.assertIn(b"Second-86400", answer.body)
        self.expect(204, "UNLOCK", self.path, {"Lock-Token": answer.header("Lock-Token")})
        self.lock(self.path, timeout="Second-1")
        self.expect(423, "PUT", self.path, {}, b"x")
        time.sleep(1.2)
        self.put(self.path)

    def test_locks_stay_with_urls(self):
        token = self.lock(self.path)
        self.expect(201, "MOVE", self.path, {"Destination": self.dir + "/g", "If": f"(<{token}>)"})
        self.put(self.path)
        self.put(self.dir + "/g")
        self.expect(409, "UNLOCK", self.path, {"Lock-Token": f"<{token}>"})
        token = self.lock(self.path)
        self.expect(204, "DELETE", self.path, {"If": f"(<{token}>)"})
        self.put(self.path)

    def test_destination_lock(self):
        self.put(self.dir + "/g")
        token = self.lock(self.dir + "/g")
        for method in ("COPY", "MOVE"):
            self.expect(423, method, self.path, {"Destination": self.dir + "/g"})
        self.expect(204, "COPY", self.path, {"Destination": self.dir + "/g", "If": f"<{self.dir}/g> (<{token}>)"})
        self.expect(423, "PUT", self.dir + "/g", {}, b"x")

    def test_the_sources_token_alone_moves_onto_an_unlocked_name(self):
        """Windows saves so: a temporary file, then MOVE with only its token (golang/go#43556)."""
        for name, status in (("new", 201), ("old", 204)):
            self.put(self.path, b"saved")
            if name == "old":
                self.put(self.dir + "/old", b"before")
            for header in ("({})", f"<http://localhost{self.path}> ({{}})", f"<{self.path}> ({{}})"):
                self.put(self.path, b"saved")
                token = f"<{self.lock(self.path)}>"
                self.expect(status, "MOVE", self.path, {"Destination": f"http://localhost{self.dir}/{name}", "If": header.format(token)})
                self.assertEqual(self.get(f"{self.dir}/{name}"), b"saved")
                if name == "new":
                    self.expect(204, "DELETE", f"{self.dir}/{name}")

    def test_a_move_asks_for_every_lock_it_touches(self):
        self.expect(201, "MKCOL", self.dir + "/c")
        source, target = f"<{self.lock(self.path)}>", f"<{self.lock(self.dir + '/c')}>"
        to = {"Destination": self.dir + "/c/g"}
        self.expect(423, "MOVE", self.path, {**to, "If": f"({source})"})
        self.expect(423, "MOVE", self.path, {**to, "If": f"<{self.dir}/c> ({target})"})
        self.expect(423, "COPY", self.path, to)
        self.expect(201, "MOVE", self.path, {**to, "If": f"<{self.path}> ({source}) <{self.dir}/c> ({target})"})
        self.expect(423, "PUT", self.dir + "/c/g", {}, b"x")  # now a member of what is locked
        self.expect(204, "PUT", self.dir + "/c/g", {"If": f"<{self.dir}/c> ({target})"}, b"x")

    def test_depth_zero_leaves_the_members_content_free(self):
        token = self.lock(self.dir, depth="0")
        self.put(self.path)
        self.proppatch(self.path, set_prop("<Z:p/>"))
        self.expect(204, "UNLOCK", self.path, {"Lock-Token": f"<{self.lock(self.path)}>"})
        self.proppatch(self.dir, set_prop("<Z:p/>"), status=423)
        for method, path, headers, body in (("MKCOL", "/c", {}, None), ("LOCK", "/new", {}, lockinfo()), ("COPY", "/f", {"Destination": self.dir + "/g"}, None)):
            self.expect(423, method, self.dir + path, headers, body)
        self.expect(201, "MKCOL", self.dir + "/c", {"If": f"<{self.dir}> (<{token}>)"})
        self.put(self.dir + "/c/deeper")  # not a member of the collection itself

    def test_the_refusal_says_whose_and_how_long(self):
        self.lock(self.path, timeout="Second-600")
        answer = self.expect(423, "PUT", self.path, {}, b"x")
        sentence = answer.xml().findtext("{http://sabredav.org/ns}message")
        self.assertRegex(sentence, re.escape(self.path) + r" is locked by http://example.com/me until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \((10|9) minutes left\); ")

    def test_lock_bodies_that_are_wrong(self):
        for body, status in (("<D:lockinfo xmlns:D='DAV:'/>", 422), ("<x/>", 422), ("<D:lockinfo", 400), ("hello", 400),
                             (lockinfo().replace("D:write", "D:read"), 422), (lockinfo().replace("exclusive", "some"), 422)):
            self.assertIn(self.request("LOCK", self.path, {}, body).status, (status, 400), body)
        self.expect(400, "LOCK", self.path, {"Depth": "1"}, lockinfo())
        self.put(self.path)

    def test_owner_is_kept(self):
        self.request("LOCK", self.path, {}, lockinfo(owner="<D:owner><x xmlns='urn:x' a='1'>me &amp; you</x></D:owner>"))
        body = self.expect(207, "PROPFIND", self.path, {"Depth": "0"}, propfind_body("<D:lockdiscovery/>")).xml()
        self.assertEqual(body.find(f".//{DAV}owner")[0].text, "me & you")


class InMemory(Locks):
    """The same where locks are not written down, and are answered without a thread."""
    config = "[storage]\ndurable = false\n"


class WithoutToken(Case):
    config = "[webdav]\nwindows_without_token = true\n"

    def test_office_may_set_windows_properties_under_its_lock(self):
        path = self.dir + "/f"
        self.put(path)
        self.lock(path)
        time = '<W:Win32LastModifiedTime xmlns:W="urn:schemas-microsoft-com:">Sun, 09 Sep 2001 01:46:40 GMT</W:Win32LastModifiedTime>'
        self.expect(207, "PROPPATCH", path, body=propertyupdate(set_prop(time)))
        self.assertEqual(self.request("HEAD", path).header("Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT")
        self.expect(423, "PROPPATCH", path, body=propertyupdate(set_prop(time + "<Z:a>1</Z:a>")))
        self.expect(423, "PUT", path, body=b"x")


class LongUpload(Case):
    """An upload keeps the lock it runs under, however short that is (owncloud/core#22591)."""
    config = '[limits]\nbody_timeout = "3s"\nmin_rate = "0B"\n'

    def upload(self, headers, seconds):
        """A body of one byte every half second."""
        connection = self.server.connect()
        total = seconds * 2
        head = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        connection.send(f"PUT {self.dir}/f HTTP/1.1\r\nHost: x\r\nContent-Length: {total}\r\n{head}\r\n".encode())
        for _ in range(total):
            connection.send(b"n")
            time.sleep(0.5)
        answer = connection.read("PUT")
        connection.close()
        return answer

    def test_the_lock_is_kept_while_the_body_arrives(self):
        self.put(self.dir + "/f", b"old")
        token = self.lock(self.dir + "/f", timeout="Second-2")
        answer = self.upload({"If": f"(<{token}>)"}, 5)
        self.assertEqual(answer.status, 204, answer)
        self.expect(423, "PUT", self.dir + "/f", {}, b"x")
        self.assertEqual(self.get(self.dir + "/f"), b"n" * 10)

    def test_so_is_a_lock_of_the_collection_above(self):
        token = self.lock(self.dir, timeout="Second-2")
        self.assertEqual(self.upload({"If": f"<{self.dir}> (<{token}>)"}, 5).status, 201)

    def test_a_lock_the_upload_does_not_name_runs_out(self):
        token = self.lock(self.dir, timeout="Second-2")
        self.assertEqual(self.upload({"If": f"<{self.dir}> (<{token}>)"}, 1).status, 201)
        other = self.lock("/elsewhere", timeout="Second-1", status=(201,))
        time.sleep(1.5)
        self.expect(409, "UNLOCK", "/elsewhere", {"Lock-Token": f"<{other}>"})


class IfHeader(Case):
    def setUp(self):
        super().setUp()
        self.path = self.dir + "/f"
        self.tag = self.put(self.path, b"old").header("ETag")

    def holds(self, header, path=None):
        return self.request("PROPFIND", path or self.path, {"Depth": "0", "If": header}).status == 207

    def test_conditions_of_every_form_are_evaluated(self):
        token = self.lock(self.path)
        t, e = f"<{token}>", f"[{self.tag}]"
        full = "http://localhost" + self.path
        for header, wanted in ((f"({t})", True), (f"({t} {e})", True), (f"({t}{e})", True), ('(["other"])', False), (f"({t} [\"other\"])", False),
                               (f"([\"other\"]) ({t})", True), (f"(Not {t})", False), ("(Not <DAV:no-lock>)", True), ("(<DAV:no-lock>)", False),
                               (f"(not [\"other\"] {e})", True), (f"<{full}> ({t})", True), (f"<{self.dir}> ({t})", False),
                               (f"<{self.dir}> (Not {t}) <{full}> ({t})", True), (f"([W/{self.tag}])", False),
                               ("(<urn:uuid:other>)", False)):
            self.assertEqual(self.holds(header), wanted, header)

    def test_malformed_is_400(self):
        for header in ("", "()", "(", "(<a>", "nonsense", "(<a>) trailing", "<http://x/>", "([unquoted])", "(Not)", "(<>)", "(<a> <"):
            self.expect(400, "PROPFIND", self.path, {"Depth": "0", "If": header})

    def test_a_false_condition_stops_a_write_even_with_the_token(self):
        token = self.lock(self.path)
        self.expect(412, "PUT", self.path, {"If": f"(<{token}> [\"other\"])"}, b"x")
        self.assertEqual(self.get(self.path), b"old")

    def test_a_token_of_another_resource_opens_nothing(self):
        self.put(self.dir + "/g")
        self.lock(self.path)
        other = self.lock(self.dir + "/g")
        answer = self.request("PUT", self.path, {"If": f"<{self.dir}/g> (<{other}>)"}, b"x")
        self.assertEqual(answer.status, 423)


class Restart(unittest.TestCase):
    def test_locks_survive_kill_and_restart(self):
        server = Server()
        try:
            self.assertEqual(server.request("PUT", "/f", body=b"x").status, 201)
            token = server.request("LOCK", "/f", {"Timeout": "Second-600"}, lockinfo()).header("Lock-Token")
            server.kill()
            server.start()
            self.assertEqual(server.request("PUT", "/f", body=b"y").status, 423)
            self.assertEqual(server.request("PUT", "/f", {"If": f"({token})"}, b"y").status, 204)
            self.assertEqual(server.request("UNLOCK", "/f", {"Lock-Token": token}).status, 204)
            server.kill()
            server.start()
            self.assertEqual(server.request("PUT", "/f", body=b"z").status, 204)
        finally:
            server.stop()

    def test_locks_beyond_the_limit_are_refused(self):
        server = Server(config="[locks]\nmost = 3\n")
        try:
            for i in range(3):
                self.assertEqual(server.request("LOCK", f"/{i}", {"Timeout": "Second-2"}, lockinfo()).status, 201)
            answer = server.request("LOCK", "/more", {}, lockinfo())
            self.assertEqual((answer.status, bool(answer.header("Retry-After"))), (503, True))
            self.assertEqual(server.request("GET", "/more").status, 404)
            time.sleep(8)  # they run out, and a little later they are forgotten
            self.assertEqual(server.request("LOCK", "/more", {}, lockinfo()).status, 201)
        finally:
            server.stop()

    def test_shared_locks_that_cover_one_resource_are_bounded(self):
        server = Server(config="[locks]\nmax_shared_per_resource = 3\n")
        try:
            server.request("MKCOL", "/d")
            for path in ("/d/f", "/d/g"):
                server.request("PUT", path, body=b"x")
            tokens = [server.request("LOCK", path, {}, lockinfo("shared")).header("Lock-Token") for path in ("/d", "/d/f", "/d/f")]
            answer = server.request("LOCK", "/d/f", {}, lockinfo("shared"))
            self.assertEqual((answer.status, bool(answer.header("Retry-After"))), (503, True))
            self.assertIn(b'code="too-many-shared-locks"', answer.body)
            self.assertIn(b"locks.max_shared_per_resource", answer.body)
            # Another member is covered by the lock above alone.
            self.assertEqual(server.request("LOCK", "/d/g", {}, lockinfo("shared")).status, 200)
            self.assertEqual(server.request("UNLOCK", "/d/f", {"Lock-Token": tokens[1]}).status, 204)
            self.assertEqual(server.request("LOCK", "/d/f", {}, lockinfo("shared")).status, 200)
        finally:
            server.stop()

    def test_cap_for_one_user(self):
        server = Server(config="[locks]\nmost_per_user = 2\n")
        try:
            for i in range(2):
                self.assertEqual(server.request("LOCK", f"/{i}", {}, lockinfo("shared")).status, 201)
            answer = server.request("LOCK", "/1", {}, lockinfo("shared"))
            self.assertEqual((answer.status, bool(answer.header("Retry-After"))), (503, True))
            self.assertIn(b'code="too-many-locks"', answer.body)
        finally:
            server.stop()



class Many(Case):
    """An answer names a hundred locks at most, and tells how many more there are."""

    def test_thirty_two_shared_locks_are_enough_unless_configured(self):
        self.put(self.dir + "/f")
        answers = [self.request("LOCK", self.dir + "/f", {"Depth": "0"}, lockinfo("shared")).status for _ in range(33)]
        self.assertEqual(answers, [200] * 32 + [503])

    def test_a_refused_delete_names_a_hundred_of_the_locks_below(self):
        for i in range(150):
            self.lock(f"{self.dir}/{i:03}", depth="0")
        answer = self.expect(423, "DELETE", self.dir)
        names = answer.xml().find("{DAV:}lock-token-submitted")
        self.assertEqual(len(names), 100)
        self.assertIn(b"50 more locks are in the way", answer.body)

    def test_a_refused_lock_of_the_tree_names_a_hundred_of_the_members(self):
        for i in range(150):
            self.lock(f"{self.dir}/{i:03}", depth="0")
        answer = self.expect(207, "LOCK", self.dir, {}, lockinfo())
        statuses = [status for _, status, _ in multistatus(answer)]
        self.assertEqual(statuses, [423] * 100 + [424])
        self.assertIn(b"50 more members have conflicting locks", answer.body)


class LongOwners(Case):
    """A listing repeats the locks of a collection with every member."""

    def test_lockdiscovery_of_a_member_has_64_kib_at_most(self):
        self.expect(201, "MKCOL", self.dir + "/d")
        for i in range(5):
            self.put(f"{self.dir}/d/{i}")
        body = lockinfo("shared", "<D:owner>" + "o" * 4000 + "</D:owner>")
        for _ in range(32):
            self.expect(200, "LOCK", self.dir + "/d", {"Depth": "infinity"}, body)
        answer = self.expect(207, "PROPFIND", self.dir + "/d", {"Depth": "1"}, propfind_body("<D:lockdiscovery/>"))
        found = answer.xml().findall(".//{DAV:}lockdiscovery")
        self.assertEqual(len(found), 6)
        for each in found:
            self.assertGreater(len(each), 10)
            self.assertLess(len(each), 17)
        self.assertLess(len(answer.body), 6 * 68 * 1024)


class AtOnce(Case):
    config = "[locks]\nmost = 5\n"

    def test_the_limit_holds_for_those_that_come_together(self):
        connections = []
        for i in range(60):
            self.put(f"{self.dir}/{i}")
            connections.append(self.server.connect())
            self.addCleanup(connections[-1].close)
        body = lockinfo().encode()
        for i, each in enumerate(connections):
            each.send(f"LOCK {self.dir}/{i} HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        answers = [each.read("LOCK").status for each in connections]
        self.assertEqual(sorted(set(answers)), [200, 503])
        self.assertEqual(answers.count(200), 5)


if __name__ == "__main__":
    main()
