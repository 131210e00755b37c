"""MODEL.md 2 and 3, naively: which entry of a key counts, and how it reads in another version's terms.

Written from MODEL.md alone and slowly on purpose. It shares with the product the values a question is answered from
(`Evidence`, `Version`, `Period`, `Window`) and not one line that computes, so that both being wrong in the same way takes
two people who misread the same sentence.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from service.indicators.evidence import Entry, Evidence
from service.indicators.register import Version
from service.models.indicator import Definition
from service.models.period import Period, Window

REPORT, WITHDRAWAL, VALIDATION, CONTEST = 1, 2, 3, 4

Grain = frozenset[tuple[str, bool]]
"""The dimensions an entry was reported by, each with whether it is still there in the terms it is read in."""


@dataclass(frozen=True)
class Reading:
    """One entry that counts, in the reference version's terms.

    `codes` holds the dimensions that are still there; None means that the code has no place. `top` and `bottom` add up:
    the value alone for a quantity, numerator and denominator for a ratio, value times weight and weight for a mean.
    """

    entry: Entry
    codes: tuple[tuple[str, str | None], ...]
    grain: Grain
    top: Fraction
    bottom: Fraction


@dataclass(frozen=True)
class Taken:
    """What a question is answered from. `excluded` counts by (reason, version)."""

    version: Version
    readings: list[Reading]
    excluded: Counter[tuple[str, int]]
    restated: int


def in_force(versions: tuple[Version, ...], day: date) -> Version:
    """The highest-numbered version that does not begin after `day`; before all of them, the first."""
    begun = [
        version
        for version in versions
        if version.definition.effective_from is None or version.definition.effective_from.first_day <= day
    ]
    return max(begun, key=lambda version: version.number) if begun else versions[0]


def take(evidence: Evidence, window: Window, number: int | None, actors: frozenset[str] | None) -> Taken:
    """Steps 1 and 2 of MODEL.md 4, with what is left out counted over the entries that the question is about."""
    reference = in_force(evidence.versions, evidence.day) if number is None else evidence.version(number)
    readings: list[Reading] = []
    excluded: Counter[tuple[str, int]] = Counter()
    restated = 0
    for entries in by_key(evidence, actors):
        last, counting = standing(evidence, entries)
        if last is not None and last.kind == REPORT and last is not counting:
            excluded["not_validated", last.version] += concerns(evidence, reference, window, last.period)
        if counting is None or counting.kind == WITHDRAWAL:
            continue
        concerned = concerns(evidence, reference, window, counting.period)
        reason = "left" if has_left(evidence, reference, window, counting) else None
        reading = None
        if reason is None:
            reason, reading = restate(evidence, reference, counting)
        if reading is not None:
            readings.append(reading)
            restated += concerned and counting.version < reference.number
        elif reason is not None and concerned:
            excluded[reason, counting.version] += 1
    return Taken(reference, readings, +excluded, restated)


def by_key(evidence: Evidence, actors: frozenset[str] | None) -> Iterator[list[Entry]]:
    """The entries of each key, in the journal's order."""
    for key in sorted({entry.key for entry in evidence.entries}, key=str):
        if actors is None or key[0] in actors:
            yield sorted((entry for entry in evidence.entries if entry.key == key), key=lambda entry: entry.journal)


def standing(evidence: Evidence, entries: list[Entry]) -> tuple[Entry | None, Entry | None]:
    """The last report or withdrawal of a key, and the one that counts."""
    sent = [entry for entry in entries if entry.kind in (REPORT, WITHDRAWAL)]
    last = sent[-1] if sent else None
    if evidence.charter.validation == "none":
        return last, last
    counting = None
    contested_at = max((entry.journal for entry in entries if entry.kind == CONTEST), default=-1)
    for validation in entries:
        if validation.kind == VALIDATION and validation.journal > contested_at:
            before = [entry for entry in sent if entry.journal < validation.journal]
            counting = before[-1] if before else counting
    return last, counting


def has_left(evidence: Evidence, reference: Version, window: Window, entry: Entry) -> bool:
    """Whether the entry is a stock, as the figure understands its indicator, that went with its actor."""
    left = evidence.members[entry.actor].left
    if left is None or reference.definition.nature != "stock":
        return False
    if entry.period.last_day >= left:
        return True
    return reference.definition.over_time == "last" and min(window.last_day, evidence.day) >= left


def restate(evidence: Evidence, reference: Version, entry: Entry) -> tuple[str | None, Reading | None]:
    """The entry in the reference version's terms, or why it has none."""
    if entry.version > reference.number:
        return "newer_definition", None
    own = evidence.version(entry.version).definition
    if own.measure == "quantity":
        numbers = [exact(entry.value)]
    elif own.measure == "ratio":
        numbers = [exact(entry.numerator), exact(entry.denominator)]
    else:
        numbers = [exact(entry.value), exact(entry.weight)]
    codes: dict[str, str | None] = dict(entry.cell)
    for version in later_versions(evidence, entry.version, reference.number):
        bridge = version.bridge
        assert bridge is not None
        if bridge.kind == "break":
            return "series_break", None
        if own.measure == "ratio":
            numbers[0] *= exact(bridge.numerator_factor, 1)
            numbers[1] *= exact(bridge.denominator_factor, 1)
        else:
            numbers[0] = numbers[0] * exact(bridge.factor, 1) + exact(bridge.offset, 0)
        for dimension, code in codes.items():
            codes[dimension] = follow(version, dimension, code)
        if "_X" in codes.values():
            return "out_of_scope", None
        still_there = {dimension.code for dimension in version.definition.dimensions}
        codes = {dimension: code for dimension, code in codes.items() if dimension in still_there}
    grain = frozenset((dimension, dimension in codes) for dimension, _ in entry.cell)
    top, bottom = numbers[0], Fraction(0)
    if own.measure == "ratio":
        bottom = numbers[1]
    elif own.measure == "mean":
        top, bottom = numbers[0] * numbers[1], numbers[1]
    return None, Reading(entry, tuple(sorted(codes.items())), grain, top, bottom)


def later_versions(evidence: Evidence, after: int, up_to: int) -> list[Version]:
    """The versions whose bridges lead from version `after` to version `up_to`, in order."""
    return sorted((v for v in evidence.versions if after < v.number <= up_to), key=lambda v: v.number)


def follow(version: Version, dimension: str, code: str | None) -> str | None:
    """What the bridge into `version` makes of a code. None has no place any more, whatever comes."""
    maps = version.bridge.code_map if version.bridge is not None and version.bridge.code_map is not None else {}
    return None if code is None else maps.get(dimension, {}).get(code, code)


def expected_codes(evidence: Evidence, recorded_under: int, reference: Version, dimension: str) -> set[str]:
    """The codes that a complete breakdown of that version has, less those since put out of scope."""
    return {
        code
        for known in evidence.version(recorded_under).definition.dimensions
        if known.code == dimension
        for code in known.codes
        if not put_out_of_scope(evidence, recorded_under, reference, dimension, code)
    }


def put_out_of_scope(evidence: Evidence, recorded_under: int, reference: Version, dimension: str, code: str) -> bool:
    """Whether a bridge since has put the code out of scope; once its dimension is gone, none does."""
    now: str | None = code
    for version in later_versions(evidence, recorded_under, reference.number):
        now = follow(version, dimension, now)
        if now == "_X":
            return True
        if dimension not in {known.code for known in version.definition.dimensions}:
            return False
    return False


def concerns(evidence: Evidence, reference: Version, window: Window, period: Period) -> bool:
    """Whether a period is inside the window or, for `last`, recent enough to serve."""
    if reference.definition.over_time != "last":
        return window.contains(period)
    return period.last_day <= window.last_day and serves(reference.definition, period, window, evidence.day)


def serves(definition: Definition, period: Period, window: Window, day: date) -> bool:
    """Whether a value of `period` still stands at the window's end or on `day`, whichever is earlier."""
    if definition.nature == "cumulative":
        return True
    return len(ended_after(definition.frequency, period, window, day)) <= definition.carry_forward


def ended_after(frequency: str, period: Period, window: Window, day: date) -> list[Period]:
    """The reporting periods that ended after `period` did, up to the window's end or `day`, whichever is earlier."""
    ended = []
    candidate = Period.containing(frequency, period.last_day)
    while candidate.last_day <= window.last_day and candidate.last_day < day:
        if candidate.last_day > period.last_day:
            ended.append(candidate)
        candidate = candidate.next()
    return ended


def exact(number: object, absent: int | None = None) -> Fraction:
    """The number as a fraction; what is absent is `absent`."""
    if number is None:
        assert absent is not None
        return Fraction(absent)
    return Fraction(str(number))
