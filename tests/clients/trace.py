"""Reads a trace: what one client sends, step by step, and the answers it needs. The format is described in README.md."""
import dataclasses
import re


@dataclasses.dataclass
class Step:
    """One request and what its answer must be."""
    need: str                                            # what the client cannot do without, in words
    line: int                                            # where it stands in the file
    request: list = dataclasses.field(default_factory=list)       # lines after ">", still with ${names}
    expected: list = dataclasses.field(default_factory=list)      # (line number, text) after "<"
    cut: bool = False                                    # the client goes away before its body is complete

    def head(self):
        """The request line and the header lines."""
        return self.request[:self.request.index("")] if "" in self.request else self.request

    def body(self):
        """The lines after the first empty one; None when there is no body."""
        return self.request[self.request.index("") + 1:] if "" in self.request else None


@dataclasses.dataclass
class Trace:
    name: str
    client: str
    sources: list
    steps: list


class Malformed(Exception):
    """The file is no trace."""


def read(path):
    name = re.sub(r"\.trace$", "", path.rsplit("/", 1)[-1])
    with open(path, encoding="utf-8") as file:
        return parse(name, file.read())


def parse(name, text):
    trace = Trace(name, "", [], [])
    for number, line in enumerate(text.splitlines(), 1):
        try:
            _take(trace, number, line)
        except (IndexError, ValueError) as error:
            raise Malformed(f"{name}:{number}: {error}: {line!r}") from None
    if not trace.client or not trace.sources:
        raise Malformed(f"{name}: no client or no source named")
    for step in trace.steps:
        if not step.request or (not step.expected and not step.cut):
            raise Malformed(f"{name}:{step.line}: a step needs a request and what is expected of the answer")
    return trace


def _take(trace, number, line):
    mark, _, rest = line.partition(" ")
    if line == "" or mark == "#":
        return
    if mark == "==":
        trace.steps.append(Step(rest.strip(), number))
    elif mark == ">":
        trace.steps[-1].request.append(rest)
    elif mark == "<":
        trace.steps[-1].expected.append((number, rest.strip()))
    elif line == "cut":
        trace.steps[-1].cut = True
    elif mark == "client:":
        trace.client = rest.strip()
    elif mark == "source:":
        trace.sources.append(rest.strip())
    else:
        raise ValueError("neither a step (==), a request (>), an expectation (<), client:, source: nor cut")
