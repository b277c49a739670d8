"""Clients that send random requests to few names, and write down what they sent, when, and what came back."""
import http.client
import itertools
import random
import re
import socket
import threading
import time

from model import Operation

PROPERTY = "{http://example.com/ns/}p"
_SET = ('<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="http://example.com/ns/"><D:set><D:prop>'
        "<Z:p>%s</Z:p></D:prop></D:set></D:propertyupdate>")
_ASK = '<?xml version="1.0"?><D:propfind xmlns:D="DAV:" xmlns:Z="http://example.com/ns/"><D:prop>%s</D:prop></D:propfind>'
_LOCK = ('<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
         "</D:lockinfo>")


class Gone(Exception):
    """No answer came: the server was killed, or closed the connection."""


class Recorder:
    """The operations of all clients by resource; thread-safe, since lists only grow."""

    def __init__(self, names):
        self.operations = {name: [] for name in names}
        self.numbers = itertools.count(1)
        self.unexpected = []

    def add(self, name, **fields):
        self.operations[name].append(Operation(**fields))


class Wire:
    """One connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, method, path, headers=None, body=None):
        try:
            self.connection.request(method, path, body, headers or {})
            answer = self.connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException, socket.timeout) as error:
            self.connection.close()
            raise Gone from error

    def close(self):
        self.connection.close()


def token_of(headers, body):
    text = headers.get("Lock-Token") or ""
    found = re.search(r"<(.+)>", text) or re.search(r"<[^>]*locktoken>\s*<[^>]*href>([^<]+)<", body.decode("utf-8", "replace"))
    return found.group(1) if found else None


def property_of(body):
    """The dead property in a 207; None when it is answered with 404."""
    found = re.search(rb"<(?:\w+:)?p\b[^>]*>([^<]*)</(?:\w+:)?p>", body)
    return found.group(1).decode() if found else None


def lock_of(body):
    found = re.search(rb"locktoken>\s*<[^>]*href>\s*([^<\s]+)\s*<", body)
    return found.group(1).decode() if found else None


class Client(threading.Thread):
    """Sends `count` operations, or as many as it can before the server is gone."""

    def __init__(self, index, port, recorder, seed, count, kinds):
        super().__init__(daemon=True)
        self.index, self.recorder, self.count, self.kinds = index, recorder, count, kinds
        self.chance = random.Random(seed)
        self.names = sorted(recorder.operations)
        self.wire = Wire(port)
        self.tags = {}   # name -> (value, entity tag) of its last read or write
        self.locks = {}  # name -> token
        self.made = itertools.count()
        self.seed = seed
        self.pending = []  # operations without an answer: added with their limit by settle()
        self.answered = 0

    def run(self):
        try:
            for _ in range(self.count):
                kind = self.chance.choice(self.kinds)
                getattr(self, kind)(self.chance.choice(self.names))
                self.answered += 1
                if self.chance.random() < 0.3:
                    time.sleep(self.chance.random() * 0.002)
        except Gone:
            pass
        finally:
            self.wire.close()

    def settle(self, limit):
        """After the server has ended: what had no answer happened before `limit` or never."""
        for name, fields in self.pending:
            self.recorder.add(name, end=None, limit=limit, **fields)
        self.pending = []

    def value(self):
        return f"{self.seed:x}-{next(self.made)}"

    def send(self, method, path, headers, body, parts):
        """`parts`: (resource, fields) of each resource that the operation is about. Returns the answer."""
        number = next(self.recorder.numbers)
        fields = [(name, dict(number=number, client=self.index, start=time.monotonic(), **each)) for name, each in parts]
        self.pending = fields
        status, answer, text = self.wire.ask(method, path, headers, body)
        if status >= 500:  # nothing may be concluded of it, as of no answer at all
            self.recorder.unexpected.append((method, path, status))
            raise Gone
        self.pending = []
        return fields, time.monotonic(), status, answer, text

    def note(self, fields, end, status, **more):
        for name, each in fields:
            self.recorder.add(name, **{**each, **more}, end=end, limit=end, status=status)

    def held(self, name):
        """Half of the time it sends the token it has."""
        token = self.locks.get(name)
        return token if token and self.chance.random() < 0.8 else None

    def remember(self, name, value, headers):
        """A weak entity tag never matches (RFC 9110, 13.1.1)."""
        tag = headers.get("ETag")
        if tag and not tag.startswith("W/"):
            self.tags[name] = (value, tag)

    def get(self, name):
        fields, end, status, headers, body = self.send("GET", name, {}, None, [(name, {"kind": "GET"})])
        value = body.decode() if status == 200 else None
        if status == 200:
            self.remember(name, value, headers)
        self.note(fields, end, status, value=value)

    def put(self, name):
        value, headers, condition, token = self.value(), {}, None, self.held(name)
        if token:
            headers["If"] = f"(<{token}>)"
        choice = self.chance.random()
        if choice < 0.15 and "conditions" in self.recorder.abilities:
            headers["If-None-Match"], condition = "*", "absent"
        # Each LOCK of a free name makes another empty file: their tags differ, and no value tells them apart.
        elif choice < 0.4 and self.tags.get(name, [""])[0] and "conditions" in self.recorder.abilities:
            headers["If-Match"], condition = self.tags[name][1], self.tags[name][0]
        parts = [(name, {"kind": "PUT", "value": value, "condition": condition, "token": token})]
        fields, end, status, headers, _ = self.send("PUT", name, headers, value, parts)
        if status in (201, 204):
            self.remember(name, value, headers)
        self.note(fields, end, status)

    def delete(self, name):
        token = self.held(name)
        headers = {"If": f"(<{token}>)"} if token else {}
        fields, end, status, _, _ = self.send("DELETE", name, headers, None, [(name, {"kind": "DELETE", "token": token})])
        if status == 204:
            self.locks.pop(name, None)
        self.note(fields, end, status)

    def move(self, name):
        self.transfer("MOVE", name)

    def copy(self, name):
        self.transfer("COPY", name)

    def transfer(self, method, name):
        other = self.chance.choice([n for n in self.names if n != name])
        overwrite = "F" if self.chance.random() < 0.3 else "T"
        headers = {"Destination": f"http://127.0.0.1:{self.wire.connection.port}{other}", "Overwrite": overwrite}
        parts = [(name, {"kind": method + " from"}), (other, {"kind": "arrive"})]
        fields, end, status, _, _ = self.send(method, name, headers, None, parts)
        self.note(fields, end, status)

    def proppatch(self, name):
        value, token = self.value(), self.held(name)
        headers = {"If": f"(<{token}>)"} if token else {}
        headers["Content-Type"] = "application/xml"
        parts = [(name, {"kind": "PROPPATCH", "value": value, "token": token})]
        fields, end, status, _, _ = self.send("PROPPATCH", name, headers, _SET % value, parts)
        self.note(fields, end, status)

    def propfind(self, name):
        headers = {"Depth": "0", "Content-Type": "application/xml"}
        fields, end, status, _, body = self.send("PROPFIND", name, headers, _ASK % "<Z:p/>", [(name, {"kind": "PROPFIND"})])
        self.note(fields, end, status, value=property_of(body) if status == 207 else None)

    def lock(self, name):
        headers = {"Timeout": "Second-3600", "Content-Type": "application/xml", "Depth": "0"}
        fields, end, status, answer, body = self.send("LOCK", name, headers, _LOCK, [(name, {"kind": "LOCK"})])
        token = token_of(answer, body) if status in (200, 201) else None
        if token:
            self.locks[name] = token
        self.note(fields, end, status, token=token)

    def unlock(self, name):
        token = self.locks.pop(name, None)
        if not token:
            return self.lock(name)
        parts = [(name, {"kind": "UNLOCK", "token": token})]
        fields, end, status, _, _ = self.send("UNLOCK", name, {"Lock-Token": f"<{token}>"}, None, parts)
        self.note(fields, end, status)
        return None


class Survey(Client):
    """Reads every resource once, alone, and releases its lock: what a round ends with and the next one begins with."""

    def __init__(self, port, recorder):
        super().__init__(-1, port, recorder, 0, 0, [])

    def find_lock(self, name):
        headers = {"Depth": "0", "Content-Type": "application/xml"}
        fields, end, status, _, body = self.send("PROPFIND", name, headers, _ASK % "<D:lockdiscovery/>", [(name, {"kind": "find lock"})])
        token = lock_of(body) if status == 207 else None
        self.note(fields, end, status, value=token)
        return token

    def look(self):
        """Returns {resource: (value or None, property or None)}."""
        found = {}
        for name in self.names:
            self.get(name)
            content = self.recorder.operations[name][-1].value
            property_ = None
            if "properties" in self.recorder.abilities:
                self.propfind(name)
                property_ = self.recorder.operations[name][-1].value
            if "locks" in self.recorder.abilities:
                token = self.find_lock(name)
                if token:
                    self.locks[name] = token
                    self.unlock(name)
            found[name] = (content, property_)
        self.wire.close()
        return found
