#!/usr/bin/env python3
"""Sixteen clients change one resource at the same moment under one condition: exactly one of them wins, the others are told
why not, and what is there afterwards is the winner's. DAVIT_RACE_ROUNDS says how often (1,000; fewer under sanitizers).

What "exactly one wins" can mean for PROPPATCH. An entity tag speaks of the representation, and RFC 4918, 8.6 says that it
should not change while the content stays the same, and that nothing like it exists for properties. So sixteen PROPPATCHes of
dead properties under one If-Match all succeed, rightly: none of them made the others' condition false. A PROPPATCH that sets
the file's clock does change the entity tag (and Last-Modified) here; of sixteen such, one wins. That is the race in `Proppatch`.
`Guarded` has the other case: PROPPATCHes of dead properties against one PUT, where those evaluated after the PUT must lose."""
import os
import socket
import threading
import unittest

from davit import Case, Connection, lockinfo, main, one, propertyupdate, propfind_body, set_prop

ROUNDS = int(os.environ.get("DAVIT_RACE_ROUNDS", "1000"))
RACERS = 16
Z = "{http://example.com/ns/}"


def racing_connection(address):
    connection = Connection(address, timeout=60)
    connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def message(method, path, headers=(), body=b""):
    body = body.encode() if isinstance(body, str) else body
    fields = {"Host": "localhost", **dict(headers), "Content-Length": str(len(body))}
    return (f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n").encode() + body


class Race(Case):
    config = "[storage]\ndurable = false\n"  # what is raced for is order; waiting for the disk would only make it slow

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.racers = [racing_connection(cls.server.address) for _ in range(RACERS)]
        cls.judge = racing_connection(cls.server.address)

    @classmethod
    def tearDownClass(cls):
        for connection in (*cls.racers, cls.judge):
            connection.close()
        super().tearDownClass()

    def ask(self, method, path, headers=None, body=None):
        return self.request(method, path, headers, body, connection=self.judge)

    def race(self, messages):
        """All but the last byte of each has arrived before the first of these bytes is sent."""
        for connection, data in zip(self.racers, messages):
            connection.send(data[:-1])
        for connection, data in zip(self.racers, messages):
            connection.send(data[-1:])
        answers = [connection.read() for connection in self.racers[:len(messages)]]
        for i, answer in enumerate(answers):
            if answer.header("Connection") == "close":  # refused before its body had come
                self.racers[i].close()
                self.racers[i] = racing_connection(self.server.address)
        return answers

    def winner(self, answers, won, lost):
        """The one that won; everybody else was answered as `lost` says."""
        winners = [i for i, answer in enumerate(answers) if answer.status == won]
        self.assertEqual(len(winners), 1, [a.status for a in answers])
        for i, answer in enumerate(answers):
            if i != winners[0]:
                self.assertIn(answer.status, lost, answer)
        return winners[0]

    def tag(self, path):
        answer = self.ask("HEAD", path)
        return answer.header("ETag") if answer.status == 200 else None

    def fresh(self, path, body=b"x"):
        answer = self.ask("PUT", path, {}, body)
        self.assertEqual(answer.status, 201, answer)
        return answer.header("ETag")


class Writers(Race):
    def test_put_if_match(self):
        path = self.dir + "/f"
        tag = self.fresh(path)
        for turn in range(ROUNDS):
            bodies = [b"%d by %d" % (turn, i) for i in range(RACERS)]
            answers = self.race([message("PUT", path, {"If-Match": tag}, body) for body in bodies])
            won = self.winner(answers, 204, (412,))
            tag = answers[won].header("ETag")
            found = self.ask("GET", path)
            self.assertEqual((found.body, found.header("ETag")), (bodies[won], tag))

    def test_put_if_none_match(self):
        for turn in range(ROUNDS):
            path = f"{self.dir}/{turn}"
            bodies = [b"%d by %d" % (turn, i) for i in range(RACERS)]
            won = self.winner(self.race([message("PUT", path, {"If-None-Match": "*"}, body) for body in bodies]), 201, (412,))
            self.assertEqual(self.ask("GET", path).body, bodies[won])

    def test_delete_if_match(self):
        """Whoever comes too late finds nothing: 404, which goes before the condition (RFC 9110, 13.2.1)."""
        path = self.dir + "/f"
        for _ in range(ROUNDS):
            tag = self.fresh(path)
            self.winner(self.race([message("DELETE", path, {"If-Match": tag})] * RACERS), 204, (404,))
            self.assertIsNone(self.tag(path))

    def test_move_if_match(self):
        path = self.dir + "/f"
        for turn in range(ROUNDS):
            body = b"%d" % turn
            tag = self.fresh(path, body)
            places = [f"{self.dir}/to{i}" for i in range(RACERS)]
            won = self.winner(self.race([message("MOVE", path, {"Destination": to, "If-Match": tag}) for to in places]), 201, (404,))
            self.assertEqual(self.ask("GET", places[won]).body, body)
            self.assertEqual(os.listdir(self.server.root + self.dir), [f"to{won}"])
            self.assertEqual(self.ask("DELETE", places[won]).status, 204)

    def test_move_onto_one_name(self):
        """If-None-Match speaks of the source; what guards the Destination of a MOVE is Overwrite: F."""
        places, onto = [f"{self.dir}/from{i}" for i in range(RACERS)], self.dir + "/to"
        for i, place in enumerate(places):
            self.fresh(place, b"%d" % i)
        for _ in range(ROUNDS):
            won = self.winner(self.race([message("MOVE", place, {"Destination": onto, "Overwrite": "F"}) for place in places]), 201, (412,))
            self.assertEqual(self.ask("GET", onto).body, b"%d" % won)
            self.assertEqual(self.ask("MOVE", onto, {"Destination": places[won], "Overwrite": "F"}).status, 201)

    def test_lock_one_name(self):
        for turn in range(ROUNDS):
            path = f"{self.dir}/{turn % 2}"  # unmapped in the first two rounds, then a file
            answers = self.race([message("LOCK", path, {"Timeout": "Second-600"}, lockinfo())] * RACERS)
            won = self.winner(answers, 201 if turn < 2 else 200, (423,))
            token = answers[won].header("Lock-Token")
            self.assertEqual(self.ask("PUT", path, {}, b"x").status, 423)
            self.assertEqual(self.ask("PUT", path, {"If": f"({token})"}, b"x").status, 204)
            self.assertEqual(self.ask("UNLOCK", path, {"Lock-Token": token}).status, 204)

    def test_of_concurrent_mkcols_one_wins(self):
        for turn in range(ROUNDS):
            path = f"{self.dir}/{turn}"
            self.winner(self.race([message("MKCOL", path)] * RACERS), 201, (405,))
            self.assertTrue(os.path.isdir(self.server.root + path))

    def test_all_methods_against_each_other(self):
        """Of sixteen requests of four methods under one If-Match still only one wins."""
        path, to = self.dir + "/f", self.dir + "/to"
        kinds = [("PUT", {}, b"new"), ("DELETE", {}, b""), ("MOVE", {"Destination": to}, b""), ("PROPPATCH", {}, clock(1))]
        for _ in range(ROUNDS):
            tag = self.fresh(path)
            answers = self.race([message(m, path, {"If-Match": tag, **h}, b) for m, h, b in kinds * (RACERS // len(kinds))])
            good = [i for i, a in enumerate(answers) if a.status < 300]
            self.assertEqual(len(good), 1, [a.status for a in answers])
            method = kinds[good[0] % len(kinds)][0]
            for i, answer in enumerate(answers):
                # A PUT to nothing is no mistake in itself, so its condition is looked at and does not hold.
                gone = method in ("DELETE", "MOVE") and kinds[i % len(kinds)][0] != "PUT"
                self.assertTrue(i in good or answer.status == (404 if gone else 412), (method, [a.status for a in answers]))
            left = {"PUT": ["f"], "PROPPATCH": ["f"], "DELETE": [], "MOVE": ["to"]}[method]
            self.assertEqual(os.listdir(self.server.root + self.dir), left)
            for name in left:
                self.assertEqual(self.ask("DELETE", f"{self.dir}/{name}").status, 204)


def clock(number):
    return propertyupdate(set_prop(f"<Z:by>{number}</Z:by><D:lastmodified>{1000000000 + number}</D:lastmodified>"))


class Proppatch(Race):
    def found(self, path):
        return one(self.ask("PROPFIND", path, {"Depth": "0"}, propfind_body("<Z:by/><D:lastmodified/><D:getetag/>")))

    def test_proppatch_if_match(self):
        path = self.dir + "/f"
        tag = self.fresh(path)
        for turn in range(ROUNDS):
            first = turn * RACERS
            answers = self.race([message("PROPPATCH", path, {"If-Match": tag}, clock(first + i)) for i in range(RACERS)])
            won = self.winner(answers, 207, (412,))
            self.assertEqual({s for s, _ in one(answers[won]).values()}, {200})
            found = self.found(path)
            self.assertEqual(found[Z + "by"][1].text, str(first + won))
            self.assertEqual(os.stat(self.server.root + path).st_mtime // 1, 1000000000 + first + won)
            self.assertNotEqual(found["{DAV:}getetag"][1].text, tag)
            tag = found["{DAV:}getetag"][1].text

    def test_dead_properties_guarded_against_a_put(self):
        path = self.dir + "/f"
        tag = self.fresh(path)
        for turn in range(ROUNDS // 4):
            bodies = [propertyupdate(set_prop(f"<Z:by>{turn}-{i}</Z:by>")) for i in range(RACERS - 1)]
            messages = [message("PROPPATCH", path, {"If-Match": tag}, body) for body in bodies]
            place = turn % RACERS
            messages.insert(place, message("PUT", path, {"If-Match": tag}, b"%d" % turn))
            answers = self.race(messages)
            put = answers.pop(place)
            self.assertEqual(put.status, 204, "no PROPPATCH of a dead property makes the PUT's condition false")
            self.assertLessEqual({a.status for a in answers}, {207, 412})
            before = {f"{turn}-{i}" for i, a in enumerate(answers) if a.status == 207}
            found = self.found(path)
            if before:
                self.assertIn(found[Z + "by"][1].text, before, "the PUT keeps what was patched before it, and nothing came after")
            tag = put.header("ETag")
            self.assertEqual(found["{DAV:}getetag"][1].text, tag)


class OtherResources(Race):
    """Conditions that an If header states about another resource than the one that is written."""

    def test_tag_of_another_resource(self):
        guard, path = self.dir + "/guard", self.dir + "/f"
        tag, mine = self.fresh(guard), self.fresh(path)
        for turn in range(ROUNDS // 4):
            # Two swapped requests: each writes what the other's condition is about. Both together can never succeed.
            swap = [message("PUT", path, {"If": f"<{guard}> ([{tag}])"}, b"%d" % turn),
                    message("PUT", guard, {"If": f"<{path}> ([{mine}])"}, b"%d" % turn)] * (RACERS // 2)
            answers = self.race(swap)
            good = {i % 2 for i, a in enumerate(answers) if a.status == 204}
            self.assertEqual(len(good), 1, [a.status for a in answers])
            self.assertLessEqual({a.status for a in answers}, {204, 412})
            tag, mine = self.tag(guard), self.tag(path)


class Refreshed(Race):
    def test_a_lock_stands_while_it_is_refreshed(self):
        path = self.dir + "/f"
        token = self.lock(path)
        done = threading.Event()
        statuses = []

        def refresh():
            connection = racing_connection(self.server.address)
            while not done.is_set():
                statuses.append(self.request("LOCK", path, {"If": f"(<{token}>)", "Timeout": "Second-600"}, connection=connection).status)
            connection.close()

        threads = [threading.Thread(target=refresh) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(ROUNDS):
                answers = self.race([message("PUT", path, {}, b"x"), message("LOCK", path, {}, lockinfo()), message("DELETE", path)] * 5)
                self.assertEqual({a.status for a in answers}, {423}, [a.status for a in answers])
        finally:
            done.set()
            for thread in threads:
                thread.join()
        self.assertEqual(set(statuses), {200})


class Removal(Case):
    """With the disk: between the removal of a file and that of its lock then lies a write to the disk."""

    def test_a_deleted_file_is_not_locked_any_more(self):
        large = b"x" * 200000  # checked before it has arrived, without waiting for the DELETE
        for n in range(20):
            path = f"{self.dir}/{n}"
            self.put(path)
            token = self.lock(path)
            connection = self.server.connect()
            connection.send(message("DELETE", path, {"If": f"(<{token}>)"}))
            while os.path.exists(self.server.root + path):
                pass
            self.assertEqual(self.request("PUT", path, body=large).status, 201)
            self.assertEqual(connection.read().status, 204)
            connection.close()


if __name__ == "__main__":
    main()
