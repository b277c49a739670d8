"""What Davit must reach, compared with what was measured."""
import dataclasses
import statistics

from scenario import BEST
from servers import PEERS


@dataclasses.dataclass
class Verdict:
    scenario: object
    target: object
    against: str        # the server compared with, "" for a bound of its own
    value: float        # a ratio, or the metric
    met: bool

    def text(self, label=str):
        if not self.against:
            return f"{self.value:.3g} {self.target.unit}, at most {self.target.most:g}"
        what = label(self.against) + (f"'s {self.target.scenario}" if self.target.scenario else "")
        return f"{self.value:.2f} of {what}, at most {self.target.most:g}"


def candidates(against):
    if against == BEST:
        return PEERS
    return against if isinstance(against, tuple) else (against,)


def paired(samples, own, other):
    """The ratio of two servers, round by round, and of these the median: whatever the machine did in a round it did to both."""
    rounds = list(zip(samples.get(own, ()), samples.get(other, ()), strict=True))
    return statistics.median(mine / max(theirs, 1e-9) for mine, theirs in rounds)


def judge(scenario, target, outcome):
    """None when what it is about was not measured."""
    results = outcome[scenario.name]["results"]
    own = results.get(target.subject, {}).get(target.metric)
    if own is None:
        return None
    if target.against is None:
        return Verdict(scenario, target, "", own, own <= target.most)
    results = outcome.get(target.scenario or scenario.name, {"results": {}})["results"]
    others = {name: results[name][target.metric] for name in candidates(target.against) if name in results}
    if not others:
        return None
    against = min(others, key=others.get)
    if target.metric == "value" and not target.scenario:
        ratio = paired(outcome[scenario.name]["samples"], target.subject, against)
    else:
        ratio = own / max(others[against], 1e-9)
    return Verdict(scenario, target, against, ratio, ratio <= target.most)


def verdicts(wanted, outcome):
    judged = [judge(scenario, target, outcome) for scenario in wanted for target in scenario.targets]
    return [one for one in judged if one]
