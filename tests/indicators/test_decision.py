"""The rules of decision: a table of cases for each, and every way in which the silent could still speak."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from service.indicators.decision import Electorate, can_close, electorate, outcome
from service.models.community import Charter, Member
from service.models.vocabulary import DecisionRule, Role, Stance

STANCES = {"+": Stance.SUPPORT, "-": Stance.OBJECT, "|": Stance.STAND_ASIDE, "o": Stance.ABSTAIN}
NAMES = "abcdef"
RULES = list(DecisionRule)


def voting(rule: str, voters: int, quorum: str = "0.5") -> Electorate:
    """So many voters under a rule."""
    return Electorate(Charter(decision_rule=DecisionRule(rule), quorum=Decimal(quorum)), frozenset(NAMES[:voters]))


def said_by(names: Sequence[str], signs: str) -> dict[str, Stance]:
    """`+` supports, `-` objects, `|` stands aside, `o` abstains, `.` says nothing; one sign for each of `names`."""
    return {name: STANCES[sign] for name, sign in zip(names, signs, strict=False) if sign != "."}


def said(signs: str) -> dict[str, Stance]:
    """The same for the first voters."""
    return said_by(NAMES, signs)


CASES = [
    # rule, signs of all voters, quorum, what it comes to, may it close now
    ("delegated", "+", "0.5", "adopted", True),
    ("delegated", ".", "0.5", "not_decided", False),
    ("delegated", "-", "0.5", "objection_stands", True),
    ("delegated", "+.", "0.5", "adopted", False),
    ("delegated", "+-", "0.5", "objection_stands", True),
    ("delegated", "|", "0.5", "not_decided", True),
    ("delegated", "", "0.5", "no_voters", True),
    ("consent", "+++++", "0.5", "adopted", True),
    ("consent", "++++-", "0.5", "objection_stands", True),
    ("consent", "-....", "0.5", "objection_stands", True),  # With one objection it fails whatever the others say.
    ("consent", "+++..", "0.5", "adopted", False),  # The silent could still object.
    ("consent", "++...", "0.5", "no_quorum", False),
    ("consent", "++..", "0.5", "adopted", False),  # Half of four is two: the quorum is reached at its edge.
    ("consent", "+...", "0.5", "no_quorum", False),
    ("consent", "oooo", "0.5", "adopted", True),  # Nobody objects; abstentions make a quorum.
    ("consent", "||||", "0.5", "adopted", True),
    ("consent", "....", "0", "no_quorum", False),  # Nobody at all decides nothing, even without a quorum.
    ("consent", "+...", "0", "no_quorum", False),  # Nobody decides alone,
    ("consent", "+|..", "0", "adopted", False),
    ("consent", "+.", "0.5", "no_quorum", False),
    ("majority", "+.", "0.5", "no_quorum", False),
    ("two_thirds", "+..", "0.1", "no_quorum", False),
    ("consent", "+", "0.5", "adopted", True),  # save who is the only one.
    ("consent", "", "0", "no_voters", True),
    ("majority", "++-.", "0.5", "adopted", False),
    ("majority", "+++.", "0.5", "adopted", True),  # 3 : 1 at worst.
    ("majority", "++--", "0.5", "no_majority", True),  # A tie is no majority.
    ("majority", "++-|o", "0.5", "adopted", True),  # Who stands aside or abstains is not counted.
    ("majority", "oooo", "0.5", "no_majority", True),
    ("majority", "+....", "0.5", "no_quorum", False),
    ("majority", "--...", "0.5", "no_quorum", False),
    ("majority", "---..", "0.5", "no_majority", True),  # 2 : 3 at best.
    ("majority", "+|...", "0.6", "no_quorum", False),
    ("two_thirds", "++-", "0.5", "adopted", True),  # Two of three exactly.
    ("two_thirds", "+++--", "0.5", "no_majority", True),
    ("two_thirds", "+++-", "0.5", "adopted", True),
    ("two_thirds", "++--..", "0.5", "no_majority", False),  # 4 : 2 is still possible.
    ("two_thirds", "+---..", "0.5", "no_majority", True),
    ("two_thirds", "oooo", "0.5", "no_majority", True),
    ("two_thirds", "+ooo", "0.5", "adopted", True),
    ("unanimity", "+++", "0.5", "adopted", True),
    ("unanimity", "++|", "0.5", "not_unanimous", True),
    ("unanimity", "++.", "0.5", "not_unanimous", False),
    ("unanimity", "o..", "0.5", "not_unanimous", True),  # Not everybody supports, whatever the others say.
    ("unanimity", "", "0.5", "no_voters", True),
]


@pytest.mark.parametrize(("rule", "signs", "quorum", "expected", "may_close"), CASES)
def test_what_positions_come_to(rule: str, signs: str, quorum: str, expected: str, may_close: bool) -> None:
    voters = voting(rule, len(signs), quorum)
    result = outcome(voters, said(signs))
    assert (result.reason or "adopted") == expected
    assert result.is_adopted == (expected == "adopted")
    assert can_close(voters, said(signs)) == may_close


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("quorum", ["0", "0.34", "0.5", "1"])
def test_it_may_close_where_nothing_that_the_silent_say_could_change_it(rule: str, quorum: str) -> None:
    """Against trying everything: every way in which four voters stand or are silent, every way in which they go on."""
    voters = voting(rule, 4, quorum)
    for signs in product("+-|o.", repeat=4):
        stances = said("".join(signs))
        silent = [name for name in NAMES[:4] if name not in stances]
        ends = {
            outcome(voters, stances | said_by(silent, "".join(rest))).is_adopted
            for rest in product("+-|o.", repeat=len(silent))
        }
        assert can_close(voters, stances) == (not silent or len(ends) == 1), signs


@pytest.mark.parametrize("rule", RULES)
def test_support_never_hurts_and_an_objection_never_helps(rule: str) -> None:
    voters = voting(rule, 4)
    for signs in product("+-|o.", repeat=3):
        ends = {sign: outcome(voters, said("".join(signs) + sign)).is_adopted for sign in "+-|o."}
        assert ends["+"] >= max(ends.values()) and ends["-"] <= min(ends["+"], ends["|"], ends["o"])


def test_others_than_the_voters_do_not_count() -> None:
    assert outcome(voting("majority", 2), said("++----")).is_adopted
    assert not outcome(voting("consent", 4), said("....++")).is_adopted


def member(role: str = "member", joined: date | None = None, left: date | None = None) -> Member:
    """A member with its days."""
    return Member(name={"en": "M"}, kind="association", role=Role(role), joined=joined, left=left)


DAY, BEFORE, AFTER = date(2025, 3, 5), date(2025, 3, 4), date(2025, 3, 6)
MEMBERS = {
    "always": member(),
    "joined-that-day": member(joined=DAY),
    "joined-after": member(joined=AFTER),
    "left-that-day": member(left=DAY),
    "left-before": member(left=BEFORE),
    "leaves-in-mid-round": member(left=date(2025, 3, 9)),
    "observer": member("observer"),
    "support": member("support"),
    "support-gone": member("support", left=BEFORE),
}


@pytest.mark.parametrize("rule", RULES)
def test_who_was_there_on_the_opening_day_decides(rule: DecisionRule) -> None:
    voters = electorate(Charter(decision_rule=rule), MEMBERS, DAY).voters
    if rule is DecisionRule.DELEGATED:
        assert voters == {"support"}
    else:
        assert voters == {"always", "joined-that-day", "left-that-day", "leaves-in-mid-round"}
