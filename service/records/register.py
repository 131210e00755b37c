"""What a community had decided as of an instant, read from its journaled tables; and new decisions, written to them."""

import threading
from collections import OrderedDict
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, select

from service.indicators.register import KnownActor, KnownIndicator, KnownObjective, Register, SetTargetOf, Version
from service.indicators.settlement import Settled
from service.models.community import Actor, ClosedPeriod, CommunityCode, CommunityState, Member, Membership, Settings
from service.models.indicator import Bridge, Definition, Indicator, IndicatorVersion, Placement
from service.models.journal import JournalEntry
from service.models.objective import Objective, ObjectiveState
from service.models.period import Period
from service.models.tables import table_of
from service.models.target import Point, Target, TargetTerms
from service.records.adoption import write_adoption as write_adoption
from service.records.cells import read_cells
from service.records.founding import Founded as Founded
from service.records.founding import create_community as create_community
from service.records.journal import Writing
from service.records.moment import Moment
from service.records.overlaps import read_overlaps
from service.records.proposals import open_proposals
from service.records.settlement import due_by, settle_due, write_settled

_REMEMBERED = 64


class Registers:
    """Reads registers and remembers the last used. Safe for many threads.

    They are remembered by the hash of the entry that made them, not by its number alone: a number that was read inside a
    transaction that is then undone comes to stand for something else.
    """

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._remembered = remembered
        self._known: OrderedDict[tuple[int, bytes], Register] = OrderedDict()
        self._settled: OrderedDict[tuple[int, bytes, int, int], tuple[Settled, ...]] = OrderedDict()
        self._guard = threading.Lock()

    def read(self, connection: Connection, community_id: int, at: Moment | int) -> Register:
        """The register as of a moment, or as of the journal entry of that number, which must exist."""
        if isinstance(at, Moment):
            if at.settled:
                return at.settled[-1].register
            return self.standing(connection, community_id, at.register, at.register_hash)
        return self.standing(connection, community_id, *_mark(connection, community_id, at))

    def settled(self, connection: Connection, register: Register, last: Any, until: datetime) -> tuple[Settled, ...]:
        """How the open proposals end whose time has come by `until`, where `last` is the journal's last entry."""
        due = due_by(register, until)
        if not due:
            return ()
        key = (register.community_id, last.register_hash, last.number, len(due))
        with self._guard:
            if key in self._settled:
                return self._settled[key]
        settled = settle_due(connection, self, register, last.number, last.instant, due)
        with self._guard:
            self._settled[key] = settled
            while len(self._settled) > self._remembered:
                self._settled.popitem(last=False)
        return settled

    def write_settled(self, writing: Writing, settled: Settled) -> None:
        """Close `writing` with how a proposal ended whose time had come."""
        write_settled(writing, settled, None)

    def standing(self, connection: Connection, community_id: int, number: int, mark: bytes) -> Register:
        """The register that the journal entry of that number and hash left."""
        key = (community_id, mark)
        with self._guard:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        register = read_register(connection, community_id, number)
        with self._guard:
            self._known[key] = register
            while len(self._known) > self._remembered:
                self._known.popitem(last=False)
        return register


def find_community(connection: Connection, code: str) -> int | None:
    """The number of the community of that code, None where there is none."""
    found: int | None = connection.execute(_by_code(), {"code": code}).scalar()
    return found


@cache
def _by_code() -> Select[Any]:
    """Built once: every request asks it."""
    table = table_of(CommunityCode)
    return select(table.c.community_id).where(table.c.code == bindparam("code"))


def list_communities(connection: Connection) -> list[tuple[int, str]]:
    """Every community's number and code, in the order of their numbers."""
    table = table_of(CommunityCode)
    return [(row.community_id, row.code) for row in connection.execute(select(table).order_by(table.c.community_id))]


def read_register(connection: Connection, community_id: int, number: int) -> Register:
    """The register up to the journal entry of that number, from the tables."""
    codes, states = table_of(CommunityCode), table_of(CommunityState)
    code = connection.execute(select(codes.c.code).where(codes.c.community_id == community_id)).scalar_one()
    settings = _up_to(connection, states, community_id, number)[-1].settings
    return Register(
        community_id=community_id,
        code=code,
        settings=Settings.model_validate(settings),
        actors=_actors(connection, community_id, number),
        objectives=_objectives(connection, community_id, number),
        indicators=_indicators(connection, community_id, number),
        closed=_closed(connection, community_id, number),
        open_proposals=open_proposals(connection, community_id, number),
    )


def _mark(connection: Connection, community_id: int, number: int) -> tuple[int, bytes]:
    entry = table_of(JournalEntry)
    decided = entry.alias("decided")
    row = connection.execute(
        select(decided.c.number, decided.c.hash)
        .join(entry, (decided.c.community_id == entry.c.community_id) & (decided.c.number == entry.c.register_number))
        .where(entry.c.community_id == community_id, decided.c.community_id == community_id, entry.c.number == number)
    ).one()
    return row.number, row.hash


def _up_to(connection: Connection, table: Table, community_id: int, number: int) -> list[Any]:
    """The rows that entries up to `number` brought, in the order of the journal."""
    chosen = select(table).where(table.c.community_id == community_id, table.c.journal <= number)
    return list(connection.execute(chosen.order_by(table.c.journal)))


def _codes(connection: Connection, table: Table, community_id: int) -> dict[int, str]:
    chosen = select(table.c.number, table.c.code).where(table.c.community_id == community_id).order_by(table.c.number)
    return {row.number: row.code for row in connection.execute(chosen)}


def _actors(connection: Connection, community_id: int, number: int) -> dict[str, KnownActor]:
    latest = {row.actor: row.member for row in _up_to(connection, table_of(Membership), community_id, number)}
    codes = _codes(connection, table_of(Actor), community_id)
    return {
        code: KnownActor(actor, code, Member.model_validate(latest[actor])) for actor, code in codes.items() if actor in latest
    }


def _objectives(connection: Connection, community_id: int, number: int) -> dict[str, KnownObjective]:
    latest = {row.objective: row for row in _up_to(connection, table_of(ObjectiveState), community_id, number)}
    codes = _codes(connection, table_of(Objective), community_id)
    return {
        code: KnownObjective(
            objective,
            code,
            state.name,
            None if state.parent is None else codes[state.parent],
            state.weight,
            state.removed,
        )
        for objective, code in codes.items()
        if (state := latest.get(objective)) is not None
    }


def _indicators(connection: Connection, community_id: int, number: int) -> dict[str, KnownIndicator]:
    codes = _codes(connection, table_of(Indicator), community_id)
    actors = _codes(connection, table_of(Actor), community_id)
    objectives = _codes(connection, table_of(Objective), community_id)
    versions = _versions(connection, community_id, number)
    places = {row.indicator: row for row in _up_to(connection, table_of(Placement), community_id, number)}
    targets = _targets(connection, community_id, number, actors)
    overlaps = read_overlaps(connection, community_id, number)
    return {
        code: KnownIndicator(
            indicator,
            code,
            tuple(versions[indicator]),
            objectives[places[indicator].objective],
            places[indicator].weight,
            places[indicator].retired,
            tuple(targets.get(indicator, ())),
            overlaps.get(indicator, ()),
        )
        for indicator, code in codes.items()
        if indicator in versions
    }


def _versions(connection: Connection, community_id: int, number: int) -> dict[int, list[Version]]:
    version, entry = table_of(IndicatorVersion), table_of(JournalEntry)
    chosen = (
        select(version, entry.c.instant)
        .join(entry, (entry.c.community_id == version.c.community_id) & (entry.c.number == version.c.journal))
        .where(version.c.community_id == community_id, entry.c.community_id == community_id, version.c.journal <= number)
        .order_by(version.c.indicator, version.c.number)
    )
    found: dict[int, list[Version]] = {}
    for row in connection.execute(chosen):
        found.setdefault(row.indicator, []).append(
            Version(
                row.number,
                Definition.model_validate(row.definition),
                None if row.bridge is None else Bridge.model_validate(row.bridge),
                row.instant,
                row.proposal,
            )
        )
    return found


def _targets(connection: Connection, community_id: int, number: int, actors: dict[int, str]) -> dict[int, list[SetTargetOf]]:
    latest = {
        (row.indicator, row.version, row.period, row.from_period, row.actor, row.cell): row
        for row in _up_to(connection, table_of(Target), community_id, number)
    }
    cells = read_cells(connection, community_id, {row.cell for row in latest.values()})
    found: dict[int, list[SetTargetOf]] = {}
    for _, row in sorted(latest.items()):
        if not row.dropped:
            terms = TargetTerms(
                actor=actors[row.actor] if row.actor else None,
                dimensions=dict(cells[row.cell]) or None,
                period=Period.from_number(row.period),
                from_period=Period.from_number(row.from_period) if row.from_period else None,
                value=row.value,
                minimum=row.minimum,
                maximum=row.maximum,
                baseline=None
                if row.baseline_period is None
                else Point(period=Period.from_number(row.baseline_period), value=row.baseline_value),
                milestones=[Point.model_validate(point) for point in row.milestones],
            )
            found.setdefault(row.indicator, []).append(SetTargetOf(row.version, terms))
    return found


def _closed(connection: Connection, community_id: int, number: int) -> frozenset[Period]:
    latest = {row.period: row.closed for row in _up_to(connection, table_of(ClosedPeriod), community_id, number)}
    return frozenset(Period.from_number(period) for period, closed in latest.items() if closed)
