"""Which journal entries made what changed between two moments: entries by their numbers, and decisions by what they decided."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from service.models.community import CommunityState, Membership
from service.models.indicator import IndicatorVersion, Placement
from service.models.journal import JournalEntry
from service.models.overlap import OverlapDecision
from service.models.period import Period, Window
from service.models.tables import table_of
from service.models.target import Target
from service.records.cells import TOTAL_CELL
from service.records.pieces import listed, pieces


@dataclass(frozen=True, slots=True)
class Happening:
    """A journal entry. `number` is None where time has decided and nobody has written it down yet; `actor` is a number in the
    store, None where nobody was behind it; `subject` says in JSON what happened."""

    number: int | None
    instant: datetime
    kind: str
    actor: int | None
    subject: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proof:
    """What stands for all that was recorded up to a journal entry. `previous` None: it is the first."""

    number: int
    instant: datetime
    hash: bytes
    previous: bytes | None


def proof_of(connection: Connection, community_id: int, number: int) -> Proof | None:
    """The proof of the journal entry of that number, None where there is none."""
    entry = table_of(JournalEntry)
    chosen = select(entry.c.number, entry.c.instant, entry.c.hash, entry.c.previous)
    row = connection.execute(chosen.where(entry.c.community_id == community_id, entry.c.number == number)).first()
    return None if row is None else Proof(*row)


def happenings(connection: Connection, community_id: int, numbers: Collection[int]) -> list[Happening]:
    """The journal entries of these numbers, in their order."""
    entry = table_of(JournalEntry)
    found: list[Happening] = []
    for piece in pieces(numbers):
        chosen = select(entry.c.number, entry.c.instant, entry.c.kind, entry.c.actor, entry.c.subject).where(
            entry.c.community_id == community_id, entry.c.number.in_(piece)
        )
        found += [Happening(*row) for row in connection.execute(chosen.order_by(entry.c.number))]
    return found


def decisions_between(connection: Connection, community_id: int, after: int, upto: int) -> dict[int, set[int]]:
    """The journal entries after `after` up to `upto` that decided what figures follow from.

    With each goes the indicators, by number, that it says something of; 0 among them: it may concern all.
    """
    found: dict[int, set[int]] = {}
    for model in (IndicatorVersion, Placement, Target, OverlapDecision, Membership, CommunityState):
        table = table_of(model)
        chosen = select(table).where(table.c.community_id == community_id, table.c.journal > after, table.c.journal <= upto)
        for row in connection.execute(chosen):
            found.setdefault(row.journal, set()).add(row._mapping.get("indicator", 0))
    return found


def versions_adopted(connection: Connection, community_id: int, after: int, upto: int, indicator: int) -> list[int]:
    """The entries behind `after`, up to `upto`, that adopted a version of the indicator."""
    version = table_of(IndicatorVersion)
    rows = _rows(connection, version, community_id, upto, version.c.indicator == indicator)
    return [row.journal for row in rows if row.journal > after]


def overlaps_decided(
    connection: Connection, community_id: int, after: int, upto: int, indicator: int, window: Window
) -> list[int]:
    """The entries behind `after`, up to `upto`, that decided what the indicator's total over `window` is."""
    table = table_of(OverlapDecision)
    rows = _rows(connection, table, community_id, upto, table.c.indicator == indicator, table.c.cell == TOTAL_CELL)
    return [
        row.journal
        for row in rows
        if row.journal > after
        and Window.over(Period.from_number(row.from_period or row.period), Period.from_number(row.period)) == window
    ]


def memberships_changed(connection: Connection, community_id: int, after: int, upto: int, actors: Collection[int]) -> list[int]:
    """The entries behind `after`, up to `upto`, by which one of these actors left, or came into a group or out of one."""
    membership = table_of(Membership)
    stays: dict[int, list[tuple[int, object]]] = {}
    for row in _rows(connection, membership, community_id, upto, membership.c.actor.in_(listed(actors))):
        stays.setdefault(row.actor, []).append((row.journal, (row.member["left"], row.member["groups"])))
    return sorted({number for states in stays.values() for number in _changes(states) if number > after})


def validation_changed(connection: Connection, community_id: int, after: int, upto: int) -> list[int]:
    """The entries behind `after`, up to `upto`, that changed whether entries need to be validated."""
    rows = _rows(connection, table_of(CommunityState), community_id, upto)
    asked = [(row.journal, row.settings["charter"]["validation"]) for row in rows]
    return [number for number in _changes(asked) if number > after]


def _rows(connection: Connection, table: Table, community_id: int, upto: int, *conditions: Any) -> list[Any]:
    chosen = select(table).where(table.c.community_id == community_id, table.c.journal <= upto, *conditions)
    return list(connection.execute(chosen.order_by(table.c.journal)))


def _changes(states: Sequence[tuple[int, object]]) -> Iterator[int]:
    """The numbers at which a state is another than the one before it; the first of all counts."""
    before: object = _changes
    for number, state in states:
        if state != before:
            yield number
        before = state
