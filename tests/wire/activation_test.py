"""Sockets that systemd listens on for the server: the real systemd-socket-activate."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from davit import Connection, Server, main, wait_until
from tls_test import TlsConnection, make_certificate

import ssl


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Activation(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="davit-activation-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.root = os.path.join(self.folder, "root")
        os.mkdir(self.root)
        self.process = None

    def activate(self, listen, names, config="", args=()):
        """Starts nothing yet: the first connection does."""
        path = os.path.join(self.folder, "davit.toml")
        with open(path, "w") as file:
            file.write(config)
        command = ["systemd-socket-activate", *[x for each in listen for x in ("-l", each)], "--fdname=" + ":".join(names),
                   os.environ["DAVIT"], "serve", self.root, "--config", path, *args]
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.out = open(os.path.join(self.folder, "out"), "w+")
        self.process = subprocess.Popen(command, stdout=self.out, stderr=self.log)
        self.addCleanup(self.end)
        self.assertTrue(wait_until(lambda: self.read(self.log).count("Listening on") == len(listen)), self.read(self.log))

    @staticmethod
    def read(file):
        file.seek(0)
        return file.read()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.code = self.process.wait(timeout=60)
        for file in (self.log, self.out):
            file.close()

    def ask(self, address, method="GET", path="/", connection=None):
        connection = connection or Connection(address)
        connection.send(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        answer = connection.read(method)
        connection.close()
        return answer

    def test_each_socket_by_its_name(self):
        certificate, key = make_certificate(self.folder)
        plain, secure, management = free_port(), free_port(), free_port()
        local = os.path.join(self.folder, "socket")
        self.activate([f"127.0.0.1:{plain}", f"127.0.0.1:{secure}", f"127.0.0.1:{management}", local], ["http", "https", "management", "local"],
                      f'[server]\nlisten = ["127.0.0.1:1"]\nmanagement = ["127.0.0.1:1"]\nloops = 3\n'
                      f'[tls]\nlisten = ["127.0.0.1:1"]\ncertificate = "{certificate}"\nkey = "{key}"\n')
        for _ in range(20):  # every loop accepts
            self.assertEqual(self.ask(("127.0.0.1", plain)).status, 200)
        self.assertEqual(self.ask(local).status, 200)
        context = ssl.create_default_context(cafile=certificate)
        for _ in range(10):
            self.assertEqual(self.ask(None, connection=TlsConnection(("127.0.0.1", secure), context)).status, 200)
        self.assertEqual(self.ask(("127.0.0.1", management), path="/healthz").status, 200)
        self.assertEqual(self.ask(("127.0.0.1", plain), path="/healthz").status, 404)
        self.assertEqual(self.read(self.out).splitlines(), [
            f"listening on http://127.0.0.1:{plain}/", f"listening on unix:{local}", f"listening on https://127.0.0.1:{secure}/",
            f"management on http://127.0.0.1:{management}/"])
        self.process.terminate()
        self.assertEqual(self.process.wait(timeout=60), 0)
        self.assertTrue(os.path.exists(local), "it is systemd's")

    def test_management_stays_where_the_configuration_has_it(self):
        plain = free_port()
        self.activate([f"127.0.0.1:{plain}"], ["davit.socket"], '[server]\nmanagement = ["127.0.0.1:0"]\n')
        self.assertEqual(self.ask(("127.0.0.1", plain)).status, 200)
        self.assertIn("management on http://127.0.0.1:", self.read(self.out))
        self.assertEqual(len(self.read(self.out).splitlines()), 2)

    def test_clients_of_a_socket_for_both_families_have_their_own_address(self):
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::", 0))
            port = probe.getsockname()[1]
        self.activate([f"[::]:{port}"], ["http"], args=["--allow-unauthenticated"])
        self.assertEqual(self.ask(("127.0.0.1", port), path="/from-ipv4").status, 404)
        self.assertTrue(wait_until(lambda: "/from-ipv4" in self.read(self.log)))
        self.assertIn("client=127.0.0.1", self.read(self.log))

    def refused(self, listen, name, config=""):
        self.activate([listen], [name], config)
        port = int(listen.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port)):
            code = self.process.wait(timeout=20)
        return code, self.read(self.log)

    def test_a_socket_open_to_everybody_needs_leave(self):
        port = free_port()
        code, log = self.refused(f"0.0.0.0:{port}", "http")
        self.assertEqual(code, 2)
        self.assertIn("listening on 0.0.0.0 would let anybody", log)

    def test_open_to_everybody_after_a_reload_as_well(self):
        users = os.path.join(self.folder, "users")
        open(users, "w").close()
        port = free_port()
        self.activate([f"0.0.0.0:{port}"], ["http"], f'[auth]\nusers = "{users}"\nbasic_over_plain_http = true\n')
        self.assertEqual(self.ask(("127.0.0.1", port)).status, 401)
        self.assertTrue(wait_until(lambda: "listening on" in self.read(self.out)))
        with open(os.path.join(self.folder, "davit.toml"), "w") as file:
            file.write("")
        self.process.send_signal(signal.SIGHUP)
        self.assertTrue(wait_until(lambda: "reloaded" in self.read(self.log)))
        self.assertIn("the configuration was not reloaded, and stays as it was: listening on 0.0.0.0 would let anybody", self.read(self.log))

    def test_https_needs_a_certificate(self):
        code, log = self.refused(f"127.0.0.1:{free_port()}", "https")
        self.assertEqual(code, 2)
        self.assertIn("tls.certificate", log)

    def test_what_is_no_listening_socket_is_refused(self):
        pair = socket.socketpair()
        command = f'exec env LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=x "$DAVIT" serve "{self.root}" 3<&{pair[0].fileno()}'
        done = subprocess.run(["bash", "-c", command], pass_fds=[pair[0].fileno()], capture_output=True, text=True, timeout=20)
        for end in pair:
            end.close()
        self.assertEqual(done.returncode, 1)
        self.assertIn("descriptor 3", done.stderr)

    def test_sockets_for_another_process_are_not_taken(self):
        server = Server(env={"LISTEN_PID": "1", "LISTEN_FDS": "1"})
        self.assertEqual(server.request("GET", "/").status, 200)
        server.stop()


if __name__ == "__main__":
    main()
