#!/usr/bin/env python3
"""Who may include whom (docs/architecture.md), every public header compiles alone, and 424 is written once.   layers.py COMPILER"""
import concurrent.futures
import os
import re
import subprocess
import sys

SOURCE = os.environ["SOURCE_DIR"]
DIRECT = {
    "core": [], "plan": ["core"], "store": ["core"], "xml": ["core"], "headers": ["core"], "engine": ["plan", "store"],
    "fs": ["store"], "login": ["headers"], "http": ["xml", "headers", "engine", "login"], "app": ["http", "fs"],
}
# Headers of the system and of libraries, each for the layer that keeps them from the others.
KEPT = {
    r"pugixml\.hpp": {"xml"}, r"boost/(asio|beast)/.*": {"http"}, r"(sqlite3|utf8proc)\.h": {"fs"}, r"spdlog/.*": {"http", "app"},
    r"prometheus/.*": {"http"}, r"toml\+\+/.*": {"app"}, r"CLI/.*": {"app"}, r"boost/json/.*": {"http", "app"},
    r"(sys/(stat|file)|fcntl)\.h": {"fs", "login", "app"},
    r"sys/(xattr|statvfs|random|sysmacros)\.h": {"fs"}, r"sys/ioctl\.h": {"fs", "http"}, r"sys/syscall\.h": {"fs", "app"}, r"dirent\.h": {"fs"}, r"linux/(?!landlock|sockios).*": {"fs"},
    r"linux/sockios\.h": {"http"},
    r"linux/landlock\.h": {"app"},
    r"systemd/.*": {"app"},
    r"sys/(socket|sendfile)\.h": {"http", "fs", "app"}, r"sys/uio\.h": {"http", "fs", "app"}, r"netinet/.*": {"http"}, r"arpa/inet\.h": {"app", "login", "core"},
    r"openssl/.*": {"http", "login"}, r"crypt\.h": {"login"}, r"zlib\.h": {"http"},
}


def reachable(layer):
    found = {layer}
    for below in DIRECT[layer]:
        found |= reachable(below)
    return found


def includes(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if match := re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line):
                yield number, match.group(1)


def check_includes():
    mistakes, files = [], 0
    for top in ("include/davit", "src"):
        for layer in DIRECT:
            for root, _, names in os.walk(os.path.join(SOURCE, top, layer)):
                for name in names:
                    files += 1
                    path = os.path.join(root, name)
                    for number, included in includes(path):
                        where = f"{os.path.relpath(path, SOURCE)}:{number}"
                        if match := re.match(r"davit/(\w+)/", included):
                            if match.group(1) not in reachable(layer):
                                mistakes.append(f"{where}: {layer} may not include {included}")
                        for pattern, allowed in KEPT.items():
                            if re.fullmatch(pattern, included) and layer not in allowed:
                                mistakes.append(f"{where}: only {', '.join(sorted(allowed))} may include {included}")
    assert files > 80, f"only {files} files were found"
    return mistakes


def check_number():
    """The number of Failed Dependency stands in one place, outside of comments."""
    places = []
    for top in ("include", "src"):
        for root, _, names in os.walk(os.path.join(SOURCE, top)):
            for name in names:
                path = os.path.join(root, name)
                with open(path, encoding="utf-8") as file:
                    if re.search(r"\b424\b", re.sub(r"//.*", "", file.read())):
                        places.append(os.path.relpath(path, SOURCE))
    return [] if places == ["src/xml/failed_dependency.cpp"] else [f"424 stands in {places}"]


def first_include(path):
    return next((included for _, included in includes(path)), None)


def proved_by_the_build():
    """Public headers that a source of the release build reads before anything else. Not so in http, whose sources get a precompiled header first."""
    proved = set()
    for root, _, names in os.walk(os.path.join(SOURCE, "src")):
        layer = os.path.relpath(root, os.path.join(SOURCE, "src")).split(os.sep)[0]
        if layer != "http":
            proved |= {first_include(os.path.join(root, name)) for name in names if name.endswith(".cpp")}
    return proved


def compiles_alone(compiler, header):
    done = subprocess.run([compiler, "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-I",
                           os.path.join(SOURCE, "include"), "-x", "c++", "-"], input=f'#include "{header}"\n#include "{header}"\n',
                          capture_output=True, text=True)
    return f"{header} does not compile alone:\n{done.stderr[:1500]}" if done.returncode else None


def main():
    mistakes = check_includes() + check_number()
    headers = []
    for root, _, names in os.walk(os.path.join(SOURCE, "include")):
        headers += [os.path.relpath(os.path.join(root, name), os.path.join(SOURCE, "include")) for name in names]
    left = sorted(set(headers) - proved_by_the_build())
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        mistakes += filter(None, pool.map(lambda h: compiles_alone(sys.argv[1], h), left))
    for mistake in mistakes:
        print(mistake)
    print(f"{len(headers)} public headers, {len(left)} of them compiled here, {len(mistakes)} mistakes")
    sys.exit(bool(mistakes))


main()
