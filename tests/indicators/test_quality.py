"""Quality flags: each rule at its edges, told in words, and all of them against the naive model on random scenarios."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from service.indicators.evidence import Entry, Evidence
from service.indicators.figure import Question, figure
from service.indicators.quality import FLAGS, Flag, quality_flags
from service.indicators.quality_words import flag_message
from service.indicators.register import Version
from service.models.community import Charter, Member
from service.models.indicator import Bridge, Definition
from service.models.measure import measure_text, rounded
from service.models.period import Period, Window
from service.models.vocabulary import EntryKind, Validation
from tests.chance import Chance, chances
from tests.naive.quality import Found
from tests.naive.quality import flags as naive_flags
from tests.scenarios import REPORTED, in_force, make_evidence

NOW = datetime(2026, 3, 15, tzinfo=UTC)
NARROW, NO_BREAK = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
USUAL = {"measure": "quantity", "nature": "flow", "over_time": "sum", "over_actors": "sum", "direction": "increase"}
CUMULATIVE: dict[str, Any] = {"nature": "cumulative", "over_time": "last"}
SEX = [{"code": "sex", "codes": ["F", "M"]}]


def evidence_of(*reports: str, later: tuple[dict[str, Any], Bridge] | None = None, **definition: Any) -> Evidence:
    """What was reported, in the order given: `a 2025-Q1 3`, `a 2025-Q1 F 3`, `a 2025-Q1 1/4`, quarter by quarter.

    `later`: what changes with version 2, in force from 2025 on, and its bridge; what is of 2025 or after is reported under it.
    """
    named = {"name": "x", "unit": {"label": {"en": "people", "fr": "personnes"}}, "frequency": "Q", **USUAL, **definition}
    versions = [Version(1, Definition.model_validate(named), None, NOW)]
    if later is not None:
        changed = named | later[0] | {"effective_from": "2025"}
        versions.append(Version(2, Definition.model_validate(changed), later[1], NOW))
    entries = []
    for place, text in enumerate(reports, 1):
        actor, written, *codes, number = text.split()
        period = Period.parse(written)
        top, _, bottom = number.partition("/")
        number_of = len(versions) if period.first_day >= date(2025, 1, 1) else 1
        entry = Entry(actor, period, tuple(("sex", code) for code in codes), place, NOW, number_of, value=Decimal(top))
        if bottom:
            entry = replace(entry, value=None, numerator=Decimal(top), denominator=Decimal(bottom))
        entries.append(entry)
    member = Member.model_validate({"name": {"en": "A"}, "kind": "x"})
    return Evidence("x", tuple(versions), tuple(entries), dict.fromkeys("ab", member), Charter(), NOW, NOW.date())


def quarters(*values: str, actor: str = "a", first: str = "2024-Q1") -> list[str]:
    """Reports of one quarter after the other; `-` leaves one out."""
    begin = Period.parse(first)
    return [f"{actor} {begin.next(place)} {value}" for place, value in enumerate(values) if value != "-"]


def found(evidence: Evidence) -> list[str]:
    """The flags, in short: `hundredfold 2025-Q1 100/1 since 2024-Q1 (2)`."""
    return [short(flag) for flag in quality_flags(evidence)]


def short(flag: Flag) -> str:
    value, compared = ("-" if number is None else measure_text(rounded(number)) for number in (flag.value, flag.compared_with))
    return f"{flag.code} {flag.period} {value}/{compared} since {flag.since} ({flag.count})"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("1 100", []),
        ("1 1 100", ["hundredfold 2024-Q3 100/1 since 2024-Q1 (2)"]),
        ("3 3 450", ["hundredfold 2024-Q3 450/3 since 2024-Q1 (2)"]),
        ("3 3 450.001", []),
        ("3 3 200", ["hundredfold 2024-Q3 200/3 since 2024-Q1 (2)"]),
        ("3 3 199.999", []),
        ("3 3 0.02", ["hundredth 2024-Q3 0.02/3 since 2024-Q1 (2)"]),
        ("3 3 0.045", ["hundredth 2024-Q3 0.045/3 since 2024-Q1 (2)"]),
        ("3 3 0.0451", []),
        ("3 3 0.0199", []),
        ("1 0 100", []),
        ("0 1 0 1 0 100", ["hundredfold 2025-Q2 100/1 since 2024-Q2 (2)"]),
        ("1 1 0", []),
        ("-1 -1 -100", ["hundredfold 2024-Q3 -100/-1 since 2024-Q1 (2)"]),
        ("-1 -1 100", []),
        ("-1 1 100", []),
        ("1 3 - 200", ["hundredfold 2024-Q4 200/2 since 2024-Q1 (2)"]),
        ("900 900 1 2 3 4 5 300", ["hundredfold 2025-Q4 300/3 since 2024-Q3 (5)"]),
        ("5 5 5 5", []),
        ("5 5 5 5 5", ["never_changes 2025-Q1 5/- since 2024-Q1 (5)"]),
        ("4 5 5 - 5 5 5 5 6", ["never_changes 2025-Q4 5/- since 2024-Q2 (6)"]),
        ("0 0 0 0 0 0", []),
        ("5 5 0 5 5 5", []),
    ],
)
def test_slips_and_values_that_never_change(values: str, expected: list[str]) -> None:
    assert found(evidence_of(*quarters(*values.split()))) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("1 3 2", ["running_total_falls 2024-Q3 2/3 since 2024-Q2 (1)"]),
        ("1 3 - 2 2.5", ["running_total_falls 2024-Q4 2/3 since 2024-Q2 (1)"]),
        ("1 3 3 0", ["running_total_falls 2024-Q4 0/3 since 2024-Q3 (1)"]),
        ("0 0 1", []),
    ],
)
def test_running_totals_that_fall(values: str, expected: list[str]) -> None:
    assert found(evidence_of(*quarters(*values.split()), **CUMULATIVE)) == expected
    assert not any("falls" in flag for flag in found(evidence_of(*quarters(*values.split()))))


def test_a_running_total_is_compared_with_a_longer_period_that_ended_before() -> None:
    evidence = evidence_of("a 2024 5", "a 2025-Q1 4", **CUMULATIVE)
    assert found(evidence) == ["running_total_falls 2025-Q1 4/5 since 2024 (1)"]
    together = evidence_of("a 2024 5", "a 2024-Q4 6", "a 2025-Q1 5.5", **CUMULATIVE)
    assert found(together) == ["running_total_falls 2025-Q1 5.5/6 since 2024-Q4 (1)"], "of those that end together the shortest"


def test_other_actors_cells_and_lengths_are_other_values() -> None:
    apart = [*quarters("1", "1"), *quarters("100", actor="b", first="2024-Q3"), "a 2024-Q3 F 100"]
    assert found(evidence_of(*apart, dimensions=SEX, over_codes="none")) == []
    assert found(evidence_of(*quarters("1", "1"), "a 2025 100")) == []


def test_ratios_are_compared_by_their_value() -> None:
    ratio: dict[str, Any] = {"measure": "ratio", "factor": "100"}
    assert found(evidence_of(*quarters("1/4", "200/800", "10000/400"), **ratio)) == [
        "hundredfold 2024-Q3 2500/25 since 2024-Q1 (2)"
    ]
    assert found(evidence_of(*quarters("1/4", "0/0", "10000/400"), **ratio)) == [], "nothing over nothing is no value"


def test_older_values_are_compared_in_newer_terms() -> None:
    hours_in_minutes = Bridge.model_validate({"kind": "conversion", "factor": "60"})
    slipped = quarters("60", "120", "1", "2", first="2024-Q3")
    assert found(evidence_of(*slipped)) == ["hundredth 2025-Q1 1/90 since 2024-Q3 (2)"]
    assert found(evidence_of(*quarters("1", "2", "60", "120", first="2024-Q3"), later=({}, hours_in_minutes))) == []
    again = evidence_of(*quarters("1", "2", "6000", first="2024-Q3"), later=({}, hours_in_minutes))
    assert found(again) == ["hundredfold 2025-Q1 6000/90 since 2024-Q3 (2)"]
    broken = evidence_of(*quarters("1", "1", "100", first="2024-Q3"), later=({}, Bridge.model_validate({"kind": "break"})))
    assert found(broken) == []


def test_a_part_of_a_dimension_that_is_gone_is_no_value() -> None:
    dropped: dict[str, Any] = {"later": ({"dimensions": []}, Bridge.model_validate({"kind": "conversion"})), "dimensions": SEX}
    women = ("a 2024-Q3 F 1", "a 2024-Q4 F 1", "a 2025-Q1 100")
    assert not any("hundredfold" in flag for flag in found(evidence_of(*women, **dropped)))
    everybody = (*women, "a 2024-Q3 M 0", "a 2024-Q4 M 0")
    assert found(evidence_of(*everybody, **dropped)) == ["hundredfold 2025-Q1 100/1 since 2024-Q3 (2)"]


def test_parts() -> None:
    both = evidence_of("a 2025-Q1 9", "a 2025-Q1 F 4", "a 2025-Q1 M 6", "b 2025-Q1 F 0", dimensions=SEX)
    assert found(both) == [
        "parts_differ_from_total 2025-Q1 9/10 since None (0)",
        "parts_incomplete 2025-Q1 0/- since None (0)",
    ]
    assert [len(flag.entries) for flag in quality_flags(both)] == [3, 1]
    apart = evidence_of("a 2025-Q1 9", "a 2025-Q1 F 4", "a 2025-Q1 M 6", dimensions=SEX, over_codes="none")
    assert found(apart) == []


def test_only_what_counts_is_looked_at() -> None:
    evidence = evidence_of(*quarters("1", "1", "100"))
    assert len(quality_flags(evidence)) == 1
    withdrawn = replace(evidence.entries[-1], kind=EntryKind.WITHDRAWAL, value=None, journal=9)
    assert quality_flags(replace(evidence, entries=(*evidence.entries, withdrawn))) == []
    corrected = replace(evidence.entries[-1], value=Decimal(1), journal=9)
    assert quality_flags(replace(evidence, entries=(*evidence.entries, corrected))) == []
    strict = replace(evidence, charter=Charter(validation=Validation.SUPPORT))
    assert quality_flags(strict) == []


def test_the_stock_of_who_left_is_not_looked_at() -> None:
    stock: dict[str, Any] = {"nature": "stock", "over_time": "last"}
    evidence = evidence_of(*quarters("1", "1", "100"), **stock)
    gone = Member.model_validate({"name": {"en": "A"}, "kind": "x", "left": "2024-09-30"})
    assert len(quality_flags(evidence)) == 1
    assert quality_flags(replace(evidence, members={"a": gone})) == []
    assert len(quality_flags(replace(evidence_of(*quarters("1", "1", "100")), members={"a": gone}))) == 1, "what it did stays"


@pytest.mark.parametrize(
    ("evidence", "english", "french"),
    [
        (
            evidence_of(*quarters("11", "13", "1200")),
            "1,200 people for 2024-Q3 is about 100 times what was usual, 12 people (the median of 2 values since 2024-Q1): "
            "look whether a unit or a percentage slipped.",
            f"1{NARROW}200 personnes pour 2024-Q3, c’est environ 100 fois l’ordinaire, 12 personnes (médiane de 2 valeurs "
            f"depuis 2024-Q1){NO_BREAK}: voir si l’unité ou un pourcentage a glissé.",
        ),
        (
            evidence_of(*quarters("0.1", "0.1", "0.001")),
            "0.001 people for 2024-Q3 is about a hundredth of what was usual, 0.1 people (the median of 2 values since "
            "2024-Q1): look whether a unit or a percentage slipped.",
            "0,001 personnes pour 2024-Q3, c’est environ un centième de l’ordinaire, 0,1 personnes (médiane de 2 valeurs "
            f"depuis 2024-Q1){NO_BREAK}: voir si l’unité ou un pourcentage a glissé.",
        ),
        (
            evidence_of(*quarters("3.002", "3.001"), **CUMULATIVE),
            "3.001 people up to 2024-Q2, 3.002 people up to 2024-Q1: a running total does not fall; look whether the value of "
            "the period alone was reported.",
            f"3,001 personnes jusqu’à 2024-Q2, 3,002 personnes jusqu’à 2024-Q1{NO_BREAK}: un cumul ne baisse pas{NO_BREAK}; "
            "voir si c’est la valeur de la seule période qui a été déclarée.",
        ),
        (
            evidence_of(*quarters("5", "5", "5", "5", "5")),
            "5 people for 5 reported periods in a row, from 2024-Q1 to 2025-Q1: look whether it was measured anew each time.",
            f"5 personnes pour 5 périodes déclarées de suite, de 2024-Q1 à 2025-Q1{NO_BREAK}: voir si la mesure a été refaite "
            "chaque fois.",
        ),
        (
            evidence_of("a 2025-Q1 9", "a 2025-Q1 F 4", "a 2025-Q1 M 6", dimensions=SEX),
            "9 people for 2025-Q1 in one way, 10 people in another: look which of the two is right.",
            f"9 personnes pour 2025-Q1 d’une façon, 10 personnes d’une autre{NO_BREAK}: voir laquelle des deux est juste.",
        ),
        (
            evidence_of("a 2025-Q1 F 0/0", dimensions=SEX, measure="ratio"),
            "A ratio over nothing for 2025-Q1 is made of parts with a code missing: look whether a part was forgotten, or the "
            "total can be reported.",
            f"Un rapport sans dénominateur pour 2025-Q1 est fait de parties où manque un code{NO_BREAK}: voir si une partie a "
            "été oubliée, ou si le total peut être déclaré.",
        ),
    ],
)
def test_words(evidence: Evidence, english: str, french: str) -> None:
    (flag,) = quality_flags(evidence)
    assert flag_message(flag, evidence.versions[0].definition) == {"en": english, "fr": french}


NUMBERS = [Decimal(text) for text in "1 1 1 1 100 0 0.01 150 151 66 67 2 -1".split()]


def make_dense(chance: Chance) -> Evidence:
    """A random scenario, and on top a whole line of reports by some actors, of numbers that are much alike or far apart."""
    evidence = make_evidence(chance)
    numbers = chance.pick([NUMBERS, NUMBERS[:4], NUMBERS[:6]])
    entries, journal = list(evidence.entries), len(evidence.entries) + 1
    for actor in ("a", "b"):
        frequency = chance.pick([version.definition.frequency for version in evidence.versions])
        split = chance.pick([True, False])
        for period in REPORTED[frequency]:
            version = in_force(list(evidence.versions), period.first_day)
            if version is None or version.definition.frequency != frequency or chance.one_in(12):
                continue
            journal += 2
            for cell in _cells(version.definition, split=split):
                number, count = chance.pick(numbers), chance.pick([Decimal(1), Decimal(0), Decimal(1), Decimal(2)])
                measures: dict[str, Any] = {
                    "quantity": {"value": number},
                    "ratio": {"numerator": number, "denominator": count},
                    "mean": {"value": number, "weight": count},
                }[version.definition.measure]
                entry = Entry(actor, period, cell, journal, evidence.as_of - timedelta(days=1), version.number, **measures)
                said = Entry(actor, period, cell, journal + 1, entry.recorded_at, version.number, EntryKind.VALIDATION)
                entries += [entry] if evidence.charter.validation is Validation.NONE else [entry, said]
    return replace(evidence, entries=tuple(sorted(entries, key=lambda entry: entry.journal)))


def _cells(definition: Definition, *, split: bool) -> list[tuple[tuple[str, str], ...]]:
    """The total, or each code of the first dimension."""
    if not split or not definition.dimensions:
        return [()]
    first = definition.dimensions[0]
    return [((first.code, code),) for code in first.codes]


def compare(evidence: Evidence) -> Counter[str]:
    """The product's flags are the naive ones, each once; what they say of parts is what the figure says. How often each."""
    made = quality_flags(evidence)
    plain = [Found(f.code, f.actor, f.period, f.cell, f.value, f.compared_with, f.since, f.count) for f in made]
    assert len(set(plain)) == len(plain)
    assert set(plain) == naive_flags(evidence)
    for flag in made:
        assert flag.entries and {(entry.actor, entry.period) for entry in flag.entries} == {(flag.actor, flag.period)}
        if flag.code.startswith("parts"):
            window = Window.over(flag.period, flag.period)
            beside = figure(evidence, Question(window, actors=frozenset({flag.actor})))
            others = {e.period for e in evidence.entries if e.actor == flag.actor} - {flag.period}
            if beside.reason != "not_started" and not any(other.last_day == flag.period.last_day for other in others):
                assert flag.code in beside.flags or beside.carried_forward or "left" in {out.reason for out in beside.excluded}
    return Counter(flag.code for flag in made)


def test_agrees_with_the_naive_model() -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=300,
        derandomize=True,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(chances())
    def compared(chance: Chance) -> None:
        seen.update(compare(make_dense(chance)))

    compared()
    assert all(seen[code] >= 20 for code in FLAGS), seen
