"""Bounds of locks: of one lock's owner, of one user's locks, of all. And locks whose times a wrong clock gave."""
import sqlite3
import unittest

from davit import Case, DAV, Server, lockinfo, main, one, propfind_body


def owner(size):
    """A DAV:owner whose element is at least `size` bytes long."""
    return f'<D:owner>{"o" * size}</D:owner>'


class Owner(Case):
    def test_owner_of_ordinary_size_is_kept_and_a_larger_one_is_refused(self):
        self.put(self.dir + "/f")
        self.expect(200, "LOCK", self.dir + "/f", {}, lockinfo(owner=owner(3900)))
        found = one(self.expect(207, "PROPFIND", self.dir + "/f", {"Depth": "0"}, propfind_body("<D:lockdiscovery/>")))
        self.assertIn("o" * 3900, "".join(found[DAV + "lockdiscovery"][1].itertext()))
        for path in ("/g", "/new"):
            if path == "/g":
                self.put(self.dir + path)
            answer = self.expect(422, "LOCK", self.dir + path, {}, lockinfo(owner=owner(5000)))
            self.assertIn(b'code="lock-owner-too-large"', answer.body)
        self.expect(422, "LOCK", self.dir + "/new", {}, lockinfo(owner=owner(200000)))
        self.expect(404, "GET", self.dir + "/new")
        deep = "<D:owner>" + "<D:href>x</D:href>" * 400 + "</D:owner>"
        self.expect(422, "LOCK", self.dir + "/g", {}, lockinfo(owner=deep))
        self.expect(204, "DELETE", self.dir + "/g")


class Bounds(unittest.TestCase):
    def test_locks_of_one_user_are_bounded(self):
        server = Server(config="[locks]\nmost_per_user = 3\n")
        try:
            tokens = []
            for number in range(3):
                answer = server.request("LOCK", f"/f{number}", body=lockinfo())
                self.assertEqual(answer.status, 201)
                tokens.append(answer.header("Lock-Token"))
            answer = server.request("LOCK", "/f3", body=lockinfo())
            self.assertEqual(answer.status, 503)
            self.assertIn(b'code="too-many-locks"', answer.body)
            self.assertIsNotNone(answer.header("Retry-After"))
            self.assertEqual(server.request("UNLOCK", "/f0", {"Lock-Token": tokens[0]}).status, 204)
            self.assertEqual(server.request("LOCK", "/f3", body=lockinfo()).status, 201)
        finally:
            server.stop()

    def test_memory_of_all_locks_is_bounded(self):
        server = Server(config='[locks]\nmax_bytes = "1MiB"\n')
        try:
            statuses = [server.request("LOCK", f"/f{number}", body=lockinfo(owner=owner(3900))).status for number in range(300)]
            granted = statuses.count(201)
            self.assertEqual(set(statuses), {201, 503})
            self.assertTrue(100 < granted < 270, granted)
            self.assertEqual(statuses, [201] * granted + [503] * (300 - granted))
        finally:
            server.stop()

    def test_one_of_several_unlocks_at_a_time_releases_the_lock(self):
        server = Server()
        try:
            for number in range(20):
                token = server.request("LOCK", f"/f{number}", body=lockinfo()).header("Lock-Token")
                connections = [server.connect() for _ in range(4)]
                head = f"UNLOCK /f{number} HTTP/1.1\r\nHost: x\r\nLock-Token: {token}\r\n\r\n".encode()
                for each in connections:
                    each.send(head)
                answers = [each.read("UNLOCK") for each in connections]
                for each in connections:
                    each.close()
                self.assertEqual(sorted(each.status for each in answers), [204, 409, 409, 409])
                self.assertIn(b"lock-token-matches-request-uri", next(each.body for each in answers if each.status == 409))
        finally:
            server.stop()


class Clock(unittest.TestCase):
    """The system's clock was wrong when a lock was taken."""

    def remaining(self, server, path):
        found = one(server.request("PROPFIND", path, {"Depth": "0"}, propfind_body("<D:lockdiscovery/>")))
        timeout = found[DAV + "lockdiscovery"][1].find(f"{DAV}activelock/{DAV}timeout")
        return int(timeout.text.split("-")[1])

    def test_lock_lasts_as_long_as_it_was_granted_for_at_most(self):
        server = Server()
        try:
            self.assertEqual(server.request("LOCK", "/f", {"Timeout": "Second-300"}, lockinfo()).status, 201)
            server.kill()
            connection = sqlite3.connect(server.root + "/.davit/state.db")
            years = 5 * 365 * 86400 * 10**9
            connection.execute("UPDATE lock SET created = created + ?, expires = expires + ?", (years, years))
            connection.commit()
            connection.close()
            server.start()
            self.assertTrue(200 < self.remaining(server, "/f") <= 300)
        finally:
            server.stop()

    def test_long_owner_of_an_older_program_is_not_read_into_memory(self):
        server = Server()
        try:
            self.assertEqual(server.request("LOCK", "/f", body=lockinfo()).status, 201)
            server.kill()
            connection = sqlite3.connect(server.root + "/.davit/state.db")
            connection.execute("UPDATE lock SET owner = ?", (b'<D:owner xmlns:D="DAV:">' + b"x" * 250000 + b"</D:owner>",))
            connection.commit()
            connection.close()
            server.start()
            answer = server.request("PROPFIND", "/f", {"Depth": "0"}, propfind_body("<D:lockdiscovery/>"))
            self.assertLess(len(answer.body), 4096)
            self.assertEqual(server.request("PUT", "/f", body=b"x").status, 423)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
