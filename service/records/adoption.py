"""Writes what was decided: each step of a plan as rows of the journal entry that the transaction will close with."""

from collections.abc import Sequence

from service.indicators.plan import (
    IndicatorPlaced,
    MemberSet,
    ObjectiveSet,
    OverlapResolved,
    Plan,
    SettingsSet,
    Step,
    TargetSet,
    VersionAdopted,
)
from service.models.community import Actor, ClosedPeriod, CommunityState, Membership
from service.models.indicator import Indicator, IndicatorVersion, Placement
from service.models.objective import Objective, ObjectiveState
from service.models.overlap import OverlapDecision
from service.models.period import Period
from service.models.target import Target
from service.records.cells import intern_cells
from service.records.journal import Writing


class _Numbers:
    """The numbers of actors, objectives and indicators by code: those there are, and those that the plan makes."""

    def __init__(self, writing: Writing) -> None:
        register = writing.register
        self.actors = {code: actor.number for code, actor in register.actors.items()}
        self.objectives = {code: objective.number for code, objective in register.objectives.items()}
        self.indicators = {code: indicator.number for code, indicator in register.indicators.items()}


def write_adoption(writing: Writing, plan: Plan, proposal: int | None = None) -> None:
    """Bring all that a plan decides; `proposal` is the number of what decided it, None where nothing did."""
    write_steps(writing, plan.steps, proposal)


def write_steps(writing: Writing, steps: Sequence[Step], proposal: int | None = None) -> None:
    """Bring the rows of every step, in their order.

    A thing that several steps set stands as the last one of them left it: one journal entry says one thing of it.
    """
    numbers = _Numbers(writing)
    common = {"community_id": writing.community_id, "journal": writing.number}
    states: dict[tuple[object, ...], CommunityState | Membership | ObjectiveState | Placement] = {}
    targets: dict[tuple[object, ...], TargetSet] = {}
    overlaps: dict[tuple[object, ...], OverlapResolved] = {}
    for step in steps:
        match step:
            case SettingsSet():
                states["settings",] = CommunityState(**common, settings=step.settings.model_dump(mode="json"))
            case MemberSet():
                if step.is_new:
                    numbers.actors[step.actor] = number = writing.new_number("actor")
                    writing.add(Actor(community_id=writing.community_id, number=number, code=step.actor))
                actor = numbers.actors[step.actor]
                states["actor", actor] = Membership(**common, actor=actor, member=step.member.model_dump(mode="json"))
            case ObjectiveSet():
                if step.is_new:
                    numbers.objectives[step.objective] = number = writing.new_number("objective")
                    writing.add(Objective(community_id=writing.community_id, number=number, code=step.objective))
                objective = numbers.objectives[step.objective]
                states["objective", objective] = ObjectiveState(
                    **common,
                    objective=objective,
                    name=dict(step.name),
                    parent=None if step.parent is None else numbers.objectives[step.parent],
                    weight=step.weight,
                    removed=step.removed,
                )
            case VersionAdopted():
                _adopt(writing, step, numbers, proposal)
            case IndicatorPlaced():
                indicator = numbers.indicators[step.indicator]
                states["indicator", indicator] = Placement(
                    **common,
                    indicator=indicator,
                    objective=numbers.objectives[step.objective],
                    weight=step.weight,
                    retired=step.retired,
                )
            case TargetSet():
                targets[step.indicator, step.version, step.terms.key] = step
            case OverlapResolved():
                overlaps[step.indicator, step.decided.terms.key] = step
    for state in states.values():
        writing.add(state)
    _set_targets(writing, list(targets.values()), numbers)
    _resolve_overlaps(writing, list(overlaps.values()), numbers, proposal)


def set_closed(writing: Writing, period: Period, closed: bool) -> None:
    """Bring that `period` takes no entries from now on, or takes them again."""
    writing.add(ClosedPeriod(community_id=writing.community_id, period=period.number, journal=writing.number, closed=closed))


def _adopt(writing: Writing, step: VersionAdopted, numbers: _Numbers, proposal: int | None) -> None:
    if step.version.number == 1:
        numbers.indicators[step.indicator] = number = writing.new_number("indicator")
        writing.add(Indicator(community_id=writing.community_id, number=number, code=step.indicator))
    bridge = step.version.bridge
    writing.add(
        IndicatorVersion(
            community_id=writing.community_id,
            indicator=numbers.indicators[step.indicator],
            number=step.version.number,
            journal=writing.number,
            proposal=proposal if proposal is not None else step.version.proposal,
            definition=step.version.definition.model_dump(mode="json"),
            bridge=None if bridge is None else bridge.model_dump(mode="json"),
        )
    )


def _set_targets(writing: Writing, steps: list[TargetSet], numbers: _Numbers) -> None:
    cells = intern_cells(writing.connection, writing.community_id, [step.terms.cell for step in steps])
    for step in steps:
        terms = step.terms
        writing.add(
            Target(
                community_id=writing.community_id,
                indicator=numbers.indicators[step.indicator],
                version=step.version,
                actor=0 if terms.actor is None else numbers.actors[terms.actor],
                cell=cells[terms.cell],
                from_period=0 if terms.from_period is None else terms.from_period.number,
                period=terms.period.number,
                journal=writing.number,
                value=terms.value,
                minimum=terms.minimum,
                maximum=terms.maximum,
                baseline_period=None if terms.baseline is None else terms.baseline.period.number,
                baseline_value=None if terms.baseline is None else terms.baseline.value,
                milestones=[point.model_dump(mode="json") for point in terms.milestones],
                dropped=step.dropped,
            )
        )


def _resolve_overlaps(writing: Writing, steps: list[OverlapResolved], numbers: _Numbers, proposal: int | None) -> None:
    cells = intern_cells(writing.connection, writing.community_id, [step.decided.terms.cell for step in steps])
    for step in steps:
        terms = step.decided.terms
        writing.add(
            OverlapDecision(
                community_id=writing.community_id,
                indicator=numbers.indicators[step.indicator],
                cell=cells[terms.cell],
                from_period=0 if terms.from_period is None else terms.from_period.number,
                period=terms.period.number,
                journal=writing.number,
                version=step.decided.version,
                proposal=proposal if proposal is not None else step.decided.proposal,
                method=terms.method.value,
                value=terms.value,
                reason=dict(terms.reason),
            )
        )
