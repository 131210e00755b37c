"""What an objective is made of: random trees against the naive model, and every reason for leaving something out."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from service.indicators.objective_explanation import Attained, ExplainedObjective, explain_objective, indicators_below
from service.indicators.register import KnownIndicator, KnownObjective, Register
from service.models.community import Settings
from service.models.measure import rounded
from tests.chance import Chance, chances
from tests.naive.objectives import Child
from tests.naive.objectives import standing as naive_standing
from tests.scenarios import make_tree


class Grown:
    """A tree as the register knows it, and what the naive model reads, by objective."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.objectives: dict[str, KnownObjective] = {}
        self.indicators: dict[str, KnownIndicator] = {}
        self.attained: dict[str, Attained] = {}
        self.below: dict[str, Sequence[Child]] = {}
        self.codes: dict[str, list[tuple[str, Child]]] = {}
        self._plant("root", None, Decimal(1), children)
        self.register = Register(1, "c", Settings(name={"en": "C"}), {}, self.objectives, self.indicators)

    def _plant(self, code: str, parent: str | None, weight: Decimal, children: Sequence[Child]) -> None:
        self.objectives[code] = KnownObjective(len(self.objectives) + 1, code, {"en": code}, parent, weight)
        self.below[code], self.codes[code] = children, []
        for place, child in enumerate(children):
            own = f"{code}-{place}"
            self.codes[code].append((own, child))
            if "children" in child:
                self._plant(own, code, child["weight"], child["children"])
                continue
            self.indicators[own] = KnownIndicator(len(self.indicators) + 1, own, (), code, child["weight"])
            known = None if child["attainment"] is None else Fraction(child["attainment"])
            self.attained[own] = Attained(known, "on_track", "no_target" if known is None else None)


def explained(children: Sequence[Child], objective: str = "root") -> list[ExplainedObjective]:
    """The tree, opened from an objective down."""
    grown = Grown(children)
    return explain_objective(grown.register, objective, grown.attained)


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(chances())
def test_parts_add_up_on_random_trees(chance: Chance) -> None:
    tree = make_tree(chance)
    grown = Grown(tree)
    opened = explain_objective(grown.register, "root", grown.attained)
    assert opened[0].code == "root" and {one.code for one in opened} == set(grown.objectives)
    assert set(indicators_below(grown.register, "root")) == set(grown.indicators)
    for one in opened:
        naive = naive_standing(grown.below[one.code])
        assert one.standing.attainment == (None if naive.attainment is None else rounded(naive.attainment))
        assert one.standing.coverage == rounded(naive.coverage)
        assert {child.objective or child.indicator for child in one.children} == {code for code, _ in grown.codes[one.code]}
        parts = [child.part for child in one.children if child.part is not None]
        shares = [child.share for child in one.children if child.share is not None]
        if naive.attainment is None:
            assert parts == shares == [] and one.reason is not None
        else:
            assert sum(parts) == naive.attainment and sum(shares) == 1 and one.reason is None
        own = dict(grown.codes[one.code])
        for child in one.children:
            below = own[child.objective or child.indicator or ""]
            alone = naive_standing([{**below, "weight": Decimal(1)}])
            assert child.coverage == alone.coverage
            assert (child.part is None) == (child.reason is not None)
            if child.part is not None and child.share is not None:
                assert child.part == child.share * (alone.attainment or 0)
            if child.objective is not None:
                assert child.attainment == alone.attainment
    of_whole = [child.part_of_whole for one in opened for child in one.children if child.indicator is not None]
    whole = naive_standing(tree).attainment
    assert sum(part for part in of_whole if part is not None) == (whole or 0)
    assert whole is not None or not any(part is not None for part in of_whole)


def leaf(attainment: str | None, weight: str = "1") -> dict[str, Any]:
    """An indicator under an objective."""
    return {"weight": Decimal(weight), "attainment": None if attainment is None else Decimal(attainment)}


def node(*children: Child, weight: str = "1") -> dict[str, Any]:
    """An objective under an objective."""
    return {"weight": Decimal(weight), "children": children}


def test_what_is_ahead_never_hides_what_is_behind() -> None:
    (root,) = explained([leaf("2"), leaf("-1"), leaf("0.5", "2")])
    assert [child.part for child in root.children] == [Fraction(1, 4), 0, Fraction(1, 4)]
    assert [child.attainment for child in root.children] == [2, -1, Fraction(1, 2)], "their own are told as they are"


def test_parts_of_the_whole_go_through_the_objectives_between() -> None:
    root, below, _ = explained([node(leaf("1", "3"), leaf("0"), weight="2"), leaf("0.5"), node(leaf(None))])
    assert [child.part_of_whole for child in root.children] == [Fraction(1, 2), None, Fraction(1, 6)]
    assert [child.part_of_whole for child in below.children] == [Fraction(1, 2), 0]
    assert [child.part for child in below.children] == [Fraction(3, 4), 0]


@pytest.mark.parametrize(
    ("children", "reason", "of_children"),
    [
        ([], "no_children", []),
        ([leaf(None)], "nothing_attained", ["no_target"]),
        ([node()], "nothing_attained", ["no_children"]),
        ([node(leaf(None))], "nothing_attained", ["nothing_attained"]),
        ([leaf("1", "0"), leaf(None)], "weightless", ["weightless", "no_target"]),
        ([leaf("0")], None, [None]),
        ([leaf("1", "0"), leaf("0.5")], None, [None, None]),
        ([node(leaf("1", "0")), leaf("0")], None, ["weightless", None]),
    ],
)
def test_why_something_is_left_out(children: list[Child], reason: str | None, of_children: list[str | None]) -> None:
    root = explained(children)[0]
    assert root.reason == reason
    assert [child.reason for child in root.children] == of_children


def test_what_is_removed_or_retired_is_not_there() -> None:
    grown = Grown([node(leaf("1")), leaf("0")])
    grown.objectives["root-0"] = KnownObjective(2, "root-0", {"en": "x"}, "root", Decimal(1), removed=True)
    (root,) = explain_objective(grown.register, "root", grown.attained)
    assert [child.indicator for child in root.children] == ["root-1"]
