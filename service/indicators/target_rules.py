"""Which targets are legal, and why not; and which of several a question is about (`MODEL.md` 5)."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

from service.errors import Fault
from service.models.indicator import TOTAL, Definition
from service.models.period import Period, Window
from service.models.target import TargetTerms
from service.models.vocabulary import Direction


def target_faults(terms: TargetTerms, definition: Definition, actors: Collection[str]) -> list[Fault]:
    """What makes `terms` an illegal target under `definition`, with pointers into the target. `actors` are those known."""
    return [
        *_subject_faults(terms, definition, actors),
        *_value_faults(terms, definition),
        *_period_faults(terms, definition),
        *_milestone_faults(terms),
    ]


def _subject_faults(terms: TargetTerms, definition: Definition, actors: Collection[str]) -> Iterator[Fault]:
    if terms.actor is not None and terms.actor not in actors:
        yield Fault("unknown_actor", f"there is no actor `{terms.actor}`", pointer="/actor", context={"actor": terms.actor})
    codes = {dimension.code: dimension.codes for dimension in definition.dimensions}
    for dimension, code in (terms.dimensions or {}).items():
        if dimension not in codes:
            yield Fault(
                "unknown_dimension",
                f"the indicator has no dimension `{dimension}`",
                pointer=f"/dimensions/{dimension}",
                context={"dimension": dimension},
            )
        elif code not in codes[dimension] and code != TOTAL:
            yield Fault(
                "unknown_code",
                f"`{code}` is no code of `{dimension}`",
                pointer=f"/dimensions/{dimension}",
                context={"code": code, "dimension": dimension},
            )


def _value_faults(terms: TargetTerms, definition: Definition) -> Iterator[Fault]:
    if definition.direction is Direction.MAINTAIN:
        if terms.value is not None or terms.minimum is None or terms.maximum is None:
            yield Fault(
                "bounds_required", "what is to be maintained needs `minimum` and `maximum`, and no `value`", pointer="/minimum"
            )
        elif terms.minimum > terms.maximum:
            yield Fault("bounds_crossed", "`minimum` is above `maximum`", pointer="/minimum")
        if terms.milestones:
            yield Fault("milestones_unused", "milestones have no meaning for what is to be maintained", pointer="/milestones")
    elif terms.value is None or terms.minimum is not None or terms.maximum is not None:
        yield Fault(
            "value_required",
            f"what should {definition.direction} needs a `value`, and no bounds",
            pointer="/value",
            context={"direction": definition.direction},
        )


def is_whole(period: Period, frequency: str) -> bool:
    """Whether `period` is made of whole periods of `frequency`."""
    return (
        Period.containing(frequency, period.first_day).first_day == period.first_day
        and Period.containing(frequency, period.last_day).last_day == period.last_day
    )


def _period_faults(terms: TargetTerms, definition: Definition) -> Iterator[Fault]:
    named = [("/period", terms.period), ("/from_period", terms.from_period)]
    if terms.baseline is not None:
        named.append(("/baseline/period", terms.baseline.period))
    for pointer, period in named:
        if period is not None and not is_whole(period, definition.frequency):
            yield Fault(
                "not_whole_periods",
                f"`{period}` is not made of whole reporting periods (frequency {definition.frequency})",
                pointer=pointer,
                context={"period": str(period), "frequency": definition.frequency},
            )
    if terms.from_period is not None and (
        terms.from_period.first_day > terms.period.first_day or terms.from_period.last_day > terms.period.last_day
    ):
        yield Fault("periods_crossed", "`from_period` begins or ends after `period`", pointer="/from_period")
    if terms.baseline is not None and terms.baseline.period.last_day >= terms.period.last_day:
        yield Fault("baseline_not_before", "a baseline ends before the target does", pointer="/baseline/period")


def starting_day(terms: TargetTerms) -> date | None:
    """Where the line to the target begins: the baseline's last day, else the day before `from_period`, else nowhere."""
    if terms.baseline is not None:
        return terms.baseline.period.last_day
    if terms.from_period is not None:
        return terms.from_period.first_day - timedelta(days=1)
    return None


def _milestone_faults(terms: TargetTerms) -> Iterator[Fault]:
    start, seen = starting_day(terms), set()
    for place, milestone in enumerate(terms.milestones):
        day = milestone.period.last_day
        if day >= terms.period.last_day or (start is not None and day <= start):
            yield Fault(
                "milestone_outside",
                f"milestone `{milestone.period}` does not lie between the baseline and the target",
                pointer=f"/milestones/{place}/period",
                context={"period": str(milestone.period)},
            )
        if day in seen:
            yield Fault("duplicate_milestone", "two milestones end on the same day", pointer=f"/milestones/{place}/period")
        seen.add(day)


def window_asked(windows: Iterable[Window], day: date) -> Window | None:
    """Of several targets' windows, the one a question about `day` means: the first to end on or after it, else the last ended.

    Of windows that end together the shorter one is meant. None where there are none.
    """
    known = sorted(set(windows), key=lambda window: (window.last_day, -window.first_day.toordinal()))
    for window in known:
        if window.last_day >= day:
            return window
    ended = [window for window in known if window.last_day == known[-1].last_day]
    return ended[0] if ended else None
