"""Why a figure is another than it was (`MODEL.md` 5, "Why"): the same question as of two instants, split into steps.

Each step is taken on top of the ones before it, so that their effects add up to the difference before rounding:

1. `time`: the day moves on, with what was known then: a stock is no longer carried, a window begins. It comes first, so that
   everything that came in since is read on the day of the later instant, as the later figure reads it.
2. `new_entries`: the first report of keys that had never been reported. 3. `corrections`: every further report of a key.
4. `withdrawals`. 5. `validations`: what was validated and what was contested.
6. `definitions`: the versions adopted since with their bridges, and the version that the figure is shown in. Up to here it is
   the one that the question had at the earlier instant, even where a later one has come into force since. What was reported
   under a newer definition cannot be read in an older one: it is left out until here, and its effect shows here.
7. `memberships`: who has left, and who belongs to the group asked for. 8. `charter`: whether entries need to be validated.
9. `overlaps`: what was decided since of people who may be counted twice. A decision that lapses takes its value away in the
   step that brings what it lapsed by.

Each side is asked the same question: without a version in it, each is shown in the one in force on its own day.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from service.indicators.aggregation import Answer
from service.indicators.evidence import Entry, Evidence
from service.indicators.figure import Question, reference_of, tallied, valued
from service.indicators.overlap import concerning
from service.indicators.register import DecidedOverlap, Version
from service.indicators.taking import Reach
from service.models.indicator import Cell
from service.models.measure import exactly
from service.models.period import Period
from service.models.vocabulary import EntryKind

TIME, NEW_ENTRIES, CORRECTIONS, WITHDRAWALS = "time", "new_entries", "corrections", "withdrawals"
VALIDATIONS, DEFINITIONS, MEMBERSHIPS, CHARTER = "validations", "definitions", "memberships", "charter"
OVERLAPS = "overlaps"
OF_ENTRIES = (NEW_ENTRIES, CORRECTIONS, WITHDRAWALS, VALIDATIONS)
STEPS = (TIME, *OF_ENTRIES, DEFINITIONS, MEMBERSHIPS, CHARTER, OVERLAPS)
"""The steps in the order in which they are taken."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A ledger entry of a step, and what it changed of its key.

    Of a report or a withdrawal: what stood reported before it and after it; of a validation or a contest: what stood
    validated. None: nothing did.
    """

    entry: Entry
    before: Entry | None
    after: Entry | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the answer once it is taken, and what it did to the value, exact.

    `effect` is None where there is no value before it or after it. `touched` are its entries, in journal order: those of the
    actors asked about, of periods that the window can use on either side. `happened`: whether anything of its kind did.
    """

    name: str
    effect: Fraction | None
    after: Answer
    touched: tuple[Touched, ...]
    happened: bool


@dataclass(frozen=True, slots=True)
class Side:
    """The figure at one end, before rounding, and the version that it is shown in."""

    version: Version
    answer: Answer


@dataclass(frozen=True, slots=True)
class InstantsCompared:
    """A figure as of two instants. `difference` is None where one of them has no value; all steps are there."""

    then: Side
    now: Side
    difference: Fraction | None
    steps: tuple[Step, ...]


def minus(value: Fraction | None, other: Fraction | None) -> Fraction | None:
    """`value` less `other`, None where one of them is missing: nothing is not zero."""
    return None if value is None or other is None else value - other


def answer_of(evidence: Evidence, question: Question, version: Version) -> Answer:
    """The figure's value before rounding, in the terms of `version`. To be called within `exactly()`."""
    if question.window.first_day > evidence.day:
        return Answer(None, reason="not_started")
    return valued(evidence, question, tallied(evidence, question, version)).answer


def compare_instants(
    earlier: Evidence, later: Evidence, question: Question, actors_then: frozenset[str] | None
) -> InstantsCompared:
    """`question` as of the instants of both evidences; `actors_then` are those that it chose at the earlier one.

    Of the actors of both, `later` has the entries of `earlier` and what came after them, in journal order. Raises NotFound
    (`unknown_version`) for a version that was not adopted by both instants.
    """
    before = replace(question, actors=actors_then)
    version_then, version_now = reference_of(earlier, question.version), reference_of(later, question.version)
    touched = _touched(earlier, later, (before, version_then), (question, version_now))
    with exactly():
        then = reached = answer_of(earlier, before, version_then)
        steps = []
        for name, evidence, happened in _stages(earlier, later, before, question):
            adopted = STEPS.index(name) >= STEPS.index(DEFINITIONS)
            joined = STEPS.index(name) >= STEPS.index(MEMBERSHIPS)
            answer = reached
            # The last is always asked: whatever the two differ in, the steps end at the later figure.
            if happened or name == OVERLAPS:
                answer = answer_of(evidence, question if joined else before, version_now if adopted else version_then)
            steps.append(Step(name, minus(answer.value, reached.value), answer, tuple(touched.get(name, ())), happened))
            reached = answer
    return InstantsCompared(
        Side(version_then, then), Side(version_now, reached), minus(reached.value, then.value), tuple(steps)
    )


def _stages(earlier: Evidence, later: Evidence, before: Question, after: Question) -> Iterator[tuple[str, Evidence, bool]]:
    """What is known once each step is taken, and whether anything of its kind happened."""
    reached = replace(earlier, as_of=later.as_of, day=later.day, time_zone=later.time_zone)
    yield TIME, reached, earlier.day != later.day
    names = list(_names(earlier, later))
    fresh = tuple(later.entries[len(earlier.entries) :])
    for place, name in enumerate(OF_ENTRIES):
        taken = OF_ENTRIES[: place + 1]
        known = tuple(entry for entry, own in zip(fresh, names, strict=True) if own in taken)
        reached = replace(reached, entries=(*earlier.entries, *known))
        yield name, reached, name in names
    reached = replace(reached, versions=later.versions, targets=later.targets)
    moved = reference_of(earlier, before.version).number != reference_of(later, after.version).number
    yield DEFINITIONS, reached, moved or len(earlier.versions) != len(later.versions)
    reached = replace(reached, members=later.members)
    yield MEMBERSHIPS, reached, bool(moved_members(earlier, later, before.actors, after.actors))
    reached = replace(later, overlaps=earlier.overlaps)
    yield CHARTER, reached, earlier.charter.validation is not later.charter.validation
    yield OVERLAPS, later, after.actors is None and _told(earlier, after) != _told(later, after)


def _told(evidence: Evidence, question: Question) -> list[DecidedOverlap]:
    """The decisions that the total of `question` may be about."""
    return [one for one in concerning(evidence.overlaps, question.window) if not one.terms.cell]


def moved_members(
    earlier: Evidence, later: Evidence, then: frozenset[str] | None, now: frozenset[str] | None
) -> frozenset[str]:
    """The actors whose membership changed in what matters to a figure: when they left, or whether they are asked about."""
    chosen = (then or frozenset()) ^ (now or frozenset())
    left = {code: member.left for code, member in earlier.members.items()}
    moved = {code for code, member in later.members.items() if member.left != left.get(code)}
    return chosen | frozenset(code for code in moved if now is None or code in now)


def _names(earlier: Evidence, later: Evidence) -> Iterator[str]:
    """To which step each entry belongs that `later` has and `earlier` has not."""
    reported = {entry.key for entry in earlier.entries}
    for entry in later.entries[len(earlier.entries) :]:
        if entry.kind is EntryKind.REPORT:
            yield CORRECTIONS if entry.key in reported else NEW_ENTRIES
            reported.add(entry.key)
        else:
            yield WITHDRAWALS if entry.kind is EntryKind.WITHDRAWAL else VALIDATIONS


def _touched(
    earlier: Evidence, later: Evidence, then: tuple[Question, Version], now: tuple[Question, Version]
) -> dict[str, list[Touched]]:
    """The entries of each step that the question is about at either end, with what they changed of their keys."""
    reaches = [
        (question.actors, Reach(question.window, evidence.day, version))
        for evidence, (question, version) in ((earlier, then), (later, now))
    ]
    names = [None] * len(earlier.entries) + list(_names(earlier, later))
    reported: dict[tuple[str, Period, Cell], Entry | None] = {}
    validated: dict[tuple[str, Period, Cell], Entry | None] = {}
    found: dict[str, list[Touched]] = {}
    for name, entry in zip(names, later.entries, strict=True):
        if entry.kind in (EntryKind.REPORT, EntryKind.WITHDRAWAL):
            standing, after = reported, entry if entry.kind is EntryKind.REPORT else None
        else:
            standing, after = validated, reported.get(entry.key) if entry.kind is EntryKind.VALIDATION else None
        before = standing.get(entry.key)
        standing[entry.key] = after
        concerned = any((actors is None or entry.actor in actors) and reach.serves(entry.period) for actors, reach in reaches)
        if name is not None and concerned:
            found.setdefault(name, []).append(Touched(entry, before, after))
    return found
