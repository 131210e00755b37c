"""A comparison in one sentence, in English and in French."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.indicators.aggregation import Answer
from service.indicators.comparison import STEPS, InstantsCompared, Side, Step, Touched
from service.indicators.comparison_windows import BOTH, LEAVER, NEWCOMER, LikeForLike, Part, WindowsCompared
from service.indicators.comparison_words import instants_reading, windows_reading
from tests.indicators.test_comparison_steps import entry, version

PARIS = ZoneInfo("Europe/Paris")
THEN, NOW = datetime(2026, 3, 2, 23, 30, tzinfo=UTC), datetime(2026, 4, 1, 8, 0, tzinfo=UTC)
ONE = Touched(entry(1, "a", "2025-Q1", "1"), None, None)
RATIO: dict[str, Any] = {"measure": "ratio", "factor": "100"}


def number(given: Any) -> Fraction | None:
    return None if given is None else Fraction(str(given))


def interval(lowest: int, highest: int) -> Answer:
    return Answer(None, Fraction(lowest), Fraction(highest))


def compared(then: Any, now: Any, effects: dict[str, tuple[int, Any]], **definition: Any) -> InstantsCompared:
    """Between two values; of each step that happened, how many entries it touched and its effect."""
    steps = []
    for name in STEPS:
        count, effect = effects.get(name, (0, 0))
        steps.append(Step(name, number(effect), Answer(None), (ONE,) * count, name in effects))
    sides = [
        then if isinstance(then, Answer) else Answer(number(then)),
        now if isinstance(now, Answer) else Answer(number(now)),
    ]
    known = None in [side.value for side in sides]
    difference = None if known else (sides[1].value or Fraction(0)) - (sides[0].value or Fraction(0))
    own = version(**definition)
    return InstantsCompared(Side(own, sides[0]), Side(own, sides[1]), difference, tuple(steps))


@pytest.mark.parametrize(
    ("made", "english", "french"),
    [
        (
            compared(42, 30, {"new_entries": (4, 20), "corrections": (1, -32)}),
            "12 fewer than as of 3 March: 4 new entries +20, 1 correction −32.",
            "12 de moins qu’au 3 mars\u00a0: 4 nouvelles contributions +20, 1 correction −32.",
        ),
        (
            compared(0, "1234567.5", {"new_entries": (1200, "1234567.5")}),
            "1,234,567.5 more than as of 3 March: 1,200 new entries +1,234,567.5.",
            "1\u202f234\u202f567,5 de plus qu’au 3 mars\u00a0: 1\u202f200 nouvelles contributions +1\u202f234\u202f567,5.",
        ),
        (
            compared(3, "0.5", {"time": (0, "-1.5"), "withdrawals": (1, -2), "validations": (2, 1)}),
            "2.5 less than as of 3 March: time passing −1.5, 1 withdrawal −2, 2 decisions on validation +1.",
            "2,5 de moins qu’au 3 mars\u00a0: le temps passé −1,5, 1 retrait −2, 2 décisions de validation +1.",
        ),
        (
            compared(60, 59, {"definitions": (0, 1), "memberships": (0, -3), "charter": (0, 1)}, **RATIO),
            "1 point lower than as of 3 March: the definition +1, memberships −3, the charter +1.",
            "1 point de moins qu’au 3 mars\u00a0: la définition +1, les adhésions −3, la charte +1.",
        ),
        (compared(3, 3, {"time": (0, 0)}), "Unchanged since 3 March.", "Inchangé depuis le 3 mars."),
        (compared(None, None, {}), "Unchanged since 3 March.", "Inchangé depuis le 3 mars."),
        (
            compared(3, 3, {"new_entries": (1, 2), "corrections": (1, -2)}),
            "The same as as of 3 March: 1 new entry +2, 1 correction −2.",
            "Autant qu’au 3 mars\u00a0: 1 nouvelle contribution +2, 1 correction −2.",
        ),
        (
            compared(None, 0, {"new_entries": (1, None)}),
            "0, no value as of 3 March: 1 new entry.",
            "0, contre aucune valeur au 3 mars\u00a0: 1 nouvelle contribution.",
        ),
        (
            compared(
                Answer(None, Fraction(4), Fraction(7)), Answer(None, Fraction(4), Fraction(9)), {"new_entries": (2, None)}
            ),
            "Between 4 and 9, between 4 and 7 as of 3 March: 2 new entries.",
            "Entre 4 et 9, contre entre 4 et 7 au 3 mars\u00a0: 2 nouvelles contributions.",
        ),
        (
            compared(0, "0.0004", {"new_entries": (1, "0.0004")}),
            "0.0004 more than as of 3 March: 1 new entry +0.0004.",
            "0,0004 de plus qu’au 3 mars\u00a0: 1 nouvelle contribution +0,0004.",
        ),
    ],
)
def test_two_instants(made: InstantsCompared, english: str, french: str) -> None:
    assert instants_reading(made, THEN, NOW, PARIS) == {"en": english, "fr": french}


def test_the_day_is_told_apart_from_today() -> None:
    made = compared(3, 3, {})
    assert instants_reading(made, datetime(2025, 1, 1, tzinfo=UTC), NOW, PARIS)["fr"] == "Inchangé depuis le 1er janvier 2025."
    assert instants_reading(made, datetime(2026, 4, 1, 7, 5, tzinfo=UTC), NOW, PARIS)["en"] == "Unchanged since 1 April, 09:05."


def windows(then: Any, now: Any, parts: tuple[Part, ...], alike: Any = None, **definition: Any) -> WindowsCompared:
    splits = any(part.effect is not None for part in parts)
    has_rates = definition.get("measure") in ("ratio", "mean") and splits
    like = LikeForLike((), Answer(Fraction(0)), Answer(number(alike)))
    return WindowsCompared(version(**definition), Answer(number(then)), Answer(number(now)), like, parts, splits, has_rates)


def part(standing: str, effect: Any, rate: Any = None, mix: Any = None) -> Part:
    return Part("a", standing, None, None, number(effect), number(rate), number(mix))


@pytest.mark.parametrize(
    ("made", "english", "french"),
    [
        (
            windows("66.666666", "47.333333", (part(BOTH, "-19.333333", "3.5", "-22.833333"),), **RATIO),
            "−19.33 points: rates rose by 3.5, the mix took 22.83.",
            "−19,33 points\u00a0: les taux ont gagné 3,5, la composition a coûté 22,83.",
        ),
        (
            windows(5, 6, (part(BOTH, 0, -1, 1), part(NEWCOMER, 3), part(LEAVER, -2)), measure="mean"),
            "+1: rates fell by 1, the mix gave 1, newcomers gave 3, leavers took 2.",
            "+1\u00a0: les taux ont perdu 1, la composition a apporté 1, "
            "les nouveaux venus ont apporté 3, les départs ont coûté 2.",
        ),
        (
            windows(5, 17, (part(BOTH, 10), part(NEWCOMER, 4), part(LEAVER, -2))),
            "+12: actors in both +10, newcomers +4, leavers −2.",
            "+12\u00a0: acteurs présents dans les deux +10, nouveaux venus +4, partants −2.",
        ),
        (windows(5, 17, (part(BOTH, 12),)), "+12.", "+12."),
        (windows(5, 5, (part(BOTH, 0),)), "No change.", "Aucun changement."),
        (windows(5, 7, (part(BOTH, None),), 3), "+2: +3 like for like.", "+2\u00a0: +3 à périmètre constant."),
        (windows(5, 7, (part(BOTH, None),), 2), "+2.", "+2."),
        (
            windows(5, None, ()),
            "No value, 5 in the window compared with.",
            "Aucune valeur, contre 5 dans la fenêtre de comparaison.",
        ),
    ],
)
def test_two_windows(made: WindowsCompared, english: str, french: str) -> None:
    assert windows_reading(made) == {"en": english, "fr": french}


def test_where_parts_are_not_told_the_change_is() -> None:
    made = windows(5, 17, (part(BOTH, 10), part(NEWCOMER, 2)))
    assert windows_reading(made, tells_parts=False)["en"] == "+12."
