"""What becomes of targets where a plan is adopted: set, converted, dropped, kept, or left without a meaning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.indicators.plan import Plan, TargetSet, VersionAdopted
from service.indicators.register import KnownIndicator, Register, SetTargetOf
from service.models.vocabulary import BridgeKind

SET, CONVERTED, DROPPED, KEPT, MEANINGLESS = "set", "converted", "dropped", "kept", "meaningless"

_Key = tuple[int, object]


@dataclass(frozen=True, slots=True)
class TargetOutcome:
    """One target before (None: there was none) and after (None: there is none in its place).

    - `set`: said so, whatever it replaces. `converted`: read in the new version's terms over the bridge.
    - `dropped`: taken out, or left behind in words by a revision. `kept`: stays as it is, on its own version.
    - `meaningless`: stays on its version behind a break, where no figure of the new version meets it.
    """

    indicator: str
    outcome: str
    before: SetTargetOf | None
    after: SetTargetOf | None

    @property
    def target(self) -> SetTargetOf:
        """The target as it will be known: the one after, else the one before."""
        target = self.after or self.before
        assert target is not None
        return target


def target_outcomes(before: Register, planned: Plan) -> list[TargetOutcome]:
    """What becomes of every target of the indicators that are revised or whose targets change, by indicator and version."""
    steps: dict[str, dict[_Key, TargetSet]] = {}
    for step in planned.steps:
        if isinstance(step, VersionAdopted):
            steps.setdefault(step.indicator, {})
        elif isinstance(step, TargetSet):
            # A target that several changes set stands as the last one of them left it.
            steps.setdefault(step.indicator, {})[step.version, step.terms.key] = step
    after = planned.numbered().indicators
    found = [
        outcome
        for code in sorted(steps, key=lambda code: after[code].number)
        for outcome in sorted(_of_one(before.indicators.get(code), after[code], steps[code]), key=_order)
    ]
    return found


def _order(outcome: TargetOutcome) -> tuple[object, ...]:
    terms = outcome.target.terms
    return outcome.target.version, terms.actor or "", terms.period.number, terms.cell, terms.from_period or ()


def _of_one(known: KnownIndicator | None, after: KnownIndicator, steps: Mapping[_Key, TargetSet]) -> Iterator[TargetOutcome]:
    stood: dict[_Key, SetTargetOf] = {(one.version, one.terms.key): one for one in (known.targets if known else ())}
    latest = known.versions[-1].number if known else 0
    met: set[_Key] = set()
    for (version, key), step in steps.items():
        replaced = stood.get((version, key)) or step.converted_from
        if replaced is None and version > latest and not step.dropped:
            replaced = stood.get((latest, key))  # Set anew in the new version's terms.
        if replaced is not None:
            met.add((replaced.version, replaced.terms.key))
        if not step.dropped:
            outcome = CONVERTED if step.converted_from is not None else SET
            yield TargetOutcome(after.code, outcome, replaced, SetTargetOf(version, step.terms))
        elif replaced is not None:
            yield TargetOutcome(after.code, DROPPED, replaced, None)
    for place, target in stood.items():
        if place not in met:
            yield _left(after, target, latest)


def _left(after: KnownIndicator, target: SetTargetOf, latest: int) -> TargetOutcome:
    """What becomes of a target that no change speaks of by itself."""
    newer = [version.bridge for version in after.versions if version.number > max(target.version, latest)]
    if any(
        version.bridge is not None and version.bridge.kind is BridgeKind.BREAK
        for version in after.versions
        if version.number > target.version
    ):
        return TargetOutcome(after.code, MEANINGLESS, target, None)
    if newer and target.version == latest:
        return TargetOutcome(after.code, DROPPED, target, None)
    return TargetOutcome(after.code, KEPT, target, target)
