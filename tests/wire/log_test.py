"""The log: whatever becomes of what reads it, requests are answered and the server ends when it is told to."""
import fcntl
import os
import re
import signal
import subprocess
import tempfile
import threading
import unittest

from davit import Connection, Server, main, wait_until

DAVIT = os.environ["DAVIT"]
LONG = "/" + "/".join(["x" * 200] * 19)  # nothing is there: a log line of twelve kilobytes says so


class StuckLog(unittest.TestCase):
    """Standard error is a pipe that is not read."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        config = self.folder.name + "/davit.toml"
        with open(config, "w") as file:
            file.write('[server]\nmanagement = ["127.0.0.1:0"]\n[limits]\nshutdown_grace = "10s"\n')
        os.mkdir(self.folder.name + "/root")
        self.reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        command = [DAVIT, "serve", self.folder.name + "/root", "--listen", "127.0.0.1:0", "--config", config]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=writer)
        os.close(writer)
        self.addCleanup(self.end)
        ports = [int(re.search(rb":(\d+)/", self.process.stdout.readline()).group(1)) for _ in range(2)]
        self.address, self.management = (("127.0.0.1", port) for port in ports)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        os.close(self.reader)

    def ask(self, times, target=LONG, address=None):
        connection = Connection(address or self.address, timeout=5)
        for _ in range(times):
            connection.send(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            answer = connection.read()
        connection.close()
        return answer

    def dropped(self):
        text = self.ask(1, "/metrics", self.management).body.decode()
        return int(float(re.search(r"^davit_log_lines_dropped_total (\S+)$", text, re.M).group(1)))

    def test_requests_are_answered_and_what_is_lost_is_told(self):
        self.assertEqual(self.ask(600).status, 404)
        lost = self.dropped()
        self.assertGreater(lost, 0)
        self.assertEqual(self.ask(1, "/", self.address).status, 200)
        # The reader goes on: what waited comes whole, then how much is missing.
        parts = []

        def drain():
            while data := os.read(self.reader, 1 << 16):
                parts.append(data)
        thread = threading.Thread(target=drain, daemon=True)
        thread.start()
        read = lambda: b"".join(parts)
        self.assertTrue(wait_until(lambda: b"log lines were dropped" in read(), 30), read()[-300:])
        told = sum(int(n) for n in re.findall(rb"(\d+) log lines were dropped", read()))
        self.assertIn(told, (lost, lost + 1))
        self.ask(1, "/afterwards")
        self.assertTrue(wait_until(lambda: b"/afterwards" in read()))
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(20), 0)
        thread.join(10)
        lines = read().decode().splitlines()
        self.assertTrue(all(re.match(r"\d{4}-\d\d-\d\dT\S+Z (info|warning|error) ", line) for line in lines), "each line is whole")
        self.assertIn("stopped", lines[-1])

    def test_the_server_ends_when_it_is_told_to(self):
        self.ask(30)
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(20), 0)

    def test_a_reload_does_not_wait_either(self):
        self.ask(30)
        self.process.send_signal(signal.SIGHUP)
        self.assertEqual(self.ask(30).status, 404)


class ClosedDescriptors(unittest.TestCase):
    def test_no_file_of_the_server_takes_their_place(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(folder + "/root")
            with open(folder + "/davit.toml", "w") as file:
                file.write("[server]\ncore_dumps = true\n")  # only then may others than root read /proc/PID/fd
            command = 'exec "$0" serve "$1/root" --listen "unix:$1/s" --config "$1/davit.toml" 0<&- 1>&- 2>&-'
            server = subprocess.Popen(["sh", "-c", command, DAVIT, folder])
            try:
                self.assertTrue(wait_until(lambda: os.path.exists(folder + "/s")))
                connection = Connection(folder + "/s")
                connection.send(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertEqual(connection.read().status, 404)
                connection.close()
                for number in range(3):
                    self.assertEqual(os.readlink(f"/proc/{server.pid}/fd/{number}"), "/dev/null")
                server.send_signal(signal.SIGTERM)
                self.assertEqual(server.wait(20), 0)
                with open(folder + "/root/.davit/lock", "rb") as file:
                    self.assertNotIn(b"nothing", file.read())
            finally:
                if server.poll() is None:
                    server.kill()
                    server.wait()


class Lines(unittest.TestCase):
    def test_each_request_has_its_line_and_they_keep_their_order(self):
        server = Server()
        self.addCleanup(server.stop)
        connection = server.connect()
        for number in range(300):
            server.request("GET", f"/nothing-{number:03}-", connection=connection)
        connection.close()
        server.log_line("/nothing-299-")
        self.assertEqual(re.findall(r'GET "/nothing-(\d+)-" 404', server.read_log()), [f"{number:03}" for number in range(300)])

    def test_the_last_lines_are_written_before_the_process_ends(self):
        server = Server(config='[log]\nformat = "json"\n')
        for number in range(200):
            server.request("GET", "/nothing")
        log = server.log_path
        with open(log) as file:
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(20)
            lines = file.read().splitlines()
        server.start()
        server.stop()
        self.assertEqual(len([line for line in lines if '"path":"/nothing"' in line]), 200)
        self.assertIn('"message":"stopped"', lines[-1])


class Secrets(unittest.TestCase):
    def test_a_request_line_has_no_password_and_no_value_of_a_query(self):
        server = Server()
        self.addCleanup(server.stop)
        for number, (target, shown) in enumerate((
                ("http://anna:s3cret@localhost/f", "http://(removed)@localhost/f"), ("anna:s3cret@localhost", "anna:(removed)@localhost"),
                ("http://anna:s3c/s3cret@localhost/f", "http://(removed)@localhost/f"),
                ("/f?token=s3cret", "/f?token=(removed)"), ("/f?x=s3cret&zip&y=s3cret", "/f?x=(removed)&zip&y=(removed)"),
                ("/f?t%6Fken%3Ds3cret", "/f?t%6Fken=(removed)"), ("/f?" + "s3cret" * 10, "/f?(removed)"), ("/f#token=s3cret", "/f#token=(removed)"),
                ("/a:b@c", "/a:b@c"))):
            server.request("GET", target, {"X-Request-Id": f"line-{number}", "User-Agent": "x http://anna:s3cret@h/"})
            self.assertIn(f'GET "{shown}"', server.log_line(f"line-{number}"))
        self.assertNotIn("s3cret", server.read_log())


if __name__ == "__main__":
    main()
