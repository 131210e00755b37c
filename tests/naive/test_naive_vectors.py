"""The naive model must know the worked cases by itself before it may contradict anybody."""

import pytest

from service.models.period import Period, Window
from tests.naive.comparing import plain_answer, plain_judgement, shown
from tests.naive.judging import judge
from tests.naive.objectives import standing
from tests.naive.overlaps import figure
from tests.vectors import EXPECTED_COUNT, Case, all_cases, cases, evidence_of, expected_figure, said_of


def _named(case: Case) -> str:
    return str(case["name"])


def test_no_case_is_lost() -> None:
    assert len(all_cases()) == EXPECTED_COUNT


@pytest.mark.parametrize("case", cases("figure"), ids=_named)
def test_figure(case: Case) -> None:
    ask = case["ask"]
    window = Window.over(Period.parse(ask["from"]), Period.parse(ask["to"]))
    answer = plain_answer(figure(evidence_of(case), window, ask.get("version"), ask.get("by", ()), ask.get("actors")))
    assert said_of(answer, case) == expected_figure(case)


@pytest.mark.parametrize("case", cases("progress"), ids=_named)
def test_progress(case: Case) -> None:
    evidence = evidence_of(case)
    judgement = judge(evidence, evidence.targets[-1].terms, Period.parse(case["ask"]["at"]), None)
    assert plain_judgement(judgement) == case["expect"]


@pytest.mark.parametrize("case", cases("objective"), ids=_named)
def test_objective(case: Case) -> None:
    own = standing(case["ask"]["children"])
    assert {name: shown(getattr(own, name)) for name in case["expect"]} == case["expect"]
