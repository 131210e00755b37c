"""The community's memory as a story: what happened, the last thing first, in sentences. Told as `GET …/events` tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from service.api.communities import get_community
from service.api.event_answers import EventAnswer, event_answer
from service.api.indicators import get_indicator_version
from service.api.paging import LARGEST_PAGE, PageAsked, open_cursor, seal_cursor
from service.api.proposal_answers import settled_in
from service.api.publication import not_published, reads_published
from service.api.reviews import list_reviews
from service.api.transaction import AskingContext
from service.errors import refused
from service.events.feed import events_before
from service.models.period import Period
from service.records.proposals import Deliberation, changes_of, read_changes
from service.records.proposals import list_proposals as read_proposals
from service.web.changed import brought
from service.web.sight import reads_within
from service.web.speech import Speech, Texts
from service.web.terms import Terms

KINDS: dict[str, tuple[str, ...]] = {
    "decisions": (
        "proposal_opened", "proposal_amended", "proposal_withdrawn", "proposal_rejected", "proposal_adopted", "texts_erased",
    ),
    "members": ("community_created", "community_changed", "actor_joined", "actor_changed"),
    "reviews": ("review_opened", "review_closed"),
    "figures": (
        "import_landed", "import_undone", "contributions_recorded", "contribution_withdrawn", "contribution_validated",
        "contribution_contested", "period_closed", "period_opened",
    ),
}  # fmt: skip
"""The kinds of events that make the story, as a reader chooses among them. Tokens, webhooks and the like are no part of it."""
_SHOWN, _MOST_CHANGES, _MOST_INDICATORS = 40, 6, 6


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened. `why` and `title` by language, `path` below the community's; each None where there is none."""

    instant: datetime
    sentence: str
    title: Texts = None
    why: Texts = None
    path: str | None = None
    details: list[tuple[str, str | None]] = field(default_factory=list)
    """What it brought: sentences, each with the path of what it is about, None where that has no page."""


@dataclass(frozen=True, slots=True)
class Known:
    """What sentences need to know beside an event, read once. `is_told`: whether the caller reads titles and reasons."""

    asking: AskingContext
    terms: Terms
    is_told: bool
    proposals: Mapping[str, Deliberation]
    reviews: Mapping[str, dict[str, str]]

    def who(self, event: EventAnswer) -> str:
        """Who did it, by name."""
        return self.terms.actor(event.actor) if event.actor else self.terms.speech.say("The community")


def story_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `story.html` shows."""
    if reads_published(asking):
        raise not_published()
    query = asking.request.query_params
    chosen = query.get("kind") if query.get("kind") in KINDS else None
    kinds = KINDS[chosen] if chosen else tuple(kind for group in KINDS.values() for kind in group)
    before = _before(asking, query.get("cursor"))
    found = events_before(asking.connection, asking.register.community_id, before, _SHOWN + 1, kinds)
    known = _known(asking, speech)
    return {
        "community": get_community(asking),
        "chosen": chosen,
        "days": _by_day([tell(known, event_answer(asking.register, asking.caller, one)) for one in found[:_SHOWN]], speech),
        "next_cursor": seal_cursor(found[_SHOWN - 1].number) if len(found) > _SHOWN else None,
    }


def _known(asking: AskingContext, speech: Speech) -> Known:
    is_told = reads_within(asking)
    proposals = read_proposals(asking.connection, asking.register.community_id, asking.moment.number)
    reviews = list_reviews(asking, PageAsked(LARGEST_PAGE, None)).items if is_told else []
    return Known(
        asking,
        Terms(speech, asking.register),
        is_told,
        {str(one.number): settled_in(one, asking.moment) for one in proposals},
        {one.id: one.title for one in reviews},
    )


def _before(asking: AskingContext, cursor: str | None) -> int:
    """The number of the event before which the page begins."""
    if cursor is None:
        return asking.moment.number + 1
    place = open_cursor(cursor)
    if len(place) != 1 or type(place[0]) is not int or not 0 <= place[0] <= asking.moment.number + 1:
        raise refused("invalid_cursor", "This cursor was not given out by this list.", pointer="cursor")
    return place[0]


def _by_day(told: Sequence[Told], speech: Speech) -> list[tuple[str, list[Told]]]:
    days: list[tuple[str, list[Told]]] = []
    for one in told:
        day = speech.local_day(one.instant)
        if not days or days[-1][0] != day:
            days.append((day, []))
        days[-1][1].append(one)
    return days


def tell(known: Known, event: EventAnswer) -> Told:
    """An event as a sentence."""
    family = event.kind.partition("_")[0]
    if family == "proposal":
        return _proposal(known, event)
    if family == "review":
        return _review(known, event)
    if family in ("contributions", "contribution", "import"):
        return _figures(known, event)
    return Told(event.instant, _plain(known, event))


def _plain(known: Known, event: EventAnswer) -> str:
    say, subject, who = known.terms.speech.say, event.subject, known.who(event)
    match event.kind:
        case "community_created":
            return say("The community was founded.")
        case "community_changed":
            return say(
                "%(who)s changed what the community says of itself: %(fields)s.", who=who, fields=_fields(known, subject)
            )
        case "actor_joined":
            return say("%(name)s joined.", name=known.terms.actor(str(subject["actor"])))
        case "actor_changed":
            name = known.terms.actor(str(subject["actor"]))
            return say(
                "%(who)s changed what is known of %(name)s: %(fields)s.", who=who, name=name, fields=_fields(known, subject)
            )
        case "period_closed":
            return say("%(who)s closed %(period)s: it takes no more figures.", who=who, period=subject["period"])
        case "period_opened":
            return say("%(who)s opened %(period)s again.", who=who, period=subject["period"])
        case "texts_erased":
            return say("%(who)s had a text erased.", who=who)
    return event.kind.replace("_", " ")


def _fields(known: Known, subject: Mapping[str, Any]) -> str:
    return known.terms.fields([str(name) for name in subject.get("fields", [])])


def _proposal(known: Known, event: EventAnswer) -> Told:
    number = str(event.subject["proposal"])
    found, terms = known.proposals[number], known.terms
    say, who = terms.speech.say, known.who(event)
    sentence = {
        "proposal_opened": say("%(who)s made a proposal", who=who),
        "proposal_amended": say("%(who)s amended a proposal", who=who),
        "proposal_withdrawn": say("%(who)s took a proposal back", who=who),
        "proposal_rejected": say("A proposal was not adopted"),
        "proposal_adopted": say("The community decided"),
    }[event.kind]
    title = found.proposal.title if known.is_told else None
    why = found.rationale if known.is_told and event.kind == "proposal_adopted" else None
    details: list[tuple[str, str | None]] = []
    if event.kind == "proposal_adopted":
        versions = _versions(known, found)
        if not known.is_told and versions:
            # What a version says of its decision is said to whoever reads it.
            answer = get_indicator_version(*versions[0], known.asking)
            title, why = answer.title, answer.rationale
        details = _adopted(known, versions)
        if known.is_told:
            details += [(one, None) for one in _others(known, found)]
    return Told(event.instant, sentence, title, why, f"/proposals/{number}" if known.is_told else None, details)


def _versions(known: Known, found: Deliberation) -> list[tuple[str, int]]:
    """The versions that a decision brought: the codes of their indicators, and their numbers."""
    return [
        (code, version.number)
        for code, indicator in known.asking.register.indicators.items()
        for version in indicator.versions
        if version.proposal == found.number
    ]


def _adopted(known: Known, versions: Sequence[tuple[str, int]]) -> list[tuple[str, str | None]]:
    """The first of them as sentences, with the page of the indicator."""
    speech, told = known.terms.speech, list[tuple[str, str | None]]()
    for code, number in versions[:_MOST_CHANGES]:
        name = speech.text(known.asking.register.indicators[code].versions[number - 1].definition.name)
        told.append((speech.say("Version %(number)s of %(name)s.", number=number, name=name), f"/indicators/{code}"))
    if len(versions) > _MOST_CHANGES:
        told.append((speech.count("And %(num)s more.", "And %(num)s more.", len(versions) - _MOST_CHANGES), None))
    return told


def _others(known: Known, found: Deliberation) -> list[str]:
    """What a decision brought besides versions."""
    asking = known.asking
    stored = changes_of(asking.connection, asking.register.community_id, found.number, found.round.number)
    rest = [one for one in stored if one["kind"] not in ("define_indicator", "revise_indicator")]
    return list(brought(read_changes(rest[:_MOST_CHANGES]), known.terms, len(rest)))


def _review(known: Known, event: EventAnswer) -> Told:
    number, say = str(event.subject["review"]), known.terms.speech.say
    sentence = say("A review was opened") if event.kind == "review_opened" else say("A review was closed")
    title = known.reviews.get(number)
    return Told(event.instant, sentence, title, path=f"/reviews/{number}" if title else None)


def _figures(known: Known, event: EventAnswer) -> Told:
    say, who, said = known.terms.speech.say, known.who(event), event.contributions
    subject = event.subject
    match event.kind:
        case "import_landed":
            sentence = say(
                "%(who)s sent a file: %(rows)s figures.", who=who, rows=known.terms.speech.number(Decimal(subject["rows"]))
            )
        case "import_undone":
            sentence = say("%(who)s took back a file that was sent.", who=who)
        case "contribution_withdrawn":
            sentence = say("%(who)s withdrew a figure.", who=who)
        case "contribution_validated":
            sentence = say("%(who)s validated a figure.", who=who)
        case "contribution_contested":
            sentence = say("%(who)s contested a figure.", who=who)
        case _:
            count = int(subject.get("contributions", len(said)))
            sentence = known.terms.speech.count(
                "%(who)s reported a figure.", "%(who)s reported %(num)s figures.", count, who=who
            )
    by_indicator: dict[str, set[Period]] = {}
    for one in said:
        by_indicator.setdefault(one.indicator, set()).add(one.period)
    details: list[tuple[str, str | None]] = []
    for code, periods in list(by_indicator.items())[:_MOST_INDICATORS]:
        first, last = min(periods, key=_begins), max(periods, key=_begins)
        span = str(first) if first == last else f"{first} – {last}"
        details.append((f"{known.terms.indicator(code)}, {span}", f"/indicators/{code}"))
    if details and (event.has_more or len(by_indicator) > _MOST_INDICATORS):
        details.append((say("and others"), None))
    return Told(event.instant, sentence, details=details)


def _begins(period: Period) -> tuple[Any, int]:
    return period.first_day, period.number
