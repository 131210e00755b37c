"""The per-community counters that give things their numbers."""

from typing import Literal

from sqlalchemy import Connection, update

from service.errors import NotFound
from service.models.community import Community
from service.models.tables import table_of

Counter = Literal["actor", "objective", "indicator", "cell", "batch", "proposal", "upload", "token"]


def next_number(connection: Connection, community_id: int, counter: Counter, count: int = 1) -> int:
    """Take the next `count` numbers of a counter and return the first. They are free again if the transaction is undone.

    Locks the community until the transaction ends: keep it short. Raises NotFound for a community that does not exist.
    """
    community = table_of(Community)
    column = community.c[f"last_{counter}"]
    statement = (
        update(community).where(community.c.community_id == community_id).values({column: column + count}).returning(column)
    )
    last = connection.execute(statement).scalar()
    if last is None:
        raise NotFound("unknown_community", "There is no such community.")
    return int(last) - count + 1
