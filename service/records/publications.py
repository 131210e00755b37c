"""What a community has published, read from the journal: when periods were closed, and what the charter protected then."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from service.indicators.disclosure import Publication
from service.indicators.evidence import Evidence
from service.indicators.register import Register
from service.indicators.suppression import Protection
from service.models.community import Charter, ClosedPeriod, CommunityState, Settings
from service.models.instant import Instant
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.moment import Moment
from service.records.register import Registers


class Closing(NamedTuple):
    """A journal entry that closed a period, and what was protected from then on, or from some later entry before the next."""

    number: int
    instant: Instant
    protection: Protection


def protection_of(charter: Charter) -> Protection:
    """What a charter keeps from who is no member."""
    return Protection(hides_actors=not charter.show_actor_values, minimum=charter.minimum_count)


def closings(connection: Connection, register: Register, moment: Moment) -> tuple[Closing, ...]:
    """Everything up to `moment` from which something else may be shown to who is no member, in order."""
    closed, entry, state = table_of(ClosedPeriod), table_of(JournalEntry), table_of(CommunityState)
    community_id = register.community_id
    chosen = (
        select(entry.c.number, entry.c.instant)
        .join(closed, (closed.c.community_id == entry.c.community_id) & (closed.c.journal == entry.c.number))
        .where(entry.c.community_id == community_id, closed.c.community_id == community_id)
        .where(closed.c.closed, entry.c.number <= moment.number)
        .distinct()
    )
    happened = {row.number: row.instant for row in connection.execute(chosen)}
    if not happened:
        return ()
    decided = {
        row.journal: protection_of(Settings.model_validate(row.settings).charter)
        for row in connection.execute(
            select(state.c.journal, state.c.settings).where(
                state.c.community_id == community_id, state.c.journal <= moment.number
            )
        )
    }
    found: list[Closing] = []
    last, protection = None, Protection()
    for number in sorted({*happened, *decided}):
        before, protection = protection, decided.get(number, protection)
        if number in happened:
            last = Closing(number, happened[number], protection)
            found.append(last)
        elif last is not None and protection != before:
            found.append(last._replace(protection=protection))
    # What time has decided by now and nobody has written down yet.
    present = protection_of(register.settings.charter)
    return (*found, found[-1]._replace(protection=present)) if found[-1].protection != present else tuple(found)


def publications(
    connection: Connection, registers: Registers, chosen: Sequence[Closing], evidence: Evidence, community_id: int
) -> Iterator[Publication]:
    """What was known and closed as of each of these closings of the indicator that `evidence` is of, from its adoption on.

    `evidence` holds every entry up to the last of them, and may hold more.
    """
    for closing in chosen:
        register = registers.read(connection, community_id, closing.number)
        known = register.indicators.get(evidence.indicator)
        if known is None:
            continue
        zone = ZoneInfo(register.settings.time_zone)
        then = replace(
            evidence,
            versions=known.versions,
            entries=tuple(one for one in evidence.entries if one.journal <= closing.number),
            members={code: actor.member for code, actor in register.actors.items()},
            charter=register.settings.charter,
            as_of=closing.instant,
            day=closing.instant.astimezone(zone).date(),
            targets=known.targets,
            time_zone=zone,
        )
        yield Publication(closing.number, then, register.closed, closing.protection)
