"""The draft that changes are applied to: the register as they would leave it, the steps that lead there, what is wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from service.errors import Fault
from service.indicators.evidence import Evidence
from service.indicators.plan import Step
from service.indicators.register import KnownActor, KnownIndicator, KnownObjective, Register
from service.models.community import Settings
from service.models.proposal import Change

EvidenceOf = Callable[[str], Evidence | None]
"""Gives what is known of an indicator before the changes, by its code; None for one that is not decided by then."""


@dataclass(slots=True)
class Draft:
    """The register as the changes so far would leave it, the steps that lead there, and what is wrong with them.

    `evidence_of` None: nothing that was reported matters to the changes.
    """

    before: Register
    now: datetime
    proposal: int | None
    changes: Sequence[Change]
    settings: Settings
    actors: dict[str, KnownActor]
    objectives: dict[str, KnownObjective]
    indicators: dict[str, KnownIndicator]
    steps: list[Step] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    place: int = 0
    evidence_of: EvidenceOf | None = None

    @property
    def language(self) -> str:
        """The community's language: what a bare text is in."""
        return self.settings.language

    def blame(self, code: str, detail: str, pointer: str, /, *, suggestion: str | None = None, **context: object) -> None:
        """Notes a fault of the change at hand; `pointer` is within it."""
        texts = {name: str(value) for name, value in context.items()}
        self.faults.append(Fault(code, detail, self._pointer(pointer), suggestion=suggestion, context=texts))

    def take_faults(self, found: Sequence[Fault], within: str = "") -> bool:
        """Notes what a rule found, under `within` of the change at hand. Whether there was anything."""
        self.faults += [replace(fault, pointer=self._pointer(within + (fault.pointer or ""))) for fault in found]
        return bool(found)

    def known_indicator(self, code: str) -> KnownIndicator | None:
        """An indicator that can still be changed; None, with a fault, where there is none."""
        known = self.indicators.get(code)
        if known is None:
            self.blame("unknown_indicator", f"there is no indicator `{code}`", "/indicator", indicator=code)
        elif known.retired:
            self.blame("indicator_retired", f"indicator `{code}` is retired", "/indicator", indicator=code)
            return None
        return known

    def known_objective(self, code: str, pointer: str) -> KnownObjective | None:
        """An objective of the tree; None, with a fault, where there is none."""
        known = self.objectives.get(code)
        if known is None or known.removed:
            self.blame("unknown_objective", f"there is no objective `{code}`", pointer, objective=code)
            return None
        return known

    def _pointer(self, within: str) -> str:
        return f"/changes/{self.place}{within}"
