"""What a contribution carries: its numbers, its observation status, its texts; and what is wrong with them (`MODEL.md` 1)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from service.errors import Fault
from service.indicators.suggestion import shown
from service.models.indicator import Definition
from service.models.measure import measure_text
from service.models.text import TEXT_LIMIT
from service.models.vocabulary import MeasureKind, ObservationStatus

MEASURES = ("value", "numerator", "denominator", "weight")
"""The fields that hold numbers, in the order of the columns."""
MEASURES_OF = {
    MeasureKind.QUANTITY: ("value",),
    MeasureKind.RATIO: ("numerator", "denominator"),
    MeasureKind.MEAN: ("value", "weight"),
}
"""What one contribution carries (`MODEL.md` 1)."""


def measure_faults(definition: Definition, given: Mapping[str, Decimal | None]) -> list[Fault]:
    """What is wrong with the numbers of one contribution: `given` maps `MEASURES` to what was sent, None where nothing was."""
    return list(_measure_faults(definition, given))


def _measure_faults(definition: Definition, given: Mapping[str, Decimal | None]) -> Iterator[Fault]:
    needed = MEASURES_OF[definition.measure]
    carried = " and ".join(f"`{name}`" for name in needed)
    context = {"measure": definition.measure.value, "needed": carried}
    for name in MEASURES:
        if name not in needed and given[name] is not None:
            sentence = f"a {definition.measure.value} carries {carried}, no `{name}`"
            yield Fault("unexpected_measure", sentence, pointer=f"/{name}", context={**context, "field": name})
    absent = [name for name in needed if given[name] is None]
    if len(absent) == len(needed):
        yield Fault("missing_value", f"there is no {carried}; nothing is not zero", pointer=f"/{needed[0]}", context=context)
        return
    for name in absent:
        yield Fault("missing_measure", f"there is no `{name}`", pointer=f"/{name}", context={**context, "field": name})
    if given["denominator"] is not None and "denominator" in needed and given["denominator"] < 0:
        yield Fault("negative_denominator", "a denominator is never below zero", pointer="/denominator")
    if given["weight"] is not None and "weight" in needed and given["weight"] < 0:
        yield Fault("negative_weight", "a weight is never below zero", pointer="/weight")
    yield from _bound_faults(definition, given, f"/{needed[0]}")


def _bound_faults(definition: Definition, given: Mapping[str, Decimal | None], at: str) -> Iterator[Fault]:
    if definition.minimum is None and definition.maximum is None:
        return
    value = one_value(definition, given)
    if value is None:
        return
    if definition.minimum is not None and value < Fraction(definition.minimum):
        least = measure_text(definition.minimum)
        yield Fault("below_minimum", f"it is below {least}, the least it can be", pointer=at, context={"bound": least})
    if definition.maximum is not None and value > Fraction(definition.maximum):
        most = measure_text(definition.maximum)
        yield Fault("above_maximum", f"it is above {most}, the most it can be", pointer=at, context={"bound": most})


def one_value(definition: Definition, given: Mapping[str, Decimal | None]) -> Fraction | None:
    """The one value that the numbers of a contribution make, exactly; None where there is none, or nothing to divide by."""
    if definition.measure is not MeasureKind.RATIO:
        return None if given["value"] is None else Fraction(given["value"])
    numerator, denominator = given["numerator"], given["denominator"]
    if numerator is None or not denominator:
        return None  # a ratio over nothing has no value that a bound could be held to
    return Fraction(definition.factor) * Fraction(numerator) / Fraction(denominator)


_STATUSES = frozenset(status.value for status in ObservationStatus)


def remark_faults(observation_status: str, comment: str | None, evidence: str | None) -> list[Fault]:
    """What is wrong with the observation status (SDMX's OBS_STATUS) and the texts that come with a contribution."""
    faults: list[Fault] = []
    if observation_status not in _STATUSES:
        sentence = f"`{shown(observation_status)}` is no observation status of SDMX: {', '.join(sorted(_STATUSES))}"
        context = {"given": shown(observation_status), "allowed": ", ".join(sorted(_STATUSES))}
        faults.append(Fault("unknown_observation_status", sentence, pointer="/observation_status", context=context))
    for name, text in (("comment", comment), ("evidence", evidence)):
        if text is None:
            continue
        if not 1 <= len(text) <= TEXT_LIMIT:
            sentence = f"`{name}` has between 1 and {TEXT_LIMIT} characters"
            context = {"field": name, "limit": str(TEXT_LIMIT)}
            faults.append(Fault("too_long", sentence, pointer=f"/{name}", context=context))
        elif any(_is_control(character) for character in text):
            faults.append(
                Fault("control_character", f"`{name}` holds a control character", pointer=f"/{name}", context={"field": name})
            )
    return faults


def _is_control(character: str) -> bool:
    return (ord(character) < 32 and character not in "\n\t\r") or ord(character) == 0x7F or 0xD800 <= ord(character) <= 0xDFFF
