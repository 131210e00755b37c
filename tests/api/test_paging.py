"""Pages: every item once, cursors that mean something to nobody else."""

import pytest

from service.api.paging import PageAsked, open_cursor, page, page_after, seal_cursor
from service.errors import Refused
from tests.builders import Client, coalition


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
def test_every_item_comes_once(limit: int) -> None:
    items, found, cursor = list("abcde"), [], None
    while True:
        answer = page(items, PageAsked(limit, cursor))
        assert len(answer["items"]) <= limit
        found += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert found == items


def test_lists_read_from_the_store_go_on_after_a_number() -> None:
    first = page_after(["a", "b", "c"], PageAsked(2, None), [10, 20, 30])
    assert first["items"] == ["a", "b"]
    assert PageAsked(2, first["next_cursor"]).after == 20
    assert page_after(["c"], PageAsked(2, first["next_cursor"]), [30]) == {"items": ["c"], "next_cursor": None}


@pytest.mark.parametrize(
    "cursor", ["", "x", "====", "W10", "W1tdXQ", "é", "bnVsbA", "W251bGxd", "Wy0xXQ", "WzFlOTld", "W3RydWVd", "W" * 999]
)
def test_cursors_of_nobody_are_refused(cursor: str) -> None:
    with pytest.raises(Refused) as refused:
        assert PageAsked(1, cursor).offset
    assert refused.value.code == "invalid_cursor"


def test_a_cursor_holds_its_place() -> None:
    assert open_cursor(seal_cursor(3, "a/b", None)) == [3, "a/b", None]


def test_the_next_page_over_http(client: Client) -> None:
    lac = coalition(client, ["a", "b"])
    found, path = [], "/v1/communities/lac/actors?limit=2"
    while path:
        response = client.ask("GET", path, lac.support.token)
        found += [actor["code"] for actor in response.json()["items"]]
        path = response.links.get("next", {}).get("url", "")
        assert bool(path) is (response.json()["next_cursor"] is not None)
    assert found == ["appui", "a", "b"]


@pytest.mark.parametrize(
    ("limit", "code"), [("0", "too_small"), ("1001", "too_big"), ("x", "whole_number_expected"), ("", "whole_number_expected")]
)
def test_limits_of_the_limit(light_client: Client, limit: str, code: str) -> None:
    lac = coalition(light_client, [])
    refused = lac.support.ask("GET", "/actors", params={"limit": limit})
    assert (refused.status_code, refused.json()["code"], refused.json()["errors"][0]["parameter"]) == (422, code, "limit")
    assert lac.support.ask("GET", "/actors", params={"limit": "1000"}).status_code == 200
