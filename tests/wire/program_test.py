"""The program: command line, configuration, signals, logs."""
import grp
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from davit import Connection, Server, complaint, main, multistatus, wait_until

DAVIT = os.environ["DAVIT"]


def run(*args):
    done = subprocess.run([DAVIT, *args], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


def read(path):
    with open(path) as file:
        return file.read()


class CommandLine(unittest.TestCase):
    def test_help_and_version(self):
        code, out, _ = run("--help")
        self.assertEqual(code, 0)
        for word in ("serve", "check-config"):
            self.assertIn(word, out)
        code, out, _ = run("--version")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^davit \d+\.\d+\.\d+\n$")
        self.assertEqual(run("serve", "--help")[0], 0)

    def test_mistakes_of_the_command_line_exit_with_2(self):
        self.assertEqual(run()[0], 2)
        self.assertEqual(run("dance")[0], 2)
        self.assertEqual(run("serve")[0], 2)
        code, _, err = run("serve", "/nonexistent-folder", "--listen", "127.0.0.1:0")
        self.assertEqual(code, 1)
        self.assertIn("/nonexistent-folder", err)
        # Whatever the order, one value belongs to --listen and the other is the folder.
        code, _, err = run("serve", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0", "/nonexistent-folder")
        self.assertEqual(code, 1)
        self.assertIn("/nonexistent-folder", err)
        with tempfile.TemporaryDirectory() as folder:
            for listen in ("nonsense", "127.0.0.1:99999", "example.org:80", "::1:80", "unix:relative"):
                code, _, err = run("serve", folder, "--listen", listen)
                self.assertEqual(code, 2, listen)
                self.assertIn("expected ADDRESS:PORT", err)

    def test_beyond_loopback_only_when_told(self):
        with tempfile.TemporaryDirectory() as folder:
            for listen in ("0.0.0.0:0", "[::]:0"):
                code, _, err = run("serve", folder, "--listen", listen)
                self.assertEqual(code, 2)
                self.assertIn("--allow-unauthenticated", err)
            server = Server(root=folder, args=("--listen=0.0.0.0:0", "--allow-unauthenticated"))
            server.stop()

    def test_a_second_server_is_refused(self):
        server = Server()
        try:
            code, _, err = run("serve", server.root, "--listen", "127.0.0.1:0")
            self.assertEqual(code, 1)
            self.assertIn("Another davit serves this folder", err)
            with tempfile.TemporaryDirectory() as other:
                code, _, err = run("serve", other, "--listen", f"127.0.0.1:{server.address[1]}")
                self.assertEqual(code, 1)
                self.assertIn(f"127.0.0.1:{server.address[1]}", err)
        finally:
            server.stop()


class Configuration(unittest.TestCase):
    def check(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(text)
            file.flush()
            return (*run("check-config", file.name), file.name)

    def test_shipped_file_has_no_mistake(self):
        code, out, err = run("check-config", os.environ["SOURCE_DIR"] + "/config/davit.toml")
        self.assertEqual((code, err), (0, ""))

    def test_tokens_of_any_issuer_or_for_any_service_are_warned_of(self):
        keys = '[auth]\njwt_keys = "/nonexistent"\n'
        issuer, audience = 'jwt_issuer = "https://login.example"\n', 'jwt_audience = "davit"\n'
        for more, missing in (("", ("jwt_issuer", "jwt_audience")), (issuer, ("jwt_audience",)), (audience, ("jwt_issuer",)), (issuer + audience, ())):
            code, _, err, _ = self.check(keys + more)
            self.assertEqual(code, 0)
            self.assertEqual([key for key in ("jwt_issuer", "jwt_audience") if f"without auth.{key}" in err], list(missing))

    def test_mistakes_name_file_line_key_and_what_is_allowed(self):
        for text, line, key, allowed in (
                ("[limits]\nheader_bytes = 12\n", 2, "limits.header_bytes", "a size such as"),
                ("[limits]\n\nidle_timeout = \"soon\"\n", 3, "limits.idle_timeout", "a duration such as"),
                ("[server]\nlisten = [\"here\"]\n", 2, "server.listen", "ADDRESS:PORT"),
                ("[server]\nlisten = 3\n", 2, "server.listen", "a list of strings"),
                ("[webdav]\npropfind_infinity = \"yes\"\n", 2, "webdav.propfind_infinity", "true or false"),
                ("[webdav]\ntrees = \"half\"\n", 2, "webdav.trees", '"all-or-nothing", "best-effort"'),
                ("[log]\nlevel = \"loud\"\n", 2, "log.level", '"info"'),
                ("[server]\nworkers = 0\n", 2, "server.workers", "from 1 to 1024"),
                ("[server]\nlissten = []\n", 2, "server.lissten", "listen"),
                ("[server]\nbase_path = \"/a/../b\"\n", 2, "server.base_path", "a path as it stands in URLs"),
                ("[sever]\n", 1, "sever", "server"),
                ("top = 1\n", 1, "top", "server"),
                ("[server\n", 1, "", "")):
            code, _, err, name = self.check(text)
            self.assertEqual(code, 2, text)
            self.assertIn(f"{name}:{line}: {key}", err)
            self.assertIn(allowed, err)
        self.assertEqual(run("check-config", "/nonexistent.toml")[0], 2)
        self.assertEqual(run("check-config", "/")[0], 2)
        self.assertEqual(run("check-config", "/dev/null")[0], 0)

    def test_all_mistakes_are_told(self):
        code, out, err, name = self.check('[server]\nworkers = 0\nlissten = []\n[locks]\nmost = "many"\n[limits]\nconnections = 0\n')
        self.assertEqual((code, out), (2, ""))
        keys = ((2, "server.workers: expected"), (3, "server.lissten: no such key"), (5, "locks.most: expected"), (7, "limits.connections: expected"))
        self.assertEqual([line.split(" a whole")[0].split(";")[0] for line in err.splitlines()],
                         [f"davit: {name}:{line}: {what}" for line, what in keys])
        code, _, err, name = self.check('[locks]\ntimeout_min = "2h"\ntimeout_max = "1h"\n[log]\njournal = true\nfile = "/x"\n')
        self.assertEqual((code, len(err.splitlines())), (2, 2), err)
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("[server]\nworkers = 0\nloops = -1\n")
            file.flush()
            code, _, err = run("serve", "/tmp", "--config", file.name)
        self.assertEqual((code, len(err.splitlines())), (2, 2), err)

    def test_rules_between_keys(self):
        self.assertEqual(self.check('[locks]\ntimeout_min = "2h"\ntimeout_max = "1h"\n')[0], 2)
        self.assertEqual(self.check('[server]\nlisten = ["0.0.0.0:80"]\n')[0], 2)
        self.assertEqual(self.check('[server]\nlisten = ["0.0.0.0:80"]\nallow_unauthenticated = true\n')[0], 0)

    def test_keys_have_their_effect(self):
        server = Server(config='[server]\nbase_path = "/dav"\n[webdav]\npropfind_infinity = false\n')
        try:
            self.assertEqual(server.request("PUT", "/dav/f", body=b"x").status, 201)
            answer = server.request("PROPFIND", "/dav/", {"Depth": "1"})
            self.assertIn(b"<D:href>/dav/f</D:href>", answer.body)
            answer = server.request("PROPFIND", "/dav/", {"Depth": "infinity"})
            self.assertEqual(answer.status, 403)
            self.assertIn(b"propfind-finite-depth", answer.body)
            self.assertEqual(server.request("COPY", "/dav/f", {"Destination": "http://localhost/dav/g"}).status, 201)
        finally:
            server.stop()

    def test_prefix_taken_off_by_a_proxy(self):
        server = Server(config='[server]\nbase_path = "/dav"\nbase_path_stripped = true\n')
        try:
            answer = server.request("MKCOL", "/dav/")  # a member with the prefix's name, /dav/dav/ to its clients
            self.assertEqual(answer.status, 201)
            self.assertEqual(server.request("PUT", "/dav/f", body=b"x").status, 201)
            listed = server.request("PROPFIND", "/dav", {"Depth": "1"})
            self.assertEqual([href for href, _, _ in multistatus(listed)], ["/dav/dav/", "/dav/dav/f"])
            self.assertEqual(server.request("MOVE", "/dav/f", {"Destination": "http://localhost/dav/f"}).status, 201)
            self.assertEqual(server.request("DELETE", "/dav/").status, 204)
            self.assertEqual(server.request("GET", "/f").body, b"x")
        finally:
            server.stop()


class Signals(unittest.TestCase):
    def test_running_requests_finish(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = Server()
            connection = server.connect()
            connection.send(b"PUT /f HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
            idle = server.connect()
            self.assertEqual(server.request("OPTIONS", "/", connection=idle).status, 200)
            time.sleep(0.3)
            server.process.send_signal(number)
            time.sleep(0.5)
            self.assertTrue(idle.closed())
            with socket.socket() as late:
                self.assertNotEqual(late.connect_ex(server.address), 0)
            connection.send(b"def")
            self.assertEqual(connection.read().status, 201)
            connection.close()
            idle.close()
            self.assertEqual(server.process.wait(30), 0)
            with open(server.root + "/f", "rb") as file:
                self.assertEqual(file.read(), b"abcdef")
            server.stop()

    def test_the_grace_ends(self):
        server = Server(config='[limits]\nshutdown_grace = "1s"\n')
        connection = server.connect()
        connection.send(b"PUT /f HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        time.sleep(0.3)
        begin = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - begin, 10)
        connection.close()

    def test_log_is_opened_again(self):
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/davit.log"
            server = Server(config=f'[log]\nfile = "{path}"\n')
            try:
                server.request("GET", "/one")
                self.assertTrue(wait_until(lambda: "/one" in read(path)))
                os.rename(path, path + ".1")
                server.process.send_signal(signal.SIGHUP)
                self.assertTrue(wait_until(lambda: os.path.exists(path)))
                server.request("GET", "/two")
                self.assertTrue(wait_until(lambda: "/two" in read(path)))
            finally:
                server.stop()


class Logs(unittest.TestCase):
    def test_a_text_line_escapes_what_the_client_sent(self):
        server = Server()
        try:
            server.request("GET", '/a"b%0A?c', {"X-Request-Id": "abc-1"})
            line = server.log_line("abc-1")
            for part in ("GET", " 404 ", "client=127.0.0.1", "out=", "us="):
                self.assertIn(part, line)
            answer = server.request("GET", "/", {"X-Request-Id": "bad id\x07"})
            self.assertNotEqual(answer.header("X-Request-Id"), "bad id\x07")
            self.assertTrue(answer.header("X-Request-Id"))
        finally:
            server.stop()

    def test_a_json_line_is_valid_whatever_the_client_sent(self):
        server = Server(config='[log]\nformat = "json"\n')
        try:
            server.request("DELETE", "/n%C3%B6", {"X-Request-Id": "abc-2", "User-Agent": "t\\est"})
            line = json.loads(server.log_line("abc-2"))
            self.assertEqual((line["method"], line["status"], line["client"], line["first_failure"]["code"]), ("DELETE", 404, "127.0.0.1", "not-found"))
            for text in server.read_log().splitlines():
                self.assertIn("time", json.loads(text))
        finally:
            server.stop()

    def test_only_failures(self):
        server = Server(config="[log]\naccess = false\n")
        try:
            server.request("OPTIONS", "/", {"X-Request-Id": "fine-1"})
            server.request("GET", "/none", {"X-Request-Id": "bad-1"})
            server.log_line("bad-1")
            self.assertNotIn("fine-1", server.read_log())
        finally:
            server.stop()


class UnixSocket(unittest.TestCase):
    def test_serves_and_cleans_up(self):
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/davit.sock"
            for _ in range(2):
                server = Server(args=(f"--listen=unix:{path}",))
                self.assertEqual(server.request("OPTIONS", "/").status, 200)
                server.stop()
                self.assertFalse(os.path.exists(path))
            server = Server(args=(f"--listen=unix:{path}",))
            server.kill()
            self.assertTrue(os.path.exists(path))
            server.start()  # a stale socket file is no obstacle
            self.assertEqual(server.request("OPTIONS", "/").status, 200)
            server.stop()


    def served(self, config, args=()):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        path = place.name + "/davit.sock"
        server = Server(args=(f"--listen=unix:{path}", *args), config=config)
        self.addCleanup(server.stop)
        self.assertEqual(server.request("OPTIONS", "/").status, 200)
        return os.stat(path)

    def test_mode_and_group_are_those_of_the_configuration(self):
        self.assertEqual(self.served("[server]\n").st_mode & 0o777, 0o660)
        for mode in ("0600", "0660", "0666", "770"):
            self.assertEqual(self.served(f'[server]\nsocket_mode = "{mode}"\n').st_mode & 0o777, int(mode, 8))
        group = grp.getgrgid(os.getgid())
        for name in (group.gr_name, str(group.gr_gid)):
            self.assertEqual(self.served(f'[server]\nsocket_group = "{name}"\n').st_gid, group.gr_gid)

    def test_members_of_the_group_connect_and_others_do_not(self):
        if os.getuid() != 0:
            self.skipTest("only root can be other users")
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            path = folder + "/davit.sock"
            server = Server(args=(f"--listen=unix:{path}",), config='[server]\nsocket_group = "www-data"\n')
            self.addCleanup(server.stop)
            connect = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])"
            www = grp.getgrnam("www-data").gr_gid
            for group, code in ((www, 0), (65534, 1)):
                done = subprocess.run(["/usr/bin/python3", "-c", connect, path], user=65534, group=group, extra_groups=[], capture_output=True, timeout=30)
                self.assertEqual(done.returncode, code, done.stderr)

    def test_what_is_no_mode_and_no_group_is_refused(self):
        for mode in ('"0060"', '"0888"', '"rw"', '"66"', '"1777"', '"07777"', "660", '""'):
            self.assertIn("expected a mode in quotes and octal digits", complaint(f"[server]\nsocket_mode = {mode}\n"))
        with tempfile.TemporaryDirectory() as folder:
            config = folder + "/davit.toml"
            with open(config, "w") as file:
                file.write(f'[server]\nlisten = ["unix:{folder}/s"]\nsocket_group = "no-such-group"\n')
            code, _, err = run("check-config", config)
            self.assertIn("server.socket_group: there is no group no-such-group", err)
            code, _, err = run("serve", folder, "--config", config)
            self.assertEqual(code, 1)
            self.assertIn("server.socket_group: there is no group no-such-group", err)
            with open(config, "w") as file:
                file.write('[server]\nlisten = ["unix:/tmp/s"]\nsocket_mode = "0666"\ntrusted_proxies = ["unix"]\n[auth]\nuser_header = "X-User"\n')
            self.assertIn("server.socket_mode lets every user of this machine connect", run("check-config", config)[2])


class Fsck(unittest.TestCase):
    def test_records_nobody_points_to(self):
        put = lambda size: server.request("PROPPATCH", "/f", body='<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="urn:x">'
                                          + "x" * size + "</a></D:prop></D:set></D:propertyupdate>")
        with tempfile.TemporaryDirectory() as folder:
            server = Server(root=folder)
            server.request("PUT", "/f", body=b"x")
            put(300000)
            self.assertEqual(run("fsck", folder)[0], 1)  # it is being served
            server.stop()
            kept = os.listdir(folder + "/.davit/records")
            self.assertEqual(len(kept), 1)
            # As a crash between the record and its pointer leaves one.
            shutil.copy(f"{folder}/.davit/records/{kept[0]}", f"{folder}/.davit/records/{kept[0][::-1]}")
            code, out, _ = run("fsck", folder)
            self.assertEqual(code, 1)
            self.assertIn("1 with properties, 2 records", out)
            self.assertIn("1 unused records", out)
            code, out, _ = run("fsck", folder, "--repair")
            self.assertEqual(code, 0)
            self.assertEqual(run("fsck", folder)[0], 0)
            records = os.listdir(folder + "/.davit/records")
            self.assertEqual(len(records), 1)
            os.truncate(f"{folder}/.davit/records/{records[0]}", 1000)
            code, out, _ = run("fsck", folder)
            self.assertEqual(code, 1)
            self.assertIn("damaged properties: /f", out)

    def served(self, folder, *requests):
        server = Server(root=folder)
        answers = [server.request(*each[:2], *each[2:]) for each in requests]
        server.stop()
        return answers

    SET = ('<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>%s<D:getcontenttype>text/x-kept</D:getcontenttype></D:prop></D:set></D:propertyupdate>')
    NAMES = '<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>'

    def kept(self, folder):
        root = folder + "/.davit/damaged/"
        with open(root + "index.txt") as index:
            lines = [line.rstrip("\n").split(" ", 1) for line in index]
        return {path: {end: open(f"{root}{name}.{end}", "rb").read() for end in ("attribute", "record") if os.path.exists(f"{root}{name}.{end}")}
                for name, path in lines}

    def test_repair_mends_damaged_properties_and_keeps_their_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            small, large = self.SET % '<a xmlns="urn:x">small</a>', self.SET % ('<a xmlns="urn:x">' + "x" * 300000 + "</a>")
            made = [("MKCOL", "/d")] + [("PUT", path, {}, b"content") for path in ("/f", "/gone", "/cut", "/fine", "/a%20b")]
            self.served(folder, *made, *[("PROPPATCH", p, {}, small) for p in ("/f", "/d", "/fine", "/a%20b")],
                        *[("PROPPATCH", p, {}, large) for p in ("/gone", "/cut")])
            attribute = "user.davit.properties"
            for name in ("f", "d", "a b"):
                os.setxattr(f"{folder}/{name}", attribute, b"damaged " + name.encode())
            pointers = {name: os.getxattr(f"{folder}/{name}", attribute) for name in ("gone", "cut")}
            records = folder + "/.davit/records/"
            for record in os.listdir(records):
                if record.encode() in pointers["gone"]:
                    os.unlink(records + record)
                else:
                    os.truncate(records + record, 1000)
            code, out, _ = run("fsck", folder)
            self.assertEqual(code, 1)
            self.assertIn("--repair", out)
            code, out, _ = run("fsck", folder, "--repair")
            self.assertEqual(code, 0, out)
            for path in ("/f", "/d", "/a%20b", "/gone", "/cut"):
                self.assertIn(path, out)
            self.assertEqual(run("fsck", folder)[0], 0)
            self.assertEqual(os.listdir(records), [])
            kept = self.kept(folder)
            self.assertEqual(set(kept), {"/f", "/d", "/a%20b", "/gone", "/cut"})
            self.assertEqual(kept["/f"], {"attribute": b"damaged f"})
            self.assertEqual(kept["/gone"], {"attribute": pointers["gone"]})
            self.assertEqual(kept["/cut"]["attribute"], pointers["cut"])
            self.assertEqual(len(kept["/cut"]["record"]), 1000)
            answers = self.served(folder, *[("PROPFIND", p, {"Depth": "0"}, self.NAMES) for p in ("/f", "/d", "/fine", "/gone", "/cut")],
                                  ("GET", "/cut"), ("PROPPATCH", "/f", {}, small))
            self.assertEqual({a.status for a in answers}, {207, 200})
            self.assertNotIn(b"damaged", answers[0].body)
            self.assertIn(b"small", answers[2].body)
            self.assertIn(b"text/x-kept", answers[3].body)
            self.assertEqual(answers[5].header("Content-Type"), "text/x-kept")

    def test_repair_leaves_what_a_newer_version_wrote(self):
        with tempfile.TemporaryDirectory() as folder:
            self.served(folder, ("PUT", "/f", {}, b"content"))
            newer = b"DAVP\x02S" + b"0000 what nobody knows yet"
            os.setxattr(folder + "/f", "user.davit.properties", newer)
            code, out, _ = run("fsck", folder, "--repair")
            self.assertEqual(code, 1)
            self.assertIn("newer version of davit", out)
            self.assertEqual(os.getxattr(folder + "/f", "user.davit.properties"), newer)


class Explain(unittest.TestCase):
    BODY = ('<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="urn:x"/><D:getetag/></D:prop></D:set></D:propertyupdate>')

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.control = self.folder.name + "/control"
        self.server = Server(config=f'[server]\ncontrol_socket = "{self.control}"\n')
        self.server.request("PUT", "/f", body=b"x")
        self.answer = self.server.request("PROPPATCH", "/f", {"X-Request-Id": "ask-me"}, self.BODY)

    def tearDown(self):
        self.server.stop()
        self.folder.cleanup()

    def test_a_body_from_a_file_and_from_standard_input(self):
        path = self.folder.name + "/body.xml"
        with open(path, "wb") as file:
            file.write(self.answer.body)
        code, out, _ = run("explain", path)
        self.assertEqual(code, 0)
        self.assertIn("Cause: {DAV:}getetag of /f: 403 protected-property", out)
        self.assertIn("not done because of it: {urn:x}a of /f", out)
        self.assertIn("Request id: ask-me", out)
        done = subprocess.run([DAVIT, "explain", "--json"], input=self.answer.body, capture_output=True)
        self.assertEqual(json.loads(done.stdout)["cause"]["status"], 403)

    def explained(self, text):
        done = subprocess.run([DAVIT, "explain"], input=text, capture_output=True)
        return done.returncode, (done.stdout or done.stderr).decode()

    def test_a_bare_head_has_advice_of_its_own(self):
        for status in (*range(100, 104), *range(300, 304), *range(305, 309), *range(400, 432), 444, 451, 460, 494, 499, *range(500, 530), 598):
            for reason in ("", " X", " Some Reason"):
                code, text = self.explained(f"HTTP/1.1 {status}{reason}\r\n\r\n".encode())
                self.assertEqual(code, 0, text)
                self.assertIn(f"the request: {status}", text)
                self.assertNotIn("sentence above", text)
                self.assertNotIn("Nothing failed", text)
        for status, said in ((301, "Nothing was done"), (399, "Nothing was done"), (424, "something else failed"), (511, "its own login")):
            self.assertIn(said, self.explained(f"HTTP/1.1 {status}\r\n\r\n".encode())[1])
        for status in (200, 201, 204, 207, 304):
            self.assertIn("Nothing failed", self.explained(f"HTTP/1.1 {status}\r\n\r\n".encode())[1])

    def test_what_is_no_failure_is_called_what_it_is(self):
        for body, said in ((b"[]", "This is JSON"), (b'"x"', "This is JSON"), (b"17", "This is JSON"), (b"\x00\x01\xff\xfe", "neither"), (b"hello", "neither"),
                           (b"\x89PNG\r\n", "neither"), (b"HTTP/1.1 999", "no status line"), (b"HTTP/1.1 99 X\r\n", "no status line"),
                           (b"HTTP/1.1", "no status line"), (b"<a", "XML")):
            code, text = self.explained(body)
            self.assertEqual(code, 1, (body, text))
            self.assertIn(said, text)
            self.assertEqual("The XML body" in text, said == "XML", (body, text))

    def test_a_fifo_is_not_waited_for(self):
        path = self.folder.name + "/fifo"
        os.mkfifo(path)
        code, out, err = run("explain", path)
        self.assertEqual((code, out, err), (1, "", f"davit: {path}: not a regular file\n"))
        # Standard input is another thing: whoever gives it writes it.
        with open(self.folder.name + "/body.xml", "wb") as file:
            file.write(self.answer.body)
        done = subprocess.run(["sh", "-c", 'sleep 0.2; cat "$1" | "$0" explain -', DAVIT, self.folder.name + "/body.xml"],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("403 protected-property", done.stdout)

    def test_a_request_id(self):
        self.server.log_line("ask-me")
        code, out, err = run("explain", "ask-me", "--control", self.control)
        self.assertEqual((code, err), (0, ""))
        self.assertIn("Cause: {DAV:}getetag of /f: 403 protected-property", out)
        self.assertIn("{urn:x}a of /f", out)
        self.assertEqual(os.stat(self.control).st_mode & 0o777, 0o600)

    def test_what_cannot_be_explained(self):
        self.assertEqual(run("explain", "unknown-id", "--control", self.control)[0], 1)
        self.assertEqual(run("explain", "unknown-id")[0], 1)
        self.assertEqual(run("explain", "unknown-id", "--control", "/nonexistent")[0], 1)
        self.assertEqual(subprocess.run([DAVIT, "explain"], input=b"<html/>", capture_output=True).returncode, 1)


class Management(unittest.TestCase):
    def test_health_and_metrics_count_causes_once(self):
        server = Server(config='[server]\nmanagement = ["127.0.0.1:0"]\n')
        try:
            get = lambda path: server.request("GET", path, address=server.management)
            self.assertEqual(get("/healthz").status, 200)
            self.assertEqual(get("/readyz").status, 200)
            self.assertEqual(get("/other").status, 404)
            server.request("PUT", "/f", body=b"x")
            body = ('<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="urn:x"/><b xmlns="urn:x"/><D:getetag/></D:prop></D:set></D:propertyupdate>')
            self.assertEqual(server.request("PROPPATCH", "/f", body=body).status, 207)
            wanted = 'davit_first_failures_total{code="protected-property",method="PROPPATCH"} 1'
            self.assertTrue(wait_until(lambda: wanted in get("/metrics").body.decode()), get("/metrics").body.decode())
            text = get("/metrics").body.decode()
            self.assertIn('davit_requests_total{method="PUT",status="201"} 1', text)
            self.assertEqual(server.request("GET", "/metrics").status, 404)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
