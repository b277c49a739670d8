"""Who can log in: Basic, Digest, bearer tokens, a proxy's word; what a stranger learns (docs/login.md)."""
import base64
import hashlib
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from davit import DAV, Case, Server, main

METHODS = ("OPTIONS", "GET", "HEAD", "PUT", "DELETE", "MKCOL", "COPY", "MOVE", "PROPFIND", "PROPPATCH", "LOCK", "UNLOCK")


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def user(*args, stdin=None):
    return subprocess.run([os.environ["DAVIT"], "user", *args], input=stdin, capture_output=True, text=True)


class Base(unittest.TestCase):
    extra = ""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="davit-auth-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.users, self.groups, self.digest = (os.path.join(self.folder, name) for name in ("users", "groups", "digest"))
        self.config = (f'[auth]\nusers = "{self.users}"\ngroups = "{self.groups}"\ndigest_users = "{self.digest}"\n' + self.extra)
        self.toml = os.path.join(self.folder, "davit.toml")
        with open(self.toml, "w") as file:
            file.write(self.config)
        self.add("anna", "secret", "--group", "staff", "--digest")
        self.server = Server(config=self.config)
        self.addCleanup(self.server.stop)

    def add(self, name, password, *options):
        done = user("add", name, "--config", self.toml, *options, stdin=password + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def status(self, headers=None, method="GET", path="/f"):
        return self.server.request(method, path, headers).status

    def code(self, answer):
        return re.search(r'code="([^"]*)"', answer.body.decode()).group(1)


    def challenge(self, algorithm):
        answer = self.server.request("GET", "/f")
        line = next(v for k, v in answer.headers if k == "WWW-Authenticate" and f"algorithm={algorithm}," in v)
        return dict(re.findall(r'(\w+)="?([^",]+)"?', line[7:]))

    def answer(self, given, password, nc="00000001", method="PUT", target="/f"):
        digest = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[given["algorithm"]]
        h = lambda text: digest(text.encode()).hexdigest()
        secret = h(f"anna:{given['realm']}:{password}")
        response = h(f"{secret}:{given['nonce']}:{nc}:abc:auth:{h(f'{method}:{target}')}")
        return {"Authorization": f'Digest username="anna", realm="{given["realm"]}", nonce="{given["nonce"]}", uri="{target}", '
                                 f'algorithm={given["algorithm"]}, qop=auth, nc={nc}, cnonce="abc", response="{response}"'}


class Accounts(Base):
    def test_every_method_on_every_path_asks_alike(self):
        self.assertEqual(self.server.request("PUT", "/there", basic("anna", "secret"), b"x").status, 201)
        seen = set()
        for method in METHODS:
            for path in ("/there", "/not-there", "/", "/a/b/c"):
                answer = self.server.request(method, path, {"Destination": "/x", "Expect": "100-continue"})
                self.assertEqual(answer.status, 401, answer)
                self.assertEqual([x for x, _ in answer.headers].count("WWW-Authenticate"), 3, answer)
                ways = " ".join(v for k, v in answer.headers if k == "WWW-Authenticate")
                for way in ("Digest", "Basic", "SHA-256", "MD5"):
                    self.assertIn(way, ways)
                body = re.sub(rb'request-id="[^"]*"', b"", answer.body)
                if method != "HEAD":
                    seen.add(body)
        self.assertEqual(len(seen), 1, "an answer that differs tells a stranger what exists")

    def test_basic_admits_only_the_right_name_and_password(self):
        self.assertEqual(self.status(basic("anna", "secret"), "PUT"), 201)
        self.assertEqual(self.status(basic("anna", "secret")), 200)
        for name, password in (("anna", "Secret"), ("anna", ""), ("bob", "secret"), ("", ""), ("anna:secret", "")):
            answer = self.server.request("GET", "/f", basic(name, password))
            self.assertEqual((answer.status, self.code(answer)), (401, "wrong-credentials"), answer)
            if name == "bob":
                break  # more would have to wait
        self.server.log_line("first_failure.code=wrong-credentials")
        self.server.log_line('user="anna"')

    def test_absurd_credentials_are_refused_and_hurt_nobody(self):
        wrong = "Basic " + base64.b64encode(b"anna\0:secret").decode()
        for value, status in (("Basic", 401), ("Basic !!!", 400), ("Basic " + "A" * 20000, 400), ("Bearer", 401), ("Nonsense x", 401),
                              ("Digest x", 400), ('Digest username="anna"', 400), (wrong, 401), (":", 401)):
            answer = self.server.request("GET", "/f", {"Authorization": value})
            self.assertEqual(answer.status, status, (value[:40], answer))
        self.assertEqual(self.status(basic("anna", "secret"), "PUT"), 201)

    def test_guessing_waits_and_who_is_in_stays_in(self):
        self.assertEqual(self.status(basic("anna", "secret"), "PUT"), 201)
        for guess in range(5):
            self.assertEqual(self.status(basic("anna", f"guess-{guess}")), 401)
        answer = self.server.request("GET", "/f", basic("anna", "guess-6"))
        self.assertEqual((answer.status, self.code(answer)), (429, "too-many-requests"), answer)
        self.assertGreaterEqual(int(answer.header("Retry-After")), 1)
        self.assertEqual(self.status(basic("anna", "secret")), 200)

    def test_an_account_of_ones_own_is_no_licence_to_guess(self):
        self.add("zoe", "word")
        seen = []
        for guess in range(6):
            seen.append(self.status(basic("anna", f"guess-{guess}")))
            self.status(basic("zoe", "word"))
        self.assertEqual(seen, [401] * 5 + [429])

    def status_from(self, address, headers):
        connection = http.client.HTTPConnection(*self.server.address, source_address=(address, 0))
        connection.request("GET", "/", headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.getheader("Retry-After")

    def test_guesses_from_many_addresses_hold_up_strangers_but_not_the_owner(self):
        self.add("zoe", "word")
        home = "127.0.0.9"
        self.assertEqual(self.status_from(home, basic("anna", "secret"))[0], 200)
        for guess in range(20):
            self.assertEqual(self.status_from(f"127.0.2.{guess + 1}", basic("anna", f"guess-{guess}"))[0], 401)
        status, wait = self.status_from("127.0.3.1", basic("anna", "guess"))
        self.assertEqual(status, 429)
        self.assertGreaterEqual(int(wait), 1)
        self.add("anna", "another")  # nothing is remembered any more, so passwords have to be looked at again
        for guess in range(6):  # a slow machine lets the wait pass meanwhile; each guess makes the next one longer
            self.status_from(f"127.0.4.{guess + 1}", basic("anna", f"another-{guess}"))
            status, _ = self.status_from("127.0.3.1", basic("anna", "guess"))
            if status == 429:
                break
        self.assertEqual(self.status_from("127.0.3.2", basic("anna", "another"))[0], 429)
        self.assertEqual(self.status_from(home, basic("anna", "another"))[0], 200)
        self.assertEqual(self.status_from("127.0.3.3", basic("anna", "another"))[0], 200, "what is remembered counts everywhere")
        self.assertEqual(self.status_from("127.0.3.4", basic("zoe", "word"))[0], 200)

    def test_an_account_that_does_not_exist_is_held_up_alike(self):
        for guess in range(20):
            self.assertEqual(self.status_from(f"127.0.2.{guess + 1}", basic("nobody", f"guess-{guess}"))[0], 401)
        self.assertEqual(self.status_from("127.0.3.1", basic("nobody", "guess"))[0], 429)

    def test_a_user_with_many_digest_logins_keeps_nobody_else_out(self):
        self.add("zoe", "word", "--digest")
        annas = self.challenge("SHA-256")
        self.assertEqual(self.status(self.answer(annas, "secret"), "PUT"), 201)
        connection = self.server.connect()
        self.addCleanup(connection.close)

        def ask(batch):
            connection.send(b"".join(batch))
            return [connection.read() for _ in batch]

        h = lambda text: hashlib.md5(text.encode()).hexdigest()
        secret, request = h("zoe:Davit:word"), h("GET:/")
        for _ in range(30):
            answers = ask([b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"] * 200)
            nonces = [re.search('nonce="([^"]*)"', v).group(1) for a in answers for k, v in a.headers if k == "WWW-Authenticate" and "nonce" in v]
            for start in (0, 200):
                logins = [(f'GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Digest username="zoe", realm="Davit", nonce="{nonce}", uri="/", qop=auth, '
                           f'nc=00000001, cnonce="c", response="{h(f"{secret}:{nonce}:00000001:c:auth:{request}")}"\r\n\r\n').encode()
                          for nonce in nonces[start:start + 200]]
                self.assertEqual({a.status for a in ask(logins)}, {200})
        self.assertEqual(self.status(self.answer(annas, "secret", "00000002"), "PUT"), 204, "a login from before goes on")
        self.assertEqual(self.status(self.answer(self.challenge("MD5"), "secret"), "PUT"), 204, "a new one begins")

    def test_what_is_no_file_lets_nobody_in_and_holds_up_nobody(self):
        for make in (os.mkfifo, os.mkdir):
            os.unlink(self.users) if os.path.isfile(self.users) else None
            make(self.users)
            answer = self.server.request("GET", "/f", basic("anna", "secret"))
            self.assertEqual(answer.status, 401, answer)
            os.unlink(self.users) if make is os.mkfifo else os.rmdir(self.users)
        self.server.log_line(" warning " + self.users + ": cannot be read")

    def test_basic_credentials_in_latin_1_are_understood(self):
        """npm webdav, webdavclient3, python-requests, okhttp and Joplin send Latin-1."""
        accounts = {"j\u00fcrgen": "stra\u00dfe", "plain": "p\u00e4ss\u20ac\u0153\u201c\u0178", "\u00fc": "x", "zo\u00eb": "plain"}
        for name, password in accounts.items():
            self.add(name, password)
        for name, password in accounts.items():
            pair = f"{name}:{password}"
            for encoding in ("utf-8", "cp1252"):
                for _ in range(2):  # slowly, then remembered
                    sent = {"Authorization": "Basic " + base64.b64encode(pair.encode(encoding)).decode()}
                    self.assertIn(self.status(sent, "PUT"), (201, 204), (name, encoding))
            wrong = {"Authorization": "Basic " + base64.b64encode(f"{name}:\u00e4".encode("latin-1")).decode()}
            self.assertEqual(self.status(wrong), 401)

    def test_bytes_of_every_kind_are_no_login_and_no_fault(self):
        for raw in (b"\x81\x8d\x8f\x90\x9d:\xff", bytes(range(128, 256)) + b":x", b"\xc3:\xa4", b"\xed\xa0\x80:x", b":\xe4"):
            self.assertIn(self.status({"Authorization": "Basic " + base64.b64encode(raw).decode()}), (401, 429), raw)

    def test_two_spellings_of_a_name_are_not_two_users(self):
        composed, decomposed = "zo\u00eb", "zoe\u0308"
        self.add(composed, "word")
        done = user("add", decomposed, "--config", self.toml, stdin="word\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("NFC", done.stderr)
        with open(self.users) as file:
            lines = file.read()
        with open(self.users, "a") as file:
            file.write(lines.splitlines()[-1].replace(composed, decomposed) + "\n")
        self.assertEqual(self.status(basic(composed, "word"), "PUT"), 201)
        answer = self.server.request("GET", "/f", basic(decomposed, "word"))
        self.assertEqual((answer.status, self.code(answer)), (403, "user-name-not-composed"), answer)

    def test_the_files_count_at_once(self):
        self.assertEqual(self.status(basic("anna", "secret"), "PUT"), 201)
        added = user("add", "--config", self.toml, "--group", "staff", "--group", "board", "zoe", stdin="word\n")
        self.assertEqual(added.stdout, "zoe can log in now\n", added.stderr)
        self.assertEqual(self.status(basic("zoe", "word")), 200)
        self.assertEqual(self.add("zoe", "other"), "zoe has a new password\n")
        self.assertEqual(self.status(basic("zoe", "word")), 401)
        self.assertEqual(self.status(basic("zoe", "other")), 200)
        listed = user("list", "--config", self.toml)
        self.assertEqual(listed.stdout, "anna @staff\nzoe @staff @board\n")
        self.assertEqual(user("remove", "anna", "--config", self.toml).returncode, 0)
        self.assertEqual(self.status(basic("anna", "secret")), 401)
        self.assertEqual(user("remove", "anna", "--config", self.toml).returncode, 1)
        for path in (self.digest, self.groups):
            with open(path) as file:
                self.assertNotIn("anna", file.read())
        os.unlink(self.users)
        self.assertEqual(self.status(basic("zoe", "other")), 401, "a file that is gone lets nobody in")
        self.server.log_line("cannot be read")

    def test_a_lock_belongs_to_its_user(self):
        self.add("zoe", "word")
        lock = ('<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>')
        answer = self.server.request("LOCK", "/f", basic("anna", "secret"), lock)
        self.assertEqual(answer.status, 201, answer)
        token = answer.header("Lock-Token")
        for name, password, expected in (("zoe", "word", 423), ("anna", "secret", 204)):
            answer = self.server.request("PUT", "/f", {**basic(name, password), "If": f"({token})"}, b"x")
            self.assertEqual(answer.status, expected, answer)
        answer = self.server.request("PUT", "/f", basic("zoe", "word"), b"x")
        self.assertIn("anna", answer.body.decode(), "whose lock it is")
        self.assertEqual(self.server.request("UNLOCK", "/f", {**basic("zoe", "word"), "Lock-Token": token}).status, 403)

    def test_digest_works_with_md5_and_sha_256(self):
        for algorithm in ("MD5", "SHA-256"):
            given = self.challenge(algorithm)
            self.assertIn(self.status(self.answer(given, "secret"), "PUT"), (201, 204))
            again = self.server.request("PUT", "/f", self.answer(given, "secret"))
            self.assertEqual(again.status, 401)
            self.assertIn("stale=true", str(again.headers))
            self.assertEqual(self.status(self.answer(given, "secret", "00000002"), "PUT"), 204)
            self.assertEqual(self.status(self.answer(given, "wrong", "00000003"), "PUT"), 401)
            self.assertEqual(self.status(self.answer(given, "secret", "00000004", "GET"), "PUT"), 401)
            self.assertEqual(self.status(self.answer({**given, "nonce": "1.x.y"}, "secret"), "PUT"), 401)

    def test_who_is_in_by_digest_stays_in(self):
        given = self.challenge("SHA-256")
        self.assertEqual(self.status(self.answer(given, "secret"), "PUT"), 201)
        guesses = [self.status(self.answer(self.challenge("SHA-256"), f"guess-{n}"), "PUT") for n in range(6)]
        self.assertEqual(guesses, [401] * 5 + [429])
        self.assertEqual(self.status(self.answer(given, "secret", "00000002"), "PUT"), 204)
        self.assertEqual(self.status(self.answer(self.challenge("SHA-256"), "secret"), "PUT"), 429)

    def test_curl_knows_both(self):
        if not shutil.which("curl"):
            self.fail("curl is missing")
        url = f"http://127.0.0.1:{self.server.address[1]}/curl"
        for way in ("--basic", "--digest", "--anyauth"):
            done = subprocess.run(["curl", "-sS", way, "-u", "anna:secret", "-T", self.toml, "-o", "/dev/null", "-w", "%{http_code}", url],
                                  capture_output=True, text=True)
            self.assertIn(done.stdout, ("201", "204"), (way, done))

    def test_lines_nobody_can_log_in_by_list_nobody(self):
        with open(self.users) as file:
            good = file.read()
        with open(self.users, "w") as file:
            file.write(f"carl:plain\n{good}# eva:x\n:nobody\nbo b:{good[5:]}{good}zoe:$1$x$y\n")
        listed = user("list", "--config", self.toml)
        self.assertEqual((listed.returncode, listed.stdout), (1, "anna @staff\n"))
        for number, what in ((1, "carl"), (4, "name:hash"), (5, "name:hash"), (6, "anna is there twice"), (7, "zoe")):
            self.assertRegex(listed.stderr, f"{self.users}:{number}: .*{what}.*; the line is not used")
        toml, digest = os.path.join(self.folder, "alone.toml"), os.path.join(self.folder, "alone")
        with open(toml, "w") as file:
            file.write(f'[auth]\ndigest_users = "{digest}"\n')
        with open(digest, "w") as file:
            for line in ("anna:Davit:" + "0" * 32, "eva:Davit:short", "bob:Davit:" + "0" * 64, "anna:Davit:" + "0" * 64, ":Davit:" + "0" * 32):
                file.write(line + "\n")
        listed = user("list", "--config", toml)
        self.assertEqual((listed.returncode, listed.stdout), (1, "anna\nbob\n"), listed)
        for number in (2, 5):
            self.assertIn(f"{digest}:{number}: expected", listed.stderr)

    def test_names_that_mean_something_else(self):
        for name in ("a:b", "@staff", "*", "anonymous", "a/b", "..", ""):
            self.assertEqual(user("add", name, "--config", self.toml, stdin="x\n").returncode, 1, name)
        self.assertEqual(user("add", "zoe", "--config", self.toml, stdin="\n").returncode, 1)
        self.assertEqual(user("add", "zoe", "--config", self.toml, stdin="").returncode, 1)
        self.assertNotEqual(user("add", "zoe", stdin="x\n").returncode, 0)

    def test_groups_that_would_be_read_otherwise(self):
        def read(path):
            with open(path) as file:
                return file.read()

        before = read(self.users), read(self.groups)
        for group in ("a:b", "", "a b", "a\tb", "a\nb", "a\x7f", "#a", ":"):
            done = user("add", "zoe", "--config", self.toml, "--group", "staff", "--group", group, stdin="word\n")
            self.assertEqual((done.returncode, done.stdout), (1, ""), group)
            self.assertRegex(done.stderr, "^davit: .*group", group)
        self.assertEqual((read(self.users), read(self.groups)), before)

    def test_a_file_behind_links_stays_there(self):
        kept = os.path.join(self.folder, "kept")
        links = os.path.join(self.folder, "links")
        for folder in (kept, links):
            os.mkdir(folder)
        for path in (self.users, self.groups, self.digest):
            os.rename(path, os.path.join(kept, os.path.basename(path)))
            os.symlink("../kept/" + os.path.basename(path), os.path.join(links, os.path.basename(path)))
            os.symlink(os.path.join(links, os.path.basename(path)), path)
        os.chmod(os.path.join(kept, "users"), 0o604)
        server = Server(config=self.config.replace(self.folder, kept))  # reads what the links lead to
        self.addCleanup(server.stop)
        self.add("zoe", "word", "--group", "staff", "--digest")
        self.assertEqual(server.request("GET", "/", basic("zoe", "word")).status, 200)
        self.assertEqual(user("list", "--config", self.toml).stdout, "anna @staff\nzoe @staff\n")
        self.assertEqual(user("remove", "anna", "--config", self.toml).returncode, 0)
        self.assertEqual(server.request("GET", "/", basic("anna", "secret")).status, 401)
        self.assertEqual(os.stat(os.path.join(kept, "users")).st_mode & 0o7777, 0o604)
        for path in (self.users, self.groups, self.digest):
            self.assertTrue(os.path.islink(path), path)
            self.assertTrue(os.path.islink(os.path.join(links, os.path.basename(path))), path)
            with open(os.path.join(kept, os.path.basename(path))) as file:
                text = file.read()
            self.assertIn("zoe", text, path)
            self.assertNotIn("anna", text, path)
        self.assertEqual(sorted(os.listdir(kept)), ["digest", "groups", "users"])

    def test_links_to_nothing_yet(self):
        link, target = os.path.join(self.folder, "link"), os.path.join(self.folder, "target")
        os.symlink("target", link)
        self.assertEqual(user("add", "zoe", "--file", link, stdin="word\n").returncode, 0)
        self.assertTrue(os.path.islink(link))
        self.assertEqual(user("list", "--file", target).stdout, "zoe\n")
        os.symlink("no-folder/target", os.path.join(self.folder, "astray"))
        os.symlink("round", os.path.join(self.folder, "round"))
        for name, why in (("astray", "No such file"), ("round", "Too many levels of symbolic links")):
            done = user("add", "zoe", "--file", os.path.join(self.folder, name), stdin="word\n")
            self.assertEqual(done.returncode, 1, name)
            self.assertIn(why, done.stderr)
            self.assertTrue(os.path.islink(os.path.join(self.folder, name)))

    def test_accounts_for_digest_alone(self):
        toml, digest = os.path.join(self.folder, "alone.toml"), os.path.join(self.folder, "alone")
        with open(toml, "w") as file:
            file.write(f'[auth]\ndigest_users = "{digest}"\n')
        done = user("add", "zoe", "--config", toml, stdin="word\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no file of passwords: name it in auth.users; or say --digest", done.stderr)
        self.assertFalse(os.path.exists(digest))
        done = user("add", "zoe", "--digest", "--config", toml, stdin="word\n")
        self.assertEqual((done.returncode, done.stdout), (0, "zoe can log in by Digest now\n"), done.stderr)
        self.assertNotEqual(user("add", "eva", "--digest", "--config", toml, stdin="\n").returncode, 0)
        self.assertEqual(user("list", "--config", toml).stdout, "zoe\n")
        server = Server(config=f'[auth]\ndigest_users = "{digest}"\n')
        self.addCleanup(server.stop)
        done = subprocess.run(["curl", "-sS", "--digest", "-u", "zoe:word", "-o", "/dev/null", "-w", "%{http_code}",
                               "http://%s:%d/" % server.address], capture_output=True, text=True)
        self.assertEqual(done.stdout, "200", done)
        self.assertEqual(user("remove", "zoe", "--config", toml).stdout, "zoe cannot log in any more\n")
        done = user("remove", "zoe", "--config", toml)
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no user zoe", done.stderr)

    def test_a_new_password_is_one_for_digest_too(self):
        with open(self.digest) as file:
            before = file.read()
        self.assertEqual(self.add("anna", "another"), "anna has a new password\n")
        with open(self.digest) as file:
            after = file.read()
        self.assertEqual([x.count("anna:Davit:") for x in (before, after)], [2, 2])
        self.assertEqual(set(before.split()) & set(after.split()), set())

    def test_who_is_known_to_digest_alone_can_be_removed(self):
        with open(self.digest, "a") as file:
            file.write("zoe:Davit:0123456789abcdef0123456789abcdef\n")
        self.assertEqual(user("remove", "zoe", "--config", self.toml).stdout, "zoe cannot log in any more\n")

    def test_digest_wants_a_file_of_its_own(self):
        done = user("add", "zoe", "--file", self.users, "--digest", stdin="word\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no file for Digest: name it in auth.digest_users", done.stderr)
        with open(self.users) as file:
            self.assertNotIn("zoe", file.read())

    def test_two_editors_take_turns(self):
        running = [subprocess.Popen([os.environ["DAVIT"], "user", "add", f"u{i}", "--file", self.users], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
                   for i in range(8)]
        for each in running:
            each.communicate(b"x\n")
        self.assertEqual(user("list", "--file", self.users).stdout.split().count("anna"), 1)
        self.assertEqual(len(user("list", "--file", self.users).stdout.split("\n")) - 1, 9)
        self.assertEqual(sorted(os.listdir(self.folder)), ["davit.toml", "digest", "groups", "users"])


class BehindAPrefix(Base):
    extra = '[server]\nbase_path = "/dav"\nbase_path_stripped = true\n'

    def test_digest_over_the_path_the_client_knows(self):
        given = self.challenge("SHA-256")
        for nc, (target, status) in enumerate((("/dav/f", 201), ("/f", 204), ("http://h/dav/f", 204), ("/other/f", 400), ("/dav/dav/f", 400)), 1):
            answer = self.server.request("PUT", "/f", self.answer(given, "secret", f"{nc:08x}", target=target), b"x")
            self.assertEqual(answer.status, status, (target, answer))


class Tokens(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="davit-jwt-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.keys = os.path.join(self.folder, "keys.json")
        self.make_keys("one")
        self.server = Server(config=f'[auth]\njwt_keys = "{self.keys}"\njwt_issuer = "https://id.example"\njwt_audience = "davit"\n')
        self.addCleanup(self.server.stop)

    def make_keys(self, kid):
        from jwcrypto import jwk
        self.rsa = jwk.JWK.generate(kty="RSA", size=2048, kid=kid)
        self.ec = jwk.JWK.generate(kty="EC", crv="P-256", kid="ec-" + kid)
        with open(self.keys + ".new", "w") as file:
            json.dump({"keys": [self.rsa.export_public(as_dict=True), self.ec.export_public(as_dict=True)]}, file)
        os.rename(self.keys + ".new", self.keys)

    def token(self, key=None, algorithm="RS256", **changes):
        from jwcrypto import jwt
        now = int(time.time())
        claims = {"iss": "https://id.example", "aud": ["other", "davit"], "sub": "anna", "groups": ["staff"], "exp": now + 600, **changes}
        claims = {k: v for k, v in claims.items() if v is not None}
        key = key or self.rsa
        name = {"kid": key["kid"]} if "kid" in key else {}
        made = jwt.JWT(header={"alg": algorithm, **name}, claims=claims)
        made.make_signed_token(key)
        return made.serialize()

    def claiming(self, **claims):
        """A token with claims jwcrypto would not write."""
        whole = json.loads(base64.urlsafe_b64decode(self.token().split(".")[1] + "=="))
        payload = base64.urlsafe_b64encode(json.dumps({**whole, **claims}).encode()).decode().rstrip("=")
        return self.signed({"alg": "RS256", "kid": "one"}, "." + payload)

    def signed(self, header, token, key=None):
        """The claims of a token under another header: what jwcrypto would not do."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding
        encode = lambda data: base64.urlsafe_b64encode(data).decode().rstrip("=")
        signed = encode(json.dumps(header).encode()) + "." + token.split(".")[1]
        return signed + "." + encode((key or self.rsa).get_op_key("sign").sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))

    def status(self, token):
        return self.server.request("PROPFIND", "/", {"Depth": "0", "Authorization": "Bearer " + token}).status

    def test_good_tokens(self):
        self.assertEqual(self.status(self.token()), 207)
        self.assertEqual(self.status(self.token(self.ec, "ES256")), 207)
        self.assertEqual(self.status(self.token(algorithm="PS512", aud="davit")), 207)
        self.server.log_line('user="anna"')

    def test_bad_tokens(self):
        from jwcrypto import jwk
        now = int(time.time())
        shared = jwk.JWK(kty="oct", k=base64.urlsafe_b64encode(self.rsa.export_to_pem()).decode().rstrip("="), kid="one")
        part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
        unsigned = part({"alg": "none"}) + "." + part({"iss": "https://id.example", "aud": "davit", "sub": "anna", "exp": now + 600}) + "."
        good = self.token()
        bad = {"ended": self.token(exp=now - 120), "endless": self.token(exp=None), "early": self.token(nbf=now + 600),
               "early by a text": self.claiming(nbf=str(now - 60)), "begun by yes": self.claiming(nbf=True), "begun by null": self.claiming(nbf=None),
               "begun beyond numbers": self.claiming(nbf=1e300), "ended by a text": self.claiming(exp=str(now + 600)), "a list": self.claiming(exp=[now + 600]),
               "elsewhere": self.token(iss="https://evil.example"), "not for us": self.token(aud="other"), "nobody": self.token(sub=None),
               "shared": self.token(shared, "HS256"), "unsigned": unsigned, "cut": good[:-20], "nothing": "x.y.z",
               "critical": self.signed({"alg": "RS256", "kid": "one", "crit": ["b64"], "b64": True}, good),
               "another key": self.token(jwk.JWK.generate(kty="RSA", size=2048, kid="one"))}
        for number, (what, token) in enumerate(bad.items(), 2):
            # Each from an address of its own: wrong tokens slow an address down like wrong passwords.
            connection = http.client.HTTPConnection(*self.server.address, source_address=(f"127.0.0.{number}", 0))
            connection.request("PROPFIND", "/", headers={"Depth": "0", "Authorization": "Bearer " + token})
            self.assertEqual(connection.getresponse().status, 401, what)
            connection.close()
        for token in (good, self.claiming(nbf=now - 0.5, exp=now + 60.5), self.signed({"alg": "RS256", "kid": "one"}, good)):
            self.assertEqual(self.status(token), 207)

    def from_address(self, number, authorization):
        """Each wrong token from an address of its own: they slow an address down like wrong passwords."""
        connection = http.client.HTTPConnection(*self.server.address, source_address=(f"127.0.1.{number}", 0))
        connection.request("PROPFIND", "/", headers={"Depth": "0", "Authorization": authorization})
        answer = connection.getresponse()
        status, body = answer.status, answer.read().decode()
        connection.close()
        return status, body

    def test_text_that_is_no_token_is_refused_and_the_server_lives(self):
        part = lambda data: base64.urlsafe_b64encode(data).decode().rstrip("=")
        good = self.token()
        head, claims, signature = good.split(".")
        bad = ["m=..", "..", ".", "...", "A..", "AA==..", "=.=.=", f"{head}=.{claims}.{signature}", f"{head}.{claims}=.{signature}",
               f"{head}.{claims}.{signature}=", f"{head}.{claims}.A", f"{head}.{claims}.", f"A{head}.{claims}.{signature}",
               f"{head}.{claims}.{signature}.", f"{head}.{claims}.{signature}.AAAA.AAAA", f"{head}.{claims}", f"{head}. .{signature}",
               f"{head}.{claims}.{'A' * 60000}", f"{head}.{'A' * 60000}.{signature}", f"{'A' * 60000}.{claims}.{signature}",
               part(b"[" * 20000) + f".{claims}.{signature}", part(b'{"alg":') + f".{claims}.{signature}",
               part(b'{"alg":"RS256","x":"\xff"}') + f".{claims}.{signature}", part(b'{"alg":"none"}') + f".{claims}.",
               part(b'{"alg":"NONE"}') + f".{claims}.", part(b'{"alg":"rs256"}') + f".{claims}.{signature}", "\x80.\xff.",
               part(b'{"alg":"dir","enc":"A128GCM"}') + "..AAAA.AAAA.AAAA", "+/.+/.+/", "\u00e4".encode().decode("latin-1") + "..",
               part(b'{"alg":"ES256"}') + f".{claims}." + part(bytes(64)), part(b'{"alg":"EdDSA"}') + f".{claims}." + part(bytes(64))]
        for number, token in enumerate(bad, 2):
            status, body = self.from_address(number, "Bearer " + token)
            self.assertEqual((status, "invalid-token" in body), (401, True), (token[:80], body))
        self.assertEqual(self.status(good), 207)

    def test_every_algorithm_of_a_key_and_no_other(self):
        from jwcrypto import jwk
        keys = {"rsa": jwk.JWK.generate(kty="RSA", size=2048, kid="rsa"), "only-ps384": jwk.JWK.generate(kty="RSA", size=2048, kid="only-ps384", alg="PS384")}
        for curve in ("P-256", "P-384", "P-521"):
            keys[curve] = jwk.JWK.generate(kty="EC", crv=curve, kid=curve)
        for curve in ("Ed25519", "Ed448"):
            keys[curve] = jwk.JWK.generate(kty="OKP", crv=curve, kid=curve)
        with open(self.keys + ".new", "w") as file:
            json.dump({"keys": [key.export_public(as_dict=True) for key in keys.values()]}, file)
        os.rename(self.keys + ".new", self.keys)
        good = [("rsa", each) for each in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")] + [
            ("P-256", "ES256"), ("P-384", "ES384"), ("P-521", "ES512"), ("Ed25519", "EdDSA"), ("Ed448", "EdDSA"), ("only-ps384", "PS384")]
        for name, algorithm in good:
            self.assertEqual(self.status(self.token(keys[name], algorithm)), 207, (name, algorithm))
            nameless = jwk.JWK(**{k: v for k, v in keys[name].export(as_dict=True).items() if k != "kid"})
            self.assertEqual(self.status(self.token(nameless, algorithm, sub="zoe")), 207, (name, algorithm, "without kid"))
        limited = jwk.JWK(**{k: v for k, v in keys["only-ps384"].export(as_dict=True).items() if k != "alg"})
        number = 100
        for algorithm in ("RS256", "PS256"):
            self.assertEqual(self.from_address(number := number + 1, "Bearer " + self.token(limited, algorithm))[0], 401, algorithm)
        for algorithm in ("HS256", "HS384", "HS512"):
            for text in (keys["rsa"].export_to_pem(), json.dumps(keys["rsa"].export_public(as_dict=True)).encode(), b""):
                secret = jwk.JWK(kty="oct", kid="rsa", k=base64.urlsafe_b64encode(text or b"x").decode().rstrip("="))
                self.assertEqual(self.from_address(number := number + 1, "Bearer " + self.token(secret, algorithm))[0], 401, algorithm)

    def test_each_key_that_cannot_be_used_is_named_with_the_reason(self):
        rsa, ec = self.rsa.export_public(as_dict=True), self.ec.export_public(as_dict=True)
        wrong = {"padding": {**rsa, "n": rsa["n"] + "="}, "one-letter": {**rsa, "n": "m"}, "even": {**rsa, "e": "Ag"}, "no-e": {**rsa, "e": ""},
                 "short-x": {**ec, "x": ec["x"][:-2]}, "off-curve": {**ec, "y": ec["x"]}, "curve": {**ec, "crv": "P-1"},
                 "secret": {"kty": "oct", "k": "AAAA"}, "kind": {"kty": "AKP"}, "algorithm": {**ec, "alg": "RS256"}}
        with open(self.keys + ".new", "w") as file:
            json.dump({"keys": [*({**key, "kid": name} for name, key in wrong.items()), 5, rsa]}, file)
        os.rename(self.keys + ".new", self.keys)
        self.assertEqual(self.status(self.token()), 207, "the one that can be used")
        for name in wrong:
            self.assertIn("it is not used", self.server.log_line(f'{self.keys}: key "{name}"'))
        self.server.log_line(f"{self.keys}: key number 11 is no JSON object; it is not used")

    def test_short_rsa_keys_are_not_used(self):
        from jwcrypto import jwk
        short = jwk.JWK.generate(kty="RSA", size=1024, kid="short")
        public = short.export_public(as_dict=True)
        modulus = base64.urlsafe_b64decode(public["n"] + "==")
        padded = {**public, "kid": "padded", "n": base64.urlsafe_b64encode(bytes(128) + modulus).decode().rstrip("=")}
        with open(self.keys + ".new", "w") as file:
            json.dump({"keys": [public, padded, self.rsa.export_public(as_dict=True)]}, file)
        os.rename(self.keys + ".new", self.keys)
        self.assertEqual(self.status(self.token()), 207)
        for kid in ("short", "padded"):
            self.assertEqual(self.status(self.signed({"alg": "RS256", "kid": kid}, self.token(), short)), 401)
            self.assertIn("1024 bits", self.server.log_line(f'{self.keys}: key "{kid}"'))

    def test_new_keys_count_at_once(self):
        old = self.token()
        self.assertEqual(self.status(old), 207)
        self.make_keys("two")
        self.assertEqual(self.status(old), 401)
        self.assertEqual(self.status(self.token()), 207)


class Anonymous(Base):
    extra = "anonymous = true\n[[rules]]\npath = \"/\"\nusers = [\"anonymous\"]\nallow = [\"read\"]\n"

    def test_nobody_may_come_but_not_under_a_false_name(self):
        self.assertEqual(self.status(), 404)
        self.assertEqual(self.status(basic("anna", "secret")), 404)
        self.assertEqual(self.status(basic("anna", "wrong")), 401)


class NamedByProxy(unittest.TestCase):
    def test_two_names_from_a_proxy_are_refused(self):
        """A proxy that adds its field behind the client's own must not let the client choose who it is."""
        server = Server(config='[server]\ntrusted_proxies = ["127.0.0.1"]\n[auth]\nuser_header = "X-Remote-User"\ngroups_header = "X-Remote-Groups"\n')
        self.addCleanup(server.stop)

        def status(*fields):
            connection = server.connect()
            self.addCleanup(connection.close)
            connection.send(b"OPTIONS / HTTP/1.1\r\nHost: x\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n")
            answer = connection.read()
            return answer.header("X-Dav-Error-Code") or answer.status
        self.assertEqual(status(b"X-Remote-User: anna", b"X-Remote-Groups: staff"), 200)
        self.assertEqual(status(b"X-Remote-User: anna", b"x-remote-user: bert"), "several-proxy-users")
        self.assertEqual(status(b"X-Remote-User: anna", b"X-Remote-User:"), "several-proxy-users")
        self.assertEqual(status(b"X-Remote-Groups: admins", b"X-Remote-User: anna", b"X-Remote-Groups: staff"), "several-proxy-users")


class Mistakes(unittest.TestCase):
    def check(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(text)
            file.flush()
            return subprocess.run([os.environ["DAVIT"], "check-config", file.name], capture_output=True, text=True)

    def test_what_cannot_be_meant(self):
        self.assertEqual(self.check('[auth]\nusers = "/x"\nanonymous = true\n').returncode, 2)
        done = self.check("[auth]\nanonymous = true\n")
        self.assertEqual(done.returncode, 2)
        self.assertIn("auth.anonymous", done.stderr)
        self.assertEqual(self.check('[auth]\nusers = "/x"\nrealm = "a\\"b"\n').returncode, 2)
        self.assertEqual(self.check('[server]\nlisten = "192.0.2.1:80"\n').returncode, 2)
        self.assertEqual(self.check('[server]\nlisten = "192.0.2.1:80"\n[auth]\nusers = "/x"\n').returncode, 0)


if __name__ == "__main__":
    main()
