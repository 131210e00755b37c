"""What a set of changes will do, decided before it is written: `adoption.py` makes it, `records/register.py` writes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from service.indicators.register import (
    DecidedOverlap,
    KnownActor,
    KnownIndicator,
    KnownObjective,
    Register,
    SetTargetOf,
    Version,
)
from service.models.community import Member, Settings
from service.models.target import TargetTerms


@dataclass(frozen=True, slots=True)
class MemberSet:
    """An actor let in (`is_new`), or what is known of it from now on."""

    actor: str
    member: Member
    is_new: bool


@dataclass(frozen=True, slots=True)
class ObjectiveSet:
    """An objective created (`is_new`), or its state from now on. `parent` is a code, None for the root."""

    objective: str
    name: Mapping[str, str]
    parent: str | None
    weight: Decimal
    removed: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class VersionAdopted:
    """A version of an indicator; number 1 makes the indicator."""

    indicator: str
    version: Version


@dataclass(frozen=True, slots=True)
class IndicatorPlaced:
    """Where an indicator hangs from now on, with what weight; `retired` takes it out of the tree."""

    indicator: str
    objective: str
    weight: Decimal
    retired: bool


@dataclass(frozen=True, slots=True)
class TargetSet:
    """A target in force from now on (`dropped` False), or no longer (`dropped` True); `terms.key` says which.

    `converted_from` is the older version's target that it is a reading of, None where it was said so.
    """

    indicator: str
    version: int
    terms: TargetTerms
    dropped: bool
    converted_from: SetTargetOf | None = None


@dataclass(frozen=True, slots=True)
class OverlapResolved:
    """What the value of one window and cell is from now on, where people may be counted twice."""

    indicator: str
    decided: DecidedOverlap


@dataclass(frozen=True, slots=True)
class SettingsSet:
    """The community's settings and charter from now on."""

    settings: Settings


Step = MemberSet | ObjectiveSet | VersionAdopted | IndicatorPlaced | TargetSet | OverlapResolved | SettingsSet


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order they are to be written: what others point to comes first.

    `register` is what will have been decided then; new things have the number 0 in it until they are written.
    """

    steps: tuple[Step, ...]
    register: Register

    def numbered(self) -> Register:
        """What will have been decided, new things with the numbers that writing the steps gives them: the next ones."""
        register = self.register
        actors, objectives, indicators = dict(register.actors), dict(register.objectives), dict(register.indicators)
        for step in self.steps:
            match step:
                case MemberSet(is_new=True):
                    actors[step.actor] = replace(actors[step.actor], number=_next(actors))
                case ObjectiveSet(is_new=True):
                    objectives[step.objective] = replace(objectives[step.objective], number=_next(objectives))
                case VersionAdopted() if step.version.number == 1:
                    indicators[step.indicator] = replace(indicators[step.indicator], number=_next(indicators))
        return replace(register, actors=actors, objectives=objectives, indicators=indicators)


def _next(known: Mapping[str, KnownActor] | Mapping[str, KnownObjective] | Mapping[str, KnownIndicator]) -> int:
    return max((one.number for one in known.values()), default=0) + 1
