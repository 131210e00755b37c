"""How older values read in newer terms, in words and in every language: what each term of a bridge does (`MODEL.md` 3)."""

from collections.abc import Iterator
from decimal import Decimal

from service.models.indicator import OUT_OF_SCOPE, Bridge
from service.models.vocabulary import BridgeKind

_SENTENCES = {
    "editorial": {
        "en": "Older values stay as they are: nothing numeric changed.",
        "fr": "Les valeurs antérieures restent telles quelles : rien de chiffré n’a changé.",
    },
    "unchanged": {"en": "Older values stay as they are.", "fr": "Les valeurs antérieures restent telles quelles."},
    "break": {
        "en": "Older values are not comparable: they enter no figure of this version.",
        "fr": "Les valeurs antérieures ne sont pas comparables : elles n’entrent dans aucun chiffre de cette version.",
    },
    "factor": {
        "en": "Older values are multiplied by {factor}.",
        "fr": "Les valeurs antérieures sont multipliées par {factor}.",
    },
    "offset": {"en": "{offset} is added to older values.", "fr": "{offset} est ajouté aux valeurs antérieures."},
    "factor_and_offset": {
        "en": "Older values are multiplied by {factor}, then {offset} is added.",
        "fr": "Les valeurs antérieures sont multipliées par {factor}, puis {offset} y est ajouté.",
    },
    "numerator_factor": {
        "en": "Older numerators are multiplied by {factor}.",
        "fr": "Les numérateurs antérieurs sont multipliés par {factor}.",
    },
    "denominator_factor": {
        "en": "Older denominators are multiplied by {factor}.",
        "fr": "Les dénominateurs antérieurs sont multipliés par {factor}.",
    },
    "mapped": {
        "en": "In `{dimension}`, {codes} counts as {target}.",
        "fr": "Dans `{dimension}`, {codes} compte comme {target}.",
    },
    "total_only": {
        "en": "In `{dimension}`, {codes} counts in totals only.",
        "fr": "Dans `{dimension}`, {codes} ne compte que dans les totaux.",
    },
    "out_of_scope": {
        "en": "In `{dimension}`, {codes} is out of scope and left out.",
        "fr": "Dans `{dimension}`, {codes} est hors champ et laissé de côté.",
    },
}


def bridge_reading(bridge: Bridge) -> dict[str, str]:
    """How values of the version before read in the terms of this one, by language."""
    said = list(_said(bridge))
    return {
        language: " ".join(_SENTENCES[name][language].format(**values) for name, values in said) for language in ("en", "fr")
    }


def _said(bridge: Bridge) -> Iterator[tuple[str, dict[str, str]]]:
    if bridge.kind is not BridgeKind.CONVERSION:
        yield bridge.kind.value, {}
        return
    terms = list(_terms(bridge))
    yield from terms or [("unchanged", {})]


def _terms(bridge: Bridge) -> Iterator[tuple[str, dict[str, str]]]:
    for name in ("numerator_factor", "denominator_factor"):
        if _changes(part := getattr(bridge, name)):
            yield name, {"factor": _written(part)}
    scaled = {"factor": _written(bridge.factor)} if bridge.factor is not None and _changes(bridge.factor) else {}
    shifted = {"offset": _written(bridge.offset)} if bridge.offset else {}
    if scaled or shifted:
        yield "_and_".join([*scaled, *shifted]), scaled | shifted
    for dimension, mapped in (bridge.code_map or {}).items():
        by_target: dict[str | None, list[str]] = {}
        for code, target in mapped.items():
            if code != target:
                by_target.setdefault(target, []).append(code)
        for target, codes in by_target.items():
            name = "total_only" if target is None else "out_of_scope" if target == OUT_OF_SCOPE else "mapped"
            yield name, {"dimension": dimension, "codes": ", ".join(codes), "target": target or ""}


def _changes(factor: Decimal | None) -> bool:
    return factor is not None and factor != 1


def _written(number: Decimal) -> str:
    return f"{number.normalize():f}"
