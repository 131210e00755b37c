"""Which definitions and bridges are legal, and why not (`MODEL.md` 1 and 3).

A wrong number must be impossible to ask for, so what cannot be meant is refused when it is proposed. Every function
returns the faults it found, with JSON pointers into what it was given; none means legal.
"""

import unicodedata
from collections.abc import Iterator

from service.errors import Fault
from service.models.indicator import MAXIMUM_CODES, OUT_OF_SCOPE, Bridge, Definition, Dimension
from service.models.vocabulary import (
    BridgeKind,
    DenominatorOverTime,
    MeasureKind,
    Nature,
    OverActors,
    OverCodes,
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


def bridge_faults(before: Definition, after: Definition, bridge: Bridge) -> list[Fault]:
    """What makes `bridge` an illegal reading of values under `before` in the terms of `after` (`MODEL.md` 3)."""
    if bridge.kind is BridgeKind.BREAK:
        return list(_terms_of_a_break(bridge))
    if after.measure is not before.measure or after.nature is not before.nature:
        return [
            Fault(
                "measure_needs_break",
                "`measure` and `nature` change only with a `break`: older values cannot be read as the new kind",
                pointer="/bridge/kind",
                suggestion="break",
            )
        ]
    if bridge.kind is BridgeKind.EDITORIAL:
        return list(_editorial_faults(before, after, bridge))
    return [*_factor_faults(after, bridge), *_code_map_faults(before, after, bridge), *_dropping_faults(before, after)]


def _terms(bridge: Bridge) -> Iterator[str]:
    for term in ("factor", "offset", "numerator_factor", "denominator_factor", "code_map"):
        if getattr(bridge, term) is not None:
            yield term


def _terms_of_a_break(bridge: Bridge) -> Iterator[Fault]:
    for term in _terms(bridge):
        yield Fault(
            "bridge_term_unused", f"`{term}` has no meaning across a break", pointer=f"/bridge/{term}", context={"term": term}
        )


def _editorial_faults(before: Definition, after: Definition, bridge: Bridge) -> Iterator[Fault]:
    for term in _terms(bridge):
        yield Fault(
            "bridge_term_unused",
            f"`{term}` changes numbers: an editorial bridge has none",
            pointer=f"/bridge/{term}",
            suggestion="conversion",
            context={"term": term},
        )
    if after.factor != before.factor:
        yield Fault("factor_changed", "`factor` may not change in an editorial revision", pointer="/definition/factor")
    if after.name != before.name and _unit_of(after) != _unit_of(before):
        yield Fault(
            "code_reused",
            "name and unit both change: this is another thing; define a new indicator, or declare a `break`",
            pointer="/bridge/kind",
            suggestion="break",
        )
    codes_after = {dimension.code: set(dimension.codes) for dimension in after.dimensions}
    for dimension in before.dimensions:
        if dimension.code not in codes_after:
            yield Fault(
                "dimension_removed",
                f"dimension `{dimension.code}` goes: that takes a `conversion`",
                pointer="/definition/dimensions",
                suggestion="conversion",
                context={"dimension": dimension.code},
            )
            continue
        for code in dimension.codes:
            if code not in codes_after[dimension.code]:
                yield Fault(
                    "code_removed",
                    f"code `{code}` of `{dimension.code}` goes: that takes a `conversion` with a `code_map`",
                    pointer="/definition/dimensions",
                    suggestion="conversion",
                    context={"code": code, "dimension": dimension.code},
                )


def _unit_of(definition: Definition) -> tuple[dict[str, str], str | None]:
    return definition.unit.label, definition.unit.code


def _factor_faults(after: Definition, bridge: Bridge) -> Iterator[Fault]:
    own = ("numerator_factor", "denominator_factor") if after.measure is MeasureKind.RATIO else ("factor", "offset")
    for term in ("factor", "offset", "numerator_factor", "denominator_factor"):
        given = getattr(bridge, term)
        if given is None:
            continue
        if term not in own:
            yield Fault(
                "bridge_term_unused",
                f"a {after.measure} is converted by {' and '.join(own)}",
                pointer=f"/bridge/{term}",
                context={"term": term},
            )
        elif term in ("numerator_factor", "denominator_factor") and given <= 0:
            yield Fault("factor_not_positive", f"`{term}` is above 0", pointer=f"/bridge/{term}")
        elif term == "factor" and given == 0:
            yield Fault("factor_zero", "a factor of 0 would erase every older value", pointer="/bridge/factor")
    if bridge.offset and after.measure is MeasureKind.QUANTITY and _is_summed(after):
        yield Fault(
            "offset_on_a_sum",
            "an offset shifts every part, so a sum over time, actors or codes would shift by as many: refused",
            pointer="/bridge/offset",
        )


def _is_summed(definition: Definition) -> bool:
    # With `over_codes: sum` even where no dimension is left: the cells of one that has gone are still added together.
    return (
        definition.over_time is OverTime.SUM
        or definition.over_actors in (OverActors.SUM, OverActors.DISTINCT)
        or definition.over_codes is OverCodes.SUM
    )


def _code_map_faults(before: Definition, after: Definition, bridge: Bridge) -> Iterator[Fault]:
    codes_before = {dimension.code: dimension.codes for dimension in before.dimensions}
    codes_after = {dimension.code: set(dimension.codes) for dimension in after.dimensions}
    code_map = bridge.code_map or {}
    for dimension, mapped in code_map.items():
        at = f"/bridge/code_map/{dimension[:64]}"
        if dimension not in codes_before:
            yield Fault("unknown_dimension", "the version before has no such dimension", pointer=at)
            continue
        for code, target in mapped.items():
            if code not in codes_before[dimension]:
                yield Fault(
                    "unknown_code",
                    f"the version before has no such code of `{dimension}`",
                    pointer=f"{at}/{code[:64]}",
                    context={"dimension": dimension},
                )
            if target is not None and target != OUT_OF_SCOPE and target not in codes_after.get(dimension, set()):
                yield Fault(
                    "unknown_code",
                    f"the new version has no such code of `{dimension}`; map to one of its codes, to null or to `_X`",
                    pointer=f"{at}/{code[:64]}",
                    context={"dimension": dimension},
                )
    for dimension, codes in codes_before.items():
        if dimension not in codes_after:
            continue
        mapped = code_map.get(dimension, {})
        for code in codes:
            if code not in mapped and code not in codes_after[dimension]:
                yield Fault(
                    "code_unmapped",
                    f"code `{code}` of `{dimension}` goes: map it to a new code, to null (it counts in totals only) or to `_X`",
                    pointer="/bridge/code_map",
                    context={"code": code, "dimension": dimension},
                )
        landed = [mapped.get(code, code) for code in codes]
        placed = [code for code in landed if code is not None and code != OUT_OF_SCOPE]
        if len(set(placed)) != len(placed) and after.over_codes is OverCodes.NONE:
            yield Fault(
                "merge_needs_sum",
                f"codes of `{dimension}` merge: that needs `over_codes: sum`",
                pointer="/bridge/code_map",
                context={"dimension": dimension},
            )


def _dropping_faults(before: Definition, after: Definition) -> Iterator[Fault]:
    kept = {dimension.code for dimension in after.dimensions}
    for dimension in before.dimensions:
        if dimension.code not in kept and after.over_codes is OverCodes.NONE:
            yield Fault(
                "dropping_needs_sum",
                f"dimension `{dimension.code}` goes: adding up its cells needs `over_codes: sum`",
                pointer="/definition/over_codes",
                context={"dimension": dimension.code},
            )
