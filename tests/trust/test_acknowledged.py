"""Acknowledged is committed: at the moment when an answer begins to leave, others can read what it says."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.types import Message, Receive, Scope, Send

from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.models.token import IdempotencyKey, Token
from tests.builders import Client, coalition, define, found


def _kept(client: Client) -> tuple[int, ...]:
    """How many entries, kept answers and revoked tokens anybody else can read now."""
    entry, key, token = table_of(JournalEntry), table_of(IdempotencyKey), table_of(Token)
    with client.database.audit() as connection:
        counts = (
            select(func.count()).select_from(entry),
            select(func.count()).select_from(key),
            select(func.count()).select_from(token).where(token.c.revoked_at.is_not(None)),
        )
        return tuple(connection.execute(count).scalar_one() for count in counts)


@pytest.fixture
def seen(client: Client) -> list[tuple[int, ...]]:
    """What could be read each time that an answer began to leave. Asked of the service itself: once its client has the answer,
    whatever came after it has happened as well."""
    service: Any = client.witness._app
    looked: list[tuple[int, ...]] = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def look(message: Message) -> None:
            if message["type"] == "http.response.start":
                looked.append(_kept(client))
            await send(message)

        await service(scope, receive, look)

    client.witness._app = watched  # type: ignore[assignment]
    return looked


def test_what_is_answered_is_committed(client: Client, seen: list[tuple[int, ...]]) -> None:
    lac = coalition(client, ["a"])
    lac.adopt(define("jobs"))
    spare = lac.support.post("/actors/a/tokens", {"name": "spare", "scopes": ["read"]})
    leaked = lac.support.post("/actors/a/tokens", {"name": "leaked", "scopes": ["read"]})["token"]
    report = {"indicator": "jobs", "period": "2025-Q1", "value": "1"}
    changes: list[tuple[str, Callable[[], object]]] = [
        ("POST", lambda: lac.members["a"].ask("POST", "/contributions", json=report, headers={"Idempotency-Key": "one"})),
        ("PUT", lambda: lac.support.ask("PUT", "/closed-periods/2025-Q1")),
        ("PATCH", lambda: lac.support.ask("PATCH", "/actors/a", json={"name": "A"}, headers={"If-Match": "*"})),
        ("DELETE", lambda: lac.support.ask("DELETE", f"/tokens/{spare['id']}")),
        ("revoke", lambda: client.ask("POST", "/v1/tokens/revoke", json={"token": leaked})),
        ("found", lambda: found(client, client.new_code())),
    ]
    for name, change in changes:
        before = _kept(client)
        change()
        assert seen[-1] == _kept(client) != before, name
