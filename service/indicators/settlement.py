"""What becomes of a proposal whose time has come, or that is closed before: the rule's outcome, then whether it still fits.

Time decides by itself: what is settled here is in force from `closes_at`, whether or not anybody has written it down yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from service.errors import Conflict, Fault, Refused
from service.indicators.adoption import plan
from service.indicators.decision import Electorate, outcome
from service.indicators.draft import EvidenceOf
from service.indicators.plan import Plan
from service.indicators.register import OpenProposal, Register
from service.models.proposal import Change
from service.models.vocabulary import ProposalStatus, Stance

DOES_NOT_FIT = "does_not_fit"
"""It was carried and cannot be done: what stands has changed since it was proposed. `faults` say how."""
COMMUNITY_CLOSED = "community_closed"
"""It was open when the community ended its work."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round as it is judged: who decides by which charter, what they say, what is proposed."""

    electorate: Electorate
    stances: Mapping[str, Stance]
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Settled:
    """How a proposal ended at `instant`, and what had been decided then.

    `reason` is None where it is adopted, and then `plan` says what that writes. `lapsed`: the proposals that ended with it.
    """

    proposal: OpenProposal
    instant: datetime
    register: Register
    reason: str | None = None
    faults: tuple[Fault, ...] = ()
    plan: Plan | None = None
    lapsed: tuple[OpenProposal, ...] = ()

    @property
    def status(self) -> ProposalStatus:
        """ADOPTED or REJECTED."""
        return ProposalStatus.REJECTED if self.plan is None else ProposalStatus.ADOPTED

    @property
    def decision(self) -> dict[str, Any] | None:
        """Why it was rejected, as it is kept; None where it is adopted."""
        return decision_of(self.reason, self.faults) if self.reason else None


def decision_of(reason: str, faults: Sequence[Fault] = ()) -> dict[str, Any]:
    """Why a proposal was rejected, as it is kept."""
    kept = [
        {"code": fault.code, "detail": fault.detail, "pointer": fault.pointer, "context": dict(fault.context)}
        for fault in faults
    ]
    return {"reason": reason, **({"faults": kept} if kept else {})}


def settle(
    register: Register, proposal: OpenProposal, judged: Round, instant: datetime, evidence_of: EvidenceOf | None = None
) -> Settled:
    """How `proposal` ends at `instant`, where `register` had been decided until then. What fits no more is no error.

    `evidence_of`: as for `plan`.
    """
    result = outcome(judged.electorate, judged.stances)
    left = tuple(one for one in register.open_proposals if one.number != proposal.number)
    kept = replace(register, open_proposals=left)
    if not result.is_adopted:
        return Settled(proposal, instant, kept, result.reason)
    try:
        planned = plan(kept, judged.changes, now=instant, proposal=proposal.number, evidence_of=evidence_of)
    except (Refused, Conflict) as refusal:
        faults = refusal.faults or (Fault(refusal.code, refusal.detail, context=refusal.context),)
        return Settled(proposal, instant, kept, DOES_NOT_FIT, faults)
    return adopted(proposal, planned, instant)


def adopted(proposal: OpenProposal, planned: Plan, instant: datetime) -> Settled:
    """The adoption of `proposal` at `instant`. Where it ends the community's work, what is still open lapses."""
    register = planned.numbered()
    lapsed = register.open_proposals if register.settings.closed else ()
    return Settled(proposal, instant, replace(register, open_proposals=()) if lapsed else register, plan=planned, lapsed=lapsed)
