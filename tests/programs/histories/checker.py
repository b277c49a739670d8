"""Searches an order of one resource's operations in which each answer is right (linearizability, after Wing and Gong).

An operation takes effect between its start and its end. One without an answer may take effect until its limit, the moment at which
the server was killed or the disk was cut off, or never. Configurations that were tried are remembered (Lowe).
"""
from model import step


def search(operations, state):
    """None when there is an order; otherwise the longest prefix that was possible, as (operations in order, state, next ones)."""
    operations = sorted(operations, key=lambda op: op.start)
    required = sum(1 << i for i, op in enumerate(operations) if op.answered())
    best = ([], state)
    seen = set()
    stack = [(0, state, (), float("-inf"))]
    while stack:
        done, state, order, latest = stack.pop()
        if done & required == required:
            return None
        if (done, state) in seen:
            continue
        seen.add((done, state))
        if len(order) > len(best[0]):
            best = (order, state)
        for follow in reversed(_followers(operations, done, state, order, latest)):
            stack.append(follow)
    order, state = best
    done = set(order)
    waiting = [op for i, op in enumerate(operations) if i not in done]
    return [operations[i] for i in order], state, waiting[:20]


def _followers(operations, done, state, order, latest):
    horizon = min((op.end for i, op in enumerate(operations) if op.answered() and not done >> i & 1), default=float("inf"))
    ready = []
    for i, op in enumerate(operations):
        if op.start > horizon:
            break
        if not done >> i & 1 and (op.answered() or op.limit >= latest):
            ready.append(i)
    follow = []
    for i in ready:
        op = operations[i]
        for after in step(op, state):
            entry = (done | 1 << i, after, order + (i,), max(latest, op.start))
            # What changes nothing can go first, unless an operation without an answer would then come too late.
            if after == state and op.answered() and not _closes(operations, ready, op):
                return [entry]
            follow.append(entry)
    return follow


def _closes(operations, ready, op):
    return any(not operations[i].answered() and operations[i].limit < op.start for i in ready)
