"""Overlap decisions: what members decided of people whom several of them may have counted."""

from pydantic import BaseModel, Field

from service.api.figure_answers import answers_of
from service.api.identity import READ
from service.api.naming import indicator_in_path
from service.api.overlap_answers import OverlapAnswer, Sees, overlap_answer, terms_of
from service.api.paging import Paged, page
from service.api.publication import Publications, not_published, reads_published, refuse_narrowing
from service.api.routing import Resource
from service.api.sight import seen_by
from service.api.transaction import Asking
from service.indicators.overlap_history import ToldOverlap, overlap_history
from service.models.period import Period

router = Resource("figures")


class DecidedOverlapAnswer(OverlapAnswer):
    """An overlap decision with the window and the cell that it is for."""

    indicator: str
    dimensions: dict[str, str] = Field(description="The cell it is for; empty for the total.")
    period: Period
    from_period: Period | None = Field(
        description="Its window runs from here to `period`, both inclusive; null: over `period` alone."
    )
    replaced_by: str | None = Field(
        description="The proposal that decided anew for the same days and cell; null unless `replaced`."
    )


class OverlapList(BaseModel):
    """Overlap decisions in the order in which they were made."""

    items: list[DecidedOverlapAnswer]
    next_cursor: str | None


@router.get("/indicators/{indicator}/overlaps", access=READ)
def list_overlaps(indicator: str, asking: Asking, paged: Paged) -> OverlapList:
    """Every overlap decision of an indicator and how it stands, in the terms of the version in force on `as_of`'s day.

    They are made by proposals (`resolve_overlap`). One is in force until an entry under it changes, or the definition in more
    than words; or until another one for the same days and cell takes its place.
    """
    known = indicator_in_path(asking.register, indicator)
    if reads_published(asking):
        shown = Publications(asking).shown(known.code)
        refuse_narrowing(asking, shown)
        raise not_published(shown)
    if not known.overlaps:
        return OverlapList(**page([], paged))
    evidence = answers_of(asking).evidence([known.code])[known.code]
    told = [_answer(known.code, one, seen_by(asking)) for one in overlap_history(evidence)]
    return OverlapList(**page(told, paged))


def _answer(indicator: str, told: ToldOverlap, sees: Sees) -> DecidedOverlapAnswer:
    terms, later = told.decided.terms, told.replaced_by
    stands = overlap_answer(told.standing, sees)
    return DecidedOverlapAnswer(
        **(terms_of(told.decided) | {"status": "replaced", "lapsed_because": None} if stands is None else dict(stands)),
        indicator=indicator,
        dimensions=dict(terms.cell),
        period=terms.period,
        from_period=terms.from_period,
        replaced_by=None if later is None or later.proposal is None else str(later.proposal),
    )
