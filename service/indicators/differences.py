"""What differs between two definitions, field by field."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from service.indicators.register import Version
from service.models.indicator import Definition


class Difference(NamedTuple):
    """One field of a definition, as JSON, before and after; None where it was not set."""

    field: str
    before: Any
    after: Any


def differences(before: Definition, after: Definition) -> list[Difference]:
    """The fields that differ, in the order of a definition."""
    older, newer = before.model_dump(mode="json"), after.model_dump(mode="json")
    return [Difference(name, older[name], newer[name]) for name in newer if older[name] != newer[name]]


def changed_since(versions: Sequence[Version], number: int) -> str:
    """What came after version `number`, for the author of a revision based on it: `2 (proposal 7): unit, decimals`."""
    said = []
    for before, after in zip(versions[number - 1 :], versions[number:], strict=False):
        by = f" (proposal {after.proposal})" if after.proposal is not None else ""
        fields = ", ".join(difference.field for difference in differences(before.definition, after.definition))
        said.append(f"{after.number}{by}: {fields or 'bridge'}")
    return "; ".join(said)
