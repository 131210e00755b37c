"""The names that SDMX knows a community by: its dataflow, its dimensions, its codes. What goes out under them comes in again.

SDMX allows fewer characters in a name than a community does: in a code `+` becomes `$2B` and `.` becomes `$2E`, a dimension's
name is written in capitals. A community has one structure for all its indicators: a dimension that one of them lacks is `_Z`
there, not applicable, and `_T` is the total.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.indicators.definition import column_name
from service.indicators.register import KnownIndicator, Register
from service.models.vocabulary import MeasureKind

AGENCY, EDITION = "JALON", "1.0"
NOT_APPLICABLE = "_Z"
KEYS = ("FREQ", "INDICATOR", "ACTOR")
"""The dimensions before a community's own; behind those stands TIME_PERIOD."""
MEASURE_COLUMNS = ("OBS_VALUE", "NUMERATOR", "DENOMINATOR", "WEIGHT")
DERIVED = (
    "UNIT_MEASURE",
    "SERIES_BREAK",
    "DEFINITION_VERSION",
    "CONTRIBUTION_STATUS",
    "VALID_FROM",
    "VALID_TO",
)
"""What is told of an observation beside what was reported: passed over when it comes in again."""
ATTRIBUTES = ("OBS_STATUS", *MEASURE_COLUMNS[1:], "COMMENT", "EVIDENCE", *DERIVED)
_TAKEN = frozenset({"STRUCTURE", "STRUCTURE_ID", "ACTION", *KEYS, "TIME_PERIOD", "OBS_VALUE", *ATTRIBUTES})
_ESCAPED = re.compile(r"\$([0-9A-F]{2})")


@dataclass(frozen=True, slots=True)
class SdmxDimension:
    """A breakdown as SDMX names it. `name` is how its head is compared (`column_name`), `code` its first spelling here.

    `labels`: every code that any indicator ever had in it, with what it is called where that is said; `title`: its own name.
    """

    id: str
    name: str
    code: str
    title: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]


def dataflow_id(register: Register) -> str:
    """The id of the community's dataflow: what STRUCTURE_ID names."""
    return f"DF_{register.code}"


def structure_id(register: Register) -> str:
    """The dataflow with its agency and version, as each row names it."""
    return f"{AGENCY}:{dataflow_id(register)}({EDITION})"


def sdmx_dimensions(register: Register) -> list[SdmxDimension]:
    """The breakdowns of all indicators, those of retired ones and earlier versions among them; in the order they came up."""
    found: dict[str, tuple[str, dict[str, str], dict[str, dict[str, str]]]] = {}
    for indicator in indicators_in_order(register):
        for version in indicator.versions:
            for dimension in version.definition.dimensions:
                _, title, labels = found.setdefault(column_name(dimension.code), (dimension.code, {}, {}))
                title.update(dimension.name or {})
                for code in dimension.codes:
                    labels.setdefault(code, {}).update((dimension.labels or {}).get(code, {}))
    ids = dict(zip(found, _ids(found), strict=True))
    return [SdmxDimension(ids[name], name, code, title, labels) for name, (code, title, labels) in found.items()]


def _ids(names: Mapping[str, object]) -> Iterator[str]:
    given = set(_TAKEN)
    for name in names:
        plain = re.sub(r"[^A-Z0-9_]", "_", name.upper())
        plain = plain if plain[:1].isalpha() and plain not in _TAKEN else f"D_{plain}"
        number = 1
        while (made := plain if number == 1 else f"{plain}_{number}") in given:
            number += 1
        given.add(made)
        yield made


def indicators_in_order(register: Register) -> list[KnownIndicator]:
    """All indicators, as they were made, retired ones included."""
    return sorted(register.indicators.values(), key=lambda known: known.number)


def code_id(code: str) -> str:
    """A dimension's code as SDMX can write it."""
    return "".join(f"${ord(sign):02X}" if sign in "+." else sign for sign in code)


def code_of(written: str) -> str:
    """The code that SDMX writes so; "" where the dimension does not apply."""
    return "" if written == NOT_APPLICABLE else _ESCAPED.sub(lambda found: chr(int(found[1], 16)), written)


def has_derived_value(indicator: KnownIndicator) -> bool:
    """Whether OBS_VALUE of the indicator only says what its numerators and denominators make, and is not read.

    So it is for ratios. What was a ratio in some of its versions only has no OBS_VALUE in those.
    """
    return all(version.definition.measure is MeasureKind.RATIO for version in indicator.versions)
