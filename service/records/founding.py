"""A new community: its code, its head, and the entry that its journal begins with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, insert, select

from service.database import insert_unless_there, use_community
from service.errors import Conflict
from service.indicators.plan import MemberSet, ObjectiveSet, SettingsSet
from service.indicators.register import Register
from service.models.community import Community, CommunityCode, Member, Settings
from service.models.contribution import CellRow
from service.models.journal import JournalEntry
from service.models.objective import ROOT
from service.models.tables import table_of
from service.records.adoption import write_steps
from service.records.cells import TOTAL_CELL, codes_text
from service.records.journal import Writing, values_of


@dataclass(frozen=True, slots=True)
class Founded:
    """A community that was just made: its number, the number of its support actor, and its first journal entry."""

    community_id: int
    support: int
    entry: JournalEntry


def take_code(connection: Connection, code: str) -> int:
    """The number of a community that is about to be written under `code`. The transaction's community is set.

    Raises Conflict (`code_taken`): codes are never used again.
    """
    codes = table_of(CommunityCode)
    made = connection.execute(insert_unless_there(connection, codes).values(code=code).returning(codes.c.community_id)).scalar()
    if made is None:
        raise Conflict("code_taken", f"There is a community {code} already.", code_given=code)
    use_community(connection, int(made))
    return int(made)


def create_community(
    connection: Connection,
    *,
    code: str,
    settings: Settings,
    objective: Mapping[str, str],
    support_code: str,
    support: Member,
    now: datetime,
) -> Founded:
    """Make a community with its settings, its support actor and its root objective, named `objective` by language.

    The transaction's community is set. Raises Conflict (`code_taken`): codes are never used again.
    """
    community_id = take_code(connection, code)
    community = table_of(Community)
    connection.execute(insert(community).values(values_of(Community(community_id=community_id))))
    total = CellRow(community_id=community_id, number=TOTAL_CELL, codes=codes_text(()))
    connection.execute(insert(table_of(CellRow)).values(values_of(total)))
    head = connection.execute(select(community).where(community.c.community_id == community_id)).one()
    nothing = Register(community_id, code, settings, {}, {}, {})
    writing = Writing(connection, head, nothing, register_number=0, now=now)
    root = ObjectiveSet(ROOT, objective, None, Decimal(1), removed=False, is_new=True)
    write_steps(writing, (SettingsSet(settings), MemberSet(support_code, support, is_new=True), root))
    entry = writing.close("community_created", {"community": code, "support": support_code}, actor=None, token=None)
    return Founded(community_id, 1, entry)
