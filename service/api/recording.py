"""From contributions as they are sent to ledger rows and one journal entry: all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Never

from service.api.transaction import ActingContext
from service.errors import Conflict, Fault, Refused
from service.indicators.acceptance import Accepted, Offered, accept, refuse
from service.models.contribution import ContributionBody
from service.models.indicator import Cell
from service.models.vocabulary import EntryKind
from service.records.entries import Key, KeyState, LedgerRow
from service.records.ledger import append, intern_cells, states_of

CREATED, REVISED, UNCHANGED, FOLDED = "created", "revised", "unchanged", "folded"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one contribution: what stands of its key afterwards, and whether its last entry is this request's."""

    key: Key
    state: KeyState
    outcome: str


def record(acting: ActingContext, bodies: Sequence[ContributionBody], pointers: Sequence[str]) -> list[Outcome]:
    """Records contributions, one outcome for each; `pointers` says where each stands in the request.

    Raises Refused, Forbidden or Conflict with every fault found, and changes nothing then. Without anything new nothing is
    written, not even a journal entry.
    """
    accepted = _accepted(acting, bodies, pointers)
    cells = intern_cells(acting.connection, acting.register.community_id, {one.cell for one in accepted})
    rows = [row_of(one, cells, acting.caller.known_actor.number) for one in accepted]
    first = first_places(rows, pointers)
    states = states_of(acting.connection, acting.register.community_id, [row.key for row in rows], acting.writing.number - 1)
    _check_revisions(bodies, rows, states, pointers)
    new = [row for place, row in enumerate(rows) if first[row.key] == place and not _says_nothing_new(row, states[row.key])]
    stands = _write(acting, new, states)
    return [Outcome(row.key, stands[row.key], _outcome(row, place, first, states[row.key])) for place, row in enumerate(rows)]


def _accepted(acting: ActingContext, bodies: Sequence[ContributionBody], pointers: Sequence[str]) -> list[Accepted]:
    accepted: list[Accepted] = []
    faults: list[Fault] = []
    for body, pointer in zip(bodies, pointers, strict=True):
        verdict = accept(
            offered(body),
            acting.register,
            day=acting.writing.day,
            reporter=acting.caller.known_actor,
            is_support=acting.caller.is_support,
        )
        if isinstance(verdict, Accepted):
            accepted.append(verdict)
        else:
            faults += [at(fault, pointer) for fault in verdict]
    if faults:
        refuse(faults)
    return accepted


def offered(body: ContributionBody) -> Offered:
    """A contribution as it came, for `accept` to judge."""
    return Offered(
        indicator=body.indicator,
        actor=body.actor,
        period=body.period,
        value=body.value,
        numerator=body.numerator,
        denominator=body.denominator,
        weight=body.weight,
        dimensions=body.dimensions or {},
        observation_status=body.observation_status.value,
        comment=body.comment,
        evidence=body.evidence,
    )


def row_of(one: Accepted, cells: dict[Cell, int], reported_by: int) -> LedgerRow:
    """What was accepted as the ledger keeps it; `cells` holds the number of its cell. It has no batch yet."""
    return LedgerRow(
        indicator=one.indicator.number,
        period=one.period.number,
        actor=one.actor.number,
        cell=cells[one.cell],
        batch=0,
        kind=EntryKind.REPORT,
        version=one.version.number,
        value=one.value,
        numerator=one.numerator,
        denominator=one.denominator,
        weight=one.weight,
        observation_status=one.observation_status,
        reported_by=reported_by,
        comment=one.comment,
        evidence=one.evidence,
    )


def first_places(rows: Sequence[LedgerRow], pointers: Sequence[str]) -> dict[Key, int]:
    """Where each key occurs first. Raises Refused `duplicate_key` where it occurs again and says something else."""
    first: dict[Key, int] = {}
    faults = []
    for place, row in enumerate(rows):
        before = first.setdefault(row.key, place)
        if not row.says_the_same(rows[before]):
            sentence = f"it contradicts {pointers[before]}, which is for the same indicator, actor, period and dimensions"
            faults.append(Fault("duplicate_key", sentence, pointer=pointers[place], context={"other": pointers[before]}))
    if faults:
        raise Refused("duplicate_key", faults[0].detail, faults=tuple(faults), **faults[0].context)
    return first


def _check_revisions(
    bodies: Sequence[ContributionBody], rows: Sequence[LedgerRow], states: dict[Key, KeyState], pointers: Sequence[str]
) -> None:
    faults = tuple(
        revision_fault(body.expected_revision, states[row.key], f"{pointer}/expected_revision")
        for body, row, pointer in zip(bodies, rows, pointers, strict=True)
        if body.expected_revision is not None and body.expected_revision != states[row.key].revision
    )
    if faults:
        refuse_revision(*faults)


def revision_fault(expected: int, state: KeyState, pointer: str) -> Fault:
    """What is wrong with an `expected_revision` that is not the key's."""
    sentence = f"revision {expected} was expected, and it is at revision {state.revision}"
    return Fault(
        "revision_mismatch", sentence, pointer=pointer, context={"expected": str(expected), "revision": str(state.revision)}
    )


def refuse_revision(*faults: Fault) -> Never:
    """Raises Conflict `revision_mismatch`."""
    raise Conflict("revision_mismatch", faults[0].detail, faults=faults, **faults[0].context)


def _says_nothing_new(row: LedgerRow, state: KeyState) -> bool:
    return state.last is not None and row.says_the_same(state.last)


def _outcome(row: LedgerRow, place: int, first: dict[Key, int], before: KeyState) -> str:
    if first[row.key] != place:
        return FOLDED
    if _says_nothing_new(row, before):
        return UNCHANGED
    return REVISED if before.revision else CREATED


def _write(acting: ActingContext, new: Sequence[LedgerRow], states: dict[Key, KeyState]) -> dict[Key, KeyState]:
    if not new:
        return states
    rows = write_rows(acting, "contributions_recorded", new, {"contributions": len(new)})
    return states | {row.key: states[row.key].after(row, acting.writing.number) for row in rows}


def write_rows(acting: ActingContext, kind: str, rows: Sequence[LedgerRow], subject: dict[str, object]) -> list[LedgerRow]:
    """Writes ledger rows, each key once, as one batch with its journal entry; gives them with their batch."""
    writing = acting.writing
    batch = writing.new_number("batch")
    numbered = [row._replace(batch=batch) for row in rows]
    append(writing, numbered)
    writing.close(kind, subject, actor=acting.caller.known_actor.number, token=acting.caller.token, batch=batch)
    return numbered


def at(fault: Fault, pointer: str) -> Fault:
    """The same fault in a request that holds several contributions: `pointer` is put before its own."""
    return Fault(
        fault.code,
        fault.detail,
        pointer=pointer + (fault.pointer or ""),
        suggestion=fault.suggestion,
        context=fault.context,
    )
