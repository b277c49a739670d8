"""SIGHUP: what can be changed without a restart is, what cannot is named, and a mistake changes nothing."""
import os
import signal
import threading
import time
import unittest

from davit import Server, wait_until

LOCK = ('<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
        '<D:locktype><D:write/></D:locktype></D:lockinfo>')


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

    def test_limits(self):
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

    def test_policy(self):
        server = self.serve()
        self.assertEqual(server.request("PROPFIND", "/", {"Depth": "infinity"}).status, 207)
        self.reload(server, '[webdav]\npropfind_infinity = false\n[locks]\ntimeout_max = "20s"\ntimeout_default = "20s"\n')
        refused = server.request("PROPFIND", "/", {"Depth": "infinity"})
        self.assertEqual(refused.status, 403)
        self.assertIn(b"propfind-finite-depth", refused.body)
        locked = server.request("LOCK", "/f", {"Timeout": "Second-3600", "Content-Type": "application/xml"}, LOCK)
        self.assertIn(b"Second-20<", locked.body)

    def test_addresses(self):
        server = self.serve()
        self.assertEqual(server.request("PUT", "/f", body="x").status, 201)
        self.reload(server, '[server]\nbase_path = "/dav"\nauthorities = ["dav.example.com"]\n')
        self.assertEqual(server.request("GET", "/f").status, 404)
        listing = server.request("PROPFIND", "/dav/", {"Depth": "1"})
        self.assertIn(b">/dav/f<", listing.body)
        foreign = server.request("MOVE", "/dav/f", {"Destination": "http://elsewhere.example/dav/g"})
        self.assertEqual(foreign.status, 502)
        self.assertEqual(server.request("MOVE", "/dav/f", {"Destination": "https://dav.example.com/dav/g"}).status, 201)

    def test_log(self):
        server = self.serve('[log]\naccess = false\n')
        server.request("GET", "/", {"X-Request-Id": "unlogged"})
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
        self.assertIn("taken over: limits.put_body_bytes; changed, and wanting a restart: server.read_only, "
                      "server.workers", line)
        self.assertEqual(server.request("PUT", "/f", body="1234").status, 201)
        # Still so the next time: it has not been taken over meanwhile.
        self.assertIn("wanting a restart: server.read_only, server.workers", self.hang_up(server))

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

    def test_the_command_line_still_goes_before_the_file(self):
        server = self.serve()
        line = self.reload(server, '[server]\nroot = "/nonexistent"\nlisten = ["127.0.0.1:1"]\n')
        self.assertIn("no key has changed", line)

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
    unittest.main()
