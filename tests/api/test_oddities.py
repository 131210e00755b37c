"""No input, however odd, gives an answer of 500 or more: every call there is, with what no client would send.

A few of each in every run, all of them among the proofs.
"""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.api.routing import GuardedRoute
from tests.api.odd_input import BODIES, ODD_HEADERS, ODD_NUMBERS, ODD_TEXTS, ODD_VALUES, escaped, places, with_odd
from tests.builders import Client, Coalition, coalition, define

SOME_OR_ALL = pytest.mark.parametrize("every", [29, pytest.param(1, marks=pytest.mark.proof)])


@pytest.fixture
def lac(light_client: Client) -> Coalition:
    made = coalition(light_client, ["a"])
    made.adopt(define("jobs", dimensions=[{"code": "sex", "codes": ["F", "M"]}]))
    made.report("a", "jobs", "2025-Q1", "5")
    return made


def calls(lac: Coalition) -> Iterator[tuple[GuardedRoute, str]]:
    """Every route with each of its methods."""
    for route in lac.client.service_app.routes:
        assert isinstance(route, GuardedRoute)
        yield from ((route, method) for method in route.methods or ())


def path_of(route: GuardedRoute, value: str, community: str = "lac") -> str:
    path = route.path.replace("{community}", community)
    for name in route.param_convertors:
        path = path.replace(f"{{{name}}}", value)
    return path


def check(response: Any) -> None:
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        json.loads(response.content)


@SOME_OR_ALL
def test_odd_names_in_paths(lac: Coalition, every: int) -> None:
    asked = itertools.product(calls(lac), ODD_TEXTS)
    for (route, method), text in itertools.islice(asked, 0, None, every):
        check(lac.client.ask(method, path_of(route, escaped(text) or "%20"), lac.support.token, json={}))


@SOME_OR_ALL
def test_odd_communities(lac: Coalition, every: int) -> None:
    below = [(route, method) for route, method in calls(lac) if "{community}" in route.path]
    for (route, method), text in itertools.islice(itertools.product(below, ODD_TEXTS), 0, None, every):
        check(lac.client.ask(method, path_of(route, "x", escaped(text) or "%20"), lac.support.token, json={}))


@SOME_OR_ALL
def test_odd_parameters(lac: Coalition, every: int) -> None:
    asked = (
        (route, method, parameter, text)
        for route, method in calls(lac)
        for parameter in sorted(route.known_parameters)
        for text in (*ODD_TEXTS, *ODD_NUMBERS)
    )
    for route, method, parameter, text in itertools.islice(asked, 0, None, every):
        address = f"{path_of(route, 'jobs')}?{parameter}={escaped(text)}"
        check(lac.client.ask(method, address, lac.support.token, json={}))


@SOME_OR_ALL
def test_odd_values_in_bodies(lac: Coalition, every: int) -> None:
    headers = {"Content-Type": "application/json", "If-Match": "*"}
    asked = (
        (method, path, with_odd(body, place, odd))
        for method, path, body in BODIES
        for place in places(body)
        for odd in ODD_VALUES
    )
    for method, path, content in itertools.islice(asked, 0, None, every):
        check(lac.client.ask(method, path, lac.support.token, content=content.encode(), headers=headers))


def test_odd_headers(lac: Coalition) -> None:
    bearer = (b"Authorization", f"Bearer {lac.support.token}".encode())
    for name, value in ODD_HEADERS:
        headers = [(name.encode(), value.encode("latin-1")), *([bearer] if name != "Authorization" else [])]
        for method, path in (("GET", ""), ("GET", "/actors"), ("POST", "/actors")):
            content = b"{}" if method == "POST" else None
            check(lac.client.request(method, f"/v1/communities/lac{path}", headers=headers, content=content))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ODD_TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.proof
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=st.sampled_from(BODIES), data=st.data())
def test_random_bodies(lac: Coalition, call: tuple[str, str, Any], data: st.DataObject) -> None:
    method, path, body = call
    place = data.draw(st.sampled_from(list(places(body))))
    content = with_odd(body, place, json.dumps(data.draw(JSON))).encode("utf-8", "surrogatepass")
    headers = {"Content-Type": "application/json", "If-Match": "*"}
    check(lac.client.ask(method, path, lac.support.token, content=content, headers=headers))
