"""A real nginx with the configuration files of config/nginx; nginx.py is used by the programs beside it."""
import glob
import os
import shutil
import socket
import subprocess
import tempfile
import time

SOURCE = os.environ["SOURCE_DIR"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def url_of(address):
    """What proxy_pass takes, of a Server's address."""
    return f"http://unix:{address}:" if isinstance(address, str) else "http://%s:%d" % address


def make_certificate(folder):
    """Self-made, for localhost: folder/certificate.pem and folder/key.pem."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-out", folder + "/certificate.pem", "-keyout", folder + "/key.pem"], check=True, capture_output=True)


def shipped(upstream):
    """config/nginx/davit.conf with only the address Davit listens on changed."""
    with open(os.path.join(SOURCE, "config/nginx/davit.conf"), encoding="utf-8") as file:
        text = file.read()
    assert "http://127.0.0.1:8080;" in text
    return text.replace("http://127.0.0.1:8080;", upstream + ";")


class Nginx:
    """`server` is what stands in a server block of its own, `http` what stands before it; `url` is where it answers. Both may
    include the files of config/nginx, which are as shipped but for ports and paths. `davit` is its URL. `stream` is
    a server block that passes bytes on, in the place of `server`."""

    def __init__(self, server="", http="", davit=None, root="/srv/dav", changes=(), stream=""):
        self.folder = tempfile.mkdtemp(prefix="davit-nginx-")
        os.chmod(self.folder, 0o711)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.log = os.path.join(self.folder, "error.log")
        self._place(davit or "http://127.0.0.1:8080", root, changes)
        if "davit-tls" in http:
            make_certificate(self.folder)
        temp = " ".join(f"{name}_temp_path {self.folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        own = f"server {{ listen 127.0.0.1:{self.port};\n{server}\n}}" if server else ""
        path = os.path.join(self.folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            if stream:
                file.write("load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n")
            file.write(f"worker_processes 1; error_log {self.log}; pid {self.folder}/pid; daemon off; user root;\n"
                       f"events {{}}\nhttp {{\n{temp}\n" + f"include davit-log.conf;\n{http}\n{own}\n}}\n".replace("FOLDER", self.folder))
            if stream:
                file.write(f"stream {{ server {{ listen 127.0.0.1:{self.port}; {stream} }} }}\n")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-e", self.log, "-c", path])
        self._wait()

    def _place(self, davit, root, changes):
        known = [("http://127.0.0.1:8080", davit), ("listen 443", f"listen 127.0.0.1:{self.port}"),
                 ("listen 80;", f"listen 127.0.0.1:{self.port};"), ("/srv/dav/", root + "/"),
                 ("/etc/ssl/certs/dav.example.com.pem", self.folder + "/certificate.pem"),
                 ("/etc/ssl/private/dav.example.com.key", self.folder + "/key.pem"),
                 ("/var/log/nginx/davit.log", self.folder + "/access.log"), *changes]
        for name in glob.glob(os.path.join(SOURCE, "config/nginx/*.conf")):
            with open(name, encoding="utf-8") as file:
                text = file.read()
            for shipped, here in known:
                text = text.replace(shipped, here)
            with open(os.path.join(self.folder, os.path.basename(name)), "w", encoding="utf-8") as file:
                file.write(text)

    def _wait(self):
        for _ in range(200):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        with open(self.log, encoding="utf-8") as file:
            raise RuntimeError(f"nginx did not start: {file.read()}")

    def access(self):
        """The lines of davit-log.conf's log."""
        with open(self.folder + "/access.log", encoding="utf-8") as file:
            return file.read().splitlines()

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
