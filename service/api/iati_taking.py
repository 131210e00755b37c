"""What of an activity file can be taken: which contributions it makes, which targets differ, and what is left out and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from service.api.recording import offered
from service.api.transaction import ActingContext
from service.errors import Fault
from service.exchange.iati import reference_of
from service.exchange.iati_reading import Stated, period_over
from service.indicators.acceptance import accept
from service.indicators.definition import column_name
from service.indicators.evidence import reference_version
from service.indicators.register import KnownIndicator
from service.indicators.suggestion import shown
from service.indicators.target_rules import target_faults
from service.models.contribution import ContributionBody
from service.models.mapping import MappedField, MappingTerms
from service.models.measure import parse_measure
from service.models.period import Period
from service.models.proposal import Change, SetTarget
from service.models.target import Point, TargetTerms
from service.models.vocabulary import MeasureKind


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is not taken, where it stands, and why."""

    where: str
    fault: Fault


@dataclass(slots=True)
class Taken:
    """`bodies` are the contributions that can be recorded, each of the value `of` the same place; `changes` set targets."""

    bodies: list[ContributionBody] = field(default_factory=list)
    of: list[Stated] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


class _Names:
    """Which indicator, dimension and code of ours a name in a file means."""

    def __init__(self, terms: MappingTerms | None) -> None:
        columns = terms.columns if terms else []
        self._indicators = {
            column_name(label): code
            for column in columns
            if column.field is MappedField.INDICATOR
            for label, code in column.labels.items()
        }
        self._dimensions = {column_name(column.column): column for column in columns if column.dimension is not None}

    def indicator(self, codes: Sequence[str], known: Mapping[str, KnownIndicator]) -> KnownIndicator | None:
        """The first that one of the references or titles names."""
        meant = (self._indicators.get(column_name(code), code) for code in codes)
        return next((known[code] for code in meant if code in known), None)

    def dimensions(self, stated: Stated) -> dict[str, str]:
        """The codes by dimension, as ours."""
        found = {}
        for name, value in stated.dimensions:
            column = self._dimensions.get(column_name(name))
            labels = {column_name(label): code for label, code in column.labels.items()} if column else {}
            found[column.dimension if column and column.dimension else name] = labels.get(column_name(value), value)
        return found


def taken_from(acting: ActingContext, stated: Sequence[Stated], whose: str | None, terms: MappingTerms | None) -> Taken:
    """What can be taken of `stated`; all of it is `whose` where that is given."""
    names, taken = _Names(terms), Taken()
    by_reference = {reference_of(acting.register, actor): code for code, actor in acting.register.actors.items()}
    baselines: dict[tuple[str, str, tuple[tuple[str, str], ...]], Stated] = {}
    for one in stated:
        actor = whose or by_reference.get(one.reporting)
        known = names.indicator(one.codes, acting.register.indicators)
        fault = _unknown(one, actor, known) or _unplaced(one)
        if fault is None and actor is not None and known is not None:
            cell = tuple(sorted(names.dimensions(one).items()))
            if one.kind == "baseline":
                baselines[known.code, actor, cell] = one
            elif one.kind == "target":
                fault = _target(acting, taken, one, known, actor, dict(cell), baselines.get((known.code, actor, cell)))
            else:
                fault = _actual(acting, taken, one, known, actor, dict(cell))
        if fault is not None:
            taken.left_out.append(LeftOut(one.where, fault))
    return taken


def _unknown(one: Stated, actor: str | None, known: KnownIndicator | None) -> Fault | None:
    if actor is None:
        given = shown(one.reporting)
        sentence = f"no actor here has the identifier `{given}`"
        return Fault("unknown_organisation", sentence, context={"given": given})
    if known is None:
        given = shown(one.codes[0] if one.codes else "")
        return Fault("unknown_indicator", f"There is no indicator `{given}`.", context={"given": given})
    return None


def _unplaced(one: Stated) -> Fault | None:
    if one.has_location:
        return Fault("location_unknown", "what is said of one place would count as said of all")
    if one.value is None:
        return Fault("missing_value", "there is no value; nothing is not zero", context={"needed": "`value`"})
    try:
        parse_measure(one.value)
    except ValueError:
        return Fault("not_a_decimal", f"`{shown(one.value)}` is no decimal number", context={"given": shown(one.value)})
    if one.first is None or (one.kind != "baseline" and period_over(one.first, one.last) is None):
        given = f"{one.first} … {one.last}"
        return Fault("not_a_period", f"`{given}` is no period", context={"given": given})
    return None


def _actual(
    acting: ActingContext, taken: Taken, one: Stated, known: KnownIndicator, actor: str, cell: dict[str, str]
) -> Fault | None:
    found = period_over(one.first, one.last)
    assert found is not None and one.value is not None
    definition = reference_version(known.versions, found[0].first_day).definition
    if definition.measure is not MeasureKind.QUANTITY:
        sentence = f"a {definition.measure} is reported by its components, which the file does not have"
        return Fault("components_missing", sentence, context={"measure": definition.measure.value})
    frequency = definition.frequency
    exact = Period.containing(frequency, found[0].first_day)
    period = exact if (exact.first_day, exact.last_day) == (one.first, one.last) else found[0]
    if period.first_day != one.first or period.last_day != one.last:
        given = f"{one.first} … {one.last}"
        return Fault("not_a_period", f"`{given}` is no period", context={"given": given})
    body = ContributionBody(
        indicator=known.code, actor=actor, period=str(period), value=parse_measure(one.value), dimensions=cell or None
    )
    caller = acting.caller
    verdict = accept(
        offered(body), acting.register, day=acting.writing.day, reporter=caller.known_actor, is_support=caller.is_support
    )
    if isinstance(verdict, list):
        return verdict[0]
    taken.bodies.append(body)
    taken.of.append(one)
    return None


def _target(
    acting: ActingContext,
    taken: Taken,
    one: Stated,
    known: KnownIndicator,
    actor: str,
    cell: dict[str, str],
    baseline: Stated | None,
) -> Fault | None:
    found = period_over(one.first, one.last)
    assert found is not None and one.value is not None
    begin, end = found
    version = reference_version(known.versions, acting.writing.day)
    point = None if baseline is None else _baseline(baseline, version.definition.frequency)
    terms = TargetTerms(
        actor=actor,
        dimensions=cell or None,
        period=end,
        from_period=None if begin == end else begin,
        value=parse_measure(one.value),
        baseline=point,
    )
    in_force = [held.terms for held in known.targets if held.version == version.number and held.terms.actor == actor]
    if any(_says_the_same(terms, held) for held in in_force):
        return None
    faults = target_faults(terms, version.definition, acting.register.actors)
    if faults:
        return faults[0]
    taken.changes.append(SetTarget(kind="set_target", indicator=known.code, **dict(terms)))
    return None


def _says_the_same(terms: TargetTerms, held: TargetTerms) -> bool:
    return (terms.window, terms.cell, terms.value, terms.baseline) == (held.window, held.cell, held.value, held.baseline)


def _baseline(stated: Stated, frequency: str) -> Point | None:
    """The period is what the comment says, else the reporting period that the day lies in."""
    if stated.first is None or stated.value is None:
        return None
    try:
        period = Period.parse(stated.said)
    except ValueError:
        period = Period.containing(frequency, stated.first)
    return Point(period=period, value=parse_measure(stated.value))
