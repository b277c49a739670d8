#!/usr/bin/env python3
"""Every system call in strace's output, from the start of the program on, is one the unit lets through.
   unit_filter.py UNIT CALLS PROGRAM"""
import re
import subprocess
import sys


def known_sets():
    """{set: its lines} as systemd has them."""
    text = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], capture_output=True, text=True, check=True).stdout
    sets, name = {}, None
    for line in text.splitlines():
        if line.startswith("@"):
            name = line.strip()
            sets[name] = []
        elif name and (word := line.strip()) and not word.startswith("#"):
            sets[name].append(word)
    return sets


def members(sets, name):
    found = set()
    for word in sets[name]:
        found |= members(sets, word) if word.startswith("@") else {word}
    return found


def allowed(unit, sets):
    """What is left when the lines are applied in their order; the first one says that it is a list of what is allowed."""
    calls = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        for name in line.removeprefix("~").split():
            some = members(sets, name) if name.startswith("@") else {name}
            calls = calls - some if line.startswith("~") else calls | some
    return calls


def made(trace, program):
    """The calls after the program's own execve."""
    _, found, rest = trace.partition(f'execve("{program}"')
    assert found, f"{program} was not started"
    return set(re.findall(r"^\d+ +([a-z_0-9]+)\(", rest, re.M))


# Younger than Debian 12's systemd: the server does without when they are refused, as unit_run.py has them be.
DONE_WITHOUT = {"getxattrat", "syscall_0x1d0"}


def main():
    unit, trace, program = sys.argv[1:]
    with open(unit) as file:
        let_through = allowed(file.read(), known_sets())
    with open(trace, errors="replace") as file:
        calls = made(file.read(), program)
    assert len(calls) > 40, f"hardly anything was seen: {calls}"
    beyond = sorted(calls - let_through - DONE_WITHOUT)
    if beyond:
        sys.exit(f"the unit's filter refuses calls that are made: {' '.join(beyond)}")
    print(f"{len(calls)} kinds of system calls, {len(let_through)} let through")


if __name__ == "__main__":
    main()
