"""What one resource may hold, and what each answered operation says of it.

A state is (content, property, lock). `content` is None where nothing exists, else (value, origin): the value a client wrote and
"put", or "other" for content that COPY, MOVE or an earlier round brought. A value that no client knows yet is an Unknown; the first
read binds it. An operation maps a state to the states that may follow; none means that its answer contradicts the state.
"""
from typing import NamedTuple, Optional


class Unknown(NamedTuple):
    """A value the server chose by itself: copied content, or the token of a LOCK whose answer was lost."""
    source: int


class State(NamedTuple):
    content: Optional[tuple] = None
    property: object = None
    lock: object = None


NOTHING = State()


class Operation(NamedTuple):
    """One request as a client saw it. `end` is None when no answer came: it happened before `limit`, or never."""
    number: int
    client: int
    kind: str
    start: float
    end: Optional[float]
    limit: float
    status: int = 0
    value: object = None       # written or read
    condition: object = None   # None, "absent" (If-None-Match: *), or the value that an If-Match names
    token: object = None       # sent in If, granted by LOCK, or given to UNLOCK

    def answered(self):
        return self.end is not None


def _same(seen, held):
    """A read value against the state's: equal, or bound by this read."""
    return isinstance(held, Unknown) or seen == held


def _free(operation, state):
    return state.lock is None or state.lock == operation.token


def get(op, state):
    if op.status == 404:
        return [state] if state.content is None else []
    if state.content is None or not _same(op.value, state.content[0]):
        return []
    return [state._replace(content=(op.value, state.content[1]))]


def put(op, state):
    exists = state.content is not None
    if op.status == 423:
        return [state] if not _free(op, state) else []
    if op.status == 412:
        return [state] if _may_fail(op, state) else []
    if not _free(op, state) or not _condition_holds(op, state):
        return []
    if op.status == (201 if exists else 204):
        return []
    return [State((op.value, "put"), state.property if exists else None, state.lock)]


def _condition_holds(op, state):
    if op.condition is None:
        return True
    if op.condition == "absent":
        return state.content is None
    return state.content is not None and _same(op.condition, state.content[0])


def _may_fail(op, state):
    """412: by If (the token is of no lock here), by If-None-Match, or by If-Match. An entity tag of copied content is unknown."""
    if op.token is not None and state.lock != op.token:
        return True
    if op.condition == "absent":
        return state.content is not None
    if op.condition is None:
        return False
    return state.content is None or state.content != (op.condition, "put")


def delete(op, state):
    if op.status == 404:
        return [state] if state.content is None else []
    if op.status == 423:
        return [state] if not _free(op, state) else []
    if op.status == 412:
        return [state] if op.token is not None and state.lock != op.token else []
    return [NOTHING] if state.content is not None and _free(op, state) else []


def move_from(op, state):
    if op.status == 404:
        return [state] if state.content is None else []
    if op.status not in (201, 204):
        return [state]  # which of the two resources refused it is not told
    return [NOTHING] if state.content is not None and state.lock is None else []


def copy_from(op, state):
    if op.status == 404:
        return [state] if state.content is None else []
    return [state] if op.status not in (201, 204) or state.content is not None else []


def arrive(op, state):
    """The Destination of a COPY or MOVE: content and property come along, a lock there is in the way."""
    if op.status not in (201, 204):
        return [state]
    if state.lock is not None or (state.content is not None) == (op.status == 201):
        return []
    return [State((Unknown(op.number), "other"), Unknown(op.number), None)]


def proppatch(op, state):
    if op.status == 404:
        return [state] if state.content is None else []
    if op.status == 423:
        return [state] if not _free(op, state) else []
    if op.status == 412:
        return [state] if op.token is not None and state.lock != op.token else []
    return [state._replace(property=op.value)] if state.content is not None and _free(op, state) else []


def propfind(op, state):
    if op.status == 404:
        return [state] if state.content is None else []
    if state.content is None or not _same(op.value, state.property):
        return []
    return [state._replace(property=op.value)]


def find_lock(op, state):
    """lockdiscovery: the token that is held, or None."""
    if op.status == 404:
        return [state] if state.content is None else []
    held = state.lock
    if state.content is None or not (op.value == held or (isinstance(held, Unknown) and op.value is not None)):
        return []
    return [state._replace(lock=op.value)]


def lock(op, state):
    if op.status == 423:
        return [state] if state.lock is not None else []
    if state.lock is not None or (state.content is not None) == (op.status == 201):
        return []
    return [state._replace(content=state.content or ("", "put"), lock=op.token)]


def unlock(op, state):
    if op.status == 409:
        return [state] if state.lock != op.token else []
    return [state._replace(lock=None)] if state.lock == op.token else []


STEPS = {"GET": get, "PUT": put, "DELETE": delete, "MOVE from": move_from, "COPY from": copy_from, "arrive": arrive,
         "PROPPATCH": proppatch, "PROPFIND": propfind, "find lock": find_lock, "LOCK": lock, "UNLOCK": unlock}
# What an operation without an answer may have been answered with, if it was done.
SUCCESSES = {"PUT": (201, 204), "DELETE": (204,), "MOVE from": (204,), "COPY from": (204,), "arrive": (201, 204), "PROPPATCH": (207,),
             "LOCK": (200, 201), "UNLOCK": (204,)}


def on_the_disk(operations, start, end):
    """What a cut of the power between `start` and `end` leaves of `operations`: changes that were answered before, and, if it pleases,
    changes that were under way. A reader may have seen one of these before it was on the disk, so readers are no witnesses: the history
    without the cut is for them."""
    changes = [op for op in operations if op.start <= end and op.kind in SUCCESSES]
    done = [op for op in changes if op.answered() and op.end < start and 200 <= op.status < 300]
    unsure = [op._replace(end=None, limit=min(end, op.limit)) for op in changes if not (op.answered() and op.end < start)]
    return done + unsure


def step(op, state):
    if op.answered():
        return STEPS[op.kind](op, state)
    if op.kind == "LOCK":
        op = op._replace(token=Unknown(op.number))
    return [after for status in SUCCESSES.get(op.kind, ()) for after in STEPS[op.kind](op._replace(status=status), state)]
