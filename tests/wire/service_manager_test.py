"""What systemd is told: the real program with a NOTIFY_SOCKET, and one that systemd watches."""
import os
import shutil
import signal
import socket
import tempfile
import time
import unittest

from davit import Server, main, wait_until


class Manager:
    """The end of the socket that systemd would hold."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="davit-notify-")
        self.path = os.path.join(self.folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)

    def next(self, seconds=10):
        """The next message as a dictionary; None when none comes in time."""
        self.socket.settimeout(seconds)
        try:
            text = self.socket.recv(4096).decode()
        except socket.timeout:
            return None
        return dict(line.split("=", 1) for line in text.splitlines())

    def drain(self):
        while self.next(0.001) is not None:
            pass

    def close(self):
        self.socket.close()
        shutil.rmtree(self.folder)


class Notify(unittest.TestCase):
    def setUp(self):
        self.manager = Manager()
        self.addCleanup(self.manager.close)

    def serve(self, watchdog_usec=None, **kwargs):
        env = {"NOTIFY_SOCKET": self.manager.path}
        if watchdog_usec:
            env["WATCHDOG_USEC"] = str(watchdog_usec)
        return Server(env=env, **kwargs)

    def test_ready_reloading_stopping(self):
        server = self.serve()
        try:
            ready = self.manager.next()
            self.assertEqual(ready["READY"], "1")
            self.assertEqual(ready["STATUS"], "Serving " + server.root)
            self.assertEqual(server.request("GET", "/").status, 200)
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            server.process.send_signal(signal.SIGHUP)
            reloading = self.manager.next()
            self.assertEqual(reloading["RELOADING"], "1")
            self.assertLessEqual(before, int(reloading["MONOTONIC_USEC"]))
            self.assertEqual(self.manager.next(), {"READY": "1"})
        finally:
            server.stop()
        self.assertEqual(self.manager.next()["STOPPING"], "1")
        self.assertIsNone(self.manager.next(0.1))  # nobody asked for signs of life

    def test_ready_is_said_when_connections_are_taken_and_not_before(self):
        server = self.serve()
        try:
            self.manager.next()
            server.connect().close()
        finally:
            server.stop()
        self.manager.drain()
        with self.assertRaises(RuntimeError):
            self.serve(root="/nonexistent-folder")
        self.assertIsNone(self.manager.next(0.1))

    def test_the_watchdog_is_fed(self):
        server = self.serve(watchdog_usec=600_000)
        try:
            self.assertIn("READY", self.manager.next())
            for _ in range(3):
                self.assertEqual(self.manager.next(), {"WATCHDOG": "1"})
            self.assertNotIn("healthz", server.read_log())
        finally:
            server.stop()

    def test_the_watchdog_is_fed_without_a_control_socket(self):
        server = self.serve(watchdog_usec=600_000, args=("--read-only",))
        try:
            self.assertIn("READY", self.manager.next())
            self.assertEqual(self.manager.next(), {"WATCHDOG": "1"})
        finally:
            server.stop()

    def test_a_server_that_does_not_answer_starves_the_watchdog(self):
        # Nobody listens at the control socket: to the watchdog a server that hangs looks the same, only later.
        server = self.serve(watchdog_usec=600_000)
        try:
            self.assertIn("READY", self.manager.next())
            control = os.path.join(server.root, ".davit", "control")
            os.unlink(control)
            with socket.socket(socket.AF_UNIX) as silent:
                silent.bind(control)
                time.sleep(0.5)  # what was on its way
                self.manager.drain()
                self.assertIsNone(self.manager.next(2))
            os.unlink(control)
            self.assertTrue(wait_until(lambda: self.manager.next(1) == {"WATCHDOG": "1"}, 20))
            self.assertIn("the watchdog is not notified", server.read_log())
        finally:
            server.stop()

    def test_nobody_to_tell(self):
        for path in ("", self.manager.folder + "/nobody"):
            server = Server(env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "600000"})
            try:
                self.assertEqual(server.request("GET", "/").status, 200)
            finally:
                server.stop()


if __name__ == "__main__":
    main()
