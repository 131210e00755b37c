"""The Common Impact Data Standard: read as a graph, held against the standard's shapes where a copy is given."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.builders import POSTGRESQL_AS_PROOF, Client, Coalition, Json, coalition, define, refusal

SHAPES = os.environ.get("JALON_CIDS_SHAPES")
"""A copy of cids-shacl-BasicTier.ttl, from github.com/commonapproach/CIDS (CC BY-SA 4.0)."""
LONG = "12345678901234567890123456.123456789012"


def told(client: Client, **more: Any) -> Coalition:
    """Two objectives, an indicator with a long value, one with none, an interval, and a zero."""
    lac = coalition(client, ["a", "b"], **more)
    lac.support.patch("/actors/a", {"identifiers": [{"scheme": "SIREN", "value": "732829320"}]})
    lac.adopt(
        {"kind": "set_objective", "objective": "work", "name": "Work", "parent": "common", "weight": "1"},
        define("jobs", objective="work", unit={"label": {"en": "persons", "fr": "personnes"}, "code": "{person}"}),
        define("zero", description="Nothing yet"),
        define("none"),
        define("people", over_actors="distinct"),
    )
    lac.report("a", "jobs", "2025-Q1", LONG)
    lac.report("a", "zero", "2025-Q1", "0")
    lac.report("a", "people", "2025-Q1", "3")
    lac.report("b", "people", "2025-Q1", "4")
    return lac


def graph_of(lac: Coalition, **headers: str) -> dict[str, Json]:
    """What the answer says, by the last steps of its names."""
    response = lac.anonymous.ask("GET", "/cids?from=2025&to=2025", headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/ld+json")
    return {node["@id"].split(f"/{lac.code}")[1]: node for node in response.json()["@graph"]}


def test_it_says_who_aims_at_what_and_how_far_they_are(light_client: Client) -> None:
    lac = told(light_client, visibility="public")
    graph = graph_of(lac, **{"Accept-Language": "fr"})
    kinds = [node["@type"].removeprefix("cids:") for node in graph.values()]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "Organization": 4, "Outcome": 2, "Indicator": 4, "IndicatorReport": 2,
    }  # fmt: skip
    report = graph["/indicators/jobs/figure?from=2025-01-01&to=2025-12-31"]
    assert report["value"]["hasNumericalValue"] == LONG
    assert (report["startedAtTime"], report["endedAtTime"]) == ("2025-01-01T00:00:00+00:00", "2025-12-31T23:59:59+00:00")
    figure = lac.anonymous.get("/indicators/jobs/figure", **{"from": "2025", "to": "2025"})
    assert (report["value"]["hasNumericalValue"], report["hasComment"]) == (figure["value"], figure["reading"]["fr"])
    assert report["unit_of_measure"]["rdfs:label"] == "personnes"
    assert graph["/indicators/zero/figure?from=2025-01-01&to=2025-12-31"]["value"]["hasNumericalValue"] == "0", "zero is said"
    assert graph["/indicators/none"]["hasIndicatorReport"] == graph["/indicators/people"]["hasIndicatorReport"] == []
    assert "intervalles" in graph[""]["rdfs:comment"], "what is lost is said in the file"
    assert graph["/objectives/work"]["canProduce"].endswith("/objectives/common")
    assert graph["/actors/a"]["hasID"][0]["hasIdentifier"] == "732829320"
    names = {node["@id"] for node in lac.anonymous.get("/cids")["@graph"]} | set()
    for node in lac.anonymous.get("/cids", **{"from": "2025", "to": "2025"})["@graph"]:
        for link in ("forOutcome", "forOrganization", "forIndicator"):
            assert node.get(link) is None or node[link] in names, node


@POSTGRESQL_AS_PROOF
def test_who_is_shown_no_figure_is_shown_no_report(shared: Client) -> None:
    lac = told(shared, visibility="public", charter={"show_actor_values": False})
    assert not [name for name in graph_of(lac) if "figure" in name], "nothing was published"
    hidden = coalition(shared, visibility="members")
    assert refusal(hidden.anonymous.ask("GET", "/cids")) == (401, "token_needed")


@pytest.mark.skipif(SHAPES is None, reason="JALON_CIDS_SHAPES names no copy of the standard's BasicTier shapes")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's, of itself.
def test_it_conforms_to_the_shapes_of_the_basic_tier(light_client: Client) -> None:
    import pyshacl
    from rdflib import Graph

    lac = told(light_client, visibility="public")
    data = Graph().parse(data=lac.anonymous.ask("GET", "/cids?from=2025&to=2025").text, format="json-ld")
    shapes = Graph().parse(data=Path(SHAPES or "").read_text("utf-8-sig"), format="turtle")
    conforms, _, said = pyshacl.validate(data, shacl_graph=shapes)
    assert conforms, said
    data.update("DELETE WHERE { ?report <http://www.w3.org/ns/prov#startedAtTime> ?time }")
    assert not pyshacl.validate(data, shacl_graph=shapes)[0], "the shapes say no as well"
