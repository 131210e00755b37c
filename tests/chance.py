"""Where random scenarios get their luck from.

Hypothesis shrinks what it draws, and draws much of the same; a seeded generator draws ever new things, and shrinks
nothing. Whoever makes scenarios takes either, so that the same rules make small examples and many.
"""

from collections.abc import Sequence
from random import Random
from typing import Protocol, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

T = TypeVar("T")


class Chance(Protocol):
    """One choice after the other."""

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`, the first of which is the simplest."""
        ...

    def one_in(self, count: int) -> bool:
        """True about once in `count` times."""
        ...


class Drawn:
    """Chosen by hypothesis."""

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`, the first of which is the simplest."""
        return self._draw(st.sampled_from(options))

    def one_in(self, count: int) -> bool:
        """True about once in `count` times."""
        return self._draw(st.integers(0, count - 1)) == count - 1


class Seeded:
    """Chosen by a generator of its own: the same seed, the same scenario."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return self._random.choice(options)

    def one_in(self, count: int) -> bool:
        """True about once in `count` times."""
        return self._random.randrange(count) == 0


@st.composite
def chances(draw: DrawFn) -> Chance:
    """Either kind, half of the time each."""
    if draw(st.booleans()):
        return Seeded(draw(st.integers(0, 2**48)))
    return Drawn(draw)
