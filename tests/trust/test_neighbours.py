"""Two communities of one shape: the same numbers stand for other things in each, and nothing of one is met in the other.

A statement that forgets the community finds a row of the neighbour's wherever it looks for a number. On PostgreSQL row
security stands behind it (`test_rows.py`); on SQLite nothing does but this.
"""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from service.models.tables import table_of, tables_in_order
from service.models.token import Token
from service.records.register import find_community
from tests.builders import Client
from tests.trust.test_erasure import Talkative


def _rows(client: Client, code: str) -> dict[str, list[Any]]:
    """Every row of a community, by table. When tokens were used last is written beside the requests, at any time."""
    found = {}
    used = table_of(Token).c.last_used_at
    with client.database.audit() as connection:
        community_id = find_community(connection, code)
        for table in tables_in_order():
            if "community_id" in table.c:
                columns = [column for column in table.c if column is not used]
                ordered = select(*columns).where(table.c.community_id == community_id).order_by(*table.primary_key)
                found[table.name] = [tuple(row) for row in connection.execute(ordered)]
    return found


def _live(neighbour: Talkative) -> None:
    """Everything that ends, erases or revokes something is done."""
    neighbour.lac.support.ask("PUT", "/closed-periods/2025-Q1")
    neighbour.lac.support.ask("PUT", "/mappings/export", json={"decimal": "comma"})
    neighbour.erase_all()
    tokens = [token["id"] for actor in ("a", "b", "o") for token in neighbour.support.get(f"/actors/{actor}/tokens")["items"]]
    assert len(tokens) >= 3
    for token in tokens:
        assert neighbour.support.ask("DELETE", f"/tokens/{token}").status_code == 204


def _answers(talkative: Talkative, client: Client) -> list[tuple[str, bytes]]:
    """What every reading answers, from a service that remembers nothing. Refusals name their request, and tokens say
    when they were used last, which is written at any time: neither stays the same."""
    with Client(client.database, client.clock) as fresh:
        talkative.support, talkative.a = (replace(voice, client=fresh) for voice in (talkative.support, talkative.a))
        return [
            (operation, content if operation else b"")
            for operation, content in talkative.answers()
            if operation != "list_tokens"
        ]


@pytest.mark.proof
def test_nothing_of_a_neighbour_is_read(light_client: Client) -> None:
    one = Talkative(light_client)
    clock = light_client.clock
    before = _answers(one, light_client)
    Talkative(light_client)
    light_client.clock = clock
    after = _answers(one, light_client)
    assert len(before) == len(after) > 100
    differing = [operation for (operation, was), (_, is_now) in zip(before, after, strict=True) if was != is_now]
    assert not differing


def test_nothing_of_a_neighbour_is_changed(light_client: Client) -> None:
    one, other = Talkative(light_client), Talkative(light_client)
    before = _rows(light_client, one.lac.code)
    assert sum(map(len, before.values())) > 50
    _live(other)
    assert _rows(light_client, one.lac.code) == before
