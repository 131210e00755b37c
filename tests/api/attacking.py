"""A coalition with something to hide, and an attacker who is told what anybody is told and keeps all of it.

The attacker knows who reported what when, and who corrected it: everything but the numbers. What it is answered it writes
down as sums of numbers it does not know; and it solves them, exactly.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any

from tests.builders import Client, Coalition, Json, coalition, define, refusal
from tests.chance import Chance

PERIODS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
YEAR = "2025"
INSIDE = {**{period: (period,) for period in PERIODS}, "2025-S1": PERIODS[:2], "2025-S2": PERIODS[2:], YEAR: PERIODS}
"""The periods of each window."""
DIMENSIONS: dict[str, tuple[str, ...]] = {"sex": ("F", "M"), "age": ("y", "o")}
GRAINS: tuple[tuple[str, ...], ...] = ((), ("sex",), ("age",), ("sex", "age"))
LATER = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)

Cell = tuple[tuple[str, str], ...]
Unknown = tuple[str, str, Cell, int]
"""What one actor said of one period and cell, for the how manieth time."""
Sum = dict[Unknown, Fraction]
Place = tuple[str, tuple[str, ...], tuple[str, ...] | None, str | None]
"""A window, the dimensions it is split by, the codes there (None: at none of them), whose (None: all)."""


def eliminated(rows: Iterable[Mapping[Unknown, Fraction]]) -> dict[Unknown, Sum]:
    """Gaussian elimination: rows in echelon form by their leading unknown."""
    leading: dict[Unknown, Sum] = {}
    for row in rows:
        left = reduced(leading, row)
        if left:
            pivot = min(left)
            leading[pivot] = {unknown: value / left[pivot] for unknown, value in left.items()}
    return leading


def reduced(leading: Mapping[Unknown, Mapping[Unknown, Fraction]], row: Mapping[Unknown, Fraction]) -> Sum:
    """What is left of `row`: nothing where it can be computed from the others."""
    left = dict(row)
    done: set[Unknown] = set()
    while open_ones := [unknown for unknown in left if unknown in leading and unknown not in done]:
        pivot = min(open_ones)
        factor = left[pivot]
        for unknown, value in leading[pivot].items():
            left[unknown] = left.get(unknown, Fraction(0)) - factor * value
        left = {unknown: value for unknown, value in left.items() if value}
        done.add(pivot)
    return left


def plus(*sums: Mapping[Unknown, Fraction]) -> Sum:
    """The sum of sums."""
    total: Sum = {}
    for one in sums:
        for unknown, value in one.items():
            total[unknown] = total.get(unknown, Fraction(0)) + value
    return {unknown: value for unknown, value in total.items() if value}


def minus(one: Mapping[Unknown, Fraction], other: Mapping[Unknown, Fraction]) -> Sum:
    """The difference of two."""
    return plus(one, {unknown: -value for unknown, value in other.items()})


@dataclass
class World:
    """A coalition, and what its actors really reported: per key the values with the publication from which each was there."""

    lac: Coalition
    chance: Chance
    hides: bool
    minimum: int
    is_stock: bool
    said: dict[tuple[str, str, Cell], list[tuple[int, int | None]]] = field(default_factory=dict)
    published: int = 0
    closed: set[str] = field(default_factory=set)

    @property
    def actors(self) -> list[str]:
        """Its members."""
        return list(self.lac.members)

    def value(self, unknown: Unknown) -> int:
        """What the attacker does not know."""
        actor, period, cell, number = unknown
        value = self.said[actor, period, cell][number][1]
        assert value is not None
        return value

    def truth(self, made: Mapping[Unknown, Fraction]) -> Fraction:
        """What a sum comes to."""
        return sum((factor * self.value(unknown) for unknown, factor in made.items()), Fraction(0))

    def cells(self, actor: str, period: str, state: int) -> dict[Cell, Unknown]:
        """What stood reported by a publication."""
        found = {}
        for (who, when, cell), values in self.said.items():
            known = [(number, value) for number, (since, value) in enumerate(values) if since <= state]
            if (who, when) == (actor, period) and known and known[-1][1] is not None:
                found[cell] = (actor, period, cell, known[-1][0])
        return found

    def read(self, actor: str, period: str, state: int, by: tuple[str, ...]) -> dict[tuple[str, ...], Sum] | None:
        """One actor's period by codes: complete grains come first, then few dimensions (`MODEL.md` 4). None: no answer."""
        grains: dict[tuple[str, ...], dict[Cell, Unknown]] = {}
        for cell, unknown in self.cells(actor, period, state).items():
            grains.setdefault(tuple(d for d in DIMENSIONS if d in dict(cell)), {})[cell] = unknown
        fitting = [grain for grain in grains if {*by} <= {*grain}]
        if not fitting:
            return None

        def complete(grain: tuple[str, ...]) -> bool:
            return all({dict(cell)[d] for cell in grains[grain]} == {*DIMENSIONS[d]} for d in grain)

        grain = min(fitting, key=lambda grain: (not complete(grain), len(grain), [list(DIMENSIONS).index(d) for d in grain]))
        parts: dict[tuple[str, ...], list[Sum]] = {}
        for cell, unknown in grains[grain].items():
            parts.setdefault(tuple(dict(cell)[d] for d in by), []).append({unknown: Fraction(1)})
        return {codes: plus(*sums) for codes, sums in parts.items()}

    def own(self, actor: str, window: str, states: Mapping[str, int], by: tuple[str, ...]) -> dict[tuple[str, ...], Sum] | None:
        """One actor's window, where each closed period is as of its publication."""
        if not self.is_stock:
            read = [self.read(actor, period, states[period], by) for period in INSIDE[window] if period in states]
            there = [one for one in read if one is not None]
            codes = {code for one in there for code in one}
            return {code: plus(*(one.get(code, {}) for one in there)) for code in codes} if there else None
        last = PERIODS.index(INSIDE[window][-1])
        reported = [period for period in PERIODS[: last + 1] if period in states and self.cells(actor, period, states[period])]
        if not reported or PERIODS.index(reported[-1]) < last - 1:
            return None
        return self.read(actor, reported[-1], states[reported[-1]], by)

    def sums(self, window: str, states: Mapping[str, int]) -> dict[Place, Sum]:
        """Every number of a window as a sum of unknowns; nothing where nobody has one."""
        found: dict[Place, Sum] = {}
        for by in GRAINS:
            parts: dict[tuple[str, ...], list[Sum]] = {}
            for actor in self.actors:
                own = self.own(actor, window, states, by)
                for codes, made in (own or {}).items():
                    parts.setdefault(codes, []).append(made)
                    if not by:
                        found[window, (), (), actor] = made
            for codes, sums in parts.items():
                found[window, by, codes, None] = plus(*sums)
            if by:
                total = found.get((window, (), (), None), {})
                found[window, by, None, None] = minus(total, plus(*(one for sums in parts.values() for one in sums)))
        return found

    def relations(self) -> Iterator[Sum]:
        """Two ways of saying the same thing that agree: the attacker takes them to be equal."""
        for actor in self.actors:
            for period in PERIODS:
                for state in range(self.published + 1):
                    cells = self.cells(actor, period, state)
                    for cell, unknown in cells.items():
                        for grain in GRAINS:
                            finer = {
                                one: other
                                for one, other in cells.items()
                                if {*cell} < {*one} and tuple(d for d in DIMENSIONS if d in dict(one)) == grain
                            }
                            if finer and sum(map(self.value, finer.values())) == self.value(unknown):
                                yield minus({unknown: Fraction(1)}, plus(*({one: Fraction(1)} for one in finer.values())))

    # What happens.

    def report(self, actor: str, period: str, cells: Mapping[Cell, int]) -> None:
        """An actor reports cells of a period, or corrects them."""
        items = [
            {"indicator": "jobs", "actor": actor, "period": period, "value": str(value), "dimensions": dict(cell)}
            for cell, value in cells.items()
        ]
        self.lac.support.post("/contributions/batch", {"items": items})
        for cell, value in cells.items():
            values = self.said.setdefault((actor, period, cell), [])
            if not values or values[-1][1] != value:
                values.append((self.published + 1, value))

    def close(self, period: str) -> None:
        """A period is closed: a publication."""
        assert self.lac.support.ask("PUT", f"/closed-periods/{period}").status_code == 200
        self.closed.add(period)
        self.published += 1

    def open(self, period: str) -> None:
        """It is opened again."""
        assert self.lac.support.ask("DELETE", f"/closed-periods/{period}").status_code == 204
        self.closed.discard(period)

    def count(self) -> int:
        """A count as it may be: often nothing, often little, sometimes a lot."""
        if self.chance.one_in(5):
            return 0
        return self.chance.pick(range(1, 6)) if self.chance.one_in(3) else self.chance.pick(range(6, 400))

    def some_cells(self) -> dict[Cell, int]:
        """What an actor reports of a period: by no, one or two dimensions, perhaps not at all codes; perhaps the total too."""
        grain = self.chance.pick((*GRAINS, ("sex",), ("sex", "age")))
        cells: dict[Cell, int] = {}
        for sex in DIMENSIONS["sex"] if "sex" in grain else (None,):
            for age in DIMENSIONS["age"] if "age" in grain else (None,):
                codes = {"sex": sex, "age": age}
                if not self.chance.one_in(8):
                    cells[tuple(sorted((d, code) for d, code in codes.items() if code is not None))] = self.count()
        if len(cells) > 1 and self.chance.one_in(3):
            cells[()] = sum(cells.values())
        return cells or {(): self.count()}


def worlds(client: Client, seed: int, *, hides: bool, minimum: int, is_stock: bool, actors: int = 5) -> World:
    """A coalition with an indicator and a target."""
    client.clock = LATER
    chance = Chance(seed)
    codes = [f"a{number}" for number in range(actors)]
    charter = {"show_actor_values": not hides, "minimum_count": minimum}
    lac = coalition(client, codes, charter=charter, visibility="public")
    nature = {"nature": "stock", "over_time": "last"} if is_stock else {}
    dimensions = [{"code": code, "codes": list(within)} for code, within in DIMENSIONS.items()]
    lac.adopt(
        define(dimensions=dimensions, **nature),
        {"kind": "set_target", "indicator": "jobs", "period": YEAR, "value": "5000"},
    )
    return World(lac, chance, hides, minimum, is_stock)


def lives(world: World) -> Iterator[None]:
    """A year: reports, closings, late ones, corrections, withdrawals of a mistake. Stops after each publication."""
    for period in PERIODS:
        for actor in world.actors:
            if not world.chance.one_in(6):
                world.report(actor, period, world.some_cells())
        world.close(period)
        yield
        if not world.chance.one_in(3):
            corrected = world.chance.pick(sorted(world.closed))
            world.open(corrected)
            for actor in world.actors[: world.chance.pick((1, 1, 2, 3, 4, 5))]:
                own = world.cells(actor, corrected, world.published)
                cell = world.chance.pick(sorted(own)) if own else ()
                world.report(actor, corrected, {cell: world.count()})
            world.close(corrected)
            yield


@dataclass
class Attacker:
    """Who asks everything after each publication, and keeps what it is told: sums with what they come to."""

    world: World
    told: list[Sum] = field(default_factory=list)
    hidden: list[Sum] = field(default_factory=list)
    names: dict[frozenset[tuple[Unknown, Fraction]], str] = field(default_factory=dict)
    sums: list[str] = field(default_factory=list)
    small: list[tuple[str, Sum]] = field(default_factory=list)
    windows: tuple[str, ...] = (*PERIODS, YEAR)

    def look(self) -> None:
        """Asks for everything there is."""
        numbers = self._numbers()
        states = self._states(numbers)
        assert states is not None, "what is shown is true of no state that anything ever was in"
        for window in self.windows:
            if not {*INSIDE[window]} <= self.world.closed:
                continue
            made = self.world.sums(window, states)
            for place, number in numbers.items():
                if place[0] == window and place in made:
                    self._learn(place, made[place], number)
            self._adds_up(made, numbers)
            present = self.world.sums(window, dict.fromkeys(self.world.closed, self.world.published))
            self.small += [
                (f"{place} at publication {self.world.published}", one)
                for place, one in (*made.items(), *present.items())
                if 0 < self.world.truth(one) < self.world.minimum
            ]

    def _adds_up(self, made: Mapping[Place, Sum], numbers: Mapping[Place, Fraction | None]) -> None:
        """Takes note where what is left of a margin that is shown, less its parts that are, is a small count."""
        lines: dict[tuple[Place, object], list[Place]] = {}
        for place in made:
            window, by, codes, actor = place
            if by or actor is not None:
                lines.setdefault(((window, (), (), None), by), []).append(place)
            if len(by) > 1 and codes is not None:
                for at, dimension in enumerate(by):
                    fewer = (window, by[:at] + by[at + 1 :], codes[:at] + codes[at + 1 :], None)
                    lines.setdefault((fewer, dimension), []).append(place)
        for (margin, _), places in lines.items():
            known = [numbers[place] for place in (margin, *places) if numbers.get(place) is not None]
            if numbers.get(margin) is not None and not (self.world.hides and places[0][3]):
                left = 2 * self.world.truth(made[margin]) - sum((one for one in known if one is not None), Fraction(0))
                if 0 < left < self.world.minimum:
                    self.sums.append(f"what is left of {margin} is {left}")

    def _learn(self, place: Place, made: Sum, number: Fraction | None) -> None:
        if number is None:
            self.hidden.append(made)
            self.names[frozenset(made.items())] = f"{place} at publication {self.world.published}"
        else:
            assert self.world.truth(made) == number
            assert not 0 < number < self.world.minimum, f"{place} shows {number}"
            self.told.append(made)

    def _states(self, numbers: Mapping[Place, Fraction | None]) -> dict[str, int] | None:
        """As of which publication each period is shown: the latest that fits all numbers."""
        closed = [period for period in PERIODS if period in self.world.closed]

        def fits(window: str, states: Mapping[str, int]) -> bool:
            made = self.world.sums(window, states)
            mine = [(place, number) for place, number in numbers.items() if place[0] == window and number is not None]
            return all(self.world.truth(made.get(place, {})) == number for place, number in mine)

        def search(states: dict[str, int]) -> dict[str, int] | None:
            if len(states) == len(closed):
                year = {*closed} < {*PERIODS} or fits(YEAR, states)
                return states if year else None
            period = closed[len(states)]
            for state in range(self.world.published, -1, -1):
                tried = states | {period: state}
                if fits(period, tried):
                    found = search(tried)
                    if found is not None:
                        return found
            return None

        return search({})

    def _numbers(self) -> dict[Place, Fraction | None]:
        """Every number that is answered, by its place; None: it is said to be hidden."""
        voice = self.world.lac.anonymous
        found: dict[Place, Fraction | None] = {}
        for by in GRAINS:
            asked = {"by": ",".join(by)} if by else {}
            answers: list[tuple[str, Json]] = []
            for frequency in ("Q", "S", "A"):
                series = voice.ask("GET", "/indicators/jobs/series", params={**asked, "frequency": frequency})
                if series.status_code == 200:
                    answers += [(item["period"], item) for item in series.json()["items"]]
            # One by one they are the same: asked so once for each period, and by everything for what is no period.
            for window in self.windows if not by else self.windows[len(PERIODS) :]:
                response = voice.ask("GET", "/indicators/jobs/figure", params={**asked, "from": window, "to": window})
                if response.status_code == 200:
                    answers.append((window, response.json()))
                assert response.status_code == 200 or refusal(response) == (403, "not_published")
            for window, answer in answers:
                for place, number in _of_answer(answer, window, by):
                    assert found.setdefault(place, number) == number, "one question, two answers"
        if len(self.windows) == len(PERIODS) + 1 and self.world.published in (1, len(PERIODS)):
            self._knocks_in_vain()
        return found | self._of_progress()

    def _of_progress(self) -> dict[Place, Fraction | None]:
        found: dict[Place, Fraction | None] = {}
        for at in (None, *PERIODS, YEAR):
            answer = self.world.lac.anonymous.get("/progress", **({} if at is None else {"at": at}))
            (line,) = answer["objectives"][0]["indicators"]
            if line["value"] is not None:
                window = {"03-31": PERIODS[0], "06-30": PERIODS[1], "09-30": PERIODS[2], "12-31": YEAR}[line["to_day"][5:]]
                if not self.world.is_stock and window not in (PERIODS[0], YEAR):
                    assert len(self.windows) > len(PERIODS) + 1, "over no other window"
                    window = "2025-S1"
                found[window, (), (), None] = Fraction(Decimal(line["value"]))
        return found

    def _knocks_in_vain(self) -> None:
        """What nobody who is no member is answered."""
        voice, now = self.world.lac.anonymous, self.world.lac.support.get("/progress")["as_of"]
        for door, asked in (
            ("figure", {"from": "2025-Q1", "to": "2025-Q2"}),
            ("figure", {"from": "2025-01", "to": "2025-01"}),
            ("figure", {"from": "2025-S1", "to": "2025-S1"}),
            ("figure", {"as_of": now}),
            ("figure", {"version": "1"}),
            ("series", {"frequency": "S"}),
            ("series", {"frequency": "M"}),
            ("figure", {"from": "2025-Q1", "to": "2025-Q3"}),
            ("explanation", {}),
            ("explanation", {"compare_from": "2025-Q1", "compare_to": "2025-Q1"}),
        ):
            response = voice.ask("GET", f"/indicators/jobs/{door}", params=asked)
            assert refusal(response) == (403, "not_published"), (door, asked, response.text)
        for door in ("figure", "series", "explanation"):
            response = voice.ask("GET", f"/indicators/jobs/{door}", params={"actor": self.world.actors[0]})
            assert refusal(response) == (403, "actor_values_hidden" if self.world.hides else "not_published")

    def finds(self) -> list[str]:
        """What it can compute that it should not: nothing."""
        relations, self.told = _each_once(self.world.relations()), _each_once(self.told)
        leading = eliminated([*relations, *self.told])
        found = self.sums + [f"hidden {self._said(made)}" for made in _each_once(self.hidden) if not reduced(leading, made)]
        if self.world.hides:
            found += self._of_few(relations)
        if self.world.minimum:
            found += self._small(leading)
        return found

    def _said(self, made: Sum) -> str:
        return self.names.get(frozenset(made.items()), str(made))

    def _of_few(self, relations: list[Sum]) -> Iterator[str]:
        """Whether some combination of what was told rests on one or two actors."""
        rank = len(eliminated([*relations, *self.told]))
        for few in combinations(self.world.actors, 2):
            others = [{one: value for one, value in row.items() if one[0] not in few} for row in (*relations, *self.told)]
            theirs = [row for row in relations if {one[0] for one in row} <= {*few}]
            if rank - len(eliminated(others)) != len(eliminated(theirs)):
                yield f"something of {few}"

    def _small(self, leading: Mapping[Unknown, Sum]) -> Iterator[str]:
        """Whether a small count can be computed, of what is shown or of what is true and not shown yet."""
        for name, made in self.small:
            if not reduced(leading, made):
                yield f"{name} is {self.world.truth(made)}"


def _each_once(sums: Iterable[Sum]) -> list[Sum]:
    return list({frozenset(one.items()): one for one in sums if one}.values())


def _of_answer(answer: Json, window: str, by: tuple[str, ...]) -> Iterator[tuple[Place, Fraction | None]]:
    """The numbers of an answer. A hidden one says so; that nobody reported is no number."""

    def number(value: Any) -> Fraction | None:
        return None if value is None else Fraction(Decimal(value))

    if answer["value"] is not None or answer["reason"] in ("suppressed", "too_few_actors"):
        yield (window, (), (), None), number(answer["value"])
    for part in answer["by_dimension"]:
        yield (window, by, tuple(part["dimensions"][d] for d in by), None), number(part["value"])
        assert (part["value"] is None) == ("reason" in part)
    if by and answer["unallocated"] is not None:
        yield (window, by, None, None), number(answer["unallocated"])
    for own in answer["by_actor"]:
        yield (window, (), (), own["actor"]), number(own["value"])
