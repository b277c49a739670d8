"""Asks Debian's WebDAV servers and Davit ($DAVIT) the same questions, side by side.

    run.py                  fails when Davit answers otherwise than it should, or anybody otherwise than docs/conformance.md says
    run.py --print          prints the table
    run.py --write FILE     puts the table into FILE, between its two markers
"""
import concurrent.futures
import contextlib
import os
import shutil
import sys

import cases
import servers
import table

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "conformance.md")


def ask_everybody():
    """[(server class, version, results)]"""
    with contextlib.ExitStack() as stack:
        running = []
        for kind in servers.ALL:
            root = servers.fresh_folder()
            stack.callback(shutil.rmtree, os.path.dirname(root))
            running.append(stack.enter_context(kind()))
            running[-1].start(root)
        with concurrent.futures.ThreadPoolExecutor(len(running)) as pool:
            results = list(pool.map(ask, running))
        return [(type(server), server.version(), result) for server, result in zip(running, results)]


def ask(server):
    results = []
    for number, case in enumerate(cases.load(), 1):
        try:
            results.append(case.run(server.port, number))
        except Exception as error:
            raise RuntimeError(f"{server.name}, case {number}, {case.title}:\n{server.log()}") from error
    return results


def wrong_answers(asked):
    """What Davit answers otherwise than each case says it must."""
    results = next(results for kind, _, results in asked if kind is servers.Davit)
    return [f"Davit: {case.title}\n  must be: {case.davit}\n  but was: {result}"
            for case, result in zip(cases.load(), results) if result != case.davit]


def check(asked):
    with open(PAGE) as file:
        documented = table.find(file.read())
    now = table.render(asked)
    for name in table.other_versions(documented, now):
        print(f"## NOT COMPARED: {name} is {table.versions(now)[name]} here, {table.versions(documented)[name]} in "
              "docs/conformance.md.\n## Look at run.py --print, then run.py --write.")
    problems = wrong_answers(asked) + table.differences(documented, now)
    print("\n".join(problems) or f"{len(cases.load())} cases, {len(asked)} servers: as documented")
    return 1 if problems else 0


def main(arguments):
    if arguments not in ([], ["--print"]) and arguments[:1] != ["--write"]:
        sys.exit(__doc__)
    asked = ask_everybody()
    if arguments == ["--print"]:
        print(table.render(asked))
    elif arguments:
        with open(arguments[1]) as file:
            page = table.insert(file.read(), table.render(asked))
        with open(arguments[1], "w") as file:
            file.write(page)
        print("\n".join(wrong_answers(asked)))
    return check(asked) if not arguments else bool(wrong_answers(asked))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
