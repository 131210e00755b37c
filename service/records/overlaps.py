"""Overlap decisions as they were decided, with what entries were read by then; and the evidence that new ones are judged by."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from sqlmodel import SQLModel

from service.indicators.evidence import Evidence
from service.indicators.register import DecidedOverlap, Register
from service.models.community import Actor, CommunityState, Member, Membership, Settings
from service.models.journal import JournalEntry
from service.models.overlap import OverlapDecision, OverlapTerms
from service.models.period import Period
from service.models.tables import table_of
from service.models.vocabulary import OverlapMethod
from service.records.cells import read_cells
from service.records.evidence import read_evidence
from service.records.moment import Moment


def read_overlaps(connection: Connection, community_id: int, number: int) -> dict[int, tuple[DecidedOverlap, ...]]:
    """Every overlap decision up to the journal entry of that number, by indicator, the first one first."""
    table, entry = table_of(OverlapDecision), table_of(JournalEntry)
    chosen = (
        select(table, entry.c.instant)
        .join(entry, (entry.c.community_id == table.c.community_id) & (entry.c.number == table.c.journal))
        .where(table.c.community_id == community_id, entry.c.community_id == community_id, table.c.journal <= number)
        .order_by(table.c.journal, table.c.indicator, table.c.period, table.c.from_period, table.c.cell)
    )
    rows = list(connection.execute(chosen))
    if not rows:
        return {}
    cells = read_cells(connection, community_id, {row.cell for row in rows})
    then = _circumstances(connection, community_id, {row.journal for row in rows})
    found: dict[int, tuple[DecidedOverlap, ...]] = {}
    for row in rows:
        settings, members = then[row.journal]
        terms = OverlapTerms.model_construct(
            dimensions=dict(cells[row.cell]) or None,
            period=Period.from_number(row.period),
            from_period=Period.from_number(row.from_period) if row.from_period else None,
            method=OverlapMethod(row.method),
            value=row.value,
            reason=row.reason,
        )
        day = row.instant.astimezone(ZoneInfo(settings.time_zone)).date()
        decided = DecidedOverlap(row.version, terms, row.instant, day, members, settings.charter.validation, row.proposal)
        found[row.indicator] = (*found.get(row.indicator, ()), decided)
    return found


def _circumstances(
    connection: Connection, community_id: int, numbers: Collection[int]
) -> dict[int, tuple[Settings, Mapping[str, Member]]]:
    """The settings and the members that each of these journal entries left."""
    actor = table_of(Actor)
    codes = {
        row.number: row.code
        for row in connection.execute(select(actor.c.number, actor.c.code).where(actor.c.community_id == community_id))
    }
    states = _up_to(connection, CommunityState, community_id, max(numbers))
    memberships = _up_to(connection, Membership, community_id, max(numbers))
    members = [(row.journal, codes[row.actor], Member.model_validate(row.member)) for row in memberships]
    return {
        number: (
            Settings.model_validate([row for row in states if row.journal <= number][-1].settings),
            {code: member for journal, code, member in members if journal <= number},
        )
        for number in numbers
    }


def _up_to(connection: Connection, model: type[SQLModel], community_id: int, number: int) -> list[Any]:
    table = table_of(model)
    chosen = select(table).where(table.c.community_id == community_id, table.c.journal <= number)
    return list(connection.execute(chosen.order_by(table.c.journal)))


def evidence_upto(
    connection: Connection, register: Register, number: int, instant: datetime
) -> Callable[[str], Evidence | None]:
    """Gives what is known of an indicator of `register` at `instant`, up to the journal entry of that number.

    It is read when it is asked for: few changes need it. None for an indicator that the register does not know.
    """
    day = instant.astimezone(ZoneInfo(register.settings.time_zone)).date()
    moment = Moment(register.community_id, number, number, b"", instant, day, number)

    def evidence_of(indicator: str) -> Evidence | None:
        if indicator not in register.indicators:
            return None
        return read_evidence(connection, register, moment, [indicator])[indicator]

    return evidence_of
