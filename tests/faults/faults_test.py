"""The k-th system call of a writing request fails, for every k, once and from then on: what can be observed is as before or as
after, the answer says which, and a restart changes nothing. The library in $DAVIT_FAULTS_LIBRARY injects the faults."""
import ctypes
import errno
import hashlib
import mmap
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
from davit import (DAV, OURS, Server, check_schema, lockinfo, main, multistatus, propertyupdate, remove_prop,  # noqa: E402
                   set_prop, wait_until)

W32 = "{urn:schemas-microsoft-com:}"
NUMBERS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EACCES)
# What a fault of the disk may be called: SQLite tells less about some of its own.
STATUSES = {errno.ENOSPC: {507, 500}, errno.EDQUOT: {507, 500}, errno.EIO: {500}, errno.EACCES: {403, 500}}
LONG_AGO = 1000000000
MOST_CALLS = 400
# Every how many-th call fails: one, by hand. The scenarios begin at different calls, so that all together see each kind.
STEP = int(os.environ.get("DAVIT_FAULTS_STEP", "1"))


class Control(ctypes.Structure):
    """As in inject.cpp."""
    _fields_ = [(name, ctypes.c_uint32) for name in ("armed", "sticky", "number", "at", "calls", "hits", "syncs", "pause")] + [("name", ctypes.c_char * 40)]


class Faults:
    def __init__(self):
        self.file = tempfile.NamedTemporaryFile(prefix="davit-faults-")
        self.file.truncate(mmap.PAGESIZE)
        self.memory = mmap.mmap(self.file.fileno(), mmap.PAGESIZE)
        self.control = Control.from_buffer(self.memory)

    def arm(self, at, number, sticky):
        control = self.control
        control.calls = control.hits = 0
        control.name = b""
        control.at, control.number, control.sticky = at or 0xffffffff, number, int(sticky)  # 0: none fails
        control.armed = 1

    def disarm(self):
        self.control.armed = 0
        return self.control.hits, self.control.name.decode()


def fast_folder():
    """Memory, where it keeps attributes: thousands of files are synced here. Otherwise where temporary files are."""
    try:
        with tempfile.NamedTemporaryFile(dir="/dev/shm") as probe:
            os.setxattr(probe.name, "user.probe", b"1")
        return "/dev/shm"
    except OSError:
        return None


class World:
    """A server with faults, and what can be seen of one folder in it."""

    def __init__(self, config):
        self.faults = Faults()
        self.keeps = "keep" in config  # then nothing is removed meanwhile
        self.root = tempfile.mkdtemp(prefix="davit-faults-", dir=fast_folder())
        library = os.environ["DAVIT_FAULTS_LIBRARY"]
        # What the thread that looks after the disk does must not be counted.
        config = config.replace("[storage]\n", '[storage]\nhealth_check = "0s"\n')
        self.server = Server(self.root, config=config, env={"LD_PRELOAD": library, "DAVIT_FAULTS": self.faults.file.name})
        self.connection = self.server.connect()

    def request(self, method, path, headers=None, body=None):
        return self.server.request(method, path, headers, body, connection=self.connection)

    def done(self, method, path, headers=None, body=None):
        answer = self.request(method, path, headers, body)
        assert answer.status < 300, f"{method} {path}: {answer}"
        return answer

    def restart(self, gently):
        self.connection.close()
        if gently:
            self.server.process.send_signal(signal.SIGTERM)
            assert self.server.process.wait(timeout=60) == 0
            self.server.process.stdout.close()
            self.server.log.close()
        else:
            self.server.kill()
        self.server.start()
        self.connection = self.server.connect()

    def stop(self):
        self.connection.close()
        self.server.stop()
        shutil.rmtree(self.root)
        self.faults.file.close()

    def be_quiet(self):
        """Nothing runs in the background that could catch the fault."""
        trash = os.path.join(self.server.root, ".davit", "trash")
        if self.keeps:
            return
        while not wait_until(lambda: not os.listdir(trash), 0.3):
            self.done("PUT", "/nudge", body=b"")
            self.done("MKCOL", "/nudged")
            self.done("DELETE", "/nudged")

    def litter(self):
        state = os.path.join(self.server.root, ".davit")
        parts = [name for name in os.listdir(state + "/records") if name.endswith(".part")]
        return os.listdir(state + "/tmp") + parts

    def see(self, folder):
        """{path: what is there} below `folder`, with everything of the properties that should stay as it is."""
        answer = self.request("PROPFIND", folder, {"Depth": "infinity"},
                              '<D:propfind xmlns:D="DAV:"><D:allprop/><D:include><D:lockdiscovery/><o:checksums xmlns:o="http://owncloud.org/ns"/>'
                              "</D:include></D:propfind>")
        assert answer.status == 207, answer
        seen = {}
        for href, status, properties in multistatus(answer):
            assert status is None, (href, status)
            path = href[len(folder):].rstrip("/")
            if path:
                seen[path] = self.facts(folder + path, properties)
        return seen

    def facts(self, path, properties):
        facts = {}
        collection = len(properties[DAV + "resourcetype"][1]) > 0
        for name, (status, element) in properties.items():
            assert status == 200 or (status == 404 and name.endswith("}checksums")), (path, name, status)
            if name in (DAV + "creationdate", DAV + "supportedlock") or (collection and name in (DAV + "getlastmodified", DAV + "getetag")):
                continue
            if name == DAV + "lockdiscovery":
                facts[name] = sorted((lock.findtext(f"{DAV}lockroot/{DAV}href").split("/", 2)[2], lock.findtext(DAV + "depth"),
                                      int(lock.findtext(DAV + "timeout").split("-")[1]) > 5000, lock.findtext(f"{DAV}locktoken/{DAV}href"))
                                     for lock in element)
            elif name == DAV + "getlastmodified":
                facts[name] = element.text if "2001" in element.text else "now"
            else:
                facts[name] = ("".join(element.itertext()), len(element))
        if not collection:
            facts["content"] = self.request("GET", path).body
            on_disk = self.server.root + path
            facts["mode"] = os.stat(on_disk).st_mode
            facts["others"] = {name: os.getxattr(on_disk, name) for name in os.listxattr(on_disk) if name.startswith("user.other")}
        return facts


def comparable(seen, before):
    """Entity tags and lock tokens by where they were before: what is the same stays the same, what is new is only new."""
    labels = {}
    for path, facts in sorted(before.items()):
        labels.setdefault(facts.get(DAV + "getetag"), "tag of " + path)
        for lock in facts[DAV + "lockdiscovery"]:
            labels.setdefault(lock[3], "lock of " + path)
    result = {}
    for path, facts in seen.items():
        facts = dict(facts)
        if DAV + "getetag" in facts:
            facts[DAV + "getetag"] = labels.get(facts[DAV + "getetag"], "new tag")
        facts[DAV + "lockdiscovery"] = [lock[:3] + (labels.get(lock[3], "new lock"),) for lock in facts[DAV + "lockdiscovery"]]
        result[path] = facts
    return result


def difference(seen, wanted):
    lines = []
    for path in sorted(seen.keys() | wanted.keys()):
        here, there = seen.get(path), wanted.get(path)
        if here is None or there is None:
            lines.append(f"{path}: {'missing' if here is None else 'there'}")
            continue
        lines += [f"{path} {name}: {str(here.get(name))[:80]} instead of {str(there.get(name))[:80]}"
                  for name in sorted(here.keys() | there.keys()) if here.get(name) != there.get(name)]
    return "; ".join(lines)


# --- What is there before a request, and the request. Each makes its things in a folder of its own.

def file(world, path, content=b"old content", large=False):
    world.done("PUT", path, body=content)
    os.chmod(world.server.root + path, 0o640)
    os.setxattr(world.server.root + path, "user.other", b"kept")
    value = "large " * 15000 if large else "old"
    world.done("PROPPATCH", path, {}, propertyupdate(
        set_prop(f"<Z:p>{value}</Z:p><D:displayname>old name</D:displayname><W:Win32FileAttributes>00000020</W:Win32FileAttributes>"
                 f"<D:lastmodified>{LONG_AGO}</D:lastmodified>")))


def tree(world, path):
    world.done("MKCOL", path)
    world.done("MKCOL", path + "/sub")
    file(world, path + "/sub/one")
    file(world, path + "/two", large=True)


def lock(world, path, depth="0"):
    return world.done("LOCK", path, {"Timeout": "Second-600", "Depth": depth}, lockinfo()).header("Lock-Token").strip("<>")


def put_new(world, at):
    return "PUT", at + "/new", {}, b"new content"


def put_chunked_over(world, at):
    file(world, at + "/f")
    return "PUT", at + "/f", {"Transfer-Encoding": "chunked"}, b"b\r\nnew content\r\n0\r\n\r\n"


def put_over(world, at):
    file(world, at + "/f", large=True)
    return "PUT", at + "/f", {}, b"new content"


def put_checked_over(world, at):
    file(world, at + "/f", large=True)
    return "PUT", at + "/f", {"OC-Checksum": "SHA1:" + hashlib.sha1(b"new content").hexdigest()}, b"new content"


def put_part(world, at):
    file(world, at + "/f", b"old content" * 9000)
    return "PUT", at + "/f", {"Content-Range": "bytes 4-10/*"}, b"CONTENT"


def patch(world, at):
    file(world, at + "/f", large=True)
    return "PATCH", at + "/f", {"Content-Type": "application/x-sabredav-partialupdate", "X-Update-Range": "append",
                                "OC-Checksum": "MD5:" + hashlib.md5(b"old content, new content").hexdigest()}, b", new content"


def copy_checked(world, at):
    world.done("PUT", at + "/f", {"OC-Checksum": "MD5:" + hashlib.md5(b"old").hexdigest()}, b"old")
    return "COPY", at + "/f", {"Destination": at + "/g"}, None


def proppatch_clock_of_checked(world, at):
    world.done("PUT", at + "/f", {"OC-Checksum": "MD5:" + hashlib.md5(b"old").hexdigest(), "X-OC-Mtime": str(LONG_AGO)}, b"old")
    return "PROPPATCH", at + "/f", {}, propertyupdate(set_prop("<D:lastmodified>990000000</D:lastmodified>"))


def mkcol(world, at):
    return "MKCOL", at + "/new", {}, None


def mkcol_extended(world, at):
    return "MKCOL", at + "/new", {"Content-Type": "application/xml"}, (
        '<D:mkcol xmlns:D="DAV:" xmlns:Z="http://example.com/ns/"><D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype>'
        "<Z:p>" + "large " * 15000 + "</Z:p></D:prop></D:set></D:mkcol>")


def proppatch(instructions, large=False):
    def make(world, at):
        file(world, at + "/f", large=large)
        return "PROPPATCH", at + "/f", {}, propertyupdate(instructions)
    return make


def delete_file(world, at):
    file(world, at + "/f")
    token = lock(world, at + "/f")
    return "DELETE", at + "/f", {"If": f"(<{token}>)"}, None


def delete_tree(world, at):
    tree(world, at + "/t")
    one, two = lock(world, at + "/t/sub/one"), lock(world, at + "/t/two")
    return "DELETE", at + "/t", {"If": f"<{at}/t/sub/one> (<{one}>) <{at}/t/two> (<{two}>)"}, None


def copy_file(world, at):
    file(world, at + "/f", large=True)
    return "COPY", at + "/f", {"Destination": at + "/g"}, None


def copy_file_over(world, at):
    file(world, at + "/f")
    file(world, at + "/g", b"replaced", large=True)
    return "COPY", at + "/f", {"Destination": at + "/g"}, None


def copy_tree(world, at):
    tree(world, at + "/t")
    os.symlink("two", world.server.root + at + "/t/link")
    return "COPY", at + "/t", {"Destination": at + "/u"}, None


def copy_tree_over(world, at):
    tree(world, at + "/t")
    tree(world, at + "/u")
    file(world, at + "/u/only")
    token = lock(world, at + "/u/two")
    return "COPY", at + "/t", {"Destination": at + "/u", "If": f"<{at}/u/two> (<{token}>)"}, None


def move_file(world, at):
    file(world, at + "/f")
    token = lock(world, at + "/f")
    return "MOVE", at + "/f", {"Destination": at + "/g", "If": f"(<{token}>)"}, None


def move_file_over(world, at):
    file(world, at + "/f")
    file(world, at + "/g", b"replaced")
    token = lock(world, at + "/f")
    return "MOVE", at + "/f", {"Destination": at + "/g", "If": f"(<{token}>)"}, None


def move_tree(world, at):
    tree(world, at + "/t")
    token = lock(world, at + "/t", "infinity")
    return "MOVE", at + "/t", {"Destination": at + "/u", "If": f"(<{token}>)"}, None


def move_tree_over(world, at):
    tree(world, at + "/t")
    tree(world, at + "/u")
    file(world, at + "/u/only")
    here, there = lock(world, at + "/t/two"), lock(world, at + "/u/two")
    return "MOVE", at + "/t", {"Destination": at + "/u", "If": f"<{at}/t/two> (<{here}>) <{at}/u/two> (<{there}>)"}, None


def move_file_over_tree(world, at):
    file(world, at + "/f")
    tree(world, at + "/u")
    return "MOVE", at + "/f", {"Destination": at + "/u"}, None


def move_linked_over(world, at):
    """Its links have to be written anew, so it is copied."""
    tree(world, at + "/t")
    os.symlink("../s", world.server.root + at + "/t/link")
    world.done("PUT", at + "/s", body=b"led to")
    world.done("MKCOL", at + "/in")
    file(world, at + "/in/u")
    return "MOVE", at + "/t", {"Destination": at + "/in/u"}, None


def lock_mapped(world, at):
    file(world, at + "/f")
    return "LOCK", at + "/f", {"Timeout": "Second-600"}, lockinfo()


def lock_unmapped(world, at):
    return "LOCK", at + "/new", {"Timeout": "Second-600"}, lockinfo()


def unlock(world, at):
    file(world, at + "/f")
    token = lock(world, at + "/f")
    return "UNLOCK", at + "/f", {"Lock-Token": f"<{token}>"}, None


def refresh(world, at):
    file(world, at + "/f")
    token = lock(world, at + "/f")
    return "LOCK", at + "/f", {"If": f"(<{token}>)", "Timeout": "Second-7200"}, None


SCENARIOS = {
    "put_new": put_new, "put_over": put_over, "put_chunked_over": put_chunked_over,
    "put_checked_over": put_checked_over, "put_part": put_part, "patch": patch, "copy_checked": copy_checked,
    "proppatch_clock_of_checked": proppatch_clock_of_checked,
    "mkcol": mkcol, "mkcol_extended": mkcol_extended,
    "proppatch_dead": proppatch(set_prop("<Z:p>new</Z:p><Z:q>new</Z:q>")),
    "proppatch_dead_and_live": proppatch(set_prop(
        "<Z:p>new</Z:p><A:executable>T</A:executable><W:Win32LastModifiedTime>Mon, 12 Mar 2001 10:00:00 GMT</W:Win32LastModifiedTime>")),
    "proppatch_live": proppatch(set_prop("<A:executable>T</A:executable><D:lastmodified>990000000</D:lastmodified>")),
    "proppatch_large": proppatch(set_prop("<Z:p>" + "new " * 20000 + "</Z:p>")),
    "proppatch_large_and_live": proppatch(set_prop("<Z:p>" + "new " * 20000 + "</Z:p><D:lastmodified>990000000</D:lastmodified>")),
    "proppatch_shrinks": proppatch(set_prop("<Z:p>new</Z:p>"), large=True),
    "proppatch_removes": proppatch(remove_prop("<Z:p/><D:displayname/><W:Win32FileAttributes/>")),
    "delete_file": delete_file, "delete_tree": delete_tree,
    "copy_file": copy_file, "copy_file_over": copy_file_over, "copy_tree": copy_tree, "copy_tree_over": copy_tree_over,
    "move_file": move_file, "move_file_over": move_file_over, "move_tree": move_tree, "move_tree_over": move_tree_over,
    "move_file_over_tree": move_file_over_tree, "move_linked_over": move_linked_over,
    "lock_mapped": lock_mapped, "lock_unmapped": lock_unmapped, "unlock": unlock, "refresh": refresh,
}
if only := os.environ.get("DAVIT_FAULTS_ONLY"):
    SCENARIOS = {name: SCENARIOS[name] for name in only.split()}


def failures_in(answer):
    """[(status, code, changed)] of the causes in an answer; empty when it is a success."""
    if answer.status < 300 and answer.status != 207:
        return []
    root = answer.xml()
    check_schema(root)
    entries = root.iter(OURS + "detail") if root.tag == DAV + "error" else root.iter(OURS + "root-cause")
    return [(entry.get("code"), entry.get("changed")) for entry in entries]


class Run:
    """One scenario in one mode: every k, then a restart."""

    def __init__(self, world, name, sticky, turn):
        self.world, self.name, self.sticky, self.turn = world, name, sticky, turn
        self.kept, self.wrong, self.calls = [], [], 0

    def blame(self, where, what):
        self.wrong.append(f"{self.name}{' from' if self.sticky else ''} {where}: {what}")

    def attempt(self, k):
        world, number = self.world, NUMBERS[(k + self.turn) % len(NUMBERS)]
        at = f"/{self.name}-{int(self.sticky)}-{k}"
        world.done("MKCOL", at)
        request = SCENARIOS[self.name](world, at)
        before = world.see(at)
        world.be_quiet()
        world.faults.arm(k, number, self.sticky)
        answer = world.server.request(*request)  # on a connection of its own: a refused upload ends it
        hits, call = world.faults.disarm()
        where = f"k={k} {call} {errno.errorcode[number]} -> {answer.status}"
        after = comparable(world.see(at), before)
        before = comparable(before, before)
        if not self.sticky and world.litter():
            self.blame(where, f"litter {world.litter()}")
        return at, request, answer, hits, number, where, before, after

    def judge(self, answer, number, where, before, seen, wanted):
        causes = failures_in(answer)
        was, is_done = seen == before, seen == wanted
        if not causes:
            if answer.status >= 400 or not is_done:
                self.blame(where, f"success, but {difference(seen, wanted)}")
            return
        # When every call fails, taking back fails too: then the answer says so, and the next start finishes it.
        if not was and not is_done and not (self.sticky and all(changed == "unknown" for _, changed in causes)):
            self.blame(where, f"between: before but for {difference(seen, before)}; after but for {difference(seen, wanted)}")
        for code, changed in causes:
            if (changed == "none" and not was) or (changed == "all" and not is_done):
                self.blame(where, f"changed={changed}, but {difference(seen, before)}")
            if code == "internal":
                self.blame(where, "an error of the server's own")
        if answer.status != 207 and answer.status not in STATUSES[number]:
            self.blame(where, f"status {answer.status}: {answer.body[:300]}")

    def run(self):
        _, _, answer, _, _, where, before, wanted = self.attempt(0)
        assert not failures_in(answer) and before != wanted, f"{self.name}: {answer}"
        for k in range(1 + (self.turn + self.sticky) % STEP, MOST_CALLS, STEP):
            at, request, answer, hits, number, where, before, seen = self.attempt(k)
            self.judge(answer, number, where, before, seen, wanted)
            unsure = any(changed == "unknown" for _, changed in failures_in(answer))
            self.kept.append((at, request, where, before, seen, wanted, unsure))
            if hits == 0:
                self.calls = len(self.kept) - 1
                return
        self.blame("end", f"more than {MOST_CALLS} calls")

    def after_restart(self, originals):
        for at, request, where, before, seen, wanted, unsure in self.kept:
            now = comparable(self.world.see(at), originals[at])
            if now != seen and not unsure:
                self.blame(where, f"after the restart {difference(now, seen)}")
            if now not in (before, wanted):
                self.blame(where, f"after the restart {difference(now, before)}; {difference(now, wanted)}")
            if now == before:
                again = self.world.server.request(*request)
                now = comparable(self.world.see(at), originals[at])
                if failures_in(again) or now != wanted:
                    self.blame(where, f"the second time: {again.status}, {difference(now, wanted)}")


def run_all(config, sticky, wrong):
    """Every scenario in one mode; what was found is added to `wrong`."""
    world = World(config)
    originals, calls, begun = {}, 0, time.monotonic()
    see = world.see

    def see_and_keep(folder):
        seen = see(folder)
        originals.setdefault(folder, seen)
        return seen
    world.see = see_and_keep
    for turn, name in enumerate(SCENARIOS):
        run = Run(world, name, sticky, turn)
        run.run()
        world.restart(gently=turn % 2 == 0)
        run.after_restart(originals)
        if world.litter():
            run.blame("restart", f"litter {world.litter()}")
        wrong += run.wrong
        calls += run.calls
    world.stop()
    print(f"{calls} faults in {len(SCENARIOS)} requests, {time.monotonic() - begun:.0f} s", file=sys.stderr)


class EveryCall(unittest.TestCase):
    def check(self, config):
        """Once, and from then on: two servers at a time."""
        wrong, ended = [], []

        def work(sticky):
            run_all(config, sticky, wrong)
            ended.append(sticky)
        threads = [threading.Thread(target=work, args=(sticky,)) for sticky in (False, True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(ended), 2, "a run broke off")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_attributes(self):
        self.check('[storage]\nproperties = "attributes"\n')

    def test_database(self):
        self.check('[storage]\nproperties = "database"\n')

    def test_a_trash_that_keeps(self):
        self.check('[storage]\nproperties = "attributes"\n[trash]\nkeep = "1h"\n')


class Killed(unittest.TestCase):
    """kill -9 at each sync and each change of a name: after the next start the change has happened or not, and nothing is left over."""
    NAMES = ("put_over", "delete_tree", "copy_tree_over", "move_tree", "move_tree_over", "move_file_over_tree", "move_linked_over")

    def check(self, config, below=""):
        names = [name for name in self.NAMES if name in SCENARIOS]
        self.world = world = World(config)
        self.addCleanup(world.stop)
        if below:
            os.mkdir(world.server.root + below)
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", world.server.root + below], check=True)
            self.addCleanup(subprocess.run, ["umount", "-l", world.server.root + below], check=True)
        for name in names:
            wanted = self.attempt(name, 0, below)[2]
            for k in range(1, MOST_CALLS):
                killed, before, seen = self.attempt(name, k, below)
                self.assertIn(seen, (before, wanted), f"{name}, killed at call {k}: {difference(seen, before)}; {difference(seen, wanted)}")
                if not killed:
                    break

    def attempt(self, name, k, below):
        """Was the server killed, what was there, what is there."""
        world, at = self.world, f"{below}/{name}-{k}"
        world.done("MKCOL", at)
        request = SCENARIOS[name](world, at)
        before = world.see(at)
        world.faults.control.syncs = 2
        world.faults.arm(k, 0, False)
        killed = False
        try:
            answer = world.server.request(*request)
            self.assertLess(answer.status, 300, answer)
        except (EOFError, OSError):
            killed = True
        world.faults.disarm()
        if killed:
            world.restart(gently=False)
        seen = comparable(world.see(at), before)
        if killed:
            left = lambda: world.litter() + [n for _, folders, files in os.walk(world.server.root) for n in folders + files if n.startswith(".davit-")]
            self.assertTrue(wait_until(lambda: not left()), f"{name}, killed at call {k}: {left()}")
        return killed, comparable(before, before), seen

    def test_attributes(self):
        self.check("")

    def test_a_trash_that_keeps(self):
        self.check('[trash]\nkeep = "1h"\n')

    @unittest.skipIf(os.geteuid() != 0, "mounting takes root")
    def test_on_another_mount(self):
        self.check("", "/mounted")


class Together(unittest.TestCase):
    """Changes of several clients share a commit of the state database. One that fails was nobody's: what was refused is not there
    after kill -9 either, what was granted is."""
    CLIENTS = 8
    ROUNDS = 5

    def setUp(self):
        self.world = World("[storage]\n")
        self.world.faults.control.syncs = 1
        self.world.faults.control.pause = 10000  # time enough for the others to come

    def tearDown(self):
        self.world.stop()

    def lock_all(self, paths):
        answers = {}

        def lock(path):
            answers[path] = self.world.server.request("LOCK", path, {"Timeout": "Second-6000"}, lockinfo())
        threads = [threading.Thread(target=lock, args=(path,)) for path in paths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def is_locked(self, path):
        return self.world.request("PUT", path, None, b"y").status == 423

    def fail_sync(self, at, paths):
        """True when several were refused."""
        for path in paths:
            self.world.done("PUT", path, None, b"x")
        # At the first commit after a start SQLite syncs the folder, which the server has done already, and ignores its failure.
        self.world.done("LOCK", f"{paths[0]}-first", {"Timeout": "Second-6000"}, lockinfo())
        self.world.faults.arm(at, errno.EIO, False)
        answers = self.lock_all(paths)
        hits, _ = self.world.faults.disarm()
        self.world.restart(gently=False)
        granted = {path for path in paths if answers[path].status == 200}
        self.assertEqual(len(granted) == len(paths), hits == 0)
        self.assertEqual({path for path in paths if self.is_locked(path)}, granted)
        return len(paths) - len(granted) > 1

    def test_refused_locks_do_not_come_back(self):
        shared = 0
        for number in range(self.ROUNDS):
            for at in (1, 2, 3):
                shared += self.fail_sync(at, [f"/{number}-{at}-{client}" for client in range(self.CLIENTS)])
        self.assertGreater(shared, 0, "no commit that failed was shared")


if __name__ == "__main__":
    main()
