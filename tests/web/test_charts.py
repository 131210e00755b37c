"""Charts: a gap is a gap, a break a break, zero a value; what is drawn stands where its number says."""

import re
from decimal import Decimal

import pytest

from service.web.charts import Dot, axis_of, bar, series, sparkline, stretches


def dots(*values: str | None) -> list[Dot]:
    return [Dot(str(2020 + place), None if value is None else Decimal(value)) for place, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([], "0 0.5 1"),
        (["0", "0"], "0 0.5 1"),
        (["61194"], "0 20000 40000 60000 80000"),
        (["-3", "12"], "-5 0 5 10 15"),
        (["0.034"], "0 0.01 0.02 0.03 0.04"),
        (["97"], "0 50 100"),
    ],
)
def test_axes_have_round_steps_and_hold_everything(values: list[str], ticks: str) -> None:
    axis = axis_of([Decimal(value) for value in values])
    assert " ".join(str(tick) for tick in axis.ticks) == ticks
    assert all(0 <= axis.share(Decimal(value)) <= 1 for value in values)


def test_gaps_and_breaks_end_a_line() -> None:
    assert list(stretches(dots("1", None, "0", "2"))) == [[0], [2, 3]], "zero is not missing"
    broken = [Dot("2020", Decimal(1)), Dot("2021", Decimal(2)), Dot("2022", Decimal(9), breaks=True)]
    assert list(stretches(broken)) == [[0, 1], [2]]
    assert list(stretches(dots(None, None))) == []


def test_a_sparkline_needs_two_values() -> None:
    assert sparkline(dots("1", None)) == ""
    assert sparkline(dots("0", "0")).count("<path") == 1


def drawn(*chosen: Dot, target: Decimal | None = None) -> str:
    axis = axis_of([one for dot in chosen for one in (dot.value, dot.lowest, dot.highest) if one is not None])
    return series(chosen, target, [str(tick) for tick in axis.ticks], axis, ("<b>", "words"))


def test_heights_are_proportional_and_words_escaped() -> None:
    chart = drawn(*dots("0", "50", "100"))
    heights = [float(height) for height in re.findall(r'circle class="dot" cx="[\d.]+" cy="([\d.]+)"', chart)]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2])
    assert "<b>" not in chart and "&lt;b&gt;" in chart


def test_what_differs_is_drawn_differently() -> None:
    chart = drawn(
        Dot("2020", Decimal(1)),
        Dot("2021", Decimal(5), breaks=True, is_carried=True),
        Dot("2022", None, Decimal(2), Decimal(4)),
        target=Decimal(5),
    )
    assert chart.count('class="dot"') == chart.count('class="carried"') == chart.count('class="between"') == 1
    assert chart.count('class="break"') == chart.count('class="target"') == 1
    assert 'class="target"' not in drawn(*dots("1"))


def test_a_bar_is_dark_for_what_is_certain_only() -> None:
    widths = re.findall(r'class="(\w+)"[^>]*? width="(\d+)"', bar(Decimal("0.9"), Decimal("0.2"), Decimal("1.3"), "words"))
    assert widths == [("way", "1000"), ("maybe", "800"), ("reached", "200"), ("mark", "6")]
    certain = re.findall(r'class="(\w+)"[^>]*? width="(\d+)"', bar(Decimal("0.5"), Decimal("0.5"), Decimal("0.5"), "words"))
    assert certain == [("way", "1000"), ("reached", "500")]
