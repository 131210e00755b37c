"""What changed a figure after it was read: asked again for the day it was read on, with what was recorded and decided since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from service.indicators.evidence import Entry, Evidence
from service.indicators.progress import Progress, indicator_progress
from service.indicators.register import Register
from service.indicators.taking import Reach, take
from service.models.indicator import Cell
from service.models.period import Period
from service.models.vocabulary import Validation


@dataclass(frozen=True, slots=True)
class Side:
    """What an indicator's progress came to; each None as in `Progress` and its target."""

    value: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    target: Decimal | None
    target_minimum: Decimal | None
    target_maximum: Decimal | None
    attainment: Decimal | None
    status: str


@dataclass(frozen=True, slots=True)
class Recount:
    """A ledger entry with the reports of its key that counted before and after it; None where none did."""

    entry: Entry
    before: Entry | None
    after: Entry | None


def side_of(progress: Progress) -> Side:
    """What is compared of a progress."""
    figure, terms = progress.figure, progress.aim.terms
    return Side(
        value=figure.value,
        lowest=figure.lowest,
        highest=figure.highest,
        target=terms.value if terms else None,
        target_minimum=terms.minimum if terms else None,
        target_maximum=terms.maximum if terms else None,
        attainment=progress.attainment,
        status=progress.status,
    )


def side_under(evidence: Evidence, register: Register, upto: int, at: Period | None) -> Side | None:
    """What `evidence`, judged on its own day, came to with its entries up to the journal entry `upto` and under `register`.

    None where the indicator was not adopted then, or is retired.
    """
    known = register.indicators.get(evidence.indicator)
    if known is None or known.retired:
        return None
    then = replace(
        evidence,
        versions=known.versions,
        entries=tuple(entry for entry in evidence.entries if entry.journal <= upto),
        members={code: actor.member for code, actor in register.actors.items()},
        charter=register.settings.charter,
        targets=known.targets,
        overlaps=known.overlaps,
    )
    return side_of(indicator_progress(then, at))


def recounts(entries: Iterable[Entry], validation: Validation, after: int, reaches: Sequence[Reach]) -> list[Recount]:
    """The entries behind the journal entry `after` that changed what counts of a key, in order.

    Only those of periods that one of `reaches` can use: what was reported since for later periods changed nothing.
    """
    by_key: dict[tuple[str, Period, Cell], list[Entry]] = {}
    for entry in entries:
        by_key.setdefault(entry.key, []).append(entry)
    found = []
    for key, said in by_key.items():
        if said[-1].journal <= after or not any(reach.serves(key[1]) for reach in reaches):
            continue
        for place, entry in enumerate(said):
            if entry.journal > after:
                before, now = _counting(said[:place], validation), _counting(said[: place + 1], validation)
                if _carried(before) != _carried(now):
                    found.append(Recount(entry, before, now))
    return sorted(found, key=lambda one: one.entry.journal)


def _carried(entry: Entry | None) -> tuple[object, ...] | None:
    return None if entry is None else (entry.version, entry.value, entry.numerator, entry.denominator, entry.weight)


def _counting(said: Sequence[Entry], validation: Validation) -> Entry | None:
    return next(iter(take(said, validation).counting), None)
