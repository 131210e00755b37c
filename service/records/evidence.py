"""Reads an Evidence for one indicator or many: the ledger in one statement, the rest from the register."""

from collections.abc import Collection
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, bindparam

from service.indicators.evidence import Entry, Evidence
from service.indicators.register import Register
from service.models.contribution import LedgerEntry
from service.models.journal import JournalEntry
from service.models.period import Period
from service.models.tables import table_of
from service.models.vocabulary import EntryKind
from service.records.cells import read_cells
from service.records.counting import counting
from service.records.entries import Key
from service.records.moment import Moment

_FIELDS = (*Key._fields, "kind", "version", "value", "numerator", "denominator", "weight", "observation_status")
_KINDS = {kind.value: kind for kind in EntryKind}


def read_evidence(
    connection: Connection,
    register: Register,
    moment: Moment,
    indicators: Collection[str],
    of_actors: Collection[str] | None = None,
) -> dict[str, Evidence]:
    """All that is known of each of these indicators as of the moment. `register` is that of the moment.

    With `of_actors` the entries are theirs only, which is all that a question about them needs, and much less to read. Entries
    are in the order of the journal, those of one import in the order of their keys. Raises KeyError for an indicator or an
    actor that the register does not know.
    """
    wanted = {register.indicators[code].number: code for code in indicators}
    chosen = None if of_actors is None else [register.actors[code].number for code in of_actors]
    rows = _rows(connection, register.community_id, moment.number, wanted, chosen)
    cells = read_cells(connection, register.community_id, {row[3] for row in rows})
    actors = register.actor_codes
    periods = {number: Period.from_number(number) for number in {row[1] for row in rows}}
    entries: dict[int, list[Entry]] = {number: [] for number in wanted}
    # Taken apart by place: by name, a row costs as much as all else that is done with it.
    for indicator, period, actor, cell, kind, version, value, numerator, denominator, weight, status, journal, instant in rows:
        measures = (value, numerator, denominator, weight)
        key = (actors[actor], periods[period], cells[cell])
        entries[indicator].append(Entry(*key, journal, instant, version, _KINDS[kind], *measures, status or "A"))
    zone = ZoneInfo(register.settings.time_zone)
    members = {code: actor.member for code, actor in register.actors.items()}
    return {
        code: Evidence(
            indicator=code,
            versions=register.indicators[code].versions,
            entries=tuple(entries[number]),
            members=members,
            charter=register.settings.charter,
            as_of=moment.instant,
            day=moment.day,
            targets=register.indicators[code].targets,
            time_zone=zone,
            overlaps=register.indicators[code].overlaps,
        )
        for number, code in wanted.items()
    }


def _rows(
    connection: Connection, community_id: int, number: int, indicators: Collection[int], actors: Collection[int] | None
) -> list[Any]:
    asked: dict[str, Any] = {"community": community_id, "number": number, "indicators": sorted(indicators)}
    if actors is None:
        return list(connection.execute(_of_indicators(), asked))
    return list(connection.execute(_of_actors(), {**asked, "actors": sorted(actors)}))


@cache
def _of_indicators() -> Select[Any]:
    ledger, entry = table_of(LedgerEntry), table_of(JournalEntry)
    keys = [ledger.c[name] for name in Key._fields]
    of_indicators = ledger.c.indicator.in_(bindparam("indicators", expanding=True))
    return counting(entry.c.number, entry.c.instant, fields=_FIELDS).where(of_indicators).order_by(entry.c.number, *keys)


@cache
def _of_actors() -> Select[Any]:
    return _of_indicators().where(table_of(LedgerEntry).c.actor.in_(bindparam("actors", expanding=True)))
