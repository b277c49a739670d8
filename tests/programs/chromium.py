"""Drives a real Chromium through chromedriver (W3C WebDriver) by plain HTTP."""
import base64
import http.server
import json
import shutil
import struct
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zlib

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--window-size=800,800"]


class Chromium:
    """A browser with a fresh profile. `rules` are of --host-resolver-rules: names that lead to an address of this machine."""

    def __init__(self, rules):
        self.profile = tempfile.mkdtemp(prefix="davit-chromium-")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.driver.stdout:
            if "successfully on port" in line:
                self.port = int(line.rsplit(" ", 1)[1].strip().rstrip("."))
                break
        options = {"args": [*FLAGS, "--user-data-dir=" + self.profile, "--host-resolver-rules=" + rules]}
        self.session = ""
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
        self.session = "/session/" + made["sessionId"]
        self._call("POST", "/timeouts", {"script": 15000, "pageLoad": 15000})

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{self.session}{path}", data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()[:2000]) from error

    def open(self, url):
        self._call("POST", "/url", {"url": url})

    def run(self, script):
        """The value that `script` returns. Works without timers and promises, so in sandboxed pages too."""
        return self._call("POST", "/execute/sync", {"script": script, "args": []})

    def wait(self, script):
        """The value that `script` calls `done` with."""
        return self._call("POST", "/execute/async", {"script": "const done = arguments[0];" + script, "args": []})

    def title(self):
        return self._call("GET", "/title")

    def red_pixels(self):
        """Of a picture of the page."""
        width, rows = pixels(base64.b64decode(self._call("GET", "/screenshot")))
        return sum(1 for row in rows for x in range(0, len(row), width) if row[x] > 200 and row[x + 1] < 60 and row[x + 2] < 60)

    def close(self):
        try:
            self._call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(20)
            self.driver.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)


def pixels(png):
    """Bytes of a pixel, and the rows, of a PNG with 8 bits a channel (PNG, 9.2)."""
    at, packed, header = 8, b"", None
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        chunk = png[at + 8:at + 8 + size]
        header = header or struct.unpack(">IIBB", chunk[:10])
        packed += chunk if kind == b"IDAT" else b""
        at += 12 + size
    width, height, _, colours = header
    step = {2: 3, 6: 4}[colours]
    data, rows, before = zlib.decompress(packed), [], bytearray(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        row = bytearray(data[start + 1:start + 1 + width * step])
        unfilter(data[start], row, before, step)
        rows.append(row)
        before = row
    return step, rows


def unfilter(kind, row, above, step):
    for i, byte in enumerate(row):
        left, corner = (row[i - step], above[i - step]) if i >= step else (0, 0)
        if kind == 1:
            row[i] = (byte + left) & 255
        elif kind == 2:
            row[i] = (byte + above[i]) & 255
        elif kind == 3:
            row[i] = (byte + (left + above[i]) // 2) & 255
        elif kind == 4:
            guess = left + above[i] - corner
            near = min((abs(guess - left), 0, left), (abs(guess - above[i]), 1, above[i]), (abs(guess - corner), 2, corner))
            row[i] = (byte + near[2]) & 255


class ForeignSite:
    """Another web server, whose pages are the attacker's."""

    def __init__(self, pages):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = pages.get(self.path, b"")
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def until(condition, seconds=10):
    """The first value of `condition` that counts as true, or its last one."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return value
