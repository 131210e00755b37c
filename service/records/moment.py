"""What an instant means: up to which journal entry, what was decided by then, which day it is where the community lives."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from hashlib import sha256
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, bindparam, select

from service.errors import NotFound, refused
from service.indicators.register import Register
from service.indicators.settlement import Settled
from service.models.instant import InstantColumn
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.models.text import canonical_json


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, resolved: the journal up to entry `number`, what was decided by entry `register`, the community's `day`.

    `last` is the number of the entry that the journal ended with when it was resolved.
    `settled`: how proposals ended by then whose time had come, in this order, without an entry of their own yet.
    `register_hash` is that of what was decided, these included.
    """

    community_id: int
    number: int
    register: int
    register_hash: bytes
    instant: datetime
    day: date
    last: int = field(compare=False)
    settled: tuple[Settled, ...] = ()


class ReadsRegisters(Protocol):
    """Who knows what a community had decided: `records/register.py`."""

    def standing(self, connection: Connection, community_id: int, number: int, mark: bytes) -> Register:
        """The register that the journal entry of that number and hash left."""

    def settled(self, connection: Connection, register: Register, last: Any, until: datetime) -> tuple[Settled, ...]:
        """How the open proposals end whose time has come by `until`, where `last` is the journal's last entry."""


def moment_of(
    connection: Connection, community_id: int, as_of: datetime | None, now: datetime, registers: ReadsRegisters
) -> Moment:
    """The moment that `as_of` means: up to the last journal entry not after it; `day` is its day where the community lives.

    None means now, put so that the answer stays the same until something happens or the day turns, and can be asked for
    again for ever: the instant of the last entry, or of today's first moment where that is later. Raises Refused
    (`as_of_in_future`), and NotFound: `not_found_as_of` before the first entry, `unknown_community` where there is none.
    """
    last = entry_at(connection, community_id, None)
    if last is None:
        raise NotFound("unknown_community", "There is no such community.")
    found = last if as_of is None or last.instant <= as_of else entry_at(connection, community_id, as_of)
    if found is None:
        raise NotFound("not_found_as_of", "The community did not exist at that instant.")
    register = registers.standing(connection, community_id, found.register_number, found.register_hash)
    settled: tuple[Settled, ...] = ()
    if found is last:
        settled = registers.settled(connection, register, last, max(now, last.instant))
        latest = max(now, last.instant, *(one.instant for one in settled))
        if as_of is not None and as_of > latest:
            raise refused("as_of_in_future", "That instant has not come yet.", pointer="as_of")
        if as_of is not None:
            settled = tuple(one for one in settled if one.instant <= as_of)
    zone = ZoneInfo((settled[-1].register if settled else register).settings.time_zone)
    if as_of is None:
        midnight = datetime.combine(now.astimezone(zone).date(), time.min, zone).astimezone(UTC)
        as_of = max(settled[-1].instant if settled else last.instant, midnight)
    mark = found.register_hash
    for one in settled:
        mark = sha256(mark + canonical_json([one.proposal.number, one.proposal.round]).encode()).digest()
    day = as_of.astimezone(zone).date()
    return Moment(community_id, found.number, found.register_number, mark, as_of, day, last.number, settled)


def entry_at(connection: Connection, community_id: int, instant: datetime | None) -> Any:
    """The last entry not after `instant` (None: the last of all) and the hash of the one that its register stands in."""
    if instant is None:
        return connection.execute(_last_entry(), {"community": community_id}).first()
    return connection.execute(_last_entry_at(), {"community": community_id, "at": instant}).first()


# Statements are built once: building one costs more than sending it.
@cache
def _last_entry() -> Select[Any]:
    return _entries().order_by(table_of(JournalEntry).c.number.desc()).limit(1)


@cache
def _last_entry_at() -> Select[Any]:
    entry = table_of(JournalEntry)
    return _entries().where(entry.c.instant <= bindparam("at", type_=InstantColumn)).order_by(entry.c.instant.desc()).limit(1)


def _entries() -> Select[Any]:
    entry = table_of(JournalEntry)
    decided = entry.alias("decided")
    return (
        select(
            entry.c.community_id,
            entry.c.number,
            entry.c.instant,
            entry.c.register_number,
            decided.c.hash.label("register_hash"),
        )
        .join(decided, (decided.c.community_id == entry.c.community_id) & (decided.c.number == entry.c.register_number))
        .where(entry.c.community_id == bindparam("community"), decided.c.community_id == bindparam("community"))
    )
