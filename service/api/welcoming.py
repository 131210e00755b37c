"""The token with which a community's support begins: one that was just founded, or brought back from an archive."""

from datetime import datetime

from sqlalchemy import Connection

from service.api.bearer import digest_of, new_token
from service.api.identity import is_there
from service.api.token_terms import end_of
from service.models.vocabulary import Role, Scope
from service.records.moment import moment_of
from service.records.register import Registers
from service.records.tokens import create_token

FIRST_TOKEN = "first token"  # noqa: S105  (its name, not its text)


def give_token(connection: Connection, community_id: int, actor: int, now: datetime) -> str:
    """The text of a new token of the actor of that number, with every scope."""
    token = new_token(community_id)
    create_token(
        connection,
        community_id,
        actor=actor,
        name=FIRST_TOKEN,
        scopes=[str(scope) for scope in Scope],
        digest=digest_of(token),
        now=now,
        expires_at=end_of(None, now),
    )
    return token


def first_token(connection: Connection, community_id: int, now: datetime) -> str | None:
    """A token of whoever is the support today, of several the first; None where nobody is."""
    registers = Registers()
    moment = moment_of(connection, community_id, None, now, registers)
    actors = registers.read(connection, community_id, moment).actors.values()
    support = [one.number for one in actors if one.member.role is Role.SUPPORT and is_there(one.member, moment.day)]
    return give_token(connection, community_id, min(support), now) if support else None
