"""What a path or a query names: found in the register as of the instant asked for, or refused with what was probably meant."""

from collections.abc import Iterable
from typing import Any

from fastapi import Query

from service.errors import Fault, NotFound, Refused, refused
from service.indicators.register import KnownActor, KnownIndicator, Register
from service.indicators.suggestion import closest, did_you_mean, shown
from service.models.indicator import Definition
from service.models.period import PATTERN, Period


def _fault(code: str, detail: str, named: str, known: Iterable[str], pointer: str | None) -> Fault:
    meant = closest(named, known)
    context = {"given": shown(named)} | ({"meant": meant} if meant else {})
    return Fault(code, detail, pointer=pointer, suggestion=did_you_mean(meant) if meant else None, context=context)


def indicator_in_path(register: Register, code: str) -> KnownIndicator:
    """The indicator a path names. Raises NotFound `unknown_indicator` until it is adopted, as of the instant asked for."""
    known = register.indicators.get(code)
    if known is None:
        detail = f"There is no indicator `{code}`."
        raise NotFound(
            "unknown_indicator",
            detail,
            faults=(_fault("unknown_indicator", detail, code, register.indicators, None),),
            given=shown(code),
        )
    return known


def indicators_in_query(register: Register, listed: str | None, *, pointer: str = "indicators") -> list[KnownIndicator]:
    """The indicators of a comma-separated list, each once, in its order; None: all that are not retired, as they were made.

    Raises Refused `unknown_indicator`, with a fault for each that is unknown.
    """
    if listed is None:
        ordered = sorted(register.indicators.values(), key=lambda known: known.number)
        return [known for known in ordered if not known.retired]
    codes = list(dict.fromkeys(code.strip() for code in listed.split(",") if code.strip()))
    faults = tuple(
        _fault("unknown_indicator", f"There is no indicator `{code}`.", code, register.indicators, pointer)
        for code in codes
        if code not in register.indicators
    )
    if faults:
        raise Refused("unknown_indicator", faults[0].detail, faults=faults, given=faults[0].context["given"])
    return [register.indicators[code] for code in codes]


def indicator_in_query(register: Register, code: str) -> KnownIndicator:
    """The one indicator a query names. Raises Refused `unknown_indicator`."""
    known = register.indicators.get(code)
    if known is None:
        detail = f"There is no indicator `{code}`."
        fault = _fault("unknown_indicator", detail, code, register.indicators, "indicator")
        raise Refused("unknown_indicator", detail, faults=(fault,), given=shown(code))
    return known


def actor_in_query(register: Register, code: str) -> KnownActor:
    """The actor a query names. Raises Refused `unknown_actor`."""
    known = register.actors.get(code)
    if known is None:
        detail = f"There is no actor `{code}`."
        raise Refused(
            "unknown_actor",
            detail,
            faults=(_fault("unknown_actor", detail, code, register.actors, "actor"),),
            given=shown(code),
        )
    return known


def group_in_query(register: Register, code: str) -> frozenset[str]:
    """The actors of a group. Raises Refused `unknown_group` where no actor belongs to it."""
    within = frozenset(actor.code for actor in register.actors.values() if code in actor.member.groups)
    if not within:
        detail = f"No actor belongs to a group `{code}`."
        groups = {group for actor in register.actors.values() for group in actor.member.groups}
        raise Refused(
            "unknown_group", detail, faults=(_fault("unknown_group", detail, code, groups, "group"),), given=shown(code)
        )
    return within


def dimensions_in_query(definition: Definition, listed: str | None) -> tuple[str, ...]:
    """The dimensions of a comma-separated list, each once. Raises Refused `unknown_dimension`."""
    codes = tuple(dict.fromkeys(code.strip() for code in (listed or "").split(",") if code.strip()))
    known = [dimension.code for dimension in definition.dimensions]
    for code in codes:
        if code not in known:
            detail = f"This indicator has no dimension `{code}`."
            raise Refused(
                "unknown_dimension", detail, faults=(_fault("unknown_dimension", detail, code, known, "by"),), given=shown(code)
            )
    return codes


def period_asked(description: str, **options: Any) -> Any:
    """A query parameter that is a period; `period_in` reads it."""
    return Query(description=description, json_schema_extra={"pattern": PATTERN, "examples": ["2025", "2025-Q1"]}, **options)


def period_in(written: str, pointer: str) -> Period:
    """The period that a path or a query writes. Raises Refused `not_a_period`."""
    try:
        return Period.parse(written)
    except ValueError:
        raise refused(
            "not_a_period",
            f"`{shown(written)}` is no period; one is written 2025, 2025-S1, 2025-Q1, 2025-03, 2025-W09 or 2025-03-05",
            pointer=pointer,
            given=shown(written),
        ) from None


def number_of_id(text: str) -> int:
    """The number that an id in a path stands for; 0, which nothing has, for a text that was never given out as one."""
    was_given = text.isascii() and text.isdecimal() and len(text) < 10 and not text.startswith("0")
    return int(text) if was_given else 0
