"""What a set of changes will do, decided before it is written: `adoption.py` makes it, `records/register.py` writes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from service.indicators.register import Register, Version
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
    """A target in force from now on (`dropped` False), or no longer (`dropped` True); `terms.key` says which."""

    indicator: str
    version: int
    terms: TargetTerms
    dropped: bool


@dataclass(frozen=True, slots=True)
class SettingsSet:
    """The community's settings and charter from now on."""

    settings: Settings


Step = MemberSet | ObjectiveSet | VersionAdopted | IndicatorPlaced | TargetSet | SettingsSet


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order they are to be written: what others point to comes first.

    `register` is what will have been decided then; new things have the number 0 in it until they are written.
    """

    steps: tuple[Step, ...]
    register: Register
