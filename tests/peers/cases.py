"""What a case is, and the list of them all."""
import dataclasses
import re
import typing

from client import Folder, NoLock

CONFORMS, FREE, DEVIATES = "conforms", "free", "deviates"


@dataclasses.dataclass
class Case:
    group: str              # Locks, Conditions, Trees
    title: str              # what is asked and, after a colon, what the cell says, in order
    clause: str             # RFC 4918's section, or another's
    level: str              # MUST, SHOULD; "use": no rule, but clients need it; "free": no rule
    wanted: str             # a regular expression of the results that conform
    allowed: str            # of those that do not, and that no rule forbids
    davit: str              # what Davit answers
    ask: typing.Callable    # Folder -> result

    def run(self, port, number):
        try:
            return self.ask(Folder(port, f"case{number}"))
        except NoLock as refusal:
            return str(refusal)

    def verdict(self, result):
        if re.fullmatch(self.wanted, result):
            return CONFORMS
        return FREE if self.level == "free" or re.fullmatch(self.allowed, result) else DEVIATES


ALL = []


def case(group, title, clause, level, davit, wanted=None, allowed=r"(?!)"):
    """Registers the function below; without `wanted` Davit's result is the only one that conforms."""
    def register(ask):
        ALL.append(Case(group, title, clause, level, wanted or re.escape(davit), allowed, davit, ask))
        return ask
    return register


def load():
    import condition_cases  # noqa: F401  (each registers its cases; they stand in the table by group)
    import lock_cases  # noqa: F401
    import tree_cases  # noqa: F401
    order = ["Locks", "Conditions", "Trees"]
    return sorted(ALL, key=lambda x: order.index(x.group))
