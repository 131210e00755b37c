"""What is wrong with a mapping: where it contradicts itself, and where it names what the community does not have."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from service.errors import Fault, Refused
from service.indicators.carried import MEASURES
from service.indicators.definition import column_name
from service.indicators.register import Register
from service.indicators.suggestion import closest, did_you_mean, shown
from service.models.indicator import TOTAL
from service.models.mapping import OF_DAYS, Dhis2Terms, Fixed, MappedColumn, MappedField, MappingTerms, PeriodFormat
from service.models.vocabulary import ObservationStatus
from service.uploads.heading import ADDED, FIELD_OF
from service.uploads.mapping import Layout, Sent

_LABELLED = (MappedField.INDICATOR, MappedField.ACTOR, MappedField.OBSERVATION_STATUS)
_MOST = 100
"""Faults that are looked for: finding out what each may have meant takes time."""
_STATUSES = tuple(status.value for status in ObservationStatus)


def check_fit(named: str, terms: MappingTerms, register: Register) -> None:
    """Raises Refused `mapping_unfit` where a mapping that was fit once contradicts the community now."""
    faults = mapping_faults(terms, register)
    if faults:
        detail = f"the mapping `{shown(named)}` no longer fits the community: {faults[0].detail}"
        context = {"mapping": shown(named), "why": faults[0].detail}
        unfit = Fault("mapping_unfit", detail, pointer="mapping", context=context)
        raise Refused("mapping_unfit", detail, faults=(unfit,), **context)


class _Known:
    """What a community has: indicators, actors, and the codes that each dimension ever had, of any indicator or of one."""

    def __init__(self, register: Register) -> None:
        self.indicators = list(register.indicators)
        self.actors = list(register.actors)
        self.dimensions: dict[str, set[str]] = {}
        self.dimensions_of: dict[str, dict[str, set[str]]] = {}
        for code, indicator in register.indicators.items():
            own = self.dimensions_of.setdefault(code, {})
            for version in indicator.versions:
                for dimension in version.definition.dimensions:
                    own.setdefault(dimension.code, {TOTAL}).update(dimension.codes)
                    self.dimensions.setdefault(dimension.code, {TOTAL}).update(dimension.codes)


def mapping_faults(terms: MappingTerms, register: Register) -> list[Fault]:
    """The first hundred things wrong with `terms` in this community, with JSON pointers into them; none: it can be used."""
    known = _Known(register)
    columns = (_column(column, f"/columns/{place}", known) for place, column in enumerate(terms.columns))
    found = chain(
        _heads(terms, known),
        _period_options(terms),
        chain.from_iterable(columns),
        _fixed(terms.constants, "/constants", known),
        _dhis2(terms.dhis2, known),
    )
    return list(islice(found, _MOST)) or _contradictions(terms, known)


def _heads(terms: MappingTerms, known: _Known) -> Iterator[Fault]:
    given = [(f"/columns/{place}/column", column.column) for place, column in enumerate(terms.columns)]
    given += [(f"/ignored/{place}", head) for place, head in enumerate(terms.ignored)]
    times = Counter(column_name(head) for _, head in given)
    dimensions = {column_name(code): code for code in known.dimensions}
    for pointer, head in given:
        name = column_name(head)
        if times[name] > 1:
            sentence = f"`{shown(head)}` is named twice"
            yield Fault("column_named_twice", sentence, pointer=pointer, context={"given": shown(head)})
        if FIELD_OF.get(name) in ADDED:
            sentence = f"`{shown(head)}` is a column that reports add, and is never read"
            yield Fault("reserved_column", sentence, pointer=pointer, context={"given": shown(head)})
        if pointer.startswith("/ignored") and name in dimensions:
            code = dimensions[name]
            sentence = f"`{code}` is a dimension here: without it, its rows would count as totals"
            yield Fault("ignored_dimension", sentence, pointer=pointer, context={"dimension": code})


def _period_options(terms: MappingTerms) -> Iterator[Fault]:
    period = terms.period
    needed = {
        "frequency": (period.format in OF_DAYS, period.frequency is not None),
        "year": (period.format is PeriodFormat.TWO_YEARS, period.year is not None),
    }
    for name, (is_needed, is_given) in needed.items():
        context = {"option": name, "format": period.format.value}
        if is_needed and not is_given:
            sentence = f"`{period.format}` is read with `{name}`"
            yield Fault("period_option_missing", sentence, pointer=f"/period/{name}", context=context)
        elif is_given and not is_needed:
            yield Fault(
                "period_option_unused",
                f"`{name}` means nothing to `{period.format}`",
                pointer=f"/period/{name}",
                context=context,
            )


def _column(column: MappedColumn, at: str, known: _Known) -> Iterator[Fault]:
    if (column.field is None) == (column.dimension is None):
        yield Fault("field_or_dimension", "a column holds a `field` or the codes of a `dimension`", pointer=at)
        return
    is_measure = column.field is not None and column.field.value in MEASURES
    if column.dimension is not None and column.dimension not in known.dimensions:
        yield _unknown("unknown_dimension", column.dimension, known.dimensions, f"{at}/dimension")
        return
    if column.labels and column.dimension is None and column.field not in _LABELLED:
        yield _unused("labels", column, at)
    yield from _labels(column, at, known)
    if column.fixed is not None and not is_measure:
        yield _unused("fixed", column, at)
    elif column.fixed is not None:
        yield from _fixed(column.fixed, f"{at}/fixed", known)
    if column.for_indicators and (not is_measure or (column.fixed is not None and column.fixed.indicator is not None)):
        yield _unused("for_indicators", column, at)
    for place, code in enumerate(column.for_indicators):
        if code not in known.indicators:
            yield _unknown("unknown_indicator", code, known.indicators, f"{at}/for_indicators/{place}")


def _unused(option: str, column: MappedColumn, at: str) -> Fault:
    holds = column.field.value if column.field is not None else str(column.dimension)
    sentence = f"`{option}` means nothing to a column of `{holds}`"
    return Fault("column_option_unused", sentence, pointer=f"{at}/{option}", context={"option": option, "field": holds})


def _labels(column: MappedColumn, at: str, known: _Known) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for label, code in column.labels.items():
        pointer = f"{at}/labels/{_step(label)}"
        if seen.setdefault(column_name(label), code) != code:
            sentence = f"`{shown(label)}` is given twice, case and accents aside, for two codes"
            yield Fault("ambiguous_label", sentence, pointer=pointer, context={"given": shown(label)})
        if column.dimension is not None:
            codes = known.dimensions[column.dimension]
            if code not in codes:
                yield _unknown("unknown_code", code, codes, pointer, dimension=column.dimension)
        elif column.field is MappedField.INDICATOR and code not in known.indicators:
            yield _unknown("unknown_indicator", code, known.indicators, pointer)
        elif column.field is MappedField.ACTOR and code not in known.actors:
            yield _unknown("unknown_actor", code, known.actors, pointer)
        elif column.field is MappedField.OBSERVATION_STATUS and code not in _STATUSES:
            yield _unknown("unknown_observation_status", code, _STATUSES, pointer, allowed=", ".join(_STATUSES))


def _fixed(fixed: Fixed, at: str, known: _Known) -> Iterator[Fault]:
    if fixed.indicator is not None and fixed.indicator not in known.indicators:
        yield _unknown("unknown_indicator", fixed.indicator, known.indicators, f"{at}/indicator")
    if fixed.actor is not None and fixed.actor not in known.actors:
        yield _unknown("unknown_actor", fixed.actor, known.actors, f"{at}/actor")
    has = known.dimensions_of.get(fixed.indicator or "", known.dimensions)
    for dimension, code in fixed.dimensions.items():
        pointer = f"{at}/dimensions/{_step(dimension)}"
        if dimension not in has:
            yield _unknown("unknown_dimension", dimension, has, pointer)
        elif code not in has[dimension]:
            yield _unknown("unknown_code", code, has[dimension], pointer, dimension=dimension)


def _dhis2(terms: Dhis2Terms | None, known: _Known) -> Iterator[Fault]:
    if terms is None:
        return
    for place, one in enumerate(terms.data_elements):
        yield from _fixed(Fixed(indicator=one.indicator, dimensions=one.dimensions), f"/dhis2/data_elements/{place}", known)
    for actor in terms.org_units:
        if actor not in known.actors:
            yield _unknown("unknown_actor", actor, known.actors, f"/dhis2/org_units/{_step(actor)}")
    elements = [(one.data_element, one.category_option_combo) for one in terms.data_elements]
    cells = [(one.indicator, one.measure, tuple(sorted(one.dimensions.items()))) for one in terms.data_elements]
    given: list[tuple[str, object, str]] = [
        (f"/dhis2/data_elements/{place}", key, key[0]) for place, key in enumerate(elements)
    ]
    given += [(f"/dhis2/data_elements/{place}", key, key[0]) for place, key in enumerate(cells)]
    given += [(f"/dhis2/org_units/{_step(actor)}", (unit, None), unit) for actor, unit in terms.org_units.items()]
    times = Counter[object](key for _, key, _ in given)
    for pointer, key, name in given:
        if times[key] > 1:
            yield Fault(
                "column_named_twice", f"`{shown(name)}` is named twice", pointer=pointer, context={"given": shown(name)}
            )


def _contradictions(terms: MappingTerms, known: _Known) -> list[Fault]:
    """What two columns, or a column and a constant, both say, as a file with exactly the columns named would show it."""
    dimensions: Mapping[str, str] = {column_name(code): code for code in known.dimensions}
    layout = Layout([column.column for column in terms.columns], Sent("", terms), dimensions)
    faults = [
        Fault(fault.code, fault.detail, pointer=f"/columns/{fault.row}", context=fault.context) for fault in layout.faults
    ]
    has_periods = "period" in layout.constants or "period" in layout.places
    if terms.period_columns is not None and (has_periods or any("period" in slot.fixed for slot in layout.slots)):
        sentence = "there are two columns for `period`"
        faults.append(Fault("duplicate_column", sentence, pointer="/period_columns", context={"column": "period"}))
    return faults


def _unknown(code: str, given: str, known: Iterable[str], pointer: str, **context: str) -> Fault:
    names: Sequence[str] = sorted(known)
    meant = closest(given, names)
    return Fault(
        code,
        _SENTENCES[code].format(given=shown(given), **context),
        pointer=pointer,
        suggestion=did_you_mean(meant) if meant else None,
        context={"given": shown(given), **context, **({"meant": meant} if meant else {})},
    )


_SENTENCES = {
    "unknown_actor": "there is no actor `{given}` here",
    "unknown_code": "`{given}` is no code of `{dimension}`",
    "unknown_dimension": "`{given}` is no dimension here",
    "unknown_indicator": "there is no indicator `{given}` here",
    "unknown_observation_status": "`{given}` is no observation status of SDMX: {allowed}",
}


def _step(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
