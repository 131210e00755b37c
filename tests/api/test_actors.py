"""Actors: let in, changed, gone; what is given as null and what is left out."""

from typing import Any

import pytest

from tests.builders import Client, coalition

WHOLE = {
    "code": "mairie",
    "name": {"fr": "La mairie"},
    "kind": "institution",
    "role": "observer",
    "groups": ["north", "town"],
    "identifiers": [{"scheme": "SIREN", "value": "217500016"}],
    "joined": "2025-02-01",
    "left": "2025-12-31",
}


def test_an_actor_reads_back_as_it_was_let_in(client: Client) -> None:
    lac = coalition(client, [])
    assert lac.support.post("/actors", WHOLE) == WHOLE
    assert lac.support.get("/actors/mairie") == WHOLE
    assert lac.support.get("/actors")["items"][1] == WHOLE


def test_what_is_left_out_has_a_default(client: Client) -> None:
    lac = coalition(client, [])
    actor = lac.support.post("/actors", {"code": "a", "name": "A", "kind": "company"})
    assert actor == {
        "code": "a", "name": {"fr": "A"}, "kind": "company", "role": "member",
        "groups": [], "identifiers": [], "joined": None, "left": None,
    }  # fmt: skip


def test_a_change_leaves_the_rest_and_null_clears(client: Client) -> None:
    lac = coalition(client, [])
    lac.support.post("/actors", WHOLE)
    assert lac.support.patch("/actors/mairie", {"kind": "town"}) == WHOLE | {"kind": "town"}
    assert lac.support.patch("/actors/mairie", {"left": None}) == WHOLE | {"kind": "town", "left": None}
    assert lac.support.patch("/actors/mairie", {"joined": None, "groups": []}) == WHOLE | {
        "kind": "town", "left": None, "joined": None, "groups": [],
    }  # fmt: skip
    assert lac.support.get("/actors/mairie")["joined"] is None


def test_memberships_are_read_as_of_an_instant(client: Client) -> None:
    lac = coalition(client, [])
    client.clock = client.clock.replace(hour=10)
    lac.support.post("/actors", WHOLE)
    client.clock = client.clock.replace(hour=11)
    lac.support.patch("/actors/mairie", {"left": None})
    client.clock = client.clock.replace(hour=12)
    assert lac.support.get("/actors/mairie", as_of="2026-01-15T10:30:00Z")["left"] == "2025-12-31"
    assert lac.support.get("/actors/mairie")["left"] is None
    assert len(lac.support.get("/actors", as_of="2026-01-15T09:30:00Z")["items"]) == 1
    missing = lac.support.ask("GET", "/actors/mairie", params={"as_of": "2026-01-15T09:30:00Z"})
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_actor")


def test_codes_are_not_used_twice(client: Client) -> None:
    lac = coalition(client, ["a"])
    for code in ("a", "appui"):
        refused = lac.support.ask("POST", "/actors", json={"code": code, "name": "x", "kind": "x"})
        assert (refused.status_code, refused.json()["code"]) == (409, "code_taken")
    assert lac.support.get("/actors/a")["name"] == {"fr": "Actor a"}


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"joined": "2025-02-30"}, "not_a_day", "/joined"),
        ({"joined": "2025-2-3"}, "wrong_form", "/joined"),
        ({"joined": 1735689600}, "text_expected", "/joined"),
        ({"joined": "2025-02-02", "left": "2025-02-01"}, "left_before_joined", "/left"),
        ({"role": "king"}, "not_in_list", "/role"),
        ({"groups": ["Not a code"]}, "wrong_form", "/groups/0"),
        ({"groups": "north"}, "list_expected", "/groups"),
        ({"identifiers": [{"scheme": "x"}]}, "missing_field", "/identifiers/0/value"),
        ({"kind": "\u0007"}, "control_character", "/kind"),
        ({"nickname": "x"}, "unknown_field", "/nickname"),
    ],
)
def test_what_an_actor_cannot_be(light_client: Client, change: dict[str, Any], code: str, pointer: str) -> None:
    lac = coalition(light_client, ["a"])
    made = lac.support.ask("POST", "/actors", json={"code": "b", "name": "x", "kind": "x", **change})
    changed = lac.support.ask("PATCH", "/actors/a", json=change, headers={"If-Match": "*"})
    for refused in (made, changed):
        assert (refused.status_code, refused.json()["code"]) == (422, code)
        assert refused.json()["errors"][0]["pointer"] == pointer
    assert lac.support.ask("GET", "/actors/b").status_code == 404


def test_the_last_support_stays(client: Client) -> None:
    lac = coalition(client, ["a"])
    for change in ({"left": "2026-01-14"}, {"role": "member"}):
        refused = lac.support.ask("PATCH", "/actors/appui", json=change, headers={"If-Match": "*"})
        assert (refused.status_code, refused.json()["code"]) == (422, "last_support")
    lac.support.patch("/actors/a", {"role": "support"})
    assert lac.support.patch("/actors/appui", {"left": "2026-01-15"})["left"] == "2026-01-15"


def test_members_change_nobody(client: Client) -> None:
    lac = coalition(client, ["a", "b"])
    refused = lac.members["a"].ask("PATCH", "/actors/a", json={"kind": "x"}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (403, "support_only")
