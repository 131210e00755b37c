"""How a contribution is answered: what stands of its key, and all that was ever said of it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from service.indicators.register import Register
from service.models.indicator import Cell
from service.models.instant import Instant
from service.models.measure import Measure
from service.models.period import Period
from service.models.vocabulary import EntryKind, Validation
from service.records.entries import Key, KeyState, LedgerRow, key_id
from service.records.ledger import Recorded, instants_of, read_cells

REPORTED, VALIDATED, NOT_VALIDATED, CONTESTED, WITHDRAWN = "reported", "validated", "not_validated", "contested", "withdrawn"
STATUSES = (REPORTED, VALIDATED, NOT_VALIDATED, CONTESTED, WITHDRAWN)


class ContributionAnswer(BaseModel):
    """What stands of one key: an indicator, an actor, a period, a cell. Measures it does not carry are null, never "0"."""

    id: str = Field(description="The id of the key, the same for every revision.")
    indicator: str
    actor: str = Field(description="Whose contribution it is.")
    period: Period
    dimensions: dict[str, str] = Field(description="The cell's codes; empty for the total.")
    value: Measure | None
    numerator: Measure | None
    denominator: Measure | None
    weight: Measure | None
    observation_status: str | None = Field(
        description="SDMX OBS_STATUS; an open list, `A` being normal. Null once it is withdrawn."
    )
    comment: str | None
    evidence: str | None
    erased: bool = Field(description="Whether comment and evidence were erased: what there was of them is null.")
    version: int = Field(description="The definition in force for its period when it was recorded.")
    revision: int = Field(description="How often it was reported or withdrawn; what `expected_revision` is compared to.")
    status: str = Field(
        description="An open list; today `reported` where no validation is asked for, else `validated`, `not_validated`; "
        "`contested`, and not reported anew since; `withdrawn`."
    )
    reported_by: str = Field(description="The actor who sent this revision: itself, or the support for it.")
    recorded_at: Instant = Field(description="When this revision was recorded.")


class RecordedContribution(ContributionAnswer):
    """What stands of a key, and what the request did to it."""

    outcome: str = Field(
        description="An open list; today `created`, `revised`, `unchanged`, in a batch `folded` (given twice alike), "
        "`withdrawn`, `validated`, `contested`."
    )


class ContributionList(BaseModel):
    """Contributions in an order that never changes."""

    items: list[ContributionAnswer]
    next_cursor: str | None


class BatchAnswer(BaseModel):
    """What a batch did, item by item, in the order given."""

    items: list[RecordedContribution]
    created: int
    revised: int
    unchanged: int
    folded: int = Field(description="Items that said again, alike, what an earlier one of the batch said.")


class HistoryEntry(BaseModel):
    """One thing that was said of a key. Nothing of it is ever overwritten."""

    kind: str = Field(description="An open list; today `report`, `withdrawal`, `validation`, `contest`.")
    journal: int = Field(description="The number of the journal entry that it came with.")
    recorded_at: Instant
    by: str = Field(description="The actor who said it.")
    revision: int = Field(description="The revision that it made or, for a validation or contest, spoke of.")
    version: int = Field(description="The definition in force for its period when it was recorded.")
    value: Measure | None
    numerator: Measure | None
    denominator: Measure | None
    weight: Measure | None
    observation_status: str | None
    comment: str | None = Field(description="The comment of a report, the reason of a contest.")
    evidence: str | None
    erased: bool = Field(description="Whether comment and evidence were erased: what there was of them is null.")


class HistoryList(BaseModel):
    """All that was ever said of a key, oldest first."""

    items: list[HistoryEntry]
    next_cursor: str | None


def status_of(state: KeyState, validation: Validation) -> str:
    """How a reported key stands. A new report answers a contest; it then waits for validation where that is asked."""
    if state.withdrawn:
        return WITHDRAWN
    if state.contested and state.changed_journal != state.last_journal:
        return CONTESTED
    if validation is Validation.NONE:
        return REPORTED
    return VALIDATED if state.validated else NOT_VALIDATED


class Naming:
    """The names behind the numbers of keys, as one register and the store's cells have them."""

    def __init__(self, connection: Connection, register: Register, keys: Collection[Key]) -> None:
        self._connection = connection
        self._register = register
        self._indicators = register.indicator_codes
        self._actors = register.actor_codes
        self._cells: Mapping[int, Cell] = read_cells(connection, register.community_id, {key.cell for key in keys})

    def actor(self, number: int) -> str:
        """The code of the actor of that number."""
        return self._actors[number]

    def fields(self, key: Key, state: KeyState, recorded_at: datetime) -> dict[str, object]:
        """What a `ContributionAnswer` says of a key that was reported; `recorded_at` is when its last entry was."""
        last = state.last
        assert last is not None
        return {
            "id": key_id(key),
            "indicator": self._indicators[key.indicator],
            "actor": self._actors[key.actor],
            "period": Period.from_number(key.period),
            "dimensions": dict(self._cells[key.cell]),
            **_measures(last),
            "version": last.version,
            "revision": state.revision,
            "status": status_of(state, self._register.settings.charter.validation),
            "reported_by": self._actors[last.reported_by],
            "recorded_at": recorded_at,
        }


def contribution_answers(
    connection: Connection, register: Register, found: list[tuple[Key, KeyState]]
) -> list[ContributionAnswer]:
    """Keys that were reported, with their states, as they are answered."""
    naming = Naming(connection, register, [key for key, _ in found])
    instants = instants_of(connection, register.community_id, [state.last_journal or 0 for _, state in found])
    return [
        ContributionAnswer.model_validate(naming.fields(key, state, instants[state.last_journal or 0])) for key, state in found
    ]


def history_entries(register: Register, recorded: list[Recorded]) -> list[HistoryEntry]:
    """What was said of a key, oldest first, as it is answered."""
    actors = register.actor_codes
    entries, revision = [], 0
    for said in recorded:
        kind = EntryKind(said.row.kind)
        revision += kind in (EntryKind.REPORT, EntryKind.WITHDRAWAL)
        entries.append(
            HistoryEntry.model_validate(
                {
                    "kind": kind.name.lower(),
                    "journal": said.journal,
                    "recorded_at": said.instant,
                    "by": actors[said.row.reported_by],
                    "revision": revision,
                    "version": said.row.version,
                    **_measures(said.row),
                }
            )
        )
    return entries


def _measures(row: LedgerRow) -> dict[str, object]:
    names = ("value", "numerator", "denominator", "weight", "observation_status", "comment", "evidence")
    return {name: getattr(row, name) for name in names} | {"erased": row.erased is not None}
