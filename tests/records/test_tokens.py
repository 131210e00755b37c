"""Tokens are found in their own community only, and end when they are revoked."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from service.database import Database
from service.models.token import Token
from service.records.tokens import (
    create_operator_token,
    create_token,
    find_operator_token,
    find_token,
    get_token,
    list_operator_tokens,
    list_tokens,
    revoke_operator_token,
    revoke_token,
)
from tests.records.coalition import START, Coalition, changing, found_coalition, reading

DIGEST = b"d" * 32


def _create(coalition: Coalition, digest: bytes = DIGEST, actor: int = 2) -> Token:
    with changing(coalition.database, coalition.community_id) as connection:
        return create_token(
            connection,
            coalition.community_id,
            actor=actor,
            name="Poste d'Anne",
            scopes=["read", "contribute"],
            digest=digest,
            now=START,
            expires_at=START + timedelta(days=1),
        )


def test_a_token_is_found_by_its_digest_in_its_community_only(database: Database) -> None:
    here, there = found_coalition(database), found_coalition(database, "there")
    token = _create(here)
    with reading(database) as connection:
        found = find_token(connection, here.community_id, DIGEST)
        assert found is not None and found.model_dump() == token.model_dump()
        assert (found.number, found.actor, found.scopes, found.revoked_at) == (1, 2, ["read", "contribute"], None)
        assert find_token(connection, there.community_id, DIGEST) is None
        assert find_token(connection, here.community_id, b"e" * 32) is None
        assert get_token(connection, here.community_id, 1) is not None
        assert get_token(connection, here.community_id, 2) is None


def test_tokens_are_listed_by_actor(database: Database) -> None:
    coalition = found_coalition(database)
    for place, actor in enumerate([2, 3, 2, 2]):
        _create(coalition, bytes([place]) * 32, actor)
    with reading(database) as connection:
        assert [token.number for token in list_tokens(connection, coalition.community_id, 2)] == [1, 3, 4]
        assert [token.number for token in list_tokens(connection, coalition.community_id, 2, after=1, limit=1)] == [3]


def test_a_token_is_revoked_once(database: Database) -> None:
    coalition = found_coalition(database)
    _create(coalition)
    with changing(database) as connection:
        assert revoke_token(connection, coalition.community_id, 1, START)
        assert not revoke_token(connection, coalition.community_id, 1, START + timedelta(days=1))
        assert not revoke_token(connection, coalition.community_id, 2, START)
    with reading(database) as connection:
        found = find_token(connection, coalition.community_id, DIGEST)
        assert found is not None and found.revoked_at == START


def test_a_token_needs_an_actor_of_the_community(database: Database) -> None:
    coalition = found_coalition(database)
    with pytest.raises(IntegrityError):
        _create(coalition, actor=9)


def test_operators_have_tokens_of_their_own(database: Database) -> None:
    with changing(database) as connection:
        numbers = [create_operator_token(connection, name=name, digest=name.encode() * 32, now=START) for name in "ab"]
        assert revoke_operator_token(connection, numbers[0], START)
        assert not revoke_operator_token(connection, numbers[0], START)
    with reading(database) as connection:
        assert [(token.name, token.revoked_at) for token in list_operator_tokens(connection)] == [("a", START), ("b", None)]
        found = find_operator_token(connection, b"b" * 32)
        assert found is not None and found.number == numbers[1]
        assert find_operator_token(connection, b"c" * 32) is None
