"""The table of docs/conformance.md: written, and compared with what the servers answer today."""
import cases

BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
MARK = {cases.CONFORMS: "{}", cases.FREE: "*{}*", cases.DEVIATES: "**{}**"}


def render(asked):
    """`asked`: [(server class, version, results)], in the order of the columns."""
    lines = ["| Server | Version | Set-up |", "|---|---|---|"]
    lines += [row(kind.name, version, kind.setup) for kind, version, _ in asked]
    lines += ["", row("Group", "Case", "Section", "Asked", *(kind.name for kind, _, _ in asked)), "|---" * (4 + len(asked)) + "|"]
    for i, case in enumerate(cases.load()):
        cells = [MARK[case.verdict(results[i])].format(results[i]) for _, _, results in asked]
        lines.append(row(case.group, case.title, case.clause, case.level, *cells))
    for verdict in (cases.CONFORMS, cases.FREE, cases.DEVIATES):
        counts = (sum(case.verdict(results[i]) == verdict for i, case in enumerate(cases.load())) for _, _, results in asked)
        lines.append(row("Sum", verdict, "", "", *counts))
    return "\n".join(lines)


def row(*cells):
    return "| " + " | ".join(str(x).replace("|", "\\|") for x in cells) + " |"


def insert(page, text):
    """The page with `text` between the markers."""
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def find(page):
    return page.split(BEGIN)[1].split(END)[0].strip("\n")


def versions(text):
    return {cells[0]: cells[1] for cells in map(split, text.split("\n\n")[0].splitlines()[2:])}


def split(line):
    return [x.strip() for x in line.strip("|").split(" | ")]


def differences(documented, now):
    """Lines that tell what differs. A server of another version than the table's is left out: see other_versions."""
    left_out = other_versions(documented, now)
    old, new = (strip(text, left_out) for text in (documented, now))
    if len(old) != len(new):
        return [f"{len(old)} lines documented, {len(new)} lines now"]
    return [f"documented: {a}\n       now: {b}" for a, b in zip(old, new) if a != b]


def other_versions(documented, now):
    before = versions(documented)
    return [name for name, version in versions(now).items() if name in before and before[name] != version]


def strip(text, names):
    """The lines without the rows and columns of some servers."""
    first, second = text.split("\n\n")
    header = split(second.splitlines()[0])
    lines = [x for x in first.splitlines() if split(x)[0] not in names]
    for line in second.splitlines():
        cells = split(line)
        lines.append(row(*(c for name, c in zip(header, cells) if name not in names)) if len(cells) == len(header) else line)
    return lines
