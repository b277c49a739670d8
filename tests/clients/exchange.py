"""Raw HTTP for replay.py: sends the bytes of a step as they stand in the trace, and reads the answer."""
import base64
import os
import re
import socket
import ssl
import sys
import time
import urllib.parse
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
from davit import Connection  # noqa: E402  (the reader of answers by RFC 9112's rules)


class TlsConnection(Connection):
    """As Connection; certificates are not checked, as this is no browser but a test of what is served."""

    def __init__(self, address, host, timeout=20):
        super().__init__(address, timeout)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket, server_hostname=host)


class Server:
    """The server a trace is replayed against; one connection, opened again when it was closed."""

    def __init__(self, url, user=None):
        self.url = urllib.parse.urlsplit(url if url.endswith("/") else url + "/")
        self.authorization = "Basic " + base64.b64encode(user.encode()).decode() if user else None
        self.connection = None

    def names(self, directory):
        """What ${name} stands for, with the trace's own collection."""
        path = self.url.path + directory
        return {"host": self.url.netloc, "root": self.url.path, "dir": path,
                "url": f"{self.url.scheme}://{self.url.netloc}{path}", "https": f"https://{self.url.netloc}{path}"}

    def _connect(self):
        tls = self.url.scheme == "https"
        address = (socket.gethostbyname(self.url.hostname), self.url.port or (443 if tls else 80))
        self.connection = TlsConnection(address, self.url.hostname) if tls else Connection(address)

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def send(self, head, body, cut=False):
        """head: lines, the first one the request line. The answer, or None when `cut` (nobody waits for it)."""
        for again in (True, False):
            fresh = self.connection is None
            try:
                return self._send(head, body, cut)
            except (EOFError, ConnectionError):
                self.close()
                if fresh or not again:       # a kept connection may have been closed while idle: once more
                    raise

    def _send(self, head, body, cut):
        if self.connection is None:
            self._connect()
        if self.authorization and not any(line.lower().startswith("authorization:") for line in head):
            head = [*head, f"Authorization: {self.authorization}"]
        method, data = head[0].split(" ", 1)[0], "\r\n".join([*head, "", ""]).encode()
        waits = any(re.fullmatch(r"expect: *100-continue", line, re.I) for line in head)
        self.connection.send(data if waits else data + body)
        if cut:
            self.close()
            time.sleep(0.5)                  # the server notices; what is asked next shows what it made of it
            return None
        answer, interim = self.connection.read(method), []
        while answer.status < 200:
            interim.append(answer.status)
            if waits:
                self.connection.send(body)
                waits = False
            answer = self.connection.read(method)
        answer.interim = interim
        answer.body = decode_body(answer)
        if waits or (answer.header("Connection") or "").lower() == "close":
            self.close()
        return answer


def decode_body(answer):
    """As the client sees it: a trace whose client takes gzip says nothing about the bytes on the wire."""
    if answer.header("Content-Encoding") != "gzip" or not answer.body:
        return answer.body
    stream = zlib.decompressobj(31)
    body = stream.decompress(answer.body)
    if not stream.eof or stream.unused_data:
        raise EOFError("the body is not one whole gzip stream")
    return body


def encode_body(lines, head, generate):
    """The body's bytes: its lines joined by LF; as chunks, one a line, when the head says chunked."""
    if lines is None:
        return b""
    parts = [generate(line).encode() for line in lines]
    if any(re.fullmatch(r"transfer-encoding: *chunked", line, re.I) for line in head):
        return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part) + b"0\r\n\r\n"
    return b"\n".join(parts)
