"""The ledger rows that count up to a journal entry: the one place that says how that is found out."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, func, literal, select

from service.models.contribution import LedgerEntry
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.entries import LedgerRow

NEVER = 2**62
"""Stands for the number of the entry that a row waits for, while there is none."""


def counting(*columns: ColumnElement[Any], fields: Iterable[str] = LedgerRow._fields) -> Select[Any]:
    """Select the ledger's `fields`, then `columns` of the ledger or of the journal entry that made a row count.

    To be executed with `community` and `number`: rows count up to the entry of that number. Conditions on the ledger come on
    top. The outer join says where to begin: at the ledger's key. An inner one leaves the engine free to walk through the
    whole journal for one key, which PostgreSQL did as long as it had no statistics.
    """
    ledger, entry = table_of(LedgerEntry), table_of(JournalEntry)
    named_by = and_(
        ledger.c.community_id == entry.c.community_id,
        ledger.c.batch == entry.c.batch,
        entry.c.community_id == bindparam("community"),
    )
    return (
        select(*(ledger.c[name] for name in fields), *columns)
        .outerjoin_from(ledger, entry, named_by)
        .where(
            ledger.c.community_id == bindparam("community"),
            func.coalesce(entry.c.number, literal(NEVER, BigInteger)) <= bindparam("number"),
        )
    )
