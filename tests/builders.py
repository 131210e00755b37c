"""What tests build through the public API: a service with a clock of its own, a coalition, what it decides and reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
from starlette.testclient import TestClient

from service.api.bearer import digest_of, new_token
from service.app import create_app
from service.database import Database
from service.records.tokens import create_operator_token
from service.settings import Settings

STARTS = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
"""When a test's clock begins, and stays unless it is set."""
SCOPES = ("read", "contribute", "decide", "administer")
Json = dict[str, Any]


class Client(TestClient):
    """The service on `database`, at whatever instant `clock` was set to; without rate limits unless asked for."""

    def __init__(self, database: Database, now: datetime = STARTS, **settings: Any) -> None:
        self.clock = now
        self.database = database
        app = create_app(Settings(**{"rate_limit": 0, **settings}), clock=lambda: self.clock, database=database)
        super().__init__(app, base_url="http://jalon.test")
        self.service_app = app
        self._operator_token: str | None = None

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
        return self.request(method, path, headers={**bearer, **(headers or {})}, **request)


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
    code: str = "lac",
    roles: Mapping[str, str] | None = None,
    **more: Any,
) -> Coalition:
    """Founds a community and lets `actors` in, members unless `roles` says otherwise, each with a token of its own."""
    support = Voice(client, code, found(client, code, **more)["token"])
    members = {}
    for actor in actors:
        role = (roles or {}).get(actor, "member")
        support.post("/actors", {"code": actor, "name": f"Actor {actor}", "kind": "association", "role": role})
        token = support.post(f"/actors/{actor}/tokens", {"name": "test", "scopes": list(SCOPES)})["token"]
        members[actor] = Voice(client, code, token)
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
