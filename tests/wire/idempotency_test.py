"""Idempotency-Key: done once, answered as often as asked."""

import base64
import crypt
import sqlite3
import tempfile
import time
import unittest

from davit import Case, Server, OURS, lockinfo, main, propertyupdate, set_prop

class Keys(Case):
    def test_a_move_is_not_done_twice(self):
        self.put(self.dir + "/a", b"first")
        move = lambda: self.request("MOVE", self.dir + "/a", {"Destination": self.dir + "/b", "Idempotency-Key": '"move-1"'})
        first = move()
        self.assertEqual(first.status, 201)
        self.put(self.dir + "/a", b"second")
        again = move()
        self.assertEqual((again.status, again.header("Idempotency-Replayed")), (201, "true"))
        self.assertEqual(again.header("Location"), first.header("Location"))
        self.assertEqual(self.get(self.dir + "/a"), b"second")
        self.assertEqual(self.get(self.dir + "/b"), b"first")

    def test_every_writing_method_replays(self):
        self.put(self.dir + "/f")
        for number, (method, path, headers, body) in enumerate((
                ("PUT", "/p", {}, b"x"), ("MKCOL", "/c", {}, None), ("COPY", "/f", {"Destination": self.dir + "/g"}, None),
                ("PROPPATCH", "/f", {}, propertyupdate(set_prop("<Z:p>v</Z:p>"))), ("LOCK", "/l", {}, lockinfo()), ("DELETE", "/g", {}, None),
                ("DELETE", "/none", {}, None), ("PROPPATCH", "/f", {}, propertyupdate(set_prop("<Z:p/><D:getetag/>"))))):
            key = {"Idempotency-Key": f"key-{number}", **headers}
            first = self.request(method, self.dir + path, key, body)
            again = self.request(method, self.dir + path, key, body)
            self.assertLess(first.status, 500)
            self.assertIsNone(first.header("Idempotency-Replayed"))
            self.assertEqual(again.header("Idempotency-Replayed"), "true")
            self.assertEqual((again.status, again.body, again.header("ETag"), again.header("Lock-Token")),
                             (first.status, first.body, first.header("ETag"), first.header("Lock-Token")), method)

    def test_a_key_has_at_most_255_bytes(self):
        self.expect(201, "PUT", self.dir + "/f", {"Idempotency-Key": '"' + "k" * 255 + '"'}, b"x")
        self.expect(400, "PUT", self.dir + "/f", {"Idempotency-Key": '"' + "k" * 256 + '"'}, b"x")

    def test_the_same_key_for_something_else(self):
        self.expect(201, "PUT", self.dir + "/f", {"Idempotency-Key": "k"}, b"x")
        answer = self.expect(422, "PUT", self.dir + "/g", {"Idempotency-Key": "k"}, b"x")
        self.assertIn(b'code="key-reused"', answer.body)
        self.expect(404, "GET", self.dir + "/g")
        for bad in ("a b", "x" * 300, '"a"b"'):
            self.expect(400, "PUT", self.dir + "/g", {"Idempotency-Key": bad}, b"x")

    def test_while_the_first_runs(self):
        connection = self.server.connect()
        connection.send(f"PUT {self.dir}/f HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: run\r\nContent-Length: 2\r\n\r\na".encode())
        time.sleep(0.3)
        answer = self.expect(409, "PUT", self.dir + "/f", {"Idempotency-Key": "run"}, b"ab")
        self.assertIn(b'code="request-in-progress"', answer.body)
        connection.send(b"b")
        self.assertEqual(connection.read().status, 201)
        connection.close()

    def test_what_may_pass_is_not_kept(self):
        self.put(self.dir + "/f")
        token = self.lock(self.dir + "/f")
        self.expect(423, "DELETE", self.dir + "/f", {"Idempotency-Key": "later"})
        self.expect(204, "UNLOCK", self.dir + "/f", {"Lock-Token": f"<{token}>"})
        self.expect(204, "DELETE", self.dir + "/f", {"Idempotency-Key": "later"})

    def test_reading_is_not_touched(self):
        self.put(self.dir + "/f", b"1")
        self.assertEqual(self.request("GET", self.dir + "/f", {"Idempotency-Key": "g"}).body, b"1")
        self.put(self.dir + "/f", b"2")
        self.assertEqual(self.request("GET", self.dir + "/f", {"Idempotency-Key": "g"}).body, b"2")

class Restart(unittest.TestCase):
    def test_replayed_after_kill_and_unknown_when_it_died_in_between(self):
        server = Server()
        try:
            key = {"Idempotency-Key": "done"}
            self.assertEqual(server.request("PUT", "/f", key, b"x").status, 201)
            connection = server.connect()
            connection.send(b"PUT /g HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: half\r\nContent-Length: 2\r\n\r\na")
            time.sleep(0.3)
            server.kill()
            connection.close()
            server.start()
            again = server.request("PUT", "/f", key, b"x")
            self.assertEqual((again.status, again.header("Idempotency-Replayed")), (201, "true"))
            answer = server.request("PUT", "/g", {"Idempotency-Key": "half"}, b"ab")
            self.assertEqual(answer.status, 409)
            self.assertIn(b'code="outcome-unknown"', answer.body)
            self.assertEqual(answer.xml().find(OURS + "detail").get("changed"), "unknown")
            self.assertEqual(server.request("GET", "/g").status, 404)
        finally:
            server.stop()

    def test_the_oldest_answers_go_when_there_are_too_many(self):
        server = Server(config="[idempotency]\nmost = 2\n")
        try:
            replayed = lambda i: server.request("PUT", f"/{i}", {"Idempotency-Key": f"k{i}"}, b"x").header("Idempotency-Replayed")
            for i in range(5):
                self.assertIsNone(replayed(i))
            # The newest are there still, though all came within a second.
            self.assertEqual([replayed(4), replayed(3)], ["true", "true"])
            self.assertIsNone(replayed(0))
        finally:
            server.stop()

    def test_what_runs_is_not_forgotten(self):
        server = Server(config="[idempotency]\nmost = 2\n")
        try:
            connection = server.connect()
            connection.send(b"PUT /f HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: run\r\nContent-Length: 2\r\n\r\na")
            time.sleep(0.3)
            for i in range(4):
                self.assertEqual(server.request("PUT", f"/{i}", {"Idempotency-Key": f"k{i}"}, b"x").status, 201)
            self.assertEqual(server.request("PUT", "/f", {"Idempotency-Key": "run"}, b"ab").status, 409)
            connection.send(b"b")
            self.assertEqual(connection.read().status, 201)
            connection.close()
            answer = server.request("PUT", "/f", {"Idempotency-Key": "run"}, b"ab")
            self.assertEqual((answer.status, answer.header("Idempotency-Replayed")), (201, "true"))
        finally:
            server.stop()

class Bounds(unittest.TestCase):
    USERS = '[auth]\nusers = "{users}"\n'

    def replays(self, server, key, path, **more):
        return server.request("PUT", path, {"Idempotency-Key": key, **more}, b"x").header("Idempotency-Replayed") == "true"

    def test_answers_of_one_user_are_bounded_by_number(self):
        server = Server(config="[idempotency]\nmax_per_user = 3\n")
        try:
            for i in range(6):
                self.assertFalse(self.replays(server, f"k{i}", f"/{i}"))
            self.assertEqual([self.replays(server, f"k{i}", f"/{i}") for i in (5, 4, 3)], [True, True, True])
            self.assertFalse(self.replays(server, "k0", "/0"))
        finally:
            server.stop()

    def test_answers_of_one_user_are_bounded_in_bytes(self):
        server = Server(config='[idempotency]\nmax_bytes_per_user = "1MiB"\nmax_answer_bytes = "512KiB"\n')
        try:
            names = "".join(f"<Z:{'p' * 200}{i}/>" for i in range(1000))
            for i in range(4):
                answer = server.request("PROPPATCH", "/", {"Idempotency-Key": f"k{i}"}, propertyupdate(set_prop(names)))
                self.assertEqual(answer.status, 207)
                self.assertGreater(len(answer.body), 200000)
            kept = sqlite3.connect(server.root + "/.davit/state.db").execute(
                "SELECT sum(length(fields) + length(body)), count(*) FROM idempotency").fetchone()
            self.assertLess(kept[0], 1 << 20)
            self.assertGreater(kept[1], 1)
        finally:
            server.stop()

    def test_answer_that_is_too_large_is_not_kept_and_the_request_not_done_again(self):
        server = Server(config='[idempotency]\nmax_answer_bytes = "1KiB"\n')
        try:
            names = "".join(f"<Z:p{i}/>" for i in range(100))
            body = propertyupdate(set_prop(names))
            self.assertEqual(server.request("PROPPATCH", "/", {"Idempotency-Key": "k"}, body).status, 207)
            answer = server.request("PROPPATCH", "/", {"Idempotency-Key": "k"}, body)
            self.assertEqual(answer.status, 409)
            self.assertIn(b'code="outcome-unknown"', answer.body)
            self.assertIn(b"207", answer.body)
        finally:
            server.stop()

    def test_long_head_takes_no_more_room_than_a_short_one(self):
        server = Server()
        try:
            condition = " ".join(f'(["{"x" * 100}{i}"])' for i in range(300)) + " (Not <DAV:no-lock>)"
            self.assertFalse(self.replays(server, "k", "/f", If=condition))
            self.assertTrue(self.replays(server, "k", "/f", If=condition))
            size, = sqlite3.connect(server.root + "/.davit/state.db").execute("SELECT length(fingerprint) FROM idempotency").fetchone()
            self.assertEqual(size, 32)
        finally:
            server.stop()

    def test_one_users_keys_never_push_out_anothers(self):
        with tempfile.NamedTemporaryFile("w", suffix=".users") as users:
            users.write("alice:" + crypt.crypt("a", "$5$salt") + "\nbob:" + crypt.crypt("b", "$5$salt") + "\n")
            users.flush()
            server = Server(config=f'[auth]\nusers = "{users.name}"\n[idempotency]\nmost = 3\n')
            try:
                login = {name: {"Authorization": "Basic " + base64.b64encode(f"{name}:{name[0]}".encode()).decode()} for name in ("alice", "bob")}
                self.assertFalse(self.replays(server, "k", "/alice", **login["alice"]))
                for i in range(10):
                    self.assertFalse(self.replays(server, f"k{i}", f"/bob{i}", **login["bob"]))
                self.assertTrue(self.replays(server, "k", "/alice", **login["alice"]))
                self.assertTrue(self.replays(server, "k9", "/bob9", **login["bob"]))
            finally:
                server.stop()


if __name__ == "__main__":
    main()
