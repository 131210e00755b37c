"""Random but legal targets: the community's, the actors', with baselines and milestones or without."""

from decimal import Decimal
from typing import Any

from service.models.indicator import Definition
from service.models.period import Period
from service.models.target import TargetTerms
from tests.chance import Chance

AIMED_AT = {
    "A": ["2025", "2024", "2026"],
    "S": ["2025", "2024-S2", "2025-S1", "2026"],
    "Q": ["2025", "2024-Q4", "2025-Q2", "2025-S1"],
    "M": ["2025-Q1", "2024-12", "2025-03", "2025"],
    "W": ["2025-W03", "2024-W52", "2025-W10"],
    "D": ["2025-01-03", "2024-12-31", "2025-01", "2025-W01"],
}
"""Periods that are made of whole reporting periods, per frequency."""
BEFORE = {
    "A": ["2023", "2021"],
    "S": ["2023", "2023-S2"],
    "Q": ["2023", "2023-Q4", "2024-Q3"],
    "M": ["2023", "2024-11"],
    "W": ["2024-W51", "2024-W02"],
    "D": ["2024-12-27", "2023"],
}
VALUES = [Decimal(text) for text in "10 0 1 -3 2.5 100 0.333333333333 20".split()]


def target_set(chance: Chance, definition: Definition, actors: tuple[str, ...]) -> list[TargetTerms]:
    """The targets of one version, all for one window."""
    window: dict[str, Any] = {"period": chance.pick(AIMED_AT[definition.frequency])}
    if chance.one_in(2):
        window["from_period"] = chance.pick(BEFORE[definition.frequency])
    # The community has one; or everybody, which makes one; or some have, which makes none.
    alone: list[str | None] = [None]
    everybody: list[str | None] = list(actors)
    whose = chance.pick([alone, alone + everybody, everybody, everybody, alone, everybody[:2]])
    bases = [text for text in BEFORE[definition.frequency] if _end(text) < _end(window["period"])]
    usual = chance.pick([None, *bases])
    return [_terms(chance, definition, actor, window, chance.pick([usual, usual, usual, None])) for actor in whose]


def _end(text: str) -> int:
    return Period.parse(text).last_day.toordinal()


def _terms(
    chance: Chance, definition: Definition, actor: str | None, window: dict[str, Any], baseline: str | None
) -> TargetTerms:
    terms: dict[str, Any] = {"actor": actor, **window}
    if baseline is not None:
        terms["baseline"] = {"period": baseline, "value": chance.pick(VALUES)}
    if definition.direction == "maintain":
        terms["minimum"], terms["maximum"] = sorted((chance.pick(VALUES), chance.pick(VALUES)))
    else:
        terms["value"] = chance.pick(VALUES)
        start = baseline or window.get("from_period")
        terms["milestones"] = [
            {"period": text, "value": chance.pick(VALUES)}
            for text in {_end(text): text for texts in AIMED_AT.values() for text in texts}.values()
            if (start is None or _end(start) < _end(text)) and _end(text) < _end(window["period"]) and chance.one_in(3)
        ]
    return TargetTerms.model_validate(terms)
