"""Overlap decisions and the figures they are about (`MODEL.md` 1, `distinct`): in force, or lapsed and why.

A decision is about one window, one cell and all actors, in the terms of one version. It is in force as long as the interval
that it was about is made of the same entries, reading the same; it never comes back to what somebody corrected. Nothing of
this is kept: both are asked of the evidence, as of the decision and as of now.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from service.indicators.aggregation import Answer, Codes
from service.indicators.entrywise import Read, read
from service.indicators.evidence import Entry, Evidence
from service.indicators.register import DecidedOverlap, Version
from service.indicators.taking import Reach
from service.models.indicator import Cell, Definition
from service.models.period import Window
from service.models.vocabulary import BridgeKind, OverlapMethod

if TYPE_CHECKING:
    from service.indicators.figure import Question

IN_FORCE, LAPSED = "in_force", "lapsed"
ENTRY_CHANGED, DEFINITION_REVISED, MEMBERSHIP_CHANGED = "entry_changed", "definition_revised", "membership_changed"
CHARTER_CHANGED, TIME_PASSED = "charter_changed", "time_passed"
_WORDS = frozenset({"name", "unit", "description", "method", "limitations", "sources", "effective_from"})
"""What of a definition a revision may say otherwise and mean the same; of a dimension its name and labels besides."""

Used = frozenset[tuple[object, ...]]
"""The entries that make an interval: each by its key, its journal entry, and what it reads as."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """Why a decision is no longer in force.

    - `entry_changed`: `entry` is the first one since that changed what the interval is made of.
    - `definition_revised`: `version` is the first one since that changes more than words.
    - `membership_changed`: an actor's stock left with it, or is there again. `charter_changed`: other entries count, by what
      is asked of validation. `time_passed`: a value is no longer carried this far, or another is.
    """

    reason: str
    entry: Entry | None = None
    version: Version | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision as of an instant, in the terms that were asked for; `lapse` None: it is in force."""

    decided: DecidedOverlap
    lapse: Lapse | None

    @property
    def status(self) -> str:
        """`in_force` or `lapsed`."""
        return LAPSED if self.lapse else IN_FORCE


@dataclass(frozen=True, slots=True)
class Standings:
    """The decisions that a question is about: of its total (None: there is none), and of codes asked `by`."""

    total: Standing | None = None
    parts: Mapping[Codes, Standing] = field(default_factory=dict)


NOTHING_DECIDED = Standings()


@dataclass(frozen=True, slots=True)
class Valued:
    """The community's value before rounding, those at the codes asked `by`, and what was decided of them."""

    answer: Answer
    parts: Mapping[Codes, Answer]
    overlaps: Standings = NOTHING_DECIDED


def latest(overlaps: Iterable[DecidedOverlap]) -> tuple[DecidedOverlap, ...]:
    """The last decision for each window and cell: it took the place of those before."""
    by_key: dict[tuple[Window, Cell], DecidedOverlap] = {one.terms.key: one for one in overlaps}
    return tuple(by_key.values())


def concerning(overlaps: Iterable[DecidedOverlap], window: Window) -> tuple[DecidedOverlap, ...]:
    """The last decisions about exactly these days, whatever their cells."""
    return tuple(one for one in latest(overlaps) if one.terms.window == window)


def resolved(evidence: Evidence, question: "Question", version: Version, valued: Valued) -> Valued:
    """`valued`, in the terms of `version`, with the value that was decided where a decision is in force.

    `lowest` and `highest` stay what they are; how each decision stands is told beside them. A question about
    some of the actors is not what anything was decided of.
    """
    if question.actors is not None or not evidence.overlaps:
        return valued
    total, answer, parts, answers = None, valued.answer, {}, dict(valued.parts)
    for decided in concerning(evidence.overlaps, question.window):
        codes = codes_of(decided.terms.cell, question.by)
        if codes is None or (codes and codes not in answers):
            continue
        standing = stands(decided, evidence, question, version)
        if standing is None:
            continue
        if codes:
            parts[codes], answers[codes] = standing, _valued(answers[codes], standing)
        else:
            total, answer = standing, _valued(answer, standing)
    return Valued(answer, answers, Standings(total, parts))


def codes_of(cell: Cell, by: Codes) -> Codes | None:
    """Which of the codes asked `by` a cell is: `()` for the total, None where it is not among them."""
    at = dict(cell)
    if not at:
        return ()
    return tuple(at[dimension] for dimension in by) if at.keys() == set(by) else None


def _valued(answer: Answer, standing: Standing) -> Answer:
    if standing.lapse is not None:
        return answer
    terms = standing.decided.terms
    agreed = None if terms.value is None else Fraction(terms.value)
    value = {OverlapMethod.SUM: answer.highest, OverlapMethod.MAX: answer.lowest, OverlapMethod.AGREED: agreed}[terms.method]
    return replace(answer, value=value)


def stands(decided: DecidedOverlap, evidence: Evidence, question: "Question", version: Version) -> Standing | None:
    """How a decision stands for a question about its window and cell, in the terms of `version`; None for one older than its
    own."""
    if version.number < decided.version:
        return None
    revised = revised_since(evidence.versions, decided.version, version.number)
    if revised is not None:
        return Standing(decided, Lapse(DEFINITION_REVISED, version=revised))

    def used(known: Evidence, terms: Version) -> Used:
        return _used(read(known, terms, question.window, question.by), decided.terms.cell)

    now = used(evidence, version)

    if used(_as_decided(evidence, decided), evidence.version(decided.version)) == now:
        return Standing(decided, None)
    return Standing(decided, _lapse(decided, evidence, Reach(question.window, evidence.day, version), now, used))


def revised_since(versions: Iterable[Version], number: int, upto: int) -> Version | None:
    """The first version behind `number`, up to `upto`, that means something else than the one before; None: none does."""
    before: Version | None = None
    for version in versions:
        if before is not None and number < version.number <= upto:
            is_editorial = version.bridge is not None and version.bridge.kind is BridgeKind.EDITORIAL
            if not is_editorial or _meaning(version.definition) != _meaning(before.definition):
                return version
        before = version
    return None


def _meaning(definition: Definition) -> dict[str, object]:
    meaning = {name: value for name, value in definition.model_dump(mode="json").items() if name not in _WORDS}
    return meaning | {"dimensions": [(dimension.code, dimension.codes) for dimension in definition.dimensions]}


def _as_decided(evidence: Evidence, decided: DecidedOverlap) -> Evidence:
    """What was known when it was decided."""
    return replace(
        evidence,
        versions=tuple(version for version in evidence.versions if version.adopted_at <= decided.decided_at),
        entries=_entries_by(evidence, decided),
        members=decided.members,
        charter=evidence.charter.model_copy(update={"validation": decided.validation}),
        as_of=decided.decided_at,
        day=decided.day,
    )


def _entries_by(evidence: Evidence, decided: DecidedOverlap) -> tuple[Entry, ...]:
    return tuple(entry for entry in evidence.entries if entry.recorded_at <= decided.decided_at)


def _used(found: Read, cell: Cell) -> Used:
    """The entries that make the total, or the value at the codes of `cell`."""
    at = dict(cell)
    return frozenset(
        (one.entry.key, one.entry.journal, one.components)
        for reading in found.actors
        for period in reading.periods
        for way in ([period.split] if at else [period.whole])
        if way is not None
        for landed in way.cells
        if at.items() <= landed.codes.items()
        for one in landed.used
    )


def _lapse(
    decided: DecidedOverlap,
    evidence: Evidence,
    reach: Reach,
    now: Used,
    used: Callable[[Evidence, Version], Used],
) -> Lapse:
    """What made the difference: entries, as they are read today; else who had left, else who validates, else the day."""

    def used_of(entries: tuple[Entry, ...]) -> Used:
        return used(replace(evidence, entries=entries), reach.version)

    before = used_of(_entries_by(evidence, decided))
    if before != now:
        return Lapse(ENTRY_CHANGED, entry=_first_of(decided, evidence, reach, before, used_of))
    put_back = replace(evidence, members=decided.members)
    if used(put_back, reach.version) != now:
        return Lapse(MEMBERSHIP_CHANGED)
    put_back = replace(put_back, charter=evidence.charter.model_copy(update={"validation": decided.validation}))
    return Lapse(CHARTER_CHANGED if used(put_back, reach.version) != now else TIME_PASSED)


def _first_of(
    decided: DecidedOverlap, evidence: Evidence, reach: Reach, before: Used, used_of: Callable[[tuple[Entry, ...]], Used]
) -> Entry:
    """The first entry since the decision with which the interval is made of others than `before`.

    Of one journal entry that brought several, the first that is about what changed. What makes an interval hardly ever comes
    back once it has changed, since a report that is sent again is another entry: so halving finds it in a few steps.
    """
    since = [one for one in evidence.entries if one.recorded_at > decided.decided_at and reach.serves(one.period)]

    def upto(instant: datetime) -> Used:
        return used_of(tuple(entry for entry in evidence.entries if entry.recorded_at <= instant))

    instants = sorted({entry.recorded_at for entry in since})
    # That all of them together make a difference is known.
    instant = instants[bisect_left(instants[:-1], True, key=lambda instant: upto(instant) != before)]
    keys = {one[0] for one in before ^ upto(instant)}
    brought = [entry for entry in since if entry.recorded_at == instant]
    # Nothing orders the rows of one journal entry but what they are about.
    return min(brought, key=lambda one: (one.key not in keys, one.actor, one.period.first_day, one.period.number, one.cell))
