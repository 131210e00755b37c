"""Which definitions are legal, and why not (`MODEL.md` 1). Bridges between them: `bridging.py`.

A wrong number must be impossible to ask for, so what cannot be meant is refused when it is proposed. Every function
returns the faults it found, with JSON pointers into what it was given; none means legal.
"""

import unicodedata
from collections.abc import Iterator

from service.errors import Fault
from service.models.indicator import MAXIMUM_CODES, Definition, Dimension
from service.models.vocabulary import (
    DenominatorOverTime,
    MeasureKind,
    Nature,
    OverActors,
    OverTime,
)

_LEGAL_OVER_TIME = {
    (MeasureKind.QUANTITY, Nature.FLOW): (OverTime.SUM, OverTime.MEAN, OverTime.MAX, OverTime.MIN),
    (MeasureKind.QUANTITY, Nature.STOCK): (OverTime.LAST, OverTime.MEAN, OverTime.MAX, OverTime.MIN),
    (MeasureKind.QUANTITY, Nature.CUMULATIVE): (OverTime.LAST,),
    (MeasureKind.RATIO, Nature.FLOW): (OverTime.SUM,),
    (MeasureKind.RATIO, Nature.STOCK): (OverTime.LAST,),
    (MeasureKind.RATIO, Nature.CUMULATIVE): (OverTime.LAST,),
    (MeasureKind.MEAN, Nature.FLOW): (OverTime.SUM,),
    (MeasureKind.MEAN, Nature.STOCK): (OverTime.LAST,),
    (MeasureKind.MEAN, Nature.CUMULATIVE): (OverTime.LAST,),
}
"""MODEL.md 1, "Legal combinations"."""
_LEGAL_OVER_ACTORS = {
    MeasureKind.QUANTITY: tuple(OverActors),
    MeasureKind.RATIO: (OverActors.SUM, OverActors.SINGLE, OverActors.NONE),
    MeasureKind.MEAN: (OverActors.SUM, OverActors.SINGLE, OverActors.NONE),
}
RESERVED_COLUMNS = frozenset(
    "indicator actor period value numerator denominator weight observation_status comment evidence "
    "due error message suggestion "
    "indicateur acteur periode valeur numerateur denominateur poids statut commentaire preuve echeance".split()
)
"""Heads of a CSV's own columns, of a template's and a report's: a dimension of that name could not be told from them."""


def column_name(head: str) -> str:
    """A column's head as it is compared: without case, accents or outer spaces."""
    plain = unicodedata.normalize("NFKD", head.strip().casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


def definition_faults(definition: Definition) -> list[Fault]:
    """What makes `definition` illegal by itself."""
    return [*_combination_faults(definition), *_bound_faults(definition), *_dimension_faults(definition.dimensions)]


def _combination_faults(definition: Definition) -> Iterator[Fault]:
    measure, nature = definition.measure, definition.nature
    legal_times = _LEGAL_OVER_TIME[measure, nature]
    if definition.over_time not in legal_times:
        yield _illegal("/over_time", "illegal_over_time", definition.over_time, f"{measure} {nature}", legal_times)
    if definition.over_actors not in _LEGAL_OVER_ACTORS[measure]:
        yield _illegal("/over_actors", "illegal_over_actors", definition.over_actors, measure, _LEGAL_OVER_ACTORS[measure])
    if definition.over_actors is OverActors.DISTINCT and definition.over_time not in (OverTime.SUM, OverTime.LAST):
        yield _illegal("/over_actors", "illegal_over_actors", "distinct", f"over_time {definition.over_time}", ())
    if definition.over_actors is OverActors.SINGLE and (definition.contributors == "all" or len(definition.contributors) != 1):
        yield Fault(
            "single_needs_one_contributor",
            "with `over_actors: single` exactly one actor reports for the whole territory: name it in `contributors`",
            pointer="/contributors",
        )
    if isinstance(definition.contributors, list):
        if not definition.contributors:
            yield Fault("no_contributors", '`contributors` is a list of at least one actor, or "all"', pointer="/contributors")
        elif len(set(definition.contributors)) != len(definition.contributors):
            yield Fault("duplicate_code", "an actor is named twice", pointer="/contributors")
    if definition.measure is not MeasureKind.RATIO:
        if definition.denominator_over_time is not None:
            yield Fault("no_denominator", "`denominator_over_time` is for a ratio", pointer="/denominator_over_time")
        if definition.factor != 1:
            yield Fault(
                "factor_without_ratio", "`factor` multiplies a ratio only; say other scales in the unit", pointer="/factor"
            )
    elif definition.denominator_over_time is DenominatorOverTime.SUM and definition.over_time is OverTime.LAST:
        yield Fault(
            "illegal_denominator_over_time",
            "a ratio whose numerator is the last one needs the last denominator too",
            pointer="/denominator_over_time",
            suggestion="last",
        )
    if definition.factor <= 0:
        yield Fault("factor_not_positive", "`factor` is above 0 (100 for percent)", pointer="/factor")


def _illegal(pointer: str, code: str, given: object, of: object, legal: tuple[object, ...]) -> Fault:
    allowed = ", ".join(str(value) for value in legal)
    detail = f"`{given}` has no meaning for {of}" + (f"; allowed: {allowed}" if allowed else "; it goes with sum or last only")
    context = {"given": str(given), "of": str(of), "allowed": allowed or "sum, last"}
    return Fault(code, detail, pointer=pointer, suggestion=str(legal[0]) if len(legal) == 1 else None, context=context)


def _bound_faults(definition: Definition) -> Iterator[Fault]:
    if definition.minimum is not None and definition.maximum is not None and definition.minimum > definition.maximum:
        yield Fault("bounds_crossed", "`minimum` is above `maximum`", pointer="/minimum")


def _dimension_faults(dimensions: list[Dimension]) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, dimension in enumerate(dimensions):
        at = f"/dimensions/{place}"
        column = column_name(dimension.code)
        if column in RESERVED_COLUMNS:
            yield Fault(
                "reserved_dimension",
                f"`{dimension.code}` is the name of a column of its own in a CSV",
                pointer=f"{at}/code",
                context={"code": dimension.code},
            )
        if column in seen:
            yield Fault(
                "duplicate_dimension",
                f"dimension `{dimension.code}` occurs twice",
                pointer=f"{at}/code",
                context={"code": dimension.code},
            )
        seen.add(column)
        if len(set(dimension.codes)) != len(dimension.codes):
            yield Fault("duplicate_code", f"a code of `{dimension.code}` occurs twice", pointer=f"{at}/codes")
        for code in sorted(set(dimension.labels or ()) - set(dimension.codes)):
            yield Fault(
                "unknown_code",
                f"`{code[:64]}` is labelled and is no code of `{dimension.code}`",
                pointer=f"{at}/labels",
                context={"dimension": dimension.code},
            )
    if sum(len(dimension.codes) for dimension in dimensions) > MAXIMUM_CODES:
        yield Fault("too_many_codes", f"an indicator has at most {MAXIMUM_CODES} codes", pointer="/dimensions")
