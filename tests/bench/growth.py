"""How Davit's cost grows with files, locks, connections and bytes (--full): straight lines or flat, as charts."""
import os
import statistics

import chart
import loads
import measure as gauge
import medium
import trees
from context import Context
from http_text import lock, propfind, request, unlock
from scenario import DONE, MULTI, OK, Scenario

SERVER = "davit-unsynced"
TITLES = {"files": ("A folder of files", "files", "CPU ms of a listing, ms until the answer to MOVE and DELETE"),
          "locks": ("Locks held", "locks", "CPU us per operation"),
          "connections": ("Connections open", "connections", "CPU us per GET; KiB of memory each"),
          "bodies": ("Bytes of a body", "bytes", "CPU ms")}


def powers(most, quick):
    found, count = [], 1
    while count <= (1000 if quick else most):
        found.append(count)
        count *= 10
    return found


def cost(context, connections, steps, **options):
    """CPU seconds an operation, and the p50 in seconds."""
    result = gauge.measured(context.server, lambda: context.load(connections, steps, limit=600, **options))
    return result["cpu"] / result["done"], result["p50"] / 1e6


def steady(*arguments, **options):
    """The median of three: a machine that is shared has moods longer than one measurement."""
    return statistics.median(cost(*arguments, **options)[0] for _ in range(3))


def deleted(context, count):
    trees.files(context.folder + "/a", count)
    seconds = cost(context, 1, [(DONE, request("DELETE", context.base + "/a/"), 0)], count=1)[1]
    gauge.settle(context.server, most=120)
    return seconds


def files(context, quick):
    lines = {"listing": [], "move": [], "delete": []}
    for count in powers(1000000, quick):
        trees.files(context.folder + "/a", count)
        listing, _ = cost(context, 1, [(MULTI, propfind(context.base + "/a/", "1"), 0)], count=max(1, 1000 // count))
        pair = [(DONE, request("MOVE", context.base + here, {"Destination": context.base + there}), 0)
                for here, there in (("/a/", "/b/"), ("/b/", "/a/"))]
        move = cost(context, 1, pair, count=10)[1] / 2
        delete = statistics.median(deleted(context, count) for _ in range(1 if count > 10000 else 5))
        for name, value in (("listing", listing), ("move", move), ("delete", delete)):
            lines[name].append((count, value * 1000))
    return lines


def locks(context, quick):
    loads.small_tree(context)
    trees.folder(context.folder + "/held")
    lines, held = {"get": [], "lock": []}, 0
    trees.files(context.folder, 2000)
    for count in powers(100000, quick):
        context.next = held
        context.load(8, [(DONE, lock(context.base + "/held/f{n}"), 0)], count=count - held, limit=600)
        held = count
        get = steady(context, 32, [(OK, request("GET", "/read/small/f{n}"), 0)], seconds=0.5, modulo=64)
        pair = steady(context, 16, [(DONE, lock(context.base + "/f{n}"), 0), (DONE, unlock(context.base + "/f{n}"), 0)], count=2000,
                       modulo=2000)
        lines["get"].append((count, get * 1e6))
        lines["lock"].append((count, pair * 1e6))
    return lines


def connections(context, quick):
    loads.small_tree(context)
    lines = {"get": [], "memory": []}
    for count in powers(10000, quick):
        context.connections = count
        lines["memory"].append((count, max(0.01, loads.idle(context)["value"])))
        idle = loads.opened(context, count)
        get = steady(context, 32, [(OK, request("GET", "/read/small/f{n}"), 0)], seconds=0.5, modulo=64)
        lines["get"].append((count, get * 1e6))
        for one in idle:
            one.close()
    return lines


def body(context, size):
    """CPU seconds of a PUT and of a GET; nothing of it is left."""
    times = max(1, min(1000, (1 << 24) // size))
    put, _ = cost(context, 1, [(DONE, request("PUT", context.base + "/body", length=size), size)], count=times)
    get, _ = cost(context, 1, [(OK, request("GET", context.base + "/body"), 0)], count=times)
    context.expect(DONE, request("DELETE", context.base + "/body"))
    gauge.settle(context.server)
    medium.give_back(context.root)
    return put, get


def bodies(context, quick):
    lines = {"get": [], "put": []}
    for size in (1, 1 << 10, 1 << 20) if quick else (1, 1 << 10, 1 << 20, 1 << 26, 1 << 29, 1 << 32):
        for name, costs in zip(("put", "get"), zip(*(body(context, size) for _ in range(3)))):
            lines[name].append((size, statistics.median(costs) * 1000))
    return lines


def measure(fleet, options):
    """{chart: {line: [(size, value)]}}"""
    found = {}
    for kind in (locks, connections, bodies, files):
        name = "davit-locks" if kind is locks else SERVER
        context = Context(name, fleet.get(name), Scenario("growth_" + kind.__name__, "", "", ()), options.size)
        context.seconds = options.seconds
        found[kind.__name__] = kind(context, options.quick)
        trees.remove(context.folder)
        medium.give_back(context.root)
        print(f"\nGrowth, {TITLES[kind.__name__][0]}")
        for line, points in found[kind.__name__].items():
            print(f"  {line:10} " + "  ".join(f"{x}: {y:.4g}" for x, y in points), flush=True)
    return found


def charts(options):
    for name, lines in options.growth.items():
        with open(os.path.join(options.out, f"performance-{name}.svg"), "w") as file:
            file.write(chart.curve(*TITLES[name], lines, str))


def markdown(options):
    if not options.growth:
        return ""
    pictures = "\n".join(f"![{TITLES[name][0]}](performance-{name}.svg)" for name in options.growth)
    return f"## How cost grows\n\nDavit alone, not durable, so that the disk's waits do not hide the curve.\n\n{pictures}\n\n"
