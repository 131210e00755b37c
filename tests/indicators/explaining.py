"""What must be true of every explanation, however a figure came about."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

from service.indicators.explanation import (
    INSIDE_LONGER_PERIOD,
    LOST_TO_ANOTHER,
    OLDER_PERIOD,
    OTHER_GRAIN,
    OTHER_PERIOD,
    ExplainedEntry,
    Explanation,
    Part,
    explanation,
)
from service.indicators.figure import Question, figure, figured
from service.indicators.taking import REASONS
from service.models.indicator import Definition
from service.models.measure import rounded
from tests.naive.taking import Taken, concerns, take
from tests.scenarios import Inquiry


def compare_explanations(inquiry: Inquiry) -> None:
    """Parts add up to the figure before rounding, and every entry within reach is there once, used or with its reason."""
    for asked in inquiry.asked:
        question = Question(asked.window, asked.version, asked.by, asked.actors)
        opened = explanation(inquiry.evidence, question)
        assert opened.figure == figure(inquiry.evidence, question)
        if opened.figure.reason == "not_started":
            assert (opened.actors, opened.entries, opened.total) == ((), (), None)
            continue
        check_parts(inquiry, question, opened)
        check_entries(inquiry, question, opened)
        check_codes(opened)
        check_what_lost(inquiry, question, opened)


def check_parts(inquiry: Inquiry, question: Question, opened: Explanation) -> None:
    """Entries make their periods, periods their actors, actors the total, and the total is the figure's, exactly."""
    answer = figured(inquiry.evidence, question)[1]
    whole = answer.highest if opened.definition.over_actors == "distinct" else answer.value
    assert (opened.total is None) == (answer.reason in ("no_entries", "no_such_grain", "no_total_over_actors"))
    assert all((entry.part is not None) <= (entry.reason is None) for entry in opened.entries)
    assert added([entry.part for entry in opened.entries]) == opened.total
    assert added([actor.part for actor in opened.actors]) == opened.total
    for actor in opened.actors:
        assert added([period.part for period in actor.periods]) == actor.part
        for period in actor.periods:
            own = [one for one in opened.entries if (one.entry.actor, one.entry.period) == (actor.actor, period.period)]
            assert added([entry.part for entry in own]) == period.part
            assert sum(entry.reason is None for entry in own) == period.entries
    if opened.total is None:
        assert whole is None
    elif opened.definition.measure == "quantity":
        assert opened.total == (whole,)
    else:
        top, bottom = opened.total
        assert whole == (Fraction(opened.definition.factor) * top / bottom if bottom else None)
    shares = [opened.share_of_value(entry.part) for entry in opened.entries if entry.part is not None]
    assert not shares or whole == (None if None in shares else sum(share for share in shares if share is not None))


def check_entries(inquiry: Inquiry, question: Question, opened: Explanation) -> None:
    """The same entries as the naive model finds, in the same terms, left out as often for the same reasons."""
    evidence = inquiry.evidence
    naive = take(evidence, question.window, question.version, question.actors)
    read = [entry for entry in opened.entries if entry.reason not in REASONS]
    assert {entry.reason for entry in read} <= {None, *LOST_TO_ANOTHER}
    names = Counter((one.entry.key, one.entry.journal) for one in opened.entries)
    assert set(names.values()) <= {1}
    expected = expected_terms(inquiry, question, naive)
    assert {(one.entry.key, one.entry.journal): terms(one, opened.definition) for one in read} == expected
    assert Counter((one.reason, one.entry.version) for one in opened.entries if one.reason in REASONS) == naive.excluded
    assert sum(one.entry.version < naive.version.number for one in read) == opened.figure.restated == naive.restated
    for one in opened.entries:
        assert [step.version for step in one.steps] == list(
            range(one.entry.version + 1, one.entry.version + 1 + len(one.steps))
        )
        if one.restated is not None:
            assert len(one.steps) == naive.version.number - one.entry.version
            before = [step.before for step in one.steps] + [one.restated]
            assert before[1:] == [step.after for step in one.steps]


def expected_terms(inquiry: Inquiry, question: Question, naive: Taken) -> dict[Any, Any]:
    """The entries that could be read, with what adds up and the codes that still have a place."""
    return {
        (one.entry.key, one.entry.journal): (one.top, one.bottom, {d: code for d, code in one.codes if code is not None})
        for one in naive.readings
        if concerns(inquiry.evidence, naive.version, question.window, one.entry.period)
    }


def terms(one: ExplainedEntry, definition: Definition) -> Any:
    """What adds up of an entry as it reads in the reference version, and its codes there."""
    assert one.restated is not None
    measures = [Fraction(number) for number in one.restated.measures]
    if definition.measure == "mean":
        measures[0] *= measures[1]
    return measures[0], (measures[1:] or [Fraction(0)])[0], dict(one.restated.codes)


def check_codes(opened: Explanation) -> None:
    """Where quantities add, what counts at a combination of codes makes its value, and parts are what was reported."""
    definition = opened.definition
    if (definition.measure, definition.over_actors) != ("quantity", "sum") or definition.over_time not in ("sum", "last"):
        return
    for value in opened.figure.by_dimension:
        there = [one for one in opened.entries if one.codes == tuple(value.codes.values())]
        assert there
        assert rounded(sum(terms(one, definition)[0] for one in there)) == value.value
    for one in opened.entries:
        assert one.part is None or one.part == (terms(one, definition)[0],)


def check_what_lost(inquiry: Inquiry, question: Question, opened: Explanation) -> None:
    """The first entry that lost to another reading: without it the figure has the same value."""
    # Not so for the other reasons: the codes of cells that were replaced still make a way of reading complete.
    reasons = (OLDER_PERIOD, OTHER_PERIOD, INSIDE_LONGER_PERIOD, OTHER_GRAIN)
    lost = [one.entry for one in opened.entries if one.reason in reasons and not lost_its_code(one, question.by)]
    if not lost:
        return
    # An overlap decision lapses by what changed under it, which need not be in the figure any more: here none stands.
    undecided = replace(inquiry.evidence, overlaps=())
    rest = tuple(entry for entry in undecided.entries if entry.key != lost[0].key)
    with_it, without = figure(undecided, question), figure(replace(undecided, entries=rest), question)
    assert (without.value, without.lowest, without.highest, without.by_dimension) == (
        with_it.value,
        with_it.lowest,
        with_it.highest,
        with_it.by_dimension,
    )


def lost_its_code(one: ExplainedEntry, by: tuple[str, ...]) -> bool:
    """Whether an entry was reported by every dimension asked for and has no place in one: it still holds its grain there."""
    assert one.restated is not None
    return set(by) <= dict(one.entry.cell).keys() and not set(by) <= one.restated.codes.keys()


def added(parts: list[Part | None]) -> Part | None:
    """Parts added up; None where there are none."""
    there = [part for part in parts if part is not None]
    return tuple(sum(column, Fraction(0)) for column in zip(*there, strict=True)) if there else None
