#!/usr/bin/env python3
"""kill -9 in the midst of 200 random PUTs, PROPPATCHes, MOVEs, DELETEs, COPYs and LOCKs, restart, look: every file is an
old or a new whole version, every property set is whole, no temporary file remains, and so for whole trees, which crash_trees.py
keeps account of: each is wholly old or wholly new, and a lock held before is held after. With "trash", it keeps: what an
answered request replaced or deleted must be in there. Seeded: crash.py [SEED [ROUNDS [trash]]]."""
import collections
import hashlib
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from crash_trees import Trees  # noqa: E402
from davit import Server, lockinfo, one, propertyupdate, propfind_body, set_prop, wait_until  # noqa: E402

FILES, OPERATIONS = 12, 200
Z = "{http://example.com/ns/}"


def content(number):
    """A body that shows by itself whether it is whole: a header with size and digest, then the data."""
    chance = random.Random(number)
    data = chance.randbytes(chance.choice([0, 100, 5000, 200000, 2000000]))
    return b"%d %d %s\n" % (number, len(data), hashlib.sha256(data).hexdigest().encode()) + data


def check_content(body, where):
    head, _, data = body.partition(b"\n")
    number, size, digest = head.split()
    assert len(data) == int(size) and hashlib.sha256(data).hexdigest().encode() == digest, f"{where}: torn content"
    return int(number)


def properties(number):
    """Twenty properties that must all say the same number."""
    return set_prop("".join(f"<Z:p{i}>{number}</Z:p{i}>" for i in range(20)) + f"<D:lastmodified>{1000000000 + number}</D:lastmodified>")


class Worker(threading.Thread):
    """Operations one after another until the server dies under it. Owns its files, so it knows what may be there."""

    def __init__(self, server, index, seed):
        super().__init__()
        self.server, self.index, self.chance = server, index, random.Random(seed)
        self.done = 0
        self.acknowledged = {}  # path -> content number, for what was answered with success and not touched since
        self.locks = {}
        self.taken = set()  # content numbers that answered requests took away

    def path(self):
        return f"/w{self.index}/d{self.chance.randint(0, 2)}/f{self.chance.randint(0, FILES // 3)}"

    def run(self):
        try:
            while True:
                self.step()
                self.done += 1
        except (EOFError, OSError):
            pass

    def request(self, *args, **kwargs):
        return self.server.request(*args, **kwargs)

    def step(self):
        what = self.chance.choices(["put", "proppatch", "move", "copy", "delete", "lock", "folder"], [40, 20, 12, 10, 6, 6, 6])[0]
        path = self.path()
        headers = {"If": f"({self.locks[path]})"} if path in self.locks else {}
        if what == "put":
            number = self.chance.randint(0, 1 << 30)
            old = self.acknowledged.pop(path, None)
            if self.request("PUT", path, headers, content(number)).status in (201, 204):
                self.acknowledged[path] = number
                self.taken.add(old)
        elif what == "proppatch":
            self.request("PROPPATCH", path, headers, propertyupdate(properties(self.chance.randint(0, 1 << 20))))
        elif what in ("move", "copy"):
            to = self.path()
            if to in self.locks or path in self.locks or to == path:
                return
            known = self.acknowledged.pop(path, None) if what == "move" else self.acknowledged.get(path)
            replaced = self.acknowledged.pop(to, None)
            if self.request(what.upper(), path, {"Destination": to}).status in (201, 204):
                self.taken.add(replaced)
                if known is not None:
                    self.acknowledged[to] = known
            elif known is not None:
                self.acknowledged[path] = known
        elif what == "delete":
            old = self.acknowledged.pop(path, None)
            lock = self.locks.pop(path, None)  # goes with the file; if the answer is lost, nobody knows whether it went
            deleted = self.request("DELETE", path, headers).status == 204
            if deleted:
                self.taken.add(old)
            elif lock:
                self.locks[path] = lock
        elif what == "lock":
            answer = self.request("LOCK", path, {"Timeout": "Second-3600"}, lockinfo()) if path not in self.locks else None
            if answer is not None and answer.status in (200, 201):
                self.locks[path] = answer.header("Lock-Token")
                if answer.status == 201:
                    self.acknowledged[path] = None
        elif what == "folder":  # a folder exchanged for another
            a, b = f"/w{self.index}/x", f"/w{self.index}/y"
            self.request("MKCOL", a)
            self.request("PUT", a + "/inside", {}, content(1))
            self.request("MOVE", a, {"Destination": b})


def look_into_trash(server, workers):
    """Entries and records go in pairs, every content is whole, and what was taken away is there."""
    folder, found = os.path.join(server.root, ".davit", "trash"), set()
    names = lambda: {n for n in os.listdir(folder) if not n.endswith(".gone")}
    assert wait_until(lambda: all(n + ".origin" in names() if "." not in n else n[:-7] in names() for n in names())), names()
    for where, _, files in os.walk(folder):
        for name in files:
            if not name.endswith(".origin"):
                with open(os.path.join(where, name), "rb") as file:
                    body = file.read()
                found.add(check_content(body, where) if body else None)
    for worker in workers:
        lost = worker.taken - found - {None}
        assert not lost, f"taken away by answered requests and not in the trash: {lost}"


def look(server, workers, trash):
    for root, folders, files in os.walk(server.root):
        if root == server.root:
            folders[:] = [name for name in folders if name.startswith("w")]
        for name in files:
            path = os.path.join(root, name)[len(server.root):]
            answer = server.request("GET", path)
            assert answer.status == 200, (path, answer.status)
            found = check_content(answer.body, path) if answer.body else None
            for worker in workers:
                if path in worker.acknowledged:
                    assert found == worker.acknowledged[path], f"{path}: {found} is not what was acknowledged, {worker.acknowledged[path]}"
            values = {e.text for n, (s, e) in one(server.request("PROPFIND", path, {"Depth": "0"}, propfind_body(
                "".join(f"<Z:p{i}/>" for i in range(20))))).items() if s == 200}
            assert len(values) <= 1, f"{path}: torn property set {values}"
    for worker in workers:
        for path in worker.acknowledged:
            assert os.path.exists(server.root + path), f"{path} was acknowledged and is gone"
        for path, token in worker.locks.items():
            answer = server.request("LOCK", path, {"If": f"({token})"})
            assert answer.status == 200, f"the lock of {path} is gone: {answer}"
    if trash:
        look_into_trash(server, workers)
    for name in ("tmp",) if trash else ("tmp", "trash"):
        folder = os.path.join(server.root, ".davit", name)
        assert wait_until(lambda: not os.listdir(folder)), f"{folder} holds {os.listdir(folder)}"


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 4918
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    trash = "trash" in sys.argv
    server = Server(config='[trash]\nkeep = "7d"\n' if trash else None)
    chance = random.Random(seed)
    total, outcomes = 0, collections.Counter()
    for turn in range(rounds):
        workers = [Worker(server, i, chance.random()) for i in range(4)]
        for worker in workers:
            for folder in (f"/w{worker.index}", *(f"/w{worker.index}/d{d}" for d in range(3))):
                server.request("MKCOL", folder)
        # What trees leave in the trash is not told from what the workers do.
        trees = [] if trash else [Trees(server, f"/trees{turn}-{i}", chance.random()) for i in range(3)]
        for worker in workers + trees:
            worker.start()
        goal = chance.randint(OPERATIONS // 2, OPERATIONS)
        while sum(w.done for w in workers + trees) < goal:
            time.sleep(0.001)
            assert not any(tree.wrong for tree in trees), [tree.wrong for tree in trees]
        time.sleep(chance.random() * 0.02)
        server.kill()
        for worker in workers + trees:
            worker.join()
        total += sum(w.done for w in workers + trees)
        server.start()
        for tree in trees:
            tree.look()
            outcomes[tree.outcome] += 1
            tree.clear()
        look(server, workers, trash)
        for worker in workers:
            for path, token in worker.locks.items():
                assert server.request("UNLOCK", path, {"Lock-Token": token}).status == 204
    server.stop()
    print(f"seed {seed}: {rounds} crashes over {total} operations; everything whole; open requests of trees: {dict(outcomes)}")


main()
