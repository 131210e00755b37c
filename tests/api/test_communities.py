"""Communities: founded by the operator, read by who may, changed by their support."""

import pytest

from tests.builders import Client, Voice, coalition, found
from tests.records.coalition import reading

CHARTER = {
    "decision_rule": "delegated",
    "quorum": "0.5",
    "deliberation_days": 14,
    "validation": "none",
    "due_days": 30,
    "on_track": "0.9",
    "at_risk": "0.6",
    "show_actor_values": True,
    "minimum_count": 0,
}


def test_a_community_is_founded_with_its_support_and_root_objective(client: Client) -> None:
    created = found(client, charter={"due_days": 10}, time_zone="Europe/Paris")
    token = created.pop("token")
    assert created == {
        "code": "lac",
        "name": {"fr": "Le lac"},
        "objective": {"en": "A clean lake", "fr": "Un lac propre"},
        "language": "fr",
        "visibility": "members",
        "time_zone": "Europe/Paris",
        "closed": False,
        "charter": CHARTER | {"due_days": 10},
        "support": {
            "code": "appui",
            "name": {"fr": "L'appui"},
            "kind": "association",
            "role": "support",
            "groups": [],
            "identifiers": [],
            "joined": None,
            "left": None,
        },
    }
    support = Voice(client, "lac", token)
    assert support.get() == created
    assert support.get("/actors")["items"] == [created["support"]]


def test_only_the_operator_founds(client: Client) -> None:
    lac = coalition(client)
    body = {"code": "x", "name": "x", "objective": "x", "support": {"code": "s", "name": "s", "kind": "company"}}
    assert client.ask("POST", "/v1/communities", json=body).status_code == 401
    assert client.ask("POST", "/v1/communities", lac.support.token, json=body).json()["code"] == "operator_only"
    assert client.ask("POST", "/v1/communities", client.operator_token, json=body).status_code == 201


def test_a_code_is_never_used_again(client: Client) -> None:
    found(client)
    body = {"code": "lac", "name": "x", "objective": "x", "support": {"code": "s", "name": "s", "kind": "company"}}
    response = client.ask("POST", "/v1/communities", client.operator_token, json=body)
    assert (response.status_code, response.json()["code"]) == (409, "code_taken")


@pytest.mark.parametrize(
    ("field", "value", "code", "pointer"),
    [
        ("code", "Lac", "wrong_form", "/code"),
        ("code", "lac\n", "wrong_form", "/code"),
        ("time_zone", "Mars/Olympus", "unknown_time_zone", "/time_zone"),
        ("time_zone", "../../etc/passwd", "unknown_time_zone", "/time_zone"),
        ("visibility", "secret", "not_in_list", "/visibility"),
        ("charter", {"quorum": "1.1"}, "not_a_share", "/charter/quorum"),
        ("charter", {"quorum": 0.5, "x": 1}, "unknown_field", "/charter/x"),
        ("charter", {"on_track": "1e1"}, "not_a_decimal", "/charter/on_track"),
        ("charter", {"at_risk": "0.95"}, "thresholds_crossed", "/charter/at_risk"),
        ("support", {"code": "s", "name": "s"}, "missing_field", "/support/kind"),
        ("name", {"de": "x"}, "unknown_language", "/name"),
        ("name", "", "not_a_text", "/name"),
    ],
)
def test_what_a_community_cannot_be(client: Client, field: str, value: object, code: str, pointer: str) -> None:
    body = {"code": "c", "name": "x", "objective": "x", "support": {"code": "s", "name": "s", "kind": "company"}, field: value}
    response = client.ask("POST", "/v1/communities", client.operator_token, json=body)
    assert response.status_code == 422
    assert response.json()["code"] == code
    assert [(fault["code"], fault["pointer"]) for fault in response.json()["errors"]] == [(code, pointer)]


def test_a_change_needs_the_state_it_changes(client: Client) -> None:
    support = coalition(client).support
    tag = support.ask("GET").headers["etag"]
    change = {"charter": {"due_days": 7}}
    assert support.ask("PATCH", json=change).status_code == 428
    changed = support.ask("PATCH", json=change, headers={"If-Match": tag})
    assert changed.json()["charter"] == CHARTER | {"due_days": 7}
    assert support.get() == changed.json()
    assert support.ask("GET").headers["etag"] == changed.headers["etag"] != tag
    stale = support.ask("PATCH", json={"name": "x"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert support.get()["name"] == {"fr": "Le lac"}


def test_a_community_as_of_before_a_change(client: Client) -> None:
    support = coalition(client).support
    client.clock = client.clock.replace(hour=10)
    before = client.clock.isoformat().replace("+00:00", "Z")
    client.clock = client.clock.replace(hour=11)
    support.patch("", {"name": {"en": "The lake"}})
    assert support.get()["name"] == {"en": "The lake"}
    assert support.get(as_of=before)["name"] == {"fr": "Le lac"}
    assert support.ask("GET", params={"as_of": "2026-01-15T08:59:59Z"}).json()["code"] == "not_found_as_of"
    assert support.ask("GET", params={"as_of": "2026-01-15T11:00:01Z"}).json()["code"] == "as_of_in_future"


def test_members_do_not_change_it(client: Client) -> None:
    lac = coalition(client)
    refused = lac.members["a"].ask("PATCH", json={"name": "x"}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (403, "support_only")


def test_who_decides_together_changes_the_charter_together(client: Client) -> None:
    support = coalition(client, charter={"decision_rule": "majority"}).support
    refused = support.ask("PATCH", json={"charter": {"due_days": 1}}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (409, "charter_by_proposal")
    assert support.get()["charter"]["due_days"] == 30


def test_a_change_of_nothing_leaves_no_trace(client: Client) -> None:
    support = coalition(client).support
    assert support.patch("", {"charter": {"due_days": 30}}) == support.get()
    with reading(client.database) as connection:
        kinds = connection.exec_driver_sql("SELECT kind FROM journal_entry").scalars().all()
    assert "community_changed" not in kinds
