"""How trials are answered, and what became of those that were taken over."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from service.api.contribution_answers import BatchAnswer
from service.indicators.carried import MEASURES
from service.indicators.register import Register
from service.models.deliberation import Trial
from service.models.indicator import Cell
from service.models.instant import Instant
from service.models.measure import Measure
from service.models.period import Period


class TrialAnswer(BaseModel):
    """What an actor tried for a key. Measures it does not carry are null, never "0"."""

    indicator: str
    actor: str = Field(description="Whose trial it is.")
    period: Period
    dimensions: dict[str, str] = Field(description="The cell's codes, of the proposed definition; empty for the total.")
    value: Measure | None
    numerator: Measure | None
    denominator: Measure | None
    weight: Measure | None
    round: int = Field(description="The round it was reported in; the definition proposed then is the same as now.")
    reported_by: str = Field(description="The actor who sent it: itself, or the support for it.")
    reported_at: Instant


class TrialList(BaseModel):
    """Trials by indicator, period, actor and cell."""

    items: list[TrialAnswer]
    next_cursor: str | None


class TrialsTakenAnswer(BaseModel):
    """What was taken, in the order given."""

    items: list[TrialAnswer]


class LeftTrialAnswer(BaseModel):
    """A trial that was not taken over, and why."""

    indicator: str
    period: Period
    dimensions: dict[str, str]
    reason: str = Field(
        description="An open list; today `older_version_governs`, `newer_version_governs`: the period is not the adopted "
        "version's; `reported_since`: something else was said of it under that version; or the code with which the "
        "contribution would be refused, like `period_closed`."
    )


class TakenOverAnswer(BatchAnswer):
    """What became of trials as contributions, and those that were left out."""

    left_out: list[LeftTrialAnswer]


class TrialNaming:
    """The names behind the numbers of trials."""

    def __init__(self, register: Register, cells: Mapping[int, Cell], instants: Mapping[int, datetime]) -> None:
        self._indicators = register.indicator_codes
        self._actors = register.actor_codes
        self._cells = cells
        self._instants = instants

    def answer(self, trial: Trial) -> TrialAnswer:
        """A trial as it is answered."""
        return TrialAnswer(
            indicator=self._indicators[trial.indicator],
            actor=self._actors[trial.actor],
            period=Period.from_number(trial.period),
            dimensions=dict(self._cells[trial.cell]),
            **{name: getattr(trial, name) for name in MEASURES},
            round=trial.round,
            reported_by=self._actors[trial.reported_by],
            reported_at=self._instants[trial.journal],
        )
