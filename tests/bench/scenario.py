"""What a scenario is made of. scenarios.py lists them."""
import dataclasses
from typing import Callable, Optional

OK, CREATED, DONE, MULTI = (200,), (201,), (200, 201, 204), (207,)
PATCHED = (207, 204)  # lighttpd says 204 when all went well
BEST = "the best peer"


@dataclasses.dataclass
class Target:
    """value(subject) / value(against) must not exceed `most`; without `against`, the metric itself must not."""
    subject: str
    most: float
    against: object = None      # a server's name, a tuple of names for the best of them, or BEST
    metric: str = "value"
    unit: str = ""
    scenario: str = ""          # where `against` was measured, when that is another one


@dataclasses.dataclass
class Scenario:
    name: str
    title: str
    unit: str                                   # "us", "ms": CPU per operation; "ms/GiB": CPU; others: what measure() says
    servers: tuple
    steps: Optional[Callable] = None            # context -> [(statuses, request, filler bytes)]
    connections: int = 1
    count: Optional[int] = None                 # operations a round; else for options.seconds
    at_most: Optional[int] = None               # operations a round, when it is for options.seconds
    modulo: object = 0                          # of the counter; an int, or a function of the context
    setup: Callable = lambda context: None      # once a server
    prepare: Optional[Callable] = None           # before every round
    check: Callable = lambda context: None      # raises AssertionError; once, after setup
    measure: Optional[Callable] = None          # in place of the load: context -> a dictionary with "value"
    value: str = "cpu"                          # or "latency": what the column and the ratios are of
    each: int = 1                               # operations in one sequence of steps
    lossy: tuple = ()                           # servers whose refusals are counted, not fatal
    unlike: tuple = ()                          # servers that do another thing: shown, but not a best peer
    gib: float = 0                              # of a body, for ms/GiB
    most_rounds: int = 99
    full: bool = False                          # only with --full
    targets: tuple = ()
    entries: Optional[Callable] = None          # of a listing, for us_per_entry
    note: str = ""
