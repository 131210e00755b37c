"""`datapackage.json` beside every CSV: frictionless reads each export by it, cell by cell."""

import json
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

from service.exchange.datapackage import kind_of
from tests.builders import POSTGRESQL_AS_PROOF, Client, Coalition, Json, coalition, contract, define, refusal

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Its own packages are not ready for a Python to come.
    import frictionless

LONG = "12345678901234567890123456.123456789012"
TABLES = (
    "/contributions", "/figures?from=2025&to=2025&by=sex", "/indicators/jobs/series?from=2024&to=2025", "/progress?at=2025",
    "/events", "/indicators", "/actors", "/proposals", "/targets", "/dues", "/imports", "/objectives",
    "/indicators/jobs/versions", "/imports/template?from=2025",
)  # fmt: skip


def told(client: Client) -> Coalition:
    """A community with long numbers, zeros, gaps, formulas, and codes."""
    lac = coalition(client, ["a", "b"], name="=1+1")
    lac.adopt(
        define("jobs", dimensions=[{"code": "sex", "codes": ["F", "M"]}], description="@x"),
        {"kind": "set_target", "indicator": "jobs", "period": "2025", "from_period": "2025", "value": "90"},
    )
    lac.report("a", "jobs", "2025-Q1", LONG, comment='=A1;"é"\n+', evidence="-1")
    lac.report("a", "jobs", "2025-Q2", "0", dimensions={"sex": "F"}, observation_status="E")
    lac.report("b", "jobs", "2025-Q1", "-0.5")
    lac.members["b"].post("/proposals", {"title": "t", "rationale": "r", "changes": [define("more")]})
    return lac


def checked(folder: Path, package: Json, csv: bytes) -> Any:
    """frictionless' report on the CSV saved beside its descriptor."""
    (folder / "datapackage.json").write_text(json.dumps(package))
    (folder / package["resources"][0]["path"]).write_bytes(csv)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return frictionless.validate(str(folder / "datapackage.json"))


def _with(path: str, wanted: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}format={wanted}"


def test_frictionless_reads_every_export_by_its_descriptor(light_client: Client, tmp_path: Path) -> None:
    lac = told(light_client)
    light_client.clock = light_client.clock.replace(microsecond=17)
    lac.report("b", "jobs", "2025-Q2", "3")
    for path in TABLES:
        csv = lac.support.ask("GET", _with(path, "csv"))
        described = lac.support.ask("GET", _with(path, "datapackage"))
        assert csv.status_code == described.status_code == 200
        report = checked(tmp_path, described.json(), csv.content)
        assert report.valid, (path, report.flatten(["fieldName", "rowNumber", "note"]))
        assert report.stats["tasks"] == 1 and report.tasks[0].stats.get("rows", 0) == csv.text.count("\r\n") - 1, path
        if path in TABLES[:4]:
            package = described.json()
            del package["resources"][0]["hash"], package["resources"][0]["bytes"]
            found = checked(tmp_path, package, csv.content.replace(b"2025", b"2o25")).flatten(["type"])
            assert found and set(map(tuple, found)) <= {("constraint-error",), ("type-error",)}, path


def test_it_says_types_codes_and_what_is_missing(light_client: Client, tmp_path: Path) -> None:
    lac = told(light_client)
    csv = lac.support.ask("GET", "/contributions?format=csv")
    link = next(part for part in csv.headers["link"].split(", ") if 'rel="describedby"' in part)
    described = lac.support.client.ask("GET", link[1 : link.index(">")], lac.support.token)
    assert described.headers["content-type"] == "application/vnd.datapackage+json"
    package = described.json()
    assert package["name"] == f"{lac.code}-contributions"
    fields = {field["name"]: field for field in package["resources"][0]["schema"]["fields"]}
    assert package["resources"][0]["schema"]["missingValues"] == [""]
    assert fields["value"]["type"] == "number" and fields["revision"]["type"] == "integer"
    assert fields["dimensions.sex"]["constraints"] == {"enum": ["_T", "F", "M"]}
    assert fields["indicator"]["constraints"] == {"enum": ["jobs"]}
    assert fields["actor"]["constraints"] == {"enum": ["a", "appui", "b"]}
    assert fields["period"]["constraints"]["pattern"]
    assert all(field.get("description") != "" for field in fields.values())
    report = checked(tmp_path, package, csv.content)
    assert report.valid
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table: Any = frictionless.Package(str(tmp_path / "datapackage.json")).resources[0]
        rows = table.read_rows()
    assert {row["value"] for row in rows} == {Decimal(LONG), Decimal(0), Decimal("-0.5")}, "zero is there, digits are kept"
    assert rows[0]["dimensions.sex"] is None


@POSTGRESQL_AS_PROOF
def test_it_is_for_who_may_read_the_table(shared: Client) -> None:
    lac = coalition(shared, visibility="members")
    assert refusal(lac.anonymous.ask("GET", "/contributions?format=datapackage")) == (401, "token_needed")
    assert refusal(lac.support.ask("GET", "/contributions?format=xlsx")) == (422, "unknown_format")
    assert refusal(lac.support.ask("GET", "/contributions?format=parquet")) == (422, "unknown_format")
    # An actor's own token may list its tokens without reading anything else of the community.
    blind = lac.support.post("/actors/a/tokens", {"name": "t", "scopes": ["contribute"]})["token"]
    path = f"/v1/communities/{lac.code}/actors/a/tokens?format=datapackage"
    shown = shared.ask("GET", path, blind)
    assert shown.status_code == 200 and "appui" not in shown.text


def test_every_table_of_the_contract_can_be_described() -> None:
    for path, methods in contract()["paths"].items():
        for said in methods.values():
            kinds = said["responses"].get("200", {}).get("content", {})
            if "text/csv" in kinds and "items" in str(kinds.get("application/json")):
                assert "application/vnd.datapackage+json" in kinds, path
    assert kind_of(list[str]) == "array" and kind_of(None) == "any" and kind_of(bool) == "boolean"
