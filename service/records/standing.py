"""What the ledger holds of many keys at once: for imports, which ask about whole indicators and periods at a time."""

from collections.abc import Collection
from decimal import Decimal

from sqlalchemy import Connection, select

from service.indicators.carried import MEASURES
from service.models.contribution import LedgerEntry
from service.models.journal import JournalEntry
from service.models.measure import measure_text
from service.models.tables import table_of
from service.models.vocabulary import EntryKind
from service.records.bulk import measure_as_text
from service.records.counting import counting
from service.records.entries import Key, LedgerRow

_FETCHED = 5_000
Said = tuple[object, ...]
"""What a report says, the fields of `SAID` in their order, measures as canonical texts: sent again, it is `unchanged`."""
SAID = ("version", *MEASURES, "observation_status", "comment", "evidence")
WITHDRAWN: Said = ()
"""What a withdrawal says: no report is the same."""


def is_reported(connection: Connection, community_id: int, indicator: int, period: int) -> bool:
    """Whether the ledger has any row of this indicator and period, counting or not."""
    ledger = table_of(LedgerEntry)
    chosen = select(ledger.c.batch).where(
        ledger.c.community_id == community_id, ledger.c.indicator == indicator, ledger.c.period == period
    )
    return connection.execute(chosen.limit(1)).first() is not None


def reported_periods(connection: Connection, community_id: int, indicator: int, first: int, last: int) -> set[int]:
    """The periods from `first` to `last`, both included, of which the ledger has any row of this indicator, counting or not."""
    ledger = table_of(LedgerEntry)
    chosen = select(ledger.c.period).where(
        ledger.c.community_id == community_id, ledger.c.indicator == indicator, ledger.c.period.between(first, last)
    )
    return set(connection.execute(chosen.distinct()).scalars())


def said_within(
    connection: Connection, community_id: int, indicator: int, period: int, actors: Collection[int], number: int
) -> dict[Key, Said]:
    """What was said last, up to the journal entry of that number, of every key of this indicator and period whose actor is
    between the lowest and the highest of `actors`. Keys that nothing was ever reported of are absent."""
    ledger, entry = table_of(LedgerEntry), table_of(JournalEntry)
    columns = [measure_as_text(connection, ledger.c[name]) if name in MEASURES else ledger.c[name] for name in SAID]
    chosen = counting(ledger.c.kind, *columns, fields=("actor", "cell")).where(
        ledger.c.indicator == indicator,
        ledger.c.period == period,
        ledger.c.actor.between(min(actors), max(actors)),
        ledger.c.kind.in_([int(EntryKind.REPORT), int(EntryKind.WITHDRAWAL)]),
    )
    found: dict[Key, Said] = {}
    upto = {"community": community_id, "number": number}
    for actor, cell, kind, *said in connection.execute(chosen.order_by(entry.c.number), upto).yield_per(_FETCHED):
        found[Key(indicator, period, actor, cell)] = tuple(said) if kind == EntryKind.REPORT else WITHDRAWN
    return found


def said_in(row: LedgerRow) -> Said:
    """What a report or a withdrawal says."""
    if row.kind == EntryKind.WITHDRAWAL:
        return WITHDRAWN
    return tuple(measure_text(said) if isinstance(said, Decimal) else said for said in (getattr(row, name) for name in SAID))


def keys_since(connection: Connection, community_id: int, number: int) -> set[Key]:
    """The keys of which journal entries after that number say anything."""
    ledger, entry = table_of(LedgerEntry), table_of(JournalEntry)
    later = select(entry.c.batch).where(
        entry.c.community_id == community_id, entry.c.number > number, entry.c.batch.is_not(None)
    )
    found: set[Key] = set()
    for batch in connection.execute(later).scalars().all():
        keys = select(*(ledger.c[name] for name in Key._fields)).where(
            ledger.c.community_id == community_id, ledger.c.batch == batch
        )
        found.update(Key(*row) for row in connection.execute(keys).yield_per(_FETCHED))
    return found
