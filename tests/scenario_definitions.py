"""Random but legal definitions, and what communities may make of them next: every bridge of MODEL.md 3."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from service.models.indicator import Bridge, Definition
from tests.chance import Chance

POOL = {"sex": ["F", "M", "X"], "age": ["y", "m", "o"], "place": ["u", "r"]}
"""Dimensions and codes that come and go."""
OVER_TIME = {
    ("quantity", "flow"): ["sum", "mean", "max", "min"],
    ("quantity", "stock"): ["last", "mean", "max", "min"],
    ("quantity", "cumulative"): ["last"],
    ("ratio", "flow"): ["sum"],
    ("ratio", "stock"): ["last"],
    ("ratio", "cumulative"): ["last"],
    ("mean", "flow"): ["sum"],
    ("mean", "stock"): ["last"],
    ("mean", "cumulative"): ["last"],
}
"""MODEL.md 1, the table of legal combinations, written out."""
OVER_ACTORS = {
    "quantity": ["sum", "mean", "median", "max", "min", "single", "distinct", "none"],
    "ratio": ["sum", "single", "none"],
    "mean": ["sum", "single", "none"],
}
KINDS = [("quantity", "flow"), ("quantity", "stock"), *OVER_TIME]
DIRECTIONS = ["increase", "decrease", "increase", "decrease", "maintain"]
FACTORS = [Decimal(text) for text in ("0.5", "2", "10", "0.000001", "1.5")]
BEGINNINGS = (
    "2023",
    "2024",
    "2024",
    "2024-S2",
    "2024-Q3",
    "2024-Q4",
    "2024-11",
    "2025",
    "2025-01",
    "2025-Q2",
    "2025-S2",
    "2026",
)
"""When a revision begins to govern: mostly before some of what was reported already."""


@dataclass(frozen=True)
class Draft:
    """A definition in the making, as plain values, and the bridge that leads to it."""

    fields: dict[str, Any]
    dimensions: dict[str, list[str]]
    bridge: Bridge | None = None

    def definition(self) -> Definition:
        """The definition itself."""
        dimensions = [{"code": code, "codes": codes} for code, codes in self.dimensions.items()]
        return Definition.model_validate({"name": "x", "unit": "x", **self.fields, "dimensions": dimensions})


def first_draft(chance: Chance, actors: tuple[str, ...]) -> Draft:
    """A first definition: any legal combination, split or not."""
    measure, nature = chance.pick(KINDS)
    fields: dict[str, Any] = {"measure": measure, "nature": nature, "direction": chance.pick(DIRECTIONS)}
    fields |= _rules(chance, measure, nature, actors)
    fields["frequency"] = chance.pick("QQQMMASWD")
    fields["carry_forward"] = chance.pick([1, 0, 2, 5])
    if measure == "ratio":
        fields["factor"] = chance.pick(["1", "100", "0.001"])
    fields["effective_from"] = chance.pick([None, None, None, "2024", "2024-11"])
    dimensions = {}
    for code in chance.pick([["sex"], [], ["sex"], ["age", "sex"], ["sex", "place"], ["place", "sex", "age"]]):
        dimensions[code] = _some_codes(chance, code)
    return Draft(fields, dimensions)


def _some_codes(chance: Chance, dimension: str) -> list[str]:
    pool = POOL[dimension]
    return list(chance.pick([pool[:2], pool[:1], pool, pool[1:]]))


def _rules(chance: Chance, measure: str, nature: str, actors: tuple[str, ...]) -> dict[str, Any]:
    """How values add up: over time, actors and codes."""
    legal = OVER_TIME[measure, nature]
    over_time = chance.pick([legal[0], *legal])
    how = [rule for rule in OVER_ACTORS[measure] if rule != "distinct" or over_time in ("sum", "last")]
    # Sums are the most usual; people who may be the same are what there is most to get wrong about.
    over_actors = chance.pick(["sum", "sum", chance.pick(how), "distinct" if "distinct" in how else chance.pick(how)])
    rules: dict[str, Any] = {"over_time": over_time, "over_actors": over_actors}
    rules["contributors"] = chance.pick(["all", "all", ["a", "b"], ["a"]])
    if over_actors == "single":
        rules["contributors"] = [chance.pick(actors[:2])]
    rules["over_codes"] = chance.pick([None, "sum", "none"])
    if measure == "ratio":
        rules["denominator_over_time"] = chance.pick([None, "last", "sum"]) if over_time == "sum" else None
    return rules


def later_drafts(chance: Chance, first: Draft, actors: tuple[str, ...]) -> list[Draft]:
    """Up to three definitions that follow on `first`, each with its bridge. Each may be back-dated, or begin later."""
    found: list[Draft] = []
    before = first
    for _ in range(chance.pick([0, 1, 1, 1, 2, 2, 3])):
        kind = chance.pick(["editorial", "editorial", "conversion", "conversion", "conversion", "conversion", "break"])
        if kind == "break":
            after = replace(first_draft(chance, actors), bridge=Bridge.model_validate({"kind": "break"}))
        elif kind == "editorial":
            dimensions = _more(chance, before.dimensions)
            after = Draft(_other_rules(chance, before, actors), dimensions, Bridge.model_validate({"kind": "editorial"}))
        else:
            after = _converted(chance, before, actors)
        before = replace(after, fields={**after.fields, "effective_from": chance.pick(BEGINNINGS)})
        found.append(before)
    return found


def _other_rules(chance: Chance, before: Draft, actors: tuple[str, ...]) -> dict[str, Any]:
    fields = dict(before.fields)
    if chance.one_in(4):
        fields |= _rules(chance, fields["measure"], fields["nature"], actors)
    if chance.one_in(3):
        fields["frequency"] = chance.pick("QMAS")
    if chance.one_in(3):
        fields["carry_forward"] = chance.pick([0, 1, 2])
    return fields


def _more(chance: Chance, dimensions: dict[str, list[str]], gone: Collection[str] = ()) -> dict[str, list[str]]:
    """The same and perhaps a code more, a dimension more, or another order. What goes now may only come back later."""
    found = {code: list(codes) for code, codes in dimensions.items()}
    for code, codes in found.items():
        absent = [known for known in POOL[code] if known not in codes]
        if absent and chance.one_in(3):
            codes.append(absent[0])
    new = [code for code in POOL if code not in found and code not in gone]
    if new and chance.one_in(3):
        code = chance.pick(new)
        found[code] = _some_codes(chance, code)
    return dict(reversed(found.items())) if chance.one_in(4) else found


def _converted(chance: Chance, before: Draft, actors: tuple[str, ...]) -> Draft:
    fields = _other_rules(chance, before, actors)
    bare = Draft(fields, {}).definition()
    bridge: dict[str, Any] = {"kind": "conversion"}
    for name in ("numerator_factor", "denominator_factor") if fields["measure"] == "ratio" else ("factor",):
        if chance.one_in(2):
            bridge[name] = chance.pick(FACTORS)
    summed = "sum" in (bare.over_time, bare.over_actors, bare.over_codes) or bare.over_actors == "distinct"
    if fields["measure"] == "mean" or (fields["measure"] == "quantity" and not summed):
        bridge["offset"] = chance.pick([None, Decimal(3), Decimal("-0.25")])
    if fields["measure"] == "ratio":
        fields["factor"] = chance.pick([fields["factor"], "1000"])
    kept: dict[str, list[str]] = {}
    code_map: dict[str, dict[str, str | None]] = {}
    for dimension, codes in before.dimensions.items():
        mapped = _mapped(chance, dimension, codes, adds=bare.over_codes == "sum")
        goes = bare.over_codes == "sum" and chance.one_in(3)
        if goes:
            # Of a dimension that goes, all that can still be said is what is out of scope.
            mapped = {code: target for code, target in mapped.items() if target == "_X"}
        else:
            landed = [mapped.get(code, code) for code in codes]
            kept[dimension] = list(dict.fromkeys(code for code in landed if code is not None and code != "_X"))
            kept[dimension] = kept[dimension] or [_unused(dimension, codes)]
        if mapped:
            code_map[dimension] = mapped
    if code_map:
        bridge["code_map"] = code_map
    return Draft(fields, _more(chance, kept, before.dimensions), Bridge.model_validate(bridge))


def _unused(dimension: str, codes: list[str]) -> str:
    return next((code for code in POOL[dimension] if code not in codes), "Z")


def _mapped(chance: Chance, dimension: str, codes: list[str], *, adds: bool) -> dict[str, str | None]:
    """What becomes of the codes: most stay, some are renamed, merged, lose their place or go out of scope."""
    mapped: dict[str, str | None] = {}
    taken = set(codes)
    for code in codes:
        fate = chance.pick(["stays", "stays", "moves", "moves", "moves", "nowhere", "out"])
        if fate == "nowhere":
            mapped[code] = None
        elif fate == "out":
            mapped[code] = "_X"
        elif fate == "moves":
            target = chance.pick(POOL[dimension])
            if target != code and (adds or target not in taken):
                mapped[code] = target
                taken.add(target)
    return mapped
