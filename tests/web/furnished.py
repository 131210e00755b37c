"""A community in which something stands on every page, and where every text that people can write was written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.database import migrate, open_database
from service.web.routes import COMMUNITY, PAGES
from tests.builders import Client, Coalition, Json, coalition, define, definition
from tests.serving import Served, jalon

FILE = "indicator,actor,period,value,comment\n{}\n"
CSV = {"Content-Type": "text/csv", "Prefer": "wait=10"}
DAYS = 60
"""How long ago it was founded: whatever is dated lies behind whoever looks at it now."""
Say = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Furnished:
    """A community, the numbers of what is in it, and invitations to act for its support that nobody has accepted yet."""

    lac: Coalition
    proposal: str
    decided: str
    review: str
    imports: tuple[str, ...]
    """One that was refused, one that was taken back, one that stands."""
    invitations: tuple[str, ...]
    spare_invitation: str
    """One that stays, for who looks at what is not accepted yet."""

    def addresses(self) -> list[str]:
        """Every page that it has: one address or more for each of `PAGES`."""
        given = {
            "": ["", "?at=2025"],
            "/indicators": [""],
            "/indicators/{indicator}": ["jobs", "rate", "old"],
            "/indicators/{indicator}/entries": ["jobs?from=2025&to=2025", f"jobs?from=2025&to=2025&since={self.earlier()}"],
            "/proposals": [""],
            "/proposals/{proposal}": [self.proposal, self.decided],
            "/story": ["", "?kind=decisions", "?kind=figures"],
            "/reviews": [""],
            "/reviews/{review}": [self.review],
            "/desk": [""],
            "/contributions": ["", "?actor=a", "?actor=b"],
            "/contributions/enter": [
                "?indicator=jobs&period=2025-Q1&actor=a",
                "?indicator=jobs&period=2025-Q2&actor=a",
                "?indicator=rate&period=2025&actor=b",
            ],
            "/imports": [""],
            "/imports/{import_id}": list(self.imports),
        }
        assert {f"{COMMUNITY}{path}" for path in given} == {page.path for page in PAGES}, "every page is looked at"
        found = []
        for path, ends in given.items():
            for end in ends:
                name, _, query = end.partition("?")
                filled = path[: path.index("{")] + name + path.partition("}")[2] if "{" in path else path
                found.append(f"/communities/{self.lac.code}{filled}" + f"?{query}" * bool(query))
        return found

    def earlier(self) -> str:
        """A day on which the figure of `jobs` was another than today."""
        return (self.lac.client.clock - timedelta(days=12)).date().isoformat()


def furnish(client: Client, say: Say, visibility: str = "public") -> Furnished:
    """Founds it on `client`, whose clock moves on to now. `say`: what stands where these words would."""
    ends = datetime.now(UTC)
    client.clock = ends - timedelta(days=DAYS)
    lac = coalition(client, name=say("community"), objective=say("common objective"), visibility=visibility, language="en")
    for code in ("appui", "a", "b"):
        lac.support.patch(f"/actors/{code}", {"name": say(f"name of {code}"), "kind": say("kind of actor")[:200]})
    decided = lac.adopt(*_decided(say))["id"]
    report_all(lac, say)
    client.clock = ends - timedelta(days=20)
    review = lac.support.post("/reviews", {"title": say("title of a review"), "at": "2025"})["id"]
    said: Json = {"readings": [{"indicator": "jobs", "text": say("reading")}], "lessons": [{"text": say("lesson")}]}
    lac.support.patch(f"/reviews/{review}", {**said, "proposals": [decided]})
    client.clock = ends - timedelta(days=10)
    lac.report("a", "jobs", "2025-Q1", "15", expected_revision=1, comment=say("comment of a correction"))
    imports = tuple(_import(lac, say, rows) for rows in _files(say))
    lac.support.post(f"/imports/{imports[1]}/undo")
    lac.support.ask("PUT", "/closed-periods/2020")
    lac.members["a"].post("/actors/a/tokens", {"name": say("token")[:200], "scopes": ["read"]})
    invited: Json = {"name": say("person")[:200], "scopes": ["read", "contribute", "decide", "administer"]}
    *invitations, spare = [lac.support.post("/actors/appui/invitations", invited)["page"] for _ in range(3)]
    client.clock = ends - timedelta(days=2)
    proposal = _deliberate(lac, say)
    client.clock = ends
    return Furnished(lac, proposal, decided, review, imports, tuple(invitations), spare)


def _decided(say: Say) -> list[Json]:
    sexes = {
        "code": "sex", "codes": ["F", "M"], "name": say("name of a dimension"), "labels": {"F": say("label of a code")}
    }  # fmt: skip
    texts = {name: say(name) for name in ("description", "method", "limitations", "sources")}
    unit = {"label": say("unit"), "code": say("unit code").replace(" ", "")[:64]}
    jobs = define(objective="work", name=say("name of an indicator"), unit=unit, dimensions=[sexes], **texts)
    target = {"kind": "set_target", "indicator": "jobs", "period": "2026", "from_period": "2025", "value": "400"}
    rate = define(
        "rate", measure="ratio", frequency="A", factor="100", decimals=1, direction="decrease", name=say("name of a rate")
    )
    return [
        {"kind": "set_objective", "objective": "work", "name": say("name of an objective"), "parent": "common", "weight": "1"},
        jobs, rate, define("old", name=say("name of a retired one")), target,
    ]  # fmt: skip


def report_all(lac: Coalition, say: Say) -> None:
    """What a and b report, and what becomes of it."""
    for quarter, value in (("Q1", "12"), ("Q2", "1234.5"), ("Q3", "40000")):
        said = {"comment": say("comment"), "evidence": say("evidence")}
        lac.report("a", "jobs", f"2025-{quarter}", value, **said)
    women = lac.report("b", "jobs", "2025-Q1", "7", dimensions={"sex": "F"}, comment=say("comment"))
    lac.members["a"].post(f"/contributions/{women['id']}/contest", {"reason": say("reason of a contest")})
    taken = lac.report("b", "jobs", "2025-Q2", "3")
    lac.members["b"].post(f"/contributions/{taken['id']}/withdraw", {"comment": say("comment of a withdrawal")})
    share = {"indicator": "rate", "period": "2025", "numerator": "3", "denominator": "12", "comment": say("comment")}
    lac.members["b"].post("/contributions", share)
    lac.adopt({"kind": "retire_indicator", "indicator": "old"})


def _files(say: Say) -> list[str]:
    quoted = say("cell of a file").replace('"', '""')
    return [
        f'jobs,a,2025-Q9,7,"{quoted}"\njobs,a,"{quoted}",7,\njobs,a,2025-Q4,"{quoted}",',
        "jobs,a,2025-Q4,8,",
        "jobs,b,2025-Q4,9,",
    ]


def _import(lac: Coalition, say: Say, rows: str) -> str:
    named = {"file": (f"{say('name of a file')}.csv", FILE.format(rows).encode(), "text/csv")}
    answer = lac.support.ask("POST", "/imports", files=named, headers={"Prefer": "wait=10"})
    assert answer.status_code == 200, answer.text
    number: str = answer.json()["id"]
    return number


def _deliberate(lac: Coalition, say: Say) -> str:
    lac.support.patch("", {"charter": {"decision_rule": "consent"}})
    revised = definition(name=say("name after a revision"), description=say("description after a revision"))
    change = {
        "kind": "revise_indicator", "indicator": "jobs", "based_on": 1, "definition": {**revised, "effective_from": "2026-Q1"},
        "bridge": {"kind": "break"}, "targets": "drop",
    }  # fmt: skip
    joining = {"name": say("name of a new member"), "kind": "association"}
    agreed = {"kind": "set_objective", "objective": "common", "name": say("new name of the objective")}
    changes = [change, agreed, {"kind": "set_membership", "actor": "c", "membership": joining}]
    body = {"title": say("title of a proposal"), "rationale": say("rationale"), "changes": changes}
    number: str = lac.members["a"].post("/proposals", body)["id"]
    position = {"position": "object", "reason": say("reason of a position")}
    taken = lac.members["b"].ask("PUT", f"/proposals/{number}/positions/b", json=position)
    assert taken.status_code == 200, taken.text
    lac.members["b"].post(f"/proposals/{number}/comments", {"comment": say("comment on a proposal")})
    return number


@contextmanager
def served_after(folder: Path, prepare: Callable[[Client], None]) -> Iterator[Served]:
    """The service as a process on a database in which `prepare` did what it did before."""
    address = f"sqlite:///{folder}/jalon.db"
    database = open_database(address)
    migrate(database)
    with Client(database) as client:
        prepare(client)
    database.dispose()
    with jalon(address, {"JALON_RATE_LIMIT": "0"}) as served:
        yield served
