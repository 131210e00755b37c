"""Lists in conditions, cut and lengthened so that an engine is asked in few forms however many values there are.

A list of another length is another statement. Every connection keeps the statements that it was sent last, and one with 500
values takes 100 kB: a ledger that grows by a batch now and then would be read by new ones until nothing else is kept.
"""

from collections.abc import Collection, Iterator
from typing import TypeVar

_AT_ONCE = 512
"""How many values one statement names: SQLite takes some thousands of parameters, and plans long lists badly."""

Value = TypeVar("Value", int, str, tuple[int, ...])


def pieces(values: Collection[Value]) -> Iterator[list[Value]]:
    """The different values in their order, at most 512 at a time, each time as `listed` gives them."""
    wanted = sorted(set(values))
    for start in range(0, len(wanted), _AT_ONCE):
        yield listed(wanted[start : start + _AT_ONCE])


def listed(values: Collection[Value]) -> list[Value]:
    """The values in their order, the last one repeated until there are 1, 2, 4, 8, … of them; none stay none."""
    known = sorted(values)
    return known + known[-1:] * ((1 << (len(known) - 1).bit_length()) - len(known)) if known else []
