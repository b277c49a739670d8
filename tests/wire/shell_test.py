"""What a person at a shell gets: mistakes in a command line, folders, ports and addresses, told in the words of a shell."""
import fcntl
import os
import pty
import select
import signal
import socket
import subprocess
import tempfile
import termios
import threading
import unittest

from davit import Connection, Server, main, wait_until

DAVIT = os.environ["DAVIT"]
NOBODY = 65534


def run(*args, stdin=None, **options):
    done = subprocess.run([DAVIT, *args], capture_output=True, text=True, timeout=60, input=stdin or "", **options)
    return done.returncode, done.stdout, done.stderr


def as_nobody():
    """How to run a program that has no rights beyond its user's."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}


class Words(unittest.TestCase):
    def says(self, args, *parts):
        code, out, err = run(*args)
        self.assertEqual((code, out), (2, ""), args)
        for part in parts:
            self.assertIn(part, err, args)

    def test_a_wrong_command_names_the_nearest_one(self):
        for word, meant in (("serv", "serve"), ("sevre", "serve"), ("Serve", "serve"), ("check", "check-config"), ("chek-config", "check-config"),
                            ("fsk", "fsck"), ("explian", "explain"), ("docter", "doctor"), ("lock", "locks"), ("trahs", "trash"), ("users", "user"), ("srv", "serve"), ("chk", "check-config"), ("dctr", "doctor")):
            self.says((word, "x"), f"there is no command {word}; did you mean {meant}?")
        self.says(("dance",), "there is no command dance; there are serve, check-config,")
        self.says(("list",), "did you mean davit locks list, davit trash list, davit user list?")

    def test_a_wrong_command_of_a_command_names_the_nearest_one(self):
        for words, meant in ((("locks", "lst"), "list"), (("locks", "brake"), "break"), (("trash", "restor"), "restore"), (("trash", "emtpy"), "empty"),
                             (("user", "ad"), "add"), (("user", "removee"), "remove")):
            self.says(words, f"davit {words[0]}: there is no command {words[1]}; did you mean {meant}?")
        self.says(("user",), "davit user: which command? There are add, remove, list")
        self.says((), "davit: which command? There are serve, check-config,")

    def test_a_wrong_option_names_the_nearest_one(self):
        for words, option, meant in ((("serve", "/tmp", "--lisen", "127.0.0.1:0"), "--lisen", "--listen"), (("serve", "--readonly", "/tmp"), "--readonly", "--read-only"),
                                     (("fsck", "/tmp", "--repare"), "--repare", "--repair"), (("doctor", "--insecur", "http://h/"), "--insecur", "--insecure"),
                                     (("locks", "list", "--contorl", "x"), "--contorl", "--control"), (("user", "add", "--flie=x", "a"), "--flie", "--file")):
            self.says(words, f"there is no option {option}; did you mean {meant}?")
        self.says(("--versoin",), "there is no option --versoin; did you mean --version?")

    def test_a_missing_argument_is_named(self):
        for words, name in ((("fsck",), "dir"), (("check-config",), "file"), (("doctor",), "url"), (("locks", "show"), "token"), (("trash", "restore"), "id"),
                            (("user", "add"), "name")):
            self.says(words, f"davit {' '.join(words)}: {name} is missing: ")
        self.says(("serve", "/tmp", "/var"), "davit serve: there is no place for /var")
        self.says(("serve", "/tmp", "--listen"), "davit serve: --listen needs a value: ADDRESS:PORT")
        self.says(("serve", "/tmp", "--config"), "davit serve: --config needs a value: Configuration in TOML")
        self.says(("serve", "/tmp", "--read-only=maybe"), "davit serve: --read-only takes no value")
        self.says(("failures", "--since"), "davit failures: --since needs a value: ")

    def test_what_is_shown_of_a_command_line_cannot_move_the_cursor(self):
        self.says(("a\x1b[2Jb",), "there is no command a\\x1b[2Jb")


class Folders(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = place.name
        os.chmod(self.place, 0o755)

    def path(self, name):
        return os.path.join(self.place, name)

    def says(self, expected, *args, **options):
        code, out, err = run(*args, **options)
        self.assertIn(code, (1, 2))
        self.assertEqual(out, "")
        self.assertIn(expected, err)
        for word in ("URL", "The server has no right"):
            self.assertNotIn(word, err)

    def test_a_folder_that_is_not_there(self):
        with open(self.path("file"), "w"):
            pass
        os.symlink("nowhere", self.path("link"))
        for name, said in (("nope", "no such directory: {}"), ("file", "not a directory: {}"), ("file/below", "no such directory: {}: a part of this path is a file"),
                           ("link", "no such directory: {} is a link that leads nowhere")):
            path = self.path(name)
            for command in (("serve", path, "--listen", "127.0.0.1:0"), ("serve", path, "--read-only", "--listen", "127.0.0.1:0"), ("fsck", path),
                            ("locks", "list", path), ("trash", "list", path), ("trash", "usage", path)):
                with self.subTest(command):
                    self.says("davit: " if command[0] in ("serve", "fsck") else "no daemon answers at", *command)
                    self.says(said.format(path), *command)

    def test_a_folder_without_the_right_to_read_or_write(self):
        locked, readable = self.path("locked"), self.path("readable")
        os.mkdir(locked, 0o700)
        os.mkdir(readable)
        os.chmod(locked, 0)
        os.chmod(readable, 0o555)
        serve = lambda path, *more: ("serve", path, "--listen", "127.0.0.1:0", *more)
        self.says("may not read " + locked, *serve(locked), **as_nobody())
        self.says("may not write to " + readable, *serve(readable), **as_nobody())
        self.says("serve the directory with --read-only", *serve(readable), **as_nobody())
        self.says("may not write to " + readable, "fsck", readable, **as_nobody())
        self.says("mode 0555", *serve(readable), **as_nobody())

    def test_no_server_for_a_folder(self):
        self.says("no davit serves this directory", "locks", "list", self.place)
        self.says("no davit listens there", "trash", "list", "--control", self.path("none"))
        self.says("this is no socket", "locks", "list", "--control", __file__)
        server = Server(root=self.place)
        server.kill()
        self.says("the davit that made it has ended", "locks", "list", self.place)

    def test_a_control_socket_of_another_user(self):
        if os.getuid() != 0:
            self.skipTest("only root can be another user")
        server = Server(root=self.place)
        self.addCleanup(server.stop)
        self.says("permission denied", "locks", "list", self.place, **as_nobody())

    def test_removing_a_user_makes_no_file(self):
        code, _, err = run("user", "remove", "anna", "--file", self.path("users"))
        self.assertEqual(code, 1)
        self.assertIn("there is no user anna", err)
        self.assertFalse(os.path.exists(self.path("users")))

    def test_explain_tells_a_file_from_a_request_id(self):
        self.says(self.path("none.xml") + ": no such file", "explain", self.path("none.xml"))


class Addresses(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = place.name

    def listen(self, address, *more):
        return run("serve", self.root, "--listen", address, *more)

    def test_what_is_wrong_with_an_address_is_said(self):
        for address, said in (("nonsense", "the port is missing: say nonsense:8080"), ("", "nothing is named"), ("8080", "say 127.0.0.1:8080 for this machine"),
                              ("127.0.0.1", "the port is missing: say 127.0.0.1:8080"), ("127.0.0.1:", "the port is missing"),
                              ("127.0.0.1:99999", "99999 is no port from 0 to 65535"), ("127.0.0.1:http", "http is no port"), ("127.0.0.1:-1", "-1 is no port"),
                              ("example.org:80", "example.org is no numeric address"), ("127.0.0.256:80", "127.0.0.256 is no numeric address"),
                              ("::1:8080", "an IPv6 address has brackets: [::1]:8080"), ("fe80::1", "an IPv6 address has brackets"), ("[::1]", "the port is missing: say [::1]:8080"),
                              ("[::g]:80", "::g is no IPv6 address"), ("[::1]8080", "a colon is missing before the port: say [::1]:8080"), ("[127.0.0.1]:80", "127.0.0.1 is no IPv6 address"), ("http://127.0.0.1:8080/", "this is a URL"),
                              ("unix:relative", "begins with a slash"), ("/run/davit.sock", "is written unix:/run/davit.sock"), ("unix:/" + "x" * 200, "has at most 107 bytes")):
            code, out, err = self.listen(address)
            self.assertEqual((code, out), (2, ""), address)
            self.assertIn(said, err)
            self.assertIn("expected ADDRESS:PORT", err)

    def test_an_address_that_needs_its_interface(self):
        for address in ("[fe80::1]:8080", "[fe80::1]", "[FE80::abcd:1]:0"):
            code, out, err = self.listen(address)
            self.assertEqual((code, out), (2, ""), address)
            self.assertIn("is a link-local address, which each interface of this machine may have: name the interface, as in [", err.replace("FE80", "fe80"))
        self.assertIn("this machine has no interface nope0", self.listen("[fe80::1%nope0]:8080")[2])

    def test_localhost_is_the_loopback_address(self):
        for name in ("localhost", "LocalHost"):
            server = Server(root=self.root, args=(f"--listen={name}:0",))
            self.assertEqual((server.address[0], server.request("OPTIONS", "/").status), ("127.0.0.1", 200))
            server.stop()

    def test_a_port_alone_means_all_addresses(self):
        for address in (":0", "*:0"):
            code, _, err = self.listen(address)
            self.assertEqual(code, 2)
            for part in ("all addresses", "listen on 127.0.0.1:0", "--allow-unauthenticated"):
                self.assertIn(part, err)
        self.assertIn("listen on 127.0.0.1:8080 for this machine", self.listen(":8080")[2])
        self.assertIn("listen on 127.0.0.1:8080 for this machine", self.listen("0.0.0.0:8080")[2])
        server = Server(root=self.root, args=("--listen=:0", "--allow-unauthenticated"))
        port = server.address[1]
        self.assertEqual(server.request("OPTIONS", "/", address=("127.0.0.1", port)).status, 200)
        server.stop()

    def test_a_port_in_use(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            code, out, err = self.listen(f"127.0.0.1:{port}")
        self.assertEqual((code, out), (1, ""))
        self.assertIn(f"cannot listen on 127.0.0.1:{port}: Address already in use: another program listens there", err)

    def test_an_address_that_this_machine_does_not_have(self):
        for address in ("192.0.2.1:0", "[2001:db8::1]:0"):
            code, _, err = self.listen(address, "--allow-unauthenticated")
            self.assertEqual(code, 1)
            self.assertIn(f"cannot listen on {address}: ", err)
            self.assertRegex(err, "no interface of this machine has this address|this machine has no IPv6")

    def test_a_socket_that_cannot_be_made(self):
        file = os.path.join(self.root, "file")
        with open(file, "w"):
            pass
        for path, said in ((file, "something that is no socket has this name"), ("/nonexistent/d.sock", "no such directory: /nonexistent"),
                           (file + "/d.sock", "not a directory: " + file)):
            code, _, err = self.listen("unix:" + path)
            self.assertEqual(code, 1, path)
            self.assertIn(f"cannot listen on unix:{path}: ", err)
            self.assertIn(said, err)

    def test_doctor_names_what_is_no_url(self):
        for url, said in (("127.0.0.1:8080", "did you mean http://127.0.0.1:8080?"), ("http://127.0.0.1:port/", "the port is no number"),
                          ("http://::1/", "an IPv6 address has no brackets"), ("ftp://h/", "a URL such as")):
            code, out, err = run("doctor", url)
            self.assertEqual((code, out), (2, ""), url)
            self.assertIn(said, err)


class Numbers(unittest.TestCase):
    def test_a_number_that_is_too_large_is_told_in_a_sentence(self):
        for number in ("9223372036854775808", "18446744073709551616", "1" + 40 * "0"):
            for args in (("why", "--size", number, "-", "PUT", "/f"), ("trace", "--count", number)):
                code, out, err = run(*args)
                self.assertEqual((code, out), (2, ""), args)
                self.assertIn(f"{number} is too large; the largest number of ", err)
            self.assertIn("no such code", run("failures", "--code", number)[2])
        for number in ("-1", "1e3", "0x10", "many", " 1"):
            code, out, err = run("why", "--size", number, "-", "PUT", "/f")
            self.assertEqual((code, out), (2, ""), number)
            self.assertIn("is not a number of bytes", err)
        code, out, err = run("failures", "--size", "18446744073709551616")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("there is no option --size", err)


class Doctor(unittest.TestCase):
    """Ports that speak something else."""

    def port_that_says(self, first, answer=b"", close=True):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        connection.sendall(first)
                        if connection.recv(4096) and answer:
                            connection.sendall(answer)
                        connection.shutdown(socket.SHUT_WR)
                        connection.recv(4096)
                    except OSError:
                        pass
        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1]

    def test_another_protocol_is_named(self):
        for first, answer, name in ((b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", b"", "speaks SSH (SSH-2.0-OpenSSH_9.2p1 Debian-2)"), (b"220 (vsFTPd 3.0.3)\r\n", b"", "speaks FTP (220 (vsFTPd"),
                                    (b"220 mail.example ESMTP Postfix\r\n", b"", "speaks SMTP"), (b"", b"-ERR unknown command 'OPTIONS'\r\n", "speaks Redis"),
                                    (b"", b"-DENIED Redis is running in protected mode\r\n", "speaks Redis"), (b"* OK IMAP4rev1\r\n", b"", "speaks IMAP"),
                                    (b"J\0\0\0\x0a8.0.36\0caching_sha2_password\0", b"", "speaks MySQL"), (b"hello there\r\n", b"", 'something that begins with "hello there"')):
            port = self.port_that_says(first, answer)
            for scheme in ("http", "https"):
                code, out, err = run("doctor", f"{scheme}://127.0.0.1:{port}/dav/")
                self.assertEqual((code, out), (2, ""), (name, err))
                self.assertIn(name, err)

    def test_a_port_with_tls_that_shakes_no_hands_is_named(self):
        port = self.port_that_says(b"", b"\x15\x03\x01\x00\x02\x02\x46")
        code, _, err = run("doctor", f"http://127.0.0.1:{port}/dav/")
        self.assertEqual(code, 2)
        self.assertIn(f"speaks TLS, ask for https://127.0.0.1:{port}/dav/", err)

    def test_a_port_that_stays_silent_is_told_within_seconds(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            done = subprocess.run([DAVIT, "doctor", f"https://127.0.0.1:{port}/"], capture_output=True, text=True, timeout=20)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn(f"no TLS with 127.0.0.1:{port}: the port accepted the connection and sent no byte; the handshake did not end within 3 s", done.stderr)

    def test_a_port_that_begins_a_handshake_and_stops_is_told(self):
        port = self.port_that_begins(b"\x16\x03\x03\x00\x7a\x02\x00")
        done = subprocess.run([DAVIT, "doctor", f"https://127.0.0.1:{port}/"], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 2)
        self.assertIn("sent 7 bytes; the handshake did not end within 3 s", done.stderr)

    def port_that_begins(self, first):
        """Sends bytes and holds the connections open."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        held = []

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                    held.append(connection)
                    connection.sendall(first)
                except OSError:
                    return
        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1]


class CtrlC(unittest.TestCase):
    """The first signal says what is waited for, the second ends at once."""

    def upload(self, server):
        connection = server.connect()
        connection.send(b"PUT /f HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(connection.read().status, 100)
        connection.send(b"abc")
        return connection

    def test_a_second_signal_ends_at_once_and_leaves_nothing(self):
        for first, second in ((signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT), (signal.SIGINT, signal.SIGTERM)):
            server = Server(config='[limits]\nshutdown_grace = "10min"\n')
            connection = self.upload(server)
            server.process.send_signal(first)
            line = server.log_line("stopping: ")
            self.assertIn("1 request runs and may take 10min (limits.shutdown_grace); a second signal ends at once", line)
            server.process.send_signal(second)
            self.assertEqual(server.process.wait(60), 0)
            self.assertIn("stopping at once", server.read_log())
            self.assertEqual(os.listdir(server.root + "/.davit/tmp"), [])
            self.assertFalse(os.path.exists(server.root + "/f"))
            connection.close()
            server.stop()

    def test_without_requests_the_first_signal_ends(self):
        server = Server()
        server.process.send_signal(signal.SIGINT)
        self.assertEqual(server.process.wait(60), 0)
        self.assertIn("stopping: no request runs", server.read_log())
        server.stop()

    def test_a_head_that_has_not_come_whole_is_no_running_request(self):
        config = '[server]\nmanagement = "127.0.0.1:0"\n[limits]\nshutdown_grace = "10min"\nheader_timeout = "10min"\n'
        for number in (signal.SIGTERM, signal.SIGINT):
            server = Server(config=config)
            halves = (b"", b"\r\n", b"\r", b"P", b"PUT /f HTTP/1.1", b"PUT /f HTTP/1.1\r\nHost: x\r\nContent-Le",
                      b"OPTIONS / HTTP/1.1\r\nHost: x\r\n\r\nPUT /f HTTP/1.1\r\nHost: x\r\n", b"OPTIONS / HTTP/1.1\r\nHost: x\r\n\r\n\r")
            connections = [(Connection(server.address), half) for half in halves]
            connections += [(Connection(address), b"GET /healthz HTTP/1.1\r\nHo") for address in (server.management, server.root + "/.davit/control")]
            for connection, half in connections:
                connection.send(half)
                if b"\r\n\r\n" in half:
                    self.assertEqual(connection.read().status, 200)
            self.assertEqual(server.request("OPTIONS", "/").status, 200)
            server.process.send_signal(number)
            self.assertEqual(server.process.wait(60), 0)
            self.assertIn("stopping: no request runs", server.read_log())
            for connection, _ in connections:
                self.assertTrue(connection.closed())
                connection.close()
            server.stop()


class Prompt(unittest.TestCase):
    """A password is typed without being shown; however the program ends, the terminal shows again what is typed."""

    def start(self, *args):
        leader, terminal = pty.openpty()
        self.addCleanup(os.close, leader)
        self.addCleanup(os.close, terminal)
        process = subprocess.Popen([DAVIT, *args], stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
                                   preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.addCleanup(process.wait)
        self.said = b""
        return leader, terminal, process

    def wait_for(self, leader, words):
        while words not in self.said:
            self.assertTrue(select.select([leader], [], [], 30)[0], self.said)
            self.said += os.read(leader, 4096)

    def echoes(self, terminal):
        return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)

    def test_a_key_that_ends_the_program_restores_the_terminal(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        for args in (("user", "add", "anna", "--file", place.name + "/users"), ("doctor", "--user", "anna", "http://127.0.0.1:1/")):
            for key, number in ((b"\x03", signal.SIGINT), (b"\x1c", signal.SIGQUIT)):
                leader, terminal, process = self.start(*args)
                self.wait_for(leader, b"Password of anna: ")
                self.assertTrue(wait_until(lambda: not self.echoes(terminal)))
                os.write(leader, b"sec" + key)
                self.assertEqual(process.wait(30), -number, args)
                self.assertTrue(self.echoes(terminal))
        self.assertFalse(os.path.exists(place.name + "/users"))

    def test_a_signal_restores_a_terminal_that_is_not_the_controlling_one(self):
        leader, terminal = pty.openpty()
        self.addCleanup(os.close, leader)
        self.addCleanup(os.close, terminal)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with subprocess.Popen([DAVIT, "doctor", "--user", "anna", "http://127.0.0.1:1/"], stdin=terminal, stdout=terminal, stderr=terminal) as process:
                self.said = b""
                self.wait_for(leader, b"Password of anna: ")
                self.assertFalse(self.echoes(terminal))
                process.send_signal(number)
                self.assertEqual(process.wait(30), -number)
            self.assertTrue(self.echoes(terminal))

    def test_a_stopped_prompt_shows_again_what_is_typed_and_asks_again(self):
        leader, terminal, process = self.start("doctor", "--user", "anna", "http://127.0.0.1:1/")
        self.wait_for(leader, b"Password of anna: ")
        os.kill(process.pid, signal.SIGTSTP)
        # The leader of a session without a parent of its own in it is not stopped by SIGTSTP: it asks again at once.
        self.said = b""
        self.wait_for(leader, b"Password of anna: ")
        os.write(leader, b"secret\n")
        self.assertEqual(process.wait(60), 2)
        self.assertTrue(self.echoes(terminal))

    def test_a_typed_password_is_taken_and_not_shown(self):
        with tempfile.TemporaryDirectory() as place:
            leader, terminal, process = self.start("user", "add", "anna", "--file", place + "/users")
            self.wait_for(leader, b"Password of anna: ")
            os.write(leader, b"s3cret-word\n")
            self.wait_for(leader, b"Again: ")
            os.write(leader, b"s3cret-word\n")
            self.wait_for(leader, b"can log in now")
            self.assertEqual(process.wait(30), 0)
            self.assertNotIn(b"s3cret-word", self.said)
            self.assertTrue(self.echoes(terminal))


class Explain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def explain(self, text, *args):
        done = subprocess.run([DAVIT, "explain", *args], input=text, capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""), text)
        return done.stdout.decode()

    def curl(self, *args):
        url = "http://%s:%d" % self.server.address
        return subprocess.run(["curl", "-s", *args[:-1], url + args[-1]], capture_output=True, check=True, timeout=60).stdout

    def test_a_success_is_one(self):
        self.server.request("PUT", "/file.txt", body=b"plain text, no XML")
        for args in (("-X", "DELETE", "/file.txt"), ("-i", "-T", "/dev/null", "/new"), ("-i", "/new"), ("-I", "/new"), ("-i", "-X", "MKCOL", "/folder"),
                     ("-X", "PROPFIND", "-H", "Depth: 0", "/"), ("-i", "-X", "PROPFIND", "-H", "Depth: 0", "/"), ("-i", "-X", "OPTIONS", "/"),
                     ("-i", "-X", "DELETE", "/new"), ("-i", "/folder/")):
            self.assertEqual(self.explain(self.curl(*args)).splitlines()[0], "Nothing failed.", args)
        lock = ('<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>')
        for head in ((), ("-i",)):
            out = self.curl(*head, "-X", "LOCK", "-H", "Content-Type: application/xml", "-d", lock, "/locked" + "".join(head))
            self.assertEqual(self.explain(out).splitlines()[0], "Nothing failed.")
        self.assertEqual(self.explain(b"").splitlines()[0], "Nothing failed.")
        self.assertEqual(self.explain(b"\r\n").splitlines()[0], "Nothing failed.")

    def test_a_head_before_the_body_is_skipped(self):
        out = self.explain(self.curl("-i", "/none"))
        self.assertIn("404 not-found", out)
        self.assertRegex(out, "Request id: [0-9A-Z]{26}\n")
        body = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="urn:x"/><D:getetag/></D:prop></D:set></D:propertyupdate>'
        out = self.explain(self.curl("-i", "-X", "PROPPATCH", "-H", "Content-Type: application/xml", "-d", body, "/"))
        self.assertIn("Cause: {DAV:}getetag of /: 403 protected-property", out)
        out = self.explain(self.curl("-i", "-H", "Accept: application/problem+json", "/none"))
        self.assertIn("404 not-found", out)

    def test_what_is_pasted_around_an_answer_is_left_out(self):
        self.server.request("PUT", "/pasted", body=b"x")
        self.server.request("LOCK", "/pasted", {"Content-Type": "application/xml"}, b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
                            b'<D:locktype><D:write/></D:locktype></D:lockinfo>')
        url = "http://%s:%d/pasted" % self.server.address
        verbose = subprocess.run(["curl", "-sv", "-X", "DELETE", url], capture_output=True, timeout=60)
        plain = self.curl("-X", "DELETE", "/pasted")
        line = self.server.log_line("first_failure.code=locked").encode()
        for text in (verbose.stderr + verbose.stdout, verbose.stdout + verbose.stderr, (verbose.stderr + verbose.stdout).replace(b"\r\n", b"\n"), b"\r\n\n  " + plain,
                     b"\n" + self.curl("-i", "-X", "DELETE", "/pasted"), b"\n" + self.curl("-H", "Accept: application/problem+json", "-X", "DELETE", "/pasted"), line, line + b"\n",
                     b"Nov 30 12:00:00 host davit[1]: " + line, b"2026-01-01T00:00:00Z info stopped\n" + line + b"\n"):
            said = self.explain(text)
            self.assertIn("423 locked", said, text)
            self.assertRegex(said, "Request id: [0-9A-Z]{26}\n")
        id = line.split()[2].decode()
        for what in (id, f" {id} ", f"X-Request-Id: {id}", f'"{id}"'):
            done = subprocess.run([DAVIT, "explain", what, self.server.root], capture_output=True, text=True, timeout=60)
            self.assertIn("423 locked", done.stdout, (what, done))

    def test_a_code_or_a_status_is_explained_by_itself(self):
        for what, said in (("locked", "423 locked"), ("423", "423"), ("not-found", "404 not-found"), ("507", "507")):
            code, out, err = run("explain", what)
            self.assertEqual((code, err), (0, ""), what)
            self.assertIn(said, out)
            self.assertIn("What to do: ", out)

    def test_the_head_is_enough_for_a_failure_without_a_body(self):
        out = self.explain(self.curl("-I", "/none"))
        self.assertIn("404 not-found", out)
        self.assertRegex(out, "Request id: [0-9A-Z]{26}\n")
        for text in (b"HTTP/2 502 \r\nserver: nginx\r\n\r\n", b"HTTP/1.1 502 Bad Gateway\nServer: nginx\n\n<html><body>no title</body></html>",
                     b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /x\r\n\r\nHTTP/1.1 502 Bad Gateway\r\n\r\n"):
            self.assertIn("502", self.explain(text))


class CheckConfig(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = place.name

    def write(self, name, text):
        with open(os.path.join(self.place, name), "w") as file:
            file.write(text)
        return os.path.join(self.place, name)

    def warnings(self, config):
        code, out, err = run("check-config", self.write("davit.toml", config))
        self.assertEqual(code, 0, err)
        lines = err.splitlines()
        self.assertTrue(all(line.startswith("davit: warning: ") for line in lines), err)
        self.assertIn("no mistakes found" + (f", warnings: {len(lines)}" if lines else ""), out)
        return [line[len("davit: warning: "):] for line in lines]

    def warned(self, config, *parts):
        said = self.warnings(config)
        self.assertEqual(len(said), len(parts), said)
        for line, part in zip(said, parts):
            self.assertIn(part, line)

    def test_a_file_that_sets_nothing(self):
        for text in ("", "# nothing yet\n", "\n\n"):
            self.warned(text, "sets nothing")

    def test_folders_that_are_not_there(self):
        self.warned('[server]\nroot = "/nonexistent"\n', "server.root: no such directory: /nonexistent")
        self.warned('[server]\nroot = "/etc/passwd"\n', "server.root: not a directory")
        self.warned('[[exports]]\npath = "/a"\nroot = "/nonexistent/a"\n[[exports]]\npath = "/b"\nroot = "/tmp"\n', "davit.toml:3: exports.root: no such directory: /nonexistent/a")
        self.warned('[server]\nlisten = ["unix:/nonexistent/s"]\ncontrol_socket = "/nonexistent/c"\n[log]\nfile = "/nonexistent/log"\n',
                    "server.listen: no such directory", "server.control_socket: no such directory", "log.file: no such directory")

    def test_files_of_accounts_that_are_missing_empty_or_wrong(self):
        for key in ("users", "groups", "digest_users"):
            users = "" if key == "users" else f'users = "{self.users()}"\n'
            line = 3 if users else 2
            said = f"davit.toml:{line}: auth.{key}: /nonexistent: cannot be read; no user in it can log in"
            self.assertTrue(any(said in each for each in self.warnings(f'[auth]\n{users}{key} = "/nonexistent"\n')), key)
        self.warned(f'[auth]\nusers = "{self.write("users", "# none yet")}"\n', "davit.toml:2: auth.users: ")
        self.warned(f'[auth]\nusers = "{self.write("users", "anna:plain")}"\n', "users:1: the password of anna", "davit.toml:2: auth.users: ")
        keys = '[auth]\njwt_issuer = "i"\njwt_audience = "a"\njwt_keys = '
        self.warned(keys + '"/nonexistent"\n', "auth.jwt_keys: /nonexistent: No such file")
        self.assertIn("has no key", self.warnings(keys + f'"{self.write("keys", "{}")}"\n')[-1])

    def users(self):
        path = os.path.join(self.place, "accounts")
        self.assertEqual(run("user", "add", "anna", "--file", path, stdin="secret\n")[0], 0)
        return path

    def test_rules_for_users_and_groups_that_nobody_is(self):
        auth = f'[auth]\nusers = "{self.users()}"\ngroups = "{self.write("groups", "staff: anna" + chr(10) + "ghosts: berta")}"\n'
        rule = lambda users: f'[[rules]]\npath = "/a"\nusers = {users}\nallow = "all"\n'
        ghost = "groups:2: berta of the group ghosts has no account"
        self.warned(auth + rule('["anna", "@staff", "*"]'), ghost)
        self.warned(auth + rule('["berta"]'), ghost, "davit.toml:4: rules: /a: there is no user berta")
        self.warned(auth + rule('["@stuff", "@ghosts"]'), ghost, "no user belongs to the group stuff", "no user belongs to the group ghosts")
        self.warned(auth + rule('["anonymous"]'), ghost, "no request is anonymous")
        server = Server(config=auth + rule('["berta"]'))
        server.log_line("rules: /a: there is no user berta")
        server.stop()
        # A proxy may name users that stand in no file.
        self.warned('[server]\ntrusted_proxies = ["127.0.0.1"]\n' + auth + 'user_header = "X-User"\n' + rule('["berta", "@stuff"]'))

    def test_warnings_are_told_beside_mistakes(self):
        code, _, err = run("check-config", self.write("davit.toml", '[server]\nroot = "/nonexistent"\n[locks]\ntimeout_min = "2h"\ntimeout_max = "1h"\n'))
        self.assertEqual(code, 2)
        self.assertIn("davit.toml:2: server.root: no such directory", err)
        self.assertIn("davit.toml:4: locks.timeout_min is longer", err)

    def mistakes(self, config):
        code, out, err = run("check-config", self.write("davit.toml", config))
        self.assertEqual((code, out), (2, ""), config)
        return err

    def test_a_log_file_that_is_a_folder(self):
        for path in (self.place, "/proc/self"):
            self.warned(f'[server]\nread_only = true\n[log]\nfile = "{path}"\n', f"davit.toml:4: log.file: {path} is a directory, and a file is needed")
            code, _, err = run("serve", self.place, "--listen", "127.0.0.1:0", "--config", os.path.join(self.place, "davit.toml"))
            self.assertEqual(code, 1)
            self.assertIn(path, err)

    def test_password_hashes_that_are_broken_are_told_with_file_and_line(self):
        whole = {"bcrypt": "$2y$10$" + 53 * "a", "sha256": "$5$salt$" + 43 * "a", "sha512": "$6$rounds=5000$salt$" + 86 * "a", "yescrypt": "$y$j9T$saltsaltsalt$" + 43 * "a"}
        users = self.write("users", "".join(f"{name}:{value}\n" for name, value in whole.items()))
        self.warned(f'[auth]\nusers = "{users}"\n')
        broken = {"cut": whole["bcrypt"][:-3], "short": "$6$salt$abc", "long": whole["sha256"] + "b", "quoted": whole["yescrypt"] + '"', "blank": whole["bcrypt"][:-1] + " x",
                  "rounds": "$6$rounds=many$salt$" + 86 * "a", "cost": "$2y$99$" + 53 * "a"}
        for name, value in broken.items():
            users = self.write("users", f"anna:{whole['bcrypt']}\n{name}:{value}\n")
            self.warned(f'[auth]\nusers = "{users}"\n', f"{users}:2: the password hash of {name} is broken: ")
            server = Server(config=f'[auth]\nusers = "{users}"\n')
            server.log_line(f"{users}:2: the password hash of {name} is broken: ")
            server.stop()
        digest = self.write("digest", "anna:Davit:xyz\n")
        self.assertIn("digest:1: expected", self.warnings(f'[auth]\ndigest_users = "{digest}"\n')[0])
        digest = self.write("digest", "anna:Other:" + 32 * "a" + "\n")
        self.warned(f'[auth]\ndigest_users = "{digest}"\n', 'davit.toml:2: auth.digest_users: ' + digest + ' has no line for the realm "Davit"')

    def test_users_who_are_traced_and_nobody_is(self):
        users = f'[auth]\nusers = "{self.users()}"\n'
        self.warned(users + '[log]\ntrace_users = ["anna"]\n')
        for config, said in ((users + '[log]\ntrace_users = ["anna", "berta"]\n', "davit.toml:4: log.trace_users: there is no user berta (auth.users)"),
                             ('[log]\ntrace_users = ["anna"]\n', "davit.toml:2: log.trace_users: there is no way to log in, so no request is anna's"),
                             (users + '[log]\ntrace_users = ["anonymous"]\n', "davit.toml:4: log.trace_users: anonymous is a request without a login")):
            self.warned(config, said)
            server = Server(config=config)
            server.log_line(said.split(":", 2)[2])
            server.stop()

    def test_an_address_that_is_listened_on_twice(self):
        for config, said in (('[server]\nlisten = ["127.0.0.1:8080", "127.0.0.1:8080"]\n', "davit.toml:2: server.listen: 127.0.0.1:8080 is named twice"),
                             ('[server]\nlisten = ["localhost:8080", "127.0.0.1:8080"]\n', "127.0.0.1:8080 is named twice"),
                             ('[server]\nlisten = ["[::1]:8080", "[0:0:0:0:0:0:0:1]:8080"]\n', "is named twice"),
                             ('[server]\nlisten = ["unix:/tmp/a", "unix:/tmp/../tmp/a"]\n', "unix:/tmp/a is named twice"),
                             ('[server]\nlisten = "127.0.0.1:8080"\nmanagement = "127.0.0.1:8080"\n', "davit.toml:3: server.management: 127.0.0.1:8080 is named twice, here and in server.listen"),
                             ('[server]\nlisten = "unix:/tmp/a"\ncontrol_socket = "/tmp/a"\n', "davit.toml:3: server.control_socket: unix:/tmp/a is named twice"),
                             ('[server]\nallow_unauthenticated = true\nlisten = [":8080", "127.0.0.1:8080"]\n', "one port, of which one is for all addresses"),
                             ('[server]\nlisten = "127.0.0.1:8443"\n[tls]\nlisten = "127.0.0.1:8443"\ncertificate = "/x"\nkey = "/y"\n', "davit.toml:4: tls.listen: 127.0.0.1:8443 is named twice, here and in server.listen")):
            err = self.mistakes(config)
            self.assertIn(said, err)
            code, out, start = run("serve", self.place, "--config", os.path.join(self.place, "davit.toml"))
            self.assertEqual((code, out), (2, ""))
            self.assertIn(said, start)
        self.assertIn("is named twice", run("serve", self.place, "--listen", "127.0.0.1:8080", "--listen", "127.0.0.1:8080")[2])
        self.warned('[server]\nlisten = ["127.0.0.1:8080", "127.0.0.1:8081", "[::1]:8080", "127.0.0.1:0", "127.0.0.1:0"]\n')

    def test_groups_whose_members_cannot_log_in(self):
        groups = self.write("groups", "# who is what\nstaff: anna\nghosts: berta carl\n")
        said = "davit.toml:2: auth.groups names a file of groups, but no login is configured"
        self.warned(f'[auth]\ngroups = "{groups}"\n', said)
        server = Server(config=f'[auth]\ngroups = "{groups}"\n')
        server.log_line(said.split(":", 2)[2])
        server.stop()
        config = f'[auth]\nusers = "{self.users()}"\ngroups = "{groups}"\n'
        self.warned(config, f"{groups}:3: berta of the group ghosts has no account", f"{groups}:3: carl of the group ghosts has no account")
        server = Server(config=config)
        server.log_line(f"{groups}:3: berta of the group ghosts has no account")
        server.stop()
        self.warned('[auth]\ngroups_header = "X-Groups"\n', "davit.toml:2: auth.groups_header changes nothing without auth.user_header")
        self.warned('[auth]\njwt_issuer = "i"\n', "davit.toml:2: auth.jwt_issuer changes nothing without auth.jwt_keys")

    def test_values_that_could_not_mean_anything(self):
        proxies = '[server]\ntrusted_proxies = ["127.0.0.1"]\n[auth]\n'
        for text, said in (('[server]\nauthorities = ["https://dav.example.com"]\n', "expected names of hosts"), ('[server]\nauthorities = [""]\n', "expected names of hosts"),
                           (proxies + 'user_header = "X Remote"\n', "davit.toml:4: auth.user_header: expected the name of a header field"), (proxies + 'user_header = "X-User:"\n', "expected the name of a header field"),
                           (proxies + 'user_header = "authorization"\n', "authorization has a meaning of its own"), (proxies + 'user_header = "X-User"\ngroups_header = "Cookie"\n', "Cookie has a meaning of its own"),
                           ('[tls]\nlisten = "127.0.0.1:0"\n', "davit.toml:2: tls.listen: TLS needs a certificate"), ('[tls]\nkey = "/k"\n', "davit.toml:2: tls.key: TLS needs a certificate"),
                           ("[server]\nroot = /tmp\n", "text needs quotes"), ('[server]\nroot = "/tmp\n', "the quotes are probably not closed on this line"),
                           ('[server]\nroot = "/tmp"\n[server]\n', "write all keys of a table below one heading"), ('[server]\nroot = "/a"\nroot = "/b"\n', "the key is there twice")):
            self.assertIn(said, self.mistakes(text), text)
        self.warned('[server]\nroot = "~/dav"\n', "only a shell reads ~, write the whole path")

    def test_exports_that_share_a_folder(self):
        os.makedirs(os.path.join(self.place, "a/b"))
        os.symlink("a", os.path.join(self.place, "link"))
        export = lambda name, root: f'[[exports]]\npath = "/{name}"\nroot = "{self.place}/{root}"\n'
        for other in ("a", "a/b", "link", "a/../a/b/", "link/b"):
            config = export("one", "a") + export("two", other)
            self.warned(config, "no exported folder may be part of another")
            code, _, err = run("serve", "--config", os.path.join(self.place, "davit.toml"), "--listen", "127.0.0.1:0")
            self.assertEqual(code, 1)
            self.assertIn("no exported folder may be part of another", err)

    def test_an_address_open_to_everybody_is_told_with_file_and_line(self):
        tls = '[tls]\nlisten = ["127.0.0.1:1", ":8443"]\ncertificate = "/x"\n'
        for text, said in (('[server]\nlisten = ["0.0.0.0:80"]\n', "davit.toml:2: server.listen: listening on 0.0.0.0 would let anybody"),
                           ('[server]\nread_only = false\n\nlisten = ["127.0.0.1:1", "[::]:2"]\n', "davit.toml:4: server.listen: listening on :: would let"),
                           (tls, "davit.toml:2: tls.listen: listening on all addresses (:8443) would let anybody"),
                           ('[auth]\nusers = "/dev/null"\nanonymous = true\n', "davit.toml:3: auth.anonymous without rules would let anybody"),
                           ('\n[cors]\norigins = ["*"]\n', 'davit.toml:3: cors.origins = "*" without a login would let')):
            self.assertIn(said, self.mistakes(text), text)

    def test_an_open_address_of_the_command_line_names_no_line_of_the_file(self):
        config = self.write("davit.toml", '[server]\nlisten = ["127.0.0.1:1"]\n')
        code, _, err = run("serve", self.place, "--config", config, "--listen", "0.0.0.0:0")
        self.assertEqual(code, 2)
        self.assertIn("davit: listening on 0.0.0.0 would let anybody", err)

    def test_a_mistyped_table_names_the_nearest_one(self):
        for text, said in (("[sever]\n", "davit.toml:1: sever: no such table; did you mean [server]? There are server, auth,"), ("[limit]\n", "did you mean [limits]?"),
                           ("[[rule]]\n", "did you mean [rules]?"), ("[Server]\n", "did you mean [server]?"), ("[xyzzy]\n", "xyzzy: no such table; there are server,"),
                           ('listen = "127.0.0.1:0"\n', "listen: the key is in no table; did you mean listen below [server]?"), ("[[server]]\n", "server: expected one table [server]"),
                           ('[[rules]]\npaths = "/"\nusers = ["*"]\nallow = "all"\n', "rules.paths: no such key; did you mean path? [[rules]] has"),
                           ('[[exports]]\npath = "/a"\nroot = "/tmp"\nreadonly = true\n', "exports.readonly: no such key; did you mean read_only?")):
            self.assertIn(said, self.mistakes(text), text)

    def test_a_mistyped_key_names_the_nearest_one(self):
        code, _, err = run("check-config", self.write("davit.toml", '[server]\nlissten = []\n[limits]\nshutdown_grce = "1s"\n'))
        self.assertEqual(code, 2)
        self.assertIn("server.lissten: no such key; did you mean listen?", err)
        self.assertIn("limits.shutdown_grce: no such key; did you mean shutdown_grace?", err)


class Favicon(unittest.TestCase):
    def icon(self, server, path="/favicon.ico", status=200):
        answer = server.request("GET", path)
        self.assertEqual(answer.status, status, answer)
        return answer

    def test_a_browser_gets_an_icon_where_no_file_is(self):
        server = Server()
        self.addCleanup(server.stop)
        answer = self.icon(server)
        self.assertEqual(answer.header("Content-Type"), "image/x-icon")
        self.assertEqual(answer.body[:6], b"\0\0\1\0\1\0")
        size, offset = (int.from_bytes(answer.body[at:at + 4], "little") for at in (14, 18))
        self.assertEqual(len(answer.body), size + offset)
        head = server.request("HEAD", "/favicon.ico")
        self.assertEqual((head.status, head.header("Content-Length")), (200, str(len(answer.body))))
        self.assertEqual(server.request("PROPFIND", "/favicon.ico", {"Depth": "0"}).status, 404)
        self.icon(server, "/folder/favicon.ico", 404)
        self.assertEqual(server.request("PUT", "/favicon.ico", body=b"mine").status, 201)
        self.assertEqual(self.icon(server).body, b"mine")

    def test_also_above_a_base_path(self):
        server = Server(config='[server]\nbase_path = "/dav"\n')
        self.addCleanup(server.stop)
        self.assertEqual(self.icon(server).header("Content-Type"), "image/x-icon")
        self.icon(server, "/dav/favicon.ico", 404)


if __name__ == "__main__":
    main()
