"""Raw requests to a folder of one server, with the answers as short as the table needs them."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
from davit import Connection, DAV, lockinfo, propertyupdate, propfind_body, set_prop  # noqa: E402,F401  (for the cases too)

NOWHERE = "urn:uuid:00000000-0000-4000-8000-000000000000"  # a token nobody has given out


class NoLock(Exception):
    """The server does not give the lock that a case is about."""


class Folder:
    """A folder made for one case. Names are relative to it; those of collections end in a slash, for nginx insists."""

    def __init__(self, port, name):
        self.port, self.path = port, f"/{name}/"
        self.status("MKCOL", "")

    def url(self, name):
        return f"http://127.0.0.1:{self.port}{self.path}{name}"

    def ask(self, method, name, headers=None, body=None, **fields):
        """`fields`: header fields with _ for -."""
        data = body.encode() if isinstance(body, str) else body
        head = {"Host": f"127.0.0.1:{self.port}", **(headers or {}), **{k.replace("_", "-"): v for k, v in fields.items()}}
        if data is not None:
            head.setdefault("Content-Length", len(data))
            if data.startswith(b"<"):
                head["Content-Type"] = "application/xml; charset=utf-8"  # lighttpd answers 415 otherwise
        connection = Connection(("127.0.0.1", self.port))
        try:
            lines = [f"{method} {self.path}{name} HTTP/1.1", *(f"{k}: {v}" for k, v in head.items()), "", ""]
            connection.send("\r\n".join(lines).encode() + (data or b""))
            return connection.read(method)
        finally:
            connection.close()

    def status(self, *args, **kwargs):
        """Of the answer; a Multi-Status with those inside it, "207 (423, 424)". mod_dav's 424 has such a body too."""
        answer = self.ask(*args, **kwargs)
        if b"multistatus" not in answer.body:
            return str(answer.status)
        inside = dict.fromkeys(x.text.split()[1] for x in answer.xml().iter(DAV + "status"))
        return f"{answer.status} ({', '.join(inside)})"

    def put(self, *names, body="old"):
        """Files with the same content and the folders above them."""
        for name in names:
            for i, c in enumerate(name):
                if c == "/" and self.ask("PROPFIND", name[:i + 1], Depth=0).status == 404:
                    self.ask("MKCOL", name[:i + 1])
            answer = self.ask("PUT", name, body=body)
            if answer.status not in (200, 201, 204):
                raise AssertionError(f"PUT {self.path}{name}: {answer}")

    def content(self, name):
        answer = self.ask("GET", name)
        return answer.body.decode() if answer.status == 200 else None

    def there(self, name):
        return self.ask("PROPFIND", name, Depth=0).status == 207

    def tag(self, name):
        """A strong entity tag: Apache's are weak during the second after a change."""
        for _ in range(30):
            tag = self.ask("HEAD", name).header("ETag") or ""
            if not tag.startswith("W/"):
                break
            time.sleep(0.1)
        return tag

    def ask_lock(self, name, scope="exclusive", depth="0", headers=None, **kwargs):
        return self.ask("LOCK", name, {"Depth": depth, "Timeout": "Second-600", **(headers or {})}, lockinfo(scope, **kwargs))

    def lock(self, name, **kwargs):
        """The token."""
        answer = self.ask_lock(name, **kwargs)
        token = answer.header("Lock-Token")
        if answer.status not in (200, 201) or not token:
            raise NoLock(f"no lock: {answer.status}")
        return token.strip("<>")

    def is_locked(self, name):
        """Whether a write without a token is refused for a lock."""
        return self.ask("PUT", name, body="intruder").status == 423

    def transfer(self, method, source, destination, **fields):
        """COPY or MOVE within the folder."""
        return self.status(method, source, Destination=self.url(destination), **fields)
