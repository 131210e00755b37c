"""Overlap decisions as rules: what they are about, what they lapse by, and which entry is named for it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from service.errors import Refused
from service.indicators.adoption import plan
from service.indicators.evidence import Entry, Evidence
from service.indicators.figure import Figure, Question, figure
from service.indicators.overlap import Lapse, Standing, revised_since
from service.indicators.overlap_history import overlap_history
from service.indicators.progress import indicator_progress
from service.indicators.register import (
    DecidedOverlap,
    KnownActor,
    KnownIndicator,
    KnownObjective,
    Register,
    SetTargetOf,
    Version,
)
from service.models.community import Charter, Member, Settings
from service.models.indicator import Bridge, Definition
from service.models.overlap import OverlapTerms
from service.models.period import Period, Window
from service.models.proposal import ResolveOverlap
from service.models.target import TargetTerms
from service.models.vocabulary import EntryKind, OverlapMethod, Role, Validation

REPORT, WITHDRAWAL, VALIDATION = EntryKind.REPORT, EntryKind.WITHDRAWAL, EntryKind.VALIDATION
YEAR = Window.over(Period.parse("2025"), Period.parse("2025"))
PEOPLE = {"measure": "quantity", "nature": "flow", "over_time": "sum", "over_actors": "distinct", "direction": "increase"}
STOCK: dict[str, Any] = {"nature": "stock", "over_time": "last", "carry_forward": 1}
MEMBERS: Mapping[str, Member] = {
    code: Member(name={"en": code}, kind="club", role=Role.SUPPORT if code == "c" else Role.MEMBER) for code in "abc"
}


def at(journal: int) -> datetime:
    return datetime(2025, 2, 1, tzinfo=UTC) + timedelta(hours=journal)


def entry(journal: int, actor: str, period: str, value: str | None = None, kind: EntryKind = REPORT, **cell: str) -> Entry:
    number = None if value is None else Decimal(value)
    return Entry(actor, Period.parse(period), tuple(sorted(cell.items())), journal, at(journal), 1, kind, number)


def version(number: int = 1, kind: str | None = None, **fields: Any) -> Version:
    definition = Definition.model_validate({"name": "x", "unit": "x", "frequency": "Q", **PEOPLE, **fields})
    return Version(number, definition, None if kind is None else Bridge.model_validate({"kind": kind}), at(number - 100))


def decided(journal: int, method: str = "agreed", value: str | None = "40", **more: Any) -> DecidedOverlap:
    """A decision right after the journal entry of that number, by default of 2025, by the members who are there."""
    terms = {name: more.pop(name) for name in ("period", "from_period", "dimensions") if name in more}
    said = OverlapTerms.model_validate({"period": "2025", "method": method, "value": value, "reason": "Why", **terms})
    usual: dict[str, Any] = {"day": date(2025, 12, 1), "members": MEMBERS, "validation": Validation.NONE}
    return DecidedOverlap(more.pop("version", 1), said, at(journal), **usual | more)


def known(*entries: Entry, day: date = date(2025, 12, 1), **more: Any) -> Evidence:
    given: dict[str, Any] = {
        "versions": (version(),),
        "members": MEMBERS,
        "charter": Charter(),
        "as_of": datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
    }
    return Evidence(indicator="x", entries=entries, day=day, **{**given, **more})


def asked(evidence: Evidence, window: Window = YEAR, **more: Any) -> Figure:
    return figure(evidence, Question(window, **more))


def lapse(evidence: Evidence, window: Window = YEAR) -> Lapse | None:
    """Why the decision about the total has lapsed; None: it is in force. The figure's value says the same."""
    made = asked(evidence, window)
    assert made.overlap is not None
    assert made.value == (40 if made.overlap.lapse is None else made.lowest if made.lowest == made.highest else None)
    (told,) = overlap_history(evidence)
    assert told.standing == made.overlap
    return made.overlap.lapse


FIRST = (entry(1, "a", "2025-Q1", "30"), entry(2, "b", "2025-Q1", "12"))


@pytest.mark.parametrize(
    ("method", "value", "expected"), [("sum", None, 42), ("max", None, 30), ("agreed", "40.5", Decimal("40.5"))]
)
def test_the_value_is_what_was_decided(method: str, value: str | None, expected: str) -> None:
    made = asked(known(*FIRST, overlaps=(decided(2, method, value),)))
    assert (made.value, made.lowest, made.highest, made.reason) == (Decimal(expected), Decimal(30), Decimal(42), None)
    assert made.overlap == Standing(decided(2, method, value), None)
    some = asked(known(*FIRST, overlaps=(decided(2, method, value),)), actors=frozenset("ab"))
    assert (some.value, some.overlap) == (None, None), "all of a group is not all"


def test_the_first_entry_that_made_a_difference_is_named() -> None:
    elsewhere, part = entry(3, "c", "2024-Q4", "9"), entry(4, "b", "2025-Q1", "12", sex="F")
    gone, back = entry(5, "b", "2025-Q1", kind=WITHDRAWAL), entry(6, "b", "2025-Q1", "12")
    more: dict[str, Any] = {"overlaps": (decided(2),)}
    more["versions"] = (version(dimensions=[{"code": "sex", "codes": ["F", "M"]}]),)
    assert lapse(known(*FIRST, elsewhere, part, **more)) is None, "b's total wins over its parts"
    for later in ((), (back,)):
        assert lapse(known(*FIRST, elsewhere, part, gone, *later, **more)) == Lapse("entry_changed", gone)


def test_of_one_journal_entry_the_same_row_is_named_in_whatever_order_they_come() -> None:
    rows = [
        replace(entry(3, actor, period, "1"), journal=3)
        for actor, period in (("c", "2025-Q2"), ("b", "2025-Q3"), ("c", "2024-Q4"))
    ]
    for brought in (rows, rows[::-1]):
        assert lapse(known(*FIRST, *brought, overlaps=(decided(2),))) == Lapse("entry_changed", rows[1])


def test_what_waits_for_validation_is_not_under_it_yet() -> None:
    said = tuple(entry(3 + place, one.actor, "2025-Q1", kind=VALIDATION) for place, one in enumerate(FIRST))
    corrected, validated = entry(6, "b", "2025-Q1", "13"), entry(7, "b", "2025-Q1", kind=VALIDATION)
    more: dict[str, Any] = {"charter": Charter(validation=Validation.PEER)}
    more["overlaps"] = (decided(5, validation=Validation.PEER),)
    assert lapse(known(*FIRST, *said, corrected, **more)) is None
    assert lapse(known(*FIRST, *said, corrected, validated, **more)) == Lapse("entry_changed", validated)


def test_the_charter_may_let_other_entries_count() -> None:
    overlaps = (decided(2),)
    validated = entry(3, "a", "2025-Q1", kind=VALIDATION)
    peers: dict[str, Any] = {"charter": Charter(validation=Validation.PEER)}
    assert lapse(known(*FIRST, overlaps=overlaps, **peers)) == Lapse("charter_changed")
    assert lapse(known(*FIRST, validated, overlaps=overlaps, **peers)) == Lapse("entry_changed", validated)


def test_time_lets_a_value_go() -> None:
    """Of the two, b reports again: a's stock of the first quarter serves until the third has ended."""
    entries = (*FIRST, entry(3, "b", "2025-Q2", "13"))
    more: dict[str, Any] = {"versions": (version(**STOCK),), "overlaps": (decided(3, day=date(2025, 8, 1)),)}
    assert lapse(known(*entries, day=date(2025, 9, 30), **more)) is None
    assert lapse(known(*entries, day=date(2025, 10, 1), **more)) == Lapse("time_passed")


def test_a_stock_that_leaves_with_its_actor() -> None:
    more: dict[str, Any] = {
        "versions": (version(**STOCK),),
        "overlaps": (decided(2, day=date(2025, 5, 1)),),
        "day": date(2025, 5, 1),
    }
    left = {**MEMBERS, "b": MEMBERS["b"].model_copy(update={"left": date(2025, 4, 1)})}
    new = entry(3, "c", "2025-Q1", "1")
    assert lapse(known(*FIRST, **more)) is None
    assert lapse(known(*FIRST, members=left, **more)) == Lapse("membership_changed")
    assert lapse(known(*FIRST, new, members=left, **more)) == Lapse("entry_changed", new), "it is told first"


WORDS: dict[str, Any] = {"name": "y", "unit": "z", "description": "d", "method": "m", "limitations": "l", "sources": "s"}
MEANT: list[dict[str, Any]] = [
    {"carry_forward": 3}, {"over_time": "last", "nature": "stock"}, {"contributors": ["a"]}, {"decimals": 0}, {"minimum": "0"},
    {"dimensions": [{"code": "sex", "codes": ["F"]}]}, {"direction": "decrease"}, {"level": "impact"}, {"frequency": "A"},
]  # fmt: skip


def test_other_words_are_the_same_meaning() -> None:
    first = version(dimensions=[{"code": "sex", "codes": ["F", "M"]}])
    named = [{"code": "sex", "codes": ["F", "M"], "name": "Sexe", "labels": {"F": "Femmes"}}]
    second = version(2, "editorial", dimensions=named, effective_from="2025-Q3", **WORDS)
    assert revised_since((first, second), 1, 2) is None
    third = version(3, "editorial", dimensions=[*named, {"code": "age", "codes": ["y"]}], **WORDS)
    assert revised_since((first, second, third), 1, 3) == third
    assert revised_since((first, second, third), 1, 2) is None, "what comes after is not asked about"
    assert revised_since((first, second, third), 3, 3) is None


@pytest.mark.parametrize("change", MEANT)
def test_anything_else_is_another_meaning(change: dict[str, Any]) -> None:
    second = version(2, "editorial", **change)
    assert revised_since((version(), second), 1, 2) == second
    evidence = known(*FIRST, overlaps=(decided(2),), versions=(version(), second))
    assert lapse(evidence) == Lapse("definition_revised", version=second)
    assert asked(evidence, version=1).value == 40, "in the terms that it was decided in"


@pytest.mark.parametrize("kind", ["conversion", "break"])
def test_a_bridge_that_is_not_editorial_is_another_meaning(kind: str) -> None:
    second = version(2, kind)
    assert lapse(known(*FIRST, overlaps=(decided(2),), versions=(version(), second))) == Lapse(
        "definition_revised", version=second
    )


def test_it_is_about_its_own_version_and_no_older_one() -> None:
    evidence = known(*FIRST, overlaps=(decided(2, version=2),), versions=(version(), version(2, "conversion")))
    assert (asked(evidence).value, asked(evidence, version=1).overlap) == (Decimal(40), None)


def test_the_last_one_counts_for_the_same_days_however_they_are_said() -> None:
    overlaps = (decided(2), decided(3, "max", None, from_period="2025-Q1", period="2025-S2"))
    evidence = known(*FIRST, overlaps=overlaps)
    assert asked(evidence).value == 30
    assert [(told.standing is None, told.replaced_by) for told in overlap_history(evidence)] == [
        (True, overlaps[1]),
        (False, None),
    ]


def test_a_value_between_its_bounds_is_kept() -> None:
    """What is to be maintained is judged by what was decided, not by the ends that it was decided between."""
    terms = TargetTerms.model_validate({"period": "2025", "minimum": "35", "maximum": "41"})
    more = {"versions": (version(direction="maintain"),), "targets": (SetTargetOf(1, terms),)}
    evidence = known(*FIRST, day=date(2026, 2, 1), **more)
    assert indicator_progress(evidence, None).status == "missed"
    made = indicator_progress(replace(evidence, overlaps=(decided(2),)), None)
    assert (made.value, made.status, made.attainment) == (Decimal(40), "achieved", Decimal(1))


REGISTER = Register(
    1,
    "lab",
    Settings(name={"en": "Lab"}, time_zone="Pacific/Kiritimati"),
    {code: KnownActor(number, code, member) for number, (code, member) in enumerate(MEMBERS.items(), 1)},
    {"common": KnownObjective(1, "common", {}, None, Decimal(1))},
    {"x": KnownIndicator(1, "x", (version(),), "common", Decimal(1))},
)
NOW = datetime(2025, 12, 31, 12, tzinfo=UTC)


def resolve(**more: Any) -> ResolveOverlap:
    said = {"kind": "resolve_overlap", "indicator": "x", "period": "2025", "method": "max", "reason": "Why"}
    return ResolveOverlap.model_validate(said | more)


def test_what_is_decided_keeps_what_it_was_decided_by() -> None:
    made = plan(REGISTER, [resolve()], now=NOW, proposal=7, evidence_of=lambda code: known(*FIRST))
    (overlap,) = made.register.indicators["x"].overlaps
    assert (overlap.version, overlap.proposal, overlap.decided_at, overlap.day) == (1, 7, NOW, date(2026, 1, 1))
    assert (overlap.members, overlap.validation) == (MEMBERS, Validation.NONE)
    assert (overlap.terms.method, overlap.terms.reason, overlap.terms.cell) == (OverlapMethod.MAX, {"en": "Why"}, ())


def test_without_anything_reported_there_is_nothing_to_decide() -> None:
    for evidence_of in (None, lambda code: None, lambda code: known(), lambda code: known(FIRST[0])):
        with pytest.raises(Refused) as refusal:
            plan(REGISTER, [resolve()], now=NOW, evidence_of=evidence_of)
        assert refusal.value.code == "nothing_overlaps"
