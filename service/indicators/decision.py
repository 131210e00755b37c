"""The charter's rules of decision: what a round of positions comes to. Pure; who calls it knows the instants.

The rule, the quorum and the voters are those of the round's opening day: nobody is voted down by a rule, or by an electorate,
that came after the question.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from service.models.community import Charter, Member
from service.models.vocabulary import DecisionRule, Role, Stance

NO_VOTERS = "no_voters"
NO_QUORUM = "no_quorum"
OBJECTION_STANDS = "objection_stands"
NO_MAJORITY = "no_majority"
NOT_UNANIMOUS = "not_unanimous"
NOT_DECIDED = "not_decided"
"""Under `delegated`: the support has not said that it adopts."""
NOT_ALONE = 2
"""How many voters take a position at least, where there are as many, whatever the charter's quorum. Who proposes says when the
round closes: in a community of two half of them would be who proposes alone, and the other one asleep."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round comes to. `reason` says why it is rejected; None where it is adopted."""

    is_adopted: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Electorate:
    """Who decides a round, and by which charter."""

    charter: Charter
    voters: frozenset[str]


_ADOPTED = Outcome(True)


def electorate(charter: Charter, members: Mapping[str, Member], opening_day: date) -> Electorate:
    """Who decides a round that opened on `opening_day`: under `delegated` the support, else the members who were there.

    Observers comment. The support runs the evaluation for the others and has no vote beside theirs.
    """
    role = Role.SUPPORT if charter.decision_rule is DecisionRule.DELEGATED else Role.MEMBER
    return Electorate(
        charter,
        frozenset(
            actor for actor, member in members.items() if member.role is role and member.belongs_in(opening_day, opening_day)
        ),
    )


def outcome(electorate: Electorate, stances: Mapping[str, Stance]) -> Outcome:
    """What the positions taken come to if nobody says anything more. Positions of others than the voters do not count.

    - `unanimity`: every voter supports.
    - the others need the quorum: voters who took any position, abstentions too, are at least that share of all voters, and
      two of them unless there is only one.
      `consent`: besides, nobody objects, which is said first. `majority`: more support than object. `two_thirds`: at least
      two of three of those who support or object, and somebody, support.
    - `delegated`: the support says so.
    """
    voters, rule = electorate.voters, electorate.charter.decision_rule
    if not voters:
        return Outcome(False, NO_VOTERS)
    taken = [stance for actor, stance in stances.items() if actor in voters]
    supporting, objecting = taken.count(Stance.SUPPORT), taken.count(Stance.OBJECT)
    if rule is DecisionRule.DELEGATED:
        if objecting:
            return Outcome(False, OBJECTION_STANDS)
        return _ADOPTED if supporting else Outcome(False, NOT_DECIDED)
    if rule is DecisionRule.UNANIMITY:
        return _ADOPTED if supporting == len(voters) else Outcome(False, NOT_UNANIMOUS)
    if rule is DecisionRule.CONSENT and objecting:
        return Outcome(False, OBJECTION_STANDS)
    if len(taken) < needed(electorate):
        return Outcome(False, NO_QUORUM)
    if rule is DecisionRule.CONSENT:
        return _ADOPTED
    if rule is DecisionRule.MAJORITY:
        wins = supporting > objecting
    else:
        wins = supporting > 0 and 3 * supporting >= 2 * (supporting + objecting)
    return _ADOPTED if wins else Outcome(False, NO_MAJORITY)


def needed(electorate: Electorate) -> int:
    """How many voters must take a position for the round to count at all: the quorum, and two unless there is only one.

    Under `unanimity` all of them, under `delegated` one.
    """
    voters, charter = len(electorate.voters), electorate.charter
    if charter.decision_rule is DecisionRule.UNANIMITY:
        return voters
    if charter.decision_rule is DecisionRule.DELEGATED:
        return min(voters, 1)
    return max(min(voters, NOT_ALONE), math.ceil(charter.quorum * voters))


def can_close(electorate: Electorate, stances: Mapping[str, Stance]) -> bool:
    """Whether a round may close before its time: every voter has spoken, or the silent could change nothing any more.

    Every rule only gains by support, only loses by objection, and reaches its quorum by any position, so that it is enough
    to look at what happens where the silent all support, all object, all abstain, or all stay silent.
    """
    silent = electorate.voters - set(stances)
    completions = [{**stances, **dict.fromkeys(silent, stance)} for stance in (Stance.SUPPORT, Stance.OBJECT, Stance.ABSTAIN)]
    return not silent or len({outcome(electorate, said).is_adopted for said in (stances, *completions)}) == 1
