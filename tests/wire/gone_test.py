#!/usr/bin/env python3
"""Clients that go away, and operations that take long: the one neither loses nor half-does anything, the other holds up nobody."""
import os
import select
import socket
import struct
import time

from davit import Case, litter, lockinfo, main, one, propertyupdate, propfind_body, set_prop, wait_until

Z = "{http://example.com/ns/}"
BODY = os.urandom(100000)


def message(method, path, headers=(), body=None):
    fields = {"Host": "localhost", **dict(headers)}
    if body is not None and "Transfer-Encoding" not in fields:
        fields["Content-Length"] = str(len(body))
    head = (f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n").encode()
    return head, (body.encode() if isinstance(body, str) else body or b"")


def chunked(body, size=30000):
    pieces = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


def write(folder, files):
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not name.endswith("/"):
            with open(path, "wb") as file:
                file.write(content)


def read(folder):
    """Everything in it: {name: content}, folders with a slash and None."""
    found = {}
    for place, folders, files in os.walk(folder):
        inside = os.path.relpath(place, folder)
        for name in folders:
            found[os.path.normpath(os.path.join(inside, name)) + "/"] = None
        for name in files:
            with open(os.path.join(place, name), "rb") as file:
                found[os.path.normpath(os.path.join(inside, name))] = file.read()
    return found


def tree(name, mark):
    return {f"{name}/": None, f"{name}/sub/": None, **{f"{name}/sub/{mark}{i}": b"%d" % i for i in range(20)}}


def read_at_rest(folder):
    """None while names change under whoever reads: the server ends what it began after the client has gone."""
    try:
        return read(folder)
    except FileNotFoundError:
        return None


class Gone(Case):
    config = "[storage]\ndurable = false\n"

    def setUp(self):
        super().setUp()
        self.places = []  # (folder, what it may hold)

    def send_and_leave(self, data, reset, after=0.0):
        with socket.create_connection(self.server.address) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                connection.sendall(data)
            except (ConnectionResetError, BrokenPipeError):
                return  # refused and closed already
            time.sleep(after)
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def cut_everywhere(self, make, old, new):
        """`make(folder)` is the request; cut within it nothing happens, cut behind it all or, if the connection is reset before
        anybody has read the request, nothing."""
        head, body = make(self.dir + "/0")
        points = {0, 1, len(head) // 2, len(head) - 1, len(head), len(head) + 1, len(head) + 5, len(head) + len(body) // 3,
                  len(head) + len(body) // 2, len(head) + len(body) - 3, len(head) + len(body) - 1, len(head) + len(body)}
        for point in sorted(p for p in points if p <= len(head) + len(body)):
            for reset in (False, True):
                folder = f"{self.dir}/{len(self.places)}"
                os.mkdir(self.server.root + folder)
                write(self.server.root + folder, old)
                data = b"".join(make(folder))
                whole = point == len(head) + len(body)
                # The folder's number makes the request longer by a few bytes, which are cut as well.
                self.send_and_leave(data if whole else data[:point], reset)
                self.places.append((folder, [new] if whole and not reset else [old, new] if whole else [old]))
        self.settle()

    def settle(self):
        for folder, allowed in self.places:
            self.assertTrue(wait_until(lambda: read_at_rest(self.server.root + folder) in allowed), (folder, read_at_rest(self.server.root + folder)))
        self.assertTrue(wait_until(lambda: not litter(self.server.root)), litter(self.server.root))
        self.assertTrue(wait_until(lambda: not self.open_uploads()), self.open_uploads())
        for folder, allowed in self.places:  # and nothing came later
            self.assertIn(read(self.server.root + folder), allowed, folder)
        self.put(self.dir + "/healthy")

    def open_uploads(self):
        """Unnamed files that the server has still open."""
        fds, found = f"/proc/{self.server.process.pid}/fd", []
        for fd in os.listdir(fds):
            try:
                target = os.readlink(f"{fds}/{fd}")
            except FileNotFoundError:
                continue
            if target.endswith("(deleted)") and target.startswith(self.server.root):
                found.append(target)
        return found

    def test_a_broken_put_leaves_no_file_or_the_whole_file(self):
        self.cut_everywhere(lambda d: message("PUT", d + "/f", {}, BODY), {}, {"f": BODY})

    def test_put_over(self):
        self.cut_everywhere(lambda d: message("PUT", d + "/f", {}, BODY), {"f": b"old"}, {"f": BODY})

    def test_put_chunked(self):
        self.cut_everywhere(lambda d: message("PUT", d + "/f", {"Transfer-Encoding": "chunked"}, chunked(BODY)), {"f": b"old"}, {"f": BODY})

    def test_a_broken_delete_removes_the_whole_tree_or_nothing(self):
        self.cut_everywhere(lambda d: message("DELETE", d + "/t"), tree("t", "a"), {})

    def test_a_broken_mkcol_leaves_a_collection_or_nothing(self):
        self.cut_everywhere(lambda d: message("MKCOL", d + "/c"), {}, {"c/": None})

    def test_a_broken_copy_leaves_the_whole_copy_or_nothing(self):
        self.cut_everywhere(lambda d: message("COPY", d + "/t", {"Destination": d + "/u"}), tree("t", "a"), {**tree("t", "a"), **tree("u", "a")})

    def test_copy_over(self):
        self.cut_everywhere(lambda d: message("COPY", d + "/t", {"Destination": d + "/u"}),
                            {**tree("t", "a"), **tree("u", "b")}, {**tree("t", "a"), **tree("u", "a")})

    def test_move_over(self):
        self.cut_everywhere(lambda d: message("MOVE", d + "/t", {"Destination": d + "/u"}),
                            {**tree("t", "a"), **tree("u", "b")}, tree("u", "a"))

    def test_lock_of_a_new_name(self):
        self.cut_everywhere(lambda d: message("LOCK", d + "/f", {}, lockinfo()), {}, {"f": b""})
        for folder, _ in self.places:
            found = one(self.expect(207, "PROPFIND", folder + "/f", {"Depth": "0"}, propfind_body("<D:lockdiscovery/>"))) \
                if os.path.exists(self.server.root + folder + "/f") else None
            self.assertTrue(found is None or len(found["{DAV:}lockdiscovery"][1]) == 1, "made and not locked")

    def test_a_broken_proppatch_sets_all_properties_or_none(self):
        names = "".join(f"<Z:p{i}/>" for i in range(9))
        update = propertyupdate(set_prop("".join(f"<Z:p{i}>v</Z:p{i}>" for i in range(9))))
        self.cut_everywhere(lambda d: message("PROPPATCH", d + "/f", {}, update), {"f": b"x"}, {"f": b"x"})
        for i, (folder, allowed) in enumerate(self.places):
            found = one(self.expect(207, "PROPFIND", folder + "/f", {"Depth": "0"}, propfind_body(names)))
            statuses = {s for s, _ in found.values()}
            self.assertEqual(len(statuses), 1, f"half a PROPPATCH in {folder}")
            if i < len(self.places) - 2:
                self.assertEqual(statuses, {404}, "a request that was cut off was done")

    def test_gone_in_the_midst_of_the_work(self):
        """The request has arrived; its client leaves while a larger tree is being copied, moved, deleted."""
        big = {"t/": None, **{f"t/s{i}/": None for i in range(20)}, **{f"t/s{i}/f{j}": b"%d" % j for i in range(20) for j in range(20)}}
        copied = {**big, **{"u" + name[1:]: content for name, content in big.items()}}
        for turn in range(12):
            for method, new in (("COPY", copied), ("MOVE", {n: c for n, c in copied.items() if n[0] == "u"}), ("DELETE", {})):
                folder = f"{self.dir}/{len(self.places)}"
                os.mkdir(self.server.root + folder)
                write(self.server.root + folder, {**big, **({} if method == "DELETE" else tree("u", "b"))})
                old = read(self.server.root + folder)
                self.send_and_leave(message(method, folder + "/t", {"Destination": folder + "/u"})[0], turn % 2 == 1, turn * 0.002)
                self.places.append((folder, [new] if turn % 2 == 0 else [old, new]))
        self.settle()


class Long(Case):
    """While trees are copied, what others ask for elsewhere is done."""
    config = "[storage]\ndurable = false\n"
    COPIES = 12  # more than there are workers

    def big_tree(self, files):
        folder = self.server.root + self.dir + "/big"
        for i in range(files // 500):
            os.makedirs(f"{folder}/{files}-{i}")
            for j in range(500):
                open(f"{folder}/{files}-{i}/{j}", "wb").close()

    def copies(self, turn):
        running = []
        for i in range(self.COPIES):
            connection = self.server.connect(timeout=240)
            connection.send(message("COPY", self.dir + "/big", {"Destination": f"{self.dir}/copy{turn}-{i}"})[0])
            running.append(connection)
        return running

    def others(self, turn):
        place = f"{self.dir}/elsewhere{turn}"
        self.put(self.dir + "/one")
        self.expect(201, "MOVE", self.dir + "/one", {"Destination": self.dir + "/file"})
        self.expect(201, "MKCOL", place)
        self.expect(201, "PUT", place + "/f", {}, b"x")
        self.expect(204, "PUT", place + "/f", {}, b"y")
        self.assertEqual(self.get(place + "/f"), b"y")
        self.expect(207, "PROPFIND", place, {"Depth": "1"})
        self.proppatch(place + "/f", set_prop("<Z:p>v</Z:p>"))
        self.lock(place + "/f")
        self.expect(204, "DELETE", self.dir + "/file")
        self.assertEqual(self.get(self.dir + "/big/" + self.inside), b"")

    def test_copies_of_a_big_tree(self):
        """No speed is asserted: should the copies be done before the first round of the others, the tree gets larger."""
        for turn in range(4):
            self.big_tree(1000 << turn)
            self.inside = f"{1000 << turn}-0/0"
            running = self.copies(turn)
            self.others(turn)
            done, _, _ = select.select([c.socket for c in running], [], [], 0)
            statuses = [c.read().status for c in running]
            for connection in running:
                connection.close()
            self.assertEqual(statuses, [201] * self.COPIES)
            self.assertEqual(len(read(f"{self.server.root}{self.dir}/copy{turn}-0")), len(read(f"{self.server.root}{self.dir}/big")))
            if not done:
                return
        self.fail("everybody else had to wait until copies were done")


if __name__ == "__main__":
    main()
