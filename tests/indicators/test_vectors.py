"""Every worked case of `data/vectors` through the product's pure functions."""

from decimal import Decimal

import pytest

from service.indicators.figure import Question, figure
from service.indicators.objective import Leaf, Node, standing
from service.indicators.progress import indicator_progress
from service.models.period import Period, Window
from tests.indicators.product import plain_figure, plain_progress, text
from tests.vectors import Case, cases, evidence_of, expected_figure, said_of


def _named(case: Case) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", cases("figure"), ids=_named)
def test_figure(case: Case) -> None:
    ask = case["ask"]
    window = Window.over(Period.parse(ask["from"]), Period.parse(ask["to"]))
    question = Question(window, ask.get("version"), tuple(ask.get("by", ())), ask.get("actors"))
    assert said_of(plain_figure(figure(evidence_of(case), question)), case) == expected_figure(case)


@pytest.mark.parametrize("case", cases("progress"), ids=_named)
def test_progress(case: Case) -> None:
    progress = indicator_progress(evidence_of(case), Period.parse(case["ask"]["at"]), None)
    assert plain_progress(progress) == case["expect"]


@pytest.mark.parametrize("case", cases("objective"), ids=_named)
def test_objective(case: Case) -> None:
    own = standing([_child(child) for child in case["ask"]["children"]])
    assert {name: text(getattr(own, name)) for name in case["expect"]} == case["expect"]


def _child(child: Case) -> Leaf | Node:
    weight = Decimal(child["weight"])
    if "children" in child:
        return Node(weight, tuple(_child(grandchild) for grandchild in child["children"]))
    return Leaf(weight, None if child["attainment"] is None else Decimal(child["attainment"]))
