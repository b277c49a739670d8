"""What proxies say about their clients, and who is believed (docs/behind-nginx.md)."""
import base64
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from davit import Case, Connection, Server, lockinfo, main, multistatus, wait_until
from tls_test import TlsServer

TRUSTING = '[server]\ntrusted_proxies = ["127.0.0.1", "10.0.0.0/8", "2001:db8:aa::/48"]\n'


class Told(Case):
    def line(self, headers):
        """The log's line of a request with these fields."""
        answer = self.request("OPTIONS", "/", headers)
        return self.server.log_line(answer.header("X-Request-Id"))

    def client(self, headers):
        return self.line(headers).split(" client=")[1].split(" ")[0]


class Trusted(Told):
    config = TRUSTING

    def test_the_last_address_that_is_no_proxy(self):
        for fields, client in [
            ({"X-Forwarded-For": "192.0.2.1"}, "192.0.2.1"),
            ({"X-Forwarded-For": "203.0.113.9, 192.0.2.1, 10.1.2.3"}, "192.0.2.1"),
            ({"X-Forwarded-For": "[2001:DB8::1]:4711, 2001:db8:aa::7"}, "2001:db8::1"),
            ({"X-Forwarded-For": "10.0.0.9, 10.0.0.8"}, "10.0.0.9"),
            ({"X-Forwarded-For": "192.0.2.1, <script>, 10.1.2.3"}, "10.1.2.3"),
            ({"X-Real-IP": "192.0.2.2"}, "192.0.2.2"),
            ({"X-Real-IP": "unix:"}, "127.0.0.1"),
            ({"Forwarded": "for=192.0.2.3;proto=https, for=10.0.0.1"}, "192.0.2.3"),
            ({"Forwarded": 'for=192.0.2.9, For="[2001:db8::3]:80";host="a,b"'}, "127.0.0.1"),
            ({"Forwarded": 'for=192.0.2.9, For="[2001:db8::3]:80";host=a'}, "2001:db8::3"),
            ({"Forwarded": "for=_secret"}, "_secret"),
            ({"Forwarded": "for=unknown", "X-Real-IP": "192.0.2.4"}, "192.0.2.4"),
            ({"Forwarded": "for=192.0.2.3", "X-Forwarded-For": "192.0.2.3", "X-Real-IP": "10.0.0.1"}, "192.0.2.3"),
        ]:
            self.assertEqual(self.client(fields), client, fields)
        self.assertIn(" peer=127.0.0.1", self.line({"X-Real-IP": "192.0.2.2"}))
        self.assertNotIn(" peer=", self.line({}))

    def test_fields_on_several_lines(self):
        with_two = Connection(self.server.address)
        with_two.send(b"OPTIONS / HTTP/1.1\r\nHost: h\r\nX-Request-Id: two-lines\r\nX-Forwarded-For: 192.0.2.8\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n")
        self.assertEqual(with_two.read().status, 200)
        with_two.close()
        self.assertIn("client=192.0.2.8 ", self.server.log_line("two-lines "))

    def test_contradictions_are_not_believed_and_told_once(self):
        for _ in range(3):
            self.assertEqual(self.client({"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=198.51.100.1"}), "127.0.0.1")
        self.assertEqual(self.server.read_log().count("contradicting Forwarded"), 1)

    def test_a_trusted_proxys_request_id_and_trace_are_kept(self):
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        answer = self.request("OPTIONS", "/", {"X-Request-Id": "proxys-1", "traceparent": trace})
        self.assertEqual(answer.header("X-Request-Id"), "proxys-1")
        self.assertIn(" trace=0af7651916cd43dd8448eb211c80319c", self.server.log_line("proxys-1"))

    def test_destinations_on_the_name_it_forwards(self):
        self.put(self.dir + "/a")
        for name in ("X-Forwarded-Host", "Forwarded"):
            fields = {name: "dav.example.com:8443" if name != "Forwarded" else 'host="dav.example.com:8443"'}
            answer = self.expect(502, "MOVE", self.dir + "/a", {**fields, "Destination": f"https://other.example.com{self.dir}/b"})
            for known in (b"other.example.com", b"dav.example.com", b"localhost"):
                self.assertIn(known, answer.body)
            self.expect(201, "MOVE", self.dir + "/a", {**fields, "Destination": f"https://dav.example.com{self.dir}/b"})
            self.expect(201, "MOVE", self.dir + "/b", {**fields, "Destination": f"http://localhost{self.dir}/a"})
        self.expect(201, "MOVE", self.dir + "/a", {"Destination": f"https://anything.example.com{self.dir}/b"})

    def test_a_prefix_that_was_taken_off(self):
        proxied = {"X-Forwarded-Prefix": "/outer/"}
        self.assertEqual(self.request("MKCOL", self.dir + "/c", proxied).header("Location"), f"/outer{self.dir}/c/")
        self.expect(204, "DELETE", self.dir + "/c")
        self.expect(201, "PUT", self.dir + "/a", proxied, b"x")
        answer = self.expect(207, "PROPFIND", self.dir, {**proxied, "Depth": "1"})
        self.assertEqual([r[0] for r in multistatus(answer)], [f"/outer{self.dir}/", f"/outer{self.dir}/a"])
        self.assertIn(f'href="/outer{self.dir}/a"'.encode(), self.request("GET", self.dir + "/", proxied).body)
        for destination, source, target in ((f"http://localhost/outer{self.dir}/b", "a", "b"), (f"{self.dir}/a", "b", "a")):
            self.expect(201, "MOVE", f"{self.dir}/{source}", {**proxied, "Destination": destination})
            self.assertTrue(os.path.exists(f"{self.server.root}{self.dir}/{target}"))
        token = self.lock(self.dir + "/a")
        for prefix in ("", "/outer"):
            self.expect(204, "PUT", self.dir + "/a", {**proxied, "If": f"<{prefix}{self.dir}/a> (<{token}>)"}, b"y")
        self.assertIn(f"/outer{self.dir}/a".encode(), self.expect(423, "PUT", self.dir + "/a", proxied, b"z").body)

    def test_heads_that_come_again_and_again(self):
        """What one of them was understood as is not taken for another one."""
        self.put(self.dir + "/a", b"a")
        self.put(self.dir + "/b", b"b")
        tags = {name: self.expect(200, "GET", self.dir + "/" + name).header("ETag") for name in "ab"}
        for _ in range(6):
            for name in "ab":
                for prefix in ("", "/outer", "/other"):
                    fields = {"X-Forwarded-Prefix": prefix, "Depth": "0"}
                    answer = self.expect(207, "PROPFIND", f"{self.dir}/{name}", fields)
                    self.assertEqual(multistatus(answer)[0][0], f"{prefix}{self.dir}/{name}")
                for tag, status in ((tags["a"], "a"), (tags["b"], "b")):
                    self.expect(304 if status == name else 200, "GET", f"{self.dir}/{name}", {"If-None-Match": tag})
                    self.expect(200 if status == name else 412, "GET", f"{self.dir}/{name}", {"If-Match": tag})

    def test_a_prefix_nobody_could_write(self):
        for prefix in ('/a"b', "//evil.example.com", "/a/../b", "http://evil.example.com/", "/<b>"):
            answer = self.expect(207, "PROPFIND", self.dir, {"X-Forwarded-Prefix": prefix, "Depth": "0"})
            self.assertEqual(multistatus(answer)[0][0], self.dir + "/", prefix)


class Untrusted(Told):
    config = '[server]\ntrusted_proxies = ["10.0.0.1", "unix"]\n'

    def test_nothing_is_believed(self):
        fields = {"X-Forwarded-For": "192.0.2.1", "X-Real-IP": "192.0.2.1", "Forwarded": "for=192.0.2.1;host=dav.example.com",
                  "X-Forwarded-Prefix": "/outer", "X-Forwarded-Host": "dav.example.com"}
        self.assertEqual(self.client(fields), "127.0.0.1")
        self.assertEqual(multistatus(self.request("PROPFIND", "/", {**fields, "Depth": "0"}))[0][0], "/")
        self.put(self.dir + "/a")
        self.expect(201, "COPY", self.dir + "/a", {**fields, "Destination": f"http://other{self.dir}/b"})

    def test_a_clients_request_id_and_trace_are_replaced(self):
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        answer = self.request("OPTIONS", "/", {"X-Request-Id": "clients-1", "traceparent": trace})
        self.assertNotEqual(answer.header("X-Request-Id"), "clients-1")
        self.assertNotIn("trace=", self.server.log_line(answer.header("X-Request-Id")))


class Prefixes(unittest.TestCase):
    def server(self, config):
        server = Server(config=config)
        self.addCleanup(server.stop)
        return server

    def href(self, server, path, prefix):
        answer = server.request("PROPFIND", path, {"Depth": "0", "X-Forwarded-Prefix": prefix})
        return multistatus(answer)[0][0] if answer.status == 207 else answer.status

    def test_before_a_base_path(self):
        server = self.server(TRUSTING + 'base_path = "/dav"\n')
        self.assertEqual(server.request("MKCOL", "/dav/c", {"X-Forwarded-Prefix": "/outer"}).header("Location"), "/outer/dav/c/")
        self.assertEqual(server.request("PUT", "/dav/f", {"X-Forwarded-Prefix": "/outer"}, b"x").status, 201)
        self.assertEqual(self.href(server, "/f", "/outer"), 404)
        for destination, source in (("/outer/dav/g", "/dav/f"), ("/dav/f", "/dav/g"), ("/g", "/dav/f")):
            answer = server.request("MOVE", source, {"X-Forwarded-Prefix": "/outer", "Destination": destination})
            self.assertEqual(answer.status, 201, (destination, answer))

    def test_the_base_path_told_twice(self):
        server = self.server(TRUSTING + 'base_path = "/dav"\n')
        self.assertEqual(self.href(server, "/dav/", "/dav"), "/dav/")
        self.assertEqual(self.href(server, "/", "/dav"), "/dav/")

    def test_public_urls(self):
        server = self.server('[server]\npublic_urls = ["https://dav.example.com:8443/files/", "http://inside/files"]\n')
        self.assertEqual(server.request("PUT", "/files/f", body=b"x").status, 201)
        self.assertEqual(server.request("MKCOL", "/files/c").header("Location"), "/files/c/")
        for host, status in (("https://dav.example.com", 201), ("http://inside:81", 201), ("http://localhost", 201), ("https://other", 502)):
            answer = server.request("COPY", "/files/f", {"Destination": f"{host}/files/{status}", "Overwrite": "T"})
            self.assertIn(answer.status, (status, 204), host)

    def above(self, server, path, **headers):
        """What OPTIONS says there, and what is to be seen."""
        options = server.request("OPTIONS", path, headers)
        self.assertEqual((options.status, options.header("DAV").split(", ")[:3]), (200, ["1", "2", "3"]), path)
        return [each[0] for each in multistatus(server.request("PROPFIND", path, {"Depth": "1", **headers}))]

    def test_on_the_way_to_a_base_path(self):
        """Office asks for every folder above its file, GVfs for what can be mounted, rclone makes what is there."""
        server = self.server(TRUSTING + 'base_path = "/a/dav"\n')
        server.request("PUT", "/a/dav/f", body=b"x")
        self.assertEqual(self.above(server, "/"), ["/", "/a/"])
        self.assertEqual(self.above(server, "/a"), ["/a/", "/a/dav/"])
        self.assertEqual(self.above(server, "/a/"), ["/a/", "/a/dav/"])
        self.assertEqual(self.above(server, "/a/dav/"), ["/a/dav/", "/a/dav/f"])
        self.assertEqual(self.above(server, "/", **{"X-Forwarded-Prefix": "/outer"}), ["/outer/", "/outer/a/"])
        for method, path, status in (("PROPFIND", "/b", 404), ("PROPFIND", "/a/other", 404), ("GET", "/f", 404), ("PUT", "/a/f", 404),
                                     ("MKCOL", "/a", 403), ("DELETE", "/a", 403), ("LOCK", "/", 403), ("PUT", "/", 403)):
            self.assertEqual(server.request(method, path, body=b"x" if method == "PUT" else None).status, status, (method, path))
        self.assertEqual(server.request("PROPFIND", "/", {"Depth": "infinity"}).status, 403)
        self.assertEqual(server.request("POST", "/").header("Allow"), server.request("OPTIONS", "/").header("Allow"))
        self.assertEqual(server.request("GET", "/a/dav/f").body, b"x")

    def test_a_stripped_prefix_is_noticed(self):
        server = self.server('[server]\nbase_path = "/dav"\n')
        for _ in range(2):
            self.assertEqual(server.request("MOVE", "/a", {"Destination": "http://h/dav/b"}).status, 404)
        self.assertEqual(server.request("GET", "/robots.txt").status, 404)
        self.assertTrue(wait_until(lambda: "server.base_path_stripped = true, or let the proxy" in server.read_log()))
        self.assertEqual(server.read_log().count("or let the proxy leave it"), 1)

    def test_a_prefix_nobody_named_is_noticed(self):
        server = self.server("")
        server.request("MKCOL", "/d")
        server.request("PUT", "/d/a", body=b"x")
        self.assertEqual(server.request("MOVE", "/d/a", {"Destination": "http://h/d/b"}).status, 201)
        self.assertEqual(server.request("MOVE", "/d/b", {"Destination": "http://h/nowhere/b"}).status, 409)
        self.assertNotIn("if a proxy takes this prefix off", server.read_log())
        self.assertEqual(server.request("MOVE", "/d/b", {"Destination": "http://h/webdav/d/c"}).status, 409)
        self.assertIn('server.base_path = "/webdav"', server.log_line("if a proxy takes this prefix off"))


class ProxyProtocol(unittest.TestCase):
    CONFIG = TRUSTING + 'proxy_protocol = true\n[limits]\nheader_timeout = "1s"\n'
    HEAD = b"OPTIONS / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 203.0.113.5\r\n\r\n"
    BLOCK = b"\r\n\r\n\0\r\nQUIT\n"

    def server(self, config=CONFIG, **kwargs):
        server = Server(config=config, **kwargs)
        self.addCleanup(server.stop)
        return server

    def talk(self, server, *pieces):
        connection = server.connect()
        self.addCleanup(connection.close)
        for piece in pieces:
            connection.send(piece)
            time.sleep(0.02)
        return connection

    def client(self, server, *pieces):
        answer = self.talk(server, *pieces).read()
        self.assertEqual(answer.status, 200)
        return server.log_line(answer.header("X-Request-Id")).split(" client=")[1].rstrip()

    def test_both_versions(self):
        server = self.server()
        line = b"PROXY TCP4 192.0.2.1 127.0.0.1 40000 80\r\n"
        four = self.BLOCK + b"\x21\x11\x00\x10" + b"\xc0\x00\x02\x02" + b"\x7f\0\0\x01" + b"\x9c\x40\x00\x50" + b"\x04\x00\x01x"
        six = self.BLOCK + b"\x21\x21\x00\x24" + bytes.fromhex("20010db8000000000000000000000001") * 2 + b"\x9c\x40\x00\x50"
        for header, client in ((line, "192.0.2.1"), (four, "192.0.2.2"), (six, "2001:db8::1")):
            # The client is no proxy: what it says itself about others is not believed.
            self.assertEqual(self.client(server, header + self.HEAD), f"{client} peer=127.0.0.1")
            self.assertEqual(self.client(server, header[:3], header[3:11], header[11:14], header[14:25], header[25:], self.HEAD), f"{client} peer=127.0.0.1")

    def test_a_proxy_behind_the_proxy(self):
        self.assertEqual(self.client(self.server(), b"PROXY TCP4 10.0.0.7 127.0.0.1 1 2\r\n" + self.HEAD), "203.0.113.5 peer=127.0.0.1")

    LOCAL = BLOCK + b"\x20\x00\x00\x00"
    # For whom the connection is relayed is not told; whatever else stands there does not count.
    NAMELESS = (b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN 10.0.0.1 10.0.0.2 1 2\r\n", BLOCK + b"\x21\x00\x00\x00", BLOCK + b"\x21\x31\x00\xd8" + bytes(216))

    def test_its_own_health_check(self):
        server = self.server()
        plain = self.HEAD.replace(b"X-Forwarded-For: 203.0.113.5\r\n", b"")
        for header in (self.LOCAL, self.BLOCK + b"\x20\x11\x00\x0c" + b"\x0a" * 12, *self.NAMELESS):
            self.assertEqual(self.client(server, header + plain), "127.0.0.1", header)

    def test_who_is_not_named_is_not_believed(self):
        server = self.server()
        for header in self.NAMELESS:
            self.assertEqual(self.client(server, header + self.HEAD), "127.0.0.1", header)
        self.assertEqual(self.client(server, self.LOCAL + self.HEAD), "203.0.113.5 peer=127.0.0.1")

    def test_no_header_no_answer(self):
        server = self.server()
        for start in (self.HEAD, b"PROXY TCP4 nonsense\r\n" + self.HEAD, b"PROXY TCP4 192.0.2.1 127.0.0.1 040000 80\r\n" + self.HEAD,
                      b"PROXY TCP4 192.0.2.1 127.0.0.1 40000 00\r\n" + self.HEAD, b"PROXY " + b"x" * 200 + b"\r\n", self.BLOCK + b"\x21\x11\xff\xff"):
            self.assertTrue(self.talk(server, start).closed(), start)
        begun = time.monotonic()
        self.assertTrue(self.talk(server, b"PROXY TCP4 192").closed())  # limits.header_timeout
        self.assertLess(time.monotonic() - begun, 10)
        self.assertTrue(wait_until(lambda: "did not begin with a PROXY header" in server.read_log()))
        self.assertEqual(server.read_log().count("did not begin with a PROXY header"), 1)

    def test_not_from_others(self):
        server = self.server('[server]\ntrusted_proxies = ["10.0.0.1"]\nproxy_protocol = true\n')
        self.assertEqual(self.talk(server, b"PROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\n" + self.HEAD).read().status, 400)  # no request line of HTTP
        self.assertEqual(self.client(server, self.HEAD), "127.0.0.1")

    def test_unix_socket(self):
        path = f"{tempfile.gettempdir()}/davit-proxied-{os.getpid()}.sock"
        server = self.server('[server]\ntrusted_proxies = ["unix"]\nproxy_protocol = true\n', args=("--listen", f"unix:{path}"))
        self.assertEqual(self.client(server, b"PROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\n" + self.HEAD), "192.0.2.1 peer=unix")

    def test_stopping_does_not_wait_for_a_header(self):
        server = Server(config=self.CONFIG.replace("1s", "1h"))
        connection = self.talk(server, b"PROXY ")
        begun = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - begun, 40)  # limits.shutdown_grace
        connection.close()


    def test_before_tls(self):
        server = TlsServer(more=self.CONFIG)
        self.addCleanup(server.stop)
        plain = socket.create_connection(server.tls, 20)
        plain.sendall(b"PROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\n")
        connection = server.connect()
        connection.close()
        connection.socket = server.context().wrap_socket(plain, server_hostname="localhost")
        answer = server.request("OPTIONS", "/", connection=connection)
        connection.close()
        self.assertIn(" client=192.0.2.1 peer=127.0.0.1", server.log_line(answer.header("X-Request-Id")))


class Logins(unittest.TestCase):
    """Whoever asks through a proxy is judged by an address of their own."""

    def server(self, more, auth=""):
        folder = tempfile.mkdtemp(prefix="davit-proxied-")
        self.addCleanup(shutil.rmtree, folder)
        config = f'{TRUSTING}{more}\n[auth]\nusers = "{folder}/users"\n{auth}\n'
        with open(folder + "/davit.toml", "w") as file:
            file.write(config)
        subprocess.run([os.environ["DAVIT"], "user", "add", "anna", "--config", folder + "/davit.toml"], input=b"secret\n", check=True, capture_output=True)
        server = Server(config=config)
        self.addCleanup(server.stop)
        return server

    def basic(self, password, **fields):
        return {"Authorization": "Basic " + base64.b64encode(f"anna:{password}".encode()).decode(), **fields}

    def test_one_who_guesses_holds_up_nobody_else(self):
        server = self.server("")
        forwarded = lambda client: {"X-Forwarded-For": client}
        seen = [server.request("OPTIONS", "/", {**self.basic("x"), **forwarded("192.0.2.1")}).status for _ in range(12)]
        self.assertIn(429, seen)
        self.assertEqual(server.request("OPTIONS", "/", {**self.basic("x"), **forwarded("192.0.2.2")}).status, 401)
        self.assertEqual(server.request("OPTIONS", "/", {**self.basic("secret"), **forwarded("192.0.2.2")}).status, 200)

    def test_no_password_over_a_plain_way_a_header_tells_of(self):
        server = self.server("proxy_protocol = true")
        connection = server.connect()
        connection.send(b"PROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\n")
        self.assertEqual(server.request("OPTIONS", "/", self.basic("secret"), connection=connection).status, 403)
        connection.close()

    def test_the_proxys_own_health_check_may_log_in_and_nobody_without_a_name(self):
        server = self.server("proxy_protocol = true")
        for header, status in ((ProxyProtocol.LOCAL, 200), *((each, 403) for each in ProxyProtocol.NAMELESS)):
            connection = server.connect()
            connection.send(header)
            self.assertEqual(server.request("OPTIONS", "/", self.basic("secret"), connection=connection).status, status, header)
            connection.close()

    def test_who_is_not_named_names_no_user(self):
        server = self.server("proxy_protocol = true", 'user_header = "X-Remote-User"')
        for header, status in ((ProxyProtocol.LOCAL, 200), *((each, 403) for each in ProxyProtocol.NAMELESS)):
            connection = server.connect()
            connection.send(header)
            self.assertEqual(server.request("OPTIONS", "/", {"X-Remote-User": "anna"}, connection=connection).status, status, header)
            connection.close()

    def test_a_password_the_proxys_client_sent_in_the_clear(self):
        server = self.server("")
        for client, proto, status in (("192.0.2.1", "https", 200), ("192.0.2.1", "http", 403), ("192.0.2.1", "https, http", 403),
                                      ("192.0.2.1", "HTTP , https", 403), ("192.0.2.1", "https, https", 200), ("127.0.0.1", "http", 200),
                                      (None, "http", 403)):
            fields = {"X-Forwarded-For": client, "X-Forwarded-Proto": proto}
            answer = server.request("OPTIONS", "/", {**self.basic("secret"), **fields})
            self.assertEqual(answer.status, status, (client, proto, answer))

    def test_a_user_the_proxy_names(self):
        for peers, status in (("127.0.0.1", 200), ("10.0.0.1", 403)):
            server = Server(config=f'[server]\ntrusted_proxies = ["{peers}"]\n[auth]\nuser_header = "X-Remote-User"\n')
            self.addCleanup(server.stop)
            answer = server.request("OPTIONS", "/", {"X-Remote-User": "anna"})
            self.assertEqual(answer.status, status, answer)
            self.assertEqual(' user="anna"' in server.log_line(answer.header("X-Request-Id")), status == 200)

    def test_asked_before_the_body(self):
        connection = self.server("").connect()
        connection.send(b"PUT /f HTTP/1.1\r\nHost: h\r\nContent-Length: 1099511627776\r\n\r\n")
        answer = connection.read()
        self.assertEqual((answer.status, answer.header("Connection")), (401, "close"))
        connection.close()


class Early(unittest.TestCase):
    """Refused by the head alone: the answer comes while no byte of the body has been sent."""
    HUGE = str(1 << 40)

    def refused(self, server, status, path, *fields):
        for framing in (f"Content-Length: {self.HUGE}", f"Content-Length: {self.HUGE}\r\nExpect: 100-continue", "Transfer-Encoding: chunked"):
            connection = server.connect()
            head = "\r\n".join([f"PUT {path} HTTP/1.1", "Host: h", framing, *fields])
            connection.send(head.encode() + b"\r\n\r\n")
            answer = connection.read()
            self.assertEqual(answer.status, status, (framing, answer))
            self.assertEqual(answer.header("Connection"), "close")
            connection.close()

    def server(self, config=None):
        server = Server(config=config)
        self.addCleanup(server.stop)
        return server

    def test_conditions_locks_and_places(self):
        server = self.server()
        server.request("PUT", "/f", body=b"x")
        self.refused(server, 412, "/f", "If-None-Match: *")
        self.refused(server, 412, "/f", 'If-Match: "other"')
        self.refused(server, 412, "/f", "If: (<urn:uuid:00000000-0000-0000-0000-000000000000>)")
        self.refused(server, 409, "/none/f")
        self.refused(server, 405, "/")
        server.request("LOCK", "/f", {"Timeout": "Second-600"}, lockinfo())
        self.refused(server, 423, "/f")

    def test_read_only(self):
        self.refused(self.server('[server]\nread_only = true\n'), 403, "/f")

    def test_size_and_room(self):
        server = self.server('[limits]\nput_body_bytes = "1MiB"\n')
        for framing in ("Content-Length: 1048577", "Transfer-Encoding: chunked\r\nX-Expected-Entity-Length: 1048577"):
            connection = server.connect()
            connection.send(f"PUT /f HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n".encode())
            self.assertEqual(connection.read().status, 413)
            connection.close()
        connection = self.server().connect()
        connection.send(f"PUT /f HTTP/1.1\r\nHost: h\r\nContent-Length: {1 << 43}\r\n\r\n".encode())
        self.assertEqual(connection.read().status, 507)
        connection.close()

    def test_who_sends_on_all_the_same_still_reads_the_answer(self):
        server = self.server('[limits]\nput_body_bytes = "1MiB"\n')
        connection = server.connect()
        connection.send(f"PUT /f HTTP/1.1\r\nHost: h\r\nContent-Length: {8 << 20}\r\n\r\n".encode())
        for _ in range(8):
            connection.send(b"x" * (1 << 20))
        self.assertEqual(connection.read().status, 413)
        connection.close()


class Accelerated(unittest.TestCase):
    def server(self, peers):
        server = Server(config=f'[server]\ntrusted_proxies = ["{peers}"]\naccel_redirect = "/internal/"\n')
        self.addCleanup(server.stop)
        server.request("PUT", "/a%20b%3f%25.txt", body=b"content")
        return server

    def test_for_the_proxy(self):
        server = self.server("127.0.0.1")
        for method in ("GET", "HEAD"):
            answer = server.request(method, "/a%20b%3f%25.txt")
            self.assertEqual((answer.status, answer.body), (200, b""))
            self.assertEqual(answer.header("X-Accel-Redirect"), "/internal/a%20b%3F%25.txt")
            self.assertEqual(answer.header("Content-Type"), "text/plain; charset=utf-8")
            self.assertTrue(answer.header("ETag") and answer.header("Last-Modified"))
        self.assertEqual(server.request("GET", "/a%20b%3f%25.txt", {"If-None-Match": answer.header("ETag")}).status, 304)
        self.assertEqual(server.request("GET", "/a%20b%3f%25.txt", {"If-Match": '"x"'}).status, 412)
        for path in ("/none", "/"):
            self.assertIsNone(server.request("GET", path).header("X-Accel-Redirect"))

    def test_not_for_others(self):
        answer = self.server("10.0.0.1").request("GET", "/a%20b%3f%25.txt")
        self.assertEqual(answer.body, b"content")
        self.assertIsNone(answer.header("X-Accel-Redirect"))


class Mistakes(unittest.TestCase):
    def test_found_by_check_config(self):
        for lines, words in [
            ('trusted_proxies = ["nginx"]', "10.0.0.0/8"),
            ('trusted_proxies = ["10.0.0.0/33"]', "10.0.0.0/8"),
            ('public_urls = ["dav.example.com"]', "https://dav.example.com/files"),
            ('public_urls = ["https://a/x", "https://b/y"]', "one path"),
            ('public_urls = ["https://a/x"]\nbase_path = "/y"', "leave server.base_path out"),
            ('proxy_protocol = true', "server.trusted_proxies"),
            ('accel_redirect = "/internal/"', "server.trusted_proxies"),
            ('accel_redirect = "internal"', "a slash at both ends"),
        ]:
            with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
                file.write("[server]\n" + lines + "\n")
                file.flush()
                done = subprocess.run([os.environ["DAVIT"], "check-config", file.name], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2, lines)
            self.assertIn(words, done.stderr, lines)


if __name__ == "__main__":
    main()
