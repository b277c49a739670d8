"""Starts the server and talks to it in raw HTTP. The program under test is named by $DAVIT."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from lxml import etree

DAV = "{DAV:}"
OURS = "{urn:davit:error}"


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name, default=None):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return default

    def xml(self):
        return etree.fromstring(self.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:2000]!r}"


class Connection:
    """One connection; reads answers by the rules of RFC 9112."""

    def __init__(self, address, timeout=20):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError(self.buffer)
        self.buffer += data

    def _line(self):
        while b"\r\n" not in self.buffer:
            self._more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _exactly(self, size):
        if len(self.buffer) < size:
            parts, have = [self.buffer], len(self.buffer)
            while have < size:
                part = self.socket.recv(1 << 20)
                if not part:
                    raise EOFError(b"".join(parts))
                parts.append(part)
                have += len(part)
            self.buffer = b"".join(parts)
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def read(self, method="GET"):
        status = int(self._line().split()[1])
        headers = []
        while line := self._line():
            name, value = line.decode("latin-1").split(":", 1)
            headers.append((name, value.strip()))
        response = Response(status, headers, b"")
        if status == 100 or status in (204, 304) or method == "HEAD":
            return response
        if (response.header("Transfer-Encoding") or "").lower() == "chunked":
            while size := int(self._line().split(b";")[0], 16):
                response.body += self._exactly(size)
                self._exactly(2)
            self._line()
        elif (length := response.header("Content-Length")) is not None:
            response.body = self._exactly(int(length))
        else:
            try:
                while True:
                    self._more()
            except EOFError:
                response.body, self.buffer = self.buffer, b""
        return response

    def closed(self):
        """Nothing more comes: the server has closed."""
        try:
            return not self.buffer and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.socket.close()


class Server:
    def __init__(self, root=None, args=(), config=None, env=None):
        self.binary = os.environ["DAVIT"]
        self.own_root = root is None
        self.root = root or tempfile.mkdtemp(prefix="davit-wire-")
        self.work = tempfile.mkdtemp(prefix="davit-work-")
        self.args, self.config, self.env = list(args), config, env or {}
        self.process = None
        self.start()

    def start(self):
        command = [self.binary, "serve", self.root, *self.args]
        if not any(a.startswith("--listen") for a in self.args):
            command += ["--listen", "127.0.0.1:0"]
        if self.config is not None:
            path = os.path.join(self.work, "davit.toml")
            with open(path, "w") as file:
                file.write(self.config)
            command += ["--config", path]
        self.log_path = os.path.join(self.work, "log")
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, env={**os.environ, **self.env})
        line = self.process.stdout.readline().decode()
        match = re.match(r"listening on (?:http://([^/]*):(\d+)/|unix:(\S+))", line)
        if not match:
            raise RuntimeError(f"did not start: {line!r} {self.read_log()}")
        self.address = match.group(3) or (match.group(1), int(match.group(2)))
        self.management = None
        if self.config and "management" in self.config:
            match = re.match(r"management on http://([^/]*):(\d+)/", self.process.stdout.readline().decode())
            self.management = (match.group(1), int(match.group(2)))

    def read_log(self):
        with open(self.log_path, "rb") as file:
            return file.read().decode("utf-8", "replace")

    def log_line(self, text):
        """The line that holds `text`; it is written after the answer has gone out."""
        found = lambda: [x for x in self.read_log().splitlines() if text in x]
        wait_until(found)
        return found()[0]

    def connect(self, **kwargs):
        return Connection(self.address, **kwargs)

    def request(self, method, path, headers=None, body=None, address=None, connection=None):
        own = connection is None
        connection = connection or Connection(address or self.address)
        try:
            if isinstance(body, str):
                body = body.encode()
            target = path if isinstance(path, bytes) else path.encode()
            head = method.encode() + b" " + target + b" HTTP/1.1\r\n"
            fields = {"Host": "localhost", **(headers or {})}
            if body is not None and "Content-Length" not in fields and "Transfer-Encoding" not in fields:
                fields["Content-Length"] = str(len(body))
            for name, value in fields.items():
                if value is not None:
                    head += name.encode() + b": " + (value if isinstance(value, bytes) else str(value).encode()) + b"\r\n"
            connection.send(head + b"\r\n" + (body or b""))
            answer = connection.read(method)
            assert answer.status != 424, "never a status line: it would say nothing of its cause"
            return answer
        finally:
            if own:
                connection.close()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def stop(self):
        """Ends it as an operator would; it must end well and in time."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.log.close()
        log = self.read_log()
        if self.own_root:
            shutil.rmtree(self.root, ignore_errors=True)
        shutil.rmtree(self.work, ignore_errors=True)
        if code != 0 or "Sanitizer" in log or "runtime error" in log:
            raise AssertionError(f"exit code {code}\n{log[-4000:]}")


class Case(unittest.TestCase):
    """A server for all tests of a class; each test has a folder of its own."""
    args = ()
    config = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(args=cls.args, config=cls.config)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.dir = "/" + self.id().split(".")[-1]
        answer = self.server.request("MKCOL", self.dir)
        self.assertIn(answer.status, (201, 403), answer)

    def request(self, method, path, headers=None, body=None, **kwargs):
        return self.server.request(method, path, headers, body, **kwargs)

    def put(self, path, body=b"x"):
        answer = self.request("PUT", path, body=body)
        self.assertIn(answer.status, (201, 204), answer)
        return answer

    def get(self, path):
        answer = self.request("GET", path)
        self.assertEqual(answer.status, 200, answer)
        return answer.body

    def expect(self, status, method, path, headers=None, body=None, **kwargs):
        answer = self.request(method, path, headers, body, **kwargs)
        self.assertEqual(answer.status, status, f"{method} {path}: {answer}")
        return answer

    def proppatch(self, path, instructions, headers=None, status=207):
        return self.expect(status, "PROPPATCH", path, headers, propertyupdate(instructions))

    def lock(self, path, scope="exclusive", depth="infinity", timeout="Second-600", status=(200, 201), headers=None):
        answer = self.request("LOCK", path, {"Depth": depth, "Timeout": timeout, **(headers or {})}, lockinfo(scope))
        self.assertIn(answer.status, status, answer)
        token = answer.header("Lock-Token")
        return token.strip("<>") if token else answer


def propertyupdate(instructions):
    return ('<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="http://example.com/ns/" '
            'xmlns:W="urn:schemas-microsoft-com:" xmlns:A="http://apache.org/dav/props/">' + instructions + "</D:propertyupdate>")


def set_prop(xml):
    return f"<D:set><D:prop>{xml}</D:prop></D:set>"


def remove_prop(xml):
    return f"<D:remove><D:prop>{xml}</D:prop></D:remove>"


def lockinfo(scope="exclusive", owner="<D:owner><D:href>http://example.com/me</D:href></D:owner>"):
    return (f'<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{scope}/></D:lockscope>'
            f"<D:locktype><D:write/></D:locktype>{owner}</D:lockinfo>")


def propfind_body(names):
    return ('<?xml version="1.0"?><D:propfind xmlns:D="DAV:" xmlns:Z="http://example.com/ns/" xmlns:W="urn:schemas-microsoft-com:" '
            'xmlns:A="http://apache.org/dav/props/"><D:prop>' + names + "</D:prop></D:propfind>")


def check_schema(root):
    """Every element of ours is as docs/davit-error.rng says; the number of them."""
    schema = etree.RelaxNG(etree.parse(os.path.join(os.environ["SOURCE_DIR"], "docs", "davit-error.rng")))
    ours = [e for e in root.iter() if isinstance(e.tag, str) and e.tag.startswith(OURS)]
    for element in ours:
        schema.assertValid(etree.fromstring(etree.tostring(element, with_tail=False)))
    return len(ours)


def status_of(element):
    text = element.findtext(DAV + "status")
    return int(text.split()[1]) if text else None


def multistatus(answer):
    """[(href, status or None, {property: (status, element)})] in document order."""
    root = answer.xml()
    assert root.tag == DAV + "multistatus", root.tag
    found = []
    for response in root.findall(DAV + "response"):
        properties = {}
        for propstat in response.findall(DAV + "propstat"):
            for element in propstat.find(DAV + "prop"):
                assert element.tag not in properties, f"{element.tag} answered twice"
                properties[element.tag] = (status_of(propstat), element)
        found.append((response.findtext(DAV + "href"), status_of(response), properties))
    return found


def one(answer):
    """The properties of a multistatus with one response."""
    responses = multistatus(answer)
    assert len(responses) == 1, responses
    return responses[0][2]


def litter(root):
    found = []
    for name in ("tmp", "trash"):
        found += os.listdir(os.path.join(root, ".davit", name))
    return found


def complaint(config):
    """What `davit check-config` says of a configuration that is wrong."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(config)
        file.flush()
        done = subprocess.run([os.environ["DAVIT"], "check-config", file.name], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2, f"{config}: {done}"
    return done.stdout + done.stderr


def memory(server, field="VmRSS"):
    with open(f"/proc/{server.process.pid}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field + ":"))


def is_sanitized(server):
    """Sanitizers reserve terabytes, and hold back what is freed: their memory says nothing."""
    return memory(server, "VmSize") > 1 << 40


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def main():
    """Runs the tests of a file. What a test leaves out is said where tests/run.sh looks for it."""
    program = unittest.main(exit=False)
    for test, reason in program.result.skipped:
        print(f"## NOT CHECKED: {test.id()}: {' '.join(reason.split())}", flush=True)
    sys.exit(not program.result.wasSuccessful())
