"""What the ledger holds of many keys at once: for imports, which ask about whole indicators and periods at a time."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from service.models.contribution import LedgerEntry
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.counting import counting
from service.records.entries import NEVER_REPORTED, Key, KeyState, LedgerRow

_FETCHED = 5_000


def is_reported(connection: Connection, community_id: int, indicator: int, period: int) -> bool:
    """Whether the ledger has any row of this indicator and period, counting or not."""
    ledger = table_of(LedgerEntry)
    chosen = select(ledger.c.batch).where(
        ledger.c.community_id == community_id, ledger.c.indicator == indicator, ledger.c.period == period
    )
    return connection.execute(chosen.limit(1)).first() is not None


def states_within(
    connection: Connection, community_id: int, indicator: int, period: int, actors: Collection[int], number: int
) -> dict[Key, KeyState]:
    """What stands, up to the journal entry of that number, of every key of this indicator and period whose actor is between
    the lowest and the highest of `actors`. Keys that nothing was ever said of are absent."""
    ledger, entry = table_of(LedgerEntry), table_of(JournalEntry)
    within = (ledger.c.indicator == indicator, ledger.c.period == period, ledger.c.actor.between(min(actors), max(actors)))
    chosen = counting(entry.c.number).where(*within).order_by(entry.c.number)
    upto = {"community": community_id, "number": number}
    states: dict[Key, KeyState] = {}
    for found in connection.execute(chosen, upto).yield_per(_FETCHED):
        row = LedgerRow(*found[:-1])
        states[row.key] = states.get(row.key, NEVER_REPORTED).after(row, found[-1])
    return states


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
