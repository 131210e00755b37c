"""What became of the figures that a review froze: figure then, figure now, and what changed it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from service.answers import Answers
from service.api.review_answers import (
    MOST_CONTRIBUTIONS,
    ChangedByAnswer,
    ChangedContributionAnswer,
    CorrectionAnswer,
    CountedAnswer,
    SideAnswer,
)
from service.api.sight import sees_contributions_of
from service.api.transaction import AskingContext, service_of
from service.api.withholding import reader_of
from service.indicators.correction import Recount, Side, recounts, side_of, side_under
from service.indicators.evidence import Entry, Evidence, version_in_force
from service.indicators.progress import Progress
from service.indicators.redaction import redacted
from service.indicators.register import Register
from service.indicators.taking import Reach
from service.models.period import Period, Window
from service.models.vocabulary import ProposalStatus
from service.records.cells import find_cells
from service.records.entries import Key, key_id
from service.records.happenings import decisions_between, happenings
from service.records.moment import moment_of

_MEASURES = ("value", "lowest", "highest", "target", "target_minimum", "target_maximum", "attainment")


@dataclass(frozen=True, slots=True)
class _Decision:
    """Something decided after a review: what had been decided before and after it, and up to which entry of the ledger.

    `concerns`: the numbers of the indicators that it says something of; 0 among them: it may concern all.
    """

    before: tuple[Register, int]
    after: tuple[Register, int]
    concerns: frozenset[int]
    said: ChangedByAnswer


def corrections(asking: AskingContext, frozen: Mapping[str, Any], at: Period | None, as_of: datetime) -> list[CorrectionAnswer]:
    """How `frozen`, the progress at the close of `at` as of `as_of`, would be read with what is known as of `asking`; both as
    the caller may know them.

    It is judged on the review's own day: what differs was recorded or decided since.
    """
    registers, community_id = service_of(asking.request).registers, asking.register.community_id
    then = moment_of(asking.connection, community_id, as_of, max(asking.now, as_of), registers)
    judged = replace(asking.moment, instant=then.instant, day=then.day)
    answers = Answers(asking.connection, asking.register, judged, service_of(asking.request).memory)
    lines = {line["indicator"]: line for objective in frozen["objectives"] for line in objective["indicators"]}
    made, reader = answers.progress(_standing(asking.register, lines, judged.day), at, None), reader_of(asking)
    if reader is not None:
        made = {code: redacted(one, reader) for code, one in made.items()}
    sides = {
        code: (_frozen_side(lines.get(code)), side_of(made[code]) if code in made else None)
        for code in (*lines, *(code for code in made if code not in lines))
    }
    differing = {code: (was, now) for code, (was, now) in sides.items() if was != now}
    if not differing:
        return []
    decisions = _decisions(asking, then.number)
    return [
        CorrectionAnswer(
            indicator=code,
            then=_side_answer(differing[code][0]),
            now=_side_answer(differing[code][1]),
            changed_by=sorted(
                (
                    *_decided(asking.register.indicators[code].number, evidence, decisions, at),
                    *_recorded(asking, evidence, then.number, _reaches(evidence, lines.get(code), made.get(code))),
                ),
                key=lambda change: (change.journal is None, change.journal),
            ),
        )
        for code, evidence in answers.evidence(list(differing)).items()
    ]


def _standing(register: Register, lines: Mapping[str, Any], day: date) -> list[str]:
    """The indicators to be read anew: what is not retired, and in force on `day` where it was not read then."""
    known = sorted(register.indicators.values(), key=lambda one: one.number)
    return [
        one.code for one in known if not one.retired and (one.code in lines or version_in_force(one.versions, day) is not None)
    ]


def _frozen_side(line: Mapping[str, Any] | None) -> Side | None:
    if line is None:
        return None
    measures = {name: None if line[name] is None else Decimal(line[name]) for name in _MEASURES}
    return Side(**measures, status=line["status"])


def _side_answer(side: Side | None) -> SideAnswer | None:
    if side is None:
        return None
    return SideAnswer(**{name: getattr(side, name) for name in _MEASURES}, status=side.status)


def _decisions(asking: AskingContext, after: int) -> list[_Decision]:
    """What was decided behind the journal entry `after`, and what time has decided and nobody has written down yet."""
    registers, community_id = service_of(asking.request).registers, asking.register.community_id
    concerns = decisions_between(asking.connection, community_id, after, asking.moment.number)
    decisions = []
    for number, said in _entries(asking, concerns).items():
        before, since = (registers.read(asking.connection, community_id, at) for at in (number - 1, number))
        decisions.append(_Decision((before, number), (since, number), frozenset(concerns[number]), said))
    upto = asking.moment.number
    standing = registers.read(asking.connection, community_id, upto)
    for settled in asking.moment.settled:
        said = ChangedByAnswer(
            journal=None,
            kind="proposal_adopted" if settled.status is ProposalStatus.ADOPTED else "proposal_rejected",
            instant=settled.instant,
            actor=None,
            contributions=[],
            contribution_count=0,
            proposal=str(settled.proposal.number),
        )
        decisions.append(_Decision((standing, upto), (settled.register, upto), frozenset({0}), said))
        standing = settled.register
    return decisions


def _decided(indicator: int, evidence: Evidence, decisions: list[_Decision], at: Period | None) -> Iterator[ChangedByAnswer]:
    """Of `decisions` those that changed what the indicator comes to, each taken on top of the ones before it."""
    for decision in decisions:
        concerned = decision.concerns & {0, indicator}
        if concerned and side_under(evidence, *decision.before, at) != side_under(evidence, *decision.after, at):
            yield decision.said


def _reaches(evidence: Evidence, line: Mapping[str, Any] | None, made: Progress | None) -> list[Reach]:
    """What the figure could rest on then, and what it can now."""
    reaches = [] if made is None else [Reach(made.window, evidence.day, made.version)]
    if line is not None:
        window = Window(date.fromisoformat(line["from_day"]), date.fromisoformat(line["to_day"]))
        reaches.append(Reach(window, evidence.day, evidence.version(line["version"])))
    return reaches


def _recorded(asking: AskingContext, evidence: Evidence, after: int, reaches: list[Reach]) -> Iterator[ChangedByAnswer]:
    """What was recorded behind the journal entry `after` that changed what counts, entry by entry."""
    by_journal: dict[int, list[Recount]] = {}
    for one in recounts(evidence.entries, evidence.charter.validation, after, reaches):
        by_journal.setdefault(one.entry.journal, []).append(one)
    charter = asking.register.settings.charter
    cells = find_cells(
        asking.connection,
        asking.register.community_id,
        {one.entry.cell for found in by_journal.values() for one in found},
    )
    for number, said in _entries(asking, by_journal).items():
        found = by_journal[number]
        seen = [one for one in found if sees_contributions_of(asking.caller, charter, one.entry.actor)]
        shown = [_contribution(asking.register, evidence.indicator, one, cells[one.entry.cell]) for one in seen]
        yield said.model_copy(update={"contributions": shown[:MOST_CONTRIBUTIONS], "contribution_count": len(found)})


def _entries(asking: AskingContext, numbers: Mapping[int, Any]) -> dict[int, ChangedByAnswer]:
    """The journal entries of these numbers, in their order, without contributions."""
    codes = asking.register.actor_codes
    found = happenings(asking.connection, asking.register.community_id, list(numbers))
    return {
        entry.number: ChangedByAnswer(
            journal=entry.number,
            kind=entry.kind,
            instant=entry.instant,
            actor=None if entry.actor is None else codes[entry.actor],
            contributions=[],
            contribution_count=0,
            proposal=entry.subject.get("proposal"),
        )
        for entry in found
        if entry.number is not None
    }


def _contribution(register: Register, indicator: str, one: Recount, cell: int) -> ChangedContributionAnswer:
    entry = one.entry
    key = Key(register.indicators[indicator].number, entry.period.number, register.actors[entry.actor].number, cell)
    return ChangedContributionAnswer(
        id=key_id(key),
        actor=entry.actor,
        period=entry.period,
        dimensions=dict(entry.cell),
        before=_counted(one.before),
        after=_counted(one.after),
    )


def _counted(entry: Entry | None) -> CountedAnswer | None:
    if entry is None:
        return None
    return CountedAnswer(value=entry.value, numerator=entry.numerator, denominator=entry.denominator, weight=entry.weight)
