"""What can be taken and what cannot: every code of `indicators/acceptance.py`, on one small community."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from service.errors import Conflict, Forbidden, Refused
from service.indicators.acceptance import Accepted, Offered, accept, refuse
from service.indicators.register import KnownActor, KnownIndicator, Register, Version
from service.models.community import Member, Settings
from service.models.indicator import Definition
from service.models.period import Period

DAY = date(2026, 6, 15)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def definition(**changes: Any) -> Definition:
    terms: dict[str, Any] = {
        "name": "Jobs created",
        "unit": "jobs",
        "measure": "quantity",
        "nature": "flow",
        "over_time": "sum",
        "over_actors": "sum",
        "direction": "increase",
        "frequency": "Q",
        **changes,
    }
    return Definition.model_validate(terms).spoken("en")


def indicator(number: int, code: str, *definitions: Definition, retired: bool = False) -> KnownIndicator:
    versions = tuple(Version(place, said, None, LONG_AGO) for place, said in enumerate(definitions, start=1))
    return KnownIndicator(number, code, versions, "common", Decimal(1), retired)


def actor(number: int, code: str, **known: Any) -> KnownActor:
    return KnownActor(number, code, Member(name={"en": code}, kind="association", **known))


ASSO, PORT = actor(1, "asso"), actor(2, "port", joined=date(2025, 2, 1), left=date(2025, 8, 31))
TOWN, SUPPORT = actor(3, "town", role="observer"), actor(4, "support", role="support")
SEX_AND_AGE = [{"code": "sex", "codes": ["F", "M"]}, {"code": "age", "codes": ["0-17", "18+"]}]

REGISTER = Register(
    community_id=1,
    code="coalition",
    settings=Settings(name={"en": "Coalition"}),
    actors={known.code: known for known in (ASSO, PORT, TOWN, SUPPORT)},
    objectives={},
    indicators={
        known.code: known
        for known in (
            indicator(1, "emplois-crees", definition(dimensions=SEX_AND_AGE)),
            indicator(2, "rate", definition(measure="ratio", factor="100", frequency="A", minimum="0", maximum="100")),
            indicator(3, "wait", definition(measure="mean", frequency="A", minimum="-5")),
            indicator(4, "old", definition(frequency="A"), retired=True),
            indicator(5, "public", definition(over_actors="single", contributors=["asso"], frequency="A")),
            indicator(6, "late", definition(effective_from="2025", frequency="A")),
            indicator(7, "monthly", definition(frequency="A"), definition(frequency="M", effective_from="2025-01")),
        )
    },
    closed=frozenset({Period.parse("2024")}),
)
GOOD = Offered("emplois-crees", "2025-Q1", value=Decimal(12), dimensions={"sex": "F"})
RATE = Offered("rate", "2025", numerator=Decimal(1), denominator=Decimal(4))
WAIT = Offered("wait", "2025", value=Decimal(3), weight=Decimal(2))


def judged(offered: Offered, reporter: KnownActor = ASSO, *, is_support: bool = False) -> Any:
    return accept(offered, REGISTER, day=DAY, reporter=reporter, is_support=is_support)


@pytest.mark.parametrize(
    ("offered", "code", "pointer", "suggestion"),
    [
        (replace(GOOD, indicator="emploi-cree"), "unknown_indicator", "/indicator", "did you mean `emplois-crees`?"),
        (replace(GOOD, indicator="Emplois créés"), "unknown_indicator", "/indicator", "did you mean `emplois-crees`?"),
        (replace(GOOD, indicator="zzzzzzzzz"), "unknown_indicator", "/indicator", None),
        (replace(GOOD, indicator="\ud800"), "unknown_indicator", "/indicator", None),
        (replace(GOOD, indicator="old", period="2025", dimensions={}), "indicator_retired", "/indicator", None),
        (replace(GOOD, actor="aso"), "unknown_actor", "/actor", "did you mean `asso`?"),
        (replace(GOOD, actor="port", period="2025-Q2"), "not_your_actor", "/actor", None),
        (replace(GOOD, indicator="emplois-crees", period="T1 2025"), "not_a_period", "/period", "did you mean `2025-Q1`?"),
        (replace(GOOD, period="2025-Q5"), "not_a_period", "/period", None),
        (replace(GOOD, period="01/03/2025"), "not_a_period", "/period", "did you mean `2025-Q1`?"),
        (replace(GOOD, period="mars 2025"), "not_a_period", "/period", "did you mean `2025-Q1`?"),
        (replace(GOOD, period="2016/17"), "not_a_period", "/period", None),
        (replace(GOOD, period="2025-03"), "wrong_frequency", "/period", "did you mean `2025-Q1`?"),
        (replace(GOOD, period="2025"), "wrong_frequency", "/period", None),
        (replace(GOOD, indicator="monthly", dimensions={}, period="2025"), "wrong_frequency", "/period", None),
        (replace(GOOD, period="2026-Q3"), "period_not_begun", "/period", None),
        (replace(GOOD, period="2024-Q4"), "period_closed", "/period", None),
        (replace(GOOD, indicator="late", period="2023", dimensions={}), "period_before_first_version", "/period", None),
        (replace(GOOD, dimensions={"sexe": "F"}), "unknown_dimension", "/dimensions/sexe", "did you mean `sex`?"),
        (replace(GOOD, dimensions={"a/b~c": "F"}), "unknown_dimension", "/dimensions/a~1b~0c", None),
        (replace(GOOD, dimensions={"age": "0-18"}), "unknown_code", "/dimensions/age", "did you mean `0-17`?"),
        (replace(GOOD, dimensions={"sex": "f"}), "unknown_code", "/dimensions/sex", "did you mean `F`?"),
        (replace(GOOD, dimensions={"sex": "_X"}), "unknown_code", "/dimensions/sex", None),
        (replace(GOOD, value=None), "missing_value", "/value", None),
        (replace(GOOD, weight=Decimal(1)), "unexpected_measure", "/weight", None),
        (replace(RATE, value=Decimal(1)), "unexpected_measure", "/value", None),
        (replace(RATE, numerator=None, denominator=None), "missing_value", "/numerator", None),
        (replace(RATE, denominator=None), "missing_measure", "/denominator", None),
        (replace(RATE, numerator=None), "missing_measure", "/numerator", None),
        (replace(RATE, denominator=Decimal(-4), numerator=Decimal(-1)), "negative_denominator", "/denominator", None),
        (replace(RATE, numerator=Decimal(5)), "above_maximum", "/numerator", None),
        (replace(RATE, numerator=Decimal(-1)), "below_minimum", "/numerator", None),
        (replace(WAIT, weight=None), "missing_measure", "/weight", None),
        (replace(WAIT, value=None), "missing_measure", "/value", None),
        (replace(WAIT, weight=Decimal(-1)), "negative_weight", "/weight", None),
        (replace(WAIT, value=Decimal("-5.000000000001")), "below_minimum", "/value", None),
        (replace(GOOD, observation_status="Z"), "unknown_observation_status", "/observation_status", None),
        (replace(GOOD, comment="x" * 10_001), "too_long", "/comment", None),
        (replace(GOOD, evidence="a\x00b"), "control_character", "/evidence", None),
    ],
)
def test_refused(offered: Offered, code: str, pointer: str, suggestion: str | None) -> None:
    faults = judged(offered)
    assert [(fault.code, fault.pointer, fault.suggestion) for fault in faults] == [(code, pointer, suggestion)]
    faults[0].detail.encode()


@pytest.mark.parametrize(
    ("offered", "reporter", "code"),
    [
        (replace(GOOD, period="2024-Q3"), PORT, {"actor_not_member", "period_closed"}),
        (replace(GOOD, period="2025-Q4"), PORT, {"actor_not_member"}),
        (GOOD, TOWN, {"observer_may_not_report"}),
        (replace(GOOD, indicator="public", period="2025", dimensions={}), PORT, {"not_expected"}),
    ],
)
def test_refused_to_this_actor(offered: Offered, reporter: KnownActor, code: set[str]) -> None:
    assert {fault.code for fault in judged(offered, reporter)} == code


@pytest.mark.parametrize(
    "offered",
    [
        replace(GOOD, value=Decimal(0)),
        replace(RATE, numerator=Decimal(0), denominator=Decimal(0)),
        replace(WAIT, value=Decimal(0), weight=Decimal(0)),
        replace(RATE, numerator=Decimal(4)),
        replace(WAIT, value=Decimal(-5)),
        replace(GOOD, period="2026-Q2"),
        replace(GOOD, comment="a\nb", evidence="https://example.org", observation_status="P"),
    ],
)
def test_zero_the_bounds_and_the_running_period_are_taken(offered: Offered) -> None:
    taken = judged(offered)
    assert isinstance(taken, Accepted)
    assert [taken.value, taken.numerator, taken.denominator, taken.weight] == [
        offered.value,
        offered.numerator,
        offered.denominator,
        offered.weight,
    ]
    assert (taken.comment, taken.evidence) == (offered.comment, offered.evidence)
    assert taken.observation_status == offered.observation_status


def test_the_cell_is_sorted_and_the_total_is_absent_from_it() -> None:
    assert judged(replace(GOOD, dimensions={"sex": "M", "age": "18+"})).cell == (("age", "18+"), ("sex", "M"))
    assert judged(replace(GOOD, dimensions={"sex": "_T", "age": ""})).cell == ()
    assert judged(replace(RATE, dimensions={"sex": "", "age": "_T"})).cell == ()


def test_the_version_is_the_one_in_force_for_the_period() -> None:
    before = judged(replace(GOOD, indicator="monthly", period="2023", dimensions={}))
    after = judged(replace(GOOD, indicator="monthly", period="2025-02", dimensions={}))
    assert (before.version.number, after.version.number) == (1, 2)


def test_the_sender_is_the_actor_unless_another_is_named() -> None:
    assert judged(GOOD).actor is ASSO
    assert judged(replace(GOOD, actor="asso")).actor is ASSO
    assert judged(replace(GOOD, actor="asso"), SUPPORT, is_support=True).actor is ASSO
    assert judged(replace(GOOD, actor="port"), SUPPORT, is_support=True).actor is PORT


def test_several_faults_are_all_named() -> None:
    offered = replace(GOOD, indicator="nothing-like-it", actor="nobody", period="soon", observation_status="?")
    faults = judged(offered)
    codes = [fault.code for fault in faults]
    assert codes == ["unknown_indicator", "unknown_actor", "not_a_period", "unknown_observation_status"]


def test_what_a_refusal_amounts_to() -> None:
    with pytest.raises(Forbidden) as forbidden:
        refuse(judged(replace(GOOD, actor="port", period="2024-Q4")), "/items/3")
    assert forbidden.value.code == "not_your_actor"
    assert {fault.pointer for fault in forbidden.value.faults} == {"/items/3/actor", "/items/3/period"}
    with pytest.raises(Conflict) as conflict:
        refuse(judged(replace(GOOD, period="2024-Q4")))
    assert conflict.value.code == "period_closed"
    with pytest.raises(Refused) as refusal:
        refuse(judged(replace(GOOD, period="2024-Q4", value=None)))
    assert [fault.code for fault in refusal.value.faults] == ["period_closed", "missing_value"]
