"""Charts as SVG text, readable on light and dark pages."""
import math

COLOURS = {"davit": "#d1242f", "davit-unsynced": "#f08c00", "davit-locks": "#7a1f26", "nginx": "#1a7f37", "lighttpd": "#0969da",
           "apache": "#8250df", "rclone": "#bf3989", "xnet": "#1b7c83", "floor": "#57606a", "floor-synced": "#afb8c1"}
LINES = {"listing": "#0969da", "move": "#1a7f37", "delete": "#d1242f", "get": "#0969da", "put": "#d1242f", "lock": "#8250df",
         "memory": "#1a7f37"}
LEFT, WIDTH, ROW, TOP = 350, 940, 22, 64
LEAST, MOST = 0.05, 50.0


def text(x, y, words, anchor="start", size=12, colour="#1f2328"):
    words = str(words).replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{words}</text>\n'


def line(x1, y1, x2, y2, colour="#d0d7de", width=1):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>\n'


def frame(width, height, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'font-family="sans-serif"><rect width="{width}" height="{height}" fill="#ffffff"/>\n{"".join(parts)}</svg>\n')


def legend(names, label, y, colours=COLOURS):
    parts, x = [], 10
    for name in names:
        parts.append(f'<circle cx="{x + 5}" cy="{y - 4}" r="5" fill="{colours[name]}"/>' + text(x + 14, y, label(name)))
        x += 28 + 6 * len(label(name))
    return parts


def place(ratio):
    inside = min(max(ratio, LEAST), MOST)
    return LEFT + (WIDTH - LEFT - 30) * math.log(inside / LEAST) / math.log(MOST / LEAST)


def reference(scenario, results):
    """Whom a row compares with: the first target's subject."""
    subject = scenario.targets[0].subject if scenario.targets else "davit"
    return subject if subject in results else next(iter(results))


def ratios(wanted, outcome, label):
    """A row a scenario, a dot a server: its value as a multiple of Davit's. Right of the line Davit is cheaper."""
    rows = [one for one in wanted if len(outcome[one.name]["results"]) > 1]
    bottom = TOP + ROW * len(rows)
    names = [name for name in COLOURS if any(name in outcome[one.name]["results"] for one in rows)]
    parts = legend(names, label, 20)
    for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20):
        parts.append(line(place(tick), TOP - 8, place(tick), bottom, "#1f2328" if tick == 1 else "#d0d7de"))
        parts.append(text(place(tick), TOP - 14, f"{tick:g}x", "middle", 11))
    for index, scenario in enumerate(rows):
        y = TOP + ROW * index + ROW / 2
        results = outcome[scenario.name]["results"]
        own = max(results[reference(scenario, results)]["value"], 1e-9)
        parts.append(text(LEFT - 12, y + 4, scenario.title, "end"))
        parts.append(line(LEFT, y, WIDTH - 30, y, "#eaeef2"))
        for name in reversed([name for name in names if name in results]):
            parts.append(f'<circle cx="{place(results[name]["value"] / own):.1f}" cy="{y}" r="5" fill="{COLOURS[name]}" '
                         f'fill-opacity="0.85"><title>{label(name)}: {results[name]["value"]:.3g} {scenario.unit}</title></circle>\n')
    parts.append(text(LEFT, bottom + 20, "dearer right, cheaper left of Davit's cost (1x); logarithmic", size=11))
    return frame(WIDTH, bottom + 32, parts)


def curve(title, across, unit, lines, label):
    """lines: {name: [(x, y)]}, both axes logarithmic."""
    width, height, left, bottom, top = 560, 300, 60, 250, 60
    points = [point for line_ in lines.values() for point in line_]
    low_x, high_x = min(x for x, _ in points), max(x for x, _ in points)
    low_y = 10 ** math.floor(math.log10(min(y for _, y in points)))
    high_y = 10 ** math.ceil(math.log10(max(y for _, y in points) * 1.001))
    at_x = lambda x: left + (width - left - 20) * math.log(x / low_x) / max(math.log(high_x / low_x), 1e-9)  # noqa: E731
    at_y = lambda y: bottom - (bottom - top) * math.log(y / low_y) / math.log(high_y / low_y)  # noqa: E731
    parts = [text(10, 18, title, size=13), *legend(list(lines), label, 38, LINES)]
    for power in range(round(math.log10(low_y)), round(math.log10(high_y)) + 1):
        parts += [line(left, at_y(10 ** power), width - 20, at_y(10 ** power)), text(left - 6, at_y(10 ** power) + 4, f"{10.0 ** power:g}", "end", 11)]
    for x in sorted({x for x, _ in points}):
        where, anchor = (width - 2, "end") if x == high_x else (at_x(x), "middle")  # the last would not fit
        parts.append(text(where, bottom + 16, f"{x:,}" if x < 1 << 20 else f"{x / (1 << 20):,.0f}M", anchor, 10))
    for name, line_ in lines.items():
        corners = " ".join(f"{at_x(x):.1f},{at_y(y):.1f}" for x, y in line_)
        parts.append(f'<polyline points="{corners}" fill="none" stroke="{LINES[name]}" stroke-width="2"/>\n')
        parts += [f'<circle cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="3" fill="{LINES[name]}"/>' for x, y in line_]
    parts.append(text(width / 2, bottom + 36, f"{across}; {unit}; both logarithmic", "middle", 11))
    return frame(width, height, parts)
