"""A real nginx with a configuration made for one test; nginx.py is used by the programs beside it."""
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


def shipped(upstream):
    """config/nginx/davit.conf with only the address Davit listens on changed."""
    with open(os.path.join(SOURCE, "config/nginx/davit.conf"), encoding="utf-8") as file:
        text = file.read()
    assert "http://127.0.0.1:8080;" in text
    return text.replace("http://127.0.0.1:8080;", upstream + ";")


class Nginx:
    """`server` is what stands in the server block, `http` what stands before it; `url` is where it answers."""

    def __init__(self, server, http=""):
        self.folder = tempfile.mkdtemp(prefix="davit-nginx-")
        os.chmod(self.folder, 0o711)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.log = os.path.join(self.folder, "error.log")
        temp = " ".join(f"{name}_temp_path {self.folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        path = os.path.join(self.folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"worker_processes 1; error_log {self.log}; pid {self.folder}/pid; daemon off; user root;\n"
                       f"events {{}}\nhttp {{\naccess_log off; {temp}\n{http.replace('FOLDER', self.folder)}\n"
                       f"server {{ listen 127.0.0.1:{self.port};\n{server.replace('FOLDER', self.folder)}\n}}\n}}\n")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-e", self.log, "-c", path])
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

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
