"""Random but legal overlap decisions: of any days and cells whose value is an interval, by members who may leave later."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from service.indicators.evidence import Evidence
from service.indicators.register import DecidedOverlap
from service.models.overlap import OverlapTerms
from service.models.period import Period, Window
from service.models.vocabulary import OverActors, Validation
from tests.chance import Chance
from tests.naive.comparing import shown
from tests.naive.figures import Result, undecided
from tests.naive.taking import in_force

Stays = Sequence[tuple[date | None, date | None]]


def overlaps_decided(chance: Chance, evidence: Evidence, asked: Sequence[Period], stays: Stays) -> tuple[DecidedOverlap, ...]:
    """What was decided of people counted twice by the end of `evidence`, the first one first."""
    if not evidence.entries or not any(one.definition.over_actors is OverActors.DISTINCT for one in evidence.versions):
        return ()
    found = [_decided(chance, evidence, asked, stays) for _ in range(chance.pick([0, 8, 16]))]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.decided_at))


def _decided(chance: Chance, evidence: Evidence, asked: Sequence[Period], stays: Stays) -> DecidedOverlap | None:
    """A decision of some instant at which something was reported or shortly after; None where there is nothing to decide."""
    reported = chance.pick(evidence.entries)
    instant = min(evidence.as_of, reported.recorded_at + timedelta(days=chance.pick([0, 1, 30, 90])))
    then = _as_of(chance, evidence, instant, stays)
    version = in_force(then.versions, then.day)
    around = [reported.period, *(period for period in asked if period.last_day >= reported.period.last_day)]
    first, last = chance.pick(around), chance.pick(around)
    first, last = min(first, last, key=lambda one: one.first_day), max(first, last, key=lambda one: one.last_day)
    window = Window.over(first, last)
    cell = reported.cell if chance.one_in(2) else ()
    known = {dimension.code: dimension.codes for dimension in version.definition.dimensions}
    if version.definition.over_actors is not OverActors.DISTINCT or window.first_day > then.day:
        return None
    if any(code not in known.get(dimension, []) for dimension, code in cell):
        return None
    answer = undecided(then, window, version.number, [dimension for dimension, _ in cell])
    value = _chosen(chance, answer.by_dimension.get(cell, Result()) if cell else answer.total)
    if value is None:
        return None
    terms = OverlapTerms.model_validate(
        {
            "dimensions": dict(cell) or None,
            "period": str(last),
            "from_period": str(first),
            "reason": {"en": "Compared"},
            **value,
        }
    )
    return DecidedOverlap(version.number, terms, instant, then.day, then.members, then.charter.validation)


def _as_of(chance: Chance, evidence: Evidence, instant: datetime, stays: Stays) -> Evidence:
    """What was known at an instant: mostly of the same members under the same charter as now."""
    validation = chance.pick([evidence.charter.validation] * 5 + [Validation.NONE, Validation.SUPPORT])
    others = [stay for _, stay in stays] if chance.one_in(2) else []
    left = {actor: chance.pick([member.left] * 4 + others) for actor, member in evidence.members.items()}
    return replace(
        evidence,
        versions=tuple(version for version in evidence.versions if version.adopted_at <= instant),
        entries=tuple(entry for entry in evidence.entries if entry.recorded_at <= instant),
        members={actor: member.model_copy(update={"left": left[actor]}) for actor, member in evidence.members.items()},
        charter=evidence.charter.model_copy(update={"validation": validation}),
        as_of=instant,
        day=instant.astimezone(evidence.time_zone).date(),
    )


def _chosen(chance: Chance, result: Result) -> dict[str, str] | None:
    """A method, and a number between both ends; None where they are one, or none."""
    if result.lowest is None or result.highest is None or result.lowest == result.highest:
        return None
    method = chance.pick(["sum", "max", "agreed", "agreed"])
    share = chance.pick([Fraction(0), Fraction(1, 3), Fraction(1)])
    text = shown(result.lowest + (result.highest - result.lowest) * share)
    assert text is not None
    # Converted values may have more decimals than a number that is agreed on.
    fits = result.lowest <= Fraction(Decimal(text)) <= result.highest and len(text) < 39
    if method != "agreed" or not fits:
        return {"method": "max" if method == "agreed" else method}
    return {"method": method, "value": text}
