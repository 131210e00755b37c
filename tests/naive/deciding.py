"""Issue 3's rules of decision, naively: what a round of positions comes to, and every way in which the silent could speak."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations_with_replacement

from service.models.community import Charter, Member

STANCES = ("support", "stand_aside", "object", "abstain")
SILENT = "silent"


@dataclass(frozen=True)
class Electorate:
    """By which rule a round is decided, and by whom."""

    rule: str
    quorum: Fraction
    voters: frozenset[str]


def electorate(charter: Charter, members: Mapping[str, Member], day: date) -> Electorate:
    """Who decides a round opened on `day`, of those who were known, and by the charter that was in force, before it opened."""
    role = "support" if charter.decision_rule == "delegated" else "member"
    voters = {code for code, member in members.items() if member.role == role and is_there(member, day)}
    return Electorate(charter.decision_rule.value, Fraction(str(charter.quorum)), frozenset(voters))


def is_there(member: Member, day: date) -> bool:
    """Whether `day` lies between the day on which it joined and its last, both inclusive."""
    return not (member.joined is not None and day < member.joined) and not (member.left is not None and day > member.left)


def why_rejected(who: Electorate, said: Mapping[str, str]) -> str | None:
    """Why the round is lost if nobody says anything more; None where it is carried."""
    if not who.voters:
        return "no_voters"
    taken = [said[voter] for voter in who.voters if voter in said]
    for_it, against = taken.count("support"), taken.count("object")
    if who.rule == "delegated":
        if against:
            return "objection_stands"
        return None if for_it else "not_decided"
    if who.rule == "unanimity":
        return None if for_it == len(who.voters) else "not_unanimous"
    if who.rule == "consent" and against:
        return "objection_stands"
    if len(taken) == 0 or (len(taken) == 1 and len(who.voters) > 1) or Fraction(len(taken), len(who.voters)) < who.quorum:
        return "no_quorum"
    if who.rule == "consent":
        return None
    if who.rule == "majority":
        return None if for_it > against else "no_majority"
    return None if for_it and Fraction(for_it, for_it + against) >= Fraction(2, 3) else "no_majority"


def may_close(who: Electorate, said: Mapping[str, str]) -> bool:
    """Whether every voter has spoken, or all that the silent could still say comes to the same. Tries everything."""
    silent = sorted(who.voters - set(said))
    if not silent:
        return True
    ends = set()
    # Which of them says what does not matter to any rule, only how many do.
    for words in combinations_with_replacement((SILENT, *STANCES), len(silent)):
        spoken = {voter: word for voter, word in zip(silent, words, strict=True) if word != SILENT}
        ends.add(why_rejected(who, {**said, **spoken}) is None)
    return len(ends) == 1
