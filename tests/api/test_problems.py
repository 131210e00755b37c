"""Errors: one shape everywhere, in the reader's language, echoing nothing raw."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from service import texts
from service.api.problems import STATUSES
from service.errors import Conflict, NotFound, ServiceError
from tests.builders import Client, coalition

NEEDED = {"type", "title", "status", "detail", "code", "instance"}


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The one shape of an error."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    content: dict[str, Any] = json.loads(response.content)
    assert set(content) - {"errors"} == NEEDED
    assert (content["status"], content["code"], content["type"]) == (status, code, f"urn:jalon:problem:{code}")
    assert content["title"] and content["detail"]
    assert content["instance"] == f"urn:jalon:request:{response.headers['x-request-id']}"
    for fault in content.get("errors", []):
        assert {"code", "detail"} <= set(fault) <= {"code", "detail", "pointer", "parameter", "row", "column", "suggestion"}
        assert fault["detail"]
    return content


def test_the_frameworks_own_errors_have_the_shape_too(light_client: Client) -> None:
    assert_problem(light_client.get("/nowhere"), 404, "no_such_address")
    assert_problem(light_client.get("/healthz/"), 404, "no_such_address")
    refused = light_client.request("POST", "/healthz")
    assert_problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "GET"
    assert_problem(light_client.request("BREW", "/v1/communities/lac"), 405, "method_not_allowed")


def test_every_kind_of_error_has_a_status() -> None:
    def kinds(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
        for inner in kind.__subclasses__():
            yield inner
            yield from kinds(inner)

    assert set(kinds(ServiceError)) == set(STATUSES)


def test_what_goes_wrong_here_is_said_without_saying_what(light_client: Client) -> None:
    def broken() -> None:
        raise RuntimeError("secret")

    light_client.service_app.add_api_route("/broken", broken)
    careless = TestClient(light_client.service_app, raise_server_exceptions=False)
    response = careless.get("/broken")
    assert response.status_code == 500
    assert response.json()["code"] == "internal_error"
    assert response.headers["content-type"] == "application/problem+json"
    assert "secret" not in response.text


def test_titles_and_details_follow_the_reader_and_codes_do_not(light_client: Client) -> None:
    english = assert_problem(light_client.get("/nowhere"), 404, "no_such_address")
    response = light_client.get("/nowhere", headers={"Accept-Language": "fr"})
    french = assert_problem(response, 404, "no_such_address")
    assert response.headers["content-language"] == "fr"
    assert (english["title"], french["title"]) == ("No such address", "Adresse inconnue")
    assert english["detail"] != french["detail"]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr", "fr"),
        ("fr-CA, en;q=0.8", "fr"),
        ("en, fr", "en"),
        ("en;q=0.1, fr;q=0.2", "fr"),
        ("de, fr;q=0.1", "fr"),
        ("de", "en"),
        ("*", "en"),
        ("fr;q=0", "en"),
        ("fr;q=nonsense, ,;", "en"),
        ("FR", "fr"),
        ("", "en"),
    ],
)
def test_the_reader_s_language(light_client: Client, header: str, language: str) -> None:
    assert light_client.get("/nowhere", headers={"Accept-Language": header}).headers["content-language"] == language


def test_faults_are_said_in_french_too(light_client: Client) -> None:
    lac = coalition(light_client, [])
    body = {"code": "A", "name": 1, "kind": "x", "role": "king", "more": 1}
    refused = lac.support.ask("POST", "/actors", json=body, headers={"Accept-Language": "fr"})
    errors = assert_problem(refused, 422, "wrong_form")["errors"]
    assert {fault["pointer"]: fault["code"] for fault in errors} == {
        "/code": "wrong_form", "/name": "not_a_text", "/role": "not_in_list", "/more": "unknown_field",
    }  # fmt: skip
    for fault in errors:
        assert fault["detail"] == texts.detail(fault["code"], "fr", "", {"pattern": CODE, "allowed": ROLES}), fault


CODE = "^[a-z0-9][a-z0-9-]{0,62}$"
ROLES = "`support`, `member`, `observer`"


def test_input_is_not_echoed(light_client: Client) -> None:
    lac = coalition(light_client, [])
    odd = "<script>\u202e" + "x" * 5_000
    for body in ({"code": odd, "name": odd, "kind": odd, "role": odd}, {odd: odd}, odd, [odd]):
        refused = lac.support.ask("POST", "/actors", json=body)
        assert refused.status_code == 422
        assert odd not in refused.text
        assert "\u202e" not in refused.text
        assert len(refused.content) < 3_000
    refused = lac.support.ask("GET", "/actors", params={odd: odd, "limit": odd, "cursor": odd})
    assert "\u202e" not in refused.text
    assert len(refused.content) < 3_000


def test_a_hundred_faults_are_enough(light_client: Client) -> None:
    lac = coalition(light_client, [])
    refused = lac.support.ask("POST", "/actors", json={f"f{number}": 1 for number in range(1_000)})
    assert len(assert_problem(refused, 422, "missing_field")["errors"]) == 100


@pytest.mark.parametrize(
    ("content_type", "content", "status", "code"),
    [
        ("application/json", b"{", 400, "not_json"),
        ("application/json; charset=utf-8", b'{"a": 1, "a": 2}', 400, "duplicate_key"),
        ('application/json;charset="UTF-8"', b"\xff", 400, "not_utf8"),
        ("application/json", b"[" * 100_000, 422, "too_deep"),
        ("application/json", b" " * (2**20 + 1), 413, "body_too_large"),
        ("application/json; charset=latin-1", b"{}", 415, "json_needed"),
        ("application/x-www-form-urlencoded", b"code=a", 415, "json_needed"),
        ("application/merge-patch+json", b"{}", 415, "json_needed"),
        ("text/plain", b"{}", 415, "json_needed"),
        ("", b"{}", 415, "json_needed"),
        (";;;", b"{}", 415, "json_needed"),
        ("application/json", b"", 422, "missing_field"),
        ("application/json", b"null", 422, "object_expected"),
        ("application/json", b"[]", 422, "object_expected"),
        ("application/json", b"1e400", 422, "object_expected"),
        ("application/json", b"NaN", 422, "object_expected"),
    ],
)
def test_bodies_that_are_none(light_client: Client, content_type: str, content: bytes, status: int, code: str) -> None:
    lac = coalition(light_client, [])
    assert_problem(lac.support.ask("POST", "/actors", content=content, headers={"Content-Type": content_type}), status, code)


def test_compressed_json_is_not_understood(light_client: Client) -> None:
    lac = coalition(light_client, [])
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert_problem(lac.support.ask("POST", "/actors", content=b"{}", headers=headers), 415, "unsupported_encoding")


def test_a_body_that_is_sent_in_pieces_is_bounded_too(light_client: Client) -> None:
    lac = coalition(light_client, [])

    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 2**15

    refused = lac.support.ask("POST", "/actors", content=pieces(), headers={"Content-Type": "application/json"})
    assert_problem(refused, 413, "body_too_large")


def test_a_call_without_a_body_takes_none(light_client: Client) -> None:
    lac = coalition(light_client, ["a"])
    refused = lac.support.ask("DELETE", "/tokens/1", json={"really": True})
    assert_problem(refused, 422, "unexpected_body")
    assert lac.support.ask("DELETE", "/tokens/2", json={}).status_code == 204


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("nonsense=1", "unknown_parameter", "nonsense"),
        ("Limit=1", "unknown_parameter", "Limit"),
        ("limit=1&limit=2", "repeated_parameter", "limit"),
        ("cursor=%00", "control_character", "cursor"),
        ("as_of=now", "not_an_instant", "as_of"),
        ("as_of=2026-01-15T09:00:00%2B99:99", "not_an_instant", "as_of"),
        ("as_of=0001-01-01T00:00:00%2B01:00", "not_an_instant", "as_of"),
    ],
)
def test_queries_that_are_none(light_client: Client, query: str, code: str, parameter: str) -> None:
    lac = coalition(light_client, [])
    refused = assert_problem(lac.support.ask("GET", f"/actors?{query}"), 422, code)
    assert refused["errors"][0]["parameter"] == parameter


def test_the_kind_says_the_status_also_where_nothing_is_at_fault() -> None:
    assert STATUSES[Conflict] == 409
    assert STATUSES[NotFound] == 404
