"""Random but legal evidence: what communities may do to an indicator in a year or two, in no order of likelihood.

Everything that may be reported, revised, converted, broken, contested or left behind under MODEL.md 1 to 3 can come out
of here, and nothing that the service would refuse: `test_scenarios.py` holds both.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from service.indicators.evidence import Entry, Evidence
from service.indicators.register import SetTargetOf, Version
from service.models.community import Charter, Member
from service.models.indicator import Cell, Definition
from service.models.period import Period, Window
from service.models.vocabulary import EntryKind, Validation
from tests.chance import Chance, chances
from tests.scenario_definitions import first_draft, later_drafts
from tests.scenario_overlaps import overlaps_decided
from tests.scenario_targets import target_set

ACTORS = ("a", "b", "c", "d")
REPORTED = {
    "A": [Period.parse("2023").next(step) for step in range(3)],
    "S": [Period.parse("2024-S1").next(step) for step in range(4)],
    "Q": [Period.parse("2024-Q2").next(step) for step in range(6)],
    "M": [Period.parse("2024-10").next(step) for step in range(7)],
    "W": [Period.parse("2024-W50").next(step) for step in range(8)],
    "D": [Period.parse("2024-12-28").next(step) for step in range(8)],
}
"""Periods that are reported, per frequency: few, and around one turn of the year, so that they meet in the same windows."""
ASKED = [period for periods in REPORTED.values() for period in periods]
COUNTS = [Decimal(text) for text in "1 0 2 3 5 10 0.1 0.333333333333 12345678901234567890123456.000000000001".split()]
NUMBERS = [*COUNTS, *(Decimal(text) for text in "-4 -0.5 7.000000000001".split())]
FIRST_INSTANT = datetime(2022, 1, 1, tzinfo=UTC)
AGES = [88, 0, 1, 3, 30, 45, 61, 95, 120, 180, 181, 270, 300, 363, 400]
"""By how many days 2025 is old when the question is asked."""
STAYS: list[tuple[date | None, date | None]] = [
    (None, None),
    (None, None),
    (None, None),
    (None, None),
    (None, date(2025, 1, 1)),
    (None, date(2025, 2, 15)),
    (None, date(2025, 9, 30)),
    (date(2024, 12, 31), None),
    (date(2024, 7, 1), date(2025, 6, 30)),
]
"""When an actor joins and when it leaves."""


@dataclass(frozen=True)
class Asked:
    """The parts of a question of MODEL.md 4."""

    window: Window
    version: int | None
    by: tuple[str, ...]
    actors: frozenset[str] | None


@dataclass(frozen=True)
class Inquiry:
    """Evidence, and what is asked of it: figures, and the progress at the close of periods (None: now) of all or of one."""

    evidence: Evidence
    asked: tuple[Asked, ...]
    closes: tuple[Period | None, ...]
    actor: str | None


@st.composite
def inquiries(draw: DrawFn, *, questions: int = 3) -> Inquiry:
    """What is known of one indicator: at most four actors, four versions and a few dozen entries; and questions about it."""
    chance = draw(chances())
    evidence = make_evidence(chance)
    asked = tuple(make_question(chance, evidence) for _ in range(questions))
    return Inquiry(evidence, asked, (None, chance.pick(ASKED), chance.pick(ASKED)), chance.pick([None, None, None, "a", "b"]))


@dataclass
class Story:
    """What has happened so far, while it is being made up. `numbers` are those that may be reported."""

    chance: Chance
    zone: ZoneInfo
    members: Mapping[str, Member]
    numbers: list[Decimal]
    adopted: list[Version] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    journal: int = 0

    def version_for(self, period: Period) -> Version | None:
        """The version in force for a period by now."""
        return in_force(self.adopted, period.first_day)

    def write(self, instant: datetime, entries: list[Entry]) -> None:
        """One journal entry, if it brings anything."""
        if entries:
            self.journal += 1
            self.entries += [replace(entry, journal=self.journal, recorded_at=instant) for entry in entries]

    def sent(self) -> list[Entry]:
        """The last report or withdrawal of each key."""
        last = {entry.key: entry for entry in self.entries if entry.kind in (EntryKind.REPORT, EntryKind.WITHDRAWAL)}
        return list(last.values())


def in_force(versions: list[Version], day: date) -> Version | None:
    """The last of `versions` that does not begin after `day`."""
    found = None
    for version in versions:
        first = version.definition.effective_from
        if first is None or first.first_day <= day:
            found = version
    return found


def make_evidence(chance: Chance) -> Evidence:
    """What `inquiries` asks about."""
    zone = ZoneInfo(chance.pick(["UTC", "Europe/Paris", "Pacific/Kiritimati"]))
    as_of = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=chance.pick(AGES), hours=chance.pick(range(24)))
    charter = Charter(
        validation=chance.pick([Validation.NONE, Validation.NONE, Validation.SUPPORT]), due_days=chance.pick([30, 0, 7])
    )
    first = first_draft(chance, ACTORS)
    # Nothing is decided but of people who may be the same, met by several: that has to happen often to happen at all.
    meets_people = chance.one_in(4)
    if meets_people:
        first = replace(first, fields=first.fields | _of_people(chance))
    plans = [first, *later_drafts(chance, first, ACTORS)]
    # People who are counted are never fewer than none; of anything else there may be.
    counts_people = any(plan.fields["over_actors"] == "distinct" for plan in plans)
    story = Story(chance, zone, _members(chance), COUNTS if counts_people else NUMBERS)
    happenings = [(FIRST_INSTANT, "adopt")]
    happenings += [(as_of - timedelta(days=chance.pick(range(100))), "adopt") for _ in plans[1:]]
    events = range(chance.pick([6, 9, 12, 16, 20, 2]) + (10 if meets_people else 0))
    happenings += [(as_of - timedelta(days=chance.pick(range(150))), "happen") for _ in events]
    happenings.sort()
    for place, (instant, what) in enumerate(happenings):
        moment = instant - timedelta(microseconds=len(happenings) - place)
        if what == "adopt":
            draft = plans[len(story.adopted)]
            story.journal += 1
            story.adopted.append(Version(len(story.adopted) + 1, draft.definition(), draft.bridge, moment))
        else:
            _happen(story, moment, validates=charter.validation is not Validation.NONE)
    evidence = Evidence(
        indicator="x",
        versions=tuple(story.adopted),
        entries=tuple(story.entries),
        members=story.members,
        charter=charter,
        as_of=as_of,
        day=as_of.astimezone(zone).date(),
        targets=tuple(
            SetTargetOf(version.number, terms)
            for version in story.adopted
            for terms in target_set(chance, version.definition, ACTORS)
        ),
        time_zone=zone,
    )
    return replace(evidence, overlaps=overlaps_decided(chance, evidence, ASKED, STAYS))


def _of_people(chance: Chance) -> dict[str, Any]:
    """What makes a definition one of people who may have been counted by several, or again."""
    nature, over_time = chance.pick([("flow", "sum"), ("stock", "last"), ("stock", "last"), ("cumulative", "last")])
    rules = {"measure": "quantity", "nature": nature, "over_time": over_time, "over_actors": "distinct", "over_codes": "sum"}
    return rules | {"contributors": "all", "denominator_over_time": None, "factor": "1"}


def make_question(chance: Chance, evidence: Evidence) -> Asked:
    """A question that may be asked of `evidence`: about any days, aligned with its reporting periods or not."""
    first, last = chance.pick(ASKED), chance.pick(ASKED)
    if evidence.entries and not chance.one_in(6):
        # Mostly it is about days of which there is something to tell: those of an entry, or some around it.
        inside = chance.pick(evidence.entries).period
        around = [period for period in ASKED if period.contains(inside)]
        first = chance.pick([inside, *around])
        last = chance.pick([first, last])
    if evidence.overlaps and chance.one_in(2):
        return _question_decided(chance, evidence)
    if last.last_day < first.first_day:
        first, last = last, first
    elif last.last_day < first.last_day:
        last = first
    number = chance.pick([None] * 6 + [version.number for version in evidence.versions])
    reference = in_force(list(evidence.versions), evidence.day) if number is None else evidence.version(number)
    definition = (reference or evidence.versions[0]).definition
    by = tuple(dimension.code for dimension in definition.dimensions if chance.one_in(2))
    actors = chance.pick([None] * 16 + [_one_who_reported(chance, evidence), {"a", "b"}, {"b", "c", "d"}, {"nobody"}])
    return Asked(
        Window.over(first, last),
        number,
        tuple(reversed(by)) if chance.one_in(3) else by,
        None if actors is None else frozenset(actors),
    )


def _question_decided(chance: Chance, evidence: Evidence) -> Asked:
    """A question about days, and mostly a cell, that something was decided of."""
    overlap = chance.pick(evidence.overlaps)
    number = chance.pick([None, None, None, None, overlap.version])
    reference = in_force(list(evidence.versions), evidence.day) if number is None else evidence.version(number)
    known = {dimension.code for dimension in (reference or evidence.versions[0]).definition.dimensions}
    by = tuple(dimension for dimension, _ in overlap.terms.cell if dimension in known)
    return Asked(overlap.terms.window, number, by, None)


def _one_who_reported(chance: Chance, evidence: Evidence) -> set[str]:
    return {chance.pick(evidence.entries).actor} if evidence.entries else {"a"}


def _members(chance: Chance) -> dict[str, Member]:
    members = {}
    for actor in ACTORS:
        joined, left = chance.pick(STAYS)
        role = chance.pick(["member", "member", "support", "observer"]) if actor == "d" else "member"
        given = {"name": actor, "kind": "association", "role": role, "joined": joined, "left": left}
        members[actor] = Member.model_validate(given)
    return members


def _happen(story: Story, instant: datetime, *, validates: bool) -> None:
    """Something is sent, or something is said of what was sent. What would be refused does not happen."""
    chance, sent = story.chance, story.sent()
    what = chance.pick(["split", "split", "cell", "anew", "anew", "correct", "withdraw", "contest", "validate"])
    if what in ("split", "cell") or not sent:
        _report(story, instant, whole=what == "split")
    elif what == "anew":
        _report_anew(story, instant)
    elif what == "validate":
        _validate(story, instant)
    else:
        entry = chance.pick(sent)
        if what == "correct":
            story.write(instant, _reports(story, instant, entry.actor, entry.period, [entry.cell]))
        elif what == "contest":
            story.write(instant, [_said(story, entry, EntryKind.CONTEST)])
        elif entry.kind is EntryKind.REPORT:
            story.write(instant, [_said(story, entry, EntryKind.WITHDRAWAL)])
    if validates and not chance.one_in(3):
        _validate(story, instant)


def _validate(story: Story, instant: datetime) -> None:
    """Everything that waits is validated, in one go."""
    last = {entry.key: entry for entry in story.entries}
    waiting = [entry for entry in last.values() if entry.kind is not EntryKind.VALIDATION]
    story.write(instant, [_said(story, entry, EntryKind.VALIDATION) for entry in waiting])


def _said(story: Story, entry: Entry, kind: EntryKind) -> Entry:
    version = story.version_for(entry.period)
    assert version is not None
    return Entry(entry.actor, entry.period, entry.cell, 0, entry.recorded_at, version.number, kind)


def _report(story: Story, instant: datetime, *, whole: bool) -> None:
    """One cell, or every cell of one way to split the total; of one actor, for one period or two."""
    chance = story.chance
    places = [(actor, period) for period in ASKED for actor in ACTORS if _is_taken(story, instant, actor, period)]
    if not places:
        return
    # Mostly somewhere where something is already: ways to split one total, and versions, meet there.
    known = {(entry.actor, entry.period) for entry in story.entries}
    again = [place for place in places if place in known]
    actor, period = chance.pick(again if again and not chance.one_in(3) else places)
    for reported in (period, period.next())[: chance.pick([1, 2])]:
        version = story.version_for(reported)
        assert version is not None
        split = [dimension.code for dimension in version.definition.dimensions if chance.one_in(2)]
        story.write(instant, _reports(story, instant, actor, reported, _cells(chance, version, split, whole=whole)))


def _report_anew(story: Story, instant: datetime) -> None:
    """What was reported under an older version once more, split as it was then as far as it still can be."""
    older = [entry for entry in story.sent() if _is_outdated(story, entry)]
    if not older:
        return
    entry = story.chance.pick(older)
    version = story.version_for(entry.period)
    assert version is not None
    cells = _cells(story.chance, version, [dimension for dimension, _ in entry.cell], whole=story.chance.one_in(2))
    story.write(instant, _reports(story, instant, entry.actor, entry.period, cells))


def _is_outdated(story: Story, entry: Entry) -> bool:
    version = story.version_for(entry.period)
    return version is not None and version.number > entry.version and version.definition.frequency == entry.period.frequency


def _cells(chance: Chance, version: Version, split: Collection[str], *, whole: bool) -> list[Cell]:
    """The cells of one way to split the total: all of them, or one."""
    cells: list[Cell] = [()]
    for dimension in version.definition.dimensions:
        if dimension.code in split:
            codes = dimension.codes if whole else [chance.pick(dimension.codes)]
            cells = [tuple(sorted((*cell, (dimension.code, code)))) for cell in cells for code in codes]
    return cells


def _is_taken(story: Story, instant: datetime, actor: str, period: Period) -> bool:
    """Whether the service would take the actor's report of the period."""
    version, member = story.version_for(period), story.members[actor]
    if version is None or version.definition.frequency != period.frequency or member.role == "observer":
        return False
    if period.first_day > instant.astimezone(story.zone).date() or not member.belongs_in(period.first_day, period.last_day):
        return False
    return version.definition.over_actors != "single" or actor in version.definition.contributors


def _reports(story: Story, instant: datetime, actor: str, period: Period, cells: list[Cell]) -> list[Entry]:
    """Reports of those of the cells that the service would take."""
    version = story.version_for(period)
    if version is None or not _is_taken(story, instant, actor, period):
        return []
    codes = {dimension.code: dimension.codes for dimension in version.definition.dimensions}
    return [
        _measured(story, version.definition, Entry(actor, period, cell, 0, instant, version.number))
        for cell in cells
        if all(code in codes.get(dimension, []) for dimension, code in cell)
    ]


def _measured(story: Story, definition: Definition, entry: Entry) -> Entry:
    number, count = story.chance.pick(story.numbers), story.chance.pick(COUNTS)
    if definition.measure == "ratio":
        return replace(entry, numerator=number, denominator=count)
    if definition.measure == "mean":
        return replace(entry, value=number, weight=count)
    return replace(entry, value=number)


def make_tree(chance: Chance, depth: int = 3) -> list[dict[str, Any]]:
    """The children of an objective, as `naive.objectives` reads them: known or not, ahead or behind, heavy or weightless."""
    children: list[dict[str, Any]] = []
    for _ in range(chance.pick([2, 1, 3, 4, 0])):
        child: dict[str, Any] = {"weight": Decimal(chance.pick(["1", "2", "0.5", "0", "0.333333333333"]))}
        if depth and chance.one_in(3):
            child["children"] = make_tree(chance, depth - 1)
        else:
            attainment = chance.pick(["0.5", None, "0", "1", "2", "-1", "0.123456789012"])
            child["attainment"] = None if attainment is None else Decimal(attainment)
        children.append(child)
    return children
