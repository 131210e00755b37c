"""IATI 2.03, out: one activity for each actor, its figures as results (https://iatistandard.org/en/iati-standard/203/)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from service.indicators.register import KnownActor, KnownIndicator, Register, Version
from service.models.community import Member
from service.models.indicator import Cell, Definition
from service.models.instant import instant_text
from service.models.measure import measure_text
from service.models.period import Period, Window
from service.models.target import TargetTerms
from service.models.vocabulary import Direction, Level, MeasureKind, OverActors

IATI_TYPE = "application/xml"
OWN_VOCABULARY = "99"
"""IndicatorVocabulary: the reporting organisation's own."""
ORG_ID = "org-id"
LOST = {
    "en": "numerators, denominators and weights; observation statuses; whose evidence it rests on; bridges and milestones",
    "fr": "numérateurs, dénominateurs et poids ; statuts d’observation ; preuves ; passerelles et jalons",
}
"""What IATI has no place for, in the words of the file's own description."""
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_OTHER_ORGANISATION, _IMPLEMENTING = "90", "4"
_IMPLEMENTATION, _CLOSED = "2", "4"
_ACTUAL_START = "2"
_UNIT, _PERCENTAGE = "1", "2"
_RESULT_TYPES = {Level.OUTPUT: "1", Level.OUTCOME: "2", Level.IMPACT: "3"}
_OTHER_RESULT = "9"
_BEHIND_A_BREAK = {
    "en": "Under an earlier definition, not comparable with what follows.",
    "fr": "Selon une définition antérieure, non comparable avec la suite.",
}
_KEPT_BETWEEN = {"en": "To be kept between {} and {}.", "fr": "À maintenir entre {} et {}."}


@dataclass(frozen=True, slots=True)
class Actual:
    """One value of one actor. `comparable` False: in the terms of a version behind a break."""

    period: Period
    cell: Cell
    value: Decimal
    comparable: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one indicator of one actor: in the terms of `version`, by period."""

    indicator: KnownIndicator
    version: Version
    actuals: Sequence[Actual]
    targets: Sequence[TargetTerms]


def reference_of(register: Register, actor: KnownActor) -> str:
    """How IATI knows an actor: by its `org-id`, else by a name that is its own within this service."""
    return org_id(actor.member) or f"{register.code}-{actor.code}"


def org_id(member: Member) -> str | None:
    """The identifier of the scheme `org-id`, None where none is known."""
    return next((one.value for one in member.identifiers if one.scheme.casefold() == ORG_ID), None)


def file_start(generated: datetime) -> bytes:
    """The beginning of a file. Activities follow, then `FILE_END`."""
    said = f'<iati-activities version="2.03" generated-datetime="{instant_text(generated)}">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{said}\n'.encode()


FILE_END = b"</iati-activities>\n"


def activity(register: Register, actor: KnownActor, told: Iterable[Told], day: date) -> bytes:
    """The activity of one actor: what it does in this community, as of `day`."""
    language, name = register.settings.language, actor.member.name
    made = Element("iati-activity", {_LANG: language})
    reference = reference_of(register, actor)
    SubElement(made, "iati-identifier").text = f"{reference}-{register.code}" if org_id(actor.member) else reference
    reporting = {"ref": reference, "type": _OTHER_ORGANISATION}
    _narratives(SubElement(made, "reporting-org", reporting), name)
    _narratives(SubElement(made, "title"), register.settings.name)
    objective = next(one for one in register.objectives.values() if one.parent is None)
    _narratives(SubElement(made, "description", type="1"), objective.name)
    _narratives(
        SubElement(made, "description", type="4"), {code: f"Jalon. {_NOT_TOLD[code]} {lost}." for code, lost in LOST.items()}
    )
    _narratives(SubElement(made, "participating-org", {**reporting, "role": _IMPLEMENTING}), name)
    is_over = register.settings.closed or (actor.member.left is not None and actor.member.left < day)
    SubElement(made, "activity-status", code=_CLOSED if is_over else _IMPLEMENTATION)
    begun = (version.adopted_at.date() for known in register.indicators.values() for version in known.versions)
    SubElement(made, "activity-date", {"type": _ACTUAL_START, "iso-date": str(actor.member.joined or min(begun, default=day))})
    results: dict[tuple[str, str], Element] = {}
    for one in told:
        kind = _RESULT_TYPES.get(one.version.definition.level, _OTHER_RESULT)
        key = one.indicator.objective, kind
        if key not in results:
            results[key] = SubElement(made, "result", type=kind)
            _narratives(SubElement(results[key], "title"), register.objectives[one.indicator.objective].name)
        _indicator(results[key], one)
    written: bytes = tostring(made, encoding="utf-8")
    return written + b"\n"


_NOT_TOLD = {"en": "Not told here:", "fr": "Non dit ici :"}


def _indicator(parent: Element, told: Told) -> None:
    definition = told.version.definition
    terms = {"measure": measure_of(definition), "aggregation-status": _truth(definition.over_actors is OverActors.SUM)}
    if definition.direction is not Direction.MAINTAIN:
        terms["ascending"] = _truth(definition.direction is Direction.INCREASE)
    made = SubElement(parent, "indicator", terms)
    _narratives(SubElement(made, "title"), definition.name)
    said = definition.description or definition.unit.label
    _narratives(SubElement(made, "description"), said)
    SubElement(made, "reference", vocabulary=OWN_VOCABULARY, code=told.indicator.code)
    for terms_of in told.targets:
        if terms_of.baseline is not None:
            point = terms_of.baseline
            last = point.period.last_day
            values = {"year": str(last.year), "iso-date": str(last), "value": measure_text(point.value)}
            baseline = SubElement(made, "baseline", values)
            _dimensions(baseline, terms_of.cell)
            # IATI dates a baseline by a day: only the comment can say whether it is of the year or of its last quarter.
            _narratives(SubElement(baseline, "comment"), {"": str(point.period)})
    for window, targets, actuals in _by_window(told):
        period = SubElement(made, "period")
        SubElement(period, "period-start", {"iso-date": str(window.first_day)})
        SubElement(period, "period-end", {"iso-date": str(window.last_day)})
        for target in targets:
            _target(period, target)
        for actual in actuals:
            one = SubElement(period, "actual", value=measure_text(actual.value))
            _dimensions(one, actual.cell)
            if not actual.comparable:
                _narratives(SubElement(one, "comment"), _BEHIND_A_BREAK)


def measure_of(definition: Definition) -> str:
    """IndicatorMeasure: a ratio of a hundred is a percentage, anything else a unit."""
    return _PERCENTAGE if definition.measure is MeasureKind.RATIO and definition.factor == 100 else _UNIT


def _by_window(told: Told) -> Iterator[tuple[Window, list[TargetTerms], list[Actual]]]:
    found: dict[tuple[date, date], tuple[list[TargetTerms], list[Actual]]] = {}
    for terms in told.targets:
        found.setdefault((terms.window.first_day, terms.window.last_day), ([], []))[0].append(terms)
    for actual in told.actuals:
        found.setdefault((actual.period.first_day, actual.period.last_day), ([], []))[1].append(actual)
    for (first, last), (targets, actuals) in sorted(found.items(), key=lambda one: one[0]):
        yield Window(first, last), targets, actuals


def _target(parent: Element, terms: TargetTerms) -> None:
    if terms.value is not None:
        _dimensions(SubElement(parent, "target", value=measure_text(terms.value)), terms.cell)
    elif terms.minimum is not None and terms.maximum is not None:
        made = SubElement(parent, "target")
        _dimensions(made, terms.cell)
        bounds = measure_text(terms.minimum), measure_text(terms.maximum)
        _narratives(SubElement(made, "comment"), {code: text.format(*bounds) for code, text in _KEPT_BETWEEN.items()})


def _dimensions(parent: Element, cell: Cell) -> None:
    for dimension, code in cell:
        SubElement(parent, "dimension", name=dimension, value=code)


def _narratives(parent: Element, texts: Mapping[str, str]) -> None:
    for language, text in texts.items():
        SubElement(parent, "narrative", {_LANG: language} if language else {}).text = text


def _truth(is_so: bool) -> str:
    return "1" if is_so else "0"
