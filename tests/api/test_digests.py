"""Who is told by e-mail: set and ended by the actor or the support, and the addresses known to nobody else."""

from typing import Any

import pytest

from service.models.tables import METADATA
from tests.builders import Client, coalition, refusal

engines = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)], indirect=True
)
SAID = {"addresses": ["office@a.example"], "language": "en", "every": "week"}


@engines
def test_a_digest_is_set_read_and_ended_and_leaves_no_address_behind(client: Client) -> None:
    lac = coalition(client)
    own = lac.members["a"]
    assert refusal(own.ask("GET", "/actors/a/digest")) == (404, "unknown_digest")
    given = SAID | {"addresses": ["Office@Vallée.example", "b@a.example", "b@A.example"], "language": "fr"}
    set_ = own.ask("PUT", "/actors/a/digest", json=given)
    kept = {"actor": "a", "addresses": ["Office@xn--valle-esa.example", "b@a.example"], "language": "fr", "every": "week"}
    assert (set_.status_code, set_.json()) == (200, kept)
    assert own.get("/actors/a/digest") == lac.support.get("/actors/a/digest") == kept
    before = own.get("/events")["items"][-1]
    assert (before["kind"], before["subject"]) == ("digest_set", {"actor": "a"})
    assert own.ask("PUT", "/actors/a/digest", json=given).json() == kept
    assert own.get("/events")["items"][-1] == before, "sent again it changes nothing"
    for method in ("GET", "PUT", "DELETE"):
        more = {"json": SAID} if method == "PUT" else {}
        assert refusal(lac.members["b"].ask(method, "/actors/a/digest", **more)) == (403, "not_your_actor")
    shorter = lac.support.ask("PUT", "/actors/a/digest", json=SAID | {"addresses": ["b@a.example"]}).json()
    kept = {"actor": "a", "addresses": ["b@a.example"], "language": "en", "every": "week"}
    assert shorter == own.get("/actors/a/digest") == kept
    assert own.ask("DELETE", "/actors/a/digest").status_code == 204
    assert refusal(own.ask("DELETE", "/actors/a/digest")) == (404, "unknown_digest")
    assert own.get("/events")["items"][-1]["kind"] == "digest_deleted"
    with client.database.audit() as connection:
        for table in METADATA.sorted_tables:
            rows = repr(connection.execute(table.select()).all())
            assert "vallée" not in rows and "xn--valle" not in rows and "b@a" not in rows, table.name


NO_ADDRESSES = (
    "office", "@a.example", "office@", "office@localhost", "a b@a.example", "a@b@a.example", '"a"@a.example', "a@[127.0.0.1]",
    "a@127.0.0.1", "a..b@a.example", ".a@a.example", "é@a.example", "A <a@a.example>", "a@a.example,b@b.example",
    "a@a.example\r\nBcc: b@b.example", "a@a.example\n", "a@a.example\0", "a@-a.example", "a@a_b.example", "a@a..example",
    "a" * 65 + "@a.example", "a@" + "a" * 64 + ".example", "a@" + "é." * 100 + "example", "a@xn--a.example",
    "a@\u202ea.example",
)  # fmt: skip


def test_what_is_no_address_is_refused(light_client: Client) -> None:
    own = coalition(light_client, ["a"]).members["a"]
    for address in NO_ADDRESSES:
        answer = own.ask("PUT", "/actors/a/digest", json=SAID | {"addresses": ["b@b.example", address]})
        assert answer.status_code == 422, (address, answer.text)
        assert answer.json()["errors"][0]["pointer"] == "/addresses/1"
    bounds: list[dict[str, Any]] = [
        {"addresses": []}, {"addresses": [f"a{n}@a.example" for n in range(11)]}, {"language": "de"}, {"every": "hour"},
        {"x": 1},
    ]  # fmt: skip
    for wrong in bounds:
        assert own.ask("PUT", "/actors/a/digest", json=SAID | wrong).status_code == 422, wrong
    assert refusal(own.ask("GET", "/actors/a/digest")) == (404, "unknown_digest")
