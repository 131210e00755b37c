"""Quality flags: what looks wrong in what was reported, for somebody to look at. Nothing is refused for it."""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import islice
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from service.api.figure_answers import answers_of
from service.api.figures import window_asked
from service.api.identity import READ_WITHIN
from service.api.import_sight import upload_in_query
from service.api.naming import actor_in_query, indicator_in_query, period_asked, period_in
from service.api.paging import Paged, open_cursor, seal_cursor
from service.api.routing import Resource
from service.api.sight import sees_entries_of
from service.api.transaction import Asking, AskingContext
from service.errors import Forbidden, refused
from service.indicators.evidence import reference_version
from service.indicators.quality import Flag, quality_flags
from service.indicators.quality_words import flag_message
from service.indicators.register import KnownIndicator
from service.models.instant import Instant
from service.models.measure import Figure as FigureMeasure
from service.models.measure import rounded
from service.models.period import Period, Window
from service.models.upload import Upload
from service.records.batches import indicators_of_batch
from service.records.cells import find_cells
from service.records.entries import Key, key_id
from service.records.uploads import uploads_of_journal

router = Resource("figures")

LISTED = 20
"""How many of its entries a flag names: a total may be made of thousands."""


class FlaggedEntry(BaseModel):
    """One contribution that a flagged value was made of."""

    contribution: str = Field(description="The contribution's id, under which it stands and its history is.")
    import_id: str | None = Field(description="The import that brought what counts of it; null where it came otherwise.")


class QualityFlag(BaseModel):
    """One thing to look at. What is odd may be true: nothing was refused, and every figure has it."""

    code: str = Field(
        description="An open list; today `parts_differ_from_total`, `parts_incomplete`, `running_total_falls`, `hundredfold`, "
        "`hundredth`, `never_changes`."
    )
    indicator: str
    actor: str
    period: Period
    dimensions: dict[str, str] = Field(
        description="The cell's codes in `version`; empty for the total, and for what is about the parts of a period."
    )
    version: int = Field(description="The version in force, in whose terms values are compared.")
    value: FigureMeasure | None = Field(description="The value that is flagged; null only for a ratio over nothing.")
    compared_with: FigureMeasure | None = Field(
        description="What it was compared with: the other way's total, the running total before, the median of the values "
        "before; null where it was with itself (`never_changes`, `parts_incomplete`)."
    )
    since: Period | None = Field(description="The first period that the comparison reaches back to; null for flags of parts.")
    count: int = Field(
        description="With how many values it was compared, or for how many periods in a row it stood; 0 for flags of parts."
    )
    entries: list[FlaggedEntry] = Field(description=f"What the value was made of; the first {LISTED}.")
    entry_count: int = Field(description="Of how many entries it was made.")
    message: dict[str, str] = Field(description="What was found and what to look at, one sentence by language.")


class QualityFlagList(BaseModel):
    """Flags by indicator, actor and period."""

    items: list[QualityFlag]
    next_cursor: str | None
    as_of: Instant


@router.get("/quality-flags", access=READ_WITHIN)
def list_quality_flags(
    asking: Asking,
    paged: Paged,
    indicator: Annotated[
        str | None, Query(max_length=63, description="Only those of this indicator. Without it: of all that are not retired.")
    ] = None,
    actor: Annotated[str | None, Query(max_length=63, description="Only those of what this actor reported.")] = None,
    import_id: Annotated[
        str | None,
        Query(alias="import", max_length=20, description="Only those of values that this import brought, or a part of them."),
    ] = None,
    begin: Annotated[
        str | None,
        period_asked("Only those of periods that begin with this one or later. Without it: from ever.", alias="from"),
    ] = None,
    to: Annotated[str | None, period_asked("Only those of periods that end with this one or before. Without it: all.")] = None,
) -> QualityFlagList:
    """What looks wrong among the values that count as of the instant, in the terms of each indicator's version in force.

    - `parts_differ_from_total`, `parts_incomplete`: as in the figure of that actor and period.
    - `running_total_falls`: a cumulative value is below that of the period that ended last before, same actor and cell.
    - `hundredfold`, `hundredth`: between 100 / 1.5 and 100 × 1.5 times the median of the last five values before it that are
      not zero (of at least two), same actor, cell and length of period; or one over that. A unit or a percentage slipped.
    - `never_changes`: five or more periods of one length, reported one after the other, have one value that is not zero;
      told once, of the last of them.

    Ratios and means are compared by their value. Where the charter keeps actors' values to themselves, and no peers validate,
    members see the flags of their own entries; the support sees all. A window hides flags, never what they are compared with.
    Pages after the first are best asked with the `as_of` of the first: what is reported in between changes what is flagged.
    """
    chosen = _actors(asking, actor)
    window = _window(begin, to, asking.moment.day)
    upload = None if import_id is None else upload_in_query(asking, import_id)
    place = _place(paged.cursor)
    found = islice(_flags(asking, _indicators(asking, indicator, upload), chosen, upload, window, place), paged.limit + 1)
    listed = list(found)
    shown = listed[: paged.limit]
    last = (shown[-1][0].number, shown[-1][1]) if len(listed) > len(shown) else None
    return QualityFlagList(
        items=_answers(asking, [(known, flag) for known, _, flag in shown]),
        next_cursor=None if last is None else seal_cursor(*last),
        as_of=asking.moment.instant,
    )


def _actors(asking: AskingContext, actor: str | None) -> frozenset[str] | None:
    """The actors whose flags are asked for and may be seen; None: all."""
    seen = frozenset(code for code in asking.register.actors if sees_entries_of(asking, code))
    if actor is None:
        return None if len(seen) == len(asking.register.actors) else seen
    if actor_in_query(asking.register, actor).code not in seen:
        raise Forbidden("actor_values_hidden", "this community shows actors' values to themselves and the support only")
    return frozenset({actor})


def _window(begin: str | None, to: str | None, day: date) -> Window:
    if begin is not None and to is not None:
        return window_asked(begin, to, day)
    first = date.min if begin is None else period_in(begin, "from").first_day
    return Window(first, date.max if to is None else period_in(to, "to").last_day)


def _indicators(asking: AskingContext, indicator: str | None, upload: Upload | None) -> list[KnownIndicator]:
    """In the order of their numbers: the one named, else all that are not retired; of an import, those that it brought."""
    if indicator is not None:
        known = [indicator_in_query(asking.register, indicator)]
    else:
        known = sorted((one for one in asking.register.indicators.values() if not one.retired), key=lambda known: known.number)
    if upload is None:
        return known
    batch = upload.batch
    brought = [] if batch is None else indicators_of_batch(asking.connection, asking.register.community_id, batch)
    return [one for one in known if one.number in brought]


def _place(cursor: str | None) -> tuple[int, int]:
    """Behind which flag the page begins: the indicator's number and the flag's place among all of that indicator."""
    if cursor is None:
        return 0, -1
    place = open_cursor(cursor)
    if len(place) != 2 or not all(type(number) is int and number >= 0 for number in place):
        raise refused("invalid_cursor", "This cursor was not given out by this list.", pointer="cursor")
    return place[0], place[1]


def _flags(
    asking: AskingContext,
    indicators: Sequence[KnownIndicator],
    actors: frozenset[str] | None,
    upload: Upload | None,
    window: Window,
    after: tuple[int, int],
) -> Iterator[tuple[KnownIndicator, int, Flag]]:
    """What is asked for behind `after`, with its place. One indicator is read at a time, and only as far as the page goes."""
    answers = answers_of(asking)
    for known in indicators:
        if known.number < after[0]:
            continue
        for place, flag in enumerate(quality_flags(answers.evidence([known.code], actors)[known.code])):
            is_brought = upload is None or any(entry.journal == upload.journal for entry in flag.entries)
            if (known.number, place) > after and is_brought and window.contains(flag.period):
                yield known, place, flag


def _answers(asking: AskingContext, found: Sequence[tuple[KnownIndicator, Flag]]) -> list[QualityFlag]:
    connection, community_id = asking.connection, asking.register.community_id
    named = [entry for _, flag in found for entry in flag.entries[:LISTED]]
    cells = find_cells(connection, community_id, {entry.cell for entry in named})
    imports = uploads_of_journal(connection, community_id, {entry.journal for entry in named})
    answers = []
    for known, flag in found:
        version = reference_version(known.versions, asking.moment.day)
        actor = asking.register.actors[flag.actor].number
        answers.append(
            QualityFlag(
                code=flag.code,
                indicator=known.code,
                actor=flag.actor,
                period=flag.period,
                dimensions=dict(flag.cell),
                version=version.number,
                value=_shown(flag.value),
                compared_with=_shown(flag.compared_with),
                since=flag.since,
                count=flag.count,
                entries=[
                    FlaggedEntry(
                        contribution=key_id(Key(known.number, entry.period.number, actor, cells[entry.cell])),
                        import_id=str(imports[entry.journal]) if entry.journal in imports else None,
                    )
                    for entry in flag.entries[:LISTED]
                ],
                entry_count=len(flag.entries),
                message=flag_message(flag, version.definition),
            )
        )
    return answers


def _shown(value: Fraction | None) -> FigureMeasure | None:
    return None if value is None else rounded(value)
