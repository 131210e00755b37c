"""What tests build through the public API: a service with a clock of its own, a coalition, what it decides and reports."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import update
from starlette.datastructures import Headers
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from service.api.bearer import digest_of, new_token, parse_token
from service.api.routing import GuardedRoute
from service.app import contract_as_text, create_app
from service.database import Database, use_community
from service.models.tables import table_of
from service.models.token import Token
from service.records.tokens import create_operator_token
from service.settings import Settings
from tests.in_process import OneStep

Json = dict[str, Any]
STARTS = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
"""When a test's clock begins, and stays unless it is set."""
SCOPES = ("read", "contribute", "decide", "administer")


class Witness:
    """Around the service: sees to it that every answer in every test is one that the contract declares."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.undeclared: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def see(message: Message) -> None:
            route = scope.get("route")
            if message["type"] == "http.response.start" and isinstance(route, GuardedRoute):
                self._look(route, scope["method"], message["status"], Headers(raw=message["headers"]).get("content-type", ""))
            await send(message)

        await self._app(scope, receive, see)

    def _look(self, route: GuardedRoute, method: str, status: int, media_type: str) -> None:
        if method not in (route.methods or ()):
            return  # 405 belongs to the address, not to an operation.
        operation = contract()["paths"][route.path][method.lower()]
        declared = operation["responses"].get(str(status))
        if declared is None:
            self.undeclared.append(f"{method} {route.path} answered {status}")
        elif media_type.partition(";")[0] not in declared.get("content", {"": None}) and status != 304:
            self.undeclared.append(f"{method} {route.path} answered {status} with {media_type}")


@cache
def contract() -> Json:
    """The contract: every application of this process has the same."""
    content: Json = json.loads(contract_as_text())
    return content


POSTGRESQL_AS_PROOF = pytest.mark.parametrize(
    "shared_client", ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)], indirect=True, scope="module"
)
"""For tests of many cases in which the engine matters little: on SQLite with every run, on PostgreSQL as a proof."""


class Client(TestClient):
    """The service on `database`, at whatever instant `clock` was set to; without rate limits and without sending to webhooks by
    itself, unless asked for."""

    def __init__(self, database: Database, now: datetime = STARTS, *, address: str = "testclient", **settings: Any) -> None:
        self.clock = now
        self.database = database
        app = create_app(
            Settings(**{"rate_limit": 0, "webhooks": "off", **settings}), clock=lambda: self.clock, database=database
        )
        self.witness = Witness(app)
        super().__init__(self.witness, base_url="http://jalon.test", client=(address, 50_000))
        self._transport = OneStep(self.witness, self._portal_factory, (address, 50_000))
        self.service_app = app
        self._operator_token: str | None = None
        self._codes = itertools.count(1)

    def new_code(self) -> str:
        """A code that no community has yet: `lac`, then `lac-2` …"""
        number = next(self._codes)
        return "lac" if number == 1 else f"lac-{number}"

    @property
    def operator_token(self) -> str:
        """A token of who runs the service, as the command line makes it."""
        if self._operator_token is None:
            self._operator_token = new_token(0)
            with self.database.write() as connection:
                create_operator_token(connection, name="tests", digest=digest_of(self._operator_token), now=self.clock)
        return self._operator_token

    def ask(
        self, method: str, path: str, token: str | None = None, *, headers: Mapping[str, str] | None = None, **request: Any
    ) -> httpx2.Response:
        """Sends a request with `token`."""
        bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
        response = self.request(method, path, headers={**bearer, **(headers or {})}, **request)
        assert not self.witness.undeclared, self.witness.undeclared
        return response


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody who talks to the service about one community, with a token or (None) without."""

    client: Client
    community: str
    token: str | None

    def ask(self, method: str, path: str = "", **request: Any) -> httpx2.Response:
        """Sends a request below the community's path."""
        return self.client.ask(method, f"/v1/communities/{self.community}{path}", self.token, **request)

    def get(self, path: str = "", /, **parameters: Any) -> Json:
        """What a GET answers, which must be 200."""
        response = self.ask("GET", path, params=parameters)
        assert response.status_code == 200, response.text
        content: Json = response.json()
        return content

    def post(self, path: str, body: Any = None, **request: Any) -> Json:
        """What a POST answers, which must have succeeded."""
        response = self.ask("POST", path, json={} if body is None else body, **request)
        assert response.status_code in (200, 201, 202), response.text
        content: Json = response.json()
        return content

    def patch(self, path: str, body: Json) -> Json:
        """What a PATCH of the thing as it stands answers, which must be 200."""
        tag = self.ask("GET", path).headers["etag"]
        response = self.ask("PATCH", path, json=body, headers={"If-Match": tag})
        assert response.status_code == 200, response.text
        content: Json = response.json()
        return content


@dataclass(frozen=True, slots=True)
class Coalition:
    """A community with the voices of its members by code, of its support, and of somebody without a token."""

    client: Client
    code: str
    support: Voice
    members: dict[str, Voice]
    anonymous: Voice

    def adopt(self, *changes: Json) -> Json:
        """The support proposes `changes`, which under `delegated` adopts them; the proposal."""
        proposal = self.support.post("/proposals", {"title": "A decision", "rationale": "Agreed.", "changes": list(changes)})
        assert proposal["status"] == "adopted", proposal
        return proposal

    def report(self, actor: str, indicator: str, period: str, value: str, **more: Any) -> Json:
        """The actor reports a quantity."""
        return self.members[actor].post("/contributions", {"indicator": indicator, "period": period, "value": value, **more})


def refusal(response: httpx2.Response) -> tuple[int, str]:
    """The status and code of a refusal."""
    return response.status_code, response.json()["code"]


def unlimited(client: Client, token: str) -> str:
    """The token as one that was made before there were limits: it never ends, and all scopes wait for a role that reaches them.

    Most tests are about something else, and let years go by.
    """
    bearer, row = parse_token(token), table_of(Token)
    with client.database.write() as connection:
        use_community(connection, bearer.community_id)
        chosen = update(row).where(row.c.community_id == bearer.community_id, row.c.digest == bearer.digest)
        connection.execute(chosen.values(expires_at=None, scopes=list(SCOPES)))
    return token


def found(client: Client, code: str = "lac", **more: Any) -> Json:
    """Founds a community; the answer, with the support's token."""
    body = {
        "code": code,
        "name": "Le lac",
        "objective": {"en": "A clean lake", "fr": "Un lac propre"},
        "language": "fr",
        "visibility": "members",
        "charter": {},
        "support": {"code": "appui", "name": "L'appui", "kind": "association"},
    }
    response = client.ask("POST", "/v1/communities", client.operator_token, json=body | more)
    assert response.status_code == 201, response.text
    content: Json = response.json()
    return content


def coalition(
    client: Client,
    actors: Sequence[str] = ("a", "b"),
    *,
    code: str | None = None,
    roles: Mapping[str, str] | None = None,
    **more: Any,
) -> Coalition:
    """Founds a community, under a new code unless one is given, and lets `actors` in, each with a token of its own.

    They are members unless `roles` says otherwise.
    """
    code = code or client.new_code()
    support = Voice(client, code, unlimited(client, found(client, code, **more)["token"]))
    members = {}
    for actor in actors:
        role = (roles or {}).get(actor, "member")
        support.post("/actors", {"code": actor, "name": f"Actor {actor}", "kind": "association", "role": role})
        token = support.post(f"/actors/{actor}/tokens", {"name": "test", "scopes": list(SCOPES)})["token"]
        members[actor] = Voice(client, code, unlimited(client, token))
    return Coalition(client, code, support, members, Voice(client, code, None))


def definition(**more: Any) -> Json:
    """A definition: persons counted each quarter, summed over time and actors, unless `more` says otherwise."""
    usual = {
        "name": {"en": "Jobs created", "fr": "Emplois créés"},
        "unit": "persons",
        "measure": "quantity",
        "nature": "flow",
        "over_time": "sum",
        "over_actors": "sum",
        "direction": "increase",
        "frequency": "Q",
    }
    return usual | more


def define(indicator: str = "jobs", *, objective: str = "common", weight: str = "1", **more: Any) -> Json:
    """The change that adopts a new indicator; `more` goes into its definition."""
    return {
        "kind": "define_indicator",
        "indicator": indicator,
        "objective": objective,
        "weight": weight,
        "definition": definition(**more),
    }
