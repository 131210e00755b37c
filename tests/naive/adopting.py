"""MODEL.md 1 and 3, and the changes of API.md, naively: what a community has decided, and what a proposal makes of it.

Only what the stories propose is known here, and only those refusals that can come of time passing: whether a definition or
a bridge is legal by itself is for other tests.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from service.indicators.evidence import Evidence
from service.indicators.register import DecidedOverlap, Version
from service.models.community import Charter, Member
from service.models.indicator import Bridge, Definition
from service.models.overlap import OverlapTerms
from service.models.target import Point, TargetTerms
from tests.naive.comparing import shown
from tests.naive.figures import Result, undecided
from tests.naive.taking import in_force

Json = dict[str, Any]


class No(Exception):
    """What is refused, with the code that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Objective:
    """A node of the tree; the root has no parent."""

    code: str
    parent: str | None
    weight: Decimal


@dataclass(frozen=True)
class Indicator:
    """An indicator's versions, where it hangs, its targets in force: (version, terms), and every overlap decision."""

    code: str
    objective: str
    weight: Decimal
    versions: tuple[Version, ...]
    targets: tuple[tuple[int, TargetTerms], ...] = ()
    overlaps: tuple[DecidedOverlap, ...] = ()


@dataclass(frozen=True)
class Decided:
    """Everything decided by a moment. Adopting makes another; nothing in one is ever changed."""

    charter: Charter
    members: dict[str, Member]
    objectives: dict[str, Objective]
    indicators: dict[str, Indicator]
    is_closed: bool = False


Known = Callable[[Decided, str], Evidence]
"""Gives what is known of an indicator, read as it would be if that much were decided."""


def adopt(decided: Decided, changes: Sequence[Json], instant: datetime, proposal: int, known: Known) -> Decided:
    """What is decided after all of `changes`, one after the other, what is decided upon figures last.

    Raises No where one of them cannot be done.
    """
    upon_figures = [change for change in changes if change["kind"] == "resolve_overlap"]
    for change in changes:
        if change not in upon_figures:
            decided = _CHANGES[change["kind"]](decided, change, changes, instant, proposal)
    for change in upon_figures:
        decided = _resolve_overlap(decided, change, instant, proposal, known)
    return decided


def _resolve_overlap(decided: Decided, change: Json, instant: datetime, proposal: int, known: Known) -> Decided:
    """What people counted twice come to: a number of the interval, if there is one."""
    before = _known(decided, change["indicator"])
    evidence = known(decided, before.code)
    version = in_force(evidence.versions, evidence.day)
    if version.definition.over_actors != "distinct":
        raise No("not_distinct")
    terms = OverlapTerms.model_validate({name: value for name, value in change.items() if name not in ("kind", "indicator")})
    codes = {dimension.code: dimension.codes for dimension in version.definition.dimensions}
    for dimension, code in terms.cell:
        if code not in codes.get(dimension, []):
            raise No("unknown_code" if dimension in codes else "unknown_dimension")
    answer = undecided(evidence, terms.window, version.number, [dimension for dimension, _ in terms.cell])
    interval = answer.by_dimension.get(terms.cell, Result()) if terms.cell else answer.total
    if interval.lowest is None or interval.highest is None or interval.lowest == interval.highest:
        raise No("nothing_overlaps")
    if terms.value is not None and not interval.lowest <= Fraction(str(terms.value)) <= interval.highest:
        raise No("outside_interval")
    made = DecidedOverlap(version.number, terms, instant, evidence.day, decided.members, decided.charter.validation, proposal)
    after = replace(before, overlaps=(*before.overlaps, made))
    return replace(decided, indicators={**decided.indicators, before.code: after})


def _define(decided: Decided, change: Json, changes: Sequence[Json], instant: datetime, proposal: int) -> Decided:
    code = change["indicator"]
    if code in decided.indicators:
        raise No("code_taken")
    version = Version(1, Definition.model_validate(change["definition"]), None, instant, proposal)
    made = Indicator(code, change.get("objective", "common"), Decimal(change.get("weight", "1")), (version,))
    return replace(decided, indicators={**decided.indicators, code: made})


def _revise(decided: Decided, change: Json, changes: Sequence[Json], instant: datetime, proposal: int) -> Decided:
    known = _known(decided, change["indicator"])
    before = known.versions[-1]
    if change["based_on"] != before.number:
        raise No("stale_version")
    bridge = Bridge.model_validate(change["bridge"])
    after = Version(before.number + 1, Definition.model_validate(change["definition"]), bridge, instant, proposal)
    anew = {
        (other.get("actor"), tuple(sorted((other.get("dimensions") or {}).items())))
        for other in changes
        if other["kind"] == "set_target" and other["indicator"] == known.code
    }
    left = [terms for number, terms in known.targets if number == before.number and (terms.actor, terms.cell) not in anew]
    if left and change.get("targets") is None:
        raise No("targets_left_behind")
    if left and change["targets"] == "convert" and bridge.kind == "break":
        raise No("targets_cannot_convert")
    carried = left if change.get("targets") == "convert" else []
    converted = tuple((after.number, _converted(terms, bridge, before, after)) for terms in carried)
    made = replace(known, versions=(*known.versions, after), targets=(*known.targets, *converted))
    return replace(decided, indicators={**decided.indicators, known.code: made})


def _converted(terms: TargetTerms, bridge: Bridge, before: Version, after: Version) -> TargetTerms:
    """A target in the new version's terms. What an indicator is shown in is `factor` × numerator / denominator."""

    def number(given: Decimal) -> Decimal:
        exact = Fraction(str(given))
        if after.definition.measure == "ratio":
            exact *= Fraction(str(bridge.numerator_factor or 1)) / Fraction(str(bridge.denominator_factor or 1))
            exact *= Fraction(str(after.definition.factor)) / Fraction(str(before.definition.factor))
        else:
            exact = exact * Fraction(str(bridge.factor or 1)) + Fraction(str(bridge.offset or 0))
        text = shown(exact)
        assert text is not None
        return Decimal(text)

    def point(given: Point) -> Point:
        return Point.model_construct(period=given.period, value=number(given.value))

    assert not terms.cell, "the stories set no targets for cells"
    aims = {name: getattr(terms, name) for name in ("value", "minimum", "maximum")}
    update: Json = {name: None if given is None else number(given) for name, given in aims.items()}
    update["baseline"] = None if terms.baseline is None else point(terms.baseline)
    update["milestones"] = [point(milestone) for milestone in terms.milestones]
    return terms.model_copy(update=update)


def _set_target(decided: Decided, change: Json, changes: Sequence[Json], instant: datetime, proposal: int) -> Decided:
    known = _known(decided, change["indicator"])
    number = known.versions[-1].number
    terms = TargetTerms.model_validate({name: value for name, value in change.items() if name not in ("kind", "indicator")})
    kept = tuple(target for target in known.targets if (target[0], subject(target[1])) != (number, subject(terms)))
    made = replace(known, targets=(*kept, (number, terms)))
    return replace(decided, indicators={**decided.indicators, known.code: made})


def subject(terms: TargetTerms) -> object:
    """What a later target of the same version must share to take the place of this one."""
    return terms.actor, terms.cell, terms.from_period, terms.period


def _set_charter(decided: Decided, change: Json, changes: Sequence[Json], instant: datetime, proposal: int) -> Decided:
    charter = Charter.model_validate(decided.charter.model_dump() | change["charter"])
    return replace(decided, charter=charter)


def _set_membership(decided: Decided, change: Json, changes: Sequence[Json], instant: datetime, proposal: int) -> Decided:
    before = decided.members.get(change["actor"])
    given = {
        name: date.fromisoformat(value) if name in ("joined", "left") and value is not None else value
        for name, value in change["membership"].items()
    }
    member = Member.model_validate(given) if before is None else before.model_copy(update=given)
    if member.joined is not None and member.left is not None and member.left < member.joined:
        raise No("left_before_joined")
    return replace(decided, members={**decided.members, change["actor"]: member})


def _set_objective(decided: Decided, change: Json, changes: Sequence[Json], instant: datetime, proposal: int) -> Decided:
    code = change["objective"]
    before = decided.objectives.get(code, Objective(code, "common", Decimal(1)))
    made = Objective(code, change.get("parent", before.parent), Decimal(change.get("weight", before.weight)))
    return replace(decided, objectives={**decided.objectives, code: made})


def _close_community(decided: Decided, change: Json, changes: Sequence[Json], instant: datetime, proposal: int) -> Decided:
    return replace(decided, is_closed=True)


_CHANGES = {
    "define_indicator": _define,
    "revise_indicator": _revise,
    "set_target": _set_target,
    "set_charter": _set_charter,
    "set_membership": _set_membership,
    "set_objective": _set_objective,
    "close_community": _close_community,
}


def _known(decided: Decided, code: str) -> Indicator:
    if code not in decided.indicators:
        raise No("unknown_indicator")
    return decided.indicators[code]
