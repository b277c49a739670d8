#!/usr/bin/env python3
"""The checker accepts histories that have an order, and refuses those that have none."""
import itertools
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from checker import search  # noqa: E402
from model import NOTHING, Operation, State, on_the_disk  # noqa: E402

NUMBERS = itertools.count()


def op(kind, start, end, status=0, limit=None, **fields):
    return Operation(next(NUMBERS), 0, kind, start, end, end if limit is None else limit, status, **fields)


class Checker(unittest.TestCase):
    def accepts(self, *operations, before=NOTHING):
        self.assertIsNone(search(list(operations), before))

    def refuses(self, *operations, before=NOTHING):
        self.assertIsNotNone(search(list(operations), before))

    def test_reads_of_a_put_that_is_under_way_may_see_either_content(self):
        put = op("PUT", 0, 10, 201, value="v")
        self.accepts(put, op("GET", 1, 2, 404), op("GET", 3, 4, 200, value="v"))
        self.refuses(put, op("GET", 1, 2, 200, value="v"), op("GET", 3, 4, 404))

    def test_an_answered_put_is_never_lost(self):
        self.refuses(op("PUT", 0, 1, 201, value="v"), op("GET", 2, 3, 404))
        self.refuses(op("PUT", 0, 1, 201, value="v"), op("PUT", 2, 3, 204, value="w"), op("GET", 4, 5, 200, value="v"))

    def test_two_puts_cannot_both_create(self):
        self.refuses(op("PUT", 0, 5, 201, value="v", condition="absent"), op("PUT", 1, 6, 201, value="w", condition="absent"))

    def test_two_changes_of_one_content_cannot_both_succeed(self):
        before = State(("v", "put"))
        first, second = (op("PUT", i, 9, 204, value=str(i), condition="v") for i in (0, 1))
        self.refuses(first, second, before=before)
        self.accepts(first, second._replace(status=412), before=before)

    def test_an_unanswered_put_happened_before_its_limit_or_never(self):
        put = op("PUT", 0, None, limit=5, value="v")
        self.accepts(put, op("GET", 6, 7, 404))
        self.accepts(put, op("GET", 6, 7, 200, value="v"))
        self.refuses(put, op("GET", 6, 7, 404), op("GET", 8, 9, 200, value="v"))

    def test_a_cut_takes_no_answered_change_whatever_readers_saw(self):
        old, answered = State(("old", "put")), op("PUT", 0, 2, 204, value="v")
        under_way, reader = op("PUT", 0, 9, 204, value="v"), op("GET", 1, 2, 200, value="v")
        self.accepts(*on_the_disk([under_way, reader], 5, 6), op("GET", 20, 21, 200, value="old"), before=old)
        self.accepts(*on_the_disk([under_way, reader], 5, 6), op("GET", 20, 21, 200, value="v"), before=old)
        self.refuses(*on_the_disk([answered], 5, 6), op("GET", 20, 21, 200, value="old"), before=old)
        moved = op("MOVE from", 0, 2, 201)
        self.refuses(*on_the_disk([moved], 5, 6), op("GET", 20, 21, 200, value="old"), before=old)
        self.refuses(*on_the_disk([op("PUT", 7, 9, 204, value="v")], 5, 6), op("GET", 20, 21, 200, value="v"), before=old)

    def test_a_lock_excludes_others_until_it_is_released(self):
        lock = op("LOCK", 0, 1, 201, token="t")
        self.refuses(lock, op("PUT", 2, 3, 204, value="v"))
        self.accepts(lock, op("PUT", 2, 3, 423, value="v"), op("PUT", 4, 5, 204, value="v", token="t"))
        self.refuses(lock, op("LOCK", 2, 3, 200, token="u"))
        self.refuses(lock, op("UNLOCK", 2, 5, 204, token="t"), op("UNLOCK", 3, 6, 204, token="t"))

    def test_copied_content_is_the_same_for_all_readers(self):
        copy = op("arrive", 0, 1, 201)
        self.accepts(copy, op("GET", 2, 3, 200, value="v"), op("GET", 4, 5, 200, value="v"))
        self.refuses(copy, op("GET", 2, 3, 200, value="v"), op("GET", 4, 5, 200, value="w"))

    def test_a_move_takes_the_source_away(self):
        before = State(("v", "put"))
        self.refuses(op("MOVE from", 0, 1, 204), op("GET", 2, 3, 200, value="v"), before=before)
        self.refuses(op("MOVE from", 0, 3, 204), op("DELETE", 1, 4, 204), before=before)


if __name__ == "__main__":
    unittest.main()
