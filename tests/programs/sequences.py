#!/usr/bin/env python3
"""Sends random sequences of requests to a server with a real folder: every method, valid and mutated heads and bodies, If,
Destination, Depth, Range, locks, and changes made in the folder beside the server. What must hold:

* the server lives, and no sanitizer says anything;
* every request that is whole gets an answer, and every answer can be parsed;
* no answer is a 500;
* in every Multi-Status the cause of a 424 (Failed Dependency) stands before it.

Each round is a server and a folder of its own, made from the seed and the number of the round:

    sequences.py --seconds 3600               # an hour, with a seed of its own that is printed
    sequences.py --seed 4918 --round 17       # the same sequence again
"""
import argparse
import os
import random
import shutil
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
from lxml import etree  # noqa: E402

from davit import DAV, Connection, Server  # noqa: E402

REQUESTS_A_ROUND = 300
PATIENCE = 60  # seconds for an answer of a sanitized build beside other work

NAMES = ["a", "b", "c", "d%20e", "z%C3%B6", "zo%CC%88", "a%2Cb", "a+b", "%41", "&lt;", "long" * 60, "A"]
CONFIGS = [
    "",
    '[webdav]\ntrees = "best-effort"\n',
    '[trash]\nkeep = "1h"\n',
    "[storage]\ndurable = false\n",
    '[webdav]\ntrees = "best-effort"\n[trash]\nkeep = "1h"\n[storage]\nproperties = "database"\n',
    "[limits]\nput_body_bytes = \"4KiB\"\nxml_body_bytes = \"4KiB\"\nproperty_body_bytes = \"8KiB\"\n",
    '[[rules]]\npath = "/"\nusers = ["anonymous"]\nallow = ["read", "write", "delete", "lock", "properties"]\n'
    '[[rules]]\npath = "/a"\nusers = ["anonymous"]\nallow = ["read"]\n[auth]\nanonymous = true\nusers = "USERS"\n',
]
LOCKINFO = ('<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:%s/></D:lockscope><D:locktype><D:write/></D:locktype>'
            "<D:owner><D:href>http://a/</D:href></D:owner></D:lockinfo>")
PROPFINDS = [
    None, "",
    '<propfind xmlns="DAV:"><allprop/></propfind>',
    '<propfind xmlns="DAV:"><propname/></propfind>',
    '<propfind xmlns="DAV:"><allprop/><include><quota-used-bytes/><supported-report-set/></include></propfind>',
    '<propfind xmlns="DAV:"><prop><getetag/><lockdiscovery/><resourcetype/><x xmlns="urn:x"/><displayname/></prop></propfind>',
]
UPDATES = [
    '<D:set><D:prop><Z:%d xmlns:Z="urn:z">%d</Z:%d></D:prop></D:set>',
    '<D:set><D:prop><x%d xmlns="urn:x">%d<y z="%d"/></x%d></D:prop></D:set>',
    '<D:remove><D:prop><x%d xmlns="urn:x"/></D:prop></D:remove>',
    "<D:set><D:prop><D:getetag>%d</D:getetag></D:prop></D:set>",
    "<D:set><D:prop><D:displayname>name %d</D:displayname></D:prop></D:set>",
    "<D:set><D:prop><D:getcontenttype>text/x-%d</D:getcontenttype></D:prop></D:set>",
    '<D:set><D:prop><Win32LastModifiedTime xmlns="urn:schemas-microsoft-com:">Mon, 01 Jan 2001 00:00:0%d GMT</Win32LastModifiedTime></D:prop></D:set>',
]
MKCOLS = [
    '<D:mkcol xmlns:D="DAV:"><D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype><D:displayname>x</D:displayname></D:prop></D:set></D:mkcol>',
    '<D:mkcol xmlns:D="DAV:"><D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype><D:getetag>x</D:getetag></D:prop></D:set></D:mkcol>',
    "<D:mkcol xmlns:D='DAV:'/>", "x",
]
ODD_VALUES = ["", " ", "\x7f", "\xff\xfe", "*", "0", "-1", "18446744073709551616", "9" * 400, "/", "//", "/..", "/%2e%2e/", "%", "%00", "http://", "http:///x",
              "http://h:99999/x", "ftp://h/x", "<>", "()", "(<>)", "(Not <DAV:no-lock>)", "([\"])", "\"", "W/\"x\"", "bytes=", "bytes=-", "bytes=5-1",
              "bytes=0-0," * 300, "bytes 0-/*", "infinity", "1,noroot", "T", "Second-0", "Infinite", "opaquelocktoken:x", "<urn:uuid:x>", "chunked, gzip",
              "\t", "a" * 5000, "gzip;q=2", "return=minimal;;", "for=\"[::1\"", "Mon, 99 Foo 2020 00:00:00 GMT"]
# With an odd value of these nobody knows where the request ends.
FRAMING = {"Content-Length", "Transfer-Encoding", "Connection", "Expect", "Upgrade"}
FIELDS = ["If", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range", "Content-Range", "Depth", "Destination", "Overwrite",
          "Timeout", "Lock-Token", "Prefer", "Brief", "Expect", "Content-Type", "Content-Encoding", "Content-Length", "Transfer-Encoding", "Host", "Origin",
          "Authorization", "Accept-Encoding", "Idempotency-Key", "X-Request-Id", "X-OC-Mtime", "OC-Checksum", "Digest", "Repr-Digest", "Content-MD5",
          "X-Update-Range", "X-Expected-Entity-Length", "Forwarded", "X-Forwarded-For", "traceparent", "Connection", "Upgrade", "Cookie"]


class Fault(Exception):
    pass


class Round:
    def __init__(self, seed, number):
        self.seed, self.number = seed, number
        self.chance = random.Random(f"{seed}-{number}")
        self.tokens = []
        self.tags = ['"x"']
        self.sent = []
        self.connection = None
        self.links = 0

    # -- what is asked

    def pick(self, *choices):
        return self.chance.choice(choices)

    def often(self, share):
        return self.chance.random() < share

    def path(self):
        depth = self.chance.choice([0, 1, 1, 1, 2, 2, 3])
        path = "/" + "/".join(self.chance.choice(NAMES[:6] if self.often(0.9) else NAMES) for _ in range(depth))
        return path + "/" if depth and self.often(0.2) else path

    def condition(self):
        token = self.chance.choice(self.tokens) if self.tokens and self.often(0.9) else "urn:uuid:00000000-0000-0000-0000-000000000000"
        inner = self.pick(f"<{token}>", f"[{self.chance.choice(self.tags)}]", f"Not <{token}>", f"<{token}> [{self.chance.choice(self.tags)}]", "<DAV:no-lock>")
        return f"({inner})"

    def if_field(self):
        tagged = self.often(0.4)
        if tagged:
            return " ".join(f"<{self.pick('', 'http://localhost')}{self.path()}> {self.condition()}" for _ in range(self.chance.randint(1, 3)))
        return " ".join(self.condition() for _ in range(self.chance.randint(1, 3)))

    def fields(self, method):
        fields = {"Host": "localhost"}
        if method in ("COPY", "MOVE"):
            fields["Destination"] = self.pick("", "", "http://localhost") + self.path()
            if self.often(0.5):
                fields["Overwrite"] = self.pick("T", "F")
        if method in ("PROPFIND", "COPY", "LOCK", "DELETE", "MOVE") and self.often(0.7):
            fields["Depth"] = self.pick("0", "1", "infinity") if method == "PROPFIND" else self.pick("0", "infinity")
        if self.tokens and self.often(0.5) or self.often(0.1):
            fields["If"] = self.if_field()
        if method == "UNLOCK":
            fields["Lock-Token"] = "<%s>" % (self.chance.choice(self.tokens) if self.tokens else "urn:uuid:x")
        if method == "GET" and self.often(0.4):
            fields["Range"] = self.pick("bytes=0-1", "bytes=1-", "bytes=-3", "bytes=0-0,2-3", "bytes=100000-", "bytes=0-99999999")
        if self.often(0.15):
            fields[self.pick("If-Match", "If-None-Match", "If-Range")] = self.pick("*", self.chance.choice(self.tags), '"a", ' + self.chance.choice(self.tags))
        if method == "LOCK":
            fields["Timeout"] = self.pick("Infinite", "Second-100", "Second-1, Infinite")
        if self.often(0.05):
            fields["Idempotency-Key"] = self.pick("one", "two")
        if self.often(0.05):
            fields["Accept-Encoding"] = "gzip"
        self.framed = True
        if self.often(0.1):
            name = self.chance.choice(FIELDS)
            fields[name] = self.chance.choice(ODD_VALUES)
            self.framed = name not in FRAMING
        return fields

    def body(self, method, fields):
        if method == "PUT":
            if self.often(0.15):
                start = self.chance.randint(0, 20)
                length = self.chance.randint(1, 20)
                fields["Content-Range"] = f"bytes {start}-{start + length - 1}/{self.pick('*', str(start + length), '100')}"
                return self.chance.randbytes(length)
            return self.chance.randbytes(self.chance.choice([0, 1, 10, 100, 5000, 70000]))
        if method == "PATCH":
            fields["Content-Type"] = "application/x-sabredav-partialupdate"
            fields["X-Update-Range"] = self.pick("append", "bytes=0-3", "bytes=-2", "bytes=5-", "bytes=100000-")
            return self.chance.randbytes(self.chance.choice([0, 3, 4, 100]))
        if method == "PROPFIND":
            return self.chance.choice(PROPFINDS)
        if method == "PROPPATCH":
            number = self.chance.randint(1, 5)
            parts = []
            for _ in range(self.chance.randint(1, 4)):
                template = self.chance.choice(UPDATES)
                parts.append(template % ((number,) * template.count("%d")))
            return f'<D:propertyupdate xmlns:D="DAV:">{"".join(parts)}</D:propertyupdate>'.replace("Z:1", "Z:n1").replace("Z:2", "Z:n2")
        if method == "LOCK":
            return None if self.tokens and self.often(0.2) else LOCKINFO % self.pick("exclusive", "exclusive", "shared")
        if method == "MKCOL" and self.often(0.3):
            fields["Content-Type"] = "application/xml"
            return self.chance.choice(MKCOLS)
        return None

    def request(self):
        method = self.chance.choice(["OPTIONS", "GET", "GET", "HEAD", "PUT", "PUT", "PUT", "PATCH", "DELETE", "MKCOL", "MKCOL", "MKCOL", "COPY", "COPY", "MOVE", "MOVE",
                                     "PROPFIND", "PROPFIND", "PROPPATCH", "PROPPATCH", "LOCK", "LOCK", "UNLOCK", "POST", "BREW"])
        fields = self.fields(method)
        body = self.body(method, fields)
        if isinstance(body, str):
            body = body.encode()
        if body is not None and method not in ("PUT", "PATCH") and self.often(0.1):
            body = self.mutate(body)
        framed = body
        if body is not None and self.framed and self.often(0.2):
            fields["Transfer-Encoding"] = "chunked"
            framed = self.chunks(body)
        elif body is not None:
            fields.setdefault("Content-Length", str(len(body)))
        head = f"{method} {self.path()} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n"
        return method, head.encode("latin-1") + (framed or b"")

    def chunks(self, body):
        out = b""
        while body:
            size = self.chance.randint(1, len(body))
            out += b"%x\r\n" % size + body[:size] + b"\r\n"
            body = body[size:]
        return out + b"0\r\n" + (b"X: y\r\n" if self.often(0.2) else b"") + b"\r\n"

    def mutate(self, data):
        data = bytearray(data)
        for _ in range(self.chance.randint(1, 3)):
            at = self.chance.randrange(len(data) + 1)
            kind = self.chance.randrange(5)
            if kind == 0 and at < len(data):
                data[at] = self.chance.randrange(256)
            elif kind == 1:
                del data[at:at + self.chance.choice([1, 2, 10, 100])]
            elif kind == 2:
                data[at:at] = self.chance.randbytes(self.chance.choice([1, 2, 8]))
            elif kind == 3:
                data[at:at] = data[max(0, at - 20):at] * self.chance.choice([1, 2, 50])
            else:
                data[at:at] = self.chance.choice(ODD_VALUES).encode("latin-1")
        return bytes(data)

    # -- what happens in the folder beside the server

    def beside(self):
        folder = self.server.root
        inside = [folder] + [e.path for e in os.scandir(folder) if e.is_dir(follow_symlinks=False) and e.name != ".davit"]
        name = os.path.join(self.chance.choice(inside), self.pick("a", "b", "c", "d e"))
        kind = self.chance.randrange(9)
        # What follows a link would change what lies outside the test's folder.
        if kind in (3, 4, 7) and os.path.islink(name):
            return
        try:
            if kind == 0 and self.links < 3:
                self.links += 1
                os.symlink(self.pick("a", "..", ".", "b", "/nonexistent", "../a", "a", self.server.root, "/etc"), name)
            elif kind == 1:
                os.mkfifo(name)
            elif kind == 2:
                os.link(os.path.join(folder, self.pick("a", "b", "c")), name)
            elif kind == 3:
                file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK)  # it may be a FIFO
                os.write(file, b"beside")
                os.close(file)
            elif kind == 4:
                os.chmod(name, self.pick(0, 0o400, 0o777, 0o4755))
            elif kind == 5:
                shutil.rmtree(name) if os.path.isdir(name) and not os.path.islink(name) else os.unlink(name)
            elif kind == 6:
                os.rename(name, os.path.join(folder, self.pick("a", "b", "c")))
            elif kind == 7:
                os.makedirs(os.path.join(name, "a", "b"))
            else:
                listener = socket.socket(socket.AF_UNIX)
                listener.bind(name)
                listener.close()
        except OSError:
            pass

    # -- what must hold

    def exchange(self, method, data, mutated):
        if mutated or self.connection is None:
            self.close()
            self.connection = Connection(self.server.address, timeout=PATIENCE)
        connection = self.connection
        try:
            connection.send(data)
            if mutated:
                connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it may answer and close before it has everything
        answers = []
        try:
            while True:
                answer = connection.read(method if not mutated else data.split(b" ", 1)[0].decode("latin-1"))
                if answer.status == 100:
                    continue
                answers.append(answer)
                if not mutated:
                    break
        except (EOFError, ConnectionError) as end:
            if isinstance(end, EOFError) and end.args and end.args[0] and not mutated:
                raise Fault(f"the answer was cut off: {end.args[0][:200]!r}") from end
        except TimeoutError as end:
            raise Fault("no answer in time") from end
        except (ValueError, IndexError) as end:
            if not mutated:
                raise Fault(f"the answer cannot be parsed: {end}") from end
        if not answers and not mutated:
            raise Fault("no answer")
        if mutated or answers[-1].header("Connection", "").lower() == "close":
            self.close()
        return answers

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def check(self, method, answer):
        if answer.status == 500:
            raise Fault(f"500: {answer}")
        if not 200 <= answer.status < 600 or answer.status == 424:
            raise Fault(f"a status that is none: {answer}")
        if method == "HEAD" or not answer.body or answer.header("Content-Encoding"):
            return
        if "xml" in (answer.header("Content-Type") or "") and method != "GET":
            try:
                document = etree.fromstring(answer.body)
            except etree.XMLSyntaxError as error:
                raise Fault(f"the body is no XML: {error}: {answer}") from error
            self.check_causes(document, answer)

    @staticmethod
    def check_causes(document, answer):
        causes = 0
        for status in document.iter(DAV + "status"):
            number = int(status.text.split()[1])
            if number == 500:
                raise Fault(f"500 inside: {answer}")
            if number == 424 and causes == 0:
                raise Fault(f"a 424 without its cause before it: {answer}")
            if number >= 400 and number != 424:
                causes += 1

    def learn(self, answer):
        token = answer.header("Lock-Token")
        if token and token.strip("<>") not in self.tokens:
            self.tokens = (self.tokens + [token.strip("<>")])[-6:]
        tag = answer.header("ETag")
        if tag:
            self.tags = (self.tags + [tag])[-6:]

    # -- a round

    def run(self, until):
        config = CONFIGS[self.number % len(CONFIGS)]
        work = tempfile.mkdtemp(prefix="davit-sequences-")
        users = os.path.join(work, "users")
        with open(users, "w"):
            pass
        self.server = Server(config=config.replace("USERS", users))
        os.chmod(self.server.root, 0o755)
        done = 0
        try:
            for _ in range(REQUESTS_A_ROUND):
                if time.monotonic() > until:
                    break
                self.step()
                done += 1
            self.close()
            self.server.stop()
        except (Fault, AssertionError) as fault:
            raise Fault(f"{fault}\n{self.told()}") from fault
        finally:
            self.close()
            if self.server.process.poll() is None:
                self.server.kill()
            shutil.rmtree(work, ignore_errors=True)
            shutil.rmtree(self.server.root, ignore_errors=True)
        return done

    def step(self):
        if self.often(0.08):
            self.beside()
        method, data = self.request()
        mutated = self.often(0.25)
        if mutated:
            data = self.mutate(data)
        mutated = mutated or not self.framed
        self.sent = (self.sent + [data])[-12:]
        for answer in self.exchange(method, data, mutated):
            if mutated:
                if answer.status == 500:
                    raise Fault(f"500: {answer}")
                continue
            self.check(method, answer)
            self.learn(answer)
        if self.server.process.poll() is not None:
            raise Fault(f"the server has ended with {self.server.process.returncode}")

    def told(self):
        lines = [f"seed {self.seed}, round {self.number}; the last requests:"]
        lines += [repr(data[:1500]) for data in self.sent]
        try:
            lines.append(self.server.read_log()[-6000:])
        except OSError:
            pass
        return "\n".join(lines)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--round", type=int, default=None, help="this one alone, whole")
    wanted = options.parse_args()
    seed = wanted.seed if wanted.seed is not None else random.SystemRandom().randrange(10 ** 9)
    print(f"seed {seed}", flush=True)
    until = time.monotonic() + wanted.seconds if wanted.round is None else float("inf")
    number, requests = wanted.round or 0, 0
    try:
        while time.monotonic() < until:
            requests += Round(seed, number).run(until)
            if wanted.round is not None:
                break
            number += 1
    except Fault as fault:
        print(fault, file=sys.stderr)
        return 1
    print(f"{requests} requests in {number} rounds: nothing found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
