"""The contract: a file, true to what is served, with examples that work as they stand."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.api.contract import TOPICS, contract_text
from service.api.examples import EXAMPLES
from service.api.identity import Access
from service.api.links import LINKS
from service.api.openid import Issuer
from service.api.problems import MEDIA_TYPE
from service.api.routing import GuardedRoute, Resource
from service.app import contract_as_text, resources
from service.web.routes import PageRoute, page_routes
from tests.builders import Client, Json, Voice, contract

FILE = Path(__file__).parents[2] / "openapi" / "openapi.json"
HTTP = ("get", "post", "put", "patch", "delete")


def operations() -> Iterator[tuple[str, str, Json]]:
    for path, item in contract()["paths"].items():
        for method, operation in item.items():
            assert method in HTTP
            yield method, path, operation


def inside(schema: Any) -> Iterator[Json]:
    """Every object in a piece of the contract."""
    if isinstance(schema, dict):
        yield schema
        for inner in schema.values():
            yield from inside(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from inside(inner)


def test_the_file_is_what_is_served() -> None:
    assert FILE.read_text("utf-8") == contract_as_text(), "if that is meant: jalon openapi > openapi/openapi.json"


def test_what_is_served_is_the_file(light_client: Client) -> None:
    assert light_client.get("/openapi.json").content == FILE.read_bytes()


def test_it_is_the_same_each_time() -> None:
    assert contract_as_text() == contract_text(contract())


def test_operations_are_called_after_their_functions() -> None:
    named = [operation["operationId"] for _, _, operation in operations()]
    assert len(named) == len(set(named))
    assert set(named) == {declared.endpoint.__name__ for resource in resources() for declared in resource.declared}
    assert {"list_indicators", "create_contribution", "get_progress"} <= set(named)


def test_every_route_says_who_may_call_it(light_client: Client) -> None:
    pages = {route.path for route in page_routes()}  # Who may read those is asked of each page's community.
    for route in light_client.service_app.routes:
        if isinstance(route, PageRoute) and route.path in pages:
            continue
        assert isinstance(route, GuardedRoute), f"{route} was not declared through a Resource"
        assert isinstance(route.declared.access, Access)
    for _, _, operation in operations():
        if operation["x-access"] == "anyone":
            assert operation["security"] == []
        else:
            assert {"bearer": []} in operation["security"]
            assert ({} in operation["security"]) is (operation["x-access"] == "read")


def test_a_route_that_does_not_say_who_may_call_it_is_a_mistake() -> None:
    resource = Resource("x")
    with pytest.raises(TypeError, match="access"):
        resource.get("/x")
    with pytest.raises(TypeError, match="access"):
        resource.get("/x", access="read")


def test_every_error_that_can_occur_is_a_declared_problem() -> None:
    for method, path, operation in operations():
        statuses = {int(status) for status in operation["responses"]}
        for status in statuses:
            if status >= 400:
                assert list(operation["responses"][str(status)]["content"]) == [MEDIA_TYPE], (method, path, status)
        assert {422, 500, 503} <= statuses
        assert operation["x-access"] == "anyone" or {401, 403, 429} <= statuses
        assert method == "get" or {400, 413, 415} <= statuses
        assert method != "patch" or {412, 428} <= statuses
        assert "{community}" not in path or 404 in statuses


def test_every_name_in_a_path_is_a_parameter() -> None:
    for method, path, operation in operations():
        named = {piece.strip("{}") for piece in path.split("/") if piece.startswith("{")}
        declared = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "path"}
        assert declared == named, (method, path)


def test_links_lead_to_what_can_be_asked_with_the_answer() -> None:
    named = {operation["operationId"]: operation for _, _, operation in operations()}
    schemas, led = contract()["components"]["schemas"], 0
    for operation in named.values():
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                wanted = {one["name"] for one in named[link["operationId"]].get("parameters", []) if one["in"] == "path"}
                assert set(link["parameters"]) <= wanted
                given = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                for expression in link["parameters"].values():
                    place, _, name = expression.rpartition("#/")
                    assert not place or (place == "$response.body" and name in schemas[given]["properties"])
                    assert place or expression == "$request.path.community"
                led += 1
    assert {link for links in LINKS.values() for link in links} <= set(named) and set(LINKS) <= set(named)
    assert led > 30


def test_what_is_answered_as_json_is_an_object() -> None:
    for _, path, operation in operations():
        for answer in operation["responses"].values():
            for media_type, said in answer.get("content", {}).items():
                assert not media_type.endswith("json") or said["schema"].get("type", "object") == "object", path


def test_numbers_are_whole_or_strings() -> None:
    """A JSON number loses digits in most clients before anybody sees it."""
    assert not [schema for schema in inside(contract()) if schema.get("type") == "number"]


def test_models_keep_their_names() -> None:
    names = set(contract()["components"]["schemas"])
    assert not [
        name for name in names if name.endswith(("-Input", "-Output")) or not name.isalnum() or "Validation" in name[4:]
    ]
    used = {schema["$ref"].rpartition("/")[2] for schema in inside(contract()) if isinstance(schema.get("$ref"), str)}
    assert used == names


def test_answers_hold_no_closed_enumeration() -> None:
    """Generated clients raise on a value that they do not know: another one could never be added."""
    schemas = contract()["components"]["schemas"]

    def reached(schema: Any, seen: set[str]) -> Iterator[tuple[str, Json]]:
        for part in inside(schema):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name in schemas and name not in seen:
                seen.add(name)
                yield name, schemas[name]
                yield from reached(schemas[name], seen)

    # Answered as they were sent, in the words that definitions and mappings are written in.
    taken = {"Definition", "Bridge", "Change", "MappingTerms"}
    for _, _, operation in operations():
        for response in operation["responses"].values():
            for name, schema in reached(response.get("content", {}), set(taken)):
                for part in inside({key: value for key, value in schema.items() if key != "description"}):
                    assert "enum" not in part and "const" not in part, name


def test_lists_can_be_read_as_tables() -> None:
    for _, _, operation in operations():
        content = operation["responses"].get("200", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        model = contract()["components"]["schemas"].get(reference.rpartition("/")[2], {})
        if {"items", "next_cursor"} <= set(model.get("properties", {})):
            assert "text/csv" in content, operation["operationId"]
            taken = {parameter["name"] for parameter in operation["parameters"]}
            assert {"format", "limit", "cursor"} <= taken or operation["operationId"] == "get_series", "a series is one table"


def test_every_tag_says_what_it_is_about() -> None:
    assert all(tag.get("description") for tag in contract()["tags"])
    assert {tag["name"] for tag in contract()["tags"]} == set(TOPICS)


def test_every_json_body_has_an_example() -> None:
    with_body = {
        operation["operationId"]
        for _, _, operation in operations()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert with_body == set(EXAMPLES)


WAITING: Json = {"title": "Keep jobs", "changes": EXAMPLES["amend_proposal"]["changes"]}


def revision_under_way(member: Voice) -> str:
    """An open proposal to count what the examples count in another way."""
    definition = EXAMPLES["create_proposal"]["changes"][0]["definition"]
    revision = {
        "kind": "revise_indicator",
        "indicator": "jobs-found",
        "based_on": 1,
        "definition": definition | {"method": "Every contract, however short.", "effective_from": "2025-Q3"},
        "bridge": {"kind": "editorial"},
        "targets": "convert",
    }
    proposal: str = member.post("/proposals", {"title": "Count every contract", "changes": [revision]})["id"]
    return proposal


def test_the_examples_are_real_requests(client: Client) -> None:
    addresses = {operation["operationId"]: (method.upper(), path) for method, path, operation in operations()}
    vouched = replace(client.service_app.state.service, issuer=Issuer("https://id.example", "jalon"))
    client.service_app.state.service = vouched
    token: str | None = client.operator_token
    names = {
        "community": EXAMPLES["create_community"]["code"],
        "actor": EXAMPLES["create_actor"]["code"],
        "contribution": "",
        "review": "1",
        "token": "2",
        "name": "export",
    }
    answers: dict[str, Json] = {}
    for operation, body in EXAMPLES.items():
        method, path = addresses[operation]
        if operation == "withdraw_contribution":
            names["contribution"] = answers["create_contributions"]["items"][0]["id"]
        names["webhook"] = answers.get("create_webhook", {}).get("id", "")
        if operation == "set_position":
            # A member's proposal waits for the support, whose position it is.
            waiting = Voice(client, names["community"], answers["create_token"]["token"]).post("/proposals", WAITING)
            names |= {"proposal": waiting["id"], "actor": EXAMPLES["create_community"]["support"]["code"]}
        if operation == "create_trials":
            names["proposal"] = revision_under_way(Voice(client, names["community"], answers["create_token"]["token"]))
        if operation == "accept_invitation":
            body = {"invitation": answers["create_invitation"]["invitation"]}
        headers = {"If-Match": "*"} if method == "PATCH" else {}
        asked = {"mapping": names["name"]} if operation == "create_dhis2_data_values" else {}
        response = client.ask(method, path.format(**names), token, json=body, headers=headers, params=asked)
        assert response.status_code in (200, 201, 204), (operation, response.text)
        answers[operation] = response.json() if response.content else {}
        if operation in ("create_community", "create_token"):
            token = answers[operation]["token"]
        if operation == "create_community":
            support = token
        names["contribution"] = answers.get("create_contribution", {}).get("id", "")
        if operation == "amend_proposal":
            assert answers[operation]["round"] == 2
        # Members propose and report; the support invites, changes, decides, contests and validates.
        token = answers["create_token"]["token"] if operation in ("amend_proposal", "create_contribution") else support
    figure = Voice(client, names["community"], None).get(
        "/indicators/jobs-found/figure", **{"from": "2025-Q1", "to": "2025-Q2"}
    )
    assert figure["unit"]["label"] == {"en": "people", "fr": "personnes"}
    assert json.dumps(answers["update_community"]["charter"]).count("45") == 1
