"""Every scenario of the benchmark: what is asked, of whom, and what Davit must reach."""
import os
import re
import subprocess

import guarded
import loads
import trees
from http_text import ALLPROP, NAMED, lock, propfind, proppatch, request, unlock
from scenario import BEST, CREATED, DONE, MULTI, OK, PATCHED, Scenario, Target
from servers import PEERS

READERS = ("davit", *PEERS, "floor")
WRITERS = ("davit", "davit-unsynced", *PEERS, "floor", "floor-synced")
PROPERTIES = ("davit", "davit-unsynced", "lighttpd", "apache", "floor", "floor-synced")
WITH_DEAD_PROPERTIES = ("lighttpd", "apache")
MIB = 1 << 20
BIG = 256


def read(context, name):
    return os.path.join(trees.folder(os.path.join(context.root, "read")), name)


# ---- reading

def check_get(context):
    answer = context.expect(OK, request("GET", "/read/small/f7"))
    assert answer.body == b"x" * 4096, "the body is another"


def etags(context):
    loads.small_tree(context)
    context.values = os.path.join(context.server.work, "etags")
    with open(context.values, "w") as file:
        for number in range(64):
            etag = context.expect(OK, request("GET", f"/read/small/f{number}")).headers.get("ETag")
            assert etag, "no ETag"
            file.write(etag + "\n")


def conditional(context):
    return [((304,), request("GET", "/read/small/f{n}", {"If-None-Match": "{value}"}), 0)]


def big_file(context):
    trees.write(read(context, "big"), BIG * MIB)


def check_big(context):
    answer = context.expect((206,), request("GET", "/read/big", {"Range": f"bytes={BIG * MIB - 5}-"})) \
        if context.name != "floor" else None
    assert answer is None or answer.body == b"xxxxx", "the end of the body is another"


def count_responses(answer):
    return len(re.findall(rb"</[A-Za-z0-9]*:?response>", answer.body))


def check_propfind(path, body, entries, depth="0"):
    def check(context):
        answer = context.expect(MULTI, propfind(path, depth, body))
        found = count_responses(answer)
        assert found == entries(context), f"{found} entries of {entries(context)}"
        assert depth != "0" or b">4096<" in answer.body, "no length in the answer"
    return check


def listed(context):
    trees.files(read(context, f"listed{context.scaled(10000)}"), context.scaled(10000))


def list_steps(body):
    return lambda context: [(MULTI, propfind(f"/read/listed{context.scaled(10000)}/", "1", body), 0)]


def check_list(body):
    return lambda context: check_propfind(f"/read/listed{context.scaled(10000)}/", body,
                                          lambda c: c.scaled(10000) + 1, "1")(context)


def deep(context):
    trees.folders_of_files(read(context, f"deep{context.scaled(1000)}"), context.scaled(1000), 100)


def deep_entries(context):
    return 1 + context.scaled(1000) * 101


READING = [
    Scenario("get_4k", "GET 4 KiB", "us", READERS, lambda c: [(OK, request("GET", "/read/small/f{n}"), 0)], 32, modulo=64,
             setup=loads.small_tree, check=check_get, targets=(Target("davit", 1.0, "lighttpd"),)),
    Scenario("get_304", "GET, not modified", "us", READERS, conditional, 32, modulo=64, setup=etags,
             targets=(Target("davit", 1.0, "lighttpd"),)),
    Scenario("get_256m", "GET 256 MiB", "ms/GiB", READERS, lambda c: [(OK, request("GET", "/read/big"), 0)], 1, count=4,
             gib=BIG / 1024, setup=big_file, check=check_big,
             targets=(Target("davit", 1.0, BEST), Target("davit", 64, metric="peak_kib_per_connection", unit="KiB a connection"))),
    Scenario("propfind_0", "PROPFIND 0, five names", "us", READERS, lambda c: [(MULTI, propfind("/read/small/f{n}", "0"), 0)], 32,
             modulo=64, setup=loads.small_tree, check=check_propfind("/read/small/f7", NAMED, lambda c: 1),
             targets=(Target("davit", 1.2, "nginx"), Target("davit", 0.5, WITH_DEAD_PROPERTIES)),
             note="nginx answers the same fixed properties whatever is asked"),
    Scenario("propfind_0_allprop", "PROPFIND 0, allprop", "us", READERS,
             lambda c: [(MULTI, propfind("/read/small/f{n}", "0", ALLPROP), 0)], 32, modulo=64, setup=loads.small_tree,
             check=check_propfind("/read/small/f7", ALLPROP, lambda c: 1),
             targets=(Target("davit", 1.2, "nginx"), Target("davit", 0.5, WITH_DEAD_PROPERTIES))),
    Scenario("propfind_1", "PROPFIND 1, 10,000 files, five names", "ms", READERS, list_steps(NAMED), 1, count=3,
             setup=listed, check=check_list(NAMED), entries=lambda c: c.scaled(10000) + 1,
             targets=(Target("davit", 1.1, "nginx"), Target("davit", 5, metric="first_byte_ms", unit="ms to the first byte"))),
    Scenario("propfind_1_allprop", "PROPFIND 1, 10,000 files, allprop", "ms", READERS, list_steps(ALLPROP), 1, count=3, setup=listed,
             check=check_list(ALLPROP), targets=(Target("davit", 0.35, "lighttpd"),)),
    Scenario("propfind_infinity", "PROPFIND infinity, 100,000 files in 1,000 folders", "ms",
             ("davit", "apache", "rclone", "xnet", "floor"),
             lambda c: [(MULTI, propfind(f"/read/deep{c.scaled(1000)}/", "infinity"), 0)], 1, count=1, setup=deep, most_rounds=3,
             check=lambda c: check_propfind(f"/read/deep{c.scaled(1000)}/", NAMED, deep_entries, "infinity")(c),
             entries=deep_entries,
             targets=(Target("davit", 0.6, "apache"), Target("davit", 1.0, "davit", "us_per_entry", scenario="propfind_1"))),
    Scenario("propfind_million", "PROPFIND infinity, 1,000,000 files: peak memory above idle", "MiB", ("davit",),
             measure=loads.million, most_rounds=1, full=True, targets=(Target("davit", 32, unit="MiB"),)),
]


# ---- writing

def put_steps(path="/f{n}", length=4096):
    return lambda context: [(DONE, request("PUT", context.base + path, length=length), length)]


def check_put(context):
    context.expect(DONE, request("PUT", context.base + "/checked", length=4) + b"abcd")
    with open(os.path.join(context.folder, "checked"), "rb") as file:
        assert file.read() == b"abcd", "the file holds something else"


def check_exists(path):
    def check(context):
        assert os.path.exists(context.folder + path), f"{path} is not there"
    return check


def check_mkcol(context):
    context.expect(CREATED, request("MKCOL", context.base + "/checked/"))
    assert os.path.isdir(context.folder + "/checked"), "no folder"


def dead_properties(context):
    trees.files(context.folder, context.scaled(1000))
    context.each([(PATCHED, proppatch(context.base + "/f{n}", 5), 0)], context.scaled(1000))


def check_dead(context):
    if not context.name.startswith("floor"):
        answer = context.expect(MULTI, propfind(context.base + "/", "1", ALLPROP))
        found = answer.body.count(b">value 4 of ")
        assert found == context.scaled(1000), f"{found} values of {context.scaled(1000)}"


def check_proppatch(context):
    context.expect(PATCHED, proppatch(context.base + "/f0", 3).replace(b"{n8}", b"00000077"))
    if not context.name.startswith("floor"):
        answer = context.expect(MULTI, propfind(context.base + "/f0", "0", ALLPROP))
        assert b"value 2 of 00000077" in answer.body, "the property is not there"


WRITING = [
    Scenario("put_new", "PUT 4 KiB, new", "us", WRITERS, put_steps(), 16, check=check_put, at_most=5000,
             targets=(Target("davit-unsynced", 1.0, BEST), Target("davit", 1.3, "floor-synced"))),
    Scenario("put_over", "PUT 4 KiB, over another", "us", WRITERS, put_steps(), 16, modulo=1000,
             setup=lambda c: trees.files(c.folder, 1000, 4096), check=check_put,
             targets=(Target("davit-unsynced", 1.0, BEST), Target("davit", 1.3, "floor-synced"))),
    Scenario("put_256m", "PUT 256 MiB", "ms/GiB", WRITERS, put_steps("/big", BIG * MIB), 1, count=1, gib=BIG / 1024, check=check_put,
             most_rounds=3, targets=(Target("davit-unsynced", 1.0, BEST),)),
    Scenario("mkcol", "MKCOL", "us", WRITERS, lambda c: [(CREATED, request("MKCOL", c.base + "/d{n}/"), 0)], 16, check=check_mkcol, at_most=2000),
    Scenario("proppatch", "PROPPATCH, 3 properties", "us", PROPERTIES, lambda c: [(PATCHED, proppatch(c.base + "/f{n}", 3), 0)], 16,
             modulo=100, setup=lambda c: trees.files(c.folder, 100), check=check_proppatch,
             targets=(Target("davit", 0.4, "apache"),), note="Apache and lighttpd sync, nginx, rclone and x/net keep none"),
    Scenario("dead_properties", "PROPFIND 1, 1,000 files with 5 dead properties each", "ms", ("davit", "lighttpd", "apache", "floor"),
             lambda c: [(MULTI, propfind(c.base + "/", "1", ALLPROP), 0)], 1, count=5, setup=dead_properties, check=check_dead,
             targets=(Target("davit", 0.25, "apache"),)),
]


# ---- locks

def lock_files(context):
    trees.files(context.folder, 5000)


def lock_steps(context):
    return [(DONE, lock(context.base + "/f{n}"), 0), (DONE, unlock(context.base + "/f{n}"), 0)]


def held_locks(context, count=None):
    """Locks on `count` files; their tokens by number in context.values."""
    count = count or context.scaled(10000)
    trees.files(context.folder, count)
    tokens = os.path.join(context.server.work, "tokens")
    # Apache loses locks that are taken together
    context.each([(DONE, lock(context.base + "/f{n}"), 0)], count, connections=1 if context.name == "apache" else 16, save=tokens)
    with open(tokens) as file:
        by_number = dict(line.split(" ", 1) for line in file)
    context.values = tokens
    with open(tokens, "w") as file:
        file.writelines(by_number[str(number)] for number in range(count))


def check_held(context):
    if not context.name.startswith("floor"):
        context.expect((423,), request("PUT", context.base + "/f1", length=1) + b"y")


def many_locks(context):
    loads.small_tree(context)
    if context.name == "davit-locks" and not os.path.exists(context.server.work + "/locked"):
        trees.write(context.server.work + "/locked", 0)
        trees.folder(context.folder + "/locked")
        context.each([(DONE, lock(context.base + "/locked/f{n}"), 0)], context.scaled(100000), connections=16)


LOCKERS = ("davit-unsynced", "davit-locks")
LOCKS = [
    Scenario("lock_unlock", "LOCK + UNLOCK", "us", WRITERS, lock_steps, 16, modulo=5000, at_most=5000, setup=lock_files, lossy=("apache",),
             targets=(Target("davit", 0.15, "lighttpd"), Target("davit-unsynced", 1.0, "nginx")),
             note="nginx, rclone and x/net keep locks in memory only; Apache loses some when locks come together"),
    Scenario("put_locked", "PUT 4 KiB under a lock, 10,000 held", "us", ("davit", "davit-unsynced", *PEERS),
             lambda c: [(DONE, request("PUT", c.base + "/f{n}", {"If": "({value})"}, length=4096), 4096)], 16,
             modulo=lambda c: c.scaled(10000), setup=held_locks, check=check_held),
    Scenario("get_many_locks", "GET 4 KiB, none and 100,000 locks held", "us", LOCKERS,
             lambda c: [(OK, request("GET", "/read/small/f{n}"), 0)], 32, modulo=64, setup=many_locks,
             targets=(Target("davit-locks", 1.05, "davit-unsynced"),)),
    Scenario("put_many_locks", "PUT 4 KiB, none and 100,000 locks held", "us", LOCKERS, put_steps(), 16, setup=many_locks,
             targets=(Target("davit-locks", 1.05, "davit-unsynced"),)),
]


# ---- trees

def move_setup(context):
    trees.files(context.folder + "/a", context.scaled(10000))
    if context.name in PROPERTIES and not context.name.startswith("floor"):
        context.each([(PATCHED, proppatch(context.base + "/a/f{n}", 3), 0)], context.scaled(10000), connections=16)


def move(context, here, there):
    return request("MOVE", f"{context.base}/{here}/", {"Destination": f"http://127.0.0.1{context.base}/{there}/", "Overwrite": "F"})


def move_steps(context):
    return [(DONE, move(context, "a", "b"), 0), (DONE, move(context, "b", "a"), 0)]


def check_move(context):
    context.expect(DONE, move(context, "a", "b"))
    assert len(os.listdir(context.folder + "/b")) >= context.scaled(10000), "not all files are there"
    if context.name in PROPERTIES and not context.name.startswith("floor"):
        answer = context.expect(MULTI, propfind(context.base + "/b/f3", "0", ALLPROP))
        assert b"value 2 of 00000003" in answer.body, "the properties are lost"
    context.expect(DONE, move(context, "b", "a"))


# Servers whose COPY gives each file a second name: whoever writes to the one writes to the other.
LINKERS = ("lighttpd",)


def copy_steps(context):
    return [(DONE, request("COPY", f"{context.base}/a/", {
        "Destination": f"http://127.0.0.1{context.base}/copy{{n}}/", "Overwrite": "F", "Depth": "infinity"}), 0)]


def check_copy(context):
    context.expect(DONE, copy_steps(context)[0][1].replace(b"{n}", b"checked"))
    made = os.path.join(context.folder, "copychecked")
    assert len(os.listdir(made)) >= context.scaled(1000), "not all files are there"
    copy, source = (os.stat(os.path.join(folder, "f5")) for folder in (made, context.folder + "/a"))
    assert copy.st_size == 1024, "a copy has another length"
    linked = copy.st_ino == source.st_ino
    assert linked == (context.name in LINKERS), "a copy is " + ("the source itself" if linked else "no link any more")


def check_delete(context):
    delete_prepare(context)
    context.expect(DONE, request("DELETE", context.base + "/tree/"))
    assert not os.path.exists(context.folder + "/tree"), "the tree is there"


def delete_prepare(context):
    """The tree is on the disk before it goes: otherwise whoever syncs first pays for its making."""
    trees.files(context.folder + "/tree", context.scaled(10000))
    subprocess.run(["sync", "--file-system", context.folder], check=True)


TREES = [
    Scenario("move_tree", "MOVE of 10,000 files with properties", "ms", WRITERS, move_steps, 1, count=25, each=2, setup=move_setup,
             check=check_move, targets=(Target("davit-unsynced", 1.0, "nginx"),), note="nginx, rclone and x/net have no properties"),
    Scenario("copy_tree", "COPY of 1,000 files", "ms", WRITERS, copy_steps, 1, count=3,
             setup=lambda c: trees.files(c.folder + "/a", c.scaled(1000), 1024), check=check_copy,
             targets=(Target("davit-unsynced", 1.0, tuple(peer for peer in PEERS if peer not in LINKERS)),), unlike=LINKERS,
             note="lighttpd copies nothing: link(2) gives each file a second name, and is not compared with"),
    Scenario("delete_tree", "DELETE of 10,000 files: until the answer", "ms", WRITERS,
             lambda c: [(DONE, request("DELETE", c.base + "/tree/"), 0)], 1, count=1, prepare=delete_prepare, check=check_delete,
             value="latency", most_rounds=3, targets=(Target("davit", 2, unit="ms"),)),
]

# ---- connections

CONNECTIONS = [
    Scenario("idle_connection", "Memory of an idle connection", "KiB", READERS, setup=loads.small_tree, measure=loads.idle, most_rounds=3,
             targets=(Target("davit", 4, unit="KiB"),)),
    Scenario("get_while_busy", "GET p99: 64 slow uploads and cold reads / quiet", "x", ("davit", "nginx", "lighttpd", "xnet"),
             setup=loads.cold_files, measure=loads.busy, targets=(Target("davit", 2, unit="times"),)),
]

# ---- TLS and accounts

GUARDED = [
    Scenario("get_4k_accounts", "GET 4 KiB, Basic", "us", guarded.ACCOUNTS,
             lambda c: [(OK, request("GET", "/read/small/f{n}", loads.credentials()), 0)], 32, modulo=64, setup=loads.small_tree,
             check=loads.check_guard, targets=(Target("davit", 1.0, ("nginx", "apache")),),
             note="the user's password is hashed with bcrypt, as little as htpasswd allows; only Davit "
                  "remembers a password that was right"),
    Scenario("get_4k_tls", "GET 4 KiB over TLS", "us", guarded.TLS, setup=loads.small_tree, check=loads.check_guard,
             measure=loads.gets_over_tls, targets=(Target("davit", 1.0, ("nginx", "apache")),)),
    Scenario("get_4k_tls_accounts", "GET 4 KiB over TLS, Basic", "us", guarded.ACCOUNTS, setup=loads.small_tree, check=loads.check_guard,
             measure=loads.gets_over_tls, targets=(Target("davit", 1.0, ("nginx", "apache")),)),
    Scenario("get_256m_tls", "GET 256 MiB over TLS", "ms/GiB", guarded.TLS, setup=lambda c: (loads.small_tree(c), big_file(c)),
             check=loads.check_guard, measure=loads.big_over_tls, targets=(Target("davit", 1.0, ("nginx", "apache")),)),
]

ALL = [*READING, *WRITING, *LOCKS, *TREES, *CONNECTIONS, *GUARDED]
