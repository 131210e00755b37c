"""Changes that need no proposal: made by the support, through the same plan as those that were decided together."""

from collections.abc import Sequence
from dataclasses import replace

from service.api.transaction import ActingContext
from service.errors import Fault, Refused
from service.indicators.adoption import plan
from service.indicators.draft import EvidenceOf
from service.indicators.register import Register
from service.models.proposal import Change
from service.records.adoption import write_adoption
from service.records.overlaps import evidence_upto


def known_by(acting: ActingContext) -> EvidenceOf:
    """Gives what is known of an indicator just before the change that is under way."""
    return evidence_upto(acting.connection, acting.register, acting.writing.number - 1, acting.writing.instant)


def adopt(acting: ActingContext, change: Change, kind: str, subject: dict[str, object], within: str = "") -> Register:
    """Adopts one change that needs no proposal and answers the register after it. `within` is the body's place in it.

    Raises what `plan` raises, with pointers into the body that was sent. What changes nothing leaves no trace.
    """
    try:
        adopted = plan(acting.register, [change], now=acting.now)
    except Refused as refusal:
        raise Refused(refusal.code, refusal.detail, faults=_unwrapped(refusal.faults, within), **refusal.context) from None
    if adopted.register != acting.register:
        write_adoption(acting.writing, adopted, None)
        acting.writing.close(kind, subject, actor=acting.caller.known_actor.number, token=acting.caller.token)
    return adopted.register


def _unwrapped(faults: Sequence[Fault], within: str) -> tuple[Fault, ...]:
    prefix = "/changes/0"
    return tuple(
        replace(fault, pointer=(fault.pointer or "").removeprefix(prefix).removeprefix(within) or None) for fault in faults
    )
