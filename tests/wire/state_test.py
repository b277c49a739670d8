"""The state folder and its database: what they must be before the server starts, and what happens when they are not."""
import os
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import threading
import time
import unittest

from davit import Server, lockinfo, main, one, propertyupdate, propfind_body, set_prop, wait_until

DAVIT = os.environ["DAVIT"]

VERSION_1 = """
CREATE TABLE lock(
  token TEXT PRIMARY KEY, root BLOB NOT NULL, collection INTEGER NOT NULL, shared INTEGER NOT NULL,
  infinity INTEGER NOT NULL, owner BLOB NOT NULL, principal BLOB NOT NULL, timeout INTEGER NOT NULL,
  created INTEGER NOT NULL, expires INTEGER NOT NULL, client BLOB NOT NULL, request_id BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE attribute(
  device INTEGER NOT NULL, inode INTEGER NOT NULL, born INTEGER NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY(device, inode)) WITHOUT ROWID;
CREATE TABLE intent(
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, path BLOB NOT NULL, inode INTEGER NOT NULL,
  mode INTEGER NOT NULL, modified INTEGER NOT NULL, digest INTEGER NOT NULL);
CREATE TABLE idempotency(
  principal BLOB NOT NULL, key BLOB NOT NULL, fingerprint BLOB NOT NULL, begun INTEGER NOT NULL, status INTEGER NOT NULL,
  fields BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY(principal, key));
PRAGMA user_version = 1;
"""


def refusal(root, *more):
    """Exit code and message of a server that should not start."""
    done = subprocess.run([DAVIT, "serve", root, "--listen", "127.0.0.1:0", *more], capture_output=True, text=True, timeout=20)
    return done.returncode, done.stderr


class Folder(unittest.TestCase):
    """A folder without a server; the state folder can be made before the first start."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="davit-state-")
        self.state = os.path.join(self.root, ".davit")
        self.file = os.path.join(self.state, "state.db")
        self.servers = []

    def tearDown(self):
        for server in self.servers:
            if server.process.poll() is None:
                server.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def serve(self, config=None):
        server = Server(root=self.root, config=config)
        self.servers.append(server)
        return server

    def served_once(self, config=None):
        """A state folder as the server makes it."""
        self.serve(config).stop()

    def sql(self, *statements):
        connection = sqlite3.connect(self.file)
        try:
            found = [connection.execute(each).fetchall() for each in statements]
            connection.commit()
            return found[-1]
        finally:
            connection.close()

    def bytes(self):
        with open(self.file, "rb") as file:
            return file.read()

    def assert_refused(self, *words):
        code, said = refusal(self.root)
        self.assertEqual(code, 2, said)
        for word in words:
            self.assertIn(word, said)
        self.assertEqual(len(said.strip().splitlines()), 1, said)
        return said


class Version(Folder):
    def test_database_of_a_newer_or_unknown_version_is_refused_and_left_as_it_is(self):
        self.served_once()
        for version in (3, 99, 2**31 - 1, -1):
            self.sql(f"PRAGMA user_version = {version}", "PRAGMA wal_checkpoint(TRUNCATE)")
            before = self.bytes()
            self.assert_refused("state.db", "newer davit" if version > 0 else "no davit has written")
            self.assertEqual(self.bytes(), before)

    def test_version_that_is_only_in_the_write_ahead_log_is_seen(self):
        self.served_once()
        holder = sqlite3.connect(self.file)
        holder.execute("PRAGMA wal_autocheckpoint = 0")
        holder.execute("PRAGMA user_version = 7")
        copy = tempfile.mkdtemp()
        for name in ("state.db", "state.db-wal"):
            shutil.copy(os.path.join(self.state, name), copy)
        holder.close()
        for name in ("state.db", "state.db-wal"):
            shutil.copy(os.path.join(copy, name), self.state)
        shutil.rmtree(copy)
        before = self.bytes()
        self.assert_refused("version 7")
        self.assertEqual(self.bytes(), before)

    def test_foreign_database_is_refused(self):
        os.mkdir(self.state, 0o700)
        self.sql("CREATE TABLE mine(x)")
        self.assert_refused("version 0", "move the file away")
        self.assertEqual(self.sql("SELECT count(*) FROM mine"), [(0,)])

    def test_right_version_with_other_tables_is_refused(self):
        self.served_once()
        self.sql("DROP TABLE lock", "CREATE TABLE lock(token TEXT)")
        self.assert_refused("state.db", "no such column")
        self.sql("DROP TABLE lock")
        self.assert_refused("no such table: lock")

    def test_missing_table_that_is_found_while_serving_is_a_failure_and_not_the_end(self):
        server = self.serve()
        self.assertEqual(server.request("PUT", "/f", body=b"x").status, 201)
        self.sql("DROP TABLE lock")
        self.assertEqual(server.request("LOCK", "/f", body=lockinfo()).status, 500)
        self.assertEqual(server.request("LOCK", "/new", body=lockinfo()).status, 500)
        self.assertEqual(server.request("GET", "/f").body, b"x")
        server.stop()

    def test_database_of_version_1_is_migrated_and_a_copy_is_kept(self):
        os.mkdir(self.state, 0o700)
        expires = time.time_ns() + 3600 * 10**9
        with open(self.root + "/f", "w") as file:
            file.write("x")
        connection = sqlite3.connect(self.file)
        connection.executescript("PRAGMA journal_mode=WAL;" + VERSION_1)
        connection.execute("INSERT INTO lock VALUES('urn:uuid:11111111-1111-4111-8111-111111111111', CAST('f' AS BLOB), 0, 0, 0, "
                           f"x'', x'', 3600, {time.time_ns()}, {expires}, x'', x'')")
        connection.execute("INSERT INTO idempotency VALUES(x'', CAST('k' AS BLOB), CAST('PUT ...' AS BLOB), "
                           f"{int(time.time())}, 201, x'', x'')")
        connection.commit()
        connection.close()
        server = self.serve()
        self.assertEqual(server.request("PUT", "/f", body=b"y").status, 423)
        answer = server.request("PUT", "/g", {"Idempotency-Key": "k"}, b"y")
        self.assertEqual((answer.status, answer.header("Idempotency-Replayed")), (201, "true"))
        server.stop()
        self.assertEqual(self.sql("PRAGMA user_version"), [(2,)])
        kept = sqlite3.connect(self.file + ".version-1")
        self.assertEqual(kept.execute("PRAGMA user_version").fetchall(), [(1,)])
        self.assertEqual(kept.execute("SELECT count(*) FROM lock").fetchall(), [(1,)])
        kept.close()
        self.assertEqual(stat.S_IMODE(os.stat(self.file + ".version-1").st_mode), 0o600)

    def test_failed_migration_leaves_the_old_database(self):
        os.mkdir(self.state, 0o700)
        connection = sqlite3.connect(self.file)
        connection.executescript(VERSION_1 + "CREATE TABLE property(in_the_way);")
        connection.close()
        self.assert_refused("already exists")
        self.assertEqual(self.sql("PRAGMA user_version"), [(1,)])
        self.assertEqual(self.sql("SELECT count(*) FROM attribute"), [(0,)])

    def test_damaged_database_is_named_with_what_sqlite_says(self):
        self.served_once()
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        whole = self.bytes()
        for damage, words in ((b"\0" * 100 + whole[100:], "not a database"), (b"no database at all, but a text " * 50, "not a database"),
                              (whole[:4096] + os.urandom(len(whole) - 4096), "SQLite says"), (whole[:5000], "SQLite says")):
            with open(self.file, "wb") as file:
                file.write(damage)
            self.assert_refused("state.db", words, "move it away")
        os.remove(self.file)
        os.mkdir(self.file)
        self.assert_refused("state.db", "not a regular file")

    def test_fsck_refuses_it_too(self):
        self.served_once()
        self.sql("PRAGMA user_version = 99")
        done = subprocess.run([DAVIT, "fsck", self.root], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 2, done)
        self.assertIn("newer davit", done.stderr)


class Emptied(Folder):
    """A database that existed and has lost its content is not taken for a new one."""

    def killed_with_a_lock(self):
        """A state folder as `kill -9` leaves it: the lock is in the write-ahead log."""
        server = self.serve()
        self.assertEqual(server.request("LOCK", "/f", body=lockinfo()).status, 201)
        server.kill()

    def cut(self, size, file=None):
        os.truncate(file or self.file, size)

    def test_empty_database_is_refused_and_left_as_it_is(self):
        self.served_once()
        self.cut(0)
        self.assert_refused("state.db", "is empty", "move it away", "locks")
        self.assertEqual(self.bytes(), b"")

    def test_empty_database_does_not_take_its_log_along(self):
        self.killed_with_a_lock()
        self.cut(0)
        log = os.path.getsize(self.file + "-wal")
        self.assertGreater(log, 0)
        self.assert_refused("state.db", "is empty")
        self.assertEqual(os.path.getsize(self.file + "-wal"), log)

    def test_missing_database_with_a_log_is_refused(self):
        self.killed_with_a_lock()
        log = os.path.getsize(self.file + "-wal")
        os.rename(self.file, self.root + "/kept")
        self.assert_refused("state.db", "state.db-wal", "missing")
        self.assertEqual(os.path.getsize(self.file + "-wal"), log)
        os.rename(self.root + "/kept", self.file)
        server = self.serve()
        self.assertEqual(server.request("PUT", "/f", body=b"x").status, 423)

    def test_database_cut_off_anywhere_is_refused(self):
        self.served_once()
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        whole = self.bytes()
        for size in (1, 15, 16, 99, 100, 511, 512, 1024, 4095, 4096, 4097, len(whole) - 4096, len(whole) - 1):
            with open(self.file, "wb") as file:
                file.write(whole[:size])
            with self.subTest(size=size, of=len(whole)):
                self.assert_refused("state.db", "move it away")
            self.assertEqual(self.bytes(), whole[:size])

    def test_database_of_zeros_or_without_tables_is_refused(self):
        self.served_once()
        size = len(self.bytes())
        with open(self.file, "wb") as file:
            file.write(b"\0" * size)
        self.assert_refused("state.db", "move it away")
        os.remove(self.file)
        self.sql("PRAGMA journal_mode=WAL", "CREATE TABLE x(y)", "DROP TABLE x", "VACUUM")
        self.assert_refused("state.db", "no tables", "move it away")

    def test_large_database_that_lost_its_end_is_refused(self):
        """Larger than what is read as a whole at the start."""
        self.served_once()
        self.sql("CREATE TABLE filler(x)", "INSERT INTO filler VALUES(zeroblob(12000000))")
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.cut(os.path.getsize(self.file) - 4096)
        self.assert_refused("state.db", "move it away")

    def test_start_that_makes_a_database_anew_says_what_is_lost(self):
        self.served_once()
        os.remove(self.file)
        server = self.serve()
        line = server.log_line("state.db was missing")
        for word in ("warning", "locks", "properties"):
            self.assertIn(word, line)

    def test_first_start_says_nothing_of_a_missing_database(self):
        server = self.serve()
        self.assertEqual(server.request("PUT", "/f", body=b"x").status, 201)
        server.process.terminate()
        server.process.wait()
        self.assertNotIn("state.db", server.read_log())

    def test_what_a_killed_first_start_left_is_no_obstacle(self):
        self.served_once()
        for number, leftover in enumerate((b"", b"SQLite format 3\0 and no more", b"\0" * 8192)):
            os.remove(self.file)
            with open(self.file + ".new", "wb") as file:
                file.write(leftover)
            with open(self.file + ".new-journal", "wb") as file:
                file.write(leftover)
            server = self.serve()
            self.assertEqual(server.request("LOCK", f"/f{number}", body=lockinfo()).status, 201)
            server.kill()
            self.assertFalse([name for name in os.listdir(self.state) if ".new" in name])
            for name in ("-wal", "-shm"):
                os.remove(self.file + name)


class WriteAheadLog(Folder):
    """SQLite ignores a log that it cannot read. Confirmed locks are in the log until the server has been idle."""

    def setUp(self):
        super().setUp()
        self.log = self.file + "-wal"
        server = self.serve()
        for number in range(8):
            self.assertEqual(server.request("LOCK", f"/f{number}", body=lockinfo()).status, 201)
        server.kill()
        self.left = {}
        for name in ("", "-wal", "-shm"):
            with open(self.file + name, "rb") as file:
                self.left[name] = file.read()
        self.written = self.left["-wal"]

    def write(self, data):
        with open(self.log, "wb") as file:
            file.write(data)

    def assert_loss_is_told(self):
        server = self.serve()
        line = server.log_line("state.db-wal")
        for word in ("warning", "gone", "Locks"):
            self.assertIn(word, line)
        server.kill()

    def test_log_of_a_killed_server_is_taken_over_without_a_word(self):
        server = self.serve()
        self.assertEqual([server.request("PUT", f"/f{n}", body=b"x").status for n in range(8)], [423] * 8)
        self.assertNotIn("state.db-wal", server.read_log())

    def test_log_that_was_cut_off_is_reported(self):
        for size in (0, 1, 31, 32, 33, 4096, len(self.written) // 2):
            with self.subTest(size=size):
                for name, content in self.left.items():
                    with open(self.file + name, "wb") as file:
                        file.write(content)
                self.write(self.written[:size])
                self.assert_loss_is_told()

    def test_removed_log_is_reported(self):
        os.remove(self.log)
        self.assert_loss_is_told()

    def test_damage_inside_the_log_is_reported(self):
        damaged = bytearray(self.written)
        damaged[32 + 24 + 100] ^= 0xFF
        self.write(bytes(damaged))
        self.assert_loss_is_told()

    def test_fsck_reports_a_log_that_was_cut_off(self):
        self.write(b"")
        done = subprocess.run([DAVIT, "fsck", self.root], capture_output=True, text=True, timeout=20)
        self.assertIn("state.db-wal", done.stdout)

    def test_log_with_a_damaged_beginning_is_refused_and_left_as_it_is(self):
        for at, size in ((0, 4), (0, 32), (8, 4), (16, 8), (24, 1)):
            damaged = bytearray(self.written)
            damaged[at:at + size] = b"garbage, no log of any database."[:size]
            self.write(bytes(damaged))
            with self.subTest(at=at, size=size):
                self.assert_refused("state.db-wal", "damaged at its beginning", "move state.db-wal", "locks")
                with open(self.log, "rb") as file:
                    self.assertEqual(file.read(), bytes(damaged))
        self.write(self.written)
        self.assertEqual(self.serve().request("PUT", "/f7", body=b"x").status, 423)

    def test_log_of_another_database_is_refused(self):
        other = tempfile.mkdtemp(prefix="davit-state-")
        self.addCleanup(shutil.rmtree, other)
        server = Server(root=other)
        server.request("LOCK", "/elsewhere", body=lockinfo())
        server.kill()
        shutil.copy(other + "/.davit/state.db-wal", self.log)
        self.assert_refused("state.db-wal", "another database", "move state.db-wal")
        for page_size in (512, 65536):
            connection = sqlite3.connect(other + "/small")
            connection.executescript(f"PRAGMA page_size={page_size}; PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES(1);")
            shutil.copy(other + "/small-wal", self.log)
            connection.close()
            os.remove(other + "/small")
            self.assert_refused("state.db-wal", "another database")


class Owner(Folder):
    def test_state_folder_is_made_for_the_server_alone(self):
        self.served_once()
        self.assertEqual(stat.S_IMODE(os.stat(self.state).st_mode), 0o700)

    def test_state_folder_that_others_may_enter_is_refused(self):
        for mode in (0o777, 0o770, 0o701, 0o710):
            os.mkdir(self.state)
            os.chmod(self.state, mode)
            self.assert_refused(".davit", f"{mode:04o}", "chmod 0700")
            self.assertEqual(os.listdir(self.state), [])
            os.rmdir(self.state)

    @unittest.skipIf(os.geteuid() != 0, "needs root to give a folder away")
    def test_state_folder_of_another_user_is_refused(self):
        os.mkdir(self.state, 0o700)
        os.chown(self.state, 12345, 12345)
        self.assert_refused(".davit", "12345", "chown")
        self.assertEqual(os.listdir(self.state), [])

    def test_links_in_the_state_folders_place_or_inside_are_refused(self):
        elsewhere = tempfile.mkdtemp()
        try:
            os.symlink(elsewhere, self.state)
            self.assert_refused(".davit")
            os.remove(self.state)
            for name in ("state.db", "state.db-wal", "state.db-shm", "lock", "tmp", "trash", "records", "reserve", "control"):
                os.mkdir(self.state, 0o700)
                os.symlink(os.path.join(elsewhere, "made"), os.path.join(self.state, name))
                self.assert_refused(".davit/" + name, "symbolic link")
                shutil.rmtree(self.state)
            self.assertEqual(os.listdir(elsewhere), [])
        finally:
            shutil.rmtree(elsewhere)

    def test_file_in_the_state_folders_place_is_refused(self):
        with open(self.state, "w"):
            pass
        self.assert_refused(".davit")


class Held(Folder):
    """Another program holds the database."""

    def test_what_needs_the_database_is_refused_in_time_and_the_rest_is_served(self):
        server = self.serve()
        self.assertEqual(server.request("PUT", "/f", body=b"x").status, 201)
        token = server.request("LOCK", "/locked", body=lockinfo()).header("Lock-Token")
        holder = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)
        holder.execute("BEGIN EXCLUSIVE")
        answers, others = [], []
        try:
            threads = [threading.Thread(target=lambda i=i: answers.append(server.request("LOCK", f"/new{i}", body=lockinfo()))) for i in range(64)]
            for each in threads:
                each.start()
            for i in range(20):
                others.append(server.request("GET", "/f").status)
                others.append(server.request("PROPFIND", "/", {"Depth": "1"}).status)
                others.append(server.request("PUT", f"/other{i}", body=b"x").status)
            for each in threads:
                each.join()
            answers.append(server.request("UNLOCK", "/locked", {"Lock-Token": token}))
            answers.append(server.request("LOCK", "/f", body=lockinfo()))
        finally:
            holder.execute("ROLLBACK")
            holder.close()
        self.assertEqual(set(others), {200, 207, 201})
        self.assertEqual({each.status for each in answers}, {503})
        for each in answers:
            self.assertIn(b'code="database-busy"', each.body)
            self.assertGreaterEqual(int(each.header("Retry-After")), 1)
        self.assertEqual(server.request("LOCK", "/new1", body=lockinfo()).status, 201)
        self.assertEqual(server.request("UNLOCK", "/locked", {"Lock-Token": token}).status, 204)
        server.stop()

    def test_short_hold_is_waited_for(self):
        server = self.serve()
        holder = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)
        holder.execute("BEGIN EXCLUSIVE")
        answers = []
        thread = threading.Thread(target=lambda: answers.append(server.request("LOCK", "/new", body=lockinfo()).status))
        thread.start()
        holder.execute("ROLLBACK")
        holder.close()
        thread.join()
        self.assertEqual(answers, [201])
        server.stop()

    def test_what_has_to_be_forgotten_is_made_up_for(self):
        """A DELETE has happened when the database is asked to forget the lock."""
        server = self.serve()
        token = server.request("LOCK", "/f", body=lockinfo()).header("Lock-Token")
        holder = sqlite3.connect(self.file, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        self.assertEqual(server.request("DELETE", "/f", {"If": f"({token})"}).status, 204)
        holder.execute("ROLLBACK")
        self.assertEqual(server.request("LOCK", "/other", body=lockinfo()).status, 201)
        self.assertEqual([row[0].decode() for row in holder.execute("SELECT root FROM lock")], ["other"])
        holder.close()
        server.stop()

    def test_sigterm_ends_the_server_while_the_database_is_held(self):
        server = self.serve("[limits]\nshutdown_grace = \"2s\"\n")
        holder = sqlite3.connect(self.file, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        connection = server.connect()
        body = lockinfo().encode()
        connection.send(b"LOCK /new HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        server.process.terminate()
        self.assertIsNotNone(server.process.wait(timeout=20))
        holder.execute("ROLLBACK")
        holder.close()
        connection.close()


class Log(Folder):
    def test_write_ahead_log_is_truncated_when_nothing_happens(self):
        server = self.serve()
        for number in range(20):
            self.assertEqual(server.request("LOCK", f"/f{number}", body=lockinfo()).status, 201)
        self.assertTrue(wait_until(lambda: os.path.getsize(self.file + "-wal") == 0, 20))
        server.kill()
        server.start()
        self.assertEqual(server.request("PUT", "/f7", body=b"x").status, 423)

    def test_removed_database_is_noticed(self):
        server = self.serve()
        os.remove(self.file)
        line = server.log_line("state.db")
        self.assertIn("removed or replaced", line)
        server.kill()


if __name__ == "__main__":
    main()
