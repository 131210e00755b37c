"""What an actor has to see to as of a moment: its dues, and the proposals that await its position and close soon."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.answers import Answers
from service.api.dues import DueAnswer, dues_of, usual_window
from service.api.identity import reach_of
from service.indicators.register import KnownActor, Register
from service.models.vocabulary import Scope
from service.records.moment import Moment
from service.records.proposals import get_proposal
from service.records.register import Registers
from service.records.settlement import round_of


@dataclass(frozen=True, slots=True)
class AwaitedPosition:
    """An open proposal in which the actor has a vote and has taken no position in the present round."""

    number: int
    title: dict[str, str]
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Owed:
    """What an actor has to see to: its dues as `GET …/dues` answers them, and proposals, the first to close first."""

    dues: tuple[DueAnswer, ...] = ()
    positions: tuple[AwaitedPosition, ...] = ()


def owed_by(
    connection: Connection, registers: Registers, register: Register, moment: Moment, known: KnownActor, soon: timedelta
) -> Owed:
    """What an actor owes, as far as it may know by itself; proposals that close within `soon` of the moment.

    Nothing where the community's work has ended: nobody takes it in any more.
    """
    reach = reach_of(known.member, moment.day)
    if register.settings.closed or Scope.READ not in reach:
        return Owed()
    answers, positions = Answers(connection, register, moment), []
    due = dues_of(connection, register, moment, answers, known, usual_window(moment.day))
    for opened in register.open_proposals:
        if opened.closes_at > moment.instant + soon or Scope.DECIDE not in reach:
            continue
        found = get_proposal(connection, register.community_id, opened.number, moment.number)
        judged = round_of(connection, registers, register.community_id, opened, moment.number, found)
        if found is not None and known.code in judged.electorate.voters and known.code not in judged.stances:
            positions.append(AwaitedPosition(opened.number, found.proposal.title, opened.closes_at))
    return Owed(tuple(due), tuple(positions))
