"""From the changes of a proposal to the plan of what adopting them writes: all of them or none (`MODEL.md` 1, 3 and 5).

Each change is applied to a draft of the register, so that a later one sees what an earlier one of the same proposal did.
Overlap decisions come last whatever their place: what they are about is read as all the other changes leave it.
Faults are collected over all changes, with pointers like `/changes/0/definition/over_time`; the first one gives the refusal
its code.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from service.errors import Refused
from service.indicators import adopting_community, adopting_indicators, adopting_overlaps, adopting_targets
from service.indicators.draft import Draft, EvidenceOf
from service.indicators.plan import Plan
from service.indicators.register import Register
from service.models.proposal import (
    Change,
    CloseCommunity,
    DefineIndicator,
    DropTarget,
    ResolveOverlap,
    RetireIndicator,
    ReviseIndicator,
    SetCharter,
    SetMembership,
    SetObjective,
    SetTarget,
)

_APPLIERS: Mapping[type, Callable[[Draft, Any], None]] = {
    DefineIndicator: adopting_indicators.define,
    ReviseIndicator: adopting_indicators.revise,
    RetireIndicator: adopting_indicators.retire,
    SetTarget: adopting_targets.set_target,
    DropTarget: adopting_targets.drop_target,
    ResolveOverlap: adopting_overlaps.resolve_overlap,
    SetObjective: adopting_community.set_objective,
    SetCharter: adopting_community.set_charter,
    SetMembership: adopting_community.set_membership,
    CloseCommunity: adopting_community.close_community,
}


def plan(
    register: Register,
    changes: Sequence[Change],
    *,
    now: datetime,
    proposal: int | None = None,
    evidence_of: EvidenceOf | None = None,
) -> Plan:
    """What adopting `changes` at `now` does to `register`.

    Raises Refused with every fault found, or Conflict where a change contradicts what is there by now (`stale_version`,
    `code_taken`). `proposal` is the number that the new versions will point to; `evidence_of` gives what is known of an
    indicator of `register`, for changes that what was reported matters to.
    """
    draft = Draft(
        before=register,
        now=now,
        proposal=proposal,
        changes=changes,
        settings=register.settings,
        actors=dict(register.actors),
        objectives=dict(register.objectives),
        indicators=dict(register.indicators),
        evidence_of=evidence_of,
    )
    for place, change in sorted(enumerate(changes), key=lambda placed: isinstance(placed[1], ResolveOverlap)):
        draft.place = place
        _APPLIERS[type(change)](draft, change)
    adopting_community.check_whole(draft)
    if draft.faults:
        first = draft.faults[0]
        raise Refused(first.code, first.detail, faults=tuple(draft.faults), **first.context)
    after = replace(
        register, settings=draft.settings, actors=draft.actors, objectives=draft.objectives, indicators=draft.indicators
    )
    return Plan(tuple(draft.steps), after)
