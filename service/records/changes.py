"""Which of a community's entries brought something of which indicator: what tells whether an answer is still fresh."""

import threading
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from service.models.contribution import LedgerEntry
from service.models.journal import JournalEntry
from service.models.tables import table_of

_FOLLOWED = 10_000
"""How many entries are followed at most before beginning anew. A beginning ages what was remembered, no more."""


@dataclass(slots=True)
class _Followed:
    """The entries after `since` and up to `upto` that brought something of an indicator, by its number."""

    since: int
    upto: int
    by_indicator: dict[int, list[int]] = field(default_factory=dict)


class Changes:
    """Follows the journals of the communities that are asked about. Safe for many threads.

    Only what was committed may be asked about: an entry that is undone would be taken for the one that comes in its place.
    """

    def __init__(self) -> None:
        self._communities: dict[int, _Followed] = {}
        self._guard = threading.Lock()

    def last(self, connection: Connection, community_id: int, number: int) -> "LastChange":
        """When each indicator changed last, up to the entry of that number."""
        with self._guard:
            followed = self._communities.get(community_id)
            if followed is None or number > followed.since + _FOLLOWED:
                followed = self._communities[community_id] = _Followed(number, number)
            elif number > followed.upto:
                asked = {"community": community_id, "after": followed.upto, "number": number}
                for entry, indicator in connection.execute(_brought(), asked):
                    followed.by_indicator.setdefault(indicator, []).append(entry)
                followed.upto = number
        return LastChange(number, followed)


class LastChange:
    """Up to one entry of a journal, the number of the last one that may have changed an indicator."""

    def __init__(self, number: int, followed: _Followed) -> None:
        self._number = number
        self._followed = followed

    def of(self, indicator: int) -> int:
        """An answer about `indicator` as of an entry of this number is the same as of the one asked about."""
        if self._number < self._followed.since:
            return self._number
        entries = self._followed.by_indicator.get(indicator, [])
        place = bisect_right(entries, self._number)
        return entries[place - 1] if place else self._followed.since


@cache
def _brought() -> Select[Any]:
    entry, ledger = table_of(JournalEntry), table_of(LedgerEntry)
    return (
        select(entry.c.number, ledger.c.indicator)
        .distinct()
        .join(ledger, (ledger.c.community_id == entry.c.community_id) & (ledger.c.batch == entry.c.batch))
        .where(
            entry.c.community_id == bindparam("community"),
            ledger.c.community_id == bindparam("community"),
            entry.c.number > bindparam("after"),
            entry.c.number <= bindparam("number"),
        )
        .order_by(entry.c.number)
    )
