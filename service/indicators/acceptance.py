"""Whether a contribution can be taken: the one check that JSON bodies and CSV rows both pass through (`MODEL.md` 1 and 2).

It has two halves, so that a large file can ask the first once per distinct combination: `placing.py` says where a
contribution belongs and under which version, `carried.py` whether what it carries is allowed there. `accept` is both for
one contribution. Every fault points at its field as JSON does (`/period`, `/dimensions/sex`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Never

from service.errors import Conflict, Fault, Forbidden, Refused
from service.indicators.carried import MEASURES, measure_faults, remark_faults
from service.indicators.placing import Circumstances, Misplaced, place
from service.indicators.register import KnownActor, KnownIndicator, Register, Version
from service.models.indicator import Cell
from service.models.period import Period


@dataclass(frozen=True, slots=True)
class Offered:
    """A contribution as somebody sends it. `actor` None is the sender; a measure of None was not given, which is never zero."""

    indicator: str
    period: str
    actor: str | None = None
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    weight: Decimal | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    observation_status: str = "A"
    comment: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A contribution that can be recorded as it stands."""

    indicator: KnownIndicator
    actor: KnownActor
    period: Period
    cell: Cell
    version: Version
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    weight: Decimal | None
    observation_status: str
    comment: str | None
    evidence: str | None


def accept(
    offered: Offered, register: Register, *, day: date, reporter: KnownActor, is_support: bool
) -> Accepted | list[Fault]:
    """`offered` as it can be recorded on `day`, sent by `reporter`, or everything that is wrong with it.

    `is_support`: the sender may report for other actors.
    """
    circumstances = Circumstances(register, day, reporter, is_support)
    placed = place(offered.indicator, offered.actor, offered.period, offered.dimensions, circumstances)
    faults: list[Fault] = list(placed.faults) if isinstance(placed, Misplaced) else []
    if placed.version is not None:
        faults += measure_faults(placed.version.definition, {name: getattr(offered, name) for name in MEASURES})
    faults += remark_faults(offered.observation_status, offered.comment, offered.evidence)
    if faults or isinstance(placed, Misplaced):
        return faults
    return Accepted(
        placed.indicator,
        placed.actor,
        placed.period,
        placed.cell,
        placed.version,
        offered.value,
        offered.numerator,
        offered.denominator,
        offered.weight,
        offered.observation_status,
        offered.comment,
        offered.evidence,
    )


def refuse(faults: Sequence[Fault], pointer: str = "") -> Never:
    """Raises what `faults` (at least one) amount to for a single request; `pointer` is put before theirs (`/items/3`).

    Forbidden where another actor's contribution is among them, Conflict where a period is closed and nothing else is
    wrong, since opening it again would do; Refused otherwise.
    """
    placed = tuple(replace(fault, pointer=pointer + (fault.pointer or "")) for fault in faults)
    first = placed[0]
    for fault in placed:
        if fault.code == "not_your_actor":
            raise Forbidden(fault.code, fault.detail, faults=placed, **fault.context)
    if all(fault.code == "period_closed" for fault in placed):
        raise Conflict(first.code, first.detail, faults=placed, **first.context)
    raise Refused(first.code, first.detail, faults=placed, **first.context)
