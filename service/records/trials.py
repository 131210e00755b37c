"""Values tried under a proposed definition. They enter no figure: a proposal's preview sets them beside what was reported."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from service.indicators.acceptance import Accepted
from service.indicators.trials import definitions_tried, serves_still
from service.models.deliberation import ProposalRound, Trial
from service.models.indicator import Cell
from service.models.tables import table_of
from service.records.cells import intern_cells
from service.records.journal import Writing
from service.records.proposals import Deliberation, changes_of, read_changes


def add_trials(writing: Writing, opened: ProposalRound, accepted: Sequence[Accepted], reported_by: int) -> list[Trial]:
    """Bring values tried in a round, each key once. The last one said of a key counts."""
    cells: dict[Cell, int] = intern_cells(writing.connection, writing.community_id, {one.cell for one in accepted})
    trials = [
        Trial(
            community_id=writing.community_id,
            proposal=opened.proposal,
            round=opened.number,
            indicator=one.indicator.number,
            period=one.period.number,
            actor=one.actor.number,
            cell=cells[one.cell],
            journal=writing.number,
            reported_by=reported_by,
            value=one.value,
            numerator=one.numerator,
            denominator=one.denominator,
            weight=one.weight,
        )
        for one in accepted
    ]
    for trial in trials:
        writing.add(trial)
    return trials


def trials_of(connection: Connection, community_id: int, proposal: int, upto: int) -> list[Trial]:
    """What was tried under a proposal as of the journal entry `upto`, of every round: the last said of each key, by key."""
    table = table_of(Trial)
    chosen = select(table).where(table.c.community_id == community_id, table.c.proposal == proposal, table.c.journal <= upto)
    key = (table.c.round, table.c.indicator, table.c.period, table.c.actor, table.c.cell)
    latest = {
        (row.round, row.indicator, row.period, row.actor, row.cell): Trial(**row._mapping)
        for row in connection.execute(chosen.order_by(*key, table.c.journal))
    }
    return list(latest.values())


def serving_trials(connection: Connection, found: Deliberation, codes: Mapping[int, str], upto: int) -> list[Trial]:
    """The trials that speak of what is proposed in the present round, by key; the last one said of each.

    They are its own and those of earlier rounds that proposed the same definition. `codes`: the indicators' by number.
    """
    said = trials_of(connection, found.proposal.community_id, found.number, upto)
    rounds = {trial.round for trial in said} | {found.round.number} if said else set()
    tried = {
        number: definitions_tried(read_changes(changes_of(connection, found.proposal.community_id, found.number, number)))
        for number in rounds
    }
    latest: dict[tuple[int, int, int, int], Trial] = {}
    for trial in said:
        code = codes[trial.indicator]
        if serves_still(tried[trial.round].get(code), tried[found.round.number].get(code)):
            latest[trial.indicator, trial.period, trial.actor, trial.cell] = trial
    return [latest[key] for key in sorted(latest)]
