"""Idempotency-Key: done once, answered as often as asked."""

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
            self.assertEqual(answer.xml().find(OURS + "detail").get("changed"), "unknown")
            self.assertEqual(server.request("GET", "/g").status, 404)
        finally:
            server.stop()

    def test_bounded(self):
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

if __name__ == "__main__":
    main()
