#!/usr/bin/env python3
"""Replays what clients send against a server, and says which of them could work with its answers.

    tests/clients/replay.py URL [TRACE...] [--user NAME:PASSWORD] [--table] [--verbose]

Every trace runs in a new collection below URL, which is removed afterwards. Exit code: 0 all could work, 1 some could not,
2 the command or a trace is wrong. README.md describes the format of a trace.
"""
import argparse
import glob
import os
import re
import secrets
import sys

import expect
import trace as traces
from exchange import Server, encode_body

HERE = os.path.dirname(os.path.abspath(__file__))


class Failed(Exception):
    pass


def fill(text, names):
    """${name} from what is known or kept; ${bytes N} is N letters, the same ones every time."""
    def value(match):
        name = match.group(1)
        if name.startswith("bytes "):
            size = int(name[6:])
            return ("abcdefghijklmnopqrstuvwxyz012345" * (size // 32 + 1))[:size]
        if name not in names:
            raise Failed(f"nothing known as ${{{name}}}")
        return names[name]
    return re.sub(r"\$\{([^}]*)\}", value, text)


class Replay:
    """One trace against one server."""

    def __init__(self, server, trace, verbose=False):
        self.server, self.trace, self.verbose = server, trace, verbose
        self.names = server.names(f"replay-{secrets.token_hex(4)}-{trace.name}")
        self.locks = []

    def run(self):
        """None, or what went wrong, in words."""
        try:
            self._made()
            for step in self.trace.steps:
                self._step(step)
        except Failed as failure:
            return str(failure)
        finally:
            self._clean()
        return None

    def _request(self, method, path, *headers):
        return self.server.send([f"{method} {path} HTTP/1.1", f"Host: {self.names['host']}", *headers], b"")

    def _made(self):
        try:
            answer = self._request("MKCOL", self.names["dir"] + "/", "Content-Length: 0")
        except (EOFError, OSError) as error:
            raise Failed(f"no connection: {error}") from None
        if answer.status != 201:
            raise Failed(f"its collection could not be made: {answer}")

    def _step(self, step):
        where = f"{self.trace.name}.trace:{step.line}: {step.need}"
        body = encode_body(step.body(), step.head(), lambda line: fill(line, self.names))
        head = [fill(line, {**self.names, "length": str(len(body))}) for line in step.head()]
        try:
            answer = self.server.send(head, body, step.cut)
        except (EOFError, OSError) as error:
            raise Failed(f"{where}\n    {head[0]}\n    no answer: {type(error).__name__} {error}") from None
        if answer is None:
            return
        if self.verbose:
            print(f"    {head[0]} -> {answer.status}")
        self._remember_lock(head[0], answer)
        for line, text in step.expected:
            try:
                expect.check(fill(text, self.names), answer, self.names)
            except expect.Missing as missing:
                raise Failed(f"{where}\n    {head[0]} -> {answer.status}\n    line {line}: {missing}") from None

    def _remember_lock(self, request_line, answer):
        if request_line.startswith("LOCK ") and answer.header("Lock-Token"):
            self.locks.append((request_line.split(" ")[1], answer.header("Lock-Token")))

    def _clean(self):
        """Takes away what the trace left, locks included; a server that cannot is none of the trace's business."""
        try:
            for path, token in self.locks:
                self._request("UNLOCK", path, f"Lock-Token: {token}")
            self._request("DELETE", self.names["dir"] + "/")
        except (EOFError, OSError):
            pass
        self.server.close()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("url", metavar="URL")
    parser.add_argument("traces", metavar="TRACE", nargs="*", help="files; all beside this program when none is named")
    parser.add_argument("--user", metavar="NAME:PASSWORD", help="Basic authentication")
    parser.add_argument("--table", action="store_true", help="end with a table in Markdown")
    parser.add_argument("--verbose", action="store_true", help="show every request line and status")
    return parser.parse_args()


def main():
    options = arguments()
    paths = options.traces or sorted(glob.glob(os.path.join(HERE, "*.trace")))
    try:
        loaded = [traces.read(path) for path in paths]
    except (OSError, traces.Malformed) as error:
        print(error, file=sys.stderr)
        return 2
    results = []
    for trace in loaded:
        failure = Replay(Server(options.url, options.user), trace, options.verbose).run()
        results.append((trace, failure))
        print(f"{'FAILED' if failure else 'ok':6} {trace.name}: {trace.client}" + (f"\n  {failure}" if failure else ""), flush=True)
    if options.table:
        print("\n| Trace | Client | Works |\n|---|---|---|")
        for trace, failure in results:
            print(f"| {trace.name} | {trace.client} | {'no: ' + failure.splitlines()[0] if failure else 'yes'} |")
    failed = sum(failure is not None for _, failure in results)
    print(f"{len(results) - failed} of {len(results)} clients can work with {options.url}")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
