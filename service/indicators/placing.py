"""Where a contribution belongs: its key, and the version in force for its period; or why it belongs nowhere (`MODEL.md` 2)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from service.errors import Fault
from service.indicators.evidence import version_in_force
from service.indicators.register import KnownActor, KnownIndicator, Register, Version
from service.indicators.suggestion import closest, did_you_mean, period_meant, period_of_frequency, shown
from service.models.indicator import TOTAL, Cell, Definition
from service.models.period import Period
from service.models.vocabulary import OverActors, Role


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contribution belongs: its key, and the version in force for its period."""

    indicator: KnownIndicator
    actor: KnownActor
    period: Period
    cell: Cell
    version: Version


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a contribution is judged against: what is decided, today in the community's time zone, and who sends it.

    `is_support`: the sender may report for others. Without `suggests` nobody looks for what may have been meant: that costs
    up to a millisecond, and a file may hold a million slips.
    """

    register: Register
    day: date
    reporter: KnownActor
    is_support: bool
    suggests: bool = True


@dataclass(frozen=True, slots=True)
class Misplaced:
    """What has no place, and why. `version` is the one in force for its period where that much is known, else None.

    With it what the contribution carries can be judged all the same, so that everything wrong is said at once.
    """

    faults: tuple[Fault, ...]
    version: Version | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The half of a place that cells do not matter to. Each part is None where it is not known; `faults` says why."""

    indicator: KnownIndicator | None
    actor: KnownActor | None
    period: Period | None
    version: Version | None
    faults: tuple[Fault, ...]


def place(
    indicator: str, actor: str | None, period: str, dimensions: Mapping[str, str], circumstances: Circumstances
) -> Place | Misplaced:
    """Where a contribution with these codes belongs, or why it belongs nowhere. An `actor` of None is the sender."""
    standing = stand(indicator, actor, period, circumstances)
    if standing.indicator is None or standing.period is None or standing.version is None:
        return Misplaced(standing.faults, None)
    cell, faults = cell_of(dimensions, standing.version.definition, indicator, suggests=circumstances.suggests)
    if standing.faults or faults or standing.actor is None:
        return Misplaced((*standing.faults, *faults), standing.version)
    return Place(standing.indicator, standing.actor, standing.period, cell, standing.version)


def stand(indicator: str, actor: str | None, period: str, circumstances: Circumstances) -> Standing:
    """Whether this actor may report this indicator for this period, and under which version."""
    faults: list[Fault] = []
    known_indicator = _indicator(indicator, circumstances, faults)
    known_actor = _actor(actor, circumstances, faults)
    parsed = _parsed(period)
    version = None
    if parsed is None:
        faults.append(_not_a_period(period, known_indicator, circumstances.suggests))
    elif known_indicator is not None:
        version = version_in_force(known_indicator.versions, parsed.first_day)
        if version is None:
            faults.append(_before_first_version(parsed, known_indicator))
        else:
            faults.extend(_period_faults(parsed, version.definition, circumstances))
            if known_actor is not None:
                faults.extend(_reporting_faults(known_actor, parsed, version.definition))
    return Standing(known_indicator, known_actor, parsed, version, tuple(faults))


def cell_of(
    given: Mapping[str, str], definition: Definition, indicator: str, *, suggests: bool = True
) -> tuple[Cell, tuple[Fault, ...]]:
    """The cell that codes by dimension name under `definition`, and what is wrong with them; "" and `_T` mean the total."""
    faults: list[Fault] = []
    codes_of = {dimension.code: dimension.codes for dimension in definition.dimensions}
    cell: list[tuple[str, str]] = []
    for dimension, code in given.items():
        if code in ("", TOTAL):
            continue
        at = "/dimensions/" + dimension.replace("~", "~0").replace("/", "~1")
        if dimension not in codes_of:
            sentence = f"`{indicator}` has no dimension `{shown(dimension)}`"
            nearby = list(codes_of) if suggests else []
            faults.append(_unknown("unknown_dimension", sentence, at, dimension, nearby, indicator=indicator))
        elif code in codes_of[dimension]:
            cell.append((dimension, code))
        else:
            sentence = f"`{shown(code)}` is no code of `{dimension}`"
            nearby = codes_of[dimension] if suggests else []
            faults.append(_unknown("unknown_code", sentence, at, code, nearby, dimension=dimension))
    return tuple(sorted(cell)), tuple(faults)


def _unknown(code: str, sentence: str, pointer: str, given: str, known: Iterable[str], **context: str) -> Fault:
    meant = closest(given, known)
    return Fault(
        code,
        sentence,
        pointer=pointer,
        suggestion=did_you_mean(meant) if meant else None,
        context={"given": shown(given), **context, **({"meant": meant} if meant else {})},
    )


def _indicator(code: str, circumstances: Circumstances, faults: list[Fault]) -> KnownIndicator | None:
    indicators = circumstances.register.indicators
    known = indicators.get(code)
    if known is None:
        live = [indicator.code for indicator in indicators.values() if not indicator.retired] if circumstances.suggests else []
        faults.append(_unknown("unknown_indicator", f"there is no indicator `{shown(code)}` here", "/indicator", code, live))
    elif known.retired:
        faults.append(
            Fault(
                "indicator_retired",
                f"`{code}` is retired and takes no more contributions",
                pointer="/indicator",
                context={"indicator": code},
            )
        )
    return known


def _actor(code: str | None, circumstances: Circumstances, faults: list[Fault]) -> KnownActor | None:
    reporter = circumstances.reporter
    if code is None or code == reporter.code:
        return reporter
    known = circumstances.register.actors.get(code)
    if known is None:
        may_report = list(circumstances.register.actors) if circumstances.is_support else [reporter.code]
        nearby = may_report if circumstances.suggests else []
        faults.append(_unknown("unknown_actor", f"there is no actor `{shown(code)}` here", "/actor", code, nearby))
    elif not circumstances.is_support:
        faults.append(
            Fault(
                "not_your_actor",
                f"`{code}` is another actor: only it and the support report for it",
                pointer="/actor",
                context={"actor": code},
            )
        )
    return known


def _parsed(period: str) -> Period | None:
    try:
        return Period.parse(period)
    except ValueError:
        return None


def _not_a_period(given: str, indicator: KnownIndicator | None, suggests: bool) -> Fault:
    meant = period_meant(given, indicator.versions[-1].definition.frequency) if indicator and suggests else None
    return Fault(
        "not_a_period",
        f"`{shown(given)}` is no period; one is written 2025, 2025-S1, 2025-Q1, 2025-03, 2025-W09 or 2025-03-05",
        pointer="/period",
        suggestion=did_you_mean(meant) if meant else None,
        context={"given": shown(given), **({"meant": meant} if meant else {})},
    )


def _before_first_version(period: Period, indicator: KnownIndicator) -> Fault:
    # Only a version 1 with a first period can be missed; the earliest of them all is the way out.
    starts = [version.definition.effective_from for version in indicator.versions if version.definition.effective_from]
    first = min(starts, key=lambda start: start.first_day)
    return Fault(
        "period_before_first_version",
        f"`{indicator.code}` begins with {first}: {period} is before its first definition",
        pointer="/period",
        context={"indicator": indicator.code, "period": str(period), "first": str(first)},
    )


def _period_faults(period: Period, definition: Definition, circumstances: Circumstances) -> Iterator[Fault]:
    if period.frequency != definition.frequency:
        meant = period_of_frequency(period, definition.frequency)
        yield Fault(
            "wrong_frequency",
            f"{period} is not a period of frequency {definition.frequency.value}, in which this indicator is reported",
            pointer="/period",
            suggestion=did_you_mean(meant) if meant else None,
            context={"period": str(period), "frequency": definition.frequency.value, **({"meant": meant} if meant else {})},
        )
        return
    if period.first_day > circumstances.day:
        yield Fault("period_not_begun", f"{period} has not begun", pointer="/period", context={"period": str(period)})
    if circumstances.register.is_closed(period):
        yield Fault(
            "period_closed",
            f"{period} is closed and takes no entries until it is opened again",
            pointer="/period",
            context={"period": str(period)},
        )


def _reporting_faults(actor: KnownActor, period: Period, definition: Definition) -> Iterator[Fault]:
    if actor.member.role is Role.OBSERVER:
        sentence = f"`{actor.code}` is an observer and does not report"
        yield Fault("observer_may_not_report", sentence, pointer="/actor", context={"actor": actor.code})
    if not actor.member.belongs_in(period.first_day, period.last_day):
        yield Fault(
            "actor_not_member",
            f"`{actor.code}` was no member at any time in {period}",
            pointer="/actor",
            context={"actor": actor.code, "period": str(period)},
        )
    if definition.over_actors is OverActors.SINGLE and actor.code not in definition.contributors:
        only = definition.contributors[0]
        yield Fault(
            "not_expected",
            f"only `{only}` reports this indicator, for the whole territory",
            pointer="/actor",
            context={"actor": actor.code, "expected": only},
        )
