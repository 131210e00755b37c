"""Defining, revising and retiring indicators, in a draft of the register."""

from dataclasses import replace

from service.errors import Conflict
from service.indicators.adopting_targets import carry_targets_over
from service.indicators.bridging import bridge_faults
from service.indicators.definition import definition_faults
from service.indicators.differences import changed_since
from service.indicators.draft import Draft
from service.indicators.plan import IndicatorPlaced, VersionAdopted
from service.indicators.register import KnownIndicator, Version
from service.models.indicator import Definition
from service.models.proposal import DefineIndicator, RetireIndicator, ReviseIndicator


def define(draft: Draft, change: DefineIndicator) -> None:
    """Version 1 of a new indicator, under its objective. Raises Conflict where the code was ever used."""
    if change.indicator in draft.indicators:
        raise Conflict(
            "code_taken",
            f"there is an indicator `{change.indicator}` already; revise it, or choose another code",
            given=change.indicator,
        )
    definition = change.definition.spoken(draft.language)
    objective = draft.known_objective(change.objective, "/objective")
    if change.weight <= 0:
        draft.blame("weight_not_positive", "a weight is above 0", "/weight")
    faulty = draft.take_faults(definition_faults(definition), "/definition")
    if _contributors_are_unknown(draft, definition) or faulty or objective is None:
        return
    version = Version(1, definition, None, draft.now, draft.proposal)
    draft.indicators[change.indicator] = KnownIndicator(0, change.indicator, (version,), change.objective, change.weight)
    draft.steps.append(VersionAdopted(change.indicator, version))
    draft.steps.append(IndicatorPlaced(change.indicator, change.objective, change.weight, retired=False))


def _contributors_are_unknown(draft: Draft, definition: Definition) -> bool:
    if isinstance(definition.contributors, str):
        return False
    unknown = [actor for actor in definition.contributors if actor not in draft.actors]
    for actor in unknown:
        draft.blame("unknown_actor", f"there is no actor `{actor}`", "/definition/contributors", actor=actor)
    return bool(unknown)


def revise(draft: Draft, change: ReviseIndicator) -> None:
    """The next version, its bridge, and what becomes of the targets. Raises Conflict where `based_on` is not the latest."""
    known = draft.known_indicator(change.indicator)
    if known is None:
        return
    latest = known.versions[-1]
    if change.based_on != latest.number:
        since = changed_since(known.versions, change.based_on)
        raise Conflict(
            "stale_version",
            f"`{change.indicator}` is at version {latest.number}, the revision is based on {change.based_on}; since: {since}",
            indicator=change.indicator,
            latest=latest.number,
            based_on=change.based_on,
            since=since,
        )
    definition = change.definition.spoken(draft.language)
    faulty = draft.take_faults(definition_faults(definition), "/definition")
    if definition.effective_from is None:
        draft.blame("effective_from_required", "a revision says from which period on it governs", "/definition/effective_from")
        faulty = True
    faulty |= draft.take_faults(bridge_faults(latest.definition, definition, change.bridge))
    if _contributors_are_unknown(draft, definition) or faulty:
        return
    version = Version(latest.number + 1, definition, change.bridge, draft.now, draft.proposal)
    draft.indicators[change.indicator] = replace(known, versions=(*known.versions, version))
    draft.steps.append(VersionAdopted(change.indicator, version))
    carry_targets_over(draft, change, latest, version)


def retire(draft: Draft, change: RetireIndicator) -> None:
    """Takes an indicator out of the tree; it stays readable."""
    known = draft.known_indicator(change.indicator)
    if known is None:
        return
    draft.indicators[change.indicator] = replace(known, retired=True)
    draft.steps.append(IndicatorPlaced(change.indicator, known.objective, known.weight, retired=True))
