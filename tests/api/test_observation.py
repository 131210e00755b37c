"""What is logged: one line a request, and in it nothing that anybody sent."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from service.api.observation import configure_logs
from tests.builders import Client, coalition, define


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Standard error, with the service's logs configured as `jalon serve` does."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    configure_logs("info")
    yield said
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def test_a_line_of_json_a_request(logged: io.StringIO, light_client: Client) -> None:
    light_client.get("/healthz", headers={"X-Request-ID": "from-the-proxy.1"})
    (line,) = (json.loads(line) for line in logged.getvalue().splitlines())
    assert line.pop("ms") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request", "level": "info", "id": "from-the-proxy.1", "method": "GET", "route": "/healthz", "status": 200,
    }  # fmt: skip


def test_no_token_no_value_no_body(logged: io.StringIO, light_client: Client) -> None:
    lac = coalition(light_client, ["a"])
    lac.adopt(define("jobs"))
    lac.report("a", "jobs", "2025-Q1", "987654", comment="privatecomment")
    lac.members["a"].get("/contributions", indicator="jobs")
    lac.members["a"].ask("POST", "/contributions", content=b"{privatebody")
    refused = lac.members["a"].ask("POST", "/contributions", json={"indicator": "jobs", "comment": "privaterefused"})
    assert refused.status_code == 422
    lac.members["a"].ask("GET", "/actors?cursor=privatecursor")
    light_client.get("/privatepath")
    text = logged.getvalue()
    assert len(text.splitlines()) >= 9
    for secret in ("jln_", "987654", "private", "Bearer"):
        assert secret not in text


@pytest.mark.parametrize("given", ["a b", "x" * 65, "é".encode(), b"a\n"])
def test_an_id_that_is_none_is_replaced(light_client: Client, given: str | bytes) -> None:
    value = given if isinstance(given, bytes) else given.encode()
    answered = light_client.request("GET", "/healthz", headers=[(b"X-Request-ID", value)]).headers["x-request-id"]
    assert len(answered) == 32
    assert answered.encode() != value


def test_answers_are_not_to_be_guessed_at(light_client: Client) -> None:
    headers = light_client.get("/healthz").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
