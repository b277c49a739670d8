#!/usr/bin/env python3
"""Sixteen clients at random on few names; then, for each resource, a search for an order in which every answer is right.

    run.py [--seed N] [--rounds N] [--kill] [--cut] [--server NAME] [--not-durable] [--go-on] [--results FILE]

--kill ends the server by SIGKILL in the midst of each round and starts it again. --cut takes, in the midst of each round, what is on the
disk at that moment (a disk of media.py's), and serves that too: what was answered before must be there. --results adds the counts
to a file, and goes on with the seed after the last one there. --not-durable runs Davit with storage.durable = false: then --cut must
find losses. Exit 1: a history without an order, which is printed; --go-on only counts them, to compare servers.
"""
import argparse
import importlib.util
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "peers")]
import servers  # noqa: E402
from checker import search  # noqa: E402
from clients import Client, Recorder, Survey  # noqa: E402
from media import Disk  # noqa: E402
from model import State, on_the_disk  # noqa: E402

CLIENTS, OPERATIONS = 16, 24
NAMES = ("/a", "/b", "/c/d", "/c/e")
# What each server can do of what the clients ask; the rest would be refused for reasons that are no fault in its order.
ABILITIES = {"Davit": {"properties", "locks", "conditions"}, "mod_dav": {"properties", "locks", "conditions"},
             "lighttpd": {"properties", "locks", "conditions"}, "nginx-dav-ext": set(), "xnet": {"locks"}}
KINDS = {"": ["get", "get", "put", "put", "delete", "move", "copy"], "properties": ["proppatch", "propfind"], "locks": ["lock", "unlock"]}


class Violation(Exception):
    pass


def benchmark_servers():
    """The benchmark's list, which has the name of the peers' list; BENCH_BUILD says where its programs are."""
    spec = importlib.util.spec_from_file_location("benchmark_servers", os.path.join(HERE, "..", "..", "bench", "servers.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_server(name, durable=True):
    if name == "Davit":
        return servers.make(name, durable=durable)
    if name == "xnet":
        return benchmark_servers().XNet()
    return servers.make(name)


def begin_rounds(root):
    os.makedirs(os.path.join(root, "c"), exist_ok=True)


def kinds_of(abilities):
    return KINDS[""] + [kind for ability in sorted(abilities) for kind in KINDS.get(ability, [])]


def kill(server):
    for pid in server.pids():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    server.process.wait()


def start_again(server):
    server._launch()
    if not server._answers():
        raise Violation("it did not start again:\n" + server.log())


def report(name, failure, seed):
    order, state, waiting = failure
    lines = [f"seed {seed}: no order of the operations on {name} explains every answer. The longest that does ends with:"]
    lines += [f"    {op}" for op in order[-12:]] + [f"  state: {state}", "  and none of these may be next:"]
    return "\n".join(lines + [f"    {op}" for op in waiting])


def check(recorder, before, seed):
    for name, operations in recorder.operations.items():
        failure = search(operations, before[name])
        if failure:
            raise Violation(report(name, failure, seed))


def state_of(found):
    content, property_ = found
    return State(None if content is None else (content, "other"), property_, None)


class Rounds:
    def __init__(self, options):
        self.options = options
        self.disk = Disk() if options.cut else None
        above = self.disk.folder if self.disk else tempfile.mkdtemp(prefix="davit-histories-")
        os.chmod(above, 0o755)
        self.root = os.path.join(above, "root")
        os.makedirs(self.root)
        begin_rounds(self.root)
        self.above = above
        self.server = make_server(options.server, not options.not_durable)
        self.abilities = ABILITIES[options.server]
        self.counts = {"rounds": 0, "operations": 0, "kills": 0, "cuts": 0, "server errors": 0, "violations": 0}

    def recorder(self):
        recorder = Recorder(NAMES)
        recorder.abilities = self.abilities
        return recorder

    def run(self):
        self.server.start(self.root)
        try:
            before = {name: state_of(found) for name, found in Survey(self.server.port, self.recorder()).look().items()}
            for number in range(self.options.rounds):
                before = self.round(self.options.seed + number, before)
        finally:
            self.server.stop()
            if self.disk:
                self.disk.close()
            else:
                shutil.rmtree(self.above, ignore_errors=True)

    def round(self, seed, before):
        chance, recorder = random.Random(seed), self.recorder()
        clients = [Client(i, self.server.port, recorder, seed * 100 + i, OPERATIONS, kinds_of(self.abilities)) for i in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(chance.random() * self.options.length)
        snapshot = self.cut() if self.disk else None
        limit = None
        if self.options.kill:
            kill(self.server)
            limit = time.monotonic()
        for client in clients:
            client.join()
        for client in clients:
            client.settle(limit or time.monotonic())
        if self.options.kill:
            start_again(self.server)
            self.counts["kills"] += 1
        if snapshot:
            self.look_after_cut(snapshot, recorder, before, seed)
        self.counts["server errors"] += len(recorder.unexpected)
        for unexpected in recorder.unexpected[:3]:
            print(f"seed {seed}: {unexpected}")
        found = Survey(self.server.port, recorder).look()
        self.counts["rounds"] += 1
        self.counts["operations"] += sum(client.answered for client in clients)
        self.check(recorder, before, seed)
        return {name: state_of(each) for name, each in found.items()}

    def check(self, recorder, before, seed):
        try:
            check(recorder, before, seed)
        except Violation:
            self.counts["violations"] += 1
            if not self.options.go_on:
                raise

    def cut(self):
        start = time.monotonic()
        return self.disk.cut(), start, time.monotonic()

    def look_after_cut(self, snapshot, recorder, before, seed):
        """The changes that were answered before the cut are there."""
        image, start, end = snapshot
        then = self.recorder()
        then.numbers = recorder.numbers
        for name, operations in recorder.operations.items():
            then.operations[name] += on_the_disk(operations, start, end)
        folder = self.disk.after(image)
        other = make_server(self.options.server, not self.options.not_durable)
        try:
            other.start(os.path.join(folder, "root"))
            Survey(other.port, then).look()
        finally:
            other.stop()
            self.disk.forget(image, folder)
        self.counts["cuts"] += 1
        self.check(then, before, f"{seed} (after the cut)")


def add_results(path, counts, last_seed):
    results = {}
    if os.path.exists(path):
        with open(path) as file:
            results = json.load(file)
    for name, count in counts.items():
        results[name] = results.get(name, 0) + count
    results["next seed"] = last_seed
    with open(path, "w") as file:
        json.dump(results, file, indent=1)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--length", type=float, default=0.25, help="seconds until the kill or the cut, at most")
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--cut", action="store_true")
    parser.add_argument("--server", default="Davit", choices=sorted(ABILITIES))
    parser.add_argument("--not-durable", action="store_true")
    parser.add_argument("--go-on", action="store_true")
    parser.add_argument("--results")
    options = parser.parse_args()
    if options.seed is None:
        options.seed = 4918
        if options.results and os.path.exists(options.results):
            with open(options.results) as file:
                options.seed = json.load(file)["next seed"]
    return options


def main():
    options = arguments()
    rounds = Rounds(options)
    begin = time.monotonic()
    try:
        rounds.run()
    except Violation as violation:
        print(violation)
        return 1
    finally:
        if options.results:
            add_results(options.results, rounds.counts, options.seed + rounds.counts["rounds"])
    print(", ".join(f"{count} {name}" for name, count in rounds.counts.items()), f"in {time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
