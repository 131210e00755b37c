"""Why a figure changed since a day: the comparison that the interface gives, as a waterfall and as the table below it."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from markupsafe import Markup

from service.api.comparison_answers import ComparedInstant, HappeningAnswer, InstantsComparison
from service.web.charts import axis_of
from service.web.happened import happened
from service.web.speech import Speech
from service.web.terms import Terms
from service.web.waterfall import Stage, waterfall

_CAUSES = 20


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step of the comparison: what it is called, what it did, the figure after it, and the journal entries behind it."""

    name: str
    effect: Decimal | None
    after: Decimal | None
    causes: list[tuple[str, str]]
    more: int


@dataclass(frozen=True, slots=True)
class Since:
    """A comparison as a page shows it. `chart` is empty where a figure is missing on the way."""

    answer: InstantsComparison
    steps: list[ShownStep]
    chart: Markup


def instant_of(day: str, speech: Speech) -> datetime | None:
    """The first instant of a day where the community lives; None for what is no day."""
    try:
        return datetime.combine(date.fromisoformat(day), time(), ZoneInfo(speech.time_zone))
    except (ValueError, OverflowError):
        return None


def since(answer: InstantsComparison, terms: Terms, title: str) -> Since:
    """The comparison, ready to be shown."""
    names = _names(terms.speech)
    told = [one for one in answer.steps if one.effect or one.entry_count or one.effect is None]
    steps = [
        ShownStep(
            names.get(one.step, one.step),
            one.effect,
            one.value_after,
            [_cause(entry, terms) for entry in one.entries[:_CAUSES]],
            max(0, one.entry_count - min(_CAUSES, len(one.entries))),
        )
        for one in told
    ]
    return Since(answer, steps, _chart(answer, steps, terms.speech, title))


def _cause(entry: HappeningAnswer, terms: Terms) -> tuple[str, str]:
    return terms.speech.local_day(entry.instant), happened(terms, entry.kind, entry.actor)


def _chart(answer: InstantsComparison, steps: list[ShownStep], speech: Speech, title: str) -> Markup:
    moving = [one for one in steps if one.effect != 0]
    known = [value for value in (answer.then.value, answer.now.value) if value is not None]
    after = [one.after for one in moving if one.after is not None]
    if len(known) < 2 or len(after) < len(moving):
        return Markup()
    then, now = (_end(end, speech) for end in (answer.then, answer.now))
    stages, stands = [then], known[0]
    for one, value in zip(moving, after, strict=True):
        stages.append(Stage(one.name, stands, value))
        stands = value
    axis = axis_of([*known, *after])
    return waterfall([*stages, now], axis, [speech.number(tick) for tick in axis.ticks], (title, speech.text(answer.reading)))


def _end(end: ComparedInstant, speech: Speech) -> Stage:
    assert end.value is not None
    return Stage(speech.local_day(end.as_of), None, end.value)


def _names(speech: Speech) -> dict[str, str]:
    say = speech.say
    return {
        "time": say("Time passing"),
        "new_entries": say("New figures"),
        "corrections": say("Corrections"),
        "withdrawals": say("Withdrawals"),
        "validations": say("Validation"),
        "definitions": say("Definition"),
        "memberships": say("Members"),
        "charter": say("Charter"),
        "overlaps": say("Double counts"),
    }
