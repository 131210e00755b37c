"""The product against the naive model, on random scenarios: where one of them is wrong, they differ.

The tiers run the same comparisons: a few hundred scenarios with every commit, always the same ones, so that a commit
never fails for another's luck; more as a proof and thousands on demand, each time new ones.
"""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings

from service.indicators.completeness import completeness
from service.indicators.evidence import Evidence
from service.indicators.figure import Question, days_of, figure
from service.indicators.objective import Leaf, Node, standing
from service.indicators.progress import indicator_progress, progress_asked
from service.indicators.register import Version
from service.indicators.reporting import DueState, reporting, state_of
from service.indicators.series import SeriesPoint, days_of_series, series
from service.models.period import Window
from tests.chance import Chance, chances
from tests.indicators.explaining import compare_explanations
from tests.indicators.product import plain_figure, plain_progress, text
from tests.naive.aims import aim
from tests.naive.comparing import plain_answer, plain_judgement, shown
from tests.naive.dues import completeness as naive_completeness
from tests.naive.dues import contributors, due_day, pairs
from tests.naive.judging import judge
from tests.naive.objectives import Child
from tests.naive.objectives import standing as naive_standing
from tests.naive.overlaps import figure as naive_figure
from tests.naive.serial import series as naive_series
from tests.naive.taking import in_force
from tests.scenarios import Asked, Inquiry, inquiries, make_tree
from tests.smallest import smallest, told


def compare_figures(inquiry: Inquiry) -> None:
    """MODEL.md 2 to 4: what counts, how it reads, what it makes."""
    evidence = inquiry.evidence
    for asked in inquiry.asked:
        naive = naive_figure(evidence, asked.window, asked.version, asked.by, asked.actors)
        assert plain_figure(figure(evidence, _question(asked))) == plain_answer(naive)


def compare_series(inquiry: Inquiry) -> None:
    """MODEL.md 4: the same question per window, what lies behind a break, and what a running total grew by."""
    for asked in inquiry.asked:
        made = _series(inquiry, asked)
        naive = naive_series(inquiry.evidence, [point.period for point in made], asked.version, asked.by, asked.actors)
        for point, expected in zip(made, naive, strict=True):
            assert plain_figure(point.figure) == plain_answer(expected.answer)
            assert (point.comparable, text(point.increment)) == (expected.comparable, shown(expected.increment))
            falls = expected.increment is not None and expected.increment < 0
            assert ("running_total_falls" in point.flags) == falls


def compare_completeness(inquiry: Inquiry) -> None:
    """MODEL.md 5: who was due, who did report, who was late, who is missing."""
    evidence = inquiry.evidence
    for asked in inquiry.asked:
        version = in_force(evidence.versions, evidence.day) if asked.version is None else evidence.version(asked.version)
        made = completeness(evidence, version, asked.window, asked.actors)
        naive = naive_completeness(evidence, version, asked.window, asked.actors)
        assert (made.due, made.reported, made.late) == (naive.due, naive.reported, naive.late)
        assert made.actors_due == naive.actors_due
        assert frozenset(made.missing) == naive.missing
        assert figure(evidence, _question(asked)).completeness == made
        compare_reporting(evidence, version, asked)


def compare_reporting(evidence: Evidence, version: Version, asked: Asked) -> None:
    """The pairs behind the counts, actor by actor: they are those that the naive model finds, and make what the figure says."""
    made = reporting(evidence, version, asked.window, asked.actors)
    assert {one.actor for one in made} == {
        actor for actor in contributors(evidence, version) if asked.actors is None or actor in asked.actors
    }
    found = {(one.actor, due.period): due for one in made for due in one.dues}
    naive = pairs(evidence, version, asked.window, asked.actors)
    assert {pair: due.first_reported_at for pair, due in found.items()} == naive
    for (_, period), due in found.items():
        day = due.first_reported_at and due.first_reported_at.astimezone(evidence.time_zone).date()
        expected = "missing" if day is None else "late" if day > due_day(evidence, period) else "on_time"
        assert state_of(due) == expected
    counts = Counter(state_of(due) for due in found.values())
    beside = figure(evidence, _question(asked)).completeness
    assert (beside.due, beside.late) == (len(found), counts[DueState.LATE])
    assert beside.reported == counts[DueState.LATE] + counts[DueState.ON_TIME]
    assert set(beside.missing) == {actor for (actor, _), due in found.items() if state_of(due) == "missing"}


def compare_progress(inquiry: Inquiry) -> None:
    """MODEL.md 5: attainment, expected, status, and the reasons."""
    evidence, actor = inquiry.evidence, inquiry.actor
    terms = aim(evidence, in_force(evidence.versions, evidence.day), actor)
    for at in inquiry.closes:
        made = indicator_progress(evidence, at, actor)
        if terms is None:
            assert (made.aim.terms, made.attainment, made.expected) == (None, None, None)
        else:
            assert plain_progress(made) == plain_judgement(judge(evidence, terms, at, actor))


def compare_orders(inquiry: Inquiry) -> None:
    """The journal orders its entries, nothing orders the rows of one: any order of them gives the same answers."""
    rows = sorted(enumerate(inquiry.evidence.entries), key=lambda row: (row[1].journal, -row[0]))
    turned = tuple(entry for _, entry in rows)
    other = replace(inquiry, evidence=replace(inquiry.evidence, entries=turned))
    for asked in inquiry.asked:
        assert figure(inquiry.evidence, _question(asked)) == figure(other.evidence, _question(asked))
        assert _series(inquiry, asked) == _series(other, asked)
    for at in inquiry.closes:
        assert indicator_progress(inquiry.evidence, at, inquiry.actor) == indicator_progress(other.evidence, at, inquiry.actor)


def compare_days(inquiry: Inquiry) -> None:
    """Entries of periods that have none of the days a question says it needs make no difference to its answer."""
    evidence = inquiry.evidence

    def of(days: Window) -> Evidence:
        touched = [e for e in evidence.entries if e.period.first_day <= days.last_day and days.first_day <= e.period.last_day]
        return replace(evidence, entries=tuple(touched))

    for asked in inquiry.asked:
        question = _question(asked)
        assert figure(of(days_of(evidence, question)), question) == figure(evidence, question)
        days = days_of_series(evidence, *_series_asked(inquiry, asked), asked.version)
        assert _series(replace(inquiry, evidence=of(days)), asked) == _series(inquiry, asked)
    for at in inquiry.closes:
        days = days_of(evidence, progress_asked(evidence, at, inquiry.actor).question)
        assert indicator_progress(of(days), at, inquiry.actor) == indicator_progress(evidence, at, inquiry.actor)


COMPARISONS = (
    compare_figures,
    compare_series,
    compare_completeness,
    compare_progress,
    compare_orders,
    compare_explanations,
    compare_days,
)


def _question(asked: Asked) -> Question:
    return Question(asked.window, asked.version, asked.by, asked.actors)


def _series(inquiry: Inquiry, asked: Asked) -> list[SeriesPoint]:
    frequency, window = _series_asked(inquiry, asked)
    return series(inquiry.evidence, frequency, window, version=asked.version, by=asked.by, actors=asked.actors)


def _series_asked(inquiry: Inquiry, asked: Asked) -> tuple[str, Window]:
    """The reference version's frequency, over no more than a year of days."""
    frequency = in_force(inquiry.evidence.versions, inquiry.evidence.day).definition.frequency
    window = replace(asked.window, last_day=min(asked.window.last_day, asked.window.first_day.replace(month=12, day=31)))
    if frequency in ("W", "D"):
        window = replace(window, first_day=max(window.first_day, window.last_day.replace(day=25)))
    return frequency, window


def compare_all(examples: int, *, always: int | None = None) -> None:
    """`examples` scenarios, each through every comparison: making one costs more than asking it. `always`: a number that
    stands for these and no others; None: new ones each time."""

    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(inquiries())
    def compared(inquiry: Inquiry) -> None:
        for comparison in COMPARISONS:
            try:
                comparison(inquiry)
            except AssertionError:
                small = smallest(inquiry, comparison)
                note(told(small))
                comparison(small)

    (compared if always is None else seed(always)(compared))()


def test_agrees() -> None:
    compare_all(60, always=1)


@pytest.mark.proof
def test_agrees_on_hundreds() -> None:
    compare_all(240, always=2)


@pytest.mark.long
def test_agrees_on_many_thousands() -> None:
    compare_all(10_000)


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(chances())
def test_objectives_agree(chance: Chance) -> None:
    children = make_tree(chance)
    made, naive = standing([_node(child) for child in children]), naive_standing(children)
    assert text(made.attainment) == shown(naive.attainment)
    assert [text(made.coverage), text(made.lowest), text(made.highest)] == [
        shown(naive.coverage),
        shown(naive.lowest),
        shown(naive.highest),
    ]


def _node(child: Child) -> Leaf | Node:
    if "children" in child:
        return Node(child["weight"], tuple(_node(below) for below in child["children"]))
    return Leaf(child["weight"], child["attainment"])
