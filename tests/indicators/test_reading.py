"""A figure in words: the pieces that sentences are made of, and that every reason has a sentence in both languages."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from service.indicators.evidence import Entry, Evidence
from service.indicators.progress import Progress, indicator_progress
from service.indicators.reading import day_text, number_text, reading, share_text
from service.indicators.register import SetTargetOf, Version
from service.models.community import Charter, Member
from service.models.indicator import Definition
from service.models.period import Period
from service.models.target import TargetTerms

NARROW = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "decimals", "en", "fr"),
    [
        ("0", 2, "0", "0"),
        ("1234567.891", 2, "1,234,567.89", f"1{NARROW}234{NARROW}567,89"),
        ("-1234.5", 2, "-1,234.5", f"-1{NARROW}234,5"),
        ("0.125", 2, "0.12", "0,12"),
        ("0.135", 2, "0.14", "0,14"),
        ("-0.001", 2, "0", "0"),
        ("12.5", 0, "12", "12"),
        ("12345678901234567890123456.123456789012", 12, "12,345,678,901,234,567,890,123,456.123456789012", None),
    ],
)
def test_numbers(value: str, decimals: int, en: str, fr: str | None) -> None:
    assert number_text(Decimal(value), decimals, "en") == en
    if fr is not None:
        assert number_text(Decimal(value), decimals, "fr") == fr


@pytest.mark.parametrize(
    ("share", "en", "fr"),
    [
        ("1", "100%", "100 %"),
        ("0.9999", "99.9%", "99,9 %"),
        ("0", "0%", "0 %"),
        ("-0.9999", "-99.9%", "-99,9 %"),
        ("12.5", "1,250%", None),
    ],
)
def test_shares_are_never_told_better_than_they_are(share: str, en: str, fr: str | None) -> None:
    assert share_text(Decimal(share), "en") == en
    if fr is not None:
        assert share_text(Decimal(share), "fr") == fr


def test_days() -> None:
    days = [date(2025, 8, 1), date(2025, 2, 28)]
    assert [day_text(day, "en") for day in days] == ["1 August 2025", "28 February 2025"]
    assert [day_text(day, "fr") for day in days] == ["1er août 2025", "28 février 2025"]


def progress(*values: str, target: TargetTerms | None = None, **definition: object) -> Progress:
    """The progress on 15 March 2026 of an indicator for which `a` reported `values`, quarter by quarter from 2025 on."""
    usual = {"measure": "quantity", "nature": "flow", "over_time": "sum", "over_actors": "sum", "direction": "increase"}
    meant = Definition.model_validate(
        {"name": {"en": "Jobs"}, "unit": {"label": {"en": "jobs", "fr": "emplois"}}, "frequency": "Q", **usual, **definition}
    )
    now = datetime(2026, 3, 15, tzinfo=UTC)
    evidence = Evidence(
        indicator="jobs",
        versions=(Version(1, meant, None, now),),
        entries=tuple(
            Entry("a", Period.parse("2025-Q1").next(place), (), place, now, 1, value=Decimal(value))
            for place, value in enumerate(values)
        ),
        members={"a": Member.model_validate({"name": {"en": "A"}, "kind": "x"})},
        charter=Charter(),
        as_of=now,
        day=now.date(),
        targets=() if target is None else (SetTargetOf(1, target),),
    )
    return indicator_progress(evidence, Period.parse("2025"))


def aim(**terms: object) -> TargetTerms:
    """A target for 2026."""
    return TargetTerms.model_validate({"period": "2026", **terms})


STOCK = {"nature": "stock", "over_time": "last"}


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (progress("1", "2"), "3 jobs in 2025. No target is set. 2 of 4 reports due are in."),
        (progress(), "No value: nothing has been reported in 2025. No target is set. 0 of 4 reports due are in."),
        (
            progress("1200.5", target=aim(value="2000", from_period="2025")),
            "1,200.5 jobs in 2025. On track: 60% of the way to 2,000 jobs by the end of 2026, 50% expected by now.",
        ),
        (
            progress("1", "2", "3", "4", target=aim(value="5"), **STOCK),
            "4 jobs on 31 December 2025. Without a baseline nobody can say how much of the way to 5 jobs is done.",
        ),
        (
            progress("4", "4", "4", "4", target=aim(value="4", baseline={"period": "2024", "value": "4"}), **STOCK),
            "4 jobs on 31 December 2025. The target 4 jobs is where it started: there is no way to measure.",
        ),
        (
            progress("4", "4", "4", "4", target=aim(value="4", baseline={"period": "2024", "value": "5"}), **STOCK),
            "4 jobs on 31 December 2025. The target 4 jobs lies on the wrong side of the baseline: it cannot be judged.",
        ),
        (
            progress("3", "3", "3", "3", target=aim(minimum="1", maximum="9", from_period="2025"), direction="maintain"),
            "12 jobs in 2025. Whether it stays within 1–9 jobs is known when 2026 is over.",
        ),
        (
            progress("3", "3", "3", "3", target=aim(minimum="1", maximum="2"), direction="maintain", **STOCK),
            "3 jobs on 31 December 2025. Off track: outside 1–2 jobs.",
        ),
        (
            progress("3", target=aim(value="5"), **STOCK, carry_forward=9),
            "Older values serve for 1 of the actors.",
        ),
    ],
)
def test_sentences(made: Progress, sentence: str) -> None:
    said = reading(made)
    assert sentence in said["en"]
    assert said["fr"] and said["fr"] != said["en"]


@pytest.mark.parametrize("reason", ["no_such_grain", "zero_denominator", "no_total_over_actors", "not_started", "no_entries"])
def test_every_reason_for_a_missing_value_is_said(reason: str) -> None:
    made = progress()
    said = reading(replace(made, figure=replace(made.figure, reason=reason)))
    assert said["en"].startswith("No value") and said["fr"].startswith(("Pas de valeur", "Pas encore de valeur"))


@pytest.mark.parametrize("flag", ["parts_incomplete", "parts_differ_from_total"])
def test_every_flag_is_said(flag: str) -> None:
    made = progress("1")
    plain, flagged = reading(made), reading(replace(made, figure=replace(made.figure, flags=(flag,))))
    assert flagged["en"].startswith(plain["en"]) and flagged["en"] != plain["en"]
    assert flagged["fr"] != plain["fr"]


def test_a_reason_or_flag_that_nobody_has_put_in_words_yet_does_not_break_the_rest() -> None:
    made = progress("1", target=aim(value="5"), **STOCK)
    odd = replace(made, reason="moon", figure=replace(made.figure, flags=("moon",)))
    assert reading(odd)["en"].startswith("No value" if made.figure.value is None else "1 jobs")
