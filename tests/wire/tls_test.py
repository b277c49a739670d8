"""TLS as clients meet it: openssl s_client, curl, and Python's ssl for what those two cannot do."""
import concurrent.futures
import ctypes
import ctypes.util
import hashlib
import os
import select
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from davit import Connection, Server, litter, main, multistatus, propfind_body, wait_until

HEAD = "HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def make_certificate(folder, name="localhost", key="rsa:2048"):
    """A certificate that signs itself; (certificate, key)."""
    paths = [os.path.join(folder, "server.pem"), os.path.join(folder, "server.key")]
    curve = ["-pkeyopt", "ec_paramgen_curve:P-256"] if key == "ec" else []
    subprocess.run(["openssl", "req", "-x509", "-newkey", key, *curve, "-nodes", "-days", "30", "-subj", f"/CN={name}", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    return paths


class TlsConnection(Connection):
    """Raw HTTP through TLS. `sent_whole`: the end of the stream is an error unless the server announced it."""

    def __init__(self, address, context, receive_buffer=None, sent_whole=True, before=b""):
        plain = socket.socket()
        plain.settimeout(20)
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.connect(address)
        plain.sendall(before)
        if sent_whole:
            context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        self.socket = context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=not sent_whole)
        self.buffer = b""


class KeyChanger:
    """TLS 1.3 by the system's OpenSSL, in memory: what Python's ssl cannot do. Records are made before they are sent."""

    def __init__(self, address):
        self.lib = ctypes.CDLL(ctypes.util.find_library("ssl"))
        for name in ("TLS_client_method", "SSL_CTX_new", "SSL_new", "BIO_s_mem", "BIO_new"):
            getattr(self.lib, name).restype = ctypes.c_void_p
        call = lambda name, *args: getattr(self.lib, name)(*(ctypes.c_void_p(a) if isinstance(a, int) and a > 9 else a for a in args))
        self.call = call
        context = call("SSL_CTX_new", call("TLS_client_method"))
        self.incoming, self.outgoing = (call("BIO_new", call("BIO_s_mem")) for _ in range(2))
        self.session = call("SSL_new", context)
        call("SSL_set_bio", self.session, self.incoming, self.outgoing)
        call("SSL_set_connect_state", self.session)
        self.socket = socket.create_connection(address, timeout=60)
        while call("SSL_do_handshake", self.session) != 1:
            self.socket.sendall(self.made())
            self.take(self.socket.recv(65536))
        self.socket.sendall(self.made())

    def take(self, data):
        self.lib.BIO_write(ctypes.c_void_p(self.incoming), data, len(data))

    def made(self):
        buffer, made = ctypes.create_string_buffer(1 << 20), b""
        while (size := self.lib.BIO_read(ctypes.c_void_p(self.outgoing), buffer, len(buffer))) > 0:
            made += buffer.raw[:size]
        return made

    def key_updates(self, count):
        session, update, send = ctypes.c_void_p(self.session), self.lib.SSL_key_update, self.lib.SSL_do_handshake
        for _ in range(count):
            assert update(session, 0) == 1 and send(session) == 1  # SSL_KEY_UPDATE_NOT_REQUESTED
        return self.made()

    def encrypted(self, text):
        assert self.lib.SSL_write(ctypes.c_void_p(self.session), text, len(text)) == len(text)
        return self.made()

    def decrypted(self):
        buffer = ctypes.create_string_buffer(65536)
        while (size := self.lib.SSL_read(ctypes.c_void_p(self.session), buffer, len(buffer))) <= 0:
            data = self.socket.recv(65536)
            if not data:
                return b""
            self.take(data)
        return buffer.raw[:size]


class TlsServer(Server):
    """A server with a certificate of its own; `tls` is the address where it speaks TLS."""

    def __init__(self, tls_lines="", more="", key="ec"):
        self.folder = tempfile.mkdtemp(prefix="davit-tls-")
        self.certificate, self.key = make_certificate(self.folder, key=key)
        super().__init__(config=f'{more}\n[tls]\nlisten = ["127.0.0.1:0"]\ncertificate = "{self.certificate}"\nkey = "{self.key}"\n{tls_lines}\n')
        line = self.process.stdout.readline().decode()
        assert line.startswith("listening on https://127.0.0.1:"), line
        self.tls = ("127.0.0.1", int(line.rstrip("/\n").rsplit(":", 1)[1]))
        self.url = f"https://localhost:{self.tls[1]}"

    def stop(self):
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def context(self):
        return ssl.create_default_context(cafile=self.certificate)

    def connect_tls(self, **kwargs):
        return TlsConnection(self.tls, kwargs.pop("context", None) or self.context(), **kwargs)

    def ask(self, method, path, headers=None, body=None):
        connection = self.connect_tls()
        try:
            return self.request(method, path, headers, body, connection=connection)
        finally:
            connection.close()

    def s_client(self, *args, text=HEAD, commands=False):
        """What it prints. `commands`: single letters of `text` are commands to it."""
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.tls[1]}", "-CAfile", self.certificate,
                               *([] if commands else ["-ign_eof"]), *args],
                              input=text.encode(), capture_output=True, timeout=60)
        return (done.stdout + done.stderr).decode("utf-8", "replace")

    def curl(self, *args):
        done = subprocess.run(["curl", "-sS", "--cacert", self.certificate, *args], capture_output=True, timeout=120)
        if done.returncode:
            raise AssertionError(done.stderr.decode())
        return done.stdout

    def put(self, path, content):
        answer = self.request("PUT", path, body=content)
        assert answer.status in (201, 204), answer

    def serial(self):
        """Which certificate a new connection is shown."""
        return ssl.get_server_certificate(self.tls)


class Case(unittest.TestCase):
    tls_lines = ""
    more = ""

    @classmethod
    def setUpClass(cls):
        cls.server = TlsServer(cls.tls_lines, cls.more)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()


class Handshakes(Case):
    more = "[server]\nloops = 2\n[limits]\nheader_timeout = \"2s\"\n"

    def test_tls_1_2_and_1_3_are_accepted(self):
        for version, offered in (("1.2", "-tls1_2"), ("1.3", "-tls1_3")):
            said = self.server.s_client(offered)
            self.assertIn(f"New, TLSv{version}", said)
            self.assertIn("Verify return code: 0 (ok)", said)
            self.assertIn("Compression: NONE", said)
            self.assertIn("HTTP/1.1 200 OK", said)
        for old in ("-tls1_1", "-tls1"):
            said = self.server.s_client(old, "-cipher", "DEFAULT@SECLEVEL=0")
            self.assertIn("alert protocol version", said)
            self.assertNotIn("HTTP/1.1", said)

    def test_tls_1_2_has_ciphers_with_forward_secrecy_only(self):
        self.assertIn("Cipher is ECDHE-", self.server.s_client("-tls1_2"))
        for weak in ("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA"):
            self.assertIn("handshake failure", self.server.s_client("-tls1_2", "-cipher", weak + ":@SECLEVEL=0"))

    def resumed(self, *args):
        """What further connections with the session of a first one are told; they reach both loops."""
        session = os.path.join(self.server.folder, "session")
        first = self.server.s_client(*args, "-sess_out", session)
        self.assertIn("New, TLSv", first)
        return [self.server.s_client(*args, "-sess_in", session) for _ in range(6)]

    def test_sessions_are_resumed(self):
        for args in (["-tls1_3"], ["-tls1_2"], ["-tls1_2", "-no_ticket"]):
            for said in self.resumed(*args):
                self.assertIn("Reused, TLSv", said, args)
                self.assertIn("HTTP/1.1 200 OK", said)

    def test_the_protocol_is_http_1_1(self):
        self.assertIn("ALPN protocol: http/1.1", self.server.s_client("-alpn", "h2,http/1.1"))
        self.assertIn("no application protocol", self.server.s_client("-alpn", "h2"))
        self.assertIn("HTTP/1.1 200 OK", self.server.s_client())

    def test_there_is_no_renegotiation(self):
        self.assertIn("no renegotiation", self.server.s_client("-tls1_2", text="R\n", commands=True))

    def test_plain_http_is_told_so(self):
        for method in ("GET", "PROPFIND", "OPTIONS"):
            answer = self.server.request(method, "/", address=self.server.tls)
            self.assertEqual(answer.status, 400)
            self.assertIn(b"https://", answer.body)

    def test_what_is_neither(self):
        for rubbish in (b"\x00" * 100, b"\x16\x03\x01\x00\x05hello", b"\x80\x2e\x01\x03\x01" + b"\x01" * 60, b"SSH-2.0-x\r\n"):
            connection = Connection(self.server.tls)
            connection.send(rubbish)
            while connection.socket.recv(4096):
                pass
            connection.close()
        self.assertEqual(self.server.ask("HEAD", "/").status, 200)

    def test_whoever_breaks_off_is_no_trouble(self):
        hello = self.hello()
        for length in (0, 1, 5, 40, len(hello)):
            for _ in range(5):
                connection = Connection(self.server.tls)
                connection.send(hello[:length])
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # a reset
                connection.close()
        self.assertEqual(self.server.ask("HEAD", "/").status, 200)

    def test_a_slow_handshake_is_ended(self):
        hello = self.hello()
        for pieces in ([], [hello[:30]], [bytes([byte]) for byte in hello[:60]]):
            connection = Connection(self.server.tls)
            begun = time.monotonic()
            ended = threading.Event()
            reader = threading.Thread(target=lambda: (connection.closed(), ended.set()))
            reader.start()
            for piece in pieces:
                if not ended.wait(0.2):
                    connection.send(piece)
            reader.join()
            self.assertGreater(time.monotonic() - begun, 1)
            self.assertLess(time.monotonic() - begun, 15)
            connection.close()

    def hello(self):
        """A ClientHello."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        with self.assertRaises(ssl.SSLWantReadError):
            self.server.context().wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
        return outgoing.read()


class OnlyTheNewest(Case):
    tls_lines = 'version_min = "1.3"'

    def test_version_min_1_3_refuses_tls_1_2(self):
        self.assertIn("New, TLSv1.3", self.server.s_client())
        self.assertIn("alert protocol version", self.server.s_client("-tls1_2"))


class KeyChanges(Case):
    more = "[server]\nloops = 1\n"

    def test_a_client_that_changes_its_keys_without_end_holds_up_nobody(self):
        client = KeyChanger(self.server.tls)
        self.addCleanup(client.socket.close)
        client.socket.sendall(client.encrypted(b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        self.assertIn(b" 200 ", client.decrypted())  # and with it, all that the server says of itself
        flood = client.key_updates(200000) + client.encrypted(b"GET /f HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        other = self.server.connect()
        client.socket.sendall(flood[:1 << 20])
        sender = threading.Thread(target=client.socket.sendall, args=(flood[1 << 20:],))
        sender.start()
        self.assertIn(self.server.request("GET", "/", connection=other).status, (200, 403))
        self.assertEqual(select.select([client.socket], [], [], 0)[0], [], "the others had to wait for the last change of keys")
        sender.join()
        self.assertIn(b"HTTP/1.1 ", client.decrypted())
        other.close()


class Content(Case):
    def test_large_files_by_curl(self):
        content = os.urandom(48 << 20) + b"the end"
        path = os.path.join(self.server.folder, "large")
        with open(path, "wb") as file:
            file.write(content)
        for version in ("--tls-max 1.2", "--tlsv1.3"):
            for upload in (["-T", path], ["-T", path, "-H", "Transfer-Encoding: chunked"], ["-T", path, "-H", "Expect: 100-continue"]):
                url = self.server.url + "/large"
                self.server.curl(*version.split(), *upload, url)
                got = self.server.curl(*version.split(), url)
                self.assertEqual(hashlib.sha256(got).digest(), hashlib.sha256(content).digest())
                self.server.curl("-X", "DELETE", url)
        self.assertEqual(litter(self.server.root), [])

    def test_one_connection_serves_many_requests(self):
        self.server.put("/small", b"small")
        url = self.server.url + "/small"
        said = self.server.curl("-w", "%{num_connects}\n", *[url] * 5).decode()
        self.assertEqual(said, "small1\n" + "small0\n" * 4)

    def test_ranges_work_over_tls(self):
        content = os.urandom(3 << 20)
        self.server.put("/ranges", content)
        url = self.server.url + "/ranges"
        self.assertEqual(self.server.curl("-r", "1000000-2999999", url), content[1000000:3000000])
        parts = self.server.curl("-r", "0-99,500000-1499999", url)
        self.assertIn(content[:100], parts)
        self.assertIn(content[500000:1500000], parts)

    def test_a_long_listing_is_the_same_as_without_tls(self):
        self.server.request("MKCOL", "/many")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda i: self.server.put(f"/many/a-rather-long-name-of-a-file-{i:05}", b""), range(1500)))
        ask = ("PROPFIND", "/many", {"Depth": "1"}, propfind_body("<D:getetag/><D:getcontentlength/>"))
        plain, secure = self.server.request(*ask), self.server.ask(*ask)
        self.assertEqual(secure.header("Transfer-Encoding"), "chunked")
        self.assertEqual(len(multistatus(secure)), 1501)
        self.assertEqual(sorted(x[0] for x in multistatus(plain)), sorted(x[0] for x in multistatus(secure)))

    def test_requests_in_pieces_and_in_one(self):
        self.server.put("/pieces", b"in pieces")
        request = b"GET /pieces HTTP/1.1\r\nHost: localhost\r\n\r\n"
        connection = self.server.connect_tls()
        for byte in request:
            connection.send(bytes([byte]))  # a record each
        self.assertEqual(connection.read().body, b"in pieces")
        connection.send(request * 300)
        for _ in range(300):
            self.assertEqual(connection.read().body, b"in pieces")
        connection.send(b"PUT /pieces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n")
        for byte in b"new":
            connection.send(bytes([byte]))
        self.assertEqual(connection.read().status, 204)
        connection.close()
        self.assertEqual(self.server.request("GET", "/pieces").body, b"new")

    def test_head_and_body_are_one_record(self):
        self.server.put("/record", b"x" * 5000)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.server.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        plain = socket.create_connection(self.server.tls, timeout=20)

        def step(call):
            while True:
                try:
                    return call()
                except ssl.SSLWantReadError:
                    plain.sendall(outgoing.read())
                    raw.append(plain.recv(65536))
                    incoming.write(raw[-1])

        raw = []
        step(tls.do_handshake)
        tls.write(b"HEAD /record HTTP/1.1\r\nHost: localhost\r\n\r\n")  # the tickets come before its answer
        step(lambda: tls.read(65536))
        raw.clear()
        for path, least in [("/record", 5000)] * 4 + [("/none", 300)]:  # from the file, then from memory; a failure's body
            time.sleep(0.1)
            raw.clear()
            tls.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            step(lambda: tls.read(65536))
            data, records = b"".join(raw), 0
            self.assertGreater(len(data), least)
            while data:
                data, records = data[5 + int.from_bytes(data[3:5], "big"):], records + 1
            self.assertEqual(records, 1, path)
        plain.close()

    def test_slow_readers_get_every_byte(self):
        large, small = os.urandom(8 << 20), os.urandom(60000)
        self.server.put("/slow-large", large)
        self.server.put("/slow-small", small)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.server.context()
            context.maximum_version = version
            connection = self.server.connect_tls(context=context, receive_buffer=8192)
            asked = [("/slow-large", large)] + [("/slow-small", small)] * 200 + [("/slow-large", large)]
            for path, _ in asked:
                connection.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            time.sleep(0.5)
            for path, content in asked:
                self.assertEqual(connection.read().body, content, path)
            connection.close()

    def test_the_end_is_announced(self):
        for request in (b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n", b"nonsense\r\n\r\n"):
            connection = self.server.connect_tls()
            connection.send(request)
            connection.read()
            self.assertTrue(connection.closed())
            connection.close()

    def test_large_uploads_arrive_as_they_were_sent(self):
        large = os.urandom(12 << 20) + b"the end"
        for name, framing, body in (("plain", f"Content-Length: {len(large)}", large),
                                    ("chunked", "Transfer-Encoding: chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(large), large))):
            connection = self.server.connect_tls()
            connection.send(f"PUT /up-{name} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n".encode() + body)
            self.assertEqual(connection.read().status, 201, name)
            connection.close()
            self.assertEqual(self.server.request("GET", f"/up-{name}").body, large, name)

    def test_a_broken_upload_leaves_nothing(self):
        connection = self.server.connect_tls()
        connection.send(b"PUT /broken HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 500000)
        connection.close()
        self.assertTrue(wait_until(lambda: "incomplete" in self.server.read_log()))
        self.assertEqual(self.server.request("GET", "/broken").status, 404)
        self.assertTrue(wait_until(lambda: litter(self.server.root) == []))


class Certificates(unittest.TestCase):
    def test_reload_under_running_connections(self):
        server = TlsServer(more="[log]\nlevel = \"info\"\n")
        try:
            large = os.urandom(16 << 20)
            server.put("/large", large)
            session = os.path.join(server.folder, "session")
            server.s_client("-sess_out", session)
            idle, busy = server.connect_tls(), server.connect_tls(receive_buffer=8192)
            busy.send(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
            old = server.serial()
            kept = server.context()
            make_certificate(server.folder, name="renewed")
            server.process.send_signal(signal.SIGHUP)
            self.assertIn("CN = renewed, valid until", server.log_line("certificate read again"))
            self.assertNotEqual(server.serial(), old)
            self.assertEqual(server.ask("HEAD", "/").status, 200)
            with self.assertRaises(ssl.SSLCertVerificationError):
                server.connect_tls(context=kept)
            self.assertEqual(server.request("HEAD", "/", connection=idle).status, 200)
            self.assertEqual(busy.read().body, large)
            self.assertIn("Reused, TLSv1.3", server.s_client("-sess_in", session))
            idle.close(), busy.close()
        finally:
            server.stop()

    def test_a_bad_certificate_does_not_replace_a_good_one(self):
        server = TlsServer()
        try:
            good = server.serial()
            with open(server.certificate, "w") as file:
                file.write("-----BEGIN CERTIFICATE-----\nhalf of it")
            server.process.send_signal(signal.SIGHUP)
            self.assertIn(server.certificate, server.log_line("the certificate was not reloaded, and stays as it was: "))
            self.assertEqual(server.serial(), good)
            times = lambda: server.read_log().count("the certificate was not reloaded, and stays as it was: ")
            make_certificate(os.path.dirname(server.certificate), key="ec")
            shutil.copy(server.key, server.key + ".new")
            os.unlink(server.key)
            server.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_until(lambda: times() == 2))
            subprocess.run(["openssl", "genrsa", "-out", server.key], check=True, capture_output=True)  # of another kind
            server.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_until(lambda: times() == 3))
            self.assertEqual(server.serial(), good)
            os.replace(server.key + ".new", server.key)
            server.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_until(lambda: server.serial() != good))
        finally:
            server.stop()

    def test_mistakes_are_named(self):
        folder = tempfile.mkdtemp(prefix="davit-tls-")
        self.addCleanup(shutil.rmtree, folder)
        other = os.path.join(folder, "other")
        os.mkdir(other)
        certificate, key = make_certificate(folder)
        _, stranger = make_certificate(other)
        os.mkdir(os.path.join(folder, "curve"))
        curve, curve_key = make_certificate(os.path.join(folder, "curve"), key="ec")
        locked = os.path.join(folder, "locked.key")
        subprocess.run(["openssl", "rsa", "-aes128", "-passout", "pass:secret", "-in", key, "-out", locked], check=True, capture_output=True)
        text = os.path.join(folder, "text")
        with open(text, "w") as file:
            file.write("no certificate\n")
        both = os.path.join(folder, "both")
        with open(both, "wb") as file:
            for part in (certificate, key):
                with open(part, "rb") as source:
                    file.write(source.read())
        for lines, code, words in (
                (f'certificate = "{certificate}"\nkey = "{key}"', 0, []),
                (f'certificate = "{both}"', 0, []),
                (f'certificate = "{certificate}"', 2, ["tls.key: " + certificate]),
                (f'certificate = "{certificate}"\nkey = "{stranger}"', 2, [stranger, "is not the key of the certificate in", certificate]),
                (f'certificate = "{certificate}"\nkey = "{curve_key}"', 2, [curve_key, "is not the key of the certificate in", certificate]),
                (f'certificate = "{curve}"\nkey = "{key}"', 2, [key, "is not the key of the certificate in", curve]),
                (f'certificate = "{certificate}"\nkey = "{locked}"', 2, [locked, "without a passphrase"]),
                (f'certificate = "{certificate}"\nkey = "{folder}/none"', 2, [folder + "/none", "No such file or directory"]),
                (f'certificate = "{folder}/none"\nkey = "{key}"', 2, ["tls.certificate", folder + "/none", "No such file or directory"]),
                (f'certificate = "{text}"\nkey = "{key}"', 2, ["tls.certificate", text, "PEM"]),
                ("", 2, ["tls.certificate"]),
                (f'certificate = "{both}"\nversion_min = "1.1"', 2, ["tls.version_min", '"1.2", "1.3"'])):
            path = os.path.join(folder, "davit.toml")
            with open(path, "w") as file:
                file.write(f'[tls]\nlisten = ["127.0.0.1:0"]\n{lines}\n')
            for command in (["check-config", path], ["serve", folder, "--config", path]):
                if command[0] == "serve" and code == 0:
                    continue
                done = subprocess.run([os.environ["DAVIT"], *command], capture_output=True, text=True, timeout=20)
                self.assertEqual(done.returncode, code, done.stderr)
                for word in words:
                    self.assertIn(word, done.stderr)

    def test_tls_alone_is_no_leave_to_open_the_files_to_everybody(self):
        folder = tempfile.mkdtemp(prefix="davit-tls-")
        self.addCleanup(shutil.rmtree, folder)
        certificate, key = make_certificate(folder)
        path = os.path.join(folder, "davit.toml")
        with open(path, "w") as file:
            file.write(f'[tls]\nlisten = ["0.0.0.0:0"]\ncertificate = "{certificate}"\nkey = "{key}"\n')
        done = subprocess.run([os.environ["DAVIT"], "check-config", path], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 2)
        self.assertIn("0.0.0.0", done.stderr)


class Listeners(unittest.TestCase):
    def serve(self, *tables):
        server = TlsServer.__new__(TlsServer)
        server.folder = tempfile.mkdtemp(prefix="davit-tls-")
        server.certificate, server.key = make_certificate(server.folder)
        path = os.path.join(server.folder, "davit.toml")
        with open(path, "w") as file:
            file.write("\n".join(tables) + f'\ncertificate = "{server.certificate}"\nkey = "{server.key}"\n')
        process = subprocess.Popen([os.environ["DAVIT"], "serve", server.folder, "--config", path], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(shutil.rmtree, server.folder)
        self.addCleanup(lambda: (process.terminate(), process.wait(timeout=60), process.stdout.close()))
        return server, process

    def test_several_of_both_kinds(self):
        server, process = self.serve('[server]', 'listen = ["127.0.0.1:0", "127.0.0.1:0"]', '[tls]', 'listen = ["127.0.0.1:0", "127.0.0.2:0"]')
        urls = [process.stdout.readline().split()[-1] for _ in range(4)]
        self.assertEqual([url.split(":")[0] for url in urls], ["http", "http", "https", "https"])
        self.assertIn("127.0.0.2", urls[3])
        for url in urls:
            server.curl("-k", url)

    def test_tls_alone_means_nothing_without_it(self):
        _, process = self.serve('[tls]', 'listen = ["127.0.0.1:0"]')
        self.assertTrue(process.stdout.readline().startswith("listening on https://"))
        process.terminate()
        self.assertEqual(process.stdout.read(), "")


class BehindAProxy(unittest.TestCase):
    def test_a_proxy_header_comes_before_the_handshake(self):
        server = TlsServer(more='[server]\ntrusted_proxies = ["127.0.0.1"]\nproxy_protocol = true\n')
        try:
            connection = server.connect_tls(before=b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 443\r\n")
            self.assertEqual(server.request("GET", "/of-192-0-2-7", connection=connection).status, 404)
            connection.close()
            self.assertIn("client=192.0.2.7", server.log_line("/of-192-0-2-7"))
        finally:
            server.stop()


class Endings(unittest.TestCase):
    def test_idle_connections_end(self):
        server = TlsServer(more='[limits]\nidle_timeout = "2s"\n')
        try:
            connection = server.connect_tls()
            self.assertEqual(server.request("HEAD", "/", connection=connection).status, 200)
            begun = time.monotonic()
            self.assertTrue(connection.closed())
            self.assertGreater(time.monotonic() - begun, 1)
            connection.close()
        finally:
            server.stop()

    def test_after_a_rest_a_connection_serves_on(self):
        server = TlsServer()
        try:
            connection = server.connect_tls()
            for _ in range(2):
                self.assertEqual(server.request("HEAD", "/", connection=connection).status, 200)
                time.sleep(1.6)  # it gives its buffer back after one second
            self.assertEqual(server.request("HEAD", "/", connection=connection).status, 200)
            connection.close()
        finally:
            server.stop()

    def test_stopping_waits_for_no_idle_connection_and_no_handshake(self):
        server = TlsServer()
        connections = [server.connect_tls(), Connection(server.tls), Connection(server.tls)]
        connections[2].send(b"\x16\x03\x01\x02\x00")
        server.request("HEAD", "/", connection=connections[0])
        begun = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - begun, 15)  # the grace is 20 seconds
        for connection in connections:
            connection.close()

    def test_running_answers_are_finished(self):
        server = TlsServer()
        large = os.urandom(16 << 20)
        server.put("/large", large)
        connection = server.connect_tls(receive_buffer=8192)
        connection.send(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = connection.socket.recv(1)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.buffer = head
        self.assertEqual(connection.read().body, large)
        connection.close()
        server.stop()


if __name__ == "__main__":
    main()
