"""Whole trees for the crash test: COPY, MOVE, DELETE, overwriting, LOCK, refresh, UNLOCK and PROPPATCH, one after another, with an
account of what must be there. When the server dies, one request is open: what is found is the state before it or the one after it."""
import os
import random
import shutil
import threading
import uuid

from davit import lockinfo, one, propertyupdate, propfind_body, set_prop

Z, ISO = "{http://example.com/ns/}", 1000000000
NAMES = ("a", "b", "c")
FOLDERS, FILES = 4, 10  # of each tree


def meta_update(number):
    """Dead properties, mode and clock in one PROPPATCH; all must tell the same number."""
    dead = "".join(f"<Z:m{i}>{number}</Z:m{i}>" for i in range(5))
    mode = f"<A:executable>{'T' if number % 2 else 'F'}</A:executable>"
    return propertyupdate(set_prop(dead + mode + f"<D:lastmodified>{ISO + number}</D:lastmodified>"))


class Trees(threading.Thread):
    def __init__(self, server, place, seed):
        super().__init__()
        self.server, self.place, self.chance = server, place, random.Random(seed)
        self.state = dict.fromkeys(NAMES)  # name -> (number of the tree, number in the properties of its file `meta`) or None
        self.locks, self.released = {}, []
        self.pending = None  # (request, key, state after it, whose locks it changes)
        self.done, self.built, self.wrong = 0, 0, None

    def path(self, name):
        return f"{self.place}/{name}"

    def run(self):
        try:
            self.server.request("MKCOL", self.place)
            while not self.wrong:
                self.step()
                self.done += 1
        except (EOFError, OSError):
            pass

    def step(self):
        there = [n for n in NAMES if self.state[n]]
        what = self.chance.choices(["build", "copy", "move", "delete", "lock", "refresh", "unlock", "meta"], [3, 5, 5, 2, 3, 2, 2, 4])[0]
        if what == "build" or not there:
            return self.build()
        name, other = self.chance.choice(there), self.chance.choice(NAMES)
        after = dict(self.state)
        if what in ("copy", "move") and name != other:
            after[other] = self.state[name]
            if what == "move":
                after[name] = None
            self.change(what.upper(), name, after, {"Destination": self.path(other)}, loses=[name] if what == "move" else [])
        elif what == "delete":
            after[name] = None
            self.change("DELETE", name, after, loses=[name])
        elif what == "meta":
            number = self.chance.randrange(1 << 20)
            after[name] = (self.state[name][0], number)
            self.change("PROPPATCH", name + "/meta", after, body=meta_update(number))
        elif what == "lock" and name not in self.locks:
            answer = self.ask("LOCK", name, self.state, {"Timeout": "Second-3600"}, lockinfo(), [name])
            if answer.status == 200:
                self.locks[name] = answer.header("Lock-Token")
        elif what == "refresh" and name in self.locks:
            self.ask("LOCK", name, self.state, {"If": f"({self.locks[name]})", "Timeout": "Second-1800"})
        elif what == "unlock" and name in self.locks:
            self.ask("UNLOCK", name, self.state, {"Lock-Token": self.locks[name]}, None, [name])
            self.released.append((name, self.locks.pop(name)))

    def build(self):
        """Made aside without the server, moved into place by it: from nothing to a whole tree, or from one to another."""
        self.built += 1
        aside, number, name = f"new{self.built}", self.chance.randrange(1 << 20), self.chance.choice(NAMES)
        root = self.server.root + self.path(aside)
        for folder in range(FOLDERS):
            os.makedirs(f"{root}/{folder}")
            for file in range(FILES):
                with open(f"{root}/{folder}/{file}", "w") as out:
                    out.write(str(number))
        open(f"{root}/meta", "w").close()
        self.server.request("PROPPATCH", self.path(aside), {}, propertyupdate(set_prop(f"<Z:tree>{number}</Z:tree>")))
        self.server.request("PROPPATCH", self.path(aside) + "/meta", {}, meta_update(number))
        self.change("MOVE", aside, {**self.state, name: (number, number)}, {"Destination": self.path(name)})

    def change(self, method, name, after, headers=None, body=None, loses=()):
        tokens = " ".join(f"<{self.path(n)}> ({token})" for n, token in self.locks.items())
        if self.ask(method, name, after, {**(headers or {}), **({"If": tokens} if tokens else {})}, body, loses).status < 300:
            for lost in loses:
                if lost in self.locks:
                    self.released.append((lost, self.locks.pop(lost)))

    def ask(self, method, name, after, headers, body=None, changes_locks_of=()):
        key = str(uuid.UUID(int=self.chance.getrandbits(128))) if self.chance.random() < 0.5 else None
        request = (method, self.path(name), {**headers, **({"Idempotency-Key": f'"{key}"'} if key else {})}, body)
        self.pending = (request, key, after, list(changes_locks_of))
        answer = self.server.request(*request)
        self.pending = None
        if answer.status < 300:
            self.state = after
        else:
            self.wrong = f"{method} {name} {headers}: {answer}"
        return answer

    # After the crash.

    def look(self):
        assert not self.wrong, self.wrong
        found = {name: self.found(name) for name in NAMES}
        request, key, after, unsure = self.pending or (None, None, self.state, [])
        assert found in (self.state, after), f"{self.place}: {found} is neither {self.state} nor, after {request}, {after}"
        self.outcome = "none open" if not request else "done" if found == after else "not done"
        for name, token in self.locks.items():
            if name not in unsure:
                assert self.server.request("PUT", self.path(name) + "/x", {}, b"").status == 423, f"the lock of {name} is gone"
                assert self.server.request("LOCK", self.path(name), {"If": f"({token})"}).status == 200
        for name, token in self.released:
            assert self.server.request("LOCK", self.path(name), {"If": f"({token})"}).status == 412, f"{name} has its old lock again"
        if key:
            self.repeat(request, found, after)

    def repeat(self, request, found, after):
        """The same request with its key: the first answer, or that nobody knows; never a second time."""
        answer = self.server.request(*request)
        now = {name: self.found(name) for name in NAMES}
        if answer.status == 409:
            assert now == found, f"{request} is told that nobody knows, and was done"
        else:
            assert answer.status < 300 and now == after, f"{request}, repeated: {answer}; {found} became {now}"
            assert answer.header("Idempotency-Replayed") or found == self.state, f"{request} was done twice"

    def found(self, name):
        root = self.server.root + self.path(name)
        if not os.path.lexists(root):
            return None
        numbers = set()
        for folder in range(FOLDERS):
            assert len(os.listdir(f"{root}/{folder}")) == FILES, f"{root}: half a tree"
            for file in range(FILES):
                with open(f"{root}/{folder}/{file}") as content:
                    numbers.add(int(content.read()))
        assert len(os.listdir(root)) == FOLDERS + 1, f"{root}: {os.listdir(root)}"
        ask = lambda path, names: one(self.server.request("PROPFIND", path, {"Depth": "0"}, propfind_body(names)))
        numbers.add(int(ask(self.path(name), "<Z:tree/>")[Z + "tree"][1].text))
        assert len(numbers) == 1, f"{root}: of several trees {numbers}"
        meta = {int(e.text) for _, e in ask(self.path(name) + "/meta", "".join(f"<Z:m{i}/>" for i in range(5))).values()}
        status = os.stat(root + "/meta")
        meta.add(int(status.st_mtime) - ISO)
        assert len(meta) == 1 and bool(status.st_mode & 0o100) == bool(min(meta) % 2), f"{root}/meta: torn {meta} {status.st_mode:o}"
        return numbers.pop(), meta.pop()

    def clear(self):
        shutil.rmtree(self.server.root + self.place, ignore_errors=True)
