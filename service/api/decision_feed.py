"""Decisions and reviews as an Atom feed, for people."""

from operator import attrgetter

from starlette.responses import Response

from service.api.caching import entity_tag
from service.api.identity import READ
from service.api.proposal_answers import settled_in
from service.api.publication import not_published, reads_published
from service.api.routing import Resource
from service.api.transaction import Asking, AskingContext
from service.exchange.atom import MEDIA_TYPE, Feed, FeedEntry, atom_feed
from service.models.text import in_language
from service.models.vocabulary import ProposalStatus, Scope
from service.records.happenings import proof_of
from service.records.proposals import Deliberation
from service.records.proposals import list_proposals as read_proposals
from service.records.reviews import KnownReview
from service.records.reviews import list_reviews as read_reviews

router = Resource("exchange")
LONGEST_FEED = 100
"""How many entries a feed has, the latest; `GET …/events` has all."""
_WORDS = {
    "en": {
        "adopted": "Adopted", "rejected": "Rejected", "opened": "Review opened", "closed": "Review closed",
        "a_proposal": "a proposal", "a_review": "a reading of the figures together", "colon": ": ", "version": "version",
        "subtitle": "What was decided, and what was read together",
    },
    "fr": {
        "adopted": "Adopté", "rejected": "Rejeté", "opened": "Revue ouverte", "closed": "Revue close",
        "a_proposal": "une proposition", "a_review": "une lecture commune des chiffres",
        "colon": "\u00a0: ", "version": "version", "subtitle": "Ce qui a été décidé, et ce qui a été lu ensemble",
    },
}  # fmt: skip


@router.get("/feed.atom", access=READ, etag=True, media_types=(MEDIA_TYPE,))
def get_feed(asking: Asking) -> Response:
    """An Atom feed (RFC 4287) of proposals adopted and rejected and of reviews, the latest first, at most 100.

    In the reader's language. Members are told titles and reasons; who is no member is told that something was decided, and
    which definitions it brought, which they may read. Ids stay the same for ever, also where the community moves to another
    server. Where a charter protects what single actors reported, those who are no members are not told (403 `not_published`).
    """
    if reads_published(asking):
        raise not_published()
    register, is_told = asking.register, asking.caller.actor is not None and Scope.READ in asking.caller.scopes
    base = f"{asking.request.base_url}v1/communities/{register.code}"
    proposals = read_proposals(asking.connection, register.community_id, asking.moment.number)
    entries = [
        *(_decision(asking, settled_in(one, asking.moment), base, is_told) for one in proposals),
        *(
            _review(asking, one, base, is_told)
            for one in read_reviews(asking.connection, register.community_id, asking.moment.number)
        ),
    ]
    latest = sorted((one for one in entries if one is not None), key=attrgetter("updated"), reverse=True)[:LONGEST_FEED]
    first = proof_of(asking.connection, register.community_id, 1)
    assert first is not None
    name = in_language(register.settings.name, asking.language)
    feed = Feed(
        seed=first.hash.hex(),
        title=name,
        subtitle=_WORDS[asking.language]["subtitle"],
        author=name,
        language=asking.language,
        address=f"{base}/feed.atom",
        began=first.instant,
    )
    content = atom_feed(feed, latest)
    headers = {
        "ETag": entity_tag(content),
        "Cache-Control": "private, no-cache",
        "Content-Language": asking.language,
        "Vary": "Accept, Accept-Language, Authorization",
    }
    return Response(content, headers=headers, media_type=MEDIA_TYPE)


def _decision(asking: AskingContext, found: Deliberation, base: str, is_told: bool) -> FeedEntry | None:
    """A proposal that was adopted or rejected; None for the others."""
    words, ended = _WORDS[asking.language], found.round.decided_at
    if ended is None or found.round.status not in (ProposalStatus.ADOPTED, ProposalStatus.REJECTED):
        return None
    title = in_language(found.proposal.title, asking.language) if is_told else words["a_proposal"]
    why = in_language(found.rationale, asking.language) if is_told and found.rationale else ""
    brought = [
        f"{in_language(version.definition.name, asking.language)} ({known.code}, {words['version']} {version.number})"
        for known in asking.register.indicators.values()
        for version in known.versions
        if version.proposal == found.number
    ]
    return FeedEntry(
        kind="proposal",
        number=found.number,
        title=f"{words[found.round.status]}{words['colon']}{title}",
        content="\n".join(filter(None, (why, *brought))),
        published=ended,
        updated=ended,
        address=f"{base}/proposals/{found.number}" if is_told else None,
    )


def _review(asking: AskingContext, found: KnownReview, base: str, is_told: bool) -> FeedEntry:
    words, opened = _WORDS[asking.language], found.review.opened_at
    title = in_language(found.state.title, asking.language) if is_told else words["a_review"]
    return FeedEntry(
        kind="review",
        number=found.number,
        title=f"{words['opened' if found.is_open else 'closed']}{words['colon']}{title}",
        content="",
        published=opened,
        updated=opened if found.is_open else found.state.said_at,
        address=f"{base}/reviews/{found.number}" if is_told else None,
    )
