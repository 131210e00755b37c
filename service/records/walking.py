"""The ledger from one end to the other: for exports, which tell all of it and keep none of it in memory."""

from collections.abc import Collection, Iterator
from itertools import groupby

from sqlalchemy import Connection

from service.models.contribution import LedgerEntry
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.counting import counting
from service.records.entries import Key, LedgerRow
from service.records.ledger import Recorded
from service.records.pieces import listed

_FETCHED = 2_000
_WIDTH = len(LedgerRow._fields)


def walk(
    connection: Connection, community_id: int, indicator: int, number: int, actors: Collection[int] | None = None
) -> Iterator[tuple[Key, list[Recorded]]]:
    """Every key of an indicator with all that was said of it up to the journal entry of that number, oldest first.

    Keys come by period, actor and cell. `actors`: those of these only; None: everybody's. `connection` stays in use until
    the end.
    """
    ledger, entry = table_of(LedgerEntry), table_of(JournalEntry)
    chosen = counting(entry.c.number, entry.c.instant, entry.c.kind, entry.c.actor, entry.c.token)
    chosen = chosen.where(ledger.c.indicator == indicator)
    if actors is not None:
        chosen = chosen.where(ledger.c.actor.in_(listed(actors)))
    chosen = chosen.order_by(ledger.c.period, ledger.c.actor, ledger.c.cell, entry.c.number)
    rows = connection.execute(chosen.execution_options(yield_per=_FETCHED), {"community": community_id, "number": number})
    recorded = (Recorded(LedgerRow(*row[:_WIDTH]), *row[_WIDTH:]) for row in rows)
    for key, said in groupby(recorded, key=lambda one: one.row.key):
        yield key, list(said)
