"""Rank and quartiles among at least five, and what of a figure rests on too few."""

from decimal import Decimal

import pytest

from service.indicators.aggregation import Codes
from service.indicators.standing import RankAmong, is_few, rank_among, withheld
from service.models.vocabulary import Direction

FIVE = {"a": "10", "b": "20", "c": "20", "d": "30", "e": "50"}


def values(**given: str) -> dict[str, Decimal]:
    """Values as decimals."""
    return {actor: Decimal(value) for actor, value in given.items()}


@pytest.mark.parametrize(
    ("actor", "direction", "rank"),
    [
        ("e", Direction.INCREASE, 1),
        ("d", Direction.INCREASE, 2),
        ("b", Direction.INCREASE, 3),
        ("c", Direction.INCREASE, 3),
        ("a", Direction.INCREASE, 5),
        ("a", Direction.DECREASE, 1),
        ("b", Direction.DECREASE, 2),
        ("e", Direction.DECREASE, 5),
        ("e", Direction.MAINTAIN, None),
        ("nobody", Direction.INCREASE, None),
    ],
)
def test_ranks(actor: str, direction: Direction, rank: int | None) -> None:
    """The best first, those alike share a rank."""
    quartiles = (Decimal("20"), Decimal("20"), Decimal("30"))
    assert rank_among(values(**FIVE), actor, direction) == RankAmong(rank, 5, quartiles)


def test_quartiles_lie_on_the_line_between_two() -> None:
    found = rank_among(values(a="0", b="1", c="2", d="4", e="8", f="16"), "a", Direction.INCREASE)
    assert found is not None
    assert found.quartiles == (Decimal("1.25"), Decimal("3"), Decimal("7"))


def test_among_four_nothing_is_told() -> None:
    assert rank_among(values(a="1", b="2", c="3", d="4"), "a", Direction.INCREASE) is None


@pytest.mark.parametrize(
    ("actors", "few"), [("", False), ("a", False), ("b", True), ("ab", True), ("abc", False), ("bcd", False)]
)
def test_ones_own_is_not_kept(actors: str, few: bool) -> None:
    assert is_few(actors, "a", 3) is few


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        ({"F": "abc", "M": "abc"}, ""),
        ({"F": "abc", "M": "b"}, "FM"),
        ({"F": "abcd", "M": "b", "X": "acd"}, "MX"),
        ({"F": "abcd", "M": "bc", "X": "d", "Y": "abc"}, "MX"),
        ({"F": "abc", "M": "a"}, ""),
    ],
)
def test_what_is_withheld_together(parts: dict[str, str], kept: str) -> None:
    """To `a`, who sees its own: what the total less the others would tell rests on three at least."""
    rests: dict[Codes | None, frozenset[str]] = {(code,): frozenset(actors) for code, actors in parts.items()}
    assert withheld(rests, "a", 3) == {(code,) for code in kept}
