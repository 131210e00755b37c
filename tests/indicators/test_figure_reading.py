"""A figure in one sentence, in both languages: the value as it is shown, the window, who reported, what was left out."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from service.indicators.evidence import Entry, Evidence
from service.indicators.figure import Figure, Question, figure
from service.indicators.figure_reading import figure_reading
from service.indicators.register import Version
from service.indicators.series import series
from service.models.community import Charter, Member
from service.models.indicator import Definition
from service.models.period import Period, Window

NOW = datetime(2026, 3, 15, tzinfo=UTC)
NARROW, NO_BREAK = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
STOCK = {"nature": "stock", "over_time": "last"}
CUMULATIVE = {"nature": "cumulative", "over_time": "last"}
SEX = [{"code": "sex", "codes": ["F", "M"]}]


def evidence_of(reports: dict[str, str], **definition: object) -> Evidence:
    """What `a`, `b` and `c` had reported by 15 March 2026, in the order given: `{"a 2025-Q1": "3", "b 2025-Q1 F": "0"}`."""
    usual = {"measure": "quantity", "nature": "flow", "over_time": "sum", "over_actors": "sum", "direction": "increase"}
    unit = {"label": {"en": "people", "fr": "personnes"}}
    meant = Definition.model_validate({"name": {"en": "x"}, "unit": unit, "frequency": "A", **usual, **definition})
    entries = []
    for place, (key, value) in enumerate(reports.items(), 1):
        actor, period, *codes = key.split()
        top, _, bottom = value.partition("/")
        entry = Entry(actor, Period.parse(period), tuple(("sex", code) for code in codes), place, NOW, 1, value=Decimal(top))
        if bottom:
            entry = replace(entry, value=None, numerator=Decimal(top), denominator=Decimal(bottom))
        entries.append(entry)
    member = Member.model_validate({"name": {"en": "A"}, "kind": "x"})
    versions = (Version(1, meant, None, NOW),)
    return Evidence("x", versions, tuple(entries), dict.fromkeys("abc", member), Charter(), NOW, NOW.date())


def told(evidence: Evidence, window: str, actors: str = "", **changes: object) -> dict[str, str]:
    """The reading over a window written `2025` or `2025-Q1 2025-Q2`, of the figure with `changes`."""
    first, *last = (Period.parse(text) for text in window.split())
    days = Window.over(first, (last or [first])[0])
    made: Figure = figure(evidence, Question(days, actors=frozenset(actors) or None))
    return figure_reading(replace(made, **changes), evidence.versions[0].definition, days, evidence.day)  # type: ignore[arg-type]


THREE = {"a 2025": "1234", "b 2025": "0", "c 2025": "0.5"}
QUARTERS = {"a 2025-Q1": "1", "a 2025-Q2": "2", "a 2025-Q3": "0", "a 2025-Q4": "4", "b 2025-Q1": "3"}


@pytest.mark.parametrize(
    ("said", "english", "french"),
    [
        (
            told(evidence_of(THREE), "2025"),
            "1,234.5 people in 2025, 3 of 3 members reporting.",
            f"1{NARROW}234,5 personnes en 2025, 3 membres sur 3 ont déclaré.",
        ),
        (
            told(evidence_of({"a 2025": "0"}, **STOCK), "2025"),
            "0 people by the end of 2025, 1 of 3 members reporting.",
            "0 personnes à la fin de 2025, 1 membre sur 3 a déclaré.",
        ),
        (
            told(evidence_of({"a 2025": "-7"}, **CUMULATIVE), "2025", actors="a"),
            "-7 people by the end of 2025, 1 of 1 reports in.",
            "-7 personnes à la fin de 2025, 1 déclaration sur 1.",
        ),
        (
            told(evidence_of(QUARTERS, frequency="Q", **STOCK), "2025-Q1"),
            "4 people by 31 March 2025, 2 of 3 members reporting.",
            "4 personnes au 31 mars 2025, 2 membres sur 3 ont déclaré.",
        ),
        (
            told(evidence_of(QUARTERS, frequency="Q"), "2025"),
            "10 people in 2025, 1 of 3 members reporting in full (5 of 12 reports).",
            "10 personnes en 2025, 1 membre sur 3 a tout déclaré (5 déclarations sur 12).",
        ),
        (
            told(evidence_of(QUARTERS, frequency="Q"), "2025-Q1 2025-Q2"),
            "6 people from 1 January 2025 to 30 June 2025, 1 of 3 members reporting in full (3 of 6 reports).",
            "6 personnes du 1er janvier 2025 au 30 juin 2025, 1 membre sur 3 a tout déclaré (3 déclarations sur 6).",
        ),
        (
            told(evidence_of({"a 2026-03-14": "2"}, frequency="D"), "2026-03-14"),
            "2 people on 14 March 2026.",
            "2 personnes le 14 mars 2026.",
        ),
        (
            told(evidence_of({"a 2026": "2"}), "2026"),
            "2 people in 2026 so far.",
            "2 personnes en 2026 (à ce jour).",
        ),
        (
            told(evidence_of({"a 2025": "2"}, **STOCK), "2026"),
            "2 people by 15 March 2026; older values serve for 1 of them.",
            f"2 personnes au 15 mars 2026{NO_BREAK}; des valeurs plus anciennes servent pour 1 d’entre eux.",
        ),
        (
            told(evidence_of({"a 2025": "4", "b 2025": "3"}, over_actors="distinct"), "2025"),
            "Between 4 and 7 people in 2025 (the same people may have been counted more than once), 2 of 3 members reporting.",
            "Entre 4 et 7 personnes en 2025 (les mêmes personnes ont pu être comptées plusieurs fois), "
            "2 membres sur 3 ont déclaré.",
        ),
        (
            told(evidence_of({"a 2025": "4"}, over_actors="distinct"), "2025"),
            "4 people in 2025, 1 of 3 members reporting.",
            "4 personnes en 2025, 1 membre sur 3 a déclaré.",
        ),
        (
            told(evidence_of({}), "2025"),
            "No value in 2025: nothing has been reported, 0 of 3 members reporting.",
            f"Pas de valeur en 2025{NO_BREAK}: rien n’a été déclaré, 0 membre sur 3 a déclaré.",
        ),
        (
            told(evidence_of({}), "2027"),
            "No value yet: the period has not begun.",
            f"Pas encore de valeur{NO_BREAK}: la période n'a pas commencé.",
        ),
        (
            told(evidence_of({"a 2025": "0/0"}, measure="ratio"), "2025"),
            "No value: the denominators add up to zero, 1 of 3 members reporting.",
            f"Pas de valeur{NO_BREAK}: les dénominateurs font zéro au total, 1 membre sur 3 a déclaré.",
        ),
        (
            told(evidence_of({"a 2025": "0/3"}, measure="ratio", factor="100"), "2025"),
            "0 people in 2025, 1 of 3 members reporting.",
            "0 personnes en 2025, 1 membre sur 3 a déclaré.",
        ),
        (
            told(evidence_of(THREE, over_actors="none"), "2025"),
            "No value for the community: actors' values stand side by side, they are not combined, 3 of 3 members reporting.",
            f"Pas de valeur pour la communauté{NO_BREAK}: les valeurs des acteurs se lisent côte à côte, elles ne se combinent "
            "pas, 3 membres sur 3 ont déclaré.",
        ),
        (
            told(evidence_of({"a 2025 F": "1"}, dimensions=SEX), "2025"),
            "1 people in 2025, 1 of 3 members reporting; a total was made of parts with a code missing.",
            f"1 personnes en 2025, 1 membre sur 3 a déclaré{NO_BREAK}; un total est fait de parties où manque un code.",
        ),
    ],
)
def test_sentences(said: dict[str, str], english: str, french: str) -> None:
    assert said == {"en": english, "fr": french}


def test_what_waits_for_validation_is_left_out_in_words() -> None:
    evidence = evidence_of(THREE)
    strict = replace(evidence, charter=Charter.model_validate({"validation": "support"}))
    assert told(strict, "2025") == {
        "en": "No value in 2025: nothing of what was reported can be used, 3 of 3 members reporting; "
        "left out: 3 not validated.",
        "fr": f"Pas de valeur en 2025{NO_BREAK}: rien de ce qui a été déclaré ne peut servir, 3 membres sur 3 ont déclaré"
        f"{NO_BREAK}; laissées de côté{NO_BREAK}: 3 non validées.",
    }


def test_a_running_total_that_falls_is_told_in_a_series() -> None:
    evidence = evidence_of({"a 2024": "5", "a 2025": "3"}, **CUMULATIVE)
    year = Period.parse("2025")
    (point,) = series(evidence, "A", Window.over(year, year))
    made = replace(point.figure, flags=point.flags)
    said = figure_reading(made, evidence.versions[0].definition, Window.over(year, year), evidence.day)
    assert said["en"].endswith("1 of 3 members reporting; the running total is below the one before.")
    assert said["fr"].endswith(f"{NO_BREAK}; le cumul est inférieur au précédent.")


def test_what_the_figure_does_not_answer_is_not_told() -> None:
    hidden = told(evidence_of(THREE), "2025", value=None, reason="moon")
    assert hidden["en"] == "No value in 2025, 3 of 3 members reporting."
    assert hidden["fr"] == "Pas de valeur en 2025, 3 membres sur 3 ont déclaré."


def test_the_day_a_window_ends_is_still_running() -> None:
    evidence, year = evidence_of({"a 2025": "2"}), Period.parse("2025")
    days = Window.over(year, year)
    made = figure(evidence, Question(days))
    definition = evidence.versions[0].definition
    assert figure_reading(made, definition, days, date(2025, 12, 31))["en"].startswith("2 people in 2025 so far,")
    assert figure_reading(made, definition, days, date(2026, 1, 1))["en"].startswith("2 people in 2025,")
