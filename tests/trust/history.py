"""An independent checker: what clients were told, held against what the service shows afterwards.

It knows nothing of the service. An operation is what one client asked for under one name, however often it sent it; its
effects are lines that must then stand in the history of some place. A place's history is a list of such lines. Times are
those of any one clock.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum


class Told(Enum):
    """What a client knows of its operation in the end."""

    DONE = "done"
    REFUSED = "refused"
    NOTHING = "nothing"
    """Cut off, and not asked again: it has happened or it has not."""


@dataclass(frozen=True)
class Effect:
    """A line that an operation leaves at a place. `revision` is the one it was told, `built_on` the one it said it had read."""

    place: str
    mark: str
    revision: int | None = None
    built_on: int | None = None


@dataclass(frozen=True)
class Operation:
    """What one client asked for between the instants `sent` and `answered`. Its effects come together or not at all."""

    name: str
    told: Told
    effects: tuple[Effect, ...]
    sent: float = 0.0
    answered: float = float("inf")


@dataclass(frozen=True)
class Seen:
    """A line of a place's history as the service shows it. `entry`: of which numbered transaction, where it says so."""

    place: str
    mark: str
    revision: int | None = None
    entry: int | None = None


def faults(operations: Collection[Operation], seen: Sequence[Seen]) -> list[str]:
    """All that contradicts: every operation that is told done happened once, no refused one did, every other one once or not
    at all; each is whole and a transaction of its own; histories have no gap; what ended before another began came before it.

    `seen` holds each place's history from its beginning, oldest first.
    """
    found = _invented(operations, seen)
    lines = defaultdict(list)
    for line in seen:
        lines[line.place, line.mark].append(line)
    first: dict[str, int] = {}
    for operation in operations:
        there = [line for effect in operation.effects for line in lines[effect.place, effect.mark]]
        found += _miscounted(operation, Counter((line.place, line.mark) for line in there))
        found += _misnumbered(operation, there)
        entries = {line.entry for line in there if line.entry is not None}
        if len(entries) > 1:
            found.append(f"torn: {operation.name} in the transactions {sorted(entries)}")
        if entries:
            first[operation.name] = min(entries)
    return found + _gaps(seen) + _shared(first) + _out_of_order(operations, first)


def _invented(operations: Collection[Operation], seen: Sequence[Seen]) -> list[str]:
    asked = {(effect.place, effect.mark) for operation in operations for effect in operation.effects}
    return [f"invented: {line.mark} at {line.place}" for line in seen if (line.place, line.mark) not in asked]


def _miscounted(operation: Operation, there: Counter[tuple[str, str]]) -> list[str]:
    name, counts = operation.name, [there[effect.place, effect.mark] for effect in operation.effects]
    found = [f"doubled: {name} at {effect.place}" for effect in operation.effects if there[effect.place, effect.mark] > 1]
    if operation.told is Told.DONE:
        found += [f"lost: {name} at {effect.place}" for effect in operation.effects if not there[effect.place, effect.mark]]
    elif operation.told is Told.REFUSED and any(counts):
        found.append(f"refused, and there: {name}")
    elif any(counts) and not all(counts):
        found.append(f"partial: {name} is at {sum(map(bool, counts))} of {len(counts)} places")
    return found


def _misnumbered(operation: Operation, there: Sequence[Seen]) -> list[str]:
    found = []
    at = {line.place: line.revision for line in there}
    for effect in operation.effects:
        revision = at.get(effect.place)
        if revision is None:
            continue
        if effect.revision not in (None, revision):
            found.append(f"misnumbered: {operation.name} was told {effect.revision}, {effect.place} says {revision}")
        if effect.built_on not in (None, revision - 1):
            found.append(f"lost update: {operation.name} had read {effect.built_on} of {effect.place} and wrote {revision}")
    return found


def _gaps(seen: Sequence[Seen]) -> list[str]:
    numbers = defaultdict(list)
    for line in seen:
        if line.revision is not None:
            numbers[line.place].append(line.revision)
    return [
        f"gap: {place} has the revisions {said}" for place, said in numbers.items() if said != list(range(1, len(said) + 1))
    ]


def _shared(first: dict[str, int]) -> list[str]:
    return [f"shared: transaction {entry} by several" for entry, times in Counter(first.values()).items() if times > 1]


def _out_of_order(operations: Collection[Operation], first: dict[str, int]) -> list[str]:
    """Where one operation was answered before another was sent, its transaction is the earlier one."""
    latest_first = sorted((one for one in operations if one.name in first), key=lambda one: first[one.name], reverse=True)
    found: list[str] = []
    soonest: Operation | None = None
    for operation in latest_first:
        if soonest is not None and soonest.answered < operation.sent:
            found.append(f"out of order: {soonest.name} was answered before {operation.name} was sent")
        if operation.told is Told.DONE and (soonest is None or operation.answered < soonest.answered):
            soonest = operation
    return found
