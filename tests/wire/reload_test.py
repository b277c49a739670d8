"""SIGHUP: what can be changed without a restart is, what cannot is named, and a mistake changes nothing."""
import contextlib
import os
import re
import signal
import tempfile
import threading
import time
import unittest

from davit import Server, main, wait_until
from tls_test import make_certificate

LOCK = ('<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
        '<D:locktype><D:write/></D:locktype></D:lockinfo>')

# Each with another value than its default. Not [[exports]] nor log.journal, which do not go with others, and base_path and
# authorities by public_urls.
EVERY_KEY = """
[server]
root = "/nonexistent"
listen = ["127.0.0.1:1"]
allow_unauthenticated = true
socket_mode = "0600"
socket_group = "0"
read_only = true
base_path_stripped = true
public_urls = ["https://dav.example.com/dav"]
trusted_proxies = ["127.0.0.1"]
proxy_protocol = true
accel_redirect = "/internal/"
compress = false
publish_pages = true
core_dumps = true
management = ["127.0.0.1:0"]
control_socket = ""
landlock = "off"
recent_failures = 1
loops = 2
workers = 3

[auth]
users = "users"
groups = "groups"
digest_users = "digest"
realm = "Another"
anonymous = true
basic_over_plain_http = true
remembered = "1s"
user_header = "X-Remote-User"
groups_header = "X-Remote-Groups"
jwt_keys = "keys"
jwt_issuer = "issuer"
jwt_audience = "audience"
jwt_user_claim = "name"
jwt_groups_claim = "roles"

[tls]
listen = ["127.0.0.1:0"]
certificate = "CERTIFICATE"
key = "KEY"
version_min = "1.3"

[[rules]]
path = "/"
users = ["anonymous"]
allow = "all"

[limits]
header_bytes = "32KiB"
target_bytes = "4KiB"
xml_body_bytes = "128KiB"
property_body_bytes = "8MiB"
put_body_bytes = "1GiB"
property_value_bytes = "2MiB"
property_set_bytes = "4MiB"
connections = 100
connections_per_client = 50
memory_bytes = "5MiB"
min_rate = "1KiB"
header_timeout = "10s"
idle_timeout = "70s"
body_timeout = "50s"
write_timeout = "50s"
operation_timeout = "250s"
shutdown_grace = "10s"

[webdav]
propfind_infinity = false
settable_getlastmodified = true
windows_without_token = true
trees = "best-effort"

[locks]
timeout_default = "2h"
timeout_min = "2s"
timeout_max = "2d"
most = 2000
most_per_user = 1000
max_bytes = "64MiB"
max_shared_per_resource = 16

[storage]
durable = false
cache_bytes = "0B"
properties = "database"
unused_records = "1d"
health_check = "7s"

[trash]
keep = "7d"
max_size = "1GiB"

[idempotency]
kept = "2d"
most = 100
max_per_user = 50
max_bytes = "32MiB"
max_bytes_per_user = "4MiB"
max_answer_bytes = "32KiB"

[cors]
origins = ["https://app.example"]
credentials = true
max_age = "2h"

[names]
unicode = "exact"

[types]
xyz = "chemical/x-xyz"
[litter]
policy = "refuse"
patterns = ["*~"]
keep = "2d"

[log]
level = "debug"
format = "json"
file = "log"
access = false
trace_users = ["anna"]
trace_paths = ["/a"]
trace_clients = ["192.0.2.7"]
"""


@contextlib.contextmanager
def open_users():
    """A file with nobody in it, which makes a way to log in all the same."""
    with tempfile.NamedTemporaryFile("w", suffix=".users") as file:
        yield file.name


def read(path):
    with open(path) as file:
        return file.read()


class Reload(unittest.TestCase):
    def serve(self, config="", **kwargs):
        server = Server(config=config, **kwargs)
        self.addCleanup(server.stop)
        self.said = 0
        return server

    def reload(self, server, config):
        """Puts another configuration in place of the file, as editors do, and waits for what is said about it."""
        path = os.path.join(server.work, "davit.toml")
        with open(path + ".new", "w") as file:
            file.write(config)
        os.rename(path + ".new", path)
        return self.hang_up(server)

    def hang_up(self, server):
        seen = len(server.read_log())
        server.process.send_signal(signal.SIGHUP)
        about = lambda: [x for x in server.read_log()[seen:].splitlines() if "reloaded" in x]
        self.assertTrue(wait_until(about))
        return about()[0]

    def test_a_reload_changes_limits(self):
        server = self.serve()
        self.assertEqual(server.request("PUT", "/f", body="12345").status, 201)
        line = self.reload(server, '[limits]\nput_body_bytes = "4B"\n')
        self.assertIn("taken over: limits.put_body_bytes", line)
        self.assertEqual(server.request("PUT", "/f", body="12345").status, 413)
        line = self.reload(server, "")
        self.assertIn("taken over: limits.put_body_bytes", line)
        self.assertEqual(server.request("PUT", "/f", body="12345").status, 204)

    def test_a_connection_that_is_open_already(self):
        server = self.serve()
        connection = server.connect()
        self.addCleanup(connection.close)
        self.assertEqual(server.request("PUT", "/f", body="12345", connection=connection).status, 201)
        self.reload(server, '[limits]\nput_body_bytes = "4B"\n')
        self.assertEqual(server.request("PUT", "/f", body="12345", connection=connection).status, 413)

    def test_a_request_ends_as_it_began(self):
        server = self.serve()
        connection = server.connect()
        self.addCleanup(connection.close)
        connection.send(b"PUT /f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        time.sleep(0.3)
        self.reload(server, '[limits]\nput_body_bytes = "4B"\n')
        connection.send(b"3\r\ndef\r\n0\r\n\r\n")
        self.assertEqual(connection.read().status, 201)
        self.assertEqual(server.request("GET", "/f").body, b"abcdef")

    def test_a_reload_changes_the_rules_of_webdav(self):
        server = self.serve()
        self.assertEqual(server.request("PROPFIND", "/", {"Depth": "infinity"}).status, 207)
        self.reload(server, '[webdav]\npropfind_infinity = false\n[locks]\ntimeout_max = "20s"\ntimeout_default = "20s"\n')
        refused = server.request("PROPFIND", "/", {"Depth": "infinity"})
        self.assertEqual(refused.status, 403)
        self.assertIn(b"propfind-finite-depth", refused.body)
        locked = server.request("LOCK", "/f", {"Timeout": "Second-3600", "Content-Type": "application/xml"}, LOCK)
        self.assertIn(b"Second-20<", locked.body)

    def test_a_reload_changes_base_path_and_authorities(self):
        server = self.serve()
        self.assertEqual(server.request("PUT", "/f", body="x").status, 201)
        self.reload(server, '[server]\nbase_path = "/dav"\nauthorities = ["dav.example.com"]\n')
        self.assertEqual(server.request("GET", "/f").status, 404)
        listing = server.request("PROPFIND", "/dav/", {"Depth": "1"})
        self.assertIn(b">/dav/f<", listing.body)
        foreign = server.request("MOVE", "/dav/f", {"Destination": "http://elsewhere.example/dav/g"})
        self.assertEqual(foreign.status, 502)
        self.assertEqual(server.request("MOVE", "/dav/f", {"Destination": "https://dav.example.com/dav/g"}).status, 201)

    def test_what_was_asked_in_the_same_words_before(self):
        server = self.serve()
        self.assertEqual(server.request("PUT", "/f", body="x").status, 201)
        for config, status in (("", 200), ('[server]\nbase_path = "/dav"\n', 404), ("[limits]\ntarget_bytes = \"256B\"\n", 200),
                               ('[server]\ntrusted_proxies = ["10.0.0.1"]\n', 200)):
            self.reload(server, config)
            for _ in range(5):
                self.assertEqual(server.request("GET", "/f", {"X-Forwarded-Prefix": "/dav"}).status, status)
                self.assertEqual(server.request("GET", "/f?" + 260 * "x").status, 414 if "256" in config else status)

    def test_a_reload_changes_what_is_logged(self):
        server = self.serve('[log]\naccess = false\n')
        # The second one is read when the first one's line would be written.
        connection = server.connect()
        self.addCleanup(connection.close)
        for name in ("unlogged", "after-it"):
            server.request("GET", "/", {"X-Request-Id": name}, connection=connection)
        line = self.reload(server, '[log]\naccess = true\nformat = "json"\n')
        self.assertIn("log.access, log.format", line)
        self.assertTrue(line.startswith('{"time":"'), line)
        server.request("GET", "/", {"X-Request-Id": "logged"})
        self.assertTrue(server.log_line("logged").startswith('{"time":"'))
        self.reload(server, '[log]\naccess = true\n')
        server.request("GET", "/", {"X-Request-Id": "as-text"})
        self.assertIn(" info as-text GET ", server.log_line("as-text"))
        self.assertNotIn("unlogged", server.read_log())

    def test_what_wants_a_restart_is_named_and_not_done(self):
        server = self.serve('[server]\nworkers = 4\n')
        line = self.reload(server, '[server]\nworkers = 5\nread_only = true\n[limits]\nput_body_bytes = "4B"\n')
        self.assertIn(" warning ", line)
        self.assertIn("taken over: limits.put_body_bytes; changed, needs a restart: server.read_only, "
                      "server.workers", line)
        self.assertEqual(server.request("PUT", "/f", body="1234").status, 201)
        # Still so the next time: it has not been taken over meanwhile.
        self.assertIn("needs a restart: server.read_only, server.workers", self.hang_up(server))

    def test_a_mistake_changes_nothing(self):
        server = self.serve('[limits]\nput_body_bytes = "4B"\n')
        line = self.reload(server, '[limits]\nput_body_bytes = "8B"\nheader_bytes = "many"\n')
        self.assertIn(" error the configuration was not reloaded, and stays as it was: ", line)
        self.assertIn('davit.toml:3: limits.header_bytes: expected a size such as', line)
        self.assertEqual(server.request("PUT", "/f", body="12345").status, 413)
        line = self.reload(server, '[locks]\ntimeout_min = "2h"\ntimeout_max = "1h"\n')
        self.assertIn("locks.timeout_min is longer than locks.timeout_max", line)
        os.remove(os.path.join(server.work, "davit.toml"))
        self.assertIn("davit.toml: cannot be read", self.hang_up(server))
        self.assertEqual(server.request("PUT", "/f", body="12345").status, 413)

    def test_many_mistakes_are_one_line(self):
        server = self.serve()
        line = self.reload(server, '[server]\nworkers = 0\nloops = -1\n[log]\nlevel = "loud"\n')
        self.assertIn("davit.toml:2: server.workers: expected a whole number from 1 to 1024 (and 2 more: davit check-config)", line)

    def test_the_command_line_still_goes_before_the_file(self):
        server = self.serve()
        line = self.reload(server, '[server]\nroot = "/nonexistent"\nlisten = ["127.0.0.1:1"]\n')
        self.assertIn("no key has changed", line)

    def test_a_mixture_that_would_not_hold_is_refused(self):
        """The new file by itself is right; the running server cannot stop to let everybody in, though."""
        rules = '[[rules]]\npath = "/"\nusers = ["anonymous"]\nallow = "read"\n'
        with open_users() as users:
            server = self.serve(f'[auth]\nusers = "{users}"\nanonymous = true\n' + rules)
            self.assertEqual(server.request("PUT", "/f", body="x").status, 401)
            line = self.reload(server, f'[auth]\nusers = "{users}"\n[limits]\nput_body_bytes = "4B"\n')
            self.assertIn(" error the configuration was not reloaded, and stays as it was: auth.anonymous without rules "
                          "would let anybody do everything", line)
            self.assertIn("without one these stay as they are: auth.anonymous", line)
            self.assertEqual(server.request("PUT", "/f", body="x").status, 401)
            # Nothing of it was taken over.
            line = self.reload(server, f'[auth]\nusers = "{users}"\nanonymous = true\n' + rules)
            self.assertIn("no key has changed", line)

    def test_rules_and_login_come_together(self):
        """Whom the old login lets in the new rules were not written for; and none at all are not written for anybody."""
        rule = '[[rules]]\npath = "/"\nusers = ["anonymous"]\nallow = "%s"\n'
        with open_users() as users:
            server = self.serve(rule % "read")
            for rules in ("", rule % "all"):
                line = self.reload(server, f'[auth]\nusers = "{users}"\n' + rules)
                self.assertIn(" error the configuration was not reloaded, and stays as it was: [[rules]] would meet a login that was "
                              "not meant for it. A restart takes all of it; without one these stay as they are: auth.users", line)
                self.assertEqual(server.request("PUT", "/f", body="x").status, 403)
            # What has nothing to do with who somebody is waits for nothing.
            self.assertIn("taken over: [[rules]]", self.reload(server, '[auth]\nrealm = "Other"\n' + rule % "all"))
            self.assertEqual(server.request("PUT", "/f", body="x").status, 201)

    def test_nobody_is_trusted_for_a_login_that_goes_later(self):
        config = '[server]\ntrusted_proxies = ["%s"]\n'
        header = '[auth]\nuser_header = "X-Remote-User"\n'
        with open_users() as users:
            server = self.serve(config % "192.0.2.1" + header + f'users = "{users}"\n')
            line = self.reload(server, config % "127.0.0.1" + f'[auth]\nusers = "{users}"\n')
            self.assertIn("stays as it was: server.trusted_proxies would meet a login", line)
            self.assertEqual(server.request("GET", "/", {"X-Remote-User": "anna"}).status, 401)
            self.assertIn("taken over: server.trusted_proxies", self.reload(server, config % "127.0.0.1" + header + f'users = "{users}"\n'))
            self.assertEqual(server.request("GET", "/", {"X-Remote-User": "anna"}).status, 200)

    def test_what_the_documentation_says_is_taken_over_is(self):
        """Every key has another value than its default here; docs/configuration.md and davit.toml(5) say which are taken over."""
        source = os.environ["SOURCE_DIR"]
        page = read(source + "/docs/configuration.md")
        said = page[page.index("Taken over are "):page.index("All else wants a restart")]
        said = re.findall(r"`([^`]+)`", said)
        manual = read(source + "/docs/man/davit.toml.5")
        manual = manual[manual.index("SIGHUP takes over"):manual.index("Another change")]
        server = self.serve()
        certificate, key = make_certificate(server.work)
        every = EVERY_KEY.replace("CERTIFICATE", certificate).replace("KEY", key)
        rules = every[every.index("[[rules]]"):every.index("[limits]")]
        # Rules and a login are not changed together.
        self.assertIn("taken over: [[rules]]", self.reload(server, rules))
        line = self.reload(server, every)
        self.assertIn("taken over: ", line)
        names = line.removesuffix('"}').split("taken over: ")[1].split("; changed, needs a restart: ")
        taken, restart = (x.split(", ") for x in names)
        taken.append("[[rules]]")
        for key in taken:
            self.assertTrue(key in said or key.split(".")[0] + ".*" in said, key)
            self.assertRegex(manual, r"\b" + (key.split(".")[0] if key not in said else key.split(".")[-1]).strip("[]") + r"\b")
        for key in said:
            self.assertTrue([x for x in taken if x == key or key.endswith(".*") and x.startswith(key[:-1])], key)
        known = re.findall(r"^#? ?([a-z_]+) = ", read(source + "/config/davit.toml"), re.M)
        self.assertEqual([x for x in known if x not in EVERY_KEY], ["authorities", "homes", "journal"])
        self.assertEqual([x for x in restart if x.split(".")[0] + ".*" in said], [])

    def test_example_file_manual_and_page_have_every_key(self):
        source = os.environ["SOURCE_DIR"]
        keys = re.findall(r'^ +\{"([a-z]+)\.([a-z0-9_]+)", ', read(source + "/src/app/configuration_keys.cpp"), re.M)
        self.assertGreater(len(keys), 80)
        example, manual, page = (read(source + name) for name in ("/config/davit.toml", "/docs/man/davit.toml.5", "/docs/configuration.md"))
        for table, key in keys:
            self.assertRegex(example.split(f"\n[{table}]\n")[1].split("\n[")[0], rf"(?m)^(# )?{key} = ", f"{table}.{key}")
            self.assertIn(f"\n.BI {key} ", manual.split(f"\n.SH [{table}]\n")[1].split("\n.SH ")[0], f"{table}.{key}")
            self.assertTrue(f"`{table}.{key}`" in page or f"`_{key.split('_')[-1]}`" in page, f"{table}.{key}")

    def test_rules_are_named(self):
        server = self.serve()
        rules = '[[rules]]\npath = "/"\nusers = ["anonymous"]\nallow = "read"\n'
        self.assertIn("taken over: [[rules]]", self.reload(server, rules))
        self.assertEqual(server.request("PUT", "/f", body="x").status, 403)
        self.assertIn("no key has changed", self.hang_up(server))
        self.assertIn("taken over: [[rules]]", self.reload(server, ""))
        self.assertEqual(server.request("PUT", "/f", body="x").status, 201)

    def test_a_fifo_holds_up_nobody(self):
        for name, what in (("davit.toml", "configuration"), ("log", "log file"), ("certificate.pem", "certificate"),
                           ("key.pem", "certificate")):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                certificate, key = make_certificate(folder)
                os.rename(certificate, folder + "/certificate.pem")
                os.rename(key, folder + "/key.pem")
                server = self.serve(f'[log]\nfile = "{folder}/log"\n[tls]\nlisten = ["127.0.0.1:0"]\n'
                                    f'certificate = "{folder}/certificate.pem"\nkey = "{folder}/key.pem"\n')
                path = os.path.join(server.work if name == "davit.toml" else folder, name)
                os.rename(path, path + ".old")
                os.mkfifo(path)
                log = folder + ("/log.old" if name == "log" else "/log")
                server.process.send_signal(signal.SIGHUP)
                self.assertTrue(wait_until(lambda: f"the {what} was not reloaded" in read(log)), read(log))
                self.assertIn(": a FIFO without a reader" if name == "log" else ": not a regular file", read(log))
                server.process.terminate()
                self.assertEqual(server.process.wait(timeout=20), 0)

    def test_a_log_into_a_pipe(self):
        """As in a container: "/dev/stderr" is a pipe to whoever collects the lines."""
        with tempfile.TemporaryDirectory() as folder:
            os.mkfifo(folder + "/log")
            reader = os.open(folder + "/log", os.O_RDONLY | os.O_NONBLOCK)
            self.addCleanup(os.close, reader)
            server = self.serve(f'[log]\nfile = "{folder}/log"\n')
            server.request("GET", "/piped")
            self.assertTrue(wait_until(lambda: b"/piped" in os.read(reader, 65536)))

    def test_a_key_deeper_than_the_stack(self):
        server = self.serve()
        self.assertIn("davit.toml:2: a key has more than 8 dots", self.reload(server, "\na" + ".a" * 200000 + " = 1\n"))
        self.assertIn("davit.toml: cannot be read: longer than", self.reload(server, "#" * (1 << 20) + "\n"))
        self.assertEqual(server.request("GET", "/").status, 200)

    def test_without_a_file_there_is_nothing_to_read(self):
        server = Server()
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        self.assertEqual(server.request("GET", "/").status, 200)
        self.assertNotIn("reload", server.read_log())
        server.stop()

    def test_a_log_that_cannot_be_opened_again(self):
        folder = os.path.join("/tmp", f"davit-reload-{os.getpid()}")
        os.mkdir(folder)
        self.addCleanup(lambda: os.path.isdir(folder) and os.rmdir(folder))
        config = f'[log]\nfile = "{folder}/log"\n'
        server = self.serve(config)
        os.rename(folder + "/log", server.work + "/log.1")
        os.rmdir(folder)
        server.process.send_signal(signal.SIGHUP)
        moved = server.work + "/log.1"
        self.assertTrue(wait_until(lambda: "the log file was not reloaded" in read(moved)))
        server.request("GET", "/", {"X-Request-Id": "still-logged"})
        self.assertTrue(wait_until(lambda: "still-logged" in read(moved)))

    def test_requests_go_on_meanwhile(self):
        server = self.serve()
        server.request("PUT", "/f", body="1234")
        wrong, ending = [], threading.Event()

        def ask():
            connection = server.connect()
            while not ending.is_set():
                answer = server.request("GET", "/f", connection=connection)
                if answer.status != 200 or answer.body != b"1234":
                    wrong.append(answer)
            connection.close()

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for turn in range(20):
            self.reload(server, f'[limits]\nput_body_bytes = "{turn + 10}B"\n[log]\naccess = {"true" if turn % 2 else "false"}\n')
        ending.set()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    main()
