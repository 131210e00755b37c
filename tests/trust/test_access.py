"""No neighbour sees another: every operation of the contract, asked by everybody, about what is there and what is not."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from service.models.community import Community
from service.models.tables import table_of
from service.web.routes import page_routes
from tests.builders import Client, Json, contract, refusal
from tests.trust.access import ANYONE, OPERATOR, PAGE_ROWS, ROWS, THROUGH, Caller, Row
from tests.trust.scene import Scene, stage

SCENES = {
    "of members": {"is_public": False, "hides_values": False},
    "public": {"is_public": True, "hides_values": False},
    "public that protects values": {"is_public": True, "hides_values": True},
}
FEWEST_PROBES = 2_000
"""In each scene: three of them are more than the 5,000 that are promised."""
_TOLD_ALIKE = frozenset({"nobody", "broken", "outsider", "operator"})


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the contract, and its row."""

    name: str
    method: str
    path: str
    is_table: bool
    has_tag: bool
    row: Row


def operations() -> Iterator[Operation]:
    """Every operation of the contract. A KeyError is a route without its row in `access.py`."""
    for path, methods in contract()["paths"].items():
        for method, said in methods.items():
            answers = said["responses"]
            is_table = (
                "text/csv" in answers.get("200", {}).get("content", {}) and "application/json" in answers["200"]["content"]
            )
            yield Operation(said["operationId"], method.upper(), path, is_table, "304" in answers, ROWS[said["operationId"]])


def pages() -> Iterator[Operation]:
    """Every address of the pages, which are no operations of the contract: their rows go by their paths."""
    for route in page_routes():
        method = "GET" if "GET" in (route.methods or ()) else "POST"
        yield Operation(route.path, method, route.path, is_table=False, has_tag=False, row=PAGE_ROWS[route.path])


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    assert {operation.name for operation in operations()} == set(ROWS)
    assert {page.name for page in pages()} == set(PAGE_ROWS)


def test_the_rows_agree_with_what_the_contract_says_of_tokens() -> None:
    """Operations that need no token say so in the contract: `security` with an empty alternative, or none."""
    for path, methods in contract()["paths"].items():
        for said in methods.values():
            without = not said.get("security") or {} in said["security"]
            row = ROWS[said["operationId"]]
            assert without == (row.who in (ANYONE, "reader")), (path, said["operationId"])


@dataclass(slots=True)
class Probing:
    """The probes of one scene: each is asked, and its answer held against what was expected and against all canaries."""

    client: Client
    scene: Scene
    probes: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def ask(self, operation: Operation, caller: Caller, *, absent: bool = False, headers: Json | None = None) -> Any:
        """One probe. Who is let through would change nothing: a parameter that does not exist stops a change at the door."""
        row, outcome = operation.row, self.scene.expects(operation.row, caller)
        request: dict[str, Any] = {"params": dict(row.asked), "headers": headers or {}}
        if operation.method != "GET" and outcome == THROUGH:
            request["params"]["probe"] = "1"
        if row.body is not None:
            request["json"] = row.body
        if row.file is not None:
            request |= {"content": row.file, "headers": {"Content-Type": row.media_type}}
        response = self.client.ask(operation.method, self._address(operation, absent), caller.token, **request)
        self.probes += 1
        what = (
            operation.name,
            caller.name,
            "of what is not there" if absent else "",
            response.status_code,
            response.text[:300],
        )
        if outcome == THROUGH:
            assert response.status_code not in (401, 403) or self._is_withheld(response, caller), what
            assert absent or row.who == ANYONE or response.status_code != 404, what
        else:
            assert response.status_code in outcome, what
        said = response.text + repr(response.headers)
        for canary in self.scene.canaries:
            if canary.text in said:
                assert canary.may_see(caller), (canary, what)
                self.seen[canary.text] += 1
        return response

    def _is_withheld(self, response: Any, caller: Caller) -> bool:
        """Where values are kept to themselves, strangers are shown what is published only, and nothing was."""
        is_page = response.headers["content-type"].startswith("text/html")
        return caller.actor is None and (
            response.status_code == 403 if is_page else refusal(response) == (403, "not_published")
        )

    def _address(self, operation: Operation, absent: bool) -> str:
        def value(match: re.Match[str]) -> str:
            if match[1] == "community":
                return self.scene.lac.code
            if absent:
                return {"period": "1999", "number": "99"}.get(match[1], "99" if match[1] in self.scene.ids else "nothing-here")
            given = operation.row.place[match[1]]
            return self.scene.ids.get(given, given)

        return re.sub(r"\{(\w+)\}", value, operation.path)

    def entries(self) -> list[int]:
        """How many entries every journal has."""
        table = table_of(Community)
        with self.client.database.audit() as connection:
            return list(connection.execute(select(table.c.last_number).order_by(table.c.community_id)).scalars())


@pytest.mark.parametrize(
    ("shared_client", "scene"),
    [
        *(pytest.param("sqlite", scene, marks=pytest.mark.proof) for scene in SCENES),
        pytest.param("postgresql", "of members", marks=pytest.mark.proof),
        *(pytest.param("postgresql", scene, marks=pytest.mark.long) for scene in SCENES if scene != "of members"),
    ],
    indirect=["shared_client"],
)
def test_nobody_is_told_what_is_not_theirs(shared: Client, scene: str, capsys: pytest.CaptureFixture[str]) -> None:
    probing = Probing(shared, stage(shared, **SCENES[scene]))
    capsys.readouterr()
    for operation in (*operations(), *pages()):
        before = probing.entries()
        for caller in probing.scene.callers:
            probe(probing, operation, caller)
        assert probing.entries() == before, f"{operation.name}: something was changed"
    logged = "".join(capsys.readouterr())
    for canary in probing.scene.canaries:
        assert canary.text not in logged
        assert probing.seen[canary.text] > 0, "nobody was ever shown it: looking for it proves nothing"
    assert not [caller.name for caller in probing.scene.callers if caller.token and caller.token in logged]
    assert "route=" in logged, "nothing was logged: looking there proves nothing"
    assert probing.probes >= FEWEST_PROBES
    print(f"{probing.probes} probes, {len(probing.scene.callers)} callers, {len(ROWS)} operations")


def probe(probing: Probing, operation: Operation, caller: Caller) -> None:
    """Everything that one caller asks of one operation."""
    response = probing.ask(operation, caller)
    if operation.is_table:
        probing.ask(operation, caller, headers={"Accept": "text/csv"})
    if operation.has_tag:
        probing.ask(operation, caller, headers={"If-None-Match": "*"})
    if not operation.row.place or operation.row.who in (ANYONE, OPERATOR):
        return
    absent = probing.ask(operation, caller, absent=True)
    if probing.scene.expects(operation.row, caller) != THROUGH and caller.kind in _TOLD_ALIKE:
        assert _why(absent) == _why(response), "a refusal tells whether something is there"


def _why(response: Any) -> tuple[int, str]:
    """The status and code of a refusal; of a page, which has no code, its heading."""
    if response.headers["content-type"].startswith("text/html"):
        return response.status_code, response.text.partition("<h1>")[2].partition("</h1>")[0]
    return refusal(response)
