"""The register: what a community had decided as of an instant. Plain values, read by `records/register.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from service.models.community import Member, Settings
from service.models.indicator import Bridge, Definition
from service.models.overlap import OverlapTerms
from service.models.period import Period
from service.models.target import TargetTerms
from service.models.vocabulary import Validation


@dataclass(frozen=True, slots=True)
class Version:
    """One adopted definition. `bridge` is None for version 1; `proposal` is the number of what decided it."""

    number: int
    definition: Definition
    bridge: Bridge | None
    adopted_at: datetime
    proposal: int | None = None


@dataclass(frozen=True, slots=True)
class KnownActor:
    """An actor: its number in the store, its code, and what is known of it."""

    number: int
    code: str
    member: Member


@dataclass(frozen=True, slots=True)
class KnownObjective:
    """A node of the tree; `parent` is a code, None for the root."""

    number: int
    code: str
    name: Mapping[str, str]
    parent: str | None
    weight: Decimal
    removed: bool = False


@dataclass(frozen=True, slots=True)
class SetTargetOf:
    """A target in force of one version."""

    version: int
    terms: TargetTerms


@dataclass(frozen=True, slots=True)
class DecidedOverlap:
    """An overlap decision in the terms of `version`, by the proposal of that number.

    `day`, `members` and `validation` are what entries were read by when it was decided, so that it can be told whether the
    interval that it was about is still the same.
    """

    version: int
    terms: OverlapTerms
    decided_at: datetime
    day: date
    members: Mapping[str, Member]
    validation: Validation
    proposal: int | None = None


@dataclass(frozen=True, slots=True)
class KnownIndicator:
    """An indicator: its versions by number, where it hangs (`objective` is a code), its targets in force of every version.

    `overlaps`: every overlap decision, those since replaced among them, the first one first.
    """

    number: int
    code: str
    versions: tuple[Version, ...]
    objective: str
    weight: Decimal
    retired: bool = False
    targets: tuple[SetTargetOf, ...] = ()
    overlaps: tuple[DecidedOverlap, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal that is not decided: its number, its present round and the journal entry that opened it, when it closes."""

    number: int
    round: int
    journal: int
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Register:
    """Everything decided: settings and charter, actors, objectives, indicators, closed periods; each by its code.

    `open_proposals`: what time will decide, the first to close first.
    """

    community_id: int
    code: str
    settings: Settings
    actors: Mapping[str, KnownActor]
    objectives: Mapping[str, KnownObjective]
    indicators: Mapping[str, KnownIndicator]
    closed: frozenset[Period] = frozenset()
    open_proposals: tuple[OpenProposal, ...] = ()

    @property
    def actor_codes(self) -> dict[int, str]:
        """The actors' codes by their numbers."""
        return {known.number: code for code, known in self.actors.items()}

    @property
    def actor_names(self) -> dict[str, dict[str, str]]:
        """What the actors are called, by language, by their codes."""
        return {code: known.member.name for code, known in self.actors.items()}

    @property
    def objective_codes(self) -> dict[int, str]:
        """The objectives' codes by their numbers."""
        return {known.number: code for code, known in self.objectives.items()}

    @property
    def indicator_codes(self) -> dict[int, str]:
        """The indicators' codes by their numbers."""
        return {known.number: code for code, known in self.indicators.items()}

    def is_closed(self, period: Period) -> bool:
        """Whether `period` lies inside a closed one."""
        return any(closed.contains(period) for closed in self.closed)
