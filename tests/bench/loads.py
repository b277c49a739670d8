"""Loads that are not a stream of equal requests: idle connections, slow uploads, cold reads, very large trees, TLS."""
import base64
import os
import re
import socket
import subprocess
import threading
import time

import guarded
import measure
import servers
import trees
from http_text import propfind, request


def small_tree(context):
    trees.files(os.path.join(trees.folder(os.path.join(context.root, "read")), "small"), 64, 4096)


def opened(context, count):
    """`count` connections that have had one answer each."""
    ask = request("GET", "/read/small/f7")
    connections = []
    for _ in range(count):
        one = socket.create_connection(("127.0.0.1", context.server.port), timeout=30)
        one.sendall(ask)
        connections.append(one)
        read_answer(one)
    return connections


def read_answer(connection):
    """Of what comes after the first bytes the kernel throws all away: the load leaves the processors to the servers."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(4096)
        assert more, "closed in place of an answer"
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n")[0], head[:100]
    left = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")) - len(body)
    unused = bytearray(min(left, 1 << 20))
    while left:
        got = connection.recv_into(unused, min(left, len(unused)), socket.MSG_TRUNC)
        assert got, "closed in the midst of an answer"
        left -= got


def idle(context):
    """KiB of the server's memory a connection that has done a request and waits; the kernel's part is not in it."""
    count = context.connections
    servers.restart(context.server)  # allocators keep what an earlier round needed
    for one in opened(context, 50):  # what a server sets up once
        one.close()
    measure.settle(context.server)
    before = measure.private_kib(context.server.pids())
    connections = opened(context, count)
    try:
        time.sleep(2.5)  # what waits is what is measured: buffers are given back after a second
        measure.settle(context.server)
        after = measure.private_kib(context.server.pids())
    finally:
        for one in connections:
            one.close()
    measure.settle(context.server)
    return {"value": max(0, after - before) / count, "connections": count, "peak_kib": after}


COLD = 48
COLD_SIZE = 4 << 20


def cold_files(context):
    small_tree(context)
    for number in range(COLD):
        trees.write(os.path.join(trees.folder(os.path.join(context.root, "read", "cold")), f"f{number}"), COLD_SIZE)
    os.sync()


def evict(path):
    file = os.open(path, os.O_RDONLY)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(file)


class SlowUploads(threading.Thread):
    """64 uploads that never end: each gets some bytes twenty times a second."""

    def __init__(self, context, count=64):
        super().__init__()
        self.stopped = threading.Event()
        self.sockets = []
        for number in range(count):
            one = socket.create_connection(("127.0.0.1", context.server.port), timeout=30)
            one.sendall(request("PUT", f"{context.base}/slow{number}", length=1 << 30))
            self.sockets.append(one)

    def run(self):
        while not self.stopped.wait(0.05):
            for one in self.sockets:
                try:
                    one.send(b"y" * 2048)
                except OSError:
                    pass
        for one in self.sockets:
            one.close()


class ColdReads(threading.Thread):
    """Reads files that are not in the page cache, one after another."""

    def __init__(self, context):
        super().__init__()
        self.context, self.stopped, self.done = context, threading.Event(), 0

    def run(self):
        while not self.stopped.is_set():
            name = f"f{self.done % COLD}"
            evict(os.path.join(self.context.root, "read", "cold", name))
            with socket.create_connection(("127.0.0.1", self.context.server.port), timeout=30) as connection:
                connection.sendall(request("GET", "/read/cold/" + name))
                read_answer(connection)
            self.done += 1
            self.stopped.wait(0.02)


def quick_gets(context, seconds):
    """Four connections: enough to see waiting, too few to fill the machine. It is the server's waiting that is asked for, so the
    load itself never waits for a processor behind the slow uploads and the cold reads, whose clients run here too."""
    return context.load(4, [((200,), request("GET", "/read/small/f{n}"), 0)], seconds=seconds, modulo=64, at_once=True)


def busy(context):
    quiet = quick_gets(context, context.seconds)
    threads = [SlowUploads(context), ColdReads(context)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.3)
        loaded = quick_gets(context, context.seconds)
    finally:
        for thread in threads:
            thread.stopped.set()
            thread.join()
    return {"value": loaded["p99"] / max(1, quiet["p99"]), "p50": loaded["p50"], "p99": loaded["p99"], "quiet_p99": quiet["p99"],
            "cold_reads": threads[1].done}


def million(context):
    folders = context.scaled(10000)
    trees.folders_of_files(os.path.join(context.root, "read", "million"), folders, 100)
    result = measure.measured(context.server, lambda: context.load(
        1, [((207,), propfind("/read/million/", "infinity"), 0)], count=1))
    result["value"] = max(0, result["peak_kib"] - result["resting_kib"]) / 1024
    return result


def credentials():
    return {"Authorization": "Basic " + base64.b64encode(f"{guarded.USER}:{guarded.PASSWORD}".encode()).decode()}


def fields(context):
    return [x for name, value in credentials().items() for x in ("-H", f"{name}: {value}")] if context.server.accounts else []


def secure_url(context, path):
    return f"https://127.0.0.1:{context.server.tls_port}{path}"


def wrk(context):
    """GETs over TLS on 32 kept connections."""
    done = subprocess.run(["wrk", "-t1", "-c32", f"-d{max(1, round(2 * context.seconds))}s", "--timeout", "10s", "--latency", *fields(context),
                           secure_url(context, "/read/small/f7")], check=True, capture_output=True, text=True).stdout
    # Apache ends a connection after a hundred requests or so, and wrk now and then meets the end with a request.
    faults = sum(map(int, re.findall(r"(?:read|write|connect|timeout|responses:) (\d+)", done)))
    unit = {"us": 1, "ms": 1000, "s": 1000000}
    at = {key: float(value) * unit[in_] for key, value, in_ in re.findall(r"(50|99)%\s+([0-9.]+)(us|ms|s)", done)}
    count, seconds = re.search(r"(\d+) requests in ([0-9.]+)s", done).groups()
    assert faults * 1000 <= int(count), done
    return {"done": int(count), "seconds": float(seconds), "p50": at["50"], "p99": at["99"]}


def gets_over_tls(context):
    result = measure.measured(context.server, lambda: wrk(context))
    result["value"] = result["cpu"] / result["done"] * 1e6
    result["per_second"] = result["done"] / result["seconds"]
    return result


def big_over_tls(context, times=2):
    """The whole file by curl, over one connection."""
    url = secure_url(context, "/read/big")
    length = os.path.getsize(os.path.join(context.root, "read", "big"))

    def fetch():
        begun = time.monotonic()
        targets = [x for _ in range(times) for x in ("-o", "/dev/null", url)]
        done = subprocess.run(["curl", "-sk", *fields(context), "-w", "%{size_download} ", *targets], check=True, capture_output=True, text=True)
        assert done.stdout.split() == [str(length)] * times, done.stdout
        return {"done": times, "seconds": time.monotonic() - begun}

    result = measure.measured(context.server, fetch)
    result["value"] = result["cpu"] / (times * length / (1 << 30)) * 1e3
    result["per_second"] = times / result["seconds"]
    return result


def check_guard(context):
    """Over TLS the file comes, and where there are accounts only with the password."""
    url = secure_url(context, "/read/small/f7")
    ask = lambda *more: subprocess.run(["curl", "-sk", "-w", "%{http_code}", *more, url], capture_output=True, text=True).stdout  # noqa: E731
    assert ask(*fields(context)) == "x" * 4096 + "200", "the body is another"
    if context.server.accounts:
        assert ask().endswith("401") and ask("-u", f"{guarded.USER}:wrong").endswith("401"), "a stranger gets in"
