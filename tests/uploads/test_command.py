"""`jalon import` against a service in a process of its own."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from service.cli import commands
from tests.builders import define
from tests.serving import jalon
from tests.uploads.workbooks import book, opened, saved

FILE = "indicator,period,value\njobs,2025-Q1,12\njobs,2025-Q2,3\n"


@pytest.fixture
def served(new_database: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """The address of a service and the token of a community's support, which has an indicator `jobs`."""
    with jalon(new_database("sqlite"), {}) as service:
        address = f"http://127.0.0.1:{service.port}"
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {service.operator}"}) as client:
            body = {
                "code": "lac",
                "name": "Le lac",
                "objective": "Un lac propre",
                "language": "fr",
                "visibility": "members",
                "charter": {},
                "support": {"code": "appui", "name": "L'appui", "kind": "association"},
            }
            token = client.post("/v1/communities", json=body).json()["token"]
            client.headers["Authorization"] = f"Bearer {token}"
            changes = {"title": "t", "rationale": "r", "changes": [define("jobs", contributors=["appui"])]}
            assert client.post("/v1/communities/lac/proposals", json=changes).status_code == 201
        yield address, token


def test_a_file_is_sent_mended_and_sent_again(served: tuple[str, str], tmp_path: Path) -> None:
    address, token = served
    file = tmp_path / "jobs.csv"

    def run(*more: str, environment: dict[str, str | None] | None = None) -> tuple[int, str]:
        environment = {"JALON_SERVER": address, "JALON_TOKEN": token} if environment is None else environment
        done = CliRunner().invoke(commands, ["import", str(file), "--community", "lac", *more], env=environment)
        return done.exit_code, done.output

    file.write_text(FILE + "jobs,2025-Q5,1\n")
    code, said = run()
    assert (code, "rejected: 3 rows" in said, "row 4, column period" in said) == (1, True, True), said
    report = tmp_path / "jobs.report.csv"
    assert "not_a_period" in report.read_text()

    file.write_text(report.read_text().replace("2025-Q5", "2025-Q3"))
    code, said = run("--check")
    assert (code, "checked, nothing recorded" in said) == (0, True), said
    code, said = run()
    assert (code, "succeeded: 3 rows, 3 created" in said) == (0, True), said
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}) as client:
        items = client.get("/v1/communities/lac/contributions").json()["items"]
    assert {item["period"]: item["value"] for item in items} == {"2025-Q1": "12", "2025-Q2": "3", "2025-Q3": "1"}, json.dumps(
        items
    )

    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}) as client:
        terms = {"columns": [{"column": "Combien", "field": "value"}], "constants": {"indicator": "jobs"}}
        assert client.put("/v1/communities/lac/mappings/export", json=terms).status_code == 200
    file.write_text("period,Combien\n2025-Q4,9\n")
    code, said = run("--mapping", "export")
    assert (code, "succeeded: 1 rows, 1 created" in said) == (0, True), said

    file.write_text("nothing,of,this\n")
    done = CliRunner().invoke(
        commands, ["import", str(file), "--community", "lac"], env={"JALON_SERVER": address, "JALON_TOKEN": token}
    )
    assert "column nothing" in str(done.exception)
    assert run(environment={"JALON_SERVER": address, "JALON_TOKEN": None})[0] == 2
    assert run("--server", "nowhere")[0] == 2


@pytest.mark.proof
def test_a_workbook_is_sent_mended_and_sent_again(served: tuple[str, str], tmp_path: Path) -> None:
    address, token = served
    file = tmp_path / "jobs.xlsx"

    def run(sent: Path) -> tuple[int, str]:
        environment = {"JALON_SERVER": address, "JALON_TOKEN": token}
        done = CliRunner().invoke(commands, ["import", str(sent), "--community", "lac"], env=environment)
        return done.exit_code, done.output

    file.write_bytes(book(("indicator", "period", "value"), ("jobs", "2025-Q1", 0.1), ("jobs", "2025-Q2", "=C2")))
    code, said = run(file)
    assert (code, "cell C3 holds a formula" in said) == (1, True), said
    report = tmp_path / "jobs.report.xlsx"
    sheet = opened(report.read_bytes())
    sheet["C3"].value = 7
    report.write_bytes(saved(sheet))
    code, said = run(report)
    assert (code, "succeeded: 2 rows, 2 created" in said) == (0, True), said
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}) as client:
        asked = {"format": "xlsx", "from": "2025", "to": "2025"}
        filled = client.get("/v1/communities/lac/imports/template", params=asked).content
    file.write_bytes(filled)
    code, said = run(file)
    assert (code, "succeeded: 2 rows, 0 created, 0 revised, 2 unchanged" in said) == (0, True), said
