"""The checker catches what it is there for: each way in which a service can break its word, and none where it kept it."""

import random
from dataclasses import replace

import pytest

from tests.trust.history import Effect, Operation, Seen, Told, faults

A, B = "place a", "place b"
KEPT = [
    Operation("one", Told.DONE, (Effect(A, "one", revision=1, built_on=0),), sent=0, answered=1),
    Operation("two", Told.DONE, (Effect(A, "two", revision=2, built_on=1), Effect(B, "two", revision=1)), sent=2, answered=3),
    Operation("cut off, there", Told.NOTHING, (Effect(A, "three"), Effect(B, "three")), sent=2.5),
    Operation("cut off, not there", Told.NOTHING, (Effect(A, "four"), Effect(B, "four")), sent=2.5),
    Operation("refused", Told.REFUSED, (Effect(A, "five"),), sent=0, answered=9),
    Operation("uncounted", Told.DONE, (Effect("list", "six"),), sent=0, answered=9),
]
SEEN = [
    Seen(A, "one", 1, 11),
    Seen(A, "two", 2, 12),
    Seen(A, "three", 3, 13),
    Seen(B, "two", 1, 12),
    Seen(B, "three", 2, 13),
    Seen("list", "six"),
]


def kinds(operations: list[Operation], seen: list[Seen]) -> set[str]:
    return {fault.partition(":")[0] for fault in faults(operations, seen)}


def test_a_service_that_kept_its_word() -> None:
    assert faults(KEPT, SEEN) == []


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        ([line for line in SEEN if line.mark != "six"], "lost"),
        ([line for line in SEEN if line.mark != "two"], "lost"),
        ([*SEEN, Seen("list", "six")], "doubled"),
        ([*SEEN, Seen(A, "three", 4, 14)], "doubled"),
        ([line for line in SEEN if line != SEEN[4]], "partial"),
        ([line for line in SEEN if line != SEEN[3]], "lost"),
        ([*SEEN, Seen(A, "five", 4, 14)], "refused, and there"),
        ([*SEEN, Seen("list", "seven")], "invented"),
        ([replace(SEEN[0], revision=2), replace(SEEN[1], revision=3), *SEEN[2:]], "misnumbered"),
        ([line if line.revision != 3 else replace(line, revision=4) for line in SEEN], "gap"),
        ([line if line != SEEN[4] else replace(line, entry=14) for line in SEEN], "torn"),
        ([line if line.mark != "three" else replace(line, entry=12) for line in SEEN], "shared"),
        ([line if line.mark != "one" else replace(line, entry=14) for line in SEEN], "out of order"),
    ],
)  # fmt: skip
def test_each_way_to_break_it(seen: list[Seen], kind: str) -> None:
    assert kind in kinds(KEPT, seen)


def test_an_update_written_over_what_its_writer_had_not_read() -> None:
    stale = replace(KEPT[1], effects=(Effect(A, "two", revision=2, built_on=0), KEPT[1].effects[1]))
    assert kinds([KEPT[0], stale, *KEPT[2:]], SEEN) == {"lost update"}


def test_any_one_acknowledged_line_that_goes_missing_or_comes_twice_in_a_long_history() -> None:
    chance = random.Random(5)
    operations: list[Operation] = []
    seen: list[Seen] = []
    for number in range(200):
        places = chance.sample(range(8), chance.randint(1, 4))
        effects = tuple(Effect(f"place {place}", f"mark {number}") for place in places)
        operations.append(Operation(f"operation {number}", Told.DONE, effects, number, number + chance.random() * 3))
        for effect in effects:
            revision = sum(line.place == effect.place for line in seen) + 1
            seen.append(Seen(effect.place, effect.mark, revision, number))
    assert faults(operations, seen) == []
    for place in chance.sample(range(len(seen)), 40):
        assert "lost" in kinds(operations, seen[:place] + seen[place + 1 :])
        assert "doubled" in kinds(operations, [*seen, seen[place]])
