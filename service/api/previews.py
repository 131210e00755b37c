"""Previews: what adopting an open proposal would do to today's figures, computed as the real thing is, written nowhere."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from service.answers import Foreseen
from service.api.figure_answers import FigureAnswer, answers_of, say_again
from service.api.figures import figures_of_today
from service.api.identity import READ_WITHIN
from service.api.overlap_answers import Sees
from service.api.preview_answers import (
    FigurePreview,
    PreviewAnswer,
    ProgressPreview,
    ReportAnewAnswer,
    SuggestionAnswer,
    break_answer,
    report_anew_answer,
    suggestion_answer,
    target_preview,
)
from service.api.progress import progress_answer
from service.api.proposals import asked_proposal, not_open
from service.api.routing import Resource
from service.api.sight import seen_by, sees_contributions_of, sees_values_of
from service.api.transaction import Asking, AskingContext
from service.api.withholding import reader_of, withhold_total
from service.errors import Forbidden
from service.indicators.adoption import plan
from service.indicators.estimation import estimate
from service.indicators.evidence import Entry
from service.indicators.plan import Plan
from service.indicators.preview import breaks, to_report_anew, touched
from service.indicators.taking import take
from service.indicators.target_outcomes import target_outcomes
from service.models.deliberation import Trial
from service.models.period import Period
from service.models.vocabulary import EntryKind, OverActors
from service.records.cells import read_cells
from service.records.overlaps import evidence_upto
from service.records.proposals import changes_of, read_changes
from service.records.trials import serving_trials

router = Resource("proposals")


@router.get("/proposals/{proposal}/preview", access=READ_WITHIN, etag=True, may_conflict=True)
def get_preview(proposal: str, asking: Asking) -> PreviewAnswer:
    """What adopting an open proposal now would do to today's figures and progress, and what it would ask of whom.

    Computed as the real thing is, and written nowhere: adopted at the same instant, with nothing else changed, the figures and
    the progress are those of `after`. 409 `not_open` where it is decided already; where it does not fit any more, the refusal
    that adopting it would give. Where the charter keeps actors' values to themselves, so does the preview, also of a proposal
    that would show them; of one that would make a figure of one actor's value alone there is none (403
    `actor_values_hidden`) but for who may see that value.
    """
    found = asked_proposal(proposal, asking)
    if not found.is_open:
        raise not_open(found)
    changes = read_changes(changes_of(asking.connection, asking.register.community_id, found.number, found.round.number))
    known = evidence_upto(asking.connection, asking.register, asking.moment.number, asking.moment.instant)
    planned = plan(asking.register, changes, now=asking.moment.instant, proposal=found.number, evidence_of=known)
    then = _then(asking, planned)
    answers = Foreseen(asking.connection, then.register, then.moment)
    # All at once: what is read for the figures serves whatever is asked after them.
    before, after = figures_of_today(_of_all(asking), answers_of(asking)), figures_of_today(_of_all(then), answers)
    _refuse_one_alone(asking, then, before, after)
    codes = asking.register.indicator_codes
    trials = serving_trials(asking.connection, found, codes, asking.moment.number)
    return PreviewAnswer(
        figures=_figures(asking, then, touched(planned), before, after),
        progress=ProgressPreview(
            before=progress_answer(
                asking.register, asking.moment.instant, answers_of(asking), None, None, seen_by(asking), reader_of(asking)
            ),
            after=progress_answer(
                then.register, then.moment.instant, answers, None, None, seen_by(asking), _reader_then(asking, then)
            ),
        ),
        breaks=[break_answer(one) for one in breaks(planned)],
        to_report_anew=_to_report_anew(asking, planned, answers),
        targets=[target_preview(one) for one in target_outcomes(asking.register, planned)],
        suggestions=_suggestions(asking, then, answers, trials),
        as_of=asking.moment.instant,
    )


def _then(asking: AskingContext, planned: Plan) -> AskingContext:
    """The same question once the plan is adopted: what is decided is another, and where the time zone is, so is the day."""
    register, moment = planned.numbered(), asking.moment
    zone = ZoneInfo(register.settings.time_zone)
    if register.settings.time_zone != asking.register.settings.time_zone:
        # Without an instant asked for, today is the day of now there; the moment may stand for today's first instant here.
        instant: datetime = moment.instant if "as_of" in asking.request.query_params else asking.now
        moment = replace(moment, day=instant.astimezone(zone).date())
    return replace(asking, register=register, moment=moment)


def _of_all(asking: AskingContext) -> AskingContext:
    """The same question with every actor's value in the answer, for `_figures` to take out what is not the caller's to see."""
    return replace(asking, caller=replace(asking.caller, is_support=True))


def _refuse_one_alone(
    asking: AskingContext, then: AskingContext, before: dict[str, FigureAnswer], after: dict[str, FigureAnswer]
) -> None:
    """Raises Forbidden `actor_values_hidden` where a figure would come down to one actor whose value is kept from the caller.

    Else whoever wants to know it would only have to propose that this actor be counted alone.
    """
    for code, figure in after.items():
        alone = _alone(then, figure)
        if alone is None or sees_values_of(asking, alone):
            continue
        if code not in before or _alone(asking, before[code]) != alone:
            raise Forbidden("actor_values_hidden", f"`{code}` would be the value of one actor alone, which is kept to itself")


def _alone(asking: AskingContext, figure: FigureAnswer) -> str | None:
    """The one actor that a figure comes down to; None where there are several, or none."""
    definition = asking.register.indicators[figure.indicator].versions[figure.version - 1].definition
    actors = [own.actor for own in figure.by_actor]
    if definition.over_actors is OverActors.SINGLE:
        return next((actor for actor in actors if actor in definition.contributors), None)
    return actors[0] if len(actors) == 1 else None


def _figures(
    asking: AskingContext,
    then: AskingContext,
    named: frozenset[str],
    before: dict[str, FigureAnswer],
    after: dict[str, FigureAnswer],
) -> list[FigurePreview]:
    for figure in before.values():
        _withhold(asking, reader_of(asking), figure)
        _take_out(figure, seen_by(asking))
    for figure in after.values():
        _withhold(then, _reader_then(asking, then), figure)
        # Whoever proposes to show actors' values does not see them for having proposed it.
        _take_out(figure, seen_by(asking))
        _take_out(figure, seen_by(then))
    return [
        FigurePreview(indicator=code, before=before.get(code), after=figure)
        for code, figure in after.items()
        if code in named or before.get(code) != figure
    ]


def _take_out(figure: FigureAnswer, sees: Sees) -> None:
    """Takes out of a figure what it says of actors whose values are kept from the caller."""
    figure.by_actor = [own for own in figure.by_actor if sees(own.actor)]
    because = figure.overlap and figure.overlap.lapsed_because
    if because and because.actor is not None and not sees(because.actor):
        because.actor = None


def _reader_then(asking: AskingContext, then: AskingContext) -> str | None:
    """From whom others' values are kept in what would be: whoever does not see them now, or would not any more."""
    reader = reader_of(asking)
    return reader_of(then) if reader is None else reader


def _withhold(asking: AskingContext, reader: str | None, figure: FigureAnswer) -> None:
    if reader is not None:
        definition = asking.register.indicators[figure.indicator].versions[figure.version - 1].definition
        withhold_total(figure, frozenset(own.actor for own in figure.by_actor), definition, reader)
        say_again(figure, definition, asking.moment.day)


def _to_report_anew(asking: AskingContext, planned: Plan, answers: Foreseen) -> list[ReportAnewAnswer]:
    charter, known = asking.register.settings.charter, asking.register.indicators
    by_actor: dict[str, list[tuple[str, Entry]]] = {}
    for code in sorted(touched(planned) & set(known), key=lambda code: known[code].number):
        if planned.register.indicators[code].retired:
            continue
        for entry in to_report_anew(known[code], answers.evidence([code])[code], charter.validation):
            by_actor.setdefault(entry.actor, []).append((code, entry))
    return [
        report_anew_answer(actor, by_actor[actor], sees_contributions_of(asking.caller, charter, actor))
        for actor in sorted(by_actor)
    ]


def _suggestions(asking: AskingContext, then: AskingContext, answers: Foreseen, trials: list[Trial]) -> list[SuggestionAnswer]:
    validation = asking.register.settings.charter.validation
    codes = asking.register.indicator_codes
    actors = asking.register.actor_codes
    cells = read_cells(asking.connection, asking.register.community_id, {trial.cell for trial in trials})
    tried: dict[str, list[Entry]] = {}
    for trial in trials:
        code = codes[trial.indicator]
        key = (actors[trial.actor], Period.from_number(trial.period), cells[trial.cell])
        version = then.register.indicators[code].versions[-1].number
        measures = (trial.value, trial.numerator, trial.denominator, trial.weight)
        entry = Entry(*key, trial.journal, asking.moment.instant, version, EntryKind.REPORT, *measures)
        tried.setdefault(code, []).append(entry)
    suggestions = []
    for code, entries in tried.items():
        present, versions = asking.register.indicators[code].versions[-1], then.register.indicators[code].versions
        counting = take(answers.evidence([code])[code].entries, validation).counting
        made = estimate(versions, present, versions[-1], counting, entries)
        suggestions.append(
            suggestion_answer(
                code,
                versions[-1].number,
                versions[-1].definition.measure,
                made,
                seen_by(asking),
            )
        )
    return suggestions
