"""Which bridges are legal readings of older values in newer terms, and why not (`MODEL.md` 3).

As in `definition.py`, every function returns the faults it found, with JSON pointers into the change; none means legal.
"""

from collections.abc import Iterator

from service.errors import Fault
from service.models.indicator import OUT_OF_SCOPE, Bridge, Definition
from service.models.vocabulary import BridgeKind, MeasureKind, OverActors, OverCodes, OverTime


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
