"""DELETE, COPY, MOVE and PUT where more than one resource is at stake (RFC 4918, 9.6 to 9.9, 10.3)."""
import functools
import time

import cases
from client import Connection

case = functools.partial(cases.case, "Trees")


def left(d, locked, others):
    """What of a tree is still there."""
    kept = [x for x in others if d.there(x)]
    if not d.there(locked):
        return "locked one gone"
    return "all kept" if kept == others else "only the locked one kept" if not kept else "in parts"


@case("DELETE of a folder with a locked member, no token: status, the tree", "9.6.1", "MUST", "423, all kept",
      wanted=r"4\d\d.*, all kept|207 \(.*423.*\), (all kept|only the locked one kept|in parts)")
def delete_with_locked_member(d):
    d.put("t/a", "t/sub/b", "t/sub/locked", "t/z/c")
    d.lock("t/sub/locked")
    return f"{d.status('DELETE', 't/')}, {left(d, 't/sub/locked', ['t/a', 't/sub/b', 't/z/c'])}"


@case("MOVE of a folder with a locked member, no token: status, the tree", "9.9.2", "MUST", "423, all kept",
      wanted=r"423, all kept|207 \(.*423.*\), (all kept|only the locked one kept|in parts)")
def move_with_locked_member(d):
    d.put("t/a", "t/sub/b", "t/sub/locked", "t/z/c")
    d.lock("t/sub/locked")
    return f"{d.transfer('MOVE', 't/', 'u/')}, {left(d, 't/sub/locked', ['t/a', 't/sub/b', 't/z/c'])}"


@case("COPY of a folder onto one with a locked member, no token: status, the locked file", "9.8.3", "MUST", "423, old",
      wanted=r"423, old|207 \(.*423.*\), old")
def copy_onto_locked_member(d):
    d.put("s/a", "s/sub/locked", body="new")
    d.put("t/sub/locked")
    d.lock("t/sub/locked")
    status = d.transfer("COPY", "s/", "t/", Overwrite="T")
    return f"{status}, {d.content('t/sub/locked') or 'gone'}"


@case("MOVE of a file onto a folder: Overwrite: F; T", "9.9.3", "MUST", "412, kept; 204, replaced",
      allowed=r"412, kept; 4\d\d, kept")
def move_onto_folder(d):
    def after():
        if d.there("c/f"):
            return "put into it"
        if d.there("c/g"):
            return "kept" if d.there("f") else "file lost"
        return "replaced" if d.content("c") == "old" and not d.there("f") else "folder lost"
    d.put("f", "c/g")
    first = f"{d.transfer('MOVE', 'f', 'c', Overwrite='F')}, {after()}"
    return f"{first}; {d.transfer('MOVE', 'f', 'c', Overwrite='T')}, {after()}"


@case("COPY of a folder onto a folder, Overwrite: T: status, members", "9.8.4", "MUST", "204, the source's",
      wanted="20[014], the source's")
def copy_does_not_merge(d):
    d.put("s/a", "t/b")
    status = d.transfer("COPY", "s/", "t/", Overwrite="T")
    members = tuple(d.there(x) for x in ("t/a", "t/b"))
    return f"{status}, " + {(True, False): "the source's", (True, True): "merged", (False, True): "the old ones"}.get(members, "none")


@case("MOVE of a folder into itself, c/ to c/d/e/", "9.9", "use", "403, kept", wanted=r"4\d\d, kept",
      allowed=r"5\d\d, kept")
def into_itself(d):
    deep = "c/" + 200 * "d"  # nginx copies into the copy until a path is too long for the system
    d.put("c/f", deep + "/g")
    status = d.transfer("MOVE", "c/", deep + "/e/")
    return f"{status}, {'kept' if d.there('c/f') and d.there(deep + '/g') else 'lost' if not d.there('c/') else 'in parts'}"


@case("MOVE of a file onto itself", "9.9.4", "SHOULD", "403, kept", allowed=r"[2-5]\d\d, kept")
def onto_itself(d):
    d.put("f")
    return f"{d.transfer('MOVE', 'f', 'f', Overwrite='T')}, {'kept' if d.content('f') == 'old' else 'lost'}"


@case("COPY to another server's URL", "10.3, 9.8.5", "MUST", "502", wanted=r"[45]\d\d")
def foreign_destination(d):
    d.put("f")
    status = d.status("COPY", "f", Destination=f"http://elsewhere.example{d.path}g")
    return f"{status}, made here" if d.there("g") else status


@case("COPY, Destination as a path; with https before the same host, as behind a proxy", "10.3", "MUST, use", "201; 201",
      wanted="20[14]; 20[14]")
def destination_forms(d):
    d.put("f")
    return "; ".join(d.status("COPY", "f", Destination=x) for x in (d.path + "g", d.url("h").replace("http:", "https:")))


@case("PUT below a folder that does not exist; COPY to there", "9.7.1, 9.8.5", "MUST", "409; 409")
def missing_parent(d):
    d.put("f")
    return f"{d.status('PUT', 'no/f', body='x')}; {d.transfer('COPY', 'f', 'no/g')}"


@case("COPY of a folder with a file, Depth: 1; Depth: 0", "9.8.3", "MUST", "400; 201, empty",
      allowed=r"4\d\d; 201, empty")
def copy_depths(d):
    d.put("c/f")
    one, zero = d.transfer("COPY", "c/", "one/", Depth=1), d.transfer("COPY", "c/", "zero/", Depth=0)
    return f"{one}; {zero}, {'with the file' if d.there('zero/f') else 'empty' if d.there('zero/') else 'not there'}"


@case("PUT whose connection breaks off after half of its body: the file afterwards", "RFC 9112, 8", "use", "old")
def interrupted_put(d):
    d.put("f")
    connection = Connection(("127.0.0.1", d.port))
    connection.send(f"PUT {d.path}f HTTP/1.1\r\nHost: 127.0.0.1:{d.port}\r\nContent-Length: 200000\r\n\r\n".encode() + b"n" * 100000)
    time.sleep(0.3)
    connection.close()
    time.sleep(0.7)
    content = d.content("f")
    return "gone" if content is None else "old" if content == "old" else "empty" if content == "" else "half of the new"
