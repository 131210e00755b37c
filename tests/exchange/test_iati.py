"""IATI 2.03: figures and targets as activity files that the standard's own schema accepts, and their results back in."""

import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.builders import POSTGRESQL_AS_PROOF, Client, Coalition, Voice, coalition, define, refusal

pytestmark = POSTGRESQL_AS_PROOF
SEX = [{"code": "sex", "codes": ["F", "M"]}]
ORDER = {
    "iati-activity": "iati-identifier reporting-org title description participating-org activity-status activity-date result",
    "result": "title indicator",
    "indicator": "title description reference baseline period",
    "baseline": "dimension comment",
    "period": "period-start period-end target actual",
    "target": "dimension comment",
    "actual": "dimension comment",
}
"""The order in which the standard wants what stands within an element, as far as it is written here."""


@pytest.fixture
def gathered(shared: Client) -> Coalition:
    """`jobs` by sex with targets and a baseline, `rate` in percent, `open` to be kept between two bounds."""
    made = coalition(shared)
    identifiers = [{"scheme": "org-id", "value": "FR-RNA-W751"}]
    made.support.patch("/actors/a", {"identifiers": identifiers})
    made.adopt(
        define("jobs", dimensions=SEX, level="output"),
        define("rate", measure="ratio", frequency="A", factor="100", direction="decrease", over_actors="none"),
        define("open", frequency="A", direction="maintain"),
        {"kind": "set_target", "indicator": "jobs", "actor": "a", "from_period": "2025", "period": "2026", "value": "400",
         "baseline": {"period": "2024", "value": "120"}},
        {"kind": "set_target", "indicator": "jobs", "actor": "a", "period": "2025", "value": "90", "dimensions": {"sex": "F"}},
        {"kind": "set_target", "indicator": "open", "actor": "a", "period": "2025", "minimum": "3", "maximum": "5"},
    )  # fmt: skip
    for sex, value in (("F", "23"), ("M", "0")):
        made.report("a", "jobs", "2025-Q1", value, dimensions={"sex": sex})
    made.report("a", "jobs", "2025-Q1", "23")
    made.members["a"].post("/contributions", {"indicator": "rate", "period": "2025", "numerator": "1", "denominator": "8"})
    made.report("b", "jobs", "2025-Q2", "7")
    return made


def told(voice: Voice, **asked: Any) -> ElementTree.Element:
    response = voice.ask("GET", "/iati", params=asked)
    assert response.status_code == 200, response.text
    assert "numerators" in response.headers["jalon-lost"]
    return ElementTree.fromstring(response.content)


def values(indicator: ElementTree.Element, kind: str) -> list[tuple[str, str, dict[str, str], str | None]]:
    """Begin, end, dimensions and value of each `kind` of an indicator."""
    return [
        (
            period.find("period-start").attrib["iso-date"],  # type: ignore[union-attr]
            period.find("period-end").attrib["iso-date"],  # type: ignore[union-attr]
            {part.attrib["name"]: part.attrib["value"] for part in one.findall("dimension")},
            one.get("value"),
        )
        for period in indicator.findall("period")
        for one in period.findall(kind)
    ]


def test_each_actor_is_an_activity_with_its_figures_and_targets(gathered: Coalition) -> None:
    root = told(gathered.support)
    assert (root.tag, root.get("version")) == ("iati-activities", "2.03")
    assert [one.findtext("iati-identifier") for one in root] == [
        f"{gathered.code}-appui", f"FR-RNA-W751-{gathered.code}", f"{gathered.code}-b"
    ]  # fmt: skip
    (only,) = told(gathered.support, actor="a")
    indicators = {one.find("reference").attrib["code"]: one for one in only.iter("indicator")}  # type: ignore[union-attr]
    terms = {
        code: {name: one.get(name) for name in ("measure", "ascending", "aggregation-status")}
        for code, one in indicators.items()
    }
    assert terms == {
        "jobs": {"measure": "1", "ascending": "1", "aggregation-status": "1"},
        "rate": {"measure": "2", "ascending": "0", "aggregation-status": "0"},
        "open": {"measure": "1", "ascending": None, "aggregation-status": "1"},
    }
    assert [result.get("type") for result in only.iter("result")] == ["1", "2"]
    quarter = ("2025-01-01", "2025-03-31")
    assert values(indicators["jobs"], "actual") == [
        (*quarter, {}, "23"), (*quarter, {"sex": "F"}, "23"), (*quarter, {"sex": "M"}, "0")
    ]  # fmt: skip
    assert values(indicators["rate"], "actual") == [("2025-01-01", "2025-12-31", {}, "12.5")]
    assert values(indicators["jobs"], "target") == [
        ("2025-01-01", "2025-12-31", {"sex": "F"}, "90"), ("2025-01-01", "2026-12-31", {}, "400")
    ]  # fmt: skip
    (baseline,) = indicators["jobs"].findall("baseline")
    assert dict(baseline.attrib) == {"year": "2024", "iso-date": "2024-12-31", "value": "120"}
    assert values(indicators["open"], "target") == [("2025-01-01", "2025-12-31", {}, None)]
    assert "To be kept between 3 and 5." in ElementTree.tostring(indicators["open"], "unicode")


def test_elements_stand_in_the_order_of_the_standard(gathered: Coalition) -> None:
    seen = set[str]()
    for element in told(gathered.support).iter():
        if element.tag in ORDER:
            order = ORDER[element.tag].split()
            places = [order.index(child.tag) for child in element]
            assert places == sorted(places), element.tag
            seen |= {element.tag} if places else set()
    assert seen == set(ORDER)


def test_the_official_schema_accepts_it(gathered: Coalition) -> None:
    folder = os.environ.get("JALON_IATI_XSD")
    if not folder:
        pytest.skip("JALON_IATI_XSD does not name a folder with the official schemas of IATI 2.03")
    etree = pytest.importorskip("lxml.etree")
    schema = etree.XMLSchema(file=str(Path(folder) / "iati-activities-schema.xsd"))
    content = gathered.support.ask("GET", "/iati").content
    schema.assertValid(etree.fromstring(content))


def send(voice: Voice, content: str, **asked: Any) -> Any:
    response = voice.ask("POST", "/iati", content=content.encode(), headers={"Content-Type": "application/xml"}, params=asked)
    assert response.status_code == 200, response.text
    return response.json()


def counts(answer: Any) -> tuple[int, int, int]:
    return answer["created"], answer["revised"], answer["unchanged"]


def test_what_went_out_comes_in_unchanged(gathered: Coalition) -> None:
    content = gathered.members["a"].ask("GET", "/iati", params={"actor": "a"}).text
    answer = send(gathered.members["a"], content)
    assert (counts(answer), answer["changes"]) == ((0, 0, 3), [])
    assert [one["code"] for one in answer["left_out"]] == ["components_missing", "missing_value"]
    changed = content.replace('value="0"', 'value="4"').replace('value="400"', 'value="450"')
    answer = send(gathered.members["a"], changed)
    assert counts(answer) == (0, 1, 2)
    (change,) = answer["changes"]
    assert {name: said for name, said in change.items() if said} == {
        "kind": "set_target", "indicator": "jobs", "actor": "a", "from_period": "2025", "period": "2026", "value": "450",
        "baseline": {"period": "2024", "value": "120"},
    }  # fmt: skip
    kept = gathered.support.get("/contributions", indicator="jobs", actor="a", period="2025-Q1")["items"]
    assert {item["dimensions"].get("sex", "_T"): item["value"] for item in kept} == {"_T": "23", "F": "23", "M": "4"}
    gathered.adopt(change)
    assert send(gathered.members["a"], changed)["changes"] == []


THEIRS = """<iati-activities version="2.03"><iati-activity><iati-identifier>XM-1</iati-identifier>
<reporting-org ref="XM-DAC-1" type="22"><narrative>Us</narrative></reporting-org>
<result type="1"><title><narrative>Work</narrative></title>
<indicator measure="1"><title><narrative>Jobs created</narrative></title>
<period><period-start iso-date="2025-04-01"/><period-end iso-date="2025-06-30"/>
<actual value="12"><dimension name="gender" value="female"/></actual>
<actual value="1e3"/><actual value="5"><location ref="AF-KAN"/></actual></period>
<period><period-start iso-date="2025-04-02"/><period-end iso-date="2025-06-30"/><actual value="3"/></period>
<period><period-start iso-date="2031-01-01"/><period-end iso-date="2031-03-31"/><actual value="3"/></period>
</indicator><indicator measure="1"><title><narrative>Wells</narrative></title>
<period><period-start iso-date="2025-04-01"/><period-end iso-date="2025-06-30"/><actual value="9"/></period></indicator>
</result></iati-activity></iati-activities>"""


def test_a_mapping_names_what_others_call_otherwise_and_the_rest_is_listed(gathered: Coalition) -> None:
    a = gathered.members["a"]
    columns = [
        {"column": "indicator", "field": "indicator", "labels": {"Jobs created": "jobs"}},
        {"column": "gender", "dimension": "sex", "labels": {"female": "F"}},
    ]
    assert a.ask("PUT", "/mappings/funder", json={"columns": columns}).status_code == 200
    assert {one["code"] for one in send(a, THEIRS)["left_out"]} == {"unknown_organisation"}
    answer = send(a, THEIRS, actor="a", mapping="funder")
    assert counts(answer) == (1, 0, 0)
    at = "/iati-activities/iati-activity[1]/result[1]/indicator[1]"
    assert [(one["where"].removeprefix(at), one["code"]) for one in answer["left_out"]][:4] == [
        ("/period[1]/actual[2]", "not_a_decimal"),
        ("/period[1]/actual[3]", "location_unknown"),
        ("/period[2]/actual[1]", "not_a_period"),
        ("/period[3]/actual[1]", "period_not_begun"),
    ]
    assert [one["code"] for one in answer["left_out"]][4:] == ["unknown_indicator"]
    (item,) = gathered.support.get("/contributions", actor="a", period="2025-Q2")["items"]
    assert (item["dimensions"], item["value"]) == ({"sex": "F"}, "12")
    # Nobody reports for another: it is left out, as it would be refused by itself.
    of_another = THEIRS.replace("XM-DAC-1", "FR-RNA-W751").replace("Jobs created", "jobs").replace("gender", "sex")
    assert "not_your_actor" in {one["code"] for one in send(gathered.members["b"], of_another)["left_out"]}


@pytest.mark.parametrize(
    "content",
    ["", "{}", "<iati", "<other/>", '<!DOCTYPE x [<!ENTITY a "b">]><iati-activities>&a;</iati-activities>', "<a>" * 40],
)
def test_what_is_no_activity_file_is_refused(gathered: Coalition, content: str) -> None:
    sent = {"Content-Type": "application/xml"}
    response = gathered.members["a"].ask("POST", "/iati", content=content.encode(), headers=sent)
    assert refusal(response) == (400, "not_iati")


def test_what_is_carried_forward_or_behind_a_break_is_not_told_as_if_it_were_reported(shared: Client) -> None:
    made = coalition(shared)
    stock: dict[str, Any] = {"nature": "stock", "over_time": "last", "carry_forward": 3}
    made.adopt(define("members", **stock))
    made.report("a", "members", "2025-Q1", "10")
    revised = define("members", **stock, effective_from="2025-Q3")["definition"]
    made.adopt(
        {"kind": "revise_indicator", "indicator": "members", "based_on": 1, "definition": revised, "bridge": {"kind": "break"}}
    )
    made.report("a", "members", "2025-Q3", "7")
    (only,) = told(made.support, actor="a")
    (indicator,) = only.iter("indicator")
    assert [(begin, value) for begin, _, _, value in values(indicator, "actual")] == [("2025-01-01", "10"), ("2025-07-01", "7")]
    comments = [one.findtext("comment/narrative") for one in indicator.iter("actual")]
    assert comments == ["Under an earlier definition, not comparable with what follows.", None]


def test_nobody_is_told_values_that_actors_keep(shared: Client) -> None:
    made = coalition(shared, charter={"show_actor_values": False}, visibility="public")
    made.adopt(define("jobs"))
    made.report("a", "jobs", "2025-Q1", "4711")
    root = told(made.members["b"])
    assert [one.findtext("iati-identifier") for one in root] == [f"{made.code}-b"]
    assert refusal(made.members["b"].ask("GET", "/iati", params={"actor": "a"})) == (403, "actor_values_hidden")
    assert made.anonymous.ask("GET", "/iati").status_code == 401
