"""From everything that is answered to who is no member, nothing that is hidden can be computed."""

import pytest

from service.indicators import disclosure, suppression
from service.indicators.lattice import Lattice, Place
from service.indicators.suppression import Known, Protection
from service.models.period import Period
from tests.api.attacking import PERIODS, YEAR, Attacker, lives, worlds
from tests.builders import Client

PROTECTIONS = {"actors": (True, 0), "counts": (False, 6), "both": (True, 6)}


def attacked(client: Client, seed: int, protection: str, *, is_stock: bool = False, more: tuple[str, ...] = ()) -> Attacker:
    """A year of a coalition, with an attacker who looks after each publication, at `more` windows than there should be."""
    hides, minimum = PROTECTIONS[protection]
    world = worlds(client, seed, hides=hides, minimum=minimum, is_stock=is_stock)
    attacker = Attacker(world, windows=(*PERIODS, *more, YEAR))
    for _ in lives(world):
        attacker.look()
    return attacker


SEEDS = [
    pytest.param(100, marks=pytest.mark.proof),
    *(pytest.param(seed, marks=pytest.mark.long) for seed in range(101, 108)),
]


def test_nothing_hidden_can_be_computed(shared: Client) -> None:
    attacker = attacked(shared, 3, "both")
    assert not attacker.finds()
    assert attacker.told, "and something is shown"


@pytest.mark.parametrize("is_stock", [False, True], ids=["flow", "stock"])
@pytest.mark.parametrize("protection", PROTECTIONS)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_hidden_can_be_computed_of_many(shared: Client, seed: int, protection: str, is_stock: bool) -> None:
    attacker = attacked(shared, seed, protection, is_stock=is_stock)
    assert not attacker.finds()
    assert attacker.told


def only_what_is_hidden_itself(lattice: Lattice, protection: Protection) -> frozenset[Place]:
    """What would be shown if nothing were hidden but what has to be: nothing besides it."""
    return frozenset(
        row.place
        for row in lattice.rows.values()
        if not any(protection.is_small(count) for count in row.counts)
        and (not protection.hides_actors or len(row.actors) >= suppression.FEWEST_ACTORS or not any(row.amounts))
    )


def without_complements(lattice: Lattice, protection: Protection, known: Known) -> tuple[frozenset[Place], Known]:
    """Hides nothing besides."""
    return only_what_is_hidden_itself(lattice, protection), known


def without_memory(lattice: Lattice, protection: Protection, known: Known) -> tuple[frozenset[Place], Known]:
    """Hides what it has to in each table, whatever was shown before."""
    return suppression.select(lattice, protection, Known())[0], known


def moving_on(shown: object, publication: disclosure.Publication, version: object) -> dict[Period, int]:
    """Every period as of now."""
    return {entry.period: publication.number for entry in publication.evidence.entries}


def with_half_years(lattice: Lattice, protection: Protection, known: Known) -> tuple[frozenset[Place], Known]:
    """Half-years besides, each of which hides what it has to."""
    own = {place: row for place, row in lattice.rows.items() if place.window.frequency != "S"}
    lines = {line: tuple(p for p in places if p in own) for line, places in lattice.lines.items() if line[0] in own}
    shown, known = suppression.select(Lattice(own, lines, lattice.relations), protection, known)
    halves = {place for place in only_what_is_hidden_itself(lattice, protection) if place.window.frequency == "S"}
    return shown | halves, known


_windows = disclosure._windows


def half_years_too(version: object, closed: frozenset[Period]) -> dict[Period, tuple[Period, ...]]:
    """The windows with the half-years of which all is closed."""
    found = _windows(version, closed)  # type: ignore[arg-type]
    for year, windows in found.items():
        for half in (Period.parse("2025-S1"), Period.parse("2025-S2")):
            if sum(half.contains(window) for window in windows) == 2:
                found[year] = (half, *found[year])
    return found


_windows = disclosure._windows

HALF_YEARS = ("2025-S1", "2025-S2")
WEAKNESSES: dict[str, tuple[dict[str, object], tuple[str, ...]]] = {
    "no complements": ({"select": without_complements}, ()),
    "instants that are not frozen": ({"select": without_memory, "_moved_on": moving_on}, ()),
    "windows that are not fixed": ({"select": with_half_years, "_windows": half_years_too}, HALF_YEARS),
}
"""What becomes of `disclosure` without one of the protections, and at which windows the attacker looks besides."""


@pytest.mark.parametrize("weakness", WEAKNESSES)
@pytest.mark.parametrize(
    "protection", [pytest.param(one, marks=[] if one == "both" else pytest.mark.proof) for one in PROTECTIONS]
)
def test_without_any_one_of_the_protections_something_can(
    light_client: Client, monkeypatch: pytest.MonkeyPatch, protection: str, weakness: str
) -> None:
    replaced, more = WEAKNESSES[weakness]
    for name, weaker in replaced.items():
        monkeypatch.setattr(disclosure, name, weaker)
    assert attacked(light_client, 0, protection, more=more).finds()


@pytest.mark.proof
@pytest.mark.parametrize("protection", PROTECTIONS)
def test_with_all_of_them_nothing_can_be_there_either(light_client: Client, protection: str) -> None:
    assert not attacked(light_client, 0, protection).finds()
