"""A review's page: the figures as it saw them, what actors read in them and learnt, and what has moved since, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service.api.communities import get_community
from service.api.paging import PageAsked
from service.api.proposals import list_proposals
from service.api.review_answers import CorrectionAnswer, CountedAnswer, SideAnswer
from service.api.reviews import get_review, list_reviews
from service.api.transaction import AskingContext
from service.web.happened import happened
from service.web.speech import Speech, Texts
from service.web.terms import Terms

_ALL, _EACH = 1_000_000, 20


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure as pages write one: a value, an interval, or neither."""

    value: Decimal | None
    lowest: Decimal | None = None
    highest: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator as the review saw it."""

    indicator: str
    name: Texts
    unit: Texts
    amount: Amount
    target: Decimal | None
    status: str


@dataclass(frozen=True, slots=True)
class Block:
    """An objective as the review saw it."""

    name: Texts
    attainment: Decimal | None
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Cause:
    """A journal entry that moved a figure. `moved`: whose contribution to which period, before and after."""

    sentence: str
    day: str
    proposal: str | None
    moved: list[tuple[str, str, Decimal | None, Decimal | None]]
    more: int


@dataclass(frozen=True, slots=True)
class Moved:
    """An indicator that reads otherwise by now."""

    indicator: str
    name: str
    then: Amount | None
    now: Amount | None
    causes: list[Cause]


def reviews_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `reviews.html` shows: the last one first."""
    found = list_reviews(asking, PageAsked(_ALL, None)).items
    return {"community": get_community(asking), "reviews": found[::-1], "terms": Terms(speech, asking.register)}


def review_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `review.html` shows."""
    answer = get_review(asking.request.path_params["review"], asking)
    terms = Terms(speech, asking.register)
    frozen: Mapping[str, Any] = answer.progress  # type: ignore[assignment]  # it travels as it was frozen
    titles = {one.id: one.title for one in list_proposals(asking, PageAsked(_ALL, None)).items} if answer.proposals else {}
    return {
        "community": get_community(asking),
        "review": answer,
        "blocks": [_block(objective) for objective in frozen["objectives"]],
        "moved": [_moved(one, terms) for one in answer.corrections],
        "proposals": [(number, titles.get(number)) for number in answer.proposals],
        "terms": terms,
    }


def _block(objective: Mapping[str, Any]) -> Block:
    return Block(objective["name"], _number(objective["attainment"]), [_line(one) for one in objective["indicators"]])


def _line(one: Mapping[str, Any]) -> Line:
    amount = Amount(_number(one["value"]), _number(one.get("lowest")), _number(one.get("highest")))
    return Line(one["indicator"], one["name"], one["unit"]["label"], amount, _number(one.get("target")), one["status"])


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _moved(one: CorrectionAnswer, terms: Terms) -> Moved:
    causes = [
        Cause(
            happened(terms, change.kind, change.actor),
            terms.speech.local_day(change.instant),
            change.proposal,
            [
                (terms.actor(said.actor), str(said.period), _counted(said.before), _counted(said.after))
                for said in change.contributions[:_EACH]
            ],
            max(0, change.contribution_count - min(_EACH, len(change.contributions))),
        )
        for change in one.changed_by
    ]
    return Moved(one.indicator, terms.indicator(one.indicator), _side(one.then), _side(one.now), causes)


def _side(side: SideAnswer | None) -> Amount | None:
    return None if side is None else Amount(side.value, side.lowest, side.highest)


def _counted(counted: CountedAnswer | None) -> Decimal | None:
    """What counted of a contribution; of a ratio its numerator."""
    return None if counted is None else counted.numerator if counted.value is None else counted.value
