#!/usr/bin/env python3
"""clang-tidy over the sources (.clang-tidy says what is asked), many of a layer read as one: nearly all of its time is the
   libraries' headers. They are one file, not one that includes them, because some checks look at the main file only.   tidy.py BUILD [FILES]"""
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

SOURCE = os.path.realpath(os.environ["SOURCE_DIR"])
MOST_LINES = 3500  # of one unit: two processes are to end at about the same time


def commands(build):
    """{source: the compiler's arguments but for the source and what is written}"""
    found = {}
    with open(os.path.join(build, "compile_commands.json")) as file:
        for entry in json.load(file):
            words = shlex.split(entry["command"])
            kept = [word for before, word in zip([""] + words, words)
                    if word not in ("-o", "-c", entry["file"]) and before != "-o"]
            found[os.path.realpath(entry["file"])] = kept
    return found


def sources():
    return sorted(os.path.join(root, name) for root, _, names in os.walk(os.path.join(SOURCE, "src"))
                  for name in names if name.endswith(".cpp"))


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


class Unit:
    """Sources of one layer, compiled alike."""

    def __init__(self, arguments):
        self.arguments, self.files, self.lines, self.origin, self.included = arguments, [], [], [], set()

    def add(self, path):
        """What an earlier file has included already is left out, once: twice in one file is still a finding."""
        seen = set()
        for number, line in enumerate(lines_of(path), 1):
            self.origin.append((path, number))
            if line.startswith("#include") and line in self.included and line not in seen:
                seen.add(line)
                line = "//"
            self.lines.append(line)
        self.included |= {line for line in lines_of(path) if line.startswith("#include")}
        self.files.append(path)

    def write(self, folder):
        layer = os.path.dirname(self.files[0])
        self.path = os.path.join(folder, f"{os.path.basename(layer)}_{os.path.basename(self.files[0])}")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("\n".join(self.lines) + "\n")
        return {"directory": SOURCE, "file": self.path, "arguments": [*self.arguments, f"-iquote{layer}", "-c", self.path]}

    def placed(self, said):
        """`said` with every place in the unit, and the line shown below it, as the place in its source."""
        def place(match):
            path, number = self.origin[int(match["line"]) - 1]
            shown = f"\n{number:5} |" if match["shown"] else ""
            return f"{os.path.relpath(path, SOURCE)}:{number}:{match['rest']}{shown}"
        return re.sub(re.escape(self.path) + r":(?P<line>\d+):(?P<rest>.*)(?P<shown>\n *(?P=line) \|)?", place, said)


def units_of(files, arguments, apart):
    units, last = [], {}
    for path in files:
        words = arguments[path]
        key = (os.path.dirname(path), tuple(words))
        if apart or key not in last or len(last[key].lines) > MOST_LINES:
            last[key] = Unit(words)
            units.append(last[key])
        last[key].add(path)
    return units


def checks_left_out(unit):
    """This check takes half of the time where Asio's functions are read, and finds there what the compiler's moves make cheap anyway."""
    return ["--checks=-performance-unnecessary-value-param"] if re.search(r"src/(http|app)/", unit.files[0]) else []


def look(units, folder):
    """Yields every unit with the exit code and what clang-tidy says; the long ones first."""
    with open(os.path.join(folder, "compile_commands.json"), "w") as file:
        json.dump([unit.write(folder) for unit in units], file)

    def run(unit):
        done = subprocess.run(["clang-tidy-19", "-p", folder, f"--config-file={SOURCE}/.clang-tidy", "--quiet",
                               "--extra-arg=-Wno-ignored-gch", "--extra-arg=-Wno-shadow", "--warnings-as-errors=*",
                               *checks_left_out(unit), unit.path], capture_output=True, text=True)
        noise = re.compile(r"\d+ (warnings|errors)?.*generated\.|Error while processing .*")
        errors = "".join(line + "\n" for line in done.stderr.splitlines() if not noise.match(line))
        return unit, done.returncode, unit.placed(done.stdout + errors)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield from pool.map(run, sorted(units, key=lambda unit: -len(unit.lines)))


def main():
    build, *files = sys.argv[1:]
    files = [os.path.realpath(path) for path in files] or sources()
    arguments = commands(build)
    failed, again = False, []
    with tempfile.TemporaryDirectory(prefix="davit-tidy-") as folder:
        for unit, code, said in look(units_of(files, arguments, apart=False), folder):
            if "[clang-diagnostic-error" in said and len(unit.files) > 1:
                # Two files of a layer have the same name for something: nothing is wrong with either, and it only takes longer.
                print(f"read apart, because they do not compile as one: {said.splitlines()[0]}", flush=True)
                again += unit.files
                continue
            failed |= code != 0
            print(said, end="", flush=True)
        for _, code, said in look(units_of(again, arguments, apart=True), folder):
            failed |= code != 0
            print(said, end="", flush=True)
    print(f"{len(files)} files")
    sys.exit(failed)


main()
