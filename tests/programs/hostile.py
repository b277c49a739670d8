#!/usr/bin/env python3
"""Hostile requests in a loop, while another client reads a small file.

    hostile.py [--seconds N] [--report] [NAME...]

For each hostile request that lasts more than a second, some GET that began after it ended before it: no request holds up the others.
The server's memory stays below 300 MB over what it had at the start. --report prints the quiet and the disturbed 99th percentile of
the GETs, for docs/performance.md; nothing is asserted of times.
"""
import argparse
import json
import os
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
from davit import Connection, Server, lockinfo, propertyupdate, set_prop  # noqa: E402

MEMORY = 300 << 20
PROPFIND = '<?xml version="1.0"?><D:propfind xmlns:D="DAV:"%s><D:prop>%s</D:prop></D:propfind>'


HOSTILE = {}


def hostile(request):
    """Takes the server and makes one hostile request, or some that belong together."""
    HOSTILE[request.__name__] = request
    return request


@hostile
def many_prefixes_in_a_proppatch(server):
    declarations = "".join(f'<p{i}:x xmlns:p{i}="urn:{i}"/>' for i in range(20000))
    nested = "".join(f' xmlns:q{i}="urn:q{i}"' for i in range(20000))
    server.request("PROPPATCH", "/small", body=propertyupdate(set_prop(f"<Z:v{nested}>{declarations}</Z:v>")))


@hostile
def many_prefixes_in_a_propfind(server):
    names = "".join(f' xmlns:p{i}="urn:{i}"' for i in range(8000))
    server.request("PROPFIND", "/small", {"Depth": "0"}, PROPFIND % (names, "<D:getetag/>"))


@hostile
def many_properties_in_a_propfind(server):
    names = "".join(f"<p{i}/>" for i in range(20000))
    server.request("PROPFIND", "/many", {"Depth": "1"}, PROPFIND % ("", names))


@hostile
def many_properties_in_a_proppatch(server):
    server.request("PROPPATCH", "/small", body=propertyupdate("".join(set_prop(f"<Z:p{i}>v</Z:p{i}>") for i in range(20000))))


@hostile
def many_attributes(server):
    attributes = "".join(f' a{i}="v"' for i in range(20000))
    server.request("LOCK", "/new", body=lockinfo(owner=f"<D:owner{attributes}/>"))


@hostile
def deep_elements(server):
    server.request("PROPFIND", "/small", {"Depth": "0"}, "<a>" * 60000)


@hostile
def one_large_value(server):
    server.request("PROPPATCH", "/small", body=propertyupdate(set_prop("<Z:v>" + "x" * (15 << 20) + "</Z:v>")))


@hostile
def a_large_body_for_a_locked_resource(server):
    server.request("PROPPATCH", "/locked", body=propertyupdate(set_prop("<Z:v>" + "x" * (8 << 20) + "</Z:v>")))


@hostile
def combining_marks_in_a_destination(server):
    marks = "%CD%85" * 4000 + "%CC%B4" * 4000
    server.request("MOVE", "/small", {"Destination": "/" + marks, "Overwrite": "F"})
    short = "%CD%85" * 100 + "%CC%B4" * 100
    server.request("MOVE", "/small", {"Destination": "/" + "/".join([short] * 8), "Overwrite": "F"})
    server.request("GET", "/" + "/".join([short] * 6))


@hostile
def conditions_by_the_thousand(server):
    server.request("DELETE", "/small", {"If": "".join(f"</a{i}>(<urn:x:{i}>)" for i in range(2500))})
    server.request("GET", "/small", {"If-None-Match": ", ".join(f'"{i}"' for i in range(6000)), "Range": "bytes=" + ",".join(
        f"{i}-{i}" for i in range(4000))})


@hostile
def links_to_each_other(server):
    server.request("PROPFIND", "/linked", {"Depth": "infinity"}, PROPFIND % ("", "<D:getetag/>"))


@hostile
def a_deep_copy(server):
    server.request("COPY", "/deep", {"Destination": "/deep-copy"})
    server.request("DELETE", "/deep-copy")


@hostile
def shared_locks_by_the_thousand(server):
    connection = server.connect()
    for _ in range(300):
        server.request("LOCK", "/shared", {"Depth": "0", "Timeout": "Second-60"}, lockinfo("shared"), connection=connection)
    server.request("PROPFIND", "/", {"Depth": "1"}, PROPFIND % ("", "<D:lockdiscovery/>"), connection=connection)
    server.request("PUT", "/shared", body="x", connection=connection)
    connection.close()


@hostile
def uploads_that_stop(server):
    """Two hundred at once, of which a little has come."""
    waiting = []
    for i in range(200):
        connection = server.connect()
        connection.send(b"PUT /stop%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" % i + b"x" * 1000)
        waiting.append(connection)
    time.sleep(0.2)  # they are held, that is the point
    for connection in waiting:
        connection.close()


@hostile
def bodies_that_stop(server):
    """Forty PROPPATCHes of which all but the end has come."""
    waiting = []
    for _ in range(40):
        connection = server.connect()
        connection.send(b"PROPPATCH /small HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16000000\r\n\r\n")
        try:
            connection.socket.settimeout(1)
            connection.send(b"<" + b"x" * 12000000)
        except (TimeoutError, ConnectionError):  # not taken: that is an answer too
            pass
        waiting.append(connection)
    for connection in waiting:
        connection.close()


@hostile
def failures_with_large_bodies(server):
    value = "x" * 50
    wrong = "".join(set_prop(f"<Z:p{i}>{value}</Z:p{i}>") for i in range(15000)) + set_prop("<D:getetag>x</D:getetag>")
    server.request("PROPPATCH", "/small", body=propertyupdate(wrong))


@hostile
def keys_by_the_thousand(server):
    connection = server.connect()
    for i in range(200):
        server.request("PUT", "/keyed", {"Idempotency-Key": f"{time.monotonic_ns()}-{i}", "X-Filler": "x" * 20000}, "x", connection=connection)
    connection.close()


def pour(server, head, blob, seconds=1.5):
    """Sends `blob` again and again, until the server has had enough."""
    connection, end = server.connect(), time.monotonic() + seconds

    def take_answers():
        try:
            while connection.socket.recv(1 << 20):
                pass
        except OSError:
            pass
    reader = threading.Thread(target=take_answers)
    reader.start()
    try:
        connection.send(head)
        while time.monotonic() < end:
            connection.send(blob)
        connection.socket.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    reader.join()
    connection.close()


@hostile
def refused_requests_without_end(server):
    pour(server, b"", b"UNLOCK / HTTP/1.1\r\nHost: localhost\r\nLock-Token: <x>\r\n\r\n" * 1000)


@hostile
def empty_lines_without_end(server):
    pour(server, b"", b"\r\n" * 500000)


@hostile
def a_body_that_nobody_wants(server):
    pour(server, b"PUT /missing/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n", b"x" * 1000000)


@hostile
def chunks_of_one_byte(server):
    server.request("PROPPATCH", "/small", {"Transfer-Encoding": "chunked"}, b"1\r\n<\r\n" + b"1\r\n \r\n" * 1000000 + b"0\r\n\r\n")


def prepare(server):
    root = server.root
    for name in ("small", "locked", "shared", "keyed"):
        server.request("PUT", "/" + name, body="x" * 100)
    server.request("LOCK", "/locked", {"Depth": "0", "Timeout": "Second-3600"}, lockinfo())
    os.makedirs(os.path.join(root, "many"))
    for i in range(200):
        with open(os.path.join(root, "many", f"f{i}"), "w") as file:
            file.write("x")
    for i in range(7):
        os.makedirs(os.path.join(root, "linked", str(i)))
    for i in range(7):
        for j in range(7):
            if i != j:
                os.symlink(f"../{j}", os.path.join(root, "linked", str(i), f"to{j}"))
    descriptor = os.open(root, os.O_RDONLY)
    path = "deep"
    for _ in range(1500):
        os.mkdir(path, dir_fd=descriptor)
        below = os.open(path, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor, path = below, "d"
    os.close(descriptor)


def probe(port, seconds):
    """GETs one after another; prints when each began and ended."""
    connection, found = Connection(("127.0.0.1", port), timeout=60), []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        connection.send(b"GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.read()
        found.append((start, time.monotonic()))
        time.sleep(0.0005)
    json.dump(found, sys.stdout)


def memory(server):
    with open(f"/proc/{server.process.pid}/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM"))


def start_probe(server, seconds):
    return subprocess.Popen([sys.executable, "-B", os.path.abspath(__file__), "--probe", str(server.address[1]), "--seconds", str(seconds)],
                            stdout=subprocess.PIPE)


def gets_of(process):
    return json.loads(process.communicate(timeout=120)[0])


def p99(gets):
    times = sorted(end - start for start, end in gets)
    return times[len(times) * 99 // 100] * 1000


class Attack(threading.Thread):
    def __init__(self, server, hostile, seconds):
        super().__init__()
        self.server, self.hostile, self.seconds = server, hostile, seconds
        self.requests, self.fault = [], None

    def run(self):
        end = time.monotonic() + self.seconds
        while time.monotonic() < end and not self.fault:
            start = time.monotonic()
            try:
                self.hostile(self.server)
            except (EOFError, ConnectionError, socket.timeout) as error:
                # A connection that the server closes in the midst of a body is a refusal; a server that is gone is not.
                if self.server.process.poll() is not None:
                    self.fault = f"the server ended: {error!r}"
            self.requests.append((start, time.monotonic()))


def attack(server, name, seconds):
    before = memory(server)
    probing = start_probe(server, seconds + 0.5)
    attacks = [Attack(server, HOSTILE[name], seconds) for _ in range(2)]
    for each in attacks:
        each.start()
    for each in attacks:
        each.join()
    gets = gets_of(probing)
    faults = [each.fault for each in attacks if each.fault]
    for each in attacks:
        for start, end in each.requests:
            seen = start > gets[0][0]  # the probe had begun
            if seen and end - start > 1 and not any(begun > start and ended < end for begun, ended in gets):
                faults.append(f"no GET was answered during {end - start:.1f} s")
    grown = memory(server) - before
    if grown > MEMORY:
        faults.append(f"its memory grew by {grown >> 20} MB")
    return gets, max(end - start for each in attacks for start, end in each.requests), grown, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--probe", type=int)
    options = parser.parse_args()
    if options.probe:
        return probe(options.probe, options.seconds)
    bad = 0
    for name in options.names or HOSTILE:
        server = Server(config='[log]\nlevel = "error"\naccess = false\n')
        try:
            prepare(server)
            quiet = gets_of(start_probe(server, 1)) if options.report else None
            gets, longest, grown, faults = attack(server, name, options.seconds)
            told = f", p99 of GET {p99(gets):.1f} ms, quiet {p99(quiet):.1f} ms" if quiet else ""
            print(f"{'FAIL' if faults else 'ok'} {name}: longest {longest:.2f} s, memory +{grown >> 20} MB{told}", *faults, sep="\n    ", flush=True)
            bad += bool(faults)
        finally:
            server.kill()
            subprocess.run(["rm", "-rf", server.root, server.work])
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
