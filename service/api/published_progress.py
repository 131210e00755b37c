"""Progress and targets as they are shown to who is no member, where the charter protects something."""

from collections.abc import Iterable
from dataclasses import replace

from service.api.figure_answers import answers_of
from service.api.publication import NOT_PUBLISHED, Publications
from service.indicators.aggregation import Codes
from service.indicators.disclosure import Shown
from service.indicators.evidence import Evidence
from service.indicators.figure import Question, figure
from service.indicators.lattice import Place
from service.indicators.progress import Progress, indicator_progress
from service.indicators.redaction import without_attainment, without_value
from service.indicators.register import KnownIndicator, SetTargetOf
from service.indicators.suppression import FEWEST_ACTORS
from service.models.indicator import Cell
from service.models.period import Period, Window
from service.models.target import Point, TargetTerms
from service.models.vocabulary import OverActors


def published_progress(published: Publications, indicators: Iterable[KnownIndicator], at: Period | None) -> dict[str, Progress]:
    """The progress of each at the close of `at`, None: of the last reporting period that is published.

    What is not published, or is hidden there, is missing in it, and so is all that follows from it.
    """
    return {known.code: _progress(published, known, at) for known in indicators}


def _progress(published: Publications, known: KnownIndicator, at: Period | None) -> Progress:
    shown = published.shown(known.code)
    latest = next(reversed([one for one in shown.windows() if one.frequency == _frequency(shown)]), None)
    if shown.evidence is None or latest is None:
        # Without entries: what the target is can be told, and no more.
        evidence = answers_of(published.asking).evidence([known.code], [])[known.code]
        return _without_value(indicator_progress(evidence, at), NOT_PUBLISHED)
    made = indicator_progress(shown.evidence, at or latest)
    window = shown.window_read_over(made.window)
    if window is None:
        return _without_value(made, NOT_PUBLISHED)
    made = _without_flags(made)
    place = Place(window)
    if not shown.shows(place) and (made.figure.reason is None or made.figure.reason == "zero_denominator"):
        return _without_value(made, shown.why_hidden(place))
    if made.version.definition.over_actors is OverActors.DISTINCT and not shown.tells_lowest(window):
        # Judged by its worse end, which may be one actor's value.
        told = replace(made.figure, value=None, lowest=None, overlap=None)
        return _without_baseline(replace(made, figure=told))
    return _with_own_terms(made, shown, published)


def _frequency(shown: Shown) -> str:
    return shown.version.definition.frequency


def _with_own_terms(made: Progress, shown: Shown, published: Publications) -> Progress:
    """`made` with its target as far as that does not tell what is hidden: a baseline may be what somebody reported."""
    aim = made.aim
    few = shown.protection.hides_actors and 0 < aim.targets_set < FEWEST_ACTORS
    if few:
        return _without_baseline(replace(made, aim=replace(aim, terms=None, targets_sum=None)))
    if aim.terms is None or aim.terms.baseline is None:
        return made
    evidence = answers_of(published.asking).evidence([made.indicator])[made.indicator]
    if tells_baseline(aim.terms.baseline, (), None, shown, evidence):
        return made
    return _without_baseline(made)


def _without_flags(made: Progress) -> Progress:
    complete = replace(made.figure.completeness, latest_recorded_at=None)
    return replace(made, figure=replace(made.figure, flags=(), by_actor=(), completeness=complete, overlap=None))


def _without_baseline(made: Progress) -> Progress:
    """`made` without what a baseline, or an end that is not shown, makes of it."""
    terms = None if made.aim.terms is None else made.aim.terms.model_copy(update={"baseline": None})
    return without_attainment(replace(made, aim=replace(made.aim, terms=terms)), NOT_PUBLISHED)


def _without_value(made: Progress, reason: str) -> Progress:
    """`made` without a value, for that reason; and nothing told of who has reported."""
    complete = replace(
        made.figure.completeness,
        due=0,
        reported=0,
        late=0,
        missing=(),
        actors_due=0,
        latest_period=None,
        latest_recorded_at=None,
    )
    told = replace(_without_flags(made).figure, excluded=(), restated=0, carried_forward=0, completeness=complete)
    return without_value(_without_baseline(replace(made, figure=told)), reason)


def tells_baseline(baseline: Point, cell: Cell, actor: str | None, shown: Shown, evidence: Evidence) -> bool:
    """Whether a baseline tells nothing that is hidden: nobody ever reported of its time, or it is what is shown of it."""
    days = Window.over(baseline.period, baseline.period)
    if not any(one.period.first_day <= days.last_day and one.period.last_day >= days.first_day for one in evidence.entries):
        return True
    window = shown.window_read_over(days)
    if window is None or shown.evidence is None:
        return False
    by: Codes = tuple(d.code for d in shown.version.definition.dimensions if d.code in dict(cell))
    codes = tuple(dict(cell)[dimension] for dimension in by)
    if not shown.shows(Place(window, by, codes, actor)):
        return False
    made = figure(shown.evidence, Question(Window.over(window, window), shown.version.number, by))
    if actor is not None:
        return any(own.actor == actor and own.value == baseline.value for own in made.by_actor)
    if by:
        return any(part.codes == dict(cell) and part.value == baseline.value for part in made.by_dimension)
    return made.value == baseline.value


def shown_targets(published: Publications, known: KnownIndicator) -> KnownIndicator:
    """The indicator with its targets as they may be told: without actors' own where their values are hidden, and without
    baselines that tell what is."""
    shown = published.shown(known.code)
    evidence = answers_of(published.asking).evidence([known.code])[known.code]
    kept = (one for one in known.targets if not (published.hides_actors and one.terms.actor is not None))
    return replace(known, targets=tuple(replace(one, terms=_told(one, shown, evidence)) for one in kept))


def _told(target: SetTargetOf, shown: Shown, evidence: Evidence) -> TargetTerms:
    baseline = target.terms.baseline
    if baseline is None or tells_baseline(baseline, target.terms.cell, target.terms.actor, shown, evidence):
        return target.terms
    return target.terms.model_copy(update={"baseline": None})
