"""The journal entries behind the steps of a comparison: those that brought entries, and those that decided something."""

from collections.abc import Callable, Iterator

from service.api.transaction import AskingContext, service_of
from service.indicators.comparison import CHARTER, DEFINITIONS, MEMBERSHIPS, OVERLAPS, Step
from service.indicators.overlap import concerning
from service.indicators.register import KnownIndicator, Register
from service.models.period import Window
from service.records.happenings import (
    Happening,
    happenings,
    memberships_changed,
    overlaps_decided,
    validation_changed,
    versions_adopted,
)


def happened(
    asking: AskingContext, then: AskingContext, known: KnownIndicator, window: Window, step: Step, moved: frozenset[str]
) -> list[Happening]:
    """The journal entries that made a step of the figure over `window`, in their order."""
    connection, community = asking.connection, asking.register.community_id
    span = (connection, community, then.moment.number, asking.moment.number)
    if step.touched:
        return happenings(connection, community, {one.entry.journal for one in step.touched})
    if not step.happened or step.name not in (DEFINITIONS, MEMBERSHIPS, CHARTER, OVERLAPS):
        return []
    if step.name == DEFINITIONS:
        listed = versions_adopted(*span, known.number)
    elif step.name == MEMBERSHIPS:
        listed = memberships_changed(*span, [asking.register.actors[code].number for code in moved])
    elif step.name == OVERLAPS:
        listed = overlaps_decided(*span, known.number, window)
    else:
        listed = validation_changed(*span)
    written = happenings(connection, community, listed)
    return [*written, *_decided_by_time(asking, then, _differs(step.name, known.code, window, moved))]


def _decided_by_time(
    asking: AskingContext, then: AskingContext, differs: Callable[[Register, Register], bool]
) -> Iterator[Happening]:
    """What time has decided since `then` of that kind and nobody has written down yet."""
    registers = service_of(asking.request).registers
    before = registers.read(asking.connection, asking.register.community_id, asking.moment.number)
    for settled in asking.moment.settled:
        if settled.instant > then.moment.instant and differs(before, settled.register):
            yield Happening(None, settled.instant, "proposal_adopted", None)
        before = settled.register


def _differs(step: str, indicator: str, window: Window, moved: frozenset[str]) -> Callable[[Register, Register], bool]:
    def of(register: Register) -> object:
        if step == DEFINITIONS:
            return len(register.indicators[indicator].versions) if indicator in register.indicators else 0
        if step == OVERLAPS:
            known = register.indicators.get(indicator)
            return [one for one in concerning(known.overlaps if known else (), window) if not one.terms.cell]
        if step == MEMBERSHIPS:
            members = {code: register.actors[code].member for code in moved if code in register.actors}
            return {code: (member.left, member.groups) for code, member in members.items()}
        return register.settings.charter.validation

    return lambda before, after: of(before) != of(after)
