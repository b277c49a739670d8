#!/usr/bin/env python3
"""performance.json, performance.md and performance.svg from what was measured.

    report.py FOLDER      writes performance.md and the charts anew from FOLDER/performance.json, without measuring"""
import argparse
import json
import os
import platform
import sys
import textwrap
import tomllib

import chart
import growth
import medium
import scenarios
from servers import PEERS
from targets import verdicts

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = ("davit", "davit-unsynced", *PEERS, "floor", "floor-synced")
LABELS = {"davit": "Davit", "davit-unsynced": "Davit, not durable", "davit-locks": "Davit, 100,000 locks", "xnet": "x/net",
          "apache": "Apache", "floor": "floor", "floor-synced": "floor, synced"}


def label(name):
    return LABELS.get(name, name)


def number(value):
    if value is None:
        return ""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def row(cells):
    return "| " + " | ".join(cells) + " |\n"


def table(head, rows):
    return row(head) + row(["---"] * len(head)) + "".join(row(one) for one in rows) + "\n"


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / (1 << 20)
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB of memory, Linux {platform.release().split('-')[0]}"


def missed(judged):
    """The targets that were missed, and below the table a paragraph on each scenario."""
    with open(os.path.join(HERE, "reasons.toml"), "rb") as file:
        reasons = tomllib.load(file)
    misses = [one for one in judged if not one.met]
    text = f"Of {len(judged)} targets {len(judged) - len(misses)} are met.\n\n"
    if misses:
        text += "These are not:\n\n" + table(["Scenario", "Who", "Measured"],
                                             [[one.scenario.title, label(one.target.subject), one.text(label)] for one in misses])
    for scenario in dict.fromkeys((one.scenario.name, one.scenario.title) for one in misses):
        if reason := reasons.get(scenario[0], "").strip():
            text += wrapped(f"**{scenario[1]}.** {reason}") + "\n\n"
    return text


def wrapped(text):
    """Paragraphs in lines of at most 140 characters."""
    return "\n\n".join(textwrap.fill(one, 140, break_long_words=False, break_on_hyphens=False) for one in text.split("\n\n"))


def decisions():
    with open(os.path.join(HERE, "decisions.md")) as file:
        return file.read()


def main_table(wanted, outcome, judged):
    columns = [name for name in COLUMNS if any(name in one["results"] for one in outcome.values())]
    rows = []
    for scenario in wanted:
        results = outcome[scenario.name]["results"]
        peers = {name: results[name]["value"] for name in PEERS if name in results and name not in scenario.unlike}
        best = min(peers, key=peers.get) if peers else None
        cells = [number(results[name]["value"]) if name in results else "" for name in columns]
        cells = [f"**{cell}**" if name == best else cell for name, cell in zip(columns, cells)]
        reached = "<br>".join(("" if one.met else "misses: ") + f"{label(one.target.subject)} {one.text(label)}"
                              for one in judged if one.scenario is scenario)
        rows.append([f"{scenario.title}, {scenario.unit}", *cells, reached])
    return table(["Scenario", *map(label, columns), "Target"], rows)


def details(wanted, outcome):
    rows = []
    for scenario in wanted:
        for name, one in sorted(outcome[scenario.name]["results"].items(), key=lambda item: item[1]["value"]):
            rows.append([scenario.title, label(name), f"{number(one['value'])} {scenario.unit}", number(one.get("per_second")),
                         number(one.get("p50")), number(one.get("p99")), number(one.get("first_byte_ms")),
                         number(one["peak_kib"] / 1024) if "peak_kib" in one else "", number(one.get("bytes_per_operation"))])
    return table(["Scenario", "Server", "Value", "Operations a second", "p50, us", "p99, us", "First byte, ms", "Peak memory, MiB",
                  "Bytes sent an operation"], rows)


def not_measured(wanted, outcome):
    rows = [[scenario.title, label(name), why.replace("|", "/").replace("\n", " ")[:160]] for scenario in wanted
            for name, why in outcome[scenario.name]["excluded"].items()]
    notes = [f"* {scenario.title}: {scenario.note}.\n" for scenario in wanted if scenario.note]
    return "".join(notes) + "\n" + (table(["Scenario", "Server", "Why it was not measured"], rows) if rows else "")


def markdown(options, wanted, outcome, about, judged, run):
    """`run`: what performance.json says of the run itself."""
    how = "a quick run on small trees: shows that all works, measures little" if options.quick else \
        f"{run['rounds']} interleaved rounds, medians"
    return f"""# Performance

`tests/bench/run.sh` writes this page; its [README](../tests/bench/README.md) explains the figures.
This run: {how}, {run['minutes']} minutes.
The machine: {run['machine']}. The files lie on {run['medium']}.
The servers and the load share the machine.

A value is the **server's processor time per operation**, user and system, of all its processes, unless the row says otherwise. The best
peer is in bold. The **floor** is a program that makes only the system calls which cannot be left out.

## Targets

{missed(judged)}
![Every server's cost beside Davit's](performance.svg)

## Cost per operation

{main_table(wanted, outcome, judged)}{not_measured(wanted, outcome)}
{growth.markdown(options)}## How durable an answer is

{table(["Server", "When the answer goes out", "Set up", "Version"],
       [[label(name), one["durability"], one["setup"], one["version"]] for name, one in about.items()])}`tests/bench/README.md` lists the system calls by which each server syncs.

## Figures behind decisions

{decisions()}
## All figures

{details(wanted, outcome)}"""


def write_pages(options, wanted, outcome, about, judged, run):
    path = lambda name: os.path.join(options.out, name)  # noqa: E731
    with open(path("performance.svg"), "w") as file:
        file.write(chart.ratios(wanted, outcome, label))
    growth.charts(options)
    with open(path("performance.md"), "w") as file:
        file.write(markdown(options, wanted, outcome, about, judged, run))


def write(options, wanted, outcome, about, seconds):
    os.makedirs(options.out, exist_ok=True)
    judged = verdicts(wanted, outcome)
    run = {"machine": machine(), "medium": medium.name(), "minutes": round(seconds / 60), "rounds": options.rounds}
    with open(os.path.join(options.out, "performance.json"), "w") as file:
        json.dump({**run, "scenarios": {
            scenario.name: {"title": scenario.title, "unit": scenario.unit, **outcome[scenario.name]} for scenario in wanted},
            "targets": [{"scenario": one.scenario.name, "subject": one.target.subject, "against": one.against, "value": one.value,
                         "most": one.target.most, "met": one.met} for one in judged], "servers": about,
            "growth": options.growth}, file, indent=1)
    write_pages(options, wanted, outcome, about, judged, run)
    print(f"\n{sum(one.met for one in judged)} of {len(judged)} targets met; {os.path.join(options.out, 'performance.md')}")
    for one in judged:
        if not one.met:
            print(f"  misses: {one.scenario.name}: {label(one.target.subject)} {one.text()}")


def write_again(folder):
    with open(os.path.join(folder, "performance.json")) as file:
        run = json.load(file)
    wanted = [one for one in scenarios.ALL if one.name in run["scenarios"]]
    options = argparse.Namespace(out=folder, quick=False, growth=run["growth"])
    write_pages(options, wanted, run["scenarios"], run["servers"], verdicts(wanted, run["scenarios"]), run)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write_again(sys.argv[1])
