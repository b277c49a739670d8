#!/usr/bin/env python3
"""Captures how other servers answer when something fails: the bodies in captured/, on which `davit explain` is tried.

    tests/app/capture.py [apache|lighttpd|nginx|rclone|sabre ...]

Not a test: it is run by hand, as root (a small tmpfs is mounted, to be full), when a server is to be asked again. It needs
Debian's apache2-bin, lighttpd with lighttpd-mod-webdav, nginx with libnginx-mod-http-dav-ext, rclone, php-cli with php-xml,
php-mbstring and php-sabre-dav. Each server listens on a free port of 127.0.0.1, gets the same requests, and is ended by its pid. What is kept now came from Debian 12:
Apache 2.4, lighttpd 1.4.69, nginx 1.22.1 with dav-ext 3.0, rclone 1.60.1, SabreDAV 1.8.12 on PHP 8.2.
"""
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "captured")

LOCK = ('<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
        "<D:owner>somebody</D:owner></D:lockinfo>")
PATCH = ('<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:z"><D:set><D:prop><Z:colour>red</Z:colour></D:prop></D:set>'
         "<D:set><D:prop><D:getetag>x</D:getetag></D:prop></D:set><D:remove><D:prop><Z:size/></D:prop></D:remove></D:propertyupdate>")
XML = {"Content-Type": "application/xml"}


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Peer:
    """A server under work/, serving work/root. A subclass writes its configuration and says its command."""
    slash = ""  # what the name of a collection must end with
    owner = "root"

    def __init__(self):
        self.work = tempfile.mkdtemp(prefix="davit-capture-")
        os.chmod(self.work, 0o755)
        self.root = os.path.join(self.work, "root")
        self.port = free_port()
        os.mkdir(self.root)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k,mode=777", "tmpfs", self.root], check=True)
        os.mkdir(os.path.join(self.work, "state"), 0o777)
        os.chmod(os.path.join(self.work, "state"), 0o777)
        with open(os.path.join(self.work, "log"), "wb") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"{self.name} did not start: " + open(os.path.join(self.work, "log")).read())

    def file(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w") as out:
            out.write(text.format(port=self.port, root=self.root, work=self.work))
        return path

    def request(self, method, path, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = dict(headers or {})
        if "Destination" in headers:
            headers["Destination"] = f"http://127.0.0.1:{self.port}" + headers["Destination"]
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        token = answer.getheader("Lock-Token")
        connection.close()
        return answer.status, content, token

    def plant(self):
        """The same files whatever the request before has done. Locks belong to URLs and stay."""
        for name in os.listdir(self.root):
            path = os.path.join(self.root, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        for name in ("t/f", "t/sub/deep", "s/f"):
            path = os.path.join(self.root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as out:
                out.write("content")
        subprocess.run(["chown", "-R", self.owner, self.root], check=True)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        subprocess.run(["umount", self.root], check=True)
        shutil.rmtree(self.work)


class Apache(Peer):
    name = "apache"
    owner = "www-data"

    def command(self):
        modules = "/usr/lib/apache2/modules/mod_"
        loads = "".join(f"LoadModule {m}_module {modules}{m}.so\n" for m in ("mpm_event", "authz_core", "dav", "dav_fs", "dav_lock"))
        config = self.file("httpd.conf", loads + """
ServerName localhost
ServerRoot {work}
PidFile {work}/state/pid
ErrorLog {work}/state/error
Listen 127.0.0.1:{port}
User www-data
Group www-data
DocumentRoot {root}
DavLockDB {work}/state/locks
<Directory {root}>
  Dav On
  Require all granted
</Directory>
""")
        return ["/usr/sbin/apache2", "-X", "-f", config]


class Lighttpd(Peer):
    name = "lighttpd"
    slash = "/"

    def command(self):
        config = self.file("lighttpd.conf", """
server.modules = ( "mod_webdav" )
server.document-root = "{root}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{work}/state/error"
server.upload-dirs = ( "{work}/state" )
webdav.activate = "enable"
webdav.is-readonly = "disable"
webdav.sqlite-db-name = "{work}/state/db"
""")
        return ["/usr/sbin/lighttpd", "-D", "-f", config]


class Nginx(Peer):
    name = "nginx"
    slash = "/"

    def command(self):
        config = self.file("nginx.conf", """
load_module /usr/lib/nginx/modules/ngx_http_dav_ext_module.so;
worker_processes 1;
daemon off;
user root;
error_log {work}/state/error;
pid {work}/state/pid;
events {{}}
http {{
  access_log off;
  client_body_temp_path {work}/state/body; proxy_temp_path {work}/state/p; fastcgi_temp_path {work}/state/f;
  uwsgi_temp_path {work}/state/u; scgi_temp_path {work}/state/s;
  client_max_body_size 0;
  dav_ext_lock_zone zone=locks:1m;
  server {{
    listen 127.0.0.1:{port};
    root {root};
    dav_methods PUT DELETE MKCOL COPY MOVE;
    dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK;
    dav_ext_lock zone=locks;
  }}
}}
""")
        return ["/usr/sbin/nginx", "-e", self.work + "/state/error", "-c", config]


class Rclone(Peer):
    name = "rclone"

    def command(self):
        return ["rclone", "serve", "webdav", self.root, "--addr", f"127.0.0.1:{self.port}", "--config", self.work + "/state/none",
                "--cache-dir", self.work + "/state/cache"]


class Sabre(Peer):
    name = "sabre"

    def command(self):
        # SabreDAV 1.8 is older than PHP 8: its deprecations must not get into the bodies.
        index = self.file("index.php", """<?php
error_reporting(0);
require '/usr/share/php/Sabre/autoload.php';
$server = new Sabre\\DAV\\Server(new Sabre\\DAV\\FSExt\\Directory('{root}'));
$server->setBaseUri('/');
$server->addPlugin(new Sabre\\DAV\\Locks\\Plugin(new Sabre\\DAV\\Locks\\Backend\\File('{work}/state/locks')));
$server->exec();
""")
        return ["php", "-S", f"127.0.0.1:{self.port}", index]


def captures(peer):
    """Yields (name, status, body) of what should fail. Locked are /t/f and /t/sub/deep, for the second half."""
    def ask(name, *request):
        peer.plant()
        status, body, _ = peer.request(*request)
        return name, status, body

    end = peer.slash
    yield ask("proppatch", "PROPPATCH", "/t/f", XML, PATCH)
    yield ask("not-found", "DELETE", "/none")
    yield ask("no-parent", "PUT", "/none/f", {}, b"x")
    yield ask("mkcol-no-parent", "MKCOL", "/none/sub/")
    yield ask("mkcol-exists", "MKCOL", "/t/")
    yield ask("copy-onto-itself", "COPY", "/t/f", {"Destination": "/t/f"})
    yield ask("no-overwrite", "COPY", "/t/f", {"Destination": "/s/f", "Overwrite": "F"})
    yield ask("full-disk", "PUT", "/large", {}, b"x" * 2000000)
    for locked in ("/t/f", "/t/sub/deep"):
        ask("", "LOCK", locked, {"Timeout": "Second-600", "Depth": "0", **XML}, LOCK)
    yield ask("lock-twice", "LOCK", "/t/f", {"Depth": "0", **XML}, LOCK)
    yield ask("lock-member", "LOCK", "/t" + end, {"Depth": "infinity", **XML}, LOCK)
    yield ask("put-locked", "PUT", "/t/f", {}, b"new")
    yield ask("proppatch-locked", "PROPPATCH", "/t/f", XML, PATCH)
    yield ask("copy-over-locked", "COPY", "/s" + end, {"Destination": "/t" + end})
    yield ask("move-locked", "MOVE", "/t" + end, {"Destination": "/u" + end})
    yield ask("delete-locked", "DELETE", "/t" + end)


def suffix(body):
    head = body.lstrip()[:200].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return ".html"
    return ".xml" if head.startswith(b"<") else ".txt"


def keep(peer):
    for name, status, body in captures(peer):
        said = re.sub(rb"127\.0\.0\.1:%d|localhost:%d" % (peer.port, peer.port), b"localhost", body).replace(peer.work.encode(), b"")
        print(f"{peer.name} {name}: {status}, {len(body)} bytes")
        if not body.strip() or 200 <= status < 300 and status != 207:
            continue
        with open(os.path.join(HERE, f"{peer.name}-{name}{suffix(body)}"), "wb") as out:
            out.write(said)


def main():
    wanted = sys.argv[1:]
    for kind in (Apache, Lighttpd, Nginx, Rclone, Sabre):
        if wanted and kind.name not in wanted:
            continue
        peer = kind()
        try:
            keep(peer)
        finally:
            peer.stop()


main()
