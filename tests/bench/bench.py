#!/usr/bin/env python3
"""Runs the scenarios of scenarios.py in interleaved rounds and writes performance.json, .md and .svg.
run.sh builds what is needed and calls this; README.md explains the figures."""
import argparse
import http.client
import json
import os
import re
import signal
import statistics
import sys
import time

import growth
import guarded
import measure
import medium
import report
import scenarios
import servers
import trees
from context import Context


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh")
    parser.add_argument("--quick", action="store_true", help="few short rounds on small trees: shows that all works, measures little")
    parser.add_argument("--full", action="store_true", help="also 1,000,000 files, 10,000 connections and the growth charts")
    parser.add_argument("--only", default="", metavar="REGEX", help="scenarios whose name matches, or growth")
    parser.add_argument("--servers", default="", metavar="LIST", help="commas between: " + ", ".join(MAKERS))
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--out", default="", metavar="DIR", help="where performance.md, .svg and .json go: docs for all servers and scenarios, "
                        "else build/bench")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (2 if options.quick else 5)
    part = options.quick or options.only or options.servers
    options.out = options.out or ("build/bench" if part else "docs")
    options.seconds = 0.2 if options.quick else 0.5
    options.size = 0.05 if options.quick else 1
    options.connections = 10000 if options.full else 500 if options.quick else 5000
    unknown = set(filter(None, options.servers.split(","))) - set(MAKERS)
    if unknown:
        parser.error("no such server: " + ", ".join(sorted(unknown)))
    return options


MAKERS = {**servers.MAKERS, **guarded.MAKERS}
FAULTS = (AssertionError, measure.LoadFailed, OSError, EOFError, http.client.HTTPException)


class Fleet:
    """The servers that run, each started when it is first asked for, all on one file system."""

    def __init__(self):
        self.above = os.path.dirname(servers.peers.fresh_folder())
        self.running, self.broken = {}, {}

    def get(self, name):
        if name not in self.running and name not in self.broken:
            root = os.path.join(self.above, "root")
            if name in servers.OWN_ROOT:
                root = os.path.join(self.above, "root-" + name)
                os.makedirs(root, exist_ok=True)
            server = MAKERS[name]()
            try:
                server.start(root)
                os.chmod(root, 0o777)
                self.running[name] = server
            except servers.peers.NotStarted as error:
                self.broken[name] = str(error)
        return self.running.get(name)

    def stop(self):
        for server in self.running.values():
            server.stop()
        trees.remove(self.above)


def sample(context, options):
    """One round of one server; a dictionary with "value" in the scenario's unit and what else was seen."""
    scenario = context.scenario
    if scenario.prepare:
        scenario.prepare(context)
        context.server.refresh()
    if scenario.measure:
        return scenario.measure(context)
    modulo = scenario.modulo(context) if callable(scenario.modulo) else scenario.modulo
    how = {"count": scenario.count} if scenario.count else {"seconds": options.seconds, "count": scenario.at_most}
    result = measure.measured(context.server, lambda: context.load(
        scenario.connections, scenario.steps(context), modulo=modulo, values=context.values,
        lossy=context.name in scenario.lossy, **how))
    operations = (result["done"] + result["failed"]) * scenario.each
    per = operations * (scenario.gib or 1)
    factor = 1e6 if scenario.unit == "us" else 1e3
    result["cpu_per_operation"] = result["cpu"] / per * factor
    result["value"] = result["p50"] / 1000 if scenario.value == "latency" else result["cpu_per_operation"]
    result["per_second"] = operations / result["seconds"]
    for key in ("p50", "p90", "p99", "max"):
        result[key] /= scenario.each
    result["bytes_per_operation"] = result["received"] / operations
    result["first_byte_ms"] = result["first_byte_p50"] / 1000
    if scenario.entries:
        result["us_per_entry"] = result["cpu"] / operations / scenario.entries(context) * 1e6
    result["peak_kib_per_connection"] = max(0, result["peak_kib"] - result["resting_kib"]) / scenario.connections
    return result


def median(samples):
    keys = [key for key, value in samples[0].items() if isinstance(value, (int, float))]
    return {key: statistics.median(one[key] for one in samples) for key in keys}


def ready(fleet, scenario, options, names):
    """The contexts of the servers that take part, set up and checked; and why the others do not."""
    contexts, excluded = [], {}
    for name in names:
        server = fleet.get(name)
        if server is None:
            excluded[name] = fleet.broken[name]
            continue
        context = Context(name, server, scenario, options.size)
        context.seconds, context.connections = options.seconds, options.connections
        try:
            server.refresh()
            scenario.setup(context)
            scenario.check(context)
            contexts.append(context)
        except FAULTS as error:
            excluded[name] = f"{type(error).__name__}: {error}"[:300]
    return contexts, excluded


def run(fleet, scenario, options):
    chosen = set(filter(None, options.servers.split(","))) or set(MAKERS)
    begun = time.monotonic()
    contexts, excluded = ready(fleet, scenario, options, [name for name in scenario.servers if name in chosen])
    samples = {context.name: [] for context in contexts}
    for _ in range(min(options.rounds, scenario.most_rounds)):
        for context in contexts:
            if context.name in excluded:
                continue
            try:
                samples[context.name].append(sample(context, options))
            except FAULTS as error:
                excluded[context.name] = f"{type(error).__name__}: {error}"[:300]
    results = {guarded.column(name): median(rounds) for name, rounds in samples.items() if rounds and name not in excluded}
    for context in contexts:
        trees.remove(context.folder)
    medium.give_back(fleet.above)
    show(scenario, results, excluded, time.monotonic() - begun)
    return {"results": results, "excluded": {guarded.column(name): why for name, why in excluded.items()},
            "samples": {guarded.column(name): [one["value"] for one in rounds] for name, rounds in samples.items()}}


def show(scenario, results, excluded, seconds):
    print(f"\n{scenario.title} [{scenario.unit}]   ({seconds:.0f} s)")
    for name, one in sorted(results.items(), key=lambda item: item[1]["value"]):
        print(f"  {name:16} {one['value']:10.1f}   {one.get('per_second', 0):10.0f}/s   p50 {one.get('p50', 0):8.0f} us"
              f"   p99 {one.get('p99', 0):8.0f} us   peak {one.get('peak_kib', 0) / 1024:6.1f} MiB"
              f"   {one.get('bytes_per_operation', 0):10.0f} B")
    for name, why in excluded.items():
        print(f"  {name:16} not measured: {why}")
    sys.stdout.flush()


def main():
    options = options_of(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end and their folders go
    wanted = [one for one in scenarios.ALL if re.search(options.only, one.name) and (options.full or not one.full)]
    fleet = Fleet()
    outcome = {}
    begun = time.monotonic()
    try:
        for scenario in wanted:
            outcome[scenario.name] = run(fleet, scenario, options)
        options.growth = growth.measure(fleet, options) if options.full and options.only in ("", "growth") else {}
        about = {name: {"version": server.version(), "durability": server.durability, "setup": server.setup}
                 for name, server in fleet.running.items()}
    finally:
        fleet.stop()
    report.write(options, wanted, outcome, about, time.monotonic() - begun)
    faults = [f"{name}: {one['excluded'][server]}" for name, one in outcome.items() for server in one["excluded"]
              if server.startswith("davit")]
    for fault in faults:
        print("NOT MEASURED:", fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
