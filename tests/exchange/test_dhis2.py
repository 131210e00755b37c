"""DHIS2: data value sets as its documentation shows them become contributions under a mapping, and come out again."""

from typing import Any

import pytest

from tests.builders import POSTGRESQL_AS_PROOF, Client, Coalition, Json, Voice, coalition, define, refusal

pytestmark = POSTGRESQL_AS_PROOF
TERMS: Json = {
    "dhis2": {
        "data_elements": [
            {"data_element": "f7n9E0hX8qk", "indicator": "visits"},
            {"data_element": "Ix2HsbDMLea", "category_option_combo": "cocF", "indicator": "visits", "dimensions": {"sex": "F"}},
            {"data_element": "eY5ehpbEsB7", "indicator": "coverage", "measure": "numerator"},
            {"data_element": "GSae40Fyppf", "indicator": "coverage", "measure": "denominator"},
        ],
        "org_units": {"a": "DiszpKrYNg8", "b": "FNnj3jKGS7i"},
    }
}
# The two bodies of "Data values" in the documentation of DHIS2's Web API: of one form, and of several periods and places.
ONE_FORM: Json = {
    "dataSet": "pBOMPrpg1QX",
    "completeDate": "2014-02-03",
    "period": "201401",
    "orgUnit": "DiszpKrYNg8",
    "dataValues": [
        {"dataElement": "f7n9E0hX8qk", "value": "1", "comment": "comment1"},
        {"dataElement": "Ix2HsbDMLea", "categoryOptionCombo": "cocF", "value": "2"},
        {"dataElement": "eY5ehpbEsB7", "value": "3"},
    ],
}
BULK: Json = {
    "dataValues": [
        {"dataElement": "f7n9E0hX8qk", "period": period, "orgUnit": unit, "value": value}
        for period, unit, value in (
            ("201401", "DiszpKrYNg8", "12"),
            ("201401", "FNnj3jKGS7i", "14"),
            ("201402", "DiszpKrYNg8", "16"),
            ("201402", "FNnj3jKGS7i", "0"),
        )
    ]
}


@pytest.fixture
def gathered(shared: Client) -> Coalition:
    made = coalition(shared)
    made.adopt(
        define("visits", frequency="M", dimensions=[{"code": "sex", "codes": ["F", "M"]}]),
        define("coverage", frequency="M", measure="ratio", factor="100"),
    )
    for voice in (made.support, made.members["a"]):
        assert voice.ask("PUT", "/mappings/dhis2", json=TERMS).status_code == 200
    return made


def send(voice: Voice, body: Json) -> Any:
    return voice.ask("POST", "/dhis2/data-value-sets", json=body, params={"mapping": "dhis2"})


def told(voice: Voice, **asked: str) -> Any:
    response = voice.ask("GET", "/dhis2/data-value-sets", params={"mapping": "dhis2", "from": "2014", "to": "2014"} | asked)
    assert response.status_code == 200, response.text
    return response


def counts(answer: Json) -> tuple[int, int, int]:
    return answer["created"], answer["revised"], answer["unchanged"]


def test_the_documented_examples_come_in_and_out(gathered: Coalition) -> None:
    answer = send(gathered.support, BULK).json()
    assert (counts(answer), answer["left_out"]) == ((4, 0, 0), [])
    out = told(gathered.support)
    assert out.json() == {
        "dataValues": [
            {"dataElement": "f7n9E0hX8qk", "period": period, "orgUnit": unit, "value": value}
            for period, unit, value in [(one["period"], one["orgUnit"], one["value"]) for one in BULK["dataValues"]]
        ]
    }
    assert out.headers["jalon-lost"].endswith("; 0 contributions that the mapping does not name")
    assert counts(send(gathered.support, out.json()).json()) == (0, 0, 4)


def test_values_of_one_cell_make_one_contribution(gathered: Coalition) -> None:
    a = gathered.members["a"]
    refused = send(a, ONE_FORM)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "missing_measure")
    assert gathered.support.get("/contributions")["items"] == []
    whole = ONE_FORM | {"dataValues": [*ONE_FORM["dataValues"], {"dataElement": "GSae40Fyppf", "value": 0.25}]}
    whole["dataValues"].append({"dataElement": "unknownElem", "value": "9"})
    answer = send(a, whole).json()
    assert counts(answer) == (3, 0, 0)
    assert [(one["pointer"], one["code"]) for one in answer["left_out"]] == [("/dataValues/4", "not_in_mapping")]
    items = gathered.support.get("/contributions", actor="a", period="2014-01")["items"]
    assert [(one["indicator"], one["dimensions"], one["value"], one["numerator"], one["denominator"]) for one in items] == [
        ("visits", {}, "1", None, None),
        ("visits", {"sex": "F"}, "2", None, None),
        ("coverage", {}, None, "3", "0.25"),
    ]
    assert items[0]["comment"] == "comment1"
    gathered.report("a", "visits", "2014-01", "7", dimensions={"sex": "M"})
    out = told(gathered.support)
    assert {(one["dataElement"], one.get("categoryOptionCombo"), one["value"]) for one in out.json()["dataValues"]} == {
        ("f7n9E0hX8qk", None, "1"), ("Ix2HsbDMLea", "cocF", "2"), ("eY5ehpbEsB7", None, "3"), ("GSae40Fyppf", None, "0.25")
    }  # fmt: skip
    assert out.headers["jalon-lost"].endswith("; 1 contributions that the mapping does not name")
    assert counts(send(gathered.support, out.json()).json()) == (0, 0, 3)


@pytest.mark.parametrize(
    ("value", "status", "code", "pointer"),
    [
        ({"period": "2014April"}, 422, "not_a_period", "/dataValues/0/period"),
        ({"period": "2014Q1"}, 422, "wrong_frequency", "/dataValues/0/period"),
        ({"deleted": True}, 422, "unsupported_action", "/dataValues/0/deleted"),
        ({"value": "1e3"}, 422, "not_a_decimal", "/dataValues/0/value"),
        ({"orgUnit": "FNnj3jKGS7i"}, 403, "not_your_actor", "/dataValues/0/actor"),
    ],
)
def test_what_cannot_be_taken_is_refused_where_it_stands(
    gathered: Coalition, value: Json, status: int, code: str, pointer: str
) -> None:
    body = {"dataValues": [BULK["dataValues"][0] | value, BULK["dataValues"][2]]}
    response = send(gathered.members["a"], body)
    assert refusal(response) == (status, code)
    assert [one.get("pointer") for one in response.json()["errors"]] == [pointer]
    assert gathered.support.get("/contributions")["items"] == []


def test_a_mapping_has_to_fit_and_to_say_something_of_dhis2(gathered: Coalition) -> None:
    a = gathered.members["a"]
    first, second, *_ = TERMS["dhis2"]["data_elements"]
    wrong = {
        "dhis2": {"data_elements": [first, first, second | {"dimensions": {"sex": "X"}}], "org_units": {"c": "x", "a": "x"}}
    }
    response = a.ask("PUT", "/mappings/other", json=wrong)
    assert {(one["pointer"], one["code"]) for one in response.json()["errors"]} == {
        ("/dhis2/data_elements/2/dimensions/sex", "unknown_code"),
        ("/dhis2/org_units/c", "unknown_actor"),
        *(
            (f"/dhis2/{place}", "column_named_twice")
            for place in ("data_elements/0", "data_elements/1", "org_units/c", "org_units/a")
        ),
    }
    a.ask("PUT", "/mappings/export", json={"decimal": "comma"})
    assert refusal(a.ask("GET", "/dhis2/data-value-sets", params={"mapping": "export"})) == (422, "mapping_without_dhis2")
    assert refusal(a.ask("GET", "/dhis2/data-value-sets", params={"mapping": "nothing"})) == (422, "unknown_mapping")


def test_members_see_their_own_where_values_are_kept(shared: Client) -> None:
    made = coalition(shared, charter={"show_actor_values": False})
    made.adopt(define("visits", frequency="M"))
    body = {"dhis2": TERMS["dhis2"] | {"data_elements": [{"data_element": "f7n9E0hX8qk", "indicator": "visits"}]}}
    for voice in (made.support, *made.members.values()):
        assert voice.ask("PUT", "/mappings/dhis2", json=body).status_code == 200
    send(made.support, BULK)
    assert {one["orgUnit"] for one in told(made.members["b"]).json()["dataValues"]} == {"FNnj3jKGS7i"}
